"""Buckets: their names, their making and their end.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update

from backend import errors
from backend.config import Settings
from backend.db import reading
from backend.db.models import Bucket, BucketConfiguration, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import uploads

SECURE = {
    "ownership": "BucketOwnerEnforced",
    "public_access_block": dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    ),
    "encryption": {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    },
}
"""What AWS gives every new bucket since April 2023: the setting ``bucket_defaults`` = ``secure``."""

_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_TAKEN_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_TAKEN_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

_TABLE = reading.table_of(Bucket)


def check_name(name: str) -> None:
    """InvalidBucketName unless a new bucket may have it."""
    if not _NAME.fullmatch(name) or ".." in name or name.startswith(_TAKEN_PREFIXES) or name.endswith(_TAKEN_SUFFIXES):
        raise errors.InvalidBucketName(bucket=name)


def find(uow: UnitOfWork, name: str) -> Bucket | None:
    """The bucket of this name, whoever owns it, as a record."""
    found: Bucket | None = reading.find(uow, Bucket.name, name)
    return found


def require(uow: UnitOfWork, name: str) -> Bucket:
    found = find(uow, name)
    if found is None:
        raise errors.NoSuchBucket(bucket=name)
    return found


def of_account(
    uow: UnitOfWork, account: str, *, after: str = "", prefix: str = "", region: str | None = None, limit: int
) -> list[Bucket]:
    """At most ``limit`` of an account's buckets in the order of their names, those after one."""
    conditions = [_TABLE.c.account == account, _TABLE.c.name > after]
    if prefix:
        conditions.append(_TABLE.c.name.startswith(prefix, autoescape=True))
    if region:
        conditions.append(_TABLE.c.region == region)
    return reading.where(uow, Bucket, *conditions, order=(_TABLE.c.name,), limit=limit)


def create(uow: UnitOfWork, settings: Settings, name: str, account: str, region: str, **wanted: Any) -> Bucket:
    """``wanted``: columns of the new bucket. BucketAlreadyExists, BucketAlreadyOwnedByYou, InvalidBucketName."""
    check_name(name)
    if found := find(uow, name):
        if found.account != account:
            raise errors.BucketAlreadyExists(bucket=name)
        raise errors.BucketAlreadyOwnedByYou(bucket=name)
    columns: dict[str, Any] = {"name": name, "account": account, "region": region}
    if settings.bucket_defaults == "secure":
        columns |= SECURE
    uow.execute(insert(Bucket).values(**(columns | wanted)))
    return require(uow, name)


def change(uow: UnitOfWork, bucket: Bucket, **columns: Any) -> None:
    uow.execute(
        update(Bucket).where(Bucket.row == bucket.row).values(**columns),
        execution_options={"synchronize_session": False},
    )


def remove(uow: UnitOfWork, bucket: Bucket) -> None:
    """BucketNotEmpty while it holds a version of an object; what is left of multipart uploads goes with it."""
    versions = reading.table_of(ObjectVersion).c
    some = select(versions.row).where(versions.bucket == bucket.row)
    connection = uow.for_reading()
    if connection.execute(some.where(versions.latest, ~versions.delete_marker).limit(1)).first():
        raise errors.BucketNotEmpty(bucket=bucket.name)
    if connection.execute(some.limit(1)).first():
        raise errors.BucketNotEmptyOfVersions(bucket=bucket.name)
    uploads.abort_all(uow, bucket)
    uow.execute(delete(BucketConfiguration).where(BucketConfiguration.bucket == bucket.row))
    uow.execute(delete(Bucket).where(Bucket.row == bucket.row))


def configuration(uow: UnitOfWork, bucket: Bucket, kind: str, id: str = "") -> dict[str, Any] | None:
    """What was put to a sub-resource, by AWS's member names; None where nothing was."""
    if kind not in bucket.configured:
        return None
    found = [c for c in configurations(uow, bucket, kind) if c.id == id]
    return found[0].document if found else None


def required(uow: UnitOfWork, bucket: Bucket, kind: str, absent: type[errors.CloudError]) -> dict[str, Any]:
    """The same, or the error that S3 has where nothing was put."""
    found = configuration(uow, bucket, kind)
    if found is None:
        raise absent(bucket=bucket.name)
    return found


def configurations(uow: UnitOfWork, bucket: Bucket, kind: str) -> Sequence[BucketConfiguration]:
    """All of a kind that a bucket may have several of, in the order of their ids."""
    table = reading.table_of(BucketConfiguration).c
    if kind not in bucket.configured:
        return []
    return uow.records(BucketConfiguration, table.bucket == bucket.row, table.kind == kind)


def configure(uow: UnitOfWork, bucket: Bucket, kind: str, document: dict[str, Any], id: str = "") -> None:
    """Put a sub-resource, in the place of what was there."""
    _forget(uow, bucket, kind, id)
    uow.execute(insert(BucketConfiguration).values(bucket=bucket.row, kind=kind, id=id, document=document))
    if kind not in bucket.configured:
        change(uow, bucket, configured=[*bucket.configured, kind])


def unconfigure(uow: UnitOfWork, bucket: Bucket, kind: str, id: str = "") -> None:
    """Remove a sub-resource; no effect where there is none."""
    if kind not in bucket.configured:
        return
    others = [c for c in configurations(uow, bucket, kind) if c.id != id]
    _forget(uow, bucket, kind, id)
    if not others:
        change(uow, bucket, configured=[known for known in bucket.configured if known != kind])


def _forget(uow: UnitOfWork, bucket: Bucket, kind: str, id: str) -> None:
    table = BucketConfiguration
    uow.execute(delete(table).where(table.bucket == bucket.row, table.kind == kind, table.id == id))
