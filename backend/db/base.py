"""The base of every table, and the two mixins that isolate accounts and regions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, overload

from sqlalchemy import JSON, ColumnElement, Index, MetaData, String, bindparam
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from backend import clock, ids


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON, list[str]: JSON}


class Owned:
    """Rows of one account in one region: the unit of work adds both to every query on them."""

    account: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(32))


class Global:
    """Rows of one account and of no region: the unit of work adds the account to every query on them."""

    account: Mapped[str] = mapped_column(String(12))

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """What reads are limited to (``backend.db.reading.scope_of``)."""
        found: ColumnElement[bool] = cls.__table__.c.account == bindparam("account")  # type: ignore[attr-defined]
        return found


class Tag(Owned, Base):
    """A tag that an account gave to a resource. Of what several accounts or regions see, each sees its own tags."""

    __tablename__ = "tags"

    resource_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str]
    resource_type: Mapped[str]

    __table_args__ = (Index(None, "account", "region", "key", "value", "resource_id"),)


@dataclass(frozen=True)
class TagsOf:
    """The tags of one kind of resource, for ``backend.db.reading`` to follow: only records have them.

    The ORM knows nothing of them. Its relationships, one for each of sixty kinds, took a tenth of a second to set up.
    """

    resource: type["Resource"]


class _Tags:
    @overload
    def __get__(self, row: None, resource: type["Resource"]) -> TagsOf: ...

    @overload
    def __get__(self, row: "Resource", resource: type["Resource"]) -> list[Tag]: ...

    def __get__(self, row: "Resource | None", resource: type["Resource"]) -> TagsOf | list[Tag]:
        if row is None:
            return TagsOf(resource)
        raise AttributeError("only records have tags, where they were loaded")


class Resource(Owned, Base):
    """What every EC2 resource has: a public id, an owner, a region, a creation time and tags.

    ``row`` orders resources by creation and is what pages are cut by.
    """

    __abstract__ = True

    KIND: ClassVar[str]
    """The resource type as tags name it: ``security-group``. Empty: nothing tags it."""
    PREFIX: ClassVar[str]
    """What the id begins with: ``sg``."""
    NOUN: ClassVar[str]
    """The type as error messages name it: ``security group``."""
    NOT_FOUND: ClassVar[str]
    MALFORMED: ClassVar[str]

    BY_PREFIX: ClassVar[dict[str, type["Resource"]]] = {}
    tags: ClassVar[_Tags] = _Tags()

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    created: Mapped[datetime] = mapped_column(default=clock.this_second)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "PREFIX" in cls.__dict__:
            Resource.BY_PREFIX[cls.PREFIX] = cls

    def __init__(self, **columns: Any) -> None:
        columns.setdefault("id", ids.new(self.PREFIX))
        super().__init__(**columns)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        return (Index(None, "account", "region", "row"), *getattr(cls, "INDEXES", ()))


class Transient(Resource):
    """A resource whose state moves on by itself: ``pending`` becomes ``available`` when ``next_at`` has come.

    ``backend.transitions`` writes the three columns; the conductor moves the states on.
    """

    __abstract__ = True

    FADES: ClassVar[frozenset[str]] = frozenset()
    """States that end it: shown for an hour, then the row goes."""

    MOVING: ClassVar[list[type["Transient"]]] = []

    state: Mapped[str]
    next_state: Mapped[str | None]
    """The state to come; the empty string for none, where the row goes."""
    next_at: Mapped[datetime | None] = mapped_column(index=True)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "PREFIX" in cls.__dict__:
            Transient.MOVING.append(cls)
