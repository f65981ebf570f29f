"""Turns the text of one request parameter into the value its shape describes, or refuses it."""

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from math import inf, isfinite

from botocore.model import Shape, StringShape

from backend.errors import CloudError, InvalidParameterValue, ValidationError
from ec2api.protocol.writers import NOT_XML

Value = str | int | float | bool | bytes | datetime
Convert = Callable[[str, str], Value]  # of a text, and the wire name of its parameter

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_BITS = {"integer": 31, "long": 63}
INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_EPOCH = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")
ISO8601 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_SHOWN = 256  # characters of a refused text, or of the name of a parameter, that an error repeats


def shortened(text: str) -> str:
    """The text as an error message shows it."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def refused(text: str, parameter: str, reason: str) -> CloudError:
    """The error for a value. It spells a parameter as AWS does there: ``instanceType``, ``filter.1.name``."""
    name = ".".join(part[:1].lower() + part[1:] for part in parameter.split("."))
    return InvalidParameterValue(value=shortened(text), name=shortened(name), reason=reason)


def violated(fault: InvalidParameterValue) -> CloudError:  # type: ignore[valid-type]
    """The same refusal as the query and JSON protocols word it."""
    value, name, reason = (fault.facts[key] for key in ("value", "name", "reason"))  # type: ignore[attr-defined]
    return ValidationError(
        reason=f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {reason}"
    )


def limits(shape: Shape) -> tuple[float, float, str]:
    """The least and the greatest number, length or count that the shape allows, and both in words."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if most is None:
        return least or 0, inf, f"of at least {least}"
    if least is None:
        return -inf, most, f"of at most {most}"
    return least, most, f"from {least} to {most}"


def is_limited(shape: Shape) -> bool:
    """Whether the shape limits its numbers, or the length of its texts or lists."""
    return "min" in shape.metadata or "max" in shape.metadata


def converter(shape: Shape, open_enums: frozenset[str]) -> Convert:
    """A function that converts texts by a shape that is no structure, list or map."""
    convert = _converter(shape, open_enums)
    return _discreet(convert) if shape.metadata.get("sensitive") else convert


def _converter(shape: Shape, open_enums: frozenset[str]) -> Convert:
    if isinstance(shape, StringShape):
        return _string(shape, open_enums)
    match shape.type_name:
        case "integer" | "long":
            return _within(shape, _integer(_BITS[shape.type_name]))
        case "float" | "double":
            return _within(shape, _double)
        case "boolean":
            return _boolean
        case "timestamp":
            return _timestamp
        case "blob":
            return _blob
    raise TypeError(f"No parameter can have the type {shape.type_name}.")


def _discreet(convert: Convert) -> Convert:
    """Keep the text of a password or key out of errors, which are logged."""

    def discreet(text: str, parameter: str) -> Value:
        try:
            return convert(text, parameter)
        except InvalidParameterValue:
            raise refused("***", parameter, "It does not have the form that the parameter needs.") from None

    return discreet


def _string(shape: StringShape, open_enums: frozenset[str]) -> Convert:
    if shape.name in open_enums:
        return _text
    if shape.enum:
        return _enum(shape)
    pattern = pattern_of(shape)
    if not pattern and not is_limited(shape):
        return _text
    least, most, words = limits(shape)

    def limited(text: str, parameter: str) -> str:
        if not least <= len(text) <= most:
            raise refused(text, parameter, f"Expecting a length {words}.")
        if pattern and not pattern.fullmatch(text):
            raise refused(text, parameter, f"It must match the pattern {shape.metadata['pattern']}")
        return _text(text, parameter)

    return limited


def _text(text: str, parameter: str) -> str:
    if not text.isprintable() and NOT_XML.search(text):
        raise refused(text, parameter, "It contains a character that XML cannot carry.")
    return text


def _enum(shape: StringShape) -> Convert:
    allowed = frozenset(shape.enum)
    few = f"Valid values: {', '.join(shape.enum)}." if len(allowed) <= 20 else "It is none of the valid values."

    def enum(text: str, parameter: str) -> str:
        if text not in allowed:
            raise refused(text, parameter, few)
        return text

    return enum


def pattern_of(shape: StringShape) -> re.Pattern[str] | None:
    return _pattern(shape.metadata.get("pattern", ""))


@cache
def _pattern(source: str) -> re.Pattern[str] | None:
    """The pattern of a string; None for none, and for those in Java's own syntax such as ``\\p{L}``."""
    # The whole text has to match, so anchors say nothing, and one model has an anchor amidst its pattern.
    try:
        return re.compile(re.sub(r"(?<![\[\\])\^", "", source), re.ASCII) if source else None
    except re.error:
        return None


def _within(shape: Shape, convert: Callable[[str, str], float]) -> Convert:
    """Also hold the shape's limits."""
    if not is_limited(shape):
        return convert
    least, most, words = limits(shape)

    def within(text: str, parameter: str) -> float:
        number = convert(text, parameter)
        if not least <= number <= most:
            raise refused(text, parameter, f"Expecting a value {words}.")
        return number

    return within


def _integer(bits: int) -> Callable[[str, str], int]:
    def integer(text: str, parameter: str) -> int:
        if not INTEGER.fullmatch(text):
            raise refused(text, parameter, "Expecting an integer.")
        number = int(text)
        if not -(1 << bits) <= number < 1 << bits:
            raise refused(text, parameter, f"Expecting an integer of {bits + 1} bits.")
        return number

    return integer


def _double(text: str, parameter: str) -> float:
    if _DECIMAL.fullmatch(text) and isfinite(number := float(text)):
        return number
    raise refused(text, parameter, "Expecting a finite number.")


def _boolean(text: str, parameter: str) -> bool:
    value = _BOOLEANS.get(text)
    if value is None:
        value = _BOOLEANS.get(text.lower())
    if value is None:
        raise refused(text, parameter, "Expecting true or false.")
    return value


def _timestamp(text: str, parameter: str) -> datetime:
    """A date, a date and time with or without an offset from UTC, or seconds since 1970."""
    try:
        if _EPOCH.fullmatch(text):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(text))
        if ISO8601.fullmatch(text):
            moment = datetime.fromisoformat(text.upper())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise refused(text, parameter, "Expecting a time such as 2026-11-22T10:30:56.000Z.")


def _blob(text: str, parameter: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise refused(text, parameter, "Expecting base64-encoded data.") from None
