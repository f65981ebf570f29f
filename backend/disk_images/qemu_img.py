"""``qemu-img``, kept to one format, one file, and limits of memory and time.

The format is always said, never guessed; backing files are switched off; what else an image could name,
``backend.disk_images.formats.check`` has refused before. https://www.qemu.org/docs/master/tools/qemu-img.html
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.disk_images.formats import FORMATS, DiskFile, DiskImageError, check

MOST_BYTES = 16 << 40
"""The largest EBS volume: 16 TiB."""
SECONDS = 6 * 3600
MEMORY = 2 << 30
MIN_FREE = 256 << 20
"""Bytes that a conversion leaves free on its file system."""

_INFO_SECONDS = 30
_LOOK_SECONDS = 0.1
_MISSING = "The format {format} cannot be converted here: the program qemu-img (Debian: qemu-utils) is not installed"
_TARGETS = {
    "VMDK": ("vmdk", ("subformat=streamOptimized",)),
    "VHD": ("vpc", ("subformat=dynamic", "force_size=on")),
}
"""How AWS's export formats are written."""


def virtual_size(disk: DiskFile) -> int:
    """How large a disk its guest sees, in bytes."""
    if disk.format == "RAW":
        return disk.size
    check(disk)
    command = [_program(disk.format), "info", "--output=json", _source(disk)]
    limits = _limits(cpu=_INFO_SECONDS, file_size=0)
    try:
        done = subprocess.run([*limits, *command], capture_output=True, timeout=_INFO_SECONDS, check=False)
    except subprocess.TimeoutExpired as fault:
        raise DiskImageError("The disk image takes too long to be read") from fault
    if done.returncode:
        raise DiskImageError(f"The file is not a whole {disk.format} image")
    said = json.loads(done.stdout)
    if any(name in said for name in ("backing-filename", "full-backing-filename")):
        raise DiskImageError("The disk image depends on another file")
    size = int(said["virtual-size"])
    if not 0 < size <= MOST_BYTES:
        raise DiskImageError(f"The disk has {size} bytes; at most {MOST_BYTES} are supported")
    return size


def to_raw(disk: DiskFile, target: Path, size: int, breathe: Callable[[], None]) -> None:
    """Write the disk's bytes to a new sparse file. ``size``: of ``virtual_size``. ``breathe`` is called all the time;
    what it raises ends the conversion."""
    command = [_program(disk.format), "convert", "-O", "raw", _source(disk), str(target)]
    _run(command, target, size, breathe)


def from_raw(source: Path, format: str, target: Path, breathe: Callable[[], None]) -> None:
    """Write a new file in one of the formats that AWS exports. ``source``: a raw file that this cloud made."""
    driver, options = _TARGETS[format]
    size = source.stat().st_size
    command = [_program(format), "convert", "-O", driver, "-o", ",".join(options)]
    command += [_source(DiskFile(source, "RAW", 0, size)), str(target)]
    _run(command, target, 2 * size + (64 << 20), breathe)


def is_installed() -> bool:
    return shutil.which("qemu-img") is not None


def _program(format: str) -> str:
    found = shutil.which("qemu-img")
    if found is None:
        raise DiskImageError(_MISSING.format(format=format))
    return found


def _source(disk: DiskFile) -> str:
    """The image as QEMU's block layer has it: this driver over these bytes of this file, and nothing below it."""
    file: dict[str, Any] = {"driver": "file", "filename": str(disk.path), "locking": "off"}
    if disk.offset:
        file = {"driver": "raw", "offset": disk.offset, "size": disk.size, "file": file}
    driver = FORMATS[disk.format]
    layers: dict[str, Any] = {"driver": driver, "file": file}
    if driver in ("qcow2", "vmdk"):
        layers["backing"] = None
    return "json:" + json.dumps(layers)


def _limits(*, cpu: int, file_size: int) -> list[str]:
    """``prlimit`` (util-linux): address space, processor time, the largest file, and no core."""
    return ["prlimit", f"--as={MEMORY}", f"--cpu={cpu}", f"--fsize={file_size}", "--core=0", "--nofile=64", "--"]


def _run(command: list[str], target: Path, file_size: int, breathe: Callable[[], None]) -> None:
    until = time.monotonic() + SECONDS
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen([*_limits(cpu=SECONDS, file_size=file_size), *command], stdout=said, stderr=said) as process,
    ):
        try:
            while True:
                try:
                    process.wait(_LOOK_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    breathe()
                if time.monotonic() > until:
                    raise DiskImageError("The conversion takes too long")
                if shutil.disk_usage(target.parent).free < MIN_FREE:
                    raise OSError(f"no space is left in {target.parent}")
        except BaseException:
            process.kill()
            raise
        if process.returncode:
            raise DiskImageError("The disk image cannot be converted: it is damaged or not of its format")
