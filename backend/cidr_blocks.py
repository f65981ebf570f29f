"""CIDR blocks of VPCs and subnets: which may be associated, and how they come and go.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

import random
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sqlalchemy import bindparam, or_, select

from backend import errors, network_acls, route_tables, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.base import Transient
from backend.db.models import (
    InterfaceRange,
    Route,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubnetCidrBlock,
    Vpc,
    VpcCidrBlock,
    VpcPeeringConnection,
)
from backend.db.unit_of_work import UnitOfWork

SMALLEST, LARGEST = 28, 16
"""Lengths of the netmask of a VPC's or a subnet's IPv4 block."""
VPC_IPV6_PREFIX = 56
SUBNET_IPV6_PREFIXES = range(44, 65, 4)
IN_USE = ("associating", "associated")
"""States of blocks that subnets may be in."""

NEVER = [IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")]
"""Where no VPC may be."""

_TEN, _SEVENTEEN, _NINETEEN = (IPv4Network(b) for b in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_BENCHMARK = IPv4Network("198.19.0.0/16")
_RESTRICTED = {
    _TEN: [_SEVENTEEN, _NINETEEN, _BENCHMARK],
    _SEVENTEEN: [_TEN, _NINETEEN, _BENCHMARK, IPv4Network("172.31.0.0/16")],
    _NINETEEN: [_TEN, _SEVENTEEN, _BENCHMARK],
    _BENCHMARK: [_TEN, _SEVENTEEN, _NINETEEN],
}
"""By the range that holds a VPC's primary block, the ranges that no further block of it may be in:
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions"""
_ELSEWHERE = [_TEN, _SEVENTEEN, _NINETEEN, _BENCHMARK]

_blocks = reading.table_of(VpcCidrBlock)
_IPV6_TAKEN = select(_blocks.c.id).where(_blocks.c.cidr_block == bindparam("block"), _blocks.c.family == 6)


def parse_ipv4(given: str, name: str = "cidrBlock") -> IPv4Network:
    """An IPv4 CIDR block in its canonical form: 100.68.0.18/18 is 100.68.0.0/18."""
    try:
        if "/" not in given or "." in given.partition("/")[2]:
            raise ValueError(given)
        return IPv4Network(given, strict=False)
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=given, name=name, reason="This is not a valid CIDR block.") from fault


def parse_ipv6(given: str, name: str = "ipv6CidrBlock") -> IPv6Network:
    try:
        if "/" not in given:
            raise ValueError(given)
        return IPv6Network(given, strict=False)
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=given, name=name, reason="This is not a valid CIDR block.") from fault


def check_pools(
    *,
    ipv4_ipam_pool_id: str | None = None,
    ipv4_netmask_length: int | None = None,
    ipv6_ipam_pool_id: str | None = None,
    ipv6_netmask_length: int | None = None,
    ipv6_pool: str | None = None,
) -> None:
    """Blocks may come from pools of IPAM and of addresses that accounts bring along: this cloud has neither."""
    for pool, length, name in (
        (ipv4_ipam_pool_id, ipv4_netmask_length, "ipv4IpamPoolId"),
        (ipv6_ipam_pool_id, ipv6_netmask_length, "ipv6IpamPoolId"),
    ):
        if pool is not None:
            raise errors.InvalidIpamPoolIdNotFound(id=pool)
        if length is not None:
            raise errors.MissingParameter(name=name)
    if ipv6_pool is not None:
        raise errors.InvalidPoolIDNotFound(id=ipv6_pool)


def check_ipv4(network: IPv4Network, given: str) -> None:
    """Whether a VPC may have this block at all; InvalidVpc.Range."""
    if not LARGEST <= network.prefixlen <= SMALLEST or any(network.overlaps(taken) for taken in NEVER):
        raise errors.InvalidVpcRange(cidr=given)


def restricted(primary: IPv4Network, others: Iterable[IPv4Network], new: IPv4Network) -> bool:
    """Whether AWS keeps this block from a VPC with these blocks."""
    here = next((around for around in _RESTRICTED if primary.subnet_of(around)), None)
    if any(new.overlaps(kept) for kept in (_RESTRICTED[here] if here else _ELSEWHERE)):
        return True
    low = IPv4Network("10.0.0.0/15")
    return new.overlaps(IPv4Network("10.0.0.0/16")) and any(block.subnet_of(low) for block in (primary, *others))


def associate_ipv4(uow: UnitOfWork, settings: Settings, vpc_id: str, cidr_block: str) -> VpcCidrBlock:
    """A further IPv4 block of a VPC; InvalidVpc.Range for what it cannot have."""
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    network = parse_ipv4(cidr_block)
    check_ipv4(network, cidr_block)
    present = [b for b in reading.by(uow, VpcCidrBlock.vpc_id, [vpc.id]) if b.family == 4]
    networks = [IPv4Network(block.cidr_block) for block in present]
    if any(network.overlaps(other) for other in networks):
        raise errors.InvalidVpcConflict(cidr=cidr_block, with_what=f"a CIDR block of {vpc.id}")
    if restricted(IPv4Network(vpc.cidr_block), networks, network):
        raise errors.InvalidVpcRangeRestricted(cidr=cidr_block)
    _check_routes(uow, vpc.id, network, cidr_block)
    _check_peers(uow, vpc.id, network, cidr_block)
    return _associate(uow, settings, vpc.id, 4, str(network))


def _check_routes(uow: UnitOfWork, vpc_id: str, network: IPv4Network, given: str) -> None:
    """A block must be smaller than whatever range of it the VPC's tables route elsewhere."""
    for route in reading.by(uow, Route.route_table_id, route_tables.of_vpc(uow, vpc_id)):
        if "." in route.destination and IPv4Network(route.destination).subnet_of(network):
            raise errors.InvalidVpcConflict(cidr=given, with_what=f"the route to {route.destination}")


def _check_peers(uow: UnitOfWork, vpc_id: str, network: IPv4Network, given: str) -> None:
    """Peered VPCs have no addresses in common."""
    peering = reading.table_of(VpcPeeringConnection).c
    ours = select(peering.vpc_id, peering.peer_vpc_id).where(
        or_(peering.vpc_id == vpc_id, peering.peer_vpc_id == vpc_id), peering.state == "active"
    )
    peers = {id for row in uow.for_reading().execute(ours) for id in row} - {vpc_id}
    theirs = select(_blocks.c.cidr_block).where(_blocks.c.vpc_id.in_(peers), _blocks.c.family == 4)
    for block in uow.for_reading().execute(theirs).scalars() if peers else ():
        if network.overlaps(IPv4Network(block)):
            raise errors.InvalidVpcConflict(cidr=given, with_what=f"{block} of a peered VPC")


def associate_ipv6(
    uow: UnitOfWork, settings: Settings, vpc_id: str, network_border_group: str | None = None
) -> VpcCidrBlock:
    """A /56 of the cloud's own IPv6 addresses for a VPC, advertised in its region."""
    if network_border_group not in (None, uow.region):
        raise errors.InvalidParameterValue(
            value=network_border_group,
            name="ipv6CidrBlockNetworkBorderGroup",
            reason=f"The network border group of this region is {uow.region}.",
        )
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    pool = IPv6Network(settings.public_ipv6_cidr)
    for _ in range(64):
        number = random.getrandbits(VPC_IPV6_PREFIX - pool.prefixlen) << (128 - VPC_IPV6_PREFIX)
        block = str(IPv6Network((int(pool.network_address) + number, VPC_IPV6_PREFIX)))
        if not uow.for_reading().execute(_IPV6_TAKEN, {"block": block}).first():
            break
    else:
        raise errors.InsufficientAddressCapacity(reason="The cloud has too few free IPv6 CIDR blocks.")
    new = _associate(uow, settings, vpc.id, 6, block)
    new.network_border_group = uow.region
    network_acls.add_ipv6_entries(uow, vpc.id)
    _open_default_group(uow, vpc.id)
    return new


def _associate(uow: UnitOfWork, settings: Settings, vpc_id: str, family: int, block: str) -> VpcCidrBlock:
    new = VpcCidrBlock(account=uow.account, region=uow.region, vpc_id=vpc_id, family=family, cidr_block=block)
    transitions.begin(uow, settings, new, "associating", "associated")
    uow.add(new)
    route_tables.add_local_routes(uow, route_tables.of_vpc(uow, vpc_id), [block])
    return new


def _open_default_group(uow: UnitOfWork, vpc_id: str) -> None:
    """The default security group lets IPv6 out as it does IPv4, unless somebody changed that."""
    group = next(g for g in reading.by(uow, SecurityGroup.vpc_id, [vpc_id]) if g.name == "default")
    outward = [r for r in reading.by(uow, SecurityGroupRule.group_id, [group.id]) if r.egress]
    if [(r.protocol, r.cidr_ipv4) for r in outward] == [("-1", "0.0.0.0/0")]:
        uow.add(
            SecurityGroupRule(
                account=uow.account,
                region=uow.region,
                group_id=group.id,
                egress=True,
                protocol="-1",
                from_port=-1,
                to_port=-1,
                cidr_ipv6="::/0",
            )
        )


def disassociate(uow: UnitOfWork, settings: Settings, association_id: str) -> VpcCidrBlock:
    """Take a block from its VPC. Errors: OperationNotPermitted for the primary one, InvalidCidrBlock.InUse."""
    block: VpcCidrBlock = _leaving(uow, VpcCidrBlock, association_id)
    if block.primary:
        raise errors.OperationNotPermitted(
            reason=f"The vpc CIDR block with association ID {block.id} may not be disassociated. It is the primary "
            "IPv4 CIDR block of the VPC"
        )
    vpc = uow.require(Vpc, block.vpc_id, for_update=True)
    network = ip_network(block.cidr_block)
    if any(_overlap(network, subnet) for subnet in subnet_blocks(uow, vpc.id)):
        raise errors.InvalidCidrBlockInUse(vpc_id=vpc.id, cidr=block.cidr_block)
    transitions.begin(uow, settings, block, "disassociating", transitions.GONE)
    route_tables.drop_local_routes(uow, vpc.id, block.cidr_block)
    return block


def _leaving(uow: UnitOfWork, model: Any, association_id: str) -> Any:
    """An association that may end; one that is about to is as good as gone."""
    found: Transient = uow.require(model, association_id, for_update=True)
    if found.state not in IN_USE:
        raise errors.NotFound(code=model.NOT_FOUND, noun=model.NOUN, ids=[found.id])
    return found


def subnet_blocks(uow: UnitOfWork, vpc_id: str) -> list[str]:
    """Every block of a VPC's subnets, of both families."""
    found = [subnet.cidr_block for subnet in reading.by(uow, Subnet.vpc_id, [vpc_id]) if subnet.cidr_block]
    return found + [block.cidr_block for block in reading.by(uow, SubnetCidrBlock.vpc_id, [vpc_id])]


def _overlap(network: IPv4Network | IPv6Network, block: str) -> bool:
    other = ip_network(block)
    return network.version == other.version and network.overlaps(other)


def check_of_subnet(uow: UnitOfWork, vpc: Any, network: IPv4Network | IPv6Network, given: str) -> None:
    """A subnet's block lies within one of its VPC's and apart from the other subnets'.

    ``vpc``: with its blocks. Errors: InvalidSubnet.Range, InvalidSubnet.Conflict.
    """
    sized = LARGEST <= network.prefixlen <= SMALLEST
    if network.version == 6:
        sized = network.prefixlen in SUBNET_IPV6_PREFIXES
    within = [ip_network(block.cidr_block) for block in vpc.cidr_blocks if block.state in IN_USE]
    if not sized or not any(network.version == b.version and network.subnet_of(b) for b in within):  # type: ignore[arg-type]
        raise errors.InvalidSubnetRange(cidr=given)
    if any(_overlap(network, other) for other in subnet_blocks(uow, vpc.id)):
        raise errors.InvalidSubnetConflict(cidr=given)


def add_to_subnet(uow: UnitOfWork, settings: Settings, subnet: Subnet, network: IPv6Network) -> SubnetCidrBlock:
    """An IPv6 block of a subnet that has none, already checked."""
    new = SubnetCidrBlock(
        account=uow.account, region=uow.region, subnet_id=subnet.id, vpc_id=subnet.vpc_id, cidr_block=str(network)
    )
    transitions.begin(uow, settings, new, "associating", "associated")
    uow.add(new)
    return new


def associate_with_subnet(
    uow: UnitOfWork, settings: Settings, subnet_id: str, ipv6_cidr_block: str | None
) -> SubnetCidrBlock:
    """Errors: MissingParameter, CidrLimitExceeded where it has one, InvalidSubnet.Range and .Conflict."""
    subnet = uow.require(Subnet, subnet_id, for_update=True)
    if ipv6_cidr_block is None:
        raise errors.MissingParameter(name="ipv6CidrBlock")
    network = parse_ipv6(ipv6_cidr_block)
    uow.require(Vpc, subnet.vpc_id, for_update=True)
    if any(block.state in IN_USE for block in reading.by(uow, SubnetCidrBlock.subnet_id, [subnet.id])):
        raise errors.CidrLimitExceeded(what=f"subnet '{subnet.id}'", limit=1)
    check_of_subnet(uow, uow.look_up(Vpc, subnet.vpc_id, load=(Vpc.cidr_blocks,)), network, ipv6_cidr_block)
    return add_to_subnet(uow, settings, subnet, network)


def disassociate_from_subnet(uow: UnitOfWork, settings: Settings, association_id: str) -> SubnetCidrBlock:
    """Errors: InvalidCidrBlock.InUse while an interface has an address of it, OperationNotPermitted."""
    block: SubnetCidrBlock = _leaving(uow, SubnetCidrBlock, association_id)
    subnet = uow.require(Subnet, block.subnet_id, for_update=True)
    if subnet.ipv6_native:
        raise errors.OperationNotPermitted(
            reason=f"The IPv6 CIDR block of the IPv6 only subnet '{subnet.id}' may not be disassociated."
        )
    if subnet.assign_ipv6_address_on_creation:
        raise errors.OperationNotPermitted(
            reason=f"The subnet '{subnet.id}' assigns IPv6 addresses on creation: change that first."
        )
    ranges = reading.table_of(InterfaceRange).c
    if reading.where(uow, InterfaceRange, ranges.subnet_id == subnet.id, ranges.kind.like("ipv6-%"), limit=1) or any(
        ":" in reserved for reserved in subnet.reserved
    ):
        raise errors.InvalidSubnetCidrBlockInUse(subnet_id=subnet.id, cidr=block.cidr_block)
    transitions.begin(uow, settings, block, "disassociating", transitions.GONE)
    return block
