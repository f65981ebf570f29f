"""Tables of managed prefix lists and their versions."""

from sqlalchemy import ColumnElement, String, bindparam, literal, or_, select, union
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base, Owned, Transient
from backend.db.models.network import Route, SecurityGroupRule
from backend.db.models.transit_gateways import TransitGatewayPrefixListReference
from backend.db.reading import table_of

AWS = "AWS"
"""The owner of the lists that AWS manages."""


class PrefixListEntry(Base):
    """A CIDR block that is in a list from one version on, until another."""

    __tablename__ = "prefix_list_entries"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    prefix_list_id: Mapped[str] = mapped_column(String(40), index=True)
    cidr: Mapped[str]
    description: Mapped[str | None]
    added_in: Mapped[int]
    removed_in: Mapped[int | None]


class PrefixList(Transient):
    """A managed prefix list; AWS's own are rows of the account ``AWS`` in each region.

    ``max_entries`` is how many rules a rule that names the list counts as, in AWS's own lists too.
    """

    __tablename__ = "prefix_lists"
    KIND, PREFIX, NOUN = "prefix-list", "pl", "prefix list"
    NOT_FOUND, MALFORMED = "InvalidPrefixListID.NotFound", "InvalidPrefixListId.Malformed"

    name: Mapped[str]
    address_family: Mapped[str]
    max_entries: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    state_message: Mapped[str | None]

    entries: Mapped[list[PrefixListEntry]] = relationship(
        PrefixListEntry,
        primaryjoin=lambda: foreign(PrefixListEntry.prefix_list_id) == PrefixList.id,
        order_by=PrefixListEntry.row,
        viewonly=True,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """An account sees its own lists and those of AWS."""
        columns = cls.__table__.c
        return or_(columns.account == bindparam("account"), columns.account == AWS)


_rule, _route = table_of(SecurityGroupRule).c, table_of(Route).c
_reference = table_of(TransitGatewayPrefixListReference).c


class PrefixListAssociation(Owned, Base):
    """A resource that names a prefix list: a security group in a rule, or a route table. No table of its own."""

    __table__ = union(
        select(
            _rule.account,
            _rule.region,
            _rule.prefix_list_id.label("prefix_list_id"),
            _rule.group_id.label("resource_id"),
        ).where(_rule.prefix_list_id.is_not(None)),
        select(_route.account, _route.region, _route.destination, _route.route_table_id).where(
            _route.destination.like(literal("pl-%"))
        ),
        select(_reference.account, _reference.region, _reference.prefix_list_id, _reference.table_id),
    ).subquery("prefix_list_associations")
    __mapper_args__ = {"primary_key": [__table__.c.prefix_list_id, __table__.c.resource_id]}  # noqa: RUF012

    prefix_list_id: Mapped[str]
    resource_id: Mapped[str]
