"""Systems Manager's actions on the tags of parameters."""

from collections.abc import Sequence
from typing import Any

from backend import errors
from backend.db import reading
from backend.db.models import Parameter, ParameterTag
from backend.ssm import parameters
from ec2api.call import Call
from ec2api.registry import action


def _require(call: Call, resource_type: str, resource_id: str) -> Parameter:
    if resource_type != "Parameter":
        raise errors.InvalidResourceType(type=resource_type)
    try:
        return parameters.require(call.uow, resource_id)
    except errors.ParameterNotFound:
        raise errors.InvalidResourceId(id=resource_id) from None


@action(service="ssm")
def add_tags_to_resource(call: Call, *, resource_type: str, resource_id: str, tags: Sequence[dict[str, str]]) -> None:
    parameters.put_tags(call.uow, _require(call, resource_type, resource_id), tags)


@action(service="ssm")
def remove_tags_from_resource(call: Call, *, resource_type: str, resource_id: str, tag_keys: Sequence[str]) -> None:
    parameters.remove_tags(call.uow, _require(call, resource_type, resource_id), tag_keys)


@action(service="ssm", reads=True)
def list_tags_for_resource(call: Call, *, resource_type: str, resource_id: str) -> dict[str, Any]:
    parameter = _require(call, resource_type, resource_id)
    found = reading.by(call.uow, ParameterTag.parameter_row, [parameter.row])
    return {"TagList": [{"Key": tag.key, "Value": tag.value} for tag in found]}
