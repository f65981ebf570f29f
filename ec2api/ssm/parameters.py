"""Systems Manager's actions on parameters.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html
"""

import base64
from collections.abc import Sequence
from typing import Any

from backend import errors, key_file
from backend.db import reading
from backend.db.models import Parameter
from backend.ssm import names as parameter_names
from backend.ssm import parameters, public_parameters
from backend.ssm.names import Reference
from backend.ssm.parameters import Wanted
from backend.ssm.public_parameters import PublicParameter
from ec2api.call import Call
from ec2api.registry import action
from ec2api.ssm import filters, pages

BY_PATH = ("Type", "KeyId", "Label")
DESCRIBED = ("Name", "Type", "KeyId", "Path", "Tier", "DataType", "tag")


def show(call: Call, parameter: Any, version: Any, *, decrypted: bool, selector: str | None = None) -> dict[str, Any]:
    return {
        "Name": parameter.name,
        "Type": version.type,
        "Value": _value(call, parameter, version, decrypted=decrypted),
        "Version": version.number,
        "Selector": f":{selector}" if selector is not None else None,
        "LastModifiedDate": version.modified,
        "ARN": parameter_names.arn(parameter.account, parameter.region, parameter.name),
        "DataType": version.data_type,
    }


def _value(call: Call, parameter: Any, version: Any, *, decrypted: bool) -> str:
    keys = key_file.at(call.settings.key_path)
    value = parameters.shown_value(keys, parameter, version, decrypted=decrypted)
    return value if isinstance(value, str) else base64.b64encode(value).decode()


def show_public(call: Call, parameter: PublicParameter, selector: str | None = None) -> dict[str, Any]:
    return {
        "Name": parameter.name,
        "Type": "String",
        "Value": parameter.image_id,
        "Version": 1,
        "Selector": f":{selector}" if selector is not None else None,
        "LastModifiedDate": parameter.modified,
        "ARN": parameter_names.arn("", call.region, parameter.name),
        "DataType": "aws:ec2:image" if "/canonical/" in parameter.name else "text",
    }


def _found(call: Call, wanted: Sequence[Reference], *, decrypted: bool) -> dict[str, dict[str, Any] | None]:
    """By what was asked for, each parameter as it is shown; None for a version that it does not have."""
    plain = [reference.name for reference in wanted]
    own = {p.name: p for p in reading.by(call.uow, Parameter.name, plain, load=(Parameter.versions,))}
    public = public_parameters.named(call.uow, [name for name in plain if name not in own])
    found: dict[str, dict[str, Any] | None] = {}
    for reference in wanted:
        if parameter := own.get(reference.name):
            version = _version(parameter, reference)
            found[reference.given] = version and show(
                call, parameter, version, decrypted=decrypted, selector=reference.selector
            )
        elif its := public.get(reference.name):
            known = reference.selector in (None, "1")
            found[reference.given] = show_public(call, its, reference.selector) if known else None
    return found


def _version(parameter: Any, reference: Reference) -> Any:
    if reference.selector is None:
        return parameter.newest
    number = reference.number
    return next(
        (v for v in parameter.versions if v.number == number or (number is None and reference.selector in v.labels)),
        None,
    )


@action(service="ssm", reads=True)
def get_parameter(call: Call, *, name: str, with_decryption: bool = False) -> dict[str, Any]:
    reference = parameter_names.reference(name, call.account, call.region)
    found = _found(call, [reference], decrypted=with_decryption)
    if name not in found:
        raise errors.ParameterNotFound(name=name)
    if found[name] is None:
        raise errors.ParameterVersionNotFound(version=reference.selector, name=reference.name)
    return {"Parameter": found[name]}


@action(service="ssm", reads=True)
def get_parameters(call: Call, *, names: Sequence[str], with_decryption: bool = False) -> dict[str, Any]:
    found = _found(call, _references(call, names), decrypted=with_decryption)
    return {
        "Parameters": [shown for shown in found.values() if shown],
        "InvalidParameters": [name for name in dict.fromkeys(names) if not found.get(name)],
    }


def _references(call: Call, given: Sequence[str]) -> list[Reference]:
    return [parameter_names.reference(name, call.account, call.region) for name in dict.fromkeys(given)]


@action(service="ssm", reads=True)
def get_parameters_by_path(
    call: Call,
    *,
    path: str,
    recursive: bool = False,
    parameter_filters: Sequence[dict[str, Any]] = (),
    with_decryption: bool = False,
    max_results: int = 10,
    next_token: str | None = None,
) -> dict[str, Any]:
    last = pages.place(call, next_token, "")
    conditions = filters.conditions(parameter_filters, BY_PATH)
    if path.startswith("/aws"):
        return _public_page(call, path, last, max_results, recursive=recursive, filters=parameter_filters)
    column = reading.table_of(Parameter).c.name
    rows = reading.where(
        call.uow,
        Parameter,
        parameter_names.below(column, path, recursive=recursive),
        column > last,
        *conditions,
        order=[column],
        limit=max_results + 1,
        load=(Parameter.versions,),
    )
    shown = [show(call, row, row.newest, decrypted=with_decryption) for row in rows[:max_results]]
    return {"Parameters": shown, "NextToken": _more(call, rows, max_results)}


def _public_page(
    call: Call, path: str, last: str, limit: int, *, recursive: bool, filters: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Public parameters are all of the type String, and have neither keys nor labels."""
    if not all(given["Key"] == "Type" and "String" in given["Values"] for given in filters):
        return {"Parameters": []}
    within = parameter_names.below(public_parameters.NAME, path, recursive=recursive)
    rows = public_parameters.after(call.uow, last, limit + 1, within)
    return {
        "Parameters": [show_public(call, row) for row in rows[:limit]],
        "NextToken": _more(call, rows, limit),
    }


def _more(call: Call, rows: Sequence[Any], limit: int) -> str | None:
    return pages.token(call, rows[limit - 1].name) if len(rows) > limit else None


@action(service="ssm", reads=True)
def describe_parameters(
    call: Call,
    *,
    parameter_filters: Sequence[dict[str, Any]] = (),
    max_results: int = 50,
    next_token: str | None = None,
    shared: bool = False,
) -> dict[str, Any]:
    """The account's own parameters. Those that others share with it (``shared``) are none."""
    last = pages.place(call, next_token, "")
    conditions = filters.conditions(parameter_filters, DESCRIBED)
    if shared:
        return {"Parameters": []}
    column = reading.table_of(Parameter).c.name
    rows = reading.where(
        call.uow,
        Parameter,
        column > last,
        *conditions,
        order=[column],
        limit=max_results + 1,
        load=(Parameter.versions,),
    )
    described = [
        {
            "Name": row.name,
            "ARN": parameter_names.arn(row.account, row.region, row.name),
            "Version": row.version,
            **_of_version(row.newest),
        }
        for row in rows[:max_results]
    ]
    return {"Parameters": described, "NextToken": _more(call, rows, max_results)}


def _of_version(version: Any) -> dict[str, Any]:
    """What DescribeParameters and GetParameterHistory tell of a version."""
    return {
        "Type": version.type,
        "KeyId": version.key_id,
        "LastModifiedDate": version.modified,
        "LastModifiedUser": version.modified_by,
        "Description": version.description,
        "AllowedPattern": version.allowed_pattern,
        "Tier": version.tier,
        "Policies": [],
        "DataType": version.data_type,
    }


@action(service="ssm", reads=True)
def get_parameter_history(
    call: Call,
    *,
    name: str,
    with_decryption: bool = False,
    max_results: int = 50,
    next_token: str | None = None,
) -> dict[str, Any]:
    last = pages.place(call, next_token, 0)
    wanted = parameter_names.reference(name, call.account, call.region).name
    parameter = reading.find(call.uow, Parameter.name, wanted, load=(Parameter.versions,))
    if parameter is None:
        raise errors.ParameterNotFound(name=name)
    rows = [version for version in parameter.versions if version.number > last]
    shown = [
        {
            "Name": parameter.name,
            "Version": version.number,
            "Value": _value(call, parameter, version, decrypted=with_decryption),
            "Labels": version.labels,
            **_of_version(version),
        }
        for version in rows[:max_results]
    ]
    more = pages.token(call, rows[max_results - 1].number) if len(rows) > max_results else None
    return {"Parameters": shown, "NextToken": more}


@action(service="ssm")
def put_parameter(
    call: Call,
    *,
    name: str,
    value: str,
    type: str | None = None,
    description: str | None = None,
    key_id: str | None = None,
    overwrite: bool = False,
    allowed_pattern: str | None = None,
    tags: Sequence[dict[str, str]] = (),
    tier: str | None = None,
    data_type: str | None = None,
) -> dict[str, Any]:
    wanted = Wanted(name, value, type, description, key_id, allowed_pattern, tier, data_type)
    keys = key_file.at(call.settings.key_path)
    parameter = parameters.put(call.uow, keys, wanted, overwrite=overwrite, tags=tags, by=call.caller.arn)
    return {"Version": parameter.version, "Tier": parameter.tier}


@action(service="ssm")
def delete_parameter(call: Call, *, name: str) -> None:
    wanted = parameter_names.reference(name, call.account, call.region).name
    if not parameters.delete_all(call.uow, [wanted]):
        raise errors.ParameterNotFound(name=name)


@action(service="ssm")
def delete_parameters(call: Call, *, names: Sequence[str]) -> dict[str, Any]:
    references = _references(call, names)
    gone = parameters.delete_all(call.uow, [reference.name for reference in references])
    return {
        "DeletedParameters": [reference.given for reference in references if reference.name in gone],
        "InvalidParameters": [reference.given for reference in references if reference.name not in gone],
    }


@action(service="ssm")
def label_parameter_version(
    call: Call, *, name: str, labels: Sequence[str], parameter_version: int | None = None
) -> dict[str, Any]:
    number, invalid = parameters.label(call.uow, name, parameter_version, labels)
    return {"InvalidLabels": invalid, "ParameterVersion": number}


@action(service="ssm")
def unlabel_parameter_version(
    call: Call, *, name: str, parameter_version: int, labels: Sequence[str]
) -> dict[str, Any]:
    removed, invalid = parameters.unlabel(call.uow, name, parameter_version, labels)
    return {"RemovedLabels": removed, "InvalidLabels": invalid}
