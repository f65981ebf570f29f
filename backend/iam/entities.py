"""What users, groups, roles, instance profiles and policies share: ids, names, paths, tags, size limits.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import base64
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, insert

from backend import errors, quotas
from backend.db import reading
from backend.db.base import Base, Global
from backend.db.models import IamGroup, IamInstanceProfile, IamRole, IamTag, IamUser
from backend.db.models.iam import Entity
from backend.db.unit_of_work import UnitOfWork

E = TypeVar("E", bound=Entity)

TAGS = 50
_FOLDING = (IamUser, IamRole)
"""Whose tag keys are compared without regard to case."""
_MISSING: Mapping[type[Entity], str] = {
    IamUser: "The user with name {name} cannot be found.",
    IamGroup: "The group with name {name} cannot be found.",
    IamRole: "The role with name {name} cannot be found.",
    IamInstanceProfile: "Instance Profile {name} cannot be found.",
}
_QUOTAS: Mapping[type[Entity], quotas.Quota] = {
    IamUser: quotas.IAM_USERS,
    IamGroup: quotas.IAM_GROUPS,
    IamRole: quotas.IAM_ROLES,
    IamInstanceProfile: quotas.IAM_PROFILES,
}
_TAKEN: Mapping[type[Entity], str] = {
    IamUser: "User with name {name} already exists.",
    IamGroup: "Group with name {name} already exists.",
    IamRole: "Role with name {name} already exists.",
    IamInstanceProfile: "Instance Profile {name} already exists.",
}


def new_id(prefix: str) -> str:
    return prefix + base64.b32encode(secrets.token_bytes(11)).decode()[:17]


def new(uow: UnitOfWork, model: type[E], name: str, path: str, **columns: Any) -> E:
    """A new entity; EntityAlreadyExists where one has this name in whatever case."""
    check_free(uow, model, name)
    quotas.check(uow, _QUOTAS[model])
    entity = model(account=uow.account, id=new_id(model.PREFIX), name=name, folded=name.lower(), path=path, **columns)
    uow.add(entity)
    uow.flush()
    return entity


def check_free(uow: UnitOfWork, model: type[Entity], name: str) -> None:
    table = reading.table_of(model).c
    if uow.records(model, table.account == uow.account, table.folded == name.lower()):
        raise errors.EntityAlreadyExists(reason=_TAKEN[model].format(name=name))


def require(uow: UnitOfWork, model: type[E], name: str) -> E:
    """The entity of this name, to change; NoSuchEntity."""
    found = uow.query(model).filter(model.folded == name.lower()).with_for_update().populate_existing().one_or_none()
    if found is None:
        raise missing(model, name)
    return found


def look_up(uow: UnitOfWork, model: type[E], name: str, *, load: Sequence[Any] = ()) -> E:
    """The entity of this name as a record; NoSuchEntity."""
    found = uow.records(model, reading.table_of(model).c.folded == name.lower(), load=load)
    if not found:
        raise missing(model, name)
    return found[0]


def missing(model: type[Entity], name: str) -> errors.CloudError:
    return errors.NoSuchEntity(reason=_MISSING[model].format(name=name))


def below(model: type[Entity], prefix: str | None) -> list[ColumnElement[bool]]:
    """The condition of a PathPrefix."""
    if prefix is None or prefix == "/":
        return []
    return [reading.table_of(model).c.path.startswith(prefix, autoescape=True)]


def put_tags(uow: UnitOfWork, entity: Entity, given: Sequence[Mapping[str, str]]) -> None:
    """Set tags, replacing values; InvalidInput for keys that occur twice or are reserved, LimitExceeded above 50."""
    wanted = {_folded(entity, tag["Key"]): tag for tag in given}
    if len(wanted) < len(given):
        raise errors.InvalidInput(
            reason="Duplicate tag keys found. Please note that Tag keys are case insensitive."
            if isinstance(entity, _FOLDING)
            else "Duplicate tag keys found."
        )
    for tag in given:
        if tag["Key"].lower().startswith("aws:"):
            raise errors.InvalidInput(reason="Tag keys starting with 'aws:' are reserved for system use.")
    present = {tag.folded for tag in reading.by(uow, IamTag.entity_id, [entity.id])}
    if len(present | wanted.keys()) > TAGS:
        raise errors.LimitExceeded(reason=f"The number of tags has reached the maximum limit of {TAGS}.")
    _drop_tags(uow, entity, wanted)
    rows = [
        {
            "account": uow.account,
            "entity_id": entity.id,
            "folded": folded,
            "key": tag["Key"],
            "value": tag.get("Value", ""),
        }
        for folded, tag in wanted.items()
    ]
    if rows:
        uow.execute(insert(IamTag), rows)


def remove_tags(uow: UnitOfWork, entity: Entity, keys: Iterable[str]) -> None:
    _drop_tags(uow, entity, [_folded(entity, key) for key in keys])


def _drop_tags(uow: UnitOfWork, entity: Entity, folded: Collection[str]) -> None:
    if folded:
        remove(uow, IamTag, IamTag.entity_id == entity.id, IamTag.folded.in_(list(folded)))


def _folded(entity: Entity, key: str) -> str:
    return key.lower() if isinstance(entity, _FOLDING) else key


def remove(uow: UnitOfWork, model: type[Base], *conditions: ColumnElement[bool]) -> None:
    """Delete the account's rows that meet the conditions."""
    assert issubclass(model, Global)
    uow.execute(delete(model).where(*conditions), execution_options={"synchronize_session": False})


def forget(uow: UnitOfWork, entity: Entity) -> None:
    """Delete an entity that nothing hangs on any more, with its tags."""
    remove(uow, IamTag, IamTag.entity_id == entity.id)
    uow.delete(entity)


def exists(uow: UnitOfWork, model: type[Base], *conditions: ColumnElement[bool]) -> bool:
    return bool(reading.where(uow, model, *conditions, limit=1))
