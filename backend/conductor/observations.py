"""What agents report, taken into the rows: one transaction for a batch of messages."""

import logging
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend import interface_attachments, states, volume_attachments
from backend.bus.messages import Console, Heartbeat, Message, Observed
from backend.cloud import Cloud
from backend.conductor import hosts, lifecycle
from backend.db import conflicts, reading
from backend.db.models import ConsoleOutput, Instance, Volume, VolumeAttachment
from backend.db.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

_instances, _volumes = reading.table_of(Instance), reading.table_of(Volume)
_attachments, _consoles_kept = reading.table_of(VolumeAttachment), reading.table_of(ConsoleOutput)
_REPORTED = (
    select(Instance)
    .where(Instance.id.in_(bindparam("instances", expanding=True)))
    .order_by(Instance.row)  # as the calls lock them
    .with_for_update()
)
_HOSTS_OF = select(_instances.c.id, _instances.c.host).where(
    _instances.c.id.in_(bindparam("instances", expanding=True))
)
_FRESH = (
    _attachments.c.instance_id.in_(bindparam("instances", expanding=True)),
    _attachments.c.state == "attaching",
)
_ATTACHED = update(_attachments).where(*_FRESH).values(state="attached")
_IN_USE = (
    update(_volumes).where(_volumes.c.id.in_(select(_attachments.c.volume_id).where(*_FRESH))).values(state="in-use")
)


def _keep_console(upsert: Any) -> Any:
    return upsert.on_conflict_do_update(
        index_elements=[_consoles_kept.c.instance_id],
        set_={"output": upsert.excluded.output, "at": upsert.excluded.at},
        where=_consoles_kept.c.at <= upsert.excluded.at,
    )


_KEEP_CONSOLE = {
    True: _keep_console(sqlite.insert(_consoles_kept)),
    False: _keep_console(postgresql.insert(_consoles_kept)),
}
"""By whether the database is SQLite."""


def handle(cloud: Cloud, messages: Sequence[Message]) -> None:
    """Take a batch in, and commit. Every message may come twice, late or in any order."""
    heartbeats = [m for m in messages if isinstance(m, Heartbeat)]
    if heartbeats:  # in a transaction of their own, which waits for launches and makes none wait
        conflicts.again(lambda: _hear(cloud, heartbeats))
    if len(heartbeats) < len(messages):
        conflicts.again(lambda: _take_reports_in(cloud, messages))


def _hear(cloud: Cloud, heartbeats: Sequence[Heartbeat]) -> None:
    with cloud.everywhere(write=True) as uow:
        hosts.heard(uow, heartbeats, unowned_seconds=cloud.settings.unowned_guest_seconds)
        cloud.commit(uow)


def _take_reports_in(cloud: Cloud, messages: Sequence[Message]) -> None:
    with cloud.everywhere(write=True) as uow:
        _observed(cloud, uow, [m for m in messages if isinstance(m, Observed)])
        _consoles(uow, [m for m in messages if isinstance(m, Console)])
        cloud.commit(uow)


def _observed(cloud: Cloud, uow: UnitOfWork, reports: Sequence[Observed]) -> None:
    newest: dict[tuple[str, str | None], Observed] = {}
    for report in reports:
        before = newest.get((report.instance_id, report.host))
        if before is None or before.sequence < report.sequence:
            newest[report.instance_id, report.host] = report
    if not newest:
        return
    reported = {"instances": list({id for id, _ in newest})}
    running: dict[str, str] = {}
    changed: list[Instance] = []
    caught_up: list[Instance] = []
    now = uow.database.time(uow.connection())
    for instance in uow.scalars(_REPORTED, reported).all():
        own = newest.get((instance.id, instance.host))
        if own is None or instance.host is None or own.sequence <= instance.observed_sequence:
            continue
        before_state, before_generation = instance.state, instance.observed_generation
        _take_in(cloud, uow, instance, own, now)
        changed.append(instance)
        if 0 < before_generation < instance.observed_generation and instance.state != "terminated":
            caught_up.append(instance)
        if instance.state == "running" and before_state != "running":
            running[instance.id] = instance.host
    lifecycle.forgive(uow, set(running.values()))
    lifecycle.settle(uow, changed)
    _attached(uow, list(running))
    volume_attachments.settle(uow, caught_up)
    interface_attachments.settle(uow, [i.id for i in caught_up if i.observed_generation >= i.generation])


def _take_in(cloud: Cloud, uow: UnitOfWork, instance: Instance, report: Observed, now: datetime) -> None:
    states.see(instance, report.power, report.generation, report.sequence, now)
    if report.failed_generation == instance.generation:
        lifecycle.failed(cloud, uow, instance, report.error or "")
    elif report.shut_down_by_guest and report.power == "stopped" and instance.desired == "running":
        if report.generation >= instance.power_generation:
            lifecycle.shut_down_by_guest(uow, instance)
    elif instance.state == "running" and report.generation >= instance.generation:
        lifecycle.runs(instance)


def _attached(uow: UnitOfWork, instance_ids: Sequence[str]) -> None:
    """Volumes of guests that began to run are attached now."""
    if not instance_ids:
        return
    connection = uow.for_reading()
    for statement in (_IN_USE, _ATTACHED):
        connection.execute(statement, {"instances": instance_ids})


def _consoles(uow: UnitOfWork, consoles: Sequence[Console]) -> None:
    newest: dict[str, Console] = {}
    for console in consoles:
        if console.instance_id not in newest or newest[console.instance_id].at <= console.at:
            newest[console.instance_id] = console
    if not newest:
        return
    connection = uow.for_reading()
    found = connection.execute(_HOSTS_OF, {"instances": list(newest)})
    theirs = {id for id, host in found if host == newest[id].host}
    if not theirs:
        return
    rows = [
        {
            "instance_id": c.instance_id,
            "output": zlib.compress(c.output.encode(errors="replace"), 1),
            "at": datetime.fromtimestamp(c.at, UTC).replace(tzinfo=None),
        }
        for c in sorted(newest.values(), key=lambda c: c.instance_id)  # so that of two conductors none waits
        if c.instance_id in theirs
    ]
    connection.execute(_KEEP_CONSOLE[uow.database.is_sqlite], rows)
