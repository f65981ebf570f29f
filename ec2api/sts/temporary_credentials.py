"""STS actions that issue temporary credentials: a key, a secret and a session token that expire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backend import access_keys, clock, errors, key_file
from backend.access_keys import NewKey, Session, unique_id
from backend.db.models import IamRole
from backend.policies import evaluation, grants
from backend.policies.evaluation import Decision
from ec2api.authorisation import needs
from ec2api.authorisation.needs import Context
from ec2api.call import Call
from ec2api.registry import action
from ec2api.sts import validation
from ec2api.sts.validation import Role

_HOUR = 3600
_TWELVE_HOURS = 12 * _HOUR


@action(service="sts")
def get_session_token(call: Call, *, duration_seconds: int = _TWELVE_HOURS) -> dict[str, Any]:
    """Credentials that act as the caller. Multi-factor devices are not built, nor are their parameters."""
    _require_permanent(call, "GetSessionToken")
    caller = call.caller
    new = _issue(
        call,
        account=caller.account,
        arn=caller.arn,
        user_id=caller.user_id,
        seconds=_limited_for_root(call, duration_seconds),
    )
    return {"Credentials": _shown(new)}


@action(service="sts")
def get_federation_token(
    call: Call,
    *,
    name: str,
    policy: str | None = None,
    policy_arns: Sequence[dict[str, str]] = (),
    duration_seconds: int = _TWELVE_HOURS,
    tags: Sequence[dict[str, str]] = (),
) -> dict[str, Any]:
    """Credentials of a federated user, who may do what the session policies allow, and nothing without."""
    _require_permanent(call, "GetFederationToken")
    account = call.caller.account
    limits = validation.session_policies(policy, policy_arns, account)
    limits |= validation.session_tags(tags)
    size = validation.packed_size(limits)
    arn, user_id = f"arn:aws:sts::{account}:federated-user/{name}", f"{account}:{name}"
    seconds = _limited_for_root(call, duration_seconds)
    limits["issuer"] = call.caller.user_id
    new = _issue(call, account=account, arn=arn, user_id=user_id, seconds=seconds, limits=limits)
    return {
        "Credentials": _shown(new),
        "FederatedUser": {"FederatedUserId": user_id, "Arn": arn},
        **size,
    }


@action(service="sts")
def assume_role(
    call: Call,
    *,
    role_arn: str,
    role_session_name: str,
    policy: str | None = None,
    policy_arns: Sequence[dict[str, str]] = (),
    duration_seconds: int = _HOUR,
    tags: Sequence[dict[str, str]] = (),
    transitive_tag_keys: Sequence[str] = (),
    external_id: str | None = None,
    source_identity: str | None = None,
) -> dict[str, Any]:
    """Credentials of a session of a role."""
    role = validation.role(role_arn)
    known = _require_trust(call, role, _asked(call, external_id))
    if call.caller.is_role and duration_seconds > _HOUR:
        raise errors.ValidationError(
            reason="The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if known and duration_seconds > known.max_session_duration:
        raise errors.ValidationError(
            reason="The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    limits = validation.session_policies(policy, policy_arns, role.account)
    limits |= validation.session_tags(tags, transitive_tag_keys, call.caller.session)
    size = validation.packed_size(limits)
    if source_identity := _source_identity(call, source_identity):
        limits["source_identity"] = source_identity
    arn = f"arn:{role.partition}:sts::{role.account}:assumed-role/{role.name}/{role_session_name}"
    role_id = f"{known.id if known else unique_id('AROA', role.arn)}:{role_session_name}"
    new = _issue(call, account=role.account, arn=arn, user_id=role_id, seconds=duration_seconds, limits=limits)
    if known:
        known.last_used_at, known.last_used_region = clock.this_second(), call.region
    return {
        "Credentials": _shown(new),
        "AssumedRoleUser": {"AssumedRoleId": role_id, "Arn": arn},
        **size,
        **({"SourceIdentity": source_identity} if source_identity else {}),
    }


def _require_permanent(call: Call, name: str) -> None:
    if call.caller.temporary:
        raise errors.AccessDenied(reason=f"Cannot call {name} with session credentials")


def _authorises(call: Call) -> bool:
    return call.settings.auth_mode != "open"


def _require_trust(call: Call, role: Role, asked: Context) -> IamRole | None:
    """The role, if there is one. See ``ec2api.sts`` for who may assume which."""
    caller = call.caller
    if caller.is_root and _authorises(call):
        raise errors.AccessDenied(reason="Roles may not be assumed by root accounts.")
    named = (IamRole.account == role.account) & (IamRole.folded == role.name.lower())
    found = [known for known in call.uow.anywhere(IamRole, named) if known.arn.partition("::")[2] == role.resource]
    needed = ["sts:AssumeRole"]
    if "aws:TagKeys" in asked or "sts:TransitiveTagKeys" in asked:
        needed.append("sts:TagSession")
    if "sts:SourceIdentity" in asked:
        needed.append("sts:SetSourceIdentity")
    for permission in needed:
        if caller.is_federated or (_authorises(call) and not (found and _trusted(call, found[0], permission, asked))):
            raise errors.AccessDenied(
                reason=f"User: {caller.arn} is not authorized to perform: {permission} on resource: {role.arn}"
            )
    return found[0] if found else None


def _trusted(call: Call, role: IamRole, permission: str, asked: Context) -> bool:
    """Whether the policy in the role lets the caller, and the caller's own too: these only if the role names but the
    account, or one of another."""
    authority = grants.of(call.uow.connection(), call.caller)
    request = evaluation.Request(authority.principal, permission, role.arn, {**call.caller.context, **asked})
    verdict = evaluation.authorise(authority.grants, role.trust_policy, role.account, request, kind="trust")
    return verdict.resource is Decision.ALLOW and verdict.allowed


def _asked(call: Call, external_id: str | None) -> Context:
    """What the conditions of policies may look at in a call of AssumeRole.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    """
    given = call.parameters
    found: dict[str, str | Sequence[str]] = {"sts:RoleSessionName": given["RoleSessionName"]}
    if external_id is not None:
        found["sts:ExternalId"] = external_id
    if identity := given.get("SourceIdentity") or (call.caller.session or Session()).get("source_identity"):
        found["sts:SourceIdentity"] = identity
    if transitive := given.get("TransitiveTagKeys"):
        found["sts:TransitiveTagKeys"] = transitive
    return found | needs.of_tags(given.get("Tags", []))


def _limited_for_root(call: Call, seconds: int) -> int:
    return min(seconds, _HOUR) if call.caller.is_root else seconds


def _source_identity(call: Call, given: str | None) -> str | None:
    """The source identity of a new role session: once set, it goes with every further one."""
    inherited = (call.caller.session or Session()).get("source_identity")
    if given is None:
        return inherited
    if inherited not in (None, given):
        raise errors.AccessDenied(reason="The source identity of the calling session cannot be changed.")
    return given


def _issue(call: Call, *, account: str, arn: str, user_id: str, seconds: int, limits: Session | None = None) -> NewKey:
    return access_keys.issue(
        call.uow,
        key_file.at(call.settings.key_path),
        account=account,
        arn=arn,
        user_id=user_id,
        seconds=seconds,
        limits=limits,
    )


def _shown(new: NewKey) -> dict[str, str | datetime | None]:
    return {
        "AccessKeyId": new.access_key_id,
        "SecretAccessKey": new.secret,
        "SessionToken": new.session_token,
        "Expiration": new.expires,
    }
