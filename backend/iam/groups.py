"""Groups of users.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html
"""

from backend import errors
from backend.db import reading
from backend.db.models import IamGroup, IamGroupMember, IamUser
from backend.db.unit_of_work import UnitOfWork
from backend.iam import entities, permissions

GROUPS_OF_A_USER = 10


def update(uow: UnitOfWork, name: str, *, new_path: str | None, new_name: str | None) -> None:
    group = entities.require(uow, IamGroup, name)
    if new_name is not None and new_name.lower() != group.folded:
        entities.check_free(uow, IamGroup, new_name)
    group.name, group.folded = new_name or group.name, (new_name or group.name).lower()
    group.path = new_path or group.path


def delete(uow: UnitOfWork, name: str) -> None:
    """DeleteConflict while it has users or policies."""
    group = entities.require(uow, IamGroup, name)
    if entities.exists(uow, IamGroupMember, reading.table_of(IamGroupMember).c.group_id == group.id):
        raise errors.DeleteConflict(reason="Cannot delete entity, must remove users from group first.")
    permissions.check_none(uow, group)
    entities.forget(uow, group)


def add_user(uow: UnitOfWork, group_name: str, user_name: str) -> None:
    """Make a user a member, or leave it one; LimitExceeded beside ten groups."""
    group = entities.require(uow, IamGroup, group_name)
    user = entities.require(uow, IamUser, user_name)
    table = reading.table_of(IamGroupMember).c
    joined = uow.records(IamGroupMember, table.user_id == user.id)
    if any(member.group_id == group.id for member in joined):
        return
    if len(joined) >= GROUPS_OF_A_USER:
        raise errors.LimitExceeded(reason=f"Cannot exceed quota for GroupsPerUser: {GROUPS_OF_A_USER}")
    uow.add(IamGroupMember(account=uow.account, group_id=group.id, user_id=user.id))


def remove_user(uow: UnitOfWork, group_name: str, user_name: str) -> None:
    """NoSuchEntity for a user who is no member."""
    group = entities.look_up(uow, IamGroup, group_name)
    user = entities.look_up(uow, IamUser, user_name)
    table = reading.table_of(IamGroupMember).c
    if not entities.exists(uow, IamGroupMember, table.group_id == group.id, table.user_id == user.id):
        raise errors.NoSuchEntity(reason=f"User {user_name} is not a member of group {group_name}.")
    entities.remove(uow, IamGroupMember, IamGroupMember.group_id == group.id, IamGroupMember.user_id == user.id)
