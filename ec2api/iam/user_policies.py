"""IAM actions on the inline and attached policies of users."""

from typing import Any

from backend.db.models import IamUser
from backend.iam import entities, permissions
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.registry import action


@action(service="iam")
def put_user_policy(call: Call, *, user_name: str, policy_name: str, policy_document: str) -> None:
    permissions.put_inline(call.uow, entities.require(call.uow, IamUser, user_name), policy_name, policy_document)


@action(service="iam", reads=True)
def get_user_policy(call: Call, *, user_name: str, policy_name: str) -> dict[str, Any]:
    user = entities.look_up(call.uow, IamUser, user_name)
    return {"UserName": user.name, **shapes.inline_policy(call, user, policy_name)}


@action(service="iam", reads=True)
def list_user_policies(
    call: Call, *, user_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    return shapes.inline_names(call, entities.look_up(call.uow, IamUser, user_name), marker, max_items)


@action(service="iam")
def delete_user_policy(call: Call, *, user_name: str, policy_name: str) -> None:
    permissions.delete_inline(call.uow, entities.require(call.uow, IamUser, user_name), policy_name)


@action(service="iam")
def attach_user_policy(call: Call, *, user_name: str, policy_arn: str) -> None:
    permissions.attach(call.uow, entities.require(call.uow, IamUser, user_name), policy_arn)


@action(service="iam")
def detach_user_policy(call: Call, *, user_name: str, policy_arn: str) -> None:
    permissions.detach(call.uow, entities.require(call.uow, IamUser, user_name), policy_arn)


@action(service="iam", reads=True)
def list_attached_user_policies(
    call: Call,
    *,
    user_name: str,
    path_prefix: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> dict[str, Any]:
    user = entities.look_up(call.uow, IamUser, user_name)
    return shapes.attached_policies(call, user, path_prefix, marker, max_items)
