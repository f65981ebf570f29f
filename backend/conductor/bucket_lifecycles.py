"""Does what the lifecycle rules of buckets say: expires objects, removes versions, moves them to other storage classes
and aborts uploads.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from backend import clock, errors
from backend.cloud import Cloud
from backend.db import conflicts, reading
from backend.db.models import Bucket, BucketConfiguration, ObjectVersion, Upload
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import lifecycle, objects, uploads
from backend.s3.lifecycle import Days, Rule

log = logging.getLogger(__name__)

BATCH = 500
"""Keys that one transaction looks at."""

_BUCKETS, _CONFIGURATIONS = reading.table_of(Bucket).c, reading.table_of(BucketConfiguration).c
_VERSIONS, _UPLOADS = reading.table_of(ObjectVersion).c, reading.table_of(Upload).c


def run(cloud: Cloud) -> None:
    """One round over all buckets that have rules."""
    with cloud.everywhere(write=False) as uow:
        statement = select(_CONFIGURATIONS.bucket).where(_CONFIGURATIONS.kind == lifecycle.KIND)
        rows = uow.for_reading().execute(statement).scalars().all()
    for row in rows:
        after: str | None = ""
        while after is not None:
            after = conflicts.again(lambda row=row, after=after: _batch(cloud, row, after))  # type: ignore[misc]


def _batch(cloud: Cloud, row: int, after: str) -> str | None:
    """Act on the next keys of a bucket; the last of them, or None where none are left."""
    with cloud.everywhere(write=True) as uow:
        found = uow.records(Bucket, _BUCKETS.row == row)
        rules = lifecycle.rules(uow, found[0]) if found else []
        if not rules:
            return None
        bucket = found[0]
        now, days = clock.now(), Days(cloud.settings)
        if not after:
            _abort(uow, bucket, rules, days, now)
        versions = list(_next(uow, bucket, after))
        for _, history in groupby(versions, lambda version: version.key):
            _act(uow, bucket, list(history), rules, days, now)
        cloud.commit(uow)
        return versions[-1].key if versions else None


def _next(uow: UnitOfWork, bucket: Bucket, after: str) -> Iterator[ObjectVersion]:
    """All versions of the next keys, the newest of each first."""
    keys = select(_VERSIONS.key).where(_VERSIONS.bucket == bucket.row, _VERSIONS.key > after)
    keys = keys.group_by(_VERSIONS.key).order_by(_VERSIONS.key).limit(BATCH)
    yield from reading.where(
        uow,
        ObjectVersion,
        _VERSIONS.bucket == bucket.row,
        _VERSIONS.key.in_(keys),
        order=(_VERSIONS.key, _VERSIONS.row.desc()),
        without=frozenset({"data"}),
    )


def _act(
    uow: UnitOfWork, bucket: Bucket, history: list[ObjectVersion], rules: list[Rule], days: Days, now: datetime
) -> None:
    """``history``: the versions of one key, the newest first."""
    newest, older = history[0], history[1:]
    gone = [version for place, version in enumerate(older) if _is_over(version, place, rules, days, now)]
    for version in gone:
        _remove(uow, bucket, version)
    if newest.delete_marker:
        if len(gone) == len(older) and any(_clears_markers(rule, newest, days, now) for rule in rules):
            _remove(uow, bucket, newest)
        return
    expired = any(
        rule.means(newest) and (due := days.due(rule.part("Expiration"), newest.modified)) is not None and due <= now
        for rule in rules
    )
    if expired:
        try:
            objects.remove(uow, bucket, newest.key, account=bucket.account)
        except errors.CloudError as fault:
            log.info("%s in bucket %s does not expire: %s", newest.key, bucket.name, fault)
        return
    for version in (newest, *(v for v in older if v not in gone)):
        _move(uow, version, rules, days, now)


def _is_over(version: ObjectVersion, place: int, rules: list[Rule], days: Days, now: datetime) -> bool:
    """Whether a rule removes a version that ``place`` noncurrent ones are newer than."""
    since = version.noncurrent_since or version.modified
    for rule in rules:
        action = rule.part("NoncurrentVersionExpiration")
        if action and rule.means(version) and place >= action.get("NewerNoncurrentVersions", 0):
            due = days.due(action, since, "NoncurrentDays")
            if due is None or due <= now:
                return True
    return False


def _clears_markers(rule: Rule, marker: ObjectVersion, days: Days, now: datetime) -> bool:
    """Whether a rule removes a delete marker that hides nothing any more."""
    if not marker.key.startswith(rule.prefix):
        return False
    action = rule.part("Expiration")
    if action.get("ExpiredObjectDeleteMarker"):
        return True
    due = days.due(action, marker.modified)
    return due is not None and due <= now


def _remove(uow: UnitOfWork, bucket: Bucket, version: ObjectVersion) -> None:
    try:
        objects.remove(uow, bucket, version.key, version.version_id, account=bucket.account)
    except errors.CloudError as fault:  # locked
        log.info("a version of %s in bucket %s stays: %s", version.key, bucket.name, fault)


def _move(uow: UnitOfWork, version: ObjectVersion, rules: list[Rule], days: Days, now: datetime) -> None:
    """Give a version the storage class of the last transition that is due."""
    name, since = "Transitions", version.modified
    days_name = "Days"
    if not version.latest:
        name, days_name, since = (
            "NoncurrentVersionTransitions",
            "NoncurrentDays",
            version.noncurrent_since or version.modified,
        )
    reached = [
        (due, transition["StorageClass"])
        for rule in rules
        if rule.means(version)
        for transition in rule.document.get(name) or ()
        if rule.moves(version, transition["StorageClass"])
        and (due := days.due(transition, since, days_name)) is not None
        and due <= now
    ]
    if reached and max(reached)[1] != version.storage_class:
        objects.change(uow, version, storage_class=max(reached)[1])


def _abort(uow: UnitOfWork, bucket: Bucket, rules: list[Rule], days: Days, now: datetime) -> None:
    for rule in rules:
        action = rule.part("AbortIncompleteMultipartUpload")
        if not action:
            continue
        open_ones = uow.records(Upload, _UPLOADS.bucket == bucket.row, ~_UPLOADS.completed)
        late = [
            upload.row
            for upload in open_ones
            if upload.key.startswith(rule.prefix)
            and (due := days.due(action, upload.initiated, "DaysAfterInitiation")) is not None
            and due <= now
        ]
        if late:
            uploads.remove(uow, late)
