"""EC2 actions on subnets.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
"""

from typing import Any

from sqlalchemy import literal

from backend import errors, subnets
from backend.db import reading
from backend.db.models import Subnet
from ec2api.call import Call
from ec2api.describe import Describe, constant, nothing, owned, show_tags
from ec2api.registry import action

_columns = reading.table_of(Subnet).c
_ARN = literal("arn:aws:ec2:") + _columns.region + ":" + _columns.account + ":subnet/" + _columns.id


def show(subnet: Any) -> dict[str, Any]:
    return {
        "SubnetId": subnet.id,
        "SubnetArn": f"arn:aws:ec2:{subnet.region}:{subnet.account}:subnet/{subnet.id}",
        "VpcId": subnet.vpc_id,
        "OwnerId": subnet.account,
        "AvailabilityZone": subnet.zone,
        "AvailabilityZoneId": subnet.zone_id,
        "AvailableIpAddressCount": subnet.available,
        "CidrBlock": subnet.cidr_block,
        "DefaultForAz": subnet.default_for_az,
        "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
        "MapCustomerOwnedIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": subnet.assign_ipv6_address_on_creation,
        "Ipv6CidrBlockAssociationSet": [],
        "Ipv6Native": False,
        "EnableDns64": subnet.enable_dns64,
        "EnableLniAtDeviceIndex": subnet.enable_lni_at_device_index,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": subnet.hostname_type,
            "EnableResourceNameDnsARecord": subnet.enable_resource_name_dns_a_record,
            "EnableResourceNameDnsAAAARecord": subnet.enable_resource_name_dns_aaaa_record,
        },
        "State": subnet.state,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "Tags": show_tags(subnet),
    }


@action(tags=("subnet",))
def create_subnet(
    call: Call,
    *,
    vpc_id: str,
    cidr_block: str | None = None,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    ipv6_native: bool = False,
) -> dict[str, Any]:
    if ipv6_native:
        raise errors.UnsupportedParameter(name="Ipv6Native")
    subnet = subnets.create(
        call.uow,
        call.settings,
        vpc_id=vpc_id,
        cidr_block=cidr_block,
        zone=availability_zone,
        zone_id=availability_zone_id,
        wanted_tags=call.tags(Subnet),
    )
    return {"Subnet": show(call.uow.look_up(Subnet, subnet.id, load=(Subnet.tags,)))}


@action
def delete_subnet(call: Call, *, subnet_id: str) -> None:
    subnets.delete_subnet(call.uow, subnet_id)


@action
def modify_subnet_attribute(
    call: Call,
    *,
    subnet_id: str,
    map_public_ip_on_launch: dict[str, bool] | None = None,
    assign_ipv6_address_on_creation: dict[str, bool] | None = None,
    enable_dns64: dict[str, bool] | None = None,
    private_dns_hostname_type_on_launch: str | None = None,
    enable_resource_name_dns_a_record_on_launch: dict[str, bool] | None = None,
    enable_resource_name_dns_aaaa_record_on_launch: dict[str, bool] | None = None,
) -> None:
    subnets.set_attribute(
        call.uow,
        subnet_id,
        map_public_ip_on_launch=(map_public_ip_on_launch or {}).get("Value"),
        assign_ipv6_address_on_creation=(assign_ipv6_address_on_creation or {}).get("Value"),
        enable_dns64=(enable_dns64 or {}).get("Value"),
        hostname_type=private_dns_hostname_type_on_launch,
        enable_resource_name_dns_a_record=(enable_resource_name_dns_a_record_on_launch or {}).get("Value"),
        enable_resource_name_dns_aaaa_record=(enable_resource_name_dns_aaaa_record_on_launch or {}).get("Value"),
    )


_NAME_OPTIONS = "private-dns-name-options-on-launch"

Describe(
    "DescribeSubnets",
    Subnet,
    view=show,
    ids="SubnetIds",
    filters={
        "availability-zone": Subnet.zone,
        "availabilityZone": Subnet.zone,
        "availability-zone-id": Subnet.zone_id,
        "availabilityZoneId": Subnet.zone_id,
        "available-ip-address-count": Subnet.available,
        "cidr-block": Subnet.cidr_block,
        "cidr": Subnet.cidr_block,
        "cidrBlock": Subnet.cidr_block,
        "customer-owned-ipv4-pool": nothing,
        "default-for-az": Subnet.default_for_az,
        "defaultForAz": Subnet.default_for_az,
        "enable-dns64": Subnet.enable_dns64,
        "enable-lni-at-device-index": Subnet.enable_lni_at_device_index,
        "ipv6-cidr-block-association.ipv6-cidr-block": nothing,
        "ipv6-cidr-block-association.association-id": nothing,
        "ipv6-cidr-block-association.state": nothing,
        "ipv6-native": constant("false"),
        "map-customer-owned-ip-on-launch": constant("false"),
        "map-public-ip-on-launch": Subnet.map_public_ip_on_launch,
        "outpost-arn": nothing,
        "owner-id": owned(Subnet),
        f"{_NAME_OPTIONS}.hostname-type": Subnet.hostname_type,
        f"{_NAME_OPTIONS}.enable-resource-name-dns-a-record": Subnet.enable_resource_name_dns_a_record,
        f"{_NAME_OPTIONS}.enable-resource-name-dns-aaaa-record": Subnet.enable_resource_name_dns_aaaa_record,
        "state": Subnet.state,
        "subnet-arn": _ARN,
        "subnet-id": Subnet.id,
        "vpc-id": Subnet.vpc_id,
        "vpcId": Subnet.vpc_id,
    },
)
