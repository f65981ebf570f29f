"""Imports: objects of S3 become snapshots, and snapshots images.

A raw disk is read as a stream; any other format is copied to a file, converted to a sparse one, and read from there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from backend import direct_snapshots, ids, image_block_devices, images, import_tasks, quotas, snapshot_blocks, tags
from backend import disk_objects as s3
from backend import transitions as states
from backend.blobs.base import NoSuchBlob
from backend.conductor import boot_files
from backend.conductor.disk_tasks import Claim, Stopped, complete, tell, works_on
from backend.db.models import Image, ImportImageTask, ImportSnapshotTask, Snapshot
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images import formats, ova, qemu_img, raw
from backend.disk_images.formats import DiskFile, DiskImageError
from backend.disk_images.raw import Numbered
from backend.ebs_encryption import Encryption
from backend.errors import CloudError
from backend.s3 import contents
from backend.snapshot_blocks import BLOCK_SIZE, Block
from backend.snapshots import NO_VOLUME

GIB = 1 << 30
BATCH = 16
"""Blocks that are held in memory, and listed in one transaction."""
ROOT_DEVICE = "/dev/sda1"
MADE_BY = "Created by AWS-VMImport service for {task}"


@dataclass(frozen=True)
class Disk:
    """What a disk of ``size`` bytes holds, kept as blocks; of an image in this format."""

    manifest_id: str
    size: int
    format: str

    @property
    def gib(self) -> int:
        return -(-self.size // GIB)


def keep(claim: Claim, found: Iterable[Numbered], size: int, span: tuple[int, int] = (0, 100)) -> str:
    """Store blocks, in order, as a new manifest: its id. ``span``: the progress of the task at its start and end."""
    manifest_id = claim.step(lambda uow, _task: snapshot_blocks.begin(uow, None))
    blocks, low, high = iter(found), *span
    while some := list(islice(blocks, BATCH)):
        done = (some[-1][0] + 1) * BLOCK_SIZE / max(size, 1)
        _list(claim, manifest_id, some, int(low + (high - low) * done))
    return manifest_id


def _list(claim: Claim, manifest_id: str, some: list[Numbered], progress: int) -> None:
    """Blobs first, then the rows that name them, as ``PutSnapshotBlock`` has it."""
    store = claim.cloud.blocks
    named = [(Block(place, direct_snapshots.checksum_of(data)), store.write([data])) for place, data in some]

    def write(uow: UnitOfWork, task: Any) -> list[str]:
        snapshot_blocks.adopt(uow, manifest_id)  # nothing has it yet: it must not be collected
        kept = {snapshot_blocks.put(uow, manifest_id, block, blob) for block, blob in named}
        tell(task, progress)
        return [blob for _, blob in named if blob not in kept]

    try:
        unused = claim.step(write)
    except (Stopped, CloudError):  # nothing of it is committed; what else may happen, the sweep sees to
        store.delete(blob for _, blob in named)
        raise
    store.delete(unused)


def disks_of(claim: Claim, source: dict[str, Any], span: tuple[int, int]) -> list[Disk]:
    """The disks of one object: several only of an OVA. ``source``: of ``import_tasks``."""
    pieces = claim.read(lambda uow: s3.pieces(uow, source["row"]))
    if pieces is None:
        raise NoSuchBlob(str(source["row"]))
    cloud, size = claim.cloud, sum(piece.size for piece in pieces)
    if not size:
        raise DiskImageError("The disk image is empty")
    stream = claim.breathing(contents.read(cloud.objects, s3.keys(cloud.settings), pieces))
    first = next(stream)
    format = source["format"] or formats.sniffed(first)
    if format not in source["formats"]:
        raise DiskImageError(f"The format {format} cannot be imported so")
    stream = chain([first], stream)
    if format == "RAW":
        if size > qemu_img.MOST_BYTES:
            raise DiskImageError(f"The disk has {size} bytes; at most {qemu_img.MOST_BYTES} are supported")
        return [Disk(keep(claim, raw.blocks(stream), size, span), size, format)]
    return _converted(claim, stream, format, size, span)


def _converted(claim: Claim, stream: Iterator[bytes], format: str, size: int, span: tuple[int, int]) -> list[Disk]:
    path = claim.folder / "source"
    with path.open("xb") as file:
        file.writelines(stream)
    found = ova.disks(path) if format == "OVA" else [DiskFile(path, format, 0, size)]
    step = (span[1] - span[0]) // len(found)
    made = []
    for number, disk in enumerate(found):
        target, low = claim.folder / f"disk-{number}", span[0] + number * step
        virtual = qemu_img.virtual_size(disk)
        qemu_img.to_raw(disk, target, virtual, claim.breathe)
        kept = keep(claim, raw.blocks_of_file(target), virtual, (low, low + step))
        made.append(Disk(kept, virtual, disk.format))
        target.unlink()
    path.unlink()
    return made


def snapshot_of(
    uow: UnitOfWork, disk: Disk, description: str, encryption: Encryption, wanted_tags: dict[str, str]
) -> Snapshot:
    """A completed snapshot of what was kept."""
    quotas.check(uow, quotas.SNAPSHOTS)
    snapshot = Snapshot(
        account=uow.account,
        region=uow.region,
        volume_id=NO_VOLUME,
        size_gib=disk.gib,
        description=description,
        encrypted=encryption.encrypted,
        kms_key_id=encryption.kms_key_id,
        state="completed",
        manifest_id=snapshot_blocks.adopt(uow, disk.manifest_id),
    )
    snapshot.lineage = snapshot.id
    uow.add(snapshot)
    uow.flush()
    states.reached(uow, Snapshot, "completed", [snapshot])
    tags.attach(uow, snapshot, wanted_tags)
    return snapshot


@works_on(ImportSnapshotTask)
def _import_snapshot(claim: Claim) -> None:
    wanted = claim.task().wanted
    claim.breathe(message="converting")
    [disk] = disks_of(claim, wanted["disks"][0], (5, 95))
    claim.breathe(message="updating")

    def finish(uow: UnitOfWork, task: ImportSnapshotTask) -> None:
        description = task.description or MADE_BY.format(task=task.id)
        made = snapshot_of(uow, disk, description, import_tasks.encryption_of(wanted), wanted["tags"])
        task.detail = {**task.detail, "Format": disk.format, "SnapshotId": made.id}
        complete(uow, task)

    claim.step(finish)


@works_on(ImportImageTask)
def _import_image(claim: Claim) -> None:
    wanted = claim.task().wanted
    claim.breathe(message="converting")
    sources, found = wanted["disks"], list[tuple[int, Disk | None]]()
    share = 90 // len(sources)
    for number, source in enumerate(sources):
        if "snapshot_id" in source:
            found.append((number, None))
        else:
            span = (5 + number * share, 5 + (number + 1) * share)
            found += [(number, disk) for disk in disks_of(claim, source, span)]
    claim.breathe(message="preparing ami")

    image_id = ids.new(Image.PREFIX)

    def finish(uow: UnitOfWork, task: ImportImageTask, file: dict[str, str]) -> None:
        _make_image(uow, task, image_id, found, file)
        complete(uow, task)

    with boot_files.boot_file(claim, image_id, *_root(claim, sources, found)) as file:
        claim.step(lambda uow, task: finish(uow, task, file))


def _root(claim: Claim, sources: list[dict[str, Any]], found: list[tuple[int, Disk | None]]) -> tuple[str | None, int]:
    """The manifest and the size in bytes of the first disk."""
    number, disk = found[0]
    if disk is not None:
        return disk.manifest_id, disk.size
    snapshot = claim.read(lambda uow: uow.look_up(Snapshot, sources[number]["snapshot_id"]))
    return snapshot.manifest_id, snapshot.size_gib * GIB


def _make_image(
    uow: UnitOfWork, task: ImportImageTask, id: str, found: list[tuple[int, Disk | None]], file: dict[str, str]
) -> None:
    """``found``: the disks, each with the number of the container that it came from. ``file``: of ``boot_files``."""
    machine, rows, details = task.wanted["machine"], list[image_block_devices.Row](), list[dict[str, Any]]()
    sources = task.wanted["disks"]
    devices = _devices([sources[number]["device"] for number, _ in found])
    for device, (number, disk) in zip(devices, found, strict=True):
        snapshot = _snapshot(uow, task, sources[number], disk)
        rows.append(
            image_block_devices.blank(device)
            | {
                "snapshot_id": snapshot.id,
                "size_gib": snapshot.size_gib,
                "volume_type": "gp2",
                "encrypted": snapshot.encrypted,
                "delete_on_termination": True,
            }
        )
        details.append(
            {
                **task.details[number],
                "DeviceName": device,
                "SnapshotId": snapshot.id,
                "Status": "completed",
                **({"Format": disk.format} if disk else {}),
            }
        )
    image = Image(
        id=id,
        account=uow.account,
        region=uow.region,
        name=task.id,
        description=task.description or f"AWS-VMImport service: {machine['platform_details']}",
        image_location=f"{uow.account}/{task.id}",
        root_device_name=devices[0],
        ena_support=True,
        **file,
        **{name: machine[name] for name in _MACHINE},
    )
    images.add(uow, image, rows, task.wanted["tags"])
    task.image_id, task.details = image.id, details


_MACHINE = ("architecture", "boot_mode", "platform", "platform_details", "usage_operation")


def _snapshot(uow: UnitOfWork, task: ImportImageTask, source: dict[str, Any], disk: Disk | None) -> Snapshot:
    if disk is None:
        return uow.look_up(Snapshot, source["snapshot_id"])
    description = MADE_BY.format(task=task.id)
    return snapshot_of(uow, disk, description, import_tasks.encryption_of(task.wanted), task.wanted["tags"])


def _devices(given: list[str | None]) -> list[str]:
    """The devices of an image's disks: as they were given, else the root device and those after it."""
    names, taken = list[str](), {device for device in given if device}
    free = (name for name in (ROOT_DEVICE, *(f"/dev/sd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")))
    for device in given:
        names.append(device or next(name for name in free if name not in taken))
    return names
