"""Instance event windows: when scheduled events of which instances may happen.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/event-windows.html
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from backend import errors, event_window_hours, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import DedicatedHost, EventWindowTarget, Instance, InstanceEventWindow
from backend.db.unit_of_work import UnitOfWork

LIMIT = 200
"""Event windows of a region."""
TARGETS = {"instance": 100, "dedicated-host": 50, "tag": 50}
"""The most targets of each kind that a window has."""

_targets = reading.table_of(EventWindowTarget)

Target = tuple[str, str, str]
"""Kind, key, value."""


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    name: str | None,
    time_ranges: Sequence[Mapping[str, Any]],
    cron_expression: str | None,
    wanted_tags: Mapping[str, str],
) -> InstanceEventWindow:
    if not time_ranges and cron_expression is None:
        raise errors.MissingParameter(name="CronExpression")
    if len(uow.records(InstanceEventWindow)) >= LIMIT:
        raise errors.ResourceLimitExceeded(reason=f"You can have {LIMIT} event windows in a Region.")
    window = InstanceEventWindow(account=uow.account, region=uow.region, name=name, time_ranges=[])
    _set_hours(window, time_ranges, cron_expression)
    transitions.begin(uow, settings, window, "creating", "active")
    uow.add(window)
    uow.flush()
    tags.attach(uow, window, wanted_tags)
    return window


def _set_hours(
    window: InstanceEventWindow, time_ranges: Sequence[Mapping[str, Any]], cron_expression: str | None
) -> None:
    if time_ranges and cron_expression is not None:
        raise errors.InvalidParameterCombination(reason="Specify either TimeRanges or CronExpression, but not both.")
    if time_ranges:
        event_window_hours.check_ranges(time_ranges)
        window.time_ranges, window.cron_expression = [dict(r) for r in time_ranges], None
    elif cron_expression is not None:
        event_window_hours.check_cron(cron_expression)
        window.time_ranges, window.cron_expression = [], cron_expression


def modify(
    uow: UnitOfWork,
    id: str,
    *,
    name: str | None,
    time_ranges: Sequence[Mapping[str, Any]],
    cron_expression: str | None,
) -> InstanceEventWindow:
    window = _require(uow, id)
    if name is None and not time_ranges and cron_expression is None:
        raise errors.InvalidParameterCombination(reason="Specify a name, time ranges or a cron expression.")
    window.name = name if name is not None else window.name
    _set_hours(window, time_ranges, cron_expression)
    return window


def remove(uow: UnitOfWork, settings: Settings, id: str, *, force: bool) -> InstanceEventWindow:
    """Begin to delete a window. DependencyViolation while it has targets, unless by force."""
    window = _require(uow, id)
    if _of(uow, window) and not force:
        raise errors.DependencyViolation(reason=f"The event window '{id}' is associated with targets.")
    uow.for_reading().execute(delete(_targets).where(_targets.c.window_id == id))
    transitions.begin(uow, settings, window, "deleting", transitions.GONE)
    return window


def _require(uow: UnitOfWork, id: str) -> InstanceEventWindow:
    window = uow.require(InstanceEventWindow, id, for_update=True)
    if window.state == "deleting":
        raise errors.IncorrectState(reason=f"The event window '{id}' is in the state 'deleting'.")
    return window


def _of(uow: UnitOfWork, window: InstanceEventWindow) -> set[Target]:
    return {(t.kind, t.key, t.value) for t in reading.by(uow, EventWindowTarget.window_id, [window.id])}


def _asked(instance_ids: Sequence[str], hosts: Sequence[str], pairs: Sequence[Mapping[str, Any]]) -> set[Target]:
    found: list[Target] = [("instance", id, "") for id in instance_ids] + [("dedicated-host", id, "") for id in hosts]
    found += [("tag", pair.get("Key", ""), pair.get("Value", "")) for pair in pairs]
    if not found:
        raise errors.MissingParameter(name="AssociationTarget")
    return set(found)


def associate(
    uow: UnitOfWork,
    id: str,
    *,
    instance_ids: Sequence[str],
    host_ids: Sequence[str],
    instance_tags: Sequence[Mapping[str, Any]],
) -> InstanceEventWindow:
    """Add targets to a window: all of one kind, and each in no other window.

    Errors: InvalidParameterCombination, Resource.AlreadyAssociated, ResourceLimitExceeded and those of unknown ids.
    """
    window = _require(uow, id)
    wanted = _asked(instance_ids, host_ids, instance_tags)
    uow.look_up_all(Instance, instance_ids)
    uow.look_up_all(DedicatedHost, host_ids)
    present = _of(uow, window)
    _check_kinds(present | wanted)
    new = sorted(wanted - present)
    for kind, key, value in new:
        _check_free(uow, kind, key, value)
    if new:
        uow.for_reading().execute(insert(_targets), [_row(uow, window, target) for target in new])
    return window


def _check_kinds(targets: Iterable[Target]) -> None:
    kinds = [kind for kind, _, _ in targets]
    if len(set(kinds)) > 1:
        raise errors.InvalidParameterCombination(
            reason="Only one type of target (instance ID, Dedicated Host ID, or tag) can be associated with a window."
        )
    if len(kinds) > TARGETS[kinds[0]]:
        raise errors.ResourceLimitExceeded(reason=f"A window can have {TARGETS[kinds[0]]} targets of this type.")


def _check_free(uow: UnitOfWork, kind: str, key: str, value: str) -> None:
    same = (_targets.c.kind == kind, _targets.c.key == key, _targets.c.value == value)
    if found := uow.records(EventWindowTarget, *same):
        raise errors.EventWindowTargetTaken(target=key, window=found[0].window_id)


def _row(uow: UnitOfWork, window: InstanceEventWindow, target: Target) -> dict[str, Any]:
    kind, key, value = target
    owner = {"account": uow.account, "region": uow.region}
    return owner | {"window_id": window.id, "kind": kind, "key": key, "value": value}


def disassociate(
    uow: UnitOfWork,
    id: str,
    *,
    instance_ids: Sequence[str],
    host_ids: Sequence[str],
    instance_tags: Sequence[Mapping[str, Any]],
) -> InstanceEventWindow:
    """Take targets from a window. InvalidParameterValue for one that it has not."""
    window = _require(uow, id)
    wanted = _asked(instance_ids, host_ids, instance_tags)
    query = select(EventWindowTarget).where(EventWindowTarget.window_id == id)
    present = {(t.kind, t.key, t.value): t for t in uow.scalars(query)}
    for target in sorted(wanted):
        if target not in present:
            raise errors.InvalidValue(reason=f"The target '{target[1]}' is not associated with the window '{id}'.")
        uow.delete(present[target])
    return window
