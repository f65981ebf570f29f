"""Gives back the room that guests held: to the capacity reservation or dedicated host it is part of, else the host."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, update

from backend.db import reading
from backend.db.models import CapacityReservation, DedicatedHost, ReservedRoom
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place

_rooms, _reservations = reading.table_of(ReservedRoom), reading.table_of(CapacityReservation)
_dedicated = reading.table_of(DedicatedHost)
_count: BindParameter[int] = bindparam("count")
_id: BindParameter[str] = bindparam("its_id")
_host: BindParameter[str] = bindparam("its_host")

_TO_ROOM = (
    update(_rooms).where(_rooms.c.reservation_id == _id, _rooms.c.host == _host).values(free=_rooms.c.free + _count)
)
_TO_RESERVATION = (
    update(_reservations).where(_reservations.c.id == _id).values(available=_reservations.c.available + _count)
)
_TO_DEDICATED = (
    update(_dedicated)
    .where(_dedicated.c.id == _id)
    .values(
        free_vcpus=_dedicated.c.free_vcpus + bindparam("more_vcpus"),
        free_memory_mib=_dedicated.c.free_memory_mib + bindparam("more_memory_mib"),
    )
)


@dataclass(frozen=True)
class Held:
    """What one guest has of a host."""

    host: str
    vcpus: int
    memory_mib: int
    reservation_id: str | None = None
    dedicated_host_id: str | None = None


def of_instance(instance: Any) -> Held:
    return Held(
        instance.host,
        instance.claimed_vcpus,
        instance.claimed_memory_mib,
        instance.capacity_reservation_id,
        instance.host_resource_id if instance.tenancy == "host" else None,
    )


def give_back(uow: UnitOfWork, held: Iterable[Held]) -> None:
    """Give it back, in one update for each place. What a reservation that ended had held is its host's again."""
    grouped: dict[tuple[str, str, str], list[Held]] = defaultdict(list)
    for one in held:
        grouped[one.host, one.reservation_id or "", one.dedicated_host_id or ""].append(one)
    for (host, reservation_id, dedicated_host_id), some in sorted(grouped.items(), key=lambda entry: entry[0]):
        vcpus, memory_mib = sum(h.vcpus for h in some), sum(h.memory_mib for h in some)
        if reservation_id and _to_reservation(uow, reservation_id, host, len(some)):
            continue
        if dedicated_host_id and _to_dedicated(uow, dedicated_host_id, vcpus, memory_mib):
            continue
        place.release(uow, host, vcpus, memory_mib)


def _to_reservation(uow: UnitOfWork, reservation_id: str, host: str, count: int) -> bool:
    connection = uow.for_reading()
    given = {"its_id": reservation_id, "its_host": host, "count": count}
    if not connection.execute(_TO_ROOM, given).rowcount:
        return False
    connection.execute(_TO_RESERVATION, {"its_id": reservation_id, "count": count})
    return True


def _to_dedicated(uow: UnitOfWork, id: str, vcpus: int, memory_mib: int) -> bool:
    given = {"its_id": id, "more_vcpus": vcpus, "more_memory_mib": memory_mib}
    return bool(uow.for_reading().execute(_TO_DEDICATED, given).rowcount)
