"""What a call needs: actions on resources, in the circumstances that the conditions of policies look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Context = Mapping[str, str | Sequence[str]]
Parameters = Mapping[str, Any]
"""By AWS's names."""


@dataclass(frozen=True)
class Need:
    """``action``: as policies call it, such as ec2:RunInstances. ``context``: what is known of this resource alone."""

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where the resources of a call are."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def of_tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str | Sequence[str]]:
    """The keys that tell of tags that a call would set."""
    values = {tag["Key"]: tag.get("Value", "") for tag in tags if "Key" in tag}
    return of_tag_keys(values) | {f"aws:RequestTag/{key}": value for key, value in values.items()}


def of_tag_keys(keys: Iterable[str]) -> dict[str, str | Sequence[str]]:
    found = tuple(keys)
    return {"aws:TagKeys": found} if found else {}
