"""Conditions of reads: which ETag, and since when.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html and RFC 9110, 13.2.2.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend import errors
from backend.db.models import ObjectVersion

USES = frozenset({"IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince"})


def check(version: ObjectVersion, given: Mapping[str, Any], *, prefix: str = "", headers: Mapping[str, str]) -> None:
    """PreconditionFailed (412), or NotModified (304) with ``headers`` unless it is about the source of a copy.

    ``given``: parameters by AWS's names; ``prefix``: CopySource for those of a copy's source, where all are 412.
    """
    match, none_match = given.get(f"{prefix}IfMatch"), given.get(f"{prefix}IfNoneMatch")
    modified: datetime | None = given.get(f"{prefix}IfModifiedSince")
    unmodified: datetime | None = given.get(f"{prefix}IfUnmodifiedSince")
    if match is not None:
        if not _matches(match, version.etag):
            raise errors.PreconditionFailed(condition="If-Match")
    elif unmodified is not None and _naive(unmodified) < version.modified.replace(microsecond=0):
        raise errors.PreconditionFailed(condition="If-Unmodified-Since")
    if none_match is not None:
        if _matches(none_match, version.etag):
            raise _unchanged(prefix, "If-None-Match", headers)
    elif modified is not None and _naive(modified) >= version.modified.replace(microsecond=0):
        raise _unchanged(prefix, "If-Modified-Since", headers)


def _matches(text: str, etag: str) -> bool:
    wanted = [part.strip().removeprefix("W/").strip('"') for part in text.split(",")]
    return "*" in wanted or etag in wanted


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _unchanged(prefix: str, condition: str, headers: Mapping[str, str]) -> errors.CloudError:
    if prefix:
        return errors.PreconditionFailed(condition=f"x-amz-copy-source-{condition.lower()}")
    fault = errors.NotModified()
    fault.headers |= headers
    return fault
