"""What spot instances cost, and where there is room for them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend import spot_prices
from backend.catalogue import instance_types
from tests.refusal import refused

NOW = datetime(2026, 11, 22, 12)


@given(
    st.sampled_from(sorted(instance_types.documents())), st.integers(0, 100_000), st.sampled_from(spot_prices.PRODUCTS)
)
def test_a_spot_instance_costs_less_than_one_on_demand(name: str, minutes: int, product: str) -> None:
    facts = instance_types.find(name)
    assert facts
    price = spot_prices.spot(facts, product, "use1-az1", NOW + timedelta(minutes=minutes))
    assert 0.29 * spot_prices.on_demand(facts, product) < price < 0.51 * spot_prices.on_demand(facts, product)


def test_a_price_holds_until_the_next_one() -> None:
    start = NOW - timedelta(days=3)
    found = list(spot_prices.history(["t3.micro"], ["Linux/UNIX"], ["use1-az1"], start, NOW))
    facts = instance_types.find("t3.micro")
    assert facts and len(found) == 4
    assert found[-1].since <= start < found[-2].since and found[0].since <= NOW
    for newer, older in pairwise(found):
        assert newer.since - older.since == timedelta(days=1)
    for price in found:
        for at in (price.since, price.since + timedelta(hours=23, minutes=59)):
            assert spot_prices.text(spot_prices.spot(facts, "Linux/UNIX", "use1-az1", at)) == price.price


def test_history(ec2: Any) -> None:
    asked: dict[str, Any] = {"InstanceTypes": ["t3.micro", "c5.large"], "ProductDescriptions": ["Linux/UNIX"]}
    now = datetime.now(UTC)
    current = ec2.describe_spot_price_history(**asked, StartTime=now, EndTime=now)["SpotPriceHistory"]
    assert len(current) == 2 * 3
    assert {p["InstanceType"] for p in current} == {"t3.micro", "c5.large"}
    assert {p["AvailabilityZone"] for p in current} == {"us-east-1a", "us-east-1b", "us-east-1c"}
    again = ec2.describe_spot_price_history(**asked, StartTime=now, EndTime=now)["SpotPriceHistory"]
    assert again == current
    week = {**asked, "StartTime": now - timedelta(days=7), "AvailabilityZone": "us-east-1a"}
    pages = ec2.get_paginator("describe_spot_price_history").paginate(**week, PaginationConfig={"PageSize": 5})
    found = [p for page in pages for p in page["SpotPriceHistory"]]
    assert len(found) == 16 and len({(p["InstanceType"], p["Timestamp"]) for p in found}) == 16
    price = found[3]["SpotPrice"]
    by_price = [{"Name": "spot-price", "Values": [price]}, {"Name": "availability-zone", "Values": ["*a"]}]
    assert [p["SpotPrice"] for p in ec2.describe_spot_price_history(**week, Filters=by_price)["SpotPriceHistory"]] == [
        price
    ]
    for name, value, count in (
        ("instance-type", "t3.*", 8),
        ("product-description", "Linux/UNIX (Amazon VPC)", 16),
        ("product-description", "Windows", 0),
        ("availability-zone-id", "use1-az?", 16),
        ("timestamp", found[0]["Timestamp"].strftime("%Y-%m-%dT*"), None),
    ):
        by_name = [{"Name": name, "Values": [value]}]
        matching = ec2.describe_spot_price_history(**week, Filters=by_name)["SpotPriceHistory"]
        assert matching if count is None else len(matching) == count
    with refused("InvalidParameterValue", "colour"):
        ec2.describe_spot_price_history(Filters=[{"Name": "colour", "Values": ["red"]}])
    with refused("InvalidNextToken"):
        ec2.describe_spot_price_history(NextToken="mine")
    with refused("InvalidParameterCombination"):
        ec2.describe_spot_price_history(StartTime=now, EndTime=now - timedelta(days=1))


def test_placement_scores(ec2: Any) -> None:
    types = ["t3.micro", "m5.large", "c5.large"]
    scores = ec2.get_spot_placement_scores(TargetCapacity=10, InstanceTypes=types)["SpotPlacementScores"]
    assert {s["Region"]: s["Score"] for s in scores}["us-east-1"] == 10
    zones = ec2.get_spot_placement_scores(
        TargetCapacity=10, InstanceTypes=types, SingleAvailabilityZone=True, RegionNames=["us-east-1"]
    )["SpotPlacementScores"]
    assert len(zones) == 3 and all(s["AvailabilityZoneId"].startswith("use1-az") for s in zones)
    (low,) = ec2.get_spot_placement_scores(TargetCapacity=10, InstanceTypes=["t3.micro"], RegionNames=["us-east-1"])[
        "SpotPlacementScores"
    ]
    assert low["Score"] == 3
    (much,) = ec2.get_spot_placement_scores(
        TargetCapacity=1_000_000_000, InstanceTypes=types, RegionNames=["us-east-1"]
    )["SpotPlacementScores"]
    assert much["Score"] == 1
    requirements = {
        "ArchitectureTypes": ["x86_64"],
        "VirtualizationTypes": ["hvm"],
        "InstanceRequirements": {"VCpuCount": {"Min": 2, "Max": 4}, "MemoryMiB": {"Min": 1024}},
    }
    by_traits = ec2.get_spot_placement_scores(
        TargetCapacity=64,
        TargetCapacityUnitType="vcpu",
        InstanceRequirementsWithMetadata=requirements,
        RegionNames=["us-east-1"],
    )["SpotPlacementScores"]
    assert by_traits[0]["Score"] == 10
    with refused("InvalidParameterCombination"):
        ec2.get_spot_placement_scores(
            TargetCapacity=1, InstanceTypes=types, InstanceRequirementsWithMetadata=requirements
        )
    with refused("MissingParameter"):
        ec2.get_spot_placement_scores(TargetCapacity=1)
    with refused("InvalidParameterValue"):
        ec2.get_spot_placement_scores(TargetCapacity=1, InstanceTypes=types, RegionNames=["mars-1"])
