"""EC2 actions on EC2 Fleets.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FleetData.html
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement

from backend import clock, errors, fleets
from backend.db import reading
from backend.db.models import Fleet, FleetInstance
from backend.fleets import Wanted
from ec2api.call import Call
from ec2api.describe import Condition, Describe, Filter, as_condition, show_tags
from ec2api.registry import CLIENT_TOKEN, action

MOST = 1000


def show(fleet: Any) -> dict[str, Any]:
    """A record with its instances."""
    instant = fleet.fleet_type == "instant"
    counted = [one for one in fleet.instances if one.living or fleet.fleet_type != "maintain"]
    return {
        "FleetId": fleet.id,
        "FleetState": fleet.state,
        "ActivityStatus": fleet.activity_status,
        "ClientToken": fleet.client_token or None,
        "CreateTime": fleet.created,
        "Type": fleet.fleet_type,
        "ExcessCapacityTerminationPolicy": fleet.excess_policy,
        "FulfilledCapacity": sum(one.weight for one in counted),
        "FulfilledOnDemandCapacity": sum(one.weight for one in counted if one.market == "on-demand"),
        "LaunchTemplateConfigs": fleet.configs,
        "TargetCapacitySpecification": {
            "TotalTargetCapacity": fleet.total,
            "OnDemandTargetCapacity": fleet.on_demand,
            "SpotTargetCapacity": fleet.spot,
            "DefaultTargetCapacityType": fleet.default_market,
            "TargetCapacityUnitType": None if fleet.unit == "units" else fleet.unit,
        },
        "TerminateInstancesWithExpiration": fleet.terminate_at_end,
        "ReplaceUnhealthyInstances": fleet.replace_unhealthy,
        "ValidFrom": fleet.valid_from,
        "ValidUntil": fleet.valid_until,
        "SpotOptions": {"AllocationStrategy": "lowest-price", "InstanceInterruptionBehavior": "terminate",
                        **fleet.options.get("SpotOptions", {})},
        "OnDemandOptions": {"AllocationStrategy": "lowest-price", **fleet.options.get("OnDemandOptions", {})},
        "Context": fleet.options.get("Context"),
        "Tags": show_tags(fleet),
        "Errors": fleet.faults if instant else None,
        "Instances": _launched(fleet.instances) if instant else None,
    }  # fmt: skip


def _launched(instances: Sequence[Any]) -> list[dict[str, Any]]:
    """Instances of one pool and market together, as CreateFleet and DescribeFleets show them."""

    def kind(one: Any) -> tuple[str, str]:
        return str(one.pool), one.market

    found = []
    for _, group in groupby(sorted(instances, key=lambda one: (kind(one), one.row)), kind):
        members = list(group)
        found.append(
            {
                "LaunchTemplateAndOverrides": members[0].pool,
                "Lifecycle": members[0].market,
                "InstanceIds": [one.instance_id for one in members],
                "InstanceType": members[0].instance_type,
                "Platform": members[0].platform,
            }
        )
    return found


@action(tags=("fleet", "instance"))
def create_fleet(
    call: Call,
    *,
    launch_template_configs: Sequence[Mapping[str, Any]],
    target_capacity_specification: Mapping[str, Any],
    spot_options: Mapping[str, Any] | None = None,
    on_demand_options: Mapping[str, Any] | None = None,
    reserved_capacity_options: Mapping[str, Any] | None = None,
    excess_capacity_termination_policy: str | None = None,
    terminate_instances_with_expiration: bool = False,
    type: str = "maintain",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    replace_unhealthy_instances: bool = False,
    context: str | None = None,
) -> dict[str, Any]:
    if reserved_capacity_options:
        raise errors.UnsupportedOperation(reason="Interruptible capacity reservations are not supported by this cloud.")
    wanted = Wanted(
        configs=launch_template_configs,
        target=target_capacity_specification,
        fleet_type=type,
        excess_policy=excess_capacity_termination_policy,
        terminate_at_end=terminate_instances_with_expiration,
        replace_unhealthy=replace_unhealthy_instances,
        valid_from=valid_from.replace(tzinfo=None) if valid_from else None,
        valid_until=valid_until.replace(tzinfo=None) if valid_until else None,
        client_token=call.parameters.get(CLIENT_TOKEN, ""),
        spot_options=spot_options,
        on_demand_options=on_demand_options,
        context=context,
        tags=call.tags(Fleet),
        instance_tags=call.tags("instance"),
    )
    fleet = fleets.create(call.uow, call.settings, wanted)
    if type != "instant":
        return {"FleetId": fleet.id}
    launched = reading.by(call.uow, FleetInstance.fleet_id, [fleet.id])
    return {"FleetId": fleet.id, "Errors": fleet.faults, "Instances": _launched(launched)}


@action
def modify_fleet(
    call: Call,
    *,
    fleet_id: str,
    target_capacity_specification: Mapping[str, Any] | None = None,
    excess_capacity_termination_policy: str | None = None,
    launch_template_configs: Sequence[Mapping[str, Any]] | None = None,
    context: str | None = None,
) -> dict[str, Any]:
    fleets.modify(
        call.uow,
        call.settings,
        fleet_id,
        target=target_capacity_specification,
        excess_policy=excess_capacity_termination_policy,
        configs=launch_template_configs,
        context=context,
    )
    return {"Return": True}


_DELETION_CODES = {
    "InvalidFleetId.NotFound": "fleetIdDoesNotExist",
    "InvalidFleetId.Malformed": "fleetIdMalformed",
    "IncorrectState": "fleetNotInDeletableState",
}


@action
def delete_fleets(call: Call, *, fleet_ids: list[str], terminate_instances: bool) -> dict[str, Any]:
    """Each fleet on its own: what one cannot be deleted for leaves the others as they are."""
    if len(fleet_ids) > max(fleets.MOST_DELETED.values()):
        raise errors.InvalidValue(reason="You can delete up to 100 fleets in a request.")
    deleted, refused = [], []
    for id in dict.fromkeys(fleet_ids):
        try:
            with call.uow.begin_nested():
                before, after = fleets.remove(call.uow, id, with_instances=terminate_instances)
        except errors.CloudError as fault:
            code = _DELETION_CODES.get(fault.code, "unexpectedError")
            refused.append({"FleetId": id, "Error": {"Code": code, "Message": fault.message}})
        else:
            deleted.append({"FleetId": id, "PreviousFleetState": before, "CurrentFleetState": after})
    return {"SuccessfulFleetDeletions": deleted, "UnsuccessfulFleetDeletions": refused}


_fleets = reading.table_of(Fleet).c


def _not_instant(_call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    """Fleets of type instant are only shown by their ids."""
    return [] if given.get("FleetIds") else [_fleets.fleet_type != "instant"]


def _with_hyphens(column: ColumnElement[Any]) -> Filter:
    """A filter whose values have hyphens where the answer has underscores; either will do."""
    return lambda values: as_condition(column, [value.replace("-", "_") for value in values])


def _excess(values: Sequence[str]) -> Condition:
    policies = {"true": "termination", "false": "no-termination"}
    return as_condition(_fleets.excess_policy, [policies.get(value, value) for value in values])


Describe(
    "DescribeFleets",
    Fleet,
    view=show,
    ids="FleetIds",
    load=(Fleet.instances,),
    always=_not_instant,
    filters={
        "activity-status": _with_hyphens(_fleets.activity_status),
        "excess-capacity-termination-policy": _excess,
        "fleet-state": _with_hyphens(_fleets.state),
        "replace-unhealthy-instances": Fleet.replace_unhealthy,
        "type": Fleet.fleet_type,
    },
    limits=(1, 1000),
)

_instances = reading.table_of(FleetInstance).c


def _of_fleet(call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
    fleet = call.uow.look_up(Fleet, given["FleetId"])
    if fleet.fleet_type == "instant":
        raise errors.UnsupportedOperation(reason="DescribeFleetInstances does not support fleets of type instant.")
    return [_instances.fleet_id == fleet.id, _instances.living.is_(True)]


def show_instance(one: Any) -> dict[str, Any]:
    """As EC2's ActiveInstance."""
    return {
        "InstanceId": one.instance_id,
        "InstanceType": one.instance_type,
        "SpotInstanceRequestId": one.spot_request_id,
        "InstanceHealth": "healthy",
    }


class _FleetInstances(Describe):
    def __call__(self, call: Call, **given: Any) -> dict[str, Any]:
        return {**super().__call__(call, **given), "FleetId": given["FleetId"]}


_FleetInstances(
    "DescribeFleetInstances",
    FleetInstance,
    view=show_instance,
    tagged=False,
    always=_of_fleet,
    extra={"FleetId": lambda _call, _value: ()},
    filters={"instance-type": FleetInstance.instance_type},
    limits=(1, 1000),
)


@action(reads=True)
def describe_fleet_history(
    call: Call,
    *,
    fleet_id: str,
    start_time: datetime,
    event_type: str | None = None,
    max_results: int = MOST,
    next_token: str | None = None,
) -> dict[str, Any]:
    call.uow.look_up(Fleet, fleet_id)
    records, token = history_page(call, fleet_id, start_time, event_type, max_results, next_token)
    return {
        "FleetId": fleet_id,
        "StartTime": start_time,
        "HistoryRecords": records,
        "LastEvaluatedTime": clock.this_second() if token is None else None,
        "NextToken": token,
    }


def history_page(
    call: Call, id: str, start: datetime, event_type: str | None, limit: int, token: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Events as history records, and the token of the next page."""
    if not 1 <= limit <= MOST:
        raise errors.InvalidParameterValue(value=limit, name="MaxResults", reason=f"Use a number from 1 to {MOST}.")
    try:
        after = int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as fault:
        raise errors.InvalidNextToken(token=token) from fault
    found = fleets.history(call.uow, id, event_type, start.replace(tzinfo=None), after, limit + 1)
    more = len(found) > limit
    page = found[:limit]
    records = [
        {
            "EventType": event.event_type,
            "EventInformation": {
                "EventSubType": event.subtype,
                "EventDescription": event.description,
                "InstanceId": event.instance_id,
            },
            "Timestamp": event.at,
        }
        for event in page
    ]
    return records, base64.urlsafe_b64encode(str(page[-1].row).encode()).decode() if more else None
