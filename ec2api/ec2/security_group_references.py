"""EC2 actions on rules that refer to security groups of peered VPCs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StaleSecurityGroup.html
"""

from collections.abc import Sequence
from typing import Any

from backend import ip_permissions, security_group_references, security_group_rules
from backend.db import reading
from backend.db.models import SecurityGroup, Vpc
from ec2api.call import Call
from ec2api.describe import Condition, Describe
from ec2api.registry import action


@action(reads=True)
def describe_security_group_references(call: Call, *, group_id: list[str]) -> dict[str, Any]:
    found = security_group_references.to(call.uow, group_id)
    return {
        "SecurityGroupReferenceSet": [
            {"GroupId": r.group_id, "ReferencingVpcId": r.vpc_id, "VpcPeeringConnectionId": r.peering_id} for r in found
        ]
    }


def _show_all(call: Call, groups: Sequence[Any]) -> list[dict[str, Any]]:
    rules = security_group_references.stale_rules(call.uow, [group.id for group in groups])
    return [
        {
            "GroupId": group.id,
            "GroupName": group.name,
            "Description": group.description,
            "VpcId": group.vpc_id,
            "StaleIpPermissions": _permissions(rules.get(group.id, ()), egress=False),
            "StaleIpPermissionsEgress": _permissions(rules.get(group.id, ()), egress=True),
        }
        for group in groups
    ]


def _permissions(rules: Sequence[Any], *, egress: bool) -> list[dict[str, Any]]:
    """Stale permissions have no IPv6 ranges, as the rules all refer to groups."""
    found = ip_permissions.merge(
        (rule, security_group_rules.referenced(rule), rule.description) for rule in rules if rule.egress is egress
    )
    for permission in found:
        del permission["Ipv6Ranges"]
    return found


def _of_vpc(call: Call, vpc_id: str) -> Sequence[Condition]:
    vpc = call.uow.look_up(Vpc, vpc_id)
    return [reading.table_of(SecurityGroup).c.vpc_id == vpc.id, security_group_references.with_stale_rules()]


Describe(
    "DescribeStaleSecurityGroups",
    SecurityGroup,
    group=_show_all,
    extra={"VpcId": _of_vpc},
    limits=(5, 255),
    filters={},
    tagged=False,
)
