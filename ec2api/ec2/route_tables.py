"""EC2 actions on route tables.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from backend import errors, route_tables, routes
from backend import route_table_associations as associations
from backend.db import reading
from backend.db.models import NetworkInterface, Route, RouteTable, RouteTableAssociation
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition, owned, show_tags, through
from ec2api.registry import action

_route = reading.table_of(Route).c
_LOAD = ((RouteTable.routes, Route.interface), RouteTable.associations, RouteTable.propagations)
_ASSOCIATED = {"State": "associated"}


def show(table: Any) -> dict[str, Any]:
    return {
        "RouteTableId": table.id,
        "VpcId": table.vpc_id,
        "OwnerId": table.account,
        "Routes": [_show_route(route) for route in table.routes],
        "Associations": [_show_association(association) for association in table.associations],
        "PropagatingVgws": [{"GatewayId": propagation.gateway_id} for propagation in table.propagations],
        "Tags": show_tags(table),
    }


def _show_route(route: Any) -> dict[str, Any]:
    shown = {
        _destination_member(route.destination): route.destination,
        route.target_kind: route.target,
        "Origin": route.origin,
        "State": route.state,
    }
    if route.interface is not None and route.interface.instance_id:
        shown |= {"InstanceId": route.interface.instance_id, "InstanceOwnerId": route.interface.instance_owner_id}
    return shown


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
        "AssociationState": _ASSOCIATED,
    }


@action(tags=("route-table",))
def create_route_table(call: Call, *, vpc_id: str) -> dict[str, Any]:
    table = route_tables.create(call.uow, vpc_id, call.tags(RouteTable))
    shown = show(call.uow.look_up(RouteTable, table.id, load=(RouteTable.tags, *_LOAD)))
    return {"RouteTable": shown, "ClientToken": call.parameters.get("ClientToken")}


@action
def delete_route_table(call: Call, *, route_table_id: str) -> None:
    route_tables.delete_table(call.uow, route_table_id)


@action
def create_route(
    call: Call,
    *,
    route_table_id: str,
    destination_cidr_block: str | None = None,
    destination_ipv6_cidr_block: str | None = None,
    destination_prefix_list_id: str | None = None,
    gateway_id: str | None = None,
    nat_gateway_id: str | None = None,
    instance_id: str | None = None,
    network_interface_id: str | None = None,
    vpc_peering_connection_id: str | None = None,
    transit_gateway_id: str | None = None,
    egress_only_internet_gateway_id: str | None = None,
    vpc_endpoint_id: str | None = None,
    local_gateway_id: str | None = None,
    carrier_gateway_id: str | None = None,
    core_network_arn: str | None = None,
    odb_network_arn: str | None = None,
) -> dict[str, Any]:
    routes.create(
        call.uow,
        route_table_id,
        {
            "DestinationCidrBlock": destination_cidr_block,
            "DestinationIpv6CidrBlock": destination_ipv6_cidr_block,
            "DestinationPrefixListId": destination_prefix_list_id,
        },
        {
            "GatewayId": gateway_id,
            "NatGatewayId": nat_gateway_id,
            "InstanceId": instance_id,
            "NetworkInterfaceId": network_interface_id,
            "VpcPeeringConnectionId": vpc_peering_connection_id,
            "TransitGatewayId": transit_gateway_id,
            "EgressOnlyInternetGatewayId": egress_only_internet_gateway_id,
            "VpcEndpointId": vpc_endpoint_id,
            "LocalGatewayId": local_gateway_id,
            "CarrierGatewayId": carrier_gateway_id,
            "CoreNetworkArn": core_network_arn,
            "OdbNetworkArn": odb_network_arn,
        },
    )
    return {"Return": True}


@action
def replace_route(
    call: Call,
    *,
    route_table_id: str,
    destination_cidr_block: str | None = None,
    destination_ipv6_cidr_block: str | None = None,
    destination_prefix_list_id: str | None = None,
    local_target: bool = False,
    gateway_id: str | None = None,
    nat_gateway_id: str | None = None,
    instance_id: str | None = None,
    network_interface_id: str | None = None,
    vpc_peering_connection_id: str | None = None,
    transit_gateway_id: str | None = None,
    egress_only_internet_gateway_id: str | None = None,
    vpc_endpoint_id: str | None = None,
    local_gateway_id: str | None = None,
    carrier_gateway_id: str | None = None,
    core_network_arn: str | None = None,
    odb_network_arn: str | None = None,
) -> None:
    routes.replace(
        call.uow,
        route_table_id,
        {
            "DestinationCidrBlock": destination_cidr_block,
            "DestinationIpv6CidrBlock": destination_ipv6_cidr_block,
            "DestinationPrefixListId": destination_prefix_list_id,
        },
        {
            "GatewayId": gateway_id,
            "NatGatewayId": nat_gateway_id,
            "InstanceId": instance_id,
            "NetworkInterfaceId": network_interface_id,
            "VpcPeeringConnectionId": vpc_peering_connection_id,
            "TransitGatewayId": transit_gateway_id,
            "EgressOnlyInternetGatewayId": egress_only_internet_gateway_id,
            "VpcEndpointId": vpc_endpoint_id,
            "LocalGatewayId": local_gateway_id,
            "CarrierGatewayId": carrier_gateway_id,
            "CoreNetworkArn": core_network_arn,
            "OdbNetworkArn": odb_network_arn,
        },
        to_local=local_target,
    )


@action
def delete_route(
    call: Call,
    *,
    route_table_id: str,
    destination_cidr_block: str | None = None,
    destination_ipv6_cidr_block: str | None = None,
    destination_prefix_list_id: str | None = None,
) -> None:
    routes.delete_route(
        call.uow,
        route_table_id,
        {
            "DestinationCidrBlock": destination_cidr_block,
            "DestinationIpv6CidrBlock": destination_ipv6_cidr_block,
            "DestinationPrefixListId": destination_prefix_list_id,
        },
    )


@action
def associate_route_table(
    call: Call,
    *,
    route_table_id: str,
    subnet_id: str | None = None,
    gateway_id: str | None = None,
    public_ipv4_pool: str | None = None,
) -> dict[str, Any]:
    if public_ipv4_pool is not None:  # nobody brings addresses of their own to this cloud
        raise errors.InvalidPoolIDNotFound(id=public_ipv4_pool)
    new = associations.associate(call.uow, route_table_id, subnet_id=subnet_id, gateway_id=gateway_id)
    return {"AssociationId": new, "AssociationState": _ASSOCIATED}


@action
def disassociate_route_table(call: Call, *, association_id: str) -> None:
    associations.disassociate(call.uow, association_id)


@action
def replace_route_table_association(call: Call, *, association_id: str, route_table_id: str) -> dict[str, Any]:
    new = associations.replace(call.uow, association_id, route_table_id)
    return {"NewAssociationId": new, "AssociationState": _ASSOCIATED}


@action
def enable_vgw_route_propagation(call: Call, *, gateway_id: str, route_table_id: str) -> None:
    associations.enable_propagation(call.uow, route_table_id, gateway_id)


@action
def disable_vgw_route_propagation(call: Call, *, gateway_id: str, route_table_id: str) -> None:
    associations.disable_propagation(call.uow, route_table_id, gateway_id)


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
    load=_LOAD,
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
