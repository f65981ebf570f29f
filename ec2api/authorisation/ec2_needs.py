"""What the actions of EC2 need: permissions on the resources that they name by id, and on those that they make.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html has a table of each action's
resources. Here they are found by the form of the ids in a call's parameters: a call needs the permission on all that
it names, and on ``KIND/*`` for what it makes. Actions that list (Describe...) are for no resource: ``*``.

A launch needs it on an image, a subnet and a security group also where neither it nor its template names one. These
are then unknown, ``subnet/subnet-*``: allowed where all of them are. Whoever gives instances a role, by an instance
profile, needs iam:PassRole on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from backend import errors, ids, launch_template_data, launch_templates
from backend.db.base import Resource, Tag
from backend.db.models import IamInstanceProfile, IamRole, Instance
from backend.db.reading import table_of
from backend.db.unit_of_work import UnitOfWork
from backend.iam import instance_profiles
from ec2api.authorisation.needs import Context, Need, Parameters, Place, of_tag_keys, of_tags
from ec2api.registry import TAG_SPECIFICATIONS, Action

_NO_IDS = frozenset({TAG_SPECIFICATIONS, "Tags", "Filters", "ClientToken", "Description", "UserData", "NextToken"})
"""Parameters whose texts mean nothing, whatever they look like."""

_OF_NO_ACCOUNT = frozenset({"image", "snapshot"})
"""Kinds whose ARNs name no account, as other accounts use them too."""

_LAUNCH = ("image", "instance", "network-interface", "security-group", "subnet", "volume")
_MADE: Mapping[str, Sequence[str]] = {
    "AuthorizeSecurityGroupEgress": (),
    "AuthorizeSecurityGroupIngress": (),
    "CreateFleet": ("fleet",),
    "RunInstances": ("instance", "network-interface", "volume"),
}
"""What these actions make, where it is not all that their TagSpecifications may name."""

_KEEPS_TEMPLATES = frozenset({"CreateLaunchTemplate", "CreateLaunchTemplateVersion"})
"""What names an instance profile without giving it to anything."""

_CIRCUMSTANCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "instance": {
        "ec2:InstanceType": ("InstanceType",),
        "ec2:AvailabilityZone": ("Placement", "AvailabilityZone"),
        "ec2:Tenancy": ("Placement", "Tenancy"),
        "ec2:EbsOptimized": ("EbsOptimized",),
        "ec2:MetadataHttpTokens": ("MetadataOptions", "HttpTokens"),
        "ec2:MetadataHttpEndpoint": ("MetadataOptions", "HttpEndpoint"),
        "ec2:MetadataHttpPutResponseHopLimit": ("MetadataOptions", "HttpPutResponseHopLimit"),
    },
    "volume": {
        "ec2:AvailabilityZone": ("AvailabilityZone",),
        "ec2:Encrypted": ("Encrypted",),
        "ec2:VolumeIops": ("Iops",),
        "ec2:VolumeSize": ("Size",),
        "ec2:VolumeThroughput": ("Throughput",),
        "ec2:VolumeType": ("VolumeType",),
    },
}
"""Condition keys about what is made, by the parameters that say it."""


def of(uow: UnitOfWork, place: Place, action: Action, parameters: Parameters, *, tagged: bool) -> list[Need]:
    """``tagged``: whether it matters what tags and types the resources that are there have."""
    permission = f"ec2:{action.name}"
    if action.name.startswith("Describe") and not action.name.endswith("Attribute"):
        return [Need(permission)]
    templates = list(_templates(uow, parameters))
    if action.name == "RunInstances" and templates:
        parameters = _with_template(templates[0], parameters)
    wanted = {given.get("ResourceType"): given.get("Tags", []) for given in parameters.get(TAG_SPECIFICATIONS, [])}
    found: dict[str, Context] = {}
    given_tags = _tags(action, parameters)
    named = _named(parameters)
    known = _known(uow, [id for _, id in named]) if tagged else {}
    for kind, id in named:
        found[_arn(place, kind, id)] = {**given_tags, **known.get(id, {})}
    made = _MADE.get(action.name, sorted(action.taggable))
    for kind in made:
        name = parameters.get("KeyName") if kind == "key-pair" else None
        found[_arn(place, kind, name)] = {**_circumstances(kind, parameters), **of_tags(wanted.get(kind, []))}
    if action.name == "RunInstances":
        for kind in sorted(set(_LAUNCH) - {kind for kind, _ in named} - set(made)):
            found[_arn(place, kind, f"{_PREFIXES[kind]}-*")] = {}
    return [
        *([Need(permission, arn, context) for arn, context in found.items()] or [Need(permission)]),
        *(
            Need("ec2:CreateTags", _arn(place, kind), {**of_tags(tags), "ec2:CreateAction": action.name})
            for kind, tags in wanted.items()
            if kind and tags
        ),
        *_passed_roles(uow, action, parameters, templates),
    ]


def _templates(uow: UnitOfWork, parameters: Parameters) -> Iterator[Parameters]:
    """The data of the launch templates that a call would launch by. Of those that are not there the call will tell."""
    for given in _members(parameters, "LaunchTemplate", "LaunchTemplateSpecification"):
        if not isinstance(given, Mapping):
            continue
        try:
            template = launch_templates.look_up(uow, given.get("LaunchTemplateId"), given.get("LaunchTemplateName"))
            text = given.get("Version") or launch_templates.DEFAULT
            yield launch_templates.version(uow, template, text).data
        except errors.CloudError:
            continue


def _with_template(data: Parameters, parameters: Parameters) -> Parameters:
    """The parameters of a launch with those of its template; tags of each kind from both."""
    tags: dict[str, dict[str, Any]] = {}
    for given in (*data.get(TAG_SPECIFICATIONS, ()), *parameters.get(TAG_SPECIFICATIONS, ())):
        of_kind = tags.setdefault(given.get("ResourceType", ""), {})
        of_kind.update((tag.get("Key"), tag) for tag in given.get("Tags", ()))
    specified = [{"ResourceType": kind, "Tags": list(of_kind.values())} for kind, of_kind in tags.items()]
    return {**launch_template_data.merged(data, parameters), TAG_SPECIFICATIONS: specified}


def _arn(place: Place, kind: str, id: str | None = None) -> str:
    account = "" if kind in _OF_NO_ACCOUNT else place.account
    return Place(account, place.region).arn("ec2", f"{kind}/{id or '*'}")


_PREFIXES = {model.KIND: prefix for prefix, model in Resource.BY_PREFIX.items() if model.KIND}


def _named(parameters: Parameters) -> list[tuple[str, str]]:
    """The kinds and the ids of resources that parameters name."""
    found: dict[tuple[str, str], None] = {}
    for text in _texts(parameters):
        prefix = ids.prefix_of(text)
        model = Resource.BY_PREFIX.get(prefix) if prefix else None
        if model is not None and model.KIND:
            found[model.KIND, text] = None
    for key_name in _members(parameters, "KeyName"):
        found["key-pair", key_name] = None
    if any(_members(parameters, "LaunchTemplateName")):
        found["launch-template", f"{_PREFIXES['launch-template']}-*"] = None
    return list(found)


def _members(value: Any, *names: str) -> Iterator[Any]:
    """The values of members of these names, at whatever depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in names and inner:
                yield inner
            else:
                yield from _members(inner, *names)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _members(inner, *names)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NO_IDS:
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _tags(action: Action, parameters: Parameters) -> dict[str, str | Sequence[str]]:
    """What CreateTags would set, and DeleteTags remove."""
    given = parameters.get("Tags", []) if action.name in ("CreateTags", "DeleteTags") else []
    return of_tags(given) if action.name == "CreateTags" else of_tag_keys(tag["Key"] for tag in given if "Key" in tag)


def _circumstances(kind: str, parameters: Parameters) -> dict[str, str]:
    found = {}
    for key, path in _CIRCUMSTANCES.get(kind, {}).items():
        value: Any = parameters
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None:
            found[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _known(uow: UnitOfWork, wanted: Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags of resources that are there, and the types of instances."""
    found: dict[str, dict[str, str]] = {id: {} for id in wanted}
    connection = uow.for_reading()
    tags, instances = table_of(Tag).c, table_of(Instance).c
    of_resources = select(tags.resource_id, tags.key, tags.value).where(
        tags.resource_id.in_(wanted), tags.account == uow.account, tags.region == uow.region
    )
    for id, key, value in connection.execute(of_resources):
        found[id] |= {f"aws:ResourceTag/{key}": value, f"ec2:ResourceTag/{key}": value}
    if any(ids.prefix_of(id) == "i" for id in wanted):
        types = select(instances.id, instances.instance_type, instances.zone).where(
            instances.id.in_(wanted), instances.account == uow.account, instances.region == uow.region
        )
        for id, instance_type, zone in connection.execute(types):
            found[id] |= {"ec2:InstanceType": instance_type, "ec2:AvailabilityZone": zone}
    return found


def _passed_roles(
    uow: UnitOfWork, action: Action, parameters: Parameters, templates: Sequence[Parameters]
) -> Iterator[Need]:
    """The roles of the instance profiles that instances are to have: the caller hands them on."""
    if action.name in _KEEPS_TEMPLATES:
        return
    for arn in _members(parameters, "IamFleetRole"):
        yield Need("iam:PassRole", str(arn), {"iam:PassedToService": "spotfleet.amazonaws.com"})
    given = [found for found in _members([parameters, *templates], "IamInstanceProfile") if isinstance(found, Mapping)]
    names = {(found.get("Name") or instance_profiles.name_of(found.get("Arn", ""))).lower() for found in given}
    if names:
        profiles, roles = table_of(IamInstanceProfile).c, table_of(IamRole).c
        passed = select(roles.path, roles.name).where(
            profiles.account == uow.account, profiles.folded.in_(names), roles.id == profiles.role_id
        )
        for path, role in uow.for_reading().execute(passed):
            arn = f"arn:aws:iam::{uow.account}:role{path}{role}"
            yield Need("iam:PassRole", arn, {"iam:PassedToService": "ec2.amazonaws.com"})
