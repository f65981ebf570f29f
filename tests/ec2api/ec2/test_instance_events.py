"""Scheduled events, of which there are none, and what owners report of their instances."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.launching import launch
from tests.refusal import refused


def test_there_is_no_event_to_move(ec2: Any) -> None:
    id = launch(ec2, until=None)["InstanceId"]
    with refused("InvalidInstanceEventIDNotFound", "instance-event-1"):
        ec2.modify_instance_event_start_time(
            InstanceId=id, InstanceEventId="instance-event-1", NotBefore=datetime.now(UTC)
        )
    with refused("InvalidInstanceID.NotFound"):
        ec2.modify_instance_event_start_time(
            InstanceId="i-0123456789abcdef0", InstanceEventId="instance-event-1", NotBefore=datetime.now(UTC)
        )


def test_reports_change_no_status(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    before = ec2.describe_instance_status(InstanceIds=[id])["InstanceStatuses"]
    report = {"Instances": [id], "Status": "impaired", "ReasonCodes": ["unresponsive"]}
    now = datetime.now(UTC)
    ec2.report_instance_status(**report, StartTime=now - timedelta(hours=1), EndTime=now, Description="It hangs.")
    assert ec2.describe_instance_status(InstanceIds=[id])["InstanceStatuses"] == before
    with refused("InvalidParameterCombination"):
        ec2.report_instance_status(**report, StartTime=now, EndTime=now - timedelta(hours=1))
    with refused("InvalidInstanceID.NotFound"):
        ec2.report_instance_status(**{**report, "Instances": ["i-0123456789abcdef0"]})


def test_tags_of_notifications(ec2: Any) -> None:
    def now() -> Any:
        return ec2.describe_instance_event_notification_attributes()["InstanceTagAttribute"]

    assert now() == {"InstanceTagKeys": [], "IncludeAllTagsOfInstance": False}
    ec2.register_instance_event_notification_attributes(InstanceTagAttribute={"InstanceTagKeys": ["a", "b"]})
    ec2.register_instance_event_notification_attributes(InstanceTagAttribute={"InstanceTagKeys": ["b", "c"]})
    assert now()["InstanceTagKeys"] == ["a", "b", "c"]
    answer = ec2.deregister_instance_event_notification_attributes(InstanceTagAttribute={"InstanceTagKeys": ["a"]})
    assert answer["InstanceTagAttribute"] == now() == {"InstanceTagKeys": ["b", "c"], "IncludeAllTagsOfInstance": False}
    ec2.register_instance_event_notification_attributes(InstanceTagAttribute={"IncludeAllTagsOfInstance": True})
    assert now() == {"InstanceTagKeys": [], "IncludeAllTagsOfInstance": True}
    ec2.deregister_instance_event_notification_attributes(InstanceTagAttribute={"IncludeAllTagsOfInstance": True})
    assert now()["IncludeAllTagsOfInstance"] is False
    with refused("InvalidParameterValue"):
        keys = [str(number) for number in range(11)]
        ec2.register_instance_event_notification_attributes(InstanceTagAttribute={"InstanceTagKeys": keys})
    with refused("InvalidParameterCombination"):
        both = {"IncludeAllTagsOfInstance": True, "InstanceTagKeys": ["a"]}
        ec2.register_instance_event_notification_attributes(InstanceTagAttribute=both)
