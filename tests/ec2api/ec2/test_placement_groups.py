"""Placement groups, and where their instances go."""

from collections import Counter
from typing import Any

import pytest

from tests.launching import ami, launch, wait_for
from tests.refusal import refused


def make(ec2: Any, name: str = "group", strategy: str = "cluster", **more: Any) -> Any:
    return ec2.create_placement_group(GroupName=name, Strategy=strategy, **more)["PlacementGroup"]


def run(ec2: Any, count: int = 1, least: int | None = None, **placement: Any) -> list[Any]:
    given = {"ImageId": ami(ec2), "InstanceType": "c5.large", "Placement": placement}
    found: list[Any] = ec2.run_instances(MinCount=least or count, MaxCount=count, **given)["Instances"]
    return found


def stopped(ec2: Any, **given: Any) -> str:
    id = str(launch(ec2, **given)["InstanceId"])
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    return id


def test_a_group_is_available_at_once(ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "near"}]
    group = make(ec2, TagSpecifications=[{"ResourceType": "placement-group", "Tags": tags}])
    assert group["GroupName"] == "group" and group["Strategy"] == "cluster" and group["State"] == "available"
    assert group["GroupArn"] == f"arn:aws:ec2:us-east-1:{account}:placement-group/group"
    assert group["Tags"] == tags
    assert ec2.describe_placement_groups(GroupNames=["group"])["PlacementGroups"] == [group]
    assert ec2.describe_placement_groups(GroupIds=[group["GroupId"]])["PlacementGroups"] == [group]
    ec2.delete_placement_group(GroupName="group")
    with refused("InvalidPlacementGroup.Unknown", "group"):
        ec2.describe_placement_groups(GroupNames=["group"])
    with refused("InvalidPlacementGroup.Unknown", "group"):
        ec2.delete_placement_group(GroupName="group")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"GroupName": "x" * 256}, "InvalidParameterValue"),
        ({"GroupName": "grün"}, "InvalidParameterValue"),
        ({}, "MissingParameter"),
        ({"GroupName": "a", "Strategy": "cluster", "PartitionCount": 2}, "InvalidParameterCombination"),
        ({"GroupName": "a", "Strategy": "cluster", "SpreadLevel": "rack"}, "InvalidParameterCombination"),
        ({"GroupName": "a", "Strategy": "partition", "PartitionCount": 8}, "InvalidParameterValue"),
        ({"GroupName": "a", "Strategy": "partition", "PartitionCount": 0}, "InvalidParameterValue"),
        ({"GroupName": "a", "Strategy": "scatter"}, "InvalidParameterValue"),
        ({"GroupName": "a", "Strategy": "precision-time"}, "UnsupportedOperation"),
        ({"GroupName": "there"}, "InvalidPlacementGroup.Duplicate"),
        ({"GroupName": "a", "ParentGroupId": "pg-0123456789abcdef0"}, "InvalidPlacementGroup.Unknown"),
    ],
)
def test_groups_that_are_refused(ec2: Any, given: dict[str, Any], code: str) -> None:
    make(ec2, "there")
    with refused(code):
        ec2.create_placement_group(**given)
    assert len(ec2.describe_placement_groups()["PlacementGroups"]) == 1


def test_filters(ec2: Any) -> None:
    one = make(ec2, "one", "partition", PartitionCount=3)
    two = make(ec2, "two", "spread", SpreadLevel="rack")
    assert one["PartitionCount"] == 3 and two["SpreadLevel"] == "rack"
    for name, value, found in (
        ("strategy", "spread", ["two"]),
        ("spread-level", "rack", ["two"]),
        ("group-name", "o*", ["one"]),
        ("group-arn", one["GroupArn"], ["one"]),
        ("state", "available", ["one", "two"]),
    ):
        filters = [{"Name": name, "Values": [value]}]
        assert [g["GroupName"] for g in ec2.describe_placement_groups(Filters=filters)["PlacementGroups"]] == found


def test_a_cluster_is_in_one_zone(ec2: Any) -> None:
    make(ec2)
    (first,) = run(ec2, GroupName="group", AvailabilityZone="us-east-1b")
    assert first["Placement"]["GroupName"] == "group"
    (second,) = run(ec2, GroupName="group")
    assert second["Placement"]["AvailabilityZone"] == "us-east-1b"
    with refused("InvalidParameterCombination", "us-east-1b"):
        run(ec2, GroupName="group", AvailabilityZone="us-east-1c")
    with refused("InvalidPlacementGroup.InUse", "group"):
        ec2.delete_placement_group(GroupName="group")
    ids = [first["InstanceId"], second["InstanceId"]]
    assert _with(ec2, "placement-group-name", "group") == ids
    ec2.terminate_instances(InstanceIds=ids)
    wait_for(ec2, ids, "terminated")
    ec2.delete_placement_group(GroupName="group")


def _with(ec2: Any, name: str, value: str) -> list[str]:
    found = ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])["Reservations"]
    return [i["InstanceId"] for r in found for i in r["Instances"]]


def test_a_rack_spread_has_seven_instances_in_a_zone(ec2: Any) -> None:
    group = make(ec2, strategy="spread")
    where = {"GroupId": group["GroupId"], "AvailabilityZone": "us-east-1a"}
    assert len(run(ec2, 9, least=5, **where)) == 7
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2, **where)
    assert len(run(ec2, 7, GroupName="group", AvailabilityZone="us-east-1b")) == 7


def test_partitions_fill_evenly(ec2: Any) -> None:
    make(ec2, strategy="partition", PartitionCount=3)
    where = {"GroupName": "group", "AvailabilityZone": "us-east-1a"}
    first = run(ec2, 2, **where)
    assert [i["Placement"]["PartitionNumber"] for i in first] == [1, 2]
    run(ec2, PartitionNumber=1, **where)
    again = run(ec2, 5, **where)
    assert Counter(i["Placement"]["PartitionNumber"] for i in again) == {1: 1, 2: 2, 3: 2} | {3: 2}
    assert len(_with(ec2, "placement-partition-number", "3")) == 2


def test_launches_that_are_refused(ec2: Any) -> None:
    make(ec2)
    make(ec2, "parts", "partition", PartitionCount=2)
    with refused("InvalidPlacementGroup.Unknown", "none"):
        run(ec2, GroupName="none")
    with refused("InvalidPlacementGroup.Unknown"):
        run(ec2, GroupId="pg-0123456789abcdef0")
    with refused("InvalidPlacementGroupId.Malformed"):
        run(ec2, GroupId="group")
    with refused("InvalidParameterCombination"):
        run(ec2, GroupName="group", PartitionNumber=1)
    with refused("InvalidParameterCombination"):
        run(ec2, PartitionNumber=1)
    with refused("InvalidParameterValue", "2 partitions"):
        run(ec2, GroupName="parts", PartitionNumber=3)
    with refused("InvalidParameterCombination", "'t3.micro'"):
        launch(ec2, until=None, Placement={"GroupName": "group"})
    make(ec2, "apart", "spread")
    with refused("InvalidParameterCombination", "dedicated"):
        run(ec2, GroupName="apart", Tenancy="dedicated")
    assert ec2.describe_instances()["Reservations"] == []


def test_a_stopped_instance_changes_its_group(ec2: Any) -> None:
    make(ec2, "parts", "partition", PartitionCount=2)
    make(ec2, "apart", "spread")
    id = stopped(ec2, Placement={"AvailabilityZone": "us-east-1a"})
    ec2.modify_instance_placement(InstanceId=id, GroupName="parts", PartitionNumber=2)
    assert _placement(ec2, id)["PartitionNumber"] == 2
    ec2.modify_instance_placement(InstanceId=id, PartitionNumber=1)
    assert _placement(ec2, id)["PartitionNumber"] == 1
    ec2.modify_instance_placement(InstanceId=id, GroupName="apart")
    assert _placement(ec2, id)["GroupName"] == "apart" and "PartitionNumber" not in _placement(ec2, id)
    ec2.start_instances(InstanceIds=[id])
    wait_for(ec2, [id], "running")
    with refused("IncorrectInstanceState"):
        ec2.modify_instance_placement(InstanceId=id, GroupName="")
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    ec2.modify_instance_placement(InstanceId=id, GroupName="")
    assert _placement(ec2, id)["GroupName"] == ""
    with refused("InvalidParameterCombination", "At least one"):
        ec2.modify_instance_placement(InstanceId=id)
    with refused("InvalidPlacementGroup.Unknown"):
        ec2.modify_instance_placement(InstanceId=id, GroupName="none")


def _placement(ec2: Any, id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]["Placement"]
