"""EC2 actions on regions, their zones, and what an account may use in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import account_attributes, errors, zones
from backend.db.models import Region, Zone
from backend.db.reading import table_of
from ec2api.call import Call
from ec2api.describe import Condition, Describe, constant, nothing
from ec2api.ec2.zone_filters import zone_id
from ec2api.registry import action

NOT_OPTED_IN, NOT_REQUIRED = "not-opted-in", "opt-in-not-required"


def show_region(region: Region) -> dict[str, Any]:
    return {
        "RegionName": region.name,
        "Endpoint": region.endpoint,
        "OptInStatus": region.opt_in_status,
        "Geography": [{"Name": region.geography}] if region.geography else None,
    }


def _usable(_call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    """Without AllRegions, only those that the account can use, and those it names."""
    if given.get("AllRegions") or given.get("RegionNames"):
        return []
    return [table_of(Region).c.opt_in_status != NOT_OPTED_IN]


Describe(
    "DescribeRegions",
    Region,
    view=show_region,
    names={"RegionNames": (Region.name, lambda names: errors.InvalidRegionNotFound(region=names))},
    extra={"AllRegions": lambda _call, _wanted: []},  # _usable reads it
    always=_usable,
    filters={
        "endpoint": Region.endpoint,
        "opt-in-status": Region.opt_in_status,
        "region-name": Region.name,
    },
)


def _show_zones(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    """Zone ids differ from account to account."""
    ids = zones.ids(call.settings, call.account, call.region)
    return [
        {
            "ZoneName": zone.name,
            "ZoneId": ids[zone.name],
            "RegionName": zone.region,
            "State": "available",
            "OptInStatus": NOT_REQUIRED,
            "Messages": [],
            "ZoneType": zone.zone_type,
            "GroupName": zone.group_name,
            "GroupLongName": zone.group_long_name,
            "NetworkBorderGroup": zone.network_border_group,
            "Geography": [{"Name": zone.geography}] if zone.geography else None,
        }
        for zone in found
    ]


def _with_names(call: Call, wanted: Sequence[str]) -> Sequence[Condition]:
    if unknown := [name for name in wanted if name not in zones.ids(call.settings, call.account, call.region)]:
        raise errors.InvalidZone(zone=", ".join(unknown))
    return [table_of(Zone).c.name.in_(wanted)]


def _with_ids(call: Call, wanted: Sequence[str]) -> Sequence[Condition]:
    names = {id: name for name, id in zones.ids(call.settings, call.account, call.region).items()}
    if unknown := [id for id in wanted if id not in names]:
        raise errors.InvalidZoneId(zone_id=", ".join(unknown))
    return [table_of(Zone).c.name.in_([names[id] for id in wanted])]


Describe(
    "DescribeAvailabilityZones",
    Zone,
    group=_show_zones,
    extra={
        "ZoneNames": _with_names,
        "ZoneIds": _with_ids,
        "AllAvailabilityZones": lambda _call, _wanted: [],  # this cloud has no zones to opt in to
    },
    always=lambda call, _given: [table_of(Zone).c.region == call.region],
    filters={
        "group-long-name": Zone.group_long_name,
        "group-name": Zone.group_name,
        "message": nothing,
        "opt-in-status": constant(NOT_REQUIRED),
        "parent-zone-id": nothing,
        "parent-zone-name": nothing,
        "region-name": Zone.region,
        "state": constant("available"),
        "zone-id": zone_id(Zone.name),
        "zone-name": Zone.name,
        "zone-type": Zone.zone_type,
    },
)


@action(reads=True, open_enums=("AccountAttributeName",))
def describe_account_attributes(call: Call, *, attribute_names: Sequence[str] | None = None) -> dict[str, Any]:
    found = account_attributes.of(call.uow, attribute_names or account_attributes.NAMES)
    return {
        "AccountAttributes": [
            {"AttributeName": name, "AttributeValues": [{"AttributeValue": value} for value in values]}
            for name, values in found.items()
        ]
    }
