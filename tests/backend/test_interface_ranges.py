from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import errors, interface_ranges, wanted_addresses

numbers = st.integers(0, 2**128 - 1)


@given(numbers, numbers)
def test_numbers_are_in_the_order_of_their_addresses(one: int, other: int) -> None:
    first, second = (interface_ranges.ipv6_range(IPv6Address(n)) for n in (one, other))
    assert (first.number < second.number) == (one < other)
    assert IPv6Address(int(first.number, 16)) == IPv6Address(first.text)


@given(numbers, st.integers(0, 2**48 - 1))
def test_a_prefix_has_the_digits_of_its_addresses(number: int, within: int) -> None:
    prefix = IPv6Network((number, interface_ranges.IPV6_LENGTH), strict=False)
    kept = interface_ranges.prefix_range(prefix)
    inside = interface_ranges.ipv6_range(prefix[within])
    assert kept.kind == interface_ranges.IPV6_PREFIX and IPv6Network(kept.text) == prefix
    assert inside.number[:20].ljust(32, "0") == kept.number


@given(st.integers(0, 2**32 - 1), st.integers(16, 27))
def test_all_ipv4_prefixes_but_the_outermost_can_be_assigned(number: int, length: int) -> None:
    block = IPv4Network((number, length), strict=False)
    prefixes = list(block.subnets(new_prefix=interface_ranges.IPV4_LENGTH))
    for place in {0, 1, len(prefixes) // 2, len(prefixes) - 2, len(prefixes) - 1}:
        inner = 0 < place < len(prefixes) - 1
        assert interface_ranges._assignable(prefixes[place], block) == inner


WAYS: dict[str, Any] = {
    "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
    "Ipv6AddressCount": 2,
    "Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8::/80"}],
    "Ipv6PrefixCount": 3,
}


@given(st.sets(st.sampled_from(sorted(WAYS))))
def test_ways_to_name_addresses_exclude_each_other(ways: set[str]) -> None:
    asked = {name: WAYS[name] for name in ways}
    if len(ways) > 1:
        with pytest.raises(errors.InvalidParameterCombination):
            wanted_addresses.read(asked)
        return
    wanted = wanted_addresses.read(asked)
    assert wanted.named == bool(ways & {"Ipv6Addresses", "Ipv6Prefixes"})
    assert wanted.named_or_counted == bool(ways)


def test_the_primary_ipv6_address_comes_first() -> None:
    listed = [{"Ipv6Address": "2001:db8::1"}, {"Ipv6Address": "2001:db8::2", "IsPrimaryIpv6": True}]
    wanted = wanted_addresses.read({"Ipv6Addresses": listed})
    assert wanted.ipv6 == ["2001:db8::2", "2001:db8::1"] and wanted.primary_ipv6
