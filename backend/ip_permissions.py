"""IP permissions as callers write them, and the single rules that they stand for.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from backend import errors, ids
from backend.db.models import SecurityGroupRule

ALL = "-1"
NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": ALL}
"""Other words for the protocols that AWS shows by name."""
HIGHEST_PORT, HIGHEST_ICMP = 65535, 255

_DESCRIPTION = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
CHARACTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
_PREFIX_LIST = "pl"


@dataclass(frozen=True)
class Rule:
    """What makes a rule different from another: protocol, ports (ICMP: type and code), and one peer.

    Ports are -1 where they mean nothing.
    """

    protocol: str
    from_port: int
    to_port: int
    cidr_ipv4: str | None = None
    cidr_ipv6: str | None = None
    prefix_list_id: str | None = None
    referenced_group_id: str | None = None

    @property
    def peer(self) -> str:
        return self.cidr_ipv4 or self.cidr_ipv6 or self.prefix_list_id or self.referenced_group_id or ""

    def __str__(self) -> str:
        """As AWS's messages write it."""
        words = [f"peer: {self.peer}", "ALL" if self.protocol == ALL else self.protocol.upper()]
        if has_ports(self.protocol):
            words += [f"from port: {self.from_port}", f"to port: {self.to_port}"]
        return ", ".join([*words, "ALLOW"])


@dataclass(frozen=True)
class Wanted:
    """A rule that a caller names, with the description that came along."""

    rule: Rule
    description: str | None = None
    pair: Mapping[str, Any] | None = None
    """The UserIdGroupPair that named the group."""


def rule_of(row: Any) -> Rule:
    """The rule that a row of ``SecurityGroupRule`` holds."""
    return Rule(
        row.protocol,
        row.from_port,
        row.to_port,
        row.cidr_ipv4,
        row.cidr_ipv6,
        row.prefix_list_id,
        row.referenced_group_id,
    )


def expand(permissions: Sequence[Mapping[str, Any]], group_of: Callable[[Mapping[str, Any]], str]) -> list[Wanted]:
    """The rules that IpPermissions stand for. ``group_of``: the id of the group that a UserIdGroupPair means.

    Errors: MissingParameter, InvalidParameterValue, InvalidPrefixListId.Malformed; what ``group_of`` raises.
    """
    found: list[Wanted] = []
    for permission in permissions:
        protocol, low, high = _span(permission.get("IpProtocol"), permission.get("FromPort"), permission.get("ToPort"))
        peers = list(_peers(permission, group_of))
        if not peers:
            raise errors.MissingParameter(name="cidrIp, cidrIpv6, groupId or prefixListId")
        for member, peer, entry in peers:
            rule = Rule(protocol, low, high, **{member: peer})
            pair = entry if member == "referenced_group_id" else None
            found.append(Wanted(rule, checked_description(entry.get("Description")), pair))
    if len({wanted.rule for wanted in found}) < len(found):
        raise errors.InvalidValue(reason="The same permission must not appear multiple times")
    return found


def from_request(request: Mapping[str, Any]) -> Wanted:
    """The rule that a SecurityGroupRuleRequest describes, with exactly one peer."""
    protocol, low, high = _span(request.get("IpProtocol"), request.get("FromPort"), request.get("ToPort"))
    given = [name for name in ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId") if request.get(name)]
    if len(given) != 1:
        raise errors.InvalidParameterCombination(
            reason="Specify exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId."
        )
    value = request[given[0]]
    rule = Rule(
        protocol,
        low,
        high,
        cidr_ipv4=_cidr(IPv4Network, value) if given == ["CidrIpv4"] else None,
        cidr_ipv6=_cidr(IPv6Network, value) if given == ["CidrIpv6"] else None,
        prefix_list_id=_prefix_list(value) if given == ["PrefixListId"] else None,
        referenced_group_id=value if given == ["ReferencedGroupId"] else None,
    )
    return Wanted(rule, checked_description(request.get("Description")))


def merge(
    rules: Iterable[tuple[Rule | SecurityGroupRule, Mapping[str, Any] | None, str | None]],
) -> list[dict[str, Any]]:
    """Rules as IpPermissions: one for each protocol and range of ports, with all the peers that it has.

    Each rule, or its row, comes with what is shown of the group that it refers to beside its id, and its description.
    """
    found: dict[tuple[str, int, int], dict[str, Any]] = {}
    for rule, group, description in rules:
        key = (rule.protocol, rule.from_port, rule.to_port)
        if (permission := found.get(key)) is None:
            permission = found[key] = {
                "IpProtocol": rule.protocol,
                "UserIdGroupPairs": [],
                "IpRanges": [],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
            }
            if has_ports(rule.protocol):
                permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
        if rule.cidr_ipv4:
            permission["IpRanges"].append({"CidrIp": rule.cidr_ipv4, "Description": description})
        elif rule.cidr_ipv6:
            permission["Ipv6Ranges"].append({"CidrIpv6": rule.cidr_ipv6, "Description": description})
        elif rule.prefix_list_id:
            entry = {"PrefixListId": rule.prefix_list_id, "Description": description}
            permission["PrefixListIds"].append(entry)
        else:
            pair = {"GroupId": rule.referenced_group_id, "Description": description}
            permission["UserIdGroupPairs"].append({**(group or {}), **pair})
    return list(found.values())


def has_ports(protocol: str) -> bool:
    return protocol in ("tcp", "udp", "icmp", "icmpv6")


def protocol_named(given: str) -> str:
    """The protocol as AWS shows it: tcp, udp, icmp, icmpv6, another's number, or -1 for all."""
    word = given.lower()
    word = NAMES.get(word, word)
    if has_ports(word) or word == ALL or (word.isascii() and word.isdecimal() and int(word) <= 255):
        return word
    raise errors.InvalidValue(reason=f"Invalid value '{given}' for IP protocol. Unknown protocol.")


def checked_description(description: str | None) -> str | None:
    if description is not None and not _DESCRIPTION.fullmatch(description):
        raise errors.InvalidValue(
            reason="Invalid rule description. Valid descriptions are strings less than 256 characters from "
            f"the following set: {CHARACTERS}"
        )
    return description or None


def valid_text(text: str) -> bool:
    """Whether AWS allows this as a security group's name or description."""
    return _DESCRIPTION.fullmatch(text) is not None


def _span(protocol: str | None, low: int | None, high: int | None) -> tuple[str, int, int]:
    """The protocol's name, and its ports or ICMP type and code."""
    if not protocol:
        raise errors.MissingParameter(name="ipProtocol")
    name = protocol_named(protocol)
    if not has_ports(name):
        return name, -1, -1
    if name == "icmpv6" and low is None and high is None:
        return name, -1, -1
    if low is None or high is None:
        kind = "both from and to ports with TCP/UDP" if name in ("tcp", "udp") else "both type and code with ICMP"
        raise errors.InvalidValue(reason=f"Invalid value 'Must specify {kind}.' for portRange.")
    if name in ("tcp", "udp"):
        _check_ports(low, high)
    else:
        _check_icmp(low, high)
    return name, low, high


def _check_ports(low: int, high: int) -> None:
    for port in (low, high):
        if not 0 <= port <= HIGHEST_PORT:
            raise errors.InvalidValue(reason=f"TCP/UDP port ({port}) out of range")
    if low > high:
        raise errors.InvalidValue(reason=f"Invalid TCP/UDP port range ({low}:{high})")


def _check_icmp(kind: int, code: int) -> None:
    for value, name in ((kind, "type"), (code, "code")):
        if not -1 <= value <= HIGHEST_ICMP:
            raise errors.InvalidValue(reason=f"ICMP {name} ({value}) out of range")
    if kind == -1 and code != -1:
        raise errors.InvalidValue(reason=f"ICMP code ({code}) must be -1 where the type is -1 (all types)")


def _peers(
    permission: Mapping[str, Any], group_of: Callable[[Mapping[str, Any]], str]
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Member of ``Rule``, value and the entry of each peer of a permission."""
    for entry in permission.get("IpRanges") or ():
        yield "cidr_ipv4", _cidr(IPv4Network, entry.get("CidrIp")), entry
    for entry in permission.get("Ipv6Ranges") or ():
        yield "cidr_ipv6", _cidr(IPv6Network, entry.get("CidrIpv6")), entry
    for entry in permission.get("PrefixListIds") or ():
        yield "prefix_list_id", _prefix_list(entry.get("PrefixListId")), entry
    for entry in permission.get("UserIdGroupPairs") or ():
        yield "referenced_group_id", group_of(entry), entry


def _cidr(kind: type[IPv4Network] | type[IPv6Network], given: str | None) -> str:
    """A CIDR block in its canonical form."""
    try:
        if given is None or not re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", given):
            raise ValueError(given)
        return str(kind(given, strict=False))
    except ValueError as fault:
        raise errors.InvalidValue(reason=f"CIDR block {given} is malformed") from fault


def _prefix_list(given: str | None) -> str:
    if given is None or not ids.well_formed(_PREFIX_LIST, given):
        raise errors.InvalidPrefixListIdMalformed(id=given)
    return given
