"""Every operation is found again in the request that botocore makes of it."""

from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from botocore.serialize import create_serializer

from backend.errors import InvalidArgument, MethodNotAllowed
from ec2api.protocol import model
from ec2api.s3.addressing import address
from ec2api.s3.router import NOT_ROUTED, POST_OBJECT, PREFLIGHT, route

S3 = model.service("s3")
ROUTED = sorted(set(S3.operation_names) - NOT_ROUTED)


def routed(method: str, path: str, query: str = "", **headers: str) -> str:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return route(method, address("127.0.0.1", path, ()), parse_qsl(query, keep_blank_values=True), names)


def sent(name: str, *, extra: str = "") -> str:
    """The route of the request that botocore makes of the operation's required parameters."""
    operation = S3.operation_model(name)
    shape = operation.input_shape
    values: dict[str, Any] = {}
    for member in shape.required_members if shape else ():
        described = shape.members[member]
        where = described.serialization.get("location")
        if where in ("uri", "querystring", "header"):
            texts = {"integer": 1, "list": ["ETag"]}
            values[member] = texts.get(described.type_name, "value")
    request = create_serializer("rest-xml", include_validation=False).serialize_to_request(values, operation)
    path, _, query = request["url_path"].partition("?")
    pairs = [*(f"{name}={quote(str(value))}" for name, value in request["query_string"].items()), extra]
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    asked = parse_qsl("&".join([query, *pairs]), keep_blank_values=True)
    return route(request["method"], address("127.0.0.1", path, ()), asked, headers)


@pytest.mark.parametrize("name", ROUTED)
def test_every_operation_is_found(name: str) -> None:
    assert sent(name) == name
    assert sent(name, extra=f"x-id={name}&anything=else") == name


def test_what_the_model_has_twice_goes_to_the_newer_form() -> None:
    assert routed("GET", "/bucket", "lifecycle") == "GetBucketLifecycleConfiguration"
    assert routed("PUT", "/bucket", "lifecycle") == "PutBucketLifecycleConfiguration"
    assert routed("GET", "/bucket", "notification") == "GetBucketNotificationConfiguration"
    assert routed("PUT", "/bucket", "notification") == "PutBucketNotificationConfiguration"


def test_what_the_model_lacks() -> None:
    assert routed("POST", "/bucket") == POST_OBJECT
    assert routed("POST", "/bucket/") == POST_OBJECT
    assert routed("OPTIONS", "/bucket/key") == PREFLIGHT
    assert routed("OPTIONS", "/") == PREFLIGHT


@pytest.mark.parametrize(
    ("method", "path", "query", "name"),
    [
        ("GET", "/", "acl", "ListBuckets"),
        ("GET", "/bucket", "list-type=1&prefix=a", "ListObjects"),
        ("GET", "/bucket", "list-type=2&max-keys=1", "ListObjectsV2"),
        ("GET", "/bucket/", "location=", "GetBucketLocation"),
        ("HEAD", "/bucket", "list-type=2", "HeadBucket"),
        ("GET", "/bucket", "inventory", "ListBucketInventoryConfigurations"),
        ("GET", "/bucket", "inventory&id=a", "GetBucketInventoryConfiguration"),
        ("PUT", "/bucket", "inventory", "PutBucketInventoryConfiguration"),
        ("GET", "/bucket/key", "partNumber=1", "GetObject"),
        ("GET", "/bucket/key", "uploadId=a&part-number-marker=1", "ListParts"),
        ("PUT", "/bucket/key", "uploadId=a", "UploadPart"),
        ("PUT", "/bucket/key", "partNumber=1", "UploadPart"),
        ("PUT", "/bucket/a//../acl", "unknown", "PutObject"),
        ("DELETE", "/bucket/key", "versionId=a", "DeleteObject"),
    ],
)
def test_near_ones_are_told_apart(method: str, path: str, query: str, name: str) -> None:
    assert routed(method, path, query) == name


def test_a_source_makes_a_copy() -> None:
    assert routed("PUT", "/bucket/key", x_amz_copy_source="a/b") == "CopyObject"
    assert routed("PUT", "/bucket/key", "uploadId=a&partNumber=1", x_amz_copy_source="a/b") == "UploadPartCopy"


@pytest.mark.parametrize(
    ("method", "path", "query", "kind", "allow"),
    [
        ("POST", "/", "", "SERVICE", "GET"),
        ("POST", "/bucket/key", "", "OBJECT", "DELETE, GET, HEAD, POST, PUT"),
        ("PATCH", "/bucket", "", "BUCKET", "DELETE, GET, HEAD, PUT"),
        ("POST", "/bucket", "acl", "ACL", "GET, PUT"),
        ("DELETE", "/bucket/key", "acl", "ACL", "GET, PUT"),
        ("DELETE", "/bucket/key", "website", "WEBSITE", None),
        ("GET", "/bucket", "delete", "DELETE", "POST"),
    ],
)
def test_what_does_not_exist_is_not_allowed(method: str, path: str, query: str, kind: str, allow: str | None) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        routed(method, path, query)
    assert caught.value.status == 405
    assert caught.value.details == {"Method": method, "ResourceType": kind}
    assert caught.value.headers.get("Allow") == allow


def test_two_sub_resources_conflict() -> None:
    with pytest.raises(InvalidArgument, match="Conflicting query string parameters: acl, policy") as caught:
        routed("PUT", "/bucket", "policy&acl")
    assert caught.value.details == {"ArgumentName": "ResourceType", "ArgumentValue": "acl"}
