"""What an account sets for images in a region: whether its own may be public, and which of others' it allows.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-allowed-amis.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from backend import clock, errors
from backend.db import reading
from backend.db.matching import matches
from backend.db.models import Image, ImageSettings
from backend.db.unit_of_work import UnitOfWork

BLOCKED, UNBLOCKED = "block-new-sharing", "unblocked"
ENABLED, AUDITED, DISABLED = "enabled", "audit-mode", "disabled"
MOST_CRITERIA = 10
LONGEST = 2**31 - 1  # days

_ALIASES = ("amazon", "aws-marketplace", "aws-backup-vault")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PRODUCT_CODE = re.compile(r"[A-Za-z0-9]{1,25}")
_NAME = re.compile(r"[A-Za-z0-9()\[\]./\-'@_*? ]{1,128}")
_images = reading.table_of(Image).c

Criterion = Mapping[str, Any]
"""EC2's ImageCriterion."""


def settings(uow: UnitOfWork) -> ImageSettings:
    """What the account set in this region, to read; with AWS's defaults where it set nothing."""
    if found := uow.records(ImageSettings):
        return found[0]
    return ImageSettings(public_access=UNBLOCKED, allowed_images=DISABLED, criteria=[])


def _change(uow: UnitOfWork) -> ImageSettings:
    """The same as an entity to change."""
    insert = (sqlite.insert if uow.database.is_sqlite else postgresql.insert)(reading.table_of(ImageSettings))
    uow.for_reading().execute(insert.values(account=uow.account, region=uow.region).on_conflict_do_nothing())
    return uow.get_one(ImageSettings, (uow.account, uow.region), with_for_update=True)


def block_public_access(uow: UnitOfWork, state: str) -> str:
    _change(uow).public_access = state
    return state


def check_may_be_public(uow: UnitOfWork) -> None:
    """OperationNotPermitted where the account blocks that its images become public."""
    if settings(uow).public_access == BLOCKED:
        raise errors.OperationNotPermitted(
            reason="You can't publicly share this image because block public access for AMIs is enabled for this "
            "account in this Region."
        )


def allow_images(uow: UnitOfWork, state: str) -> str:
    """Whether the criteria hold: ``enabled``, ``audit-mode`` or ``disabled``."""
    _change(uow).allowed_images = state
    return state


def replace_criteria(uow: UnitOfWork, criteria: Sequence[Criterion]) -> None:
    """Errors: InvalidParameterValue, InvalidParameterCombination."""
    if len(criteria) > MOST_CRITERIA:
        raise errors.InvalidParameterValue(
            value=len(criteria), name="ImageCriteria", reason=f"There are at most {MOST_CRITERIA} criteria."
        )
    for criterion in criteria:
        _check(criterion)
    _change(uow).criteria = [dict(criterion) for criterion in criteria]


def allowed(found: ImageSettings, account: str) -> ColumnElement[bool]:
    """The condition that the criteria put on images; an account's own always meet it."""
    return or_(_images.account == account, *(_meets(criterion) for criterion in found.criteria))


def allowed_among(uow: UnitOfWork, found: ImageSettings, image_ids: Sequence[str]) -> set[str]:
    """Which of these images, visible or not, meet the criteria."""
    query = select(_images.id).where(_images.id.in_(image_ids), allowed(found, uow.account))
    return set(uow.for_reading().scalars(query))


def discoverable(uow: UnitOfWork) -> Sequence[ColumnElement[bool]]:
    """The condition on images that an account which enabled its criteria sees at all."""
    found = settings(uow)
    return [allowed(found, uow.account)] if found.allowed_images == ENABLED else []


def check_allowed(uow: UnitOfWork, image: Image) -> None:
    """InvalidAMIID.NotFound for an image of another account that the criteria hide."""
    if image.account == uow.account:
        return
    conditions = discoverable(uow)
    if conditions and not uow.records(Image, _images.id == image.id, *conditions):
        raise errors.NotFound(code=Image.NOT_FOUND, noun=Image.NOUN, ids=[image.id])


def _meets(criterion: Criterion) -> ColumnElement[bool]:
    return and_(true(), *(_CONDITIONS[member](value) for member, value in criterion.items()))


def _of_providers(providers: Sequence[str]) -> ColumnElement[bool]:
    return or_(_images.account.in_(providers), _images.owner_alias.in_(providers))


def _deprecated_within(condition: Mapping[str, int]) -> ColumnElement[bool]:
    days = condition.get("MaximumDaysSinceDeprecated")
    if days is None:
        return true()
    return or_(_images.deprecation_time.is_(None), _images.deprecation_time > _days_ago(days))


def _created_within(condition: Mapping[str, int]) -> ColumnElement[bool]:
    days = condition.get("MaximumDaysSinceCreated")
    return true() if days is None else _images.created >= _days_ago(days)


def _days_ago(days: int) -> Any:
    return clock.now() - timedelta(days=min(days, 365 * 1000))


def _never(_value: Any) -> ColumnElement[bool]:
    """No image of this cloud has a product code, a watermark, or was scanned."""
    return false()


_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "ImageProviders": _of_providers,
    "ImageNames": lambda names: matches(_images.name, names),
    "DeprecationTimeCondition": _deprecated_within,
    "CreationDateCondition": _created_within,
    "MarketplaceProductCodes": _never,
    "ImageWatermarks": _never,
    "ScanResultCondition": _never,
}


def _check(criterion: Criterion) -> None:
    if not criterion:
        raise errors.InvalidParameterValue(value="{}", name="ImageCriteria", reason="A criterion names a condition.")
    providers = criterion.get("ImageProviders", ())
    _check_each("ImageProviders", providers, 200, lambda p: p in (*_ALIASES, "none") or _ACCOUNT.fullmatch(p))
    if "none" in providers and len(providers) > 1:
        raise errors.InvalidParameterCombination(reason="The image provider none cannot be used with others.")
    _check_each("ImageNames", criterion.get("ImageNames", ()), 50, _is_name)
    _check_each("MarketplaceProductCodes", criterion.get("MarketplaceProductCodes", ()), 50, _PRODUCT_CODE.fullmatch)
    _check_each("ImageWatermarks", criterion.get("ImageWatermarks", ()), 50, bool)
    structures = [
        criterion.get(name, {}) for name in ("DeprecationTimeCondition", "CreationDateCondition", "ScanResultCondition")
    ]
    for structure in (*structures, *criterion.get("ImageWatermarks", ())):
        for name, days in structure.items():
            if isinstance(days, int) and not 0 <= days <= LONGEST:
                raise errors.InvalidParameterValue(value=days, name=name, reason=f"Expecting 0 to {LONGEST} days.")


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and ("?" not in name or len(name) >= 3)


def _check_each(name: str, values: Sequence[Any], most: int, valid: Callable[[Any], Any]) -> None:
    if len(values) > most:
        raise errors.InvalidParameterValue(value=len(values), name=name, reason=f"There are at most {most} values.")
    for value in values:
        if not valid(value):
            raise errors.InvalidParameterValue(value=value, name=name, reason="It does not have the form that it must.")
