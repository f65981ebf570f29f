"""EC2 actions on instance event windows.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceEventWindow.html
"""

from typing import Any

from backend import event_windows
from backend.db import reading
from backend.db.matching import matches
from backend.db.models import EventWindowTarget, InstanceEventWindow
from ec2api.call import Call
from ec2api.describe import Describe, show_tags, through
from ec2api.registry import action

_targets = reading.table_of(EventWindowTarget).c


def show(window: Any) -> dict[str, Any]:
    """A record with its targets."""
    targets = window.targets
    associated = {
        "InstanceIds": [t.key for t in targets if t.kind == "instance"],
        "Tags": [{"Key": t.key, "Value": t.value} for t in targets if t.kind == "tag"],
        "DedicatedHostIds": [t.key for t in targets if t.kind == "dedicated-host"],
    }
    return {
        "InstanceEventWindowId": window.id,
        "TimeRanges": window.time_ranges,
        "Name": window.name,
        "CronExpression": window.cron_expression,
        "AssociationTarget": associated if targets else None,
        "State": window.state,
        "Tags": show_tags(window),
    }


def _shown(call: Call, window: InstanceEventWindow) -> dict[str, Any]:
    load = (InstanceEventWindow.tags, InstanceEventWindow.targets)
    return {"InstanceEventWindow": show(call.uow.look_up(InstanceEventWindow, window.id, load=load))}


@action(tags=("instance-event-window",))
def create_instance_event_window(
    call: Call,
    *,
    name: str | None = None,
    time_ranges: list[dict[str, Any]] | None = None,
    cron_expression: str | None = None,
) -> dict[str, Any]:
    window = event_windows.create(
        call.uow,
        call.settings,
        name=name,
        time_ranges=time_ranges or (),
        cron_expression=cron_expression,
        wanted_tags=call.tags(InstanceEventWindow),
    )
    return _shown(call, window)


@action
def modify_instance_event_window(
    call: Call,
    *,
    instance_event_window_id: str,
    name: str | None = None,
    time_ranges: list[dict[str, Any]] | None = None,
    cron_expression: str | None = None,
) -> dict[str, Any]:
    window = event_windows.modify(
        call.uow,
        instance_event_window_id,
        name=name,
        time_ranges=time_ranges or (),
        cron_expression=cron_expression,
    )
    return _shown(call, window)


@action
def delete_instance_event_window(
    call: Call, *, instance_event_window_id: str, force_delete: bool = False
) -> dict[str, Any]:
    window = event_windows.remove(call.uow, call.settings, instance_event_window_id, force=force_delete)
    return {"InstanceEventWindowState": {"InstanceEventWindowId": window.id, "State": window.state}}


@action
def associate_instance_event_window(
    call: Call, *, instance_event_window_id: str, association_target: dict[str, Any]
) -> dict[str, Any]:
    window = event_windows.associate(call.uow, instance_event_window_id, **_target(association_target))
    return _shown(call, window)


@action
def disassociate_instance_event_window(
    call: Call, *, instance_event_window_id: str, association_target: dict[str, Any]
) -> dict[str, Any]:
    window = event_windows.disassociate(call.uow, instance_event_window_id, **_target(association_target))
    return _shown(call, window)


def _target(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "instance_ids": given.get("InstanceIds", ()),
        "host_ids": given.get("DedicatedHostIds", ()),
        "instance_tags": given.get("InstanceTags", ()),
    }


def _of_kind(kind: str, value: Any) -> Any:
    """A filter on the targets of one kind."""
    return through(InstanceEventWindow.targets, lambda values: (_targets.kind == kind) & matches(value, values))


Describe(
    "DescribeInstanceEventWindows",
    InstanceEventWindow,
    view=show,
    ids="InstanceEventWindowIds",
    load=(InstanceEventWindow.targets,),
    filters={
        "dedicated-host-id": _of_kind("dedicated-host", _targets.key),
        "event-window-name": InstanceEventWindow.name,
        "instance-id": _of_kind("instance", _targets.key),
        "instance-tag": _of_kind("tag", _targets.key + "=" + _targets.value),
        "instance-tag-key": _of_kind("tag", _targets.key),
        "instance-tag-value": _of_kind("tag", _targets.value),
    },
    limits=(20, 500),
    exclusive=True,
)
