"""Claims room on hosts for new or restarted guests, inside the caller's transaction.

Each claim is a conditional update of one host row, so two callers can never oversell a host, whatever they read
before. Rows that another caller has locked are passed over as long as there are others (PostgreSQL; SQLite lets one
caller write at a time), so callers neither wait for each other nor lock rows in an order that could be a deadlock.
A host is given as many guests per update as fit.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, case, exists, func, null, select, update

from backend.db import reading
from backend.db.models import CapacityReservation, Host
from backend.db.statements import Statement
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import filters, weighers
from backend.scheduler.request import SIMULATED, Request

_CANDIDATES = 50
"""Hosts looked at in one query; a call that needs more looks again."""

_table = reading.table_of(Host)
_hosts = _table.c
_more_vcpus: BindParameter[int] = bindparam("more_vcpus")
_more_memory_mib: BindParameter[int] = bindparam("more_memory_mib")
_taken = {
    "free_vcpus": _hosts.free_vcpus - _more_vcpus,
    "free_memory_mib": _hosts.free_memory_mib - _more_memory_mib,
}
_CLAIM = Statement(
    update(_table)
    .where(
        _hosts.name == bindparam("host"),
        _hosts.free_vcpus >= _more_vcpus,
        _hosts.free_memory_mib >= _more_memory_mib,
        _hosts.dedicated_to.is_(None),
    )
    .values(_taken)
)
_all_free = _hosts.free_vcpus + _more_vcpus >= _hosts.vcpus
_RELEASE = (
    update(_table)
    .where(_hosts.name == bindparam("host"))
    .values(
        free_vcpus=_hosts.free_vcpus + _more_vcpus,
        free_memory_mib=_hosts.free_memory_mib + _more_memory_mib,
        dedicated_to=case((_all_free, null()), else_=_hosts.dedicated_to),
    )
)
_reservations = reading.table_of(CapacityReservation).c
_RESERVED = exists().where(
    _reservations.account == bindparam("account"),
    _reservations.region == _hosts.region,
    _reservations.state == "active",
    _reservations.available > 0,
)
"""Whether the account has capacity reservations with room. Asked along, so that launches that use none ask nothing."""


@dataclass(frozen=True)
class Claim:
    """Room for one guest. ``simulated``: its host stands for as many as one likes.

    ``reservation_id``: the capacity reservation that it is part of. ``dedicated_host_id``: likewise the dedicated host.
    """

    host: str
    zone: str
    simulated: bool = False
    partition: int | None = None
    reservation_id: str | None = None
    dedicated_host_id: str | None = None


Reserved = Callable[[int], list[Claim]]
"""Takes room for up to so many guests from capacity reservations."""


class _Room(NamedTuple):
    """A host, and what was free of it when it was looked at."""

    name: str
    zone: str
    free_vcpus: int
    free_memory_mib: int
    driver: str
    reserved: bool
    """Whether the account has room reserved, anywhere."""

    @property
    def simulated(self) -> bool:
        return self.driver == SIMULATED


def place(
    uow: UnitOfWork,
    request: Request,
    count: int,
    *,
    alive_within: float,
    avoid: Collection[str] = (),
    packed: bool = False,
    reserved: Reserved | None = None,
) -> list[Claim]:
    """Claims for up to ``count`` guests; fewer where there is no more room.

    ``alive_within``: a host must have been heard of in so many seconds. ``avoid``: hosts that are not to be used.
    ``packed``: on as few hosts as will do. ``reserved``: what takes room from capacity reservations, before any other.
    """
    claims: list[Claim] = []
    tried: set[str] = set(avoid)
    since = alive_since(uow, alive_within)
    while len(claims) < count:
        looked_at = 1 if packed else count - len(claims)
        hosts = _candidates(uow, request, since, tried, looked_at, patient=not claims)
        if reserved and (not hosts or hosts[0].reserved):
            claims += reserved(count - len(claims))
        reserved = None
        if not hosts:
            break
        for share, host in _shares(hosts, request, count - len(claims)):
            tried.add(host.name)
            claims += [Claim(host.name, host.zone, host.simulated)] * _claim(uow, host.name, request, share)
    return claims


def zones(uow: UnitOfWork, request: Request, *, alive_within: float) -> set[str]:
    """The zones in which some host could take one such guest now."""
    query = select(_hosts.zone).where(*filters.conditions(request), _hosts.heard_at >= alive_since(uow, alive_within))
    return set(uow.for_reading().scalars(query.distinct()))


def drivers(uow: UnitOfWork, region: str, *, alive_within: float) -> set[str]:
    """What the hosts of a region run their guests with."""
    query = select(_hosts.driver).where(_hosts.region == region, _hosts.heard_at >= alive_since(uow, alive_within))
    return set(uow.for_reading().scalars(query.distinct()))


def claim_on(uow: UnitOfWork, host: str, request: Request) -> bool:
    """Claim room for one guest on a named host."""
    return _claim(uow, host, request, 1) == 1


def release(uow: UnitOfWork, host: str, vcpus: int, memory_mib: int) -> None:
    """Give back what was claimed."""
    uow.for_reading().execute(_RELEASE, {"host": host, "more_vcpus": vcpus, "more_memory_mib": memory_mib})


def alive_since(uow: UnitOfWork, alive_within: float) -> datetime:
    """Since when a host must have been heard of to count as alive."""
    return uow.database.time(uow.connection()) - timedelta(seconds=alive_within)


def _candidates(
    uow: UnitOfWork, request: Request, since: datetime, tried: set[str], count: int, *, patient: bool
) -> list[_Room]:
    """Hosts with room for one guest, the best first, in random order where they are equally good.

    No more than there are guests, since their rows are locked. Where others have locked all that there are, one is
    waited for if ``patient``; else that is a conflict, so that nobody waits who holds what another waits for.
    """
    connection, most = uow.for_reading(), min(count, _CANDIDATES)
    given = {"alive_since": since, "account": uow.account}
    query = _best(request, most)
    if tried:
        query = query.where(_hosts.name.not_in(tried))
        found = connection.execute(query, given).all()
    else:
        found = _first(request, most).rows(connection, given)
    if not found and not uow.database.is_sqlite:
        query = query.limit(1).with_for_update(nowait=not patient, key_share=True)
        found = connection.execute(query, given).all()
    return [_Room(*row) for row in found]


@lru_cache(1024)
def _best(request: Request, count: int) -> Select[Any]:
    """The best hosts for a request that no other has locked. Kept, since to build it costs more than to run it."""
    query = select(_hosts.name, _hosts.zone, _hosts.free_vcpus, _hosts.free_memory_mib, _hosts.driver, _RESERVED)
    query = query.where(*filters.conditions(request), _hosts.heard_at >= bindparam("alive_since"))
    query = query.order_by(*weighers.order(request), func.random()).limit(count)
    return query.with_for_update(skip_locked=True, key_share=True)


@lru_cache(1024)
def _first(request: Request, count: int) -> Statement:
    return Statement(_best(request, count))


def _shares(hosts: Sequence[_Room], request: Request, count: int) -> list[tuple[int, _Room]]:
    """How many guests to try on each host: spread evenly over the best, but never in more updates than needed."""
    shares: list[tuple[int, _Room]] = []
    left = count
    for position, host in enumerate(hosts):
        if left <= 0:
            break
        even = -(-left // (len(hosts) - position))
        share = min(even, request.fits(host.free_vcpus, host.free_memory_mib, simulated=host.simulated))
        if share > 0:
            shares.append((share, host))
            left -= share
    return shares


def _claim(uow: UnitOfWork, host: str, request: Request, share: int) -> int:
    """Claim room for ``share`` guests in one update; where others were faster, for one at a time."""
    connection = uow.for_reading()
    statement = _claim_alone(request.tenant) if request.tenant else _CLAIM
    while share > 0:
        vcpus, memory = request.vcpus * share, request.memory_mib * share
        if statement.count(connection, {"host": host, "more_vcpus": vcpus, "more_memory_mib": memory}):
            return share
        share //= 2
    return 0


@lru_cache(1024)
def _claim_alone(account: str) -> Statement:
    """A claim that keeps the host for one account."""
    room = (_hosts.free_vcpus >= _more_vcpus, _hosts.free_memory_mib >= _more_memory_mib)
    statement = update(_table).where(_hosts.name == bindparam("host"), *room, filters.alone(account))
    kept = case((_hosts.driver == SIMULATED, null()), else_=account)
    return Statement(statement.values(**_taken, dedicated_to=kept))
