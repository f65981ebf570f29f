"""Requests, answers and errors of the JSON 1.1 protocol, which Systems Manager speaks.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from backend.errors import CloudError, SerializationException, UnknownParameter, ValidationError
from ec2api.protocol.scalars import is_limited, limits, pattern_of, shortened

CONTENT_TYPE = "application/x-amz-json-1.1"

TARGETS = {"AmazonSSM": "ssm"}
"""The service by what stands before the operation in the header X-Amz-Target."""

# The codes of what all services can answer, as those that speak JSON call them:
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
_CODES = {
    "AccessDenied": "AccessDeniedException",
    "ExpiredToken": "ExpiredTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InternalError": "InternalServerError",
    "InvalidAction": "UnknownOperationException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "MissingAction": "UnknownOperationException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "UnknownParameter": "ValidationException",
    "UnsupportedOperation": "UnsupportedOperationException",
    "ValidationError": "ValidationException",
}


def parse(body: bytes, shape: StructureShape | None, *, open_enums: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The values of a call, by the names and in the types that a boto3 user gives; timestamps are in UTC.

    Raises SerializationException for what is no JSON or of another type than the member, ValidationError for what
    breaks the model's limits, and UnknownParameter.
    """
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise SerializationException(reason="The request is not valid JSON.") from None
    if shape is None:
        shape = StructureShape("Empty", {"type": "structure", "members": {}})  # type: ignore[no-untyped-call]
    found: dict[str, Any] = value_of(document, shape, "", open_enums)
    return found


def answer(operation: OperationModel, values: Mapping[str, Any]) -> bytes:
    """The answer of a call that succeeded; None is left out, a name that the output lacks raises KeyError."""
    output = operation.output_shape
    if output is None:
        return b"{}"
    return encode(values, output)


def encode(values: Mapping[str, Any], shape: StructureShape) -> bytes:
    """A structure as JSON."""
    return json.dumps(_shown(values, shape), separators=(",", ":"), ensure_ascii=False).encode()


def error_type(fault: CloudError) -> str:
    """The code of an error, which also stands in the header x-amzn-ErrorType."""
    return _CODES.get(fault.code, fault.code)


def status(fault: CloudError) -> int:
    return 400 if fault.status < 500 else fault.status


def error(fault: CloudError) -> bytes:
    return json.dumps({"__type": error_type(fault), "message": fault.message}).encode()


def target(header: str) -> tuple[str, str]:
    """The service and the operation of an X-Amz-Target; both empty where no service here has this prefix."""
    prefix, _, operation = header.partition(".")
    service = TARGETS.get(prefix, "")
    return (service, operation) if service else ("", "")


def value_of(given: Any, shape: Shape, path: str, open_enums: frozenset[str] = frozenset()) -> Any:
    """The value of one member of a request, as ``parse`` reads it; ``path`` is its name in errors."""
    if isinstance(shape, StructureShape):
        return _structure(given, shape, path, open_enums)
    if isinstance(shape, ListShape):
        _require(isinstance(given, list), path)
        _check_count(given, shape, path)
        return [value_of(item, shape.member, f"{path}.{n}.member", open_enums) for n, item in enumerate(given, 1)]
    if isinstance(shape, MapShape):
        _require(isinstance(given, dict), path)
        return {
            value_of(key, shape.key, f"{path}.key", open_enums): value_of(
                item, shape.value, f"{path}.{key}", open_enums
            )
            for key, item in given.items()
        }
    return _scalar(given, shape, path, open_enums)


def _structure(given: Any, shape: StructureShape, path: str, open_enums: frozenset[str]) -> dict[str, Any]:
    _require(isinstance(given, dict), path)
    prefix = f"{path}." if path else ""
    values = {}
    for name, item in given.items():
        if name not in shape.members:
            raise UnknownParameter(name=shortened(prefix + name))
        if item is not None:
            member = prefix + name[:1].lower() + name[1:]
            values[name] = value_of(item, shape.members[name], member, open_enums)
    for name in shape.required_members:
        if name not in values:
            raise violation(None, prefix + name[:1].lower() + name[1:], "Member must not be null")
    return values


def _scalar(given: Any, shape: Shape, path: str, open_enums: frozenset[str]) -> Any:
    kind = shape.type_name
    if isinstance(shape, StringShape):
        _require(isinstance(given, str), path)
        if shape.name not in open_enums:
            _check_text(given, shape, path)
        return given
    if kind == "boolean":
        _require(isinstance(given, bool), path)
        return given
    _require(isinstance(given, str) if kind == "blob" else _is_number(given), path)
    if kind == "blob":
        try:
            return b64decode(given, validate=True)
        except ValueError:
            raise SerializationException(reason=f"{path} is not base64-encoded.") from None
    if kind == "timestamp":
        try:
            return datetime.fromtimestamp(given, UTC)
        except (ValueError, OverflowError, OSError):
            raise SerializationException(reason=f"{path} is no time.") from None
    if kind in ("integer", "long"):
        _require(given == int(given), path)
        given = int(given)
    _check_number(given, shape, path)
    return given


def _is_number(given: Any) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and abs(given) < 1 << 63


def _require(fits: bool, path: str) -> None:
    if not fits:
        raise SerializationException(reason=f"{path or 'The request'} does not have the type that it needs.")


def _check_text(given: str, shape: StringShape, path: str) -> None:
    shown = "***" if shape.metadata.get("sensitive") else given
    if shape.enum and given not in shape.enum:
        raise violation(shown, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    if is_limited(shape):
        least, most, _ = limits(shape)
        if len(given) > most:
            raise violation(shown, path, f"Member must have length less than or equal to {most}")
        if len(given) < least:
            raise violation(shown, path, f"Member must have length greater than or equal to {least}")
    pattern = pattern_of(shape)
    if pattern and not pattern.fullmatch(given):
        wanted = shape.metadata["pattern"]
        raise violation(shown, path, f"Member must satisfy regular expression pattern: {wanted}")


def _check_count(given: list[Any], shape: ListShape, path: str) -> None:
    if is_limited(shape):
        least, most, _ = limits(shape)
        if not least <= len(given) <= most:
            bound = f"less than or equal to {most}" if len(given) > most else f"greater than or equal to {least}"
            raise violation(f"{len(given)} items", path, f"Member must have length {bound}")


def _check_number(given: float, shape: Shape, path: str) -> None:
    if is_limited(shape):
        least, most, _ = limits(shape)
        if not least <= given <= most:
            bound = f"less than or equal to {most}" if given > most else f"greater than or equal to {least}"
            raise violation(given, path, f"Member must have value {bound}")


def violation(value: Any, path: str, constraint: str) -> CloudError:
    """The error of a value that breaks a limit of the model."""
    shown = "null" if value is None else f"'{shortened(str(value))}'"
    return ValidationError(
        reason=f"1 validation error detected: Value {shown} at '{shortened(path)}' failed to satisfy constraint: "
        f"{constraint}"
    )


def _shown(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return {name: _shown(item, shape.members[name]) for name, item in value.items() if item is not None}
    if isinstance(shape, ListShape):
        return [_shown(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: _shown(item, shape.value) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if shape.type_name == "blob":
        return b64encode(value).decode()
    return value
