"""The register of cases: a resource in the surroundings that it needs, and new values of its arguments."""

from collections.abc import Callable
from typing import Any

from conformance.terraform.resource import Resource, Stack

Case = Callable[[Stack], tuple[Resource, dict[str, Any]]]

CASES: dict[str, Case] = {}
"""By the name of the provider's resource, with what is particular behind a second ``__``."""


def case(function: Case) -> Case:
    """Registers a function that applies what it needs, and gives the resource in question and what to change of it."""
    assert function.__name__ not in CASES
    CASES[function.__name__] = function
    return function
