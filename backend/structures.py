"""Nested parameters: what is supported of a structure that AWS documents, the rest refused by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors


def only(structure: Mapping[str, Any] | None, name: str, supported: Sequence[str]) -> Mapping[str, Any]:
    """``structure`` (empty where absent), once it has no member beside the supported ones."""
    for member in structure or ():
        if member not in supported:
            raise errors.UnsupportedParameter(name=f"{name}.{member}")
    return structure or {}


def only_each(
    structures: Sequence[Mapping[str, Any]] | None, name: str, supported: Sequence[str]
) -> list[Mapping[str, Any]]:
    return [only(entry, f"{name}.{number}", supported) for number, entry in enumerate(structures or (), 1)]
