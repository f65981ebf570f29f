"""Filter values in SQL against the same rules written in Python."""

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, DateTime, Integer, String, literal, select

from backend.db.engine import Database
from backend.db.matching import as_regex, matches

_TEXT = st.text(st.sampled_from("ab%_!\\*?é"), max_size=6)


ENGINE = Database(f"sqlite:///{tempfile.mkdtemp()}/matching.db").engine


def in_sql(value: str, patterns: Sequence[str]) -> bool:
    with ENGINE.connect() as connection:
        return bool(connection.execute(select(matches(literal(value, String), patterns))).scalar())


def in_python(value: str, pattern: str) -> bool:
    """``*`` any run, ``?`` one character, a backslash takes the next one literally."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    translated = "".join(
        ".*" if p == "*" else "." if p == "?" else re.escape(p[1] if len(p) == 2 else p) for p in parts
    )
    return re.fullmatch(translated, value, re.DOTALL) is not None


@given(_TEXT, st.lists(_TEXT, min_size=1, max_size=3))
def test_wildcards_and_escapes(value: str, patterns: list[str]) -> None:
    assert in_sql(value, patterns) == any(in_python(value, p) for p in patterns)


@given(_TEXT, _TEXT)
def test_the_same_outside_the_database(value: str, pattern: str) -> None:
    assert bool(as_regex(pattern).fullmatch(value)) == in_sql(value, [pattern])


@given(_TEXT)
def test_an_escaped_value_matches_itself_only(value: str) -> None:
    escaped = re.sub(r"([\\*?])", r"\\\1", value)
    assert in_sql(value, [escaped])
    assert not in_sql(value + "x", [escaped])


def test_case_counts() -> None:
    assert not in_sql("Web", ["web"])
    assert not in_sql("Web", ["we*"])


@given(st.integers(-5, 100), st.sampled_from(["7", "1*", "?", "-1", "x", "", "10"]))
def test_numbers_match_as_text(value: int, pattern: str) -> None:
    with ENGINE.connect() as connection:
        found = connection.execute(select(matches(literal(value, Integer), [pattern]))).scalar()
    assert bool(found) == in_python(str(value), pattern)


def test_booleans_and_times() -> None:
    with ENGINE.connect() as connection:
        assert connection.execute(select(matches(literal(True, Boolean), ["true"]))).scalar()
        assert not connection.execute(select(matches(literal(True, Boolean), ["True", "1"]))).scalar()
        at = literal(datetime(2026, 11, 22, 10, 30, 56), DateTime)
        for pattern, wanted in (("2026-11-22T10:30:56.000Z", 1), ("2026-11-22T*", 1), ("2026-11-23*", 0)):
            assert connection.execute(select(matches(at, [pattern]))).scalar() == wanted
