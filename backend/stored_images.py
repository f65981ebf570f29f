"""CreateStoreImageTask and CreateRestoreImageTask: whole images as objects of S3, and back.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-store-restore.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import clock, disk_objects, errors, export_tasks, image_block_devices, image_copies, images
from backend.blobs.base import Blobs, NoSuchBlob
from backend.config import Settings
from backend.db import reading
from backend.db.base import Tag
from backend.db.models import Image, ObjectVersion, RestoreImageTask, Snapshot, StoreImageTask
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images.formats import DiskImageError
from backend.disk_images.stored import Reader
from backend.disk_objects import Location, Requester
from backend.s3 import contents, tagging
from backend.s3.access import Action

SUFFIX = "bin"
_KEPT = ("name", "description", *image_copies.NATURE)
"""Columns of an image that are stored with it."""
_DEVICE = (
    "device_name",
    "virtual_name",
    "no_device",
    "size_gib",
    "volume_type",
    "iops",
    "throughput",
    "delete_on_termination",
)


def store(
    uow: UnitOfWork, who: Requester, image_id: str, bucket_name: str, object_tags: Sequence[Mapping[str, str]]
) -> StoreImageTask:
    """Begin to store the caller's image as the object IMAGE.bin.

    AuthFailure, InvalidAMIID.Unavailable, InvalidParameter where the caller may not write there.
    """
    image = export_tasks.exportable(uow, image_id)
    where = Location(bucket_name, f"{image.id}.{SUFFIX}")
    bucket = disk_objects.check_writable(uow, who, where)
    try:
        tags = tagging.checked((tag.get("Key", ""), tag.get("Value", "")) for tag in object_tags)
    except errors.CloudError as fault:
        raise errors.InvalidValue(reason=fault.message) from fault
    if tags and who.denial(Action("s3:PutObjectTagging", "WRITE"), bucket, where.key):
        raise errors.InvalidParameter(reason=f"Insufficient permissions to tag objects. Bucket: {bucket_name}")
    task = StoreImageTask(
        account=uow.account,
        region=uow.region,
        image_id=image.id,
        bucket=where.bucket,
        key=where.key,
        wanted={
            "bucket": where.bucket,
            "key": where.key,
            "object_tags": tags,
            "metadata": _metadata(image),
            **_description(uow, image),
        },
    )
    uow.add(task)
    uow.flush()
    uow.tasked = True
    return task


def _metadata(image: Image) -> dict[str, str]:
    """What the object's metadata says. Only what a header can hold."""
    found = {
        "ami-name": image.name,
        "ami-description": image.description or "",
        "ami-registered-date": image.created.isoformat() + "Z",
        "ami-owner-account": image.account,
        "ami-store-date": clock.this_second().isoformat() + "Z",
    }
    return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


def _description(uow: UnitOfWork, image: Image) -> dict[str, Any]:
    """The image, and where its disks lie."""
    devices, disks = list[dict[str, Any]](), list[dict[str, Any]]()
    snapshot_tags = _tags(uow, [d.snapshot_id for d in image.block_devices if d.snapshot_id])
    for device in image.block_devices:
        shown = {name: getattr(device, name) for name in _DEVICE}
        if device.snapshot_id:
            disk = export_tasks.disk_of(uow, image, device)
            shown |= {"description": disk["description"], "tags": snapshot_tags.get(device.snapshot_id, {})}
            shown["disk"] = len(disks)
            disks.append(disk)
        devices.append(shown)
    tags = {tag.key: tag.value for tag in image.tags if not tag.key.startswith("aws:")}
    return {"image": {name: getattr(image, name) for name in _KEPT}, "tags": tags, "devices": devices, "disks": disks}


def _tags(uow: UnitOfWork, ids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for tag in reading.by(uow, Tag.resource_id, ids):
        if not tag.key.startswith("aws:"):
            found.setdefault(tag.resource_id, {})[tag.key] = tag.value
    return found


def header(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What stands at the beginning of the object."""
    sizes = [{"size": disk["size"]} for disk in wanted["disks"]]
    return {name: wanted[name] for name in ("image", "tags", "devices")} | {"disks": sizes}


def restore(
    uow: UnitOfWork,
    settings: Settings,
    blobs: Blobs,
    who: Requester,
    where: Location,
    name: str | None,
    tags: Mapping[str, Mapping[str, str]],
) -> Image:
    """A new pending image of a stored one. ``tags``: by resource type, instead of those that were stored.

    InvalidParameter for an object that cannot be read or is no stored image, InvalidAMIName.Duplicate.
    """
    version = disk_objects.readable(uow, who, where)
    stored = _header(uow, settings, blobs, version, where)
    described = stored["image"] | ({"name": name} if name is not None else {})
    images.check_name(uow, described["name"])
    rows = [
        image_block_devices.blank(device["device_name"]) | {member: device[member] for member in _DEVICE}
        for device in stored["devices"]
    ]
    image = Image(
        account=uow.account,
        region=uow.region,
        image_location=f"{uow.account}/{described['name']}",
        state="pending",
        **described,
    )
    images.add(uow, image, rows, tags.get(Image.KIND) or stored["tags"])
    snapshot_tags = tags.get(Snapshot.KIND)
    task = RestoreImageTask(
        account=uow.account,
        region=uow.region,
        image_id=image.id,
        wanted={"row": version.row, "snapshot_tags": dict(snapshot_tags) if snapshot_tags else None},
    )
    uow.add(task)
    uow.flush()
    uow.tasked = True
    return image


def _header(
    uow: UnitOfWork, settings: Settings, blobs: Blobs, version: ObjectVersion, where: Location
) -> dict[str, Any]:
    parts = contents.read(blobs, disk_objects.keys(settings), contents.pieces(uow, version))
    try:
        found = Reader(parts).description()
        known = {name: found["image"][name] for name in _KEPT}
        return {**found, "image": known}
    except (DiskImageError, NoSuchBlob, KeyError, TypeError, ValueError) as fault:
        raise errors.InvalidParameter(
            reason=f"The object is not a stored AMI: s3://{where.bucket}/{where.key}"
        ) from fault
    finally:
        parts.close()
