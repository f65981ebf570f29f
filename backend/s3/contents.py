"""The bytes of objects for the cloud's own services: read and written as S3's users do it, without a request."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5
from io import BytesIO
from typing import Any, BinaryIO

from backend.blobs.base import Blobs
from backend.db.models import ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.key_file import KeyFile
from backend.s3 import checksums, encryption, encryption_headers, multipart
from backend.s3.bodies import INLINE, Body, store
from backend.s3.encryption import Sealed
from backend.s3.encryption_headers import Choice

CHUNK = 1 << 20


@dataclass(frozen=True)
class Piece:
    """Where ``size`` bytes of an object lie: in ``data`` or in ``blob``."""

    size: int
    data: bytes | None
    blob: str | None
    sealed: dict[str, Any] | None


def pieces(uow: UnitOfWork, version: ObjectVersion) -> list[Piece]:
    """All of an object, in order. ``version``: found with its data."""
    if version.upload is None:
        return [Piece(version.size, version.data, version.blob, version.sealed)]
    return [Piece(part.size, None, part.blob, part.sealed) for part in multipart.parts_of(uow, version)]


def read(blobs: Blobs, keys: KeyFile, found: Iterable[Piece]) -> Generator[bytes, None, None]:
    """The bytes, decrypted, in chunks of at most ``CHUNK``. NoSuchBlob where the object went meanwhile."""
    for piece in found:
        sealed = Sealed.from_json(piece.sealed) if piece.sealed else None
        key = encryption_headers.open_key(sealed, None, keys)
        file: BinaryIO = BytesIO(piece.data or b"") if piece.blob is None else blobs.open(piece.blob)
        with file:
            if key is not None:
                yield from encryption.open_range(file, key, piece.size, 0, piece.size)
                continue
            while chunk := file.read(CHUNK):
                yield chunk


def write(
    blobs: Blobs, keys: KeyFile, parts: Iterable[bytes], wanted: Choice | None, *, inline: int = INLINE
) -> tuple[bytes | None, str | None, dict[str, Any] | None]:
    """Store bytes, encrypted as is wanted: what lies in the row, or the blob, and how they are encrypted."""
    sealed: Sealed | None = None
    if wanted is not None:
        sealed, key = encryption_headers.new_key(wanted, keys)
        parts = encryption.seal(parts, key)
    data, blob = store(blobs, parts, inline=inline)
    return data, blob, sealed.as_json() if sealed else None


def write_hashed(
    blobs: Blobs,
    keys: KeyFile,
    parts: Iterable[bytes],
    wanted: Choice | None,
    *,
    algorithm: str | None,
    inline: int = INLINE,
) -> tuple[Body, str]:
    """The same with ETag and checksum: the body of a new object, and its MD5 (hexadecimal)."""
    digest = md5(usedforsecurity=False)
    running = checksums.hasher(algorithm) if algorithm else None
    size = 0

    def hashed() -> Iterator[bytes]:
        nonlocal size
        for part in parts:
            digest.update(part)
            if running:
                running.update(part)
            size += len(part)
            yield part

    data, blob, sealed = write(blobs, keys, hashed(), wanted, inline=inline)
    body = Body(
        size,
        encryption_headers.etag(wanted, digest.hexdigest()),
        data,
        blob,
        sealed=sealed,
        checksum=checksums.encode(running.digest()) if running else None,
        checksum_algorithm=algorithm,
        checksum_type="FULL_OBJECT" if running else None,
    )
    return body, digest.hexdigest()
