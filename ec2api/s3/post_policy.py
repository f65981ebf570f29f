"""The policy of a form: which fields it may have, with which values, how large its file may be, and until when.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html. Names of fields and of operations
are the same in whatever case; values are not.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from backend import errors

_EXEMPT = frozenset({"x-amz-signature", "awsaccesskeyid", "signature", "file", "policy"})
_IGNORED = "x-ignore-"
_MEMBERS = ("expiration", "conditions")
_EXPIRATION = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?Z", re.ASCII)
_RANGE = "content-length-range"


@dataclass(frozen=True, slots=True)
class _Condition:
    operation: str
    field: str
    value: str
    source: str
    """As S3 shows it where it is not met."""

    def is_met(self, value: str | None) -> bool:
        """Whether a field has such a value; None, which meets nothing, where a form does not have the field."""
        if value is None or not self.field:
            return False
        if self.operation == "eq":
            return value == self.value
        # A list of types must be of such types throughout.
        values = value.split(",") if self.field == "content-type" else [value]
        return all(each.strip().startswith(self.value) for each in values)


@dataclass(frozen=True, slots=True)
class Policy:
    """``expiration`` is in naive UTC; ``sizes`` is the least and the most bytes that the file may have."""

    expiration: datetime
    conditions: tuple[_Condition, ...]
    sizes: tuple[int, int] | None

    def check(self, fields: Mapping[str, str], *, bucket: str, now: datetime) -> None:
        """AccessDenied unless these ``fields``, by lower-case name, may be sent to ``bucket`` at this moment."""
        if now > self.expiration:
            raise errors.PolicyNotMet(reason="Policy expired.")
        values = {**fields, "bucket": bucket}
        for condition in self.conditions:
            if not condition.is_met(values.get(condition.field)):
                raise errors.PolicyNotMet(reason=f"Policy Condition failed: {condition.source}")
        named = {condition.field for condition in self.conditions} | _EXEMPT
        extra = sorted(name for name in values if name not in named and not name.startswith(_IGNORED))
        if extra:
            raise errors.PolicyNotMet(reason=f"Extra input fields: {', '.join(extra)}")


def read(text: str) -> Policy:
    """A policy from the base64 of its JSON; InvalidPolicyDocument for what is not one."""
    document = _document(text)
    for name in document:
        if name not in _MEMBERS:
            _refuse(f"Unexpected: '{name}'.")
    for name in _MEMBERS:
        if name not in document:
            _refuse(f"Policy missing {name}.")
    expiration = _expiration(document["expiration"])
    if not isinstance(document["conditions"], list):
        _refuse("Invalid 'conditions' value: must be a List.")
    conditions, sizes = [], None
    for item in document["conditions"]:
        if isinstance(item, dict):
            conditions.append(_simple(item))
        elif isinstance(item, list):
            operation = _operation(item)
            if operation == _RANGE:
                sizes = _sizes(item)
            else:
                conditions.append(_comparison(operation, item))
        else:
            _refuse("Invalid condition test: must be a List or Object.")
    return Policy(expiration, tuple(conditions), sizes)


def _document(text: str) -> dict[str, Any]:
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        _refuse("invalid Base64 encoding.")
    if not decoded.strip():
        _refuse("Expecting '{' but found End-of-Input")
    try:
        document = json.loads(decoded)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        _refuse("Invalid JSON.")
    return document


def _expiration(value: object) -> datetime:
    if not isinstance(value, str):
        _refuse("Invalid JSON.")
    found = _EXPIRATION.fullmatch(value)
    try:
        return datetime.fromisoformat(found[1] if found else "")
    except ValueError:
        _refuse(f"Invalid 'expiration' value: '{value}'")


def _simple(item: dict[str, Any]) -> _Condition:
    if len(item) != 1:
        _refuse("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
    ((name, value),) = item.items()
    if not isinstance(value, str):
        _refuse("Invalid Simple-Condition: value must be a string.")
    source = json.dumps(["eq", f"${name}", value], ensure_ascii=False)
    return _Condition("eq", name.lower(), value, source)


def _operation(item: list[Any]) -> str:
    if not item:
        _refuse("Invalid Condition: missing operation identifier.")
    operation = item[0].lower() if isinstance(item[0], str) else ""
    if operation not in {"eq", "starts-with", _RANGE}:
        _refuse(f"Invalid Condition: unknown operation '{item[0]}'.")
    if len(item) != 3:
        _refuse(f"Invalid {operation}: wrong number of arguments.")
    return operation


def _comparison(operation: str, item: list[Any]) -> _Condition:
    _, field, value = item
    if not isinstance(field, str) or not isinstance(value, str):
        _refuse("Invalid JSON.")
    source = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    # Without its dollar sign a field is none, and its condition is never met.
    return _Condition(operation, field[1:].lower() if field.startswith("$") else "", value, source)


def _sizes(item: list[Any]) -> tuple[int, int]:
    least, most = (_size(value) for value in item[1:])
    if least > most:
        _refuse(f"Invalid {_RANGE}: the least size is more than the most.")
    return least, most


def _size(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("Invalid JSON.")
    if value < 0:
        _refuse(f"Invalid {_RANGE}: a size cannot be negative.")
    return value


def _refuse(reason: str) -> NoReturn:
    raise errors.InvalidPolicyDocument(reason=reason)
