"""What a disk image says of itself, read from its own first bytes before any program that converts it sees it.

A disk image may name other files as a layer below it or as the place of its data. Nothing of that kind is followed, so
what a user uploads can never show what lies on a host. VMDK: https://github.com/libyal/libvmdk/tree/main/documentation;
qcow2: https://www.qemu.org/docs/master/interop/qcow2.html; VHD: the Virtual Hard Disk Image Format Specification.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
FORMATS = {"RAW": "raw", "VMDK": "vmdk", "VHD": "vpc", "VHDX": "vhdx", "QCOW2": "qcow2"}
"""AWS's names of formats, and QCOW2, with those of QEMU's drivers."""

_VMDK, _QCOW2, _VHD, _VHDX = b"KDMV", b"QFI\xfb", b"conectix", b"vhdxfile"
_EXTERNAL_DATA = 1 << 2
_DIFFERENCING = 4
_DESCRIPTOR_LIMIT = 1 << 20


class DiskImageError(Exception):
    """A disk image that cannot be converted; in AWS's words where it has some."""


@dataclass(frozen=True)
class DiskFile:
    """A disk image in a file, or in ``size`` bytes of one from ``offset`` on. ``format``: of ``FORMATS``."""

    path: Path
    format: str
    offset: int
    size: int

    def bytes_at(self, place: int, length: int) -> bytes:
        """Of the image; fewer where it ends before."""
        with self.path.open("rb") as file:
            file.seek(self.offset + place)
            return file.read(max(min(length, self.size - place), 0))


def sniffed(head: bytes) -> str:
    """The format of an image that nobody named: by its first bytes, else RAW."""
    for magic, name in ((_VMDK, "VMDK"), (_QCOW2, "QCOW2"), (_VHDX, "VHDX"), (_VHD, "VHD")):
        if head.startswith(magic):
            return name
    return "OVA" if head[257:262] == b"ustar" else "RAW"


def check(disk: DiskFile) -> None:
    """DiskImageError unless the bytes are of their format, and whole without any other file."""
    {"VMDK": _check_vmdk, "QCOW2": _check_qcow2, "VHD": _check_vhd, "VHDX": _check_vhdx}.get(disk.format, _accept)(disk)


def _accept(_disk: DiskFile) -> None:
    """Any bytes are a raw disk."""


def _check_vmdk(disk: DiskFile) -> None:
    head = disk.bytes_at(0, SECTOR)
    if len(head) < SECTOR or not head.startswith(_VMDK):
        raise DiskImageError("Unsupported VMDK File Format")
    capacity, _, descriptor_at, descriptor_sectors = struct.unpack_from("<QQQQ", head, 12)
    if not capacity:  # only a text that names other files
        raise DiskImageError("Unsupported VMDK File Format")
    length = min(descriptor_sectors * SECTOR, _DESCRIPTOR_LIMIT)
    descriptor = disk.bytes_at(descriptor_at * SECTOR, length).lower() if descriptor_at * SECTOR < disk.size else b""
    if b"parentfilenamehint" in descriptor:
        raise DiskImageError("The disk image depends on another file, its parent")


def _check_qcow2(disk: DiskFile) -> None:
    head = disk.bytes_at(0, 80)
    if len(head) < 72 or not head.startswith(_QCOW2):
        raise DiskImageError("The file is not a qcow2 image")
    version, backing = struct.unpack_from(">IQ", head, 4)
    features = struct.unpack_from(">Q", head, 72)[0] if version >= 3 and len(head) == 80 else 0
    if backing:
        raise DiskImageError("The disk image depends on another file, its backing file")
    if features & _EXTERNAL_DATA:
        raise DiskImageError("The disk image depends on another file, which has its data")


def _check_vhd(disk: DiskFile) -> None:
    """A dynamic disk has its footer at the start, too; a fixed one at the end alone."""
    for place in (0, disk.size - SECTOR):
        footer = disk.bytes_at(max(place, 0), SECTOR)
        if footer.startswith(_VHD):
            if struct.unpack_from(">I", footer, 60)[0] == _DIFFERENCING:
                raise DiskImageError("The disk image depends on another file, its parent")
            return
    raise DiskImageError("The file is not a VHD image")


def _check_vhdx(disk: DiskFile) -> None:
    if not disk.bytes_at(0, 8) == _VHDX:
        raise DiskImageError("The file is not a VHDX image")
