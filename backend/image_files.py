"""Disk image files that an operator registers as AMIs: ``ec2api image import``.

A file lies in the folder ``images`` of the data directory under its AMI's id. It is whole and on disk before its row
is committed, and goes after its row went; a crash in between leaves a file that ``image remove`` takes away.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, insert, select

from backend import ids, image_states, images
from backend.config import Settings
from backend.db import reading
from backend.db.engine import Database
from backend.db.models import Image, ImageBlockDevice, Instance, Snapshot
from backend.db.unit_of_work import UnitOfWork, check_form, require_found

GIB = 1 << 30
NO_VOLUME = "vol-ffffffff"
"""The volume that AWS names for a snapshot which was made of none."""

_QCOW2 = b"QFI\xfb"
_OTHERS = {b"KDMV": "VMDK", b"# Disk DescriptorFile": "VMDK", b"vhdxfile": "VHDX", b"conectix": "VHD", b"<<< ": "VDI"}
_CHUNK = 4 << 20


class ImageFileError(Exception):
    """A file that cannot be an AMI, or one that is in use."""


@dataclass(frozen=True)
class DiskFile:
    """A disk image file: ``raw`` or ``qcow2``, and the size in bytes of the disk that a guest sees."""

    path: Path
    format: str
    size: int

    @property
    def gib(self) -> int:
        return -(-self.size // GIB)


@dataclass(frozen=True)
class Wanted:
    """How a file becomes an AMI."""

    name: str
    account: str
    region: str
    architecture: str = "x86_64"
    description: str | None = None
    root_device_name: str = "/dev/xvda"
    boot_mode: str | None = None
    public: bool = False


def inspect(path: Path) -> DiskFile:
    """What a file says of itself by its first bytes; ImageFileError for what no hypervisor here can boot."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(32)
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise ImageFileError(f"{path} is a {name} file: qemu-img convert -O qcow2 makes a qcow2 file of it")
    if head.startswith(_QCOW2):
        # https://www.qemu.org/docs/master/interop/qcow2.html
        if int.from_bytes(head[8:16], "big"):
            raise ImageFileError(f"{path} is only a layer over another file: qemu-img convert makes it whole")
        return DiskFile(path, "qcow2", int.from_bytes(head[24:32], "big"))
    if size < 512:
        raise ImageFileError(f"{path} has {size} bytes: that is no disk")
    return DiskFile(path, "raw", size)


def add(database: Database, settings: Settings, path: Path, wanted: Wanted) -> str:
    """Copy a file into the data directory and register it as an AMI; the AMI's id."""
    disk, image_id = inspect(path), ids.new(Image.PREFIX)
    with UnitOfWork(database, wanted.account, wanted.region, write=False) as uow:
        images.check_name(uow, wanted.name)  # before a long copy
    folder = settings.data_dir.resolve() / "images"
    with (
        _copied(disk.path, folder / f"{image_id}.{disk.format}") as copy,
        UnitOfWork(database, wanted.account, wanted.region) as uow,
    ):
        images.check_name(uow, wanted.name)
        _register(uow, image_id, wanted, disk, copy)
        uow.commit()
    return image_id


def _register(uow: UnitOfWork, image_id: str, wanted: Wanted, disk: DiskFile, path: Path) -> None:
    owner = {"account": uow.account, "region": uow.region}
    snapshot = Snapshot(
        **owner,
        volume_id=NO_VOLUME,
        size_gib=disk.gib,
        description=f"Imported for {image_id} from {disk.path.name}",
    )
    image = Image(
        **owner,
        id=image_id,
        name=wanted.name,
        description=wanted.description,
        image_location=f"{uow.account}/{wanted.name}",
        public=wanted.public,
        architecture=wanted.architecture,
        root_device_name=wanted.root_device_name,
        ena_support=True,
        boot_mode=wanted.boot_mode or ("uefi" if wanted.architecture == "arm64" else None),
        path=str(path),
        path_format=disk.format,
    )
    uow.add_all([snapshot, image])
    uow.flush()
    root = {
        "image_id": image_id,
        "device_name": wanted.root_device_name,
        "no_device": False,
        "snapshot_id": snapshot.id,
        "size_gib": disk.gib,
        "volume_type": "gp2",
        "encrypted": False,
        "delete_on_termination": True,
    }
    uow.execute(insert(ImageBlockDevice), [root])


def registered(database: Database, *conditions: ColumnElement[bool]) -> list[Image]:
    """The AMIs of all accounts and regions that have a file."""
    with UnitOfWork(database, "", "", write=False, everywhere=True) as uow:
        return reading.where(uow, Image, reading.table_of(Image).c.path.is_not(None), *conditions)


def remove(database: Database, settings: Settings, image_id: str) -> None:
    """Deregister an AMI that has a file, and delete the file unless other AMIs were registered from it.

    Also deletes the file of one that its owner deregistered. InvalidAMIID.NotFound; ImageFileError while instances
    run from the file.
    """
    check_form(Image, [image_id])
    column = reading.table_of(Image).c
    found = registered(database, column.id == image_id)
    files = [Path(image.path) for image in found if image.path]
    files = files or list((settings.data_dir.resolve() / "images").glob(f"{image_id}.*"))
    require_found(Image, [image_id], [image_id] if files else [])
    account, region = (found[0].account, found[0].region) if found else ("", "")
    with UnitOfWork(database, account, region) as uow:
        _check_unused(uow, image_id)
        if found:
            image_states.deregister(uow, image_id, delete_snapshots=True)
            uow.commit()
    if not registered(database, column.path.in_([str(file) for file in files])):
        for file in files:
            file.unlink(missing_ok=True)


def _check_unused(uow: UnitOfWork, image_id: str) -> None:
    instance = reading.table_of(Instance).c
    running = select(instance.id).where(instance.image_id == image_id, instance.state != "terminated")
    if used := uow.for_reading().execute(running.limit(1)).scalar():
        raise ImageFileError(f"The disk of instance {used} is a layer over the file of {image_id}: terminate it first")


@contextmanager
def _copied(source: Path, target: Path) -> Iterator[Path]:
    """A copy of ``source`` under the name ``target`` that is safely on disk; gone again if the block fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with source.open("rb") as reader, draft.open("xb") as writer:
            _copy(reader, writer)
            os.fsync(writer.fileno())
        draft.rename(target)
        _sync(target.parent)
        yield target
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        draft.unlink(missing_ok=True)


def _copy(reader: BinaryIO, writer: BinaryIO) -> None:
    """Copy what is written of a file; its holes stay holes."""
    size, place = os.fstat(reader.fileno()).st_size, 0
    while place < size:
        try:
            place = os.lseek(reader.fileno(), place, os.SEEK_DATA)
        except OSError:  # nothing but a hole is left
            break
        end = os.lseek(reader.fileno(), place, os.SEEK_HOLE)
        reader.seek(place)
        writer.seek(place)
        while place < end and (chunk := reader.read(min(_CHUNK, end - place))):
            writer.write(chunk)
            place += len(chunk)
    writer.flush()
    writer.truncate(size)


def _sync(folder: Path) -> None:
    descriptor: Any = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
