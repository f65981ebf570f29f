"""The EC2 action that shows the status checks of instances."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from backend import errors, states, zones
from backend.db.models import Instance
from backend.instances import status
from backend.instances.status import Checks, Moment
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Condition, Describe, InCall, as_condition, constant, translated
from ec2api.ec2.zone_filters import zone_id

MOST_IDS = 100

_nothing = constant("")


def _show_all(call: Call, instances: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    checks = status.of(call.uow, call.settings, [i.id for i in instances])
    return [_show(i, zone_ids.get(i.zone), checks[i.id]) for i in instances]


def _show(instance: Any, zone_id: str | None, checks: Checks) -> dict[str, Any]:
    return {
        "InstanceId": instance.id,
        "AvailabilityZone": instance.zone,
        "AvailabilityZoneId": zone_id,
        "Operator": {"Managed": False},
        "Events": (),
        "InstanceState": states.show(instance.state),
        "InstanceStatus": _summary(checks.instance, checks),
        "SystemStatus": _summary(checks.system, checks),
        "AttachedEbsStatus": _summary(checks.attached_ebs, checks) if checks.attached_ebs else None,
    }


def _summary(summary: str, checks: Checks) -> dict[str, Any]:
    reachability = status.REACHABILITY.get(summary)
    if reachability is None:
        return {"Status": summary}
    detail: dict[str, Any] = {"Name": "reachability", "Status": reachability}
    if summary == "impaired":
        detail["ImpairedSince"] = checks.impaired_since
    return {"Status": summary, "Details": [detail]}


def _judged(summary: Callable[[Moment], ColumnElement[Any]]) -> InCall:
    """A filter on a check as it is at the time of the call."""

    def condition(call: Call, values: Sequence[str]) -> Condition:
        return as_condition(summary(status.now(call.uow, call.settings)), values)

    return InCall(condition)


def _running_unless_all(_call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    if len(given.get("InstanceIds") or ()) > MOST_IDS:
        raise errors.InvalidParameterValue(
            value=len(given["InstanceIds"]), name="InstanceId", reason=f"Specify at most {MOST_IDS} instance IDs."
        )
    return [] if given.get("IncludeAllInstances") else [as_condition(Instance.state, ["running"])]


Describe(
    "DescribeInstanceStatus",
    Instance,
    ids="InstanceIds",
    group=_show_all,
    always=_running_unless_all,
    extra={
        "IncludeAllInstances": lambda _call, _wanted: [],  # _running_unless_all reads it
        **INCLUDE_MANAGED,
    },
    exclusive=True,
    tagged=False,
    filters={
        "application-status.status": _nothing,
        "attached-ebs-status.status": _judged(status.attached_ebs),
        "availability-zone": Instance.zone,
        "availability-zone-id": zone_id(Instance.zone),
        "availabilityZone": Instance.zone,
        "event.code": _nothing,
        "event.description": _nothing,
        "event.instance-event-id": _nothing,
        "event.not-after": _nothing,
        "event.not-before": _nothing,
        "event.not-before-deadline": _nothing,
        "instance-state-code": translated(Instance.state, {str(code): name for name, code in states.CODES.items()}),
        "instance-state-name": Instance.state,
        "instance-status.reachability": _judged(lambda at: status.reachability(status.instance(at))),
        "instance-status.status": _judged(status.instance),
        "operator.managed": constant("false"),
        "operator.principal": _nothing,
        "system-status.reachability": _judged(lambda at: status.reachability(status.system(at))),
        "system-status.status": _judged(status.system),
    },
)
