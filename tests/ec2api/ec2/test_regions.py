"""Regions, zones and account attributes through the face."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.catalogue import regions
from tests.refusal import refused


def names(answer: Any) -> list[str]:
    return [region["RegionName"] for region in answer["Regions"]]


def zone_names(answer: Any) -> list[str]:
    return [zone["ZoneName"] for zone in answer["AvailabilityZones"]]


def only(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def test_the_regions_that_the_settings_name(ec2: Any) -> None:
    assert names(ec2.describe_regions()) == names(ec2.describe_regions(AllRegions=True))
    assert names(ec2.describe_regions()) == ["eu-central-1", "us-east-1"]
    (region,) = ec2.describe_regions(RegionNames=["us-east-1"])["Regions"]
    assert region == {
        "RegionName": "us-east-1",
        "Endpoint": "ec2.us-east-1.amazonaws.com",
        "OptInStatus": "opt-in-not-required",
        "Geography": [{"Name": "United States of America"}],
    }
    with refused("InvalidParameterValue", "Invalid region: [nowhere-1]"):
        ec2.describe_regions(RegionNames=["us-east-1", "nowhere-1"])


def test_region_filters(ec2: Any) -> None:
    for name, value in {
        "endpoint": "ec2.eu-*.amazonaws.com",
        "region-name": "eu-central-1",
        "opt-in-status": "opt-in-not-required",
    }.items():
        assert "eu-central-1" in names(ec2.describe_regions(Filters=only(name, value)))
    assert names(ec2.describe_regions(Filters=only("opt-in-status", "opted-in"))) == []


def test_all_regions_of_aws(new_cloud: Callable[..., Any]) -> None:
    ec2 = new_cloud(regions=(), zones=0).client()
    assert len(names(ec2.describe_regions())) == 17
    every = ec2.describe_regions(AllRegions=True)["Regions"]
    assert [region["RegionName"] for region in every] == sorted(region.name for region in regions.all())
    status = {region["RegionName"]: region["OptInStatus"] for region in every}
    assert status["af-south-1"] == "not-opted-in"
    assert names(ec2.describe_regions(RegionNames=["af-south-1"])) == ["af-south-1"]
    assert len(zone_names(ec2.describe_availability_zones())) == 6


def test_a_region_of_ones_own(new_cloud: Callable[..., Any]) -> None:
    cloud = new_cloud(regions=("us-east-1", "af-south-1", "home-1"), zones=2)
    ec2 = cloud.client(region="home-1")
    status = {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions()["Regions"]}
    assert status == {
        "af-south-1": "opted-in",
        "home-1": "opt-in-not-required",
        "us-east-1": "opt-in-not-required",
    }
    assert zone_names(ec2.describe_availability_zones()) == ["home-1a", "home-1b"]
    assert ec2.describe_instance_types()["InstanceTypes"]
    assert ec2.describe_images(Owners=["amazon"])["Images"]


def test_zones(ec2: Any) -> None:
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    first = zones[0]
    assert first.pop("ZoneId").startswith("use1-az")
    assert first == {
        "ZoneName": "us-east-1a",
        "RegionName": "us-east-1",
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "ZoneType": "availability-zone",
        "GroupName": "us-east-1-zg-1",
        "GroupLongName": "US East (N. Virginia) 1",
        "NetworkBorderGroup": "us-east-1",
        "Geography": [{"Name": "United States of America"}],
    }
    assert zone_names(ec2.describe_availability_zones(AllAvailabilityZones=True)) == zone_names(
        {"AvailabilityZones": zones}
    )


def test_zone_ids_differ_by_account_and_agree_with_subnets(ec2: Any, shared_cloud: Any) -> None:
    ids = {z["ZoneName"]: z["ZoneId"] for z in ec2.describe_availability_zones()["AvailabilityZones"]}
    for subnet in ec2.describe_subnets()["Subnets"]:
        assert subnet["AvailabilityZoneId"] == ids[subnet["AvailabilityZone"]]
    for name, zone_id in ids.items():
        assert zone_names(ec2.describe_availability_zones(ZoneIds=[zone_id])) == [name]
        assert zone_names(ec2.describe_availability_zones(Filters=only("zone-id", zone_id))) == [name]
    seen = set()
    for number in range(12):
        other = shared_cloud.client(account=f"{200_000_000_000 + number}")
        zones = other.describe_availability_zones()["AvailabilityZones"]
        assert {zone["ZoneId"] for zone in zones} == set(ids.values())
        seen.add(tuple(zone["ZoneId"] for zone in zones))
    assert len(seen) > 1


def test_zone_parameters(ec2: Any) -> None:
    assert zone_names(ec2.describe_availability_zones(ZoneNames=["us-east-1b"])) == ["us-east-1b"]
    with refused("InvalidParameterValue", "Invalid availability zone: [us-east-1z, eu-central-1a]"):
        ec2.describe_availability_zones(ZoneNames=["us-east-1z", "us-east-1a", "eu-central-1a"])
    with refused("InvalidParameterValue", "Invalid availability zone-id: [use1-az9]"):
        ec2.describe_availability_zones(ZoneIds=["use1-az9"])


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("group-long-name", "US East*", 3),
        ("group-name", "us-east-1-zg-1", 3),
        ("message", "*", 0),
        ("opt-in-status", "opt-in-not-required", 3),
        ("opt-in-status", "opted-in", 0),
        ("parent-zone-id", "*", 0),
        ("parent-zone-name", "*", 0),
        ("region-name", "us-east-1", 3),
        ("region-name", "eu-central-1", 0),
        ("state", "available", 3),
        ("state", "impaired", 0),
        ("zone-name", "us-east-1[ab]", 0),
        ("zone-name", "*b", 1),
        ("zone-type", "availability-zone", 3),
        ("zone-type", "local-zone", 0),
    ],
)
def test_zone_filters(ec2: Any, name: str, value: str, found: int) -> None:
    assert len(zone_names(ec2.describe_availability_zones(Filters=only(name, value)))) == found


def test_account_attributes(ec2: Any) -> None:
    def found(*wanted: str) -> dict[str, list[str]]:
        more = {"AttributeNames": list(wanted)} if wanted else {}
        return {
            attribute["AttributeName"]: [value["AttributeValue"] for value in attribute["AttributeValues"]]
            for attribute in ec2.describe_account_attributes(**more)["AccountAttributes"]
        }

    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert found() == {
        "supported-platforms": ["VPC"],
        "default-vpc": [vpc],
        "max-instances": ["20"],
        "max-elastic-ips": ["5"],
        "vpc-max-elastic-ips": ["5"],
        "vpc-max-security-groups-per-interface": ["5"],
    }
    assert found("default-vpc", "max-instances") == {"default-vpc": [vpc], "max-instances": ["20"]}
    with refused("InvalidParameterValue", "attributeName"):
        found("default-vpcs")
