"""What an identity is granted, and how policies know it: read anew for every request, in one or two statements.

The policies of users are their own, inline and managed, and those of their groups; of the session of a role, the
role's; of a federated user, those of the user who asked for the session. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Select, String, bindparam, literal, null, select, union_all

from backend.access_keys import Session
from backend.db.models import (
    IamAttachedPolicy,
    IamGroupMember,
    IamInlinePolicy,
    IamPolicy,
    IamPolicyVersion,
    IamRole,
    IamTag,
    IamUser,
)
from backend.db.reading import table_of
from backend.policies.evaluation import ANONYMOUS, Grants, Principal, PrincipalKind
from backend.s3 import canonical_users

_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::(aws|[0-9]{12}):policy(/(?:.+/)?)([^/]+)")


class Identity(Protocol):
    """Whom a request acts for, as its access key says. ``account`` is empty for a request that nobody signed."""

    @property
    def account(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def user_id(self) -> str: ...
    @property
    def session(self) -> Session | None: ...
    @property
    def authorised(self) -> bool:
        """Whether policies are enforced."""


@dataclass(frozen=True)
class Authority:
    """An identity as ``evaluation.authorise`` takes it."""

    principal: Principal
    grants: Grants | None


@dataclass(frozen=True)
class _Held:
    """What the rows of a user or role say. ``boundary`` and managed policies of sessions are ARNs still."""

    arn: str = ""
    boundary: str | None = None
    policies: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None


def of(connection: Connection, identity: Identity) -> Authority:
    """The principal and the grants of whoever makes a request.

    An identity that IAM does not know any more is granted nothing. Where nothing is enforced, nothing is read.
    """
    kind = kind_of(identity)
    if kind == "anonymous":
        return Authority(ANONYMOUS, None)
    session = identity.session or Session()
    if kind == "root" or not identity.authorised:
        return Authority(_principal(identity, kind, session, _Held(arn=_role_arn(identity))), None)
    holder_id = _holder_id(identity, kind, session)
    if kind == "federated" and holder_id == identity.account:  # asked for by the root user, who may do all
        held = _Held(f"arn:aws:iam::{identity.account}:root", policies=(_ALL,))
    else:
        held = _read(connection, identity.account, holder_id)
    named = session.get("policy_arns", [])
    texts = _managed(connection, [*named, *([held.boundary] if held.boundary else [])])
    limits = tuple(texts.get(arn, "") for arn in named) + ((session["policy"],) if "policy" in session else ())
    grants = Grants(
        policies=held.policies,
        boundary=texts.get(held.boundary, "") if held.boundary else None,
        session=limits if limits or kind == "federated" else None,
    )
    return Authority(_principal(identity, kind, session, held), grants)


def kind_of(identity: Identity) -> PrincipalKind:
    if not identity.account:
        return "anonymous"
    if identity.arn.endswith(":root"):
        return "root"
    if ":assumed-role/" in identity.arn:
        return "role"
    return "federated" if ":federated-user/" in identity.arn else "user"


_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


def _holder_id(identity: Identity, kind: PrincipalKind, session: Session) -> str:
    """The id of the user or role whose policies count."""
    if kind == "role":
        return identity.user_id.partition(":")[0]
    return session.get("issuer", "") if kind == "federated" else identity.user_id


def _role_arn(identity: Identity) -> str:
    """The role of a session, as far as the ARN of the session tells."""
    name = identity.arn.partition(":assumed-role/")[2].partition("/")[0]
    return f"arn:aws:iam::{identity.account}:role/{name}" if name else ""


def _principal(identity: Identity, kind: PrincipalKind, session: Session, held: _Held) -> Principal:
    return Principal(
        account=identity.account,
        arn=identity.arn,
        user_id=identity.user_id,
        kind=kind,
        canonical_id=canonical_users.canonical_id(identity.account),
        behind=held.arn if kind in ("role", "federated") else "",
        tags={**(held.tags or {}), **session.get("tags", {})},
        source_identity=session.get("source_identity", ""),
    )


def _read(connection: Connection, account: str, holder_id: str) -> _Held:
    arn, boundary = "", None
    policies, tags = list[str](), dict[str, str]()
    rows = connection.execute(_OF_HOLDER, {"account": account, "holder": holder_id})
    for what, first, second in rows:
        if what in ("user", "role"):
            arn, boundary = f"arn:aws:iam::{account}:{what}{first}", second
        elif what == "policy":
            policies.append(first)
        else:
            tags[first] = second
    return _Held(arn, boundary, tuple(policies), tags) if arn else _Held()


def _managed(connection: Connection, arns: Iterable[str]) -> dict[str, str]:
    """The default versions of managed policies by ARN: of those that there are."""
    parts = {arn: found.groups() for arn in arns if (found := _ARN.fullmatch(arn))}
    if not parts:
        return {}
    given = {
        "accounts": list({account for account, _, _ in parts.values()}),
        "names": list({name.lower() for _, _, name in parts.values()}),
    }
    rows = {(row.account, row.path, row.folded): row.document for row in connection.execute(_BY_NAMES, given)}
    keys = {arn: (account, path, name.lower()) for arn, (account, path, name) in parts.items()}
    return {arn: rows[key] for arn, key in keys.items() if key in rows}


def _of_holder() -> Select[Any]:
    """Rows of three: ``user`` or ``role`` with path and name and the boundary, ``policy`` with its document, and
    ``tag`` with key and value."""
    account, holder = bindparam("account", type_=String), bindparam("holder", type_=String)
    users, roles, members = table_of(IamUser).c, table_of(IamRole).c, table_of(IamGroupMember).c
    inline, attached, tags = table_of(IamInlinePolicy).c, table_of(IamAttachedPolicy).c, table_of(IamTag).c
    policies, versions = table_of(IamPolicy).c, table_of(IamPolicyVersion).c
    holders = union_all(select(holder), select(members.group_id).where(members.user_id == holder))
    entities = [
        select(literal(kind).label("what"), columns.path + columns.name, columns.boundary_arn).where(
            columns.id == holder, columns.account == account
        )
        for kind, columns in (("user", users), ("role", roles))
    ]
    own = select(literal("policy"), inline.document, null()).where(inline.entity_id.in_(holders))
    managed = select(literal("policy"), versions.document, null()).where(
        attached.entity_id.in_(holders),
        policies.id == attached.policy_id,
        versions.policy_id == policies.id,
        versions.number == policies.default_version,
    )
    tagged = select(literal("tag"), tags.key, tags.value).where(tags.entity_id == holder)
    return select(union_all(*entities, own, managed, tagged).subquery())


def _by_names() -> Select[Any]:
    policies, versions = table_of(IamPolicy).c, table_of(IamPolicyVersion).c
    return select(policies.account, policies.path, policies.folded, versions.document).where(
        policies.account.in_(bindparam("accounts", expanding=True)),
        policies.folded.in_(bindparam("names", expanding=True)),
        versions.policy_id == policies.id,
        versions.number == policies.default_version,
    )


_OF_HOLDER = _of_holder()
_BY_NAMES = _by_names()
