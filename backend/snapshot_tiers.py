"""Moving snapshots to the archive and back.

https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from backend import clock, errors, snapshots, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import FastSnapshotRestore, Snapshot, SnapshotTiering
from backend.db.unit_of_work import UnitOfWork
from backend.transitions import reaching

RESTORE_DAYS = (1, 180)


def archive(uow: UnitOfWork, settings: Settings, snapshot_id: str) -> SnapshotTiering:
    """Begin to archive a snapshot that is in the standard tier for good."""
    snapshot = _completed(uow, snapshot_id)
    tiering = _tiering(uow, snapshot)
    if snapshot.storage_tier == "archive" or snapshot.restore_expiry:
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is archived already.")
    if images := snapshots.image_ids(uow, snapshot_id):
        raise errors.InvalidSnapshotInUse(id=snapshot_id, image_id=images[0])
    column = reading.table_of(FastSnapshotRestore).c
    if uow.records(FastSnapshotRestore, column.snapshot_id == snapshot_id, column.state != "disabled"):
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is enabled for fast snapshot restore.")
    return _begin(uow, settings, tiering, "archival")


def restore(uow: UnitOfWork, settings: Settings, snapshot_id: str, days: int | None) -> SnapshotTiering:
    """Begin to restore an archived snapshot: for so many days, or for good where ``days`` is None.

    What is restored for a time may be given another time, or be kept.
    """
    if days is not None and not RESTORE_DAYS[0] <= days <= RESTORE_DAYS[1]:
        raise errors.InvalidParameterValue(value=days, name="temporaryRestoreDays", reason="Expecting 1 to 180 days.")
    snapshot = _completed(uow, snapshot_id)
    tiering = _tiering(uow, snapshot)
    if snapshot.storage_tier != "archive" and not snapshot.restore_expiry:
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is not archived.")
    tiering.restore_days = days
    return _begin(uow, settings, tiering, "permanent-restore" if days is None else "temporary-restore")


def _completed(uow: UnitOfWork, snapshot_id: str) -> Snapshot:
    snapshot = snapshots.require_own(uow, snapshot_id)
    if snapshot.state != "completed":
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is not in the 'completed' state.")
    return snapshot


def _tiering(uow: UnitOfWork, snapshot: Snapshot) -> SnapshotTiering:
    """The snapshot's newest move, which is over, or the first one, which is not yet added."""
    query = select(SnapshotTiering).where(SnapshotTiering.snapshot_id == snapshot.id).with_for_update()
    known = uow.scalar(query)
    if known is None:
        return SnapshotTiering(account=uow.account, region=uow.region, snapshot_id=snapshot.id)
    if known.state.endswith("in-progress"):
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot.id}' is being moved: {known.state}.")
    return known


def _begin(uow: UnitOfWork, settings: Settings, tiering: SnapshotTiering, operation: str) -> SnapshotTiering:
    tiering.started_at = clock.this_second()
    uow.add(tiering)
    transitions.begin(uow, settings, tiering, f"{operation}-in-progress", f"{operation}-completed")
    return tiering


@reaching(SnapshotTiering, "archival-completed")
def _archived(uow: UnitOfWork, tierings: Sequence[SnapshotTiering]) -> None:
    now = clock.this_second()
    for tiering in tierings:
        tiering.archived_at = now
    for snapshot in _of(uow, tierings):
        snapshot.storage_tier, snapshot.restore_expiry = "archive", None


@reaching(SnapshotTiering, "permanent-restore-completed")
def _restored(uow: UnitOfWork, tierings: Sequence[SnapshotTiering]) -> None:
    for snapshot in _of(uow, tierings):
        snapshot.storage_tier, snapshot.restore_expiry = "standard", None


@reaching(SnapshotTiering, "temporary-restore-completed")
def _lent(uow: UnitOfWork, tierings: Sequence[SnapshotTiering]) -> None:
    """These go back to the archive by themselves."""
    expiries = {}
    for tiering in tierings:
        expiries[tiering.snapshot_id] = clock.this_second() + timedelta(days=tiering.restore_days or 0)
        transitions.follow(uow, tiering, "archival-completed", at=expiries[tiering.snapshot_id])
    for snapshot in _of(uow, tierings):
        snapshot.storage_tier, snapshot.restore_expiry = "standard", expiries[snapshot.id]


def _of(uow: UnitOfWork, tierings: Sequence[SnapshotTiering]) -> Sequence[Snapshot]:
    ids = [tiering.snapshot_id for tiering in tierings]
    return uow.scalars(select(Snapshot).where(Snapshot.id.in_(ids)).order_by(Snapshot.row).with_for_update()).all()
