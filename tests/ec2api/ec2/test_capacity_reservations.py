"""Capacity reservations: what they hold, and which instances run in them."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from backend import clock
from backend.db.models import CapacityReservation, Host
from tests.conftest import Embedded
from tests.launching import ami, launch, wait_for
from tests.refusal import refused

ZONE = "us-east-1a"
OUTPOST = "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0"
TARGETED: dict[str, Any] = {"InstanceMatchCriteria": "targeted"}


def reserve(ec2: Any, count: int = 2, **more: Any) -> Any:
    given = {"InstanceType": "t3.micro", "InstancePlatform": "Linux/UNIX", "AvailabilityZone": ZONE, **more}
    return ec2.create_capacity_reservation(InstanceCount=count, **given)["CapacityReservation"]


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_capacity_reservations(CapacityReservationIds=[id])["CapacityReservations"][0]


def available(ec2: Any, id: str) -> int:
    return int(shown(ec2, id)["AvailableInstanceCount"])


def run(ec2: Any, count: int = 1, **more: Any) -> list[Any]:
    given = {"ImageId": ami(ec2), "InstanceType": "t3.micro", "Placement": {"AvailabilityZone": ZONE}, **more}
    found: list[Any] = ec2.run_instances(MinCount=count, MaxCount=count, **given)["Instances"]
    return found


def target(id: str) -> dict[str, Any]:
    return {"CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": id}}}


def end(ec2: Any, *instances: Any) -> None:
    ids = [i["InstanceId"] for i in instances]
    ec2.terminate_instances(InstanceIds=ids)
    wait_for(ec2, ids, "terminated")


class Room:
    """What is free on the hosts of a cloud of its own."""

    def __init__(self, cloud: Embedded) -> None:
        self.cloud, self.ec2 = cloud, cloud.client()

    @property
    def vcpus(self) -> int:
        with self.cloud.cloud.everywhere(write=False) as uow:
            return int(uow.scalar(select(func.sum(Host.free_vcpus)).where(Host.zone == ZONE)) or 0)


@pytest.fixture
def room(new_cloud: Callable[..., Embedded]) -> Iterator[Room]:
    yield Room(new_cloud())


def test_a_reservation_is_active_at_once(ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    found = reserve(ec2, TagSpecifications=[{"ResourceType": "capacity-reservation", "Tags": tags}])
    id = found["CapacityReservationId"]
    assert found["State"] == "active" and found["OwnerId"] == account
    assert found["CapacityReservationArn"] == f"arn:aws:ec2:us-east-1:{account}:capacity-reservation/{id}"
    assert found["TotalInstanceCount"] == found["AvailableInstanceCount"] == 2
    assert found["Tenancy"] == "default" and found["EndDateType"] == "unlimited"
    assert found["InstanceMatchCriteria"] == "open" and found["Tags"] == tags
    assert shown(ec2, id) == found
    assert ec2.get_groups_for_capacity_reservation(CapacityReservationId=id)["CapacityReservationGroups"] == []


def test_matching_launches_run_in_an_open_reservation(ec2: Any) -> None:
    id = reserve(ec2)["CapacityReservationId"]
    (elsewhere,) = run(ec2, Placement={"AvailabilityZone": "us-east-1b"})
    (larger,) = run(ec2, InstanceType="t3.small")
    (apart,) = run(ec2, CapacityReservationSpecification={"CapacityReservationPreference": "none"})
    assert all("CapacityReservationId" not in i for i in (elsewhere, larger, apart))
    found = run(ec2, 3)
    assert [i.get("CapacityReservationId") for i in found] == [id, id, None]
    assert found[0]["CapacityReservationSpecification"] == {"CapacityReservationPreference": "open"}
    assert available(ec2, id) == 0
    usage = ec2.get_capacity_reservation_usage(CapacityReservationId=id)
    assert usage["InstanceUsages"][0]["UsedInstanceCount"] == 2
    assert shown(ec2, id)["CapacityAllocations"] == [{"AllocationType": "used", "Count": 2}]
    filters = [{"Name": "capacity-reservation-id", "Values": [id]}]
    inside = ec2.describe_instances(Filters=filters)["Reservations"][0]["Instances"]
    assert len(inside) == 2
    end(ec2, found[0])
    assert available(ec2, id) == 1
    assert run(ec2)[0]["CapacityReservationId"] == id


def test_a_targeted_reservation_takes_who_names_it(ec2: Any) -> None:
    id = reserve(ec2, **TARGETED)["CapacityReservationId"]
    assert "CapacityReservationId" not in run(ec2)[0]
    (inside,) = run(ec2, **target(id), Placement={})
    assert inside["CapacityReservationId"] == id and inside["Placement"]["AvailabilityZone"] == ZONE
    assert inside["CapacityReservationSpecification"] == {"CapacityReservationTarget": {"CapacityReservationId": id}}
    with refused("ReservationCapacityExceeded", id):
        run(ec2, 2, **target(id))
    assert available(ec2, id) == 1
    with refused("InvalidParameterCombination", "t3.small"):
        run(ec2, InstanceType="t3.small", **target(id))
    with refused("InvalidParameterCombination", ZONE):
        run(ec2, Placement={"AvailabilityZone": "us-east-1b"}, **target(id))
    with refused("InvalidCapacityReservationId.NotFound"):
        run(ec2, **target("cr-0123456789abcdef0"))
    with refused("InvalidCapacityReservationId.Malformed"):
        run(ec2, **target("mine"))


def test_a_launch_can_insist_on_reservations(ec2: Any) -> None:
    preference = {"CapacityReservationPreference": "capacity-reservations-only"}
    only: dict[str, Any] = {"CapacityReservationSpecification": preference}
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2, **only)
    id = reserve(ec2, 1)["CapacityReservationId"]
    assert run(ec2, **only)[0]["CapacityReservationId"] == id
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2, **only)
    both = {**target(id)["CapacityReservationSpecification"], "CapacityReservationPreference": "open"}
    with refused("InvalidParameterCombination"):
        run(ec2, CapacityReservationSpecification=both)


def test_running_instances_come_into_an_open_reservation(ec2: Any) -> None:
    instance = launch(ec2, Placement={"AvailabilityZone": ZONE})
    found = reserve(ec2, 2)
    assert found["AvailableInstanceCount"] == 1
    targeted = reserve(ec2, 2, **TARGETED)
    assert targeted["AvailableInstanceCount"] == 2
    one = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert one["CapacityReservationId"] == found["CapacityReservationId"]
    other = run(ec2, CapacityReservationSpecification={"CapacityReservationPreference": "none"})
    ec2.modify_capacity_reservation(
        CapacityReservationId=targeted["CapacityReservationId"], InstanceMatchCriteria="open"
    )
    assert available(ec2, targeted["CapacityReservationId"]) == 2
    end(ec2, instance, *other)
    assert available(ec2, found["CapacityReservationId"]) == 2


def test_a_stopped_instance_leaves_its_room_to_others(ec2: Any) -> None:
    id = reserve(ec2, 1)["CapacityReservationId"]
    (one,) = run(ec2)
    wait_for(ec2, [one["InstanceId"]], "running")
    ec2.stop_instances(InstanceIds=[one["InstanceId"]])
    (one,) = wait_for(ec2, [one["InstanceId"]], "stopped")
    assert "CapacityReservationId" not in one and available(ec2, id) == 1
    ec2.start_instances(InstanceIds=[one["InstanceId"]])
    (one,) = wait_for(ec2, [one["InstanceId"]], "running")
    assert one["CapacityReservationId"] == id and available(ec2, id) == 0


def test_a_stopped_instance_is_aimed_at_a_reservation(ec2: Any) -> None:
    id = reserve(ec2, 1, **TARGETED)["CapacityReservationId"]
    instance = launch(ec2, Placement={"AvailabilityZone": ZONE})["InstanceId"]
    specification = target(id)["CapacityReservationSpecification"]
    with refused("IncorrectInstanceState"):
        ec2.modify_instance_capacity_reservation_attributes(
            InstanceId=instance, CapacityReservationSpecification=specification
        )
    ec2.stop_instances(InstanceIds=[instance])
    wait_for(ec2, [instance], "stopped")
    ec2.modify_instance_capacity_reservation_attributes(
        InstanceId=instance, CapacityReservationSpecification=specification
    )
    run(ec2, **target(id))
    with refused("ReservationCapacityExceeded"):
        ec2.start_instances(InstanceIds=[instance])
    ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=2)
    ec2.start_instances(InstanceIds=[instance])
    (found,) = wait_for(ec2, [instance], "running")
    assert found["CapacityReservationId"] == id


def test_room_is_held_and_given_back(room: Room) -> None:
    ec2, before = room.ec2, room.vcpus
    id = reserve(ec2, 5)["CapacityReservationId"]
    assert room.vcpus == before - 10
    instances = run(ec2, 4, CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    assert room.vcpus == before - 10
    ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=8)
    assert room.vcpus == before - 16
    with refused("InvalidParameterValue"):
        ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=3)
    ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=4)
    assert room.vcpus == before - 8 and available(ec2, id) == 0
    end(ec2, instances[0])
    assert room.vcpus == before - 8 and available(ec2, id) == 1
    ec2.cancel_capacity_reservation(CapacityReservationId=id)
    assert shown(ec2, id)["State"] == "cancelled"
    assert room.vcpus == before - 6
    end(ec2, *instances[1:])
    assert room.vcpus == before
    with refused("InvalidCapacityReservationState"):
        ec2.cancel_capacity_reservation(CapacityReservationId=id)
    with refused("InvalidCapacityReservationState"):
        run(ec2, **target(id))


def test_nobody_else_gets_the_room(new_cloud: Callable[..., Embedded]) -> None:
    room = Room(new_cloud(simulated_vcpus=16))
    ec2, other = room.ec2, room.cloud.client(account="111111111111")
    reserve(ec2, 7)
    run(other)
    with refused("InsufficientInstanceCapacity", status=500):
        run(other)
    with refused("InsufficientInstanceCapacity", status=500):
        reserve(other, 1, **TARGETED)
    assert len(run(ec2, 7)) == 7
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2)
    assert room.vcpus == 0


def test_a_reservation_expires(room: Room) -> None:
    ec2, before = room.ec2, room.vcpus
    soon = datetime.now(UTC) + timedelta(seconds=1.2)
    id = reserve(ec2, EndDate=soon, EndDateType="limited")["CapacityReservationId"]
    (instance,) = run(ec2)
    _poll(lambda: shown(ec2, id)["State"] == "expired")
    assert room.vcpus == before - 2
    end(ec2, instance)
    assert room.vcpus == before


def _poll(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 15
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_unused_room_is_split_and_moved(room: Room) -> None:
    ec2, before = room.ec2, room.vcpus
    source = reserve(ec2, 5)["CapacityReservationId"]
    run(ec2)
    answer = ec2.create_capacity_reservation_by_splitting(SourceCapacityReservationId=source, InstanceCount=3)
    split = answer["DestinationCapacityReservation"]
    assert split["TotalInstanceCount"] == split["AvailableInstanceCount"] == 3
    assert answer["SourceCapacityReservation"]["TotalInstanceCount"] == 2
    with refused("InvalidParameterValue", "1 available"):
        ec2.create_capacity_reservation_by_splitting(SourceCapacityReservationId=source, InstanceCount=2)
    id = split["CapacityReservationId"]
    answer = ec2.move_capacity_reservation_instances(
        SourceCapacityReservationId=id, DestinationCapacityReservationId=source, InstanceCount=3
    )
    assert answer["SourceCapacityReservation"]["State"] == "cancelled"
    assert answer["DestinationCapacityReservation"]["AvailableInstanceCount"] == 4
    assert room.vcpus == before - 10
    other = reserve(ec2, 1, InstanceType="t3.small")["CapacityReservationId"]
    with refused("InvalidParameterCombination"):
        ec2.move_capacity_reservation_instances(
            SourceCapacityReservationId=source, DestinationCapacityReservationId=other, InstanceCount=1
        )
    with refused("InvalidParameterCombination"):
        ec2.move_capacity_reservation_instances(
            SourceCapacityReservationId=source, DestinationCapacityReservationId=source, InstanceCount=1
        )


def test_a_reservation_in_a_cluster(ec2: Any) -> None:
    group = ec2.create_placement_group(GroupName="near", Strategy="cluster")["PlacementGroup"]
    ec2.create_placement_group(GroupName="apart", Strategy="spread")
    id = reserve(ec2, 1, InstanceType="c5.large", PlacementGroupArn=group["GroupArn"])["CapacityReservationId"]
    (outside,) = run(ec2, InstanceType="c5.large")
    assert "CapacityReservationId" not in outside
    (inside,) = run(ec2, InstanceType="c5.large", Placement={"AvailabilityZone": ZONE, "GroupName": "near"})
    assert inside["CapacityReservationId"] == id
    arn = group["GroupArn"].replace("near", "apart")
    with refused("InvalidParameterCombination"):
        reserve(ec2, PlacementGroupArn=arn)
    with refused("InvalidPlacementGroup.Unknown"):
        reserve(ec2, PlacementGroupArn=arn + "x")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"InstanceType": "t3.gigantic"}, "InvalidParameterValue"),
        ({"InstancePlatform": "BeOS"}, "InvalidParameterValue"),
        ({"InstanceCount": 0}, "InvalidParameterValue"),
        ({"InstanceCount": 1001}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1z"}, "InvalidParameterValue"),
        ({"AvailabilityZone": None}, "MissingParameter"),
        ({"EndDateType": "limited"}, "MissingParameter"),
        ({"EndDateType": "unlimited", "EndDate": "2050-01-01T00:00:00Z"}, "InvalidParameterCombination"),
        ({"EndDate": "2020-01-01T00:00:00Z"}, "InvalidParameterValue"),
        ({"OutpostArn": OUTPOST}, "InvalidParameterValue"),
    ],
)
def test_reservations_that_are_refused(ec2: Any, given: dict[str, Any], code: str) -> None:
    wanted = {
        "InstanceType": "t3.micro",
        "InstancePlatform": "Linux/UNIX",
        "AvailabilityZone": ZONE,
        "InstanceCount": 1,
        **given,
    }
    with refused(code):
        ec2.create_capacity_reservation(**{name: value for name, value in wanted.items() if value is not None})
    assert ec2.describe_capacity_reservations()["CapacityReservations"] == []


def test_filters_and_ends(ec2: Any) -> None:
    first = reserve(ec2, EndDate="2050-01-02T03:04:05Z")
    id = first["CapacityReservationId"]
    assert first["EndDateType"] == "limited" and first["EndDate"].isoformat() == "2050-01-02T03:04:05+00:00"
    second = reserve(ec2, InstanceType="m5.large", Tenancy="dedicated", **TARGETED)["CapacityReservationId"]
    for name, value, found in (
        ("instance-type", "m5.*", [second]),
        ("end-date", "2050-*", [id]),
        ("end-date-type", "limited", [id]),
        ("tenancy", "dedicated", [second]),
        ("instance-match-criteria", "targeted", [second]),
        ("state", "active", [id, second]),
        ("outpost-arn", "*", []),
    ):
        answer = ec2.describe_capacity_reservations(Filters=[{"Name": name, "Values": [value]}])
        assert [r["CapacityReservationId"] for r in answer["CapacityReservations"]] == found, name
    ec2.modify_capacity_reservation(CapacityReservationId=id, EndDateType="unlimited")
    assert shown(ec2, id)["EndDateType"] == "unlimited" and "EndDate" not in shown(ec2, id)
    page = ec2.describe_capacity_reservations(MaxResults=1)
    again = ec2.describe_capacity_reservations(MaxResults=1, NextToken=page["NextToken"])
    assert again["CapacityReservations"][0]["CapacityReservationId"] == second
    with refused("InvalidNextToken"):
        ec2.get_capacity_reservation_usage(CapacityReservationId=id, NextToken="x")


class TestFuture:
    DAY = 86400

    def wanted(self, *, days: float = 6, **changes: Any) -> dict[str, Any]:
        given = {
            "InstanceType": "m5.xlarge",
            "InstanceCount": 8,
            "InstancePlatform": "Linux/UNIX",
            "AvailabilityZone": ZONE,
            "StartDate": datetime.now(UTC) + timedelta(days=days),
            "CommitmentDuration": 14 * self.DAY,
            "DeliveryPreference": "incremental",
            **TARGETED,
            **changes,
        }
        return {name: value for name, value in given.items() if value is not None}

    @pytest.fixture
    def room(self, new_cloud: Callable[..., Embedded]) -> Room:
        return Room(new_cloud(transition_seconds=0.05))

    def begin(self, room: Room, id: str) -> None:
        """Let its date be now."""
        with room.cloud.cloud.everywhere(write=True) as uow:
            uow.query(CapacityReservation).filter_by(id=id).one().start_date = clock.this_second()
            uow.commit()

    def test_it_is_assessed_scheduled_and_delivered(self, room: Room) -> None:
        ec2, before = room.ec2, room.vcpus
        made = ec2.create_capacity_reservation(**self.wanted())["CapacityReservation"]
        id = made["CapacityReservationId"]
        assert (made["State"], made["TotalInstanceCount"], made["AvailableInstanceCount"]) == ("assessing", 8, 0)
        assert made["DeliveryPreference"] == "incremental"
        assert made["CapacityAllocations"] == [{"AllocationType": "future", "Count": 8}]
        commitment = made["CommitmentInfo"]
        assert (commitment["CommittedInstanceCount"], commitment["CommitmentDuration"]) == (8, 14 * self.DAY)
        assert commitment["CommitmentEndDate"] - made["StartDate"] == timedelta(days=14)
        eventually(lambda: shown(ec2, id)["State"], "scheduled")
        assert room.vcpus == before
        assert ec2.get_capacity_reservation_usage(CapacityReservationId=id)["InstanceUsages"] == []
        for call, given in (
            (ec2.cancel_capacity_reservation, {}),
            (ec2.modify_capacity_reservation, {"InstanceCount": 9}),
        ):
            with refused("InvalidCapacityReservationState"):
                call(CapacityReservationId=id, **given)
        self.begin(room, id)
        eventually(lambda: shown(ec2, id)["State"], "active")
        assert room.vcpus == before - 32
        assert shown(ec2, id)["AvailableInstanceCount"] == 8
        with refused("InvalidCapacityReservationState", "commitment"):
            ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=7)
        with refused("InvalidParameterValue", "commitment"):
            ec2.modify_capacity_reservation(CapacityReservationId=id, EndDate=datetime.now(UTC) + timedelta(days=1))
        with refused("InvalidCapacityReservationState", "commitment"):
            ec2.create_capacity_reservation_by_splitting(SourceCapacityReservationId=id, InstanceCount=1)
        with refused("InvalidCapacityReservationState", "commitment"):
            ec2.cancel_capacity_reservation(CapacityReservationId=id)
        ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=9, AdditionalInfo="x")
        assert room.vcpus == before - 36

    def test_without_room_it_is_delayed_and_then_free_of_its_commitment(self, room: Room) -> None:
        ec2 = room.ec2
        id = ec2.create_capacity_reservation(**self.wanted(InstanceCount=8))["CapacityReservation"][
            "CapacityReservationId"
        ]
        eventually(lambda: shown(ec2, id)["State"], "scheduled")
        with room.cloud.cloud.everywhere(write=True) as uow:
            uow.query(CapacityReservation).filter_by(id=id).one().total = 1000000
            uow.commit()
        self.begin(room, id)
        eventually(lambda: shown(ec2, id)["State"], "delayed")
        assert "CommitmentInfo" not in shown(ec2, id)
        with room.cloud.cloud.everywhere(write=True) as uow:
            uow.query(CapacityReservation).filter_by(id=id).one().total = 8
            uow.commit()
        eventually(lambda: shown(ec2, id)["State"], "active")
        ec2.cancel_capacity_reservation(CapacityReservationId=id)
        assert shown(ec2, id)["State"] == "cancelled"

    def test_what_is_assessed_can_be_cancelled(self, new_cloud: Callable[..., Embedded]) -> None:
        ec2 = new_cloud(transition_seconds=600).client()
        id = ec2.create_capacity_reservation(**self.wanted())["CapacityReservation"]["CapacityReservationId"]
        ec2.cancel_capacity_reservation(CapacityReservationId=id)
        assert shown(ec2, id)["State"] == "cancelled"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"CommitmentDuration": None}, "MissingParameter"),
            ({"DeliveryPreference": None}, "MissingParameter"),
            ({"DeliveryPreference": "fixed"}, "InvalidParameterValue"),
            ({"StartDate": None}, "InvalidParameterCombination"),
            ({"InstanceMatchCriteria": "open"}, "InvalidParameterCombination"),
            ({"days": 4}, "InvalidParameterValue"),
            ({"days": 121}, "InvalidParameterValue"),
            ({"InstanceCount": 7}, "InvalidParameterValue"),
            ({"InstanceType": "p3.16xlarge"}, "InvalidParameterCombination"),
            (
                {"PlacementGroupArn": "arn:aws:ec2:us-east-1:000000000000:placement-group/x"},
                "InvalidParameterCombination",
            ),
            ({"OutpostArn": OUTPOST}, "InvalidParameterCombination"),
            ({"EndDate": datetime.now(UTC) + timedelta(days=19)}, "InvalidParameterValue"),
        ],
    )
    def test_what_is_refused(self, ec2: Any, changes: dict[str, Any], code: str) -> None:
        with refused(code):
            ec2.create_capacity_reservation(**self.wanted(**changes))
        assert ec2.describe_capacity_reservations()["CapacityReservations"] == []

    def test_nothing_is_quoted(self, ec2: Any) -> None:
        id = reserve(ec2)["CapacityReservationId"]
        with refused("InvalidCapacityReservationCancellationQuoteId.NotFound"):
            ec2.cancel_capacity_reservation(
                CapacityReservationId=id, ApplyCancellationCharges="commitment-wind-down", QuoteId="crcq-1"
            )
        with refused("MissingParameter", "ApplyCancellationCharges"):
            ec2.cancel_capacity_reservation(CapacityReservationId=id, QuoteId="crcq-1")
        later = {"CapacityReservationId": id, "StartDate": datetime.now(UTC) + timedelta(days=9)}
        with refused("MissingParameter", "QuoteId"):
            ec2.modify_capacity_reservation(**later)
        with refused("MissingParameter", "AcceptModificationTerms"):
            ec2.modify_capacity_reservation(**later, QuoteId="crmq-1")
        with refused("InvalidCapacityReservationModificationQuoteId.NotFound"):
            ec2.modify_capacity_reservation(**later, QuoteId="crmq-1", AcceptModificationTerms=True)


def eventually(look: Callable[[], Any], wanted: Any, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while (found := look()) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.02)
