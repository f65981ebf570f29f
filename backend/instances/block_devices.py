"""The disks of a launch: an image's block device mapping, with the caller's overrides, as volumes to make."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend import absent, errors, volume_types
from backend.db.models import Image, Snapshot
from backend.db.unit_of_work import UnitOfWork
from backend.volume_types import Settled

_DEVICE = re.compile(r"(/dev/)?(sd[a-z]{1,2}|xvd[a-z]{1,2}|hd[a-z])[0-9]{0,2}")
"""https://docs.aws.amazon.com/ebs/latest/userguide/device_naming.html"""


@dataclass(frozen=True)
class Planned:
    """One volume that each instance of the launch gets."""

    device: str
    settled: Settled
    snapshot_id: str | None
    encrypted: bool
    kms_key_id: str | None
    delete_on_termination: bool
    initialization_rate: int | None = None
    """MiB/s at which the snapshot is copied to the volume, where a rate is asked for."""
    card_index: int | None = None


@dataclass(frozen=True)
class _Wish:
    device: str
    size_gib: int | None = None
    least_gib: int = 0
    snapshot_id: str | None = None
    volume_type: str = "gp2"
    iops: int | None = None
    throughput: int | None = None
    encrypted: bool = False
    kms_key_id: str | None = None
    initialization_rate: int | None = None
    card_index: int | None = None
    delete_on_termination: bool = True  # of whatever is attached at launch by a call:
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html


def plan(uow: UnitOfWork, image: Image, overrides: Sequence[Mapping[str, Any]]) -> list[Planned]:
    """The volumes, the image's first. An override replaces what it names of the same device, or adds a device."""
    wishes: dict[str, _Wish] = {}
    for entry in image.block_devices:
        if entry.virtual_name is None and not entry.no_device:
            wishes[entry.device_name] = _Wish(
                device=entry.device_name,
                size_gib=entry.size_gib,
                least_gib=entry.size_gib or 0 if entry.snapshot_id else 0,
                snapshot_id=entry.snapshot_id,
                volume_type=entry.volume_type or "gp2",
                iops=entry.iops,
                throughput=entry.throughput,
                encrypted=bool(entry.encrypted),
                kms_key_id=entry.kms_key_id,
                card_index=entry.card_index,
                delete_on_termination=entry.delete_on_termination is not False,
            )
    seen: set[str] = set()
    for number, override in enumerate(overrides, 1):
        device = override.get("DeviceName")
        if not device:
            raise errors.MissingParameter(name=f"BlockDeviceMapping.{number}.DeviceName")
        if not _DEVICE.fullmatch(device):
            raise errors.InvalidBlockDeviceMapping(reason=f"Invalid device name {device}")
        if device in seen:
            raise errors.InvalidBlockDeviceMapping(reason=f"Duplicate device name: {device}")
        seen.add(device)
        _override(uow, wishes, device, override, image)
    return [_settled(wish) for wish in wishes.values()]


def _override(
    uow: UnitOfWork, wishes: dict[str, _Wish], device: str, override: Mapping[str, Any], image: Image
) -> None:
    if "NoDevice" in override:
        if device == image.root_device_name:
            raise errors.InvalidBlockDeviceMapping(reason=f"The root device {device} cannot be left out.")
        wishes.pop(device, None)
        return
    ebs = override.get("Ebs")
    if ebs is not None and override.get("VirtualName"):
        raise errors.InvalidBlockDeviceMapping(
            reason=f"The device {device} is either an EBS volume or an instance store volume, not both."
        )
    if ebs is None:
        if not (override.get("VirtualName") or "").startswith("ephemeral"):
            raise errors.InvalidBlockDeviceMapping(
                reason=f"The device {device} needs an Ebs structure, a VirtualName or NoDevice."
            )
        return  # an instance store of the type; types without one ignore the mapping, as AWS does
    wishes[device] = _merged(uow, wishes.get(device), device, ebs, image)


def _merged(uow: UnitOfWork, wish: _Wish | None, device: str, ebs: Mapping[str, Any], image: Image) -> _Wish:
    _check_place(ebs)
    found = wish or _Wish(device=device)
    if device != image.root_device_name and not ebs.get("SnapshotId") and ebs.get("VolumeSize") is None and not wish:
        raise errors.MissingParameter(name="size/snapshot")
    if snapshot_id := ebs.get("SnapshotId"):
        if wish and wish.snapshot_id and device == image.root_device_name and snapshot_id != wish.snapshot_id:
            raise errors.InvalidBlockDeviceMapping(
                reason=f"snapshotId can only be modified on EBS devices other than the root device {device}"
            )
        if wish is None or snapshot_id != wish.snapshot_id:
            size = uow.look_up(Snapshot, snapshot_id).size_gib
            found = replace(found, snapshot_id=snapshot_id, size_gib=size, least_gib=size)
    if ebs.get("Encrypted") is False and found.encrypted:
        raise errors.InvalidParameterDependency(reason="An encrypted snapshot cannot make an unencrypted volume.")
    if ebs.get("KmsKeyId") and not (ebs.get("Encrypted") or found.encrypted):
        raise errors.InvalidParameterDependency(
            reason="The parameter KmsKeyId requires the parameter Encrypted to be set."
        )
    changed_type = ebs.get("VolumeType", found.volume_type) != found.volume_type
    return replace(
        found,
        size_gib=ebs.get("VolumeSize", found.size_gib),
        volume_type=ebs.get("VolumeType", found.volume_type),
        iops=ebs.get("Iops", None if changed_type else found.iops),
        throughput=ebs.get("Throughput", None if changed_type else found.throughput),
        encrypted=ebs.get("Encrypted", found.encrypted),
        kms_key_id=ebs.get("KmsKeyId", found.kms_key_id),
        initialization_rate=ebs.get("VolumeInitializationRate"),
        card_index=ebs.get("EbsCardIndex", found.card_index),
        delete_on_termination=ebs.get("DeleteOnTermination", found.delete_on_termination),
    )


def _check_place(ebs: Mapping[str, Any]) -> None:
    """A volume is where its instance is."""
    absent.outpost(ebs.get("OutpostArn"), "BlockDeviceMapping.Ebs.OutpostArn")
    for name in ("AvailabilityZone", "AvailabilityZoneId"):
        if name in ebs:
            raise errors.InvalidParameterCombination(
                reason=f"The parameter {name} of a block device mapping is not supported for launches."
            )


def _settled(wish: _Wish) -> Planned:
    volume_types.check_initialization(wish.initialization_rate, of_snapshot=wish.snapshot_id is not None)
    size = wish.size_gib if wish.size_gib is not None else wish.least_gib
    if wish.snapshot_id and 0 < size < wish.least_gib:
        raise errors.InvalidBlockDeviceMapping(
            reason=f"Volume of size {size}GB is smaller than snapshot '{wish.snapshot_id}', "
            f"expect size>= {wish.least_gib}GB"
        )
    return Planned(
        wish.device,
        volume_types.settle(wish.volume_type, size, wish.iops, wish.throughput),
        wish.snapshot_id,
        wish.encrypted,
        wish.kms_key_id,
        wish.delete_on_termination,
        wish.initialization_rate,
        wish.card_index,
    )
