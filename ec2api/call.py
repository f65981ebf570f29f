"""What a handler receives: one call of one caller, inside its transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend import errors, tags
from backend.cloud import Cloud
from backend.config import Settings
from backend.db.base import Resource
from backend.db.unit_of_work import UnitOfWork
from ec2api.caller import Caller


@dataclass
class Call:
    uow: UnitOfWork
    caller: Caller
    cloud: Cloud
    request_id: str
    parameters: Mapping[str, Any]
    """All parameters of the call, by AWS's names."""
    _tags: dict[str, dict[str, str]] = field(default_factory=dict)
    prepared: Any = None
    """What the action's ``prepare`` made before the transaction."""

    @property
    def account(self) -> str:
        return self.uow.account

    @property
    def region(self) -> str:
        return self.uow.region

    @property
    def settings(self) -> Settings:
        return self.cloud.settings

    def tags(self, resource: type[Resource] | str) -> dict[str, str]:
        """Tags that the caller asked for on this kind of new resource."""
        return self._tags.get(resource if isinstance(resource, str) else resource.KIND, {})


def tag_specifications(given: list[dict[str, Any]], allowed: frozenset[str]) -> dict[str, dict[str, str]]:
    """TagSpecifications by resource type; an error where a type does not fit the action or a tag is not allowed."""
    found: dict[str, dict[str, str]] = {}
    for specification in given:
        kind = specification.get("ResourceType")
        if not kind:
            raise errors.MissingParameter(name="TagSpecification.ResourceType")
        if kind not in allowed:
            raise errors.InvalidValue(reason=f"'{kind}' is not a valid taggable resource type for this operation.")
        if kind in found:
            raise errors.InvalidValue(reason=f"Tag specification for resource type '{kind}' occurs more than once.")
        if not specification.get("Tags"):
            raise errors.InvalidValue(reason="Tag specification must have at least one tag")
        found[kind] = tags.checked(specification["Tags"])
    return found
