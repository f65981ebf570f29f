"""The conditions of policies: every operator that IAM documents.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and, for keys of
several values, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from backend.policies.patterns import Lookup, Patterns, Template

Test = Callable[[str, Lookup], bool]
"""Whether one value of a request matches any value of the condition."""

Build = Callable[[Sequence[str], bool], Test]
"""Makes a test of a condition's values, in which there may be variables."""

_SETS = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS = "IfExists"
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_EPOCH = re.compile(r"[0-9]{5,11}(?:\.[0-9]{1,9})?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


class Condition:
    """One key of one operator; ``holds`` for requests. LookupError for an unknown operator, ValueError for a value
    that it cannot compare."""

    __slots__ = ("_all", "_any", "_if_exists", "_negated", "_null", "_test", "key", "operator", "values")

    def __init__(self, named: str, key: str, values: Sequence[str], *, variables: bool) -> None:
        self.operator, self.key, self.values = named, key.lower(), tuple(values)
        self._all, self._any = (named.startswith(prefix) for prefix in _SETS)
        bare = named.partition(":")[2] if self._all or self._any else named
        self._null = bare == "Null"
        self._if_exists = bare.endswith(_IF_EXISTS)
        bare = bare.removesuffix(_IF_EXISTS)
        self._negated = bare in _NEGATED
        if self._null:
            if {value.lower() for value in values} - {"true", "false"}:
                raise ValueError(named)
            self._test: Test = _never
            return
        build = _OPERATORS.get(_NEGATED.get(bare, bare))
        if build is None:
            raise LookupError(named)
        self._test = build(values, variables)

    @property
    def limits(self) -> bool:
        """Whether only requests that have the key, and one of these values, meet it."""
        return not (self._negated or self._null or self._if_exists or self._all)

    def holds(self, lookup: Lookup) -> bool:
        found = lookup(self.key)
        if self._null:
            return any((value.lower() == "true") == (not found) for value in self.values)
        if not found:
            return self._if_exists or self._all or (self._negated and not self._any)
        met = (self._test(value, lookup) != self._negated for value in found)
        return any(met) if self._any or not (self._all or self._negated) else all(met)


def _never(_value: str, _lookup: Lookup) -> bool:
    return False


def _equals(values: Sequence[str], variables: bool, *, fold: bool = False) -> Test:
    fixed = frozenset(_folded(v, fold) for v in values if not (variables and "${" in v))
    templates = [Template(v) for v in values if variables and "${" in v]

    def test(value: str, lookup: Lookup) -> bool:
        value = _folded(value, fold)
        if value in fixed:
            return True
        texts = (template.text(lookup) for template in templates)
        return any(text is not None and _folded(text, fold) == value for text in texts)

    return test


def _folded(text: str, fold: bool) -> str:
    return text.casefold() if fold else text


def _like(values: Sequence[str], variables: bool) -> Test:
    return Patterns(values, variables=variables).match


def _arn_like(values: Sequence[str], variables: bool) -> Test:
    """Each of the six parts of an ARN for itself, so that no ``*`` reaches over a colon into another part."""
    whole = Patterns([value for value in values if len(_arn_parts(value)) < 6], variables=variables)
    in_parts = [
        [Patterns([part], variables=variables) for part in parts]
        for parts in map(_arn_parts, values)
        if len(parts) == 6
    ]

    def test(value: str, lookup: Lookup) -> bool:
        given = value.split(":", 5)
        if len(given) < 6:
            return False
        return whole.match(value, lookup) or any(
            all(pattern.match(part, lookup) for pattern, part in zip(parts, given, strict=True)) for parts in in_parts
        )

    return test


def _arn_parts(text: str) -> list[str]:
    """What stands between the colons, of which variables have their own."""
    hidden = _VARIABLE.sub(lambda found: found[0].replace(":", "\0"), text)
    return [part.replace("\0", ":") for part in hidden.split(":", 5)]


def _compared(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Build:
    def build(values: Sequence[str], _variables: bool) -> Test:
        wanted = [parse(value) for value in values]

        def test(value: str, _lookup: Lookup) -> bool:
            try:
                found = parse(value)
            except ValueError:
                return False
            return any(compare(found, other) for other in wanted)

        return test

    return build


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _moment(text: str) -> datetime:
    """A W3C form of ISO 8601, or seconds since 1970."""
    if _EPOCH.fullmatch(text):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text))
    found = datetime.fromisoformat(text + "-01-01"[3 * text.count("-") :] if len(text) <= 7 else text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bool(values: Sequence[str], _variables: bool) -> Test:
    wanted = frozenset(value.lower() for value in values)
    if wanted - {"true", "false"}:
        raise ValueError(values)
    return lambda value, _: value.lower() in wanted


def _binary(values: Sequence[str], _variables: bool) -> Test:
    wanted = frozenset(values)
    return lambda value, _: value in wanted


def _ip_address(values: Sequence[str], _variables: bool) -> Test:
    networks = [ipaddress.ip_network(value, strict=False) for value in values]
    ranges = [(n.version, int(n.network_address), int(n.broadcast_address)) for n in networks]

    def test(value: str, _lookup: Lookup) -> bool:
        found = _address(value)
        return any(version == v and first <= number <= last for version, number in found for v, first, last in ranges)

    return test


@lru_cache(maxsize=1024)
def _address(text: str) -> tuple[tuple[int, int], ...]:
    """The version and the number of an address, also of the IPv4 one that an IPv6 one maps; nothing for other texts."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ()
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return tuple((found.version, int(found)) for found in (address, mapped) if found is not None)


_OPERATORS: Mapping[str, Build] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": lambda values, variables: _equals(values, variables, fold=True),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _ip_address,
    **{f"Numeric{name}": _compared(_number, compare) for name, compare in _COMPARISONS.items()},
    **{f"Date{name}": _compared(_moment, compare) for name, compare in _COMPARISONS.items()},
}
_NEGATED: Mapping[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
"""Operators that hold where another does not: also where a request has no such key."""
