"""EC2 actions on the locks of snapshots."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backend import snapshot_locks
from backend.db.models import Snapshot, SnapshotLock
from backend.db.reading import table_of
from backend.snapshot_locks import Wanted
from ec2api.call import Call
from ec2api.describe import Condition, Describe, through
from ec2api.registry import action


@action
def lock_snapshot(
    call: Call,
    *,
    snapshot_id: str,
    lock_mode: str,
    cool_off_period: int | None = None,
    lock_duration: int | None = None,
    expiration_date: datetime | None = None,
) -> dict[str, Any]:
    until = expiration_date.replace(tzinfo=None) if expiration_date else None
    lock = snapshot_locks.lock(call.uow, snapshot_id, Wanted(lock_mode, cool_off_period, lock_duration, until))
    return {"SnapshotId": snapshot_id, **_show(lock)}


@action
def unlock_snapshot(call: Call, *, snapshot_id: str) -> dict[str, Any]:
    snapshot_locks.unlock(call.uow, snapshot_id)
    return {"SnapshotId": snapshot_id}


def _show(lock: Any) -> dict[str, Any]:
    return {
        "LockState": snapshot_locks.state(lock),
        "LockDuration": lock.duration_days,
        "CoolOffPeriod": lock.cool_off_hours,
        "CoolOffPeriodExpiresOn": lock.cool_off_expires,
        "LockCreatedOn": lock.created_at,
        "LockDurationStartTime": lock.duration_start,
        "LockExpiresOn": lock.expires_at,
    }


def _locked(call: Call, _given: Mapping[str, Any]) -> Sequence[Condition]:
    lock = table_of(SnapshotLock).c
    mine = select(lock.snapshot_id).where(lock.account == call.account, lock.region == call.region)
    return [table_of(Snapshot).c.id.in_(mine)]


def _in_state(values: Sequence[str]) -> Condition:
    return through(Snapshot.lock, snapshot_locks.state_as_sql())(values)  # which depends on the time


Describe(
    "DescribeLockedSnapshots",
    Snapshot,
    view=lambda snapshot: {"OwnerId": snapshot.account, "SnapshotId": snapshot.id, **_show(snapshot.lock)},
    ids="SnapshotIds",
    load=(Snapshot.lock,),
    always=_locked,
    tagged=False,
    filters={"lock-state": _in_state},
)
