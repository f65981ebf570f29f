"""Instance profiles: what an instance names to act as a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

import re
from collections.abc import Mapping, Sequence

from backend import errors
from backend.db import reading
from backend.db.models import IamInstanceProfile
from backend.db.unit_of_work import UnitOfWork
from backend.iam import entities, roles

_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(?P<account>[0-9]{12}):instance-profile/(?:.+/)?(?P<name>[^/]+)")


def create(uow: UnitOfWork, *, name: str, path: str, wanted_tags: Sequence[Mapping[str, str]]) -> IamInstanceProfile:
    profile = entities.new(uow, IamInstanceProfile, name, path)
    entities.put_tags(uow, profile, wanted_tags)
    return profile


def add_role(uow: UnitOfWork, profile_name: str, role_name: str) -> None:
    """Give a profile its one role. LimitExceeded where it has one."""
    profile = entities.require(uow, IamInstanceProfile, profile_name)
    role = roles.changeable(uow, role_name)
    if profile.role_id is not None:
        raise errors.LimitExceeded(reason="Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    profile.role_id = role.id


def remove_role(uow: UnitOfWork, profile_name: str, role_name: str) -> None:
    profile = entities.require(uow, IamInstanceProfile, profile_name)
    role = roles.changeable(uow, role_name)
    if profile.role_id != role.id:
        raise errors.NoSuchEntity(
            reason=f"Role {role_name} is not associated with the instance profile {profile_name}."
        )
    profile.role_id = None


def delete(uow: UnitOfWork, name: str) -> None:
    """DeleteConflict while it has a role. Instances that name it keep the name, as in AWS."""
    profile = entities.require(uow, IamInstanceProfile, name)
    if profile.role_id is not None:
        raise errors.DeleteConflict(reason="Cannot delete entity, must remove roles from instance profile first.")
    entities.forget(uow, profile)


def for_instance(uow: UnitOfWork, *, name: str | None = None, arn: str | None = None) -> IamInstanceProfile:
    """The profile, with ``role`` loaded, that EC2 is asked to give an instance by its name or its ARN.

    InvalidParameterValue for one that does not exist or has no role; InvalidParameterCombination for both.
    """
    if name is not None and arn is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameter 'iamInstanceProfile.name' may not be used in combination with "
            "'iamInstanceProfile.arn'"
        )
    parameter = "iamInstanceProfile.name" if arn is None else "iamInstanceProfile.arn"
    given = (name if arn is None else arn) or ""
    found = _find(uow, name, arn)
    if found is None:
        reason = f"Invalid IAM Instance Profile {'name' if arn is None else 'ARN'}"
        raise errors.InvalidParameterValue(value=given, name=parameter, reason=reason)
    if found.role is None:
        raise errors.InvalidParameterValue(
            value=given, name=parameter, reason=f'IAM Instance Profile "{found.arn}" has no associated IAM Roles'
        )
    return found


def name_of(arn: str) -> str:
    """The name in the ARN of a profile; empty for what is none."""
    parts = _ARN.fullmatch(arn)
    return parts["name"] if parts else ""


def _find(uow: UnitOfWork, name: str | None, arn: str | None) -> IamInstanceProfile | None:
    parts = _ARN.fullmatch(arn) if arn is not None else None
    if arn is not None and parts is None:
        return None
    wanted = parts["name"] if parts else name or ""
    table = reading.table_of(IamInstanceProfile).c
    found = uow.records(IamInstanceProfile, table.folded == wanted.lower(), load=(IamInstanceProfile.role,))
    if not found or (arn is not None and found[0].arn.partition("::")[2] != arn.partition("::")[2]):
        return None
    return found[0]
