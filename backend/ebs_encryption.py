"""Encryption of volumes and snapshots: the account's defaults in a region, and which key a new one gets.

This cloud records the keys that AWS would use; it encrypts nothing with them.
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
"""

import re
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.dialects import postgresql, sqlite

from backend import errors
from backend.db import reading
from backend.db.models import EbsSettings, Snapshot
from backend.db.unit_of_work import UnitOfWork

MANAGED_ALIAS = "alias/aws/ebs"
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,128}")  # which keys there are, AWS finds out later
_ALIAS = re.compile(r"alias/[A-Za-z0-9/_-]{1,250}")
_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]+:(?P<path>(key|alias)/.+)")


@dataclass(frozen=True)
class Encryption:
    """``kms_key_id`` is an ARN, None where nothing is encrypted."""

    encrypted: bool
    kms_key_id: str | None = None


def settings(uow: UnitOfWork) -> EbsSettings:
    """What the account set in this region, to read; with AWS's defaults where it set nothing."""
    if found := uow.records(EbsSettings):
        return found[0]
    return EbsSettings(encryption_by_default=False, default_kms_key_id=None, snapshot_public_access="unblocked")


def change(uow: UnitOfWork) -> EbsSettings:
    """The same as an entity to change."""
    insert = (sqlite.insert if uow.database.is_sqlite else postgresql.insert)(reading.table_of(EbsSettings))
    uow.for_reading().execute(insert.values(account=uow.account, region=uow.region).on_conflict_do_nothing())
    return uow.get_one(EbsSettings, (uow.account, uow.region), with_for_update=True)


def default_key(uow: UnitOfWork) -> str:
    """The ARN of the key for whatever names none."""
    return settings(uow).default_kms_key_id or managed_key(uow)


def managed_key(uow: UnitOfWork) -> str:
    """The ARN of the key that AWS makes for EBS in each account and region."""
    id = uuid5(NAMESPACE_URL, f"aws/ebs/{uow.account}/{uow.region}")
    return f"arn:aws:kms:{uow.region}:{uow.account}:key/{id}"


def key_arn(uow: UnitOfWork, key: str) -> str:
    """The ARN of a KMS key that is named by its id, its alias or an ARN; InvalidParameterValue for any other text."""
    arn = _ARN.fullmatch(key)
    path = arn["path"] if arn else key
    if path == MANAGED_ALIAS:
        return managed_key(uow)
    plain = path.removeprefix("key/") if arn else path
    if not (_ALIAS.fullmatch(path) or _KEY_ID.fullmatch(plain)):
        raise errors.InvalidParameterValue(value=key, name="kmsKeyId", reason="It is no id, alias or ARN of a KMS key.")
    if arn:
        return key
    kind = path if path.startswith("alias/") else f"key/{path}"
    return f"arn:aws:kms:{uow.region}:{uow.account}:{kind}"


def settle(
    uow: UnitOfWork,
    encrypted: bool | None,
    kms_key_id: str | None,
    source: Encryption | None = None,
    defaults: EbsSettings | None = None,
) -> Encryption:
    """How something new is encrypted, by what the caller says, what it is made of and the account's defaults.

    ``source``: of the snapshot or volume that it is made of; a key of the caller's goes on being used. ``defaults``:
    the account's settings where they are read already.
    InvalidParameterDependency where a key is named and nothing is encrypted, or encryption would have to be undone.
    """
    already = source is not None and source.encrypted
    if encrypted is False and already:
        raise errors.InvalidParameterDependency(reason="What is made of an encrypted snapshot cannot be unencrypted.")
    by_default = defaults or settings(uow)
    if not (encrypted or already or by_default.encryption_by_default):
        if kms_key_id:
            raise errors.InvalidParameterDependency(
                reason="The parameter KmsKeyId requires the parameter Encrypted to be set."
            )
        return Encryption(encrypted=False)
    if kms_key_id:
        return Encryption(True, key_arn(uow, kms_key_id))
    if source and source.kms_key_id:
        return source
    return Encryption(True, by_default.default_kms_key_id or managed_key(uow))


def of_snapshot(uow: UnitOfWork, snapshot: Snapshot) -> Encryption:
    """What ``settle`` takes as the source: the key of somebody else's snapshot is not the caller's."""
    return Encryption(snapshot.encrypted, snapshot.kms_key_id if snapshot.account == uow.account else None)
