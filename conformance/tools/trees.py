"""Folders of files to be carried to S3 and back, and what is in them."""

import hashlib
import os
import random
import time
from pathlib import Path

ODD_NAMES = (
    "a file with spaces",
    "grüße/ユニコード/файл.txt",
    "a+b=c&d",
    "100%/%41 %2F",
    "quotes'and,commas;(brackets)[too]{}",
    "~tilde!@$^",
    "dots/.hidden/..name",
    "empty",
)
"""Names that clients have to escape in URLs or XML."""


def grow(folder: Path, files: int) -> None:
    """Write ``files`` files of up to 2 KiB into folders of 50, the odd names among them. The same each time.

    They are an hour old: tools take what is younger than its copy for another file, and S3 counts in seconds.
    """
    chance, before = random.Random(files), time.time() - 3600
    names = [f"folder {n // 50:02}/file-{n:04}.bin" for n in range(files - len(ODD_NAMES))]
    for name in [*ODD_NAMES, *names]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else chance.randbytes(chance.randrange(1, 2048)))
        os.utime(path, (before, before))


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file by its path within the folder."""
    return {str(p.relative_to(folder)): hash_of(p) for p in folder.rglob("*") if p.is_file()}


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def large(path: Path, mebibytes: int) -> Path:
    """A file whose every MiB is another."""
    block = random.Random(mebibytes).randbytes(2**20 - 8)
    with path.open("wb") as file:
        for number in range(mebibytes):
            file.write(number.to_bytes(8, "big") + block)
    return path
