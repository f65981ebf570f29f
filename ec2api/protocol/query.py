"""Turns the form of an EC2 or query protocol call into the values that its input shape describes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Literal

from botocore.model import ListShape, MapShape, Shape, StructureShape

from backend.errors import (
    CloudError,
    InvalidParameterValue,
    MalformedRequest,
    MissingParameter,
    UnknownParameter,
    ValidationError,
)
from ec2api.protocol.scalars import Convert, converter, is_limited, limits, refused, shortened, violated

Dialect = Literal["ec2", "query"]
Fields = list[tuple[str, str]]  # what is left of a dotted name below the parameter at hand, and the value
Parse = Callable[[Fields, str], Any]  # of the fields, and the wire name of the parameter they belong to

MAX_FIELDS = 20_000
MAX_DIGITS = 9  # of the number of a list's item
MAX_DEPTH = 64  # dots in a name: only a shape that holds itself can have more


def parse(
    form: Iterable[tuple[str, str]],
    shape: StructureShape | None,
    *,
    dialect: Dialect,
    open_enums: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The values of a call, by the names and in the types that a boto3 user gives; timestamps are in UTC.

    ``form`` has the decoded fields without those of every call (Action, Version, the signature); ``shape`` is
    the operation's input. Strings of the shapes named in ``open_enums`` may be outside their enum or limits, and
    required members of them absent. Raises
    UnknownParameter, MissingParameter, ValidationError, InvalidParameterValue and MalformedQueryString, and nothing
    else.
    """
    fields = list(islice(form, MAX_FIELDS + 1))
    if len(fields) > MAX_FIELDS:
        raise MalformedRequest(reason=f"The request has more than {MAX_FIELDS} parameters.")
    for name, _ in fields:
        if name.count(".") > MAX_DEPTH:
            raise _unknown(name)
    try:
        return _parser(shape, dialect, open_enums)(fields, "")
    except InvalidParameterValue as fault:
        if dialect == "ec2":
            raise
        raise violated(fault) from None


@cache
def _parser(shape: StructureShape | None, dialect: Dialect, open_enums: frozenset[str]) -> "Structure":
    rules = Rules(dialect, open_enums)
    return Structure(shape.members, shape.required_members, rules) if shape else Structure({}, (), rules)


def _unknown(name: str) -> CloudError:
    return UnknownParameter(name=shortened(name))


@dataclass(frozen=True)
class Rules:
    """What decides how a shape is parsed besides the shape itself."""

    dialect: Dialect
    open_enums: frozenset[str]

    def wire_name(self, name: str, shape: Shape) -> str:
        """The name of a structure's member in a form, as botocore.serialize writes it."""
        given = shape.serialization
        if self.dialect == "ec2":
            location = given.get("name", "")
            return str(given.get("queryName") or location[:1].upper() + location[1:] or name)
        if isinstance(shape, ListShape) and given.get("flattened"):
            name = given.get("name", name)
            return str(shape.member.serialization.get("name", name))
        return str(given.get("name", name))

    def missing(self, name: str) -> CloudError:
        """The error for a required parameter that is not there. The query services word it as other limits."""
        if self.dialect == "ec2":
            return MissingParameter(name=name)
        member = ".".join(part[:1].lower() + part[1:] for part in name.split("."))
        return ValidationError(
            reason=f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null"
        )

    def item_prefix(self, shape: ListShape | MapShape) -> str:
        """What stands between the name of a list or map and the number of an item."""
        if shape.serialization.get("flattened") or (self.dialect == "ec2" and isinstance(shape, ListShape)):
            return ""
        if isinstance(shape, MapShape):
            return "entry."
        return str(shape.member.serialization.get("name", "member")) + "."


class Structure:
    """Parses the fields of one structure; its tables wait for a first call, since a shape may hold itself."""

    __slots__ = ("_empty", "_members", "_nested", "_required", "_rules", "_scalars")

    def __init__(self, members: Mapping[str, Shape], required: Iterable[str], rules: Rules) -> None:
        self._members, self._rules = members, rules
        self._required = [
            (name, rules.wire_name(name, members[name]))
            for name in required
            if members[name].name not in rules.open_enums
        ]
        self._scalars: dict[str, tuple[str, Convert]] | None = None  # wire name -> member, conversion
        self._nested: dict[str, tuple[str, Parse]] = {}
        self._empty: dict[str, tuple[str, Parse]] = {}  # lists that the query protocol sends as an empty text

    def __call__(self, fields: Fields, path: str) -> dict[str, Any]:
        scalars = self._scalars if self._scalars is not None else self._compile()
        prefix = f"{path}." if path else ""
        values: dict[str, Any] = {}
        groups: dict[str, Fields] = {}
        for key, text in fields:
            if scalar := scalars.get(key):
                name, convert = scalar
                if name in values:
                    raise refused(text, prefix + key, "It is given more than once.")
                values[name] = convert(text, prefix + key)
                continue
            head, dot, rest = key.partition(".")
            if dot and head in self._nested:
                groups.setdefault(head, []).append((rest, text))
            elif not text and key in self._empty:
                name, parse = self._empty[key]
                values[name] = parse([], prefix + key)
            else:
                raise _unknown(prefix + key)
        for head, group in groups.items():
            name, parse = self._nested[head]
            if name in values:
                raise _unknown(prefix + head)
            values[name] = parse(group, prefix + head)
        for name, wire in self._required:
            if name not in values:
                raise self._rules.missing(prefix + wire)
        return values

    def _compile(self) -> dict[str, tuple[str, Convert]]:
        scalars: dict[str, tuple[str, Convert]] = {}
        for name, shape in self._members.items():
            wire = self._rules.wire_name(name, shape)
            parse = _nested(shape, self._rules)
            if parse is None:
                scalars[wire] = name, converter(shape, self._rules.open_enums)
                continue
            self._nested[wire] = name, parse
            if isinstance(shape, ListShape) and self._rules.dialect == "query":
                self._empty[shape.serialization.get("name", name)] = name, parse
        self._scalars = scalars  # last: another thread takes it to mean that all tables are there
        return scalars


def _nested(shape: Shape, rules: Rules) -> Parse | None:
    """A parser for a structure, list or map; None for a scalar."""
    if isinstance(shape, StructureShape):
        return Structure(shape.members, shape.required_members, rules)
    if isinstance(shape, ListShape):
        return _list(shape, rules)
    if isinstance(shape, MapShape):
        return _map(shape, rules)
    return None


def _list(shape: ListShape, rules: Rules) -> Parse:
    inner = _nested(shape.member, rules)
    prefix = rules.item_prefix(shape)
    items = _texts(converter(shape.member, rules.open_enums), prefix) if inner is None else _numbered(inner, prefix)
    if not is_limited(shape):
        return items
    least, most, words = limits(shape)

    def limited(fields: Fields, path: str) -> list[Any]:
        values = items(fields, path)
        if not least <= len(values) <= most:
            raise refused(f"{len(values)} items", path, f"Expecting a number of items {words}.")
        return values

    return limited


def _map(shape: MapShape, rules: Rules) -> Parse:
    entry = Structure({"key": shape.key, "value": shape.value}, ("key", "value"), rules)
    entries = _numbered(entry, rules.item_prefix(shape))

    def parse(fields: Fields, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for pair in entries(fields, path):
            if pair["key"] in values:
                raise refused(pair["key"], path, "The key is given more than once.")
            values[pair["key"]] = pair["value"]
        return values

    return parse


def _texts(convert: Convert, prefix: str) -> Callable[[Fields, str], list[Any]]:
    """A parser for a list of scalars."""

    def parse(fields: Fields, path: str) -> list[Any]:
        values: dict[int, Any] = {}
        for key, text in fields:
            number = _number(_below(prefix, key), path, key)
            if number in values:
                raise refused(text, f"{path}.{key}", "It is given more than once.")
            values[number] = convert(text, f"{path}.{key}")
        return [values[number] for number in sorted(values)]

    return parse


def _numbered(inner: Parse, prefix: str) -> Callable[[Fields, str], list[Any]]:
    """A parser for a list of structures, lists or maps."""

    def parse(fields: Fields, path: str) -> list[Any]:
        groups: dict[int, Fields] = {}
        for key, text in fields:
            index, dot, rest = _below(prefix, key).partition(".")
            if not dot:
                raise _unknown(f"{path}.{key}")
            groups.setdefault(_number(index, path, key), []).append((rest, text))
        return [inner(groups[number], f"{path}.{prefix}{number}") for number in sorted(groups)]

    return parse


def _below(prefix: str, key: str) -> str:
    return key[len(prefix) :] if key.startswith(prefix) else ""


def _number(index: str, path: str, key: str) -> int:
    if len(index) <= MAX_DIGITS and index.isdecimal() and index.isascii():
        return int(index)
    raise _unknown(f"{path}.{key}")
