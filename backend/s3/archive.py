"""Objects in archives: they cannot be read unless they were restored, and then for some days only.

A restoration takes no time here. https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
"""

from datetime import datetime, timedelta

from backend import clock, errors
from backend.config import Settings
from backend.db.models import ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import objects

CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})

_DAY = 86_400


def check_readable(version: ObjectVersion) -> None:
    """InvalidObjectState for an archived object that is not restored, or no longer."""
    if version.storage_class in CLASSES and restored_until(version) is None:
        reason = "The operation is not valid for the object's storage class"
        raise errors.InvalidObjectState(reason=reason, storage_class=version.storage_class)


def restored_until(version: ObjectVersion) -> datetime | None:
    """Until when an archived object can be read; None while it cannot."""
    until = version.restored_until
    return until if version.storage_class in CLASSES and until is not None and until > clock.now() else None


def restore(uow: UnitOfWork, settings: Settings, version: ObjectVersion, days: int) -> None:
    """Make an archived object readable for so many days, or for other ones than it is. InvalidObjectState,
    InvalidArgument."""
    if version.storage_class not in CLASSES:
        reason = "Restore is not allowed for the object's current storage class"
        raise errors.InvalidObjectState(reason=reason, storage_class=version.storage_class)
    if not 1 <= days < 2**31 // _DAY:
        reason = "The Days parameter for object restoration must be a positive integer"
        raise errors.InvalidArgument(reason=reason, name="Days", value=days)
    until = clock.this_second() + timedelta(seconds=days * settings.s3_day_seconds)
    if settings.s3_day_seconds == _DAY:  # a real day ends at midnight
        until = until.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    objects.change(uow, version, restored_until=until)
