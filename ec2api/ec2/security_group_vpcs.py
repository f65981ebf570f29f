"""EC2 actions on security groups that are used in several VPCs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupVpcAssociation.html
"""

from collections.abc import Sequence
from typing import Any

from backend import security_group_vpcs
from backend.db.models import SecurityGroup, SecurityGroupVpcAssociation, Vpc
from ec2api.call import Call
from ec2api.describe import Condition, Describe, owned, show_tags
from ec2api.registry import action


@action
def associate_security_group_vpc(call: Call, *, group_id: str, vpc_id: str) -> dict[str, Any]:
    return {"State": security_group_vpcs.associate(call.uow, call.settings, group_id, vpc_id).state}


@action
def disassociate_security_group_vpc(call: Call, *, group_id: str, vpc_id: str) -> dict[str, Any]:
    return {"State": security_group_vpcs.disassociate(call.uow, call.settings, group_id, vpc_id).state}


def show(association: Any) -> dict[str, Any]:
    return {
        "GroupId": association.group_id,
        "GroupOwnerId": association.account,
        "VpcId": association.vpc_id,
        "VpcOwnerId": association.account,
        "State": association.state,
    }


Describe(
    "DescribeSecurityGroupVpcAssociations",
    SecurityGroupVpcAssociation,
    view=show,
    filters={
        "group-id": SecurityGroupVpcAssociation.group_id,
        "group-owner-id": owned(SecurityGroupVpcAssociation),
        "state": SecurityGroupVpcAssociation.state,
        "vpc-id": SecurityGroupVpcAssociation.vpc_id,
        "vpc-owner-id": owned(SecurityGroupVpcAssociation),
    },
    tagged=False,
)


def _show_group(group: Any) -> dict[str, Any]:
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "OwnerId": group.account,
        "PrimaryVpcId": group.vpc_id,
        "Tags": show_tags(group),
    }


def _usable(call: Call, vpc_id: str) -> Sequence[Condition]:
    return [security_group_vpcs.usable_in(call.uow.look_up(Vpc, vpc_id).id)]


Describe(
    "GetSecurityGroupsForVpc",
    SecurityGroup,
    view=_show_group,
    extra={"VpcId": _usable},
    filters={
        "description": SecurityGroup.description,
        "group-id": SecurityGroup.id,
        "group-name": SecurityGroup.name,
        "owner-id": owned(SecurityGroup),
        "primary-vpc-id": SecurityGroup.vpc_id,
    },
)
