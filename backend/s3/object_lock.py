"""Object lock: retention and legal hold, and what they forbid.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from backend import clock, errors
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

KIND = "object-lock"
"""Of the bucket's configuration."""

MODES = ("GOVERNANCE", "COMPLIANCE")


class Lock(NamedTuple):
    mode: str | None = None
    until: datetime | None = None
    hold: bool = False


def default_of(uow: UnitOfWork, bucket: Bucket) -> Mapping[str, Any] | None:
    """DefaultRetention of the bucket's configuration, if any."""
    document = buckets.configuration(uow, bucket, KIND)
    found: Mapping[str, Any] | None = ((document or {}).get("Rule") or {}).get("DefaultRetention")
    return found


def wanted(
    bucket: Bucket, default: Mapping[str, Any] | None, *, mode: str | None, until: datetime | None, hold: str | None
) -> Lock:
    """The lock of a new version, as its request says or by the bucket's default. InvalidRequest, InvalidArgument."""
    if (mode or until or hold) and not bucket.object_lock:
        raise errors.InvalidRequest(reason="Bucket is missing Object Lock Configuration")
    if (mode is None) != (until is None):
        reason = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        raise errors.InvalidArgument(reason=reason, name="x-amz-object-lock-mode", value=mode or "")
    if mode is not None and mode not in MODES:
        raise errors.InvalidArgument(reason="Unknown wormMode directive.", name="x-amz-object-lock-mode", value=mode)
    if until is not None and until <= clock.now():
        raise errors.InvalidArgument(
            reason="The retain until date must be in the future!",
            name="x-amz-object-lock-retain-until-date",
            value=until.isoformat(),
        )
    if mode is None and default:
        days = default.get("Days") or 365 * default.get("Years", 0)
        mode, until = default["Mode"], clock.this_second() + timedelta(days=days)
    return Lock(mode, until, hold == "ON")


def check_removal(found: ObjectVersion, *, bypass_governance: bool) -> None:
    """AccessDenied while a version is locked; a delete marker never is."""
    if found.legal_hold:
        raise errors.AccessDenied(reason="Access Denied because object protected by object lock.")
    if found.lock_mode is None or found.lock_until is None or found.lock_until <= clock.now():
        return
    if found.lock_mode == "GOVERNANCE" and bypass_governance:
        return
    raise errors.AccessDenied(reason="Access Denied because object protected by object lock.")
