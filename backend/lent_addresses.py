"""Public addresses that are lent to interfaces while their instances run, and the names of addresses.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html#concepts-public-addresses
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, select, update

from backend import addresses
from backend.db import reading
from backend.db.models import Instance, NetworkInterface, PrivateAddress, Vpc
from backend.db.unit_of_work import UnitOfWork

LENT = "amazon"
"""The owner of a public address that was lent at launch or start, as against an Elastic IP address."""

_interfaces, _private = reading.table_of(NetworkInterface), reading.table_of(PrivateAddress)
_vpcs, _instances = reading.table_of(Vpc), reading.table_of(Instance)
_OF_INSTANCES = _interfaces.c.instance_id.in_(bindparam("instances", expanding=True))
_ON_THEM = select(_interfaces.c.id, _interfaces.c.instance_id).where(_OF_INSTANCES)
_IS_PRIMARY = (_interfaces.c.device_index == 0) & (_interfaces.c.network_card_index == 0)
_others, _secondary = _interfaces.alias(), _private.alias()
_HAS_MORE = exists().where(
    _others.c.instance_id == _interfaces.c.instance_id, _others.c.id != _interfaces.c.id
) | exists().where(
    _secondary.c.network_interface_id == _interfaces.c.id,
    _secondary.c.is_primary.is_(False),
    _secondary.c.public_ip.is_not(None),
)
"""An instance with several interfaces, or with a secondary public address, is lent no new public address."""
_WITHOUT_PUBLIC = (
    select(_interfaces.c.id, _interfaces.c.instance_id, _interfaces.c.device_index, _vpcs.c.enable_dns_hostnames)
    .join(_vpcs, _vpcs.c.id == _interfaces.c.vpc_id)
    .join(_private, _private.c.network_interface_id == _interfaces.c.id)
    .where(_OF_INSTANCES, _interfaces.c.public_on_start, _private.c.is_primary, _private.c.public_ip.is_(None))
    .where(_IS_PRIMARY, ~_HAS_MORE)
    .order_by(_interfaces.c.row)
)
_LEND = (
    update(_private)
    .where(_private.c.network_interface_id == bindparam("interface"), _private.c.is_primary)
    .values(public_ip=bindparam("ip"), public_dns_name=bindparam("name"), public_owner=LENT)
)
_RECLAIM = (
    update(_private)
    .where(
        _private.c.network_interface_id.in_(bindparam("interfaces", expanding=True)),
        _private.c.public_owner == LENT,
    )
    .values(public_ip=None, public_dns_name=None, public_owner=None)
    .returning(_private.c.network_interface_id)
)
_FACES = (
    select(
        _interfaces.c.instance_id.label("instance"),
        _interfaces.c.ipv6_address.label("ipv6"),
        _private.c.public_ip.label("ip"),
        _private.c.public_dns_name.label("name"),
    )
    .outerjoin(_private, (_private.c.network_interface_id == _interfaces.c.id) & _private.c.is_primary)
    .where(_OF_INSTANCES, _IS_PRIMARY)
)
_FOLLOW = (
    update(_instances)
    .where(_instances.c.id == bindparam("instance"))
    .values(public_ip=bindparam("ip"), public_dns_name=bindparam("name"), ipv6_address=bindparam("ipv6"))
)
_NAME_PRIVATE = (
    update(_interfaces).where(_interfaces.c.id == bindparam("interface")).values(private_dns_name=bindparam("name"))
)
_NAME_PUBLIC = (
    update(_private)
    .where(_private.c.network_interface_id == bindparam("interface"), _private.c.public_ip == bindparam("ip"))
    .values(public_dns_name=bindparam("name"))
)
_NAME_INSTANCE = (
    update(_instances)
    .where(_instances.c.id == bindparam("instance"), _instances.c.public_ip == bindparam("ip"))
    .values(public_dns_name=bindparam("name"))
)


@dataclass(frozen=True)
class Lent:
    """A public address lent to an interface of an instance; no name where the VPC gives none."""

    network_interface_id: str
    instance_id: str
    device_index: int
    public_ip: str
    public_dns_name: str | None


def lend(uow: UnitOfWork, public_cidr: str, instance_ids: Iterable[str]) -> list[Lent]:
    """Lend public addresses to those interfaces of starting instances that had one from their launch.

    An instance with several interfaces, or with an Elastic IP address, gets none:
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html#concepts-public-addresses
    """
    connection = uow.for_reading()
    found = connection.execute(_WITHOUT_PUBLIC, {"instances": list(instance_ids)}).all()
    if not found:
        return []
    ips = addresses.take_public(uow, public_cidr, [row.id for row in found])
    lent = [
        Lent(
            row.id,
            row.instance_id,
            row.device_index,
            ip,
            public_name(uow, row, ip),
        )
        for row, ip in zip(found, ips, strict=True)
    ]
    given = [{"interface": e.network_interface_id, "ip": e.public_ip, "name": e.public_dns_name} for e in lent]
    connection.execute(_LEND, given)
    return lent


def reclaim(uow: UnitOfWork, instance_ids: Iterable[str]) -> set[str]:
    """Take back the public addresses that were lent to these instances, which stop: to which there were some.

    Elastic ones stay.
    """
    connection = uow.for_reading()
    found = connection.execute(_ON_THEM, {"instances": list(instance_ids)}).all()
    without = reclaim_from(uow, [row.id for row in found])
    return {row.instance_id for row in found if row.id in without}


def reclaim_from(uow: UnitOfWork, interface_ids: Sequence[str]) -> set[str]:
    """Take back what was lent to these interfaces: to which there was something."""
    if not interface_ids:
        return set()
    without = set(uow.for_reading().execute(_RECLAIM, {"interfaces": interface_ids}).scalars())
    if without:
        addresses.give_back_public(uow, without)
    return without


def follow(uow: UnitOfWork, instance_ids: Iterable[str]) -> None:
    """Write down with instances what the addresses of their primary interfaces are now."""
    connection = uow.for_reading()
    faces = connection.execute(_FACES, {"instances": list(instance_ids)}).all()
    if faces:
        connection.execute(_FOLLOW, [{**face._mapping, "name": face.name or ""} for face in faces])


def rename(uow: UnitOfWork, vpc: Any) -> None:
    """Name the interfaces and instances of a VPC, or not, as its EnableDnsHostnames says now."""
    found = reading.by(uow, NetworkInterface.vpc_id, [vpc.id], load=(NetworkInterface.addresses,))
    if not found:
        return
    connection = uow.for_reading()
    private = [{"interface": i.id, "name": private_name(uow, vpc, i.private_ip)} for i in found]
    connection.execute(_NAME_PRIVATE, private)
    public = [
        {
            "interface": interface.id,
            "ip": address.public_ip,
            "name": public_name(uow, vpc, address.public_ip),
            "instance": interface.instance_id if interface.device_index == 0 else None,
        }
        for interface in found
        for address in interface.addresses
        if address.public_ip
    ]
    if public:
        connection.execute(_NAME_PUBLIC, public)
        connection.execute(_NAME_INSTANCE, [{**row, "name": row["name"] or ""} for row in public])


def private_name(uow: UnitOfWork, vpc: Any, ip: str | None) -> str | None:
    return addresses.private_dns_name(uow.region, ip) if ip and vpc.enable_dns_hostnames else None


def public_name(uow: UnitOfWork, vpc: Any, ip: str | None) -> str | None:
    return addresses.public_dns_name(uow.region, ip) if ip and vpc.enable_dns_hostnames else None
