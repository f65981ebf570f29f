"""Detailed monitoring of instances."""

from typing import Any

from tests.launching import code_of, launch


def switched(answer: Any) -> dict[str, str]:
    return {each["InstanceId"]: each["Monitoring"]["State"] for each in answer["InstanceMonitorings"]}


def shown(ec2: Any, id: str) -> str:
    return str(ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]["Monitoring"]["State"])


def test_monitoring_goes_on_and_off(ec2: Any) -> None:
    first, second = (launch(ec2)["InstanceId"] for _ in range(2))
    assert switched(ec2.monitor_instances(InstanceIds=[first])) == {first: "pending"}
    assert (shown(ec2, first), shown(ec2, second)) == ("enabled", "disabled")
    assert switched(ec2.monitor_instances(InstanceIds=[first, second])) == {first: "enabled", second: "pending"}
    assert switched(ec2.unmonitor_instances(InstanceIds=[first])) == {first: "disabling"}
    assert shown(ec2, first) == "disabled"
    assert switched(ec2.unmonitor_instances(InstanceIds=[first])) == {first: "disabled"}


def test_all_are_switched_or_none(ec2: Any) -> None:
    first, gone = (launch(ec2)["InstanceId"] for _ in range(2))
    ec2.terminate_instances(InstanceIds=[gone])
    assert code_of(ec2.monitor_instances, InstanceIds=[first, gone]) == "IncorrectInstanceState"
    assert code_of(ec2.monitor_instances, InstanceIds=[first, "i-00000000000000000"]) == "InvalidInstanceID.NotFound"
    assert code_of(ec2.monitor_instances) == "MissingParameter"
    assert (
        code_of(ec2.monitor_instances, InstanceIds=[first], MetricCategoryIds=["x"])
        == "InvalidMetricCategoryId.NotFound"
    )
    assert shown(ec2, first) == "disabled"
