"""Flow logs: what an account wants to have written down of its traffic.

They are kept and shown with all that they say; this cloud sees no packets of its guests' traffic, so it delivers no
records. DescribeFlowLogs says so, in the words that AWS has for that: their delivery status is ``FAILED``.
https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from backend import errors, tags
from backend.db import reading
from backend.db.base import Resource
from backend.db.models import FlowLog
from backend.db.unit_of_work import UnitOfWork, check_form, require_found

LOGS, S3, FIREHOSE = "cloud-watch-logs", "s3", "kinesis-data-firehose"
UNDELIVERED = "FAILED", "This cloud delivers no flow log records."

_PREFIXES = {
    "VPC": "vpc",
    "Subnet": "subnet",
    "NetworkInterface": "eni",
    "TransitGateway": "tgw",
    "TransitGatewayAttachment": "tgw-attach",
    "RegionalNatGateway": "nat",
}
_TRANSIT = ("TransitGateway", "TransitGatewayAttachment")
_MOST, _MOST_TRANSIT = 300, 25
_INTERVALS = (60, 600)

_FIELDS = frozenset(
    """version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action
    log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id
    sublocation-type sublocation-id
    pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name
    ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name
    ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status
    src-interface-tags dst-interface-tags src-instance-tags dst-instance-tags src-asg-tags dst-asg-tags""".split()  # noqa: SIM905
)
"""https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html"""
_TRANSIT_FIELDS = frozenset(
    """version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id
    tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id
    tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status
    type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags
    region flow-direction pkt-src-aws-service pkt-dst-aws-service""".split()  # noqa: SIM905
)
"""https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html"""
_DEFAULT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)
_TRANSIT_DEFAULT = (
    "${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} ${tgw-src-vpc-account-id} "
    "${tgw-dst-vpc-account-id} ${tgw-src-vpc-id} ${tgw-dst-vpc-id} ${tgw-src-subnet-id} ${tgw-dst-subnet-id} "
    "${tgw-src-eni} ${tgw-dst-eni} ${tgw-src-az-id} ${tgw-dst-az-id} ${tgw-pair-attachment-id} ${srcaddr} ${dstaddr} "
    "${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${log-status} ${type} "
    "${packets-lost-no-route} ${packets-lost-blackhole} ${packets-lost-mtu-exceeded} ${packets-lost-ttl-expired} "
    "${tcp-flags} ${region} ${flow-direction} ${pkt-src-aws-service} ${pkt-dst-aws-service}"
)
_FORMAT = re.compile(r"\$\{([a-z0-9-]+)\}(?: +\$\{([a-z0-9-]+)\})*")
_FIELD = re.compile(r"\$\{([a-z0-9-]+)\}")

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
_DESTINATIONS = {
    LOGS: re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:([a-zA-Z0-9_./#-]{1,512})(:\*)?"),
    S3: re.compile(r"arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?"),
    FIREHOSE: re.compile(r"arn:aws[a-z-]*:firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/[a-zA-Z0-9_.-]{1,64}"),
}
_GROUP = re.compile(r"[a-zA-Z0-9_./#-]{1,512}")


@dataclass(frozen=True)
class Wanted:
    """What CreateFlowLogs asks for, for each of its resources."""

    resource_type: str
    traffic_type: str | None = None
    destination_type: str = LOGS
    destination: str | None = None
    log_group_name: str | None = None
    permission_arn: str | None = None
    cross_account_role: str | None = None
    log_format: str | None = None
    max_aggregation_interval: int | None = None
    destination_options: Mapping[str, Any] | None = None
    tag_fields: Sequence[Mapping[str, Any]] | None = None

    @property
    def transit(self) -> bool:
        return self.resource_type in _TRANSIT


def create(
    uow: UnitOfWork, resource_ids: Sequence[str], wanted: Wanted, wanted_tags: Mapping[str, str] | None = None
) -> tuple[list[str], dict[str, errors.CloudError]]:
    """A flow log for each resource: the new ids, and for which resources there is none, and why.

    Errors: MissingParameter, InvalidParameter, FlowLogAlreadyExists; in the answer the NotFound of a resource.
    """
    _check(resource_ids, wanted)
    columns = _columns(wanted)
    known, refused = _resources(uow, resource_ids, wanted.resource_type)
    _check_twins(uow, known, columns)
    made = []
    for resource_id in known:
        log = FlowLog(account=uow.account, region=uow.region, resource_id=resource_id, **columns)
        uow.add(log)
        made.append(log)
    uow.flush()
    for log in made:
        tags.attach(uow, log, wanted_tags or {})
    return [log.id for log in made], refused


def _check(resource_ids: Sequence[str], wanted: Wanted) -> None:
    if wanted.resource_type not in _PREFIXES:
        raise errors.UnsupportedOperation(reason=f"This cloud has no resources of type {wanted.resource_type}.")
    most = _MOST_TRANSIT if wanted.transit else _MOST
    if not 1 <= len(resource_ids) <= most:
        raise errors.InvalidParameter(reason=f"Specify from 1 to {most} resources.")
    if wanted.transit and wanted.traffic_type is not None:
        raise errors.InvalidParameter(reason=f"TrafficType is not supported for {wanted.resource_type}.")
    if not wanted.transit and wanted.traffic_type is None:
        raise errors.MissingParameter(name="TrafficType")
    if wanted.max_aggregation_interval not in (None, *_INTERVALS):
        raise errors.InvalidParameter(reason="Invalid Flow Log Max Aggregation Interval: it is 60 or 600 seconds.")
    if wanted.transit and wanted.max_aggregation_interval == _INTERVALS[1]:
        raise errors.InvalidParameter(reason=f"MaxAggregationInterval must be 60 for {wanted.resource_type}.")
    _check_destination(wanted)
    _check_roles(wanted)
    _check_format(wanted)


def _check_destination(wanted: Wanted) -> None:
    kind = wanted.destination_type
    if kind != LOGS and wanted.log_group_name is not None:
        raise errors.InvalidParameter(reason=f"LogGroupName is not applicable for {kind} delivery")
    if wanted.destination is not None and wanted.log_group_name is not None:
        raise errors.InvalidParameter(reason="Please only provide LogGroupName or only provide LogDestination.")
    if wanted.destination is None and wanted.log_group_name is None:
        if kind == LOGS:
            raise errors.InvalidParameter(reason="LogDestination can't be empty if LogGroupName is not provided.")
        raise errors.InvalidParameter(reason="LogDestination can't be empty.")
    if wanted.destination is not None and not _DESTINATIONS[kind].fullmatch(wanted.destination):
        raise errors.InvalidParameter(reason=f"LogDestination: {wanted.destination} is not one for {kind} delivery.")
    if kind == S3 and wanted.destination and "AWSLogs" in wanted.destination.split("/")[1:]:
        raise errors.InvalidParameter(reason="AWSLogs is a reserved name: it cannot be a subfolder.")
    if wanted.log_group_name is not None and not _GROUP.fullmatch(wanted.log_group_name):
        raise errors.InvalidParameter(reason=f"LogGroupName: {wanted.log_group_name} is not valid.")
    if wanted.destination_options and kind != S3:
        raise errors.InvalidParameter(reason=f"DestinationOptions are not applicable for {kind} delivery")


def _check_roles(wanted: Wanted) -> None:
    if wanted.destination_type == LOGS and wanted.permission_arn is None:
        raise errors.InvalidParameter(
            reason="DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
        )
    if wanted.destination_type == S3 and wanted.permission_arn is not None:
        raise errors.InvalidParameter(reason="DeliverLogsPermissionArn is not applicable for s3 delivery")
    for arn in (wanted.permission_arn, wanted.cross_account_role):
        if arn is not None and not _ROLE.fullmatch(arn):
            raise errors.InvalidParameter(reason=f"{arn} is not the ARN of an IAM role.")


def _check_format(wanted: Wanted) -> None:
    if wanted.log_format is not None:
        if not _FORMAT.fullmatch(wanted.log_format):
            raise errors.InvalidParameter(reason="LogFormat: fields are written as ${field-id}, separated by spaces.")
        unknown = set(_FIELD.findall(wanted.log_format)) - (_TRANSIT_FIELDS if wanted.transit else _FIELDS)
        if unknown:
            raise errors.InvalidParameter(reason=f"Unknown fields provided: {', '.join(sorted(unknown))}")
    if wanted.tag_fields:
        if wanted.log_format is None:
            raise errors.InvalidParameter(reason="TagFieldSpecifications need a LogFormat with fields for tags.")
        if any(not entry.get("ResourceType") or not entry.get("TagKeys") for entry in wanted.tag_fields):
            raise errors.InvalidParameter(reason="A tag field specification has a resource type and tag keys.")


def _columns(wanted: Wanted) -> dict[str, Any]:
    group = wanted.log_group_name
    if wanted.destination_type == LOGS and wanted.destination:
        match = _DESTINATIONS[LOGS].fullmatch(wanted.destination)
        group = match[1] if match else None
    status, fault = UNDELIVERED
    return {
        "traffic_type": wanted.traffic_type,
        "destination_type": wanted.destination_type,
        "destination": wanted.destination,
        "log_group_name": group,
        "permission_arn": wanted.permission_arn,
        "cross_account_role": wanted.cross_account_role,
        "log_format": wanted.log_format or (_TRANSIT_DEFAULT if wanted.transit else _DEFAULT),
        "max_aggregation_interval": wanted.max_aggregation_interval or (60 if wanted.transit else 600),
        "destination_options": dict(wanted.destination_options) if wanted.destination_options else None,
        "tag_fields": [dict(entry) for entry in wanted.tag_fields] if wanted.tag_fields else None,
        "delivery_status": status,
        "delivery_error": fault,
    }


def _resources(
    uow: UnitOfWork, resource_ids: Sequence[str], resource_type: str
) -> tuple[list[str], dict[str, errors.CloudError]]:
    """Those of these resources that are there, and an error for each that is not."""
    model = Resource.BY_PREFIX.get(_PREFIXES[resource_type])
    if model is None:
        raise errors.UnsupportedOperation(reason=f"This cloud has no resources of type {resource_type}.")
    check_form(model, resource_ids)
    there = {found.id for found in reading.by(uow, model.id, resource_ids)}
    refused: dict[str, errors.CloudError] = {}
    for id in dict.fromkeys(resource_ids):
        try:
            require_found(model, [id], there)
        except errors.CloudError as fault:
            refused[id] = fault
    return [id for id in dict.fromkeys(resource_ids) if id in there], refused


def _check_twins(uow: UnitOfWork, resource_ids: Sequence[str], columns: Mapping[str, Any]) -> None:
    same = ("traffic_type", "destination_type", "destination", "log_group_name")
    for log in reading.by(uow, FlowLog.resource_id, resource_ids):
        if all(getattr(log, name) == columns[name] for name in same):
            raise errors.FlowLogAlreadyExists()


def delete_logs(uow: UnitOfWork, flow_log_ids: Sequence[str]) -> None:
    """Delete flow logs, all of them or none; InvalidFlowLogId.NotFound."""
    gone = [found.id for found in uow.look_up_all(FlowLog, flow_log_ids)]
    uow.execute(delete(FlowLog).where(FlowLog.id.in_(gone)), execution_options={"synchronize_session": False})
    tags.forget(uow, gone)
