"""IAM actions on the inline and attached policies of roles."""

from typing import Any

from backend.db.models import IamRole
from backend.iam import entities, permissions, roles
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.registry import action


@action(service="iam")
def put_role_policy(call: Call, *, role_name: str, policy_name: str, policy_document: str) -> None:
    permissions.put_inline(call.uow, roles.changeable(call.uow, role_name), policy_name, policy_document)


@action(service="iam", reads=True)
def get_role_policy(call: Call, *, role_name: str, policy_name: str) -> dict[str, Any]:
    role = entities.look_up(call.uow, IamRole, role_name)
    return {"RoleName": role.name, **shapes.inline_policy(call, role, policy_name)}


@action(service="iam", reads=True)
def list_role_policies(
    call: Call, *, role_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    return shapes.inline_names(call, entities.look_up(call.uow, IamRole, role_name), marker, max_items)


@action(service="iam")
def delete_role_policy(call: Call, *, role_name: str, policy_name: str) -> None:
    permissions.delete_inline(call.uow, roles.changeable(call.uow, role_name), policy_name)


@action(service="iam")
def attach_role_policy(call: Call, *, role_name: str, policy_arn: str) -> None:
    permissions.attach(call.uow, roles.changeable(call.uow, role_name), policy_arn)


@action(service="iam")
def detach_role_policy(call: Call, *, role_name: str, policy_arn: str) -> None:
    permissions.detach(call.uow, roles.changeable(call.uow, role_name), policy_arn)


@action(service="iam", reads=True)
def list_attached_role_policies(
    call: Call,
    *,
    role_name: str,
    path_prefix: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> dict[str, Any]:
    role = entities.look_up(call.uow, IamRole, role_name)
    return shapes.attached_policies(call, role, path_prefix, marker, max_items)
