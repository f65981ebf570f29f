"""Network interfaces: the rows of new ones in bulk, their detachment, and their end.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from backend import addresses, clock, ids, lent_addresses, route_tables
from backend.db import reading
from backend.db.models import (
    InterfaceGroup,
    InterfaceRange,
    NetworkInterface,
    NetworkInterfacePermission,
    PrivateAddress,
    SecurityGroup,
    Tag,
)
from backend.db.statements import Insert
from backend.db.unit_of_work import UnitOfWork, require_found
from backend.interface_ranges import ADDRESS, Range, unmark_primary
from backend.tags import forget as forget_tags
from backend.tags import rows as tag_rows

SERVICE = "amazon-aws"
"""Who has what services of the cloud made."""

_interfaces, _private = reading.table_of(NetworkInterface), reading.table_of(PrivateAddress)
_security_groups = reading.table_of(SecurityGroup)
_INSERT_INTERFACES, _INSERT_ADDRESSES = Insert(_interfaces), Insert(_private)
_INSERT_RANGES = Insert(reading.table_of(InterfaceRange))
_INSERT_GROUPS, _INSERT_TAGS = Insert(reading.table_of(InterfaceGroup)), Insert(reading.table_of(Tag))
_KEEP_GROUPS = (
    select(_security_groups.c.id)
    .where(_security_groups.c.id.in_(bindparam("groups", expanding=True)))
    .order_by(_security_groups.c.id)
    .with_for_update(read=True, key_share=True)
)
_OF_INSTANCES = _interfaces.c.instance_id.in_(bindparam("instances", expanding=True))
_ON_THEM = select(_interfaces.c.id, _interfaces.c.delete_on_termination).where(_OF_INSTANCES)
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
_permissions = reading.table_of(NetworkInterfacePermission)
_DELETE_PERMISSIONS = delete(_permissions).where(
    _permissions.c.network_interface_id.in_(bindparam("interfaces", expanding=True))
)


@dataclass
class InterfaceRows:
    """Rows of new interfaces, in the order of their instances, ready for ``insert_rows``."""

    interfaces: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    """The primary addresses in the order of the interfaces, then the secondary ones."""
    ranges: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)


def rows(
    uow: UnitOfWork,
    *,
    vpc: Any,
    subnet: Any,
    groups: Sequence[Any],
    private_ips: Sequence[str | None],
    secondary_ips: Sequence[Sequence[str]] = (),
    ranges: Sequence[Sequence[Range]] = (),
    instance_ids: Sequence[str] = (),
    device_index: int = 0,
    network_card_index: int = 0,
    attach_time: datetime | None = None,
    delete_on_termination: bool = True,
    description: str = "",
    interface_type: str = "interface",
    source_dest_check: bool = True,
    public_cidr: str | None = None,
    options: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> InterfaceRows:
    """New interfaces in one subnet: one for each of ``private_ips``, which ``addresses.take`` gave; None: without.

    vpc, subnet, groups: records or entities. instance_ids: what they are attached to, one for each; empty:
    nothing. secondary_ips, ranges: further addresses of each. options: as ``NetworkInterface`` keeps them.
    public_cidr: lend each a public address from there, now
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
        "options": dict(options or {}),
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
        row["private_dns_name"] = lent_addresses.private_name(uow, vpc, ip)
        row["ipv6_address"] = next((r.text for r in ranges[number] if r.kind == ADDRESS), None) if ranges else None
        if instance_ids:
            row |= {"instance_id": instance_ids[number], "attachment_id": ids.new("eni-attach")}
        new.interfaces.append(row)
    own = [row["id"] for row in new.interfaces]
    public_ips: Sequence[str | None] = [None] * len(own)
    if public_cidr and private_ips[0]:
        public_ips = addresses.take_public(uow, public_cidr, own)
    new.addresses = [
        _address_row(subnet, id, ip, public_ip, lent_addresses.public_name(uow, vpc, public_ip))
        for id, ip, public_ip in zip(own, private_ips, public_ips, strict=True)
        if ip
    ]
    new.addresses += [
        _address_row(subnet, id, ip, primary=False)
        for id, further in zip(own, secondary_ips, strict=False)
        for ip in further
    ]
    new.ranges = [found.row(subnet.id, id) for id, further in zip(own, ranges, strict=False) for found in further]
    new.groups = [
        {"network_interface_id": id, "position": position, "group_id": group.id, "group_name": group.name}
        for id in own
        for position, group in enumerate(groups)
    ]
    if tags:
        new.tags = [tag for id in own for tag in tag_rows(uow, NetworkInterface.KIND, id, tags)]
    return new


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
        "public_owner": lent_addresses.LENT if public_ip else None,
    }


def attach_to_service(new: InterfaceRows) -> None:
    """Make new interfaces those of a service of the cloud: no caller may change, detach or delete them."""
    for row in new.interfaces:
        row |= {
            "status": "in-use",
            "requester_id": SERVICE,
            "requester_managed": True,
            "attachment_id": ids.new("ela-attach"),
            "attachment_status": "attached",
            "attach_time": row["created"],
            "instance_owner_id": SERVICE,
            "device_index": 1,
            "network_card_index": 0,
        }


def insert_rows(uow: UnitOfWork, new: InterfaceRows) -> None:
    """Insert new interfaces, in one statement for each table.

    Their groups are locked against deletion first; InvalidGroup.NotFound where one is gone already.
    """
    connection = uow.for_reading()
    if new.groups and not uow.database.is_sqlite:  # SQLite has one writer at a time anyway
        wanted = {row["group_id"] for row in new.groups}
        require_found(SecurityGroup, wanted, connection.execute(_KEEP_GROUPS, {"groups": list(wanted)}).scalars())
    for insert, rows in (
        (_INSERT_INTERFACES, new.interfaces),
        (_INSERT_ADDRESSES, new.addresses),
        (_INSERT_RANGES, new.ranges),
        (_INSERT_GROUPS, new.groups),
        (_INSERT_TAGS, new.tags),
    ):
        if rows:
            insert(connection, rows)


def release(uow: UnitOfWork, instance_ids: Iterable[str]) -> None:
    """Part ending instances from their interfaces: those with DeleteOnTermination go, others are free.

    The caller vouches for the instances, so the conductor may call this for any account.
    """
    found = uow.for_reading().execute(_ON_THEM, {"instances": list(instance_ids)}).all()
    delete_all(uow, [row.id for row in found if row.delete_on_termination])
    staying = [row.id for row in found if not row.delete_on_termination]
    lent_addresses.reclaim_from(uow, staying)
    detach_all(uow, staying)


def delete_all(uow: UnitOfWork, network_interface_ids: Sequence[str]) -> None:
    """Delete interfaces with all that they have; routes to them are black holes."""
    if not network_interface_ids:
        return
    addresses.give_back(uow, network_interface_ids)
    interfaces = {"interfaces": list(network_interface_ids)}
    for statement in (_DELETE, _DELETE_PERMISSIONS):
        uow.connection().execute(statement, interfaces)
    route_tables.blackhole(uow, *network_interface_ids)
    forget_tags(uow, network_interface_ids)


def detach_all(uow: UnitOfWork, network_interface_ids: Sequence[str]) -> None:
    """Free interfaces from what they are attached to; routes to them are black holes."""
    if not network_interface_ids:
        return
    uow.for_reading().execute(_DETACH, {"interfaces": list(network_interface_ids)})
    unmark_primary(uow, network_interface_ids)
    route_tables.blackhole(uow, *network_interface_ids)
