"""Exports: what snapshots hold becomes an object of S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend import disk_objects as s3
from backend import snapshot_blocks
from backend.conductor.disk_tasks import Claim, Stopped, complete, tell, works_on
from backend.db.models import ExportImageTask
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images import qemu_img, raw
from backend.disk_images.formats import DiskFile
from backend.disk_images.raw import Numbered
from backend.errors import CloudError
from backend.s3 import checksums, contents
from backend.s3.bodies import Body

PAGE = 32
"""Blocks whose places are read at once."""
CHUNK = 1 << 20


def blocks_of(claim: Claim, disk: dict[str, Any], span: tuple[int, int] = (0, 100)) -> Iterator[Numbered]:
    """What a disk of ``export_tasks.disk_of`` holds, in order."""
    if disk["path"]:
        path = Path(disk["path"])
        source = DiskFile(path, disk["path_format"], 0, path.stat().st_size)
        target = claim.folder / "plain"
        qemu_img.to_raw(source, target, disk["size"], claim.breathe)
        yield from raw.blocks_of_file(target)
        target.unlink()
        return
    manifest_id, start = disk["manifest"], 0
    while manifest_id:
        place = start

        def look(uow: UnitOfWork, task: Any, place: int = place) -> list[tuple[snapshot_blocks.Block, str]]:
            snapshot_blocks.adopt(uow, manifest_id)  # its snapshot may be deleted meanwhile
            done = place * snapshot_blocks.BLOCK_SIZE / disk["size"]
            tell(task, int(span[0] + (span[1] - span[0]) * done))
            return snapshot_blocks.stored(uow, manifest_id, place, PAGE)

        found = claim.step(look)
        for block, blob in found:
            with claim.cloud.blocks.open(blob) as file:
                yield block.place, file.read()
        if len(found) < PAGE:
            return
        start = found[-1][0].place + 1


def store(claim: Claim, bucket_name: str, parts: Iterator[bytes]) -> Body:
    """The bytes of a new object, encrypted as the bucket has it."""
    cloud = claim.cloud
    bucket = claim.read(lambda uow: s3.bucket_here(uow, bucket_name))
    account = claim.task().account
    choice = s3.encryption_of(bucket, account)
    stream, keys = claim.breathing(parts), s3.keys(cloud.settings)
    return contents.write_hashed(cloud.objects, keys, stream, choice, algorithm=checksums.DEFAULT)[0]


def finish(claim: Claim, body: Body, **given: Any) -> None:
    """The object's row and the task's end, in one transaction. ``given``: of ``disk_objects.put``."""

    def write(uow: UnitOfWork, task: Any) -> None:
        bucket = s3.bucket_here(uow, task.wanted["bucket"])
        s3.put(uow, bucket, task.wanted["key"], body, **given)
        complete(uow, task)

    try:
        claim.step(write)
    except (Stopped, CloudError):  # nothing of it is committed; what else may happen, the sweep sees to
        if body.blob:
            claim.cloud.objects.delete([body.blob])
        raise


def file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def disk_as(claim: Claim, disk: dict[str, Any], format: str) -> Iterator[bytes]:
    """The bytes of an object that has a disk in one of AWS's formats."""
    if format == "RAW":
        return raw.stream(disk["size"], blocks_of(claim, disk, (5, 95)))
    plain, target = claim.folder / "disk.raw", claim.folder / f"disk.{format.lower()}"
    raw.write_file(plain, disk["size"], blocks_of(claim, disk, (5, 45)))
    claim.breathe(50, "converting")
    qemu_img.from_raw(plain, format, target, claim.breathe)
    plain.unlink()
    return file_chunks(target)


@works_on(ExportImageTask)
def _export_image(claim: Claim) -> None:
    wanted = claim.task().wanted
    claim.breathe(message="converting")
    finish(claim, store(claim, wanted["bucket"], disk_as(claim, wanted["disk"], wanted["format"])))
