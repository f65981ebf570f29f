"""The status checks of instances, as SQL over what hosts last reported.

A guest passes ``status_check_seconds`` after it began to run. While its host is not heard of, the system check
has failed and nothing is known of the guest itself.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-system-instance-status-check.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, literal, null, or_, select

from backend.config import Settings
from backend.db import reading
from backend.db.models import Host, Instance, InstanceTypeAttribute
from backend.db.unit_of_work import UnitOfWork

_instances, _hosts = reading.table_of(Instance).c, reading.table_of(Host).c
_facts = reading.table_of(InstanceTypeAttribute).c

_NOT_RUNNING = (_instances.state != "running", literal("not-applicable"))
_HEARD_AT = select(_hosts.heard_at).where(_hosts.name == _instances.host).scalar_subquery()
_NITRO = _instances.instance_type.in_(
    select(_facts.instance_type).where(
        or_(
            (_facts.name == "hypervisor") & (_facts.value == "nitro"),
            (_facts.name == "bare-metal") & (_facts.value == "true"),
        )
    )
)

REACHABILITY = {
    "ok": "passed",
    "impaired": "failed",
    "initializing": "initializing",
    "insufficient-data": "insufficient-data",
}
"""The summary of a check -> the status of its one detail; not-applicable has none."""


@dataclass(frozen=True)
class Moment:
    """What the checks are judged by: guests that run since ``settled`` have passed, hosts heard of since ``alive``
    live."""

    settled: datetime
    alive: datetime


@dataclass(frozen=True)
class Checks:
    """The summaries of one instance: ok, impaired, initializing, insufficient-data or not-applicable."""

    system: str
    instance: str
    attached_ebs: str | None
    """None for types that are not on the Nitro System."""
    impaired_since: datetime | None


def now(uow: UnitOfWork, settings: Settings) -> Moment:
    at = uow.database.time(uow.connection())
    return Moment(
        settled=at - timedelta(seconds=settings.status_check_seconds),
        alive=at - timedelta(seconds=settings.host_timeout_seconds),
    )


def system(moment: Moment) -> ColumnElement[str]:
    """The summary of the system check."""
    return _summary(moment, host_lost="impaired")


def instance(moment: Moment) -> ColumnElement[str]:
    """The summary of the instance check."""
    return _summary(moment, host_lost="insufficient-data")


def attached_ebs(moment: Moment) -> ColumnElement[Any]:
    """The summary of the attached EBS check; NULL for types that have none."""
    return case((_NITRO, instance(moment)), else_=null())


def reachability(summary: ColumnElement[str]) -> ColumnElement[Any]:
    """The status of a check's detail; NULL where there is none."""
    return case(REACHABILITY, value=summary, else_=null())


def of(uow: UnitOfWork, settings: Settings, instance_ids: Sequence[str]) -> dict[str, Checks]:
    """The checks of these instances, by id."""
    if not instance_ids:
        return {}
    moment = now(uow, settings)
    query: Select[Any] = select(_instances.id, system(moment), instance(moment), attached_ebs(moment), _HEARD_AT).where(
        _instances.id.in_(instance_ids)
    )
    lost_after = timedelta(seconds=settings.host_timeout_seconds)
    return {
        id: Checks(its_system, its_own, its_ebs, heard_at + lost_after if its_system == "impaired" else None)
        for id, its_system, its_own, its_ebs, heard_at in uow.for_reading().execute(query)
    }


def _summary(moment: Moment, *, host_lost: str) -> ColumnElement[str]:
    return case(
        _NOT_RUNNING,
        (moment.alive > _HEARD_AT, literal(host_lost)),
        (_instances.running_since > moment.settled, literal("initializing")),
        else_=literal("ok"),
    )
