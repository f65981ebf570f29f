"""The network interfaces of a launch: which subnet, groups and addresses each instance gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import bindparam

from backend import (
    clock,
    errors,
    ids,
    interface_options,
    network_interfaces,
    quotas,
    route_tables,
    security_group_vpcs,
    wanted_addresses,
)
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import NetworkInterface, PrivateAddress, SecurityGroup, Subnet, Vpc
from backend.db.reading import Prepared
from backend.db.unit_of_work import UnitOfWork
from backend.instances.request import LaunchRequest
from backend.wanted_addresses import Taken, WantedAddresses


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
    wanted: WantedAddresses = field(default_factory=WantedAddresses)
    options: Mapping[str, Any] = field(default_factory=dict)
    existing: NetworkInterface | None = None


@dataclass(frozen=True)
class Face:
    """What an instance shows of its primary interface."""

    private_ip: str | None
    public_ip: str | None = None
    public_dns_name: str | None = None
    ipv6_address: str | None = None
    source_dest_check: bool = True


_subnets, _security_groups = reading.table_of(Subnet).c, reading.table_of(SecurityGroup).c
_default_subnets = Prepared(Subnet, _subnets.default_for_az.is_(True), order=[_subnets.available.desc(), _subnets.row])
_default_group = Prepared(
    SecurityGroup, _security_groups.vpc_id == bindparam("vpc_id"), _security_groups.name == "default"
)


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
    found = [subnet for subnet in _default_subnets(uow) if zone in (None, subnet.zone)]
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
        primary = wanted_addresses.read(wanted).primary
    try:
        return primary is None or (not subnet.ipv6_native and IPv4Address(primary) in IPv4Network(subnet.cidr_block))
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
        (request.ipv6_addresses or request.ipv6_address_count is not None, "IPv6 address"),
        (request.enable_primary_ipv6, "primary IPv6 address"),
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
    for member in ("DeviceIndex", "NetworkCardIndex"):
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
        if _interface_type(interface) == "efa-only" and (card, interface["DeviceIndex"]) == (0, 0):
            raise errors.InvalidParameterCombination(reason="The primary interface cannot be of type efa-only.")
        if _interface_type(interface).startswith("efa") and not facts.efa_supported:
            raise errors.InvalidParameterCombination(
                reason=f"{facts.name} instances do not support Elastic Fabric Adapters."
            )


def _check_one(request: LaunchRequest, interface: Mapping[str, Any]) -> None:
    if interface.get("AssociateCarrierIpAddress"):
        raise errors.InvalidParameterCombination(
            reason="A carrier IP address can only be associated in a subnet of a Wavelength Zone."
        )
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
        for member in ("SubnetId", "Groups", "Description", *wanted_addresses.MEMBERS):
            if interface.get(member):
                raise errors.InvalidParameterCombination(
                    reason=f"A network interface may not specify both a network interface ID and {member}"
                )
        if interface.get("DeleteOnTermination"):
            raise errors.InvalidParameterCombination(
                reason="A network interface may not specify a network interface ID and delete on termination as true"
            )
    wanted = wanted_addresses.read(interface, primary_ipv6=interface.get("PrimaryIpv6", False))
    if _interface_type(interface) == "efa-only" and wanted.named_or_counted:
        raise errors.InvalidParameterCombination(reason="An interface of type efa-only has no IP addresses.")
    if request.max_count > 1 and wanted.named:
        raise errors.InvalidParameterCombination(
            reason="A private address may not be specified when launching more than one instance"
        )


def plan(uow: UnitOfWork, request: LaunchRequest, subnet: Subnet, vpc: Vpc, facts: TypeFacts) -> list[PlannedInterface]:
    """Every interface of one instance, the one with device index 0 first. ``vpc``: that of the subnet."""
    if not request.network_interfaces:
        groups = security_groups(uow, vpc, request.security_group_ids, request.security_groups)
        wanted = _instance_level(request)
        if wanted.named and request.max_count > 1:
            raise errors.InvalidParameterCombination(
                reason="A private address may not be specified when launching more than one instance"
            )
        wanted.check_limits(subnet, facts)
        return [PlannedInterface(subnet, vpc, groups, public=subnet.map_public_ip_on_launch, wanted=wanted)]
    alone = len(request.network_interfaces) == 1  # AWS gives an instance with several no public address by itself
    planned = [_planned(uow, wanted, subnet, vpc, alone=alone) for wanted in request.network_interfaces]
    for interface in planned:
        if not interface.existing:
            interface.wanted.check_limits(interface.subnet, facts)
    return sorted(planned, key=lambda i: (i.network_card_index, i.device_index))


def _instance_level(request: LaunchRequest) -> WantedAddresses:
    """The addresses that are asked for outside of NetworkInterfaces."""
    given: dict[str, Any] = {"PrivateIpAddress": request.private_ip_address, "Ipv6Addresses": request.ipv6_addresses}
    if request.ipv6_address_count is not None:
        given["Ipv6AddressCount"] = request.ipv6_address_count
    return wanted_addresses.read(given, primary_ipv6=request.enable_primary_ipv6)


def _planned(uow: UnitOfWork, wanted: Mapping[str, Any], subnet: Subnet, vpc: Vpc, *, alone: bool) -> PlannedInterface:
    index, card = wanted["DeviceIndex"], wanted.get("NetworkCardIndex", 0)
    if id := wanted.get("NetworkInterfaceId"):
        existing = uow.require(NetworkInterface, id, for_update=True)
        if existing.attachment_id:
            raise errors.InvalidNetworkInterfaceInUse(reason=f"Interface: [{id}] in use.")
        if existing.zone != subnet.zone:
            raise errors.InvalidParameterCombination(reason="All interfaces must be in one availability zone.")
        attachment = interface_options.of_attachment(wanted)
        options = {interface_options.ATTACHMENT: attachment}
        return PlannedInterface(
            subnet, vpc, (), index, card, delete_on_termination=False, options=options, existing=existing
        )
    if wanted.get("SubnetId") and wanted["SubnetId"] != subnet.id:
        other = uow.look_up(Subnet, wanted["SubnetId"])
        if other.zone != subnet.zone:
            raise errors.InvalidParameterCombination(reason="All interfaces must be in one availability zone.")
        if other.vpc_id != vpc.id:
            raise errors.InvalidParameterCombination(reason="All interfaces must be in one VPC.")
        subnet = other
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
        wanted_addresses.read(wanted, primary_ipv6=wanted.get("PrimaryIpv6", False)),
        interface_options.of(wanted),
    )


def _interface_type(wanted: Mapping[str, Any]) -> str:
    kind = wanted.get("InterfaceType", "interface")
    if kind not in ("interface", "efa", "efa-only"):
        raise errors.InvalidParameterValue(value=kind, name="InterfaceType", reason="Use interface, efa or efa-only.")
    return str(kind)


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
        if strangers := security_group_vpcs.strangers(uow, found, vpc.id):
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
        found = _default_group(uow, vpc_id=vpc.id)
    quotas.check_each(uow, quotas.GROUPS_PER_INTERFACE, len(found))
    return found


def create(
    uow: UnitOfWork,
    settings: Settings,
    planned: Sequence[PlannedInterface],
    instance_ids: Sequence[str],
    tags: Mapping[str, str],
) -> list[Face]:
    """Make the interfaces of all instances; what each instance shows of the one with device index 0."""
    faces: list[Face] = []
    for interface in planned:
        if interface.existing:
            found = [_attach(uow, interface, instance_ids[0])]
        else:
            found = _faces(_create(uow, settings, interface, instance_ids, tags))
        if interface.device_index == 0 and interface.network_card_index == 0:
            faces = found
    return faces


def _create(
    uow: UnitOfWork,
    settings: Settings,
    interface: PlannedInterface,
    instance_ids: Sequence[str],
    tags: Mapping[str, str],
) -> network_interfaces.InterfaceRows:
    """One new interface for each instance."""
    quotas.check(uow, quotas.NETWORK_INTERFACES, adding=len(instance_ids))
    if interface.interface_type == "efa-only":
        taken = [Taken()] * len(instance_ids)
    else:
        taken = wanted_addresses.take(uow, interface.subnet, interface.wanted, len(instance_ids))
    rows = network_interfaces.rows(
        uow,
        vpc=interface.vpc,
        subnet=interface.subnet,
        groups=interface.groups,
        private_ips=[found.primary for found in taken],
        secondary_ips=[found.secondary for found in taken] if interface.wanted.ipv4 > 1 else (),
        ranges=[found.ranges for found in taken] if any(found.ranges for found in taken) else (),
        instance_ids=instance_ids,
        device_index=interface.device_index,
        network_card_index=interface.network_card_index,
        delete_on_termination=interface.delete_on_termination,
        description=interface.description,
        interface_type=interface.interface_type,
        public_cidr=settings.public_cidr if interface.public else None,
        options=interface.options,
        tags=tags,
    )
    network_interfaces.insert_rows(uow, rows)
    return rows


def _faces(rows: network_interfaces.InterfaceRows) -> list[Face]:
    """The primary addresses come first among the rows of addresses; an interface for IPv6 only has none."""
    public = {row["network_interface_id"]: row for row in rows.addresses if row["is_primary"]}
    return [
        Face(
            row["private_ip"],
            public[row["id"]]["public_ip"] if row["private_ip"] else None,
            public[row["id"]]["public_dns_name"] if row["private_ip"] else None,
            row["ipv6_address"],
        )
        for row in rows.interfaces
    ]


def _attach(uow: UnitOfWork, interface: PlannedInterface, instance_id: str) -> Face:
    existing = interface.existing
    assert existing is not None
    existing.instance_id, existing.instance_owner_id = instance_id, uow.account
    existing.attachment_id, existing.attachment_status = ids.new("eni-attach"), "attached"
    existing.attach_time = clock.this_second()
    existing.device_index, existing.network_card_index = interface.device_index, interface.network_card_index
    existing.status, existing.delete_on_termination = "in-use", False
    existing.options = {**existing.options, **interface.options}
    uow.flush()
    route_tables.revive(uow, existing.id)
    found = reading.by(uow, PrivateAddress.network_interface_id, [existing.id])
    primary = next((address for address in found if address.primary), None)
    return Face(
        existing.private_ip,
        primary.public_ip if primary else None,
        primary.public_dns_name if primary else None,
        existing.ipv6_address,
        existing.source_dest_check,
    )
