"""NAT gateways: their interface and addresses, and their states.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from backend import (
    addresses,
    clock,
    elastic_addresses,
    errors,
    ids,
    network_interfaces,
    private_addresses,
    quotas,
    route_tables,
    transitions,
)
from backend import tags as tagging
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    Address,
    InternetGateway,
    NatGateway,
    NatGatewayAddress,
    NetworkInterface,
    Subnet,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork

PUBLIC, PRIVATE = "public", "private"
MOST_ADDRESSES = 8
"""One primary address and seven others: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html"""
LIVING = ("pending", "available")
DRAIN_SECONDS = (1, 4000)

_UNSYNCHRONIZED = {"synchronize_session": False}


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    subnet_id: str | None,
    regional: Sequence[Any] = (),
    connectivity_type: str = PUBLIC,
    allocation_id: str | None = None,
    private_ip: str | None = None,
    secondary_allocation_ids: Sequence[str] = (),
    secondary_private_ips: Sequence[str] = (),
    secondary_count: int = 0,
    tags: Mapping[str, str] | None = None,
) -> NatGateway:
    """A new gateway, ``pending``: then ``available``, or ``failed`` where AWS finds out so late that it can't be made.

    regional: parameters that only regional gateways have, which this cloud does not make. Errors: MissingParameter,
    InvalidParameterCombination, InvalidElasticIpID.NotFound, NatGatewayLimitExceeded and those of private addresses.
    """
    _check_zonal(*regional)
    if not subnet_id:
        raise errors.MissingParameter(name="SubnetId")
    wanted = [allocation_id] if allocation_id else []
    _check_addresses(connectivity_type, wanted, secondary_allocation_ids, secondary_private_ips, secondary_count)
    subnet = uow.look_up(Subnet, subnet_id)
    vpc = uow.look_up(Vpc, subnet.vpc_id)
    _check_quota(uow, subnet.zone)
    elastic = [_allocation(uow, id) for id in [*wanted, *secondary_allocation_ids]]
    count = len(elastic) if connectivity_type == PUBLIC else 1 + len(secondary_private_ips) + secondary_count
    gateway = NatGateway(
        account=uow.account,
        region=uow.region,
        vpc_id=vpc.id,
        subnet_id=subnet.id,
        connectivity_type=connectivity_type,
    )
    failure = _failure(uow, vpc, subnet, connectivity_type, elastic, count)
    if failure:
        gateway.failure_code, gateway.failure_message = failure
        _note(uow, gateway, [(None, address) for address in elastic[:1]])
    else:
        fixed = ([private_ip] if private_ip else []) + list(secondary_private_ips)
        _build(uow, gateway, vpc, subnet, _take(uow, subnet, count, fixed, primary=private_ip), elastic)
    transitions.begin(uow, settings, gateway, "pending", "failed" if failure else "available")
    uow.add(gateway)
    uow.flush()
    tagging.attach(uow, gateway, tags or {})
    return gateway


def _check_zonal(*regional: Any) -> None:
    if any(regional):
        raise errors.InvalidParameterCombination(reason="A parameter is given that only regional NAT gateways have.")


def _check_addresses(
    connectivity_type: str,
    wanted: Sequence[str],
    secondary_allocation_ids: Sequence[str],
    secondary_private_ips: Sequence[str],
    secondary_count: int,
) -> None:
    """What addresses may be asked for together."""
    if connectivity_type not in (PUBLIC, PRIVATE):
        raise errors.InvalidParameterValue(value=connectivity_type, name="ConnectivityType", reason="Not a known type.")
    if secondary_count < 0:
        raise errors.InvalidParameterValue(
            value=secondary_count, name="SecondaryPrivateIpAddressCount", reason="The value must not be negative."
        )
    if connectivity_type == PUBLIC:
        if not wanted:
            raise errors.MissingParameter(name="AllocationId")
        if secondary_count:
            raise errors.InvalidParameterCombination(
                reason="SecondaryPrivateIpAddressCount is for private NAT gateways only."
            )
        _check_pairs(secondary_allocation_ids, secondary_private_ips)
    elif wanted or secondary_allocation_ids:
        raise errors.InvalidParameterCombination(reason="A private NAT gateway has no Elastic IP address.")
    elif secondary_private_ips and secondary_count:
        raise errors.InvalidParameterCombination(
            reason="Secondary addresses may be specified by list or by count, not by both"
        )
    all_ids = [*wanted, *secondary_allocation_ids]
    if len(set(all_ids)) < len(all_ids):
        raise errors.InvalidValue(reason="An allocation ID is listed more than once.")
    _check_count(1 + max(len(secondary_allocation_ids), len(secondary_private_ips), secondary_count))


def _check_pairs(allocation_ids: Sequence[str], private_ips: Sequence[str]) -> None:
    if private_ips and len(private_ips) != len(allocation_ids):
        raise errors.InvalidParameterCombination(
            reason="The number of private IP addresses must be that of the allocation IDs."
        )


def _check_count(count: int) -> None:
    if count > MOST_ADDRESSES:
        raise errors.PrivateIpAddressLimitExceeded(reason=f"A NAT gateway has at most {MOST_ADDRESSES} addresses.")


def _check_quota(uow: UnitOfWork, zone: str) -> None:
    gateways, subnets = reading.table_of(NatGateway).c, reading.table_of(Subnet).c
    in_zone = select(subnets.id).where(subnets.zone == zone)
    quotas.check(uow, quotas.NAT_GATEWAYS, gateways.subnet_id.in_(in_zone), gateways.state.in_((*LIVING, "deleting")))


def _allocation(uow: UnitOfWork, id: str) -> Address:
    """The Elastic IP address, locked; with the codes that NAT gateways have for it."""
    if not ids.well_formed(Address.PREFIX, id):
        raise errors.InvalidElasticIpIDMalformed(id=id)
    try:
        return uow.require(Address, id, for_update=True)
    except errors.NotFound as fault:
        raise errors.InvalidElasticIpIDNotFound(id=id) from fault


def _failure(
    uow: UnitOfWork, vpc: Vpc, subnet: Subnet, connectivity_type: str, elastic: Sequence[Address], count: int
) -> tuple[str, str] | None:
    """Why the gateway can't be made, as AWS says it: FailureCode and FailureMessage."""
    if connectivity_type == PUBLIC and not reading.by(uow, InternetGateway.vpc_id, [vpc.id]):
        return "Gateway.NotAttached", f"Network {vpc.id} has no Internet gateway attached"
    for address in elastic:
        if elastic_addresses.association_of(uow, address.id):
            return "Resource.AlreadyAssociated", f"Elastic IP address {address.id} is already associated"
    if subnet.available < count:
        return "InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway"
    return None


def _take(uow: UnitOfWork, subnet: Subnet, count: int, fixed: Sequence[str], *, primary: str | None) -> list[str]:
    """So many private addresses of the subnet, the primary one first."""
    taken = addresses.take(uow, subnet.id, count, fixed)
    if fixed and not primary:  # the fixed ones come first, and the primary is none of them
        taken = [taken[len(fixed)], *taken[: len(fixed)], *taken[len(fixed) + 1 :]]
    return taken


def _build(
    uow: UnitOfWork, gateway: NatGateway, vpc: Vpc, subnet: Subnet, taken: Sequence[str], elastic: Sequence[Address]
) -> None:
    """The gateway's interface, with the Elastic IP addresses on its private ones."""
    rows = network_interfaces.rows(
        uow,
        vpc=vpc,
        subnet=subnet,
        groups=(),
        private_ips=taken[:1],
        secondary_ips=[taken[1:]],
        description=f"Interface for NAT Gateway {gateway.id}",
        interface_type="nat_gateway",
        source_dest_check=False,
    )
    network_interfaces.attach_to_service(rows)
    network_interfaces.insert_rows(uow, rows)
    gateway.network_interface_id = rows.interfaces[0]["id"]
    pairs = [(text, elastic[place] if elastic else None) for place, text in enumerate(taken)]
    _note(uow, gateway, pairs, named_in_dns=vpc.enable_dns_hostnames)


def _note(
    uow: UnitOfWork,
    gateway: NatGateway,
    pairs: Sequence[tuple[str | None, Address | None]],
    *,
    named_in_dns: bool = False,
    secondary: bool = False,
) -> list[NatGatewayAddress]:
    """Write down addresses of a gateway, and associate each private one with its Elastic one."""
    noted = []
    for place, (private_ip, elastic) in enumerate(pairs):
        association_id = None
        if private_ip and elastic:
            where = gateway.subnet_id, addresses.to_number(private_ip)
            association_id = elastic_addresses.bind(uow, elastic, *where, named_in_dns=named_in_dns)
        noted.append(
            NatGatewayAddress(
                account=gateway.account,
                region=gateway.region,
                nat_gateway_id=gateway.id,
                network_interface_id=gateway.network_interface_id,
                private_ip=private_ip,
                public_ip=elastic.public_ip if elastic and private_ip else None,
                allocation_id=elastic.id if elastic else None,
                association_id=association_id,
                is_primary=not place and not secondary,
            )
        )
    uow.add_all(noted)
    return noted


def remove(uow: UnitOfWork, settings: Settings, nat_gateway_id: str) -> None:
    """Delete a gateway. It is ``deleting`` as long as it has its interface, then ``deleted``; its Elastic IP addresses
    stay with the account, routes to it are black holes."""
    gateway = uow.require(NatGateway, nat_gateway_id, for_update=True)
    if gateway.state in ("deleting", "deleted"):
        return
    gateway.deleted_at = clock.this_second()
    transitions.begin(uow, settings, gateway, "deleting", "deleted")


@transitions.reaching(NatGateway, "deleted")
def _end(uow: UnitOfWork, gateways: Sequence[NatGateway]) -> None:
    network_interfaces.delete_all(uow, [g.network_interface_id for g in gateways if g.network_interface_id])
    route_tables.blackhole(uow, *(gateway.id for gateway in gateways))


@transitions.reaching(NatGateway, transitions.GONE)
def _forget(uow: UnitOfWork, gateways: Sequence[NatGateway]) -> None:
    gone = NatGatewayAddress.nat_gateway_id.in_([gateway.id for gateway in gateways])
    uow.execute(delete(NatGatewayAddress).where(gone), execution_options=_UNSYNCHRONIZED)


def associate(
    uow: UnitOfWork,
    nat_gateway_id: str,
    allocation_ids: Sequence[str],
    private_ips: Sequence[str] = (),
    regional: Sequence[Any] = (),
) -> list[NatGatewayAddress]:
    """Give a public gateway further Elastic IP addresses, each on a private address of its own; the new addresses.

    regional: as of ``create``. Errors: IncorrectState, InvalidParameterCombination, Resource.AlreadyAssociated, those
    of what is not found.
    """
    gateway = _available(uow, nat_gateway_id, PUBLIC)
    _check_zonal(*regional)
    _check_pairs(allocation_ids, private_ips)
    if len(set(allocation_ids)) < len(allocation_ids):
        raise errors.InvalidValue(reason="An allocation ID is listed more than once.")
    elastic = [_allocation(uow, id) for id in allocation_ids]
    for address in elastic:
        if association := elastic_addresses.association_of(uow, address.id):
            raise errors.ElasticAddressAssociated(id=address.id, association_id=association.association_id)
    _check_count(len(addresses_of(uow, gateway)) + len(elastic))
    taken = private_addresses.assign_new(uow, _interface(uow, gateway), private_ips, len(elastic) - len(private_ips))
    named = uow.look_up(Vpc, gateway.vpc_id).enable_dns_hostnames
    pairs: list[tuple[str | None, Address | None]] = list(zip(taken, elastic, strict=True))
    return _note(uow, gateway, pairs, named_in_dns=named, secondary=True)


def disassociate(
    uow: UnitOfWork, nat_gateway_id: str, association_ids: Sequence[str], drain_seconds: int | None = None
) -> list[NatGatewayAddress]:
    """Take secondary Elastic IP addresses from a public gateway, and their private ones; what went.

    Nothing here waits for connections to drain. Errors: IncorrectState, InvalidAssociationID.NotFound,
    InvalidParameterValue.
    """
    gateway = _available(uow, nat_gateway_id, PUBLIC)
    _check_drain(drain_seconds)
    by_association = {address.association_id: address for address in addresses_of(uow, gateway)}
    for id in association_ids:
        if id not in by_association:
            raise errors.InvalidAssociationIDNotFound(id=id)
    return _drop(uow, gateway, [by_association[id] for id in dict.fromkeys(association_ids)])


def assign(
    uow: UnitOfWork, nat_gateway_id: str, private_ips: Sequence[str] = (), count: int = 0
) -> list[NatGatewayAddress]:
    """Give a private gateway further private addresses; the new ones."""
    private_addresses.check_one_way(PrivateIpAddresses=private_ips, PrivateIpAddressCount=count)
    gateway = _available(uow, nat_gateway_id, PRIVATE)
    _check_count(len(addresses_of(uow, gateway)) + len(private_ips) + count)
    taken = private_addresses.assign_new(uow, _interface(uow, gateway), private_ips, count)
    return _note(uow, gateway, [(text, None) for text in taken], secondary=True)


def unassign(
    uow: UnitOfWork, nat_gateway_id: str, private_ips: Sequence[str], drain_seconds: int | None = None
) -> list[NatGatewayAddress]:
    """Take secondary private addresses from a private gateway; what went. InvalidParameterValue, IncorrectState."""
    gateway = _available(uow, nat_gateway_id, PRIVATE)
    _check_drain(drain_seconds)
    by_ip = {address.private_ip: address for address in addresses_of(uow, gateway)}
    if unknown := [text for text in private_ips if text not in by_ip]:
        raise errors.InvalidValue(reason=f"Some of [{', '.join(unknown)}] are not assigned to {gateway.id}")
    return _drop(uow, gateway, [by_ip[text] for text in dict.fromkeys(private_ips)])


def _drop(uow: UnitOfWork, gateway: NatGateway, ending: Sequence[NatGatewayAddress]) -> list[NatGatewayAddress]:
    if any(address.is_primary for address in ending):
        raise errors.InvalidValue(reason=f"The primary address of {gateway.id} stays as long as the NAT gateway.")
    numbers = [addresses.to_number(address.private_ip) for address in ending if address.private_ip]
    addresses.give_back_numbers(uow, gateway.subnet_id, numbers)
    gone = NatGatewayAddress.row.in_([address.row for address in ending])
    uow.execute(delete(NatGatewayAddress).where(gone), execution_options=_UNSYNCHRONIZED)
    return list(ending)


def _check_drain(seconds: int | None) -> None:
    low, high = DRAIN_SECONDS
    if seconds is not None and not low <= seconds <= high:
        raise errors.InvalidParameterValue(
            value=seconds, name="MaxDrainDurationSeconds", reason=f"Use {low} to {high} seconds."
        )


def _available(uow: UnitOfWork, nat_gateway_id: str, connectivity_type: str) -> NatGateway:
    """The gateway, locked, once it is of this kind and in use."""
    gateway = uow.require(NatGateway, nat_gateway_id, for_update=True)
    if gateway.connectivity_type != connectivity_type:
        raise errors.InvalidParameterCombination(reason=f"The NAT gateway {gateway.id} is not {connectivity_type}.")
    if gateway.state != "available":
        raise errors.IncorrectState(reason=f"The NAT gateway {gateway.id} is {gateway.state}.")
    return gateway


def addresses_of(uow: UnitOfWork, gateway: NatGateway) -> list[NatGatewayAddress]:
    """A gateway's addresses as records, the primary one first."""
    found: list[NatGatewayAddress] = reading.by(uow, NatGatewayAddress.nat_gateway_id, [gateway.id])
    return found


def _interface(uow: UnitOfWork, gateway: NatGateway) -> Any:
    return uow.look_up(NetworkInterface, gateway.network_interface_id or "")
