"""Addresses of network interfaces, and their names: private ones from a subnet, public ones from the cloud.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, ip_network

from sqlalchemy import BindParameter, bindparam, delete, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from backend import errors
from backend.db import reading
from backend.db.models import InterfaceGroup, InterfaceRange, PrivateAddress, PublicAddress, Subnet
from backend.db.statements import Insert, Statement
from backend.db.unit_of_work import UnitOfWork

RESERVED_FIRST, RESERVED_LAST = 4, 1
"""AWS keeps the first four addresses of a subnet and the last:
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
RESERVED = RESERVED_FIRST + RESERVED_LAST

_subnets, _private = reading.table_of(Subnet), reading.table_of(PrivateAddress)
_public, _groups = reading.table_of(PublicAddress), reading.table_of(InterfaceGroup)
_ranges = reading.table_of(InterfaceRange)

_CLAIM = (
    update(_subnets)
    .where(_subnets.c.id == bindparam("subnet"), _subnets.c.available >= bindparam("count"))
    .values(
        available=_subnets.c.available - bindparam("count"),
        next_number=_subnets.c.next_number + bindparam("fresh"),
    )
    .returning(_subnets.c.cidr_block, _subnets.c.next_number, _subnets.c.reserved)
)
_USED_BETWEEN = Statement(
    union_all(  # two searches of the key; for an OR, SQLite would look at all of the subnet's addresses
        *(
            select(_private.c.number).where(
                _private.c.subnet_id == bindparam("subnet"), _private.c.number.between(bindparam(low), bindparam(high))
            )
            for low, high in (("low", "high"), ("wrapped_low", "wrapped_high"))
        )
    )
)
_USED = select(_private.c.number).where(
    _private.c.subnet_id == bindparam("subnet"), _private.c.number.in_(bindparam("numbers", expanding=True))
)
_MOVE_ON = update(_subnets).where(_subnets.c.id == bindparam("subnet")).values(next_number=bindparam("to"))
_RETURN = (
    update(_subnets)
    .where(_subnets.c.id == bindparam("subnet"))
    .values(available=_subnets.c.available + bindparam("count"))
)
_OF_INTERFACES: BindParameter[list[str]] = bindparam("interfaces", expanding=True)
_FREE_RANGES = (
    delete(_ranges)
    .where(_ranges.c.network_interface_id.in_(_OF_INTERFACES))
    .returning(_ranges.c.subnet_id, _ranges.c.number, _ranges.c.kind)
)
_FREE_NUMBERS = delete(_private).where(
    _private.c.subnet_id == bindparam("subnet"), _private.c.number.in_(bindparam("numbers", expanding=True))
)
_FREE_PRIVATE = (
    delete(_private).where(_private.c.network_interface_id.in_(_OF_INTERFACES)).returning(_private.c.subnet_id)
)
_LEAVE_GROUPS = delete(_groups).where(_groups.c.network_interface_id.in_(_OF_INTERFACES))
_INSERT_PUBLIC = {
    kind is sqlite: Insert(_public, kind.insert(_public).on_conflict_do_nothing()) for kind in (sqlite, postgresql)
}
"""By whether the database is SQLite."""
_HELD = select(_public.c.network_interface_id, _public.c.number).where(
    _public.c.network_interface_id.in_(_OF_INTERFACES)
)
_FREE_PUBLIC = delete(_public).where(_public.c.network_interface_id.in_(_OF_INTERFACES))


@dataclass(frozen=True)
class Range:
    """The addresses of a subnet that may be given out, as numbers, searched in a circle."""

    first: int
    size: int

    def at(self, position: int) -> int:
        return self.first + position % self.size

    def interval(self, position: int, length: int) -> tuple[int, int, int, int]:
        """``length`` places from ``position`` on, as two closed intervals; the second may be empty."""
        low = self.at(position)
        high = low + length - 1
        last = self.first + self.size - 1
        return (low, high, 1, 0) if high <= last else (low, last, self.first, high - self.size)


@lru_cache(maxsize=4096)
def range_of(cidr_block: str) -> Range:
    network = IPv4Network(cidr_block)
    return Range(int(network.network_address) + RESERVED_FIRST, network.num_addresses - RESERVED)


@lru_cache(maxsize=4096)
def _interval_of(cidr_block: str) -> tuple[int, int]:
    """The first and the last address of a reservation; of an IPv6 one, none."""
    network = ip_network(cidr_block)
    return (int(network[0]), int(network[-1])) if network.version == 4 else (1, 0)


def windows(size: int, count: int) -> Iterator[tuple[int, int]]:
    """Positions and lengths of the stretches to search: each eight times the last, so that a few are all."""
    position, length = 0, count + 32
    while position < size:
        length = min(length, size - position)
        yield position, length
        position, length = position + length, length * 8


def take(uow: UnitOfWork, subnet_id: str, count: int, wanted: Sequence[str] = ()) -> list[str]:
    """``count`` private addresses of a subnet for new interfaces: those ``wanted``, then any that are free.

    Of the subnet's CIDR reservations only those that are wanted. The subnet's count of free addresses is claimed
    first, in a conditional update that makes others wait.
    The caller inserts the PrivateAddress rows before the transaction takes from this subnet again.
    Errors: InsufficientFreeAddressesInSubnet; for ``wanted``, InvalidParameterValue, InvalidIPAddress.InUse.
    """
    connection, fresh = uow.for_reading(), count - len(wanted)
    claim = {"subnet": subnet_id, "count": count, "fresh": fresh}
    row = connection.execute(_CLAIM, claim).first()
    if row is None:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    block, start = range_of(row.cidr_block), row.next_number - fresh
    chosen = _wanted(uow, subnet_id, row.cidr_block, wanted)
    taken, reserved = set(chosen), [_interval_of(cidr_block) for cidr_block in row.reserved]
    for position, length in windows(block.size, fresh) if fresh else ():
        offset = start - block.first + position
        low, high, wrapped_low, wrapped_high = block.interval(offset, length)
        bounds = {"low": low, "high": high, "wrapped_low": wrapped_low, "wrapped_high": wrapped_high}
        found = _USED_BETWEEN.rows(connection, {"subnet": subnet_id, **bounds})
        used = taken.union(number for (number,) in found)
        for step in range(length):
            if (number := block.at(offset + step)) not in used and not _among(number, reserved):
                chosen.append(number)
                if len(chosen) == count:
                    _move_on(uow, subnet_id, row.next_number, number + 1)
                    return _texts(chosen)
    if fresh:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    return _texts(chosen)


def claim(uow: UnitOfWork, subnet_id: str, count: int) -> str:
    """Count ``count`` addresses of a subnet as taken; its CIDR block. InsufficientFreeAddressesInSubnet."""
    row = uow.for_reading().execute(_CLAIM, {"subnet": subnet_id, "count": count, "fresh": 0}).first()
    if row is None:
        raise errors.InsufficientFreeAddressesInSubnet(subnet_id=subnet_id)
    return str(row.cidr_block)


def _among(number: int, intervals: Sequence[tuple[int, int]]) -> bool:
    return any(first <= number <= last for first, last in intervals)


def _wanted(uow: UnitOfWork, subnet_id: str, cidr_block: str, wanted: Sequence[str]) -> list[int]:
    """The addresses that a caller asked for, as numbers; an error for the first that cannot be had."""
    if not wanted:
        return []
    block, network = range_of(cidr_block), IPv4Network(cidr_block)
    numbers: list[int] = []
    for text in wanted:
        try:
            address = IPv4Address(text)
        except ValueError as fault:
            raise errors.InvalidAddress(address=text) from fault
        if address not in network:
            raise errors.InvalidAddress(address=text)
        number = int(address)
        if not block.first <= number < block.first + block.size:
            raise errors.InvalidValue(reason=f"Address {text} is in subnet's reserved address range")
        if number in numbers:
            raise errors.InvalidIPAddressInUse(address=text)
        numbers.append(number)
    used = uow.for_reading().execute(_USED, {"subnet": subnet_id, "numbers": numbers}).scalars().first()
    if used is not None:
        raise errors.InvalidIPAddressInUse(address=str(IPv4Address(used)))
    return numbers


def _move_on(uow: UnitOfWork, subnet_id: str, noted: int, next_number: int) -> None:
    """The claim noted where the search ends if nothing was in its way; correct that where something was."""
    if next_number != noted:
        uow.connection().execute(_MOVE_ON, {"subnet": subnet_id, "to": next_number})


def give_back(uow: UnitOfWork, network_interface_ids: Iterable[str]) -> None:
    """Free every address of these interfaces, lent public ones too, and take them out of their groups.

    Elastic IP addresses stay allocated: their PublicAddress rows name no interface.
    """
    interfaces = {"interfaces": list(network_interface_ids)}
    if not interfaces["interfaces"]:
        return
    connection = uow.for_reading()
    ranges = connection.execute(_FREE_RANGES, interfaces).all()
    prefixes = [holder(row.subnet_id, row.number) for row in ranges if row.kind == "ipv4-prefix"]
    freed = Counter(connection.execute(_FREE_PRIVATE, {"interfaces": interfaces["interfaces"] + prefixes}).scalars())
    if freed:
        connection.execute(_RETURN, [{"subnet": id, "count": n} for id, n in sorted(freed.items())])
    connection.execute(_LEAVE_GROUPS, interfaces)
    connection.execute(_FREE_PUBLIC, interfaces)


def give_back_numbers(uow: UnitOfWork, subnet_id: str, numbers: Sequence[int]) -> None:
    """Free single addresses of a subnet, all of which are taken."""
    connection = uow.for_reading()
    connection.execute(_FREE_NUMBERS, {"subnet": subnet_id, "numbers": list(numbers)})
    connection.execute(_RETURN, {"subnet": subnet_id, "count": len(numbers)})


def holder(subnet_id: str, number: str) -> str:
    """What stands as the interface of the addresses of an IPv4 prefix."""
    return f"{number}@{subnet_id}"


def take_public(uow: UnitOfWork, public_cidr: str, network_interface_ids: Sequence[str]) -> list[str]:
    """A public address for each of these interfaces, that nobody else has in any account or region.

    Random picks, inserted where nobody holds them. Error: InsufficientAddressCapacity.
    """
    network = IPv4Network(public_cidr)
    low, high = int(network.network_address) + 1, int(network.broadcast_address) - 1
    insert = _INSERT_PUBLIC[uow.database.is_sqlite]
    connection, missing, found = uow.for_reading(), list(network_interface_ids), dict[str, int]()
    for _ in range(64):
        if not missing:
            break
        picks = {random.randint(low, high): id for id in missing}
        rows = [
            {"number": number, "account": uow.account, "region": uow.region, "network_interface_id": id}
            for number, id in sorted(picks.items())  # so that of two callers none waits for the other
        ]
        if insert(connection, rows) == len(missing):
            found.update((id, number) for number, id in picks.items())
        else:
            had = connection.execute(_HELD, {"interfaces": missing})
            found.update((row.network_interface_id, row.number) for row in had)
        missing = [id for id in missing if id not in found]
    if missing:
        raise errors.InsufficientAddressCapacity(reason="The cloud has too few free public addresses.")
    return _texts([found[id] for id in network_interface_ids])


def take_elastic(uow: UnitOfWork, public_cidr: str, wanted: str | None = None) -> str:
    """A public address that nobody has, to be kept by the account: this one or any.

    Errors: InsufficientAddressCapacity; InvalidAddress.NotFound where the wanted one is not to be had.
    """
    network = IPv4Network(public_cidr)
    low, high = int(network.network_address) + 1, int(network.broadcast_address) - 1
    dialect = sqlite if uow.database.is_sqlite else postgresql
    insert = dialect.insert(_public).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    row = {"account": uow.account, "region": uow.region, "network_interface_id": None}
    for _ in range(1 if wanted else 64):
        number = to_number(wanted) if wanted else random.randint(low, high)
        if low <= number <= high and uow.for_reading().execute(insert, {**row, "number": number}).rowcount == 1:
            return _texts([number])[0]
    if wanted:
        raise errors.InvalidAddressNotFound(address=wanted)
    raise errors.InsufficientAddressCapacity(reason="The cloud has too few free public addresses.")


def give_back_public(uow: UnitOfWork, network_interface_ids: Iterable[str]) -> None:
    """Free the public addresses that were lent to these interfaces."""
    if interfaces := list(network_interface_ids):
        uow.for_reading().execute(_FREE_PUBLIC, {"interfaces": interfaces})


def to_number(address: str) -> int:
    return int(IPv4Address(address))


def _texts(numbers: Iterable[int]) -> list[str]:
    return [f"{n >> 24}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in numbers]


def private_domain(region: str) -> str:
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def private_dns_name(region: str, address: str) -> str:
    return f"ip-{address.replace('.', '-')}.{private_domain(region)}"


def public_dns_name(region: str, address: str) -> str:
    domain = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{domain}.amazonaws.com"


def mac_address() -> str:
    """A random address of the locally administered range."""
    digits = f"{random.getrandbits(40):010x}"
    return "02:" + ":".join(digits[at : at + 2] for at in range(0, 10, 2))
