"""The addresses that a caller wants for a network interface, as CreateNetworkInterface and RunInstances take them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend import errors
from backend.catalogue.instance_types import TypeFacts

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
    def named(self) -> bool:
        """Whether the caller names any address, which but one interface can have."""
        return bool(self.primary or self.secondary or self.ipv4_prefixes or self.ipv6 or self.ipv6_prefixes)

    @property
    def ipv4(self) -> int:
        """How many single IPv4 addresses."""
        return 1 + len(self.secondary) + self.secondary_count

    def ipv6_in(self, subnet: Any) -> int:
        """How many IPv6 addresses beside those that are named, in this subnet."""
        if self.ipv6_count is not None:
            return self.ipv6_count
        automatic = subnet.assign_ipv6_address_on_creation or subnet.ipv6_native
        return 1 if automatic and not self.ipv6 and not self.ipv6_prefixes and not self.ipv6_prefix_count else 0


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
