"""Checksums of objects: AWS's algorithms, over a stream, over parts, and as text.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html. A digest is bytes, as long as
its algorithm says, with the most significant byte first; the text of one is its base64.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from awscrt import checksums as crt

DEFAULT = "CRC64NVME"
"""What S3 computes over an object whose client states no checksum."""


class Hasher(Protocol):
    """A running checksum. ``digest`` may be asked for more than once."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, step: Callable[[bytes, int], int], length: int) -> None:
        self._step, self._length, self._value = step, length, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._step(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._length)


class _XXHash:
    def __init__(self, make: Callable[[], crt.XXHash]) -> None:
        self._hash = make()

    def update(self, data: bytes, /) -> None:
        self._hash.update(data)

    def digest(self) -> bytes:
        digest: bytes = self._hash.finalize()
        return digest


@dataclass(frozen=True, slots=True)
class _Algorithm:
    length: int
    """Of the digest, in bytes."""
    make: Callable[[], Hasher]
    combine: Callable[[int, int, int], int] | None = None
    """The CRC of two blocks one after the other, from the CRC of each and the length of the second."""


def _crc(length: int, step: Callable[[bytes, int], int], combine: Callable[[int, int, int], int]) -> _Algorithm:
    return _Algorithm(length, lambda: _Crc(step, length), combine)


def _xxhash(length: int, make: Callable[[], crt.XXHash]) -> _Algorithm:
    return _Algorithm(length, lambda: _XXHash(make))


def _md5() -> Hasher:
    return hashlib.md5(usedforsecurity=False)


def _sha1() -> Hasher:
    return hashlib.sha1(usedforsecurity=False)


_ALGORITHMS = {
    "CRC32": _crc(4, zlib.crc32, crt.combine_crc32),
    "CRC32C": _crc(4, crt.crc32c, crt.combine_crc32c),
    "CRC64NVME": _crc(8, crt.crc64nvme, crt.combine_crc64nvme),
    "SHA1": _Algorithm(20, _sha1),
    "SHA256": _Algorithm(32, hashlib.sha256),
    "SHA512": _Algorithm(64, hashlib.sha512),
    "MD5": _Algorithm(16, _md5),
    "XXHASH64": _xxhash(8, crt.XXHash.new_xxhash64),
    "XXHASH3": _xxhash(8, crt.XXHash.new_xxhash3_64),
    "XXHASH128": _xxhash(16, crt.XXHash.new_xxhash3_128),
}

ALGORITHMS = tuple(_ALGORITHMS)
"""By the names of the S3 model's ChecksumAlgorithm."""

COMBINABLE = frozenset(name for name, algorithm in _ALGORITHMS.items() if algorithm.combine)
"""The algorithms that have a checksum of the full object over parts; the others have composite ones."""

HEADERS = {f"x-amz-checksum-{name.lower()}": name for name in ALGORITHMS}
"""The algorithm of each header that carries a checksum, by its lower-case name."""


def hasher(algorithm: str) -> Hasher:
    """A fresh checksum; KeyError for an algorithm that there is not."""
    return _ALGORITHMS[algorithm].make()


def encode(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")


def validate(algorithm: str, text: str) -> bytes | None:
    """The digest that ``text`` stands for; None unless it is base64 of the algorithm's length."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Encoded again, because the decoder lets the last character have bits that mean nothing.
    return digest if len(digest) == _ALGORITHMS[algorithm].length and encode(digest) == text else None


def combine(algorithm: str, parts: Iterable[tuple[bytes, int]]) -> bytes:
    """The checksum of the full object from its parts' digests and lengths, in order. For the CRCs only."""
    known = _ALGORITHMS[algorithm]
    if known.combine is None:
        raise ValueError(f"{algorithm} cannot be combined over parts")
    value = 0
    for digest, length in parts:
        value = known.combine(value, int.from_bytes(digest), length)
    return value.to_bytes(known.length)


def composite(algorithm: str, digests: Iterable[bytes]) -> str:
    """The checksum of the parts' checksums, in base64, and how many parts there are: ``kYH0LQ==-2``."""
    parts = list(digests)
    whole = hasher(algorithm)
    whole.update(b"".join(parts))
    return f"{encode(whole.digest())}-{len(parts)}"
