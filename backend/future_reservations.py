"""Capacity reservations for a future date: assessed, scheduled, delivered when it comes, and committed to for a while.

Nobody is asked to pay here, so no cancellation or change of the date is quoted: whoever names a quote names none.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cr-concepts.html
"""

import re
from datetime import datetime, timedelta
from typing import Any

from backend import absent, clock, errors
from backend.catalogue.instance_types import TypeFacts

SOONEST, LATEST = timedelta(days=5), timedelta(days=120)
LEAST_VCPUS = 32
TO_COME = ("assessing", "scheduled", "delayed")
"""States before the room is there."""

CANCELLATION_QUOTE = ("InvalidCapacityReservationCancellationQuoteId.NotFound", "cancellation quote")
MODIFICATION_QUOTE = ("InvalidCapacityReservationModificationQuoteId.NotFound", "modification quote")

_FAMILIES = re.compile(r"(?:[cmritg]|gr|im|is)[0-9]")
"""Of the categories C, M, R, I, T and G."""


def check(wanted: Any, facts: TypeFacts) -> None:
    """Whether a ``capacity_reservations.Wanted`` may be for a future date, if it is: InvalidParameterCombination,
    InvalidParameterValue, MissingParameter."""
    terms = {"CommitmentDuration": wanted.commitment_seconds, "DeliveryPreference": wanted.delivery_preference}
    if wanted.start_date is None:
        for name, value in terms.items():
            if value is not None:
                raise errors.InvalidParameterCombination(reason=f"The parameter {name} requires a StartDate.")
        return
    for name, value in terms.items():
        if value is None:
            raise errors.MissingParameter(name=name)
    if wanted.delivery_preference != "incremental":
        raise errors.InvalidParameterValue(
            value=wanted.delivery_preference,
            name="DeliveryPreference",
            reason="The only supported value is incremental.",
        )
    if wanted.match_criteria != "targeted":
        raise errors.InvalidParameterCombination(
            reason="InstanceMatchCriteria must be targeted for a future-dated Capacity Reservation."
        )
    if wanted.placement_group_arn is not None:
        raise errors.InvalidParameterCombination(
            reason="PlacementGroupArn is not supported for future-dated Capacity Reservations."
        )
    _check_size(wanted.count, facts)
    _check_dates(wanted)


def _check_size(count: int, facts: TypeFacts) -> None:
    if not _FAMILIES.match(facts.name):
        raise errors.InvalidParameterCombination(
            reason=f"Future-dated Capacity Reservations are not supported for the instance type {facts.name}."
        )
    if count * facts.vcpus < LEAST_VCPUS:
        raise errors.InvalidParameterValue(
            value=count, name="InstanceCount", reason=f"The instances must have {LEAST_VCPUS} vCPUs or more together."
        )


def _check_dates(wanted: Any) -> None:
    start = naive(wanted.start_date)
    if not SOONEST <= start - clock.now() <= LATEST:
        raise errors.InvalidParameterValue(
            value=start.isoformat(), name="StartDate", reason="It must be 5 to 120 days from now."
        )
    check_end(wanted.end_date, start + timedelta(seconds=wanted.commitment_seconds))


def check_end(end_date: datetime | None, committed_until: datetime) -> None:
    """InvalidParameterValue for an end within the commitment duration."""
    if end_date is not None and naive(end_date) < committed_until:
        raise errors.InvalidParameterValue(
            value=end_date.isoformat(), name="EndDate", reason="It must not be within the commitment duration."
        )


def naive(date: datetime) -> datetime:
    return date.replace(tzinfo=None)


def committed_until(reservation: Any) -> datetime | None:
    """When the commitment of a reservation (row or record) ends; None where there is none."""
    if reservation.commitment_seconds is None or reservation.start_date is None:
        return None
    end: datetime = reservation.start_date + timedelta(seconds=reservation.commitment_seconds)
    return end


def is_committed(reservation: Any) -> bool:
    """Whether a reservation must not be made smaller now, nor end."""
    until = committed_until(reservation)
    return until is not None and clock.now() < until


def check_cancellation(reservation: Any, charges: str | None, quote_id: str | None) -> None:
    """Whether it may be cancelled: InvalidCapacityReservationState, MissingParameter, NotFound of a quote."""
    if quote_id is not None:
        if charges is None:
            raise errors.MissingParameter(name="ApplyCancellationCharges")
        absent.refuse(CANCELLATION_QUOTE, [quote_id])
    if reservation.state not in ("active", "assessing", "scheduled", "delayed"):
        raise errors.InvalidCapacityReservationState(
            reason=f"The Capacity Reservation '{reservation.id}' is in the state '{reservation.state}'."
        )
    if reservation.state in ("scheduled", "active") and is_committed(reservation):
        if charges is not None:
            raise errors.MissingParameter(name="QuoteId")
        raise errors.InvalidCapacityReservationState(
            reason=f"The Capacity Reservation '{reservation.id}' is within its commitment duration. "
            "It can only be cancelled with a cancellation quote."
        )


def check_change(reservation: Any, count: int | None, end_date: datetime | None) -> None:
    """What a commitment forbids of a change: InvalidCapacityReservationState, InvalidParameterValue."""
    until = committed_until(reservation)
    if until is None or clock.now() >= until:
        return
    if count is not None and count < reservation.total:
        raise errors.InvalidCapacityReservationState(
            reason=f"The instance count of the Capacity Reservation '{reservation.id}' cannot be decreased within its "
            "commitment duration."
        )
    check_end(end_date, until)


def check_new_start(start_date: datetime | None, quote_id: str | None, *, accepted: bool | None) -> None:
    """A later start is quoted first: MissingParameter, NotFound of a quote."""
    if start_date is None and quote_id is None and accepted is None:
        return
    if quote_id is None:
        raise errors.MissingParameter(name="QuoteId")
    if not accepted:
        raise errors.MissingParameter(name="AcceptModificationTerms")
    absent.refuse(MODIFICATION_QUOTE, [quote_id])
