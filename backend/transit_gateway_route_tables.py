"""Route tables of transit gateways: whose traffic they direct, and who writes routes into them.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import delete

from backend import dependencies, errors, tags, transit_gateway_attachments, transit_gateways, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    TransitGatewayAssociation,
    TransitGatewayAttachment,
    TransitGatewayPolicyTable,
    TransitGatewayPrefixListReference,
    TransitGatewayPropagation,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)
from backend.db.unit_of_work import UnitOfWork

_association = reading.table_of(TransitGatewayAssociation).c

Table = TransitGatewayRouteTable | TransitGatewayPolicyTable
T = TypeVar("T", TransitGatewayRouteTable, TransitGatewayPolicyTable)


def create(
    uow: UnitOfWork, settings: Settings, transit_gateway_id: str, wanted_tags: Mapping[str, str] | None = None
) -> TransitGatewayRouteTable:
    """A new, empty table. Errors: IncorrectState."""
    gateway = transit_gateways.require(uow, transit_gateway_id)
    table = TransitGatewayRouteTable(account=uow.account, region=uow.region, transit_gateway_id=gateway.id)
    transitions.begin(uow, settings, table, "pending", "available")
    uow.add(table)
    uow.flush()
    tags.attach(uow, table, wanted_tags or {})
    return table


def delete_table(uow: UnitOfWork, settings: Settings, table_id: str) -> TransitGatewayRouteTable:
    """Delete a table with its routes. Errors: IncorrectState while it is associated with an attachment, or a default
    table.
    """
    table = require(uow, TransitGatewayRouteTable, table_id)
    if table.default_association or table.default_propagation:
        purpose = "association" if table.default_association else "propagation"
        raise errors.IncorrectState(reason=f"{table.id} is the default {purpose} route table.")
    check_free(uow, table.id)
    dependencies.check(uow, table)
    transitions.begin(uow, settings, table, "deleting", "deleted")
    return table


@transitions.reaching(TransitGatewayRouteTable, "deleted")
def forget_routes(uow: UnitOfWork, gone: Sequence[TransitGatewayRouteTable]) -> None:
    """What was in the tables goes with them, be it that their transit gateway was deleted."""
    ids = [table.id for table in gone]
    for model in (TransitGatewayRoute, TransitGatewayPrefixListReference, TransitGatewayPropagation):
        uow.execute(delete(model).where(model.table_id.in_(ids)), execution_options={"synchronize_session": False})


def check_free(uow: UnitOfWork, table_id: str) -> None:
    """IncorrectState while a route or policy table is associated with anything."""
    if used := uow.records(TransitGatewayAssociation, _association.table_id == table_id):
        listed = ", ".join(found.attachment_id for found in used)
        raise errors.IncorrectState(reason=f"{table_id} has non-deleted Transit Gateway Associations: {listed}.")


def require(uow: UnitOfWork, model: type[T], table_id: str) -> T:
    """A route or policy table as an entity, locked, that is available; IncorrectState."""
    table = uow.require(model, table_id, for_update=True)
    if table.state != "available":
        raise errors.IncorrectState(reason=f"{table.id} is in invalid state: {table.state}.")
    return table


def require_attachment(uow: UnitOfWork, table: Table, attachment_id: str, *states: str) -> TransitGatewayAttachment:
    """An attachment of the table's transit gateway; IncorrectState, InvalidParameterValue."""
    attachment = uow.require(TransitGatewayAttachment, attachment_id, for_update=True)
    if attachment.transit_gateway_id != table.transit_gateway_id:
        raise errors.InvalidParameterValue(
            value=attachment_id,
            name="transitGatewayAttachmentId",
            reason=f"It is not an attachment of {table.transit_gateway_id}.",
        )
    transit_gateway_attachments.require_state(attachment, *(states or ("available",)))
    return attachment


def associate(uow: UnitOfWork, settings: Settings, table: Table, attachment_id: str) -> TransitGatewayAssociation:
    """Let a route or policy table direct what comes from an attachment; Resource.AlreadyAssociated, IncorrectState."""
    attachment = require_attachment(uow, table, attachment_id)
    if present := _joining(uow, TransitGatewayAssociation, attachment.id):
        raise errors.ResourceAlreadyAssociated(
            reason=f"Transit Gateway Attachment {attachment.id} is already associated to a route table: "
            f"{present[0].table_id}."
        )
    made = transit_gateway_attachments.joined(TransitGatewayAssociation, table.id, attachment, "associating")
    transitions.begin(uow, settings, made, "associating", "associated")
    uow.add(made)
    found: TransitGatewayAssociation = made
    return found


def disassociate(uow: UnitOfWork, settings: Settings, table_id: str, attachment_id: str) -> TransitGatewayAssociation:
    """The contrary; InvalidAssociation.NotFound, IncorrectState."""
    attachment = uow.look_up(TransitGatewayAttachment, attachment_id)
    present = _joining(uow, TransitGatewayAssociation, attachment.id, table_id)
    if not present:
        raise errors.InvalidAssociationNotFound(table_id=table_id, attachment_id=attachment_id)
    found: TransitGatewayAssociation = present[0]
    if found.state != "associated":
        raise errors.IncorrectState(
            reason=f"The association of {attachment_id} with {table_id} is in invalid state: {found.state}."
        )
    transitions.begin(uow, settings, found, "disassociating", transitions.GONE)
    return found


def enable_propagation(
    uow: UnitOfWork, settings: Settings, table_id: str, attachment_id: str
) -> TransitGatewayPropagation:
    """Let an attachment write routes into a table. Errors: TransitGatewayRouteTablePropagation.Duplicate,
    IncorrectState; UnsupportedOperation for peerings, which have static routes alone.
    """
    table = require(uow, TransitGatewayRouteTable, table_id)
    attachment = require_attachment(uow, table, attachment_id)
    if attachment.resource_type == "peering":
        raise errors.UnsupportedOperation(reason="Routes are not propagated from Transit Gateway peering attachments.")
    if _joining(uow, TransitGatewayPropagation, attachment.id, table.id):
        raise errors.PropagationDuplicate(table_id=table.id, attachment_id=attachment.id)
    made = transit_gateway_attachments.joined(TransitGatewayPropagation, table.id, attachment, "enabling")
    transitions.begin(uow, settings, made, "enabling", "enabled")
    uow.add(made)
    found: TransitGatewayPropagation = made
    return found


def disable_propagation(
    uow: UnitOfWork, settings: Settings, table_id: str, attachment_id: str
) -> TransitGatewayPropagation:
    """The contrary; TransitGatewayRouteTablePropagation.NotFound, IncorrectState."""
    table = uow.look_up(TransitGatewayRouteTable, table_id)
    attachment = uow.look_up(TransitGatewayAttachment, attachment_id)
    present = _joining(uow, TransitGatewayPropagation, attachment.id, table.id)
    if not present:
        raise errors.PropagationNotFound(table_id=table.id, attachment_id=attachment.id)
    found: TransitGatewayPropagation = present[0]
    if found.state != "enabled":
        raise errors.IncorrectState(
            reason=f"The propagation of {attachment.id} to {table.id} is in invalid state: {found.state}."
        )
    transitions.begin(uow, settings, found, "disabling", transitions.GONE)
    return found


def _joining(uow: UnitOfWork, model: type[Any], attachment_id: str, table_id: str | None = None) -> list[Any]:
    """Associations or propagations of an attachment, as entities; ``table_id``: those with this table only."""
    query = uow.query(model).filter_by(attachment_id=attachment_id)
    if table_id is not None:
        query = query.filter_by(table_id=table_id)
    return list(query.with_for_update())
