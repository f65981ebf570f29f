"""Where the files of guests are on a host.

``guests/<instance>/`` holds a guest's disks, its serial log and how its power was meant to be; ``volumes/``
the disks that outlived theirs; ``trash/`` what is being deleted; ``images/`` the base images (see disks.py).
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from uuid import uuid4

from compute_agent.drivers.base import DriverError

Intent = Literal["on", "off", "off-by-guest"]
"""How a guest's power was last meant to be, by us or by itself;

libvirtd forgets whose doing a power-off was.
"""

CONSOLE_BYTES = 64 * 1024
_LOG_LIMIT = 1 << 20  # of the serial log, when a guest starts
_IDENTIFIER = re.compile(r"[a-z]+-[0-9a-zA-Z-]+")


class GuestFiles:
    """The files of the guests under ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self.images = self._root / "images"
        self._guests = self._root / "guests"
        self._volumes = self._root / "volumes"
        self._trash = self._root / "trash"

    def make(self) -> Path:
        """Makes the folders, which other users may pass through and not list; returns their root."""
        self._root.mkdir(parents=True, exist_ok=True)
        for folder in (self._guests, self._volumes, self._trash, self.images):
            folder.mkdir(mode=0o711, exist_ok=True)
        return self._root

    def folder(self, instance_id: str) -> Path:
        return self._guests / _plain(instance_id)

    def disk(self, instance_id: str, volume_id: str) -> Path:
        return self.folder(instance_id) / f"{_plain(volume_id)}.qcow2"

    def log(self, instance_id: str) -> Path:
        """Where QEMU, or libvirt's virtlogd, appends what the guest says."""
        return self.folder(instance_id) / "console.log"

    def intent(self, instance_id: str) -> Intent | None:
        try:
            said = (self.folder(instance_id) / "power").read_text()
        except FileNotFoundError:
            return None
        return said if said in ("on", "off", "off-by-guest") else None  # type: ignore[return-value]

    def set_intent(self, instance_id: str, intent: Intent) -> None:
        """No effect where the guest has no folder any more."""
        if self.intent(instance_id) == intent:
            return
        folder = self.folder(instance_id)
        partial = folder / f"power.{uuid4().hex}"
        try:
            partial.write_text(intent)
            partial.rename(folder / "power")
        except FileNotFoundError:
            return

    def rotate_log(self, instance_id: str) -> None:
        """Starts a new serial log where the old one is long. For a guest that is off."""
        log = self.log(instance_id)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.rename(_older(log))

    def console(self, instance_id: str) -> str:
        """The newest 64 KiB of the serial log, whoever rotated it; bytes that are not UTF-8 are replaced."""
        log = self.log(instance_id)
        newest = _tail(log, CONSOLE_BYTES)
        if len(newest) < CONSOLE_BYTES:
            newest = _tail(_older(log), CONSOLE_BYTES - len(newest)) + newest
        text = newest.decode(errors="replace").encode()  # what is replaced becomes longer
        return text[-CONSOLE_BYTES:].decode(errors="ignore")

    def take_back(self, instance_id: str, volume_id: str) -> bool:
        """Move the disk of a volume that outlived its guest into the folder of another one; whether there was any."""
        disk = self.disk(instance_id, volume_id)
        try:
            (self._volumes / disk.name).rename(disk)
        except FileNotFoundError:
            return False
        return True

    def give_up(self, instance_id: str, volume_ids: Iterable[str]) -> None:
        """Move the disks of all other volumes than these out of a guest's folder, to ``volumes/``."""
        kept = {self.disk(instance_id, volume_id) for volume_id in volume_ids}
        for disk in set(self.folder(instance_id).glob("vol-*.qcow2")) - kept:
            disk.rename(self._volumes / disk.name)

    def remove(self, instance_id: str, keep: Iterable[str]) -> None:
        """Removes a guest's folder; the disks of the volumes ``keep`` are moved to ``volumes/`` first."""
        for volume_id in keep:
            disk = self.disk(instance_id, volume_id)
            if disk.exists():
                disk.rename(self._volumes / disk.name)
        tombstone = self._trash / f"{_plain(instance_id)}.{uuid4().hex}"
        try:
            self.folder(instance_id).rename(tombstone)
        except FileNotFoundError:
            return
        shutil.rmtree(tombstone, ignore_errors=True)

    def sweep(self) -> None:
        """Deletes what a crash left of deletions."""
        for tombstone in self._trash.iterdir():
            shutil.rmtree(tombstone, ignore_errors=True)


def _plain(identifier: str) -> str:
    """An id that is safe as a file's name."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise DriverError(f"{identifier!r} is no id")
    return identifier


def _older(log: Path) -> Path:
    return log.with_name(f"{log.name}.0")  # as virtlogd names it


def _tail(log: Path, size: int) -> bytes:
    try:
        with log.open("rb") as file:
            file.seek(-min(size, log.stat().st_size), 2)
            return file.read(size)
    except FileNotFoundError:
        return b""
