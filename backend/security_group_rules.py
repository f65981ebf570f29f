"""The rules of security groups: adding, removing, changing and describing them.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from backend import errors, ip_permissions, quotas, security_groups, tags
from backend.db import reading
from backend.db.models import (
    PrefixList,
    SecurityGroup,
    SecurityGroupRule,
    SecurityGroupVpcAssociation,
    Tag,
    Vpc,
    VpcPeeringConnection,
)
from backend.db.unit_of_work import UnitOfWork, check_form, require_found
from backend.ip_permissions import Rule, Wanted


@dataclass(frozen=True)
class Revoked:
    rules: list[SecurityGroupRule]
    """What was removed."""
    unknown: list[Rule]
    """What was asked for and was not there."""


@dataclass(frozen=True)
class ReferencedGroup:
    """What a rule's row says of the group that it refers to, beside its id."""

    referenced_user_id: str | None = None
    referenced_vpc_id: str | None = None
    """Where the group is of another VPC."""
    referenced_peering_id: str | None = None
    """What joins that VPC to the rule's."""


_NO_GROUP = ReferencedGroup()


def referenced(rule: Any) -> dict[str, Any] | None:
    """What is shown of the group that a rule refers to, beside its id. The record has its ``peering`` loaded."""
    if rule.referenced_group_id is None:
        return None
    shown: dict[str, Any] = {"UserId": rule.referenced_user_id}
    if rule.referenced_vpc_id:
        shown["VpcId"] = rule.referenced_vpc_id
    if rule.referenced_peering_id:
        status = rule.peering.state if rule.peering else "deleted"
        shown |= {"VpcPeeringConnectionId": rule.referenced_peering_id, "PeeringStatus": status}
    return shown


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

    Errors: InvalidPermission.Duplicate, InvalidGroup.NotFound, InvalidPrefixListID.NotFound,
    RulesPerSecurityGroupLimitExceeded.
    """
    present = _rules(uow, group, egress)
    for entry in wanted:
        if entry.rule in present:
            raise errors.InvalidPermissionDuplicate(rule=entry.rule)
    found = _referenced_groups(uow, group, wanted)
    _check_prefix_lists(uow, [entry.rule for entry in wanted])
    _check_limit(uow, [*present, *(entry.rule for entry in wanted)])
    added = [
        SecurityGroupRule(
            account=uow.account,
            region=uow.region,
            group_id=group.id,
            egress=egress,
            description=entry.description,
            **vars(entry.rule),
            **vars(found.get(entry.rule.referenced_group_id, _NO_GROUP)),
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
    found = _referenced_groups(uow, group, list(wanted.values()))
    _check_prefix_lists(uow, [entry.rule for entry in wanted.values()])
    for rule in uow.require_all(SecurityGroupRule, list(wanted)):
        entry = wanted[rule.id]
        peer = found.get(entry.rule.referenced_group_id, _NO_GROUP)
        for name, value in {**vars(entry.rule), **vars(peer)}.items():
            setattr(rule, name, value)
        rule.description = entry.description
    for egress in (False, True):
        _check_twins(uow, group, egress)


def _check_twins(uow: UnitOfWork, group: SecurityGroup, egress: bool) -> None:
    seen: set[Rule] = set()
    for row in _rows(uow, group, egress):
        rule = ip_permissions.rule_of(row)
        if rule in seen:
            raise errors.InvalidPermissionDuplicate(rule=rule)
        seen.add(rule)
    _check_limit(uow, seen)


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


def _referenced_groups(
    uow: UnitOfWork, group: SecurityGroup, wanted: Sequence[Wanted]
) -> dict[str | None, ReferencedGroup]:
    """What rules say of the groups that they refer to: groups of the same VPC, of one that is peered with it in the
    same region, or of one that shares the group with it.

    Errors: InvalidGroup.NotFound, also where the pair names another owner, VPC or peering connection.
    """
    ids = list(dict.fromkeys(w.rule.referenced_group_id for w in wanted if w.rule.referenced_group_id))
    check_form(SecurityGroup, ids)
    own = {found.id: found for found in reading.by(uow, SecurityGroup.id, ids)}
    found: dict[str | None, ReferencedGroup] = {
        id: ReferencedGroup(uow.account) for id, one in own.items() if one.vpc_id == group.vpc_id
    }
    if missing := [id for id in ids if id not in found]:
        found.update(_of_peers(uow, group, missing))
        found.update(_shared(uow, group, [own[id] for id in missing if id in own and id not in found]))
    require_found(SecurityGroup, ids, [*own, *(id for id in found if id)])
    for entry in wanted:
        if entry.rule.referenced_group_id:
            _check_pair(entry.pair or {}, found.get(entry.rule.referenced_group_id))
    return found


def _of_peers(uow: UnitOfWork, group: SecurityGroup, ids: Sequence[str]) -> dict[str, ReferencedGroup]:
    """Those of these groups that are in VPCs which an active peering connection joins to this group's."""
    peering = reading.table_of(VpcPeeringConnection).c
    joined = uow.records(
        VpcPeeringConnection,
        peering.state == "active",
        (peering.vpc_id == group.vpc_id) | (peering.peer_vpc_id == group.vpc_id),
        peering.region == peering.peer_region,
    )
    by_vpc = {p.peer_vpc_id if p.vpc_id == group.vpc_id else p.vpc_id: p.id for p in joined}
    if not by_vpc:
        return {}
    there = uow.anywhere(SecurityGroup, SecurityGroup.id.in_(ids), SecurityGroup.vpc_id.in_(by_vpc))
    return {found.id: ReferencedGroup(found.account, found.vpc_id, by_vpc[found.vpc_id]) for found in there}


def _shared(uow: UnitOfWork, group: SecurityGroup, others: Sequence[SecurityGroup]) -> dict[str, ReferencedGroup]:
    """Those of these groups that are associated with this group's VPC."""
    if not others:
        return {}
    association = reading.table_of(SecurityGroupVpcAssociation).c
    ids = uow.records(
        SecurityGroupVpcAssociation,
        association.vpc_id == group.vpc_id,
        association.group_id.in_([other.id for other in others]),
    )
    used = {found.group_id for found in ids}
    return {other.id: ReferencedGroup(uow.account, other.vpc_id) for other in others if other.id in used}


def _check_pair(pair: Mapping[str, Any], found: ReferencedGroup | None) -> None:
    if found is None or any(
        pair.get(name) not in (None, "", value)
        for name, value in (
            ("UserId", found.referenced_user_id),
            ("VpcId", found.referenced_vpc_id or pair.get("VpcId")),
            ("VpcPeeringConnectionId", found.referenced_peering_id),
        )
    ):
        raise errors.GroupsOfDifferentNetworks()


def _check_prefix_lists(uow: UnitOfWork, rules: Iterable[Rule]) -> None:
    uow.look_up_all(PrefixList, list(dict.fromkeys(r.prefix_list_id for r in rules if r.prefix_list_id)))


def _check_limit(uow: UnitOfWork, rules: Iterable[Rule]) -> None:
    rules = list(rules)
    ids = {rule.prefix_list_id for rule in rules if rule.prefix_list_id}
    prefix_lists = {found.id: found for found in reading.by(uow, PrefixList.id, ids)} if ids else {}
    quotas.check_each(uow, quotas.RULES_PER_GROUP, _count(rules, prefix_lists))


def _count(rules: Iterable[Rule], prefix_lists: Mapping[str, PrefixList], larger: Mapping[str, int] = {}) -> int:
    """How many rules these count as in one direction, of the address family that has most.

    A rule that refers to a group counts for both families, one that names a prefix list as many times as the list may
    have entries. ``larger``: other sizes of lists than they have.
    """
    ipv4 = ipv6 = 0
    for rule in rules:
        if rule.prefix_list_id:
            found = prefix_lists.get(rule.prefix_list_id)
            weight = larger.get(rule.prefix_list_id) or (found.max_entries if found else 1)
            if found and found.address_family == "IPv6":
                ipv6 += weight
            else:
                ipv4 += weight
            continue
        ipv4 += rule.cidr_ipv6 is None
        ipv6 += rule.cidr_ipv6 is not None or rule.referenced_group_id is not None
    return max(ipv4, ipv6)


def without_room(uow: UnitOfWork, prefix_list: PrefixList, max_entries: int) -> list[str]:
    """The groups that would have too many rules if this list had so many entries."""
    column = reading.table_of(SecurityGroupRule).c
    naming = {rule.group_id for rule in uow.records(SecurityGroupRule, column.prefix_list_id == prefix_list.id)}
    by_group: dict[tuple[str, bool], list[Rule]] = {}
    for row in reading.by(uow, SecurityGroupRule.group_id, sorted(naming)):
        by_group.setdefault((row.group_id, row.egress), []).append(ip_permissions.rule_of(row))
    ids = {rule.prefix_list_id for rules in by_group.values() for rule in rules if rule.prefix_list_id}
    known = {found.id: found for found in reading.by(uow, PrefixList.id, ids)}
    larger, most = {prefix_list.id: max_entries}, quotas.value(uow, quotas.RULES_PER_GROUP)
    return list(dict.fromkeys(id for (id, _), rules in by_group.items() if _count(rules, known, larger) > most))


def _remove(uow: UnitOfWork, rules: Sequence[SecurityGroupRule]) -> None:
    gone = [rule.id for rule in rules]
    statement = delete(SecurityGroupRule).where(SecurityGroupRule.id.in_(gone))
    uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, gone)
