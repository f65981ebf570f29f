"""EC2 actions on the tiers of snapshots."""

from typing import Any

from backend import errors, snapshot_tiers
from backend.db.models import Snapshot, SnapshotTiering
from backend.db.reading import table_of
from ec2api.call import Call
from ec2api.describe import Describe, show_tags, through
from ec2api.registry import action


@action
def modify_snapshot_tier(call: Call, *, snapshot_id: str, storage_tier: str | None = None) -> dict[str, Any]:
    if storage_tier is None:
        raise errors.MissingParameter(name="StorageTier")
    tiering = snapshot_tiers.archive(call.uow, call.settings, snapshot_id)
    return {"SnapshotId": snapshot_id, "TieringStartTime": tiering.started_at}


@action
def restore_snapshot_tier(
    call: Call, *, snapshot_id: str, temporary_restore_days: int | None = None, permanent_restore: bool = False
) -> dict[str, Any]:
    if permanent_restore and temporary_restore_days is not None:
        raise errors.InvalidParameterCombination(reason="Specify TemporaryRestoreDays or PermanentRestore, not both.")
    if not permanent_restore and temporary_restore_days is None:
        raise errors.MissingParameter(name="TemporaryRestoreDays")
    tiering = snapshot_tiers.restore(call.uow, call.settings, snapshot_id, temporary_restore_days)
    return {
        "SnapshotId": snapshot_id,
        "RestoreStartTime": tiering.started_at,
        "RestoreDuration": temporary_restore_days,
        "IsPermanentRestore": permanent_restore,
    }


def show(snapshot: Any) -> dict[str, Any]:
    """A record with its tiering as EC2's SnapshotTierStatus."""
    shown = {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id,
        "Status": snapshot.state,
        "OwnerId": snapshot.account,
        "Tags": show_tags(snapshot),
        "StorageTier": snapshot.storage_tier,
        "RestoreExpiryTime": snapshot.restore_expiry,
    }
    if tiering := snapshot.tiering:
        shown |= {
            "LastTieringStartTime": tiering.started_at,
            "LastTieringProgress": 0 if tiering.state.endswith("in-progress") else 100,
            "LastTieringOperationStatus": tiering.state,
            "ArchivalCompleteTime": tiering.archived_at,
        }
    return shown


Describe(
    "DescribeSnapshotTierStatus",
    Snapshot,
    view=show,
    load=(Snapshot.tiering,),
    always=lambda call, _given: [table_of(Snapshot).c.account == call.account],
    filters={
        "last-tiering-operation": through(Snapshot.tiering, SnapshotTiering.state),
        "snapshot-id": Snapshot.id,
        "volume-id": Snapshot.volume_id,
    },
)
