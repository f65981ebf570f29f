"""IPv6 addresses and delegated prefixes of network interfaces: which are free in a subnet, and their rows.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from backend import addresses, errors
from backend.db import reading
from backend.db.models import InterfaceRange, PrivateAddress, Subnet, SubnetCidrBlock, SubnetCidrReservation
from backend.db.unit_of_work import UnitOfWork

ADDRESS, IPV4_PREFIX, IPV6_PREFIX = "ipv6-address", "ipv4-prefix", "ipv6-prefix"
IPV4_LENGTH, IPV6_LENGTH = 28, 80
"""The netmasks of prefixes: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html"""
MOST_PREFIXES = 1000
_PREFIX_DIGITS = IPV6_LENGTH // 4
IPV4_SIZE = 1 << (32 - IPV4_LENGTH)

_ranges, _private = reading.table_of(InterfaceRange), reading.table_of(PrivateAddress)
_subnets, _blocks = reading.table_of(Subnet), reading.table_of(SubnetCidrBlock)
_LOCK = select(_subnets.c.reserved).where(_subnets.c.id == bindparam("subnet")).with_for_update()
_BLOCKS = select(_blocks.c.cidr_block).where(
    _blocks.c.subnet_id == bindparam("subnet"), _blocks.c.state.in_(("associating", "associated"))
)
_IN_SUBNET = _ranges.c.subnet_id == bindparam("subnet")
_KNOWN = select(_ranges.c.number, _ranges.c.kind).where(
    _IN_SUBNET, _ranges.c.number.in_(bindparam("numbers", expanding=True))
)
_WITHIN = (
    select(_ranges.c.number).where(_IN_SUBNET, _ranges.c.number.between(bindparam("low"), bindparam("high"))).limit(1)
)
_USED_SIXTEENS = (
    select(_private.c.number - _private.c.number % IPV4_SIZE).where(_private.c.subnet_id == bindparam("subnet"))
).distinct()
_FREE = delete(_ranges).where(_IN_SUBNET, _ranges.c.number.in_(bindparam("numbers", expanding=True)))
_COUNT = (
    select(_ranges.c.kind, func.count())
    .where(_ranges.c.network_interface_id == bindparam("interface"))
    .group_by(_ranges.c.kind)
)
_UNMARK = (
    update(_ranges)
    .where(_ranges.c.network_interface_id.in_(bindparam("interfaces", expanding=True)))
    .values(is_primary=False)
)


@dataclass(frozen=True)
class Range:
    """An IPv6 address or a prefix, as ``InterfaceRange`` keeps it."""

    kind: str
    number: str
    text: str
    primary: bool = False

    def row(self, subnet_id: str, network_interface_id: str) -> dict[str, Any]:
        return {
            "subnet_id": subnet_id,
            "number": self.number,
            "network_interface_id": network_interface_id,
            "kind": self.kind,
            "text": self.text,
            "is_primary": self.primary,
        }


def ipv6_range(address: IPv6Address, *, primary: bool = False) -> Range:
    return Range(ADDRESS, f"{int(address):032x}", str(address), primary)


def prefix_range(prefix: IPv4Network | IPv6Network) -> Range:
    if isinstance(prefix, IPv4Network):
        return Range(IPV4_PREFIX, f"{int(prefix.network_address):08x}", str(prefix))
    return Range(IPV6_PREFIX, f"{int(prefix.network_address):032x}", str(prefix))


class _Subnet:
    """What of a subnet's IPv6 block may be taken. The subnet is locked, so that nobody else takes of it."""

    def __init__(self, uow: UnitOfWork, subnet_id: str) -> None:
        self.connection, self.id = uow.for_reading(), subnet_id
        reserved = self.connection.execute(_LOCK, {"subnet": subnet_id}).scalar() or []
        self.reserved = [n for n in map(ip_network, reserved) if isinstance(n, IPv6Network)]
        found = self.connection.execute(_BLOCKS, {"subnet": subnet_id}).scalars().first()
        if found is None:
            raise errors.InvalidValue(reason=f"The subnet '{subnet_id}' does not have an IPv6 CIDR block.")
        self.block = IPv6Network(found)
        self.first = int(self.block.network_address) + addresses.RESERVED_FIRST
        self.last = int(self.block.broadcast_address) - addresses.RESERVED_LAST

    def addresses_taken(self, numbers: Sequence[int]) -> set[int]:
        """Which of these addresses interfaces have, by themselves or within a prefix."""
        single = {f"{n:032x}": n for n in numbers}
        prefixes = {text[:_PREFIX_DIGITS].ljust(32, "0") for text in single}
        rows = self.connection.execute(_KNOWN, {"subnet": self.id, "numbers": [*single, *prefixes]}).all()
        held = {row.number[:_PREFIX_DIGITS] for row in rows if row.kind == IPV6_PREFIX}
        alone = {row.number for row in rows if row.kind == ADDRESS}
        return {n for text, n in single.items() if text in alone or text[:_PREFIX_DIGITS] in held}

    def prefix_taken(self, prefix: IPv6Network) -> bool:
        """Whether an interface has the prefix, or an address of it."""
        low, high = int(prefix.network_address), int(prefix.broadcast_address)
        given = {"subnet": self.id, "low": f"{low:032x}", "high": f"{high:032x}"}
        return self.connection.execute(_WITHIN, given).first() is not None


def take_ipv6(uow: UnitOfWork, subnet_id: str, wanted: Sequence[str], count: int) -> list[IPv6Address]:
    """IPv6 addresses of a subnet for interfaces: those ``wanted``, then ``count`` others, picked at random.

    The caller inserts their rows before the transaction takes from this subnet again. Errors:
    InvalidParameterValue, InvalidIPAddress.InUse, InsufficientFreeAddressesInSubnet.
    """
    if not wanted and not count:
        return []
    subnet = _Subnet(uow, subnet_id)
    chosen = {int(_parse_ipv6(text, subnet)): None for text in wanted}
    if len(chosen) < len(wanted):
        raise errors.InvalidValue(reason="An IPv6 address is listed more than once.")
    for taken in subnet.addresses_taken(list(chosen)):
        raise errors.InvalidIPAddressInUse(address=str(IPv6Address(taken)))
    missing = count
    for _ in range(64):
        if not missing:
            break
        picks = [random.randint(subnet.first, subnet.last) for _ in range(missing)]
        picks = [n for n in dict.fromkeys(picks) if n not in chosen and not _reserved(n, subnet)]
        taken_ones = subnet.addresses_taken(picks)
        free = [n for n in picks if n not in taken_ones]
        chosen.update(dict.fromkeys(free))
        missing -= len(free)
    if missing:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    return [IPv6Address(n) for n in chosen]


def _parse_ipv6(text: str, subnet: _Subnet) -> IPv6Address:
    try:
        address = IPv6Address(text)
    except ValueError as fault:
        raise errors.InvalidAddress(address=text) from fault
    if address not in subnet.block:
        raise errors.InvalidAddress(address=text)
    if not subnet.first <= int(address) <= subnet.last:
        raise errors.InvalidValue(reason=f"Address {text} is in subnet's reserved address range")
    return address


def _reserved(number: int, subnet: _Subnet) -> bool:
    return any(IPv6Address(number) in block for block in subnet.reserved)


def take_ipv6_prefixes(uow: UnitOfWork, subnet_id: str, wanted: Sequence[str], count: int) -> list[IPv6Network]:
    """IPv6 prefixes (/80) of a subnet: those ``wanted``, then ``count`` others; see ``take_ipv6``."""
    if not wanted and not count:
        return []
    subnet = _Subnet(uow, subnet_id)
    chosen: dict[IPv6Network, None] = {}
    for text in wanted:
        prefix = IPv6Network(_parse_prefix(text, IPV6_LENGTH, 6))
        if not prefix.subnet_of(subnet.block):
            raise errors.InvalidAddress(address=text)
        if prefix in chosen or subnet.prefix_taken(prefix):
            raise errors.InvalidIPAddressInUse(address=text)
        chosen[prefix] = None
    for prefix in _ipv6_candidates(uow, subnet) if count else ():
        if prefix not in chosen and not subnet.prefix_taken(prefix):
            chosen[prefix] = None
            if len(chosen) == len(wanted) + count:
                break
    if len(chosen) < len(wanted) + count:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    return list(chosen)


def _ipv6_candidates(uow: UnitOfWork, subnet: _Subnet) -> Iterator[IPv6Network]:
    """Prefixes at random: of the reservations for prefixes where there are some, else of what is not reserved."""
    reservations = [IPv6Network(block) for block in _prefix_reservations(uow, subnet.id) if ":" in block]
    size = 1 << (128 - IPV6_LENGTH)
    for _ in range(64 * MOST_PREFIXES):
        within = random.choice(reservations or [subnet.block])
        number = random.randrange(max(1, within.num_addresses // size))
        prefix = IPv6Network((int(within.network_address) + number * size, IPV6_LENGTH), strict=False)
        ends = (subnet.block.network_address, subnet.block.broadcast_address)
        if any(end in prefix for end in ends):  # there are AWS's own addresses
            continue
        if reservations or not any(prefix.overlaps(block) for block in subnet.reserved):
            yield prefix


def take_ipv4_prefixes(uow: UnitOfWork, subnet_id: str, wanted: Sequence[str], count: int) -> list[IPv4Network]:
    """IPv4 prefixes (/28) of a subnet: those ``wanted``, then the first ``count`` that are free.

    Their sixteen addresses each are held from now on. Errors: InvalidParameterValue, InvalidIPAddress.InUse,
    InsufficientFreeAddressesInSubnet.
    """
    if not wanted and not count:
        return []
    cidr_block = addresses.claim(uow, subnet_id, IPV4_SIZE * (len(wanted) + count))
    if not cidr_block:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    connection, block = uow.for_reading(), IPv4Network(cidr_block)
    used = set(connection.execute(_USED_SIXTEENS, {"subnet": subnet_id}).scalars())
    chosen: dict[IPv4Network, None] = {}
    for text in wanted:
        prefix = IPv4Network(_parse_prefix(text, IPV4_LENGTH, 4))
        if not prefix.subnet_of(block) or not _assignable(prefix, block):
            raise errors.InvalidAddress(address=text)
        if prefix in chosen or int(prefix.network_address) in used:
            raise errors.InvalidIPAddressInUse(address=text)
        chosen[prefix] = None
    for prefix in _ipv4_candidates(uow, subnet_id, block) if count else ():
        if prefix not in chosen and int(prefix.network_address) not in used:
            chosen[prefix] = None
            if len(chosen) == len(wanted) + count:
                break
    if len(chosen) < len(wanted) + count:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    rows = [row for prefix in chosen for row in _held(subnet_id, prefix)]
    connection.execute(insert(_private), rows)
    return list(chosen)


def _held(subnet_id: str, prefix: IPv4Network) -> list[dict[str, Any]]:
    holder = addresses.holder(subnet_id, prefix_range(prefix).number)
    return [
        {
            "subnet_id": subnet_id,
            "number": int(address),
            "address": str(address),
            "network_interface_id": holder,
            "is_primary": False,
        }
        for address in prefix
    ]


def _ipv4_candidates(uow: UnitOfWork, subnet_id: str, block: IPv4Network) -> Iterator[IPv4Network]:
    """Prefixes in order: of the reservations for prefixes where there are some, else of what is not reserved."""
    reservations = [IPv4Network(found) for found in _prefix_reservations(uow, subnet_id) if ":" not in found]
    kept = uow.for_reading().execute(_LOCK, {"subnet": subnet_id}).scalar() or []
    others = [IPv4Network(found) for found in kept if ":" not in found]
    for within in reservations or [block]:
        if within.prefixlen > IPV4_LENGTH:
            continue
        for prefix in within.subnets(new_prefix=IPV4_LENGTH):
            if _assignable(prefix, block) and (reservations or not any(prefix.overlaps(other) for other in others)):
                yield prefix


def _assignable(prefix: IPv4Network, block: IPv4Network) -> bool:
    """Whether none of AWS's own addresses of the subnet is in the prefix."""
    return block.network_address not in prefix and block.broadcast_address not in prefix


def _prefix_reservations(uow: UnitOfWork, subnet_id: str) -> list[str]:
    table = reading.table_of(SubnetCidrReservation).c
    found = uow.records(SubnetCidrReservation, table.subnet_id == subnet_id, table.reservation_type == "prefix")
    return [reservation.cidr for reservation in found]


def _parse_prefix(text: str, length: int, version: int) -> str:
    try:
        network = ip_network(text)
        if network.prefixlen != length or network.version != version:
            raise ValueError(text)
    except ValueError as fault:
        raise errors.InvalidParameterValue(
            value=text, name=f"ipv{version}Prefix", reason=f"This is not a valid prefix of length {length}."
        ) from fault
    return str(network)


def insert_ranges(uow: UnitOfWork, subnet_id: str, network_interface_id: str, ranges: Sequence[Range]) -> None:
    """Give an interface ranges that were taken for it."""
    if ranges:
        rows = [found.row(subnet_id, network_interface_id) for found in ranges]
        uow.for_reading().execute(insert(_ranges), rows)


def free(uow: UnitOfWork, subnet_id: str, ranges: Sequence[Range]) -> None:
    """Take ranges from the interface that has them."""
    if not ranges:
        return
    connection = uow.for_reading()
    connection.execute(_FREE, {"subnet": subnet_id, "numbers": [found.number for found in ranges]})
    firsts = [int(found.number, 16) for found in ranges if found.kind == IPV4_PREFIX]
    if firsts:
        addresses.give_back_numbers(uow, subnet_id, [first + step for first in firsts for step in range(IPV4_SIZE)])


def counts(uow: UnitOfWork, network_interface_id: str) -> dict[str, int]:
    """How many ranges of each kind an interface has."""
    found = uow.for_reading().execute(_COUNT, {"interface": network_interface_id}).all()
    return {row[0]: row[1] for row in found}


def unmark_primary(uow: UnitOfWork, network_interface_ids: Sequence[str]) -> None:
    """An IPv6 address is the primary one until its interface is detached."""
    if network_interface_ids:
        uow.for_reading().execute(_UNMARK, {"interfaces": list(network_interface_ids)})
