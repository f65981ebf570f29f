"""EC2 filter values as SQL: ``*`` and ``?`` are wildcards, a backslash escapes, values are OR-ed, case counts."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, DateTime, Float, Integer, Numeric, false, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import String

_WILD = re.compile(r"[*?\\]")
_PIECE = re.compile(r"\\.|.", re.DOTALL)
_INTEGER = re.compile(r"-?[0-9]{1,18}")


class iso8601(GenericFunction[str]):  # noqa: N801  named as the SQL function that it stands for
    """A timestamp column as EC2 writes it: ``2026-11-22T10:30:56.000Z``."""

    type = String()
    inherit_cache = True


@compiles(iso8601, "sqlite")
def _iso8601_sqlite(element: iso8601, compiler: SQLCompiler, **keywords: Any) -> str:
    return f"(replace(substr({compiler.process(element.clauses, **keywords)}, 1, 23), ' ', 'T') || 'Z')"


@compiles(iso8601, "postgresql")
def _iso8601_postgresql(element: iso8601, compiler: SQLCompiler, **keywords: Any) -> str:
    return f'to_char({compiler.process(element.clauses, **keywords)}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')'


def matches(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """A condition that holds where the column's value, as EC2 writes it, matches one of ``values``."""
    kind = column.type
    if isinstance(kind, Boolean):
        wanted = [{"true": True, "false": False}[v] for v in values if v in ("true", "false")]
        return column.in_(wanted) if wanted else false()
    if isinstance(kind, Integer):
        numbers = [int(v) for v in values if _INTEGER.fullmatch(v)]
        patterns = [v for v in values if _WILD.search(v)]
        terms = [column.in_(numbers)] if numbers else []
        return or_(false(), *terms, *(_like(column.cast(String), p) for p in patterns))
    if isinstance(kind, (Float, Numeric)):
        return or_(false(), *(_text(column.cast(String), [v]) for v in values))
    if isinstance(kind, (DateTime, Date)):
        return _text(iso8601(column), values)
    return _text(column, values)


def _text(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    exact = [v for v in values if not _WILD.search(v)]
    terms: list[ColumnElement[bool]] = [column.in_(exact)] if exact else []
    terms += [_like(column, v) for v in values if _WILD.search(v)]
    return or_(false(), *terms)


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    return column.like(like_pattern(pattern), escape="!")


def like_pattern(pattern: str) -> str:
    """An EC2 pattern as a LIKE pattern with ``!`` as its escape."""

    def piece(match: re.Match[str]) -> str:
        part = match.group()
        if part == "*":
            return "%"
        if part == "?":
            return "_"
        if len(part) == 2:
            part = part[1]
        return f"!{part}" if part in "%_!" else part

    return _PIECE.sub(piece, pattern)


def as_regex(pattern: str) -> re.Pattern[str]:
    """An EC2 pattern as a regular expression for the whole of a text, where a value is not in the database."""

    def piece(match: re.Match[str]) -> str:
        part = match.group()
        return {"*": ".*", "?": "."}.get(part) or re.escape(part[-1])

    return re.compile(_PIECE.sub(piece, pattern), re.DOTALL)
