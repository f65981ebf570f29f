"""Launches and ends the instances of a fleet, so that it has the capacity that it is to have.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-request-type.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from backend import clock, errors, fleet_pools
from backend.config import Settings
from backend.db.models import CapacityReservation, Fleet, FleetEvent, FleetInstance, Instance, SpotFleetRequest
from backend.db.unit_of_work import UnitOfWork
from backend.fleet_pools import Pool
from backend.instances import parameters, power
from backend.instances.launch import MOST, launch

AnyFleet = Fleet | SpotFleetRequest
UNSYNCHRONIZED = {"synchronize_session": False}
PATIENCE = timedelta(seconds=10)
"""After how long a fleet is looked at again that could not get all its capacity."""


@dataclass(frozen=True)
class Order:
    """What is to be launched in one market (``spot`` or ``on-demand``), in units."""

    market: str
    needed: float
    strategy: str = fleet_pools.LOWEST_PRICE
    pools_to_use: int = 1
    budget: float = float("inf")
    single_type: bool = False
    single_zone: bool = False
    reservations_first: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


def fill(uow: UnitOfWork, settings: Settings, fleet: AnyFleet, pools: Sequence[Pool], order: Order) -> float:
    """Launch what an order asks for, from other pools where those that it prefers have no room; the units that came of
    it. Why some did not is kept with the fleet (``faults``)."""
    left = _chosen(uow, pools, order)
    needed, budget, got = order.needed, order.budget, 0.0
    while needed > 0 and left:
        for pool, wanted in fleet_pools.allocate(left, needed, order.strategy, order.pools_to_use):
            affordable = min(wanted, MOST, int(budget / pool.price(order.market)) if budget < float("inf") else wanted)
            count = _launch(uow, settings, fleet, pool, order, affordable) if affordable else 0
            needed, got = needed - count * pool.weight, got + count * pool.weight
            budget -= count * pool.price(order.market)
            if count < min(wanted, MOST):
                left.remove(pool)
    return got


def _chosen(uow: UnitOfWork, pools: Sequence[Pool], order: Order) -> list[Pool]:
    found = fleet_pools.ordered(pools, order.strategy, order.market)
    if order.reservations_first:
        query = select(CapacityReservation.instance_type, CapacityReservation.zone).where(
            CapacityReservation.state == "active",
            CapacityReservation.available > 0,
            CapacityReservation.match_criteria == "open",
        )
        reserved = {(name, zone) for name, zone in uow.execute(query)}
        found.sort(key=lambda pool: (pool.instance_type, pool.zone) not in reserved)
    if order.single_type:
        found = [pool for pool in found if pool.instance_type == found[0].instance_type]
    if order.single_zone:
        found = [pool for pool in found if pool.zone == found[0].zone]
    return found


def _launch(uow: UnitOfWork, settings: Settings, fleet: AnyFleet, pool: Pool, order: Order, count: int) -> int:
    """Launch up to so many from one pool; how many there are now."""
    tags = {**pool.tags, "instance": {**pool.tags.get("instance", {}), **order.tags, **_own_tag(fleet)}}
    given = {**pool.launch, "MinCount": 1, "MaxCount": count}
    given.pop("InstanceMarketOptions", None)
    if order.market == "spot":
        options = {
            "InstanceInterruptionBehavior": "terminate",
            **({"MaxPrice": pool.max_price} if pool.max_price else {}),
        }
        given["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": options}
    try:
        with uow.begin_nested():
            reservation_id = launch(uow, settings, parameters.launch_request(given, tags, fleet_id=fleet.id))
    except errors.CloudError as fault:
        _note_fault(uow, fleet, pool, order.market, fault)
        return 0
    instances = uow.scalars(select(Instance).where(Instance.reservation_id == reservation_id).order_by(Instance.row))
    launched = list(instances)
    for instance in launched:
        uow.add(
            FleetInstance(
                account=uow.account,
                region=uow.region,
                fleet_id=fleet.id,
                instance_id=instance.id,
                instance_type=instance.instance_type,
                market=order.market,
                weight=pool.weight,
                spot_request_id=instance.spot_request_id,
                platform=instance.platform,
                pool=dict(pool.shown),
            )
        )
        note(uow, fleet, "instance-change", "launched", instance_id=instance.id)
    uow.flush()
    return len(launched)


def _own_tag(fleet: AnyFleet) -> dict[str, str]:
    name = "aws:ec2:fleet-id" if isinstance(fleet, Fleet) else "aws:ec2spot:fleet-request-id"
    return {name: fleet.id}


def _note_fault(uow: UnitOfWork, fleet: AnyFleet, pool: Pool, market: str, fault: errors.CloudError) -> None:
    found = {
        "LaunchTemplateAndOverrides": dict(pool.shown),
        "Lifecycle": market,
        "ErrorCode": fault.code,
        "ErrorMessage": fault.message,
    }
    if found in fleet.faults:
        return
    fleet.faults = [*fleet.faults, found]
    note(uow, fleet, "service-error" if isinstance(fleet, Fleet) else "error", fault.code, fault.message)


def note(
    uow: UnitOfWork,
    fleet: AnyFleet,
    event_type: str,
    subtype: str,
    description: str | None = None,
    instance_id: str | None = None,
) -> None:
    """Add to the fleet's history. A Spot Fleet has other words for some types of events."""
    if not isinstance(fleet, Fleet):
        event_type = {"instance-change": "instanceChange", "fleet-change": "fleetRequestChange"}.get(
            event_type, event_type
        )
    uow.add(
        FleetEvent(
            account=fleet.account,
            region=fleet.region,
            fleet_id=fleet.id,
            event_type=event_type,
            subtype=subtype,
            description=description,
            instance_id=instance_id,
        )
    )


def living(uow: UnitOfWork, fleet: AnyFleet) -> list[FleetInstance]:
    query = select(FleetInstance).where(FleetInstance.fleet_id == fleet.id, FleetInstance.living)
    return list(uow.scalars(query.order_by(FleetInstance.row)))


def reach(uow: UnitOfWork, settings: Settings, fleet: AnyFleet, pools: Sequence[Pool], orders: Sequence[Order]) -> None:
    """Bring a fleet to its target capacity: launch what lacks, and end what is too much where it may be ended."""
    query = select(FleetInstance).where(FleetInstance.fleet_id == fleet.id).order_by(FleetInstance.row)
    counted = [one for one in uow.scalars(query) if one.living or fleet.fleet_type == "request"]
    fleet.faults, short = [], False
    for order in orders:
        have = sum(one.weight for one in counted if one.market == order.market)
        if have < order.needed:
            missing = order.needed - have
            short |= fill(uow, settings, fleet, pools, Order(**{**vars(order), "needed": missing})) < missing
        elif fleet.fleet_type == "maintain" and fleet.excess_policy == "termination":
            _shed(uow, fleet, [one for one in counted if one.market == order.market], have - order.needed)
    fleet.activity_status = ("error" if fleet.faults else "pending_fulfillment") if short else "fulfilled"
    fleet.evaluate_at = clock.now() + PATIENCE if short else fleet.valid_until


def _shed(uow: UnitOfWork, fleet: AnyFleet, instances: Sequence[FleetInstance], excess: float) -> None:
    """End the newest that are too much, as long as what is left weighs enough."""
    chosen = []
    for one in reversed(instances):
        if one.weight <= excess:
            excess -= one.weight
            chosen.append(one)
    if chosen:
        terminate(uow, fleet, chosen)


def terminate(uow: UnitOfWork, fleet: AnyFleet, instances: Sequence[FleetInstance]) -> None:
    """End instances, which do not count any more."""
    power.terminate(uow, [one.instance_id for one in instances])
    for one in instances:
        one.living = False
        note(uow, fleet, "instance-change", "terminated", instance_id=one.instance_id)


def ended(uow: UnitOfWork, instances: Sequence[Instance]) -> None:
    """Instances were terminated, whoever did it: their fleets see to it."""
    of_fleets = [instance for instance in instances if instance.fleet_id]
    if not of_fleets:
        return
    gone = FleetInstance.instance_id.in_([instance.id for instance in of_fleets])
    counted = select(FleetInstance.instance_id).where(gone, FleetInstance.living)
    noted = set(uow.scalars(counted))
    events = [
        {
            "account": instance.account,
            "region": instance.region,
            "fleet_id": instance.fleet_id,
            "event_type": "instance-change" if (instance.fleet_id or "").startswith("fleet") else "instanceChange",
            "subtype": "terminated",
            "instance_id": instance.id,
        }
        for instance in of_fleets
        if instance.id in noted
    ]
    if events:
        uow.execute(insert(FleetEvent), events)
    uow.execute(update(FleetInstance).where(gone).values(living=False), execution_options=UNSYNCHRONIZED)
    ids = {instance.fleet_id for instance in of_fleets}
    for model in (Fleet, SpotFleetRequest):
        due = update(model).where(model.id.in_(ids)).values(evaluate_at=clock.now())
        uow.execute(due, execution_options=UNSYNCHRONIZED)
    uow.moving = True


def expired(fleet: AnyFleet, now: datetime) -> bool:
    return fleet.valid_until is not None and fleet.valid_until <= now


def all_ended(uow: UnitOfWork, fleet: AnyFleet) -> bool:
    """Whether none of the fleet's instances is left."""
    query = select(Instance.row).where(Instance.fleet_id == fleet.id, Instance.state != "terminated")
    return uow.execute(query.limit(1)).first() is None


def texts(value: Any) -> Any:
    """A structure as JSON keeps it: times as texts."""
    if isinstance(value, Mapping):
        return {name: texts(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [texts(member) for member in value]
    return value.isoformat() if isinstance(value, datetime) else value
