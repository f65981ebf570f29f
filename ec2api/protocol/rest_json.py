"""Requests, answers and errors of the REST JSON protocol, which the EBS direct APIs speak.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, Shape, StructureShape

from backend.errors import CloudError, SerializationException, UnknownParameter
from ec2api.protocol import json as json_wire
from ec2api.protocol import model
from ec2api.protocol.scalars import shortened

CONTENT_TYPE = "application/json"
PAYLOAD_TYPE = "application/octet-stream"

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_BOOLEANS = {"true": True, "false": False}

# What all services can answer, as EBS words it: https://docs.aws.amazon.com/ebs/latest/APIReference/CommonErrors.html
_CODES = {
    "InternalError": "InternalServerException",
    "IdempotentParameterMismatch": "ConflictException",
    "InvalidParameterValue": "ValidationException",
    "SerializationException": "ValidationException",
}
_STATUSES = {"ConflictException": 409}
_REASONS = {"AccessDeniedException": "UNAUTHORIZED_ACCOUNT", "ValidationException": "INVALID_PARAMETER_VALUE"}


@dataclass(frozen=True)
class Target:
    """The operation that a method and a path mean, and the values that stand in the path."""

    operation: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str = CONTENT_TYPE


def find(service: str, method: str, path: str) -> Target | None:
    """``path``: as it was sent, without its query."""
    for name, verb, form in _routes(service):
        if verb == method and (found := form.fullmatch(path)):
            return Target(name, {label: unquote(value) for label, value in found.groupdict().items()})
    return None


@cache
def _routes(service: str) -> list[tuple[str, str, re.Pattern[str]]]:
    described = model.service(service)
    routes = []
    for name in described.operation_names:
        http = described.operation_model(name).http
        # Labels have no slash in them, so a fixed segment beside a label never means two operations.
        form = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"]))
        routes.append((str(name), str(http["method"]), re.compile(form)))
    return sorted(routes, key=lambda route: "(?P<" in route[2].pattern)


def parse(
    operation: OperationModel, labels: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """The values of a call, by the names and in the types that a boto3 user gives.

    Raises SerializationException for what is no JSON or of another type than the member, ValidationError for what
    breaks the model's limits, and UnknownParameter.
    """
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return {}
    payload = shape.serialization.get("payload")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    values: dict[str, Any] = {}
    plain: dict[str, Shape] = {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        where = member.serialization.get("location")
        if where is None:
            plain[name] = member
            continue
        text = {"uri": labels.get(wire), "querystring": asked.get(wire), "header": headers.get(wire.lower())}[where]
        if text is not None:
            values[name] = json_wire.value_of(_converted(text, member), member, _path(name))
    if payload:
        values[payload] = body
    else:
        values |= _document(body, plain)
    for name in shape.required_members:
        if name not in values:
            raise json_wire.violation(None, _path(name), "Member must not be null")
    return values


def _document(body: bytes, members: Mapping[str, Shape]) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise SerializationException(reason="The request is not valid JSON.") from None
    if not isinstance(document, dict):
        raise SerializationException(reason="The request is no JSON object.")
    if unknown := sorted(document.keys() - members.keys()):
        raise UnknownParameter(name=shortened(unknown[0]))
    given = {name: item for name, item in document.items() if item is not None}
    return {name: json_wire.value_of(item, members[name], _path(name)) for name, item in given.items()}


def _path(name: str) -> str:
    return name[:1].lower() + name[1:]


def _converted(text: str, shape: Shape) -> Any:
    """A text from the path, the query or a header in the type that JSON would give."""
    if shape.type_name in ("integer", "long"):
        if not _INTEGER.fullmatch(text):
            raise SerializationException(reason=f"'{text:.50}' is no integer.")
        return int(text)
    if shape.type_name == "boolean":
        if text not in _BOOLEANS:
            raise SerializationException(reason=f"'{text:.50}' is neither true nor false.")
        return _BOOLEANS[text]
    return text


def answer(operation: OperationModel, values: Mapping[str, Any]) -> Answer:
    """The answer of a call that succeeded; None is left out, a name that the output lacks raises KeyError."""
    shape = operation.output_shape
    status = operation.http.get("responseCode", 200)
    if not isinstance(shape, StructureShape):
        return Answer(status, {}, b"{}")
    payload = shape.serialization.get("payload")
    headers, rest = {}, {}
    for name, value in values.items():
        member = shape.members[name]
        if value is None or name == payload:
            continue
        if member.serialization.get("location") == "header":
            headers[member.serialization.get("name", name)] = str(value)
        else:
            rest[name] = value
    if payload:
        return Answer(status, headers, values[payload], PAYLOAD_TYPE)
    return Answer(status, headers, json_wire.encode(rest, shape))


def error(fault: CloudError) -> Answer:
    """The answer of a call that failed; its code stands in the header x-amzn-ErrorType."""
    code = json_wire.error_type(fault)
    code = _CODES.get(fault.code, code)
    document = {"Message": fault.message}
    if reason := getattr(fault, "kind", _REASONS.get(code)):
        document["Reason"] = reason
    status = _STATUSES.get(code, fault.status)
    return Answer(status, {"x-amzn-ErrorType": code}, json.dumps(document).encode())
