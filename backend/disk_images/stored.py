"""The form in which an image lies in a bucket: its description, and the blocks of its disks, all with checksums.

    8 bytes   "EC2AMI" and the version of the form (2 bytes)
    4 bytes   the length of the description
    ...       the description: JSON in UTF-8, with a list ``disks``
    32 bytes  its SHA-256
    then for each of its disks, for each block that is not all zeros:
        4 bytes   its place, in units of 512 KiB
        32 bytes  its SHA-256
        524288 bytes
    and after the last block:
        4 bytes   ff ff ff ff
        32 bytes  the SHA-256 of the places and checksums of all blocks, one after the other

Numbers are big-endian. Whoever reads it checks everything, so a damaged or a shortened object never becomes a disk.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from backend.disk_images.formats import DiskImageError
from backend.disk_images.raw import Numbered
from backend.snapshot_blocks import BLOCK_SIZE

MAGIC = b"EC2AMI\x00\x01"
_LAST = b"\xff\xff\xff\xff"
_DESCRIPTION_LIMIT = 4 << 20


def write(description: dict[str, Any], disks: Iterable[Iterable[Numbered]]) -> Iterator[bytes]:
    text = json.dumps(description).encode()
    yield MAGIC + len(text).to_bytes(4, "big") + text + sha256(text).digest()
    for blocks in disks:
        seen = sha256()
        for place, block in blocks:
            head = place.to_bytes(4, "big") + sha256(block).digest()
            seen.update(head)
            yield head
            yield block
        yield _LAST + seen.digest()


class Reader:
    """Reads what ``write`` wrote: first the description, then disk after disk. DiskImageError for anything else."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._waiting = bytearray()

    def description(self) -> dict[str, Any]:
        if self._take(len(MAGIC)) != MAGIC:
            raise DiskImageError("The object is not a stored AMI")
        length = int.from_bytes(self._take(4), "big")
        if length > _DESCRIPTION_LIMIT:
            raise DiskImageError("The object is not a stored AMI")
        text = self._take(length)
        if self._take(32) != sha256(text).digest():
            raise DiskImageError("The stored AMI is damaged")
        found: dict[str, Any] = json.loads(text)
        return found

    def blocks(self, size: int) -> Iterator[Numbered]:
        """Of the next disk, which has ``size`` bytes."""
        seen, last, most = sha256(), -1, -(-size // BLOCK_SIZE)
        while (place := self._take(4)) != _LAST:
            checksum = self._take(32)
            block, number = self._take(BLOCK_SIZE), int.from_bytes(place, "big")
            if sha256(block).digest() != checksum or not last < number < most:
                raise DiskImageError("The stored AMI is damaged")
            seen.update(place + checksum)
            last = number
            yield number, block
        if self._take(32) != seen.digest():
            raise DiskImageError("The stored AMI is damaged")

    def _take(self, count: int) -> bytes:
        while len(self._waiting) < count:
            if not (part := next(self._parts, b"")):
                raise DiskImageError("The stored AMI is cut short")
            self._waiting += part
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken
