"""EC2 actions on NAT gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
"""

from collections.abc import Sequence
from typing import Any

from backend import errors, nat_gateways
from backend.db.models import NatGateway
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action

LOAD = (NatGateway.tags, NatGateway.addresses)


def show(gateway: Any) -> dict[str, Any]:
    failed = gateway.state == "failed"
    status = {"failed": "failed", "pending": _coming(gateway)}.get(gateway.state, "succeeded")
    return {
        "NatGatewayId": gateway.id,
        "VpcId": gateway.vpc_id,
        "SubnetId": gateway.subnet_id,
        "ConnectivityType": gateway.connectivity_type,
        "AvailabilityMode": "zonal",
        "State": gateway.state,
        "CreateTime": gateway.created,
        "DeleteTime": gateway.deleted_at,
        "FailureCode": gateway.failure_code if failed else None,
        "FailureMessage": gateway.failure_message if failed else None,
        "NatGatewayAddresses": [show_address(address, status) for address in gateway.addresses],
        "Tags": show_tags(gateway),
    }


def _coming(gateway: Any) -> str:
    return "associating" if gateway.connectivity_type == nat_gateways.PUBLIC else "assigning"


def show_address(address: Any, status: str) -> dict[str, Any]:
    return {
        "AllocationId": address.allocation_id,
        "AssociationId": address.association_id,
        "PublicIp": address.public_ip,
        "PrivateIp": address.private_ip,
        "NetworkInterfaceId": address.network_interface_id,
        "IsPrimary": address.is_primary,
        "Status": status,
    }


@action(tags=("natgateway",))
def create_nat_gateway(
    call: Call,
    *,
    subnet_id: str | None = None,
    vpc_id: str | None = None,
    availability_mode: str = "zonal",
    availability_zone_addresses: Sequence[dict[str, Any]] = (),
    connectivity_type: str = nat_gateways.PUBLIC,
    allocation_id: str | None = None,
    private_ip_address: str | None = None,
    secondary_allocation_ids: Sequence[str] = (),
    secondary_private_ip_addresses: Sequence[str] = (),
    secondary_private_ip_address_count: int = 0,
) -> dict[str, Any]:
    if availability_mode != "zonal":
        raise errors.UnsupportedOperation(reason="Regional NAT gateways are not supported by this cloud.")
    made = nat_gateways.create(
        call.uow,
        call.settings,
        subnet_id=subnet_id,
        regional=(vpc_id, availability_zone_addresses),
        connectivity_type=connectivity_type,
        allocation_id=allocation_id,
        private_ip=private_ip_address,
        secondary_allocation_ids=secondary_allocation_ids,
        secondary_private_ips=secondary_private_ip_addresses,
        secondary_count=secondary_private_ip_address_count,
        tags=call.tags(NatGateway),
    )
    shown = show(call.uow.look_up(NatGateway, made.id, load=LOAD))
    return {"NatGateway": shown, "ClientToken": call.parameters.get("ClientToken")}


@action
def delete_nat_gateway(call: Call, *, nat_gateway_id: str) -> dict[str, Any]:
    nat_gateways.remove(call.uow, call.settings, nat_gateway_id)
    return {"NatGatewayId": nat_gateway_id}


def _changed(nat_gateway_id: str, found: Sequence[Any], status: str) -> dict[str, Any]:
    return {"NatGatewayId": nat_gateway_id, "NatGatewayAddresses": [show_address(a, status) for a in found]}


@action
def associate_nat_gateway_address(
    call: Call,
    *,
    nat_gateway_id: str,
    allocation_ids: Sequence[str],
    private_ip_addresses: Sequence[str] = (),
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
) -> dict[str, Any]:
    regional = (availability_zone, availability_zone_id)
    made = nat_gateways.associate(call.uow, nat_gateway_id, allocation_ids, private_ip_addresses, regional)
    return _changed(nat_gateway_id, made, "associating")


@action
def disassociate_nat_gateway_address(
    call: Call, *, nat_gateway_id: str, association_ids: Sequence[str], max_drain_duration_seconds: int | None = None
) -> dict[str, Any]:
    gone = nat_gateways.disassociate(call.uow, nat_gateway_id, association_ids, max_drain_duration_seconds)
    return _changed(nat_gateway_id, gone, "disassociating")


@action
def assign_private_nat_gateway_address(
    call: Call,
    *,
    nat_gateway_id: str,
    private_ip_addresses: Sequence[str] = (),
    private_ip_address_count: int = 0,
) -> dict[str, Any]:
    made = nat_gateways.assign(call.uow, nat_gateway_id, private_ip_addresses, private_ip_address_count)
    return _changed(nat_gateway_id, made, "assigning")


@action
def unassign_private_nat_gateway_address(
    call: Call,
    *,
    nat_gateway_id: str,
    private_ip_addresses: Sequence[str],
    max_drain_duration_seconds: int | None = None,
) -> dict[str, Any]:
    gone = nat_gateways.unassign(call.uow, nat_gateway_id, private_ip_addresses, max_drain_duration_seconds)
    return _changed(nat_gateway_id, gone, "unassigning")


Describe(
    "DescribeNatGateways",
    NatGateway,
    view=show,
    ids="NatGatewayIds",
    load=(NatGateway.addresses,),
    filters={
        "nat-gateway-id": NatGateway.id,
        "state": NatGateway.state,
        "subnet-id": NatGateway.subnet_id,
        "vpc-id": NatGateway.vpc_id,
    },
)
