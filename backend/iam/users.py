"""Users: whoever has permanent access keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from backend import clock, errors
from backend.db import reading
from backend.db.models import AccessKey, IamGroupMember, IamUser
from backend.db.unit_of_work import UnitOfWork
from backend.iam import entities, permissions

_UNSYNCHRONIZED = {"synchronize_session": False}


def create(
    uow: UnitOfWork,
    *,
    name: str,
    path: str,
    boundary_arn: str | None,
    wanted_tags: Sequence[Mapping[str, str]],
) -> IamUser:
    boundary = permissions.boundary(uow, boundary_arn) if boundary_arn else None
    user = entities.new(uow, IamUser, name, path, boundary_arn=boundary)
    entities.put_tags(uow, user, wanted_tags)
    return user


def ensure(uow: UnitOfWork, account: str, name: str) -> tuple[str, str]:
    """The ARN and the id of any account's user; an operator who makes a key for a new name makes a user of it."""
    table = reading.table_of(IamUser)
    connection = uow.for_reading()
    mine = select(table.c.id, table.c.path, table.c.name).where(
        table.c.account == account, table.c.folded == name.lower()
    )
    found = connection.execute(mine).one_or_none()
    if found is None:
        user_id, path = entities.new_id(IamUser.PREFIX), "/"
        connection.execute(
            insert(table).values(
                account=account, id=user_id, name=name, folded=name.lower(), path=path, created=clock.this_second()
            )
        )
    else:
        user_id, path, name = found
    return f"arn:aws:iam::{account}:user{path}{name}", user_id


def update_user(uow: UnitOfWork, name: str, *, new_path: str | None, new_name: str | None) -> None:
    """Rename or move a user, who keeps keys, policies and groups."""
    user = entities.require(uow, IamUser, name)
    if new_name is not None and new_name.lower() != user.folded:
        entities.check_free(uow, IamUser, new_name)
    user.name, user.folded = new_name or user.name, (new_name or user.name).lower()
    user.path = new_path or user.path
    keys = update(AccessKey).where(AccessKey.account == uow.account, AccessKey.user_id == user.id)
    uow.execute(keys.values(arn=user.arn), execution_options=_UNSYNCHRONIZED)


def delete_user(uow: UnitOfWork, name: str) -> None:
    """DeleteConflict while the user has keys, policies or groups. Temporary credentials end with the user."""
    user = entities.require(uow, IamUser, name)
    permissions.check_none(uow, user)
    if entities.exists(uow, IamGroupMember, reading.table_of(IamGroupMember).c.user_id == user.id):
        raise errors.DeleteConflict(reason="Cannot delete entity, must remove users from group first.")
    keys = reading.table_of(AccessKey).c
    mine = keys.user_id == user.id
    if entities.exists(uow, AccessKey, keys.account == uow.account, mine, keys.expires.is_(None)):
        raise errors.DeleteConflict(reason="Cannot delete entity, must delete access keys first.")
    sessions = delete(AccessKey).where(AccessKey.account == uow.account, AccessKey.user_id == user.id)
    uow.execute(sessions, execution_options=_UNSYNCHRONIZED)
    entities.forget(uow, user)
