"""IAM actions on users.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html
"""

from collections.abc import Sequence
from typing import Any

from backend import clock, errors
from backend.db.models import Account, IamUser
from backend.iam import entities, permissions, users
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.iam.pages import Source, page
from ec2api.registry import action


def show(user: Any) -> dict[str, Any]:
    shown = {**shapes.entity(user, "User"), "PermissionsBoundary": shapes.boundary(user)}
    return {**shown, "Tags": shapes.tags(user)} if user.tags else shown


def name_of_caller(call: Call) -> str | None:
    """The user that a call without UserName is about; None for the root user."""
    caller = call.caller
    if caller.is_root:
        return None
    if ":user/" not in caller.arn:
        raise errors.ValidationError(reason="Must specify userName when calling with non-User credentials")
    return caller.arn.rpartition("/")[2]


@action(service="iam")
def create_user(
    call: Call,
    *,
    user_name: str,
    path: str = "/",
    permissions_boundary: str | None = None,
    tags: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    user = users.create(call.uow, name=user_name, path=path, boundary_arn=permissions_boundary, wanted_tags=tags)
    return {"User": show(entities.look_up(call.uow, IamUser, user.name, load=(IamUser.tags,)))}


@action(service="iam", reads=True)
def get_user(call: Call, *, user_name: str | None = None) -> dict[str, Any]:
    name = user_name or name_of_caller(call)
    if name is None:
        return {"User": _root(call)}
    return {"User": show(entities.look_up(call.uow, IamUser, name, load=(IamUser.tags,)))}


def _root(call: Call) -> dict[str, Any]:
    account = call.uow.get(Account, call.account)
    return {
        "UserId": call.account,
        "Arn": f"arn:aws:iam::{call.account}:root",
        "CreateDate": account.created if account else clock.this_second(),
    }


@action(service="iam", reads=True)
def list_users(
    call: Call, *, path_prefix: str | None = None, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    (found,), rest = page(call, marker, max_items, Source(IamUser, entities.below(IamUser, path_prefix)))
    return {"Users": [shapes.entity(user, "User") for user in found], **rest}


@action(service="iam")
def update_user(call: Call, *, user_name: str, new_path: str | None = None, new_user_name: str | None = None) -> None:
    users.update_user(call.uow, user_name, new_path=new_path, new_name=new_user_name)


@action(service="iam")
def delete_user(call: Call, *, user_name: str) -> None:
    users.delete_user(call.uow, user_name)


@action(service="iam")
def put_user_permissions_boundary(call: Call, *, user_name: str, permissions_boundary: str) -> None:
    user = entities.require(call.uow, IamUser, user_name)
    user.boundary_arn = permissions.boundary(call.uow, permissions_boundary)


@action(service="iam")
def delete_user_permissions_boundary(call: Call, *, user_name: str) -> None:
    entities.require(call.uow, IamUser, user_name).boundary_arn = None


@action(service="iam")
def tag_user(call: Call, *, user_name: str, tags: Sequence[dict[str, str]]) -> None:
    entities.put_tags(call.uow, entities.require(call.uow, IamUser, user_name), tags)


@action(service="iam")
def untag_user(call: Call, *, user_name: str, tag_keys: Sequence[str]) -> None:
    entities.remove_tags(call.uow, entities.require(call.uow, IamUser, user_name), tag_keys)


@action(service="iam", reads=True)
def list_user_tags(
    call: Call, *, user_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    user = entities.look_up(call.uow, IamUser, user_name, load=(IamUser.tags,))
    return shapes.tag_page(user, marker, max_items)
