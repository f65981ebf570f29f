"""Which capacity reservations a launch uses, by its CapacityReservationSpecification.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-launch.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend import capacity_reservations, errors
from backend.config import Settings
from backend.db.models import CapacityReservation
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes
from backend.scheduler import reserved
from backend.scheduler.place import Claim
from backend.scheduler.request import Request


@dataclass(frozen=True)
class Kind:
    """What of a launch a reservation must match."""

    instance_type: str
    platform: str
    tenancy: str
    group_arn: str | None


def take_open(
    uow: UnitOfWork, settings: Settings, kind: Kind, need: Request, count: int, *, host: str | None = None
) -> list[Claim]:
    """Claims for up to so many guests in the open reservations of a zone that match. ``need``: of one, in its zone."""
    query = select(CapacityReservation).where(
        CapacityReservation.state == "active",
        CapacityReservation.available > 0,
        CapacityReservation.match_criteria == "open",
        CapacityReservation.instance_type == kind.instance_type,
        CapacityReservation.platform == kind.platform,
        CapacityReservation.tenancy == kind.tenancy,
        CapacityReservation.zone == need.zone,
        CapacityReservation.placement_group_arn == kind.group_arn,
    )
    claims: list[Claim] = []
    alive_within = settings.host_timeout_seconds
    locked = query.order_by(CapacityReservation.row).with_for_update().execution_options(populate_existing=True)
    for reservation in uow.scalars(locked).all():
        if len(claims) < count:
            claims += reserved.take(uow, reservation, need, count - len(claims), alive_within=alive_within, host=host)
    return claims


def take_target(
    uow: UnitOfWork, settings: Settings, id: str, kind: Kind, need: Request, count: int, *, host: str | None = None
) -> list[Claim]:
    """Claims for up to so many guests in the reservation with this id."""
    reservation = targeted(uow, id, kind)
    if reservation.zone != need.zone:
        return []
    return reserved.take(uow, reservation, need, count, alive_within=settings.host_timeout_seconds, host=host)


def targeted(uow: UnitOfWork, id: str, kind: Kind) -> CapacityReservation:
    """The reservation that a launch names, locked; errors for one that is not active or does not match the launch."""
    reservation = capacity_reservations.active(uow, id)
    for name, ours, theirs in (
        ("instance type", reservation.instance_type, kind.instance_type),
        ("platform", reservation.platform, kind.platform),
        ("tenancy", reservation.tenancy, kind.tenancy),
        ("placement group", reservation.placement_group_arn, kind.group_arn),
    ):
        if ours != theirs:
            raise errors.InvalidParameterCombination(
                reason=f"The {name} '{theirs}' does not match that of the Capacity Reservation {id}: '{ours}'."
            )
    return reservation


def retarget(uow: UnitOfWork, instance_id: str, specification: Mapping[str, Any]) -> None:
    """Change what reservations a stopped instance runs in once it starts."""
    instance = changes.living(uow, instance_id)
    changes.check_stopped(instance)
    changes.set_option(instance, "CapacityReservationSpecification", shown(checked(specification)))


def checked(specification: Mapping[str, Any]) -> Mapping[str, Any]:
    """A CapacityReservationSpecification, once its members fit together."""
    target = specification.get("CapacityReservationTarget") or {}
    preference = specification.get("CapacityReservationPreference")
    if preference is not None and preference != "capacity-reservations-only" and target:
        raise errors.InvalidParameterCombination(
            reason="The parameters CapacityReservationPreference and CapacityReservationTarget cannot be used together."
        )
    if len(target) > 1:
        raise errors.InvalidParameterCombination(
            reason="Specify either a Capacity Reservation ID or a resource group ARN, but not both."
        )
    if arn := target.get("CapacityReservationResourceGroupArn"):
        raise errors.InvalidParameterValue(
            value=arn, name="CapacityReservationResourceGroupArn", reason="There is no such resource group."
        )
    return specification


def shown(specification: Mapping[str, Any]) -> dict[str, Any]:
    """The same as EC2 shows it of an instance."""
    found: dict[str, Any] = {}
    if target := specification.get("CapacityReservationTarget"):
        found["CapacityReservationTarget"] = dict(target)
    preference = specification.get("CapacityReservationPreference")
    if preference or not found:
        found["CapacityReservationPreference"] = preference or "open"
    return found
