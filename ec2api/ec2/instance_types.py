"""EC2 actions on instance types, and on where they are offered."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, select

from backend import errors, zones
from backend.catalogue import instance_types
from backend.db.matching import matches
from backend.db.models import InstanceType, InstanceTypeAttribute, InstanceTypeOffering
from backend.db.reading import table_of
from ec2api.call import Call
from ec2api.describe import Condition, Describe, Filter, InCall

REGION, ZONE, ZONE_ID = "region", "availability-zone", "availability-zone-id"

_offering = table_of(InstanceTypeOffering).c


def _attribute(name: str) -> Filter:
    """A filter by the values that a type has for one of AWS's filter names."""
    attribute, types = table_of(InstanceTypeAttribute).c, table_of(InstanceType).c

    def condition(values: Sequence[str]) -> Condition:
        chosen = select(attribute.instance_type).where(attribute.name == name, matches(attribute.value, values))
        return types.name.in_(chosen)

    return condition


def _offered(call: Call) -> Select[tuple[str]]:
    """The types that this region offers."""
    return select(_offering.instance_type).where(_offering.region == call.region, _offering.location_type == REGION)


def _supported(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    if given.get("IncludeUnsupportedInRegion"):
        return []
    return [table_of(InstanceType).c.name.in_(_offered(call))]


def _show_types(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    documents = instance_types.documents()
    names = [kind.name for kind in found]
    offered = set(names)
    if call.parameters.get("IncludeUnsupportedInRegion"):
        offered &= set(call.uow.for_reading().execute(_offered(call)).scalars())
    return [documents[name] | {"SupportedInRegion": name in offered} for name in names]


Describe(
    "DescribeInstanceTypes",
    InstanceType,
    group=_show_types,
    names={
        "InstanceTypes": (
            InstanceType.name,
            lambda names: errors.InvalidInstanceTypeUnknown(types=names),
        )
    },
    extra={"IncludeUnsupportedInRegion": lambda _call, _wanted: []},  # _supported reads it
    always=_supported,
    filters={name: _attribute(name) for name in instance_types.FILTERS},
    limits=(5, 100),
    page=100,
    open_enums=("InstanceType",),
)


def _zone_name(call: Call) -> ColumnElement[str]:
    """The name that the account has for the zone whose id an offering is for."""
    ids = zones.ids(call.settings, call.account, call.region)
    return case({id: name for name, id in ids.items()}, value=_offering.location)


def _of_type(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    kind = given.get("LocationType", REGION)
    stored = ZONE_ID if kind == ZONE else kind
    return [_offering.region == call.region, _offering.location_type == stored]


def _at_location(call: Call, values: Sequence[str]) -> Condition:
    if call.parameters.get("LocationType") == ZONE:
        return matches(_zone_name(call), values)
    return matches(_offering.location, values)


def _show_offerings(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    kind = call.parameters.get("LocationType", REGION)
    names: dict[str, str] = {}
    if kind == ZONE:
        names = {id: name for name, id in zones.ids(call.settings, call.account, call.region).items()}
    return [
        {
            "InstanceType": offering.instance_type,
            "LocationType": kind,
            "Location": names.get(offering.location, offering.location),
        }
        for offering in found
    ]


Describe(
    "DescribeInstanceTypeOfferings",
    InstanceTypeOffering,
    group=_show_offerings,
    extra={"LocationType": lambda _call, _wanted: []},  # _of_type reads it
    always=_of_type,
    filters={"instance-type": _offering.instance_type, "location": InCall(_at_location)},
)
