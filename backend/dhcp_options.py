"""Sets of DHCP options, and the VPCs that use them.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html
"""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, ip_address
from typing import Any

from sqlalchemy import delete

from backend import dependencies, errors, ids, tags
from backend.db.models import DhcpOption, DhcpOptions, Vpc
from backend.db.unit_of_work import UnitOfWork

NONE = "default"
"""In the place of an id: no options at all, as VPCs may have."""

AMAZON = "AmazonProvidedDNS"
LEASE = range(140, 2147483648)
"""Seconds."""

dependencies.keeps(DhcpOptions, Vpc.dhcp_options_id)


def create(
    uow: UnitOfWork, configurations: Sequence[Mapping[str, Any]], wanted_tags: Mapping[str, str] | None = None
) -> DhcpOptions:
    """A new set. Errors: MissingParameter, InvalidParameterValue for keys and values that DHCP doesn't have here."""
    values = _checked(configurations)
    options = DhcpOptions(account=uow.account, region=uow.region)
    uow.add(options)
    uow.add_all(
        DhcpOption(
            account=uow.account,
            region=uow.region,
            dhcp_options_id=options.id,
            position=position,
            key=key,
            value=value,
        )
        for position, (key, value) in enumerate(values)
    )
    uow.flush()
    tags.attach(uow, options, wanted_tags or {})
    return options


def associate(uow: UnitOfWork, dhcp_options_id: str, vpc_id: str) -> None:
    """Let a VPC use a set, or none (``default``)."""
    if dhcp_options_id != NONE:
        dhcp_options_id = uow.require(DhcpOptions, dhcp_options_id, for_update=True).id
    uow.require(Vpc, vpc_id, for_update=True).dhcp_options_id = dhcp_options_id


def delete_options(uow: UnitOfWork, dhcp_options_id: str) -> None:
    """Delete a set that no VPC uses. Errors: InvalidDhcpOptionsID.NotFound, DependencyViolation."""
    if ids.well_formed(DhcpOptions.PREFIX, dhcp_options_id):
        try:
            uow.look_up(DhcpOptions, dhcp_options_id)
        except errors.NotFound as fault:  # here EC2 spells the code in another way than where it reads
            raise errors.InvalidDhcpOptionsIDNotFound(id=dhcp_options_id) from fault
    options = uow.require(DhcpOptions, dhcp_options_id, for_update=True)
    dependencies.check(uow, options, "dhcpOptions")
    for statement in (
        delete(DhcpOption).where(DhcpOption.dhcp_options_id == options.id),
        delete(DhcpOptions).where(DhcpOptions.id == options.id),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, [options.id])


def _checked(configurations: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Keys and single values, in the order given."""
    if not configurations:
        raise errors.MissingParameter(name="dhcpConfiguration")
    found: list[tuple[str, str]] = []
    for configuration in configurations:
        key, given = configuration.get("Key"), configuration.get("Values") or []
        if not key:
            raise errors.MissingParameter(name="dhcpConfiguration.key")
        if key not in _CHECKS:
            raise errors.InvalidParameterValue(value=key, name="dhcpConfiguration.key", reason="Unknown DHCP option.")
        if any(key == known for known, _ in found):
            raise errors.InvalidParameterValue(
                value=key, name="dhcpConfiguration.key", reason="Every option is named once."
            )
        values = [part.strip() for value in given for part in (value.split(",") if key != "domain-name" else [value])]
        if not values or not all(values):
            raise errors.MissingParameter(name="dhcpConfiguration.value")
        if not _CHECKS[key](values):
            raise errors.InvalidParameterValue(
                value=", ".join(given), name=key, reason="The option can't have this value."
            )
        found += [(key, value) for value in values]
    return found


def _addresses(values: Sequence[str], most: int, *, ipv6: bool) -> bool:
    """Whether these are addresses, at most so many of each family."""
    try:
        found = [ip_address(value) if ipv6 else IPv4Address(value) for value in values]
    except ValueError:
        return False
    versions = [address.version for address in found]
    return max(versions.count(4), versions.count(6)) <= most


def _name_servers(values: Sequence[str]) -> bool:
    return list(values) == [AMAZON] or (len(values) <= 4 and _addresses(values, 4, ipv6=True))


def _lease(values: Sequence[str]) -> bool:
    return len(values) == 1 and values[0].isascii() and values[0].isdecimal() and int(values[0]) in LEASE


_CHECKS: dict[str, Callable[[Sequence[str]], bool]] = {
    "domain-name": lambda values: len(values) == 1 and len(values[0]) <= 255,
    "domain-name-servers": _name_servers,
    "ntp-servers": lambda values: _addresses(values, 4, ipv6=True),
    "netbios-name-servers": lambda values: _addresses(values, 4, ipv6=False),
    "netbios-node-type": lambda values: list(values) in (["1"], ["2"], ["4"], ["8"]),
    "ipv6-address-preferred-lease-time": _lease,
}
