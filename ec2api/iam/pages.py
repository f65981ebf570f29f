"""Pages of IAM's lists: at most MaxItems items, and a Marker for the rest.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement

from backend import errors
from backend.db import reading
from backend.db.base import Base
from ec2api.call import Call

T = TypeVar("T")

MAX_ITEMS = 100
"""What a page holds where a call says nothing."""


@dataclass(frozen=True)
class Source:
    """Rows of one table. ``order``: the name of the column that they are sorted and cut by, unique among them."""

    model: type[Base]
    conditions: Sequence[ColumnElement[bool]] = ()
    order: str = "folded"
    load: Sequence[Any] = ()

    def read(self, call: Call, last: Any, limit: int) -> list[Any]:
        column = reading.table_of(self.model).c[self.order]
        after = [] if last is None else [column > last]
        return reading.where(
            call.uow, self.model, *self.conditions, *after, order=[column], limit=limit, load=self.load
        )


def page(
    call: Call, marker: str | None, max_items: int | None, *sources: Source
) -> tuple[list[list[Any]], dict[str, Any]]:
    """The records of one page by source, one source after the other, and IsTruncated with Marker."""
    began, last = _read(marker)
    room = max_items or MAX_ITEMS
    found: list[list[Any]] = [[] for _ in sources]
    for number, source in enumerate(sources):
        if number < began:
            continue
        rows = source.read(call, last if number == began else None, room + 1)
        found[number] = rows[:room]
        if len(rows) > room:
            return found, _more(found, number, sources, room)
        room -= len(rows)
    return found, {"IsTruncated": False}


def _more(found: list[list[Any]], number: int, sources: Sequence[Source], room: int) -> dict[str, Any]:
    """The answer's members where the source of this number has more than there was room for."""
    if not room:  # the page ended with the source before
        return {"IsTruncated": True, "Marker": _marker(number, None)}
    return {"IsTruncated": True, "Marker": _marker(number, getattr(found[number][-1], sources[number].order))}


def cut(items: Sequence[T], marker: str | None, max_items: int | None) -> tuple[Sequence[T], dict[str, Any]]:
    """One page of a list that AWS keeps short, such as tags."""
    _, last = _read(marker)
    start = last if isinstance(last, int) else 0
    end = start + (max_items or MAX_ITEMS)
    if end < len(items):
        return items[start:end], {"IsTruncated": True, "Marker": _marker(0, end)}
    return items[start:], {"IsTruncated": False}


def _marker(number: int, last: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([number, last], ensure_ascii=False).encode()).decode()


def _read(marker: str | None) -> tuple[int, Any]:
    if marker is None:
        return 0, None
    try:
        number, last = json.loads(base64.b64decode(marker.encode(), altchars=b"-_", validate=True))
        if type(number) is not int or not (last is None or type(last) in (int, str)):
            raise ValueError(marker)
        if isinstance(last, int) and not 0 <= last < 1 << 63:
            raise ValueError(marker)
    except (binascii.Error, ValueError, TypeError, RecursionError) as fault:
        raise errors.ValidationError(reason=f"Invalid Marker: {marker}") from fault
    return number, last
