"""EC2 actions on subnets.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
"""

from typing import Any

from sqlalchemy import literal

from backend import cidr_blocks, errors, subnets
from backend.db import reading
from backend.db.models import Subnet, SubnetCidrBlock
from ec2api.call import Call
from ec2api.describe import Describe, constant, nothing, owned, show_tags, through
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
        "CidrBlock": subnet.cidr_block or None,
        "DefaultForAz": subnet.default_for_az,
        "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
        "MapCustomerOwnedIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": subnet.assign_ipv6_address_on_creation,
        "Ipv6CidrBlockAssociationSet": [_show_block(block) for block in subnet.cidr_blocks],
        "Ipv6Native": subnet.ipv6_native,
        "EnableDns64": subnet.enable_dns64,
        "EnableLniAtDeviceIndex": subnet.enable_lni_at_device_index,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": subnet.hostname_type,
            "EnableResourceNameDnsARecord": subnet.enable_resource_name_dns_a_record,
            "EnableResourceNameDnsAAAARecord": subnet.enable_resource_name_dns_aaaa_record,
        },
        "State": subnet.state,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": subnet.internet_gateway_block_mode},
        "Tags": show_tags(subnet),
    }


def _show_block(block: Any) -> dict[str, Any]:
    return {
        "AssociationId": block.id,
        "Ipv6CidrBlock": block.cidr_block,
        "Ipv6CidrBlockState": {"State": block.state},
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    }


def _shown(call: Call, subnet_id: str) -> dict[str, Any]:
    return {"Subnet": show(call.uow.look_up(Subnet, subnet_id, load=(Subnet.tags, Subnet.cidr_blocks)))}


@action(tags=("subnet",))
def create_subnet(
    call: Call,
    *,
    vpc_id: str,
    cidr_block: str | None = None,
    ipv6_cidr_block: str | None = None,
    ipv6_native: bool = False,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    outpost_arn: str | None = None,
    ipv4_ipam_pool_id: str | None = None,
    ipv4_netmask_length: int | None = None,
    ipv6_ipam_pool_id: str | None = None,
    ipv6_netmask_length: int | None = None,
) -> dict[str, Any]:
    cidr_blocks.check_pools(
        ipv4_ipam_pool_id=ipv4_ipam_pool_id,
        ipv4_netmask_length=ipv4_netmask_length,
        ipv6_ipam_pool_id=ipv6_ipam_pool_id,
        ipv6_netmask_length=ipv6_netmask_length,
    )
    if outpost_arn is not None:
        raise errors.InvalidParameterValue(value=outpost_arn, name="outpostArn", reason="The Outpost does not exist.")
    subnet = subnets.create(
        call.uow,
        call.settings,
        vpc_id=vpc_id,
        cidr_block=cidr_block,
        ipv6_cidr_block=ipv6_cidr_block,
        ipv6_native=ipv6_native,
        zone=availability_zone,
        zone_id=availability_zone_id,
        wanted_tags=call.tags(Subnet),
    )
    return _shown(call, subnet.id)


@action
def create_default_subnet(
    call: Call,
    *,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    ipv6_native: bool = False,
) -> dict[str, Any]:
    subnet = subnets.create_default(
        call.uow, call.settings, availability_zone, availability_zone_id, ipv6_native=ipv6_native
    )
    return _shown(call, subnet.id)


@action
def associate_subnet_cidr_block(
    call: Call,
    *,
    subnet_id: str,
    ipv6_cidr_block: str | None = None,
    ipv6_ipam_pool_id: str | None = None,
    ipv6_netmask_length: int | None = None,
) -> dict[str, Any]:
    cidr_blocks.check_pools(ipv6_ipam_pool_id=ipv6_ipam_pool_id, ipv6_netmask_length=ipv6_netmask_length)
    block = cidr_blocks.associate_with_subnet(call.uow, call.settings, subnet_id, ipv6_cidr_block)
    return {"SubnetId": block.subnet_id, "Ipv6CidrBlockAssociation": _show_block(block)}


@action
def disassociate_subnet_cidr_block(call: Call, *, association_id: str) -> dict[str, Any]:
    block = cidr_blocks.disassociate_from_subnet(call.uow, call.settings, association_id)
    return {"SubnetId": block.subnet_id, "Ipv6CidrBlockAssociation": _show_block(block)}


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
    enable_lni_at_device_index: int | None = None,
    disable_lni_at_device_index: dict[str, bool] | None = None,
    map_customer_owned_ip_on_launch: dict[str, bool] | None = None,
    customer_owned_ipv4_pool: str | None = None,
) -> None:
    if map_customer_owned_ip_on_launch or customer_owned_ipv4_pool:
        _check_customer_owned(call, subnet_id, map_customer_owned_ip_on_launch, customer_owned_ipv4_pool)
        return
    subnets.set_attribute(
        call.uow,
        subnet_id,
        map_public_ip_on_launch=(map_public_ip_on_launch or {}).get("Value"),
        assign_ipv6_address_on_creation=(assign_ipv6_address_on_creation or {}).get("Value"),
        enable_dns64=(enable_dns64 or {}).get("Value"),
        hostname_type=private_dns_hostname_type_on_launch,
        enable_resource_name_dns_a_record=(enable_resource_name_dns_a_record_on_launch or {}).get("Value"),
        enable_resource_name_dns_aaaa_record=(enable_resource_name_dns_aaaa_record_on_launch or {}).get("Value"),
        enable_lni_at_device_index=enable_lni_at_device_index,
        disable_lni_at_device_index=(disable_lni_at_device_index or {}).get("Value"),
    )


def _check_customer_owned(call: Call, subnet_id: str, mapped: dict[str, bool] | None, pool: str | None) -> None:
    """Customer-owned addresses are Outposts' alone: no subnet of this cloud maps any, and there is no pool of them."""
    if set(call.parameters) - {"SubnetId", "DryRun", "MapCustomerOwnedIpOnLaunch", "CustomerOwnedIpv4Pool"}:
        raise errors.InvalidParameterCombination(reason="Only one attribute of a subnet can be changed at a time.")
    call.uow.look_up(Subnet, subnet_id)
    if pool is not None:
        raise errors.InvalidPoolIDNotFound(id=pool)
    if (mapped or {}).get("Value"):
        raise errors.MissingParameter(name="customerOwnedIpv4Pool")


_NAME_OPTIONS = "private-dns-name-options-on-launch"

Describe(
    "DescribeSubnets",
    Subnet,
    view=show,
    ids="SubnetIds",
    load=(Subnet.cidr_blocks,),
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
        "ipv6-cidr-block-association.ipv6-cidr-block": through(Subnet.cidr_blocks, SubnetCidrBlock.cidr_block),
        "ipv6-cidr-block-association.association-id": through(Subnet.cidr_blocks, SubnetCidrBlock.id),
        "ipv6-cidr-block-association.state": through(Subnet.cidr_blocks, SubnetCidrBlock.state),
        "ipv6-native": Subnet.ipv6_native,
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
