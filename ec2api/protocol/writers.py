"""Compiles output shapes into functions that write a value as the XML text that botocore parses back.

A structure is written by a function that is generated from the members its values were seen to have, since
answers cost more than anything else in a call: a page of DescribeInstances has a hundred thousand elements.
One f-string for a whole structure takes half the time of a function call for each of its elements, and an
eighth of the time of lxml's builder.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from backend.shared import Shared

Write = Callable[[Any], str]

# What XML 1.0 cannot carry, not even as a character reference (https://www.w3.org/TR/xml/#charsets).
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape(value: str) -> str:
    """The value as XML text; what XML cannot carry becomes U+FFFD."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if value.isprintable():
        return value
    # A carriage return is written as a reference, because a parser takes a bare one for a line feed.
    return NOT_XML.sub("\ufffd", value).replace("\r", "&#13;")


@lru_cache(4096)
def timestamp(value: datetime | str) -> str:
    """2026-11-22T10:30:56.000Z; a datetime without a zone is UTC, a string is taken as formatted already."""
    if isinstance(value, str):
        return escape(value)
    if value.tzinfo is not None and value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat("T", "milliseconds")[:23] + "Z"


def _integer(value: int) -> str:
    return f"{value:d}"


def _double(value: float) -> str:
    return repr(float(value))


def _blob(value: bytes) -> str:
    return b64encode(value).decode()


_SCALARS: dict[str, Write] = {
    "string": escape,
    "boolean": {True: "true", False: "false"}.__getitem__,
    "integer": _integer,
    "long": _integer,
    "float": _double,
    "double": _double,
    "timestamp": timestamp,
    "blob": _blob,
}

_FORMATS = {"string": "", "integer": ":d", "long": ":d"}
"""How an f-string writes scalars without a call; texts are escaped already."""


def element(tag: str, shape: Shape, item: str, text: Write = escape) -> Write:
    """A function that writes values of ``shape`` as elements named ``tag``.

    ``item`` names the elements of a list whose model does not name them: "item" in the EC2 protocol, "member"
    in the query and REST protocols. A flattened list or map is one element for each of its items. ``text`` writes
    strings.
    """
    if isinstance(shape, StructureShape):
        structure = Structure(tag, shape, item, text)
        return lambda values: structure.write(values)  # noqa: PLW0108 - write is replaced as it learns
    if isinstance(shape, ListShape):
        return _list(tag, shape, item, text)
    if isinstance(shape, MapShape):
        return _map(tag, shape, item, text)
    scalar = text if shape.type_name == "string" else _SCALARS[shape.type_name]
    return lambda value: f"<{tag}>{scalar(value)}</{tag}>"


def _list(tag: str, shape: ListShape, item: str, text: Write) -> Write:
    if shape.serialization.get("flattened"):
        write = element(tag, shape.member, item, text)
        return lambda values: "".join(map(write, values))
    write = element(shape.member.serialization.get("name", item), shape.member, item, text)
    return lambda values: f"<{tag}>{''.join(map(write, values))}</{tag}>"


def _map(tag: str, shape: MapShape, item: str, text: Write) -> Write:
    key = element(shape.key.serialization.get("name", "key"), shape.key, item, text)
    content = element(shape.value.serialization.get("name", "value"), shape.value, item, text)

    def entries(values: Mapping[str, Any], tag: str) -> str:
        return "".join([f"<{tag}>{key(name)}{content(value)}</{tag}>" for name, value in values.items()])

    if shape.serialization.get("flattened"):
        return lambda values: entries(values, tag)
    return lambda values: f"<{tag}>{entries(values, 'entry')}</{tag}>"


def _namespace(shape: StructureShape | None) -> str:
    """The declaration of a prefix that the attributes of the structure's element need."""
    namespace = shape.serialization.get("xmlNamespace", {}) if shape else {}
    return f' xmlns:{namespace["prefix"]}="{namespace["uri"]}"' if "prefix" in namespace else ""


def _attribute(name: str) -> Write:
    # What is generated for strings has escaped the value, but for quotes.
    return lambda value: f' {name}="{value.replace(chr(34), "&quot;")}"'


# The generated function. A value that it has no place for goes to ``learn``, as does one that lacks a member
# which all values before it had. Texts are looked at together, since few of them need escaping.
_WRITE = """
def write(values):
    try:
        {take}
    except KeyError:
        return learn(values)
    {get}
    if {missing} or len(values) != {count} and not values.keys() <= known:
        return learn(values)
{escape}
    return f"{content}"
"""
_ESCAPE = """
    text = join(({texts},))
    if not text.isprintable() or "&" in text or "<" in text or ">" in text:
        {escape}
"""


class Structure:
    """Writes values of one structure shape: as elements named ``tag`` or, without a tag, their content alone.

    ``write`` is generated anew whenever a value teaches something: a member not seen before, or that a member
    can be absent. Each teaches twice at most, so it settles soon; members that no answer has cost nothing.
    Threads may learn at once: every generated function checks that it has a place for all it is given.
    Without a shape the only value is an empty one.
    """

    __slots__ = (
        "_item",
        "_members",
        "_names",
        "_optional",
        "_required",
        "_sources",
        "_tag",
        "_text",
        "_title",
        "write",
    )

    def __init__(self, tag: str | None, shape: StructureShape | None, item: str, text: Write = escape) -> None:
        self._tag, self._item, self._text = tag, item, text
        self._title = shape.name if shape else "The answer"
        self._members: Mapping[str, Shape] = shape.members if shape else {}
        self._required: frozenset[str] | None = None  # what every value had; None before the first value
        self._optional: frozenset[str] = frozenset()  # what some values had, or had as None
        self._sources: dict[str, str] = {}  # member -> the part of an f-string that writes it
        self._names: dict[str, Any] = {"join": "".join, "escape": text, "learn": self._learn, "Shared": Shared}
        self._names["namespace"] = _namespace(shape)
        self.write: Write = self._learn

    def kept(self, values: Shared) -> str:
        """What ``write`` made of this very object the first time."""
        try:
            return values.texts[self]
        except AttributeError:
            values.texts = {}
        except KeyError:
            pass
        text = values.texts[self] = self.write(values)
        return text

    def _learn(self, values: Mapping[str, Any]) -> str:
        """Write what the generated function has no place for; KeyError for a member that the shape lacks."""
        if unknown := values.keys() - self._members.keys():
            raise KeyError(f"{self._title} has no member {', '.join(sorted(unknown))}")
        present = frozenset(name for name, value in values.items() if value is not None)
        before = present if self._required is None else self._required
        optional = (self._optional | before | values.keys()) - (before & present)
        self._required, self._optional = before & present, optional
        write = self.write = self._generate(before & present, optional)
        return write(values)

    def _generate(self, required: frozenset[str], optional: frozenset[str]) -> Write:
        variables = {name: f"v{number}" for number, name in enumerate(self._members)}
        always = {name: v for name, v in variables.items() if name in required}
        maybe = {name: v for name, v in variables.items() if name in optional}
        attributes, content = "{namespace}" if self._names["namespace"] else "", ""
        for name, v in variables.items():
            if name in always:
                part = self._source(name, v)
            elif name in maybe:
                part = f"{{'' if {v} is None else f'{self._source(name, v)}'}}"
            else:
                continue
            if self._members[name].serialization.get("xmlAttribute"):
                attributes += part
            else:
                content += part
        texts = {name: v for name, v in (always | maybe).items() if self._members[name].type_name == "string"}
        get = ["get = values.get", *(f"{v} = get({name!r})" for name, v in maybe.items())]
        source = _WRITE.format(
            take="; ".join(f"{v} = values[{name!r}]" for name, v in always.items()) or "pass",
            get="; ".join(get if maybe else ["pass"]),
            missing=" or ".join(f"{v} is None" for v in always.values()) or "False",
            count=" + ".join([str(len(always)), *(f"({v} is not None)" for v in maybe.values())]),
            escape=_ESCAPE.format(
                texts=", ".join(v if name in always else f"{v} or ''" for name, v in texts.items()),
                escape="; ".join(f"{v} = {v} and escape({v})" for v in texts.values()),
            )
            if texts
            else "",
            content=f"<{self._tag}{attributes}>{content}</{self._tag}>" if self._tag else content,
        )
        names = {**self._names, "known": required | optional}
        exec(source, names)  # noqa: S102 - it is made of the service model's names alone
        write: Write = names["write"]
        return write

    def _source(self, name: str, variable: str) -> str:
        """The part of an f-string that writes the member; what it calls is put among the names."""
        if name not in self._sources:
            self._sources[name] = self._source_of(name, variable)
        return self._sources[name]

    def _source_of(self, name: str, variable: str) -> str:
        shape, callee = self._members[name], variable.replace("v", "w")
        tag, item, text = shape.serialization.get("name", name), self._item, self._text
        if shape.serialization.get("xmlAttribute"):
            self._names[callee] = _attribute(tag)
            return f"{{{callee}({variable})}}"
        if shape.type_name in _FORMATS:
            return f"<{tag}>{{{variable}{_FORMATS[shape.type_name]}}}</{tag}>"
        if shape.type_name in _SCALARS:
            self._names[callee] = _SCALARS[shape.type_name]
            return f"<{tag}>{{{callee}({variable})}}</{tag}>"
        if isinstance(shape, StructureShape):
            self._names[callee] = Structure(tag, shape, item, text)
            return f"{{{callee}.kept({variable}) if type({variable}) is Shared else {callee}.write({variable})}}"
        if isinstance(shape, ListShape):
            inner = shape.member.serialization.get("name")
            if shape.serialization.get("flattened"):
                tag = inner or tag
            elif isinstance(shape.member, StructureShape):
                self._names[callee] = Structure(inner or item, shape.member, item, text)
                return f"<{tag}>{{join(map({callee}.write, {variable}))}}</{tag}>"
        self._names[callee] = element(tag, shape, item, text)
        return f"{{{callee}({variable})}}"
