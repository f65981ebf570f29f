"""Many objects of a bucket deleted at once.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend import errors
from backend.db import reading
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import objects
from backend.s3.objects import Condition, Deleted

MOST = 1000

_TABLE = reading.table_of(ObjectVersion).c


@dataclass(frozen=True)
class Wanted:
    """An object to delete, or one version of it."""

    key: str
    version_id: str | None = None
    condition: Condition | None = None


def remove(
    uow: UnitOfWork, bucket: Bucket, wanted: Sequence[Wanted], *, account: str, bypass_governance: bool
) -> list[Deleted | errors.CloudError]:
    """For each, what was done or why not, in their order. ``account``: the owner of the delete markers."""
    if not bucket.versioning and all(one.version_id is None for one in wanted):
        return _remove_unversioned(uow, bucket, wanted)
    found: list[Deleted | errors.CloudError] = []
    for one in wanted:
        try:
            found.append(
                objects.remove(
                    uow,
                    bucket,
                    one.key,
                    one.version_id,
                    account=account,
                    bypass_governance=bypass_governance,
                    condition=one.condition,
                )
            )
        except errors.CloudError as fault:  # raised before anything is changed
            found.append(fault)
    return found


def _remove_unversioned(uow: UnitOfWork, bucket: Bucket, wanted: Sequence[Wanted]) -> list[Deleted | errors.CloudError]:
    """Where no versions are kept, in as many statements as for one object."""
    conditions = (_TABLE.bucket == bucket.row, _TABLE.latest, _TABLE.key.in_({one.key for one in wanted}))
    there = {v.key: v for v in reading.where(uow, ObjectVersion, *conditions, without=frozenset({"data"}))}
    gone: list[ObjectVersion] = []
    found: list[Deleted | errors.CloudError] = []
    for one in wanted:
        current = there.get(one.key)
        try:
            if one.condition:
                one.condition.check(one.key, current)
        except errors.CloudError as fault:
            found.append(fault)
            continue
        found.append(Deleted(removed=current))
        if current is not None:
            gone.append(there.pop(one.key))
    if gone:
        objects.erase(uow, gone)
    return found
