"""Attributes of an AMI that its owner may read and change one by one: launch permissions and a few others.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyImageAttribute.html
"""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, insert, or_

from backend import errors, image_settings, image_states, images
from backend.db import reading
from backend.db.models import Image, ImageBlockDevice, LaunchPermission
from backend.db.unit_of_work import UnitOfWork

Permission = Mapping[str, str]
"""One of EC2's LaunchPermission: a single member, such as ``{"UserId": "123456789012"}``."""

_ARN = r"arn:[a-z-]+:organizations::[0-9]{12}:"
_FORMS = {
    "UserId": (re.compile(r"[0-9]{12}"), "userId"),
    "OrganizationArn": (re.compile(_ARN + r"organization/o-[a-z0-9]{10,32}"), "organizationArn"),
    "OrganizationalUnitArn": (
        re.compile(_ARN + r"ou/o-[a-z0-9]{10,32}/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"),
        "organizationalUnitArn",
    ),
    "Group": (re.compile("all"), "group"),
}
_EVERYBODY = ("Group", "all")


def permissions(image: Image) -> list[dict[str, str]]:
    """Who may launch a record of an image, read with its permissions."""
    public = [{"Group": "all"}] if image.public else []
    return public + [{permission.kind: permission.value} for permission in image.permissions]


def change_permissions(
    uow: UnitOfWork, image_id: str, *, add: Sequence[Permission], remove: Sequence[Permission]
) -> None:
    """Give and take launch permissions. Giving one that is there, or taking one that is not, changes nothing."""
    image = images.require_own(uow, image_id)
    given, taken = _checked(add), _checked(remove)
    if given and image.state == "disabled":
        raise errors.InvalidAMIIDUnavailable(id=image_id)
    if _EVERYBODY in given and not image.public:
        _publish(uow, image)
    elif _EVERYBODY in taken - given:
        image.public = False
    known = {(p.kind, p.value) for p in uow.records(LaunchPermission, _of(image_id))}
    listed = {pair for pair in given if pair[0] != "Group"}
    if gone := (taken - given) & known:
        matching = or_(
            *((LaunchPermission.kind == kind) & (LaunchPermission.value == value) for kind, value in gone),
        )
        statement = delete(LaunchPermission).where(LaunchPermission.image_id == image_id, matching)
        uow.execute(statement, execution_options=images.UNSYNCHRONIZED)
    if new := sorted(listed - known):
        rows = [{"image_id": image_id, "kind": kind, "value": value} for kind, value in new]
        uow.execute(insert(LaunchPermission), rows)


def _publish(uow: UnitOfWork, image: Image) -> None:
    """Let everybody launch the image, until it is deprecated."""
    image_settings.check_may_be_public(uow)
    devices = reading.table_of(ImageBlockDevice).c
    if uow.records(ImageBlockDevice, devices.image_id == image.id, devices.encrypted.is_(True)):
        raise errors.OperationNotPermitted(
            reason=f"The image '{image.id}' cannot be public: it has an encrypted snapshot."
        )
    image.public = True
    latest = image_states.oldest(image)
    image.deprecation_time = min(image.deprecation_time or latest, latest)


def renounce(uow: UnitOfWork, image_id: str) -> None:
    """Take the caller's account from those that somebody else's image is shared with."""
    image = uow.look_up(Image, image_id)
    column = reading.table_of(LaunchPermission).c
    shared = uow.records(
        LaunchPermission, column.image_id == image_id, column.kind == "UserId", column.value == uow.account
    )
    if image.account == uow.account or not shared:
        raise errors.OperationNotPermitted(reason=f"The image '{image_id}' is not shared with this account.")
    statement = delete(LaunchPermission).where(
        LaunchPermission.image_id == image_id, LaunchPermission.kind == "UserId", LaunchPermission.value == uow.account
    )
    uow.execute(statement, execution_options=images.UNSYNCHRONIZED)


def reset_permissions(uow: UnitOfWork, image_id: str) -> None:
    """Leave the image to its owner alone."""
    images.require_own(uow, image_id).public = False
    statement = delete(LaunchPermission).where(LaunchPermission.image_id == image_id)
    uow.execute(statement, execution_options=images.UNSYNCHRONIZED)


def change_description(uow: UnitOfWork, image_id: str, description: str) -> None:
    images.check_description(description)
    images.require_own(uow, image_id).description = description


def require_imds(uow: UnitOfWork, image_id: str, support: str) -> None:
    """Let launches of the image ask for IMDSv2. ``v2.0`` is the only value, and it stays."""
    if support != "v2.0":
        raise errors.InvalidParameterValue(value=support, name="imdsSupport", reason="Valid values: v2.0.")
    images.require_own(uow, image_id).imds_support = support


def _of(image_id: str) -> ColumnElement[bool]:
    return reading.table_of(LaunchPermission).c.image_id == image_id


def _checked(wanted: Sequence[Permission]) -> set[tuple[str, str]]:
    found = set()
    for permission in wanted:
        if len(permission) != 1:
            raise errors.InvalidParameterCombination(
                reason="A launch permission names one account, group, organization or organizational unit."
            )
        (kind, value), *_ = permission.items()
        form, name = _FORMS[kind]
        if not form.fullmatch(value):
            raise errors.InvalidAMIAttributeItemValue(
                reason=f'Invalid attribute item value "{value}" for {name} item type.'
            )
        found.add((kind, value))
    return found
