"""Changing the size, type and performance of volumes that are in use, or not.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVolume.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from backend import clock, errors, states, transitions, volume_types
from backend.config import Settings
from backend.db import reading
from backend.db.models import Instance, Volume, VolumeAttachment, VolumeModification
from backend.db.unit_of_work import UnitOfWork
from backend.transitions import reaching
from backend.volume_types import Settled
from backend.volumes import check_multi_attach

MOST, WITHIN = 4, timedelta(hours=24)
"""So many modifications of one volume may begin in this time."""
_PROVISIONED = ("gp3", "io1", "io2")
_DEFAULT_IOPS = 3000


@dataclass(frozen=True)
class Target:
    """What a caller wants of the volume; None leaves it as it is."""

    size: int | None = None
    volume_type: str | None = None
    iops: int | None = None
    throughput: int | None = None
    multi_attach_enabled: bool | None = None


def modify(uow: UnitOfWork, settings: Settings, volume_id: str, target: Target) -> VolumeModification:
    """Begin to modify a volume: modifying, then optimizing, when it has its new size, then completed."""
    volume = uow.require(Volume, volume_id, for_update=True)
    if volume.state not in ("available", "in-use"):
        raise errors.IncorrectState(reason=f"The volume '{volume_id}' is in the '{volume.state}' state.")
    if target == Target():
        raise errors.MissingParameter(name="size/volumeType/iops/throughput/multiAttachEnabled")
    known = uow.scalar(select(VolumeModification).where(VolumeModification.volume_id == volume_id).with_for_update())
    recent = _recent(volume_id, known)
    settled = _settled(volume, target)
    multi_attach = _multi_attach(uow, volume, settled.volume_type, target.multi_attach_enabled)
    _check_attached(uow, volume, settled)
    now = clock.this_second()
    if known is None:
        known = VolumeModification(account=uow.account, region=uow.region, volume_id=volume_id)
        uow.add(known)
    known.started_at, known.ended_at = now, None
    known.recent = [*recent, now.isoformat()]
    known.original_size, known.target_size = volume.size_gib, settled.size_gib
    known.original_volume_type, known.target_volume_type = volume.volume_type, settled.volume_type
    known.original_iops, known.target_iops = volume.iops, settled.iops
    known.original_throughput, known.target_throughput = volume.throughput, settled.throughput
    known.original_multi_attach_enabled, known.target_multi_attach_enabled = volume.multi_attach_enabled, multi_attach
    transitions.begin(uow, settings, known, "modifying", "optimizing")
    return known


def _recent(volume_id: str, known: VolumeModification | None) -> list[str]:
    """When those modifications began that count against the limit; an error where one more may not begin."""
    if known is None:
        return []
    if known.state not in ("completed", "failed"):
        raise errors.IncorrectModificationState(
            reason=f"The volume '{volume_id}' is being modified: its modification state is '{known.state}'. "
            "Wait until that is 'completed'."
        )
    since = clock.now() - WITHIN
    recent = [begun for begun in known.recent if datetime.fromisoformat(begun) > since]
    if len(recent) >= MOST:
        again = datetime.fromisoformat(recent[-MOST]) + WITHIN
        raise errors.VolumeModificationRateExceeded(
            reason=f"You've reached the maximum modification rate of volume '{volume_id}': {MOST} in 24 hours. "
            f"The next modification can begin at {again.isoformat()}Z."
        )
    return recent


def _settled(volume: Volume, target: Target) -> Settled:
    size, kind = target.size or volume.size_gib, target.volume_type or volume.volume_type
    if size < volume.size_gib:
        raise errors.InvalidValue(reason="New size cannot be smaller than existing size")
    iops, throughput = target.iops, target.throughput
    if kind == volume.volume_type and kind in _PROVISIONED:
        iops = iops if iops is not None else volume.iops
        throughput = throughput if throughput is not None else volume.throughput
    elif kind in _PROVISIONED and iops is None:
        iops = _DEFAULT_IOPS
    return volume_types.settle(kind, size, iops, throughput)


def _multi_attach(uow: UnitOfWork, volume: Volume, volume_type: str, wanted: bool | None) -> bool:
    """Whether the volume can be attached to several instances from now on.

    https://docs.aws.amazon.com/ebs/latest/userguide/working-with-multi-attach.html
    """
    if wanted:
        check_multi_attach(volume_type)
    becomes = volume.multi_attach_enabled if wanted is None else wanted
    if becomes == volume.multi_attach_enabled:
        if becomes:
            check_multi_attach(volume_type)
        return becomes
    if becomes and (volume_type != "io2" or volume.volume_type != "io2"):
        raise errors.InvalidParameterCombination(reason="Multi-Attach can be enabled later for io2 volumes only.")
    if not becomes and len(_attachments(uow, volume)) > 1:
        raise errors.IncorrectState(
            reason=f"The volume '{volume.id}' is attached to several instances: Multi-Attach cannot be disabled."
        )
    return becomes


def _check_attached(uow: UnitOfWork, volume: Volume, settled: Settled) -> None:
    """A root volume cannot become a kind of volume that nothing boots from."""
    if settled.volume_type not in ("st1", "sc1"):
        return
    devices = {attachment.instance_id: attachment.device for attachment in _attachments(uow, volume)}
    for instance in reading.by(uow, Instance.id, devices):
        if devices[instance.id] == instance.root_device_name:
            raise errors.InvalidParameterCombination(
                reason=f"Volumes of the type {settled.volume_type} cannot be boot volumes."
            )


def _attachments(uow: UnitOfWork, volume: Volume) -> list[VolumeAttachment]:
    return uow.records(VolumeAttachment, reading.table_of(VolumeAttachment).c.volume_id == volume.id)


@reaching(VolumeModification, "optimizing")
def _takes_effect(uow: UnitOfWork, modifications: Sequence[Any]) -> None:
    """The volumes are as wanted; their hosts are told, and optimizing takes no time here."""
    by_volume = {modification.volume_id: modification for modification in modifications}
    query = select(Volume).where(Volume.id.in_(by_volume)).order_by(Volume.row).with_for_update()
    for volume in uow.scalars(query):
        modification = by_volume[volume.id]
        volume.size_gib, volume.volume_type = modification.target_size, modification.target_volume_type
        volume.iops, volume.throughput = modification.target_iops, modification.target_throughput
        volume.multi_attach_enabled = modification.target_multi_attach_enabled
    for modification in modifications:
        transitions.follow(uow, modification, "completed")
    attached = select(VolumeAttachment.instance_id).where(VolumeAttachment.volume_id.in_(by_volume))
    instance_ids = list(uow.scalars(attached))
    states.touch_all(uow, instance_ids)
    uow.converge(instance_ids)


@reaching(VolumeModification, "completed")
def _ends(_uow: UnitOfWork, modifications: Sequence[Any]) -> None:
    for modification in modifications:
        modification.ended_at = clock.this_second()
