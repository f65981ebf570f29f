"""EC2 actions on security groups, and on their rules as IP permissions.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroup.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from backend import errors, ip_permissions, security_group_rules, security_groups, vpcs
from backend.db import reading
from backend.db.models import SecurityGroup, SecurityGroupRule
from ec2api.call import Call
from ec2api.describe import Condition, Describe, as_condition, owned, show_tags, through, translated
from ec2api.registry import action

_rule = reading.table_of(SecurityGroupRule).c
_group = reading.table_of(SecurityGroup).c


def show(group: Any) -> dict[str, Any]:
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "OwnerId": group.account,
        "VpcId": group.vpc_id,
        "SecurityGroupArn": _arn(group),
        "IpPermissions": _permissions(group, egress=False),
        "IpPermissionsEgress": _permissions(group, egress=True),
        "Tags": show_tags(group),
    }


def _arn(group: Any) -> str:
    return f"arn:aws:ec2:{group.region}:{group.account}:security-group/{group.id}"


def _permissions(group: Any, *, egress: bool) -> list[dict[str, Any]]:
    return ip_permissions.merge(
        (rule, security_group_rules.referenced(rule), rule.description) for rule in group.rules if rule.egress is egress
    )


@action(tags=("security-group",))
def create_security_group(
    call: Call, *, group_name: str, description: str, vpc_id: str | None = None
) -> dict[str, Any]:
    made = security_groups.create(
        call.uow, name=group_name, description=description, vpc_id=vpc_id, wanted_tags=call.tags(SecurityGroup)
    )
    group = call.uow.look_up(SecurityGroup, made.id, load=(SecurityGroup.tags,))
    return {"GroupId": group.id, "Tags": show_tags(group), "SecurityGroupArn": _arn(group)}


@action
def delete_security_group(call: Call, *, group_id: str | None = None, group_name: str | None = None) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id, group_name)
    security_groups.delete_group(call.uow, group)
    return {"Return": True, "GroupId": group.id}


def _named(call: Call, names: Sequence[str]) -> list[Condition]:
    """Groups of the default VPC by name; InvalidGroup.NotFound for one that is missing."""
    vpc = vpcs.default(call.uow)
    here = _group.vpc_id == (vpc.id if vpc else "")
    found = {group.name for group in call.uow.records(SecurityGroup, here, _group.name.in_(names))}
    for name in names:
        if name not in found and vpc:
            raise errors.InvalidGroupNotFoundInDefaultVpc(name=name, vpc_id=vpc.id)
        if name not in found:
            raise errors.InvalidGroupNotFound(group=name)
    return [here, _group.name.in_(names)]


def _rules(egress: bool, target: Any) -> Any:
    """A filter on the group's rules of one direction."""

    def condition(values: Sequence[str]) -> Condition:
        return as_condition(target, values) & _rule.egress.is_(egress)

    return through(SecurityGroup.rules, condition)


def _referenced_name(values: Sequence[str]) -> Condition:
    """A filter on rules by the name of the group that they refer to."""
    named = select(_group.id).where(*reading.scope_of(SecurityGroup), as_condition(_group.name, values))
    return _rule.referenced_group_id.in_(named)


_OF_RULES = {
    "cidr": SecurityGroupRule.cidr_ipv4,
    "from-port": SecurityGroupRule.from_port,
    "group-id": SecurityGroupRule.referenced_group_id,
    "group-name": _referenced_name,
    "ipv6-cidr": SecurityGroupRule.cidr_ipv6,
    "prefix-list-id": SecurityGroupRule.prefix_list_id,
    "protocol": translated(SecurityGroupRule.protocol, ip_permissions.NAMES),
    "to-port": SecurityGroupRule.to_port,
    "user-id": SecurityGroupRule.referenced_user_id,
}

Describe(
    "DescribeSecurityGroups",
    SecurityGroup,
    view=show,
    ids="GroupIds",
    extra={"GroupNames": _named},
    load=((SecurityGroup.rules, SecurityGroupRule.peering),),
    filters={
        "description": SecurityGroup.description,
        "group-id": SecurityGroup.id,
        "group-name": SecurityGroup.name,
        "owner-id": owned(SecurityGroup),
        "vpc-id": SecurityGroup.vpc_id,
        **{f"ip-permission.{name}": _rules(False, target) for name, target in _OF_RULES.items()},
        **{f"egress.ip-permission.{name}": _rules(True, target) for name, target in _OF_RULES.items()},
    },
)
