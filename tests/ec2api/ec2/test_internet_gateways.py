from typing import Any

import pytest

from tests.launching import launch
from tests.refusal import refused


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return id


def make(ec2: Any, **more: Any) -> str:
    id: str = ec2.create_internet_gateway(**more)["InternetGateway"]["InternetGatewayId"]
    return id


def test_a_gateway_is_made_attached_detached_and_deleted(ec2: Any, vpc_id: str) -> None:
    tags = [{"Key": "Name", "Value": "front"}]
    spec = [{"ResourceType": "internet-gateway", "Tags": tags}]
    made = ec2.create_internet_gateway(TagSpecifications=spec)["InternetGateway"]
    id = made["InternetGatewayId"]
    assert made["Attachments"] == [] and made["Tags"] == tags and made["OwnerId"]
    ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id)
    (seen,) = ec2.describe_internet_gateways(InternetGatewayIds=[id])["InternetGateways"]
    assert seen["Attachments"] == [{"State": "available", "VpcId": vpc_id}]
    with refused("DependencyViolation", id):
        ec2.delete_internet_gateway(InternetGatewayId=id)
    with refused("DependencyViolation", vpc_id):
        ec2.delete_vpc(VpcId=vpc_id)
    ec2.detach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id)
    ec2.delete_internet_gateway(InternetGatewayId=id)
    with refused("InvalidInternetGatewayID.NotFound", id):
        ec2.describe_internet_gateways(InternetGatewayIds=[id])
    ec2.delete_vpc(VpcId=vpc_id)


def test_a_vpc_has_one_gateway_and_a_gateway_one_vpc(ec2: Any, vpc_id: str) -> None:
    id, other = make(ec2), make(ec2)
    with refused("Gateway.NotAttached", id):
        ec2.detach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id)
    ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id)
    with refused("Resource.AlreadyAssociated", vpc_id):
        ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id)
    with refused("InvalidParameterValue", "already has an internet gateway"):
        ec2.attach_internet_gateway(InternetGatewayId=other, VpcId=vpc_id)
    with refused("InvalidVpcID.NotFound"):
        ec2.attach_internet_gateway(InternetGatewayId=other, VpcId="vpc-0123456789abcdef0")
    with refused("InvalidInternetGatewayId.Malformed"):
        ec2.delete_internet_gateway(InternetGatewayId="gateway")


def test_a_gateway_stays_while_its_vpc_has_public_addresses(ec2: Any) -> None:
    instance = launch(ec2)
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    where = {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": instance["VpcId"]}
    with refused("DependencyViolation", "mapped public address"):
        ec2.detach_internet_gateway(**where)
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]], Force=True)
    ec2.get_waiter("instance_stopped").wait(
        InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 0, "MaxAttempts": 2000}
    )
    ec2.detach_internet_gateway(**where)


def test_a_dry_run_attaches_nothing(ec2: Any, vpc_id: str) -> None:
    id = make(ec2)
    with refused("DryRunOperation", status=412):
        ec2.attach_internet_gateway(InternetGatewayId=id, VpcId=vpc_id, DryRun=True)
    assert ec2.describe_internet_gateways(InternetGatewayIds=[id])["InternetGateways"][0]["Attachments"] == []
