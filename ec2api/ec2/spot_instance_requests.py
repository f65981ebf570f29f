"""EC2 actions on spot instance requests.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SpotInstanceRequest.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend import spot_instance_requests, spot_specifications, zones
from backend.db.matching import matches
from backend.db.models import SpotInstanceRequest, SpotRequestFact
from backend.db.reading import table_of
from backend.spot_instance_requests import Terms
from ec2api.call import Call
from ec2api.describe import Condition, Describe, Filter, show_tags, through
from ec2api.ec2.zone_filters import zone_id
from ec2api.registry import action


def show(request: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    """A record as EC2's SpotInstanceRequest. ``zone_ids``: by name."""
    shown: dict[str, Any] = {
        "SpotInstanceRequestId": request.id,
        "SpotPrice": request.price,
        "Type": request.request_type,
        "State": request.state,
        "Status": {
            "Code": request.status_code,
            "Message": request.status_message,
            "UpdateTime": request.status_at,
        },
        "CreateTime": request.created,
        "ValidFrom": request.valid_from,
        "ValidUntil": request.valid_until,
        "LaunchGroup": request.launch_group,
        "AvailabilityZoneGroup": request.zone_group,
        "LaunchSpecification": request.specification,
        "InstanceId": request.instance_id,
        "LaunchedAvailabilityZone": request.launched_zone,
        "LaunchedAvailabilityZoneId": zone_ids.get(request.launched_zone or ""),
        "ProductDescription": request.product,
        "InstanceInterruptionBehavior": request.interruption_behavior,
        "Tags": show_tags(request),
    }
    if request.fault_code:
        shown["Fault"] = {"Code": request.fault_code, "Message": request.fault_message}
    return shown


def _page(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [show(request, zone_ids) for request in found]


@action(tags=("spot-instances-request",))
def request_spot_instances(
    call: Call,
    *,
    launch_specification: Mapping[str, Any] | None = None,
    instance_interruption_behavior: str = "terminate",
    spot_price: str | None = None,
    instance_count: int = 1,
    type: str = "one-time",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    launch_group: str | None = None,
    availability_zone_group: str | None = None,
    block_duration_minutes: int | None = None,
) -> dict[str, Any]:
    if block_duration_minutes is not None:
        raise spot_instance_requests.no_block_duration()
    terms = Terms(
        request_type=type,
        price=spot_price,
        interruption_behavior=instance_interruption_behavior,
        valid_from=valid_from.replace(tzinfo=None) if valid_from else None,
        valid_until=valid_until.replace(tzinfo=None) if valid_until else None,
        launch_group=launch_group,
        zone_group=availability_zone_group,
        tags=call.tags(SpotInstanceRequest),
    )
    added = spot_instance_requests.create(call.uow, call.settings, launch_specification or {}, terms, instance_count)
    found = call.uow.look_up_all(SpotInstanceRequest, [one.id for one in added], load=(SpotInstanceRequest.tags,))
    return {"SpotInstanceRequests": _page(call, found)}


@action
def cancel_spot_instance_requests(call: Call, *, spot_instance_request_ids: list[str]) -> dict[str, Any]:
    cancelled = spot_instance_requests.cancel(call.uow, spot_instance_request_ids)
    return {
        "CancelledSpotInstanceRequests": [
            {"SpotInstanceRequestId": request.id, "State": request.state} for request in cancelled
        ]
    }


_fact = table_of(SpotRequestFact).c


def _fact_named(name: str) -> Filter:
    """A filter on what the launch specification says."""

    def condition(values: Sequence[str]) -> Condition:
        return (_fact.name == name) & matches(_fact.value, values)

    return through(SpotInstanceRequest.facts, condition)


Describe(
    "DescribeSpotInstanceRequests",
    SpotInstanceRequest,
    group=_page,
    ids="SpotInstanceRequestIds",
    filters={
        "availability-zone-group": SpotInstanceRequest.zone_group,
        "create-time": SpotInstanceRequest.created,
        "fault-code": SpotInstanceRequest.fault_code,
        "fault-message": SpotInstanceRequest.fault_message,
        "instance-id": SpotInstanceRequest.instance_id,
        "launch-group": SpotInstanceRequest.launch_group,
        "launched-availability-zone": SpotInstanceRequest.launched_zone,
        "launched-availability-zone-id": zone_id(SpotInstanceRequest.launched_zone),
        "product-description": SpotInstanceRequest.product,
        "spot-instance-request-id": SpotInstanceRequest.id,
        "spot-price": SpotInstanceRequest.price,
        "state": SpotInstanceRequest.state,
        "status-code": SpotInstanceRequest.status_code,
        "status-message": SpotInstanceRequest.status_message,
        "type": SpotInstanceRequest.request_type,
        "valid-from": SpotInstanceRequest.valid_from,
        "valid-until": SpotInstanceRequest.valid_until,
        **{name: _fact_named(name) for name in spot_specifications.FILTERS},
    },
)
