"""Tables of what launches go by: launch templates, placement groups, capacity reservations, dedicated hosts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned, Resource, Transient
from backend.db.models.compute import Instance


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
    linked_id: Mapped[str | None]
    """A group that AWS lets name, for some use in the future."""

    INDEXES = (UniqueConstraint("account", "region", "name"),)


class CapacityReservation(Transient):
    """Room for instances of one type in one zone, held for their owner.

    ``total`` counts what is reserved, ``available`` what of it no instance uses.
    """

    __tablename__ = "capacity_reservations"
    KIND, PREFIX, NOUN = "capacity-reservation", "cr", "capacity reservation"
    NOT_FOUND, MALFORMED = "InvalidCapacityReservationId.NotFound", "InvalidCapacityReservationId.Malformed"
    FADES = frozenset({"cancelled", "expired", "failed"})

    instance_type: Mapped[str]
    platform: Mapped[str]
    zone: Mapped[str]
    zone_id: Mapped[str]
    tenancy: Mapped[str]
    total: Mapped[int]
    available: Mapped[int]
    ebs_optimized: Mapped[bool]
    ephemeral_storage: Mapped[bool]
    start_date: Mapped[datetime | None]
    end_date: Mapped[datetime | None]
    end_date_type: Mapped[str]
    match_criteria: Mapped[str]
    placement_group_arn: Mapped[str | None]
    commitment_seconds: Mapped[int | None]
    committed: Mapped[int | None]
    """Instances that were asked for with a commitment."""
    delivery_preference: Mapped[str | None]

    INDEXES = (Index("ix_capacity_reservations_usable", "account", "region", "state", "available"),)


class ReservedRoom(Base):
    """What a capacity reservation holds of one host: room for ``total`` instances, ``free`` of which are not used."""

    __tablename__ = "reserved_rooms"

    reservation_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    total: Mapped[int]
    free: Mapped[int]
    vcpus: Mapped[int]
    """Of one instance, as is the memory."""
    memory_mib: Mapped[int]


class DedicatedHost(Resource):
    """A server for one account alone: room taken of a compute host, which its instances are placed in."""

    __tablename__ = "dedicated_hosts"
    KIND, PREFIX, NOUN = "dedicated-host", "h", "dedicated host"
    NOT_FOUND, MALFORMED = "InvalidHostID.NotFound", "InvalidHostID.Malformed"

    host: Mapped[str] = mapped_column(String(255))
    """The compute host, by name."""
    zone: Mapped[str]
    zone_id: Mapped[str]
    instance_type: Mapped[str | None]
    instance_family: Mapped[str]
    auto_placement: Mapped[str]
    host_recovery: Mapped[str]
    host_maintenance: Mapped[str]
    amd_sev_snp: Mapped[str | None]
    client_token: Mapped[str]
    state: Mapped[str] = mapped_column(default="available")
    sockets: Mapped[int]
    cores: Mapped[int]
    vcpus: Mapped[int]
    memory_mib: Mapped[int]
    free_vcpus: Mapped[int]
    free_memory_mib: Mapped[int]
    released: Mapped[datetime | None]

    instances: Mapped[list[Instance]] = relationship(
        Instance,
        primaryjoin=lambda: foreign(Instance.host_resource_id) == DedicatedHost.id,
        order_by=Instance.row,
        viewonly=True,
    )


class IamInstanceProfileAssociation(Transient):
    """That an instance may act as the role of an instance profile."""

    __tablename__ = "iam_instance_profile_associations"
    KIND, PREFIX, NOUN = "iam-instance-profile-association", "iip-assoc", "association"
    NOT_FOUND, MALFORMED = "InvalidAssociationID.NotFound", "InvalidAssociationID.Malformed"

    instance_id: Mapped[str] = mapped_column(String(40), index=True)
    profile_arn: Mapped[str]
    profile_id: Mapped[str]


class InstanceEventWindow(Transient):
    """Hours of the week in which AWS may do what it has scheduled for instances."""

    __tablename__ = "instance_event_windows"
    KIND, PREFIX, NOUN = "instance-event-window", "iew", "instance event window"
    NOT_FOUND, MALFORMED = "InvalidInstanceEventWindowID.NotFound", "InvalidInstanceEventWindowID.Malformed"

    name: Mapped[str | None] = mapped_column(String(100))
    time_ranges: Mapped[list[Any]]
    cron_expression: Mapped[str | None]

    targets: Mapped[list["EventWindowTarget"]] = relationship(
        lambda: EventWindowTarget,
        primaryjoin=lambda: foreign(EventWindowTarget.window_id) == InstanceEventWindow.id,
        order_by=lambda: EventWindowTarget.row,
        viewonly=True,
    )


class EventWindowTarget(Owned, Base):
    """What an event window is for: an instance or a dedicated host by its id, or instances by a tag."""

    __tablename__ = "event_window_targets"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    window_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str]
    """instance, dedicated-host or tag."""
    key: Mapped[str]
    """The id, or the tag's key."""
    value: Mapped[str]
    """The tag's value."""

    __table_args__ = (UniqueConstraint("window_id", "kind", "key", "value"),)
