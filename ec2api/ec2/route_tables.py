"""EC2 actions on route tables.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from backend.db import reading
from backend.db.models import NetworkInterface, Route, RouteTable, RouteTableAssociation
from ec2api.describe import Condition, Describe, as_condition, owned, show_tags, through

_route = reading.table_of(Route).c


def show(table: Any) -> dict[str, Any]:
    return {
        "RouteTableId": table.id,
        "VpcId": table.vpc_id,
        "OwnerId": table.account,
        "Routes": [_show_route(route) for route in table.routes],
        "Associations": [_show_association(association) for association in table.associations],
        "PropagatingVgws": [],
        "Tags": show_tags(table),
    }


def _show_route(route: Any) -> dict[str, Any]:
    return {
        _destination_member(route.destination): route.destination,
        route.target_kind: route.target,
        "Origin": route.origin,
        "State": route.state,
    }


def _destination_member(destination: str) -> str:
    if destination.startswith("pl-"):
        return "DestinationPrefixListId"
    return "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"


def _show_association(association: Any) -> dict[str, Any]:
    return {
        "RouteTableAssociationId": association.association_id,
        "RouteTableId": association.route_table_id,
        "Main": association.main,
        "SubnetId": association.subnet_id,
        "GatewayId": association.gateway_id,
        "AssociationState": {"State": "associated"},
    }


def _destination(kind: Condition) -> Any:
    """A filter on destinations of one kind."""

    def condition(values: Sequence[str]) -> Condition:
        return as_condition(_route.destination, values) & kind

    return through(RouteTable.routes, condition)


def _target(member: str) -> Any:
    """A filter on targets that Route shows in one member."""

    def condition(values: Sequence[str]) -> Condition:
        return as_condition(_route.target, values) & (_route.target_kind == member)

    return through(RouteTable.routes, condition)


def _through_instance(values: Sequence[str]) -> Condition:
    """A filter on routes to an interface by the instance that it is attached to."""
    interface = reading.table_of(NetworkInterface).c
    attached = select(interface.id).where(
        *reading.scope_of(NetworkInterface), as_condition(interface.instance_id, values)
    )
    return (_route.target_kind == "NetworkInterfaceId") & _route.target.in_(attached)


_is_prefix_list = _route.destination.like("pl-%")
_is_ipv6 = _route.destination.contains(":")


def _association(target: Any) -> Any:
    return through(RouteTable.associations, target)


Describe(
    "DescribeRouteTables",
    RouteTable,
    view=show,
    ids="RouteTableIds",
    limits=(5, 100),
    load=(RouteTable.routes, RouteTable.associations),
    filters={
        "association.gateway-id": _association(RouteTableAssociation.gateway_id),
        "association.main": _association(RouteTableAssociation.main),
        "association.route-table-association-id": _association(RouteTableAssociation.association_id),
        "association.route-table-id": _association(RouteTableAssociation.route_table_id),
        "association.subnet-id": _association(RouteTableAssociation.subnet_id),
        "owner-id": owned(RouteTable),
        "route.destination-cidr-block": _destination(~_is_ipv6 & ~_is_prefix_list),
        "route.destination-ipv6-cidr-block": _destination(_is_ipv6),
        "route.destination-prefix-list-id": _destination(_is_prefix_list),
        "route.egress-only-internet-gateway-id": _target("EgressOnlyInternetGatewayId"),
        "route.gateway-id": _target("GatewayId"),
        "route.instance-id": through(RouteTable.routes, _through_instance),
        "route.nat-gateway-id": _target("NatGatewayId"),
        "route.origin": through(RouteTable.routes, Route.origin),
        "route.state": through(RouteTable.routes, Route.state),
        "route.transit-gateway-id": _target("TransitGatewayId"),
        "route.vpc-peering-connection-id": _target("VpcPeeringConnectionId"),
        "route-table-id": RouteTable.id,
        "vpc-id": RouteTable.vpc_id,
    },
)
