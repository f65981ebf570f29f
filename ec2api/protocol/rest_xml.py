"""Requests, answers and errors of the REST XML protocol, which S3 and S3 Control speak.

https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from backend.errors import CloudError, InvalidRequest, MissingRequestBody
from ec2api.protocol import http_fields, readers
from ec2api.protocol.writers import NOT_XML, Structure
from ec2api.protocol.writers import escape as replaced

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACES = {
    "s3": "http://s3.amazonaws.com/doc/2006-03-01/",
    "s3control": "http://awss3control.amazonaws.com/doc/2018-08-20/",
}

# The outermost elements of answers, where the model does not name them; AWS's API_* pages do.
_ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsOutput",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
# What the model does not say.
_STATUSES = {"RestoreObject": 202}
# Documents that may be left out, though they are the whole body; the same can be said in headers, or not at all.
_OPTIONAL_DOCUMENTS = {"AccessControlPolicy", "CreateBucketConfiguration", "RestoreRequest"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def parse(
    operation: OperationModel,
    labels: Mapping[str, str],
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str],
    document: bytes | None,
) -> dict[str, Any]:
    """The values of a call, by the names and in the types that a boto3 user gives; timestamps are in UTC.

    ``labels`` are the decoded parts of the path by the model's names (Bucket, Key), ``headers`` are by lower-case
    names with one character for each byte. Query parameters and headers that the operation does not know are left
    aside, as S3 does. A blob that is the body (Body) is not among the values. Raises MalformedXML, MalformedACLError,
    MissingRequestBody, InvalidStorageClass, InvalidRequest and InvalidArgument.
    """
    form = _request(operation)
    values: dict[str, Any] = {name: labels[wire] for name, wire in form.labels if wire in labels}
    values |= _sent(form.query, dict(reversed(query)))
    for name, wire, item in form.query_lists:
        if items := [item(text) for found, text in query if found == wire]:
            values[name] = items
    texts = dict(headers)  # most of what an operation knows is not sent, and slow to miss in WSGI's headers
    values |= _sent(form.headers, texts)
    for name, prefix in form.maps:
        if found := http_fields.metadata(texts, prefix):
            values[name] = found
    for name, wire, where in form.required:
        if name not in values:
            raise http_fields.missing(wire, where)
    if form.document is not None:
        values |= form.document(document or b"")
    return values


_Fields = list[tuple[str, str, http_fields.Convert]]  # member, name on the wire, what reads it


def _sent(fields: _Fields, texts: Mapping[str, str]) -> dict[str, Any]:
    found = ((name, convert(texts[wire])) for name, wire, convert in fields if wire in texts)
    return {name: value for name, value in found if value is not None}


@dataclass(frozen=True)
class _Request:
    """Where the values of an operation stand in a request."""

    labels: list[tuple[str, str]]
    query: _Fields
    query_lists: _Fields
    headers: _Fields
    maps: list[tuple[str, str]]
    required: list[tuple[str, str, str]]
    document: Callable[[bytes], dict[str, Any]] | None
    """None for an operation without a document, or with a body of any bytes."""


@cache
def _request(operation: OperationModel) -> _Request:
    shape = operation.input_shape
    form = _Request([], [], [], [], [], [], _document(shape))
    for name, member in shape.members.items() if shape else ():
        wire, where = member.serialization.get("name", name), member.serialization.get("location")
        match where:
            case "uri":
                form.labels.append((name, wire))
            case "querystring" if isinstance(member, ListShape):
                form.query_lists.append((name, wire, http_fields.converter(member.member, wire)))
            case "querystring":
                form.query.append((name, wire, http_fields.converter(member, wire)))
            case "header":
                wire = wire.lower()
                form.headers.append((name, wire, http_fields.converter(member, wire)))
            case "headers":
                form.maps.append((name, wire.lower()))
        if name in shape.required_members and where in ("querystring", "header"):
            form.required.append((name, wire, where))
    return form


def _document(shape: StructureShape | None) -> Callable[[bytes], dict[str, Any]] | None:
    if shape is None:
        return None
    name = shape.serialization.get("payload")
    if name is None:
        if all("location" in member.serialization for member in shape.members.values()):
            return None
        root = str(shape.serialization.get("name", shape.name))
        return lambda body: readers.read(_needed(body), shape, root)
    payload = shape.members[name]
    if isinstance(payload, StructureShape):
        return _payload(name, payload)
    if payload.type_name == "string":
        return lambda body: {name: _text(_needed(body))}
    return None


def _payload(name: str, shape: StructureShape) -> Callable[[bytes], dict[str, Any]]:
    root = str(shape.serialization.get("name", name))

    def payload(body: bytes) -> dict[str, Any]:
        if root in _OPTIONAL_DOCUMENTS and not body:
            return {}
        if root == "CompleteMultipartUpload" and not body:
            raise InvalidRequest(reason="You must specify at least one part")
        return {name: readers.read(_needed(body), shape, root)}

    return payload


def _needed(body: bytes) -> bytes:
    if not body:
        raise MissingRequestBody()
    return body


def _text(body: bytes) -> str:
    # What is no UTF-8 is no valid policy either: the service says so.
    return body.decode("utf-8", "replace")


def answer(operation: OperationModel, values: Mapping[str, Any]) -> Answer:
    """The answer of a call that succeeded, with the Content-Type of what it holds.

    ``values`` is the output by boto3's names; None is left out, a name that the output lacks raises KeyError.
    """
    form = _response(operation)
    headers: dict[str, str] = {}
    rest: dict[str, Any] = {}
    for name, value in values.items():
        if name in form.headers:
            if value is not None:
                wire, write = form.headers[name]
                headers[wire] = write(value)
        elif name in form.maps:
            prefix = form.maps[name]
            headers |= {prefix + key: http_fields.header_text(text) for key, text in (value or {}).items()}
        else:
            rest[name] = value
    body = form.write(rest)
    if body:
        headers.setdefault("Content-Type", form.content_type)
    return Answer(form.status, headers, body)


@dataclass(frozen=True)
class _Response:
    """Where the values of an operation stand in its answer, and what writes them."""

    status: int
    headers: dict[str, tuple[str, Callable[[Any], str]]]
    maps: dict[str, str]
    content_type: str
    write: Callable[[Mapping[str, Any]], bytes]


@cache
def _response(operation: OperationModel) -> _Response:
    shape = operation.output_shape
    headers: dict[str, tuple[str, Callable[[Any], str]]] = {}
    maps: dict[str, str] = {}
    members: dict[str, Shape] = shape.members if shape else {}
    for name, member in members.items():
        wire, where = member.serialization.get("name", name), member.serialization.get("location")
        if where == "header":
            headers[name] = wire, http_fields.written(member)
        elif where == "headers":
            maps[name] = wire
    payload = shape.serialization.get("payload") if shape else None
    if payload and not isinstance(members[payload], StructureShape):
        content_type = "application/json" if members[payload].type_name == "string" else "binary/octet-stream"
        write = _raw(payload)
    else:
        content_type, write = "application/xml", _xml(operation, payload)
    status = _STATUSES.get(operation.name) or int(operation.http.get("responseCode", 200))
    return _Response(status, headers, maps, content_type, write)


def _raw(payload: str) -> Callable[[Mapping[str, Any]], bytes]:
    """What writes a body that is one text or blob."""

    def raw(values: Mapping[str, Any]) -> bytes:
        body = _only(values, payload) or b""
        return body.encode() if isinstance(body, str) else bytes(body)

    return raw


def _only(values: Mapping[str, Any], name: str) -> Any:
    """The value of the one member that the body can have."""
    if unknown := values.keys() - {name}:
        raise KeyError(f"The answer has no member {', '.join(sorted(unknown))}")
    return values.get(name)


def _xml(operation: OperationModel, payload: str | None) -> Callable[[Mapping[str, Any]], bytes]:
    """What writes a document; an answer of headers alone has no body."""
    shape = operation.output_shape
    namespace = NAMESPACES[operation.service_model.service_name]
    if operation.name == "GetBucketLocation":
        return _location
    if payload and shape:
        member = shape.members[payload]
        root, content = member.serialization.get("name", payload), Structure(None, member, "member", escape)
    else:
        root = _ROOTS.get(operation.name, f"{operation.name}Result")
        content = Structure(None, shape, "member", escape)
    start, end = f'{_DECLARATION}<{root} xmlns="{namespace}">', f"</{root}>"
    has_body = shape and any("location" not in member.serialization for member in shape.members.values())

    def document(values: Mapping[str, Any]) -> bytes:
        if payload:
            value = _only(values, payload)
            if value is None:
                return b""
            values = value
        text = content.write(values)
        return f"{start}{text}{end}".encode("utf-8", "replace") if has_body else b""

    return document


def _location(values: Mapping[str, Any]) -> bytes:
    """The outermost element holds the region itself, and nothing for us-east-1."""
    text = escape(_only(values, "LocationConstraint") or "")
    return f'{_DECLARATION}<LocationConstraint xmlns="{NAMESPACES["s3"]}">{text}</LocationConstraint>'.encode()


def escape(value: str) -> str:
    """The value as XML text. What XML 1.0 cannot carry is a character reference all the same, as S3 writes it.

    Clients that want to read every key ask for ``encoding-type=url``. A surrogate becomes U+FFFD.
    """
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if value.isprintable():
        return value
    return NOT_XML.sub(_reference, value).replace("\r", "&#13;")


def _reference(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"&#x{code:x};"


def error(fault: CloudError, *, request_id: str, host_id: str, resource: str) -> bytes:
    """The document of a call that failed. Any parser reads it: what XML cannot carry becomes U+FFFD.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    return f"{_DECLARATION}{_error(fault, Resource=resource, RequestId=request_id, HostId=host_id)}".encode()


def control_error(fault: CloudError, *, request_id: str, host_id: str) -> bytes:
    """The same of S3 Control, which wraps it."""
    ids = f"<RequestId>{request_id}</RequestId><HostId>{replaced(host_id)}</HostId>"
    root = f'<ErrorResponse xmlns="{NAMESPACES["s3control"]}">{_error(fault)}{ids}</ErrorResponse>'
    return f"{_DECLARATION}{root}".encode()


def _error(fault: CloudError, **more: str) -> str:
    elements = {"Code": fault.code, "Message": fault.message, **fault.details, **more}
    return f"<Error>{''.join(f'<{name}>{replaced(text)}</{name}>' for name, text in elements.items())}</Error>"
