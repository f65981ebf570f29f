"""EC2 actions on VPCs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Vpc.html
"""

from collections.abc import Sequence
from typing import Any

from backend import errors, vpcs
from backend.db import reading
from backend.db.models import Vpc, VpcCidrBlock
from backend.db.unit_of_work import UnitOfWork
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition, nothing, owned, show_tags, through
from ec2api.registry import action

_LOAD = (Vpc.tags, Vpc.cidr_blocks)


def show(vpc: Any) -> dict[str, Any]:
    return {
        "VpcId": vpc.id,
        "OwnerId": vpc.account,
        "CidrBlock": vpc.cidr_block,
        "CidrBlockAssociationSet": [
            {
                "AssociationId": block.id,
                "CidrBlock": block.cidr_block,
                "CidrBlockState": {"State": block.state},
            }
            for block in vpc.cidr_blocks
            if block.family == 4
        ],
        "DhcpOptionsId": vpc.dhcp_options_id,
        "InstanceTenancy": vpc.instance_tenancy,
        "IsDefault": vpc.is_default,
        "State": vpc.state,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "Tags": show_tags(vpc),
    }


def _shown(uow: UnitOfWork, vpc_id: str) -> dict[str, Any]:
    return {"Vpc": show(uow.look_up(Vpc, vpc_id, load=_LOAD))}


@action(tags=("vpc",))
def create_vpc(
    call: Call,
    *,
    cidr_block: str | None = None,
    instance_tenancy: str = "default",
    amazon_provided_ipv6_cidr_block: bool = False,
) -> dict[str, Any]:
    if amazon_provided_ipv6_cidr_block:
        raise errors.UnsupportedParameter(name="AmazonProvidedIpv6CidrBlock")
    if instance_tenancy == "host":
        raise errors.InvalidParameterValue(
            value=instance_tenancy, name="instanceTenancy", reason="A VPC's tenancy is default or dedicated."
        )
    vpc = vpcs.create(
        call.uow,
        cidr_block=cidr_block,
        instance_tenancy=instance_tenancy,
        quota=call.settings.vpcs_per_region,
        wanted_tags=call.tags(Vpc),
    )
    new = {"State": "pending", "Ipv6CidrBlockAssociationSet": ()}
    return {"Vpc": {**_shown(call.uow, vpc.id)["Vpc"], **new}}


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
        "ipv6-cidr-block-association.ipv6-pool": nothing,
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
