"""EC2 actions on capacity reservations.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CapacityReservation.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend import absent, capacity_reservations, errors, future_reservations
from backend.capacity_reservations import Wanted
from backend.db.models import CapacityReservation
from backend.instances import reservations
from ec2api.call import Call
from ec2api.describe import Describe, nothing, owned, show_tags
from ec2api.registry import action


def show(reservation: Any) -> dict[str, Any]:
    to_come = reservation.state in future_reservations.TO_COME
    taken = reservation.total if to_come else reservation.total - reservation.available
    allocation = {"AllocationType": "future" if to_come else "used", "Count": taken}
    arn = f"arn:aws:ec2:{reservation.region}:{reservation.account}:capacity-reservation/{reservation.id}"
    return {
        "CapacityReservationId": reservation.id,
        "OwnerId": reservation.account,
        "CapacityReservationArn": arn,
        "AvailabilityZoneId": reservation.zone_id,
        "InstanceType": reservation.instance_type,
        "InstancePlatform": reservation.platform,
        "AvailabilityZone": reservation.zone,
        "Tenancy": reservation.tenancy,
        "TotalInstanceCount": reservation.total,
        "AvailableInstanceCount": reservation.available,
        "EbsOptimized": reservation.ebs_optimized,
        "EphemeralStorage": reservation.ephemeral_storage,
        "State": reservation.state,
        "StartDate": reservation.start_date,
        "EndDate": reservation.end_date,
        "EndDateType": reservation.end_date_type,
        "InstanceMatchCriteria": reservation.match_criteria,
        "CreateDate": reservation.created,
        "Tags": show_tags(reservation),
        "PlacementGroupArn": reservation.placement_group_arn,
        "CapacityAllocations": [allocation] if taken else [],
        "ReservationType": "default",
        "DeliveryPreference": reservation.delivery_preference,
        "CommitmentInfo": _commitment(reservation),
    }


def _commitment(reservation: Any) -> dict[str, Any] | None:
    if reservation.commitment_seconds is None:
        return None
    return {
        "CommittedInstanceCount": reservation.committed,
        "CommitmentEndDate": future_reservations.committed_until(reservation),
        "CommitmentDuration": reservation.commitment_seconds,
    }


def _shown(call: Call, reservation: CapacityReservation) -> dict[str, Any]:
    return show(call.uow.look_up(CapacityReservation, reservation.id, load=(CapacityReservation.tags,)))


@action(tags=("capacity-reservation",))
def create_capacity_reservation(
    call: Call,
    *,
    instance_type: str,
    instance_platform: str,
    instance_count: int,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    tenancy: str = "default",
    ebs_optimized: bool = False,
    ephemeral_storage: bool = False,
    end_date: datetime | None = None,
    end_date_type: str | None = None,
    instance_match_criteria: str = "open",
    placement_group_arn: str | None = None,
    outpost_arn: str | None = None,
    start_date: datetime | None = None,
    commitment_duration: int | None = None,
    delivery_preference: str | None = None,
) -> dict[str, Any]:
    if outpost_arn is not None and start_date is not None:
        raise errors.InvalidParameterCombination(
            reason="OutpostArn is not supported for future-dated Capacity Reservations."
        )
    absent.outpost(outpost_arn, "outpostArn")
    wanted = Wanted(
        instance_type=instance_type,
        platform=instance_platform,
        count=instance_count,
        zone=availability_zone,
        zone_id=availability_zone_id,
        tenancy=tenancy,
        ebs_optimized=ebs_optimized,
        ephemeral_storage=ephemeral_storage,
        end_date=end_date,
        end_date_type=end_date_type,
        match_criteria=instance_match_criteria,
        placement_group_arn=placement_group_arn,
        start_date=start_date,
        commitment_seconds=commitment_duration,
        delivery_preference=delivery_preference,
    )
    reservation = capacity_reservations.create(call.uow, call.settings, wanted, call.tags(CapacityReservation))
    return {"CapacityReservation": _shown(call, reservation)}


@action
def modify_capacity_reservation(
    call: Call,
    *,
    capacity_reservation_id: str,
    instance_count: int | None = None,
    end_date: datetime | None = None,
    end_date_type: str | None = None,
    accept: bool | None = None,  # noqa: ARG001  one's own are accepted, and there are no others
    instance_match_criteria: str | None = None,
    additional_info: str | None = None,  # noqa: ARG001  AWS keeps it for itself: it has no effect
    start_date: datetime | None = None,
    quote_id: str | None = None,
    accept_modification_terms: bool | None = None,
) -> dict[str, Any]:
    future_reservations.check_new_start(start_date, quote_id, accepted=accept_modification_terms)
    capacity_reservations.modify(
        call.uow,
        call.settings,
        capacity_reservation_id,
        count=instance_count,
        end_date=end_date,
        end_date_type=end_date_type,
        match_criteria=instance_match_criteria,
    )
    return {"Return": True}


@action
def cancel_capacity_reservation(
    call: Call,
    *,
    capacity_reservation_id: str,
    apply_cancellation_charges: str | None = None,
    quote_id: str | None = None,
) -> dict[str, Any]:
    capacity_reservations.cancel(
        call.uow, call.settings, capacity_reservation_id, charges=apply_cancellation_charges, quote_id=quote_id
    )
    return {"Return": True}


@action(tags=("capacity-reservation",))
def create_capacity_reservation_by_splitting(
    call: Call, *, source_capacity_reservation_id: str, instance_count: int
) -> dict[str, Any]:
    source, destination = capacity_reservations.split(
        call.uow, call.settings, source_capacity_reservation_id, instance_count, call.tags(CapacityReservation)
    )
    return {
        "SourceCapacityReservation": _shown(call, source),
        "DestinationCapacityReservation": _shown(call, destination),
        "InstanceCount": instance_count,
    }


@action
def move_capacity_reservation_instances(
    call: Call,
    *,
    source_capacity_reservation_id: str,
    destination_capacity_reservation_id: str,
    instance_count: int,
) -> dict[str, Any]:
    source, destination = capacity_reservations.move(
        call.uow,
        call.settings,
        source_capacity_reservation_id,
        destination_capacity_reservation_id,
        instance_count,
    )
    return {
        "SourceCapacityReservation": _shown(call, source),
        "DestinationCapacityReservation": _shown(call, destination),
        "InstanceCount": instance_count,
    }


@action
def modify_instance_capacity_reservation_attributes(
    call: Call, *, instance_id: str, capacity_reservation_specification: Mapping[str, Any]
) -> dict[str, Any]:
    reservations.retarget(call.uow, instance_id, capacity_reservation_specification)
    return {"Return": True}


@action(reads=True)
def get_capacity_reservation_usage(
    call: Call,
    *,
    capacity_reservation_id: str,
    max_results: int = 1,  # noqa: ARG001  there is never more
    next_token: str | None = None,
) -> dict[str, Any]:
    _check_only_page(next_token)
    reservation = call.uow.look_up(CapacityReservation, capacity_reservation_id)
    used = 0 if reservation.state in future_reservations.TO_COME else reservation.total - reservation.available
    usage = [{"AccountId": reservation.account, "UsedInstanceCount": used}] if used else []
    return {
        "CapacityReservationId": reservation.id,
        "InstanceType": reservation.instance_type,
        "TotalInstanceCount": reservation.total,
        "AvailableInstanceCount": reservation.available,
        "State": reservation.state,
        "InstanceUsages": usage,
    }


@action(reads=True)
def get_groups_for_capacity_reservation(
    call: Call,
    *,
    capacity_reservation_id: str,
    max_results: int = 1,  # noqa: ARG001  there is never more
    next_token: str | None = None,
) -> dict[str, Any]:
    """A reservation is in groups of the service Resource Groups alone, which this cloud has not."""
    _check_only_page(next_token)
    call.uow.look_up(CapacityReservation, capacity_reservation_id)
    return {"CapacityReservationGroups": []}


def _check_only_page(next_token: str | None) -> None:
    """An answer of one item at most has no page but the first."""
    if next_token:
        raise errors.InvalidNextToken(token=next_token)


Describe(
    "DescribeCapacityReservations",
    CapacityReservation,
    view=show,
    ids="CapacityReservationIds",
    filters={
        "availability-zone": CapacityReservation.zone,
        "end-date": CapacityReservation.end_date,
        "end-date-type": CapacityReservation.end_date_type,
        "instance-match-criteria": CapacityReservation.match_criteria,
        "instance-platform": CapacityReservation.platform,
        "instance-type": CapacityReservation.instance_type,
        "outpost-arn": nothing,
        "owner-id": owned(CapacityReservation),
        "placement-group-arn": CapacityReservation.placement_group_arn,
        "start-date": CapacityReservation.start_date,
        "state": CapacityReservation.state,
        "tenancy": CapacityReservation.tenancy,
    },
    limits=(1, 1000),
)
