from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend import errors, ip_permissions
from backend.ip_permissions import Rule

_cidrs4 = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda n: IPv4Network(n, strict=False))
_cidrs6 = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(lambda n: IPv6Network(n, strict=False))
_ports = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted)
_spans = st.one_of(
    st.builds(lambda name, ports: (name, *ports), st.sampled_from(["tcp", "udp"]), _ports),
    st.tuples(st.sampled_from(["icmp", "icmpv6"]), st.integers(0, 255), st.integers(-1, 255)),
    st.sampled_from([("-1", -1, -1), ("50", -1, -1), ("icmp", -1, -1)]),
)
_peers = st.one_of(
    st.builds(lambda c: {"cidr_ipv4": str(c)}, _cidrs4),
    st.builds(lambda c: {"cidr_ipv6": str(c)}, _cidrs6),
    st.just({"prefix_list_id": "pl-63a5400a"}),
    st.just({"referenced_group_id": "sg-0123456789abcdef0"}),
)
_rules = st.builds(lambda span, peer: Rule(*span, **peer), _spans, _peers)


def group_of(pair: Mapping[str, Any]) -> str:
    return str(pair["GroupId"])


@given(st.lists(_rules, unique=True, min_size=1))
def test_rules_merge_into_permissions_that_expand_to_the_same_rules(rules: list[Rule]) -> None:
    permissions = ip_permissions.merge((rule, {"UserId": "000000000000"}, "why") for rule in rules)
    spans = [(p["IpProtocol"], p.get("FromPort"), p.get("ToPort")) for p in permissions]
    assert len(set(spans)) == len(spans)
    wanted = ip_permissions.expand(permissions, group_of)
    assert {entry.rule for entry in wanted} == set(rules) and len(wanted) == len(rules)
    assert {entry.description for entry in wanted} == {"why"}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "IpProtocol": st.text() | st.sampled_from(["tcp", "6", "TCP", "icmp", "-1", "all"]),
            "FromPort": st.integers(),
            "ToPort": st.integers(),
            "IpRanges": st.lists(st.fixed_dictionaries({}, optional={"CidrIp": st.text(), "Description": st.text()})),
            "Ipv6Ranges": st.lists(st.fixed_dictionaries({}, optional={"CidrIpv6": st.text()})),
            "PrefixListIds": st.lists(st.fixed_dictionaries({}, optional={"PrefixListId": st.text()})),
        },
    )
)
def test_whatever_is_asked_is_understood_or_refused(permission: dict[str, Any]) -> None:
    try:
        wanted = ip_permissions.expand([permission], group_of)
    except errors.CloudError as refusal:
        assert refusal.status == 400
    else:
        assert wanted and all(entry.rule.peer for entry in wanted)


def test_other_words_for_protocols() -> None:
    words = {"TCP": "tcp", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1", "50": "50"}
    assert {word: ip_permissions.protocol_named(word) for word in words} == words
