"""Values in headers and queries of the REST XML protocol, as S3 reads, refuses and writes them."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from quopri import decodestring
from typing import Any

from botocore.model import ListShape, Shape, StringShape

from backend.errors import CloudError, InvalidArgument, InvalidRequest, InvalidStorageClass
from ec2api.protocol.readers import BITS, boolean, integer, moment
from ec2api.protocol.writers import timestamp

Convert = Callable[[str], Any]
"""Of a text; None for one that is taken as not sent."""

# How S3 words its refusals.
_REASONS = {
    "encoding-type": "Invalid Encoding Method specified in Request",
    "partNumber": "Part number must be an integer between 1 and 10000, inclusive",
    "x-amz-checksum-algorithm": "Checksum algorithm provided is unsupported. Please try again with any of the valid "
    "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-object-attributes": "Invalid attribute name specified.",
    "x-amz-object-lock-legal-hold": "Legal Hold must be either of 'ON' or 'OFF'",
    "x-amz-object-lock-mode": "Unknown wormMode directive.",
    "x-amz-object-lock-retain-until-date": "The retain until date must be provided in ISO 8601 format",
    "x-amz-object-ownership": "Invalid x-amz-object-ownership header: {value}",
    "x-amz-server-side-encryption": "The encryption method specified is not supported",
    "x-amz-tagging-directive": "Unknown tagging directive.",
}
_INVALID_REQUEST = {
    *("x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type", "x-amz-mp-object-size"),
    "x-amz-sdk-checksum-algorithm",
}
# A recipient ignores these conditions if they are no date: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.3
_OPTIONAL_DATES = {"if-modified-since", "if-unmodified-since"}
_LIMITS = {"partNumber": (1, 10_000)}
_ANY_CASE = {"encoding-type"}
# The model has not all values that S3 takes.
_OPEN_ENUMS = {"x-amz-acl"}

_LIST_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)')
_WORD = re.compile(r"=\?(utf-8|us-ascii|iso-8859-1)\?([bq])\?([^?\s]*)\?=", re.IGNORECASE)
_WORDS = re.compile(rf"{_WORD.pattern}(?:[ \t]+{_WORD.pattern.replace('(', '(?:')})*", re.IGNORECASE)
_UNSAFE = re.compile("[\x00-\x1f\x7f]")


def converter(shape: Shape, wire: str) -> Convert:
    """A function that reads the texts of one header or query parameter, and refuses them as S3 does.

    Raises InvalidArgument, InvalidRequest and InvalidStorageClass.
    """
    if isinstance(shape, StringShape):
        return _enum(shape, wire) if shape.enum and wire not in _OPEN_ENUMS else str
    if isinstance(shape, ListShape):
        item = converter(shape.member, wire)
        return lambda text: [item(found) for found in _items(text)]
    match shape.type_name:
        case "integer" | "long":
            return _number(shape, wire)
        case "boolean":
            return _checked(boolean, wire)
        case "timestamp":
            return moment if wire in _OPTIONAL_DATES else _checked(moment, wire)
    raise TypeError(f"No header or query parameter has a {shape.type_name} such as {shape.name}.")


def refusal(wire: str, value: str) -> CloudError:
    """The error for a value of a header or query parameter."""
    if wire == "x-amz-storage-class":
        return InvalidStorageClass(value=value)
    if wire in _INVALID_REQUEST:
        return InvalidRequest(reason=_REASONS.get(wire, f"Value for {wire} header is invalid."))
    reason = _REASONS.get(wire, f"The value of {wire} is not valid.").format(value=value)
    return InvalidArgument(reason=reason, name=wire, value=value)


def missing(wire: str, where: str) -> CloudError:
    """The error for a header or query parameter that the operation cannot do without."""
    if where == "header":
        return InvalidRequest(reason=f"Missing required header for this request: {wire}")
    return InvalidArgument(reason=f"Missing required parameter: {wire}", name=wire, value="")


def _checked(convert: Callable[[str], Any], wire: str) -> Convert:
    def checked(text: str) -> Any:
        if not text.strip():
            return None
        value = convert(text)
        if value is None:
            raise refusal(wire, text)
        return value

    return checked


def _enum(shape: StringShape, wire: str) -> Convert:
    allowed = frozenset(shape.enum)

    def enum(text: str) -> str | None:
        value = text.strip().lower() if wire in _ANY_CASE else text.strip()
        return value if value in allowed else None

    return _checked(enum, wire)


def _number(shape: Shape, wire: str) -> Convert:
    bits = BITS[shape.type_name]
    least, most = _LIMITS.get(wire, (shape.metadata.get("min", 0), shape.metadata.get("max", (1 << bits) - 1)))

    def number(text: str) -> int | None:
        if not text.strip():
            return None
        value = integer(text, bits)
        if value is not None and least <= value <= most:
            return value
        if wire in _REASONS or wire in _INVALID_REQUEST:
            raise refusal(wire, text)
        if value is None:
            reason = f"Provided {wire} not an integer or within integer range"
        else:
            reason = f"Argument {wire} must be an integer between {least} and {most}"
        raise InvalidArgument(reason=reason, name=wire, value=text)

    return number


def _items(text: str) -> list[str]:
    """The items of a list in a header, of which some may stand in quotes."""
    found = [re.sub(r"\\(.)", r"\1", match[1]) if match[1] else match[2].strip() for match in _LIST_ITEM.finditer(text)]
    return [item for item in found if item]


def metadata(headers: Mapping[str, str], prefix: str) -> dict[str, str]:
    """What the headers with the prefix say, by the rest of their names; encoded words (RFC 2047) are decoded."""
    size = len(prefix)
    return {name[size:]: _words_decoded(text) for name, text in headers.items() if name.startswith(prefix)}


def _words_decoded(text: str) -> str:
    return _WORDS.sub(_run_decoded, text) if "=?" in text else text


def _run_decoded(match: re.Match[str]) -> str:
    """What words in a row say; the blanks between them mean nothing."""
    try:
        return "".join(map(_word_decoded, _WORD.finditer(match[0])))
    except ValueError:
        return match[0]


def _word_decoded(match: re.Match[str]) -> str:
    charset, encoding, word = match.groups()
    octets = b64decode(word, validate=True) if encoding in "bB" else decodestring(word.encode(), header=True)
    return octets.decode(charset)


def written(shape: Shape) -> Callable[[Any], str]:
    """A function that writes values of the shape as texts of a header."""
    if isinstance(shape, ListShape):
        item = written(shape.member)
        return lambda values: ",".join(map(item, values))
    match shape.type_name:
        case "string":
            return header_text
        case "boolean":
            return lambda value: "true" if value else "false"
        case "timestamp":
            return timestamp if shape.serialization.get("timestampFormat") == "iso8601" else http_date
    return str


def header_text(value: str) -> str:
    """A text of characters that a header carries as one byte each; others as an encoded word (RFC 2047)."""
    if value.isascii() and value.isprintable() and "=?" not in value and value == value.strip():
        return value
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        pass
    else:
        if not _UNSAFE.search(value) and not _WORD.search(value) and value == value.strip():
            return value
    return f"=?UTF-8?B?{b64encode(value.encode('utf-8', 'replace')).decode()}?="


def http_date(value: datetime) -> str:
    """Sun, 22 Nov 2026 10:30:56 GMT; a datetime without a zone is UTC."""
    value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return format_datetime(value, usegmt=True)
