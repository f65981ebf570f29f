"""Subnet CIDR reservations: ranges that no address is taken from unless it is asked for.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html
"""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from backend import errors, tags
from backend.db import reading
from backend.db.models import Subnet, SubnetCidrBlock, SubnetCidrReservation
from backend.db.unit_of_work import UnitOfWork


def create(
    uow: UnitOfWork,
    *,
    subnet_id: str,
    cidr: str,
    reservation_type: str,
    description: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> SubnetCidrReservation:
    """Reserve a range of a subnet, whoever has addresses there already. Error: InvalidParameterValue."""
    subnet = uow.require(Subnet, subnet_id, for_update=True)
    try:
        network: Any = ip_network(cidr if "/" in cidr else "", strict=False)
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=cidr, name="cidr", reason="This is not a valid CIDR block.") from fault
    blocks = [b.cidr_block for b in reading.by(uow, SubnetCidrBlock.subnet_id, [subnet.id])]
    around = [ip_network(block) for block in (subnet.cidr_block, *blocks) if block]
    if not any(network.version == block.version and network.subnet_of(block) for block in around):
        raise errors.InvalidParameterValue(
            value=cidr, name="cidr", reason=f"The CIDR is not within the CIDR blocks of {subnet.id}."
        )
    for other in map(ip_network, subnet.reserved):
        if network.version == other.version and network.overlaps(other):
            raise errors.InvalidParameterValue(
                value=cidr, name="cidr", reason=f"The CIDR overlaps with {other}, which is reserved already."
            )
    reservation = SubnetCidrReservation(
        account=uow.account,
        region=uow.region,
        subnet_id=subnet.id,
        cidr=str(network),
        reservation_type=reservation_type,
        description=description,
    )
    subnet.reserved = [*subnet.reserved, reservation.cidr]
    uow.add(reservation)
    uow.flush()
    tags.attach(uow, reservation, wanted_tags or {})
    return reservation


def delete(uow: UnitOfWork, reservation_id: str) -> SubnetCidrReservation:
    """Give the range free again; the reservation, as a record, as it was."""
    reservation = uow.look_up(SubnetCidrReservation, reservation_id, load=(SubnetCidrReservation.tags,))
    subnet = uow.require(Subnet, reservation.subnet_id, for_update=True)
    uow.delete(uow.require(SubnetCidrReservation, reservation_id, for_update=True))
    subnet.reserved = [cidr for cidr in subnet.reserved if cidr != reservation.cidr]
    tags.forget(uow, [reservation.id])
    return reservation
