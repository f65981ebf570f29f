"""IAM actions on instance profiles.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html
"""

from collections.abc import Sequence
from typing import Any

from backend.db import reading
from backend.db.models import IamInstanceProfile, IamRole
from backend.iam import entities, instance_profiles
from ec2api.call import Call
from ec2api.iam import roles, shapes
from ec2api.iam.pages import Source, page
from ec2api.registry import action

_LOAD = (IamInstanceProfile.role,)


def listed(profile: Any) -> dict[str, Any]:
    """A profile as lists have it."""
    return {
        **shapes.entity(profile, "InstanceProfile"),
        "Roles": [roles.listed(profile.role)] if profile.role else [],
    }


def show(profile: Any) -> dict[str, Any]:
    return {**listed(profile), "Tags": shapes.tags(profile)}


def _look_up(call: Call, name: str) -> Any:
    return entities.look_up(call.uow, IamInstanceProfile, name, load=(*_LOAD, IamInstanceProfile.tags))


@action(service="iam")
def create_instance_profile(
    call: Call, *, instance_profile_name: str, path: str = "/", tags: Sequence[dict[str, str]] = ()
) -> dict[str, Any]:
    profile = instance_profiles.create(call.uow, name=instance_profile_name, path=path, wanted_tags=tags)
    return {"InstanceProfile": show(_look_up(call, profile.name))}


@action(service="iam", reads=True)
def get_instance_profile(call: Call, *, instance_profile_name: str) -> dict[str, Any]:
    return {"InstanceProfile": show(_look_up(call, instance_profile_name))}


@action(service="iam", reads=True)
def list_instance_profiles(
    call: Call, *, path_prefix: str | None = None, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    source = Source(IamInstanceProfile, entities.below(IamInstanceProfile, path_prefix), load=_LOAD)
    (found,), rest = page(call, marker, max_items, source)
    return {"InstanceProfiles": [listed(profile) for profile in found], **rest}


@action(service="iam", reads=True)
def list_instance_profiles_for_role(
    call: Call, *, role_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    role = entities.look_up(call.uow, IamRole, role_name)
    of_role = reading.table_of(IamInstanceProfile).c.role_id == role.id
    (found,), rest = page(call, marker, max_items, Source(IamInstanceProfile, [of_role], load=_LOAD))
    return {"InstanceProfiles": [listed(profile) for profile in found], **rest}


@action(service="iam")
def add_role_to_instance_profile(call: Call, *, instance_profile_name: str, role_name: str) -> None:
    instance_profiles.add_role(call.uow, instance_profile_name, role_name)


@action(service="iam")
def remove_role_from_instance_profile(call: Call, *, instance_profile_name: str, role_name: str) -> None:
    instance_profiles.remove_role(call.uow, instance_profile_name, role_name)


@action(service="iam")
def delete_instance_profile(call: Call, *, instance_profile_name: str) -> None:
    instance_profiles.delete(call.uow, instance_profile_name)


@action(service="iam")
def tag_instance_profile(call: Call, *, instance_profile_name: str, tags: Sequence[dict[str, str]]) -> None:
    entities.put_tags(call.uow, entities.require(call.uow, IamInstanceProfile, instance_profile_name), tags)


@action(service="iam")
def untag_instance_profile(call: Call, *, instance_profile_name: str, tag_keys: Sequence[str]) -> None:
    entities.remove_tags(call.uow, entities.require(call.uow, IamInstanceProfile, instance_profile_name), tag_keys)


@action(service="iam", reads=True)
def list_instance_profile_tags(
    call: Call, *, instance_profile_name: str, marker: str | None = None, max_items: int | None = None
) -> dict[str, Any]:
    return shapes.tag_page(_look_up(call, instance_profile_name), marker, max_items)
