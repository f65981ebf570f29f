"""GetAccountAuthorizationDetails: everything that says who may do what, in a fixed number of queries a page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend.db import reading
from backend.db.base import Base
from backend.db.models import (
    IamAttachedPolicy,
    IamGroup,
    IamGroupMember,
    IamInlinePolicy,
    IamInstanceProfile,
    IamPolicy,
    IamRole,
    IamUser,
)
from backend.db.models.iam import AWS
from ec2api.call import Call
from ec2api.iam import instance_profiles, policies, policy_versions, roles, shapes
from ec2api.iam.pages import Source, page
from ec2api.registry import action


@action(service="iam", reads=True)
def get_account_authorization_details(
    call: Call,
    *,
    filter: Sequence[str] = (),
    marker: str | None = None,
    max_items: int | None = None,
) -> dict[str, Any]:
    """Of AWS's policies, those that the account uses."""
    policy = reading.table_of(IamPolicy).c
    sources = {
        "User": Source(IamUser, load=(IamUser.tags,)),
        "Group": Source(IamGroup),
        "Role": Source(IamRole, load=(IamRole.tags,)),
        "LocalManagedPolicy": Source(IamPolicy, [policy.account == call.account], load=(IamPolicy.versions,)),
        "AWSManagedPolicy": Source(
            IamPolicy, [policy.account == AWS, policies.used(call, None)], load=(IamPolicy.versions,)
        ),
    }
    chosen = {kind: source for kind, source in sources.items() if not filter or kind in filter}
    pages, rest = page(call, marker, max_items, *chosen.values())
    found = dict(zip(chosen, pages, strict=True))
    permitted = _permitted(call, [*found.get("User", []), *found.get("Group", []), *found.get("Role", [])])
    managed = [*found.get("LocalManagedPolicy", []), *found.get("AWSManagedPolicy", [])]
    return {
        "UserDetailList": _users(call, found.get("User", []), permitted),
        "GroupDetailList": [
            {**shapes.entity(group, "Group"), **permitted(group, "Group")} for group in found.get("Group", [])
        ],
        "RoleDetailList": _roles(call, found.get("Role", []), permitted),
        "Policies": _policies(call, managed),
        **rest,
    }


def _permitted(call: Call, entities: Sequence[Any]) -> Callable[[Any, str], dict[str, Any]]:
    """A function that shows the inline and attached policies of one of the entities."""
    ids = [entity.id for entity in entities]
    inline = _by(reading.by(call.uow, IamInlinePolicy.entity_id, ids), "entity_id")
    attached = _by(
        reading.by(call.uow, IamAttachedPolicy.entity_id, ids, load=(IamAttachedPolicy.policy,)), "entity_id"
    )

    def show(entity: Any, noun: str) -> dict[str, Any]:
        return {
            f"{noun}PolicyList": [
                {"PolicyName": policy.name, "PolicyDocument": shapes.document(policy.document)}
                for policy in inline.get(entity.id, [])
            ],
            "AttachedManagedPolicies": shapes.attached(attached.get(entity.id, [])),
        }

    return show


def _users(call: Call, users: Sequence[Any], permitted: Callable[[Any, str], dict[str, Any]]) -> list[dict[str, Any]]:
    members = reading.by(call.uow, IamGroupMember.user_id, [user.id for user in users])
    names = {
        group.id: group.name for group in reading.by(call.uow, IamGroup.id, [member.group_id for member in members])
    }
    groups = _by(members, "user_id")
    return [
        {
            **shapes.entity(user, "User"),
            **permitted(user, "User"),
            "GroupList": sorted(names[member.group_id] for member in groups.get(user.id, [])),
            "PermissionsBoundary": shapes.boundary(user),
            "Tags": shapes.tags(user),
        }
        for user in users
    ]


def _roles(call: Call, found: Sequence[Any], permitted: Callable[[Any, str], dict[str, Any]]) -> list[dict[str, Any]]:
    profiles = _by(
        reading.by(call.uow, IamInstanceProfile.role_id, [role.id for role in found], load=(IamInstanceProfile.role,)),
        "role_id",
    )
    return [
        {
            **shapes.entity(role, "Role"),
            **permitted(role, "Role"),
            "AssumeRolePolicyDocument": shapes.document(role.trust_policy),
            "InstanceProfileList": [instance_profiles.listed(profile) for profile in profiles.get(role.id, [])],
            "PermissionsBoundary": shapes.boundary(role),
            "Tags": shapes.tags(role),
            "RoleLastUsed": roles.last_used(role),
        }
        for role in found
    ]


def _policies(call: Call, found: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            **shown,
            "Description": policy.description,
            "PolicyVersionList": [policy_versions.show(version, policy.default_version) for version in policy.versions],
        }
        for shown, policy in zip(policies.shown(call, found), found, strict=True)
    ]


def _by(rows: Sequence[Base], name: str) -> Mapping[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, name), []).append(row)
    return grouped
