"""Routes of transit gateways to whatever a prefix list holds.

https://docs.aws.amazon.com/vpc/latest/tgw/create-prefix-list-reference.html
"""

from backend import errors
from backend.db.models import PrefixList, TransitGatewayPrefixListReference, TransitGatewayRouteTable
from backend.db.unit_of_work import UnitOfWork
from backend.transit_gateway_route_tables import require
from backend.transit_gateway_routes import target

Reference = TransitGatewayPrefixListReference


def create(
    uow: UnitOfWork, table_id: str, prefix_list_id: str, attachment_id: str | None = None, *, blackhole: bool = False
) -> Reference:
    """A reference to a list, whose entries are static routes of the table from now on.

    Errors: MissingParameter, InvalidParameterCombination, InvalidParameterValue, IncorrectState, RouteAlreadyExists.
    """
    table = require(uow, TransitGatewayRouteTable, table_id)
    found = uow.look_up(PrefixList, prefix_list_id)
    if found.state == "delete-in-progress":
        raise errors.IncorrectState(reason=f"The prefix list '{found.id}' is being deleted.")
    if _reference(uow, table.id, found.id):
        raise errors.RouteAlreadyExists(destination=found.id)
    made = Reference(
        account=uow.account,
        region=uow.region,
        table_id=table.id,
        prefix_list_id=found.id,
        prefix_list_owner=found.account,
    )
    _lead(uow, made, table, attachment_id, blackhole=blackhole)
    uow.add(made)
    return made


def modify(
    uow: UnitOfWork, table_id: str, prefix_list_id: str, attachment_id: str | None = None, *, blackhole: bool = False
) -> Reference:
    """Lead it elsewhere; errors as of ``create``, and InvalidPrefixListReference.NotFound."""
    table = require(uow, TransitGatewayRouteTable, table_id)
    reference = _require(uow, table.id, prefix_list_id)
    _lead(uow, reference, table, attachment_id, blackhole=blackhole)
    return reference


def delete(uow: UnitOfWork, table_id: str, prefix_list_id: str) -> Reference:
    """Delete a reference; InvalidPrefixListReference.NotFound."""
    table = require(uow, TransitGatewayRouteTable, table_id)
    reference = _require(uow, table.id, prefix_list_id)
    uow.delete(reference)
    return reference


def _lead(
    uow: UnitOfWork, made: Reference, table: TransitGatewayRouteTable, attachment_id: str | None, *, blackhole: bool
) -> None:
    attachment = target(uow, table, attachment_id, blackhole=blackhole)
    made.blackhole, made.state = blackhole, "blackhole" if blackhole else "active"
    made.attachment_id = attachment.id if attachment else None
    made.resource_type = attachment.resource_type if attachment else None
    made.resource_id = attachment.resource_id if attachment else None


def _reference(uow: UnitOfWork, table_id: str, prefix_list_id: str) -> Reference | None:
    query = uow.query(Reference).filter_by(table_id=table_id, prefix_list_id=prefix_list_id)
    return query.with_for_update().one_or_none()


def _require(uow: UnitOfWork, table_id: str, prefix_list_id: str) -> Reference:
    uow.look_up(PrefixList, prefix_list_id)
    reference = _reference(uow, table_id, prefix_list_id)
    if reference is None:
        raise errors.InvalidPrefixListReferenceNotFound(table_id=table_id, prefix_list_id=prefix_list_id)
    return reference
