"""Keys in pages: in the order of their bytes, with those that share a prefix rolled up into one entry.

A page is one statement, whatever the bucket holds: a recursive one that walks the index from entry to entry, and jumps
over all that an entry stands for. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import LargeBinary, TextClause, bindparam, text

from backend.db import reading
from backend.db.models import Bucket, ObjectVersion, Upload
from backend.db.unit_of_work import UnitOfWork

R = TypeVar("R", ObjectVersion, Upload)

PAGE = 1000
"""Entries that a page has at most."""

END = b"\xff"
"""Greater than whatever follows a prefix: no byte of UTF-8 is."""

_WITHOUT = frozenset({"data"})

_WALK = """
WITH RECURSIVE walk(n, row) AS (
  SELECT 1, (SELECT row FROM object_versions
    WHERE bucket = :bucket AND latest AND NOT delete_marker AND key > :after AND key >= :prefix AND key < :end
    ORDER BY key LIMIT 1)
  UNION ALL
  SELECT n + 1, (SELECT row FROM object_versions
    WHERE bucket = :bucket AND latest AND NOT delete_marker AND key < :end AND key > {beyond}
    ORDER BY key LIMIT 1)
  FROM walk JOIN object_versions AS current ON current.row = walk.row
  WHERE n < :limit
)
SELECT {columns} FROM walk JOIN object_versions AS current ON current.row = walk.row ORDER BY walk.n
"""

BEYOND = {
    "sqlite": """CASE WHEN :rolls AND instr(substr(current.key, :length + 1), :delimiter) > 0
      THEN CAST(substr(current.key, 1, :length + :width - 1 + instr(substr(current.key, :length + 1), :delimiter))
                || x'ff' AS BLOB)
      ELSE current.key END""",
    "postgresql": """CASE WHEN :rolls AND position(:delimiter in substring(current.key from :length + 1)) > 0
      THEN substring(current.key from 1
                     for :length + :width - 1 + position(:delimiter in substring(current.key from :length + 1)))
           || '\xff'::bytea
      ELSE current.key END""",
}
"""What all keys that the ``current`` row's entry stands for come before: the key itself, unless it is rolled up. SQLite
joins blobs to text, byte by byte."""

BYTES = ("after", "prefix", "end", "delimiter")
"""Parameters that are bytes."""


@dataclass(frozen=True)
class Page:
    """``objects`` and ``prefixes`` in order; ``last``: the entry, of either, that the next page goes on after."""

    objects: Sequence[ObjectVersion]
    prefixes: Sequence[str]
    last: str
    truncated: bool


def page(
    uow: UnitOfWork, bucket: Bucket, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int = PAGE
) -> Page:
    """The newest versions of keys, without those that are delete markers. ``after``: a key, or an entry of the list."""
    if limit == 0:
        return Page((), (), "", truncated=False)
    entries = reading.run(
        uow,
        ObjectVersion,
        _walk(uow.for_reading().dialect.name),
        without=_WITHOUT,
        **bounds(bucket, prefix, delimiter, after, limit),
    )
    found, prefixes, last = sorted_out(entries[:limit], prefix, delimiter)
    return Page(found, prefixes, last, truncated=len(entries) > limit)


def bounds(bucket: Bucket, prefix: str, delimiter: str, after: str, limit: int) -> dict[str, Any]:
    """The parameters of a walk, which finds an entry more than ``limit`` to tell whether there are more."""
    start = after.encode()
    if after and rolled(after, prefix, delimiter) == after:
        start += END
    return {
        "bucket": bucket.row,
        "after": start,
        "prefix": prefix.encode(),
        "end": prefix.encode() + END,
        "rolls": bool(delimiter),
        "delimiter": delimiter.encode(),
        "length": len(prefix.encode()),
        "width": len(delimiter.encode()),
        "limit": limit + 1,
    }


def sorted_out(entries: Sequence[R], prefix: str, delimiter: str) -> tuple[list[R], list[str], str]:
    """What is listed by itself, the prefixes that stand for the rest, and the last of both."""
    found: list[R] = []
    prefixes: list[str] = []
    last = ""
    for entry in entries:
        shared = rolled(entry.key, prefix, delimiter)
        last = shared or entry.key
        if shared:
            prefixes.append(shared)
        else:
            found.append(entry)
    return found, prefixes, last


def rolled(key: str, prefix: str, delimiter: str) -> str:
    """The entry that a key is rolled up into: up to the first delimiter after the prefix; empty for none."""
    if not delimiter or not key.startswith(prefix):
        return ""
    at = key.find(delimiter, len(prefix))
    return "" if at < 0 else key[: at + len(delimiter)]


@cache
def _walk(dialect: str) -> TextClause:
    columns = ", ".join(f"current.{c.name}" for c in reading.columns_of(ObjectVersion, _WITHOUT))
    statement = text(_WALK.format(beyond=BEYOND[dialect], columns=columns))
    return statement.bindparams(*(bindparam(name, type_=LargeBinary) for name in BYTES))
