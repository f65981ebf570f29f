"""EC2 actions on snapshots."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import absent, errors, snapshots
from backend.db.models import Snapshot
from backend.ebs_encryption import Encryption
from backend.snapshots import Selection
from ec2api.call import Call
from ec2api.describe import Describe, owned, show_tags
from ec2api.registry import action


@action(tags=("snapshot",))
def create_snapshot(
    call: Call,
    *,
    volume_id: str,
    description: str = "",
    location: str | None = None,
    outpost_arn: str | None = None,
) -> dict[str, Any]:
    _check_location(location)
    absent.outpost(outpost_arn, "outpostArn")
    made = snapshots.create(call.uow, call.settings, volume_id, description, call.tags(Snapshot))
    return _created(call, [made])[0]


@action(tags=("snapshot",))
def create_snapshots(
    call: Call,
    *,
    instance_specification: Mapping[str, Any],
    description: str = "",
    copy_tags_from_source: str | None = None,
    location: str | None = None,
    outpost_arn: str | None = None,
) -> dict[str, Any]:
    _check_location(location)
    absent.outpost(outpost_arn, "outpostArn")
    selection = Selection(
        instance_specification["InstanceId"],
        instance_specification.get("ExcludeBootVolume", False),
        instance_specification.get("ExcludeDataVolumeIds", ()),
    )
    copy_tags = copy_tags_from_source == "volume"
    made = snapshots.create_all(
        call.uow, call.settings, selection, description, call.tags(Snapshot), copy_tags=copy_tags
    )
    shown = _created(call, made)
    return {"Snapshots": [{name: one[name] for name in _INFO} for one in shown]}


_INFO = (
    "Description",
    "Tags",
    "Encrypted",
    "VolumeId",
    "State",
    "VolumeSize",
    "StartTime",
    "Progress",
    "OwnerId",
    "SnapshotId",
)
"""What EC2's SnapshotInfo has of a Snapshot."""


def _check_location(location: str | None) -> None:
    if location == "local":
        raise errors.InvalidParameterCombination(
            reason="Only volumes in Local Zones can have local snapshots, and this cloud has no Local Zones."
        )


@action(tags=("snapshot",))
def copy_snapshot(
    call: Call,
    *,
    source_region: str,
    source_snapshot_id: str,
    description: str = "",
    encrypted: bool | None = None,
    kms_key_id: str | None = None,
    completion_duration_minutes: int | None = None,
    destination_region: str | None = None,
    presigned_url: str | None = None,  # noqa: ARG001  says who asks the source region, which this very call does too
    destination_outpost_arn: str | None = None,
    destination_availability_zone: str | None = None,
) -> dict[str, Any]:
    absent.outpost(destination_outpost_arn, "destinationOutpostArn")
    absent.local_zone(destination_availability_zone, "destinationAvailabilityZone")
    if destination_region not in (None, call.region):
        raise errors.InvalidParameterValue(
            value=destination_region, name="destinationRegion", reason="Send the request to that Region."
        )
    copy = snapshots.copy(
        call.uow,
        call.settings,
        source_region,
        source_snapshot_id,
        description,
        Encryption(bool(encrypted), kms_key_id),
        call.tags(Snapshot),
        completion_minutes=completion_duration_minutes,
    )
    shown = _created(call, [copy])[0]
    return {"SnapshotId": shown["SnapshotId"], "Tags": shown["Tags"]}


@action
def delete_snapshot(call: Call, *, snapshot_id: str) -> None:
    snapshots.delete_snapshot(call.uow, snapshot_id)


def _created(call: Call, made: Sequence[Snapshot]) -> list[dict[str, Any]]:
    return [show(one) for one in call.uow.look_up_all(Snapshot, [one.id for one in made], load=(Snapshot.tags,))]


def show(snapshot: Any) -> dict[str, Any]:
    """A record with its tags as EC2's Snapshot."""
    return {
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id,
        "OwnerId": snapshot.account,
        "OwnerAlias": snapshot.owner_alias,
        "State": snapshot.state,
        "StateMessage": snapshot.state_message,
        "Progress": snapshot.progress,
        "StartTime": snapshot.created,
        "CompletionTime": snapshot.completed_at,
        "Description": snapshot.description,
        "VolumeSize": snapshot.size_gib,
        "FullSnapshotSizeInBytes": snapshot.full_size_bytes if snapshot.state == "completed" else None,
        "Encrypted": snapshot.encrypted,
        "KmsKeyId": snapshot.kms_key_id,
        "StorageTier": snapshot.storage_tier,
        "RestoreExpiryTime": snapshot.restore_expiry,
        "TransferType": snapshot.transfer_type,
        "CompletionDurationMinutes": snapshot.completion_minutes,
        "Tags": show_tags(snapshot),
    }


Describe(
    "DescribeSnapshots",
    Snapshot,
    view=show,
    ids="SnapshotIds",
    extra={
        "OwnerIds": lambda call, owners: [snapshots.owned_by(owners, call.account)],
        "RestorableByUserIds": lambda call, users: [snapshots.restorable_by(users, call.account)],
    },
    filters={
        "description": Snapshot.description,
        "encrypted": Snapshot.encrypted,
        "owner-alias": Snapshot.owner_alias,
        "owner-id": owned(Snapshot),
        "progress": Snapshot.progress,
        "snapshot-id": Snapshot.id,
        "start-time": Snapshot.created,
        "status": Snapshot.state,
        "storage-tier": Snapshot.storage_tier,
        "transfer-type": Snapshot.transfer_type,
        "volume-id": Snapshot.volume_id,
        "volume-size": Snapshot.size_gib,
    },
)
