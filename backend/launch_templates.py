"""Launch templates: the parameters of launches, kept in numbered versions that never change.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from backend import errors, quotas, tags
from backend.catalogue import instance_types
from backend.db import reading
from backend.db.models import LaunchTemplate, LaunchTemplateVersion
from backend.db.unit_of_work import UnitOfWork

LATEST, DEFAULT = "$Latest", "$Default"
MOST_DELETED = 200
"""Versions that one call deletes."""

_NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")

_templates, _versions = reading.table_of(LaunchTemplate).c, reading.table_of(LaunchTemplateVersion).c

Data = Mapping[str, Any]
"""LaunchTemplateData by AWS's names."""


@dataclass(frozen=True)
class Unsuccessful:
    """A version that was not deleted; ``code`` is one of EC2's LaunchTemplateErrorCode."""

    number: int | None
    code: str
    message: str


def create(
    uow: UnitOfWork,
    *,
    name: str,
    data: Data,
    created_by: str,
    description: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> LaunchTemplate:
    """A new template with its first version.

    Errors: InvalidLaunchTemplateName.MalformedException and .AlreadyExistsException, and those of ``check``.
    """
    if not _NAME.fullmatch(name):
        raise errors.InvalidLaunchTemplateNameMalformed(name=name)
    check(data)
    if reading.where(uow, LaunchTemplate, _templates.name == name):
        raise errors.InvalidLaunchTemplateNameAlreadyExists(name=name)
    quotas.check(uow, quotas.LAUNCH_TEMPLATES)
    template = LaunchTemplate(account=uow.account, region=uow.region, name=name, created_by=created_by)
    uow.add(template)
    try:
        uow.flush()
    except IntegrityError as fault:  # another call took the name since it was looked up
        raise errors.InvalidLaunchTemplateNameAlreadyExists(name=name) from fault
    _add_version(uow, template, 1, data, created_by, description)
    tags.attach(uow, template, wanted_tags or {})
    return template


def create_version(
    uow: UnitOfWork,
    template_id: str | None,
    name: str | None,
    *,
    data: Data,
    created_by: str,
    source_version: str | None = None,
    description: str | None = None,
) -> LaunchTemplateVersion:
    """The next version: what is given, over what the source version has (but not its snapshots)."""
    template = require(uow, template_id, name)
    if source_version is not None:
        data = {**_without_snapshots(version(uow, template, source_version).data), **data}
    check(data)
    of_template = reading.table_of(LaunchTemplateVersion).c.launch_template_id == template.id
    quotas.check(uow, quotas.LAUNCH_TEMPLATE_VERSIONS, of_template)
    number = template.next_version
    template.latest_version, template.next_version = number, number + 1
    return _add_version(uow, template, number, data, created_by, description)


def _without_snapshots(data: Data) -> dict[str, Any]:
    found = json.loads(json.dumps(data))
    for mapping in found.get("BlockDeviceMappings", ()):
        mapping.get("Ebs", {}).pop("SnapshotId", None)
    return dict(found)


def _add_version(
    uow: UnitOfWork, template: LaunchTemplate, number: int, data: Data, created_by: str, description: str | None
) -> LaunchTemplateVersion:
    cards = {str(i["NetworkCardIndex"]) for i in data.get("NetworkInterfaces", ()) if "NetworkCardIndex" in i}
    licenses = {x["LicenseConfigurationArn"] for x in data.get("LicenseSpecifications", ()) if x}
    added = LaunchTemplateVersion(
        account=uow.account,
        region=uow.region,
        launch_template_id=template.id,
        number=number,
        description=description,
        created_by=created_by,
        data=json.loads(json.dumps(data, default=_plain)),
        network_cards=f" {' '.join(sorted(cards))} ",
        license_arns=f" {' '.join(sorted(licenses))} ",
    )
    uow.add(added)
    uow.flush()
    return added


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(value)


def check(data: Data) -> None:
    """What EC2 refuses of a template, and not just of a launch with it."""
    if not data:
        raise errors.MissingParameter(name="LaunchTemplateData")
    if data.get("InstanceType") and data.get("InstanceRequirements"):
        raise errors.InvalidParameterCombination(
            reason="You can specify either InstanceType or InstanceRequirements, but not both."
        )
    for number, specification in enumerate(data.get("TagSpecifications", ()), 1):
        if not specification.get("ResourceType"):
            raise errors.MissingParameter(name=f"LaunchTemplateData.TagSpecification.{number}.ResourceType")
        tags.checked(specification.get("Tags", ()))


def warnings(data: Data) -> list[tuple[str, str]]:
    """Codes and messages for what a launch with the template would be refused for."""
    found = []
    if data.get("NetworkInterfaces"):
        for name, noun in (("SecurityGroupIds", "security groups"), ("SecurityGroups", "security groups")):
            if data.get(name):
                reason = f"Network interfaces and an instance-level {noun} may not be specified on the same request"
                found.append((errors.InvalidParameterCombination.code, reason))
    if (kind := data.get("InstanceType")) and instance_types.find(kind) is None:
        found.append((errors.InvalidInstanceType.code, f"Invalid value '{kind}' for InstanceType."))
    return found


def require(uow: UnitOfWork, template_id: str | None, name: str | None) -> LaunchTemplate:
    """The template with this id or name, to change."""
    return uow.require(LaunchTemplate, look_up(uow, template_id, name).id, for_update=True)


def look_up(uow: UnitOfWork, template_id: str | None, name: str | None) -> LaunchTemplate:
    """The template with this id or this name, one of which must be given, as a record.

    Errors: MissingParameter, InvalidParameterCombination, InvalidLaunchTemplateId.Malformed and .NotFound,
    InvalidLaunchTemplateName.NotFoundException.
    """
    if template_id is not None and name is not None:
        raise errors.InvalidParameterCombination(
            reason="You can specify either the launch template ID or the launch template name, but not both."
        )
    if template_id is not None:
        return uow.look_up(LaunchTemplate, template_id)
    if name is None:
        raise errors.MissingParameter(name="LaunchTemplateId")
    named = reading.where(uow, LaunchTemplate, _templates.name == name)
    if not named:
        raise errors.InvalidLaunchTemplateNameNotFound(name=name)
    return named[0]


def number_of(template: LaunchTemplate, text: str) -> int:
    """The number that ``$Latest``, ``$Default`` or a numeral means; InvalidParameterValue for anything else."""
    if text in (LATEST, DEFAULT):
        return template.latest_version if text == LATEST else template.default_version
    if not _NUMBER.fullmatch(text):
        raise errors.InvalidValue(
            reason=f"Invalid launch template version: either '{DEFAULT}', '{LATEST}', or a numeric version are allowed."
        )
    return int(text)


def version(uow: UnitOfWork, template: LaunchTemplate, text: str) -> LaunchTemplateVersion:
    """A version by number, ``$Latest`` or ``$Default``, as a record; InvalidLaunchTemplateId.VersionNotFound."""
    return versions(uow, template, [text])[0]


def versions(uow: UnitOfWork, template: LaunchTemplate, texts: Sequence[str]) -> list[LaunchTemplateVersion]:
    """The same of several, in their order."""
    numbers = [number_of(template, text) for text in texts]
    found = {
        v.number: v
        for v in reading.where(
            uow,
            LaunchTemplateVersion,
            _versions.launch_template_id == template.id,
            _versions.number.in_(numbers),
        )
    }
    for number, text in zip(numbers, texts, strict=True):
        if number not in found:
            raise errors.InvalidLaunchTemplateIdVersionNotFound(version=text, id=template.id)
    return [found[number] for number in numbers]


def set_default(uow: UnitOfWork, template_id: str | None, name: str | None, wanted: str | None) -> LaunchTemplate:
    template = require(uow, template_id, name)
    if wanted is not None:
        template.default_version = version(uow, template, wanted).number
    return template


def remove(uow: UnitOfWork, template_id: str | None, name: str | None) -> LaunchTemplate:
    """Delete a template with all its versions; the record of what it was."""
    template = look_up(uow, template_id, name)
    (was,) = uow.look_up_all(LaunchTemplate, [template.id], load=(LaunchTemplate.tags,))
    for statement in (
        delete(LaunchTemplateVersion).where(LaunchTemplateVersion.launch_template_id == was.id),
        delete(LaunchTemplate).where(LaunchTemplate.id == was.id),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, [was.id])
    return was


def remove_versions(
    uow: UnitOfWork, template_id: str | None, name: str | None, wanted: Sequence[str]
) -> tuple[LaunchTemplate, list[int], list[Unsuccessful]]:
    """Delete those of the versions that may go: the template, the numbers deleted, and what was not."""
    if len(wanted) > MOST_DELETED:
        raise errors.InvalidValue(reason=f"You can delete up to {MOST_DELETED} launch template versions in a request.")
    template = require(uow, template_id, name)
    numbers = [number_of(template, text) for text in dict.fromkeys(wanted)]
    if template.default_version in numbers:
        raise errors.OperationNotPermitted(
            reason="You cannot delete the default version of a launch template. Set another version as the default "
            "version, and try again."
        )
    ours = LaunchTemplateVersion.launch_template_id == template.id
    there = set(uow.scalars(select(LaunchTemplateVersion.number).where(ours)))
    gone = [number for number in numbers if number in there]
    uow.execute(
        delete(LaunchTemplateVersion).where(ours, LaunchTemplateVersion.number.in_(gone)),
        execution_options={"synchronize_session": False},
    )
    template.latest_version = uow.scalar(select(func.max(LaunchTemplateVersion.number)).where(ours)) or 1
    failed = [
        Unsuccessful(
            number,
            "launchTemplateVersionDoesNotExist",
            f"Could not find the specified version {number} for the launch template with ID {template.id}.",
        )
        for number in numbers
        if number not in there
    ]
    return template, gone, failed
