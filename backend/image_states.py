"""What becomes of an image: disabling, deprecating, protecting and deregistering it.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-lifecycle.html
"""

from datetime import datetime, timedelta

from sqlalchemy import delete

from backend import clock, errors, images, snapshots, tags
from backend.db import reading
from backend.db.models import Image, ImageBlockDevice, LaunchPermission
from backend.db.unit_of_work import UnitOfWork
from backend.images import UNSYNCHRONIZED

COOL_DOWN = timedelta(hours=24)
PROTECTED, PROTECTED_WITH_COOL_DOWN, UNPROTECTED = "enabled-without-cooldown", "enabled-with-cooldown", "disabled"
YEARS, PUBLIC_YEARS = 10, 2
"""How far ahead an image may be deprecated, and how old a public one becomes."""


def disable(uow: UnitOfWork, image_id: str) -> None:
    """Let nobody launch the image, and leave it to its owner alone."""
    image = images.require_own(uow, image_id)
    _check_in(image, "available", "disabled")
    image.state, image.public = "disabled", False
    shared = delete(LaunchPermission).where(LaunchPermission.image_id == image_id)
    uow.execute(shared, execution_options=UNSYNCHRONIZED)


def enable(uow: UnitOfWork, image_id: str) -> None:
    """Take a disabled image up again. Whom it was shared with is not known any more."""
    image = images.require_own(uow, image_id)
    _check_in(image, "available", "disabled")
    image.state = "available"


def _check_in(image: Image, *states: str) -> None:
    if image.state not in states:
        raise errors.IncorrectState(reason=f"The image '{image.id}' is in the '{image.state}' state.")


def deprecate(uow: UnitOfWork, image_id: str, at: datetime) -> None:
    """Deprecate the image at a time, which is rounded to the minute."""
    image = images.require_own(uow, image_id)
    now = clock.now()
    if at < now:
        raise _wrong_time(at, "It is in the past.")
    limit = oldest(image) if image.public else _years_after(now, YEARS)
    if at > limit:
        raise _wrong_time(at, f"The latest time for this image is {limit.isoformat(timespec='seconds')}Z.")
    image.deprecation_time = (at + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _wrong_time(at: datetime, reason: str) -> errors.CloudError:
    return errors.InvalidParameterValue(value=at.isoformat(), name="DeprecateAt", reason=reason)


def oldest(image: Image) -> datetime:
    """When a public image is deprecated at the latest."""
    return _years_after(image.created, PUBLIC_YEARS)


def _years_after(moment: datetime, years: int) -> datetime:
    leap_day = (moment.month, moment.day) == (2, 29)
    return moment.replace(year=moment.year + years, day=28 if leap_day else moment.day)


def undo_deprecation(uow: UnitOfWork, image_id: str) -> None:
    image = images.require_own(uow, image_id)
    if image.public:
        raise errors.OperationNotPermitted(
            reason=f"The image '{image_id}' is public: it is deprecated {PUBLIC_YEARS} years after its creation."
        )
    image.deprecation_time = None


def protect(uow: UnitOfWork, image_id: str, *, with_cool_down: bool) -> None:
    """Keep the image from being deregistered; with a cool-down, for 24 hours after that is disabled too."""
    image = images.require_own(uow, image_id)
    image.deregistration_protection = PROTECTED_WITH_COOL_DOWN if with_cool_down else PROTECTED
    image.protected_until = None


def unprotect(uow: UnitOfWork, image_id: str) -> None:
    image = images.require_own(uow, image_id)
    if image.deregistration_protection == PROTECTED_WITH_COOL_DOWN:
        image.protected_until = clock.now() + COOL_DOWN
    image.deregistration_protection = UNPROTECTED


def deregister(uow: UnitOfWork, image_id: str, *, delete_snapshots: bool = False) -> list[dict[str, str]] | None:
    """Forget the caller's image. Its snapshots stay, unless they shall go: then what became of each is told."""
    image = images.require_own(uow, image_id)
    if image.deregistration_protection != UNPROTECTED:
        raise errors.OperationNotPermitted(reason=f"The image '{image_id}' is protected from deregistration.")
    if image.protected_until and image.protected_until > clock.now():
        raise errors.OperationNotPermitted(
            reason=f"The image '{image_id}' is protected from deregistration until "
            f"{image.protected_until.isoformat(timespec='seconds')}Z, the end of the cooldown period."
        )
    devices = reading.table_of(ImageBlockDevice).c
    of_image = uow.records(ImageBlockDevice, devices.image_id == image_id)
    snapshot_ids = list(dict.fromkeys(device.snapshot_id for device in of_image if device.snapshot_id))
    for model in (ImageBlockDevice, LaunchPermission):
        uow.execute(delete(model).where(model.image_id == image_id), execution_options=UNSYNCHRONIZED)
    tags.forget(uow, [image_id])
    uow.delete(image)
    uow.flush()
    return [_delete_snapshot(uow, id) for id in snapshot_ids] if delete_snapshots else None


def _delete_snapshot(uow: UnitOfWork, snapshot_id: str) -> dict[str, str]:
    if snapshots.image_ids(uow, snapshot_id):
        outcome = "skipped"
    else:
        try:
            snapshots.delete_snapshot(uow, snapshot_id)
            outcome = "success"
        except errors.AuthFailureSnapshot:
            outcome = "missing-permissions"
        except errors.CloudError:  # a locked snapshot stays, as does one that is gone
            outcome = "client-error"
    return {"SnapshotId": snapshot_id, "ReturnCode": outcome}
