"""Places the guests of a placement group relative to those that it has already.

A simulated host stands for a whole data centre, so there guests are apart, or in partitions of their own, by what is
written down of them. Of real hosts each runs one guest of a spread group at most, and guests of one partition only.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from backend import errors
from backend.db import reading
from backend.db.models import Host, Instance, PlacementGroup
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place
from backend.scheduler.place import Claim, Reserved
from backend.scheduler.request import SIMULATED, Request

SPREAD_LIMIT = 7
"""Running instances that a group spread over racks has in one zone."""

_instances, _hosts = reading.table_of(Instance).c, reading.table_of(Host).c


@dataclass(frozen=True)
class Member:
    """An instance of the group that is not ending: on a real host, if ``host`` is given."""

    zone: str
    state: str
    partition: int | None
    host: str | None


def members(uow: UnitOfWork, group_id: str) -> list[Member]:
    query = select(_instances.zone, _instances.state, _instances.partition_number, _instances.host, _hosts.driver)
    query = query.join_from(Instance.__table__, Host.__table__, _hosts.name == _instances.host, isouter=True)
    query = query.where(_instances.placement_group_id == group_id, _instances.desired != "absent")
    return [
        Member(zone, state, partition, host if driver != SIMULATED else None)
        for zone, state, partition, host, driver in uow.for_reading().execute(query)
    ]


def zone(uow: UnitOfWork, group: PlacementGroup) -> str | None:
    """The one zone that all of a cluster are in, if any is."""
    return next((member.zone for member in members(uow, group.id)), None)


def claim(
    uow: UnitOfWork,
    group: PlacementGroup,
    need: Request,
    count: int,
    *,
    partition: int | None,
    alive_within: float,
    reserved: Reserved | None,
) -> list[Claim]:
    """Claims for up to so many guests in the zone of ``need``; fewer where the group allows no more."""
    if group.strategy == "cluster":
        return place.place(uow, need, count, alive_within=alive_within, reserved=reserved)
    theirs = members(uow, group.id)
    if group.strategy == "spread":
        if group.spread_level == "rack":
            running = sum(m.zone == need.zone and m.state != "stopped" for m in theirs)
            count = min(count, SPREAD_LIMIT - running)
        used = {m.host for m in theirs if m.host}
        return place.place(uow, replace(need, apart=True), count, alive_within=alive_within, avoid=used)
    return _partitions(uow, group, need, count, partition, theirs, alive_within)


def _partitions(
    uow: UnitOfWork,
    group: PlacementGroup,
    need: Request,
    count: int,
    wanted: int | None,
    theirs: Sequence[Member],
    alive_within: float,
) -> list[Claim]:
    """Guests in the partition that was asked for, or evenly in all. What one has no hosts for, others take."""
    numbers = [wanted] if wanted else list(range(1, (group.partition_count or 1) + 1))
    owner = {m.host: m.partition for m in theirs if m.host}
    filled = Counter(m.partition for m in theirs if m.zone == need.zone and m.partition)
    claims: list[Claim] = []

    def put(number: int, some: int) -> None:
        others = {host for host, its in owner.items() if its != number}
        found = place.place(uow, need, some, alive_within=alive_within, avoid=others, packed=True)
        owner.update((claim.host, number) for claim in found if not claim.simulated)
        filled[number] += len(found)
        claims.extend(replace(claim, partition=number) for claim in found)

    for number, some in _evenly(numbers, filled, count):
        put(number, some)
    for number in sorted(numbers, key=lambda n: filled[n]):
        if len(claims) < count:
            put(number, count - len(claims))
    return claims


def _evenly(numbers: Sequence[int], filled: Counter[int], count: int) -> Iterable[tuple[int, int]]:
    """How many guests each partition gets, so that they come to hold equally many."""
    after = Counter({number: filled[number] for number in numbers})
    for _ in range(count):
        after[min(numbers, key=lambda n: (after[n], n))] += 1
    return [(number, after[number] - filled[number]) for number in numbers if after[number] > filled[number]]


def is_full(uow: UnitOfWork, group: PlacementGroup, zone: str) -> bool:
    """Whether a spread group may not run one more instance in the zone."""
    if group.strategy != "spread" or group.spread_level != "rack":
        return False
    return sum(m.zone == zone and m.state != "stopped" for m in members(uow, group.id)) >= SPREAD_LIMIT


def joined(uow: UnitOfWork, group: PlacementGroup, zone: str, host: str | None, partition: int | None) -> int | None:
    """The partition of a stopped instance that joins the group with the host it has, None in a group without any.

    InvalidParameterCombination where the group does not allow an instance there.
    """
    theirs = members(uow, group.id)
    on_it = [m for m in theirs if m.host and m.host == host]
    if group.strategy == "cluster" and any(m.zone != zone for m in theirs):
        raise _elsewhere(group)
    if group.strategy == "spread" and on_it:
        raise _elsewhere(group)
    if group.strategy != "partition":
        return None
    filled = Counter(m.partition for m in theirs if m.zone == zone)
    number = partition or min(range(1, (group.partition_count or 1) + 1), key=lambda n: (filled[n], n))
    if on_it:
        number = partition or on_it[0].partition or number
        if any(m.partition != number for m in on_it):
            raise _elsewhere(group)
    return number


def _elsewhere(group: PlacementGroup) -> errors.CloudError:
    return errors.InvalidParameterCombination(
        reason=f"The placement group '{group.name}' does not allow an instance where this one is."
    )
