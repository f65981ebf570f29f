"""The rules of security groups: adding, removing, changing and describing them.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from backend import errors, ip_permissions, security_groups, tags
from backend.db import reading
from backend.db.models import SecurityGroup, SecurityGroupRule, Tag, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.ip_permissions import Rule, Wanted

LIMIT = 60
"""Rules of one direction and address family in a group."""


@dataclass(frozen=True)
class Revoked:
    rules: list[SecurityGroupRule]
    """What was removed."""
    unknown: list[Rule]
    """What was asked for and was not there."""


def permissions(
    uow: UnitOfWork,
    group: SecurityGroup,
    given: Sequence[Mapping[str, Any]] | None,
    *,
    protocol: str | None = None,
    from_port: int | None = None,
    to_port: int | None = None,
    cidr: str | None = None,
    source_name: str | None = None,
    source_owner: str | None = None,
) -> list[Wanted]:
    """The rules that a call names: by IpPermissions, or by the older parameters for a single one."""
    older = {
        "ipProtocol": protocol,
        "fromPort": from_port,
        "toPort": to_port,
        "cidrIp": cidr,
        "sourceSecurityGroupName": source_name,
        "sourceSecurityGroupOwnerId": source_owner,
    }
    named = [name for name, value in older.items() if value is not None]
    if given and named:
        raise errors.InvalidParameterCombination(
            reason=f"The parameter ipPermissions may not be used in combination with {named[0]}"
        )
    if not given:
        given = _from_older(older)
    return ip_permissions.expand(given, lambda pair: _group_of(uow, group, pair))


def _from_older(older: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The IpPermissions that the older parameters stand for: a group alone means all of TCP, UDP and ICMP."""
    source, owner = older["sourceSecurityGroupName"], older["sourceSecurityGroupOwnerId"]
    if source is None:
        if owner is not None:
            raise errors.MissingParameter(name="sourceSecurityGroupName")
        if older["ipProtocol"] is None:
            raise errors.MissingParameter(name="ipPermissions")
        if older["cidrIp"] is None:
            raise errors.MissingParameter(name="cidrIp")
        span = {"IpProtocol": older["ipProtocol"], "FromPort": older["fromPort"], "ToPort": older["toPort"]}
        return [{**span, "IpRanges": [{"CidrIp": older["cidrIp"]}]}]
    for name in ("cidrIp", "ipProtocol", "fromPort", "toPort"):
        if older[name] is not None:
            raise errors.InvalidParameterCombination(
                reason=f"The parameter sourceSecurityGroupName may not be used in combination with {name}"
            )
    pairs = [{"GroupName": source, "UserId": owner}]
    return [
        {"IpProtocol": protocol, "FromPort": low, "ToPort": high, "UserIdGroupPairs": pairs}
        for protocol, low, high in (("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1))
    ]


def _group_of(uow: UnitOfWork, group: SecurityGroup, pair: Mapping[str, Any]) -> str:
    """The id of the group that a UserIdGroupPair means; names are known in the default VPC only."""
    if pair.get("VpcPeeringConnectionId"):
        raise errors.UnsupportedParameter(name="UserIdGroupPairs.VpcPeeringConnectionId")
    if pair.get("UserId") not in (None, "", uow.account):
        raise errors.GroupsOfDifferentNetworks()
    group_id, name = pair.get("GroupId"), pair.get("GroupName")
    if not group_id:
        if not name:
            raise errors.MissingParameter(name="groupId")
        if not uow.look_up(Vpc, group.vpc_id).is_default:
            raise errors.InvalidValue(
                reason=f"Invalid value '{name}' for groupName. You may not reference Amazon VPC security "
                "groups by name. Please use the corresponding id for this operation."
            )
        return security_groups.id_of_name(uow, name)
    return str(group_id)


def authorize(
    uow: UnitOfWork,
    group: SecurityGroup,
    wanted: Sequence[Wanted],
    *,
    egress: bool,
    wanted_tags: Mapping[str, str] | None = None,
) -> list[str]:
    """Add rules, all of them or none; their ids.

    Errors: InvalidPermission.Duplicate, InvalidGroup.NotFound, RulesPerSecurityGroupLimitExceeded.
    """
    present = _rules(uow, group, egress)
    for entry in wanted:
        if entry.rule in present:
            raise errors.InvalidPermissionDuplicate(rule=entry.rule)
    _check_groups(uow, group, [entry.rule for entry in wanted])
    _check_limit([*present, *(entry.rule for entry in wanted)])
    added = [
        SecurityGroupRule(
            account=uow.account,
            region=uow.region,
            group_id=group.id,
            egress=egress,
            referenced_user_id=uow.account if entry.rule.referenced_group_id else None,
            description=entry.description,
            **vars(entry.rule),
        )
        for entry in wanted
    ]
    uow.add_all(added)
    uow.flush()
    if wanted_tags:
        rows = [row for rule in added for row in tags.rows(uow, rule.KIND, rule.id, wanted_tags)]
        uow.connection().execute(reading.table_of(Tag).insert(), rows)
    return [rule.id for rule in added]


def revoke(uow: UnitOfWork, group: SecurityGroup, wanted: Sequence[Wanted], *, egress: bool) -> Revoked:
    """Remove rules by what they say. What is not there is told of in the default VPC, refused elsewhere.

    Error: InvalidPermission.NotFound, with nothing removed.
    """
    present = _rules(uow, group, egress)
    unknown = [entry.rule for entry in wanted if entry.rule not in present]
    if unknown and not uow.look_up(Vpc, group.vpc_id).is_default:
        raise errors.InvalidPermissionNotFound()
    found = [present[entry.rule] for entry in wanted if entry.rule in present]
    _remove(uow, found)
    return Revoked(found, unknown)


def revoke_ids(uow: UnitOfWork, group: SecurityGroup, rule_ids: Sequence[str], *, egress: bool) -> Revoked:
    """Remove rules by their ids; InvalidSecurityGroupRuleId.NotFound, with nothing removed."""
    found = _of_group(uow, group, rule_ids, egress)
    _remove(uow, found)
    return Revoked(found, [])


def describe(uow: UnitOfWork, group: SecurityGroup, wanted: Sequence[Wanted], *, egress: bool) -> None:
    """Replace the descriptions of rules that are named by what they say; InvalidPermission.NotFound."""
    present = _rules(uow, group, egress)
    if any(entry.rule not in present for entry in wanted):
        raise errors.InvalidPermissionNotFound()
    _set_descriptions(uow, {present[entry.rule].id: entry.description for entry in wanted})


def describe_ids(uow: UnitOfWork, group: SecurityGroup, given: Sequence[Mapping[str, Any]], *, egress: bool) -> None:
    """Replace the descriptions of rules: ``[{"SecurityGroupRuleId": ..., "Description": ...}]``."""
    descriptions: dict[str, str | None] = {}
    for entry in given:
        if not entry.get("SecurityGroupRuleId"):
            raise errors.MissingParameter(name="SecurityGroupRuleId")
        text = ip_permissions.checked_description(entry.get("Description"))
        descriptions[entry["SecurityGroupRuleId"]] = text
    _of_group(uow, group, list(descriptions), egress)
    _set_descriptions(uow, descriptions)


def _set_descriptions(uow: UnitOfWork, descriptions: Mapping[str, str | None]) -> None:
    for rule in uow.require_all(SecurityGroupRule, list(descriptions)):
        rule.description = descriptions[rule.id]


def modify(uow: UnitOfWork, group: SecurityGroup, updates: Sequence[Mapping[str, Any]]) -> None:
    """Replace rules, which keep their ids and directions: ``[{"SecurityGroupRuleId", "SecurityGroupRule"}]``.

    Errors: InvalidSecurityGroupRuleId.NotFound, InvalidPermission.Duplicate, and those of a new rule.
    """
    wanted: dict[str, Wanted] = {}
    for update in updates:
        if not update.get("SecurityGroupRuleId"):
            raise errors.MissingParameter(name="SecurityGroupRuleId")
        if update["SecurityGroupRuleId"] in wanted:
            raise errors.InvalidValue(reason="The same security group rule must not appear multiple times")
        wanted[update["SecurityGroupRuleId"]] = ip_permissions.from_request(update.get("SecurityGroupRule") or {})
    _of_group(uow, group, list(wanted))
    _check_groups(uow, group, [entry.rule for entry in wanted.values()])
    for rule in uow.require_all(SecurityGroupRule, list(wanted)):
        entry = wanted[rule.id]
        for name, value in vars(entry.rule).items():
            setattr(rule, name, value)
        rule.description = entry.description
        rule.referenced_user_id = uow.account if entry.rule.referenced_group_id else None
    for egress in (False, True):
        _check_twins(uow, group, egress)


def _check_twins(uow: UnitOfWork, group: SecurityGroup, egress: bool) -> None:
    seen: set[Rule] = set()
    for row in _rows(uow, group, egress):
        rule = ip_permissions.rule_of(row)
        if rule in seen:
            raise errors.InvalidPermissionDuplicate(rule=rule)
        seen.add(rule)
    _check_limit(seen)


def _rows(uow: UnitOfWork, group: SecurityGroup, egress: bool) -> list[SecurityGroupRule]:
    column = reading.table_of(SecurityGroupRule).c
    return uow.records(SecurityGroupRule, column.group_id == group.id, column.egress.is_(egress))


def _rules(uow: UnitOfWork, group: SecurityGroup, egress: bool) -> dict[Rule, SecurityGroupRule]:
    return {ip_permissions.rule_of(row): row for row in _rows(uow, group, egress)}


def _of_group(
    uow: UnitOfWork, group: SecurityGroup, rule_ids: Sequence[str], egress: bool | None = None
) -> list[SecurityGroupRule]:
    """These rules of the group; the NotFound error where one is another's, or of the other direction."""
    found = uow.look_up_all(SecurityGroupRule, rule_ids)
    strangers = [r.id for r in found if r.group_id != group.id or egress not in (None, r.egress)]
    if strangers:
        raise errors.NotFound(code=SecurityGroupRule.NOT_FOUND, noun=SecurityGroupRule.NOUN, ids=sorted(strangers))
    return found


def _check_groups(uow: UnitOfWork, group: SecurityGroup, rules: Iterable[Rule]) -> None:
    """The groups that rules refer to exist, in the same VPC."""
    if wanted := list(dict.fromkeys(r.referenced_group_id for r in rules if r.referenced_group_id)):
        for found in uow.look_up_all(SecurityGroup, wanted):
            if found.vpc_id != group.vpc_id:
                raise errors.GroupsOfDifferentNetworks()


def _check_limit(rules: Iterable[Rule]) -> None:
    """A rule that refers to a group counts for both families."""
    counted = [(rule.cidr_ipv6 is None, rule.cidr_ipv6 or rule.referenced_group_id) for rule in rules]
    if sum(ipv4 for ipv4, _ in counted) > LIMIT or sum(bool(ipv6) for _, ipv6 in counted) > LIMIT:
        raise errors.RulesPerSecurityGroupLimitExceeded(
            reason="The maximum number of rules per security group has been reached."
        )


def _remove(uow: UnitOfWork, rules: Sequence[SecurityGroupRule]) -> None:
    gone = [rule.id for rule in rules]
    statement = delete(SecurityGroupRule).where(SecurityGroupRule.id.in_(gone))
    uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, gone)
