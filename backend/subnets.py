"""Subnets: one range of a VPC's addresses in one zone.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
"""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from sqlalchemy import delete

from backend import addresses, block_public_access, cidr_blocks, dependencies, errors, ids, quotas, tags, zones
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    NetworkAcl,
    NetworkAclAssociation,
    NetworkInterface,
    PublicAccessExclusion,
    RouteTableAssociation,
    Subnet,
    SubnetCidrBlock,
    SubnetCidrReservation,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork

DEFAULT_PREFIX, DEFAULT_IPV6_PREFIX = 20, 64
"""Lengths of the netmask of default subnets."""


dependencies.keeps(Subnet, NetworkInterface.subnet_id)


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    vpc_id: str,
    cidr_block: str | None = None,
    ipv6_cidr_block: str | None = None,
    ipv6_native: bool = False,
    zone: str | None = None,
    zone_id: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
    **more: Any,
) -> Subnet:
    """A new subnet, in the zone of this name or id, else in the first. ``ipv6_native``: for IPv6 only.

    Errors: MissingParameter, InvalidParameterValue, InvalidParameterCombination, InvalidSubnet.Range and .Conflict,
    SubnetLimitExceeded.
    """
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    chosen, its_id = _zone(uow, settings, zone, zone_id)
    _check_families(cidr_block, ipv6_cidr_block, ipv6_native=ipv6_native)
    quotas.check(uow, quotas.SUBNETS, reading.table_of(Subnet).c.vpc_id == vpc.id)
    record = uow.look_up(Vpc, vpc.id, load=(Vpc.cidr_blocks,))
    network = cidr_blocks.parse_ipv4(cidr_block) if cidr_block is not None else None
    ipv6_network = cidr_blocks.parse_ipv6(ipv6_cidr_block) if ipv6_cidr_block is not None else None
    for given, parsed in ((cidr_block, network), (ipv6_cidr_block, ipv6_network)):
        if parsed is not None:
            cidr_blocks.check_of_subnet(uow, record, parsed, given or "")
    acl = reading.table_of(NetworkAcl).c
    (default_acl,) = uow.records(NetworkAcl, acl.vpc_id == vpc.id, acl.is_default.is_(True))
    if ipv6_native:
        more |= {"ipv6_native": True, "assign_ipv6_address_on_creation": True, "hostname_type": "resource-name"}
    subnet = build(
        uow,
        vpc_id=vpc.id,
        network_acl_id=default_acl.id,
        zone=chosen,
        zone_id=its_id,
        cidr_block="" if network is None else str(network),
        internet_gateway_block_mode=vpc.internet_gateway_block_mode,
        **more,
    )
    uow.flush()
    if ipv6_network is not None:
        cidr_blocks.add_to_subnet(uow, settings, subnet, ipv6_network)
    tags.attach(uow, subnet, wanted_tags or {})
    return subnet


def _check_families(cidr_block: str | None, ipv6_cidr_block: str | None, *, ipv6_native: bool) -> None:
    if ipv6_native and cidr_block is not None:
        raise errors.InvalidParameterCombination(reason="An IPv6 only subnet has no IPv4 CIDR block.")
    if ipv6_native and ipv6_cidr_block is None:
        raise errors.MissingParameter(name="ipv6CidrBlock")
    if not ipv6_native and cidr_block is None:
        raise errors.MissingParameter(name="cidrBlock")


def create_default(
    uow: UnitOfWork, settings: Settings, zone: str | None, zone_id: str | None, *, ipv6_native: bool = False
) -> Subnet:
    """A default subnet of the default VPC, in a zone that has none: the first free /20, or /64 for IPv6 only.

    Errors: MissingParameter, DefaultVpcDoesNotExist, DefaultSubnetAlreadyExistsInAvailabilityZone,
    InsufficientCidrBlocks, InvalidParameterValue.
    """
    if zone is None and zone_id is None:
        raise errors.MissingParameter(name="availabilityZone")
    chosen, _ = _zone(uow, settings, zone, zone_id)
    vpc = next(iter(uow.records(Vpc, reading.table_of(Vpc).c.is_default.is_(True), load=(Vpc.cidr_blocks,))), None)
    if vpc is None:
        raise errors.DefaultVpcDoesNotExist()
    uow.require(Vpc, vpc.id, for_update=True)
    for other in reading.by(uow, Subnet.vpc_id, [vpc.id]):
        if other.default_for_az and other.zone == chosen:
            raise errors.DefaultSubnetAlreadyExistsInAvailabilityZone(id=other.id, zone=chosen)
    if ipv6_native and not any(block.family == 6 for block in vpc.cidr_blocks):
        raise errors.InvalidValue(reason=f"The default VPC {vpc.id} has no IPv6 CIDR block.")
    block = _free_block(uow, vpc, 6 if ipv6_native else 4)
    return create(
        uow,
        settings,
        vpc_id=vpc.id,
        zone=chosen,
        ipv6_native=ipv6_native,
        default_for_az=True,
        map_public_ip_on_launch=not ipv6_native,
        cidr_block=None if ipv6_native else block,
        ipv6_cidr_block=block if ipv6_native else None,
    )


def _free_block(uow: UnitOfWork, vpc: Any, family: int) -> str:
    """The first stretch of a VPC's blocks of this family that is free and as large as default subnets are."""
    taken = [ip_network(block) for block in cidr_blocks.subnet_blocks(uow, vpc.id)]
    length = DEFAULT_IPV6_PREFIX if family == 6 else DEFAULT_PREFIX
    for block in vpc.cidr_blocks:
        if block.family == family and block.state in cidr_blocks.IN_USE:
            for network in ip_network(block.cidr_block).subnets(new_prefix=length):
                if not any(other.version == family and network.overlaps(other) for other in taken):
                    return str(network)
    raise errors.InsufficientCidrBlocks(vpc_id=vpc.id)


def _zone(uow: UnitOfWork, settings: Settings, name: str | None, zone_id: str | None) -> tuple[str, str]:
    """The zone that a caller means, by name and id; the first where none is named."""
    known = zones.ids(settings, uow.account, uow.region)
    try:
        found = zones.find(settings, uow.account, uow.region, name, zone_id) or next(iter(known))
    except errors.InvalidZone as fault:
        raise errors.InvalidParameterValue(
            value=name or zone_id,
            name="availabilityZone" if name else "availabilityZoneId",
            reason="Subnets can currently only be created in the following availability zones: "
            f"{', '.join(known if name else known.values())}.",
        ) from fault
    return found, known[found]


def set_attribute(uow: UnitOfWork, subnet_id: str, **attributes: bool | int | str | None) -> None:
    """Change one attribute, named as its column."""
    given = {name: value for name, value in attributes.items() if value is not None}
    if not given:
        raise errors.InvalidParameterCombination(reason="No attributes specified.")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(reason="Only one attribute of a subnet can be changed at a time.")
    subnet = uow.require(Subnet, subnet_id, for_update=True)
    ((name, value),) = given.items()
    _check_attribute(uow, subnet, name, value)
    if name != "disable_lni_at_device_index":
        setattr(subnet, name, value)
    elif value:
        subnet.enable_lni_at_device_index = None


def _check_attribute(uow: UnitOfWork, subnet: Subnet, name: str, value: bool | int | str | None) -> None:
    if name == "assign_ipv6_address_on_creation":
        if value and not any(b.state in cidr_blocks.IN_USE for b in _ipv6_blocks(uow, subnet.id)):
            reason = f"The subnet '{subnet.id}' has no IPv6 CIDR block."
            raise errors.InvalidParameterValue(value="true", name="assignIpv6AddressOnCreation", reason=reason)
        if not value and subnet.ipv6_native:
            reason = f"The subnet '{subnet.id}' is for IPv6 only."
            raise errors.InvalidParameterValue(value="false", name="assignIpv6AddressOnCreation", reason=reason)
    if name == "map_public_ip_on_launch" and value and subnet.ipv6_native:
        reason = f"The subnet '{subnet.id}' is for IPv6 only."
        raise errors.InvalidParameterValue(value="true", name="mapPublicIpOnLaunch", reason=reason)
    if name == "hostname_type" and value == "ip-name" and subnet.ipv6_native:
        reason = f"Names in the IPv6 only subnet '{subnet.id}' are resource names."
        raise errors.InvalidParameterValue(value=value, name="privateDnsHostnameTypeOnLaunch", reason=reason)
    if name == "enable_resource_name_dns_a_record" and value and subnet.ipv6_native:
        reason = f"The subnet '{subnet.id}' is for IPv6 only."
        raise errors.InvalidParameterValue(value="true", name="enableResourceNameDnsARecordOnLaunch", reason=reason)
    if name == "enable_lni_at_device_index" and isinstance(value, int) and not 1 <= value <= 15:
        reason = "A local network interface cannot be the primary one."
        raise errors.InvalidParameterValue(value=value, name="enableLniAtDeviceIndex", reason=reason)


def _ipv6_blocks(uow: UnitOfWork, subnet_id: str) -> Any:
    return reading.by(uow, SubnetCidrBlock.subnet_id, [subnet_id])


def delete_subnet(uow: UnitOfWork, subnet_id: str) -> None:
    """Delete a subnet; DependencyViolation while a network interface is in it."""
    subnet = uow.require(Subnet, subnet_id, for_update=True)
    dependencies.check(uow, subnet)
    reservations = [r.id for r in reading.by(uow, SubnetCidrReservation.subnet_id, [subnet.id])]
    block_public_access.forget(uow, PublicAccessExclusion.subnet_id, subnet.id)
    for statement in (
        delete(NetworkAclAssociation).where(NetworkAclAssociation.subnet_id == subnet.id),
        delete(RouteTableAssociation).where(RouteTableAssociation.subnet_id == subnet.id),
        delete(SubnetCidrReservation).where(SubnetCidrReservation.subnet_id == subnet.id),
        delete(SubnetCidrBlock).where(SubnetCidrBlock.subnet_id == subnet.id),
        delete(Subnet).where(Subnet.id == subnet.id),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, [subnet.id, *reservations])


def build(
    uow: UnitOfWork,
    *,
    vpc_id: str,
    network_acl_id: str,
    zone: str,
    zone_id: str,
    cidr_block: str,
    **more: Any,
) -> Subnet:
    """A subnet under its VPC's default network ACL. No ``cidr_block``: it is for IPv6 only."""
    block = addresses.range_of(cidr_block) if cidr_block else addresses.Range(0, 0)
    subnet = Subnet(
        account=uow.account,
        region=uow.region,
        vpc_id=vpc_id,
        zone=zone,
        zone_id=zone_id,
        cidr_block=cidr_block,
        available=block.size,
        next_number=block.first,
        **more,
    )
    association = NetworkAclAssociation(
        account=uow.account,
        region=uow.region,
        association_id=ids.new("aclassoc"),
        network_acl_id=network_acl_id,
        subnet_id=subnet.id,
    )
    uow.add_all([subnet, association])
    return subnet
