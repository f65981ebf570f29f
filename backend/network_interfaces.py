"""Network interfaces: the rows of new ones in bulk, their public addresses, and their instances' end.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select, update

from backend import addresses, clock, ids
from backend.db import reading
from backend.db.models import Instance, InterfaceGroup, NetworkInterface, PrivateAddress, SecurityGroup, Tag, Vpc
from backend.db.unit_of_work import UnitOfWork, require_found
from backend.tags import forget as forget_tags
from backend.tags import rows as tag_rows

LENT = "amazon"
"""The owner of a public address that was lent at launch or start, as against an Elastic IP address."""

_interfaces, _private = reading.table_of(NetworkInterface), reading.table_of(PrivateAddress)
_security_groups = reading.table_of(SecurityGroup)
_vpcs, _instances = reading.table_of(Vpc), reading.table_of(Instance)
_INSERT_INTERFACES, _INSERT_ADDRESSES = insert(_interfaces), insert(_private)
_INSERT_GROUPS, _INSERT_TAGS = insert(reading.table_of(InterfaceGroup)), insert(reading.table_of(Tag))
_KEEP_GROUPS = (
    select(_security_groups.c.id)
    .where(_security_groups.c.id.in_(bindparam("groups", expanding=True)))
    .order_by(_security_groups.c.id)
    .with_for_update(read=True, key_share=True)
)
_OF_INSTANCES = _interfaces.c.instance_id.in_(bindparam("instances", expanding=True))
_ON_THEM = select(_interfaces.c.id, _interfaces.c.instance_id, _interfaces.c.delete_on_termination).where(_OF_INSTANCES)
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
_DETACH = (
    update(_interfaces)
    .where(_interfaces.c.id.in_(bindparam("interfaces", expanding=True)))
    .values(
        status="available",
        instance_id=None,
        instance_owner_id=None,
        attachment_id=None,
        attachment_status=None,
        attach_time=None,
        device_index=None,
        network_card_index=None,
        delete_on_termination=False,
    )
)
_DELETE = delete(_interfaces).where(_interfaces.c.id.in_(bindparam("interfaces", expanding=True)))


@dataclass
class InterfaceRows:
    """Rows of new interfaces, in the order of their instances, ready for ``insert_rows``."""

    interfaces: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    """The primary addresses in the order of the interfaces, then the secondary ones."""
    groups: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Lent:
    """A public address lent to an interface of an instance; no name where the VPC gives none."""

    network_interface_id: str
    instance_id: str
    device_index: int
    public_ip: str
    public_dns_name: str | None


def rows(
    uow: UnitOfWork,
    *,
    vpc: Any,
    subnet: Any,
    groups: Sequence[Any],
    private_ips: Sequence[str],
    secondary_ips: Sequence[Sequence[str]] = (),
    instance_ids: Sequence[str] = (),
    device_index: int = 0,
    network_card_index: int = 0,
    attach_time: datetime | None = None,
    delete_on_termination: bool = True,
    description: str = "",
    interface_type: str = "interface",
    source_dest_check: bool = True,
    public_cidr: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> InterfaceRows:
    """New interfaces in one subnet: one for each of ``private_ips``, which ``addresses.take`` gave.

    vpc, subnet, groups: records or entities. instance_ids: what they are attached to, one for each; empty:
    nothing. secondary_ips: further addresses of each. public_cidr: lend each a public address from there, now
    and at every later start of its instance. Error: InsufficientAddressCapacity.
    """
    now = clock.this_second()
    common: dict[str, Any] = {
        "account": uow.account,
        "region": uow.region,
        "created": now,
        "vpc_id": vpc.id,
        "subnet_id": subnet.id,
        "zone": subnet.zone,
        "description": description,
        "interface_type": interface_type,
        "status": "in-use" if instance_ids else "available",
        "source_dest_check": source_dest_check,
        "requester_managed": False,
        "delete_on_termination": delete_on_termination and bool(instance_ids),
        "public_on_start": public_cidr is not None,
    }
    if instance_ids:
        common |= {
            "instance_owner_id": uow.account,
            "attachment_status": "attached",
            "attach_time": attach_time or now,
            "device_index": device_index,
            "network_card_index": network_card_index,
        }
    new = InterfaceRows()
    for number, ip in enumerate(private_ips):
        row = {**common, "id": ids.new("eni"), "mac_address": addresses.mac_address(), "private_ip": ip}
        row["private_dns_name"] = _private_name(uow, vpc, ip)
        if instance_ids:
            row |= {"instance_id": instance_ids[number], "attachment_id": ids.new("eni-attach")}
        new.interfaces.append(row)
    own = [row["id"] for row in new.interfaces]
    public_ips: Sequence[str | None] = [None] * len(own)
    if public_cidr:
        public_ips = addresses.take_public(uow, public_cidr, own)
    new.addresses = [
        _address_row(subnet, id, ip, public_ip, _public_name(uow, vpc, public_ip))
        for id, ip, public_ip in zip(own, private_ips, public_ips, strict=True)
    ]
    new.addresses += [
        _address_row(subnet, id, ip, primary=False)
        for id, further in zip(own, secondary_ips, strict=False)
        for ip in further
    ]
    new.groups = [
        {"network_interface_id": id, "position": position, "group_id": group.id, "group_name": group.name}
        for id in own
        for position, group in enumerate(groups)
    ]
    if tags:
        new.tags = [tag for id in own for tag in tag_rows(uow, NetworkInterface.KIND, id, tags)]
    return new


def _private_name(uow: UnitOfWork, vpc: Any, ip: str) -> str | None:
    return addresses.private_dns_name(uow.region, ip) if vpc.enable_dns_hostnames else None


def _public_name(uow: UnitOfWork, vpc: Any, ip: str | None) -> str | None:
    return addresses.public_dns_name(uow.region, ip) if ip and vpc.enable_dns_hostnames else None


def _address_row(
    subnet: Any,
    interface_id: str,
    ip: str,
    public_ip: str | None = None,
    public_dns_name: str | None = None,
    *,
    primary: bool = True,
) -> dict[str, Any]:
    return {
        "subnet_id": subnet.id,
        "number": addresses.to_number(ip),
        "address": ip,
        "network_interface_id": interface_id,
        "is_primary": primary,
        "public_ip": public_ip,
        "public_dns_name": public_dns_name,
        "public_owner": LENT if public_ip else None,
    }


def insert_rows(uow: UnitOfWork, new: InterfaceRows) -> None:
    """Insert new interfaces, in one statement for each table.

    Their groups are locked against deletion first; InvalidGroup.NotFound where one is gone already.
    """
    connection = uow.for_reading()
    if new.groups and not uow.database.is_sqlite:  # SQLite has one writer at a time anyway
        wanted = {row["group_id"] for row in new.groups}
        require_found(SecurityGroup, wanted, connection.execute(_KEEP_GROUPS, {"groups": list(wanted)}).scalars())
    for statement, values in (
        (_INSERT_INTERFACES, new.interfaces),
        (_INSERT_ADDRESSES, new.addresses),
        (_INSERT_GROUPS, new.groups),
        (_INSERT_TAGS, new.tags),
    ):
        if values:
            connection.execute(statement, values)


def lend_public(uow: UnitOfWork, public_cidr: str, instance_ids: Iterable[str]) -> list[Lent]:
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
            _public_name(uow, row, ip),
        )
        for row, ip in zip(found, ips, strict=True)
    ]
    given = [{"interface": e.network_interface_id, "ip": e.public_ip, "name": e.public_dns_name} for e in lent]
    connection.execute(_LEND, given)
    return lent


def reclaim_public(uow: UnitOfWork, instance_ids: Iterable[str]) -> set[str]:
    """Take back the public addresses that were lent to these instances, which stop: to which there were some.

    Elastic ones stay.
    """
    connection = uow.for_reading()
    found = connection.execute(_ON_THEM, {"instances": list(instance_ids)}).all()
    without = _reclaim(uow, [row.id for row in found])
    return {row.instance_id for row in found if row.id in without}


def _reclaim(uow: UnitOfWork, interface_ids: Sequence[str]) -> set[str]:
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
    private = [{"interface": i.id, "name": _private_name(uow, vpc, i.private_ip)} for i in found]
    connection.execute(_NAME_PRIVATE, private)
    public = [
        {
            "interface": interface.id,
            "ip": address.public_ip,
            "name": _public_name(uow, vpc, address.public_ip),
            "instance": interface.instance_id if interface.device_index == 0 else None,
        }
        for interface in found
        for address in interface.addresses
        if address.public_ip
    ]
    if public:
        connection.execute(_NAME_PUBLIC, public)
        connection.execute(_NAME_INSTANCE, [{**row, "name": row["name"] or ""} for row in public])


def release(uow: UnitOfWork, instance_ids: Iterable[str]) -> None:
    """Part ending instances from their interfaces: those with DeleteOnTermination go, others are free.

    The caller vouches for the instances, so the conductor may call this for any account.
    """
    connection = uow.for_reading()
    found = connection.execute(_ON_THEM, {"instances": list(instance_ids)}).all()
    ending = [row.id for row in found if row.delete_on_termination]
    staying = [row.id for row in found if not row.delete_on_termination]
    if ending:
        addresses.give_back(uow, ending)
        connection.execute(_DELETE, {"interfaces": ending})
        forget_tags(uow, ending)
    if staying:
        _reclaim(uow, staying)
        connection.execute(_DETACH, {"interfaces": staying})
