"""The sweep: sends again what a host has not reached, gives up hosts that are gone, forgets what is over."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, TextClause, delete, or_, select, text

from backend import states
from backend.cloud import Cloud
from backend.conductor import hosts, lifecycle
from backend.db import conflicts
from backend.db.models import ClientToken, ConsoleOutput, Host, Instance, Tag
from backend.db.models.compute import LAGGING
from backend.db.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

BATCH = 500
TOKEN_LIFE = timedelta(days=2)
UNSYNCHRONIZED = {"synchronize_session": False}


def sweep(cloud: Cloud) -> None:
    """One round. A round that finds nothing writes nothing."""
    if _anything(cloud):
        conflicts.again(lambda: _round(cloud))


def _round(cloud: Cloud) -> None:
    with cloud.everywhere(write=True) as uow:
        _resend(cloud, uow)
        _terminate_without_host(cloud, uow)
        _forget(cloud, uow)
        cloud.commit(uow)


def _anything(cloud: Cloud) -> bool:
    with cloud.everywhere(write=False) as uow:
        now = uow.database.time(uow.connection())
        resend = now - timedelta(seconds=cloud.settings.resend_seconds)
        over = now - timedelta(seconds=cloud.settings.terminated_visible_seconds)
        questions = (
            select(Instance.row).where(*_lagging(resend)),
            select(Instance.row).where(Instance.terminated_at < over),
            select(ClientToken.token).where(ClientToken.created < now - TOKEN_LIFE),
        )
        return any(uow.execute(q.limit(1)).first() for q in questions)


def _lagging(resend_before: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return text(f"({LAGGING})"), Instance.state != "terminated", Instance.sent_at < resend_before


def _resend(cloud: Cloud, uow: UnitOfWork) -> None:
    now = uow.database.time(uow.connection())
    resend = now - timedelta(seconds=cloud.settings.resend_seconds)
    query = select(Instance.id).where(*_lagging(resend), Instance.host.is_not(None))
    query = query.order_by(Instance.sent_at).limit(BATCH)
    lagging = list(uow.scalars(query.with_for_update(skip_locked=True)))  # others are at work on those
    if lagging:
        log.info("sending %d wishes again", len(lagging))
        hosts.mark_sent(uow, lagging)
        uow.converge(lagging)


def _terminate_without_host(cloud: Cloud, uow: UnitOfWork) -> None:
    """A termination does not wait for a host that is down; a host that returns is told to remove the guest."""
    now = uow.database.time(uow.connection())
    silent_since = now - timedelta(seconds=cloud.settings.host_timeout_seconds)
    down = select(Host.name).where(Host.heard_at < silent_since)
    query = select(Instance).where(
        Instance.state == "shutting-down", or_(Instance.host.is_(None), Instance.host.in_(down))
    )
    query = query.order_by(Instance.row).limit(BATCH)
    ended = uow.scalars(query.with_for_update(skip_locked=True)).all()
    for instance in ended:
        log.warning("host %s is down: instance %s counts as terminated", instance.host, instance.id)
        states.see(instance, "absent", instance.generation, instance.observed_sequence, now)
    lifecycle.settle(uow, ended, lost=True)


def _forget(cloud: Cloud, uow: UnitOfWork) -> None:
    now = uow.database.time(uow.connection())
    over = now - timedelta(seconds=cloud.settings.terminated_visible_seconds)
    query = select(Instance.id).where(Instance.terminated_at < over)
    gone = list(uow.scalars(query.limit(BATCH)))
    if gone:
        for statement in (
            delete(Instance).where(Instance.id.in_(gone)),
            delete(Tag).where(Tag.resource_id.in_(gone)),
            delete(ConsoleOutput).where(ConsoleOutput.instance_id.in_(gone)),
        ):
            uow.execute(statement, execution_options=UNSYNCHRONIZED)
    uow.execute(delete(ClientToken).where(ClientToken.created < now - TOKEN_LIFE), execution_options=UNSYNCHRONIZED)
