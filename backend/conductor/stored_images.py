"""Stores images as objects of S3, and makes images of such objects."""

from typing import Any

from sqlalchemy import select, update

from backend import disk_objects as s3
from backend import ebs_encryption, errors, stored_images
from backend.blobs.base import NoSuchBlob
from backend.conductor import boot_files, disk_exports, disk_imports
from backend.conductor.disk_imports import Disk
from backend.conductor.disk_tasks import Claim, complete, works_on
from backend.db.models import Image, ImageBlockDevice, RestoreImageTask, StoreImageTask
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images import stored
from backend.s3 import contents

UNSYNCHRONIZED = {"synchronize_session": False}


@works_on(StoreImageTask)
def _store(claim: Claim) -> None:
    wanted = claim.task().wanted
    disks, count = wanted["disks"], max(len(wanted["disks"]), 1)
    read = (
        disk_exports.blocks_of(claim, disk, (100 * number // count, 100 * (number + 1) // count))
        for number, disk in enumerate(disks)
    )
    body = disk_exports.store(claim, wanted["bucket"], stored.write(stored_images.header(wanted), read))
    disk_exports.finish(claim, body, metadata=wanted["metadata"], tags=wanted["object_tags"])


def _failed(uow: UnitOfWork, task: RestoreImageTask) -> None:
    """The image that would have been stays to be seen, until its owner deregisters it."""
    image = _image(uow, task)
    if image is not None:
        image.state, image.state_reason_code = "failed", "Client.RestoreImageTaskFailed"
        image.state_reason_message = "The stored AMI could not be restored"


@works_on(RestoreImageTask, _failed)
def _restore(claim: Claim) -> None:
    wanted = claim.task().wanted
    pieces = claim.read(lambda uow: s3.pieces(uow, wanted["row"]))
    if pieces is None:
        raise NoSuchBlob(str(wanted["row"]))
    parts = claim.breathing(contents.read(claim.cloud.objects, s3.keys(claim.cloud.settings), pieces))
    reader = stored.Reader(parts)
    described = reader.description()
    found, count = list[Disk](), max(len(described["disks"]), 1)
    for number, disk in enumerate(described["disks"]):
        span = (100 * number // count, 100 * (number + 1) // count)
        kept = disk_imports.keep(claim, reader.blocks(disk["size"]), disk["size"], span)
        found.append(Disk(kept, disk["size"], "RAW"))
    devices, name = described["devices"], described["image"]["root_device_name"]
    root = next((found[d["disk"]] for d in devices if d["device_name"] == name and "disk" in d), None)
    manifest_id, size = (root.manifest_id, root.size) if root else (None, 0)
    with boot_files.boot_file(claim, claim.task().image_id, manifest_id, size) as file:
        claim.step(lambda uow, task: _finish(uow, task, devices, found, file))


def _finish(
    uow: UnitOfWork,
    task: RestoreImageTask,
    devices: list[dict[str, Any]],
    found: list[Disk],
    file: dict[str, str],
) -> None:
    image = _image(uow, task)
    if image is None:
        raise errors.InvalidAMIIDUnavailable(id=task.image_id)  # it was deregistered meanwhile
    encryption = ebs_encryption.settle(uow, None, None)
    for device in devices:
        if "disk" not in device:
            continue
        chosen = task.wanted["snapshot_tags"]
        tags = device["tags"] if chosen is None else chosen
        made = disk_imports.snapshot_of(uow, found[device["disk"]], device["description"], encryption, tags)
        row = update(ImageBlockDevice).where(
            ImageBlockDevice.image_id == image.id, ImageBlockDevice.device_name == device["device_name"]
        )
        values = {"snapshot_id": made.id, "encrypted": made.encrypted}
        uow.execute(row.values(**values), execution_options=UNSYNCHRONIZED)
    image.state = "available"
    image.path, image.path_format = file.get("path"), file.get("path_format")
    complete(uow, task)


def _image(uow: UnitOfWork, task: RestoreImageTask) -> Image | None:
    return uow.scalars(select(Image).where(Image.id == task.image_id).with_for_update()).one_or_none()
