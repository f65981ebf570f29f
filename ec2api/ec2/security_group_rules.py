"""EC2 actions on the rules of security groups.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, ip_permissions, security_group_rules, security_groups
from backend.db.models import SecurityGroup, SecurityGroupRule
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action

Permissions = Sequence[Mapping[str, Any]] | None


def show(rule: Any) -> dict[str, Any]:
    group = security_group_rules.referenced(rule)
    return {
        **_properties(rule),
        "GroupOwnerId": rule.account,
        "ReferencedGroupInfo": group and {"GroupId": rule.referenced_group_id, **group},
        "SecurityGroupRuleArn": f"arn:aws:ec2:{rule.region}:{rule.account}:security-group-rule/{rule.id}",
        "Tags": show_tags(rule),
    }


def show_revoked(rule: Any) -> dict[str, Any]:
    return {**_properties(rule), "ReferencedGroupId": rule.referenced_group_id}


def _properties(rule: Any) -> dict[str, Any]:
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": rule.group_id,
        "IsEgress": rule.egress,
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "CidrIpv4": rule.cidr_ipv4,
        "CidrIpv6": rule.cidr_ipv6,
        "PrefixListId": rule.prefix_list_id,
        "Description": rule.description,
    }


def _authorize(call: Call, group: SecurityGroup, wanted: Any, *, egress: bool) -> dict[str, Any]:
    added = security_group_rules.authorize(
        call.uow, group, wanted, egress=egress, wanted_tags=call.tags(SecurityGroupRule)
    )
    rules = call.uow.look_up_all(SecurityGroupRule, added, load=(SecurityGroupRule.tags, SecurityGroupRule.peering))
    return {"Return": True, "SecurityGroupRules": [show(rule) for rule in rules]}


@action(tags=("security-group-rule",))
def authorize_security_group_ingress(
    call: Call,
    *,
    group_id: str | None = None,
    group_name: str | None = None,
    ip_permissions: Permissions = None,
    ip_protocol: str | None = None,
    from_port: int | None = None,
    to_port: int | None = None,
    cidr_ip: str | None = None,
    source_security_group_name: str | None = None,
    source_security_group_owner_id: str | None = None,
) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id, group_name)
    wanted = security_group_rules.permissions(
        call.uow,
        group,
        ip_permissions,
        protocol=ip_protocol,
        from_port=from_port,
        to_port=to_port,
        cidr=cidr_ip,
        source_name=source_security_group_name,
        source_owner=source_security_group_owner_id,
    )
    return _authorize(call, group, wanted, egress=False)


@action(tags=("security-group-rule",))
def authorize_security_group_egress(
    call: Call,
    *,
    group_id: str,
    ip_permissions: Permissions = None,
    ip_protocol: str | None = None,
    from_port: int | None = None,
    to_port: int | None = None,
    cidr_ip: str | None = None,
    source_security_group_name: str | None = None,
    source_security_group_owner_id: str | None = None,
) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id)
    _inward_only(
        IpProtocol=ip_protocol,
        FromPort=from_port,
        ToPort=to_port,
        CidrIp=cidr_ip,
        SourceSecurityGroupName=source_security_group_name,
        SourceSecurityGroupOwnerId=source_security_group_owner_id,
    )
    wanted = security_group_rules.permissions(call.uow, group, ip_permissions)
    return _authorize(call, group, wanted, egress=True)


def _inward_only(**given: Any) -> None:
    """The older parameters, which AWS does not support for egress."""
    for name, value in given.items():
        if value is not None:
            raise errors.UnsupportedParameter(name=name)


def _answer(revoked: security_group_rules.Revoked) -> dict[str, Any]:
    unknown = ip_permissions.merge((rule, None, None) for rule in revoked.unknown)
    return {
        "Return": True,
        "UnknownIpPermissions": unknown or None,
        "RevokedSecurityGroupRules": [show_revoked(rule) for rule in revoked.rules],
    }


def _either(one: Any, other: Any, names: tuple[str, str]) -> None:
    if one and other:
        raise errors.InvalidParameterCombination(
            reason=f"The parameter {names[0]} may not be used in combination with {names[1]}"
        )


@action
def revoke_security_group_ingress(
    call: Call,
    *,
    group_id: str | None = None,
    group_name: str | None = None,
    ip_permissions: Permissions = None,
    security_group_rule_ids: list[str] | None = None,
    ip_protocol: str | None = None,
    from_port: int | None = None,
    to_port: int | None = None,
    cidr_ip: str | None = None,
    source_security_group_name: str | None = None,
    source_security_group_owner_id: str | None = None,
) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id, group_name)
    older = ip_protocol or cidr_ip or source_security_group_name
    _either(security_group_rule_ids, ip_permissions or older, ("securityGroupRuleIds", "ipPermissions"))
    if security_group_rule_ids:
        return _answer(security_group_rules.revoke_ids(call.uow, group, security_group_rule_ids, egress=False))
    wanted = security_group_rules.permissions(
        call.uow,
        group,
        ip_permissions,
        protocol=ip_protocol,
        from_port=from_port,
        to_port=to_port,
        cidr=cidr_ip,
        source_name=source_security_group_name,
        source_owner=source_security_group_owner_id,
    )
    return _answer(security_group_rules.revoke(call.uow, group, wanted, egress=False))


@action
def revoke_security_group_egress(
    call: Call,
    *,
    group_id: str,
    ip_permissions: Permissions = None,
    security_group_rule_ids: list[str] | None = None,
    ip_protocol: str | None = None,
    from_port: int | None = None,
    to_port: int | None = None,
    cidr_ip: str | None = None,
    source_security_group_name: str | None = None,
    source_security_group_owner_id: str | None = None,
) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id)
    _inward_only(
        IpProtocol=ip_protocol,
        FromPort=from_port,
        ToPort=to_port,
        CidrIp=cidr_ip,
        SourceSecurityGroupName=source_security_group_name,
        SourceSecurityGroupOwnerId=source_security_group_owner_id,
    )
    _either(security_group_rule_ids, ip_permissions, ("securityGroupRuleIds", "ipPermissions"))
    if security_group_rule_ids:
        return _answer(security_group_rules.revoke_ids(call.uow, group, security_group_rule_ids, egress=True))
    wanted = security_group_rules.permissions(call.uow, group, ip_permissions)
    return _answer(security_group_rules.revoke(call.uow, group, wanted, egress=True))


def _update_descriptions(
    call: Call,
    group: SecurityGroup,
    permissions: Permissions,
    descriptions: Permissions,
    *,
    egress: bool,
) -> dict[str, Any]:
    _either(descriptions, permissions, ("securityGroupRuleDescriptions", "ipPermissions"))
    if descriptions:
        security_group_rules.describe_ids(call.uow, group, descriptions, egress=egress)
    else:
        wanted = security_group_rules.permissions(call.uow, group, permissions)
        security_group_rules.describe(call.uow, group, wanted, egress=egress)
    return {"Return": True}


@action
def update_security_group_rule_descriptions_ingress(
    call: Call,
    *,
    group_id: str | None = None,
    group_name: str | None = None,
    ip_permissions: Permissions = None,
    security_group_rule_descriptions: Permissions = None,
) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id, group_name)
    return _update_descriptions(call, group, ip_permissions, security_group_rule_descriptions, egress=False)


@action
def update_security_group_rule_descriptions_egress(
    call: Call,
    *,
    group_id: str | None = None,
    group_name: str | None = None,
    ip_permissions: Permissions = None,
    security_group_rule_descriptions: Permissions = None,
) -> dict[str, Any]:
    group = security_groups.find(call.uow, group_id, group_name)
    return _update_descriptions(call, group, ip_permissions, security_group_rule_descriptions, egress=True)


@action
def modify_security_group_rules(
    call: Call, *, group_id: str, security_group_rules: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    _modify(call, security_groups.find(call.uow, group_id), security_group_rules)
    return {"Return": True}


def _modify(call: Call, group: SecurityGroup, updates: Sequence[Mapping[str, Any]]) -> None:
    security_group_rules.modify(call.uow, group, updates)


Describe(
    "DescribeSecurityGroupRules",
    SecurityGroupRule,
    view=show,
    ids="SecurityGroupRuleIds",
    load=(SecurityGroupRule.peering,),
    filters={
        "group-id": SecurityGroupRule.group_id,
        "security-group-rule-id": SecurityGroupRule.id,
    },
)
