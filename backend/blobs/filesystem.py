"""Blobs as files: written aside, synced, renamed, and only then known by their name."""

import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from backend.blobs.base import NoSuchBlob

_DIGITS = 32
_STRIDE = 8 * 2**20
"""Bytes after which the system is told to begin writing them: the sync at the end then finds little left to do."""


class FilesystemBlobs:
    """Blobs below ``folder``, in 256 folders by the first two digits of their names. API processes on several machines
    need it to be a file system that they share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._partial = folder / "partial"

    def write(self, parts: Iterable[bytes]) -> str:
        name = secrets.token_hex(_DIGITS // 2)
        path, partial = self._path(name), self._partial / name
        for parent in (self._partial, path.parent):
            if not parent.is_dir():
                parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(parent.parent)
        try:
            with partial.open("xb") as file:
                begun = 0
                for part in parts:
                    file.write(part)
                    if file.tell() >= begun + _STRIDE:
                        _begin_writing(file, begun, _STRIDE)
                        begun += _STRIDE
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)
        _sync(path.parent)
        return name

    def open(self, name: str) -> BinaryIO:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError as fault:
            raise NoSuchBlob(name) from fault

    def copy(self, name: str) -> str:
        made = secrets.token_hex(_DIGITS // 2)
        path = self._path(made)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            path.hardlink_to(self._path(name))
        except FileNotFoundError as fault:
            raise NoSuchBlob(name) from fault
        path.touch()  # so that what looks for orphans takes it for new
        _sync(path.parent)
        return made

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            self._path(name).unlink(missing_ok=True)

    def older(self, than: datetime) -> Iterator[str]:
        """Also removes what was left of writes that a crash cut short before then."""
        limit = than.replace(tzinfo=UTC).timestamp()
        for path in self._folder.glob("*/*"):
            try:
                stored = path.stat().st_mtime
            except FileNotFoundError:  # deleted in the meantime
                continue
            if stored >= limit:
                continue
            if path.parent == self._partial:
                path.unlink(missing_ok=True)
            else:
                yield path.name

    def _path(self, name: str) -> Path:
        if len(name) != _DIGITS or not name.isalnum():
            raise NoSuchBlob(name)
        return self._folder / name[:2] / name


def _begin_writing(file: BinaryIO, start: int, length: int) -> None:
    """Have the system write what it holds of a file to disk, and do not wait. Linux does so when told that nobody needs
    the pages soon; it keeps those that are not written yet."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), start, length, os.POSIX_FADV_DONTNEED)


def _sync(folder: Path) -> None:
    """Make renames within a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
