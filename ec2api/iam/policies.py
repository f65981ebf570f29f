"""IAM actions on managed policies.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from backend.db import reading
from backend.db.models import IamAttachedPolicy, IamGroup, IamPolicy, IamRole, IamUser
from backend.db.models.iam import AWS, Entity
from backend.iam import entities, policies
from ec2api.call import Call
from ec2api.iam import shapes
from ec2api.iam.pages import Source, page
from ec2api.registry import action

_attached = reading.table_of(IamAttachedPolicy).c
_BOUNDARY = "PermissionsBoundary"


def shown(call: Call, found: Sequence[Any]) -> list[dict[str, Any]]:
    """Policies as lists have them, in three queries."""
    attachments, boundaries = policies.uses(call.uow, found)
    return [
        {
            **shapes.entity(policy, "Policy"),
            "DefaultVersionId": f"v{policy.default_version}",
            "AttachmentCount": attachments.get(policy.id, 0),
            "PermissionsBoundaryUsageCount": boundaries.get(policy.arn, 0),
            "IsAttachable": policies.is_attachable(policy),
            "UpdateDate": policy.updated,
        }
        for policy in found
    ]


def _show(call: Call, arn: str) -> dict[str, Any]:
    policy = policies.look_up(call.uow, arn, load=(IamPolicy.tags,))
    (found,) = shown(call, [policy])
    return {**found, "Description": policy.description, "Tags": shapes.tags(policy)}


@action(service="iam")
def create_policy(
    call: Call,
    *,
    policy_name: str,
    policy_document: str,
    path: str = "/",
    description: str | None = None,
    tags: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    policy = policies.create(
        call.uow,
        name=policy_name,
        path=path,
        document=policy_document,
        description=description,
        wanted_tags=tags,
    )
    return {"Policy": _show(call, policy.arn)}


@action(service="iam", reads=True)
def get_policy(call: Call, *, policy_arn: str) -> dict[str, Any]:
    return {"Policy": _show(call, policy_arn)}


@action(service="iam", reads=True)
def list_policies(
    call: Call,
    *,
    scope: str = "All",
    only_attached: bool = False,
    path_prefix: str | None = None,
    policy_usage_filter: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> dict[str, Any]:
    table = reading.table_of(IamPolicy).c
    conditions = entities.below(IamPolicy, path_prefix)
    if scope != "All":
        conditions.append((table.account == AWS) == (scope == "AWS"))
    if only_attached:
        conditions.append(used(call, policy_usage_filter))
    elif policy_usage_filter == _BOUNDARY:
        conditions.append(used(call, _BOUNDARY))
    own = Source(IamPolicy, [*conditions, table.account == call.account])
    of_aws = Source(IamPolicy, [*conditions, table.account == AWS])
    (mine, theirs), rest = page(call, marker, max_items, own, of_aws)
    return {"Policies": shown(call, [*mine, *theirs]), **rest}


def used(call: Call, usage: str | None) -> ColumnElement[bool]:
    """Policies that this account's identities have: attached, as boundary, or (None) either."""
    table = reading.table_of(IamPolicy).c
    attached = table.id.in_(select(_attached.policy_id).where(_attached.account == call.account))
    arn = "arn:aws:iam::" + table.account + ":policy" + table.path + table.name
    as_boundary = arn.in_(_boundaries(call, IamUser)) | arn.in_(_boundaries(call, IamRole))
    if usage is None:
        return attached | as_boundary
    return as_boundary if usage == _BOUNDARY else attached


def _boundaries(call: Call, model: type[Entity]) -> Any:
    table = reading.table_of(model).c
    return select(table.boundary_arn).where(table.account == call.account, table.boundary_arn.is_not(None))


@action(service="iam")
def delete_policy(call: Call, *, policy_arn: str) -> None:
    policies.delete(call.uow, policy_arn)


@action(service="iam")
def tag_policy(call: Call, *, policy_arn: str, tags: Sequence[dict[str, str]]) -> None:
    entities.put_tags(call.uow, policies.require(call.uow, policy_arn), tags)


@action(service="iam")
def untag_policy(call: Call, *, policy_arn: str, tag_keys: Sequence[str]) -> None:
    entities.remove_tags(call.uow, policies.require(call.uow, policy_arn), tag_keys)


@action(service="iam", reads=True)
def list_policy_tags(
    call: Call, *, policy_arn: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    policy = policies.look_up(call.uow, policy_arn, load=(IamPolicy.tags,))
    return shapes.tag_page(policy, marker, max_items)


_KINDS: dict[str, type[Entity]] = {"Group": IamGroup, "User": IamUser, "Role": IamRole}


@action(service="iam", reads=True)
def list_entities_for_policy(
    call: Call,
    *,
    policy_arn: str,
    entity_filter: str | None = None,
    path_prefix: str | None = None,
    policy_usage_filter: str | None = None,
    marker: str | None = None,
    max_items: int | None = None,
) -> dict[str, Any]:
    policy = policies.look_up(call.uow, policy_arn)
    sources = [
        Source(model, [*entities.below(model, path_prefix), _has(call, model, policy, policy_usage_filter)])
        for kind, model in _KINDS.items()
        if entity_filter in (None, kind)
    ]
    found, rest = page(call, marker, max_items, *sources)
    by_model = {source.model: rows for source, rows in zip(sources, found, strict=True)}
    return {
        f"Policy{kind}s": [{f"{kind}Name": entity.name, f"{kind}Id": entity.id} for entity in by_model.get(model, [])]
        for kind, model in _KINDS.items()
    } | rest


def _has(call: Call, model: type[Entity], policy: IamPolicy, usage: str | None) -> ColumnElement[bool]:
    table = reading.table_of(model).c
    chosen = select(_attached.entity_id).where(_attached.account == call.account, _attached.policy_id == policy.id)
    attached = table.id.in_(chosen)
    limited = table.boundary_arn == policy.arn if "boundary_arn" in table else attached & ~attached
    if usage is None:
        return attached | limited
    return limited if usage == _BOUNDARY else attached
