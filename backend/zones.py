"""The Availability Zones of a region in this cloud: as many of the catalogue's as the settings say."""

from backend import errors
from backend.catalogue import regions
from backend.catalogue.regions import Zone
from backend.config import Settings


def of(settings: Settings, region: str) -> list[Zone]:
    """The zones of a region, by name."""
    return list(regions.region(region, settings.zones).zones)


def ids(settings: Settings, account: str, region: str) -> dict[str, str]:
    """Zone name -> zone id, as this account sees them; in the order of names."""
    return regions.zone_ids(account, region, settings.zones)


def find(
    settings: Settings, account: str, region: str, name: str | None = None, zone_id: str | None = None
) -> str | None:
    """The name of the zone that a caller named either way; None where neither is given.

    Errors: InvalidParameterCombination; InvalidZone where the region has none such.
    """
    known = ids(settings, account, region)
    if name is not None and zone_id is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameters availabilityZone and availabilityZoneId cannot be used together"
        )
    if zone_id is not None:
        name = next((found for found, its_id in known.items() if its_id == zone_id), "")
    if name is not None and name not in known:
        raise errors.InvalidZone(zone=name or zone_id)
    return name
