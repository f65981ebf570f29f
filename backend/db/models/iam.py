"""Tables of IAM: users, groups, roles, instance profiles and policies. They belong to accounts, and to no region."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Index, String, Text, UniqueConstraint, bindparam
from sqlalchemy.orm import Mapped, declared_attr, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Global

AWS = "aws"
"""The account of the policies that AWS manages, which every account sees."""


class IamTag(Global, Base):
    """A tag of a user, role, policy or instance profile. ``folded``: the key as it is compared with others."""

    __tablename__ = "iam_tags"

    entity_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    folded: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(128))
    value: Mapped[str] = mapped_column(String(256))


class Entity(Global, Base):
    """What everything of IAM has: an id, a name that is unique in the account whatever its case, and a path."""

    __abstract__ = True

    KIND: ClassVar[str]
    """As ARNs name it."""
    PREFIX: ClassVar[str]
    """What ids begin with: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    folded: Mapped[str] = mapped_column(String(128))
    """The name in lower case."""
    path: Mapped[str] = mapped_column(String(512))
    created: Mapped[datetime] = mapped_column(default=clock.this_second)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:{self.KIND}{self.path}{self.name}"

    @declared_attr
    def tags(cls) -> Mapped[list[IamTag]]:  # noqa: N805  declared_attr binds the class
        return relationship(
            IamTag,
            primaryjoin=lambda: foreign(IamTag.entity_id) == cls.id,
            viewonly=True,
            order_by=IamTag.folded,
        )

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        return (UniqueConstraint("account", "folded"),)


class IamUser(Entity):
    __tablename__ = "iam_users"
    KIND, PREFIX = "user", "AIDA"

    boundary_arn: Mapped[str | None] = mapped_column(String(2048), index=True)


class IamGroupMember(Global, Base):
    __tablename__ = "iam_group_members"

    group_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class IamGroup(Entity):
    __tablename__ = "iam_groups"
    KIND, PREFIX = "group", "AGPA"


class IamRole(Entity):
    __tablename__ = "iam_roles"
    KIND, PREFIX = "role", "AROA"

    description: Mapped[str | None] = mapped_column(String(1000))
    trust_policy: Mapped[str] = mapped_column(Text)
    max_session_duration: Mapped[int] = mapped_column(default=3600)
    """Seconds."""
    boundary_arn: Mapped[str | None] = mapped_column(String(2048), index=True)
    last_used_at: Mapped[datetime | None]
    last_used_region: Mapped[str | None] = mapped_column(String(32))


class IamInstanceProfile(Entity):
    """A container for the one role that an instance may act as."""

    __tablename__ = "iam_instance_profiles"
    KIND, PREFIX = "instance-profile", "AIPA"

    role_id: Mapped[str | None] = mapped_column(String(40), index=True)

    role: Mapped[IamRole | None] = relationship(
        IamRole, primaryjoin=lambda: foreign(IamInstanceProfile.role_id) == IamRole.id, viewonly=True
    )


class IamPolicyVersion(Base):
    """One version of a managed policy, shown as ``v`` and its number."""

    __tablename__ = "iam_policy_versions"

    policy_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(default=clock.this_second)


class IamPolicy(Entity):
    """A managed policy: the account's own, or one of AWS's (of the account ``aws``, filled in by the catalogue)."""

    __tablename__ = "iam_policies"
    KIND, PREFIX = "policy", "ANPA"

    description: Mapped[str | None] = mapped_column(String(1000))
    default_version: Mapped[int] = mapped_column(default=1)
    newest_version: Mapped[int] = mapped_column(default=1)
    updated: Mapped[datetime] = mapped_column(default=clock.this_second)

    versions: Mapped[list[IamPolicyVersion]] = relationship(
        IamPolicyVersion,
        primaryjoin=lambda: foreign(IamPolicyVersion.policy_id) == IamPolicy.id,
        order_by=IamPolicyVersion.number.desc(),
        viewonly=True,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        column = cls.__table__.c.account
        return (column == bindparam("account")) | (column == AWS)


class IamInlinePolicy(Global, Base):
    """A policy that is part of a user, group or role."""

    __tablename__ = "iam_inline_policies"

    entity_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    document: Mapped[str] = mapped_column(Text)


class IamAttachedPolicy(Global, Base):
    """That a managed policy is attached to a user, group or role (``kind``)."""

    __tablename__ = "iam_attached_policies"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entity_id: Mapped[str] = mapped_column(String(40))
    policy_id: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))

    __table_args__ = (UniqueConstraint("entity_id", "policy_id"), Index(None, "account", "policy_id"))

    policy: Mapped[IamPolicy] = relationship(
        IamPolicy, primaryjoin=lambda: foreign(IamAttachedPolicy.policy_id) == IamPolicy.id, viewonly=True
    )


class AccountAlias(Global, Base):
    """The name that an account has beside its number; no other account has the same."""

    __tablename__ = "iam_account_aliases"

    alias: Mapped[str] = mapped_column(String(63), primary_key=True)


class RoleDeletion(Global, Base):
    """The deletion of a service-linked role, which is done at once and can be asked about ever after."""

    __tablename__ = "iam_role_deletions"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
