"""An account's own parameters and their versions.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert

from backend import clock, errors
from backend.db import reading
from backend.db.models import Parameter, ParameterTag, ParameterVersion
from backend.db.unit_of_work import UnitOfWork
from backend.key_file import KeyFile
from backend.ssm import names

STANDARD_SIZE, ADVANCED_SIZE = 4096, 8192
VERSIONS, LABELS, TAGS = 100, 10, 50
DEFAULT_KEY = "alias/aws/ssm"
_UNSYNCHRONIZED = {"synchronize_session": False}
_IMAGE = re.compile(r"ami-([0-9a-f]{8}|[0-9a-f]{17})")
_LABEL = re.compile(r"[A-Za-z0-9_.\-]+")


@dataclass(frozen=True)
class Wanted:
    """What PutParameter is asked for; what is None is taken over from the version before."""

    name: str
    value: str
    type: str | None = None
    description: str | None = None
    key_id: str | None = None
    allowed_pattern: str | None = None
    tier: str | None = None
    data_type: str | None = None


def put(
    uow: UnitOfWork,
    key_file: KeyFile,
    wanted: Wanted,
    *,
    overwrite: bool,
    tags: Sequence[Mapping[str, str]],
    by: str,
) -> Parameter:
    """A new parameter, or with ``overwrite`` a new version of one. ``by``: the ARN of who does it."""
    if overwrite and tags:
        raise errors.ValidationError(
            reason="Invalid request: tags and overwrite can't be used together. To create a parameter with tags, "
            "please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource."
        )
    parameter = _find(uow, wanted.name)
    if parameter is None:
        names.check_new(wanted.name)
        if wanted.type is None:
            raise errors.ValidationError(reason="A parameter type is required when you create a parameter.")
    elif not overwrite:
        raise errors.ParameterAlreadyExists()
    before = _version(uow, parameter) if parameter else None
    version = _new_version(key_file, uow, wanted, before, by)
    if parameter is None:
        parameter = Parameter(account=uow.account, region=uow.region, name=wanted.name, version=0)
        uow.add(parameter)
    else:
        _make_room(uow, parameter)
    parameter.version += 1
    parameter.type, parameter.key_id = version.type, version.key_id
    parameter.tier, parameter.data_type = version.tier, version.data_type
    uow.flush()
    version.parameter_row, version.number = parameter.row, parameter.version
    uow.add(version)
    put_tags(uow, parameter, tags)
    return parameter


def _new_version(
    key_file: KeyFile, uow: UnitOfWork, wanted: Wanted, before: ParameterVersion | None, by: str
) -> ParameterVersion:
    kind = wanted.type or (before.type if before else "String")
    if before and before.type != kind:
        raise errors.HierarchyTypeMismatchException(
            reason=f"The parameter {wanted.name} is a {before.type}; its type cannot be changed to {kind}."
        )
    if wanted.key_id is not None and kind != "SecureString":
        raise errors.ValidationError(reason=f"KeyId is not supported for a parameter of the type {kind}.")
    data_type = wanted.data_type or (before.data_type if before else "text")
    _check_value(wanted, kind, data_type)
    secure = kind == "SecureString"
    return ParameterVersion(
        account=uow.account,
        region=uow.region,
        type=kind,
        value=None if secure else wanted.value,
        sealed=key_file.encrypt(wanted.value, owner=_owner(uow, wanted.name)) if secure else None,
        key_id=(wanted.key_id or (before.key_id if before else None) or DEFAULT_KEY) if secure else None,
        description=wanted.description if wanted.description is not None or not before else before.description,
        allowed_pattern=wanted.allowed_pattern or (before.allowed_pattern if before else None),
        tier=_tier(wanted, before),
        data_type=data_type,
        labels=[],
        modified=clock.this_second(),
        modified_by=by,
    )


def _tier(wanted: Wanted, before: ParameterVersion | None) -> str:
    """The tier that a value gets: Intelligent-Tiering chooses, and no parameter goes back to Standard."""
    long = len(wanted.value) > STANDARD_SIZE
    asked = wanted.tier or (before.tier if before else "Standard")
    if asked == "Intelligent-Tiering":
        asked = "Advanced" if long or (before and before.tier == "Advanced") else "Standard"
    if asked == "Standard" and before and before.tier == "Advanced":
        raise errors.ValidationError(
            reason="This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            "parameter and recreate it as a standard parameter."
        )
    if asked == "Standard" and long:
        raise errors.ValidationError(
            reason=f"Standard tier parameters support a maximum parameter value of {STANDARD_SIZE} characters. To "
            "create a larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        )
    if len(wanted.value) > ADVANCED_SIZE:
        raise errors.ValidationError(
            reason=f"Advanced tier parameters support a maximum parameter value of {ADVANCED_SIZE} characters."
        )
    return asked


def _check_value(wanted: Wanted, kind: str, data_type: str) -> None:
    if not wanted.value:
        raise errors.ValidationError(
            reason="1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1."
        )
    if data_type not in ("text", "aws:ec2:image"):
        raise errors.ValidationError(
            reason=f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        )
    if data_type == "aws:ec2:image" and not (kind == "String" and _IMAGE.fullmatch(wanted.value)):
        raise errors.ValidationError(reason=f"The parameter value is not a valid ID of an AMI: {wanted.name}")
    if wanted.allowed_pattern:
        try:
            fits = re.search(wanted.allowed_pattern, wanted.value)
        except re.error:
            raise errors.InvalidAllowedPatternException(pattern=wanted.allowed_pattern) from None
        if not fits:
            raise errors.ParameterPatternMismatchException(pattern=wanted.allowed_pattern)


def _make_room(uow: UnitOfWork, parameter: Parameter) -> None:
    """The oldest version goes where there are a hundred, unless it has a label."""
    table = reading.table_of(ParameterVersion).c
    kept = uow.records(ParameterVersion, table.parameter_row == parameter.row)
    if len(kept) < VERSIONS:
        return
    oldest = kept[0]
    if oldest.labels:
        raise errors.ParameterMaxVersionLimitExceeded(
            reason=f"You attempted to create a new version of {parameter.name} by calling the PutParameter API with "
            f"the overwrite flag. Version {oldest.number}, the oldest version, can't be deleted because it has a "
            "label associated with it. Move the label to another version of the parameter, and try again."
        )
    gone = delete(ParameterVersion).where(
        ParameterVersion.parameter_row == parameter.row, ParameterVersion.number == oldest.number
    )
    uow.execute(gone, execution_options=_UNSYNCHRONIZED)


def shown_value(key_file: KeyFile, parameter: Parameter, version: ParameterVersion, *, decrypted: bool) -> str | bytes:
    """The value as text; as bytes where a SecureString is not to be decrypted."""
    if version.sealed is None:
        return version.value or ""
    if not decrypted:
        return version.sealed
    owner = f"ssm:{parameter.account}:{parameter.region}:{parameter.name}"
    return key_file.decrypt(version.sealed, owner=owner)


def _owner(uow: UnitOfWork, name: str) -> str:
    return f"ssm:{uow.account}:{uow.region}:{name}"


def require(uow: UnitOfWork, name: str) -> Parameter:
    """The parameter, to change; ParameterNotFound."""
    found = _find(uow, name)
    if found is None:
        raise errors.ParameterNotFound(name=name)
    return found


def _find(uow: UnitOfWork, name: str) -> Parameter | None:
    return uow.query(Parameter).filter(Parameter.name == name).with_for_update().one_or_none()


def _version(uow: UnitOfWork, parameter: Parameter) -> ParameterVersion | None:
    return uow.get(ParameterVersion, (parameter.row, parameter.version))


def delete_all(uow: UnitOfWork, wanted: Sequence[str]) -> list[str]:
    """Delete the parameters of these names with all that belongs to them; returns the names that there were."""
    found = reading.by(uow, Parameter.name, wanted)
    rows = [parameter.row for parameter in found]
    for statement in (
        delete(ParameterVersion).where(ParameterVersion.parameter_row.in_(rows)),
        delete(ParameterTag).where(ParameterTag.parameter_row.in_(rows)),
        delete(Parameter).where(Parameter.row.in_(rows)),
    ):
        uow.execute(statement, execution_options=_UNSYNCHRONIZED)
    return [parameter.name for parameter in found]


def put_tags(uow: UnitOfWork, parameter: Parameter, given: Sequence[Mapping[str, str]]) -> None:
    wanted = {tag["Key"]: tag["Value"] for tag in given}
    if any(key.lower().startswith("aws:") for key in wanted):
        raise errors.ValidationError(reason="Tag keys starting with 'aws:' are reserved for system use.")
    present = {tag.key for tag in reading.by(uow, ParameterTag.parameter_row, [parameter.row])}
    if len(present | wanted.keys()) > TAGS:
        raise errors.TooManyTagsError(limit=TAGS)
    remove_tags(uow, parameter, list(wanted))
    own = {"account": uow.account, "region": uow.region, "parameter_row": parameter.row}
    if wanted:
        uow.execute(insert(ParameterTag), [{**own, "key": key, "value": value} for key, value in wanted.items()])


def remove_tags(uow: UnitOfWork, parameter: Parameter, keys: Sequence[str]) -> None:
    gone = delete(ParameterTag).where(ParameterTag.parameter_row == parameter.row, ParameterTag.key.in_(keys))
    uow.execute(gone, execution_options=_UNSYNCHRONIZED)


def label(uow: UnitOfWork, name: str, number: int | None, labels: Sequence[str]) -> tuple[int, list[str]]:
    """Move labels to a version, by default the newest; its number, and the labels without a label's form."""
    parameter = require(uow, name)
    invalid = [text for text in labels if not _is_label(text)]
    versions = list(uow.query(ParameterVersion).filter(ParameterVersion.parameter_row == parameter.row))
    chosen = next((version for version in versions if version.number == (number or parameter.version)), None)
    if chosen is None:
        raise errors.ParameterVersionNotFound(version=number, name=name)
    wanted = [text for text in dict.fromkeys(labels) if text not in invalid]
    kept = [text for text in chosen.labels if text not in wanted]
    if len(kept) + len(wanted) > LABELS:
        raise errors.ParameterVersionLabelLimitExceeded(
            reason=f"A parameter version can have maximum {LABELS} labels. Move one or more labels to another version."
        )
    for version in versions:
        version.labels = [text for text in version.labels if text not in wanted]
    chosen.labels = kept + wanted
    return chosen.number, invalid


def unlabel(uow: UnitOfWork, name: str, number: int, labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """Take labels from a version: those that it had, and those that it had not."""
    parameter = require(uow, name)
    version = uow.get(ParameterVersion, (parameter.row, number))
    if version is None:
        raise errors.ParameterVersionNotFound(version=number, name=name)
    removed = [text for text in dict.fromkeys(labels) if text in version.labels]
    version.labels = [text for text in version.labels if text not in removed]
    return removed, [text for text in dict.fromkeys(labels) if text not in removed]


def _is_label(text: str) -> bool:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html"""
    reserved = text.lower().startswith(("aws", "ssm")) or text[:1].isdigit()
    return _LABEL.fullmatch(text) is not None and not reserved
