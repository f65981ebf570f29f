"""The service models as loaded."""

from typing import Any

import pytest

from ec2api.protocol import model


def texts_of(node: Any) -> list[str]:
    if isinstance(node, dict):
        found = [node["documentation"]] if isinstance(node.get("documentation"), str) else []
        return found + [text for value in node.values() for text in texts_of(value)]
    return [text for value in node for text in texts_of(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", model.VERSIONS)
def test_a_service_is_loaded_once_and_without_documentation(name: str) -> None:
    service = model.service(name)
    assert service is model.service(name)
    assert service.metadata["apiVersion"] == model.VERSIONS[name]
    assert not texts_of(service._service_description)


@pytest.mark.parametrize("name", model.VERSIONS)
def test_leaving_out_the_documentation_leaves_everything_else(name: str) -> None:
    raw = model.documentation(name)
    assert len(texts_of(raw)) > len(raw["operations"])
    service = model.service(name)
    assert list(raw["operations"]) == service.operation_names
    for shape, described in raw["shapes"].items():
        assert list(described.get("members", {})) == list(getattr(service.shape_for(shape), "members", {})), shape


def test_documentation_is_read_anew() -> None:
    assert model.documentation("sts") is not model.documentation("sts")


def test_operations_by_the_names_of_boto3() -> None:
    assert model.operation_of("ec2", "run_instances") == "RunInstances"
    assert model.operation_of("ec2", "describe_vpc_classic_link_dns_support") == "DescribeVpcClassicLinkDnsSupport"
    assert model.operation_of("sts", "get_caller_identity") == "GetCallerIdentity"
    with pytest.raises(KeyError):
        model.operation_of("ec2", "get_caller_identity")


def test_other_services_are_unknown() -> None:
    with pytest.raises(KeyError):
        model.service("lambda")
