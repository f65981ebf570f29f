"""What users, groups and roles are permitted: their inline and attached policies, and permissions boundaries.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from sqlalchemy import ColumnElement, select

from backend import errors
from backend.db import reading
from backend.db.models import IamAttachedPolicy, IamGroup, IamInlinePolicy, IamPolicy, IamRole, IamUser
from backend.db.models.iam import Entity
from backend.db.unit_of_work import UnitOfWork
from backend.iam import documents, entities, policies

_INLINE_SIZES: dict[type[Entity], int] = {IamUser: 2048, IamGroup: 5120, IamRole: 10240}
"""Characters of all inline policies of one entity together."""


def put_inline(uow: UnitOfWork, entity: Entity, name: str, document: str) -> None:
    """Add or replace an inline policy. MalformedPolicyDocument; LimitExceeded where all of them are too long."""
    documents.identity(document)
    table = reading.table_of(IamInlinePolicy).c
    others = uow.records(IamInlinePolicy, table.entity_id == entity.id, table.name != name)
    limit = _INLINE_SIZES[type(entity)]
    if documents.size(document) + sum(documents.size(other.document) for other in others) > limit:
        raise errors.LimitExceeded(
            reason=f"Maximum policy size of {limit} bytes exceeded for {entity.KIND} {entity.name}"
        )
    found = uow.get(IamInlinePolicy, (entity.id, name))
    if found is None:
        uow.add(IamInlinePolicy(account=uow.account, entity_id=entity.id, name=name, document=document))
    else:
        found.document = document


def look_up_inline(uow: UnitOfWork, entity: Entity, name: str) -> IamInlinePolicy:
    table = reading.table_of(IamInlinePolicy).c
    found = uow.records(IamInlinePolicy, table.entity_id == entity.id, table.name == name)
    if not found:
        raise errors.NoSuchEntity(reason=f"The {entity.KIND} policy with name {name} cannot be found.")
    return found[0]


def delete_inline(uow: UnitOfWork, entity: Entity, name: str) -> None:
    look_up_inline(uow, entity, name)
    entities.remove(uow, IamInlinePolicy, IamInlinePolicy.entity_id == entity.id, IamInlinePolicy.name == name)


def attach(uow: UnitOfWork, entity: Entity, policy_arn: str) -> None:
    """Attach a managed policy; no error where it is attached already."""
    policy = policies.attachable(uow, policy_arn)
    if not _is_attached(uow, entity, policy):
        attach_policy(uow, entity, policy)


def attach_policy(uow: UnitOfWork, entity: Entity, policy: IamPolicy) -> None:
    uow.add(IamAttachedPolicy(account=uow.account, entity_id=entity.id, policy_id=policy.id, kind=entity.KIND))


def detach(uow: UnitOfWork, entity: Entity, policy_arn: str) -> None:
    """NoSuchEntity for a policy that is not attached."""
    policy = policies.look_up(uow, policy_arn)
    if not _is_attached(uow, entity, policy):
        raise errors.NoSuchEntity(reason=f"Policy {policy_arn} was not found.")
    entities.remove(
        uow,
        IamAttachedPolicy,
        IamAttachedPolicy.entity_id == entity.id,
        IamAttachedPolicy.policy_id == policy.id,
    )


def _is_attached(uow: UnitOfWork, entity: Entity, policy: IamPolicy) -> bool:
    table = reading.table_of(IamAttachedPolicy).c
    return entities.exists(uow, IamAttachedPolicy, table.entity_id == entity.id, table.policy_id == policy.id)


def boundary(uow: UnitOfWork, policy_arn: str) -> str:
    """The ARN of a policy that may be a permissions boundary."""
    return policies.attachable(uow, policy_arn).arn


def check_none(uow: UnitOfWork, entity: Entity) -> None:
    """DeleteConflict while an entity that is to be deleted has policies."""
    attached, inline = reading.table_of(IamAttachedPolicy).c, reading.table_of(IamInlinePolicy).c
    if entities.exists(uow, IamAttachedPolicy, attached.entity_id == entity.id):
        raise errors.DeleteConflict(reason="Cannot delete entity, must detach all policies first.")
    if entities.exists(uow, IamInlinePolicy, inline.entity_id == entity.id):
        raise errors.DeleteConflict(reason="Cannot delete entity, must delete policies first.")


def forget(uow: UnitOfWork, entity: Entity) -> None:
    """Take all policies from an entity that AWS itself deletes."""
    entities.remove(uow, IamAttachedPolicy, IamAttachedPolicy.entity_id == entity.id)
    entities.remove(uow, IamInlinePolicy, IamInlinePolicy.entity_id == entity.id)


def attached_below(prefix: str | None) -> list[ColumnElement[bool]]:
    """The condition that attached policies have a path that begins so."""
    conditions = entities.below(IamPolicy, prefix)
    if not conditions:
        return []
    chosen = select(reading.table_of(IamPolicy).c.id).where(*reading.scope_of(IamPolicy), *conditions)
    return [reading.table_of(IamAttachedPolicy).c.policy_id.in_(chosen)]
