"""Tables of traffic mirroring: filters with their rules, and targets."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Resource


class TrafficMirrorFilter(Resource):
    __tablename__ = "traffic_mirror_filters"
    KIND, PREFIX, NOUN = "traffic-mirror-filter", "tmf", "traffic mirror filter"
    NOT_FOUND, MALFORMED = "InvalidTrafficMirrorFilterId.NotFound", "InvalidTrafficMirrorFilterId.Malformed"

    description: Mapped[str | None]
    network_services: Mapped[list[str]]

    rules: Mapped[list["TrafficMirrorFilterRule"]] = relationship(
        lambda: TrafficMirrorFilterRule,
        primaryjoin=lambda: foreign(TrafficMirrorFilterRule.filter_id) == TrafficMirrorFilter.id,
        order_by=lambda: TrafficMirrorFilterRule.number,
        viewonly=True,
    )


class TrafficMirrorFilterRule(Resource):
    __tablename__ = "traffic_mirror_filter_rules"
    KIND, PREFIX, NOUN = "traffic-mirror-filter-rule", "tmfr", "traffic mirror filter rule"
    NOT_FOUND, MALFORMED = "InvalidTrafficMirrorFilterRuleId.NotFound", "InvalidTrafficMirrorFilterRuleId.Malformed"

    filter_id: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str]
    number: Mapped[int]
    action: Mapped[str]
    protocol: Mapped[int | None]
    source_cidr: Mapped[str]
    destination_cidr: Mapped[str]
    source_ports: Mapped[dict[str, Any] | None]
    destination_ports: Mapped[dict[str, Any] | None]
    description: Mapped[str | None]

    INDEXES = (UniqueConstraint("filter_id", "direction", "number"),)


class TrafficMirrorTarget(Resource):
    __tablename__ = "traffic_mirror_targets"
    KIND, PREFIX, NOUN = "traffic-mirror-target", "tmt", "traffic mirror target"
    NOT_FOUND, MALFORMED = "InvalidTrafficMirrorTargetId.NotFound", "InvalidTrafficMirrorTargetId.Malformed"

    network_interface_id: Mapped[str | None] = mapped_column(String(40), index=True)
    endpoint_id: Mapped[str | None] = mapped_column(String(40), index=True)
    description: Mapped[str | None]
