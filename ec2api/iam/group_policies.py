"""IAM actions on the inline and attached policies of groups."""

from typing import Any

from backend.db.models import IamGroup
from backend.iam import entities, permissions
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.registry import action


@action(service="iam")
def put_group_policy(call: Call, *, group_name: str, policy_name: str, policy_document: str) -> None:
    permissions.put_inline(call.uow, entities.require(call.uow, IamGroup, group_name), policy_name, policy_document)


@action(service="iam", reads=True)
def get_group_policy(call: Call, *, group_name: str, policy_name: str) -> dict[str, Any]:
    group = entities.look_up(call.uow, IamGroup, group_name)
    return {"GroupName": group.name, **shapes.inline_policy(call, group, policy_name)}


@action(service="iam", reads=True)
def list_group_policies(
    call: Call, *, group_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    return shapes.inline_names(call, entities.look_up(call.uow, IamGroup, group_name), marker, max_items)


@action(service="iam")
def delete_group_policy(call: Call, *, group_name: str, policy_name: str) -> None:
    permissions.delete_inline(call.uow, entities.require(call.uow, IamGroup, group_name), policy_name)


@action(service="iam")
def attach_group_policy(call: Call, *, group_name: str, policy_arn: str) -> None:
    permissions.attach(call.uow, entities.require(call.uow, IamGroup, group_name), policy_arn)


@action(service="iam")
def detach_group_policy(call: Call, *, group_name: str, policy_arn: str) -> None:
    permissions.detach(call.uow, entities.require(call.uow, IamGroup, group_name), policy_arn)


@action(service="iam", reads=True)
def list_attached_group_policies(
    call: Call,
    *,
    group_name: str,
    path_prefix: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> dict[str, Any]:
    group = entities.look_up(call.uow, IamGroup, group_name)
    return shapes.attached_policies(call, group, path_prefix, marker, max_items)
