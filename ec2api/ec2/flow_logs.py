"""EC2 actions on flow logs.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import flow_logs
from backend.db.models import FlowLog
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.ec2 import unsuccessful
from ec2api.registry import action


@action(tags=("vpc-flow-log",))
def create_flow_logs(
    call: Call,
    *,
    resource_ids: Sequence[str],
    resource_type: str,
    traffic_type: str | None = None,
    log_destination_type: str = flow_logs.LOGS,
    log_destination: str | None = None,
    log_group_name: str | None = None,
    deliver_logs_permission_arn: str | None = None,
    deliver_cross_account_role: str | None = None,
    log_format: str | None = None,
    max_aggregation_interval: int | None = None,
    destination_options: Mapping[str, Any] | None = None,
    tag_field_specifications: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    wanted = flow_logs.Wanted(
        resource_type=resource_type,
        traffic_type=traffic_type,
        destination_type=log_destination_type,
        destination=log_destination,
        log_group_name=log_group_name,
        permission_arn=deliver_logs_permission_arn,
        cross_account_role=deliver_cross_account_role,
        log_format=log_format,
        max_aggregation_interval=max_aggregation_interval,
        destination_options=destination_options,
        tag_fields=tag_field_specifications,
    )
    made, refused = flow_logs.create(call.uow, resource_ids, wanted, call.tags(FlowLog))
    return {
        "FlowLogIds": made,
        "Unsuccessful": unsuccessful.show(refused),
        "ClientToken": call.parameters.get("ClientToken"),
    }


@action
def delete_flow_logs(call: Call, *, flow_log_ids: Sequence[str]) -> dict[str, Any]:
    flow_logs.delete_logs(call.uow, flow_log_ids)
    return {"Unsuccessful": []}


def show(log: Any) -> dict[str, Any]:
    return {
        "FlowLogId": log.id,
        "FlowLogStatus": "ACTIVE",
        "CreationTime": log.created,
        "ResourceId": log.resource_id,
        "TrafficType": log.traffic_type,
        "LogDestinationType": log.destination_type,
        "LogDestination": log.destination,
        "LogGroupName": log.log_group_name,
        "LogFormat": log.log_format,
        "MaxAggregationInterval": log.max_aggregation_interval,
        "DeliverLogsPermissionArn": log.permission_arn,
        "DeliverCrossAccountRole": log.cross_account_role,
        "DeliverLogsStatus": log.delivery_status,
        "DeliverLogsErrorMessage": log.delivery_error,
        "DestinationOptions": log.destination_options,
        "TagFieldSpecifications": log.tag_fields,
        "Tags": show_tags(log),
    }


Describe(
    "DescribeFlowLogs",
    FlowLog,
    view=show,
    ids="FlowLogIds",
    limits=(1, 1000),
    filters={
        "deliver-log-status": FlowLog.delivery_status,
        "flow-log-id": FlowLog.id,
        "log-destination-type": FlowLog.destination_type,
        "log-group-name": FlowLog.log_group_name,
        "resource-id": FlowLog.resource_id,
        "traffic-type": FlowLog.traffic_type,
    },
)
