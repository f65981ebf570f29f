"""The bytes of objects on their way to where they lie: in the row while they are few, else in a blob.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from backend.blobs.base import Blobs

INLINE = 16 * 1024
"""Bytes up to which an object lies in its row: one write to disk, where a file costs three."""


@dataclass(frozen=True)
class Body:
    """Bytes that were stored, for a row to name them: in ``data``, in ``blob`` or in the parts of ``upload``.

    ``size``: in bytes, before any encryption. ``etag``: without quotes.
    """

    size: int
    etag: str
    data: bytes | None = None
    blob: str | None = None
    upload: int | None = None
    sealed: dict[str, Any] | None = None
    checksum: str | None = None
    checksum_algorithm: str | None = None
    checksum_type: str | None = None

    def columns(self) -> dict[str, Any]:
        return dict(vars(self))


def store(blobs: Blobs, parts: Iterable[bytes], *, inline: int = INLINE) -> tuple[bytes | None, str | None]:
    """The bytes themselves where they are ``inline`` at most, else the name of the blob they were written to.

    With ``inline`` below zero even no bytes have a blob.
    """
    few: list[bytes] = []
    held = 0
    rest: Iterator[bytes] = iter(parts)
    for part in rest:
        few.append(part)
        held += len(part)
        if held > inline:
            return None, blobs.write(chain(few, rest))
    if held > inline:
        return None, blobs.write(few)
    return b"".join(few), None
