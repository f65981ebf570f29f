"""EC2 actions on VPCs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal

from backend import cidr_blocks, errors, networks, vpcs
from backend.db import reading
from backend.db.models import Vpc, VpcCidrBlock
from backend.db.unit_of_work import UnitOfWork
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition, owned, show_tags, through
from ec2api.registry import action

_LOAD = (Vpc.tags, Vpc.cidr_blocks)

IPV6_POOL = "Amazon"
"""The pool of the IPv6 blocks that the cloud itself provides."""


def show(vpc: Any) -> dict[str, Any]:
    return {
        "VpcId": vpc.id,
        "OwnerId": vpc.account,
        "CidrBlock": vpc.cidr_block,
        "CidrBlockAssociationSet": [_show_block(block) for block in vpc.cidr_blocks if block.family == 4],
        "Ipv6CidrBlockAssociationSet": [_show_ipv6_block(b) for b in vpc.cidr_blocks if b.family == 6] or None,
        "DhcpOptionsId": vpc.dhcp_options_id,
        "InstanceTenancy": vpc.instance_tenancy,
        "IsDefault": vpc.is_default,
        "State": vpc.state,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": vpc.internet_gateway_block_mode},
        "Tags": show_tags(vpc),
    }


def _show_block(block: Any) -> dict[str, Any]:
    return {
        "AssociationId": block.id,
        "CidrBlock": block.cidr_block,
        "CidrBlockState": {"State": block.state},
    }


def _show_ipv6_block(block: Any) -> dict[str, Any]:
    return {
        "AssociationId": block.id,
        "Ipv6CidrBlock": block.cidr_block,
        "Ipv6CidrBlockState": {"State": block.state},
        "NetworkBorderGroup": block.network_border_group,
        "Ipv6Pool": IPV6_POOL,
        "Ipv6AddressAttribute": "public",
        "IpSource": "amazon",
    }


def _association(block: Any) -> dict[str, Any]:
    """One CIDR block as the actions answer that add and take it away."""
    shown = (
        {"CidrBlockAssociation": _show_block(block)}
        if block.family == 4
        else {"Ipv6CidrBlockAssociation": _show_ipv6_block(block)}
    )
    return {"VpcId": block.vpc_id, **shown}


def _shown(uow: UnitOfWork, vpc_id: str) -> dict[str, Any]:
    return {"Vpc": show(uow.look_up(Vpc, vpc_id, load=_LOAD))}


def _new(uow: UnitOfWork, vpc_id: str) -> dict[str, Any]:
    """A VPC as the call that makes it answers."""
    shown = _shown(uow, vpc_id)["Vpc"]
    return {
        "Vpc": {**shown, "State": "pending", "Ipv6CidrBlockAssociationSet": shown["Ipv6CidrBlockAssociationSet"] or ()}
    }


def _check_border_group(group: str | None, *, ipv6: bool) -> None:
    if group is not None and not ipv6:
        raise errors.InvalidParameterCombination(
            reason="The parameter ipv6CidrBlockNetworkBorderGroup needs amazonProvidedIpv6CidrBlock."
        )


@action(tags=("vpc",))
def create_vpc(
    call: Call,
    *,
    cidr_block: str | None = None,
    instance_tenancy: str = "default",
    amazon_provided_ipv6_cidr_block: bool = False,
    ipv6_cidr_block_network_border_group: str | None = None,
    ipv4_ipam_pool_id: str | None = None,
    ipv4_netmask_length: int | None = None,
    ipv6_ipam_pool_id: str | None = None,
    ipv6_netmask_length: int | None = None,
    ipv6_pool: str | None = None,
    ipv6_cidr_block: str | None = None,
) -> dict[str, Any]:
    cidr_blocks.check_pools(
        ipv4_ipam_pool_id=ipv4_ipam_pool_id,
        ipv4_netmask_length=ipv4_netmask_length,
        ipv6_ipam_pool_id=ipv6_ipam_pool_id,
        ipv6_netmask_length=ipv6_netmask_length,
        ipv6_pool=ipv6_pool,
    )
    if ipv6_cidr_block is not None:  # which block it shall be can only be said of a pool of the caller's own
        raise errors.MissingParameter(name="ipv6Pool")
    if instance_tenancy == "host":
        raise errors.InvalidParameterValue(
            value=instance_tenancy, name="instanceTenancy", reason="A VPC's tenancy is default or dedicated."
        )
    _check_border_group(ipv6_cidr_block_network_border_group, ipv6=amazon_provided_ipv6_cidr_block)
    vpc = vpcs.create(
        call.uow,
        call.settings,
        cidr_block=cidr_block,
        instance_tenancy=instance_tenancy,
        ipv6=amazon_provided_ipv6_cidr_block,
        network_border_group=ipv6_cidr_block_network_border_group,
        wanted_tags=call.tags(Vpc),
    )
    return _new(call.uow, vpc.id)


@action
def create_default_vpc(call: Call) -> dict[str, Any]:
    return _new(call.uow, networks.create_default_vpc_again(call.cloud, call.uow).vpc.id)


@action
def modify_vpc_tenancy(
    call: Call,
    *,
    vpc_id: str,
    instance_tenancy: str,  # noqa: ARG001  AWS's model has one value, and refuses others
) -> dict[str, Any]:
    vpcs.set_tenancy(call.uow, vpc_id)
    return {"ReturnValue": True}


@action
def associate_vpc_cidr_block(
    call: Call,
    *,
    vpc_id: str,
    cidr_block: str | None = None,
    amazon_provided_ipv6_cidr_block: bool = False,
    ipv6_cidr_block_network_border_group: str | None = None,
    ipv4_ipam_pool_id: str | None = None,
    ipv4_netmask_length: int | None = None,
    ipv6_ipam_pool_id: str | None = None,
    ipv6_netmask_length: int | None = None,
    ipv6_pool: str | None = None,
    ipv6_cidr_block: str | None = None,
) -> dict[str, Any]:
    cidr_blocks.check_pools(
        ipv4_ipam_pool_id=ipv4_ipam_pool_id,
        ipv4_netmask_length=ipv4_netmask_length,
        ipv6_ipam_pool_id=ipv6_ipam_pool_id,
        ipv6_netmask_length=ipv6_netmask_length,
        ipv6_pool=ipv6_pool,
    )
    if ipv6_cidr_block is not None:  # which block it shall be can only be said of a pool of the caller's own
        raise errors.MissingParameter(name="ipv6Pool")
    group = ipv6_cidr_block_network_border_group
    _check_border_group(group, ipv6=amazon_provided_ipv6_cidr_block)
    if amazon_provided_ipv6_cidr_block and cidr_block is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameters cidrBlock and amazonProvidedIpv6CidrBlock cannot be used together"
        )
    if amazon_provided_ipv6_cidr_block:
        block = cidr_blocks.associate_ipv6(call.uow, call.settings, vpc_id, group)
    elif cidr_block is not None:
        block = cidr_blocks.associate_ipv4(call.uow, call.settings, vpc_id, cidr_block)
    else:
        raise errors.MissingParameter(name="cidrBlock")
    return _association(block)


@action
def disassociate_vpc_cidr_block(call: Call, *, association_id: str) -> dict[str, Any]:
    return _association(cidr_blocks.disassociate(call.uow, call.settings, association_id))


@action
def delete_vpc(call: Call, *, vpc_id: str) -> None:
    vpcs.delete_vpc(call.uow, vpc_id)


@action(reads=True)
def describe_vpc_attribute(call: Call, *, attribute: str, vpc_id: str) -> dict[str, Any]:
    vpc = call.uow.look_up(Vpc, vpc_id)
    values = {
        "EnableDnsHostnames": vpc.enable_dns_hostnames,
        "EnableDnsSupport": vpc.enable_dns_support,
        "EnableNetworkAddressUsageMetrics": vpc.enable_network_address_usage_metrics,
    }
    name = attribute[0].upper() + attribute[1:]
    return {"VpcId": vpc.id, name: {"Value": values[name]}}


@action
def modify_vpc_attribute(
    call: Call,
    *,
    vpc_id: str,
    enable_dns_hostnames: dict[str, bool] | None = None,
    enable_dns_support: dict[str, bool] | None = None,
    enable_network_address_usage_metrics: dict[str, bool] | None = None,
) -> None:
    vpcs.set_attribute(
        call.uow,
        vpc_id,
        enable_dns_hostnames=(enable_dns_hostnames or {}).get("Value"),
        enable_dns_support=(enable_dns_support or {}).get("Value"),
        enable_network_address_usage_metrics=(enable_network_address_usage_metrics or {}).get("Value"),
    )


def _block(family: int, column: Any) -> Any:
    """A filter on the VPC's CIDR blocks of one address family."""

    def condition(values: Sequence[str]) -> Condition:
        return as_condition(column, values) & (reading.table_of(VpcCidrBlock).c.family == family)

    return through(Vpc.cidr_blocks, condition)


def _of_ipv6(values: Sequence[str]) -> Condition:
    """A filter on the pool of a VPC's IPv6 blocks."""
    return _block(6, literal(IPV6_POOL))(values)  # type: ignore[no-any-return]


Describe(
    "DescribeVpcs",
    Vpc,
    view=show,
    ids="VpcIds",
    load=(Vpc.cidr_blocks,),
    filters={
        "cidr": Vpc.cidr_block,
        "cidr-block": Vpc.cidr_block,
        "cidrBlock": Vpc.cidr_block,
        "cidr-block-association.cidr-block": _block(4, VpcCidrBlock.cidr_block),
        "cidr-block-association.association-id": _block(4, VpcCidrBlock.id),
        "cidr-block-association.state": _block(4, VpcCidrBlock.state),
        "dhcp-options-id": Vpc.dhcp_options_id,
        "dhcpOptionsId": Vpc.dhcp_options_id,
        "ipv6-cidr-block-association.ipv6-cidr-block": _block(6, VpcCidrBlock.cidr_block),
        "ipv6-cidr-block-association.ipv6-pool": _of_ipv6,
        "ipv6-cidr-block-association.association-id": _block(6, VpcCidrBlock.id),
        "ipv6-cidr-block-association.state": _block(6, VpcCidrBlock.state),
        "is-default": Vpc.is_default,
        "isDefault": Vpc.is_default,
        "owner-id": owned(Vpc),
        "state": Vpc.state,
        "vpc-id": Vpc.id,
        "vpcId": Vpc.id,
    },
)
