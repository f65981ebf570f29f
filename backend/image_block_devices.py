"""The block device mapping of a new image: its caller's entries as rows, with what the snapshots say."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import absent, errors, volume_types, volumes
from backend.db.unit_of_work import UnitOfWork

OF_LAUNCHES = ("AvailabilityZone", "AvailabilityZoneId", "KmsKeyId", "VolumeInitializationRate")
"""Members of Ebs that AWS supports when volumes are made, and not of an image."""

Row = dict[str, Any]


def plan(uow: UnitOfWork, mappings: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Rows of ImageBlockDevice without the image's id, in the order given.

    InvalidBlockDeviceMapping, InvalidSnapshot.NotFound, MissingParameter.
    """
    rows: dict[str, Row] = {}
    for number, mapping in enumerate(mappings, 1):
        device = mapping.get("DeviceName")
        if not device:
            raise errors.MissingParameter(name=f"BlockDeviceMapping.{number}.DeviceName")
        if device in rows:
            raise errors.InvalidBlockDeviceMapping(reason=f"Duplicate device name: {device}")
        rows[device] = blank(device) | _kind(uow, device, mapping)
    return list(rows.values())


def blank(device: str) -> Row:
    """A row that says nothing but the device's name."""
    return {
        "device_name": device,
        "virtual_name": None,
        "no_device": False,
        "snapshot_id": None,
        "size_gib": None,
        "volume_type": None,
        "iops": None,
        "throughput": None,
        "encrypted": None,
        "kms_key_id": None,
        "delete_on_termination": None,
        "card_index": None,
    }


def _kind(uow: UnitOfWork, device: str, mapping: Mapping[str, Any]) -> Row:
    if "NoDevice" in mapping:
        return {"no_device": True}
    if ebs := mapping.get("Ebs"):
        return _volume(uow, ebs)
    virtual_name: str = mapping.get("VirtualName") or ""
    if not virtual_name.startswith("ephemeral"):
        raise errors.InvalidBlockDeviceMapping(
            reason=f"The device {device} needs an Ebs structure, a VirtualName or NoDevice."
        )
    return {"virtual_name": virtual_name}


def check(mappings: Sequence[Mapping[str, Any]]) -> None:
    """Whether an image may have what is said of volumes: InvalidParameterCombination, InvalidParameterValue."""
    for number, mapping in enumerate(mappings, 1):
        ebs, where = mapping.get("Ebs") or {}, f"BlockDeviceMapping.{number}.Ebs"
        for name in OF_LAUNCHES:
            if name in ebs:
                raise errors.InvalidParameterCombination(
                    reason=f"The parameter {where}.{name} is not supported for images."
                )
        absent.outpost(ebs.get("OutpostArn"), f"{where}.OutpostArn")
        if (card := ebs.get("EbsCardIndex", 0)) < 0:
            raise errors.InvalidParameterValue(value=card, name=f"{where}.EbsCardIndex", reason="It is less than 0.")


def _volume(uow: UnitOfWork, ebs: Mapping[str, Any]) -> Row:
    size, encrypted = ebs.get("VolumeSize"), ebs.get("Encrypted")
    snapshot_id = ebs.get("SnapshotId")
    if snapshot_id:
        snapshot = volumes.usable(uow, snapshot_id)
        if encrypted is not None:
            raise errors.InvalidBlockDeviceMapping(
                reason="Parameter encrypted is invalid. You cannot specify the encrypted flag if specifying a "
                "snapshot id in a block device mapping."
            )
        size, encrypted = size or snapshot.size_gib, snapshot.encrypted
        if size < snapshot.size_gib:
            raise errors.InvalidBlockDeviceMapping(
                reason=f"Volume of size {size}GB is smaller than snapshot '{snapshot_id}', "
                f"expect size >= {snapshot.size_gib}GB"
            )
    if size is None:
        raise errors.MissingParameter(name="size/snapshot")
    kind, iops = ebs.get("VolumeType", "gp2"), ebs.get("Iops")
    settled = volume_types.settle(kind, size, iops, ebs.get("Throughput"))
    return {
        "snapshot_id": snapshot_id,
        "size_gib": settled.size_gib,
        "volume_type": settled.volume_type,
        "iops": settled.iops if kind != "gp2" else None,  # of gp2 it follows from the size: AWS does not show it
        "throughput": settled.throughput,
        "encrypted": bool(encrypted),
        "delete_on_termination": ebs.get("DeleteOnTermination", True),
        "card_index": ebs.get("EbsCardIndex"),
    }
