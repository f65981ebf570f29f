"""How likely it is that there is room for so many spot instances: told by what the hosts have free now.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSpotPlacementScores.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from backend import errors, instance_requirements, zones
from backend.catalogue import instance_types, offerings
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db import reading
from backend.db.models import Host, Region
from backend.db.unit_of_work import UnitOfWork
from backend.scheduler import place

MOST = 10
"""Regions or zones that are told."""
FEW_TYPES, LOW = 3, 3
"""With fewer types than that the score is low, as AWS's is."""

_hosts = reading.table_of(Host).c


@dataclass(frozen=True)
class Score:
    region: str
    zone_id: str | None
    score: int


def scores(
    uow: UnitOfWork,
    settings: Settings,
    *,
    capacity: int,
    unit: str = "units",
    types: Sequence[str] | None = None,
    requirements: Mapping[str, Any] | None = None,
    regions: Sequence[str] | None = None,
    by_zone: bool = False,
) -> list[Score]:
    """The best regions, or zones, from 10 down to 1: a tenth of the score for each tenth of the capacity that fits.

    Errors: InvalidParameterCombination, MissingParameter, InvalidInstanceType, InvalidParameterValue.
    """
    if not 1 <= capacity <= 2_000_000_000:
        raise errors.InvalidParameterValue(value=capacity, name="TargetCapacity", reason="Use a positive number.")
    if types and requirements:
        raise errors.InvalidParameterCombination(
            reason="InstanceTypes and InstanceRequirementsWithMetadata cannot be specified together."
        )
    if not types and not requirements:
        raise errors.MissingParameter(name="InstanceTypes")
    found: list[Score] = []
    for region in _regions(uow, regions):
        facts = _facts(types, requirements, region)
        fitting = _fitting(uow, settings, region, facts, unit)
        ids = zones.ids(settings, uow.account, region)
        if by_zone:
            found += [Score(region, id, _score(fitting.get(name, 0), capacity, facts)) for name, id in ids.items()]
        else:
            found.append(Score(region, None, _score(sum(fitting.values()), capacity, facts)))
    return sorted(found, key=lambda score: -score.score)[:MOST]


def _regions(uow: UnitOfWork, wanted: Sequence[str] | None) -> list[str]:
    regions = reading.table_of(Region).c
    enabled = select(regions.name).where(regions.opt_in_status != "not-opted-in")
    known = list(uow.for_reading().scalars(enabled))
    for name in wanted or ():
        if name not in known:
            raise errors.InvalidParameterValue(value=name, name="RegionName", reason="There is no such Region.")
    return [name for name in known if not wanted or name in wanted]


def _facts(types: Sequence[str] | None, requirements: Mapping[str, Any] | None, region: str) -> list[TypeFacts]:
    names = types or instance_requirements.matching(
        (requirements or {}).get("InstanceRequirements") or {},
        architectures=(requirements or {}).get("ArchitectureTypes") or ("x86_64", "arm64"),
        virtualization_types=(requirements or {}).get("VirtualizationTypes") or ("hvm",),
        region=region,
    )
    found = []
    for name in names:
        facts = instance_types.find(name)
        if facts is None:
            raise errors.InvalidInstanceType(type=name)
        found.append(facts)
    return [facts for facts in found if "spot" in facts.usage_classes and facts.name in offerings.in_region(region)]


def _fitting(
    uow: UnitOfWork, settings: Settings, region: str, facts: Sequence[TypeFacts], unit: str
) -> dict[str, float]:
    """What fits into each zone at most, in the unit of the capacity, if all is used for the type that fits best."""
    alive = _hosts.heard_at >= place.alive_since(uow, settings.host_timeout_seconds)
    query = select(_hosts.zone, _hosts.architectures, _hosts.free_vcpus, _hosts.free_memory_mib)
    found: dict[str, dict[str, float]] = {}
    for host in uow.for_reading().execute(query.where(_hosts.region == region, alive)):
        for kind in facts:
            if not any(f" {name} " in host.architectures for name in kind.architectures):
                continue
            count = min(host.free_vcpus // kind.vcpus, host.free_memory_mib // kind.memory_mib)
            of_zone = found.setdefault(host.zone, {})
            of_zone[kind.name] = of_zone.get(kind.name, 0) + count * units(kind, unit)
    return {zone: max(of_zone.values()) for zone, of_zone in found.items()}


def units(facts: TypeFacts, unit: str) -> float:
    """What one instance of a type counts for."""
    return {"vcpu": facts.vcpus, "memory-mib": facts.memory_mib}.get(unit, 1)


def _score(fitting: float, capacity: int, facts: Sequence[TypeFacts]) -> int:
    score = max(1, min(10, int(10 * fitting / capacity)))
    return min(score, LOW) if len(facts) < FEW_TYPES else score
