"""CreateImage: an AMI of an instance, with snapshots of its volumes.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend import errors, image_block_devices, images, snapshots, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import Image, ImageBlockDevice, Instance, Snapshot, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork
from backend.image_block_devices import Row
from backend.instances import power
from backend.snapshots import Selection
from backend.transitions import reaching
from backend.volume_attachments import plain

_FIXED = {"VolumeSize": "size_gib", "VolumeType": "volume_type", "Iops": "iops", "Throughput": "throughput"}
"""What a mapping may repeat of a volume of the instance, but not change."""


@dataclass(frozen=True)
class Wanted:
    instance_id: str
    name: str
    description: str | None = None
    no_reboot: bool = False
    block_device_mappings: Sequence[Mapping[str, Any]] = ()
    boot_mode: str | None = None
    image_tags: Mapping[str, str] | None = None
    snapshot_tags: Mapping[str, str] | None = None


def create(uow: UnitOfWork, settings: Settings, wanted: Wanted) -> Image:
    """Begin an image of a running or stopped instance. A running one is restarted, unless that is not wanted.

    InvalidAMIName.Duplicate, IncorrectInstanceState, InvalidBlockDeviceMapping; UnsupportedOperation where the disks
    are files of a host.
    """
    images.check_name(uow, wanted.name)
    images.check_description(wanted.description)
    instance = uow.require(Instance, wanted.instance_id, for_update=True)
    _check(instance, wanted)
    source = reading.find(uow, Image.id, instance.image_id, load=(Image.block_devices,))
    image = _image(uow, instance, source, wanted)
    rows = _mapping(uow, settings, instance, source, image, wanted)
    transitions.begin(uow, settings, image, "pending", "available")
    images.add(uow, image, rows, wanted.image_tags or {})
    if instance.state == "running" and not wanted.no_reboot:
        power.reboot(uow, [instance.id])
    return image


def _check(instance: Instance, wanted: Wanted) -> None:
    if instance.state not in ("running", "stopped"):
        raise errors.IncorrectInstanceState(
            reason=f"The instance '{instance.id}' is not in the 'running' or 'stopped' state."
        )
    if instance.root_device_type != "ebs":
        raise errors.UnsupportedOperation(
            reason=f"The instance '{instance.id}' does not have an 'ebs' root device type: no AMI can be made of it."
        )
    if wanted.boot_mode and instance.current_boot_mode != wanted.boot_mode:
        raise errors.InvalidParameterCombination(
            reason=f"The boot mode can be overridden with {wanted.boot_mode} only for an instance that boots so; "
            f"'{instance.id}' boots by {instance.current_boot_mode}."
        )


def _image(uow: UnitOfWork, instance: Instance, source: Image | None, wanted: Wanted) -> Image:
    """What the instance was launched from counts only for what the instance does not say itself."""
    return Image(
        account=uow.account,
        region=uow.region,
        name=wanted.name,
        description=wanted.description,
        image_location=f"{uow.account}/{wanted.name}",
        architecture=instance.architecture,
        virtualization_type=instance.virtualization_type,
        hypervisor=instance.hypervisor,
        root_device_name=instance.root_device_name,
        root_device_type="ebs",
        kernel_id=instance.kernel_id,
        ramdisk_id=instance.ramdisk_id,
        platform=instance.platform,
        platform_details=instance.platform_details,
        usage_operation=instance.usage_operation,
        ena_support=instance.ena_support,
        sriov_net_support=instance.sriov_net_support,
        boot_mode=wanted.boot_mode or instance.boot_mode,
        tpm_support=instance.options.get("TpmSupport"),
        imds_support=source.imds_support if source else None,
        uefi_data=source.uefi_data if source else None,
        source_instance_id=instance.id,
        source_image_id=instance.image_id,
        source_image_region=uow.region,
    )


def _mapping(
    uow: UnitOfWork, settings: Settings, instance: Instance, source: Image | None, image: Image, wanted: Wanted
) -> list[Row]:
    """The image's devices: the instance's volumes, each with a snapshot that begins now, and what the caller adds."""
    asked = _by_device(wanted.block_device_mappings)
    attached = _attached(uow, instance)
    if "NoDevice" in asked.get(plain(attached[0][0].device), {}):
        raise errors.InvalidBlockDeviceMapping(reason=f"The root device {attached[0][0].device} cannot be left out.")
    left_out = [a.volume_id for a, _ in attached if "NoDevice" in asked.get(plain(a.device), {})]
    kept = {plain(a.device): _row(a, volume, asked) for a, volume in attached if volume.id not in left_out}
    added = image_block_devices.plan(uow, [asked[d] for d in asked if d not in kept and "NoDevice" not in asked[d]])
    named = kept.keys() | asked.keys()
    stores = [
        image_block_devices.blank(device.device_name) | {"virtual_name": device.virtual_name}
        for device in (source.block_devices if source else ())
        if device.virtual_name and plain(device.device_name) not in named
    ]
    selection = Selection(instance.id, exclude_data_volume_ids=left_out)
    description = f"Created by CreateImage({instance.id}) for {image.id}"
    tags = wanted.snapshot_tags or {}
    taken = snapshots.create_all(uow, settings, selection, description, tags, copy_tags=False)
    of_volume = {snapshot.volume_id: snapshot.id for snapshot in taken}
    for attachment, volume in attached:
        if volume.id in of_volume:
            kept[plain(attachment.device)]["snapshot_id"] = of_volume[volume.id]
    image.path, image.path_format = images.file_behind(uow, attached[0][1].snapshot_id)
    return [*kept.values(), *added, *stores]


def _by_device(mappings: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    asked: dict[str, Mapping[str, Any]] = {}
    for number, mapping in enumerate(mappings, 1):
        device = mapping.get("DeviceName")
        if not device:
            raise errors.MissingParameter(name=f"BlockDeviceMapping.{number}.DeviceName")
        if plain(device) in asked:
            raise errors.InvalidBlockDeviceMapping(reason=f"Duplicate device name: {device}")
        asked[plain(device)] = mapping
    return asked


def _attached(uow: UnitOfWork, instance: Instance) -> list[tuple[VolumeAttachment, Volume]]:
    """The instance's volumes as records, the root volume first."""
    column = reading.table_of(VolumeAttachment).c
    of_instance = column.instance_id == instance.id, column.state.in_(("attaching", "attached"))
    found = uow.records(VolumeAttachment, *of_instance)
    volumes = {volume.id: volume for volume in reading.by(uow, Volume.id, [a.volume_id for a in found])}
    found.sort(key=lambda attachment: (attachment.device != instance.root_device_name, attachment.device))
    if not found or found[0].device != instance.root_device_name:
        raise errors.IncorrectInstanceState(reason=f"The instance '{instance.id}' has no root volume attached.")
    return [(attachment, volumes[attachment.volume_id]) for attachment in found]


def _row(attachment: VolumeAttachment, volume: Volume, asked: Mapping[str, Mapping[str, Any]]) -> Row:
    row = image_block_devices.blank(attachment.device) | {
        "size_gib": volume.size_gib,
        "volume_type": volume.volume_type,
        "iops": volume.iops if volume.volume_type in ("gp3", "io1", "io2") else None,
        "throughput": volume.throughput,
        "encrypted": volume.encrypted,
        "delete_on_termination": attachment.delete_on_termination,
    }
    mapping = asked.get(plain(attachment.device), {})
    ebs = mapping.get("Ebs") or {}
    if mapping.get("VirtualName") or "SnapshotId" in ebs:
        raise errors.InvalidBlockDeviceMapping(reason=f"The volume '{volume.id}' is attached at {attachment.device}.")
    for member, name in _FIXED.items():
        if ebs.get(member) not in (None, row[name]):
            raise errors.InvalidBlockDeviceMapping(
                reason=f"The {member} of the volume at {attachment.device} cannot be changed: only its "
                "DeleteOnTermination can."
            )
    if ebs.get("Encrypted") and not volume.encrypted:
        raise errors.InvalidBlockDeviceMapping(
            reason=f"The encryption of the volume at {attachment.device} cannot be changed. Copy the image instead."
        )
    return row | {"delete_on_termination": ebs.get("DeleteOnTermination", row["delete_on_termination"])}


@reaching(Image, "available")
def _available(uow: UnitOfWork, reached: Sequence[Image]) -> None:
    """An image is not available before its snapshots are complete."""
    devices, taken = reading.table_of(ImageBlockDevice).c, reading.table_of(Snapshot).c
    query = (
        select(devices.image_id)
        .join(reading.table_of(Snapshot), taken.id == devices.snapshot_id)
        .where(devices.image_id.in_([image.id for image in reached]), taken.state == "pending")
    )
    early = set(uow.for_reading().scalars(query))
    for image in reached:
        if image.id in early:
            image.state = "pending"
            transitions.follow(uow, image, "available")
