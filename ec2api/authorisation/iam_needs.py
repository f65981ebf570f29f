"""What the actions of IAM need: permissions on the user, group, role, profile or policy that they are about.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from backend.db.models import IamGroup, IamInstanceProfile, IamRole, IamUser
from backend.db.models.iam import Entity
from backend.db.reading import table_of
from backend.db.unit_of_work import UnitOfWork
from ec2api.authorisation.needs import Need, Parameters, Place, of_tag_keys, of_tags
from ec2api.caller import Caller
from ec2api.registry import Action

_ABOUT: Mapping[str, type[Entity]] = {
    "InstanceProfileName": IamInstanceProfile,
    "GroupName": IamGroup,
    "RoleName": IamRole,
    "UserName": IamUser,
}
"""What an action is about, by the first of these parameters that it has."""

_OWN = frozenset({"GetUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey"})
"""About the caller where they name nobody."""


def of(uow: UnitOfWork, place: Place, action: Action, parameters: Parameters, caller: Caller) -> list[Need]:
    permission = f"iam:{action.name}"
    context = _context(parameters)
    needs = [Need(permission, arn, context) for arn in _resources(uow, place, action, parameters, caller)]
    if action.name == "AddRoleToInstanceProfile":
        role = _arn(uow, place, IamRole, parameters["RoleName"])
        needs.append(Need("iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"}))
    return needs


def _resources(uow: UnitOfWork, place: Place, action: Action, parameters: Parameters, caller: Caller) -> Sequence[str]:
    members = set(action.members)
    for name, model in _ABOUT.items():
        if name not in members:
            continue
        given = parameters.get(name)
        if given is None:
            return [caller.arn] if action.name in _OWN and ":user/" in caller.arn else ["*"]
        if action.name.startswith("Create") and "Path" in members:
            return [_named(place, model, parameters.get("Path", "/"), given)]
        found = _arn(uow, place, model, given)
        renamed = parameters.get(f"New{name}")
        return [found, found.rpartition("/")[0] + f"/{renamed}"] if renamed else [found]
    if action.name == "CreatePolicy":
        path = parameters.get("Path", "/")
        return [f"arn:aws:iam::{place.account}:policy{path}{parameters.get('PolicyName', '*')}"]
    return [parameters.get("PolicyArn", "*")]


def _arn(uow: UnitOfWork, place: Place, model: type[Entity], name: str) -> str:
    """With the path of the one that there is."""
    table = table_of(model).c
    named = select(table.path, table.name).where(table.account == place.account, table.folded == name.lower())
    found = uow.for_reading().execute(named).one_or_none()
    return _named(place, model, *(found or ("/", name)))


def _named(place: Place, model: type[Entity], path: str, name: str) -> str:
    return f"arn:aws:iam::{place.account}:{model.KIND}{path}{name}"


def _context(parameters: Parameters) -> dict[str, str | Sequence[str]]:
    found = of_tags(parameters.get("Tags", [])) | of_tag_keys(parameters.get("TagKeys", []))
    if "PolicyArn" in parameters:
        found["iam:PolicyARN"] = parameters["PolicyArn"]
    if "PermissionsBoundary" in parameters:
        found["iam:PermissionsBoundary"] = parameters["PermissionsBoundary"]
    if "AWSServiceName" in parameters:
        found["iam:AWSServiceName"] = parameters["AWSServiceName"]
    return found
