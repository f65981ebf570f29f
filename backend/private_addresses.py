"""Secondary private IPv4 addresses, IPv6 addresses and prefixes that interfaces get and lose.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from backend import (
    addresses,
    errors,
    interface_attachments,
    interface_attributes,
    interface_ranges,
)
from backend.db import reading
from backend.db.models import InterfaceRange, NetworkInterface, PrivateAddress
from backend.db.unit_of_work import UnitOfWork
from backend.interface_creation import require_own
from backend.interface_ranges import Range

_private, _ranges = reading.table_of(PrivateAddress), reading.table_of(InterfaceRange)
_HELD = select(_private).where(
    _private.c.subnet_id == bindparam("subnet"), _private.c.number.in_(bindparam("numbers", expanding=True))
)
_MOVE = (
    update(_private)
    .where(_private.c.subnet_id == bindparam("subnet"), _private.c.number.in_(bindparam("numbers", expanding=True)))
    .values(network_interface_id=bindparam("to"))
)
_RANGES_OF = select(_ranges).where(_ranges.c.network_interface_id == bindparam("interface"))


@dataclass(frozen=True)
class Assigned:
    """What an interface got: EC2's texts of addresses, and of prefixes."""

    addresses: Sequence[str] = ()
    prefixes: Sequence[str] = ()


def assign_ipv4(
    uow: UnitOfWork,
    network_interface_id: str,
    *,
    wanted: Sequence[str] = (),
    count: int = 0,
    prefixes: Sequence[str] = (),
    prefix_count: int = 0,
    allow_reassignment: bool = False,
) -> Assigned:
    """Give an interface secondary addresses or prefixes. allow_reassignment: take addresses from others that have
    them, with the Elastic IP addresses that are associated with these.

    Errors: InvalidParameterCombination, InvalidParameterValue, PrivateIpAddressLimitExceeded,
    InsufficientFreeAddressesInSubnet.
    """
    check_one_way(addresses=wanted, count=count, prefixes=prefixes, prefix_count=prefix_count)
    interface = require_own(uow, network_interface_id)
    held = _held(uow, interface, wanted)
    moved = [row for row in held if row.network_interface_id != interface.id]
    if moved and not allow_reassignment:
        there = ", ".join(row.address for row in moved)
        raise errors.InvalidValue(reason=f"[{there}] assigned, but move is not allowed.")
    mine = [text for text in dict.fromkeys(wanted) if text not in {row.address for row in held}]
    facts = interface_attachments.facts_of(uow, interface)
    more = len(mine) + len(moved) + count + len(prefixes) + prefix_count
    interface_attachments.check_addresses(uow, interface, facts, ipv4=more)
    given = assign_new(uow, interface, mine, count)
    _move(uow, interface, moved)
    found = interface_ranges.take_ipv4_prefixes(uow, interface.subnet_id, prefixes, prefix_count)
    new = [interface_ranges.prefix_range(prefix) for prefix in found]
    interface_ranges.insert_ranges(uow, interface.subnet_id, interface.id, new)
    interface_attachments.tell_host(uow, interface)
    return Assigned(list(dict.fromkeys(wanted)) or given, [r.text for r in new])


def check_one_way(**ways: Any) -> None:
    """Exactly one of these is given."""
    for name, value in ways.items():
        if isinstance(value, int) and value < 0:
            raise errors.InvalidParameterValue(value=value, name=name, reason="The value must not be negative.")
    given = [name for name, value in ways.items() if value]
    if not given:
        raise errors.MissingParameter(name=" or ".join(ways))
    if len(given) > 1:
        raise errors.InvalidParameterCombination(reason=f"Only one of {', '.join(given)} may be specified.")


def _held(uow: UnitOfWork, interface: NetworkInterface, wanted: Sequence[str]) -> list[Any]:
    """The rows of these addresses that interfaces have. The primary address of another one stays there."""
    try:
        numbers = [int(IPv4Address(text)) for text in wanted]
    except ValueError as fault:
        raise errors.InvalidValue(reason=f"invalid value for parameter address: {list(wanted)}") from fault
    held = uow.for_reading().execute(_HELD, {"subnet": interface.subnet_id, "numbers": numbers}).all()
    for row in held:
        if row.network_interface_id != interface.id and (row.is_primary or "@" in row.network_interface_id):
            raise errors.InvalidIPAddressInUse(address=row.address)
    return list(held)


def assign_new(uow: UnitOfWork, interface: NetworkInterface, wanted: Sequence[str], count: int) -> list[str]:
    """Free addresses of the interface's subnet, as secondary ones: those ``wanted`` and ``count`` others."""
    if not wanted and not count:
        return []
    taken = addresses.take(uow, interface.subnet_id, len(wanted) + count, wanted)
    rows = [
        {
            "subnet_id": interface.subnet_id,
            "number": addresses.to_number(text),
            "address": text,
            "network_interface_id": interface.id,
            "is_primary": False,
        }
        for text in taken
    ]
    uow.for_reading().execute(insert(_private), rows)
    return taken


def _move(uow: UnitOfWork, interface: NetworkInterface, moved: Sequence[Any]) -> None:
    if not moved:
        return
    given = {"subnet": interface.subnet_id, "numbers": [row.number for row in moved], "to": interface.id}
    uow.for_reading().execute(_MOVE, given)
    for id in sorted({row.network_interface_id for row in moved}):
        for before in uow.anywhere(NetworkInterface, NetworkInterface.id == id):
            interface_attachments.tell_host(uow, before)


def unassign_ipv4(
    uow: UnitOfWork, network_interface_id: str, wanted: Sequence[str] = (), prefixes: Sequence[str] = ()
) -> None:
    """Take secondary addresses, or prefixes, from an interface; Elastic IP addresses that were on them are free."""
    if not wanted and not prefixes:
        raise errors.MissingParameter(name="PrivateIpAddresses or Ipv4Prefixes")
    interface = require_own(uow, network_interface_id)
    numbers = _secondary(uow, interface, wanted)
    found = _ranges_named(uow, interface, interface_ranges.IPV4_PREFIX, prefixes)
    if numbers:
        addresses.give_back_numbers(uow, interface.subnet_id, numbers)
    interface_ranges.free(uow, interface.subnet_id, found)
    interface_attachments.tell_host(uow, interface)


def _secondary(uow: UnitOfWork, interface: NetworkInterface, wanted: Sequence[str]) -> list[int]:
    """The numbers of these addresses, once each is a secondary one of the interface (InvalidParameterValue)."""
    texts = list(dict.fromkeys(wanted))
    try:
        numbers = [int(IPv4Address(text)) for text in texts]
    except ValueError as fault:
        raise errors.InvalidValue(reason=f"invalid value for parameter address: {texts}") from fault
    held = uow.for_reading().execute(_HELD, {"subnet": interface.subnet_id, "numbers": numbers}).all()
    mine = [row for row in held if row.network_interface_id == interface.id]
    if len(mine) < len(texts):
        raise errors.InvalidValue(reason=f"Some of [{', '.join(texts)}] are not assigned to interface {interface.id}")
    if primary := [row.address for row in mine if row.is_primary]:
        raise errors.InvalidValue(reason=f"The primary private address {primary[0]} cannot be unassigned.")
    return numbers


def assign_ipv6(
    uow: UnitOfWork,
    network_interface_id: str,
    *,
    wanted: Sequence[str] = (),
    count: int = 0,
    prefixes: Sequence[str] = (),
    prefix_count: int = 0,
) -> Assigned:
    """Give an interface IPv6 addresses or prefixes; errors as of ``assign_ipv4``."""
    check_one_way(addresses=wanted, count=count, prefixes=prefixes, prefix_count=prefix_count)
    interface = require_own(uow, network_interface_id)
    facts = interface_attachments.facts_of(uow, interface)
    more = len(wanted) + count + len(prefixes) + prefix_count
    interface_attachments.check_addresses(uow, interface, facts, ipv6=more)
    single = interface_ranges.take_ipv6(uow, interface.subnet_id, wanted, count)
    blocks = interface_ranges.take_ipv6_prefixes(uow, interface.subnet_id, prefixes, prefix_count)
    new = [interface_ranges.ipv6_range(a) for a in single] + [interface_ranges.prefix_range(b) for b in blocks]
    interface_ranges.insert_ranges(uow, interface.subnet_id, interface.id, new)
    if interface.ipv6_address is None:
        interface_attributes.follow_ipv6(uow, interface)
    interface_attachments.tell_host(uow, interface)
    return Assigned([str(a) for a in single], [str(b) for b in blocks])


def unassign_ipv6(
    uow: UnitOfWork, network_interface_id: str, wanted: Sequence[str] = (), prefixes: Sequence[str] = ()
) -> Assigned:
    """Take IPv6 addresses or prefixes from an interface; what it lost. A primary address stays."""
    if not wanted and not prefixes:
        raise errors.MissingParameter(name="Ipv6Addresses or Ipv6Prefixes")
    interface = require_own(uow, network_interface_id)
    found = _ranges_named(uow, interface, interface_ranges.ADDRESS, wanted)
    if any(entry.primary for entry in found):
        raise errors.OperationNotPermitted(reason="The primary IPv6 address of an interface cannot be unassigned.")
    blocks = _ranges_named(uow, interface, interface_ranges.IPV6_PREFIX, prefixes)
    interface_ranges.free(uow, interface.subnet_id, [*found, *blocks])
    interface_attributes.follow_ipv6(uow, interface)
    interface_attachments.tell_host(uow, interface)
    return Assigned([r.text for r in found], [r.text for r in blocks])


def _ranges_named(uow: UnitOfWork, interface: NetworkInterface, kind: str, wanted: Sequence[str]) -> list[Range]:
    """These addresses or prefixes of the interface, however the caller writes them (InvalidParameterValue)."""
    if not wanted:
        return []
    rows = uow.for_reading().execute(_RANGES_OF, {"interface": interface.id}).all()
    mine = {row.text: Range(row.kind, row.number, row.text, row.is_primary) for row in rows if row.kind == kind}
    found = [mine.get(_canonical(text)) for text in dict.fromkeys(wanted)]
    if None in found:
        raise errors.InvalidValue(reason=f"Some of [{', '.join(wanted)}] are not assigned to interface {interface.id}")
    return [entry for entry in found if entry]


def _canonical(text: str) -> str:
    try:
        return str(ip_network(text) if "/" in text else ip_address(text))
    except ValueError as fault:
        raise errors.InvalidValue(reason=f"invalid value for parameter address: {text}") from fault
