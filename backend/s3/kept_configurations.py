"""Configurations of which a bucket may have many, each with an id: analytics, inventory, metrics, tiering.

They are kept and given back. https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html
"""

import re
from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

PAGE = 100
MOST = 1000

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:::[a-z0-9.-]{3,63}")
_LEAST_DAYS = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
_MOST_DAYS = 730


def put(uow: UnitOfWork, bucket: Bucket, kind: str, id: str, document: Mapping[str, Any]) -> None:
    """InvalidArgument for an id that is none, or not the document's; TooManyConfigurations."""
    if id != document["Id"] or not _ID.fullmatch(id):
        raise errors.InvalidArgument(reason="The configuration id is not valid", name="id", value=id)
    _check(document)
    known = {c.id for c in buckets.configurations(uow, bucket, kind)}
    if id not in known and len(known) >= MOST:
        raise errors.TooManyConfigurations()
    buckets.configure(uow, bucket, kind, dict(document), id)


def require(uow: UnitOfWork, bucket: Bucket, kind: str, id: str) -> dict[str, Any]:
    """NoSuchConfiguration."""
    found = buckets.configuration(uow, bucket, kind, id)
    if found is None:
        raise errors.NoSuchConfiguration()
    return found


def remove(uow: UnitOfWork, bucket: Bucket, kind: str, id: str) -> None:
    """NoSuchConfiguration."""
    require(uow, bucket, kind, id)
    buckets.unconfigure(uow, bucket, kind, id)


def page(uow: UnitOfWork, bucket: Bucket, kind: str, after: str) -> tuple[list[dict[str, Any]], str | None]:
    """At most a page of those after an id, and the id that the next page goes on after, if there is one."""
    found = sorted((c for c in buckets.configurations(uow, bucket, kind) if c.id > after), key=lambda c: c.id)
    shown = found[:PAGE]
    return [c.document for c in shown], shown[-1].id if len(found) > PAGE else None


def _check(document: Mapping[str, Any]) -> None:
    for destination in _destinations(document):
        if not _BUCKET_ARN.fullmatch(destination["Bucket"]):
            reason = "Invalid bucket ARN."
            raise errors.InvalidArgument(reason=reason, name="Bucket", value=destination["Bucket"])
    for tiering in document.get("Tierings", ()):
        days, tier = tiering["Days"], tiering["AccessTier"]
        if not _LEAST_DAYS[tier] <= days <= _MOST_DAYS:
            reason = f"Days for {tier} must be between {_LEAST_DAYS[tier]} and {_MOST_DAYS}"
            raise errors.InvalidArgument(reason=reason, name="Days", value=days)


def _destinations(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Where an inventory goes, or the export of an analysis."""
    export = document.get("StorageClassAnalysis", {}).get("DataExport", {})
    found = (document.get("Destination"), export.get("Destination"))
    return [place["S3BucketDestination"] for place in found if place]
