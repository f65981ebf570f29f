"""EC2 actions on scheduled events, and on what owners say of their instances.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceStatusEvent.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend import errors
from backend.instances import events
from ec2api.call import Call
from ec2api.registry import action


@action
def modify_instance_event_start_time(
    call: Call,
    *,
    instance_id: str,
    instance_event_id: str,
    not_before: datetime,  # noqa: ARG001  of no event
) -> dict[str, Any]:
    raise events.no_event(call.uow, instance_id, instance_event_id)


@action
def report_instance_status(
    call: Call,
    *,
    instances: list[str],
    status: str,
    reason_codes: list[str],
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    description: str | None = None,
) -> None:
    if start_time and end_time and start_time > end_time:
        raise errors.InvalidParameterCombination(reason="The start time must not be later than the end time.")
    events.report(call.uow, instances, status, reason_codes, description)


@action
def register_instance_event_notification_attributes(
    call: Call, *, instance_tag_attribute: Mapping[str, Any]
) -> dict[str, Any]:
    return {"InstanceTagAttribute": events.register(call.uow, instance_tag_attribute)}


@action
def deregister_instance_event_notification_attributes(
    call: Call, *, instance_tag_attribute: Mapping[str, Any]
) -> dict[str, Any]:
    return {"InstanceTagAttribute": events.deregister(call.uow, instance_tag_attribute)}


@action(reads=True)
def describe_instance_event_notification_attributes(call: Call) -> dict[str, Any]:
    return {"InstanceTagAttribute": events.notified(call.uow)}
