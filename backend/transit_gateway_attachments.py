"""Attachments of transit gateways, whatever is attached: how they begin, join route tables, and end.

https://docs.aws.amazon.com/vpc/latest/tgw/working-with-transit-gateways.html
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, update

from backend import errors, network_interfaces, route_tables, routes, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    MulticastDomainAssociation,
    MulticastGroupInterface,
    TransitGateway,
    TransitGatewayAssociation,
    TransitGatewayAttachment,
    TransitGatewayPrefixListReference,
    TransitGatewayPropagation,
    TransitGatewayRoute,
    TransitGatewaySubnet,
)
from backend.db.unit_of_work import ANYWHERE, UnitOfWork
from backend.transit_gateways import ENABLE

SERVING = ("pending", "available", "modifying")
"""States in which routes may lead to it."""

_attachment = reading.table_of(TransitGatewayAttachment).c
_WHATEVER = {"synchronize_session": False, **ANYWHERE}
"""Each statement says whose rows it means: those of a peering's other side, too."""


@routes.reaches("tgw")
def attached_vpcs(uow: UnitOfWork, gateway: Any) -> Collection[str]:
    """The VPCs whose route tables may have routes to a transit gateway."""
    found = uow.records(
        TransitGatewayAttachment,
        _attachment.transit_gateway_id == gateway.id,
        _attachment.resource_type == "vpc",
        _attachment.state.in_(SERVING),
    )
    return [attachment.resource_id for attachment in found]


def add(
    uow: UnitOfWork,
    gateway: TransitGateway,
    attachment: TransitGatewayAttachment,
    wanted_tags: Mapping[str, str],
    *,
    propagates: bool = True,
) -> None:
    """Add a new attachment, which joins the default route tables of its transit gateway once it is available."""
    uow.add(attachment)
    uow.flush()
    tags.attach(uow, attachment, wanted_tags)
    table_id = gateway.association_default_route_table_id
    if table_id and gateway.default_route_table_association == ENABLE:
        uow.add(joined(TransitGatewayAssociation, table_id, attachment, "associating"))
    table_id = gateway.propagation_default_route_table_id
    if table_id and gateway.default_route_table_propagation == ENABLE and propagates:
        uow.add(joined(TransitGatewayPropagation, table_id, attachment, "enabling"))


def joined(model: type[Any], table_id: str, attachment: Any, state: str) -> Any:
    """The row that joins an attachment and a table: ``model`` is one of the two that do so."""
    return model(
        account=attachment.account,
        region=attachment.region,
        table_id=table_id,
        attachment_id=attachment.id,
        resource_type=attachment.resource_type,
        resource_id=attachment.resource_id,
        state=state,
    )


def require(uow: UnitOfWork, attachment_id: str, resource_type: str) -> TransitGatewayAttachment:
    """An attachment of this type as an entity, locked; its NotFound error for those of other types."""
    found = uow.require(TransitGatewayAttachment, attachment_id, for_update=True)
    if found.resource_type != resource_type:
        raise errors.NotFound(
            code=TransitGatewayAttachment.NOT_FOUND, noun=TransitGatewayAttachment.NOUN, ids=[attachment_id]
        )
    return found


def require_state(attachment: TransitGatewayAttachment, *wanted: str) -> None:
    if attachment.state not in wanted:
        raise errors.IncorrectState(reason=f"{attachment.id} is in invalid state: {attachment.state}.")


def end(uow: UnitOfWork, settings: Settings, attachment: TransitGatewayAttachment, then: str = "deleted") -> None:
    """Begin to delete an attachment. It leaves all route tables, and static routes to it are black holes."""
    transitions.begin(uow, settings, attachment, "rejecting" if then == "rejected" else "deleting", then)
    here = {"attachment_id": attachment.id, "account": attachment.account, "region": attachment.region}
    for joins in (TransitGatewayAssociation, TransitGatewayPropagation):
        uow.execute(delete(joins).filter_by(**here), execution_options=_WHATEVER)
    for static in (TransitGatewayRoute, TransitGatewayPrefixListReference):
        uow.execute(update(static).filter_by(**here).values(state="blackhole"), execution_options=_WHATEVER)
    if attachment.resource_type == "vpc":
        for reaches in (MulticastDomainAssociation, MulticastGroupInterface):
            uow.execute(delete(reaches).filter_by(**here), execution_options=_WHATEVER)
        tables = route_tables.of_vpc(uow, attachment.resource_id)
        route_tables.blackhole(uow, attachment.transit_gateway_id, table_ids=tables)


@transitions.reaching(TransitGatewayAttachment, "available")
def join_tables(uow: UnitOfWork, attachments: Sequence[TransitGatewayAttachment]) -> None:
    """What waited for the attachment is in use with it; so are routes of the VPC that waited for it."""
    ids = [attachment.id for attachment in attachments]
    for model, before, after in (
        (TransitGatewayAssociation, "associating", "associated"),
        (TransitGatewayPropagation, "enabling", "enabled"),
    ):
        waiting = update(model).where(model.attachment_id.in_(ids), model.state == before)
        uow.execute(waiting.values(state=after, next_state=None, next_at=None), execution_options=_WHATEVER)
    for attachment in attachments:
        if attachment.resource_type == "vpc":
            tables = route_tables.of_vpc(uow, attachment.resource_id)
            route_tables.revive(uow, attachment.transit_gateway_id, table_ids=tables)


@transitions.reaching(TransitGatewayAttachment, "deleted")
def remove_interfaces(uow: UnitOfWork, attachments: Sequence[TransitGatewayAttachment]) -> None:
    """The interfaces in an attached VPC go with the attachment, which shows its subnets for as long as it is shown."""
    ids = [attachment.id for attachment in attachments if attachment.resource_type == "vpc"]
    network_interfaces.delete_all(
        uow, [subnet.network_interface_id for subnet in reading.by(uow, TransitGatewaySubnet.attachment_id, ids)]
    )


@transitions.reaching(TransitGatewayAttachment, transitions.GONE)
def forget_subnets(uow: UnitOfWork, attachments: Sequence[TransitGatewayAttachment]) -> None:
    gone = TransitGatewaySubnet.attachment_id.in_([attachment.id for attachment in attachments])
    uow.execute(delete(TransitGatewaySubnet).where(gone), execution_options=_WHATEVER)
