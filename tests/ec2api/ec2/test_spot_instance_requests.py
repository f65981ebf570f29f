"""Spot instance requests: how they are fulfilled, and what becomes of them as their instances live and end."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.launching import ami, wait_for
from tests.refusal import refused

CHEAP = "0.000001"


def ask(ec2: Any, **more: Any) -> Any:
    specification = {"ImageId": ami(ec2), "InstanceType": "t3.micro", **more.pop("LaunchSpecification", {})}
    return ec2.request_spot_instances(LaunchSpecification=specification, **more)["SpotInstanceRequests"]


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_spot_instance_requests(SpotInstanceRequestIds=[id])["SpotInstanceRequests"][0]


def until(ec2: Any, id: str, status: str, seconds: float = 10) -> Any:
    """The request once it has a status."""
    end = time.monotonic() + seconds
    while (found := shown(ec2, id))["Status"]["Code"] != status:
        if time.monotonic() > end:
            pytest.fail(f"not {status}: {found['Status']} {found.get('Fault')}")
        time.sleep(0.01)
    return found


def instance(ec2: Any, id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


def find(ec2: Any, **filters: str) -> list[str]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return [
        r["SpotInstanceRequestId"] for r in ec2.describe_spot_instance_requests(Filters=wanted)["SpotInstanceRequests"]
    ]


def test_a_one_time_request_is_fulfilled_and_closed_with_its_instance(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    (asked,) = ask(ec2, TagSpecifications=[{"ResourceType": "spot-instances-request", "Tags": tags}])
    id = asked["SpotInstanceRequestId"]
    assert asked["State"] == "open" and asked["Status"]["Code"] == "pending-evaluation"
    assert asked["Type"] == "one-time" and asked["Tags"] == tags and "InstanceId" not in asked
    assert asked["LaunchSpecification"]["SecurityGroups"][0]["GroupName"] == "default"
    done = until(ec2, id, "fulfilled")
    assert done["State"] == "active" and done["InstanceInterruptionBehavior"] == "terminate"
    (found,) = wait_for(ec2, [done["InstanceId"]], "running")
    assert found["InstanceLifecycle"] == "spot" and found["SpotInstanceRequestId"] == id
    assert done["LaunchedAvailabilityZone"] == found["Placement"]["AvailabilityZone"]
    filters = [{"Name": "spot-instance-request-id", "Values": [id]}]
    assert ec2.describe_instances(Filters=filters)["Reservations"]
    with refused("UnsupportedOperation", "one-time"):
        ec2.stop_instances(InstanceIds=[done["InstanceId"]])
    ec2.terminate_instances(InstanceIds=[done["InstanceId"]])
    assert until(ec2, id, "instance-terminated-by-user")["State"] == "closed"
    assert ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[id])["CancelledSpotInstanceRequests"] == [
        {"SpotInstanceRequestId": id, "State": "closed"}
    ]


def test_a_persistent_request_opens_again(ec2: Any) -> None:
    (asked,) = ask(ec2, Type="persistent", InstanceInterruptionBehavior="stop")
    id = asked["SpotInstanceRequestId"]
    first = until(ec2, id, "fulfilled")["InstanceId"]
    wait_for(ec2, [first], "running")
    ec2.stop_instances(InstanceIds=[first])
    assert until(ec2, id, "instance-stopped-by-user")["State"] == "disabled"
    wait_for(ec2, [first], "stopped")
    ec2.start_instances(InstanceIds=[first])
    assert shown(ec2, id)["State"] == "active"
    ec2.terminate_instances(InstanceIds=[first])
    wait_for(ec2, [first], "terminated")
    second = until(ec2, id, "fulfilled")["InstanceId"]
    assert second != first
    (cancelled,) = ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[id])["CancelledSpotInstanceRequests"]
    assert cancelled["State"] == "cancelled"
    assert shown(ec2, id)["Status"]["Code"] == "request-canceled-and-instance-running"
    ec2.terminate_instances(InstanceIds=[second])
    assert until(ec2, id, "instance-terminated-by-user")["State"] == "cancelled"


def test_what_cannot_be_fulfilled_yet_stays_open(ec2: Any) -> None:
    (cheap,) = ask(ec2, SpotPrice=CHEAP)
    assert until(ec2, cheap["SpotInstanceRequestId"], "price-too-low")["State"] == "open"
    later = datetime.now(UTC) + timedelta(hours=1)
    (scheduled,) = ask(ec2, ValidFrom=later, ValidUntil=later + timedelta(hours=1))
    assert scheduled["Status"]["Code"] == "not-scheduled-yet"
    ids = [cheap["SpotInstanceRequestId"], scheduled["SpotInstanceRequestId"]]
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=ids)
    for id in ids:
        found = shown(ec2, id)
        assert found["State"] == "cancelled" and found["Status"]["Code"] == "canceled-before-fulfillment"
    (soon,) = ask(ec2, SpotPrice=CHEAP, ValidUntil=datetime.now(UTC) + timedelta(seconds=1))
    assert until(ec2, soon["SpotInstanceRequestId"], "schedule-expired", 20)["State"] == "cancelled"


def test_what_is_wrong_with_a_request_only_a_launch_finds(ec2: Any) -> None:
    (asked,) = ask(
        ec2, LaunchSpecification={"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}]}
    )
    failed = until(ec2, asked["SpotInstanceRequestId"], "bad-parameters")
    assert failed["State"] == "failed" and failed["Fault"]["Code"] == "InvalidBlockDeviceMapping"


def test_requests_are_found_by_what_they_launch(ec2: Any) -> None:
    devices = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 11, "VolumeType": "gp3", "DeleteOnTermination": True}}]
    first, second = ask(
        ec2,
        InstanceCount=2,
        LaunchGroup="together",
        AvailabilityZoneGroup="near",
        LaunchSpecification={"BlockDeviceMappings": devices, "Monitoring": {"Enabled": True}},
    )
    (other,) = ask(ec2, LaunchSpecification={"InstanceType": "t3.small"})
    both = [first["SpotInstanceRequestId"], second["SpotInstanceRequestId"]]
    zones = {until(ec2, id, "fulfilled")["LaunchedAvailabilityZone"] for id in both}
    assert len(zones) == 1
    assert find(ec2, launch_group="together") == both == find(ec2, availability_zone_group="near")
    for name, value in {
        "launch.instance-type": "t3.m*",
        "launch.block-device-mapping.volume-size": "11",
        "launch.block-device-mapping.volume-type": "gp3",
        "launch.block-device-mapping.delete-on-termination": "true",
        "launch.block-device-mapping.device-name": "/dev/xvda",
        "launch.monitoring-enabled": "true",
    }.items():
        assert find(ec2, **{name: value}) == both, name
    assert find(ec2, **{"launch.instance-type": "t3.small"}) == [other["SpotInstanceRequestId"]]
    assert len(find(ec2, **{"launch.group-name": "default", "type": "one-time"})) == 3
    pages = ec2.get_paginator("describe_spot_instance_requests").paginate(PaginationConfig={"PageSize": 5})
    assert len([r for page in pages for r in page["SpotInstanceRequests"]]) == 3


def test_a_launch_may_be_of_spot_instances(ec2: Any) -> None:
    given = {"ImageId": ami(ec2), "InstanceType": "t3.micro", "MinCount": 2, "MaxCount": 2}
    options: dict[str, Any] = {"MarketType": "spot", "SpotOptions": {"SpotInstanceType": "one-time"}}
    tags = [{"ResourceType": "spot-instances-request", "Tags": [{"Key": "a", "Value": "b"}]}]
    found = ec2.run_instances(**given, InstanceMarketOptions=options, TagSpecifications=tags)["Instances"]
    assert all(i["InstanceLifecycle"] == "spot" for i in found)
    for one in found:
        request = shown(ec2, one["SpotInstanceRequestId"])
        assert request["State"] == "active" and request["InstanceId"] == one["InstanceId"]
        assert request["Status"]["Code"] == "fulfilled" and request["Tags"] == tags[0]["Tags"]
    with refused("SpotMaxPriceTooLow", CHEAP):
        ec2.run_instances(**given, InstanceMarketOptions={"MarketType": "spot", "SpotOptions": {"MaxPrice": CHEAP}})
    with refused("InvalidParameterCombination", "persistent"):
        options = {"MarketType": "spot", "SpotOptions": {"InstanceInterruptionBehavior": "stop"}}
        ec2.run_instances(**given, InstanceMarketOptions=options)
    with refused("UnsupportedOperation"):
        ec2.run_instances(**given, InstanceMarketOptions={"MarketType": "capacity-block"})
    assert len(find(ec2)) == 2


def test_requests_are_checked_when_they_are_made(ec2: Any) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "InvalidAMIID.NotFound": {"LaunchSpecification": {"ImageId": "ami-0123456789abcdef0"}},
        "InvalidAMIID.Malformed": {"LaunchSpecification": {"ImageId": "mine"}},
        "InvalidKeyPair.NotFound": {"LaunchSpecification": {"KeyName": "none"}},
        "InvalidSubnetID.NotFound": {"LaunchSpecification": {"SubnetId": "subnet-0123456789abcdef0"}},
        "InvalidGroup.NotFound": {"LaunchSpecification": {"SecurityGroupIds": ["sg-0123456789abcdef0"]}},
        "InvalidParameterValue": {"SpotPrice": "cheap"},
        "InvalidParameterCombination": {"InstanceInterruptionBehavior": "stop"},
        "Unsupported": {"BlockDurationMinutes": 60},
        "MissingParameter": {"LaunchSpecification": {"ImageId": ""}},
    }
    for code, given in wrong.items():
        with refused(code):
            ask(ec2, **given)
    with refused("InvalidParameterValue"):
        ask(ec2, InstanceCount=0)
    with refused("InvalidParameterValue"):
        ask(ec2, ValidUntil=datetime.now(UTC) - timedelta(hours=1))
    assert find(ec2) == []
    with refused("InvalidSpotInstanceRequestID.NotFound"):
        ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=["sir-0123456789abcdef0"])
    with refused("InvalidSpotInstanceRequestID.Malformed"):
        ec2.describe_spot_instance_requests(SpotInstanceRequestIds=["mine"])


def test_a_client_token_makes_one_request(ec2: Any) -> None:
    first = ask(ec2, ClientToken="once")
    assert [r["SpotInstanceRequestId"] for r in ask(ec2, ClientToken="once")] == [first[0]["SpotInstanceRequestId"]]
    with refused("IdempotentParameterMismatch"):
        ask(ec2, ClientToken="once", InstanceCount=2)
