"""Every operator of conditions, by the tables of IAM's documentation."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.policies.conditions import Condition

OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
    *("NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals"),
    *("DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals"),
    *("IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
)
NEGATED = {name for name in OPERATORS if "Not" in name}
SAMPLE = {"S": "x", "N": "1", "D": "2026-01-01", "B": "true", "I": "10.0.0.0/8", "A": "arn:aws:s3:::b"}


def sample(name: str) -> str:
    return SAMPLE["I" if "Ip" in name else name[0]]


def holds(operator: str, wanted: str | Sequence[str], found: str | Sequence[str] | None) -> bool:
    values = [wanted] if isinstance(wanted, str) else wanted
    given = (found,) if isinstance(found, str) else found
    facts = {"aws:key": given, "aws:username": ("ann",)}
    return Condition(operator, "AWS:Key", values, variables=True).holds(facts.get)


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", [], "b", False),
        ("StringEquals", "${aws:username}", "ann", True),
        ("StringEquals", "${aws:none}", "", False),
        ("StringEquals", "a${*}", "a*", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringEqualsIgnoreCase", "Straße", "STRASSE", True),
        ("StringEqualsIgnoreCase", "${aws:username}", "ANN", True),
        ("StringNotEqualsIgnoreCase", "a", "A", False),
        ("StringLike", "a*", "ab", True),
        ("StringLike", "a*", "Ab", False),
        ("StringLike", "home/${aws:username}/*", "home/ann/x", True),
        ("StringLike", ["", "home/"], "", True),
        ("StringNotLike", "a?", "ab", False),
        ("StringNotLike", "a?", "abc", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "100", False),
        ("NumericGreaterThan", "10", "100", True),
        ("NumericGreaterThanEquals", "-1", "-1", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericNotEquals", "10", "ten", True),
        ("DateEquals", "2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", True),
        ("DateNotEquals", "2026-11-22", "2026-11-23", True),
        ("DateLessThan", "2026-11-22T10:00:00Z", "2026-11-22T09:59:59Z", True),
        ("DateLessThanEquals", "2026", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2026-11", "2026-11-01T00:00:01Z", True),
        ("DateGreaterThan", "1700000000", "2026-11-01T00:00:01Z", True),
        ("DateGreaterThanEquals", "2026-11-22", "2026-11-21", False),
        ("DateLessThan", "2026-11-22", "soon", False),
        ("Bool", "true", "true", True),
        ("Bool", "TRUE", "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "qmluYXJ5", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", "203.0.113.7/24", "203.0.113.9", True),
        ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
        ("IpAddress", "127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("IpAddress", "::/0", "127.0.0.1", False),
        ("IpAddress", "10.0.0.0/8", "nowhere", False),
        ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
        ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", True),
        ("ArnEquals", "arn:aws:s3:::b", "arn:aws:s3:::b", True),
        ("ArnEquals", "arn:aws:s3:::b*", "arn:aws:s3:::bb", True),
        ("ArnLike", "arn:aws:sns:*:111122223333:*", "arn:aws:sns:us-east-1:111122223333:t:x", True),
        ("ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:us-east-1:111122223333:t", True),
        ("ArnLike", "arn:*:user/x", "arn:aws:iam::111122223333:user/x", True),
        ("ArnLike", "arn:aws:*:*:*:user/x", "arn:aws:iam::111122223333:y:user/x", False),
        ("ArnLike", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::111122223333:user/ann", True),
        ("ArnLike", "*", "no arn", False),
        ("ArnNotLike", "arn:aws:s3:::b*", "arn:aws:s3:::c", True),
        ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::b", False),
    ],
)
def test_operators(operator: str, wanted: str | list[str], found: str, expected: bool) -> None:
    assert holds(operator, wanted, found) is expected


@pytest.mark.parametrize("operator", OPERATORS)
def test_keys_that_a_request_has_not(operator: str) -> None:
    value = sample(operator)
    assert holds(operator, value, None) is (operator in NEGATED)
    assert holds(f"{operator}IfExists", value, None)
    assert holds(f"ForAllValues:{operator}", value, None)
    assert holds(f"ForAllValues:{operator}", value, ())
    assert not holds(f"ForAnyValue:{operator}", value, None)
    assert holds(f"ForAnyValue:{operator}IfExists", value, None)


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        ("true", None, True),
        ("true", (), True),
        ("true", "x", False),
        ("false", None, False),
        ("false", "", True),
        (["true", "false"], None, True),
    ],
)
def test_null(wanted: str | list[str], found: str | None, expected: bool) -> None:
    assert holds("Null", wanted, found) is expected


@pytest.mark.parametrize(
    ("operator", "found", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("a", "d"), False),
        ("ForAnyValue:StringNotEquals", ("a", "d"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("StringEquals", ("c", "a"), True),
        ("StringNotEquals", ("c", "a"), False),
    ],
)
def test_keys_of_several_values(operator: str, found: tuple[str, ...], expected: bool) -> None:
    assert holds(operator, ["a", "b"], found) is expected


@pytest.mark.parametrize("name", ["stringEquals", "StringMatches", "NullIfExists", "Any:StringEquals", "NotBool", ""])
def test_unknown_operators(name: str) -> None:
    with pytest.raises(LookupError):
        Condition(name, "aws:key", ["1"], variables=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NumericEquals", "one"),
        ("NumericEquals", "NaN"),
        ("DateEquals", "tomorrow"),
        ("Bool", "yes"),
        ("Null", "maybe"),
        ("IpAddress", "300.0.0.0/8"),
        ("IpAddress", "10.0.0.0/64"),
    ],
)
def test_values_that_mean_nothing(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Condition(name, "aws:key", [value], variables=True)


@given(operator=st.sampled_from(OPERATORS), wanted=st.text(max_size=12), found=st.text(max_size=12) | st.none())
def test_a_negated_operator_is_the_opposite(operator: str, wanted: str, found: str | None) -> None:
    """Whatever the values: two operators that differ by Not never agree, and no text of a request raises."""
    try:
        met = holds(operator, wanted, found)
    except ValueError:
        return
    plain = {"NotIpAddress": "IpAddress"}.get(operator, operator.replace("Not", "", 1))
    if plain != operator:
        assert holds(plain, wanted, found) is not met
