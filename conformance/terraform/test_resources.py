"""Every resource of the provider through its life: applied, planned empty, changed, planned empty, destroyed, gone."""

import pytest

from conformance.terraform import connection_cases, network_cases
from conformance.terraform.case import CASES
from conformance.terraform.resource import Stack

__all__ = ["connection_cases", "network_cases"]


@pytest.mark.parametrize("name", CASES)
def test_life(stack: Stack, name: str) -> None:
    resource, changes = CASES[name](stack)
    stack.replan()
    if resource.kind:
        for tags in ({"Name": "one", "Env": "test"}, {"Name": "two"}):
            stack.change(resource, tags=tags)
            stack.plan()
    if changes:
        stack.change(resource, **changes)
        stack.replan()
    stack.destroy()
