"""What a route table is associated with: subnets, gateways, as the main one its VPC; and who may write routes into it.

https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html
"""

from ipaddress import ip_network
from typing import Any

from backend import errors, ids
from backend.db import reading
from backend.db.base import Resource
from backend.db.models import (
    InternetGateway,
    Route,
    RoutePropagation,
    RouteTable,
    RouteTableAssociation,
    Subnet,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork
from backend.route_tables import LOCAL
from backend.routes import OF_GATEWAY


def associate(
    uow: UnitOfWork, route_table_id: str, *, subnet_id: str | None = None, gateway_id: str | None = None
) -> str:
    """Associate a table with a subnet or a gateway, of which it is the only one; the association's id.

    Errors: MissingParameter, InvalidParameterCombination, InvalidParameterValue, Resource.AlreadyAssociated.
    """
    if subnet_id is None and gateway_id is None:
        raise errors.MissingParameter(name="subnetId")
    if subnet_id is not None and gateway_id is not None:
        raise errors.InvalidParameterCombination(reason="The parameters subnetId and gatewayId cannot be used together")
    table = uow.require(RouteTable, route_table_id, for_update=True)
    if subnet_id is not None:
        subnet = uow.require(Subnet, subnet_id, for_update=True)
        _check_network(table, "subnet", subnet.id, subnet.vpc_id)
        present = reading.find(uow, RouteTableAssociation.subnet_id, subnet.id)
    else:
        assert gateway_id is not None
        _check_network(table, "network gateway", gateway_id, _network_of(uow, gateway_id))
        _check_routes(uow, table)
        present = reading.find(uow, RouteTableAssociation.gateway_id, gateway_id)
    if present is None:
        return _add(uow, table.id, subnet_id, gateway_id)
    if present.route_table_id != table.id:
        raise errors.ResourceAlreadyAssociated(
            reason=f"the specified association for route table {table.id} conflicts with an existing association"
        )
    found: str = present.association_id
    return found


def _add(uow: UnitOfWork, route_table_id: str, subnet_id: str | None, gateway_id: str | None) -> str:
    new = RouteTableAssociation(
        account=uow.account,
        region=uow.region,
        association_id=ids.new("rtbassoc"),
        route_table_id=route_table_id,
        subnet_id=subnet_id,
        gateway_id=gateway_id,
    )
    uow.add(new)
    return new.association_id


def _check_network(table: RouteTable, noun: str, id: str, vpc_id: str | None) -> None:
    if table.vpc_id != vpc_id:
        raise errors.InvalidValue(reason=f"route table {table.id} and {noun} {id} belong to different networks")


def _network_of(uow: UnitOfWork, gateway_id: str) -> str | None:
    """The VPC that a gateway is attached to."""
    prefix = ids.prefix_of(gateway_id)
    model = Resource.BY_PREFIX.get(prefix) if prefix in ("igw", "vgw") else None
    found: Any = model and reading.find(uow, model.id, gateway_id)
    if not found:
        raise errors.InvalidGatewayIDNotFound(id=gateway_id)
    if prefix == "igw":
        uow.require(InternetGateway, gateway_id, for_update=True)
    vpc_id: str | None = found.vpc_id
    return vpc_id


def _check_routes(uow: UnitOfWork, table: RouteTable) -> None:
    """A gateway's table leads into the VPC only, and no other gateway writes into it."""
    blocks = [ip_network(b.cidr_block) for b in uow.look_up(Vpc, table.vpc_id, load=(Vpc.cidr_blocks,)).cidr_blocks]
    for route in reading.by(uow, Route.route_table_id, [table.id]):
        kind = "VpcEndpointId" if route.target.startswith("vpce-") else route.target_kind
        inside = not route.destination.startswith("pl-") and any(
            network.version == block.version and network.subnet_of(block)  # type: ignore[arg-type]
            for network in [ip_network(route.destination)]
            for block in blocks
        )
        if route.target != LOCAL and (kind not in OF_GATEWAY or not inside):
            raise errors.InvalidValue(
                reason=f"Route table {table.id} can't be associated with a gateway, because of its route to "
                f"{route.destination}."
            )
    if reading.by(uow, RoutePropagation.route_table_id, [table.id]):
        raise errors.InvalidValue(
            reason=f"Route table {table.id} can't be associated with a gateway, as routes are propagated to it."
        )


def disassociate(uow: UnitOfWork, association_id: str) -> None:
    """End an association; the main one of a VPC can only be replaced."""
    association = _require(uow, association_id)
    if association.main:
        raise errors.InvalidValue(
            reason=f"cannot disassociate the main route table association {association.association_id}"
        )
    uow.delete(association)


def replace(uow: UnitOfWork, association_id: str, route_table_id: str) -> str:
    """Associate another table with a subnet, a gateway or, as its main table, the VPC; the new association's id."""
    association = _require(uow, association_id)
    table = uow.require(RouteTable, route_table_id, for_update=True)
    before = uow.look_up(RouteTable, association.route_table_id)
    _check_network(table, "route table", before.id, before.vpc_id)
    if association.gateway_id:
        _check_routes(uow, table)
    association.association_id, association.route_table_id = ids.new("rtbassoc"), table.id
    return association.association_id


def _require(uow: UnitOfWork, association_id: str) -> RouteTableAssociation:
    query = uow.query(RouteTableAssociation).filter_by(association_id=association_id).with_for_update()
    found = query.one_or_none()
    if found is None:
        raise errors.InvalidAssociationIDNotFound(id=association_id)
    return found


def _gateway(uow: UnitOfWork, table: RouteTable, gateway_id: str) -> None:
    """A virtual private gateway that is attached to the table's VPC."""
    model = Resource.BY_PREFIX.get("vgw")
    if model is None:
        raise errors.InvalidTargetNotFound["vgw"](id=gateway_id)
    found: Any = uow.look_up(model, gateway_id)
    if found.vpc_id != table.vpc_id:
        raise errors.GatewayNotAttached(id=gateway_id, vpc_id=table.vpc_id)


def enable_propagation(uow: UnitOfWork, route_table_id: str, gateway_id: str) -> None:
    """Let a virtual private gateway write routes into a table. Error: Gateway.NotAttached."""
    table = uow.require(RouteTable, route_table_id, for_update=True)
    _gateway(uow, table, gateway_id)
    if not _propagation(uow, table.id, gateway_id):
        uow.add(
            RoutePropagation(account=uow.account, region=uow.region, route_table_id=table.id, gateway_id=gateway_id)
        )


def disable_propagation(uow: UnitOfWork, route_table_id: str, gateway_id: str) -> None:
    """The contrary; the routes that it wrote go. Nothing happens where it had written none."""
    table = uow.require(RouteTable, route_table_id, for_update=True)
    _gateway(uow, table, gateway_id)
    uow.query(RoutePropagation).filter_by(route_table_id=table.id, gateway_id=gateway_id).delete()
    uow.query(Route).filter_by(route_table_id=table.id, target=gateway_id, origin="EnableVgwRoutePropagation").delete()


def _propagation(uow: UnitOfWork, route_table_id: str, gateway_id: str) -> RoutePropagation | None:
    return uow.query(RoutePropagation).filter_by(route_table_id=route_table_id, gateway_id=gateway_id).one_or_none()
