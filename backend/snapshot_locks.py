"""Locks that keep a snapshot from being deleted for a time.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshot-lock.html
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case

from backend import clock, errors, snapshots
from backend.db import reading
from backend.db.models import SnapshotLock
from backend.db.unit_of_work import UnitOfWork

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """A lock as a caller asks for it, either for so many days or until a time (naive UTC)."""

    mode: str
    cool_off_hours: int | None = None
    days: int | None = None
    until: datetime | None = None


def state(lock: SnapshotLock) -> str:
    """EC2's LockState, now."""
    now = clock.now()
    if lock.expires_at <= now:
        return "expired"
    if lock.mode == "compliance" and lock.cool_off_expires and lock.cool_off_expires > now:
        return "compliance-cooloff"
    return lock.mode


def state_as_sql() -> ColumnElement[str]:
    """The same as an expression over rows of locks."""
    column, now = reading.table_of(SnapshotLock).c, clock.now()
    cooling = (column.mode == "compliance") & (column.cool_off_expires > now)
    return case((column.expires_at <= now, "expired"), (cooling, "compliance-cooloff"), else_=column.mode)


def lock(uow: UnitOfWork, snapshot_id: str, wanted: Wanted) -> SnapshotLock:
    """Lock a snapshot, or change its lock as far as that allows it."""
    snapshots.require_own(uow, snapshot_id)
    now = clock.this_second()
    days, until = _period(wanted, now)
    if wanted.mode == "governance" and wanted.cool_off_hours is not None:
        raise errors.InvalidParameterCombination(reason="A lock in governance mode has no cooling-off period.")
    known = uow.get(SnapshotLock, snapshot_id, with_for_update=True)
    extends = wanted.mode == "compliance" and wanted.cool_off_hours is None
    if known is not None and state(known) == "compliance" and not (extends and until >= known.expires_at):
        raise errors.OperationNotPermitted(
            reason=f"The snapshot '{snapshot_id}' is locked in compliance mode: its lock can only be extended."
        )
    if known is None:
        known = SnapshotLock(account=uow.account, region=uow.region, snapshot_id=snapshot_id, created_at=now)
        uow.add(known)
    elif state(known) == "expired":
        known.created_at = now
    hours = wanted.cool_off_hours
    known.mode, known.duration_days, known.duration_start, known.expires_at = wanted.mode, days, now, until
    known.cool_off_hours, known.cool_off_expires = hours, now + timedelta(hours=hours) if hours else None
    return known


def _period(wanted: Wanted, now: datetime) -> tuple[int, datetime]:
    if wanted.days is not None and wanted.until is not None:
        raise errors.InvalidParameterCombination(reason="Specify LockDuration or ExpirationDate, not both.")
    if wanted.days is not None:
        return wanted.days, now + wanted.days * _DAY
    if wanted.until is None:
        raise errors.MissingParameter(name="LockDuration")
    if wanted.until < now + _DAY:
        raise errors.InvalidParameterValue(
            value=wanted.until.isoformat(), name="expirationDate", reason="It must be at least one day from now."
        )
    return -(-(wanted.until - now) // _DAY), wanted.until


def unlock(uow: UnitOfWork, snapshot_id: str) -> None:
    """Take a lock away that is in governance mode, or in its cooling-off period."""
    snapshots.require_own(uow, snapshot_id)
    known = uow.get(SnapshotLock, snapshot_id, with_for_update=True)
    if known is None or state(known) == "expired":
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is not locked.")
    if state(known) == "compliance":
        raise errors.OperationNotPermitted(
            reason=f"The snapshot '{snapshot_id}' is locked in compliance mode: it cannot be unlocked."
        )
    uow.delete(known)
