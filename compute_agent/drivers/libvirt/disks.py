"""Disk files of guests: copy-on-write layers over images that the host keeps one copy of.

An image is converted once into ``folder`` and never written again; each root disk is a qcow2 layer over it.
Every file is made under another name and renamed when it is whole, so that a crash leaves no half of one
under its name.
"""

import fcntl
import hashlib
import json
import os
import re
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.bus.messages import Disk
from compute_agent.drivers.base import DriverError

GIB = 1 << 30
_SECONDS = 3600  # the longest that one qemu-img may take


class ImageCache:
    """The images of a host.

    Agents may share a folder; of those that want one image at once, one converts it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def base(self, disk: Disk) -> Path:
        """The qcow2 file of ``disk``'s image, converted where this host has none yet.

        A file that was replaced since counts as another image. ``DriverError`` where the image has no
        readable file, or one that is no whole disk by itself: a qcow2 file with a backing or data file of the
        host would show that file to the guest.
        """
        if disk.path is None or disk.format not in ("raw", "qcow2"):
            raise DriverError(f"{disk.source} has no disk file that this host could boot")
        source = Path(disk.path)
        try:
            known = source.stat()
        except OSError as fault:
            raise DriverError(f"{disk.source}: {fault}") from fault
        content = f"{source} {known.st_size} {known.st_mtime_ns}".encode()
        image = re.sub(r"[^A-Za-z0-9-]", "-", disk.source.removeprefix("image:"))
        base = self._folder / f"{image}-{hashlib.sha256(content).hexdigest()[:16]}.qcow2"
        if not base.exists():
            with self._lock(base):
                if not base.exists():
                    self._convert(source, disk.format, base)
        return base

    def sweep(self) -> None:
        """Removes what a crash left of conversions that nobody goes on with."""
        for partial in self._folder.glob("*.partial"):
            with self._lock(partial.with_suffix(""), wait=False) as held:
                if held:
                    partial.unlink(missing_ok=True)

    def _convert(self, source: Path, kind: str, base: Path) -> None:
        if kind == "qcow2":
            _must_stand_alone(source)
        partial = base.with_name(f"{base.name}.partial")
        try:
            qemu_img("convert", "-f", kind, "-O", "qcow2", str(source), str(partial))
            _settle(partial, base, 0o644)
        finally:
            partial.unlink(missing_ok=True)

    @contextmanager
    def _lock(self, base: Path, wait: bool = True) -> Iterator[bool]:
        self._folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        with base.with_name(f"{base.name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True


def prepare(disk: Disk, path: Path, images: ImageCache, *, may_grow: bool) -> bool:
    """Makes ``path`` the qcow2 file of a disk; true where it was not there.

    A file that is there keeps its content, and grows to ``size_gib`` where ``may_grow`` says that no guest
    has it open. None ever shrinks.
    """
    size = disk.size_gib * GIB
    if path.exists():
        if may_grow and virtual_size(path) < size:
            qemu_img("resize", "-f", "qcow2", str(path), str(size))
        return False
    if disk.source == "volume":
        raise DriverError(f"the volume {disk.volume_id} is not on this host")
    layer = ["-f", "qcow2"]
    if disk.source != "blank":
        base = images.base(disk)
        if virtual_size(base) > size:
            raise DriverError(f"{disk.source} does not fit into {disk.size_gib} GiB")
        layer += ["-F", "qcow2", "-b", str(base.resolve())]
    partial = path.with_name(f"{path.name}.partial")
    qemu_img("create", "-q", *layer, str(partial), str(size))
    _settle(partial, path, 0o600)
    return True


def virtual_size(path: Path) -> int:
    """Bytes of the disk that a qcow2 file holds, from its header, which a running guest does not change."""
    with path.open("rb") as file:
        header = file.read(32)
    if len(header) < 32 or header[:4] != b"QFI\xfb":
        raise DriverError(f"{path} is no qcow2 file")
    return int(struct.unpack(">Q", header[24:32])[0])


def qemu_img(*arguments: str) -> str:
    """What ``qemu-img`` prints; ``DriverError`` with its last line where it fails."""
    try:
        done = subprocess.run(["qemu-img", *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise DriverError(f"qemu-img {arguments[0]}: {fault}") from fault
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise DriverError(f"qemu-img {arguments[0]}: {said[-1]}")
    return done.stdout


def _must_stand_alone(source: Path) -> None:
    about = json.loads(qemu_img("info", "--output=json", "-f", "qcow2", str(source)))
    details = about.get("format-specific", {}).get("data", {})
    if "backing-filename" in about or "data-file" in details:
        raise DriverError(f"{source} refers to other files of this host; an image must be whole by itself")


def _settle(partial: Path, path: Path, mode: int) -> None:
    partial.chmod(mode)
    with partial.open("rb") as file:
        os.fsync(file)
    partial.rename(path)
