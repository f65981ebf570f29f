"""What the tests of imports, exports and stored images share: buckets, disks, and tasks that come to their end."""

import base64
import hashlib
import random
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.storage import poll

BLOCK = 512 * 1024

needs_qemu_img = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="qemu-img is not installed")


def disk(seed: str = "disk") -> bytes:
    """2 MiB: a block, two of zeros, and half of one."""
    made = random.Random(seed)
    return made.randbytes(BLOCK) + bytes(2 * BLOCK) + made.randbytes(BLOCK // 2) + bytes(BLOCK // 2)


def converted(folder: Path, data: bytes, driver: str, *options: str) -> bytes:
    """A disk as a file of one of QEMU's formats."""
    source, target = folder / "source.raw", folder / f"target.{driver}"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    command = ["qemu-img", "convert", "-f", "raw", "-O", driver, *(o for x in options for o in ("-o", x))]
    subprocess.run([*command, source, target], check=True, capture_output=True)
    return target.read_bytes()


def plain(folder: Path, data: bytes, driver: str) -> bytes:
    """The bytes of a disk that is a file of one of QEMU's formats."""
    source, target = folder / f"read.{driver}", folder / "read.raw"
    source.write_bytes(data)
    subprocess.run(["qemu-img", "convert", "-f", driver, "-O", "raw", source, target], check=True)
    return target.read_bytes()


def bucket(s3: Any) -> str:
    name = f"disks-{secrets.token_hex(6)}"
    s3.create_bucket(Bucket=name)
    return name


def place(name: str, key: str) -> dict[str, Any]:
    return {"UserBucket": {"S3Bucket": name, "S3Key": key}}


def snapshot_task(ec2: Any, id: str, status: str = "completed") -> dict[str, Any]:
    """A task, once it has come to a status."""

    def look() -> dict[str, Any] | None:
        [task] = ec2.describe_import_snapshot_tasks(ImportTaskIds=[id])["ImportSnapshotTasks"]
        found: dict[str, Any] = task["SnapshotTaskDetail"]
        return found if found["Status"] in (status, "completed", "deleted") else None

    found: dict[str, Any] = poll(look)
    assert found["Status"] == status, found
    return found


def image_task(ec2: Any, id: str, status: str = "completed") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        [task] = ec2.describe_import_image_tasks(ImportTaskIds=[id])["ImportImageTasks"]
        return task if task["Status"] in (status, "completed", "deleted") else None

    found: dict[str, Any] = poll(look)
    assert found["Status"] == status, found
    return found


def export_task(ec2: Any, id: str, status: str = "completed") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        [task] = ec2.describe_export_image_tasks(ExportImageTaskIds=[id])["ExportImageTasks"]
        return task if task["Status"] in (status, "completed", "deleted") else None

    found: dict[str, Any] = poll(look)
    assert found["Status"] == status, found
    return found


def store_task(ec2: Any, image_id: str, state: str = "Completed") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        [task] = ec2.describe_store_image_tasks(ImageIds=[image_id])["StoreImageTaskResults"]
        return task if task["StoreTaskState"] != "InProgress" else None

    found: dict[str, Any] = poll(look)
    assert found["StoreTaskState"] == state, found
    return found


def imported_snapshot(ec2: Any, name: str, key: str, **given: Any) -> str:
    made = ec2.import_snapshot(DiskContainer={"Format": "RAW", **place(name, key)}, **given)
    id: str = snapshot_task(ec2, made["ImportTaskId"])["SnapshotId"]
    return id


def imported_image(ec2: Any, name: str, key: str, **given: Any) -> str:
    made = ec2.import_image(DiskContainers=[{"Format": "RAW", **place(name, key)}], **given)
    id: str = image_task(ec2, made["ImportTaskId"])["ImageId"]
    return id


def content(ebs: Any, snapshot_id: str) -> dict[int, bytes]:
    """The blocks of a snapshot as the EBS direct APIs give them, by place."""
    found = {}
    for listed in ebs.list_snapshot_blocks(SnapshotId=snapshot_id)["Blocks"]:
        token, index = listed["BlockToken"], listed["BlockIndex"]
        answer = ebs.get_snapshot_block(SnapshotId=snapshot_id, BlockIndex=index, BlockToken=token)
        data = answer["BlockData"].read()
        assert base64.b64encode(hashlib.sha256(data).digest()).decode() == answer["Checksum"]
        found[index] = data
    return found


def blocks(data: bytes) -> dict[int, bytes]:
    """What ``content`` gives of a snapshot of these bytes."""
    cut = {at // BLOCK: data[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(data), BLOCK)}
    return {place: block for place, block in cut.items() if any(block)}
