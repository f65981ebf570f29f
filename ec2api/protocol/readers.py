"""Reads XML documents into the values that input shapes describe; each shape is compiled once."""

from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from lxml import etree

from backend.errors import CloudError, InvalidArgument, MalformedACLError, MalformedXML
from ec2api.protocol.scalars import INTEGER, ISO8601

Read = Callable[[Any], Any]  # of an element of lxml

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
BITS = {"integer": 31, "long": 63}

# Members that the model lists as optional, but the published schema requires.
_ALSO_REQUIRED = {"CompletedMultipartUpload": ("Parts",), "CompletedPart": ("ETag", "PartNumber")}
# Texts outside their enum that the service behind judges, with a code of its own.
_OPEN_ENUMS = {"BucketLocationConstraint"}
_ANY_CASE = {"FilterRuleName"}
_OWN_CODES = {
    "Event": "A specified event is not supported for notifications.",
    "FilterRuleName": "filter rule name must be either prefix or suffix",
}


def read(document: bytes, shape: StructureShape, root: str) -> dict[str, Any]:
    """The values of a document whose outermost element is ``root``, in any namespace or none.

    Raises MalformedXML for what is no XML, has a document type or does not follow the shape; where the shape is an
    access control list, MalformedACLError.
    """
    try:
        node = _parsed(document)
        if _local(node) != root:
            raise MalformedXML()
        values: dict[str, Any] = _reader(shape)(node)
    except MalformedXML:
        if shape.name == "AccessControlPolicy":
            raise MalformedACLError() from None
        raise
    return values


def moment(text: str) -> datetime | None:
    """A time as HTTP or ISO 8601 write it, in UTC; None for anything else."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text.upper()) if ISO8601.fullmatch(text) else parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def integer(text: str, bits: int) -> int | None:
    """A whole number that fits into so many bits and a sign; None for anything else."""
    text = text.strip()
    if not INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -(1 << bits) <= number < 1 << bits else None


def boolean(text: str) -> bool | None:
    return _BOOLEANS.get(text.strip().lower())


def _parsed(document: bytes) -> Any:
    # A document type could define entities, which make a bomb of a few lines. The encoding is fixed, so that the
    # mark is found in whatever the parser takes.
    if b"<!DOCTYPE" in document:
        raise MalformedXML()
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise MalformedXML() from None


def _local(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


@cache
def _reader(shape: Shape) -> Read:
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        return _list(shape)
    if isinstance(shape, MapShape):
        raise TypeError(f"No document has a map such as {shape.name}.")
    return _scalar(shape)


def _structure(shape: StructureShape) -> Read:
    members: dict[str, tuple[str, Read, bool]] = {}  # element -> member, reader, whether it may come again
    attributes: dict[str, tuple[str, Read]] = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        if "location" in member.serialization:
            continue
        if member.serialization.get("xmlAttribute"):
            attributes[_attribute(wire, shape)] = name, _text_reader(member)
        elif isinstance(member, ListShape) and member.serialization.get("flattened"):
            members[wire] = name, _reader(member.member), True
        else:
            members[wire] = name, _reader(member), False
    placed = {name for name, _, _ in members.values()} | {name for name, _ in attributes.values()}
    required = placed & {*shape.required_members, *_ALSO_REQUIRED.get(shape.name, ())}

    def structure(node: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for wire, (name, convert) in attributes.items():
            if (text := node.get(wire)) is not None:
                values[name] = convert(text)
        _refuse_text(node.text)
        for child in node:
            _refuse_text(child.tail)
            name, convert, repeated = _member(members, child)
            if repeated:
                values.setdefault(name, []).append(convert(child))
            elif name in values:
                raise MalformedXML()
            else:
                values[name] = convert(child)
        if not required <= values.keys():
            raise MalformedXML()
        return values

    return structure


def _member(members: dict[str, tuple[str, Read, bool]], child: Any) -> tuple[str, Read, bool]:
    found = members.get(_local(child))
    if found is None:
        raise MalformedXML()
    return found


def _attribute(wire: str, shape: StructureShape) -> str:
    """The name of an attribute as lxml gives it: its prefix resolved."""
    prefix, _, local = wire.rpartition(":")
    return f"{{{shape.serialization['xmlNamespace']['uri']}}}{local}" if prefix else local


def _refuse_text(text: str | None) -> None:
    if text and not text.isspace():
        raise MalformedXML()


def _list(shape: ListShape) -> Read:
    wire, convert = shape.member.serialization.get("name", "member"), _reader(shape.member)

    def items(node: Any) -> list[Any]:
        _refuse_text(node.text)
        values = []
        for child in node:
            _refuse_text(child.tail)
            if _local(child) != wire:
                raise MalformedXML()
            values.append(convert(child))
        return values

    return items


def _scalar(shape: Shape) -> Read:
    convert = _text_reader(shape)

    def scalar(node: Any) -> Any:
        if len(node):
            raise MalformedXML()
        return convert(node.text or "")

    return scalar


def _text_reader(shape: Shape) -> Callable[[str], Any]:
    if isinstance(shape, StringShape):
        return _string_reader(shape)
    match shape.type_name:
        case "integer" | "long":
            bits = BITS[shape.type_name]
            return lambda text: _present(integer(text, bits))
        case "boolean":
            return lambda text: _present(boolean(text))
        case "timestamp":
            return lambda text: _present(moment(text))
        case "blob":
            return _blob
    raise TypeError(f"No document has a {shape.type_name} such as {shape.name}.")


def _string_reader(shape: StringShape) -> Callable[[str], str]:
    least = shape.metadata.get("min", 0)
    allowed: Iterable[str] = () if shape.name in _OPEN_ENUMS else frozenset(shape.enum)

    def text_of(text: str) -> str:
        if len(text) < least:
            raise MalformedXML()
        return text

    def enum(text: str) -> str:
        value = text.strip().lower() if shape.name in _ANY_CASE else text.strip()
        if value not in allowed:
            raise _outside(shape, value)
        return value

    return enum if allowed else text_of


def _outside(shape: Shape, value: str) -> CloudError:
    if reason := _OWN_CODES.get(shape.name):
        return InvalidArgument(reason=reason, name=shape.name, value=value)
    return MalformedXML()


def _present(value: Any) -> Any:
    if value is None:
        raise MalformedXML()
    return value


def _blob(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise MalformedXML() from None
