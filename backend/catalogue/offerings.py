"""Which instance type is offered in which zone, as DescribeInstanceTypeOfferings and RunInstances tell."""

import json
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

from backend.catalogue import instance_types, regions


@cache
def exceptions() -> dict[str, list[str]]:
    """The zone ids that offer only some types, with the patterns of those types."""
    text = resources.files(__package__).joinpath("instance_type_offerings.json").read_text("utf-8")
    return {exception["zone_id"]: exception["only"] for exception in json.loads(text)["exceptions"]}


@cache
def in_zone(zone_id: str) -> frozenset[str]:
    """The types offered in a zone, given by its id ("use1-az3"), which is the same for all accounts."""
    if zone_id not in exceptions():
        return _everything()
    patterns = exceptions()[zone_id]
    return frozenset(name for name in _everything() if any(fnmatchcase(name, pattern) for pattern in patterns))


@cache
def _everything() -> frozenset[str]:
    return frozenset(instance_types.documents())


@cache
def in_region(region: str) -> frozenset[str]:
    """The types offered in at least one zone of a region; in one that the catalogue does not know, all."""
    known = regions.find(region)
    return frozenset().union(*(in_zone(zone.zone_id) for zone in known.zones)) if known else _everything()


def offered(name: str, zone_id: str) -> bool:
    """Whether the zone with this id offers the type."""
    return name in in_zone(zone_id)
