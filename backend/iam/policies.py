"""Managed policies and their versions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from backend import clock, errors, quotas
from backend.db import reading
from backend.db.models import IamAttachedPolicy, IamPolicy, IamPolicyVersion, IamRole, IamUser
from backend.db.models.iam import AWS
from backend.db.unit_of_work import UnitOfWork
from backend.iam import documents, entities

SIZE = 6144
VERSIONS = 5
_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(?P<account>aws|[0-9]{12}):policy(?P<path>/(?:.+/)?)(?P<name>[^/]+)")
_VERSION = re.compile(r"v([1-9][0-9]{0,8})")


def create(
    uow: UnitOfWork,
    *,
    name: str,
    path: str,
    document: str,
    description: str | None,
    wanted_tags: Sequence[Mapping[str, str]],
) -> IamPolicy:
    """A policy with its first version. EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded."""
    _check(document)
    table = reading.table_of(IamPolicy).c
    if uow.records(IamPolicy, table.account == uow.account, table.folded == name.lower()):
        raise errors.EntityAlreadyExists(
            reason=f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    quotas.check(uow, quotas.IAM_POLICIES)
    policy = IamPolicy(
        account=uow.account,
        id=entities.new_id(IamPolicy.PREFIX),
        name=name,
        folded=name.lower(),
        path=path,
        description=description,
    )
    uow.add_all([policy, IamPolicyVersion(policy_id=policy.id, number=1, document=document)])
    uow.flush()
    entities.put_tags(uow, policy, wanted_tags)
    return policy


def _check(document: str) -> None:
    documents.identity(document)
    if documents.size(document) > SIZE:
        raise errors.LimitExceeded(reason=f"Cannot exceed quota for PolicySize: {SIZE}")


def look_up(uow: UnitOfWork, arn: str, *, load: Sequence[Any] = ()) -> IamPolicy:
    """The policy of the account or of AWS as a record; InvalidInput for what is no ARN of one, NoSuchEntity."""
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise errors.InvalidInput(reason=f"ARN {arn} is not valid.")
    table = reading.table_of(IamPolicy).c
    found = uow.records(
        IamPolicy,
        table.account == parts["account"],
        table.folded == parts["name"].lower(),
        table.path == parts["path"],
        load=load,
    )
    if not found:
        raise errors.NoSuchEntity(reason=f"Policy {arn} was not found.")
    return found[0]


def attachable(uow: UnitOfWork, arn: str) -> IamPolicy:
    """The policy as a record. Those of service-linked roles are for these alone: PolicyNotAttachable."""
    try:
        policy = look_up(uow, arn)
    except errors.NoSuchEntity:
        raise errors.NoSuchEntity(reason=f"Policy {arn} does not exist or is not attachable.") from None
    if not is_attachable(policy):
        raise errors.PolicyNotAttachable(reason=f"Cannot attach a Service Role Policy to a Customer Role: {arn}")
    return policy


def is_attachable(policy: IamPolicy) -> bool:
    return not (policy.account == AWS and policy.path.startswith("/aws-service-role/"))


def require(uow: UnitOfWork, arn: str) -> IamPolicy:
    """The account's own policy, to change."""
    policy_id = look_up(uow, arn).id
    found = uow.query(IamPolicy).filter(IamPolicy.id == policy_id).with_for_update().one_or_none()
    if found is None:
        raise errors.AccessDenied(reason=f"The policy {arn} belongs to AWS and cannot be changed.")
    return found


def delete(uow: UnitOfWork, arn: str) -> None:
    """DeleteConflict while it is attached or is a boundary, or has more than its default version."""
    policy = require(uow, arn)
    attached, users, roles = (reading.table_of(model).c for model in (IamAttachedPolicy, IamUser, IamRole))
    if (
        entities.exists(uow, IamAttachedPolicy, attached.policy_id == policy.id)
        or entities.exists(uow, IamUser, users.boundary_arn == policy.arn)
        or entities.exists(uow, IamRole, roles.boundary_arn == policy.arn)
    ):
        raise errors.DeleteConflict(reason="Cannot delete a policy attached to entities.")
    versions = _versions(uow, policy.id)
    if len(versions) > 1:
        raise errors.DeleteConflict(
            reason="This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy."
        )
    for version in versions:
        uow.delete(version)
    entities.forget(uow, policy)


def create_version(uow: UnitOfWork, arn: str, document: str, *, as_default: bool) -> IamPolicyVersion:
    """A further version; LimitExceeded beside five."""
    policy = require(uow, arn)
    _check(document)
    if len(_versions(uow, policy.id)) >= VERSIONS:
        raise errors.LimitExceeded(
            reason=f"A managed policy can have up to {VERSIONS} versions. Before you create a new version, you must "
            "delete an existing version."
        )
    policy.newest_version += 1
    version = IamPolicyVersion(
        policy_id=policy.id, number=policy.newest_version, document=document, created=clock.this_second()
    )
    uow.add(version)
    if as_default:
        policy.default_version = version.number
        policy.updated = version.created
    return version


def set_default(uow: UnitOfWork, arn: str, version_id: str) -> None:
    policy = require(uow, arn)
    policy.default_version = _version(uow, policy, version_id).number
    policy.updated = clock.this_second()


def delete_version(uow: UnitOfWork, arn: str, version_id: str) -> None:
    """DeleteConflict for the default version."""
    policy = require(uow, arn)
    version = _version(uow, policy, version_id)
    if version.number == policy.default_version:
        raise errors.DeleteConflict(reason="Cannot delete the default version of a policy.")
    uow.delete(version)


def look_up_version(uow: UnitOfWork, arn: str, version_id: str) -> tuple[IamPolicy, IamPolicyVersion]:
    policy = look_up(uow, arn, load=(IamPolicy.versions,))
    number = _number(version_id)
    found = next((version for version in policy.versions if version.number == number), None)
    if found is None:
        raise _no_version(policy.arn, version_id)
    return policy, found


def _version(uow: UnitOfWork, policy: IamPolicy, version_id: str) -> IamPolicyVersion:
    found = uow.get(IamPolicyVersion, (policy.id, _number(version_id)))
    if found is None:
        raise _no_version(policy.arn, version_id)
    return found


def _versions(uow: UnitOfWork, policy_id: str) -> list[IamPolicyVersion]:
    return list(uow.query(IamPolicyVersion).filter(IamPolicyVersion.policy_id == policy_id))


def _number(version_id: str) -> int:
    found = _VERSION.fullmatch(version_id)
    return int(found[1]) if found else 0


def _no_version(arn: str, version_id: str) -> errors.CloudError:
    return errors.NoSuchEntity(reason=f"Policy {arn} version {version_id} does not exist or is not attachable.")


def uses(uow: UnitOfWork, found: Sequence[IamPolicy]) -> tuple[dict[str, int], dict[str, int]]:
    """How often each policy is attached, by its id, and is a permissions boundary, by its ARN, in this account."""
    attached = reading.table_of(IamAttachedPolicy).c
    connection = uow.for_reading()
    counted = (
        select(attached.policy_id, func.count())
        .where(attached.account == uow.account, attached.policy_id.in_([policy.id for policy in found]))
        .group_by(attached.policy_id)
    )
    attachments = {row[0]: row[1] for row in connection.execute(counted)}
    boundaries: dict[str, int] = {}
    for model in (IamUser, IamRole):
        table = reading.table_of(model).c
        limited = (
            select(table.boundary_arn, func.count())
            .where(table.account == uow.account, table.boundary_arn.in_([policy.arn for policy in found]))
            .group_by(table.boundary_arn)
        )
        for arn, count in connection.execute(limited):
            boundaries[arn] = boundaries.get(arn, 0) + count
    return attachments, boundaries
