"""EC2 actions on EC2 Instance Connect Endpoints.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Ec2InstanceConnectEndpoint.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import instance_connect_endpoints, zones
from backend.db.models import InstanceConnectEndpoint
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import CLIENT_TOKEN, action


def show(endpoint: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    owner = f"{endpoint.region}:{endpoint.account}"
    return {
        "OwnerId": endpoint.account,
        "InstanceConnectEndpointId": endpoint.id,
        "InstanceConnectEndpointArn": f"arn:aws:ec2:{owner}:instance-connect-endpoint/{endpoint.id}",
        "State": endpoint.state,
        "StateMessage": "",
        "DnsName": instance_connect_endpoints.dns_name(endpoint),
        "NetworkInterfaceIds": [endpoint.network_interface_id],
        "VpcId": endpoint.vpc_id,
        "AvailabilityZone": endpoint.zone,
        "AvailabilityZoneId": zone_ids.get(endpoint.zone),
        "CreatedAt": endpoint.created,
        "SubnetId": endpoint.subnet_id,
        "PreserveClientIp": endpoint.preserve_client_ip,
        "SecurityGroupIds": endpoint.security_group_ids,
        "Tags": show_tags(endpoint),
        "IpAddressType": endpoint.ip_address_type,
    }


def _page(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [show(endpoint, zone_ids) for endpoint in found]


def _shown(call: Call, id: str) -> dict[str, Any]:
    load = (InstanceConnectEndpoint.tags,)
    return _page(call, [call.uow.look_up(InstanceConnectEndpoint, id, load=load)])[0]


@action(tags=("instance-connect-endpoint",))
def create_instance_connect_endpoint(
    call: Call,
    *,
    subnet_id: str,
    security_group_ids: Sequence[str] = (),
    preserve_client_ip: bool = False,
    ip_address_type: str | None = None,
) -> dict[str, Any]:
    made = instance_connect_endpoints.create(
        call.uow,
        call.settings,
        subnet_id=subnet_id,
        group_ids=security_group_ids,
        preserve_client_ip=preserve_client_ip,
        ip_address_type=ip_address_type,
        wanted_tags=call.tags(InstanceConnectEndpoint),
    )
    return {"InstanceConnectEndpoint": _shown(call, made.id), "ClientToken": call.parameters.get(CLIENT_TOKEN)}


@action
def modify_instance_connect_endpoint(
    call: Call,
    *,
    instance_connect_endpoint_id: str,
    ip_address_type: str | None = None,
    security_group_ids: Sequence[str] | None = None,
    preserve_client_ip: bool | None = None,
) -> dict[str, Any]:
    instance_connect_endpoints.modify(
        call.uow,
        call.settings,
        instance_connect_endpoint_id,
        ip_address_type=ip_address_type,
        group_ids=security_group_ids,
        preserve_client_ip=preserve_client_ip,
    )
    return {"Return": True}


@action
def delete_instance_connect_endpoint(call: Call, *, instance_connect_endpoint_id: str) -> dict[str, Any]:
    gone = instance_connect_endpoints.remove(call.uow, call.settings, instance_connect_endpoint_id)
    return {"InstanceConnectEndpoint": _shown(call, gone.id)}


Describe(
    "DescribeInstanceConnectEndpoints",
    InstanceConnectEndpoint,
    group=_page,
    ids="InstanceConnectEndpointIds",
    filters={
        "instance-connect-endpoint-id": InstanceConnectEndpoint.id,
        "state": InstanceConnectEndpoint.state,
        "subnet-id": InstanceConnectEndpoint.subnet_id,
        "vpc-id": InstanceConnectEndpoint.vpc_id,
    },
    limits=(1, 50),
)
