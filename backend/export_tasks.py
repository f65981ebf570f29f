"""ExportImage: the root disk of an image as an object of S3. The conductor does it (``disk_exports``).

https://docs.aws.amazon.com/vm-import/latest/userguide/vmexport_image.html
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from backend import disk_objects, errors, images, snapshot_blocks, tags
from backend.db import reading
from backend.db.models import ExportImageTask, Image, ImageBlockDevice, Snapshot
from backend.db.unit_of_work import UnitOfWork
from backend.disk_objects import Location, Requester

GIB = 1 << 30
_KEY_BYTES = 1024

_SNAPSHOTS = reading.table_of(Snapshot)


def export_image(
    uow: UnitOfWork,
    who: Requester,
    image_id: str,
    format: str,
    place: Mapping[str, str],
    *,
    description: str | None = None,
    role_name: str | None = None,
    wanted_tags: Mapping[str, str],
) -> ExportImageTask:
    """Begin to write an image's root disk to ``place``: S3Bucket and S3Prefix.

    AuthFailure for somebody else's image, InvalidAMIID.Unavailable, InvalidParameter where the caller may not write
    there or the disk is encrypted.
    """
    images.check_description(description)
    role = disk_objects.check_role(uow, who, role_name)
    image = exportable(uow, image_id)
    disk = root_of(uow, image)
    if disk["encrypted"]:
        raise errors.InvalidParameter(reason=f"The image '{image_id}' has encrypted snapshots: it cannot be exported.")
    task = ExportImageTask(
        account=uow.account,
        region=uow.region,
        description=description,
        image_id=image.id,
        wanted={"format": format, "role": role, "disk": disk},
        status_message="validating",
    )
    key = f"{place.get('S3Prefix') or ''}{task.id}.{format.lower()}"
    if len(key.encode()) > _KEY_BYTES:
        raise errors.InvalidParameterValue(value=key, name="s3Prefix", reason="The key is too long.")
    disk_objects.check_writable(uow, who, Location(place["S3Bucket"], key))
    task.wanted = {**task.wanted, "bucket": place["S3Bucket"], "prefix": place.get("S3Prefix"), "key": key}
    uow.add(task)
    tags.attach(uow, task, wanted_tags)
    uow.tasked = True
    return task


def exportable(uow: UnitOfWork, image_id: str) -> Image:
    """The caller's own image, with its devices as a record, whose disks can be read."""
    image = uow.look_up(Image, image_id, load=(Image.block_devices, Image.tags))
    if image.account != uow.account:
        raise errors.AuthFailureImage(id=image_id)
    if image.state != "available":
        raise errors.InvalidAMIIDUnavailable(id=image_id)
    if image.root_device_type != "ebs":
        raise errors.InvalidRequest(reason=f"The image '{image_id}' is not backed by EBS.")
    return image


def root_of(uow: UnitOfWork, image: Image) -> dict[str, Any]:
    root = next((d for d in image.block_devices if d.device_name == image.root_device_name and d.snapshot_id), None)
    if root is None:
        raise errors.InvalidRequest(reason=f"The image '{image.id}' has no snapshot of its root device.")
    return disk_of(uow, image, root)


def disk_of(uow: UnitOfWork, image: Image, device: ImageBlockDevice) -> dict[str, Any]:
    """Where a device's bytes lie, for the conductor: the manifest of its snapshot, or an operator's file (``path``).

    What the image's owner may have, whoever owns the snapshot.
    """
    found = uow.for_reading().execute(select(_SNAPSHOTS).where(_SNAPSHOTS.c.id == device.snapshot_id)).first()
    is_file = image.path is not None and device.device_name == image.root_device_name
    if found is not None and found.storage_tier == "archive":
        raise errors.IncorrectState(reason=f"The snapshot '{found.id}' is archived. Restore it first.")
    return {
        "size": (found.size_gib if found else device.size_gib or 1) * GIB,
        "manifest": snapshot_blocks.adopt(uow, found.manifest_id) if found and not is_file else None,
        "path": image.path if is_file else None,
        "path_format": (image.path_format or "raw").upper() if is_file else None,
        "encrypted": bool(found and found.encrypted),
        "description": found.description if found else "",
    }


def cancel(uow: UnitOfWork, task_id: str) -> None:
    """Cancel an export; what it wrote goes. InvalidExportTaskID, IncorrectState where it is over."""
    task = uow.require(ExportImageTask, task_id, for_update=True)
    if task.is_over:
        raise errors.IncorrectState(reason=f"The export task '{task_id}' is {task.state}: it cannot be cancelled.")
    if task.state == task.ACTIVE:
        task.state, task.status_message = task.CANCELLING, "User requested task cancellation"
        uow.tasked = True
