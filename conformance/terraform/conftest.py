"""The provider, configured for the endpoint under test, and a stack that is destroyed whatever happens."""

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.endpoint import Endpoint
from conformance.terraform.provider import Provider, configure, filters
from conformance.terraform.resource import Data, Stack


@pytest.fixture(scope="session")
def tf(endpoint: Endpoint) -> Provider:
    return configure(endpoint)


@pytest.fixture(scope="session")
def zones(tf: Provider) -> list[str]:
    """data.aws_availability_zones.available.names"""
    found = tf.ec2.describe_availability_zones(Filters=filters(state="available"))["AvailabilityZones"]
    return sorted(zone["ZoneName"] for zone in found)


@pytest.fixture
def stack(tf: Provider, zones: list[str], image: dict[str, Any], name: str) -> Iterator[Stack]:
    stack = Stack(tf, Data(zones, image["ImageId"], name))
    yield stack
    stack.abandon()
