"""Spot Fleet requests: the older face of fleets, with its own words for the same things.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from backend import clock, errors, fleet_launches, fleet_pools, fleets, spot_specifications, tags
from backend.config import Settings
from backend.db.models import FleetEvent, FleetInstance, SpotFleetRequest
from backend.db.unit_of_work import UnitOfWork
from backend.fleet_launches import Order
from backend.fleet_pools import Pool
from backend.transitions import GONE, reaching

LIVING = ("submitted", "active", "modifying")
POLICIES = {"noTermination": "no-termination", "default": "termination"}
STRATEGIES = {
    "lowestPrice": "lowest-price",
    "diversified": "diversified",
    "capacityOptimized": "capacity-optimized",
    "capacityOptimizedPrioritized": "capacity-optimized-prioritized",
    "priceCapacityOptimized": "price-capacity-optimized",
    "prioritized": "prioritized",
}
_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+")
_OF_FLEET = ("WeightedCapacity", "SpotPrice", "TagSpecifications", "InstanceRequirements")

Structure = Mapping[str, Any]


def create(uow: UnitOfWork, settings: Settings, config: Structure) -> SpotFleetRequest:
    """A new request, which the conductor fulfils. ``config``: EC2's SpotFleetRequestConfigData.

    Errors: InvalidSpotFleetRequestConfig, IdempotentParameterMismatch, and those of what it launches.
    """
    kept = fleet_launches.texts({name: value for name, value in config.items() if name != "TagSpecifications"})
    if token := config.get("ClientToken"):
        query = select(SpotFleetRequest).where(SpotFleetRequest.client_token == token)
        if found := uow.scalars(query).first():
            if found.options["Config"] != kept:
                raise errors.IdempotentParameterMismatch()
            return found
    _check(config)
    until, start = config.get("ValidUntil"), config.get("ValidFrom")
    fleets.check_replacement(
        config.get("ReplaceUnhealthyInstances", False),
        config.get("SpotMaintenanceStrategies"),
        "SpotFleetRequestConfig.SpotMaintenanceStrategies",
    )
    fleet = SpotFleetRequest(
        account=uow.account,
        region=uow.region,
        fleet_type=config.get("Type", "maintain"),
        state="submitted",
        activity_status="pending_fulfillment",
        excess_policy=POLICIES[config.get("ExcessCapacityTerminationPolicy", "default")],
        terminate_at_end=config.get("TerminateInstancesWithExpiration", False),
        replace_unhealthy=config.get("ReplaceUnhealthyInstances", False),
        valid_from=start.replace(tzinfo=None) if start else None,
        valid_until=until.replace(tzinfo=None) if until else None,
        client_token=config.get("ClientToken", ""),
        default_market="spot",
        unit=config.get("TargetCapacityUnitType", "units"),
        configs=kept.get("LaunchTemplateConfigs") or kept.get("LaunchSpecifications"),
        options={"Config": kept},
        faults=[],
    )
    _set_target(fleet, config["TargetCapacity"], config.get("OnDemandTargetCapacity", 0))
    pools_of(uow, settings, fleet)
    fleet.evaluate_at = fleet.valid_from or clock.now()
    uow.add(fleet)
    uow.flush()
    tags.attach(uow, fleet, _tags(config.get("TagSpecifications", ())))
    fleet_launches.note(uow, fleet, "fleet-change", "submitted")
    uow.moving = True
    return fleet


def _check(config: Structure) -> None:
    if bool(config.get("LaunchSpecifications")) == bool(config.get("LaunchTemplateConfigs")):
        raise errors.InvalidSpotFleetRequestConfig(
            reason="Specify either LaunchSpecifications or LaunchTemplateConfigs."
        )
    if not _ROLE.fullmatch(config.get("IamFleetRole", "")):
        raise errors.InvalidSpotFleetRequestConfig(
            reason="Parameter: SpotFleetRequestConfig.IamFleetRole is invalid: it must be the ARN of a role."
        )
    if config.get("Type") == "instant":
        raise errors.InvalidSpotFleetRequestConfig(reason="A Spot Fleet request is of type request or maintain.")
    if config.get("LoadBalancersConfig"):
        raise errors.UnsupportedParameter(name="SpotFleetRequestConfig.LoadBalancersConfig")
    if "InstancePoolsToUseCount" in config and config.get("AllocationStrategy", "lowestPrice") != "lowestPrice":
        raise errors.InvalidSpotFleetRequestConfig(
            reason="InstancePoolsToUseCount is supported only with the allocation strategy lowestPrice."
        )
    if (until := config.get("ValidUntil")) and until.replace(tzinfo=None) <= clock.now():
        raise errors.InvalidSpotFleetRequestConfig(reason="ValidUntil must be in the future.")


def _tags(specifications: Sequence[Structure]) -> dict[str, str]:
    found: dict[str, str] = {}
    for specification in specifications:
        if (kind := specification.get("ResourceType")) != SpotFleetRequest.KIND:
            raise errors.InvalidValue(reason=f"'{kind}' is not a valid taggable resource type for this operation.")
        found |= tags.checked(specification.get("Tags", ()))
    return found


def _set_target(fleet: SpotFleetRequest, total: int, on_demand: int) -> None:
    if not 0 <= on_demand <= total:
        raise errors.InvalidSpotFleetRequestConfig(
            reason="The On-Demand target capacity must not be more than the target capacity."
        )
    fleet.total, fleet.on_demand, fleet.spot = total, on_demand, total - on_demand


def pools_of(uow: UnitOfWork, settings: Settings, fleet: SpotFleetRequest) -> list[Pool]:
    if fleet.options["Config"].get("LaunchTemplateConfigs"):
        return fleet_pools.of_configs(uow, settings, fleet.configs, fleet.unit)
    price = fleet.options["Config"].get("SpotPrice")
    found: list[Pool] = []
    for specification in fleet.configs:
        launch = spot_specifications.launch_parameters(
            {name: value for name, value in specification.items() if name not in _OF_FLEET}
        )
        groups = launch.pop("SecurityGroups", ())
        if group_ids := [group["GroupId"] for group in groups if group.get("GroupId")]:
            launch["SecurityGroupIds"] = group_ids
        elif names := [group["GroupName"] for group in groups if group.get("GroupName")]:
            launch["SecurityGroups"] = names
        wanted_tags = {
            s["ResourceType"]: tags.checked(s.get("Tags", ())) for s in specification.get("TagSpecifications", ())
        }
        terms = {"SpotPrice": price, **specification} if price else specification
        required = specification.get("InstanceRequirements")
        for subnet_id in (launch.pop("SubnetId", None) or "").split(","):
            given = {**launch, "SubnetId": subnet_id.strip()} if subnet_id.strip() else launch
            found += fleet_pools.expanded(
                uow, settings, {"InstanceType": "m1.small", **given}, wanted_tags, {}, terms, required, fleet.unit
            )
    if not found:
        raise errors.InvalidSpotFleetRequestConfig(reason="No instance type has what the request requires.")
    return found


def orders(fleet: SpotFleetRequest) -> list[Order]:
    config = fleet.options["Config"]
    return [
        Order(
            market="on-demand",
            needed=fleet.on_demand,
            strategy=STRATEGIES[config.get("OnDemandAllocationStrategy", "lowestPrice")],
            budget=float(config.get("OnDemandMaxTotalPrice", "inf")),
        ),
        Order(
            market="spot",
            needed=fleet.spot,
            strategy=STRATEGIES[config.get("AllocationStrategy", "lowestPrice")],
            pools_to_use=config.get("InstancePoolsToUseCount", 1),
            budget=float(config.get("SpotMaxTotalPrice", "inf")),
        ),
    ]


def modify(
    uow: UnitOfWork,
    settings: Settings,
    id: str,
    *,
    target: int | None = None,
    on_demand: int | None = None,
    excess_policy: str | None = None,
    configs: Sequence[Structure] | None = None,
    context: str | None = None,
) -> None:
    """Change an active request of type maintain. IncorrectState, InvalidSpotFleetRequestConfig."""
    fleet = uow.require(SpotFleetRequest, id, for_update=True)
    if fleet.fleet_type != "maintain" or fleet.state not in LIVING:
        raise errors.IncorrectState(
            reason=f"The Spot Fleet request '{id}' of type {fleet.fleet_type} is in the state {fleet.state} and cannot "
            "be modified."
        )
    changes: dict[str, Any] = {}
    if configs is not None:
        changes["LaunchTemplateConfigs"] = fleet.configs = fleet_launches.texts(configs)
    if context is not None:
        changes["Context"] = context
    if excess_policy is not None:
        fleet.excess_policy = POLICIES[excess_policy]
        changes["ExcessCapacityTerminationPolicy"] = excess_policy
    if target is not None or on_demand is not None:
        wanted = fleet.total if target is None else target
        _set_target(fleet, wanted, fleet.on_demand if on_demand is None else on_demand)
        changes |= {"TargetCapacity": wanted, "OnDemandTargetCapacity": fleet.on_demand}
    fleet.options = {"Config": {**fleet.options["Config"], **changes}}
    pools_of(uow, settings, fleet)
    fleet.state, fleet.evaluate_at = "modifying", clock.now()
    fleet_launches.note(uow, fleet, "fleet-change", "modify_in_progress")
    uow.moving = True


def cancel(uow: UnitOfWork, id: str, *, with_instances: bool) -> tuple[str, str]:
    """Cancel a request: its state before, and now. InvalidSpotFleetRequestId.NotFound, IncorrectState."""
    fleet = uow.require(SpotFleetRequest, id, for_update=True)
    before = fleet.state
    if before not in LIVING:
        raise errors.IncorrectState(
            reason=f"The Spot Fleet request '{id}' is in the state {before} and cannot be cancelled."
        )
    finish(uow, fleet, with_instances=with_instances)
    return before, fleet.state


def finish(uow: UnitOfWork, fleet: SpotFleetRequest, *, with_instances: bool) -> None:
    left = fleet_launches.living(uow, fleet)
    if with_instances and left:
        fleet_launches.terminate(uow, fleet, left)
    fleet.state = "cancelled_terminating" if with_instances else "cancelled_running"
    fleet.activity_status = "pending_termination" if with_instances and left else fleet.activity_status
    fleet_launches.note(uow, fleet, "fleet-change", fleet.state)
    settle(uow, fleet)


def settle(uow: UnitOfWork, fleet: SpotFleetRequest) -> None:
    """The end of a cancelled request, if nothing of it runs."""
    fleet.evaluate_at = None
    if fleet_launches.all_ended(uow, fleet):
        fleet.state = fleet.next_state = "cancelled"
        fleet.next_at = clock.now()
        fleet_launches.note(uow, fleet, "fleet-change", "cancelled")
        uow.moving = True


def evaluate(uow: UnitOfWork, settings: Settings, fleet: SpotFleetRequest) -> None:
    """One look at a request that is due."""
    if fleet.state not in LIVING:
        return settle(uow, fleet)
    if fleet_launches.expired(fleet, clock.now()):
        fleet_launches.note(uow, fleet, "fleet-change", "expired")
        return finish(uow, fleet, with_instances=fleet.terminate_at_end)
    if fleet.state != "active":
        fleet_launches.note(uow, fleet, "fleet-change", "active" if fleet.state == "submitted" else "modify_succeeded")
        fleet.state = "active"
    return fleet_launches.reach(uow, settings, fleet, pools_of(uow, settings, fleet), orders(fleet))


@reaching(SpotFleetRequest, GONE)
def _forget(uow: UnitOfWork, gone: Sequence[SpotFleetRequest]) -> None:
    ids = [fleet.id for fleet in gone]
    for model in (FleetInstance, FleetEvent):
        uow.execute(delete(model).where(model.fleet_id.in_(ids)), execution_options={"synchronize_session": False})
