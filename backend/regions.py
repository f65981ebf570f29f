"""The regions of this cloud: those that its settings name, else all that AWS enables by default."""

from backend.catalogue import regions
from backend.catalogue.regions import Region
from backend.config import Settings


def of(settings: Settings) -> list[Region]:
    """The regions that accounts can use, each with as many zones as the settings say."""
    names = settings.regions or [region.name for region in regions.all() if not region.opt_in_required]
    return [regions.region(name, settings.zones) for name in sorted(set(names))]


def not_opted_in(settings: Settings) -> list[Region]:
    """The regions beside them, that accounts could enable; none where the settings name the regions."""
    return [] if settings.regions else [region for region in regions.all() if region.opt_in_required]
