"""For every operation of S3, requests that botocore writes and answers that it reads keep their meaning."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ec2api.protocol import model, rest_xml
from tests.ec2api.protocol import shapes

S3 = model.service("s3")
CONTROL = model.service("s3control")
TAG_CALLS = [CONTROL.operation_model(name) for name in ("ListTagsForResource", "TagResource", "UntagResource")]
# Two older forms with one element for two members, and a call that goes to another host.
LEFT_OUT = {"GetBucketNotification", "PutBucketNotification", "WriteGetObjectResponse"}
OPERATIONS = [S3.operation_model(name) for name in S3.operation_names if name not in LEFT_OUT] + TAG_CALLS

unhurried = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def is_stream(shape: Any) -> bool:
    return shape.type_name == "blob" or bool(shape.serialization.get("eventstream"))


def fitting(value: Any, shape: Any, where: str | None = None) -> Any:
    """A value as it can stand where it goes: no empty text in a header, no negative page size, one line."""
    where = shape.serialization.get("location", where)
    if where and shape.type_name == "string":
        return value if shape.enum else "".join(c for c in value if " " < c < "\x7f" and c not in '",') or "x"
    if where and shape.type_name in ("integer", "long"):
        return 7 if shape.serialization.get("name") == "partNumber" else abs(value)
    if where == "headers":
        return {f"key-{n}": f"a {fitting(text, shape.value, 'header')}" for n, text in enumerate(value.values())}
    if isinstance(value, dict):
        return {name: fitting(item, shape.members[name], where) for name, item in value.items()}
    if isinstance(value, list):
        return [fitting(item, shape.member, where) for item in value]
    return value


def meant(value: Any, shape: Any) -> Any:
    return fitting({name: item for name, item in value.items() if not is_stream(shape.members[name])}, shape)


def asked(called: OperationModel, values: dict[str, Any]) -> dict[str, Any]:
    """What parse makes of the request that botocore sends."""
    serializer = create_serializer("rest-xml", include_validation=False)
    request = serializer.serialize_to_request(values, called)
    query = []
    for name, value in request["query_string"].items():
        query += [(name, str(item)) for item in (value if isinstance(value, list) else [value])]
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    body = request["body"].replace(b"\r", b"&#xD;")  # botocore does so where it calls S3
    return rest_xml.parse(called, labels(called, values), query, headers, body or None)


def labels(called: OperationModel, values: Mapping[str, Any]) -> dict[str, str]:
    members = called.input_shape.members if called.input_shape else {}
    placed = {n: m.serialization["name"] for n, m in members.items() if m.serialization.get("location") == "uri"}
    return {wire: values[name] for name, wire in placed.items()}


def received(called: OperationModel, answer: rest_xml.Answer) -> dict[str, Any]:
    """What botocore makes of an answer."""
    headers = HTTPHeaders.from_dict(answer.headers)
    response = {"body": answer.body, "headers": headers, "status_code": answer.status, "context": {}}
    parsed: dict[str, Any] = create_parser("rest-xml").parse(response, called.output_shape)
    parsed.pop("ResponseMetadata")
    return {name: value for name, value in parsed.items() if name != "Metadata" or value}


@pytest.mark.parametrize("called", OPERATIONS, ids=lambda called: called.name)
def test_a_full_request_and_a_full_answer(called: OperationModel) -> None:
    values = meant(shapes.full(called.input_shape), called.input_shape)
    assert asked(called, values) == values
    if called.output_shape and called.name not in ("GetBucketLocation", "SelectObjectContent"):
        shown = meant(shapes.full(called.output_shape), called.output_shape)
        answer = rest_xml.answer(called, shown)
        parsed = received(called, answer)
        payload = called.output_shape.serialization.get("payload")
        if payload not in shown:
            parsed.pop(payload, None)
        assert parsed == shown


@unhurried
@given(st.data(), st.sampled_from(OPERATIONS))
def test_any_request(data: st.DataObject, called: OperationModel) -> None:
    if called.input_shape is None:
        return
    drawn = data.draw(shapes.values(called.input_shape, empty=("structure",)))
    payload = called.input_shape.serialization.get("payload")
    if payload and payload not in drawn and not is_stream(called.input_shape.members[payload]):
        drawn[payload] = data.draw(shapes.values(called.input_shape.members[payload], empty=("structure",)))
    values = meant(drawn, called.input_shape)
    if values.get("Policy") == "":
        values["Policy"] = "{}"  # no body is no policy
    parts = values.get("MultipartUpload", {})
    if "MultipartUpload" in values:  # the model lists as optional what S3's schema requires
        values["MultipartUpload"]["Parts"] = [
            {"ETag": '"a"', "PartNumber": 1, **part} for part in parts.get("Parts", [{}])
        ]
    assert asked(called, values) == values


@unhurried
@given(st.data(), st.sampled_from([called for called in OPERATIONS if called.output_shape]))
def test_any_answer(data: st.DataObject, called: OperationModel) -> None:
    output = called.output_shape
    assert output
    if called.name in ("GetBucketLocation", "SelectObjectContent"):
        return
    payload = output.serialization.get("payload")
    values = data.draw(shapes.values(output, empty=("structure",)))
    shown = meant(values, output)
    parsed = received(called, rest_xml.answer(called, shown))
    if payload not in shown:
        parsed.pop(payload, None)
    assert parsed == shown
