"""How IAM shows what several of its actions answer: documents, tags, policies of an identity."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from backend.db.models import IamAttachedPolicy, IamInlinePolicy
from backend.db.models.iam import Entity
from backend.iam import permissions
from ec2api.call import Call
from ec2api.iam.pages import Source, cut, page


def document(text: str) -> str:
    """A policy document as AWS echoes it: URL-encoded (RFC 3986)."""
    return quote(text, safe="")


def tags(entity: Any) -> list[dict[str, str]]:
    return [{"Key": tag.key, "Value": tag.value} for tag in entity.tags]


def tag_page(entity: Any, marker: str | None, max_items: int | None) -> dict[str, Any]:
    found, rest = cut(tags(entity), marker, max_items)
    return {"Tags": found, **rest}


def entity(found: Any, noun: str) -> dict[str, Any]:
    """The members that all entities have, such as RoleName and RoleId for the noun ``Role``."""
    return {
        "Path": found.path,
        f"{noun}Name": found.name,
        f"{noun}Id": found.id,
        "Arn": found.arn,
        "CreateDate": found.created,
    }


def boundary(found: Any) -> dict[str, str] | None:
    if not found.boundary_arn:
        return None
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": found.boundary_arn}


def inline_policy(call: Call, found: Entity, policy_name: str) -> dict[str, str]:
    policy = permissions.look_up_inline(call.uow, found, policy_name)
    return {"PolicyName": policy.name, "PolicyDocument": document(policy.document)}


def inline_names(call: Call, found: Entity, marker: str | None, max_items: int | None) -> dict[str, Any]:
    of_this = IamInlinePolicy.__table__.c.entity_id == found.id
    (rows,), rest = page(call, marker, max_items, Source(IamInlinePolicy, [of_this], order="name"))
    return {"PolicyNames": [policy.name for policy in rows], **rest}


def attached_policies(
    call: Call, found: Entity, path_prefix: str | None, marker: str | None, max_items: int | None
) -> dict[str, Any]:
    conditions = [IamAttachedPolicy.__table__.c.entity_id == found.id, *permissions.attached_below(path_prefix)]
    source = Source(IamAttachedPolicy, conditions, order="row", load=(IamAttachedPolicy.policy,))
    (rows,), rest = page(call, marker, max_items, source)
    return {"AttachedPolicies": attached(rows), **rest}


def attached(rows: Sequence[Any]) -> list[dict[str, str]]:
    return [{"PolicyName": row.policy.name, "PolicyArn": row.policy.arn} for row in rows]
