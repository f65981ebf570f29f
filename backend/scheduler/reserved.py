"""Room that capacity reservations hold: taken from hosts, given to their instances, and given back to hosts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, insert, select, update

from backend.db import reading
from backend.db.models import CapacityReservation, Host, ReservedRoom
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place
from backend.scheduler.place import Claim
from backend.scheduler.request import SIMULATED, Request

_rooms, _reservations = reading.table_of(ReservedRoom), reading.table_of(CapacityReservation)
_hosts = reading.table_of(Host).c
_THIS = (_rooms.c.reservation_id == bindparam("its_id"), _rooms.c.host == bindparam("its_host"))
_count: BindParameter[int] = bindparam("count")
_TAKE = update(_rooms).where(*_THIS, _rooms.c.free >= _count).values(free=_rooms.c.free - _count)
_ADD = update(_rooms).where(*_THIS).values(total=_rooms.c.total + _count, free=_rooms.c.free + _count)
_USED = update(_rooms).where(*_THIS).values(total=_rooms.c.total + _count)
_SHRINK = (
    update(_rooms)
    .where(*_THIS, _rooms.c.free >= _count)
    .values(total=_rooms.c.total - _count, free=_rooms.c.free - _count)
)


def hold(uow: UnitOfWork, reservation_id: str, need: Request, count: int, *, alive_within: float) -> bool:
    """Take room for exactly so many guests from hosts for a reservation; False, and nothing is taken, for less."""
    claims = place.place(uow, need, count, alive_within=alive_within)
    by_host = Counter(claim.host for claim in claims)
    if len(claims) < count:
        for host, number in sorted(by_host.items()):
            place.release(uow, host, need.vcpus * number, need.memory_mib * number)
        return False
    for host, number in sorted(by_host.items()):
        _add(uow, reservation_id, host, number, vcpus=need.vcpus, memory_mib=need.memory_mib)
    return True


def _add(uow: UnitOfWork, reservation_id: str, host: str, count: int, *, vcpus: int, memory_mib: int) -> None:
    connection = uow.for_reading()
    given = {"its_id": reservation_id, "its_host": host, "count": count}
    if not connection.execute(_ADD, given).rowcount:
        row = {"reservation_id": reservation_id, "host": host, "total": count, "free": count}
        connection.execute(insert(_rooms), row | {"vcpus": vcpus, "memory_mib": memory_mib})


def take(
    uow: UnitOfWork, reservation: Any, need: Request, count: int, *, alive_within: float, host: str | None = None
) -> list[Claim]:
    """Claims for up to so many guests in the room of a locked reservation. ``host``: on this one alone."""
    alive_since = place.alive_since(uow, alive_within)
    query = select(_rooms.c.host, _rooms.c.free, _hosts.driver).join(Host, _hosts.name == _rooms.c.host)
    query = query.where(_rooms.c.reservation_id == reservation.id, _rooms.c.free > 0, *_fit(need))
    query = query.where(_hosts.heard_at >= alive_since)
    if host:
        query = query.where(_rooms.c.host == host)
    connection = uow.for_reading()
    claims: list[Claim] = []
    for name, free, driver in connection.execute(query.order_by(_rooms.c.host)).all():
        share = min(free, count - len(claims))
        if (
            share > 0
            and connection.execute(_TAKE, {"its_id": reservation.id, "its_host": name, "count": share}).rowcount
        ):
            claim = Claim(name, reservation.zone, driver == SIMULATED, reservation_id=reservation.id)
            claims += [claim] * share
    reservation.available -= len(claims)
    return claims


def _fit(need: Request) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_hosts.architectures.contains(f" {need.architecture} ")]
    return [*found, _hosts.driver == need.driver] if need.driver else found


def let_go(uow: UnitOfWork, reservation: Any, count: int | None = None) -> None:
    """Give so much unused room of a reservation back to the hosts; by default all, and what is used as well is no
    longer the reservation's: it is given back to the hosts when its instances end."""
    connection = uow.for_reading()
    left = reservation.available if count is None else count
    for room in _free_rooms(uow, reservation.id):
        share = min(room.free, left)
        if share > 0:
            connection.execute(_SHRINK, {"its_id": reservation.id, "its_host": room.host, "count": share})
            place.release(uow, room.host, room.vcpus * share, room.memory_mib * share)
            left -= share
    if count is None:
        connection.execute(delete(_rooms).where(_rooms.c.reservation_id == reservation.id))


def move(uow: UnitOfWork, source: str, destination: str, count: int) -> None:
    """Give unused room of one reservation to another of the same kind."""
    connection = uow.for_reading()
    for room in _free_rooms(uow, source):
        share = min(room.free, count)
        if share > 0:
            connection.execute(_SHRINK, {"its_id": source, "its_host": room.host, "count": share})
            _add(uow, destination, room.host, share, vcpus=room.vcpus, memory_mib=room.memory_mib)
            count -= share


def absorb(uow: UnitOfWork, reservation_id: str, instance: Any) -> None:
    """Let the room that a running instance has of its host be a part of the reservation, in use."""
    connection = uow.for_reading()
    if not connection.execute(_USED, {"its_id": reservation_id, "its_host": instance.host, "count": 1}).rowcount:
        room = {"vcpus": instance.claimed_vcpus, "memory_mib": instance.claimed_memory_mib}
        row = {"reservation_id": reservation_id, "host": instance.host, "total": 1, "free": 0}
        connection.execute(insert(_rooms), row | room)


def _free_rooms(uow: UnitOfWork, reservation_id: str) -> Sequence[Any]:
    query = select(_rooms).where(_rooms.c.reservation_id == reservation_id, _rooms.c.free > 0).order_by(_rooms.c.host)
    return uow.for_reading().execute(query).all()
