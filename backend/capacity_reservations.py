"""Capacity reservations: room for instances of one kind in one zone, held whether they run or not.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-reservations.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from backend import clock, errors, future_reservations, tags, transitions, zones
from backend.catalogue import instance_types, offerings
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db.models import CapacityReservation, Instance, PlacementGroup
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import reserved
from backend.scheduler.request import Request
from backend.transitions import GONE, reaching

MOST = 1000
"""Instances of one reservation, and those that one call adds to it or takes from it."""


@dataclass(frozen=True)
class Wanted:
    """What CreateCapacityReservation is asked for, with AWS's defaults."""

    instance_type: str
    platform: str
    count: int
    zone: str | None = None
    zone_id: str | None = None
    tenancy: str = "default"
    ebs_optimized: bool = False
    ephemeral_storage: bool = False
    end_date: datetime | None = None
    end_date_type: str | None = None
    match_criteria: str = "open"
    placement_group_arn: str | None = None
    start_date: datetime | None = None
    """Of one for the future, as are the next two."""
    commitment_seconds: int | None = None
    delivery_preference: str | None = None


def create(
    uow: UnitOfWork, settings: Settings, wanted: Wanted, wanted_tags: Mapping[str, str] | None = None
) -> CapacityReservation:
    """A new reservation, active at once. Running instances that an open one matches use it from now on.
    One for a future date is assessed, and holds nothing before.

    Errors: InvalidParameterValue, InvalidParameterCombination, MissingParameter, InvalidPlacementGroup.Unknown,
    Unsupported where the zone has not the type, InsufficientInstanceCapacity.
    """
    facts = instance_types.find(wanted.instance_type)
    if facts is None:
        raise errors.InvalidInstanceType(type=wanted.instance_type)
    if not 1 <= wanted.count <= MOST:
        raise errors.InvalidParameterValue(
            value=wanted.count, name="InstanceCount", reason=f"Specify a value between 1 and {MOST}."
        )
    future_reservations.check(wanted, facts)
    zone, zone_id = _zone(uow, settings, wanted)
    end_date, end_date_type = _end(wanted.end_date, wanted.end_date_type)
    if wanted.placement_group_arn:
        _check_group(uow, wanted.placement_group_arn)
    reservation = CapacityReservation(
        account=uow.account,
        region=uow.region,
        instance_type=facts.name,
        platform=wanted.platform,
        zone=zone,
        zone_id=zone_id,
        tenancy=wanted.tenancy,
        total=wanted.count,
        available=0 if wanted.start_date else wanted.count,
        ebs_optimized=wanted.ebs_optimized,
        ephemeral_storage=wanted.ephemeral_storage,
        start_date=future_reservations.naive(wanted.start_date) if wanted.start_date else clock.this_second(),
        match_criteria=wanted.match_criteria,
        placement_group_arn=wanted.placement_group_arn,
        commitment_seconds=wanted.commitment_seconds,
        committed=wanted.count if wanted.start_date else None,
        delivery_preference=wanted.delivery_preference,
        state="active",
    )
    _set_end(reservation, end_date, end_date_type)
    if wanted.start_date:
        transitions.begin(uow, settings, reservation, "assessing", "scheduled")
    uow.add(reservation)
    uow.flush()
    if not wanted.start_date:
        _absorb(uow, reservation, facts)
        _hold(uow, settings, reservation, facts, reservation.available)
    tags.attach(uow, reservation, wanted_tags or {})
    return reservation


def _zone(uow: UnitOfWork, settings: Settings, wanted: Wanted) -> tuple[str, str]:
    zone = zones.find(settings, uow.account, uow.region, wanted.zone, wanted.zone_id)
    if zone is None:
        raise errors.MissingParameter(name="AvailabilityZone")
    zone_id = zones.ids(settings, uow.account, uow.region)[zone]
    if not offerings.offered(wanted.instance_type, zone_id):
        raise errors.Unsupported(
            reason=f"The instance type {wanted.instance_type} is not supported in the Availability Zone {zone}."
        )
    return zone, zone_id


def _check_group(uow: UnitOfWork, arn: str) -> None:
    name = arn.rpartition(":placement-group/")[2]
    found = uow.scalars(select(PlacementGroup).where(PlacementGroup.name == name)).first()
    if found is None or arn != f"arn:aws:ec2:{uow.region}:{uow.account}:placement-group/{name}":
        raise errors.InvalidPlacementGroupUnknown(name=arn)
    if found.strategy != "cluster":
        raise errors.InvalidParameterCombination(
            reason="Capacity Reservations can only be created in cluster placement groups."
        )


def _end(end_date: datetime | None, end_date_type: str | None) -> tuple[datetime | None, str]:
    """The end and its kind, as naive UTC; errors for what does not fit together."""
    if end_date_type == "limited" and end_date is None:
        raise errors.MissingParameter(name="EndDate")
    if end_date_type == "unlimited" and end_date is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameter EndDate cannot be specified when EndDateType is unlimited."
        )
    if end_date is None:
        return None, "unlimited"
    end = end_date.replace(tzinfo=None)
    if end <= clock.now():
        raise errors.InvalidParameterValue(
            value=end.isoformat(), name="EndDate", reason="The end date must be in the future."
        )
    return end, "limited"


def _set_end(reservation: CapacityReservation, end_date: datetime | None, end_date_type: str) -> None:
    reservation.end_date, reservation.end_date_type = end_date, end_date_type
    reservation.next_state, reservation.next_at = ("expired", end_date) if end_date else (None, None)


def deliver(uow: UnitOfWork, settings: Settings, reservation: CapacityReservation) -> None:
    """Hold the room of a reservation whose date has come. While there is not enough it is delayed, for which its
    commitment is waived."""
    need, hold_for = _need(reservation, _facts(reservation)), settings.host_timeout_seconds
    if reserved.hold(uow, reservation.id, need, reservation.total, alive_within=hold_for):
        reservation.state, reservation.available = "active", reservation.total
        _set_end(reservation, reservation.end_date, reservation.end_date_type)
        uow.moving = True
    elif reservation.state != "delayed":
        reservation.state, reservation.commitment_seconds = "delayed", None


def _need(reservation: CapacityReservation, facts: TypeFacts) -> Request:
    tenant = reservation.account if reservation.tenancy == "dedicated" else None
    return Request(
        facts.vcpus, facts.memory_mib, facts.architectures[-1], reservation.region, reservation.zone, tenant=tenant
    )


def _hold(uow: UnitOfWork, settings: Settings, reservation: CapacityReservation, facts: TypeFacts, count: int) -> None:
    need = _need(reservation, facts)
    if not reserved.hold(uow, reservation.id, need, count, alive_within=settings.host_timeout_seconds):
        raise errors.InsufficientInstanceCapacity(instance_type=facts.name, zone=reservation.zone)


def _absorb(uow: UnitOfWork, reservation: CapacityReservation, facts: TypeFacts) -> int:
    """Let running instances that an open reservation matches use it; how many do now."""
    if reservation.match_criteria != "open":
        return 0
    matching = (
        Instance.capacity_reservation_id.is_(None),
        Instance.state.in_(("pending", "running")),
        Instance.instance_type == reservation.instance_type,
        Instance.platform_details == reservation.platform,
        Instance.zone == reservation.zone,
        Instance.tenancy == reservation.tenancy,
        Instance.claimed_vcpus == facts.vcpus,
        Instance.options["CapacityReservationSpecification"]["CapacityReservationPreference"].as_string() == "open",
        _group_of(reservation),
    )
    query = select(Instance).where(*matching).order_by(Instance.row).limit(reservation.available)
    found = uow.scalars(query.with_for_update()).all()
    for instance in found:
        reserved.absorb(uow, reservation.id, instance)
        instance.capacity_reservation_id = reservation.id
    reservation.available -= len(found)
    return len(found)


def _group_of(reservation: CapacityReservation) -> Any:
    if reservation.placement_group_arn is None:
        return Instance.placement_group.is_(None)
    return Instance.placement_group == reservation.placement_group_arn.rpartition("/")[2]


def modify(
    uow: UnitOfWork,
    settings: Settings,
    id: str,
    *,
    count: int | None = None,
    end_date: datetime | None = None,
    end_date_type: str | None = None,
    match_criteria: str | None = None,
) -> None:
    """Change an active reservation. IncorrectState, InvalidParameterValue, InsufficientInstanceCapacity."""
    reservation = active(uow, id)
    facts = _facts(reservation)
    future_reservations.check_change(reservation, count, end_date)
    if end_date is not None or end_date_type is not None:
        _set_end(reservation, *_end(end_date, end_date_type))
    if match_criteria is not None and match_criteria != reservation.match_criteria:
        reservation.match_criteria = match_criteria
        if used := _absorb(uow, reservation, facts):
            reserved.let_go(uow, reservation, used)
    if count is not None:
        _resize(uow, settings, reservation, facts, count)


def _resize(
    uow: UnitOfWork, settings: Settings, reservation: CapacityReservation, facts: TypeFacts, count: int
) -> None:
    more = count - reservation.total
    if count < 1 or abs(more) > MOST:
        raise errors.InvalidParameterValue(
            value=count, name="InstanceCount", reason=f"It can change by {MOST} at most, and not below 1."
        )
    if -more > reservation.available:
        raise errors.InvalidParameterValue(
            value=count,
            name="InstanceCount",
            reason="The count cannot be less than the number of instances that use the Capacity Reservation.",
        )
    if more > 0:
        _hold(uow, settings, reservation, facts, more)
    elif more < 0:
        reserved.let_go(uow, reservation, -more)
    reservation.total, reservation.available = count, reservation.available + more


def cancel(
    uow: UnitOfWork, settings: Settings, id: str, *, charges: str | None = None, quote_id: str | None = None
) -> None:
    """End a reservation; its instances go on running, outside of it."""
    reservation = uow.require(CapacityReservation, id, for_update=True)
    future_reservations.check_cancellation(reservation, charges, quote_id)
    _cancel(uow, settings, reservation)


def _cancel(uow: UnitOfWork, settings: Settings, reservation: CapacityReservation) -> None:
    _empty(uow, reservation)
    reservation.state, reservation.next_state = "cancelled", GONE
    reservation.next_at = clock.now() + timedelta(seconds=settings.terminated_visible_seconds)


def _empty(uow: UnitOfWork, reservation: CapacityReservation) -> None:
    reserved.let_go(uow, reservation)
    theirs = Instance.capacity_reservation_id == reservation.id
    for instance in uow.scalars(select(Instance).where(theirs).order_by(Instance.row).with_for_update()):
        instance.capacity_reservation_id = None
    reservation.available = reservation.total = 0


@reaching(CapacityReservation, "expired")
def _expired(uow: UnitOfWork, reservations: Sequence[CapacityReservation]) -> None:
    for reservation in reservations:
        _empty(uow, reservation)


def split(
    uow: UnitOfWork, settings: Settings, id: str, count: int, wanted_tags: Mapping[str, str] | None = None
) -> tuple[CapacityReservation, CapacityReservation]:
    """Make a new reservation of some of the unused room of another; both.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-split.html
    """
    source = active(uow, id)
    _check_unused(source, count)
    same = (
        "instance_type", "platform", "zone", "zone_id", "tenancy", "ebs_optimized", "ephemeral_storage",
        "end_date", "end_date_type", "match_criteria", "placement_group_arn", "next_state", "next_at", "state",
    )  # fmt: skip
    destination = CapacityReservation(
        account=uow.account,
        region=uow.region,
        total=0,
        available=0,
        start_date=clock.this_second(),
        **{name: getattr(source, name) for name in same},
    )
    uow.add(destination)
    uow.flush()
    tags.attach(uow, destination, wanted_tags or {})
    _move(uow, settings, source, destination, count)
    return source, destination


def move(
    uow: UnitOfWork, settings: Settings, source_id: str, destination_id: str, count: int
) -> tuple[CapacityReservation, CapacityReservation]:
    """Move unused room to another reservation of the same kind; both, as they are then.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-move.html
    """
    if source_id == destination_id:
        raise errors.InvalidParameterCombination(
            reason="The source and the destination Capacity Reservation must not be the same."
        )
    source, destination = active(uow, source_id), active(uow, destination_id)
    for name in ("instance_type", "platform", "zone", "tenancy", "placement_group_arn", "end_date"):
        if getattr(source, name) != getattr(destination, name):
            raise errors.InvalidParameterCombination(
                reason=f"The Capacity Reservations {source.id} and {destination.id} differ in their {name}."
            )
    _check_unused(source, count)
    _move(uow, settings, source, destination, count)
    return source, destination


def _move(
    uow: UnitOfWork, settings: Settings, source: CapacityReservation, destination: CapacityReservation, count: int
) -> None:
    reserved.move(uow, source.id, destination.id, count)
    source.total, source.available = source.total - count, source.available - count
    destination.total, destination.available = destination.total + count, destination.available + count
    if source.total == 0:
        _cancel(uow, settings, source)


def _check_unused(reservation: CapacityReservation, count: int) -> None:
    future_reservations.check_change(reservation, reservation.total - count, None)
    if not 1 <= count <= reservation.available:
        raise errors.InvalidParameterValue(
            value=count,
            name="InstanceCount",
            reason=f"The Capacity Reservation {reservation.id} has {reservation.available} available instances.",
        )


def active(uow: UnitOfWork, id: str) -> CapacityReservation:
    """The reservation, locked; InvalidCapacityReservationState unless it is active."""
    reservation = uow.require(CapacityReservation, id, for_update=True)
    if reservation.state != "active":
        raise errors.InvalidCapacityReservationState(
            reason=f"The Capacity Reservation '{reservation.id}' is in the state '{reservation.state}'."
        )
    return reservation


def _facts(reservation: CapacityReservation) -> TypeFacts:
    facts = instance_types.find(reservation.instance_type)
    if facts is None:  # it was found when the reservation was made
        raise LookupError(reservation.instance_type)
    return facts
