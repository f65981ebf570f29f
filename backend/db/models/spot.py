"""Tables of instances that are asked for rather than launched: spot requests and fleets."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned, Transient


class SpotInstanceRequest(Transient):
    """A request for one spot instance. ``evaluate_at``: when the conductor is to look at it; None where nothing is
    left to do."""

    __tablename__ = "spot_instance_requests"
    KIND, PREFIX, NOUN = "spot-instances-request", "sir", "spot instance request"
    NOT_FOUND, MALFORMED = "InvalidSpotInstanceRequestID.NotFound", "InvalidSpotInstanceRequestID.Malformed"
    FADES = frozenset({"cancelled", "closed", "failed"})

    request_type: Mapped[str]
    price: Mapped[str]
    """The most that is paid for an hour, in US dollars."""
    status_code: Mapped[str]
    status_message: Mapped[str]
    status_at: Mapped[datetime]
    fault_code: Mapped[str | None]
    fault_message: Mapped[str | None]
    instance_id: Mapped[str | None] = mapped_column(String(40), index=True)
    launched_zone: Mapped[str | None]
    product: Mapped[str]
    interruption_behavior: Mapped[str]
    launch_group: Mapped[str | None]
    zone_group: Mapped[str | None]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    evaluate_at: Mapped[datetime | None] = mapped_column(index=True)
    specification: Mapped[dict[str, Any]]
    """LaunchSpecification as it is shown."""
    launch: Mapped[dict[str, Any]]
    """The parameters of RunInstances that fulfil it."""

    facts: Mapped[list["SpotRequestFact"]] = relationship(
        lambda: SpotRequestFact,
        primaryjoin=lambda: foreign(SpotRequestFact.request_id) == SpotInstanceRequest.id,
        viewonly=True,
    )


class SpotRequestFact(Owned, Base):
    """A value of a launch specification, by the name of the filter that looks for it."""

    __tablename__ = "spot_request_facts"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    request_id: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str]
    value: Mapped[str]


class FleetColumns:
    """What EC2 Fleets and Spot Fleets have in common."""

    fleet_type: Mapped[str]
    activity_status: Mapped[str]
    total: Mapped[int]
    """Units in all; the rest of what is on demand is spot, or the other way round."""
    on_demand: Mapped[int]
    spot: Mapped[int]
    default_market: Mapped[str]
    unit: Mapped[str]
    excess_policy: Mapped[str]
    terminate_at_end: Mapped[bool]
    replace_unhealthy: Mapped[bool]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    client_token: Mapped[str]
    configs: Mapped[list[Any]]
    """LaunchTemplateConfigs, or LaunchSpecifications of a Spot Fleet, as they were given."""
    options: Mapped[dict[str, Any]]
    """SpotOptions, OnDemandOptions and what else is shown as it was given."""
    faults: Mapped[list[Any]]
    """What could not be launched, as CreateFleet tells it."""
    evaluate_at: Mapped[datetime | None] = mapped_column(index=True)


class Fleet(FleetColumns, Transient):
    __tablename__ = "fleets"
    KIND, PREFIX, NOUN = "fleet", "fleet", "fleet"
    NOT_FOUND, MALFORMED = "InvalidFleetId.NotFound", "InvalidFleetId.Malformed"
    FADES = frozenset({"deleted"})

    id: Mapped[str] = mapped_column(String(48), unique=True)
    instances: Mapped[list["FleetInstance"]] = relationship(
        lambda: FleetInstance,
        primaryjoin=lambda: foreign(FleetInstance.fleet_id) == Fleet.id,
        order_by=lambda: FleetInstance.row,
        viewonly=True,
    )


class SpotFleetRequest(FleetColumns, Transient):
    __tablename__ = "spot_fleet_requests"
    KIND, PREFIX, NOUN = "spot-fleet-request", "sfr", "spot fleet request"
    NOT_FOUND, MALFORMED = "InvalidSpotFleetRequestId.NotFound", "InvalidSpotFleetRequestId.Malformed"
    FADES = frozenset({"cancelled"})

    instances: Mapped[list["FleetInstance"]] = relationship(
        lambda: FleetInstance,
        primaryjoin=lambda: foreign(FleetInstance.fleet_id) == SpotFleetRequest.id,
        order_by=lambda: FleetInstance.row,
        viewonly=True,
    )


class FleetInstance(Owned, Base):
    """An instance that a fleet launched. ``living``: it counts towards the fleet's capacity."""

    __tablename__ = "fleet_instances"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    fleet_id: Mapped[str] = mapped_column(String(48))
    instance_id: Mapped[str] = mapped_column(String(40), unique=True)
    instance_type: Mapped[str]
    market: Mapped[str]
    """spot or on-demand"""
    weight: Mapped[float] = mapped_column(JSON)
    """Units that it counts for. As JSON, which records read alike from every database."""
    spot_request_id: Mapped[str | None]
    platform: Mapped[str | None]
    living: Mapped[bool] = mapped_column(default=True)
    pool: Mapped[dict[str, Any]]
    """LaunchTemplateAndOverrides."""

    __table_args__ = (Index(None, "fleet_id", "living"),)


class FleetEvent(Owned, Base):
    """What happened to a fleet, for its history."""

    __tablename__ = "fleet_events"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    fleet_id: Mapped[str] = mapped_column(String(48))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    event_type: Mapped[str]
    subtype: Mapped[str]
    description: Mapped[str | None]
    instance_id: Mapped[str | None]

    __table_args__ = (Index(None, "fleet_id", "row"),)
