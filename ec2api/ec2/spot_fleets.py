"""EC2 actions on Spot Fleet requests.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SpotFleetRequestConfig.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend import clock, errors, spot_fleets
from backend.db import reading
from backend.db.models import FleetInstance, SpotFleetRequest
from ec2api.call import Call
from ec2api.describe import Condition, Describe, show_tags
from ec2api.ec2.fleets import MOST, history_page, show_instance
from ec2api.registry import action


def show(fleet: Any) -> dict[str, Any]:
    """A record with its instances."""
    counted = [one for one in fleet.instances if one.living or fleet.fleet_type != "maintain"]
    config = {
        "AllocationStrategy": "lowestPrice",
        "ExcessCapacityTerminationPolicy": "default",
        "Type": fleet.fleet_type,
        **fleet.options["Config"],
        "ValidFrom": fleet.valid_from,
        "ValidUntil": fleet.valid_until,
        "FulfilledCapacity": sum(one.weight for one in counted),
        "OnDemandFulfilledCapacity": sum(one.weight for one in counted if one.market == "on-demand"),
    }
    return {
        "SpotFleetRequestId": fleet.id,
        "SpotFleetRequestState": fleet.state,
        "ActivityStatus": fleet.activity_status,
        "CreateTime": fleet.created,
        "SpotFleetRequestConfig": config,
        "Tags": show_tags(fleet),
    }


@action
def request_spot_fleet(call: Call, *, spot_fleet_request_config: Mapping[str, Any]) -> dict[str, Any]:
    return {"SpotFleetRequestId": spot_fleets.create(call.uow, call.settings, spot_fleet_request_config).id}


@action
def modify_spot_fleet_request(
    call: Call,
    *,
    spot_fleet_request_id: str,
    target_capacity: int | None = None,
    on_demand_target_capacity: int | None = None,
    excess_capacity_termination_policy: str | None = None,
    launch_template_configs: Sequence[Mapping[str, Any]] | None = None,
    context: str | None = None,
) -> dict[str, Any]:
    spot_fleets.modify(
        call.uow,
        call.settings,
        spot_fleet_request_id,
        target=target_capacity,
        on_demand=on_demand_target_capacity,
        excess_policy=excess_capacity_termination_policy,
        configs=launch_template_configs,
        context=context,
    )
    return {"Return": True}


_CANCELLATION_CODES = {
    "InvalidSpotFleetRequestId.NotFound": "fleetRequestIdDoesNotExist",
    "InvalidSpotFleetRequestId.Malformed": "fleetRequestIdMalformed",
    "IncorrectState": "fleetRequestNotInCancellableState",
}


@action
def cancel_spot_fleet_requests(
    call: Call, *, spot_fleet_request_ids: list[str], terminate_instances: bool
) -> dict[str, Any]:
    """Each request on its own: what one cannot be cancelled for leaves the others as they are."""
    cancelled, refused = [], []
    for id in dict.fromkeys(spot_fleet_request_ids):
        try:
            with call.uow.begin_nested():
                before, after = spot_fleets.cancel(call.uow, id, with_instances=terminate_instances)
        except errors.CloudError as fault:
            code = _CANCELLATION_CODES.get(fault.code, "unexpectedError")
            refused.append({"SpotFleetRequestId": id, "Error": {"Code": code, "Message": fault.message}})
        else:
            cancelled.append(
                {
                    "SpotFleetRequestId": id,
                    "PreviousSpotFleetRequestState": before,
                    "CurrentSpotFleetRequestState": after,
                }
            )
    return {"SuccessfulFleetRequests": cancelled, "UnsuccessfulFleetRequests": refused}


Describe(
    "DescribeSpotFleetRequests",
    SpotFleetRequest,
    view=show,
    ids="SpotFleetRequestIds",
    load=(SpotFleetRequest.instances,),
    filters={},
    limits=(1, 1000),
)

_instances = reading.table_of(FleetInstance).c


def _of_fleet(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    fleet = call.uow.look_up(SpotFleetRequest, given["SpotFleetRequestId"])
    return [_instances.fleet_id == fleet.id, _instances.living.is_(True)]


class _SpotFleetInstances(Describe):
    def __call__(self, call: Call, **given: Any) -> dict[str, Any]:
        return {**super().__call__(call, **given), "SpotFleetRequestId": given["SpotFleetRequestId"]}


_SpotFleetInstances(
    "DescribeSpotFleetInstances",
    FleetInstance,
    view=show_instance,
    tagged=False,
    always=_of_fleet,
    extra={"SpotFleetRequestId": lambda _call, _value: ()},
    filters={},
    limits=(1, 1000),
)


@action(reads=True)
def describe_spot_fleet_request_history(
    call: Call,
    *,
    spot_fleet_request_id: str,
    start_time: datetime,
    event_type: str | None = None,
    max_results: int = MOST,
    next_token: str | None = None,
) -> dict[str, Any]:
    call.uow.look_up(SpotFleetRequest, spot_fleet_request_id)
    records, token = history_page(call, spot_fleet_request_id, start_time, event_type, max_results, next_token)
    return {
        "SpotFleetRequestId": spot_fleet_request_id,
        "StartTime": start_time,
        "HistoryRecords": records,
        "LastEvaluatedTime": clock.this_second() if token is None else None,
        "NextToken": token,
    }
