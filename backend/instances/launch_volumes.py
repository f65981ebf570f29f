"""The volumes that a launch makes, as rows: one of each planned disk for each instance."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from backend import clock, ebs_encryption, ids, snapshot_blocks, tags
from backend.db import reading
from backend.db.models import EbsSettings, Snapshot, Tag, Volume, VolumeAttachment
from backend.db.statements import Insert
from backend.db.unit_of_work import UnitOfWork
from backend.ebs_encryption import Encryption
from backend.instances.block_devices import Planned

_snapshots = reading.table_of(Snapshot).c
_CONTENTS = select(
    _snapshots.id, _snapshots.manifest_id, _snapshots.account, _snapshots.encrypted, _snapshots.kms_key_id
).where(_snapshots.id.in_(bindparam("snapshots", expanding=True)))
_INSERT_VOLUMES, _INSERT_ATTACHMENTS, _INSERT_TAGS = (
    Insert(reading.table_of(model)) for model in (Volume, VolumeAttachment, Tag)
)


def write(
    uow: UnitOfWork,
    disks: Sequence[Planned],
    zone: str,
    instance_ids: Sequence[str],
    volume_tags: Mapping[str, str],
) -> None:
    now = clock.this_second()
    owner = {"account": uow.account, "region": uow.region}
    contents = _contents(uow, disks)
    defaults = ebs_encryption.settings(uow)
    kinds = [_volume(uow, disk, zone, contents, defaults) | owner | {"created": now} for disk in disks]
    volumes: list[dict[str, Any]] = []
    attachments: list[dict[str, Any]] = []
    tag_rows: list[dict[str, Any]] = []
    for instance_id in instance_ids:
        for disk, kind in zip(disks, kinds, strict=True):
            id = ids.new(Volume.PREFIX)
            volumes.append({"id": id, **kind})
            attachments.append(
                owner
                | {
                    "volume_id": id,
                    "instance_id": instance_id,
                    "device": disk.device,
                    "state": "attaching",
                    "attach_time": now,
                    "delete_on_termination": disk.delete_on_termination,
                    "card_index": disk.card_index,
                }
            )
            tag_rows += tags.rows(uow, Volume.KIND, id, volume_tags)
    for insert, rows in ((_INSERT_VOLUMES, volumes), (_INSERT_ATTACHMENTS, attachments), (_INSERT_TAGS, tag_rows)):
        if rows:
            insert(uow.for_reading(), rows)


def _contents(uow: UnitOfWork, disks: Sequence[Planned]) -> dict[str, tuple[str | None, Encryption]]:
    """What the snapshots hold, and how they are encrypted. An image's snapshots need not be shared with whom the image
    is; those behind public images have no rows, and no bytes."""
    snapshot_ids = {disk.snapshot_id for disk in disks if disk.snapshot_id}
    found = {}
    for id, manifest_id, account, encrypted, key in uow.for_reading().execute(
        _CONTENTS, {"snapshots": list(snapshot_ids)}
    ):
        snapshot_blocks.adopt(uow, manifest_id)
        found[id] = manifest_id, Encryption(encrypted, key if account == uow.account else None)
    return found


def _volume(
    uow: UnitOfWork,
    disk: Planned,
    zone: str,
    contents: Mapping[str, tuple[str | None, Encryption]],
    defaults: EbsSettings,
) -> dict[str, Any]:
    manifest_id, source = contents.get(disk.snapshot_id or "", (None, None))
    encryption = ebs_encryption.settle(uow, disk.encrypted or None, disk.kms_key_id, source, defaults)
    return {
        "zone": zone,
        "size_gib": disk.settled.size_gib,
        "volume_type": disk.settled.volume_type,
        "iops": disk.settled.iops,
        "throughput": disk.settled.throughput,
        "state": "creating",
        "snapshot_id": disk.snapshot_id,
        "manifest_id": manifest_id,
        "encrypted": encryption.encrypted,
        "kms_key_id": encryption.kms_key_id,
        "multi_attach_enabled": False,
        "volume_initialization_rate": disk.initialization_rate,
    }
