"""The decision on a call, before anything else of it is done.

The root user of an account may do all. Whoever else is verified needs, for everything that a call is about, a policy
that allows it and none that denies it, and so by the permissions boundary and the policies of the session.
"""

from collections.abc import Sequence

from backend import errors
from backend.cloud import Cloud
from backend.policies import evaluation, grants
from backend.policies.evaluation import Decision, Grants, Request
from ec2api.authorisation import ec2_needs, iam_needs
from ec2api.authorisation.needs import Need, Parameters, Place, of_tag_keys, of_tags
from ec2api.caller import Caller
from ec2api.registry import Action

_FREE = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})
"""What nobody needs a permission for."""

_BY_ROLE = ("sts", "AssumeRole")
"""The policy of the role has a say: ``ec2api.sts`` asks."""

_KEYS_OF_RESOURCES = ("resourcetag/", "ec2:instancetype", "ec2:availabilityzone")
"""Condition keys that the resources themselves must be read for."""


def authorise(cloud: Cloud, caller: Caller, action: Action, parameters: Parameters) -> None:
    """UnauthorizedOperation (EC2) or AccessDenied unless the caller may make this call.

    InvalidClientTokenId for calls of IAM with credentials that STS gave to a user: it takes none of these.
    """
    if not caller.authorised:
        return
    if action.service == "iam" and (caller.is_user_session or caller.is_federated):
        raise errors.InvalidClientTokenId()
    if caller.is_root or (action.service, action.name) in _FREE or (action.service, action.name) == _BY_ROLE:
        return
    with cloud.unit_of_work(caller.account, caller.region, write=False) as uow:
        authority = grants.of(uow.connection(), caller)
        held = authority.grants or Grants()
        place = Place(caller.account, caller.region)
        if action.service == "ec2":
            needed = ec2_needs.of(uow, place, action, parameters, tagged=_looks_at_resources(held))
        elif action.service == "iam":
            needed = iam_needs.of(uow, place, action, parameters, caller)
        else:
            needed = _others(place, action, parameters)
    for need in needed:
        context = {**caller.context, **need.context, "ec2:Region": caller.region}
        request = Request(authority.principal, need.action, need.resource, context)
        found = evaluation.identity_decision(held, request)
        if found.decision is not Decision.ALLOW:
            raise refusal(caller, need, found.reason(need.action))


def refusal(caller: Caller, need: Need, reason: str) -> errors.CloudError:
    """As the service of a need says no."""
    on = "" if need.resource == "*" else f" on resource: {need.resource}"
    text = f"User: {caller.arn} is not authorized to perform: {need.action}{on} {reason}".rstrip()
    if caller.service == "ec2":
        return errors.NotAuthorized(reason=text)
    return errors.AccessDenied(reason=text)


def _looks_at_resources(held: Grants) -> bool:
    texts = (*held.policies, held.boundary or "", *(held.session or ()))
    return any(key in text.lower() for text in texts for key in _KEYS_OF_RESOURCES)


def _others(place: Place, action: Action, parameters: Parameters) -> list[Need]:
    permission = f"{action.service}:{action.name}"
    context = of_tags(parameters.get("Tags", [])) | of_tag_keys(parameters.get("TagKeys", []))
    resources: Sequence[str] = ()
    if action.service == "ssm":
        resources = [_parameter(place, name) for name in _names(parameters)]
    elif action.service == "ebs":
        named = [parameters[name] for name in _SNAPSHOTS if name in parameters]
        resources = [f"arn:aws:ec2:{place.region}::snapshot/{id}" for id in named or ["*"]]
    elif action.name == "GetFederationToken":
        resources = [f"arn:aws:sts::{place.account}:federated-user/{parameters.get('Name', '*')}"]
    return [Need(permission, resource, context) for resource in resources] or [Need(permission, "*", context)]


_SNAPSHOTS = ("SnapshotId", "FirstSnapshotId", "SecondSnapshotId")


def _names(parameters: Parameters) -> list[str]:
    """The parameters of Systems Manager that a call names, or the path that they are under."""
    given = [parameters.get(name) for name in ("Name", "Path", "ResourceId")]
    return [name for name in (*given, *parameters.get("Names", ())) if isinstance(name, str) and name]


def _parameter(place: Place, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return place.arn("ssm", f"parameter/{name.partition(':')[0].lstrip('/')}")
