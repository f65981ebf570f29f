"""Subnets: one range of a VPC's addresses in one zone.

https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
"""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import delete

from backend import addresses, errors, ids, tags, vpcs, zones
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    NetworkAcl,
    NetworkAclAssociation,
    NetworkInterface,
    RouteTableAssociation,
    Subnet,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork

LIMIT = 200
"""Subnets of one VPC: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    vpc_id: str,
    cidr_block: str | None,
    zone: str | None = None,
    zone_id: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> Subnet:
    """A new subnet, in the zone of this name or id, else in the first.

    Errors: MissingParameter, InvalidParameterValue, InvalidSubnet.Range and .Conflict, SubnetLimitExceeded.
    """
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    chosen, its_id = _zone(uow, settings, zone, zone_id)
    if cidr_block is None:
        raise errors.MissingParameter(name="cidrBlock")
    network = vpcs.parse_block(cidr_block)
    _check_block(uow, vpc, network, cidr_block)
    acl = reading.table_of(NetworkAcl).c
    (default_acl,) = uow.records(NetworkAcl, acl.vpc_id == vpc.id, acl.is_default.is_(True))
    subnet = build(
        uow,
        vpc_id=vpc.id,
        network_acl_id=default_acl.id,
        zone=chosen,
        zone_id=its_id,
        cidr_block=str(network),
    )
    uow.flush()
    tags.attach(uow, subnet, wanted_tags or {})
    return subnet


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


def _check_block(uow: UnitOfWork, vpc: Vpc, network: IPv4Network, given: str) -> None:
    """A subnet's block lies within one of its VPC's and apart from the other subnets'."""
    blocks = uow.look_up(Vpc, vpc.id, load=(Vpc.cidr_blocks,)).cidr_blocks
    inside = any(network.subnet_of(IPv4Network(block.cidr_block)) for block in blocks if block.family == 4)
    if not vpcs.LARGEST <= network.prefixlen <= vpcs.SMALLEST or not inside:
        raise errors.InvalidSubnetRange(cidr=given)
    others = reading.by(uow, Subnet.vpc_id, [vpc.id])
    if any(network.overlaps(IPv4Network(other.cidr_block)) for other in others):
        raise errors.InvalidSubnetConflict(cidr=given)
    if len(others) >= LIMIT:
        raise errors.SubnetLimitExceeded(reason=f"The maximum number of subnets in VPC '{vpc.id}' has been reached.")


def set_attribute(uow: UnitOfWork, subnet_id: str, **attributes: bool | str | None) -> None:
    """Change one attribute, named as its column."""
    given = {name: value for name, value in attributes.items() if value is not None}
    if not given:
        raise errors.InvalidParameterCombination(reason="No attributes specified.")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(reason="Only one attribute of a subnet can be changed at a time.")
    subnet = uow.require(Subnet, subnet_id)
    if given.get("assign_ipv6_address_on_creation"):
        raise errors.InvalidParameterValue(
            value="true",
            name="assignIpv6AddressOnCreation",
            reason=f"The subnet '{subnet.id}' has no IPv6 CIDR block.",
        )
    ((name, value),) = given.items()
    setattr(subnet, name, value)


def delete_subnet(uow: UnitOfWork, subnet_id: str) -> None:
    """Delete a subnet; DependencyViolation while a network interface is in it."""
    subnet = uow.require(Subnet, subnet_id, for_update=True)
    interface = reading.table_of(NetworkInterface).c
    if reading.where(uow, NetworkInterface, interface.subnet_id == subnet.id, limit=1):
        raise errors.DependencyViolation(reason=f"The subnet '{subnet.id}' has dependencies and cannot be deleted.")
    for statement in (
        delete(NetworkAclAssociation).where(NetworkAclAssociation.subnet_id == subnet.id),
        delete(RouteTableAssociation).where(RouteTableAssociation.subnet_id == subnet.id),
        delete(Subnet).where(Subnet.id == subnet.id),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, [subnet.id])


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
    """A subnet under its VPC's default network ACL."""
    block = addresses.range_of(cidr_block)
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
