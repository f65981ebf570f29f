"""Who may do what with a bucket and its objects: identities' policies, the bucket's, ACLs and ownership together.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html

Three things decide, and any explicit denial wins. What an identity's own policies allow counts in the account that owns
the bucket or, where it is about reading an object and its ACL, the object. What the bucket's policy allows counts for
what the bucket's owner owns. And an ACL gives its five permissions to whom it names; the owner of a bucket or object
has by it what it gives to him, but may always read and write the ACL itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.db.models import Bucket, ObjectVersion
from backend.policies.bucket_policies import ARN
from backend.policies.evaluation import Decision, Principal, Request, Verdict, authorise, identity_decision
from backend.policies.grants import Authority
from backend.s3 import acl, policies

Context = Callable[[], Mapping[str, str | Sequence[str]]]
"""Gives the condition keys of a request, where a policy may look at them."""

DENIED = "Access Denied"

_OWNERS_OWN = ("READ_ACP", "WRITE_ACP")


@dataclass(frozen=True, slots=True)
class Action:
    """``name``: as policies call it: s3:GetObject. ``grant``: the permission of an ACL that gives it, if any."""

    name: str
    grant: str | None = None


def service(name: str) -> Authority:
    """A service of the cloud as a principal, such as logging.s3.amazonaws.com."""
    return Authority(Principal("", name, "", "service"), None)


def allows(
    who: Authority,
    action: Action,
    bucket: Bucket,
    key: str | None = None,
    version: ObjectVersion | None = None,
    context: Context = dict,
) -> bool:
    """Whether ``who`` (of ``policies.grants.of``) may do this to a bucket, a key of it, or a version that is there."""
    return denial(who, action, bucket, key, version, context) is None


def denial(
    who: Authority,
    action: Action,
    bucket: Bucket,
    key: str | None = None,
    version: ObjectVersion | None = None,
    context: Context = dict,
) -> str | None:
    """None where ``who`` may do this; else why not, in S3's words."""
    # Tags, locks and the like are the bucket owner's, whoever wrote the object.
    owner, grants = acl.of(bucket, version if action.grant else None)
    principal = who.principal
    if bucket.policy is None and who.grants is None and grants is None and principal.account == owner != "":
        return None
    resource = f"{ARN}{bucket.name}" if key is None else f"{ARN}{bucket.name}/{key}"
    looked_at = bucket.policy is not None or who.grants is not None
    facts = {**context(), **_facts(bucket, version)} if looked_at else {}
    verdict = authorise(who.grants, bucket.policy, owner, Request(principal, action.name, resource, facts))
    if owner != bucket.account or _is_restricted(bucket, principal):
        verdict = replace(verdict, allowed_by_resource=False)
    if _is_allowed(verdict, principal, action, bucket, owner, grants):
        return None
    return DENIED if principal.account != bucket.account else _worded(principal, action, resource, verdict.reason)


def account_denial(who: Authority, action: Action, name: str, context: Context = dict) -> str | None:
    """The same for what is about no bucket that is there. ``name``: of one to be made, or ``*``."""
    principal = who.principal
    if not principal.account:
        return DENIED
    resource = f"{ARN}{name}"
    facts = context() if who.grants is not None else {}
    found = identity_decision(who.grants, Request(principal, action.name, resource, facts))
    if found.decision is Decision.ALLOW:
        return None
    return _worded(principal, action, resource, found.reason(action.name))


def _worded(principal: Principal, action: Action, resource: str, reason: str) -> str:
    return f'User: {principal.arn} is not authorized to perform: {action.name} on resource: "{resource}" {reason}'


def _is_allowed(
    verdict: Verdict,
    principal: Principal,
    action: Action,
    bucket: Bucket,
    owner: str,
    grants: list[acl.Grant] | None,
) -> bool:
    wanted = action.grant
    if wanted is None or (action.name == "s3:DeleteObjectVersion" and principal.account != bucket.account):
        return verdict.allowed
    ignored = acl.blocks(bucket, "IgnorePublicAcls")
    by_acl = acl.gives_to_group(grants, principal, wanted, ignore_public=ignored)
    held = bool(principal.account or principal.kind == "anonymous")
    held = held and acl.gives_to_account(grants, owner, principal.account, wanted)
    if not verdict.same_account:
        return verdict.allows(by_acl=by_acl or held)
    if held or wanted in _OWNERS_OWN:
        return verdict.allows(by_acl=by_acl)
    return not verdict.explicit_deny and (by_acl or verdict.allowed_by_resource)


def _is_restricted(bucket: Bucket, principal: Principal) -> bool:
    """Whether RestrictPublicBuckets takes from a principal what the bucket's policy, being public, allows."""
    if principal.kind == "service" or principal.account == bucket.account:
        return False
    return acl.blocks(bucket, "RestrictPublicBuckets") and policies.is_public(bucket)


def _facts(bucket: Bucket, version: ObjectVersion | None) -> dict[str, Any]:
    """The condition keys of what is there."""
    found = {"s3:ResourceAccount": bucket.account, "aws:ResourceAccount": bucket.account}
    return found | {f"s3:ExistingObjectTag/{key}": value for key, value in (version.tags if version else {}).items()}
