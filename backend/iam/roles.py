"""Roles, and who may assume them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

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
    document = documents.trust(text)
    if documents.size(text) > TRUST_SIZE:
        raise errors.LimitExceeded(reason=f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
    for statement in documents.statements(document):
        for kind, value in documents.principals(statement):
            if kind == "AWS" and not _principal_exists(uow, value):
                raise documents.invalid_principal(kind, value)


def _principal_exists(uow: UnitOfWork, arn: str) -> bool:
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


def trusts(role: IamRole, *, arn: str, account: str, external_id: str | None) -> bool:
    """Whether a role's trust policy lets somebody of this ARN assume it.

    Trust in an account is trust in everybody there. Of conditions only those on the external id can be judged; a
    statement with others allows nothing, and denies.
    """
    allowed = False
    for statement in documents.statements(json.loads(role.trust_policy)):
        if not _speaks_of(statement, arn, account):
            continue
        met = _met(statement.get("Condition", {}), external_id)
        if statement["Effect"] == "Deny" and met is not False:
            return False
        allowed = allowed or (statement["Effect"] == "Allow" and met is True)
    return allowed


def _speaks_of(statement: Mapping[str, Any], arn: str, account: str) -> bool:
    actions = documents.texts(statement, "Action", "NotAction")
    pattern = "|".join(re.escape(action).replace(r"\*", ".*").replace(r"\?", ".") for action in actions)
    if (re.fullmatch(pattern, "sts:AssumeRole", re.IGNORECASE) is None) != ("NotAction" in statement):
        return False
    given = {value for kind, value in documents.principals(statement) if kind == "AWS"}
    named = not given.isdisjoint({"*", account, *_names(arn, account)})
    return named != ("NotPrincipal" in statement)


def _names(arn: str, account: str) -> set[str]:
    """The principals that mean a caller: itself, its account, and the role of a session."""
    found = {arn, f"arn:aws:iam::{account}:root"}
    if ":assumed-role/" in arn:
        found.add(f"arn:aws:iam::{account}:role/{arn.split('/')[1]}")
    return found


def _met(conditions: Mapping[str, Mapping[str, Any]], external_id: str | None) -> bool | None:
    """Whether the conditions hold; None where that cannot be judged."""
    for operator, block in conditions.items():
        for key in block:
            if operator != "StringEquals" or key.lower() != "sts:externalid":
                return None
            if external_id not in documents.texts(block, key):
                return False
    return True
