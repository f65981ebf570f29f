"""Wildcards and variables of policies."""

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.policies.patterns import Patterns, Template

VALUES: dict[str, Sequence[str]] = {
    "aws:username": ("ann",),
    "aws:principaltag/team": ("a*b",),
    "aws:tagkeys": ("one", "two"),
}


def matches(pattern: str, text: str, *, fold: bool = False, variables: bool = False) -> bool:
    return Patterns([pattern], fold=fold, variables=variables).match(text, VALUES.get)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("*", "a/b\nc", True),
        ("?", "", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*", "a", True),
        ("a*", "ba", False),
        ("*a", "ba", True),
        ("*a", "ab", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*ab*ab", "ab", False),
        ("*ab*ab", "abab", True),
        ("a**b", "ab", True),
        ("a.c", "abc", False),
        ("A", "a", False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:us-east-1:111122223333:instance/i-1", True),
    ],
)
def test_wildcards(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_case() -> None:
    assert matches("S3:Get*", "s3:getobject", fold=True)
    assert matches("s3:get?bject", "S3:GETObject", fold=True)
    assert not matches("s3:Get*", "s3:getobject")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("home/${aws:username}/*", "home/ann/x", True),
        ("home/${AWS:UserName}/*", "home/ann/x", True),
        ("home/${aws:username}/*", "home/bob/x", False),
        ("home/${aws:none}/*", "home//x", False),
        ("home/${aws:none, 'all'}/*", "home/all/x", True),
        ("${aws:principaltag/team}", "a*b", True),
        ("${aws:principaltag/team}", "axb", False),
        ("${aws:tagkeys}", "one", False),
        ("a${*}", "a*", True),
        ("a${*}", "ab", False),
        ("a${?}${$}", "a?$", True),
        ("${", "${", True),
    ],
)
def test_variables(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text, variables=True) is expected


def test_without_variables_a_dollar_is_a_dollar() -> None:
    assert matches("${aws:username}", "${aws:username}")
    assert Template("x${aws:username}y").text(VALUES.get) == "xanny"


def test_no_pattern_takes_long() -> None:
    began = time.monotonic()
    assert not matches("*a" * 40 + "b", "a" * 1024)
    assert not matches("a*" * 40 + "?b", "a" * 1024)
    assert time.monotonic() - began < 2


pattern_texts = st.text(alphabet="ab*?", max_size=8)


@given(patterns=st.lists(pattern_texts, min_size=1, max_size=3), text=st.text(alphabet="ab*", max_size=8))
def test_wildcards_mean_what_a_plain_expression_means(patterns: list[str], text: str) -> None:
    plain = [re.escape(p).replace(r"\*", ".*").replace(r"\?", ".") for p in patterns]
    expected = any(re.fullmatch(p, text, re.DOTALL) for p in plain)
    assert Patterns(patterns).match(text, VALUES.get) is expected
    assert Patterns([p.upper() for p in patterns], fold=True).match(text, VALUES.get) is expected


@given(value=st.text(max_size=10), text=st.text(alphabet="ab*?", max_size=6))
def test_values_of_variables_are_literal(value: str, text: str) -> None:
    patterns = Patterns(["a${aws:username}b"], variables=True)
    assert patterns.match(f"a{value}b", lambda _: (value,))
    assert patterns.match(f"a{text}b", lambda _: (value,)) is (text == value)
