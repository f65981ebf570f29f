"""Routes: where a route table sends what goes to a destination, and what a target must be for that.

https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, cast

from sqlalchemy import delete

from backend import errors, ids, quotas
from backend.db import reading
from backend.db.base import Resource
from backend.db.models import (
    Instance,
    NetworkInterface,
    Route,
    RouteTable,
    RouteTableAssociation,
    Subnet,
    SubnetCidrBlock,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork, check_form
from backend.route_tables import ACTIVE, BLACKHOLE, LOCAL

Network = IPv4Network | IPv6Network

PREFIXES = {
    "GatewayId": ("igw", "vgw"),
    "NatGatewayId": ("nat",),
    "InstanceId": ("i",),
    "NetworkInterfaceId": ("eni",),
    "VpcPeeringConnectionId": ("pcx",),
    "TransitGatewayId": ("tgw",),
    "EgressOnlyInternetGatewayId": ("eigw",),
    "VpcEndpointId": ("vpce",),
    "LocalGatewayId": ("lgw",),
    "CarrierGatewayId": ("cagw",),
    "CoreNetworkArn": ("core-network",),
    "OdbNetworkArn": ("odbnet",),
}
"""By CreateRoute's parameter, what kinds of things a route may lead to. Of the last four this cloud has none."""

WITHIN_VPC = ("NatGatewayId", "NetworkInterfaceId", "VpcEndpointId")
"""The targets of a route that is more specific than the local one."""

OF_GATEWAY = ("NetworkInterfaceId", "VpcEndpointId")
"""The targets in a table that a gateway is associated with."""

ENDED = frozenset({"deleting", "deleted", "failed", "rejected", "expired"})
"""States in which a target is as good as absent."""

RESERVED = [ip_network("169.254.168.0/22"), ip_network("fd00:ec2::/32")]
"""Where services of AWS itself are: no route may lead there, nor to a part of it."""

NAT64 = IPv6Network("64:ff9b::/96")
"""The only IPv6 destinations that a NAT gateway serves."""

Reach = Callable[[UnitOfWork, Any], Collection[str]]

_reach: dict[str, Reach] = {}


def reaches(prefix: str) -> Callable[[Reach], Reach]:
    """Registers which VPCs a target of this kind serves: a function of the unit of work and the target's record.

    Without one, it is the target's own ``vpc_id``, and of a peering connection its ``peer_vpc_id`` too.
    """

    def register(function: Reach) -> Reach:
        _reach[prefix] = function
        return function

    return register


@dataclass(frozen=True)
class Target:
    """Where a route leads."""

    kind: str
    """CreateRoute's parameter; what instances are reached by is their interface."""
    id: str
    state: str = ACTIVE


def create(
    uow: UnitOfWork, route_table_id: str, destination: Mapping[str, str | None], target: Mapping[str, str | None]
) -> None:
    """A new route. ``destination`` and ``target``: by EC2's parameters, exactly one of each.

    A route that is there already stays as it is. Errors: RouteAlreadyExists, NotFound of the target, what is wrong
    with the two of them as InvalidParameterValue.
    """
    table = uow.require(RouteTable, route_table_id, for_update=True)
    place = _place(uow, destination)
    chosen = _target(uow, table, target)
    present = _route(uow, table.id, place)
    if present is not None and present.origin != "EnableVgwRoutePropagation":
        if (present.target_kind, present.target) == (_shown_as(chosen.kind), chosen.id):
            return
        raise errors.RouteAlreadyExists(destination=place)
    _check(uow, table, place, chosen)
    static = reading.table_of(Route).c
    quotas.check(uow, quotas.ROUTES, static.route_table_id == table.id, static.origin == "CreateRoute")
    if present is not None:  # a static route goes before a propagated one
        uow.delete(present)
        uow.flush()
    point(uow, [table.id], place, _shown_as(chosen.kind), chosen.id, state=chosen.state)


def replace(
    uow: UnitOfWork,
    route_table_id: str,
    destination: Mapping[str, str | None],
    target: Mapping[str, str | None],
    *,
    to_local: bool = False,
) -> None:
    """Lead a route elsewhere. ``to_local``: a local route that was led elsewhere is local again."""
    table = uow.require(RouteTable, route_table_id, for_update=True)
    place = _place(uow, destination)
    if to_local:
        if any(target.values()):
            raise errors.InvalidParameterCombination(reason="A route has exactly one target.")
        chosen = Target("GatewayId", LOCAL)
    else:
        chosen = _target(uow, table, target)
    route = _require(uow, table.id, place)
    if to_local and route.origin != "CreateRouteTable":
        raise errors.InvalidValue(reason=f"Only local routes can be reset to local, not that to {place}.")
    if not to_local:
        _check(uow, table, place, chosen)
    route.target_kind, route.target, route.state = _shown_as(chosen.kind), chosen.id, chosen.state


def delete_route(uow: UnitOfWork, route_table_id: str, destination: Mapping[str, str | None]) -> None:
    """Delete a route; InvalidRoute.NotFound, and InvalidParameterValue for what no caller may delete."""
    table = uow.require(RouteTable, route_table_id, for_update=True)
    place = _place(uow, destination, known=False)
    route = _require(uow, table.id, place)
    if route.origin == "CreateRouteTable":
        raise errors.InvalidValue(reason=f"cannot remove local route {place} in route table {table.id}")
    if place.startswith("pl-") and route.target.startswith("vpce-"):
        raise errors.InvalidValue(reason=f"cannot remove VPC endpoint route {place} in route table {table.id}")
    if route.origin == "EnableVgwRoutePropagation":
        raise errors.InvalidValue(reason=f"cannot remove propagated route {place} in route table {table.id}")
    uow.delete(route)


def point(
    uow: UnitOfWork,
    table_ids: Iterable[str],
    destination: str,
    kind: str,
    target: str,
    *,
    origin: str = "CreateRoute",
    state: str = ACTIVE,
) -> None:
    """Add a route to each of these tables, unchecked: for services whose resources bring routes along.

    ``kind``: the member of EC2's Route that shows the target (a VPC endpoint is shown as ``GatewayId``).
    """
    uow.add_all(
        Route(
            account=uow.account,
            region=uow.region,
            route_table_id=id,
            destination=destination,
            target_kind=kind,
            target=target,
            origin=origin,
            state=state,
        )
        for id in table_ids
    )


def withdraw(uow: UnitOfWork, target: str, table_ids: Collection[str] | None = None) -> None:
    """Delete the routes to a target, from all tables or from these: the contrary of ``point``."""
    statement = delete(Route).where(Route.target == target)
    if table_ids is not None:
        statement = statement.where(Route.route_table_id.in_(table_ids))
    uow.execute(statement, execution_options={"synchronize_session": False})


def _shown_as(kind: str) -> str:
    return "GatewayId" if kind == "VpcEndpointId" else kind


def _route(uow: UnitOfWork, route_table_id: str, destination: str) -> Route | None:
    return uow.query(Route).filter_by(route_table_id=route_table_id, destination=destination).one_or_none()


def _require(uow: UnitOfWork, route_table_id: str, destination: str) -> Route:
    route = _route(uow, route_table_id, destination)
    if route is None:
        raise errors.InvalidRouteNotFound(destination=destination, table=route_table_id)
    return route


def _place(uow: UnitOfWork, given: Mapping[str, str | None], *, known: bool = True) -> str:
    """The destination in its canonical form. ``known``: a prefix list must exist."""
    chosen = [(name, value) for name, value in given.items() if value is not None]
    if not chosen:
        raise errors.MissingParameter(name="destinationCidrBlock")
    if len(chosen) > 1:
        raise errors.InvalidParameterCombination(reason="A route has exactly one destination.")
    ((name, value),) = chosen
    if name == "DestinationPrefixListId":
        model = Resource.BY_PREFIX.get("pl")
        if known:
            if model is None:
                raise errors.InvalidTargetNotFound["pl"](id=value)
            uow.look_up(model, value)
        return value
    version = 6 if name == "DestinationIpv6CidrBlock" else 4
    try:
        network = ip_network(value if "/" in value else "", strict=False)
        if network.version != version or "." in value.partition("/")[2]:
            raise ValueError(value)
    except ValueError as fault:
        member = name[0].lower() + name[1:]
        raise errors.InvalidParameterValue(
            value=value, name=member, reason="This is not a valid CIDR block."
        ) from fault
    return str(network)


def _target(uow: UnitOfWork, table: RouteTable, given: Mapping[str, str | None]) -> Target:
    chosen = [(kind, id) for kind, id in given.items() if id is not None]
    if not chosen:
        raise errors.MissingParameter(name="gatewayId")
    if len(chosen) > 1:
        raise errors.InvalidParameterCombination(reason="A route has exactly one target.")
    ((kind, id),) = chosen
    if kind == "InstanceId":
        kind, id = "NetworkInterfaceId", _interface_of(uow, id)
    prefix = ids.prefix_of(id) or ""
    if kind == "GatewayId" and prefix not in PREFIXES[kind]:
        raise errors.InvalidGatewayIDNotFound(id=id)
    wanted = prefix if prefix in PREFIXES[kind] else PREFIXES[kind][0]
    record = _found(uow, wanted, id, gateway=kind == "GatewayId")
    reach = _reach.get(wanted)
    served = reach(uow, record) if reach else [record.vpc_id, getattr(record, "peer_vpc_id", None)]
    if table.vpc_id not in served:
        if wanted == "tgw":
            raise errors.InvalidTargetNotFound[wanted](id=id)
        noun = {"eni": "interface", "igw": "network gateway", "vgw": "network gateway"}.get(wanted, record.NOUN)
        raise errors.InvalidValue(reason=f"route table {table.id} and {noun} {id} belong to different networks")
    return Target(kind, id, _state(wanted, record))


def _found(uow: UnitOfWork, prefix: str, id: str, *, gateway: bool) -> Any:
    """The record of a target that lives."""
    model = Resource.BY_PREFIX.get(prefix)
    if model is not None:
        check_form(model, [id])
        record = reading.find(uow, model.id, id)
        if record is not None and getattr(record, "state", None) not in ENDED:
            return record
    if gateway or prefix == "eigw":
        raise errors.InvalidGatewayIDNotFound(id=id)
    raise errors.InvalidTargetNotFound[prefix](id=id)


def _state(prefix: str, record: Any) -> str:
    """Whether a route to this is of use: an interface must be attached, a peering accepted."""
    if prefix == "eni":
        return ACTIVE if record.status == "in-use" else BLACKHOLE
    if prefix == "pcx":
        return ACTIVE if record.state == "active" else BLACKHOLE
    return ACTIVE


def _interface_of(uow: UnitOfWork, instance_id: str) -> str:
    """The one interface of an instance."""
    instance = uow.look_up(Instance, instance_id)
    found = reading.by(uow, NetworkInterface.instance_id, [instance.id])
    if not found:
        raise errors.IncorrectInstanceState(reason=f"The instance '{instance_id}' has no network interface.")
    if len(found) > 1:
        raise errors.InvalidInstanceID(
            reason=f"There are multiple interfaces attached to instance '{instance_id}'. Please specify an interface "
            "ID for the operation instead."
        )
    return cast(str, found[0].id)


def _check(uow: UnitOfWork, table: RouteTable, destination: str, target: Target) -> None:
    """Whether this destination may have this target in this table; InvalidParameterValue."""
    if destination.startswith("pl-"):
        if _of_gateway(uow, table.id):
            raise errors.InvalidValue(reason=f"A prefix list can't be a destination in {table.id}, a gateway's table.")
        return
    network = ip_network(destination)
    if any(_within(network, reserved) for reserved in RESERVED):
        raise errors.InvalidValue(reason=f"The destination CIDR block {destination} is reserved.")
    if target.kind == "EgressOnlyInternetGatewayId" and network.version != 6:
        raise errors.InvalidValue(
            reason=f"Egress-only internet gateways serve IPv6 traffic only, not the destination {destination}."
        )
    if target.kind == "NatGatewayId" and network.version == 6 and not _within(network, NAT64):
        raise errors.InvalidValue(
            reason=f"NAT gateways serve IPv4 traffic and the IPv6 destination {NAT64} only, not {destination}."
        )
    check_inside(uow, table, network, target.kind)


def check_inside(uow: UnitOfWork, table: RouteTable, network: Network, kind: str) -> None:
    """Routes into the VPC itself, and routes of gateways, have few targets; InvalidParameterValue."""
    blocks = [ip_network(b.cidr_block) for b in uow.look_up(Vpc, table.vpc_id, load=(Vpc.cidr_blocks,)).cidr_blocks]
    around = [block for block in blocks if _within(network, block)]
    if _of_gateway(uow, table.id) and (not around or kind not in OF_GATEWAY):
        raise errors.InvalidValue(
            reason=f"Route table {table.id} is associated with a gateway: its routes lead from the VPC's CIDR blocks "
            "to network interfaces and Gateway Load Balancer endpoints."
        )
    if not around:
        return
    if kind not in WITHIN_VPC:
        raise errors.InvalidValue(
            reason=f"The destination CIDR block {network} is equal to or more specific than one of this VPC's CIDR "
            "blocks. This route can target only an interface or an instance."
        )
    if network not in around and str(network) not in _subnet_blocks(uow, table.vpc_id):
        raise errors.InvalidValue(
            reason=f"The destination CIDR block {network} does not match a subnet of {table.vpc_id}."
        )


def _within(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


def _of_gateway(uow: UnitOfWork, route_table_id: str) -> bool:
    association = reading.table_of(RouteTableAssociation).c
    conditions = (association.route_table_id == route_table_id, association.gateway_id.is_not(None))
    return bool(reading.where(uow, RouteTableAssociation, *conditions, limit=1))


def _subnet_blocks(uow: UnitOfWork, vpc_id: str) -> set[str]:
    found = {subnet.cidr_block for subnet in reading.by(uow, Subnet.vpc_id, [vpc_id])}
    return found | {block.cidr_block for block in reading.by(uow, SubnetCidrBlock.vpc_id, [vpc_id])}
