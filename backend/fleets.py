"""EC2 Fleets: capacity that is asked for in units, from whatever types and zones will do.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from backend import clock, errors, fleet_launches, fleet_pools, tags
from backend.config import Settings
from backend.db import reading
from backend.db.models import Fleet, FleetEvent, FleetInstance
from backend.db.unit_of_work import UnitOfWork
from backend.fleet_launches import Order
from backend.spot_instance_requests import read_price
from backend.transitions import GONE, reaching

MOST_DELETED = {"instant": 25, "maintain": 100, "request": 100}
MARKETS = ("on-demand", "spot")
LIVING = ("submitted", "active", "modifying")

Structure = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What CreateFleet is asked for, with AWS's defaults."""

    configs: Sequence[Structure]
    target: Structure
    fleet_type: str = "maintain"
    excess_policy: str | None = None
    terminate_at_end: bool = False
    replace_unhealthy: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    client_token: str = ""
    spot_options: Structure | None = None
    on_demand_options: Structure | None = None
    context: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    instance_tags: Mapping[str, str] = field(default_factory=dict)


def create(uow: UnitOfWork, settings: Settings, wanted: Wanted) -> Fleet:
    """A new fleet. An ``instant`` one launches now and never again; others are the conductor's.

    Errors: InvalidParameterCombination, InvalidParameterValue, MissingParameter, InvalidFleetConfig, and those of
    launch templates.
    """
    _check(wanted)
    fleet = Fleet(
        account=uow.account,
        region=uow.region,
        fleet_type=wanted.fleet_type,
        state="submitted",
        activity_status="pending_fulfillment",
        excess_policy=wanted.excess_policy or "termination",
        terminate_at_end=wanted.terminate_at_end,
        replace_unhealthy=wanted.replace_unhealthy,
        valid_from=wanted.valid_from,
        valid_until=wanted.valid_until,
        client_token=wanted.client_token,
        configs=fleet_launches.texts(wanted.configs),
        options={
            name: value
            for name, value in (
                ("SpotOptions", wanted.spot_options),
                ("OnDemandOptions", wanted.on_demand_options),
                ("Context", wanted.context),
            )
            if value is not None
        },
        faults=[],
    )
    _set_target(fleet, wanted.target)
    uow.add(fleet)
    uow.flush()
    tags.attach(uow, fleet, wanted.tags)
    pools = fleet_pools.of_configs(uow, settings, wanted.configs, fleet.unit)
    fleet_launches.note(uow, fleet, "fleet-change", "submitted")
    if wanted.fleet_type == "instant":
        _launch_now(uow, settings, fleet, pools, wanted.instance_tags)
    else:
        fleet.evaluate_at = wanted.valid_from or clock.now()
        uow.moving = True
    return fleet


def _check(wanted: Wanted) -> None:
    if not wanted.configs:
        raise errors.MissingParameter(name="LaunchTemplateConfigs")
    spot, on_demand = wanted.spot_options or {}, wanted.on_demand_options or {}
    instant = wanted.fleet_type == "instant"
    _check_options(spot, "SpotOptions", instant=instant)
    _check_options(on_demand, "OnDemandOptions", instant=instant)
    if on_demand.get("CapacityReservationOptions") and not instant:
        raise _only("OnDemandOptions.CapacityReservationOptions", "instant")
    if "InstancePoolsToUseCount" in spot and spot.get("AllocationStrategy", "lowest-price") != "lowest-price":
        raise errors.InvalidParameterCombination(
            reason="InstancePoolsToUseCount is supported only with the allocation strategy lowest-price."
        )
    for value, name in (
        (spot.get("MaintenanceStrategies"), "SpotOptions.MaintenanceStrategies"),
        (wanted.excess_policy, "ExcessCapacityTerminationPolicy"),
        (wanted.replace_unhealthy, "ReplaceUnhealthyInstances"),
    ):
        if value and wanted.fleet_type != "maintain":
            raise _only(name, "maintain")
    check_replacement(wanted.replace_unhealthy, spot.get("MaintenanceStrategies"), "SpotOptions.MaintenanceStrategies")
    if wanted.instance_tags and not instant:
        raise errors.InvalidTagsOnFleet(
            reason="Instances of a fleet of type request or maintain are tagged in the launch template."
        )
    if wanted.valid_until is not None and wanted.valid_until <= (wanted.valid_from or clock.now()):
        raise errors.InvalidParameterValue(
            value=wanted.valid_until.isoformat(), name="ValidUntil", reason="It must be later than now and ValidFrom."
        )


def check_replacement(unhealthy: bool, strategies: object, name: str) -> None:
    """Nothing watches the health of a fleet's instances, and no Spot Instance is interrupted, to replace them."""
    if unhealthy:
        raise errors.UnsupportedParameter(name="ReplaceUnhealthyInstances")
    if strategies:
        raise errors.UnsupportedParameter(name=name)


def _check_options(options: Structure, name: str, *, instant: bool) -> None:
    for member in ("SingleInstanceType", "SingleAvailabilityZone", "MinTargetCapacity"):
        if options.get(member) and not instant:
            raise _only(f"{name}.{member}", "instant")
    single = options.get("SingleInstanceType") or options.get("SingleAvailabilityZone")
    if options.get("MinTargetCapacity") and not single:
        raise errors.InvalidParameterCombination(
            reason="MinTargetCapacity needs SingleAvailabilityZone or SingleInstanceType."
        )
    if options.get("MaxTotalPrice"):
        read_price(options["MaxTotalPrice"])


def _only(name: str, fleet_type: str) -> errors.CloudError:
    return errors.InvalidParameterCombination(reason=f"{name} is supported only for fleets of type {fleet_type}.")


def _set_target(fleet: Fleet, target: Structure) -> None:
    total, kind = target["TotalTargetCapacity"], target.get("DefaultTargetCapacityType", "on-demand")
    on_demand, spot = target.get("OnDemandTargetCapacity", 0), target.get("SpotTargetCapacity", 0)
    if kind not in MARKETS:
        raise errors.UnsupportedOperation(reason=f"The target capacity type '{kind}' is not supported by this cloud.")
    if min(total, on_demand, spot) < 0 or on_demand + spot > total:
        raise errors.InvalidTargetCapacitySpecification(
            reason="The target capacities of Spot and On-Demand Instances must not be more than the total."
        )
    rest = total - on_demand - spot
    fleet.total, fleet.default_market = total, kind
    fleet.on_demand = on_demand + (rest if kind == "on-demand" else 0)
    fleet.spot = spot + (rest if kind == "spot" else 0)
    fleet.unit = target.get("TargetCapacityUnitType", "units")


def orders(fleet: Fleet, instance_tags: Mapping[str, str] | None = None) -> list[Order]:
    """What a fleet is to have in each market."""
    found = []
    for market, needed, name in (
        ("on-demand", fleet.on_demand, "OnDemandOptions"),
        ("spot", fleet.spot, "SpotOptions"),
    ):
        options = fleet.options.get(name, {})
        found.append(
            Order(
                market=market,
                needed=needed,
                strategy=options.get("AllocationStrategy", fleet_pools.LOWEST_PRICE),
                pools_to_use=options.get("InstancePoolsToUseCount", 1),
                budget=float(options.get("MaxTotalPrice", "inf")),
                single_type=options.get("SingleInstanceType", False),
                single_zone=options.get("SingleAvailabilityZone", False),
                reservations_first=bool(options.get("CapacityReservationOptions")),
                tags=instance_tags or {},
            )
        )
    return found


def _launch_now(
    uow: UnitOfWork,
    settings: Settings,
    fleet: Fleet,
    pools: Sequence[fleet_pools.Pool],
    instance_tags: Mapping[str, str],
) -> None:
    for order in orders(fleet, instance_tags):
        name = "OnDemandOptions" if order.market == "on-demand" else "SpotOptions"
        least = fleet.options.get(name, {}).get("MinTargetCapacity", 0)
        trial = uow.begin_nested()
        got = fleet_launches.fill(uow, settings, fleet, pools, order) if order.needed else 0
        if got >= least:
            trial.commit()
        else:
            faults = fleet.faults or [_too_few(order, pools)]
            trial.rollback()
            fleet.faults = faults
    fleet.state, fleet.activity_status = "active", "fulfilled"
    fleet_launches.note(uow, fleet, "fleet-change", "active")


def _too_few(order: Order, pools: Sequence[fleet_pools.Pool]) -> dict[str, Any]:
    return {
        "LaunchTemplateAndOverrides": dict(pools[0].shown),
        "Lifecycle": order.market,
        "ErrorCode": "InsufficientInstanceCapacity",
        "ErrorMessage": "The minimum target capacity could not be reached, so no instances were launched.",
    }


def modify(
    uow: UnitOfWork,
    settings: Settings,
    id: str,
    *,
    target: Structure | None = None,
    excess_policy: str | None = None,
    configs: Sequence[Structure] | None = None,
    context: str | None = None,
) -> None:
    """Change an active fleet of type maintain. IncorrectState, InvalidParameterCombination."""
    fleet = uow.require(Fleet, id, for_update=True)
    if fleet.fleet_type != "maintain":
        raise _only("ModifyFleet", "maintain")
    if fleet.state not in LIVING:
        raise errors.IncorrectState(reason=f"The fleet '{id}' is in the state {fleet.state} and cannot be modified.")
    if configs is not None:
        fleet_pools.of_configs(uow, settings, configs, fleet.unit)
        fleet.configs = fleet_launches.texts(configs)
    if excess_policy is not None:
        fleet.excess_policy = excess_policy
    if context is not None:
        fleet.options = {**fleet.options, "Context": context}
    if target is not None:
        _set_target(fleet, {"DefaultTargetCapacityType": fleet.default_market, **target})
    fleet.state, fleet.evaluate_at = "modifying", clock.now()
    fleet_launches.note(uow, fleet, "fleet-change", "modify_in_progress")
    uow.moving = True


def remove(uow: UnitOfWork, id: str, *, with_instances: bool) -> tuple[str, str]:
    """Delete a fleet: its state before, and now. InvalidFleetId.NotFound and .Malformed, IncorrectState."""
    fleet = uow.require(Fleet, id, for_update=True)
    before = fleet.state
    if before not in LIVING:
        raise errors.IncorrectState(reason=f"The fleet '{id}' is in the state {before} and cannot be deleted.")
    if fleet.fleet_type == "instant" and not with_instances:
        raise errors.InvalidParameterCombination(reason="Instances of a fleet of type instant end with the fleet.")
    finish(uow, fleet, with_instances=with_instances)
    return before, fleet.state


def finish(uow: UnitOfWork, fleet: Fleet, *, with_instances: bool) -> None:
    """Let a fleet launch nothing more; it is deleted once its last instance has ended."""
    left = fleet_launches.living(uow, fleet)
    if with_instances and left:
        fleet_launches.terminate(uow, fleet, left)
    fleet.state = "deleted_terminating" if with_instances else "deleted_running"
    fleet.activity_status = "pending_termination" if with_instances and left else fleet.activity_status
    fleet.evaluate_at = None
    fleet_launches.note(uow, fleet, "fleet-change", fleet.state)
    settle(uow, fleet)


def settle(uow: UnitOfWork, fleet: Fleet) -> None:
    """The end of a deleted fleet, if nothing of it runs."""
    fleet.evaluate_at = None
    if fleet_launches.all_ended(uow, fleet):
        fleet.state = fleet.next_state = "deleted"
        fleet.next_at = clock.now()
        fleet_launches.note(uow, fleet, "fleet-change", "deleted")
        uow.moving = True


def evaluate(uow: UnitOfWork, settings: Settings, fleet: Fleet) -> None:
    """One look at a fleet that is due."""
    if fleet.state not in LIVING:
        return settle(uow, fleet)
    if fleet_launches.expired(fleet, clock.now()):
        fleet_launches.note(uow, fleet, "fleet-change", "expired")
        return finish(uow, fleet, with_instances=fleet.terminate_at_end)
    if fleet.fleet_type == "instant":
        fleet.evaluate_at = None
        return None
    if fleet.state != "active":
        fleet_launches.note(uow, fleet, "fleet-change", "active" if fleet.state == "submitted" else "modify_successful")
        fleet.state = "active"
    pools = fleet_pools.of_configs(uow, settings, fleet.configs, fleet.unit)
    return fleet_launches.reach(uow, settings, fleet, pools, orders(fleet))


@reaching(Fleet, GONE)
def _forget(uow: UnitOfWork, gone: Sequence[Fleet]) -> None:
    ids = [fleet.id for fleet in gone]
    for model in (FleetInstance, FleetEvent):
        uow.execute(delete(model).where(model.fleet_id.in_(ids)), execution_options={"synchronize_session": False})


def history(
    uow: UnitOfWork, fleet_id: str, event_type: str | None, start: datetime, after: int, limit: int
) -> list[FleetEvent]:
    """The events of a fleet since a time, in their order, from the row ``after`` on."""
    events = reading.table_of(FleetEvent).c
    conditions = [events.fleet_id == fleet_id, events.at >= start, events.row > after]
    if event_type is not None:
        conditions.append(events.event_type == event_type)
    return reading.where(uow, FleetEvent, *conditions, limit=limit)
