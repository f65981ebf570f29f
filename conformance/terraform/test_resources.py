"""Every resource of the provider through its life: applied, planned empty, changed, planned empty, destroyed, gone."""

import pytest

from conformance.terraform import (
    bucket_cases,
    compute_cases,
    connection_cases,
    iam_cases,
    network_cases,
    storage_cases,
)
from conformance.terraform.case import CASES
from conformance.terraform.resource import Stack

__all__ = ["bucket_cases", "compute_cases", "connection_cases", "iam_cases", "network_cases", "storage_cases"]


@pytest.mark.parametrize("case", CASES)
def test_life(stack: Stack, case: str) -> None:
    resource, changes = CASES[case](stack)
    stack.replan()
    if resource.kind:
        for tags in ({"Name": "one", "Env": "test"}, {"Name": "two"}):
            stack.change(resource, tags=tags)
            assert resource.read() == resource.state
    if changes:
        stack.change(resource, **changes)
        stack.replan()
    stack.destroy()
