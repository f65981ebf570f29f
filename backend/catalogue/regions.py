"""Regions and their Availability Zones, as DescribeRegions and DescribeAvailabilityZones show them."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from itertools import chain, count, islice
from string import ascii_lowercase

IDENTITY_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Zone:
    """One Availability Zone: its name, and its id in the account 000000000000."""

    name: str
    zone_id: str
    region: str
    long_name: str
    zone_type: str = "availability-zone"

    @property
    def group_name(self) -> str:
        """The zone group. AWS puts all Availability Zones of a region into its first."""
        return f"{self.region}-zg-1"

    @property
    def group_long_name(self) -> str:
        """The zone group's name for people: "US East (N. Virginia) 1"."""
        return f"{self.long_name} 1"

    @property
    def network_border_group(self) -> str:
        """Where the zone's public addresses are announced from: the region, for Availability Zones."""
        return self.region


@dataclass(frozen=True)
class Region:
    """One region with its zones in the order of their names.

    `geography` is None for a region that is not AWS's; `fixed_zone_ids` have the same name in every account.
    """

    name: str
    long_name: str
    geography: str | None
    opt_in_required: bool
    zones: tuple[Zone, ...]
    fixed_zone_ids: frozenset[str] = frozenset()

    @property
    def endpoint(self) -> str:
        """The host name of EC2 in this region."""
        return f"ec2.{self.name}.amazonaws.com"

    @property
    def opt_in_status(self) -> str:
        """What DescribeRegions shows to an account that has enabled no region by itself."""
        return "not-opted-in" if self.opt_in_required else "opt-in-not-required"

    def zone_ids(self, account: str) -> dict[str, str]:
        """Zone name -> zone id for one account: AWS spreads its customers by naming zones differently.

        The account 000000000000 sees them as the catalogue lists them, any other a permutation of its own.
        """
        listed = {zone.name: zone.zone_id for zone in self.zones}
        if account == IDENTITY_ACCOUNT:
            return listed
        free = [name for name, zone_id in listed.items() if zone_id not in self.fixed_zone_ids]
        shuffled = sorted(
            (listed[name] for name in free),
            key=lambda zone_id: hashlib.sha256(f"{account}/{zone_id}".encode()).digest(),
        )
        return listed | dict(zip(free, shuffled, strict=True))

    def with_zones(self, number: int) -> "Region":
        """This region with another number of zones: its first ones, then more with new letters and ids."""
        first, last = self.zones[0], self.zones[-1]
        prefix, _, _ = first.zone_id.rpartition("-")
        letters = ascii_lowercase[ascii_lowercase.index(last.name[-1]) + 1 :]
        free = count(1 + max(int(zone.zone_id.rpartition("az")[2]) for zone in self.zones))
        more = (
            replace(first, name=self.name + letter, zone_id=f"{prefix}-az{id_number}")
            for letter, id_number in zip(letters, free, strict=False)
        )
        return replace(self, zones=tuple(islice(chain(self.zones, more), number)))


@cache
def _catalogue() -> dict[str, Region]:
    content = json.loads(resources.files(__package__).joinpath("regions.json").read_text("utf-8"))
    return {
        entry["name"]: Region(
            name=entry["name"],
            long_name=entry["long_name"],
            geography=entry["geography"],
            opt_in_required=entry["opt_in_required"],
            zones=tuple(
                Zone(entry["name"] + letter, zone_id, entry["name"], entry["long_name"])
                for letter, zone_id in entry["zones"].items()
            ),
            fixed_zone_ids=frozenset(entry.get("fixed_zones", ())),
        )
        for entry in content["regions"]
    }


def all() -> tuple[Region, ...]:
    """AWS's commercial regions, by name."""
    return tuple(_catalogue().values())


def find(name: str) -> Region | None:
    """One of AWS's regions, None if it has none of this name."""
    return _catalogue().get(name)


@cache
def region(name: str, zones: int = 0) -> Region:
    """The region of a cloud: AWS's if it is one of those, else one made up under this name.

    `zones` is how many zones it has; 0: as many as AWS, and three where AWS has no such region.
    """
    known = find(name)
    if known is None:
        known = Region(name, name, None, False, (Zone(f"{name}a", f"{name}-az1", name, name),)).with_zones(3)
    return known.with_zones(zones) if zones else known


def region_of(zone: str) -> str:
    """The region that a zone's name belongs to: "us-east-1" of "us-east-1a"."""
    return zone[:-1]


@lru_cache(maxsize=4096)
def zone_ids(account: str, region_name: str, zones: int = 0) -> dict[str, str]:
    """Zone name -> zone id as `account` sees it, in the order of names; shared, not to be changed."""
    return region(region_name, zones).zone_ids(account)


def zone_id_for(account: str, zone: str) -> str:
    """The id of the zone that `account` calls `zone`. Raises KeyError if the region has no such zone."""
    return zone_ids(account, region_of(zone))[zone]


def zone_name_for(account: str, zone_id: str, region_name: str) -> str:
    """What `account` calls the zone with this id. Raises KeyError if the region has no zone with it."""
    for name, known in zone_ids(account, region_name).items():
        if known == zone_id:
            return name
    raise KeyError(zone_id)
