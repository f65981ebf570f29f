"""EC2 actions on tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, tags
from backend.db.base import Tag
from ec2api.call import Call
from ec2api.describe import Describe
from ec2api.registry import action

MOST_RESOURCES = MOST_TAGS = 1000


# Named by their parameters: the keyword of CreateTags' Tags hides the module here.
_checked, _put, _remove = tags.checked, tags.put, tags.remove


@action
def create_tags(call: Call, *, resources: Sequence[str], tags: Sequence[Mapping[str, Any]]) -> None:
    _check(resources, tags)
    _put(call.uow, resources, _checked(tags))


@action
def delete_tags(call: Call, *, resources: Sequence[str], tags: Sequence[Mapping[str, Any]] | None = None) -> None:
    _check(resources, tags)
    _remove(call.uow, resources, tags)


def _check(resources: Sequence[str], wanted: Sequence[Mapping[str, Any]] | None) -> None:
    if not resources:
        raise errors.MissingParameter(name="ResourceId")
    if wanted is not None and not wanted:
        raise errors.MissingParameter(name="Tag")
    if len(resources) > MOST_RESOURCES:
        raise errors.InvalidValue(reason=f"A call can name at most {MOST_RESOURCES} resources.")
    if len(wanted or ()) > MOST_TAGS:
        raise errors.InvalidValue(reason=f"A call can name at most {MOST_TAGS} tags.")


def show(tag: Tag) -> dict[str, Any]:
    return {
        "ResourceId": tag.resource_id,
        "ResourceType": tag.resource_type,
        "Key": tag.key,
        "Value": tag.value,
    }


Describe(
    "DescribeTags",
    Tag,
    view=show,
    tagged=True,
    order=(Tag.key, Tag.value, Tag.resource_id),  # as the index has them
    filters={
        "key": Tag.key,
        "resource-id": Tag.resource_id,
        "resource-type": Tag.resource_type,
        "value": Tag.value,
    },
)
