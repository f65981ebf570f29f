"""EC2 Fleets: what they launch, keep up and end."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.fleet_pools import Pool, allocate, ordered
from tests.launching import ami, code_of, wait_for
from tests.refusal import refused

BEGINNING = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def template(ec2: Any) -> str:
    data = {"ImageId": ami(ec2), "InstanceType": "t3.micro"}
    made = ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData=data)["LaunchTemplate"]
    return str(made["LaunchTemplateId"])


def configs(template: str, *overrides: dict[str, Any]) -> list[dict[str, Any]]:
    specification = {"LaunchTemplateId": template, "Version": "$Latest"}
    return [{"LaunchTemplateSpecification": specification, "Overrides": list(overrides)}]


def create(ec2: Any, template: str, total: int, *overrides: dict[str, Any], **more: Any) -> Any:
    target = {"TotalTargetCapacity": total, "DefaultTargetCapacityType": more.pop("market", "on-demand")}
    target |= more.pop("Target", {})
    return ec2.create_fleet(
        LaunchTemplateConfigs=configs(template, *overrides), TargetCapacitySpecification=target, **more
    )


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_fleets(FleetIds=[id])["Fleets"][0]


def until(found: Callable[[], Any], seconds: float = 15) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        if time.monotonic() > end:
            pytest.fail("it did not come to that")
        time.sleep(0.02)
    return value


def active(ec2: Any, id: str) -> list[str]:
    return [i["InstanceId"] for i in ec2.describe_fleet_instances(FleetId=id)["ActiveInstances"]]


def test_an_instant_fleet_answers_with_its_instances(ec2: Any, template: str) -> None:
    zone = {"AvailabilityZone": "us-east-1a"}
    target = {"OnDemandTargetCapacity": 1, "SpotTargetCapacity": 2}
    tags = [{"Key": "a", "Value": "b"}]
    made = create(
        ec2,
        template,
        3,
        {"InstanceType": "t3.micro", **zone},
        Type="instant",
        Target=target,
        TagSpecifications=[{"ResourceType": kind, "Tags": tags} for kind in ("fleet", "instance")],
    )
    assert made["Errors"] == []
    by_market = {group["Lifecycle"]: group for group in made["Instances"]}
    assert {market: len(group["InstanceIds"]) for market, group in by_market.items()} == {"on-demand": 1, "spot": 2}
    assert by_market["spot"]["InstanceType"] == "t3.micro"
    assert by_market["spot"]["LaunchTemplateAndOverrides"]["Overrides"]["AvailabilityZone"] == "us-east-1a"
    ids = [id for group in made["Instances"] for id in group["InstanceIds"]]
    for instance in wait_for(ec2, ids, "running"):
        own = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert own["aws:ec2:fleet-id"] == made["FleetId"] and own["a"] == "b"
        assert own["aws:ec2launchtemplate:id"] == template
    found = shown(ec2, made["FleetId"])
    assert found["FleetState"] == "active" and found["ActivityStatus"] == "fulfilled" and found["Tags"] == tags
    assert found["FulfilledCapacity"] == 3 and found["FulfilledOnDemandCapacity"] == 1
    assert len(found["Instances"]) == 2
    assert ec2.describe_fleets()["Fleets"] == []
    with refused("UnsupportedOperation"):
        ec2.describe_fleet_instances(FleetId=made["FleetId"])
    kept = ec2.delete_fleets(FleetIds=[made["FleetId"]], TerminateInstances=False)
    assert kept["UnsuccessfulFleetDeletions"][0]["Error"]["Code"] == "unexpectedError"
    (gone,) = ec2.delete_fleets(FleetIds=[made["FleetId"]], TerminateInstances=True)["SuccessfulFleetDeletions"]
    assert gone["PreviousFleetState"] == "active" and gone["CurrentFleetState"] == "deleted_terminating"
    wait_for(ec2, ids, "terminated")
    until(lambda: shown(ec2, made["FleetId"])["FleetState"] == "deleted")


def test_what_one_override_cannot_give_comes_from_another(ec2: Any, template: str) -> None:
    zone = {"AvailabilityZone": "us-east-1a"}
    made = create(
        ec2,
        template,
        2,
        {"InstanceType": "t3.micro", "MaxPrice": "0.000001", **zone},
        {"InstanceType": "t3.small", **zone},
        Type="instant",
        market="spot",
    )
    assert [e["ErrorCode"] for e in made["Errors"]] == ["SpotMaxPriceTooLow"]
    assert made["Errors"][0]["LaunchTemplateAndOverrides"]["Overrides"]["InstanceType"] == "t3.micro"
    (group,) = made["Instances"]
    assert group["InstanceType"] == "t3.small" and len(group["InstanceIds"]) == 2
    least = {"MinTargetCapacity": 2, "SingleInstanceType": True}
    none = create(
        ec2,
        template,
        2,
        {"InstanceType": "t3.micro", "MaxPrice": "0.000001"},
        Type="instant",
        market="spot",
        SpotOptions=least,
    )
    assert none["Instances"] == [] and none["Errors"]


def test_a_maintained_fleet_replaces_and_resizes(ec2: Any, template: str) -> None:
    options = {"AllocationStrategy": "diversified"}
    made = create(ec2, template, 3, market="spot", SpotOptions=options)
    assert "Instances" not in made or not made["Instances"]
    id = made["FleetId"]
    until(lambda: shown(ec2, id)["ActivityStatus"] == "fulfilled")
    first = active(ec2, id)
    assert len(first) == 3
    described = [i for r in ec2.describe_instances(InstanceIds=first)["Reservations"] for i in r["Instances"]]
    assert len({i["Placement"]["AvailabilityZone"] for i in described}) == 3
    wait_for(ec2, first, "running")
    ec2.terminate_instances(InstanceIds=first[:1])
    until(lambda: first[0] not in active(ec2, id) and len(active(ec2, id)) == 3)
    ec2.modify_fleet(FleetId=id, TargetCapacitySpecification={"TotalTargetCapacity": 5})
    until(lambda: len(active(ec2, id)) == 5)
    ec2.modify_fleet(FleetId=id, TargetCapacitySpecification={"TotalTargetCapacity": 1})
    until(lambda: len(active(ec2, id)) == 1)
    until(lambda: shown(ec2, id)["FleetState"] == "active")
    ec2.modify_fleet(
        FleetId=id,
        TargetCapacitySpecification={"TotalTargetCapacity": 0},
        ExcessCapacityTerminationPolicy="no-termination",
    )
    until(lambda: shown(ec2, id)["FleetState"] == "active")
    assert len(active(ec2, id)) == 1
    records = ec2.describe_fleet_history(FleetId=id, StartTime=BEGINNING)["HistoryRecords"]
    kinds = [(r["EventType"], r["EventInformation"]["EventSubType"]) for r in records]
    assert kinds[0] == ("fleet-change", "submitted") and kinds.count(("instance-change", "launched")) == 6
    assert kinds.count(("instance-change", "terminated")) == 5
    page = ec2.describe_fleet_history(FleetId=id, StartTime=BEGINNING, EventType="fleet-change", MaxResults=1)
    rest = ec2.describe_fleet_history(
        FleetId=id, StartTime=BEGINNING, EventType="fleet-change", NextToken=page["NextToken"]
    )
    assert [*page["HistoryRecords"], *rest["HistoryRecords"]] == [
        r for r in records if r["EventType"] == "fleet-change"
    ]
    for name, value in (("type", "maintain"), ("fleet-state", "active"), ("activity-status", "fulfilled")):
        found = ec2.describe_fleets(Filters=[{"Name": name, "Values": [value]}])["Fleets"]
        assert [f["FleetId"] for f in found] == [id]
    (left,) = active(ec2, id)
    ec2.delete_fleets(FleetIds=[id], TerminateInstances=False)
    assert shown(ec2, id)["FleetState"] == "deleted_running"
    again = ec2.delete_fleets(
        FleetIds=[id, "fleet-00000000-0000-0000-0000-000000000000", "mine"], TerminateInstances=True
    )
    assert [f["Error"]["Code"] for f in again["UnsuccessfulFleetDeletions"]] == [
        "fleetNotInDeletableState",
        "fleetIdDoesNotExist",
        "fleetIdMalformed",
    ]
    ec2.terminate_instances(InstanceIds=[left])
    until(lambda: shown(ec2, id)["FleetState"] == "deleted")


def test_a_requested_fleet_is_filled_once(ec2: Any, template: str) -> None:
    requirements = {"VCpuCount": {"Min": 2, "Max": 2}, "MemoryMiB": {"Min": 4096, "Max": 8192}}
    override = {"InstanceRequirements": requirements, "AvailabilityZone": "us-east-1b"}
    id = create(ec2, template, 4, override, Type="request", Target={"TargetCapacityUnitType": "vcpu"})["FleetId"]
    until(lambda: shown(ec2, id)["ActivityStatus"] == "fulfilled")
    ids = active(ec2, id)
    assert len(ids) == 2 and shown(ec2, id)["FulfilledCapacity"] == 4
    wait_for(ec2, ids, "running")
    ec2.terminate_instances(InstanceIds=ids)
    wait_for(ec2, ids, "terminated")
    until(lambda: active(ec2, id) == [])
    with refused("InvalidParameterCombination", "maintain"):
        ec2.modify_fleet(FleetId=id, TargetCapacitySpecification={"TotalTargetCapacity": 5})


def test_an_expired_fleet_ends_its_instances(ec2: Any, template: str) -> None:
    end = datetime.now(UTC) + timedelta(seconds=2)
    id = create(ec2, template, 1, ValidUntil=end, TerminateInstancesWithExpiration=True)["FleetId"]
    until(lambda: active(ec2, id))
    until(lambda: shown(ec2, id)["FleetState"] == "deleted")


def test_fleets_are_checked(ec2: Any, template: str) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "InvalidTargetCapacitySpecification": {"Target": {"SpotTargetCapacity": 2}},
        "UnsupportedOperation": {"market": "capacity-block"},
        "InvalidParameterCombination": {"SpotOptions": {"SingleInstanceType": True}},
        "InvalidParameterValue": {"ValidUntil": datetime.now(UTC) - timedelta(hours=1)},
    }
    for code, terms in wrong.items():
        with refused(code):
            create(ec2, template, 1, **terms)
    with refused("InvalidLaunchTemplateId.NotFound"):
        create(ec2, "lt-0123456789abcdef0", 1)
    with refused("InvalidFleetId.NotFound"):
        ec2.describe_fleets(FleetIds=["fleet-00000000-0000-0000-0000-000000000000"])
    with refused("InvalidFleetId.Malformed"):
        ec2.describe_fleets(FleetIds=["fleet-1"])
    assert ec2.describe_fleets()["Fleets"] == []


_pools = st.lists(
    st.builds(
        Pool,
        instance_type=st.sampled_from(["t3.micro", "t3.small", "m5.large"]),
        zone=st.sampled_from("abc"),
        weight=st.integers(1, 8),
        priority=st.integers(0, 3),
        spot_price=st.floats(0.01, 1),
        on_demand_price=st.floats(0.01, 1),
        max_price=st.none(),
        launch=st.just({}),
        tags=st.just({}),
        shown=st.just({}),
        platform=st.none(),
        for_spot=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(_pools, st.integers(1, 60), st.sampled_from(["lowest-price", "diversified", "prioritized"]), st.integers(1, 4))
def test_an_allocation_is_enough_and_no_more(pools: list[Pool], needed: int, strategy: str, pools_to_use: int) -> None:
    found = allocate(ordered(pools, strategy, "on-demand"), needed, strategy, pools_to_use)
    units = sum(pool.weight * count for pool, count in found)
    assert needed <= units < needed + max(pool.weight for pool in pools)
    if strategy == "diversified" and needed >= sum(pool.weight for pool in pools):
        assert len(found) == len(pools)
    if strategy == "prioritized":
        assert [pool.priority for pool, _ in found] == [min(pool.priority for pool in pools)]


def test_what_nothing_watches_is_refused(ec2: Any) -> None:
    configs = [{"LaunchTemplateSpecification": {"LaunchTemplateName": "any", "Version": "1"}}]
    capacity = {"TotalTargetCapacity": 1, "DefaultTargetCapacityType": "spot"}
    for asked in (
        {"ReplaceUnhealthyInstances": True},
        {"SpotOptions": {"MaintenanceStrategies": {"CapacityRebalance": {"ReplacementStrategy": "launch"}}}},
    ):
        code = code_of(ec2.create_fleet, LaunchTemplateConfigs=configs, TargetCapacitySpecification=capacity, **asked)
        assert code == "UnsupportedOperation"
    assert ec2.describe_fleets()["Fleets"] == []
