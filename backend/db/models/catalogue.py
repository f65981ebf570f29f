"""Tables that hold the catalogue's facts, so that Describes over them are SQL like all others.

``backend.catalogue.seed`` fills them. Nothing else writes to them.
"""

from typing import Any

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base


class CatalogueVersion(Base):
    """What the tables of the catalogue were filled with; there is one row."""

    __tablename__ = "catalogue_versions"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)


class Region(Base):
    """A region that this cloud has, or that an account could enable."""

    __tablename__ = "regions"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)
    endpoint: Mapped[str]
    opt_in_status: Mapped[str]
    geography: Mapped[str | None]


class Zone(Base):
    """An Availability Zone. ``zone_id`` is its id in the account 000000000000: other accounts see another."""

    __tablename__ = "zones"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)
    zone_id: Mapped[str]
    region: Mapped[str] = mapped_column(index=True)
    zone_type: Mapped[str]
    group_name: Mapped[str]
    group_long_name: Mapped[str]
    network_border_group: Mapped[str]
    geography: Mapped[str | None]


class InstanceTypeAttribute(Base):
    """A value that DescribeInstanceTypes filters by: one row for each type, filter and value."""

    __tablename__ = "instance_type_attributes"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    instance_type: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class InstanceType(Base):
    __tablename__ = "instance_types"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)

    attributes: Mapped[list[InstanceTypeAttribute]] = relationship(
        InstanceTypeAttribute,
        primaryjoin=lambda: foreign(InstanceTypeAttribute.instance_type) == InstanceType.name,
        viewonly=True,
    )


class OfferingLocation(Base):
    """Where instance types are offered: a region, or a zone by its id. Most offer the same set of types."""

    __tablename__ = "offering_locations"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    region: Mapped[str]
    location_type: Mapped[str]
    """region or availability-zone-id."""
    location: Mapped[str]
    set_number: Mapped[int]

    __table_args__ = (Index(None, "region", "location_type"),)


class OfferedType(Base):
    """An instance type in one of the sets that locations offer."""

    __tablename__ = "offered_types"

    set_number: Mapped[int] = mapped_column(primary_key=True)
    instance_type_row: Mapped[int] = mapped_column(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


_MOST_TYPES = 100_000


class InstanceTypeOffering(Base):
    """That a type is offered at a location: each location with each type of its set. No table of its own."""

    __table__ = (
        select(
            (OfferingLocation.row * _MOST_TYPES + InstanceType.row).label("row"),
            OfferingLocation.region,
            OfferingLocation.location_type,
            OfferingLocation.location,
            InstanceType.name.label("instance_type"),
        )
        .join(OfferedType, OfferedType.set_number == OfferingLocation.set_number)
        .join(InstanceType, InstanceType.row == OfferedType.instance_type_row)
        .subquery("instance_type_offerings")
    )
    __mapper_args__: Any = {"primary_key": [__table__.c.row]}  # noqa: RUF012 - as SQLAlchemy wants it

    row: Mapped[int]
    region: Mapped[str]
    location_type: Mapped[str]
    location: Mapped[str]
    instance_type: Mapped[str]
