"""EC2 actions that ask for what this cloud does not sell, or AWS no longer does: an account has none of it.

Nothing can make any, as the actions that would are refused; so an empty answer is the whole truth, and every id is one
that does not exist.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors
from ec2api.call import Call
from ec2api.protocol import model
from ec2api.registry import Action, register

TAGS = ("tag", "tag-key")


class Absent:
    """Registers the Describe action of what there is none of.

    ids: parameters that name some, with the code of the error for ids that do not exist. also: further parameters,
    which choose among none.
    """

    def __init__(
        self,
        name: str,
        answers: str,
        *,
        ids: Mapping[str, str] | None = None,
        filters: Sequence[str] = (),
        also: Sequence[str] = (),
    ) -> None:
        self.answers, self.ids = answers, dict(ids or {})
        self.filters = {filter: None for filter in filters if filter not in TAGS}
        self.tagged = "tag-key" in filters
        operation = model.service("ec2").operation_model(name)
        members = operation.input_shape.members
        self.filtered_by = "Filter" if "Filter" in members else "Filters"
        known = [n for n in (*self.ids, *also, self.filtered_by, "MaxResults", "NextToken") if n in members]
        parameters = {name: name for name in known}
        register(Action("ec2", operation, self, parameters, writes=False, taggable=frozenset()))

    def __call__(self, _call: Call, **given: Any) -> dict[str, Any]:
        for number, wanted in enumerate(given.get(self.filtered_by) or (), 1):
            name = wanted.get("Name")
            if not name:
                raise errors.MissingParameter(name=f"Filter.{number}.Name")
            if name not in self.filters and not (self.tagged and (name == "tag-key" or name.startswith("tag:"))):
                raise errors.InvalidFilter(name=name)
        for parameter, code in self.ids.items():
            if wanted := given.get(parameter):
                noun = parameter.removesuffix("s").removesuffix("Id")
                raise errors.NotFound(code=code, noun=noun, ids=[wanted] if isinstance(wanted, str) else sorted(wanted))
        if token := given.get("NextToken"):
            raise errors.InvalidNextToken(token=token)
        return {self.answers: []}


_OF_RESERVED = ("availability-zone", "availability-zone-id", "duration", "fixed-price", "instance-type", "scope")
_RESERVED = "InvalidReservedInstancesId"

Absent(
    "DescribeReservedInstances",
    "ReservedInstances",
    ids={"ReservedInstancesIds": _RESERVED},
    filters=(
        *_OF_RESERVED,
        "end",
        "product-description",
        "reserved-instances-id",
        "start",
        "state",
        "usage-price",
        *TAGS,
    ),
    also=("OfferingClass", "OfferingType"),
)
Absent(
    "DescribeReservedInstancesOfferings",
    "ReservedInstancesOfferings",
    ids={"ReservedInstancesOfferingIds": "InvalidReservedInstancesOfferingId"},
    filters=(*_OF_RESERVED, "marketplace", "product-description", "reserved-instances-offering-id", "usage-price"),
    also=(
        *("AvailabilityZone", "AvailabilityZoneId", "IncludeMarketplace", "InstanceType", "InstanceTenancy"),
        *("MaxDuration", "MaxInstanceCount", "MinDuration", "OfferingClass", "OfferingType", "ProductDescription"),
    ),
)
Absent(
    "DescribeReservedInstancesListings",
    "ReservedInstancesListings",
    ids={"ReservedInstancesId": _RESERVED, "ReservedInstancesListingId": "InvalidReservedInstancesListingId"},
    filters=("reserved-instances-id", "reserved-instances-listing-id", "status", "status-message"),
)
_RESULT = "modification-result."
Absent(
    "DescribeReservedInstancesModifications",
    "ReservedInstancesModifications",
    ids={"ReservedInstancesModificationIds": "InvalidReservedInstancesModificationId"},
    filters=(
        *("client-token", "create-date", "effective-date", f"{_RESULT}reserved-instances-id", "reserved-instances-id"),
        *(
            f"{_RESULT}target-configuration.{name}"
            for name in ("availability-zone", "availability-zone-id", "instance-count", "instance-type")
        ),
        *("reserved-instances-modification-id", "status", "status-message", "update-date"),
    ),
)
Absent(
    "DescribeHostReservations",
    "HostReservationSet",
    ids={"HostReservationIdSet": "InvalidHostReservationId.NotFound"},
    filters=("instance-family", "payment-option", "state", *TAGS),
)
Absent(
    "DescribeHostReservationOfferings",
    "OfferingSet",
    ids={"OfferingId": "InvalidHostReservationOfferingId.NotFound"},
    filters=("instance-family", "payment-option"),
    also=("MinDuration", "MaxDuration"),
)
Absent(
    "DescribeScheduledInstances",
    "ScheduledInstanceSet",
    ids={"ScheduledInstanceIds": "InvalidScheduledInstance"},
    filters=("availability-zone", "instance-type", "platform"),
    also=("SlotStartTimeRange",),
)
Absent(
    "DescribeElasticGpus",
    "ElasticGpuSet",
    ids={"ElasticGpuIds": "InvalidElasticGpuID.NotFound"},
    filters=("availability-zone", "elastic-gpu-health", "elastic-gpu-state", "elastic-gpu-type", "instance-id"),
)
Absent(
    "DescribeClassicLinkInstances",
    "Instances",
    ids={"InstanceIds": "InvalidInstanceID.NotLinkable"},
    filters=("group-id", "instance-id", "vpc-id", *TAGS),
)
Absent(
    "DescribeTrafficMirrorSessions",
    "TrafficMirrorSessions",
    ids={"TrafficMirrorSessionIds": "InvalidTrafficMirrorSessionId.NotFound"},
    filters=(
        *("description", "network-interface-id", "owner-id", "packet-length", "session-number", *TAGS),
        *("traffic-mirror-filter-id", "traffic-mirror-session-id", "traffic-mirror-target-id", "virtual-network-id"),
    ),
)
