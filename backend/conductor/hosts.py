"""Hosts as they report themselves: their room, and which guests they know."""

import logging
from collections.abc import Sequence

from sqlalchemy import select, update

from backend.bus.messages import Heartbeat, Spec
from backend.db.models import Host, Instance
from backend.db.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

UNSYNCHRONIZED = {"synchronize_session": False}


def heard(uow: UnitOfWork, heartbeats: Sequence[Heartbeat]) -> None:
    """Note that hosts live; take in new ones; answer for the guests that they know."""
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
            known[heartbeat.host] = _join(uow, heartbeat)
            log.info("host %s joined in zone %s", heartbeat.host, heartbeat.zone)
        elif host.host_id != heartbeat.host_id:
            log.error("a second host calls itself %s: it is not listened to", heartbeat.host)
            continue
        else:
            _resize(host, heartbeat)
            alive.add(host.name)
        if heartbeat.instances is not None:
            _reconcile(uow, heartbeat)
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


def _reconcile(uow: UnitOfWork, heartbeat: Heartbeat) -> None:
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
    ours = {row.id for row in rows}
    if strangers := [id for id in known if id not in ours]:
        log.warning("host %s knows %d guests that are not its own: they are removed", heartbeat.host, len(strangers))
        for id in strangers:
            uow.send(heartbeat.host, _removal(id, known[id] + 1, heartbeat))


def _removal(instance_id: str, generation: int, heartbeat: Heartbeat) -> Spec:
    return Spec(
        instance_id=instance_id,
        generation=generation,
        power="absent",
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
