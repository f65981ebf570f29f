"""Object lock: retention and legal hold, and what they forbid.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from backend import clock, errors
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

KIND = "object-lock"
"""Of the bucket's configuration."""

MODES = ("GOVERNANCE", "COMPLIANCE")

_LONGEST = {"Days": 36_500, "Years": 100}
_PROTECTED = "Access Denied because object protected by object lock."


class Lock(NamedTuple):
    mode: str | None = None
    until: datetime | None = None
    hold: bool | None = None
    """None: there never was one."""


def default_of(uow: UnitOfWork, bucket: Bucket) -> Mapping[str, Any] | None:
    """DefaultRetention of the bucket's configuration, if any."""
    document = buckets.configuration(uow, bucket, KIND)
    found: Mapping[str, Any] | None = ((document or {}).get("Rule") or {}).get("DefaultRetention")
    return found


def wanted(
    bucket: Bucket, default: Mapping[str, Any] | None, *, mode: str | None, until: datetime | None, hold: str | None
) -> Lock:
    """The lock of a new version, as its request says or by the bucket's default. InvalidRequest, InvalidArgument."""
    if mode or until or hold:
        require(bucket)
    if (mode is None) != (until is None):
        reason = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        raise errors.InvalidArgument(reason=reason, name="x-amz-object-lock-mode", value=mode or "")
    if mode is not None and mode not in MODES:
        raise errors.InvalidArgument(reason="Unknown wormMode directive.", name="x-amz-object-lock-mode", value=mode)
    if until is not None:
        until = _future(until)
    if mode is None and default:
        days = default.get("Days") or 365 * default.get("Years", 0)
        mode, until = default["Mode"], clock.this_second() + timedelta(days=days)
    return Lock(mode, until, None if hold is None else hold == "ON")


def require(bucket: Bucket) -> None:
    """InvalidRequest for a bucket in which nothing can be locked."""
    if not bucket.object_lock:
        raise errors.InvalidRequest(reason="Bucket is missing Object Lock Configuration")


def _future(until: datetime) -> datetime:
    """The moment in UTC, without a zone. InvalidArgument unless it is to come."""
    found = until.astimezone(UTC).replace(tzinfo=None) if until.tzinfo else until
    if found <= clock.now():
        reason = "The retain until date must be in the future!"
        raise errors.InvalidArgument(reason=reason, name="RetainUntilDate", value=until.isoformat())
    return found


def configure(uow: UnitOfWork, bucket: Bucket, document: Mapping[str, Any]) -> None:
    """Turn object lock on, or change the retention that new objects get. MalformedXML, InvalidBucketState,
    InvalidArgument."""
    if document.get("ObjectLockEnabled") != "Enabled":
        raise errors.MalformedXML()
    if "Rule" in document:
        _check_default(document["Rule"].get("DefaultRetention"))
    if bucket.versioning != "Enabled":
        reason = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise errors.InvalidBucketState(reason=reason)
    buckets.configure(uow, bucket, KIND, dict(document))
    if not bucket.object_lock:
        buckets.change(uow, bucket, object_lock=True)


def _check_default(default: Mapping[str, Any] | None) -> None:
    if default is None or "Mode" not in default or ("Days" in default) == ("Years" in default):
        raise errors.MalformedXML()
    if "DefaultEventHold" in default:
        raise errors.NotImplementedS3(header="DefaultEventHold")
    unit = "Days" if "Days" in default else "Years"
    if default[unit] <= 0:
        reason = "Default retention period must be a positive integer value."
        raise errors.InvalidArgument(reason=reason, name=unit, value=default[unit])
    if default[unit] > _LONGEST[unit]:
        reason = f"Default retention period is too large; at most {_LONGEST[unit]} {unit.lower()}."
        raise errors.InvalidArgument(reason=reason, name=unit, value=default[unit])


def retention(
    version: ObjectVersion, mode: str | None, until: datetime | None, *, bypass_governance: bool
) -> dict[str, Any]:
    """The columns of a version that gets another retention, or none. AccessDenied for a weaker one than it has: in
    compliance mode always, in governance mode unless that is bypassed. MalformedXML, InvalidArgument."""
    if (mode is None) != (until is None):
        raise errors.MalformedXML()
    if until is not None:
        until = _future(until)
    if version.lock_mode is not None and version.lock_until is not None and version.lock_until > clock.now():
        weaker = mode != version.lock_mode or until is None or until < version.lock_until
        if weaker and not (bypass_governance and version.lock_mode == "GOVERNANCE"):
            raise errors.AccessDenied(reason=_PROTECTED)
    return {"lock_mode": mode, "lock_until": until}


def check_removal(found: ObjectVersion, *, bypass_governance: bool) -> None:
    """AccessDenied while a version is locked; a delete marker never is."""
    if found.legal_hold:
        raise errors.AccessDenied(reason=_PROTECTED)
    if found.lock_mode is None or found.lock_until is None or found.lock_until <= clock.now():
        return
    if found.lock_mode == "GOVERNANCE" and bypass_governance:
        return
    raise errors.AccessDenied(reason=_PROTECTED)
