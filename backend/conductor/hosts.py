"""Hosts as they report themselves: their room, and which guests they know."""

import logging
from collections.abc import Sequence, Set
from datetime import UTC

from sqlalchemy import select, update

from backend.bus.messages import Heartbeat, Spec
from backend.db.models import Host, Instance
from backend.db.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

UNSYNCHRONIZED = {"synchronize_session": False}


def heard(uow: UnitOfWork, heartbeats: Sequence[Heartbeat], *, unowned_seconds: float) -> None:
    """Note that hosts live; take in new ones; answer for the guests that they know.

    ``unowned_seconds``: how long a guest that no row knows is left alone.
    """
    if not heartbeats:
        return
    names = sorted({h.host for h in heartbeats})
    known = {
        h.name: h for h in uow.scalars(select(Host).where(Host.name.in_(names)).order_by(Host.name).with_for_update())
    }
    alive: set[str] = set()
    for heartbeat in heartbeats:
        host = known.get(heartbeat.host)
        if host is None:
            host = known[heartbeat.host] = _join(uow, heartbeat)
            log.info("host %s joined in zone %s", heartbeat.host, heartbeat.zone)
        elif host.host_id != heartbeat.host_id:
            log.error("a second host calls itself %s: it is not listened to", heartbeat.host)
            continue
        else:
            _resize(host, heartbeat)
            alive.add(host.name)
        if heartbeat.instances is not None:
            _reconcile(uow, host, heartbeat, unowned_seconds)
    if alive:
        now = uow.database.time(uow.connection())
        uow.execute(update(Host).where(Host.name.in_(alive)).values(heard_at=now), execution_options=UNSYNCHRONIZED)


def _join(uow: UnitOfWork, heartbeat: Heartbeat) -> Host:
    host = Host(
        name=heartbeat.host,
        host_id=heartbeat.host_id,
        region=heartbeat.region,
        zone=heartbeat.zone,
        driver=heartbeat.driver,
        architectures=f" {' '.join(heartbeat.architectures)} ",
        vcpus=heartbeat.vcpus,
        memory_mib=heartbeat.memory_mib,
        free_vcpus=heartbeat.vcpus,
        free_memory_mib=heartbeat.memory_mib,
        failures=0,
        unowned={},
        heard_at=uow.database.time(uow.connection()),
    )
    uow.add(host)
    return host


def _resize(host: Host, heartbeat: Heartbeat) -> None:
    """A host whose room changed: what guests hold stays held, even where it is more than there is now."""
    if (host.vcpus, host.memory_mib) != (heartbeat.vcpus, heartbeat.memory_mib):
        host.free_vcpus += heartbeat.vcpus - host.vcpus
        host.free_memory_mib += heartbeat.memory_mib - host.memory_mib
        host.vcpus, host.memory_mib = heartbeat.vcpus, heartbeat.memory_mib
    host.region, host.zone, host.driver = heartbeat.region, heartbeat.zone, heartbeat.driver
    host.architectures = f" {' '.join(heartbeat.architectures)} "


def _reconcile(uow: UnitOfWork, host: Host, heartbeat: Heartbeat, unowned_seconds: float) -> None:
    """Send again what the host has not got; ask for the removal of guests that are no more, or not its own."""
    known = heartbeat.instances or {}
    running = set(heartbeat.running)
    columns = (Instance.id, Instance.generation, Instance.observed)
    rows = uow.execute(select(*columns).where(Instance.host == heartbeat.host)).all()
    uow.converge(
        row.id
        for row in rows
        if known.get(row.id) != row.generation or (row.observed == "running") != (row.id in running)
    )
    strangers = known.keys() - {row.id for row in rows}
    if gone := _no_more(uow, host, strangers, unowned_seconds):
        log.warning("host %s knows %d guests that are not its own: they are removed", host.name, len(gone))
        for id in gone:
            uow.send(host.name, _removal(id, known[id] + 1, heartbeat))


def _no_more(uow: UnitOfWork, host: Host, strangers: Set[str], unowned_seconds: float) -> list[str]:
    """Which of the guests that are not the host's own it is to remove.

    Those whose instances ended, or are elsewhere, at once. Those that no row knows only after a while, because it may
    be that the rows are missing: with another database, or an old copy of it.
    """
    rows = select(Instance.id).where(Instance.id.in_(strangers))
    ended = set(uow.scalars(rows)) if strangers else set()
    now = uow.database.time(uow.connection()).replace(tzinfo=UTC).timestamp()
    unowned = {id: host.unowned.get(id, now) for id in sorted(strangers - ended)}
    if unowned != host.unowned:
        host.unowned = unowned
    overdue = {id for id, since in unowned.items() if now - since >= unowned_seconds}
    if left_alone := unowned.keys() - overdue:
        text = "host %s has %d guests that no instance is behind, to be removed %d s after they were first heard of: %s"
        log.error(text, host.name, len(left_alone), unowned_seconds, ", ".join(sorted(left_alone)[:20]))
    return sorted(ended | overdue)


def _removal(instance_id: str, generation: int, heartbeat: Heartbeat) -> Spec:
    return Spec(
        instance_id=instance_id,
        generation=generation,
        power="absent",
        force_stop=True,
        account="",
        region=heartbeat.region,
        zone=heartbeat.zone,
        image_id="",
        instance_type="",
        architecture=next(iter(heartbeat.architectures), "x86_64"),
        vcpus=1,
        memory_mib=1,
        boot_mode="legacy-bios",
    )


def mark_sent(uow: UnitOfWork, instance_ids: list[str]) -> None:
    uow.execute(
        update(Instance).where(Instance.id.in_(instance_ids)).values(sent_at=uow.database.time(uow.connection())),
        execution_options=UNSYNCHRONIZED,
    )
