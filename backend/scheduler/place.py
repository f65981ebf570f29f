"""Claims room on hosts for new or restarted guests, inside the caller's transaction.

Each claim is a conditional update of one host row, so two callers can never oversell a host, whatever they read
before. Rows that another caller has locked are passed over as long as there are others (PostgreSQL; SQLite lets one
caller write at a time), so callers neither wait for each other nor lock rows in an order that could be a deadlock.
A host is given as many guests per update as fit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, func, select, update

from backend.db import reading
from backend.db.models import Host
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import filters, weighers
from backend.scheduler.request import Request

_CANDIDATES = 50
"""Hosts looked at in one query; a call that needs more looks again."""

_table = reading.table_of(Host)
_hosts = _table.c
_more_vcpus: BindParameter[int] = bindparam("more_vcpus")
_more_memory_mib: BindParameter[int] = bindparam("more_memory_mib")
_CLAIM = (
    update(_table)
    .where(
        _hosts.name == bindparam("host"), _hosts.free_vcpus >= _more_vcpus, _hosts.free_memory_mib >= _more_memory_mib
    )
    .values(free_vcpus=_hosts.free_vcpus - _more_vcpus, free_memory_mib=_hosts.free_memory_mib - _more_memory_mib)
)
_RELEASE = (
    update(_table)
    .where(_hosts.name == bindparam("host"))
    .values(free_vcpus=_hosts.free_vcpus + _more_vcpus, free_memory_mib=_hosts.free_memory_mib + _more_memory_mib)
)


@dataclass(frozen=True)
class Claim:
    host: str
    zone: str


class _Room(NamedTuple):
    """A host, and what was free of it when it was looked at."""

    name: str
    zone: str
    free_vcpus: int
    free_memory_mib: int


def place(
    uow: UnitOfWork, request: Request, count: int, *, alive_within: float, avoid: Collection[str] = ()
) -> list[Claim]:
    """Claims for up to ``count`` guests; fewer where there is no more room.

    ``alive_within``: a host must have been heard of in so many seconds. ``avoid``: hosts that are not to be used.
    """
    claims: list[Claim] = []
    tried: set[str] = set(avoid)
    alive_since = _alive_since(uow, alive_within)
    while len(claims) < count:
        hosts = _candidates(uow, request, alive_since, tried, count - len(claims), patient=not claims)
        if not hosts:
            break
        for share, host in _shares(hosts, request, count - len(claims)):
            tried.add(host.name)
            claims += [Claim(host.name, host.zone)] * _claim(uow, host.name, request, share)
    return claims


def zones(uow: UnitOfWork, request: Request, *, alive_within: float) -> set[str]:
    """The zones in which some host could take one such guest now."""
    query = select(_hosts.zone).where(*filters.conditions(request), _hosts.heard_at >= _alive_since(uow, alive_within))
    return set(uow.for_reading().scalars(query.distinct()))


def drivers(uow: UnitOfWork, region: str, *, alive_within: float) -> set[str]:
    """What the hosts of a region run their guests with."""
    query = select(_hosts.driver).where(_hosts.region == region, _hosts.heard_at >= _alive_since(uow, alive_within))
    return set(uow.for_reading().scalars(query.distinct()))


def claim_on(uow: UnitOfWork, host: str, request: Request) -> bool:
    """Claim room for one guest on a named host."""
    return _claim(uow, host, request, 1) == 1


def release(uow: UnitOfWork, host: str, vcpus: int, memory_mib: int) -> None:
    """Give back what was claimed."""
    uow.for_reading().execute(_RELEASE, {"host": host, "more_vcpus": vcpus, "more_memory_mib": memory_mib})


def _alive_since(uow: UnitOfWork, alive_within: float) -> datetime:
    return uow.database.time(uow.connection()) - timedelta(seconds=alive_within)


def _candidates(
    uow: UnitOfWork, request: Request, alive_since: datetime, tried: set[str], count: int, *, patient: bool
) -> list[_Room]:
    """Hosts with room for one guest, the best first, in random order where they are equally good.

    No more than there are guests, since their rows are locked. Where others have locked all that there are, one is
    waited for if ``patient``; else that is a conflict, so that nobody waits who holds what another waits for.
    """
    connection, query = uow.for_reading(), _best(request, min(count, _CANDIDATES))
    if tried:
        query = query.where(_hosts.name.not_in(tried))
    since = {"alive_since": alive_since}
    found = connection.execute(query.with_for_update(skip_locked=True, key_share=True), since).all()
    if not found and not uow.database.is_sqlite:
        query = query.limit(1).with_for_update(nowait=not patient, key_share=True)
        found = connection.execute(query, since).all()
    return [_Room(*row) for row in found]


@lru_cache(1024)
def _best(request: Request, count: int) -> Select[Any]:
    """The best hosts for a request. Kept, since to build the statement costs more than to run it."""
    query = select(_hosts.name, _hosts.zone, _hosts.free_vcpus, _hosts.free_memory_mib)
    query = query.where(*filters.conditions(request), _hosts.heard_at >= bindparam("alive_since"))
    return query.order_by(*weighers.order(), func.random()).limit(count)


def _shares(hosts: Sequence[_Room], request: Request, count: int) -> list[tuple[int, _Room]]:
    """How many guests to try on each host: spread evenly over the best, but never in more updates than needed."""
    shares: list[tuple[int, _Room]] = []
    left = count
    for position, host in enumerate(hosts):
        if left <= 0:
            break
        even = -(-left // (len(hosts) - position))
        share = min(even, request.fits(host.free_vcpus, host.free_memory_mib))
        if share > 0:
            shares.append((share, host))
            left -= share
    return shares


def _claim(uow: UnitOfWork, host: str, request: Request, share: int) -> int:
    """Claim room for ``share`` guests in one update; where others were faster, for one at a time."""
    connection = uow.for_reading()
    while share > 0:
        vcpus, memory = request.vcpus * share, request.memory_mib * share
        claimed = connection.execute(_CLAIM, {"host": host, "more_vcpus": vcpus, "more_memory_mib": memory})
        if claimed.rowcount:
            return share
        share //= 2
    return 0
