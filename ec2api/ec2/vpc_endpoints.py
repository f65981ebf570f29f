"""EC2 actions on VPC endpoints.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import endpoint_names, errors, vpc_endpoints
from backend.db.models import VpcEndpoint
from backend.db.unit_of_work import check_form
from backend.endpoint_options import GATEWAY, Wanted
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.ec2 import unsuccessful
from ec2api.registry import action

_LOAD = (VpcEndpoint.routes, VpcEndpoint.subnets, VpcEndpoint.groups, VpcEndpoint.service)
_LATTICE = {
    "Resource": "ResourceConfigurationArn",
    "Tunnel": "ResourceConfigurationArn",
    "ServiceNetwork": "ServiceNetworkArn",
}
"""Types of endpoints that lead to what VPC Lattice has, with the parameter that names it."""

Texts = Sequence[str]
Configurations = Sequence[Mapping[str, Any]]


def show(endpoint: Any) -> dict[str, Any]:
    gateway = endpoint.endpoint_type == GATEWAY
    return {
        "VpcEndpointId": endpoint.id,
        "VpcEndpointType": endpoint.endpoint_type,
        "VpcId": endpoint.vpc_id,
        "ServiceName": endpoint.service_name,
        "ServiceRegion": endpoint.service_region,
        "State": endpoint.state,
        "PolicyDocument": endpoint.policy_document,
        "RouteTableIds": list(dict.fromkeys(r.route_table_id for r in endpoint.routes)) if gateway else [],
        "SubnetIds": [subnet.subnet_id for subnet in endpoint.subnets],
        "Groups": [{"GroupId": group.group_id, "GroupName": group.group_name} for group in endpoint.groups],
        "IpAddressType": endpoint.ip_address_type,
        "DnsOptions": endpoint.dns_options,
        "PrivateDnsEnabled": endpoint.private_dns_enabled,
        "RequesterManaged": False,
        "NetworkInterfaceIds": [subnet.network_interface_id for subnet in endpoint.subnets],
        "DnsEntries": show_names(endpoint),
        "CreationTimestamp": endpoint.created,
        "OwnerId": endpoint.account,
        "PayerResponsibilities": show_payer(endpoint.service),
        "Tags": show_tags(endpoint),
    }


def show_names(endpoint: Any) -> list[dict[str, Any]]:
    return [{"DnsName": name, "HostedZoneId": zone} for name, zone in endpoint_names.entries(endpoint)]


def show_payer(service: Any) -> list[dict[str, str]] | None:
    if service is None or service.payer_responsibility is None:
        return None
    return [{"Scope": "vpc-endpoint-charges", "PayerResponsibilityType": "vpc-endpoint-service-account"}]


def _of_lattice(endpoint_type: str, service_network_arn: str | None, resource_configuration_arn: str | None) -> None:
    """Nothing that VPC Lattice has exists in this cloud, whatever its ARN."""
    given = {"ServiceNetworkArn": service_network_arn, "ResourceConfigurationArn": resource_configuration_arn}
    for name, arn in given.items():
        if arn is None:
            continue
        if _LATTICE.get(endpoint_type) != name:
            raise errors.InvalidParameter(reason=f"{name} cannot be specified for {endpoint_type} type VPC endpoints.")
        if not arn.startswith("arn:aws") or ":vpc-lattice:" not in arn:
            raise errors.InvalidLatticeArnMalformed[name](arn=arn)
        raise errors.InvalidLatticeArnNotFound[name](arn=arn)
    if endpoint_type in _LATTICE:
        raise errors.MissingParameter(name=_LATTICE[endpoint_type])


@action(tags=("vpc-endpoint",))
def create_vpc_endpoint(
    call: Call,
    *,
    vpc_id: str,
    vpc_endpoint_type: str = GATEWAY,
    service_name: str | None = None,
    service_region: str | None = None,
    policy_document: str | None = None,
    route_table_ids: Texts = (),
    subnet_ids: Texts = (),
    security_group_ids: Texts = (),
    ip_address_type: str | None = None,
    dns_options: Mapping[str, Any] | None = None,
    private_dns_enabled: bool | None = None,
    subnet_configurations: Configurations = (),
    service_network_arn: str | None = None,
    resource_configuration_arn: str | None = None,
) -> dict[str, Any]:
    _of_lattice(vpc_endpoint_type, service_network_arn, resource_configuration_arn)
    made = vpc_endpoints.create(
        call.uow,
        call.settings,
        vpc_id=vpc_id,
        service_name=service_name,
        endpoint_type=vpc_endpoint_type,
        service_region=service_region,
        wanted=Wanted(
            policy_document=policy_document,
            route_table_ids=route_table_ids,
            subnet_ids=subnet_ids,
            security_group_ids=security_group_ids,
            subnet_configurations=subnet_configurations,
            ip_address_type=ip_address_type,
            dns_options=dns_options or {},
            private_dns_enabled=private_dns_enabled,
        ),
        wanted_tags=call.tags(VpcEndpoint),
    )
    token = call.parameters.get("ClientToken")
    shown = show(call.uow.look_up(VpcEndpoint, made.id, load=(VpcEndpoint.tags, *_LOAD)))
    return {"VpcEndpoint": shown, "ClientToken": token}


@action
def modify_vpc_endpoint(
    call: Call,
    *,
    vpc_endpoint_id: str,
    reset_policy: bool = False,
    policy_document: str | None = None,
    add_route_table_ids: Texts = (),
    remove_route_table_ids: Texts = (),
    add_subnet_ids: Texts = (),
    remove_subnet_ids: Texts = (),
    add_security_group_ids: Texts = (),
    remove_security_group_ids: Texts = (),
    ip_address_type: str | None = None,
    dns_options: Mapping[str, Any] | None = None,
    private_dns_enabled: bool | None = None,
    subnet_configurations: Configurations = (),
) -> dict[str, Any]:
    add = Wanted(
        policy_document=policy_document,
        route_table_ids=add_route_table_ids,
        subnet_ids=add_subnet_ids,
        security_group_ids=add_security_group_ids,
        subnet_configurations=subnet_configurations,
        ip_address_type=ip_address_type,
        dns_options=dns_options or {},
        private_dns_enabled=private_dns_enabled,
    )
    remove = Wanted(
        route_table_ids=remove_route_table_ids,
        subnet_ids=remove_subnet_ids,
        security_group_ids=remove_security_group_ids,
    )
    vpc_endpoints.modify(call.uow, vpc_endpoint_id, add, remove, reset_policy=reset_policy)
    return {"Return": True}


@action
def delete_vpc_endpoints(call: Call, *, vpc_endpoint_ids: Texts) -> dict[str, Any]:
    check_form(VpcEndpoint, vpc_endpoint_ids)
    refused = vpc_endpoints.delete_endpoints(call.uow, call.settings, vpc_endpoint_ids)
    return {"Unsuccessful": unsuccessful.show(refused)}


Describe(
    "DescribeVpcEndpoints",
    VpcEndpoint,
    view=show,
    ids="VpcEndpointIds",
    load=_LOAD,
    limits=(1, 1000),
    filters={
        "ip-address-type": VpcEndpoint.ip_address_type,
        "service-name": VpcEndpoint.service_name,
        "service-region": VpcEndpoint.service_region,
        "vpc-endpoint-id": VpcEndpoint.id,
        "vpc-endpoint-state": VpcEndpoint.state,
        "vpc-endpoint-type": VpcEndpoint.endpoint_type,
        "vpc-id": VpcEndpoint.vpc_id,
    },
)
