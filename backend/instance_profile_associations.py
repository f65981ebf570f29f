"""Which instance profile an instance has: at its launch, and changed while it lives.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/attach-iam-role.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert

from backend import clock, errors, ids, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import IamInstanceProfile, IamInstanceProfileAssociation, Instance
from backend.db.unit_of_work import UnitOfWork
from backend.iam import instance_profiles
from backend.instances import changes

_associations = reading.table_of(IamInstanceProfileAssociation)


def chosen(uow: UnitOfWork, specification: Mapping[str, Any]) -> IamInstanceProfile:
    """The profile that an IamInstanceProfileSpecification names; the errors of ``instance_profiles.for_instance``."""
    if not specification:
        raise errors.MissingParameter(name="IamInstanceProfile.Name")
    return instance_profiles.for_instance(uow, name=specification.get("Name"), arn=specification.get("Arn"))


def shown(profile: IamInstanceProfile) -> dict[str, str]:
    """A profile as EC2 shows it of an instance."""
    return {"Arn": profile.arn, "Id": profile.id}


def of_launch(uow: UnitOfWork, instance_ids: Sequence[str], profile: Mapping[str, str]) -> None:
    """Write down that new instances have the profile."""
    common = {
        "account": uow.account,
        "region": uow.region,
        "created": clock.this_second(),
        "profile_arn": profile["Arn"],
        "profile_id": profile["Id"],
        "state": "associated",
        "next_state": None,
        "next_at": None,
    }
    prefix = IamInstanceProfileAssociation.PREFIX
    rows = [{**common, "id": ids.new(prefix), "instance_id": instance_id} for instance_id in instance_ids]
    uow.for_reading().execute(insert(_associations), rows)


def associate(
    uow: UnitOfWork, settings: Settings, instance_id: str, specification: Mapping[str, Any]
) -> IamInstanceProfileAssociation:
    """Give an instance a profile. IncorrectState where it has one, IncorrectInstanceState where it ends."""
    instance = changes.living(uow, instance_id)
    profile = chosen(uow, specification)
    if _present(uow, instance_id):
        raise errors.IncorrectState(reason=f"There is an existing association for instance {instance_id}")
    return _associate(uow, settings, instance, profile)


def _associate(
    uow: UnitOfWork, settings: Settings, instance: Instance, profile: IamInstanceProfile
) -> IamInstanceProfileAssociation:
    association = IamInstanceProfileAssociation(
        account=uow.account,
        region=uow.region,
        instance_id=instance.id,
        profile_arn=profile.arn,
        profile_id=profile.id,
    )
    transitions.begin(uow, settings, association, "associating", "associated")
    uow.add(association)
    instance.iam_instance_profile = shown(profile)
    return association


def replace(
    uow: UnitOfWork, settings: Settings, association_id: str, specification: Mapping[str, Any]
) -> IamInstanceProfileAssociation:
    """Give an instance another profile in the place of the one it has: a new association."""
    association = _require(uow, association_id)
    profile = chosen(uow, specification)
    instance = changes.living(uow, association.instance_id)
    uow.delete(association)
    return _associate(uow, settings, instance, profile)


def disassociate(uow: UnitOfWork, settings: Settings, association_id: str) -> IamInstanceProfileAssociation:
    """Take its profile from an instance."""
    association = _require(uow, association_id)
    instance = changes.living(uow, association.instance_id)
    transitions.begin(uow, settings, association, "disassociating", transitions.GONE)
    instance.iam_instance_profile = None
    return association


def _require(uow: UnitOfWork, association_id: str) -> IamInstanceProfileAssociation:
    association = uow.require(IamInstanceProfileAssociation, association_id, for_update=True)
    if association.state == "disassociating":
        raise errors.IncorrectState(reason=f"The association {association_id} is being removed.")
    return association


def _present(uow: UnitOfWork, instance_id: str) -> bool:
    found = reading.by(uow, IamInstanceProfileAssociation.instance_id, [instance_id])
    return any(association.state != "disassociating" for association in found)


def forget(uow: UnitOfWork, instance_ids: Sequence[str]) -> None:
    """The instances have ended."""
    theirs = _associations.c.instance_id.in_(instance_ids)
    uow.for_reading().execute(delete(_associations).where(theirs))
