"""Flow logs through the face: recorded and shown; nothing is delivered."""

from typing import Any

import pytest

from tests.refusal import refused

ROLE = "arn:aws:iam::111122223333:role/flow"
BUCKET = "arn:aws:s3:::logs.example/flows/"
TO_S3 = {"LogDestinationType": "s3", "LogDestination": BUCKET}
TO_LOGS = {"LogGroupName": "flows", "DeliverLogsPermissionArn": ROLE}


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    found: str = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    return found


def make(ec2: Any, vpc_id: str, **more: Any) -> Any:
    given = {"ResourceIds": [vpc_id], "ResourceType": "VPC", "TrafficType": "ALL", **more}
    return ec2.create_flow_logs(**given)


def show(ec2: Any, **more: Any) -> Any:
    return ec2.describe_flow_logs(**more)["FlowLogs"]


def test_a_log_to_a_log_group(ec2: Any, vpc_id: str) -> None:
    tags = [{"Key": "Name", "Value": "all"}]
    given = {**TO_LOGS, "TagSpecifications": [{"ResourceType": "vpc-flow-log", "Tags": tags}], "ClientToken": "once"}
    made = make(ec2, vpc_id, **given)
    assert make(ec2, vpc_id, **given)["FlowLogIds"] == made["FlowLogIds"]
    (id,) = made["FlowLogIds"]
    assert made["Unsuccessful"] == [] and made["ClientToken"] == "once"
    (log,) = show(ec2, FlowLogIds=[id])
    assert log.pop("CreationTime") and log.pop("LogFormat").startswith("${version} ${account-id}")
    assert log == {
        "FlowLogId": id,
        "FlowLogStatus": "ACTIVE",
        "ResourceId": vpc_id,
        "TrafficType": "ALL",
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": "flows",
        "MaxAggregationInterval": 600,
        "DeliverLogsPermissionArn": ROLE,
        "DeliverLogsStatus": "FAILED",
        "DeliverLogsErrorMessage": "This cloud delivers no flow log records.",
        "Tags": tags,
    }
    for name, value in {
        "flow-log-id": id,
        "resource-id": vpc_id,
        "log-group-name": "flows",
        "traffic-type": "ALL",
        "log-destination-type": "cloud-watch-logs",
        "deliver-log-status": "FAILED",
        "tag:Name": "all",
    }.items():
        assert len(show(ec2, Filter=[{"Name": name, "Values": [value]}])) == 1, name
    with refused("InvalidParameterValue", "filter"):
        show(ec2, Filter=[{"Name": "state", "Values": ["x"]}])
    assert ec2.delete_flow_logs(FlowLogIds=[id])["Unsuccessful"] == []
    with refused("InvalidFlowLogId.NotFound", id):
        show(ec2, FlowLogIds=[id])
    with refused("InvalidFlowLogId.NotFound"):
        ec2.delete_flow_logs(FlowLogIds=[id])
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [id]}])["Tags"] == []


def test_logs_of_several_resources(ec2: Any, vpc_id: str) -> None:
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
    absent = "subnet-0123456789abcdef0"
    options = {"FileFormat": "parquet", "HiveCompatiblePartitions": True, "PerHourPartition": True}
    made = ec2.create_flow_logs(
        ResourceIds=[*subnets, absent],
        ResourceType="Subnet",
        TrafficType="REJECT",
        LogFormat="${interface-id}  ${src-instance-tags}",
        MaxAggregationInterval=60,
        DestinationOptions=options,
        TagFieldSpecifications=[{"ResourceType": "instance", "TagKeys": ["team"]}],
        **TO_S3,
    )
    (item,) = made["Unsuccessful"]
    assert (item["ResourceId"], item["Error"]["Code"]) == (absent, "InvalidSubnetID.NotFound")
    logs = show(ec2)
    assert [log["ResourceId"] for log in logs] == subnets
    assert logs[0]["DestinationOptions"] == options and logs[0]["MaxAggregationInterval"] == 60
    assert logs[0]["TagFieldSpecifications"] == [{"ResourceType": "instance", "TagKeys": ["team"]}]
    assert [len(p["FlowLogs"]) for p in ec2.get_paginator("describe_flow_logs").paginate(
        PaginationConfig={"PageSize": 1})] == [1, 1]  # fmt: skip
    with refused("FlowLogAlreadyExists"):
        ec2.create_flow_logs(ResourceIds=subnets, ResourceType="Subnet", TrafficType="REJECT", **TO_S3)
    group = "arn:aws:logs:us-east-1:111122223333:log-group:flows:*"
    make(ec2, vpc_id, LogDestination=group, DeliverLogsPermissionArn=ROLE)
    assert [log["LogGroupName"] for log in show(ec2) if log["ResourceId"] == vpc_id] == ["flows"]
    stream = "arn:aws:firehose:us-east-1:111122223333:deliverystream/flows"
    made = make(ec2, vpc_id, LogDestinationType="kinesis-data-firehose", LogDestination=stream)
    assert len(made["FlowLogIds"]) == 1


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("MissingParameter", {"TrafficType": None, **TO_S3}),
        ("InvalidParameter", {}),
        ("InvalidParameter", {"LogGroupName": "flows"}),
        ("InvalidParameter", {**TO_LOGS, "DeliverLogsPermissionArn": "role"}),
        ("InvalidParameter", {**TO_LOGS, "LogGroupName": "a b"}),
        ("InvalidParameter", {**TO_LOGS, "LogDestination": BUCKET}),
        ("InvalidParameter", {"LogDestinationType": "s3"}),
        ("InvalidParameter", {**TO_S3, "LogDestination": "bucket"}),
        ("InvalidParameter", {**TO_S3, "LogDestination": "arn:aws:s3:::bucket/AWSLogs/x"}),
        ("InvalidParameter", {**TO_S3, "LogGroupName": "flows"}),
        ("InvalidParameter", {**TO_S3, "DeliverLogsPermissionArn": ROLE}),
        ("InvalidParameter", {**TO_S3, "MaxAggregationInterval": 61}),
        ("InvalidParameter", {**TO_S3, "LogFormat": "${version} ${nothing}"}),
        ("InvalidParameter", {**TO_S3, "LogFormat": "version"}),
        ("InvalidParameter", {**TO_S3, "TagFieldSpecifications": [{"ResourceType": "instance", "TagKeys": ["a"]}]}),
        ("InvalidParameter", {**TO_LOGS, "DestinationOptions": {"PerHourPartition": True}}),
        ("InvalidParameterValue", {**TO_S3, "TrafficType": "SOME"}),
        ("InvalidVpcID.Malformed", {**TO_S3, "ResourceIds": ["subnet-0123456789abcdef0"]}),
        ("UnsupportedOperation", {**TO_S3, "ResourceType": "CoreNetwork"}),
    ],
)
def test_logs_that_are_refused(ec2: Any, vpc_id: str, code: str, given: dict[str, Any]) -> None:
    wanted = {"ResourceIds": [vpc_id], "ResourceType": "VPC", "TrafficType": "ALL", **given}
    with refused(code):
        ec2.create_flow_logs(**{name: value for name, value in wanted.items() if value is not None})
    assert show(ec2) == []
