"""Who may do what with a bucket and its objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Action:
    """``name``: as policies call it, such as s3:GetObject. ``grant``: the permission of an ACL that gives it, if any."""

    name: str
    grant: str | None = None


def allows(
    uow: UnitOfWork,
    principal: Any,
    action: Action,
    bucket: Bucket,
    key: str | None,
    version: ObjectVersion | None,
    context: Mapping[str, Any],
) -> bool:
    """Whether a caller may do this."""
    owner = version.account if version is not None else bucket.account
    return bool(principal.account == owner)
