"""Versions of objects: written, found and deleted, with the conditions of S3 decided inside the transaction.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, select, update

from backend import clock, errors
from backend.db import reading
from backend.db.conflicts import Overtaken
from backend.db.models import Bucket, ObjectVersion
from backend.db.statements import Statement
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import object_lock, uploads
from backend.s3.bodies import Body

NULL = "null"
_LETTERS = string.ascii_letters + string.digits + "._"
_ID_LENGTH = 32

_OBJECTS = reading.table_of(ObjectVersion)
_TABLE = _OBJECTS.c
_THIS = (_TABLE.bucket == bindparam("bucket_row"), _TABLE.key == bindparam("object_key"))
_LATEST = reading.Prepared(ObjectVersion, *_THIS, _TABLE.latest, without=("data",))
_LATEST_WITH_DATA = reading.Prepared(ObjectVersion, *_THIS, _TABLE.latest)
_VERSION = reading.Prepared(ObjectVersion, *_THIS, _TABLE.version_id == bindparam("version"), without=("data",))
_ADD = Statement(
    insert(_OBJECTS).values({c: bindparam(c.key) for c in _TABLE if c is not _TABLE.row}).returning(_TABLE.row)
)
_CHANGE = update(_OBJECTS).where(_TABLE.row == bindparam("changed"))
_ERASE_ONE = Statement(delete(_OBJECTS).where(_TABLE.row == bindparam("gone")))
_RECORD: Any = reading.record_class(ObjectVersion)
_BLANK = dict.fromkeys(_TABLE.keys()) | {
    column.key: cast(Any, column.default).arg
    for column in _TABLE
    if column.default is not None and not column.default.is_callable
}
"""What a row has that says nothing else."""
_VERSION_WITH_DATA = reading.Prepared(ObjectVersion, *_THIS, _TABLE.version_id == bindparam("version"))


@dataclass(frozen=True)
class Attributes:
    """What an object has beside its bytes; the columns of ``models.s3.Attributes``."""

    account: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    user_metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    acl: list[Any] | None = None
    storage_class: str = "STANDARD"
    lock_mode: str | None = None
    lock_until: datetime | None = None
    legal_hold: bool | None = None


@dataclass(frozen=True)
class Condition:
    """Of a conditional write or deletion, as its headers give it; of a deletion also when the object that is meant was
    last modified, and its size in bytes."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_at: datetime | None = None
    if_size: int | None = None

    def check(self, key: str, current: ObjectVersion | None) -> None:
        """PreconditionFailed, or NoSuchKey where an absent object was to match; a delete marker counts as absent."""
        present = current is not None and not current.delete_marker
        if self.if_none_match is not None and present:
            raise errors.PreconditionFailed(condition="If-None-Match")
        if self.if_match is None and self.if_modified_at is None and self.if_size is None:
            return
        if current is None or not present:
            raise errors.NoSuchKey(key=key)
        if self.if_match not in (None, "*") and current.etag != (self.if_match or "").strip('"'):
            raise errors.PreconditionFailed(condition="If-Match")
        if self.if_modified_at is not None and current.modified != self.if_modified_at.replace(tzinfo=None):
            raise errors.PreconditionFailed(condition="If-Match-Last-Modified-Time")
        if self.if_size is not None and current.size != self.if_size:
            raise errors.PreconditionFailed(condition="If-Match-Size")


@dataclass(frozen=True)
class Deleted:
    """What a deletion did: the marker it made or the version it removed; neither where there was nothing."""

    version_id: str | None = None
    delete_marker: bool = False
    removed: ObjectVersion | None = None
    """What is gone for good."""


def new_version_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))


def is_version_id(text: str) -> bool:
    """Whether it has the form of a version's id, whether or not there is one."""
    return text == NULL or (len(text) == _ID_LENGTH and all(letter in _LETTERS for letter in text))


def latest(uow: UnitOfWork, bucket: Bucket, key: str, *, data: bool = False) -> ObjectVersion | None:
    """The newest version, which may be a delete marker. ``data``: with the bytes of a small object."""
    found = (_LATEST_WITH_DATA if data else _LATEST)(uow, bucket_row=bucket.row, object_key=key)
    return found[0] if found else None


def version(uow: UnitOfWork, bucket: Bucket, key: str, version_id: str, *, data: bool = False) -> ObjectVersion | None:
    prepared = _VERSION_WITH_DATA if data else _VERSION
    found = prepared(uow, bucket_row=bucket.row, object_key=key, version=version_id)
    return found[0] if found else None


def find(
    uow: UnitOfWork, bucket: Bucket, key: str, version_id: str | None = None, *, data: bool = False
) -> ObjectVersion | None:
    """The version asked for, or the newest; also a delete marker."""
    if version_id is None:
        return latest(uow, bucket, key, data=data)
    return version(uow, bucket, key, version_id, data=data)


def require(
    uow: UnitOfWork, bucket: Bucket, key: str, version_id: str | None = None, *, data: bool = False
) -> ObjectVersion:
    """NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker that is asked for by its version."""
    return present(find(uow, bucket, key, version_id, data=data), key, version_id)


def present(found: ObjectVersion | None, key: str, version_id: str | None) -> ObjectVersion:
    """The version that was found, or the error of ``require``."""
    if found is None:
        if version_id is None:
            raise errors.NoSuchKey(key=key)
        raise errors.NoSuchVersionS3(key=key, version_id=version_id)
    if found.delete_marker:
        marker = {"x_amz_delete_marker": "true", "x_amz_version_id": found.version_id}
        if version_id is None:
            raise errors.NoSuchKey(key=key).with_headers(**marker)
        fault = errors.MethodNotAllowed(method="GET", kind="DeleteMarker")
        raise fault.with_headers(Allow="DELETE", Last_Modified=clock.http_date(found.modified), **marker)
    return found


def put(
    uow: UnitOfWork,
    bucket: Bucket,
    key: str,
    body: Body,
    attributes: Attributes,
    condition: Condition | None = None,
    **columns: Any,
) -> ObjectVersion:
    """Make the newest version of a key. ``columns``: more of its row's."""
    current = latest(uow, bucket, key)
    if condition:
        condition.check(key, current)
    version_id = _make_way(uow, bucket, key, current)
    return _add(uow, bucket, key, version_id, **vars(attributes), **body.columns(), **columns)


def add_replica(uow: UnitOfWork, bucket: Bucket, source: ObjectVersion, columns: Mapping[str, Any]) -> None:
    """Make the newest version of a key what is the same version in another bucket; ``columns``: of its row."""
    current = latest(uow, bucket, source.key)
    if current is not None:
        change(uow, current, latest=False, noncurrent_since=clock.this_second())
    row = {**columns, "bucket": bucket.row, "latest": True, "noncurrent_since": None}
    uow.for_reading().execute(insert(_OBJECTS), row)


def remove(
    uow: UnitOfWork,
    bucket: Bucket,
    key: str,
    version_id: str | None = None,
    *,
    account: str,
    bypass_governance: bool = False,
    condition: Condition | None = None,
) -> Deleted:
    """Delete a version for good, or hide the object behind a delete marker where the bucket keeps versions."""
    if version_id is not None:
        return _remove_version(uow, bucket, key, version_id, bypass_governance, condition)
    current = latest(uow, bucket, key)
    if condition:
        condition.check(key, current)
    if not bucket.versioning:
        if current is not None:
            erase(uow, [current])
        return Deleted(removed=current)
    marker = _make_way(uow, bucket, key, current)
    _add(uow, bucket, key, marker, **vars(Attributes(account)), delete_marker=True)
    return Deleted(marker, delete_marker=True)


def _remove_version(
    uow: UnitOfWork, bucket: Bucket, key: str, version_id: str, bypass: bool, condition: Condition | None
) -> Deleted:
    found = version(uow, bucket, key, version_id)
    if condition:
        condition.check(key, found)
    if found is None:
        return Deleted(version_id)
    object_lock.check_removal(found, bypass_governance=bypass)
    erase(uow, [found])
    if found.latest:
        _promote(uow, bucket, key)
    return Deleted(version_id, found.delete_marker, found)


def erase(uow: UnitOfWork, versions: list[ObjectVersion]) -> None:
    """Remove rows, with the bytes they name. Whoever erases the newest version has to promote another."""
    connection = uow.for_reading()
    if len(versions) == 1:
        gone = _ERASE_ONE.count(connection, {"gone": versions[0].row})
    else:
        gone = connection.execute(delete(_OBJECTS).where(_TABLE.row.in_([v.row for v in versions]))).rowcount
    if gone != len(versions):
        raise Overtaken
    uow.discard(v.blob for v in versions)
    if rows := [v.upload for v in versions if v.upload is not None]:
        uploads.remove(uow, rows)


def change(uow: UnitOfWork, found: ObjectVersion, **columns: Any) -> None:
    """Change what may change of a version: its tags, its ACL, its lock, how its replication went."""
    changed = uow.for_reading().execute(_CHANGE, {"changed": found.row, **columns})
    if changed.rowcount != 1:
        raise Overtaken


def _make_way(uow: UnitOfWork, bucket: Bucket, key: str, current: ObjectVersion | None) -> str:
    """The id of a new version; what it takes the place of is erased, or is no longer the newest."""
    if bucket.versioning == "Enabled":
        if current is not None:
            change(uow, current, latest=False, noncurrent_since=clock.this_second())
        return new_version_id()
    null = current if current is None or current.version_id == NULL else version(uow, bucket, key, NULL)
    if current is not None and current is not null:
        change(uow, current, latest=False, noncurrent_since=clock.this_second())
    if null is not None:
        erase(uow, [null])
    return NULL


def _add(uow: UnitOfWork, bucket: Bucket, key: str, version_id: str, **columns: Any) -> ObjectVersion:
    """A new row, the newest of its key, as a record."""
    made = _BLANK | {"bucket": bucket.row, "key": key, "version_id": version_id, "modified": clock.this_second()}
    made |= columns
    made["row"] = _ADD.rows(uow.for_reading(), made)[0][0]
    return cast(ObjectVersion, _RECORD(**made))


def _promote(uow: UnitOfWork, bucket: Bucket, key: str) -> None:
    """The newest of the versions that are left becomes the newest."""
    table = reading.table_of(ObjectVersion)
    newest = select(table.c.row).where(table.c.bucket == bucket.row, table.c.key == key)
    newest = newest.order_by(table.c.row.desc()).limit(1)
    uow.execute(update(table).where(table.c.row == newest.scalar_subquery()).values(latest=True, noncurrent_since=None))
