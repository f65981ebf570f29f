"""Where the guests of a launch go: a subnet, whose zone has room for them, and the hosts that give it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from backend import errors, wanted_addresses, zones
from backend.catalogue import offerings
from backend.config import Settings
from backend.db.models import Subnet
from backend.db.unit_of_work import UnitOfWork
from backend.instances.placement import Placement
from backend.instances.request import LaunchRequest
from backend.scheduler import held, place
from backend.scheduler.held import Held
from backend.scheduler.place import Claim
from backend.scheduler.request import SIMULATED, Request


def claim(
    uow: UnitOfWork,
    settings: Settings,
    request: LaunchRequest,
    placement: Placement,
    need: Request,
    subnets: Sequence[Subnet],
) -> tuple[Subnet, list[Claim]]:
    """Room for the guests, all in one zone: the first that has enough for all, else the one that has most.

    ``placement``: where in a zone they may be. ``need``: of one guest, in any zone. ``subnets``: those that will do,
    in the order in which to try them.
    """
    best: tuple[int, Subnet] | None = None
    short_of_addresses = None
    offered = _offered(uow, settings, request, subnets)
    for subnet in offered if placement.tenancy == "host" else _hopeful(uow, settings, need, offered):
        room = _most(request, subnet)
        if room < request.min_count:
            short_of_addresses = subnet.id
            continue
        claims = _place(uow, settings, placement, need, subnet, room)
        if len(claims) == request.max_count:
            return subnet, claims
        _release(uow, need, claims)
        if len(claims) >= request.min_count and (best is None or len(claims) > best[0]):
            best = len(claims), subnet
    if best is None:
        raise _refusal(uow, settings, request, placement, need, offered, short_of_addresses)
    count, subnet = best
    claims = _place(uow, settings, placement, need, subnet, count)
    if len(claims) < request.min_count:
        raise placement.short(subnet.zone)
    return subnet, claims


def _offered(
    uow: UnitOfWork, settings: Settings, request: LaunchRequest, subnets: Sequence[Subnet]
) -> Sequence[Subnet]:
    """Those whose zone offers the type; Unsupported where none does."""
    name, zone_ids = request.instance_type, zones.ids(settings, uow.account, uow.region)
    if offered := [s for s in subnets if offerings.offered(name, zone_ids[s.zone])]:
        return offered
    elsewhere = sorted(zone for zone, id in zone_ids.items() if offerings.offered(name, id))
    raise errors.Unsupported(
        reason=f"Your requested instance type ({name}) is not supported in your requested Availability Zone "
        f"({subnets[0].zone}). Please retry your request by not specifying an Availability Zone or choosing "
        f"{', '.join(elsewhere)}."
    )


def _hopeful(uow: UnitOfWork, settings: Settings, need: Request, subnets: Sequence[Subnet]) -> Iterator[Subnet]:
    """The first subnet and, where that will not do, those of zones with a host for one guest at least.

    One query finds these, so that a cloud with hosts in few of its zones does not try every zone.
    """
    yield subnets[0]
    if len(subnets) > 1:
        hopeful = place.zones(uow, need, alive_within=settings.host_timeout_seconds)
        yield from (subnet for subnet in subnets[1:] if subnet.zone in hopeful)


def _most(request: LaunchRequest, subnet: Subnet) -> int:
    """How many guests the subnet has addresses for."""
    wanted = request.network_interfaces
    if any(i.get("NetworkInterfaceId") for i in wanted):
        return request.max_count  # it has its addresses already
    if subnet.ipv6_native:
        return request.max_count
    here = [i for i in wanted if i.get("SubnetId") in (None, "", subnet.id) and i.get("InterfaceType") != "efa-only"]
    each = sum(wanted_addresses.read(i).ipv4_numbers for i in here) if wanted else 1
    return min(request.max_count, subnet.available // max(each, 1))


def _place(
    uow: UnitOfWork, settings: Settings, placement: Placement, need: Request, subnet: Subnet, count: int
) -> list[Claim]:
    return placement.claim(uow, settings, replace(need, zone=subnet.zone), count)


def _release(uow: UnitOfWork, need: Request, claims: Sequence[Claim]) -> None:
    held.give_back(
        uow, (Held(c.host, need.vcpus, need.memory_mib, c.reservation_id, c.dedicated_host_id) for c in claims)
    )


def _refusal(
    uow: UnitOfWork,
    settings: Settings,
    request: LaunchRequest,
    placement: Placement,
    need: Request,
    subnets: Sequence[Subnet],
    short_of_addresses: str | None,
) -> errors.CloudError:
    """Why no zone will do."""
    if need.driver == SIMULATED:
        drivers = place.drivers(uow, uow.region, alive_within=settings.host_timeout_seconds)
        if drivers and SIMULATED not in drivers:
            return errors.UnsupportedOperation(
                reason=f"The image {request.image_id}, or a snapshot of its block device mapping, has no disk image; "
                "import one with ec2api image import."
            )
    if short_of_addresses:
        return errors.InsufficientFreeAddressesInSubnet(subnet_id=short_of_addresses)
    return placement.short(", ".join(sorted({s.zone for s in subnets})))
