"""The bytes of objects under AES-256-GCM: sealed in segments, so that a range opens only what it needs.

A blob has a random key of its own, which is used for nothing else. Its plaintext is cut into segments of ``SEGMENT``
bytes; each is sealed under the nonce (its number, whether it is the last one), so segments that are swapped, dropped,
repeated or changed do not open. A blob of no bytes is one empty segment. The parts of a multipart upload are blobs of
their own, each with its own key. What is copied is opened and sealed again.

``aws:kms:dsse`` asks for two layers: its keys are twice as long, and every segment is sealed twice.

The key lies in the object's row, wrapped by a key that is made anew for each from the key file (or, for SSE-C, from the
customer's key, which is kept nowhere) and a random salt; so no nonce is ever used twice under one key.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Literal, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEGMENT = 64 * 1024
"""Bytes of plaintext that are sealed as one."""

_KEY_BYTES = 32
_TAG_BYTES = 16
_SALT_BYTES = 32
_WRAPPING_NONCE = bytes(12)  # every wrapping key wraps one key

Kind = Literal["AES256", "aws:kms", "aws:kms:dsse", "SSE-C"]


class Damaged(Exception):
    """A blob is not what was sealed: changed, cut short, or another object's."""


class WrongKey(Exception):
    """A wrapped key was wrapped by another key, for another purpose or with another context."""


class Secret(Protocol):
    """What wrapping keys are made of: the key file, or a customer's key."""

    def derive(self, purpose: str, salt: bytes) -> bytes:
        """32 bytes that nobody can tell without the secret, other ones for each purpose and salt."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """How one blob is encrypted, as it lies in a row. ``wrapped_key`` is in base64, ``kms_key_id`` and ``context`` are
    SSE-KMS's: the key's id as S3 shows it, and the caller's encryption context, which wraps the key as well."""

    kind: Kind
    wrapped_key: str
    kms_key_id: str | None = None
    context: Mapping[str, str] | None = None
    bucket_key: bool = False

    def as_json(self) -> dict[str, Any]:
        """Only what is not empty; ``from_json`` takes it."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(**row)


def new_key(kind: Kind) -> bytes:
    """A random key for one blob: 32 bytes for each layer."""
    return secrets.token_bytes(2 * _KEY_BYTES if kind == "aws:kms:dsse" else _KEY_BYTES)


def sealed_size(size: int, kind: Kind = "AES256") -> int:
    """How many bytes a blob of ``size`` bytes has when it is sealed."""
    return size + (_last(size) + 1) * _TAG_BYTES * (2 if kind == "aws:kms:dsse" else 1)


def seal(parts: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """``parts``, which may be cut anywhere, as sealed segments. Needs the memory of a part and a segment."""
    layers = _layers(key)
    waiting, number = bytearray(), 0
    for part in parts:
        waiting += part
        start = 0
        with memoryview(waiting) as view:
            while len(view) - start > SEGMENT:  # whatever may be the last segment waits for the end
                yield _encrypt(layers, number, False, view[start : start + SEGMENT])
                number, start = number + 1, start + SEGMENT
        del waiting[:start]
    yield _encrypt(layers, number, True, waiting)


def open_range(file: BinaryIO, key: bytes, size: int, start: int, end: int) -> Iterator[bytes]:
    """The plaintext from ``start`` up to, not including, ``end`` of a blob that has ``size`` bytes of it;
    in pieces of at most ``SEGMENT``. Damaged as soon as a segment does not open."""
    layers = _layers(key)
    step, last = SEGMENT + _TAG_BYTES * len(layers), _last(size)
    end = min(end, size)
    if start >= end and size:
        return
    first = start // SEGMENT
    file.seek(first * step)
    for number in range(first, _last(end) + 1):
        sealed = file.read(step)
        opened = _decrypt(layers, number, number == last, sealed)
        if len(opened) != min(SEGMENT, size - number * SEGMENT):
            raise Damaged(f"segment {number} has {len(opened)} bytes")
        at = number * SEGMENT
        if piece := opened[max(start - at, 0) : end - at]:
            yield piece


def wrap(secret: Secret, key: bytes, purpose: str, context: Mapping[str, str] | None = None) -> str:
    """A blob's key, readable only with the same secret, purpose and context."""
    salt = secrets.token_bytes(_SALT_BYTES)
    wrapped = AESGCM(secret.derive(purpose, salt)).encrypt(_WRAPPING_NONCE, key, _canonical(context))
    return base64.b64encode(salt + wrapped).decode()


def unwrap(secret: Secret, wrapped: str, purpose: str, context: Mapping[str, str] | None = None) -> bytes:
    """What ``wrap`` was given. WrongKey."""
    try:
        whole = base64.b64decode(wrapped, validate=True)
        cipher = AESGCM(secret.derive(purpose, whole[:_SALT_BYTES]))
        return cipher.decrypt(_WRAPPING_NONCE, whole[_SALT_BYTES:], _canonical(context))
    except (InvalidTag, binascii.Error, ValueError) as fault:
        raise WrongKey from fault


def purpose(kind: Kind, kms_key_id: str | None) -> str:
    """What a wrapping key is for: each KMS key has wrapping keys of its own."""
    return f"s3 object key/{kind}/{kms_key_id or ''}"


def _last(size: int) -> int:
    """The number of the last segment."""
    return max(size - 1, 0) // SEGMENT


def _layers(key: bytes) -> list[AESGCM]:
    return [AESGCM(key[at : at + _KEY_BYTES]) for at in range(0, len(key), _KEY_BYTES)]


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _encrypt(layers: list[AESGCM], number: int, last: bool, segment: bytes | bytearray | memoryview) -> bytes:
    nonce = _nonce(number, last)
    for layer in layers:
        segment = layer.encrypt(nonce, segment, None)
    return bytes(segment)


def _decrypt(layers: list[AESGCM], number: int, last: bool, segment: bytes) -> bytes:
    nonce = _nonce(number, last)
    try:
        for layer in reversed(layers):
            segment = layer.decrypt(nonce, segment, None)
    except (InvalidTag, ValueError) as fault:
        raise Damaged(f"segment {number} does not open") from fault
    return segment


def _canonical(context: Mapping[str, str] | None) -> bytes:
    return json.dumps(context or {}, sort_keys=True, separators=(",", ":")).encode()
