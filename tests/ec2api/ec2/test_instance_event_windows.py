"""Instance event windows: their hours, and what they are for."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import event_window_hours
from backend.errors import CloudError
from tests.launching import launch
from tests.refusal import refused

CRON = "* 0-4,20-23 * * 1,5"


def hours(start: str, first: int, end: str, last: int) -> dict[str, Any]:
    return {"StartWeekDay": start, "StartHour": first, "EndWeekDay": end, "EndHour": last}


def make(ec2: Any, **more: Any) -> Any:
    wanted = more if "TimeRanges" in more else {"CronExpression": CRON, **more}
    return ec2.create_instance_event_window(**wanted)["InstanceEventWindow"]


def ids(ec2: Any, **filters: str) -> list[str]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    found = ec2.describe_instance_event_windows(Filters=wanted)["InstanceEventWindows"]
    return [window["InstanceEventWindowId"] for window in found]


def test_the_life_of_a_window(ec2: Any) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    specification = [{"ResourceType": "instance-event-window", "Tags": tags}]
    window = make(ec2, Name="nightly", TagSpecifications=specification)
    id = window["InstanceEventWindowId"]
    assert window["State"] == "creating" and window["CronExpression"] == CRON and window["Tags"] == tags
    until = time.monotonic() + 15
    while ec2.describe_instance_event_windows()["InstanceEventWindows"][0]["State"] != "active":
        assert time.monotonic() < until
    weekend = [hours("saturday", 22, "monday", 2)]
    changed = ec2.modify_instance_event_window(InstanceEventWindowId=id, TimeRanges=weekend)["InstanceEventWindow"]
    assert changed["TimeRanges"] == weekend and "CronExpression" not in changed and changed["Name"] == "nightly"
    gone = ec2.delete_instance_event_window(InstanceEventWindowId=id)["InstanceEventWindowState"]
    assert gone == {"InstanceEventWindowId": id, "State": "deleting"}
    while ids(ec2):
        assert time.monotonic() < until
    with refused("InvalidInstanceEventWindowID.NotFound"):
        ec2.delete_instance_event_window(InstanceEventWindowId=id)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "MissingParameter"),
        ({"CronExpression": CRON, "TimeRanges": [hours("monday", 1, "monday", 8)]}, "InvalidParameterCombination"),
        ({"CronExpression": "30 0-4 * * 1"}, "InvalidParameterValue"),
        ({"CronExpression": "* 0-4 1 * 1"}, "InvalidParameterValue"),
        ({"CronExpression": "* 0-4,8 * * 1"}, "InvalidParameterValue"),
        ({"CronExpression": "* 0-1 * * 1"}, "InvalidParameterValue"),
        ({"CronExpression": "* 0-24 * * 1"}, "InvalidParameterValue"),
        ({"CronExpression": "* 4-0 * * FUN"}, "InvalidParameterValue"),
        ({"TimeRanges": [hours("monday", 1, "monday", 2)]}, "InvalidParameterValue"),
        ({"TimeRanges": [hours("monday", 1, "monday", 4)]}, "InvalidParameterValue"),
        ({"TimeRanges": [{"StartWeekDay": "monday"}]}, "MissingParameter"),
        ({"TimeRanges": [hours("monday", 1, "monday", 24)]}, "InvalidParameterValue"),
    ],
)
def test_windows_that_are_refused(ec2: Any, wanted: dict[str, Any], code: str) -> None:
    with refused(code):
        ec2.create_instance_event_window(**wanted)
    assert ids(ec2) == []


def test_targets_of_one_kind_and_of_one_window(ec2: Any) -> None:
    instance = launch(ec2, until=None)["InstanceId"]
    id, other = make(ec2)["InstanceEventWindowId"], make(ec2)["InstanceEventWindowId"]
    target = {"InstanceIds": [instance]}
    window = ec2.associate_instance_event_window(InstanceEventWindowId=id, AssociationTarget=target)
    assert window["InstanceEventWindow"]["AssociationTarget"]["InstanceIds"] == [instance]
    pair = {"Key": "tier", "Value": "front"}
    with refused("InvalidParameterCombination"):
        ec2.associate_instance_event_window(InstanceEventWindowId=id, AssociationTarget={"InstanceTags": [pair]})
    with refused("Resource.AlreadyAssociated", id):
        ec2.associate_instance_event_window(InstanceEventWindowId=other, AssociationTarget=target)
    ec2.associate_instance_event_window(InstanceEventWindowId=other, AssociationTarget={"InstanceTags": [pair]})
    assert ids(ec2, instance_id=instance) == [id]
    assert ids(ec2, instance_tag="tier=front") == ids(ec2, instance_tag_key="tier") == [other]
    assert ids(ec2, instance_tag_value="front") == [other]
    assert ids(ec2, dedicated_host_id="*") == []
    with refused("InvalidParameterValue", "tier"):
        ec2.disassociate_instance_event_window(InstanceEventWindowId=id, AssociationTarget={"InstanceTags": [pair]})
    with refused("DependencyViolation"):
        ec2.delete_instance_event_window(InstanceEventWindowId=id)
    left = ec2.disassociate_instance_event_window(InstanceEventWindowId=id, AssociationTarget=target)
    assert "AssociationTarget" not in left["InstanceEventWindow"]
    ec2.delete_instance_event_window(InstanceEventWindowId=id)
    ec2.delete_instance_event_window(InstanceEventWindowId=other, ForceDelete=True)


def test_targets_that_are_refused(ec2: Any) -> None:
    id = make(ec2)["InstanceEventWindowId"]
    for target, code in (
        ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceID.NotFound"),
        ({"DedicatedHostIds": ["h-0123456789abcdef0"]}, "InvalidHostID.NotFound"),
        ({}, "MissingParameter"),
    ):
        with refused(code):
            ec2.associate_instance_event_window(InstanceEventWindowId=id, AssociationTarget=target)


@given(st.integers(0, 6), st.integers(0, 23), st.integers(1, 167))
def test_a_single_range_is_good_from_four_hours_on(day: int, hour: int, length: int) -> None:
    end = (day * 24 + hour + length) % 168
    one = hours(event_window_hours.DAYS[day], hour, event_window_hours.DAYS[end // 24], end % 24)
    if length >= 4:
        event_window_hours.check_ranges([one])
    else:
        with pytest.raises(CloudError):
            event_window_hours.check_ranges([one])


@given(st.text())
def test_no_text_breaks_the_parser_of_cron_expressions(text: str) -> None:
    try:
        event_window_hours.check_cron(f"* {text} * * 1")
    except CloudError as fault:
        assert fault.code == "InvalidParameterValue"
