"""Plain bytes of disks as the blocks of snapshots, and back."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from backend.snapshot_blocks import BLOCK_SIZE

_ZEROS = bytes(BLOCK_SIZE)

Numbered = tuple[int, bytes]
"""The place of a block, and its bytes."""


def blocks(stream: Iterable[bytes]) -> Iterator[Numbered]:
    """The blocks of a stream that are not all zeros; the last one is filled up."""
    waiting, place = bytearray(), 0
    for part in stream:
        waiting += part
        while len(waiting) >= BLOCK_SIZE:
            block = bytes(waiting[:BLOCK_SIZE])
            del waiting[:BLOCK_SIZE]
            if block != _ZEROS:
                yield place, block
            place += 1
    if waiting.count(0) != len(waiting):
        yield place, bytes(waiting.ljust(BLOCK_SIZE, b"\0"))


def blocks_of_file(path: Path) -> Iterator[Numbered]:
    """The same of a sparse file, whose holes are not read."""
    with path.open("rb") as file:
        size, place = os.fstat(file.fileno()).st_size, 0
        while place * BLOCK_SIZE < size:
            try:
                data = os.lseek(file.fileno(), place * BLOCK_SIZE, os.SEEK_DATA)
            except OSError:  # nothing but a hole is left
                return
            place = data // BLOCK_SIZE
            file.seek(place * BLOCK_SIZE)
            block = file.read(BLOCK_SIZE)
            if block.count(0) != len(block):
                yield place, block.ljust(BLOCK_SIZE, b"\0")
            place += 1


def write_file(path: Path, size: int, found: Iterable[Numbered]) -> None:
    """A sparse file of ``size`` bytes with these blocks."""
    with path.open("xb") as file:
        for place, block in found:
            file.seek(place * BLOCK_SIZE)
            file.write(block)
        file.truncate(size)


def stream(size: int, found: Iterable[Numbered]) -> Iterator[bytes]:
    """The bytes of a disk from its blocks, in order, with zeros between them."""
    at, count = 0, -(-size // BLOCK_SIZE)
    for place, block in found:
        for _ in range(at, place):
            yield _ZEROS
        yield block
        at = place + 1
    for _ in range(at, count):
        yield _ZEROS
