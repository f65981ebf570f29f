"""Open multipart uploads in pages: by key, and of a key in the order in which they were begun.

Likewise one statement that walks the index (``backend.s3.listing``).
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import LargeBinary, TextClause, bindparam, text

from backend.db import reading
from backend.db.models import Bucket, Upload
from backend.db.unit_of_work import UnitOfWork
from backend.s3.listing import BEYOND, BYTES, PAGE, bounds, sorted_out

_AFTER_ALL = 2**63 - 1

_WALK = """
WITH RECURSIVE walk(n, row) AS (
  SELECT 1, (SELECT u.row FROM uploads AS u
    WHERE u.bucket = :bucket AND NOT u.completed AND (u.key, u.row) > (:after, :newer)
      AND u.key >= :prefix AND u.key < :end
    ORDER BY u.key, u.row LIMIT 1)
  UNION ALL
  SELECT n + 1, (SELECT u.row FROM uploads AS u
    WHERE u.bucket = :bucket AND NOT u.completed AND (u.key, u.row) > ({beyond}, current.row) AND u.key < :end
    ORDER BY u.key, u.row LIMIT 1)
  FROM walk JOIN uploads AS current ON current.row = walk.row
  WHERE n < :limit
)
SELECT {columns} FROM walk JOIN uploads AS current ON current.row = walk.row ORDER BY walk.n
"""


@dataclass(frozen=True)
class Page:
    """``uploads`` and ``prefixes`` in order; the next page goes on after ``last_key``, and within that key after
    ``last_id`` unless it is a prefix."""

    uploads: Sequence[Upload]
    prefixes: Sequence[str]
    last_key: str
    last_id: str | None
    truncated: bool


def page(
    uow: UnitOfWork,
    bucket: Bucket,
    *,
    prefix: str = "",
    delimiter: str = "",
    after: str = "",
    after_id: str | None = None,
    limit: int = PAGE,
) -> Page:
    """``after``: a key, or an entry of the list; with ``after_id`` what was begun later of that key is listed too, or
    all that is open of it where that upload is gone."""
    if limit == 0:
        return Page((), (), "", None, truncated=False)
    entries = reading.run(
        uow,
        Upload,
        _walk(uow.for_reading().dialect.name),
        newer=_AFTER_ALL if after_id is None else _row(uow, bucket, after, after_id),
        **bounds(bucket, prefix, delimiter, after, limit),
    )
    shown = entries[:limit]
    found, prefixes, last = sorted_out(shown, prefix, delimiter)
    id = found[-1].id if found and found[-1] is shown[-1] else None
    return Page(found, prefixes, last, id, truncated=len(entries) > limit)


def _row(uow: UnitOfWork, bucket: Bucket, key: str, id: str) -> int:
    found: Upload | None = reading.find(uow, Upload.id, id)
    return found.row if found is not None and (found.bucket, found.key) == (bucket.row, key) else 0


@cache
def _walk(dialect: str) -> TextClause:
    columns = ", ".join(f"current.{c.name}" for c in reading.columns_of(Upload))
    statement = text(_WALK.format(beyond=BEYOND[dialect], columns=columns))
    return statement.bindparams(*(bindparam(name, type_=LargeBinary) for name in BYTES))
