"""EC2 actions on the detailed monitoring of instances."""

from collections.abc import Sequence
from typing import Any

from backend import absent
from backend.instances import monitoring
from ec2api.call import Call
from ec2api.registry import action


@action
def monitor_instances(
    call: Call, *, instance_ids: list[str], metric_category_ids: Sequence[str] = ()
) -> dict[str, Any]:
    absent.refuse(absent.METRIC_CATEGORY, metric_category_ids)
    return _show(monitoring.switch(call.uow, instance_ids, on=True))


@action
def unmonitor_instances(
    call: Call, *, instance_ids: list[str], metric_category_ids: Sequence[str] = ()
) -> dict[str, Any]:
    absent.refuse(absent.METRIC_CATEGORY, metric_category_ids)
    return _show(monitoring.switch(call.uow, instance_ids, on=False))


def _show(states: list[tuple[str, str]]) -> dict[str, Any]:
    return {"InstanceMonitorings": [{"InstanceId": id, "Monitoring": {"State": state}} for id, state in states]}
