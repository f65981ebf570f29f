"""ImportSnapshot and ImportImage: disks that are made of objects in S3. The conductor does it (``disk_imports``).

https://docs.aws.amazon.com/vm-import/latest/userguide/what-is-vmimport.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend import disk_objects, ebs_encryption, errors, images, quotas, tags, volumes
from backend.config import Settings
from backend.db.models import ImportImageTask, ImportSnapshotTask
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images.formats import FORMATS
from backend.disk_objects import Requester
from backend.ebs_encryption import Encryption
from backend.ids import prefix_of

IMAGE_FORMATS = frozenset({*FORMATS, "OVA"})
SNAPSHOT_FORMATS = frozenset(FORMATS) - {"VHDX"}
ARCHITECTURES = ("i386", "x86_64", "arm64")
USAGE_OPERATIONS = {
    "RunInstances": "Linux/UNIX",
    "RunInstances:0002": "Windows",
    "RunInstances:0800": "Windows BYOL",
    "RunInstances:0006": "Windows with SQL Server Standard",
    "RunInstances:0102": "Windows with SQL Server Enterprise",
    "RunInstances:0202": "Windows with SQL Server Web",
    "RunInstances:0010": "Red Hat Enterprise Linux",
    "RunInstances:00g0": "Red Hat BYOL Linux",
    "RunInstances:000g": "SUSE Linux",
}
"""What an image is billed as, with its platform details.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
"""
_MOST_DISKS = 21


@dataclass(frozen=True)
class Common:
    """What both imports are asked for. ``client_data``: times and sizes of the upload, which are merely kept."""

    description: str | None = None
    client_data: Mapping[str, Any] = field(default_factory=dict)
    encrypted: bool | None = None
    kms_key_id: str | None = None
    role_name: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Machine:
    """What ImportImage is told of the machine."""

    architecture: str | None = None
    boot_mode: str | None = None
    hypervisor: str | None = None
    license_type: str | None = None
    platform: str | None = None
    usage_operation: str | None = None


def import_snapshot(
    uow: UnitOfWork, settings: Settings, who: Requester, container: Mapping[str, Any], common: Common
) -> ImportSnapshotTask:
    """Begin to make a snapshot of a disk image.

    InvalidParameter where its object cannot be read, InvalidParameterValue for a format or place that is none.
    """
    kept = _common(uow, who, common)
    disk, detail = _disk(uow, settings, who, container, "DiskContainer", SNAPSHOT_FORMATS)
    task = ImportSnapshotTask(
        account=uow.account,
        region=uow.region,
        description=common.description,
        wanted={"disks": [disk], **kept},
        detail=detail | _shown(kept),
        status_message="pending",
    )
    _begin(uow, task, common.tags)
    return task


def import_image(
    uow: UnitOfWork,
    settings: Settings,
    who: Requester,
    containers: Sequence[Mapping[str, Any]],
    machine: Machine,
    common: Common,
) -> ImportImageTask:
    """Begin to make an image of disk images and snapshots, the first of which is its root device's."""
    kept = _common(uow, who, common)
    settled = _machine(machine)
    if not containers:
        raise errors.MissingParameter(name="DiskContainers")
    if len(containers) > _MOST_DISKS:
        raise errors.InvalidParameterValue(
            value=len(containers), name="diskContainers", reason=f"At most {_MOST_DISKS} disks can be imported."
        )
    disks, details = [], []
    for number, container in enumerate(containers, 1):
        disk, detail = _image_disk(uow, settings, who, container, f"DiskContainer.{number}")
        disks.append(disk)
        details.append(detail)
    if any(disk.get("format") == "OVA" for disk in disks) and len(disks) > 1:
        raise errors.InvalidParameterCombination(reason="An OVA has all disks of its machine: it must be the only one.")
    devices = [disk["device"] for disk in disks if disk["device"]]
    if len(set(devices)) < len(devices):
        raise errors.InvalidParameterValue(value=devices, name="deviceName", reason="Each device can have one disk.")
    task = ImportImageTask(
        account=uow.account,
        region=uow.region,
        description=common.description,
        wanted={"disks": disks, "machine": settled, **kept},
        details=details,
        status_message="pending",
    )
    _begin(uow, task, common.tags)
    return task


def cancel(uow: UnitOfWork, task_id: str, reason: str | None) -> tuple[str, str]:
    """Cancel an import: the state before and now. InvalidConversionTaskId, IncorrectState where it is over."""
    model = ImportImageTask if prefix_of(task_id) == ImportImageTask.PREFIX else ImportSnapshotTask
    task = uow.require(model, task_id, for_update=True)
    before = task.state
    if task.is_over:
        raise errors.IncorrectState(reason=f"The import task '{task_id}' is {before}: it cannot be cancelled.")
    if before == task.ACTIVE:
        task.state = task.CANCELLING
        task.status_message = reason or "User requested task cancellation"
        uow.tasked = True
    return before, task.state


def _begin(uow: UnitOfWork, task: Any, wanted_tags: Mapping[str, str]) -> None:
    quotas.check(uow, quotas.SNAPSHOTS)
    uow.add(task)
    tags.attach(uow, task, wanted_tags)
    uow.tasked = True


def _common(uow: UnitOfWork, who: Requester, common: Common) -> dict[str, Any]:
    images.check_description(common.description)
    role = disk_objects.check_role(uow, who, common.role_name)
    encryption = ebs_encryption.settle(uow, common.encrypted, common.kms_key_id)
    return {
        "encrypted": encryption.encrypted,
        "kms_key_id": encryption.kms_key_id,
        "role": role,
        "client_data": {name: str(value) for name, value in common.client_data.items()},
        "tags": dict(common.tags),
    }


def encryption_of(wanted: Mapping[str, Any]) -> Encryption:
    """What ``_common`` settled."""
    return Encryption(wanted["encrypted"], wanted["kms_key_id"])


def _shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {"Encrypted": kept["encrypted"], "KmsKeyId": kept["kms_key_id"]}


def _image_disk(
    uow: UnitOfWork, settings: Settings, who: Requester, container: Mapping[str, Any], name: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    device = container.get("DeviceName")
    snapshot_id = container.get("SnapshotId")
    if not snapshot_id:
        disk, detail = _disk(uow, settings, who, container, name, IMAGE_FORMATS)
        return disk | {"device": device}, detail | {"DeviceName": device}
    if container.get("UserBucket") or container.get("Url") or container.get("Format"):
        raise errors.InvalidParameterCombination(reason=f"{name}.SnapshotId excludes UserBucket, Url and Format.")
    snapshot = volumes.usable(uow, snapshot_id)
    detail = {"Description": container.get("Description"), "SnapshotId": snapshot.id, "DeviceName": device}
    return {"snapshot_id": snapshot.id, "device": device}, detail


def _disk(
    uow: UnitOfWork,
    settings: Settings,
    who: Requester,
    container: Mapping[str, Any],
    name: str,
    formats: frozenset[str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A disk image as the conductor finds it, and as it is shown."""
    given = container.get("Format")
    format = given.upper() if given else None
    if format is not None and format not in formats:
        raise errors.InvalidParameterValue(
            value=given, name=f"{name}.Format", reason=f"Valid values: {', '.join(sorted(formats))}."
        )
    where = disk_objects.location(settings, container, name)
    version = disk_objects.readable(uow, who, where)
    disk = {"row": version.row, "format": format, "device": None, "formats": sorted(formats)}
    detail = {
        "Description": container.get("Description"),
        "DiskImageSize": float(version.size),
        "Format": format,
        "Url": container.get("Url"),
        "UserBucket": {"S3Bucket": where.bucket, "S3Key": where.key} if container.get("UserBucket") else None,
    }
    return disk, detail


def _machine(machine: Machine) -> dict[str, Any]:
    """The columns of the image. InvalidParameterValue, InvalidParameterCombination."""
    architecture = machine.architecture or "x86_64"
    _check("architecture", architecture, ARCHITECTURES)
    _check("hypervisor", machine.hypervisor, ("xen",))
    _check("platform", machine.platform, ("Windows", "Linux"))
    _check("licenseType", machine.license_type, ("AWS", "BYOL"))
    _check("usageOperation", machine.usage_operation, tuple(USAGE_OPERATIONS))
    _check("bootMode", machine.boot_mode, ("legacy-bios", "uefi"))
    if machine.license_type and machine.usage_operation:
        raise errors.InvalidParameterCombination(reason="Specify either LicenseType or UsageOperation, not both.")
    if architecture == "arm64" and machine.boot_mode == "legacy-bios":
        raise errors.InvalidParameterCombination(reason="An AMI for arm64 requires the boot mode uefi.")
    if architecture == "i386" and machine.boot_mode == "uefi":
        raise errors.InvalidParameterCombination(reason="An AMI for i386 requires the boot mode legacy-bios.")
    windows = machine.platform == "Windows"
    billed = machine.usage_operation
    if billed is None:
        byol = machine.license_type == "BYOL"
        billed = ("RunInstances:0800" if byol else "RunInstances:0002") if windows else "RunInstances"
    if windows != USAGE_OPERATIONS[billed].startswith("Windows") and machine.platform:
        raise errors.InvalidParameterCombination(
            reason=f"The usage operation {billed} is not one of the platform {machine.platform}."
        )
    windows = USAGE_OPERATIONS[billed].startswith("Windows")
    return {
        "architecture": architecture,
        "boot_mode": machine.boot_mode or ("uefi" if architecture == "arm64" else None),
        "platform": "windows" if windows else None,
        "platform_details": USAGE_OPERATIONS[billed],
        "usage_operation": billed,
        "license_type": machine.license_type or ("AWS" if windows else "BYOL"),
    }


def _check(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise errors.InvalidParameterValue(value=value, name=name, reason=f"Valid values: {', '.join(known)}.")
