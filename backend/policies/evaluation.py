"""What policies decide about a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and, for one account,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from enum import Enum, IntEnum
from functools import cached_property
from typing import Literal

from backend import clock
from backend.policies import documents
from backend.policies.documents import Kind, Policy, PolicyFault, Principals, Statement

PrincipalKind = Literal["root", "user", "role", "federated", "anonymous", "service"]
"""``role``: a session of one. ``federated``: of GetFederationToken."""

_TYPES: Mapping[PrincipalKind, str] = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
    "service": "Service",
}
"""aws:PrincipalType."""

_NEVER_LOCKED_OUT = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What the root user of a bucket's owner may do whatever the bucket's policy denies."""

_DENY_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'


class Decision(Enum):
    IMPLICIT_DENY = "implicitDeny"
    ALLOW = "allowed"
    EXPLICIT_DENY = "explicitDeny"


class Reach(IntEnum):
    """How a policy of a resource came to name a principal, from the least to the most."""

    NOT = 0
    ACCOUNT = 1
    """By the account, which decides by its identity policies who there may."""
    BEHIND = 2
    """By the role behind a session, or the user behind a federated one."""
    ITSELF = 3


@dataclass(frozen=True)
class Principal:
    """Who asks. ``arn`` is empty for anonymous ones, and the name of a service."""

    account: str
    arn: str
    user_id: str
    kind: PrincipalKind
    canonical_id: str = ""
    """Of the account, as S3 knows it."""
    behind: str = ""
    """The ARN of the role of a session, or of the user who asked for a federated one."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the session and of the user or role."""
    source_identity: str = ""

    @cached_property
    def facts(self) -> dict[str, tuple[str, ...]]:
        """The condition keys that tell of a principal, in lower case.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        found: dict[str, tuple[str, ...]] = {"aws:principaltype": (_TYPES[self.kind],)}
        if self.kind == "anonymous":
            return {**found, "aws:userid": ("anonymous",)}
        if self.kind == "service":
            return {
                "aws:principalisawsservice": ("true",),
                "aws:principalservicename": (self.arn,),
                "aws:principalservicenameslist": (self.arn,),
            }
        found["aws:principalisawsservice"] = ("false",)
        found["aws:principalaccount"] = (self.account,)
        found["aws:principalarn"] = (self.behind if self.kind == "role" and self.behind else self.arn,)
        found["aws:userid"] = (self.user_id,)
        if self.kind == "user":
            found["aws:username"] = (self.arn.rpartition("/")[2],)
        if self.source_identity:
            found["aws:sourceidentity"] = (self.source_identity,)
        for key, value in self.tags.items():
            found[f"aws:principaltag/{key.lower()}"] = (value,)
        return found

    @cached_property
    def names(self) -> Mapping[str, Reach]:
        """How far each name of a policy that means this principal reaches, the farthest first."""
        if self.kind in ("anonymous", "service"):
            return {}
        found = {self.arn: Reach.ITSELF, self.user_id: Reach.ITSELF}
        if self.behind:
            found[self.behind] = Reach.BEHIND
        if self.kind == "role":
            found[self.user_id.partition(":")[0]] = Reach.BEHIND
        found.setdefault(f"arn:aws:iam::{self.account}:root", Reach.ACCOUNT)
        return found


ANONYMOUS = Principal("", "", "", "anonymous")


@dataclass(slots=True)
class Request:
    """One action on one resource. ``context`` has condition keys, in whatever case, and one value or several.

    The keys of the principal and of the time need not be given.
    """

    principal: Principal
    action: str
    """``s3:GetObject``"""
    resource: str
    """Its ARN, or ``*`` for an action that is for no resource."""
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    _values: dict[str, Sequence[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._values = {
            key.lower(): (value,) if isinstance(value, str) else value for key, value in self.context.items()
        }
        self._values.update(self.principal.facts)

    def values(self, key: str) -> Sequence[str] | None:
        """What the request has for a condition key in lower case."""
        found = self._values.get(key)
        if found is None and key == "aws:currenttime":
            return (clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),)
        if found is None and key == "aws:epochtime":
            return (str(int(clock.now().replace(tzinfo=UTC).timestamp())),)
        return found


@dataclass(frozen=True, slots=True)
class Grants:
    """What an identity may do: documents of policies. The root user, who may do all, has none: None in their place."""

    policies: tuple[str, ...] = ()
    """Of the user and its groups, or of the role: inline and managed."""
    boundary: str | None = None
    session: tuple[str, ...] | None = None
    """The policies that limit a session together; None where nothing does."""


@dataclass(frozen=True, slots=True)
class IdentityDecision:
    """What the policies of an identity say: each of the three must allow, and any may deny."""

    denied_by: str = ""
    """Empty, ``identity-based policy``, ``permissions boundary`` or ``session policy``."""
    by_identity: bool = True
    by_boundary: bool = True
    by_session: bool = True

    @property
    def decision(self) -> Decision:
        if self.denied_by:
            return Decision.EXPLICIT_DENY
        allowed = self.by_identity and self.by_boundary and self.by_session
        return Decision.ALLOW if allowed else Decision.IMPLICIT_DENY

    def reason(self, action: str) -> str:
        """Why it is no ALLOW, as AWS's messages end."""
        if self.denied_by:
            article = "an" if self.denied_by[0] == "i" else "a"
            return f"with an explicit deny in {article} {self.denied_by}"
        if not self.by_identity:
            return f"because no identity-based policy allows the {action} action"
        if not self.by_boundary:
            return f"because no permissions boundary allows the {action} action"
        return "" if self.by_session else f"because no session policy allows the {action} action"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all policies about a request say together."""

    action: str
    identity: IdentityDecision
    """Anonymous requests and services are limited by none."""
    resource: Decision
    """Of the resource's own policy."""
    same_account: bool
    allowed_by_resource: bool
    """In one account: that the resource's policy is enough by itself."""

    @property
    def explicit_deny(self) -> bool:
        return bool(self.identity.denied_by) or self.resource is Decision.EXPLICIT_DENY

    @property
    def allowed_by_identity(self) -> bool:
        return self.identity.decision is Decision.ALLOW

    @property
    def reason(self) -> str:
        """Why it is refused, as AWS's messages end."""
        if self.resource is Decision.EXPLICIT_DENY and not self.identity.denied_by:
            return "with an explicit deny in a resource-based policy"
        return self.identity.reason(self.action) or f"because no resource-based policy allows the {self.action} action"

    @property
    def allowed(self) -> bool:
        return self.allows()

    def allows(self, *, by_acl: bool = False) -> bool:
        """Whether to go on, with an ACL that grants the same or not. In one account either side is enough, and
        between accounts it takes both."""
        by_resource = self.allowed_by_resource or by_acl
        if self.explicit_deny:
            return False
        if self.same_account:
            return self.allowed_by_identity or by_resource
        return self.allowed_by_identity and by_resource


def authorise(
    grants: Grants | None, resource_policy: str | None, resource_owner: str, request: Request, *, kind: Kind = "bucket"
) -> Verdict:
    """The verdict on a request for what the account ``resource_owner`` owns.

    ``grants``: None for root users, anonymous requests and services, and where identities are not limited.
    ``resource_policy``: the document of the resource's own policy, if it has one.
    """
    principal = request.principal
    same = principal.account == resource_owner
    own = IdentityDecision() if grants is None else identity_decision(grants, request)
    found, reach = resource_decision(resource_policy, request, kind=kind)
    if same and principal.kind == "root" and request.action in _NEVER_LOCKED_OUT:
        found = Decision.ALLOW
    by_resource = found is Decision.ALLOW and (not same or _suffices(own, reach, principal))
    return Verdict(request.action, own, found, same, by_resource)


def identity_decision(grants: Grants | None, request: Request) -> IdentityDecision:
    """What an identity's own policies, its boundary and its session's policies say; the root user may do all."""
    if grants is None:
        return IdentityDecision()
    found = {
        "identity-based policy": decide(grants.policies, request),
        "permissions boundary": Decision.ALLOW if grants.boundary is None else decide((grants.boundary,), request),
        "session policy": Decision.ALLOW if grants.session is None else decide(grants.session, request),
    }
    denied_by = next((kind for kind, decision in found.items() if decision is Decision.EXPLICIT_DENY), "")
    return IdentityDecision(denied_by, *(decision is Decision.ALLOW for decision in found.values()))


def decide(policies: Iterable[str], request: Request) -> Decision:
    """What identity policies say together. One that cannot be read denies, as it may be that it would."""
    found = Decision.IMPLICIT_DENY
    for text in policies:
        for statement in _read(text).statements:
            if (statement.allows and found is Decision.ALLOW) or not _applies(statement, request):
                continue
            if not statement.allows:
                return Decision.EXPLICIT_DENY
            found = Decision.ALLOW
    return found


def resource_decision(policy: str | None, request: Request, *, kind: Kind = "bucket") -> tuple[Decision, Reach]:
    """What the policy of a resource says, and by which of its names the principal is allowed."""
    if policy is None:
        return Decision.IMPLICIT_DENY, Reach.NOT
    try:
        statements = documents.read(policy, kind=kind).statements
    except PolicyFault:
        return Decision.EXPLICIT_DENY, Reach.NOT
    widest = Reach.NOT
    for statement in statements:
        reach = _reach(statement, request.principal)
        if reach is Reach.NOT or (statement.allows and reach <= widest) or not _applies(statement, request):
            continue
        if not statement.allows:
            return Decision.EXPLICIT_DENY, Reach.NOT
        widest = reach
    return (Decision.ALLOW if widest else Decision.IMPLICIT_DENY), widest


def _read(text: str) -> Policy:
    try:
        return documents.read(text, kind="identity")
    except PolicyFault:
        return documents.read(_DENY_ALL, kind="identity")


def _applies(statement: Statement, request: Request) -> bool:
    """Whether a statement speaks of this action on this resource in these circumstances."""
    lookup = request.values
    if statement.action_patterns.match(request.action, lookup) == statement.other_actions:
        return False
    resources = statement.resource_patterns
    if resources is not None and resources.match(request.resource, lookup) == statement.other_resources:
        return False
    return all(condition.holds(lookup) for condition in statement.conditions)


def _reach(statement: Statement, principal: Principal) -> Reach:
    named = statement.principals or Principals()
    if named.everyone:
        found = Reach.ITSELF
    else:
        found = next((reach for name, reach in principal.names.items() if name in named.names), Reach.NOT)
        if principal.kind == "service" and principal.arn in named.services:
            found = Reach.ITSELF
        if principal.canonical_id and principal.canonical_id in named.canonical:
            found = max(found, Reach.ITSELF if principal.kind == "root" else Reach.ACCOUNT)
    if not statement.other_principals:
        return found
    if statement.allows:
        return Reach.NOT if found else Reach.ITSELF
    # To be spared a denial takes all the names: of the account, of the user or role, and of the session.
    spared = named.everyone or (bool(principal.names) and _all_names(principal) <= named.names)
    spared = spared or (principal.kind == "service" and bool(found))
    spared = spared or (principal.kind == "root" and bool(found))
    return Reach.NOT if spared else Reach.ITSELF


def _all_names(principal: Principal) -> set[str]:
    found = {f"arn:aws:iam::{principal.account}:root", principal.arn}
    return found | {principal.behind} if principal.behind else found


def _suffices(own: IdentityDecision, reach: Reach, principal: Principal) -> bool:
    """Whether the policy of a resource in the principal's account is enough without an identity policy.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if principal.kind == "root" or reach is Reach.ITSELF:
        return True
    return reach is Reach.BEHIND and own.by_boundary and own.by_session
