"""All versions of objects in pages, delete markers among them: by key, and of a key the newest first.

Likewise one statement that walks the index (``backend.s3.listing``).
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import LargeBinary, TextClause, bindparam, text

from backend import errors
from backend.db import reading
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import objects
from backend.s3.listing import BEYOND, BYTES, PAGE, bounds, sorted_out

_WITHOUT = frozenset({"data"})
_ANY_ROW = 2**63 - 1

_VERSION_ID = re.compile(r"[A-Za-z0-9._]{1,1024}")

# Of a key the newest version is the one with the greatest row, and the only one that is ``latest``.
_WALK = """
WITH RECURSIVE walk(n, row) AS (
  SELECT 1, COALESCE(
    (SELECT max(v.row) FROM object_versions AS v
      WHERE v.bucket = :bucket AND v.key = :after AND v.row < :older AND v.key >= :prefix AND v.key < :end),
    (SELECT v.row FROM object_versions AS v
      WHERE v.bucket = :bucket AND v.latest AND v.key > :after AND v.key >= :prefix AND v.key < :end
      ORDER BY v.key LIMIT 1))
  UNION ALL
  SELECT n + 1, COALESCE(
    (SELECT max(v.row) FROM object_versions AS v
      WHERE v.bucket = :bucket AND v.key = {beyond} AND v.row < current.row),
    (SELECT v.row FROM object_versions AS v
      WHERE v.bucket = :bucket AND v.latest AND v.key < :end AND v.key > {beyond}
      ORDER BY v.key LIMIT 1))
  FROM walk JOIN object_versions AS current ON current.row = walk.row
  WHERE n < :limit
)
SELECT {columns} FROM walk JOIN object_versions AS current ON current.row = walk.row ORDER BY walk.n
"""


@dataclass(frozen=True)
class Page:
    """``versions`` and ``prefixes`` in order; the next page goes on after ``last_key``, and within that key after
    ``last_version_id`` unless it is a prefix."""

    versions: Sequence[ObjectVersion]
    prefixes: Sequence[str]
    last_key: str
    last_version_id: str | None
    truncated: bool


def page(
    uow: UnitOfWork,
    bucket: Bucket,
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str = "",
    after_version: str | None = None,
    limit: int = PAGE,
) -> Page:
    """``after``: a key, or an entry of the list; with ``after_version`` what is older of that key is listed too.

    InvalidArgument for what can be no version id. That of a version which is gone meanwhile stands for the key's newest
    one: whoever deletes page by page finds what is left.
    """
    if limit == 0:
        return Page((), (), "", None, truncated=False)
    older = 0 if after_version is None else _row(uow, bucket, after, after_version)
    entries = reading.run(
        uow,
        ObjectVersion,
        _walk(uow.for_reading().dialect.name),
        without=_WITHOUT,
        older=older,
        **bounds(bucket, prefix, delimiter, after, limit),
    )
    shown = entries[:limit]
    found, prefixes, last = sorted_out(shown, prefix, delimiter)
    version_id = found[-1].version_id if found and found[-1] is shown[-1] else None
    return Page(found, prefixes, last, version_id, truncated=len(entries) > limit)


def _row(uow: UnitOfWork, bucket: Bucket, key: str, version_id: str) -> int:
    """The row that those after it come before."""
    if not _VERSION_ID.fullmatch(version_id):
        reason = "Invalid version id specified"
        raise errors.InvalidArgument(reason=reason, name="version-id-marker", value=version_id)
    found = objects.version(uow, bucket, key, version_id)
    return _ANY_ROW if found is None else found.row


@cache
def _walk(dialect: str) -> TextClause:
    columns = ", ".join(f"current.{c.name}" for c in reading.columns_of(ObjectVersion, _WITHOUT))
    statement = text(_WALK.format(beyond=BEYOND[dialect], columns=columns))
    return statement.bindparams(*(bindparam(name, type_=LargeBinary) for name in BYTES))
