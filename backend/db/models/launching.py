"""Tables of what launches go by: launch templates and placement groups."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned, Resource


class LaunchTemplate(Resource):
    __tablename__ = "launch_templates"
    KIND, PREFIX, NOUN = "launch-template", "lt", "launch template"
    NOT_FOUND, MALFORMED = "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.Malformed"

    name: Mapped[str] = mapped_column(String(128))
    created_by: Mapped[str]
    default_version: Mapped[int] = mapped_column(default=1)
    latest_version: Mapped[int] = mapped_column(default=1)
    """The newest that there is."""
    next_version: Mapped[int] = mapped_column(default=2)
    """A number is never used again."""

    INDEXES = (UniqueConstraint("account", "region", "name"),)


class LaunchTemplateVersion(Owned, Base):
    __tablename__ = "launch_template_versions"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    launch_template_id: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    description: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(default=clock.this_second)
    created_by: Mapped[str]
    data: Mapped[dict[str, Any]]
    """LaunchTemplateData as it was given, times as text."""
    network_cards: Mapped[str]
    """What filters look for in lists of the data. Space-separated, with a space at both ends."""
    license_arns: Mapped[str]

    template: Mapped[LaunchTemplate] = relationship(
        LaunchTemplate,
        primaryjoin=lambda: foreign(LaunchTemplateVersion.launch_template_id) == LaunchTemplate.id,
        viewonly=True,
    )

    __table_args__ = (UniqueConstraint("launch_template_id", "number"), Index(None, "account", "region", "row"))


class PlacementGroup(Resource):
    __tablename__ = "placement_groups"
    KIND, PREFIX, NOUN = "placement-group", "pg", "placement group"
    NOT_FOUND, MALFORMED = "InvalidPlacementGroup.Unknown", "InvalidPlacementGroupId.Malformed"

    name: Mapped[str] = mapped_column(String(255))
    strategy: Mapped[str]
    state: Mapped[str] = mapped_column(default="available")
    partition_count: Mapped[int | None]
    spread_level: Mapped[str | None]
    parent_id: Mapped[str | None]

    INDEXES = (UniqueConstraint("account", "region", "name"),)
