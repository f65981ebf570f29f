"""Spot Fleet requests: fleets by their older names."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ec2api.ec2.test_fleets import until
from tests.launching import ami, wait_for
from tests.refusal import refused

ROLE = "arn:aws:iam::123456789012:role/aws-ec2-spot-fleet-tagging-role"
BEGINNING = datetime.now(UTC) - timedelta(days=1)


def config(ec2: Any, **more: Any) -> dict[str, Any]:
    specification = {
        "ImageId": ami(ec2),
        "InstanceType": "t3.micro",
        "WeightedCapacity": 2.0,
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
    }
    return {"IamFleetRole": ROLE, "TargetCapacity": 4, "LaunchSpecifications": [specification], **more}


def request(ec2: Any, **more: Any) -> str:
    return str(ec2.request_spot_fleet(SpotFleetRequestConfig=config(ec2, **more))["SpotFleetRequestId"])


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[id])["SpotFleetRequestConfigs"][0]


def active(ec2: Any, id: str) -> list[str]:
    return [i["InstanceId"] for i in ec2.describe_spot_fleet_instances(SpotFleetRequestId=id)["ActiveInstances"]]


def test_a_request_is_fulfilled_kept_up_and_cancelled(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    id = request(
        ec2,
        OnDemandTargetCapacity=2,
        TagSpecifications=[{"ResourceType": "spot-fleet-request", "Tags": tags}],
    )
    until(lambda: shown(ec2, id)["ActivityStatus"] == "fulfilled")
    found = shown(ec2, id)
    assert found["SpotFleetRequestState"] == "active" and found["Tags"] == tags
    assert found["SpotFleetRequestConfig"]["FulfilledCapacity"] == 4
    assert found["SpotFleetRequestConfig"]["OnDemandFulfilledCapacity"] == 2
    assert found["SpotFleetRequestConfig"]["LaunchSpecifications"][0]["WeightedCapacity"] == 2
    ids = active(ec2, id)
    assert len(ids) == 2
    instances = wait_for(ec2, ids, "running")
    assert {i.get("InstanceLifecycle") for i in instances} == {"spot", None}
    own = {tag["Key"]: tag["Value"] for tag in instances[0]["Tags"]}
    assert own == {"a": "b", "aws:ec2spot:fleet-request-id": id}
    ec2.terminate_instances(InstanceIds=ids[:1])
    until(lambda: ids[0] not in active(ec2, id) and len(active(ec2, id)) == 2)
    ec2.modify_spot_fleet_request(SpotFleetRequestId=id, TargetCapacity=6)
    until(lambda: len(active(ec2, id)) == 3)
    assert shown(ec2, id)["SpotFleetRequestConfig"]["TargetCapacity"] == 6
    (answer,) = ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[id], TerminateInstances=True)[
        "SuccessfulFleetRequests"
    ]
    assert answer["CurrentSpotFleetRequestState"] == "cancelled_terminating"
    until(lambda: shown(ec2, id)["SpotFleetRequestState"] == "cancelled")
    again = ec2.cancel_spot_fleet_requests(
        SpotFleetRequestIds=[id, "sfr-00000000-0000-0000-0000-000000000000"], TerminateInstances=True
    )["UnsuccessfulFleetRequests"]
    assert [f["Error"]["Code"] for f in again] == ["fleetRequestNotInCancellableState", "fleetRequestIdDoesNotExist"]
    history = ec2.describe_spot_fleet_request_history(
        SpotFleetRequestId=id, StartTime=BEGINNING, EventType="instanceChange"
    )["HistoryRecords"]
    assert [r["EventInformation"]["EventSubType"] for r in history].count("launched") == 4


def test_a_request_by_templates(ec2: Any) -> None:
    data = {"ImageId": ami(ec2), "InstanceType": "t3.micro"}
    made = ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData=data)["LaunchTemplate"]
    specification = {"LaunchTemplateId": made["LaunchTemplateId"], "Version": "1"}
    overrides = [{"InstanceType": "t3.small", "AvailabilityZone": "us-east-1c"}]
    configs = [{"LaunchTemplateSpecification": specification, "Overrides": overrides}]
    given: dict[str, Any] = {
        "LaunchSpecifications": [],
        "LaunchTemplateConfigs": configs,
        "TargetCapacity": 1,
        "ClientToken": "once",
    }
    id = request(ec2, **given)
    assert request(ec2, **given) == id
    with refused("IdempotentParameterMismatch"):
        request(ec2, **{**given, "TargetCapacity": 2})
    (instance,) = until(lambda: active(ec2, id))
    (found,) = wait_for(ec2, [instance], "running")
    assert found["InstanceType"] == "t3.small" and found["Placement"]["AvailabilityZone"] == "us-east-1c"
    ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[id], TerminateInstances=False)
    assert shown(ec2, id)["SpotFleetRequestState"] == "cancelled_running"


def test_requests_are_checked(ec2: Any) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"IamFleetRole": "mine"},
        {"LaunchSpecifications": []},
        {"OnDemandTargetCapacity": 5},
        {"Type": "instant"},
        {"ValidUntil": datetime.now(UTC) - timedelta(hours=1)},
    )
    for given in wrong:
        with refused("InvalidSpotFleetRequestConfig"):
            request(ec2, **given)
    with refused("UnsupportedOperation"):
        request(ec2, LoadBalancersConfig={"TargetGroupsConfig": {"TargetGroups": [{"Arn": "arn"}]}})
    with refused("InvalidSpotFleetRequestId.NotFound"):
        ec2.describe_spot_fleet_instances(SpotFleetRequestId="sfr-00000000-0000-0000-0000-000000000000")
    assert ec2.describe_spot_fleet_requests()["SpotFleetRequestConfigs"] == []
