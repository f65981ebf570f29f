"""CreateReplaceRootVolumeTask: another root volume for an instance that runs, on hosts that simulate their guests.

The task is pending while the volume is made, in progress until the host has taken it in, and then succeeded.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/replace-root.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, select

from backend import (
    clock,
    ebs_encryption,
    errors,
    images,
    quotas,
    snapshot_blocks,
    states,
    tags,
    transitions,
    volume_types,
    volumes,
)
from backend.config import Settings
from backend.db import reading
from backend.db.models import Image, Instance, ReplaceRootVolumeTask, Snapshot, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.ebs_encryption import Encryption
from backend.transitions import GONE, reaching

ACTIVE = ("pending", "in-progress", "failing")
LOOK_AGAIN = timedelta(milliseconds=300)
"""How long after a look at a host's progress the next one comes."""

_attachments, _snapshots = reading.table_of(VolumeAttachment).c, reading.table_of(Snapshot).c


@dataclass(frozen=True)
class Wanted:
    """At most one of the three sources; with none, the volume is as it was at the launch."""

    instance_id: str
    snapshot_id: str | None = None
    image_id: str | None = None
    volume_id: str | None = None
    delete_replaced: bool = False
    volume_initialization_rate: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Source:
    """What a new root volume is made of; a snapshot of the catalogue's has no row, and no bytes."""

    snapshot_id: str | None
    size_gib: int = 0
    encryption: Encryption = Encryption(encrypted=False)  # noqa: RUF009 - it is frozen
    manifest_id: str | None = None


def create(uow: UnitOfWork, settings: Settings, wanted: Wanted) -> ReplaceRootVolumeTask:
    """Begin to replace the root volume. IncorrectInstanceState, InvalidParameterCombination, UnsupportedOperation for
    an instance whose disks are files of its host."""
    if len([id for id in (wanted.snapshot_id, wanted.image_id, wanted.volume_id) if id]) > 1:
        raise errors.InvalidParameterCombination(
            reason="Only one of the parameters SnapshotId, ImageId and VolumeId can be specified."
        )
    instance = uow.require(Instance, wanted.instance_id, for_update=True)
    root = _root(uow, instance)
    volume_types.check_initialization(wanted.volume_initialization_rate, of_snapshot=not wanted.volume_id)
    volume_id = _own_volume(uow, instance, root, wanted.volume_id) if wanted.volume_id else None
    task = ReplaceRootVolumeTask(
        account=uow.account,
        region=uow.region,
        instance_id=instance.id,
        image_id=wanted.image_id,
        replaced_volume_id=root.id,
        delete_replaced=wanted.delete_replaced,
    )
    if volume_id is None:
        source = _source(uow, instance, root, wanted)
        task.snapshot_id = source.snapshot_id
        volume_id = _make(uow, settings, root, source, wanted.volume_initialization_rate)
    task.volume_id = volume_id
    transitions.begin(uow, settings, task, "pending", "in-progress")
    uow.add(task)
    tags.attach(uow, task, wanted.tags)
    return task


def _root(uow: UnitOfWork, instance: Instance) -> Volume:
    """The record of the root volume of an instance that can get another one."""
    if instance.state != "running":
        raise errors.IncorrectInstanceState(reason=f"The instance '{instance.id}' is not in the 'running' state.")
    table = reading.table_of(ReplaceRootVolumeTask).c
    if uow.records(ReplaceRootVolumeTask, table.instance_id == instance.id, table.state.in_(ACTIVE)):
        raise errors.IncorrectState(
            reason=f"A root volume replacement task of the instance '{instance.id}' is in progress."
        )
    attached = uow.records(
        VolumeAttachment,
        _attachments.instance_id == instance.id,
        _attachments.device == instance.root_device_name,
    )
    if not attached:
        raise errors.UnsupportedOperation(reason=f"The instance '{instance.id}' has no EBS root volume.")
    root = uow.look_up(Volume, attached[0].volume_id, load=(Volume.attachments,))
    volumes.check_readable(uow, [root])
    return root


def _own_volume(uow: UnitOfWork, instance: Instance, root: Volume, volume_id: str) -> str:
    volume = uow.look_up(Volume, volume_id, load=(Volume.attachments,))
    if volume.zone != instance.zone:
        raise errors.InvalidVolumeZoneMismatch(volume_id=volume_id, instance_id=instance.id)
    if volume.state != "available":
        raise errors.IncorrectState(reason=f"Volume '{volume_id}' is not 'available'.")
    if root.encrypted and not volume.encrypted:
        raise errors.InvalidParameterValue(
            value=volume_id, name="volumeId", reason="The original root volume is encrypted, and this one is not."
        )
    volumes.check_readable(uow, [volume])
    return volume_id


def _source(uow: UnitOfWork, instance: Instance, root: Volume, wanted: Wanted) -> _Source:
    if wanted.snapshot_id:
        snapshot = volumes.usable(uow, wanted.snapshot_id)
        before = uow.records(Snapshot, _snapshots.id == (root.snapshot_id or ""))
        if snapshot.lineage not in {root.id, *(s.lineage for s in before if s.lineage)}:
            raise errors.InvalidParameterValue(
                value=snapshot.id, name="snapshotId", reason=f"It is no snapshot of the root volume '{root.id}'."
            )
        return _Source(snapshot.id, snapshot.size_gib, ebs_encryption.of_snapshot(uow, snapshot), snapshot.manifest_id)
    if wanted.image_id:
        image = images.launchable(uow, wanted.image_id)
        _check_alike(instance, image)
    else:
        image = reading.find(uow, Image.id, instance.image_id, load=(Image.block_devices,))
    devices = image.block_devices if image else ()
    snapshot_id = next((d.snapshot_id for d in devices if d.device_name == image.root_device_name), root.snapshot_id)
    return _of_image(uow, snapshot_id, root)


def _check_alike(instance: Instance, image: Image) -> None:
    for name in ("architecture", "virtualization_type", "platform_details", "usage_operation"):
        if getattr(instance, name) != getattr(image, name):
            raise errors.InvalidParameterValue(
                value=image.id,
                name="imageId",
                reason=f"Its {name.replace('_', ' ')} is not that of the instance '{instance.id}'.",
            )


def _of_image(uow: UnitOfWork, snapshot_id: str | None, root: Volume) -> _Source:
    """The snapshot behind an image, which need not be shared with whom the image is."""
    found = uow.for_reading().execute(select(reading.table_of(Snapshot)).where(_snapshots.id == snapshot_id)).first()
    if found is None:
        return _Source(snapshot_id, manifest_id=root.manifest_id if snapshot_id == root.snapshot_id else None)
    own = found.account == uow.account
    encryption = Encryption(found.encrypted, found.kms_key_id if own else None)
    return _Source(snapshot_id, found.size_gib, encryption, found.manifest_id)


def _make(uow: UnitOfWork, settings: Settings, root: Volume, source: _Source, rate: int | None) -> str:
    """A volume like the root volume, of another content: its id."""
    encryption = ebs_encryption.settle(
        uow, root.encrypted or None, root.kms_key_id if not source.encryption.encrypted else None, source.encryption
    )
    size = max(root.size_gib, source.size_gib)
    quotas.check_volume(uow, root.volume_type, size, root.iops)
    volume = Volume(
        account=uow.account,
        region=uow.region,
        zone=root.zone,
        size_gib=size,
        volume_type=root.volume_type,
        iops=root.iops,
        throughput=root.throughput,
        snapshot_id=source.snapshot_id,
        manifest_id=snapshot_blocks.adopt(uow, source.manifest_id),
        encrypted=encryption.encrypted,
        kms_key_id=encryption.kms_key_id,
        volume_initialization_rate=rate,
    )
    transitions.begin(uow, settings, volume, "creating", "available")
    uow.add(volume)
    return str(volume.id)


@reaching(ReplaceRootVolumeTask, "in-progress")
def _replace(uow: UnitOfWork, tasks: Sequence[ReplaceRootVolumeTask]) -> None:
    """Take the old volume from the instance, give it the new one, and let its guest start again."""
    for task in tasks:
        instance = uow.scalars(select(Instance).where(Instance.id == task.instance_id).with_for_update()).one_or_none()
        found = _swap(uow, instance, task) if instance and instance.desired != "absent" else False
        transitions.follow(uow, task, "succeeded" if found else "failed")


def _swap(uow: UnitOfWork, instance: Instance, task: ReplaceRootVolumeTask) -> bool:
    """False where the instance has another root volume by now, or somebody took the new one."""
    of_root = VolumeAttachment.instance_id == instance.id, VolumeAttachment.device == instance.root_device_name
    old = uow.scalars(select(VolumeAttachment).where(*of_root).with_for_update()).one_or_none()
    pair = (task.volume_id, task.replaced_volume_id)
    known = {v.id: v for v in uow.scalars(select(Volume).where(Volume.id.in_(pair)).with_for_update())}
    new, replaced = known.get(task.volume_id), known.get(task.replaced_volume_id)
    if old is None or replaced is None or old.volume_id != replaced.id:
        return False
    if new is None or new.state not in ("creating", "available"):
        return False
    keep = old.delete_on_termination
    uow.execute(delete(VolumeAttachment).where(VolumeAttachment.row == old.row))
    new.state, new.next_state, new.next_at = "in-use", None, None
    replaced.state = "available"
    instance.reboots += 1
    states.touch(instance)
    attachment = VolumeAttachment(
        account=instance.account,
        region=instance.region,
        volume_id=new.id,
        instance_id=instance.id,
        device=instance.root_device_name,
        state="attaching",
        delete_on_termination=keep,
        generation=instance.generation,
    )
    uow.add(attachment)
    uow.converge([instance.id])
    return True


@reaching(ReplaceRootVolumeTask, "succeeded")
def _succeeded(uow: UnitOfWork, tasks: Sequence[ReplaceRootVolumeTask]) -> None:
    """The task is done once the host has the new volume; the old one goes then, where that was asked for."""
    attached = select(_attachments.volume_id).where(
        _attachments.volume_id.in_([task.volume_id for task in tasks]), _attachments.state == "attaching"
    )
    waiting = set(uow.for_reading().scalars(attached))
    for task in tasks:
        if task.volume_id in waiting:
            task.state = "in-progress"
            transitions.follow(uow, task, "succeeded", at=clock.now() + LOOK_AGAIN)
            continue
        task.completed_at = clock.this_second()
        if task.delete_replaced:
            _delete(uow, task.replaced_volume_id)


@reaching(ReplaceRootVolumeTask, "failed")
def _failed(uow: UnitOfWork, tasks: Sequence[ReplaceRootVolumeTask]) -> None:
    """A volume that was made for nothing goes again; one that was the caller's stays."""
    for task in tasks:
        task.completed_at = clock.this_second()
        if task.snapshot_id:
            _delete(uow, task.volume_id)


def _delete(uow: UnitOfWork, volume_id: str) -> None:
    volume = uow.scalars(select(Volume).where(Volume.id == volume_id).with_for_update()).one_or_none()
    if volume and volume.state in ("creating", "available"):
        volume.state = "deleting"
        transitions.follow(uow, volume, GONE)
