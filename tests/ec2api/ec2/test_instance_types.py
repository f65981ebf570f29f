"""Instance types and their offerings through the face."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from backend.catalogue import instance_types, offerings
from tests.refusal import refused


def only(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def types(ec2: Any, **asked: Any) -> list[str]:
    pages = ec2.get_paginator("describe_instance_types").paginate(**asked)
    return [kind["InstanceType"] for page in pages for kind in page["InstanceTypes"]]


def test_the_documents_are_the_catalogues(ec2: Any) -> None:
    shown = ec2.describe_instance_types(InstanceTypes=["t3.micro", "m5.large"])["InstanceTypes"]
    documents = instance_types.documents()
    expected = [documents[name] | {"SupportedInRegion": True} for name in ("m5.large", "t3.micro")]
    assert sorted(shown, key=lambda kind: kind["InstanceType"]) == expected


def test_pages_of_a_hundred(ec2: Any) -> None:
    first = ec2.describe_instance_types()
    assert len(first["InstanceTypes"]) == 100
    assert "NextToken" in first
    assert types(ec2) == list(instance_types.documents())
    assert len(ec2.describe_instance_types(MaxResults=5)["InstanceTypes"]) == 5
    for limit in (4, 101):
        with refused("InvalidParameterValue"):
            ec2.describe_instance_types(MaxResults=limit)


def test_types_that_do_not_exist(ec2: Any) -> None:
    with refused("InvalidInstanceType", "do not exist: [t3.mega, z9.large]"):
        ec2.describe_instance_types(InstanceTypes=["t3.mega", "t3.micro", "z9.large"])


@cache
def values() -> dict[str, dict[str, list[str]]]:
    """The types that have a value, by filter and value."""
    having: dict[str, dict[str, list[str]]] = {}
    for kind in instance_types.documents():
        for name, value in instance_types.attributes(kind):
            having.setdefault(name, {}).setdefault(value, []).append(kind)
    return having


@pytest.mark.parametrize("name", sorted(instance_types.FILTERS))
def test_every_filter_finds_the_types_that_have_the_value(ec2: Any, name: str) -> None:
    value, having = min(values()[name].items(), key=lambda item: len(item[1]))
    lacking = [kind for kind in instance_types.documents() if kind not in having]
    asked = having[:5] + lacking[:5] + lacking[-5:]
    found = ec2.describe_instance_types(InstanceTypes=asked, Filters=only(name, value))["InstanceTypes"]
    assert [kind["InstanceType"] for kind in found] == having[:5]


def test_filters_are_joined(ec2: Any) -> None:
    found = types(
        ec2,
        Filters=[
            *only("processor-info.supported-architecture", "arm64"),
            *only("vcpu-info.default-vcpus", "2", "4"),
            *only("instance-type", "t4g.*"),
        ],
    )
    assert found == ["t4g.nano", "t4g.micro", "t4g.small", "t4g.medium", "t4g.large", "t4g.xlarge"]
    with refused("InvalidParameterValue", "The filter 'vcpus' is invalid"):
        types(ec2, Filters=only("vcpus", "2"))


def test_types_of_other_regions_are_shown_on_request(ec2: Any) -> None:
    """This region offers every type, so it is the same answer."""
    assert (
        ec2.describe_instance_types(IncludeUnsupportedInRegion=True)["InstanceTypes"]
        == ec2.describe_instance_types()["InstanceTypes"]
    )


def offered(ec2: Any, **asked: Any) -> set[tuple[str, str]]:
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(**asked)
    return {(o["Location"], o["InstanceType"]) for page in pages for o in page["InstanceTypeOfferings"]}


def test_offerings_of_the_region(ec2: Any) -> None:
    everything = {("us-east-1", name) for name in instance_types.documents()}
    assert offered(ec2) == offered(ec2, LocationType="region") == everything
    assert offered(ec2, Filters=only("location", "us-*") + only("instance-type", "t3.micro")) == {
        ("us-east-1", "t3.micro")
    }
    assert offered(ec2, Filters=only("location", "eu-central-1")) == set()


def test_offerings_of_zones_by_name_and_id(new_cloud: Callable[..., Any]) -> None:
    cloud = new_cloud(regions=("us-east-1",), zones=0)
    m7 = only("instance-type", "m7i.large")
    for account in ("000000000000", "123456789012"):
        ec2 = cloud.client(account=account)
        zones = ec2.describe_availability_zones()["AvailabilityZones"]
        having = {z["ZoneName"]: z["ZoneId"] for z in zones if offerings.offered("m7i.large", z["ZoneId"])}
        assert len(having) == 5
        by_name = offered(ec2, LocationType="availability-zone", Filters=m7)
        assert by_name == {(name, "m7i.large") for name in having}
        by_id = offered(ec2, LocationType="availability-zone-id", Filters=m7)
        assert by_id == {(zone_id, "m7i.large") for zone_id in having.values()}
        one = next(iter(having))
        here = only("location", one, "us-east-1z")
        assert offered(ec2, LocationType="availability-zone", Filters=m7 + here) == {(one, "m7i.large")}
    assert offered(ec2, LocationType="outpost") == set()
    with refused("InvalidParameterValue"):
        offered(ec2, LocationType="planet")


def test_pages_of_offerings_hold_each_once(ec2: Any) -> None:
    asked = {"LocationType": "availability-zone", "Filters": only("instance-type", "t3.*")}
    pages = list(
        ec2.get_paginator("describe_instance_type_offerings").paginate(**asked, PaginationConfig={"PageSize": 5})
    )
    found = [(o["Location"], o["InstanceType"]) for page in pages for o in page["InstanceTypeOfferings"]]
    assert len(found) == len(set(found)) == 21
    assert set(found) == offered(ec2, **asked)
