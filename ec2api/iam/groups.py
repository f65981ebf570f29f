"""IAM actions on groups.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Group.html
"""

from typing import Any

from sqlalchemy import select

from backend.db import reading
from backend.db.models import IamGroup, IamGroupMember, IamUser
from backend.iam import entities, groups
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.iam.pages import Source, page
from ec2api.registry import action

_members = reading.table_of(IamGroupMember).c


def show(group: Any) -> dict[str, Any]:
    return shapes.entity(group, "Group")


@action(service="iam")
def create_group(call: Call, *, group_name: str, path: str = "/") -> dict[str, Any]:
    return {"Group": show(entities.new(call.uow, IamGroup, group_name, path))}


@action(service="iam", reads=True)
def get_group(
    call: Call, *, group_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    group = entities.look_up(call.uow, IamGroup, group_name)
    chosen = select(_members.user_id).where(_members.group_id == group.id)
    source = Source(IamUser, [reading.table_of(IamUser).c.id.in_(chosen)])
    (found,), rest = page(call, marker, max_items, source)
    return {"Group": show(group), "Users": [shapes.entity(user, "User") for user in found], **rest}


@action(service="iam", reads=True)
def list_groups(
    call: Call, *, path_prefix: str | None = None, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    (found,), rest = page(call, marker, max_items, Source(IamGroup, entities.below(IamGroup, path_prefix)))
    return {"Groups": [show(group) for group in found], **rest}


@action(service="iam", reads=True)
def list_groups_for_user(
    call: Call, *, user_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    user = entities.look_up(call.uow, IamUser, user_name)
    chosen = select(_members.group_id).where(_members.user_id == user.id)
    source = Source(IamGroup, [reading.table_of(IamGroup).c.id.in_(chosen)])
    (found,), rest = page(call, marker, max_items, source)
    return {"Groups": [show(group) for group in found], **rest}


@action(service="iam")
def update_group(
    call: Call, *, group_name: str, new_path: str | None = None, new_group_name: str | None = None
) -> None:
    groups.update(call.uow, group_name, new_path=new_path, new_name=new_group_name)


@action(service="iam")
def delete_group(call: Call, *, group_name: str) -> None:
    groups.delete(call.uow, group_name)


@action(service="iam")
def add_user_to_group(call: Call, *, group_name: str, user_name: str) -> None:
    groups.add_user(call.uow, group_name, user_name)


@action(service="iam")
def remove_user_from_group(call: Call, *, group_name: str, user_name: str) -> None:
    groups.remove_user(call.uow, group_name, user_name)
