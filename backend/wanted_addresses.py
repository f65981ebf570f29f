"""The addresses that a caller wants for network interfaces, as CreateNetworkInterface and RunInstances name them, and
how they are taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from backend import addresses, errors, interface_ranges
from backend.catalogue.instance_types import TypeFacts
from backend.db.models import Subnet
from backend.db.unit_of_work import UnitOfWork
from backend.interface_ranges import Range

T = TypeVar("T")

MEMBERS = (
    "PrivateIpAddress",
    "PrivateIpAddresses",
    "SecondaryPrivateIpAddressCount",
    "Ipv4Prefixes",
    "Ipv4PrefixCount",
    "Ipv6Addresses",
    "Ipv6AddressCount",
    "Ipv6Prefixes",
    "Ipv6PrefixCount",
)
MOST = 50
"""Addresses and prefixes of one family that the largest instance types allow an interface."""


@dataclass(frozen=True)
class WantedAddresses:
    """Addresses by name, or how many of them. ``ipv6_count`` is None where the subnet decides."""

    primary: str | None = None
    secondary: Sequence[str] = ()
    secondary_count: int = 0
    ipv4_prefixes: Sequence[str] = ()
    ipv4_prefix_count: int = 0
    ipv6: Sequence[str] = ()
    ipv6_count: int | None = None
    ipv6_prefixes: Sequence[str] = ()
    ipv6_prefix_count: int = 0
    primary_ipv6: bool = False
    """The first IPv6 address stays with the interface."""

    @property
    def named_or_counted(self) -> bool:
        """Whether the caller asks for any address at all."""
        return self.named or bool(self.secondary_count or self.ipv6_count or self.prefixes)

    @property
    def named(self) -> bool:
        """Whether the caller names any address, which but one interface can have."""
        return bool(self.primary or self.secondary or self.ipv4_prefixes or self.ipv6 or self.ipv6_prefixes)

    @property
    def ipv4(self) -> int:
        """How many single IPv4 addresses."""
        return 1 + len(self.secondary) + self.secondary_count

    @property
    def ipv4_numbers(self) -> int:
        """How many IPv4 addresses of a subnet, those of prefixes among them."""
        return self.ipv4 + self._ipv4_prefixes * interface_ranges.IPV4_SIZE

    @property
    def prefixes(self) -> int:
        """How many prefixes of both families."""
        return self._ipv4_prefixes + len(self.ipv6_prefixes) + self.ipv6_prefix_count

    @property
    def _ipv4_prefixes(self) -> int:
        return len(self.ipv4_prefixes) + self.ipv4_prefix_count

    def check_limits(self, subnet: Subnet, facts: TypeFacts | None) -> None:
        """PrivateIpAddressLimitExceeded, UnsupportedOperation; see the function of that name."""
        ipv6 = len(self.ipv6) + self.ipv6_in(subnet) + len(self.ipv6_prefixes) + self.ipv6_prefix_count
        check_limits(self.ipv4 + self._ipv4_prefixes, ipv6, facts, prefixes=self.prefixes > 0)

    def ipv6_in(self, subnet: Any) -> int:
        """How many IPv6 addresses beside those that are named, in this subnet."""
        if self.ipv6_count is not None:
            return self.ipv6_count
        automatic = subnet.assign_ipv6_address_on_creation or subnet.ipv6_native
        return 1 if automatic and not self.ipv6 and not self.ipv6_prefixes and not self.ipv6_prefix_count else 0


@dataclass(frozen=True)
class Taken:
    """The addresses of one new interface."""

    primary: str | None = None
    secondary: Sequence[str] = ()
    ranges: Sequence[Range] = ()


def take(uow: UnitOfWork, subnet: Subnet, wanted: WantedAddresses, count: int = 1) -> list[Taken]:
    """Addresses of a subnet for ``count`` interfaces that want the same; only of one can they be named.

    Errors: those of ``addresses.take`` and ``interface_ranges``, InvalidParameterCombination.
    """
    single = _take_ipv4(uow, subnet, wanted, count)
    ranges = _take_ranges(uow, subnet, wanted, count)
    return [Taken(found[0] if found else None, found[1:], more) for found, more in zip(single, ranges, strict=True)]


def _take_ipv4(uow: UnitOfWork, subnet: Subnet, wanted: WantedAddresses, count: int) -> list[list[str]]:
    """For each interface its primary address, then the others; nothing in a subnet for IPv6 only."""
    if subnet.ipv6_native:
        if wanted.primary or wanted.ipv4 > 1 or wanted.ipv4_prefixes or wanted.ipv4_prefix_count:
            raise errors.InvalidParameterCombination(reason=f"The subnet '{subnet.id}' has no IPv4 addresses.")
        return [[] for _ in range(count)]
    fixed = ([wanted.primary] if wanted.primary else []) + list(wanted.secondary)
    taken = addresses.take(uow, subnet.id, count * wanted.ipv4, fixed)
    if fixed and not wanted.primary:  # the fixed ones come first, and the primary is none of them
        taken = taken[len(fixed) :][:1] + taken[: len(fixed)] + taken[len(fixed) + 1 :]
    return _split(taken, count)


def _take_ranges(uow: UnitOfWork, subnet: Subnet, wanted: WantedAddresses, count: int) -> list[list[Range]]:
    """For each interface its IPv6 addresses and prefixes."""
    id = subnet.id
    single = interface_ranges.take_ipv6(uow, id, wanted.ipv6, count * wanted.ipv6_in(subnet))
    if wanted.primary_ipv6 and not single:
        raise errors.InvalidParameterCombination(reason="A primary IPv6 address needs an IPv6 address.")
    ipv4 = interface_ranges.take_ipv4_prefixes(uow, id, wanted.ipv4_prefixes, count * wanted.ipv4_prefix_count)
    ipv6 = interface_ranges.take_ipv6_prefixes(uow, id, wanted.ipv6_prefixes, count * wanted.ipv6_prefix_count)
    return [
        [
            *(
                interface_ranges.ipv6_range(address, primary=wanted.primary_ipv6 and not place)
                for place, address in enumerate(own)
            ),
            *map(interface_ranges.prefix_range, below),
            *map(interface_ranges.prefix_range, beyond),
        ]
        for own, below, beyond in zip(_split(single, count), _split(ipv4, count), _split(ipv6, count), strict=True)
    ]


def _split(found: Sequence[T], count: int) -> list[list[T]]:
    """As many for each of ``count``."""
    each = len(found) // count
    return [list(found[place * each : (place + 1) * each]) for place in range(count)]


def read(given: Mapping[str, Any], *, primary_ipv6: bool = False) -> WantedAddresses:
    """What these parameters (``MEMBERS``) ask for. InvalidParameterCombination, InvalidParameterValue."""
    for name in ("SecondaryPrivateIpAddressCount", "Ipv4PrefixCount", "Ipv6AddressCount", "Ipv6PrefixCount"):
        if not given.get(name, 0) >= 0:
            raise errors.InvalidParameterValue(value=given[name], name=name, reason="The value must not be negative.")
    primary, secondary = _ipv4(given)
    _one_of(
        "IPv4",
        secondary,
        given.get("SecondaryPrivateIpAddressCount"),
        given.get("Ipv4Prefixes"),
        given.get("Ipv4PrefixCount"),
    )
    _one_of(
        "IPv6",
        given.get("Ipv6Addresses"),
        given.get("Ipv6AddressCount"),
        given.get("Ipv6Prefixes"),
        given.get("Ipv6PrefixCount"),
    )
    listed = given.get("Ipv6Addresses") or []
    marked = [entry for entry in listed if entry.get("IsPrimaryIpv6")]
    if len(marked) > 1:
        raise errors.InvalidParameterCombination(reason="Only one primary IPv6 address may be specified")
    return WantedAddresses(
        primary=primary,
        secondary=secondary,
        secondary_count=given.get("SecondaryPrivateIpAddressCount", 0),
        ipv4_prefixes=_members(given.get("Ipv4Prefixes"), "Ipv4Prefix"),
        ipv4_prefix_count=given.get("Ipv4PrefixCount", 0),
        ipv6=_members([*marked, *(entry for entry in listed if entry not in marked)], "Ipv6Address"),
        ipv6_count=given.get("Ipv6AddressCount"),
        ipv6_prefixes=_members(given.get("Ipv6Prefixes"), "Ipv6Prefix"),
        ipv6_prefix_count=given.get("Ipv6PrefixCount", 0),
        primary_ipv6=primary_ipv6 or bool(marked),
    )


def _ipv4(given: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """The primary address, if it is named, and the secondary ones that are."""
    listed = given.get("PrivateIpAddresses") or []
    primaries = [a["PrivateIpAddress"] for a in listed if a.get("Primary") and a.get("PrivateIpAddress")]
    if len(primaries) > 1 or (primaries and given.get("PrivateIpAddress")):
        raise errors.InvalidParameterCombination(reason="Only one primary private IP address may be specified")
    secondary = [a["PrivateIpAddress"] for a in listed if not a.get("Primary") and a.get("PrivateIpAddress")]
    if secondary and given.get("SecondaryPrivateIpAddressCount"):
        raise errors.InvalidParameterCombination(
            reason="Secondary addresses may be specified by list or by count, not by both"
        )
    return given.get("PrivateIpAddress") or (primaries[0] if primaries else None), secondary


def _members(listed: Sequence[Mapping[str, Any]] | None, name: str) -> list[str]:
    missing = [entry for entry in listed or () if not entry.get(name)]
    if missing:
        raise errors.MissingParameter(name=name)
    return [entry[name] for entry in listed or ()]


def _one_of(family: str, *ways: Any) -> None:
    """Addresses, their count, prefixes and their count exclude each other."""
    if sum(bool(way) for way in ways) > 1:
        raise errors.InvalidParameterCombination(
            reason=f"Only one of {family} addresses, a count of them, {family} prefixes and a count of them may be "
            "specified"
        )


def check_limits(ipv4: int, ipv6: int, facts: TypeFacts | None, *, prefixes: bool = False) -> None:
    """PrivateIpAddressLimitExceeded where an interface of this type (of none: any) can't have so many.

    ipv4, ipv6: addresses and prefixes together.
    """
    name = facts.name if facts else "a network interface"
    limits = (facts.ipv4_per_interface, facts.ipv6_per_interface) if facts else (MOST, MOST)
    if facts and ipv6 and not facts.ipv6_supported:
        raise errors.UnsupportedOperation(reason=f"The instance type {name} does not support IPv6.")
    if facts and prefixes and not facts.nitro:
        raise errors.UnsupportedOperation(reason=f"The instance type {name} does not support prefix delegation.")
    for count, limit in zip((ipv4, ipv6), limits, strict=True):
        if count > limit:
            raise errors.PrivateIpAddressLimitExceeded(
                reason=f"The number of private addresses exceeds the limit for {name}: {limit}"
            )
