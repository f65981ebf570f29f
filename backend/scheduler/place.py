"""Claims room on hosts for new or restarted guests, inside the caller's transaction.

Each claim is a conditional update of one host row, so two callers can never oversell a host, whatever they read
before. Rows that another caller has locked are passed over as long as there are others (PostgreSQL; SQLite lets one
caller write at a time), so callers neither wait for each other nor lock rows in an order that could be a deadlock.
A host is given as many guests per update as fit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, select, update
from sqlalchemy.engine import CursorResult

from backend.db.models import Host
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import filters, weighers
from backend.scheduler.request import Request

_CANDIDATES = 50
"""Hosts looked at in one query; a call that needs more looks again."""


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
    query = select(Host.zone).where(*filters.conditions(request), Host.heard_at >= _alive_since(uow, alive_within))
    return set(uow.scalars(query.distinct()))


def drivers(uow: UnitOfWork, region: str, *, alive_within: float) -> set[str]:
    """What the hosts of a region run their guests with."""
    query = select(Host.driver).where(Host.region == region, Host.heard_at >= _alive_since(uow, alive_within))
    return set(uow.scalars(query.distinct()))


def claim_on(uow: UnitOfWork, host: str, request: Request) -> bool:
    """Claim room for one guest on a named host."""
    return _claim(uow, host, request, 1) == 1


def release(uow: UnitOfWork, host: str, vcpus: int, memory_mib: int) -> None:
    """Give back what was claimed."""
    freed = update(Host).where(Host.name == host)
    freed = freed.values(free_vcpus=Host.free_vcpus + vcpus, free_memory_mib=Host.free_memory_mib + memory_mib)
    uow.execute(freed, execution_options={"synchronize_session": False})


def _alive_since(uow: UnitOfWork, alive_within: float) -> datetime:
    return uow.database.time(uow.connection()) - timedelta(seconds=alive_within)


def _candidates(
    uow: UnitOfWork, request: Request, alive_since: datetime, tried: set[str], count: int, *, patient: bool
) -> list[_Room]:
    """Hosts with room for one guest, the best first, in random order where they are equally good.

    No more than there are guests, since their rows are locked. Where others have locked all that there are, one is
    waited for if ``patient``; else that is a conflict, so that nobody waits who holds what another waits for.
    """
    columns = (Host.name, Host.zone, Host.free_vcpus, Host.free_memory_mib)
    query = select(*columns).where(*filters.conditions(request), Host.heard_at >= alive_since)
    if tried:
        query = query.where(Host.name.not_in(tried))
    query = query.order_by(*weighers.order(), func.random()).limit(min(count, _CANDIDATES))
    found = uow.execute(query.with_for_update(skip_locked=True, key_share=True)).all()
    if not found and not uow.database.is_sqlite:
        found = uow.execute(query.limit(1).with_for_update(nowait=not patient, key_share=True)).all()
    return [_Room(*row) for row in found]


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
    while share > 0:
        vcpus, memory = request.vcpus * share, request.memory_mib * share
        room = and_(Host.free_vcpus >= vcpus, Host.free_memory_mib >= memory)
        claim = update(Host).where(Host.name == host, room)
        claim = claim.values(free_vcpus=Host.free_vcpus - vcpus, free_memory_mib=Host.free_memory_mib - memory)
        done = uow.execute(claim, execution_options={"synchronize_session": False})
        if isinstance(done, CursorResult) and done.rowcount:
            return share
        share //= 2
    return 0
