"""The network interfaces of a launch: which subnet, groups and addresses each instance gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from backend import addresses, clock, errors, ids, network_interfaces
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import NetworkInterface, SecurityGroup, Subnet, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances.request import LaunchRequest

MEMBERS = (
    "AssociatePublicIpAddress",
    "DeleteOnTermination",
    "Description",
    "DeviceIndex",
    "Groups",
    "NetworkInterfaceId",
    "PrivateIpAddress",
    "PrivateIpAddresses",
    "SecondaryPrivateIpAddressCount",
    "SubnetId",
    "InterfaceType",
    "NetworkCardIndex",
)


@dataclass(frozen=True)
class PlannedInterface:
    """One interface that each instance of the launch gets; ``existing``: one that is there already."""

    subnet: Subnet
    vpc: Vpc
    groups: Sequence[SecurityGroup]
    device_index: int = 0
    network_card_index: int = 0
    description: str = ""
    interface_type: str = "interface"
    delete_on_termination: bool = True
    public: bool = False
    primary_ip: str | None = None
    secondary_ips: Sequence[str] = ()
    secondary_count: int = 0
    existing: NetworkInterface | None = None

    @property
    def addresses_each(self) -> int:
        return 0 if self.existing else 1 + len(self.secondary_ips) + self.secondary_count


def subnets_to_try(uow: UnitOfWork, request: LaunchRequest, zone: str | None) -> list[Subnet]:
    """The subnet that was asked for, or the default subnets of the zone or the region, the emptiest first."""
    asked = _asked_subnet(uow, request)
    if asked:
        subnet = uow.look_up(Subnet, asked)
        if zone and subnet.zone != zone:
            raise errors.InvalidParameterValue(
                value=zone, name="availabilityZone", reason=f"The subnet '{asked}' is in {subnet.zone}."
            )
        return [subnet]
    table = reading.table_of(Subnet)
    conditions = [table.c.default_for_az.is_(True)] + ([table.c.zone == zone] if zone else [])
    found = reading.where(uow, Subnet, *conditions, order=[table.c.available.desc(), table.c.row])
    if not found:
        if _default_vpc(uow) is None:
            raise errors.VPCIdNotSpecified()
        raise errors.MissingInput(
            reason=f"No default subnet for availability zone: '{zone}'."
            if zone
            else "No subnets found for the default VPC."
        )
    return [subnet for subnet in found if _holds(subnet, request)] or found


def _holds(subnet: Subnet, request: LaunchRequest) -> bool:
    """Whether the primary address that a caller asked for, if any, is one of the subnet's."""
    primary = request.private_ip_address
    for wanted in request.network_interfaces[:1]:
        primary, _ = _wanted_addresses(wanted)
    try:
        return primary is None or IPv4Address(primary) in IPv4Network(subnet.cidr_block)
    except ValueError:  # whoever takes the address says so
        return False


def _asked_subnet(uow: UnitOfWork, request: LaunchRequest) -> str | None:
    if request.subnet_id:
        return request.subnet_id
    for wanted in request.network_interfaces:
        if wanted.get("SubnetId"):
            return str(wanted["SubnetId"])
        if wanted.get("NetworkInterfaceId"):
            return uow.look_up(NetworkInterface, wanted["NetworkInterfaceId"]).subnet_id
    return None


def _default_vpc(uow: UnitOfWork) -> Vpc | None:
    found = reading.where(uow, Vpc, reading.table_of(Vpc).c.is_default.is_(True))
    return found[0] if found else None


def check(request: LaunchRequest, facts: TypeFacts) -> None:
    """What can be said of the interfaces without looking anything up."""
    wanted = request.network_interfaces
    if not wanted:
        return
    for given, name in (
        (request.subnet_id, "subnet ID"),
        (request.security_group_ids or request.security_groups, "security groups"),
        (request.private_ip_address, "private address"),
    ):
        if given:
            raise errors.InvalidParameterCombination(
                reason=f"Network interfaces and an instance-level {name} may not be specified on the same request"
            )
    indexes = []
    for number, interface in enumerate(wanted, 1):
        if "DeviceIndex" not in interface:
            raise errors.MissingParameter(name=f"NetworkInterface.{number}.DeviceIndex")
        indexes.append((interface.get("NetworkCardIndex", 0), interface["DeviceIndex"]))
        _check_numbers(interface)
        _check_one(request, interface)
    if len(set(indexes)) < len(indexes):
        raise errors.InvalidParameterValue(
            value=indexes[-1][1],
            name="DeviceIndex",
            reason="Each network interface requires a unique device index.",
        )
    if (0, 0) not in indexes:
        raise errors.InvalidParameterCombination(
            reason="A primary network interface, with device index 0, must be specified."
        )
    _check_type(wanted, facts)


def _check_numbers(interface: Mapping[str, Any]) -> None:
    for member in ("DeviceIndex", "NetworkCardIndex", "SecondaryPrivateIpAddressCount"):
        if interface.get(member, 0) < 0:
            raise errors.InvalidParameterValue(
                value=interface[member], name=member, reason="The value must not be negative."
            )


def _check_type(wanted: Sequence[Mapping[str, Any]], facts: TypeFacts) -> None:
    """What the instance type allows: so many interfaces, network cards, and EFAs at all."""
    if len(wanted) > facts.max_interfaces:
        raise errors.AttachmentLimitExceeded(reason=f"Interface count {len(wanted)} exceeds the limit for {facts.name}")
    for interface in wanted:
        card = interface.get("NetworkCardIndex", 0)
        if card >= facts.max_network_cards:
            raise errors.InvalidParameterValue(
                value=card,
                name="NetworkCardIndex",
                reason=f"The instance type {facts.name} has {facts.max_network_cards} network cards.",
            )
        if _interface_type(interface) == "efa" and not facts.efa_supported:
            raise errors.InvalidParameterCombination(
                reason=f"{facts.name} instances do not support Elastic Fabric Adapters."
            )


def _check_one(request: LaunchRequest, interface: Mapping[str, Any]) -> None:
    if interface.get("AssociatePublicIpAddress"):
        if len(request.network_interfaces) > 1 or interface["DeviceIndex"] != 0:
            raise errors.InvalidParameterCombination(
                reason="The associatePublicIPAddress parameter cannot be specified when launching with multiple "
                "network interfaces."
            )
        if interface.get("NetworkInterfaceId"):
            raise errors.InvalidParameterCombination(
                reason="The associatePublicIPAddress parameter cannot be specified for a network interface with an ID"
            )
    if interface.get("NetworkInterfaceId"):
        if request.max_count > 1:
            raise errors.InvalidParameterCombination(
                reason="A network interface may not be specified when launching more than one instance"
            )
        for member in ("SubnetId", "Groups", "PrivateIpAddress", "PrivateIpAddresses", "Description"):
            if interface.get(member):
                raise errors.InvalidParameterCombination(
                    reason=f"A network interface may not specify both a network interface ID and {member}"
                )
        if interface.get("DeleteOnTermination"):
            raise errors.InvalidParameterCombination(
                reason="A network interface may not specify a network interface ID and delete on termination as true"
            )
    if request.max_count > 1 and (interface.get("PrivateIpAddress") or interface.get("PrivateIpAddresses")):
        raise errors.InvalidParameterCombination(
            reason="A private address may not be specified when launching more than one instance"
        )


def plan(uow: UnitOfWork, request: LaunchRequest, subnet: Subnet, vpc: Vpc, facts: TypeFacts) -> list[PlannedInterface]:
    """Every interface of one instance, the one with device index 0 first. ``vpc``: that of the subnet."""
    if not request.network_interfaces:
        groups = security_groups(uow, vpc, request.security_group_ids, request.security_groups)
        if request.private_ip_address and request.max_count > 1:
            raise errors.InvalidParameterCombination(
                reason="A private address may not be specified when launching more than one instance"
            )
        return [
            PlannedInterface(
                subnet,
                vpc,
                groups,
                public=subnet.map_public_ip_on_launch,
                primary_ip=request.private_ip_address,
            )
        ]
    alone = len(request.network_interfaces) == 1  # AWS gives an instance with several no public address by itself
    planned = [_planned(uow, wanted, subnet, vpc, alone=alone) for wanted in request.network_interfaces]
    for interface in planned:
        if interface.addresses_each > facts.ipv4_per_interface:
            raise errors.PrivateIpAddressLimitExceeded(
                reason=f"The number of private addresses exceeds the limit for {facts.name}: {facts.ipv4_per_interface}"
            )
    return sorted(planned, key=lambda i: (i.network_card_index, i.device_index))


def _planned(uow: UnitOfWork, wanted: Mapping[str, Any], subnet: Subnet, vpc: Vpc, *, alone: bool) -> PlannedInterface:
    index, card = wanted["DeviceIndex"], wanted.get("NetworkCardIndex", 0)
    if id := wanted.get("NetworkInterfaceId"):
        existing = uow.require(NetworkInterface, id, for_update=True)
        if existing.instance_id:
            raise errors.InvalidNetworkInterfaceInUse(reason=f"Interface: [{id}] in use.")
        if existing.zone != subnet.zone:
            raise errors.InvalidParameterCombination(reason="All interfaces must be in one availability zone.")
        return PlannedInterface(subnet, vpc, (), index, card, delete_on_termination=False, existing=existing)
    if wanted.get("SubnetId") and wanted["SubnetId"] != subnet.id:
        other = uow.look_up(Subnet, wanted["SubnetId"])
        if other.zone != subnet.zone:
            raise errors.InvalidParameterCombination(reason="All interfaces must be in one availability zone.")
        if other.vpc_id != vpc.id:
            raise errors.InvalidParameterCombination(reason="All interfaces must be in one VPC.")
        subnet = other
    primary, secondary = _wanted_addresses(wanted)
    if secondary and wanted.get("SecondaryPrivateIpAddressCount"):
        raise errors.InvalidParameterCombination(
            reason="Secondary addresses may be specified by list or by count, not by both"
        )
    return PlannedInterface(
        subnet,
        vpc,
        security_groups(uow, vpc, wanted.get("Groups") or (), ()),
        index,
        card,
        wanted.get("Description", ""),
        _interface_type(wanted),
        wanted.get("DeleteOnTermination", True),
        wanted.get("AssociatePublicIpAddress", alone and subnet.map_public_ip_on_launch),
        primary,
        secondary,
        wanted.get("SecondaryPrivateIpAddressCount", 0),
    )


def _interface_type(wanted: Mapping[str, Any]) -> str:
    kind = wanted.get("InterfaceType", "interface")
    if kind not in ("interface", "efa"):
        raise errors.InvalidParameterValue(value=kind, name="InterfaceType", reason="Use interface or efa.")
    return str(kind)


def _wanted_addresses(wanted: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    listed = wanted.get("PrivateIpAddresses") or []
    primaries = [a["PrivateIpAddress"] for a in listed if a.get("Primary") and a.get("PrivateIpAddress")]
    if len(primaries) > 1 or (primaries and wanted.get("PrivateIpAddress")):
        raise errors.InvalidParameterCombination(reason="Only one primary private IP address may be specified")
    secondary = [a["PrivateIpAddress"] for a in listed if not a.get("Primary") and a.get("PrivateIpAddress")]
    return wanted.get("PrivateIpAddress") or (primaries[0] if primaries else None), secondary


def security_groups(
    uow: UnitOfWork, vpc: Vpc, wanted_ids: Sequence[str], wanted_names: Sequence[str]
) -> list[SecurityGroup]:
    """The groups with these ids or names in this VPC; its default group where none are named."""
    if wanted_ids and wanted_names:
        raise errors.InvalidParameterCombination(
            reason="Groups may be specified by id or by name, not by both on the same request"
        )
    table = reading.table_of(SecurityGroup)
    if wanted_ids:
        found = uow.look_up_all(SecurityGroup, wanted_ids)
        if strangers := [g.id for g in found if g.vpc_id != vpc.id]:
            raise errors.InvalidParameter(
                reason=f"Security group {strangers[0]} and subnet belong to different networks."
            )
    elif wanted_names:
        if not vpc.is_default:
            raise errors.InvalidParameterCombination(
                reason="The parameter groupName cannot be used with the parameter subnet"
            )
        named = {
            g.name: g for g in uow.records(SecurityGroup, table.c.vpc_id == vpc.id, table.c.name.in_(wanted_names))
        }
        for name in wanted_names:
            if name not in named:
                raise errors.InvalidGroupNotFoundInDefaultVpc(name=name, vpc_id=vpc.id)
        found = [named[name] for name in dict.fromkeys(wanted_names)]
    else:
        found = uow.records(SecurityGroup, table.c.vpc_id == vpc.id, table.c.name == "default")
    quotas.check_each(uow, quotas.GROUPS_PER_INTERFACE, len(found))
    return found


def create(
    uow: UnitOfWork,
    settings: Settings,
    planned: Sequence[PlannedInterface],
    instance_ids: Sequence[str],
    tags: Mapping[str, str],
) -> network_interfaces.InterfaceRows:
    """Make the interfaces of all instances; the rows of those with device index 0."""
    primary = network_interfaces.InterfaceRows()
    for interface in planned:
        if interface.existing:
            _attach(uow, interface, instance_ids[0])
            continue
        count, each = len(instance_ids), interface.addresses_each
        fixed = ([interface.primary_ip] if interface.primary_ip else []) + list(interface.secondary_ips)
        taken = addresses.take(uow, interface.subnet.id, count * each, fixed)
        if fixed and not interface.primary_ip:  # the fixed ones come first, and the primary is none of them
            taken = taken[len(fixed) :][:1] + taken[: len(fixed)] + taken[len(fixed) + 1 :]
        rows = network_interfaces.rows(
            uow,
            vpc=interface.vpc,
            subnet=interface.subnet,
            groups=interface.groups,
            private_ips=taken[:count] if each == 1 else taken[::each],
            secondary_ips=[taken[n * each + 1 : (n + 1) * each] for n in range(count)] if each > 1 else (),
            instance_ids=instance_ids,
            device_index=interface.device_index,
            network_card_index=interface.network_card_index,
            delete_on_termination=interface.delete_on_termination,
            description=interface.description,
            interface_type=interface.interface_type,
            public_cidr=settings.public_cidr if interface.public else None,
            tags=tags,
        )
        network_interfaces.insert_rows(uow, rows)
        if interface.device_index == 0 and interface.network_card_index == 0:
            primary = rows
    return primary


def _attach(uow: UnitOfWork, interface: PlannedInterface, instance_id: str) -> None:
    existing = interface.existing
    assert existing is not None
    existing.instance_id, existing.instance_owner_id = instance_id, uow.account
    existing.attachment_id, existing.attachment_status = ids.new("eni-attach"), "attached"
    existing.attach_time = clock.this_second()
    existing.device_index, existing.network_card_index = interface.device_index, interface.network_card_index
    existing.status, existing.delete_on_termination = "in-use", False
