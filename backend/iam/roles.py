"""Roles, and who may assume them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
"""

import re
from collections.abc import Mapping, Sequence

from backend import errors
from backend.db import reading
from backend.db.models import IamInstanceProfile, IamRole, IamUser
from backend.db.unit_of_work import UnitOfWork
from backend.iam import documents, entities, permissions

LINKED = "/aws-service-role/"
TRUST_SIZE = 2048
_OWN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(?P<account>[0-9]{12}):(?P<kind>user|role)/(?:.+/)?(?P<name>[^/]+)")


def create(
    uow: UnitOfWork,
    *,
    name: str,
    path: str,
    trust_policy: str,
    description: str | None,
    max_session_duration: int,
    boundary_arn: str | None,
    wanted_tags: Sequence[Mapping[str, str]],
) -> IamRole:
    if path.startswith(LINKED):
        raise errors.InvalidInput(reason=f"The path {LINKED} is reserved for service-linked roles.")
    check_trust(uow, trust_policy)
    role = entities.new(
        uow,
        IamRole,
        name,
        path,
        trust_policy=trust_policy,
        description=description,
        max_session_duration=max_session_duration,
        boundary_arn=permissions.boundary(uow, boundary_arn) if boundary_arn else None,
    )
    entities.put_tags(uow, role, wanted_tags)
    return role


def check_trust(uow: UnitOfWork, text: str) -> None:
    """MalformedPolicyDocument also for users and roles of this account that it does not have."""
    policy = documents.trust(text)
    if documents.size(text) > TRUST_SIZE:
        raise errors.LimitExceeded(reason=f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
    for named in documents.principals(policy):
        if not principal_exists(uow, named):
            raise documents.invalid_principal(named)


def principal_exists(uow: UnitOfWork, arn: str) -> bool:
    """Whether there is such a user or role. Of other accounts nothing is known."""
    parts = _OWN.fullmatch(arn)
    if parts is None or parts["account"] != uow.account:
        return True
    model = IamUser if parts["kind"] == "user" else IamRole
    found = uow.records(model, reading.table_of(model).c.folded == parts["name"].lower())
    return any(entity.arn.partition("::")[2] == arn.partition("::")[2] for entity in found)


def changeable(uow: UnitOfWork, name: str) -> IamRole:
    """The role, to change; UnmodifiableEntity for one that belongs to a service."""
    role = entities.require(uow, IamRole, name)
    if role.path.startswith(LINKED):
        raise errors.UnmodifiableEntity(name=role.name)
    return role


def update(uow: UnitOfWork, name: str, *, description: str | None, max_session_duration: int | None) -> None:
    """Change what is given. Of a service-linked role only the description may change."""
    role = entities.require(uow, IamRole, name) if max_session_duration is None else changeable(uow, name)
    if description is not None:
        role.description = description
    if max_session_duration is not None:
        role.max_session_duration = max_session_duration


def set_trust(uow: UnitOfWork, name: str, trust_policy: str) -> None:
    role = changeable(uow, name)
    check_trust(uow, trust_policy)
    role.trust_policy = trust_policy


def delete(uow: UnitOfWork, name: str) -> None:
    """DeleteConflict while it is in an instance profile or has policies."""
    role = changeable(uow, name)
    if entities.exists(uow, IamInstanceProfile, reading.table_of(IamInstanceProfile).c.role_id == role.id):
        raise errors.DeleteConflict(reason="Cannot delete entity, must remove roles from instance profile first.")
    permissions.check_none(uow, role)
    entities.forget(uow, role)
