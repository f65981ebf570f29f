"""Snapshots of volumes: taking, copying and deleting them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSnapshot.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from backend import clock, ebs_encryption, errors, quotas, regions, snapshot_blocks, tags, transitions, volumes
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    CreateVolumePermission,
    FastSnapshotRestore,
    ImageBlockDevice,
    Instance,
    ManifestBlock,
    Snapshot,
    SnapshotLock,
    SnapshotTiering,
    Volume,
    VolumeAttachment,
)
from backend.db.reading import InRegion
from backend.db.unit_of_work import UnitOfWork, check_form, require_found
from backend.ebs_encryption import Encryption
from backend.transitions import reaching

NO_VOLUME = "vol-ffffffff"
"""What AWS names as the volume of a snapshot that was made of none."""
MOST_EXCLUDED = 40
UNSYNCHRONIZED = {"synchronize_session": False}
_ACCOUNT = re.compile(r"[0-9]{12}")


def require_own(uow: UnitOfWork, snapshot_id: str) -> Snapshot:
    """The caller's own snapshot, locked, to change; AuthFailure for somebody else's that the caller can see."""
    if uow.look_up(Snapshot, snapshot_id).account != uow.account:
        raise errors.AuthFailureSnapshot(id=snapshot_id)
    return uow.require(Snapshot, snapshot_id, for_update=True)


def create(
    uow: UnitOfWork, settings: Settings, volume_id: str, description: str, wanted_tags: Mapping[str, str]
) -> Snapshot:
    """Begin a snapshot of what a volume holds now."""
    volume = uow.look_up(Volume, volume_id, load=(Volume.attachments,))
    return _take(uow, settings, [volume], description, [wanted_tags])[0]


@dataclass(frozen=True)
class Selection:
    """Which of an instance's volumes are meant."""

    instance_id: str
    exclude_boot_volume: bool = False
    exclude_data_volume_ids: Sequence[str] = ()


def create_all(
    uow: UnitOfWork,
    settings: Settings,
    selection: Selection,
    description: str,
    wanted_tags: Mapping[str, str],
    *,
    copy_tags: bool,
) -> list[Snapshot]:
    """Begin a snapshot of each volume of an instance, all of one moment."""
    chosen = _chosen(uow, selection)
    each = [{**({t.key: t.value for t in volume.tags} if copy_tags else {}), **wanted_tags} for volume in chosen]
    own = [{key: value for key, value in one.items() if not key.startswith("aws:")} for one in each]
    return _take(uow, settings, chosen, description, own)


def _chosen(uow: UnitOfWork, selection: Selection) -> list[Any]:
    instance = uow.look_up(Instance, selection.instance_id, load=(Instance.attachments,))
    if instance.state in ("shutting-down", "terminated"):
        raise errors.IncorrectState(reason=f"The instance '{instance.id}' is in the '{instance.state}' state.")
    excluded = set(selection.exclude_data_volume_ids)
    check_form(Volume, excluded)
    attached: dict[str, VolumeAttachment] = {a.volume_id: a for a in instance.attachments}
    root = next((id for id, a in attached.items() if a.device == instance.root_device_name), None)
    if len(excluded) > MOST_EXCLUDED:
        raise errors.InvalidParameterValue(
            value=len(excluded), name="excludeDataVolumeIds", reason=f"At most {MOST_EXCLUDED} volumes can be excluded."
        )
    if root in excluded:
        raise errors.InvalidParameterValue(
            value=root, name="excludeDataVolumeIds", reason="It is the root volume: use ExcludeBootVolume."
        )
    if strangers := sorted(excluded - attached.keys()):
        raise errors.InvalidParameterValue(
            value=strangers[0],
            name="excludeDataVolumeIds",
            reason=f"It is not attached to the instance '{instance.id}'.",
        )
    if selection.exclude_boot_volume and root:
        excluded.add(root)
    wanted = [id for id, a in attached.items() if id not in excluded and a.state in ("attaching", "attached")]
    if not wanted:
        raise errors.InvalidParameterCombination(reason=f"No volume of the instance '{instance.id}' is left.")
    return list(reading.by(uow, Volume.id, wanted, load=(Volume.attachments, Volume.tags)))


def _take(
    uow: UnitOfWork,
    settings: Settings,
    of: Sequence[Volume],
    description: str,
    wanted_tags: Sequence[Mapping[str, str]],
) -> list[Snapshot]:
    """Snapshots of records of volumes with their attachments, and tags for each."""
    for volume in of:
        if volume.state not in ("available", "in-use") and not volume.attachments:
            raise errors.IncorrectState(reason=f"The volume '{volume.id}' is in the '{volume.state}' state.")
    volumes.check_readable(uow, of)
    quotas.check(uow, quotas.SNAPSHOTS, adding=len(of))
    taken = []
    for volume, own_tags in zip(of, wanted_tags, strict=True):
        snapshot = Snapshot(
            account=uow.account,
            region=uow.region,
            volume_id=volume.id,
            size_gib=volume.size_gib,
            description=description,
            encrypted=volume.encrypted,
            kms_key_id=volume.kms_key_id,
            lineage=volume.id,
            manifest_id=snapshot_blocks.adopt(uow, volume.manifest_id),
        )
        begin(uow, settings, snapshot, own_tags)
        taken.append(snapshot)
    return taken


def begin(uow: UnitOfWork, settings: Settings, snapshot: Snapshot, wanted_tags: Mapping[str, str]) -> None:
    """Add a new snapshot, which is pending until what it holds is known to be kept."""
    snapshot.progress = "0%"
    transitions.begin(uow, settings, snapshot, "pending", "completed")
    uow.add(snapshot)
    tags.attach(uow, snapshot, wanted_tags)


@reaching(Snapshot, "completed")
def _completed(uow: UnitOfWork, snapshots: Sequence[Snapshot]) -> None:
    listed = reading.table_of(ManifestBlock).c
    query = select(listed.manifest_id, func.count()).group_by(listed.manifest_id)
    query = query.where(listed.manifest_id.in_({snapshot.manifest_id for snapshot in snapshots}))
    counts: dict[str | None, int] = {row[0]: row[1] for row in uow.for_reading().execute(query)}
    for snapshot in snapshots:
        snapshot.progress, snapshot.completed_at = "100%", clock.this_second()
        snapshot.full_size_bytes = counts.get(snapshot.manifest_id, 0) * snapshot_blocks.BLOCK_SIZE


def copy(
    uow: UnitOfWork,
    settings: Settings,
    source_region: str,
    snapshot_id: str,
    description: str,
    wanted: Encryption,
    wanted_tags: Mapping[str, str],
    *,
    completion_minutes: int | None = None,
) -> Snapshot:
    """Begin a copy, in this region, of a snapshot that the caller can see in its own.

    wanted: whether to encrypt it, and the key's name. A copy in another region shares the blocks of its source.
    """
    if source_region not in {region.name for region in regions.of(settings)}:
        raise errors.InvalidRegionNotFound(region=source_region)
    check_completion(completion_minutes)
    check_form(Snapshot, [snapshot_id])
    found = reading.by(InRegion(uow, source_region), Snapshot.id, [snapshot_id])
    require_found(Snapshot, [snapshot_id], [source.id for source in found])
    source: Snapshot = found[0]
    if source.state != "completed" or source.storage_tier == "archive":
        state = "archived" if source.state == "completed" else source.state
        raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is {state}.")
    same_key = source.account == uow.account and source_region == uow.region
    known = Encryption(source.encrypted, source.kms_key_id if same_key else None)
    encryption = ebs_encryption.settle(uow, wanted.encrypted or None, wanted.kms_key_id, known)
    snapshot = Snapshot(
        account=uow.account,
        region=uow.region,
        volume_id=NO_VOLUME,
        size_gib=source.size_gib,
        description=description,
        encrypted=encryption.encrypted,
        kms_key_id=encryption.kms_key_id,
        transfer_type="time-based" if completion_minutes else "standard",
        completion_minutes=completion_minutes,
        lineage=source.lineage,
        manifest_id=snapshot_blocks.adopt(uow, source.manifest_id),
    )
    begin(uow, settings, snapshot, wanted_tags)
    return snapshot


def check_completion(minutes: int | None) -> None:
    """The time in which a copy is to be complete; None: no such time."""
    if minutes is not None and (minutes % 15 or not 15 <= minutes <= 2880):
        raise errors.InvalidParameterValue(
            value=minutes, name="completionDurationMinutes", reason="Expecting 15 to 2880 minutes in steps of 15."
        )


def delete_snapshot(uow: UnitOfWork, snapshot_id: str) -> None:
    """Delete the caller's snapshot, unless an image needs it or it is locked."""
    snapshot = require_own(uow, snapshot_id)
    if images := image_ids(uow, snapshot_id):
        raise errors.InvalidSnapshotInUse(id=snapshot_id, image_id=images[0])
    lock = uow.records(SnapshotLock, reading.table_of(SnapshotLock).c.snapshot_id == snapshot_id)
    if lock and lock[0].expires_at > clock.now():
        raise errors.OperationNotPermitted(
            reason=f"The snapshot '{snapshot_id}' is locked until {lock[0].expires_at.isoformat()}Z."
        )
    uow.delete(snapshot)
    uow.flush()
    forget(uow, [snapshot_id])


def image_ids(uow: UnitOfWork, snapshot_id: str) -> list[str]:
    """The images whose block device mappings name a snapshot."""
    return [
        d.image_id
        for d in uow.records(ImageBlockDevice, reading.table_of(ImageBlockDevice).c.snapshot_id == snapshot_id)
    ]


def forget(uow: UnitOfWork, snapshot_ids: Sequence[str]) -> None:
    """Delete what is known of snapshots that go, beside their own rows."""
    for model in (CreateVolumePermission, FastSnapshotRestore, SnapshotLock, SnapshotTiering):
        column = reading.table_of(model).c.snapshot_id
        uow.for_reading().execute(delete(reading.table_of(model)).where(column.in_(snapshot_ids)))
    tags.forget(uow, snapshot_ids)


def owned_by(owners: Sequence[str], account: str) -> ColumnElement[bool]:
    """Snapshots of any of these owners: account ids, ``self`` and ``amazon``."""
    column = reading.table_of(Snapshot).c
    accounts = [account if owner == "self" else owner for owner in owners if owner != "amazon"]
    _check_accounts(accounts)
    found = column.account.in_(accounts)
    return found | (column.owner_alias == "amazon") if "amazon" in owners else found


def restorable_by(users: Sequence[str], account: str) -> ColumnElement[bool]:
    """Snapshots that any of these users may make volumes of: ``all`` (public ones), ``self``, or account ids.

    What the caller's own snapshots are shared with is known to the caller; of others', only that they are shared
    with the caller.
    """
    column, permission = reading.table_of(Snapshot).c, reading.table_of(CreateVolumePermission).c
    accounts = [account if user == "self" else user for user in users if user != "all"]
    _check_accounts(accounts)
    given = select(permission.snapshot_id)
    found = column.id.in_(given.where(permission.user_id.in_(accounts))) & (column.account == account)
    if account in accounts:
        mine = given.where(permission.user_id == account)
        found = found | (column.account == account) | column.id.in_(mine)
    return found | column.public.is_(True) if "all" in users else found


def _check_accounts(accounts: Sequence[str]) -> None:
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            raise errors.InvalidUserIDMalformed(id=account)
