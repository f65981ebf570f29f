"""The pools that a fleet may launch from: a type in a zone, with its price and weight, and which of them it takes.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-allocation-strategy.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend import (
    clock,
    errors,
    image_aliases,
    images,
    instance_requirements,
    launch_template_data,
    launch_templates,
    spot_instance_requests,
    spot_prices,
    zones,
)
from backend.catalogue import instance_types, offerings
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import Image, Subnet
from backend.db.unit_of_work import UnitOfWork
from backend.spot_placement_scores import units

MOST_TYPES = 40
"""The cheapest types that have what is required, each a pool in every zone."""
_OVERRIDING = ("BlockDeviceMappings", "IamInstanceProfile", "ImageId", "InstanceType", "KeyName", "MetadataOptions")
_PLACEMENT = ("AvailabilityZone", "AvailabilityZoneId")
DIVERSIFIED, LOWEST_PRICE, PRIORITIZED = "diversified", "lowest-price", "prioritized"


@dataclass(frozen=True)
class Pool:
    """``launch``: parameters of RunInstances. ``shown``: EC2's LaunchTemplateAndOverrides. Prices are for an hour."""

    instance_type: str
    zone: str
    weight: float
    priority: float
    spot_price: float
    on_demand_price: float
    max_price: str | None
    launch: Mapping[str, Any]
    tags: Mapping[str, Mapping[str, str]]
    shown: Mapping[str, Any]
    platform: str | None
    for_spot: bool

    def price(self, market: str) -> float:
        return self.spot_price if market == "spot" else self.on_demand_price


def of_configs(uow: UnitOfWork, settings: Settings, configs: Sequence[Mapping[str, Any]], unit: str) -> list[Pool]:
    """The pools of LaunchTemplateConfigs; errors for templates, images, subnets and types that there are not."""
    found: list[Pool] = []
    for config in configs:
        specification = config.get("LaunchTemplateSpecification") or {}
        if not specification.get("LaunchTemplateId") and not specification.get("LaunchTemplateName"):
            raise errors.MissingParameter(name="LaunchTemplateConfigs.LaunchTemplateSpecification.LaunchTemplateId")
        for override in config.get("Overrides") or [{}]:
            found += _of_override(uow, settings, specification, override, unit)
    if not found:
        raise errors.InvalidFleetConfig(reason="No instance type has what the fleet requires.")
    return found


def _of_override(
    uow: UnitOfWork, settings: Settings, specification: Mapping[str, Any], override: Mapping[str, Any], unit: str
) -> Iterator[Pool]:
    given = {name: override[name] for name in _OVERRIDING if name in override}
    if placed := {**override.get("Placement", {}), **{n: override[n] for n in _PLACEMENT if n in override}}:
        given["Placement"] = placed
    if user_data := specification.get("LaunchTemplateSpecificationUserData"):
        given["UserData"] = user_data
    template = launch_templates.look_up(
        uow, specification.get("LaunchTemplateId"), specification.get("LaunchTemplateName")
    )
    version = launch_templates.version(uow, template, specification.get("Version") or launch_templates.DEFAULT)
    required = override.get("InstanceRequirements")
    if required is None and "InstanceType" not in given:
        required = version.data.get("InstanceRequirements")
    spec = {"LaunchTemplateId": template.id, "Version": str(version.number)}
    for subnet_id in (override.get("SubnetId") or "").split(","):
        launch, tags = launch_template_data.fill_in(uow, spec, {"InstanceType": "m1.small", **given}, {})
        if "InstanceType" not in given:
            launch["InstanceType"] = version.data.get("InstanceType", "m1.small")
        _set_subnet(launch, subnet_id.strip())
        shown = {"LaunchTemplateSpecification": spec, "Overrides": dict(override)}
        yield from expanded(uow, settings, launch, tags, shown, override, required, unit)


def _set_subnet(launch: dict[str, Any], subnet_id: str) -> None:
    if not subnet_id:
        return
    if nics := launch.get("NetworkInterfaces"):
        launch["NetworkInterfaces"] = [{**nics[0], "SubnetId": subnet_id}, *nics[1:]]
    else:
        launch["SubnetId"] = subnet_id


def expanded(
    uow: UnitOfWork,
    settings: Settings,
    launch: Mapping[str, Any],
    tags: Mapping[str, Mapping[str, str]],
    shown: Mapping[str, Any],
    terms: Mapping[str, Any],
    required: Mapping[str, Any] | None,
    unit: str,
) -> Iterator[Pool]:
    """A pool for each type and zone that a launch may be in. ``terms``: weight, priority and price of an override."""
    if not launch.get("ImageId"):
        raise errors.MissingParameter(name="ImageId")
    image = images.launchable(uow, image_aliases.resolved(uow.region, launch["ImageId"]))
    ids = zones.ids(settings, uow.account, uow.region)
    for facts in _types(uow, image, launch, required):
        for zone in _zones(uow, settings, launch):
            if not offerings.offered(facts.name, ids[zone]):
                continue
            product = spot_instance_requests.product_of(image)
            placement = {n: v for n, v in launch.get("Placement", {}).items() if n != "AvailabilityZoneId"}
            yield Pool(
                instance_type=facts.name,
                zone=zone,
                weight=terms.get("WeightedCapacity") or units(facts, unit),
                priority=terms.get("Priority", float("inf")),
                spot_price=spot_prices.spot(facts, product, ids[zone], clock.now()),
                on_demand_price=spot_prices.on_demand(facts, product),
                max_price=terms.get("MaxPrice") or terms.get("SpotPrice"),
                launch={**launch, "InstanceType": facts.name, "Placement": {**placement, "AvailabilityZone": zone}},
                tags=tags,
                shown={**shown, "Overrides": {**shown.get("Overrides", {}), "InstanceType": facts.name,
                                              "AvailabilityZone": zone}},
                platform=image.platform,
                for_spot="spot" in facts.usage_classes,
            )  # fmt: skip


def _types(
    uow: UnitOfWork, image: Image, launch: Mapping[str, Any], required: Mapping[str, Any] | None
) -> list[TypeFacts]:
    names = [launch["InstanceType"]]
    if required is not None:
        names = instance_requirements.matching(
            required,
            architectures=[image.architecture],
            virtualization_types=[image.virtualization_type],
            region=uow.region,
        )
    found = []
    for name in names:
        facts = instance_types.find(name)
        if facts is None:
            raise errors.InvalidInstanceType(type=name)
        found.append(facts)
    return sorted(found, key=spot_prices.on_demand)[:MOST_TYPES]


def _zones(uow: UnitOfWork, settings: Settings, launch: Mapping[str, Any]) -> list[str]:
    nics = launch.get("NetworkInterfaces") or [{}]
    if subnet_id := launch.get("SubnetId") or nics[0].get("SubnetId"):
        return [uow.look_up(Subnet, subnet_id).zone]
    placement = launch.get("Placement", {})
    name = placement.get("AvailabilityZone") or None
    named = zones.find(settings, uow.account, uow.region, name, placement.get("AvailabilityZoneId"))
    defaults = reading.where(uow, Subnet, reading.table_of(Subnet).c.default_for_az.is_(True))
    return [named] if named else [subnet.zone for subnet in defaults]


def ordered(pools: Sequence[Pool], strategy: str, market: str) -> list[Pool]:
    """The pools in the order in which a strategy prefers them. Room is the same everywhere as far as is known, so of
    the strategies that go by capacity the price decides, or the priorities."""
    fitting = [pool for pool in pools if pool.for_spot or market != "spot"]
    if strategy.endswith(PRIORITIZED):
        return sorted(fitting, key=lambda pool: (pool.priority, pool.price(market) / pool.weight))
    return sorted(fitting, key=lambda pool: pool.price(market) / pool.weight)


def allocate(pools: Sequence[Pool], needed: float, strategy: str, pools_to_use: int = 1) -> list[tuple[Pool, int]]:
    """How many instances each pool gives, so that together they weigh at least what is needed: evenly by weight over
    all pools (``diversified``), over the first ``pools_to_use`` (``lowest-price``) or from the first alone."""
    among = {DIVERSIFIED: len(pools), LOWEST_PRICE: pools_to_use}.get(strategy, 1)
    chosen = list(pools[:among])
    counts = [0] * len(chosen)
    while chosen and needed > sum(pool.weight * count for pool, count in zip(chosen, counts, strict=True)):
        least = min(range(len(chosen)), key=lambda at: counts[at] * chosen[at].weight)
        counts[least] += 1
    return [(pool, count) for pool, count in zip(chosen, counts, strict=True) if count]
