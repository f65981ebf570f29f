"""The key file: 32 random bytes that encrypt, with AES-256-GCM, what must not be readable in the database.

It lies in the data directory (``key``), or where ``EC2API_KEY_FILE`` says. The API processes of a cluster
share one database, so they must share this file too: create it once and give each the same copy. Without
the file that encrypted them, stored secrets are lost.
"""

import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyFileError(Exception):
    """The key file is no key, or not the one that encrypted a secret."""


class KeyFile:
    """The key in the file at ``path``, which is created (mode 0600) where there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            _create(path)
            key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise KeyFileError(f"{path} must have {_KEY_BYTES} bytes, not {len(key)}")
        self._key, self._cipher = key, AESGCM(key)

    def encrypt(self, text: str, *, owner: str) -> bytes:
        """``text`` readable only as that of ``owner``, such as an access key's id."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), owner.encode())

    def decrypt(self, sealed: bytes, *, owner: str) -> str:
        """What ``encrypt`` was given; KeyFileError if the key, the owner or the bytes are not the same."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeyFileError(f"{self.path} is not the key that encrypted the secret of {owner}") from None

    def derive(self, purpose: str, salt: bytes) -> bytes:
        """A key of 32 bytes for one purpose and salt."""
        return derived(self._key, purpose, salt)


def derived(key: bytes, purpose: str, salt: bytes) -> bytes:
    """32 bytes made of a key by HKDF-SHA256 (RFC 5869): another purpose or salt gives other ones."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=purpose.encode()).derive(key)


@cache
def at(path: Path) -> KeyFile:
    """The key file of this process at ``path``, read once."""
    return KeyFile(path)


def _create(path: Path) -> None:
    """A whole key under its name or none: of several processes that start at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
