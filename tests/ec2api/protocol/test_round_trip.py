"""For every operation, requests that botocore writes and answers that it reads keep their meaning."""

from typing import Any

import pytest
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ec2api.protocol import ec2_xml, model, query, query_xml
from tests.ec2api.protocol.shapes import DIALECTS, SERVICES, full, values

ANSWERS = {"ec2": ec2_xml, "query": query_xml}
OPERATIONS = [(service, name) for service in SERVICES for name in model.service(service).operation_names]

unhurried = settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def sent(operation: OperationModel, values: dict[str, Any]) -> list[tuple[str, str]]:
    """The form in which botocore sends the values."""
    serializer = create_serializer(operation.service_model.metadata["protocol"], include_validation=False)
    body = serializer.serialize_to_request(values, operation)["body"]
    return [(name, str(value)) for name, value in body.items() if name not in ("Action", "Version")]


def received(operation: OperationModel, body: bytes) -> dict[str, Any]:
    """What botocore makes of an answer."""
    parser = create_parser(operation.service_model.metadata["protocol"])
    response = {"body": body, "headers": {}, "status_code": 200, "context": {}}
    parsed: dict[str, Any] = parser.parse(response, operation.output_shape)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "request-1"
    return parsed


@pytest.mark.parametrize("service", SERVICES)
def test_a_full_request_of_every_operation(service: str) -> None:
    for name in model.service(service).operation_names:
        operation = model.service(service).operation_model(name)
        asked = full(operation.input_shape) if operation.input_shape else {}
        form = sent(operation, asked)
        assert query.parse(form, operation.input_shape, dialect=DIALECTS[service]) == asked, name


@pytest.mark.parametrize("service", SERVICES)
def test_a_full_answer_of_every_operation(service: str) -> None:
    for name in model.service(service).operation_names:
        operation = model.service(service).operation_model(name)
        meant = full(operation.output_shape) if operation.output_shape else {}
        body = ANSWERS[DIALECTS[service]].answer(operation, meant, "request-1")
        assert received(operation, body) == meant, name


@unhurried
@given(st.data(), st.sampled_from(OPERATIONS), st.randoms(use_true_random=False))
def test_any_request(data: st.DataObject, operation: tuple[str, str], random: Any) -> None:
    service, name = operation
    called = model.service(service).operation_model(name)
    if called.input_shape is None:
        return
    # Only the query protocol can send that something is empty, and only of lists.
    asked = data.draw(values(called.input_shape, empty=() if service == "ec2" else ("list",)))
    form = sent(called, asked)
    random.shuffle(form)
    assert query.parse(form, called.input_shape, dialect=DIALECTS[service]) == asked


@unhurried
@given(st.data(), st.sampled_from(OPERATIONS))
def test_any_answer(data: st.DataObject, operation: tuple[str, str]) -> None:
    service, name = operation
    called = model.service(service).operation_model(name)
    meant = {}
    if called.output_shape:
        meant = data.draw(values(called.output_shape, empty=("structure", "list", "map")))
    body = ANSWERS[DIALECTS[service]].answer(called, meant, "request-1")
    assert received(called, body) == meant
