"""Key pairs: made here or imported, named once in an account's region.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError

from backend import errors, quotas, ssh_keys, tags
from backend.db import reading
from backend.db.models import KeyPair
from backend.db.unit_of_work import UnitOfWork, check_form

NAME_LENGTH = 255
MATERIAL_LENGTH = 2048


@dataclass(frozen=True)
class Key:
    """A key as a row keeps it. ``private`` is shown to its creator once and never kept."""

    kind: str
    fingerprint: str
    public: str
    private: str | None = None


def generate(name: str, kind: str = "rsa", form: str = "pem") -> Key:
    """A new key of kind ``rsa`` or ``ed25519``, its private half as ``pem`` or ``ppk``."""
    _check_name(name)
    key = ssh_keys.generate(kind)
    return Key(
        kind=kind,
        fingerprint=ssh_keys.created_fingerprint(key),
        public=ssh_keys.public_line(key.public_key(), name),
        private=ssh_keys.pem(key) if form == "pem" else ssh_keys.ppk(key, name),
    )


def imported(name: str, material: bytes) -> Key:
    """A caller's public key; InvalidKey.Format for what is none, or not RSA or ED25519."""
    _check_name(name)
    if len(material) > MATERIAL_LENGTH:
        raise errors.InvalidValue(
            reason=f"Value for parameter PublicKeyMaterial is invalid. Length exceeds maximum of {MATERIAL_LENGTH}."
        )
    key = ssh_keys.parse_public(material)
    return Key(ssh_keys.kind_of(key), ssh_keys.imported_fingerprint(key), ssh_keys.public_line(key, name))


def add(uow: UnitOfWork, name: str, key: Key, wanted_tags: Mapping[str, str]) -> KeyPair:
    """Keep a key under a name; InvalidKeyPair.Duplicate if the name is taken."""
    if find(uow, name) is not None:
        raise errors.InvalidKeyPairDuplicate()
    quotas.check(uow, quotas.KEY_PAIRS)
    pair = KeyPair(
        account=uow.account,
        region=uow.region,
        name=name,
        key_type=key.kind,
        fingerprint=key.fingerprint,
        public_key=key.public,
    )
    uow.add(pair)
    try:
        uow.flush()
    except IntegrityError as fault:  # another call took the name since it was looked up
        raise errors.InvalidKeyPairDuplicate() from fault
    tags.attach(uow, pair, wanted_tags)
    return pair


def find(uow: UnitOfWork, name: str) -> KeyPair | None:
    """The key pair of this name, as a record."""
    return _first(uow, reading.table_of(KeyPair).c.name == name)


def named(uow: UnitOfWork, name: str) -> KeyPair:
    """The key pair of this name, as a record; InvalidKeyPair.NotFound."""
    found = find(uow, name)
    if found is None:
        raise errors.InvalidKeyPairNotFound(name=name)
    return found


def delete(uow: UnitOfWork, *, name: str | None, id: str | None) -> str | None:
    """Delete a key pair by its name or id, and tell its id. One that is not there is no error."""
    if name is not None and id is not None:
        raise errors.InvalidParameterCombination(reason="The parameters KeyName and KeyPairId cannot be used together")
    if id is not None:
        check_form(KeyPair, [id])
    elif name is None:
        raise errors.MissingParameter(name="KeyName")
    column = reading.table_of(KeyPair).c
    found = _first(uow, column.name == name if id is None else column.id == id)
    if found is None:
        return None
    tags.forget(uow, [found.id])
    uow.delete(uow.require(KeyPair, found.id))
    return found.id


def _first(uow: UnitOfWork, condition: ColumnElement[bool]) -> KeyPair | None:
    found = uow.records(KeyPair, condition)
    return found[0] if found else None


def _check_name(name: str) -> None:
    """ASCII, no spaces around it."""
    if not 1 <= len(name) <= NAME_LENGTH:
        raise errors.InvalidParameterValue(
            value=name, name="KeyName", reason=f"Length must be between 1 and {NAME_LENGTH} characters."
        )
    if not (name.isascii() and name.isprintable()) or name != name.strip():
        raise errors.InvalidParameterValue(
            value=name,
            name="KeyName",
            reason="It must be ASCII characters without leading or trailing spaces.",
        )
