"""IAM actions on roles.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
"""

from collections.abc import Sequence
from typing import Any

from backend.db.models import IamRole
from backend.iam import entities, permissions, roles
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.iam.pages import Source, page
from ec2api.registry import action


def listed(role: Any) -> dict[str, Any]:
    """A role as lists have it."""
    return {
        **shapes.entity(role, "Role"),
        "AssumeRolePolicyDocument": shapes.document(role.trust_policy),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_duration,
    }


def show(role: Any) -> dict[str, Any]:
    return {
        **listed(role),
        "PermissionsBoundary": shapes.boundary(role),
        "Tags": shapes.tags(role),
        "RoleLastUsed": last_used(role),
    }


def last_used(role: Any) -> dict[str, Any]:
    return {"LastUsedDate": role.last_used_at, "Region": role.last_used_region}


@action(service="iam")
def create_role(
    call: Call,
    *,
    role_name: str,
    assume_role_policy_document: str,
    path: str = "/",
    description: str | None = None,
    max_session_duration: int = 3600,
    permissions_boundary: str | None = None,
    tags: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    role = roles.create(
        call.uow,
        name=role_name,
        path=path,
        trust_policy=assume_role_policy_document,
        description=description,
        max_session_duration=max_session_duration,
        boundary_arn=permissions_boundary,
        wanted_tags=tags,
    )
    found = entities.look_up(call.uow, IamRole, role.name, load=(IamRole.tags,))
    shown = {**show(found), "Description": found.description}
    return {"Role": {name: value for name, value in shown.items() if name != "RoleLastUsed"}}


@action(service="iam", reads=True)
def get_role(call: Call, *, role_name: str) -> dict[str, Any]:
    return {"Role": show(entities.look_up(call.uow, IamRole, role_name, load=(IamRole.tags,)))}


@action(service="iam", reads=True)
def list_roles(
    call: Call, *, path_prefix: str | None = None, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    (found,), rest = page(call, marker, max_items, Source(IamRole, entities.below(IamRole, path_prefix)))
    return {"Roles": [listed(role) for role in found], **rest}


@action(service="iam")
def update_role(
    call: Call, *, role_name: str, description: str | None = None, max_session_duration: int | None = None
) -> None:
    roles.update(call.uow, role_name, description=description, max_session_duration=max_session_duration)


@action(service="iam")
def update_role_description(call: Call, *, role_name: str, description: str) -> dict[str, Any]:
    roles.update(call.uow, role_name, description=description, max_session_duration=None)
    return {"Role": show(entities.look_up(call.uow, IamRole, role_name, load=(IamRole.tags,)))}


@action(service="iam")
def update_assume_role_policy(call: Call, *, role_name: str, policy_document: str) -> None:
    roles.set_trust(call.uow, role_name, policy_document)


@action(service="iam")
def delete_role(call: Call, *, role_name: str) -> None:
    roles.delete(call.uow, role_name)


@action(service="iam")
def put_role_permissions_boundary(call: Call, *, role_name: str, permissions_boundary: str) -> None:
    roles.changeable(call.uow, role_name).boundary_arn = permissions.boundary(call.uow, permissions_boundary)


@action(service="iam")
def delete_role_permissions_boundary(call: Call, *, role_name: str) -> None:
    roles.changeable(call.uow, role_name).boundary_arn = None


@action(service="iam")
def tag_role(call: Call, *, role_name: str, tags: Sequence[dict[str, str]]) -> None:
    entities.put_tags(call.uow, entities.require(call.uow, IamRole, role_name), tags)


@action(service="iam")
def untag_role(call: Call, *, role_name: str, tag_keys: Sequence[str]) -> None:
    entities.remove_tags(call.uow, entities.require(call.uow, IamRole, role_name), tag_keys)


@action(service="iam", reads=True)
def list_role_tags(
    call: Call, *, role_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    role = entities.look_up(call.uow, IamRole, role_name, load=(IamRole.tags,))
    return shapes.tag_page(role, marker, max_items)
