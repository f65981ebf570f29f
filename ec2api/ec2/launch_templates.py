"""EC2 actions on launch templates.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplate.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select

from backend import absent, errors, image_aliases, launch_template_data, launch_templates
from backend.db import reading
from backend.db.matching import matches
from backend.db.models import LaunchTemplate, LaunchTemplateVersion
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Condition, Describe, constant, show_tags
from ec2api.registry import action

_templates, _versions = reading.table_of(LaunchTemplate).c, reading.table_of(LaunchTemplateVersion).c
_data = _versions.data


def show(template: Any) -> dict[str, Any]:
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.created,
        "CreatedBy": template.created_by,
        "DefaultVersionNumber": template.default_version,
        "LatestVersionNumber": template.latest_version,
        "Tags": show_tags(template),
        "Operator": {"Managed": False},
    }


def show_version(version: Any, *, resolve_alias: bool = False) -> dict[str, Any]:
    """A record with its template."""
    return {
        "LaunchTemplateId": version.launch_template_id,
        "LaunchTemplateName": version.template.name,
        "VersionNumber": version.number,
        "VersionDescription": version.description,
        "CreateTime": version.created,
        "CreatedBy": version.created_by,
        "DefaultVersion": version.number == version.template.default_version,
        "LaunchTemplateData": _data_of(version, resolve_alias=resolve_alias),
        "Operator": {"Managed": False},
    }


def _data_of(version: Any, *, resolve_alias: bool) -> dict[str, Any]:
    shown = dict(version.data)
    if resolve_alias and "ImageId" in shown:
        shown["ImageId"] = image_aliases.find(version.region, shown["ImageId"]) or shown["ImageId"]
    if until := shown.get("InstanceMarketOptions", {}).get("SpotOptions", {}).get("ValidUntil"):
        market = shown["InstanceMarketOptions"]
        spot = {**market["SpotOptions"], "ValidUntil": datetime.fromisoformat(until)}
        shown["InstanceMarketOptions"] = {**market, "SpotOptions": spot}
    return shown


def _warning(data: Mapping[str, Any]) -> dict[str, Any] | None:
    found = launch_templates.warnings(data)
    return {"Errors": [{"Code": code, "Message": message} for code, message in found]} if found else None


def _shown(call: Call, template: LaunchTemplate) -> dict[str, Any]:
    return show(call.uow.look_up(LaunchTemplate, template.id, load=(LaunchTemplate.tags,)))


@action(tags=("launch-template",), open_enums=("InstanceType",))
def create_launch_template(
    call: Call,
    *,
    launch_template_name: str,
    launch_template_data: dict[str, Any],
    version_description: str | None = None,
    operator: dict[str, str] | None = None,
) -> dict[str, Any]:
    absent.operator(operator)
    template = launch_templates.create(
        call.uow,
        name=launch_template_name,
        data=launch_template_data,
        created_by=call.caller.arn,
        description=version_description,
        wanted_tags=call.tags(LaunchTemplate),
    )
    return {"LaunchTemplate": _shown(call, template), "Warning": _warning(launch_template_data)}


@action(open_enums=("InstanceType",))
def create_launch_template_version(
    call: Call,
    *,
    launch_template_data: dict[str, Any],
    launch_template_id: str | None = None,
    launch_template_name: str | None = None,
    source_version: str | None = None,
    version_description: str | None = None,
    resolve_alias: bool = False,
) -> dict[str, Any]:
    version = launch_templates.create_version(
        call.uow,
        launch_template_id,
        launch_template_name,
        data=launch_template_data,
        created_by=call.caller.arn,
        source_version=source_version,
        description=version_description,
    )
    (found,) = reading.by(call.uow, LaunchTemplateVersion.row, [version.row], load=(LaunchTemplateVersion.template,))
    shown = show_version(found, resolve_alias=resolve_alias)
    return {"LaunchTemplateVersion": shown, "Warning": _warning(version.data)}


@action
def modify_launch_template(
    call: Call,
    *,
    launch_template_id: str | None = None,
    launch_template_name: str | None = None,
    default_version: str | None = None,
) -> dict[str, Any]:
    template = launch_templates.set_default(call.uow, launch_template_id, launch_template_name, default_version)
    return {"LaunchTemplate": _shown(call, template)}


@action
def delete_launch_template(
    call: Call, *, launch_template_id: str | None = None, launch_template_name: str | None = None
) -> dict[str, Any]:
    return {"LaunchTemplate": show(launch_templates.remove(call.uow, launch_template_id, launch_template_name))}


@action
def delete_launch_template_versions(
    call: Call,
    *,
    versions: list[str],
    launch_template_id: str | None = None,
    launch_template_name: str | None = None,
) -> dict[str, Any]:
    template, gone, failed = launch_templates.remove_versions(
        call.uow, launch_template_id, launch_template_name, versions
    )
    named = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
    return {
        "SuccessfullyDeletedLaunchTemplateVersions": [{**named, "VersionNumber": number} for number in gone],
        "UnsuccessfullyDeletedLaunchTemplateVersions": [
            {**named, "VersionNumber": f.number, "ResponseError": {"Code": f.code, "Message": f.message}}
            for f in failed
        ],
    }


@action(reads=True)
def get_launch_template_data(call: Call, *, instance_id: str) -> dict[str, Any]:
    return {"LaunchTemplateData": launch_template_data.of_instance(call.uow, instance_id)}


Describe(
    "DescribeLaunchTemplates",
    LaunchTemplate,
    view=show,
    ids="LaunchTemplateIds",
    names={
        "LaunchTemplateNames": (
            LaunchTemplate.name,
            lambda _: errors.InvalidLaunchTemplateNamesNotFound(),
        )
    },
    filters={"create-time": LaunchTemplate.created, "launch-template-name": LaunchTemplate.name},
    extra=INCLUDE_MANAGED,
    limits=(1, 200),
)


def _is(numbered: Any) -> Condition:
    """Whether a version is the one that a column of its template names."""
    theirs = select(numbered).where(_templates.id == _versions.launch_template_id).scalar_subquery()
    return _versions.number == theirs


_SYMBOLS = {launch_templates.LATEST: _templates.latest_version, launch_templates.DEFAULT: _templates.default_version}


def _wanted(call: Call, given: Mapping[str, Any]) -> list[Condition]:
    """Which versions a call means, by the template, the versions themselves and their range."""
    wanted = given.get("Versions") or ()
    if "LaunchTemplateId" not in given and "LaunchTemplateName" not in given:
        return _of_all_templates(given, wanted)
    template = launch_templates.look_up(call.uow, given.get("LaunchTemplateId"), given.get("LaunchTemplateName"))
    conditions: list[Condition] = [_versions.launch_template_id == template.id]
    if wanted and ("MinVersion" in given or "MaxVersion" in given):
        raise errors.InvalidParameterCombination(reason="Specify either versions or a range of versions, but not both.")
    if wanted:
        found = launch_templates.versions(call.uow, template, wanted)
        conditions.append(_versions.number.in_([version.number for version in found]))
    if "MinVersion" in given:
        conditions.append(_versions.number >= launch_templates.number_of(template, given["MinVersion"]))
    if "MaxVersion" in given:
        conditions.append(_versions.number <= launch_templates.number_of(template, given["MaxVersion"]))
    return conditions


def _of_all_templates(given: Mapping[str, Any], wanted: Sequence[str]) -> list[Condition]:
    if not wanted or "MinVersion" in given or "MaxVersion" in given:
        raise errors.MissingParameter(name="LaunchTemplateId")
    if any(text not in _SYMBOLS for text in wanted):
        raise errors.InvalidParameterCombination(
            reason="Without a launch template ID or name, the only versions are $Latest and $Default."
        )
    return [or_(false(), *(_is(_SYMBOLS[text]) for text in wanted))]


def _is_default(values: Sequence[str]) -> Condition:
    default = _is(_templates.default_version)
    return or_(false(), *((default if value == "true" else ~default) for value in values if value in ("true", "false")))


def _listed(column: ColumnElement[Any]) -> Any:
    """A filter on a column of texts between spaces."""
    return lambda values: matches(column, [f"* {value} *" for value in values])


def _page(call: Call, versions: list[Any]) -> list[dict[str, Any]]:
    resolve_alias = bool(call.parameters.get("ResolveAlias"))
    return [show_version(version, resolve_alias=resolve_alias) for version in versions]


def _shape_only(_call: Call, _value: Any) -> Sequence[Condition]:
    """A parameter that ``_wanted`` or ``_page`` sees to."""
    return ()


Describe(
    "DescribeLaunchTemplateVersions",
    LaunchTemplateVersion,
    group=_page,
    load=(LaunchTemplateVersion.template,),
    always=_wanted,
    extra={
        **INCLUDE_MANAGED,
        **dict.fromkeys(
            ("LaunchTemplateId", "LaunchTemplateName", "Versions", "MinVersion", "MaxVersion", "ResolveAlias"),
            _shape_only,
        ),
    },
    filters={
        "create-time": LaunchTemplateVersion.created,
        "ebs-optimized": _data["EbsOptimized"].as_boolean(),
        "host-resource-group-arn": _data[("Placement", "HostResourceGroupArn")].as_string(),
        "http-endpoint": _data[("MetadataOptions", "HttpEndpoint")].as_string(),
        "http-protocol-ipv4": constant("enabled"),
        "http-tokens": _data[("MetadataOptions", "HttpTokens")].as_string(),
        "iam-instance-profile": _data[("IamInstanceProfile", "Arn")].as_string(),
        "image-id": _data["ImageId"].as_string(),
        "instance-type": _data["InstanceType"].as_string(),
        "is-default-version": _is_default,
        "kernel-id": _data["KernelId"].as_string(),
        "license-configuration-arn": _listed(_versions.license_arns),
        "network-card-index": _listed(_versions.network_cards),
        "ram-disk-id": _data["RamDiskId"].as_string(),
    },
    limits=(1, 200),
    newest_first=True,
)
