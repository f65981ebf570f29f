"""Scheduled events of instances: this cloud schedules none, and keeps what an account wants to be told of them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instances-status-check_sched.html
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from backend import account_settings, errors
from backend.db.models import Instance
from backend.db.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

NOTIFIED = "instance-event-notification-attributes"
MOST_KEYS = 10
"""Tag keys that an account registers."""
REASONS = (
    *("instance-stuck-in-state", "unresponsive", "not-accepting-credentials", "password-not-available"),
    *("performance-network", "performance-instance-store", "performance-ebs-volume", "performance-other", "other"),
)


def no_event(uow: UnitOfWork, instance_id: str, event_id: str) -> errors.CloudError:
    """What is wrong with the id of any event."""
    uow.look_up(Instance, instance_id)
    return errors.InvalidInstanceEventIDNotFound(id=event_id)


def report(
    uow: UnitOfWork, instance_ids: Sequence[str], status: str, reasons: Sequence[str], description: str | None
) -> None:
    """Tell the operator, in the log, how instances do in their owner's eyes. It changes nothing else, as in AWS."""
    for reason in reasons:
        if reason not in REASONS:
            raise errors.InvalidParameterValue(value=reason, name="reasonCode", reason="It is no known reason.")
    for instance in uow.look_up_all(Instance, instance_ids):
        if instance.state != "running":
            raise errors.IncorrectInstanceState(reason=f"The instance '{instance.id}' is not in the 'running' state.")
    log.warning(
        "account %s reports %s of %s: %s %s",
        uow.account,
        status,
        ", ".join(instance_ids),
        ", ".join(reasons),
        description or "",
    )


def notified(uow: UnitOfWork) -> dict[str, Any]:
    """EC2's InstanceTagNotificationAttribute."""
    return {"InstanceTagKeys": [], "IncludeAllTagsOfInstance": False, **(account_settings.value(uow, NOTIFIED) or {})}


def register(uow: UnitOfWork, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Include tags in notifications: those with these keys, or all."""
    _check(wanted)
    before = notified(uow)
    keys = list(dict.fromkeys((*before["InstanceTagKeys"], *wanted.get("InstanceTagKeys", ()))))
    if len(keys) > MOST_KEYS:
        raise errors.InvalidValue(reason=f"At most {MOST_KEYS} tag keys can be registered.")
    every = wanted.get("IncludeAllTagsOfInstance", before["IncludeAllTagsOfInstance"])
    return _keep(uow, [] if every else keys, every=every)


def deregister(uow: UnitOfWork, unwanted: Mapping[str, Any]) -> dict[str, Any]:
    _check(unwanted)
    before, gone = notified(uow), unwanted.get("InstanceTagKeys", ())
    every = before["IncludeAllTagsOfInstance"] and not unwanted.get("IncludeAllTagsOfInstance", False)
    return _keep(uow, [key for key in before["InstanceTagKeys"] if key not in gone], every=every)


def _check(given: Mapping[str, Any]) -> None:
    if not given:
        raise errors.MissingParameter(name="InstanceTagAttribute")
    if given.get("IncludeAllTagsOfInstance") and given.get("InstanceTagKeys"):
        raise errors.InvalidParameterCombination(
            reason="IncludeAllTagsOfInstance and InstanceTagKeys cannot be specified together."
        )


def _keep(uow: UnitOfWork, keys: Sequence[str], *, every: bool) -> dict[str, Any]:
    value = {"InstanceTagKeys": list(keys), "IncludeAllTagsOfInstance": every}
    account_settings.put(uow, NOTIFIED, value)
    return value
