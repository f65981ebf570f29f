"""EC2 Instance Connect Endpoints: their life, their interface, and what they keep from being deleted."""

import time
from typing import Any

import pytest

from tests.refusal import refused


def subnet(ec2: Any, **given: str) -> Any:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", **given)["Subnet"]


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_instance_connect_endpoints(InstanceConnectEndpointIds=[id])["InstanceConnectEndpoints"][0]


def until(ec2: Any, id: str, state: str) -> Any:
    end = time.monotonic() + 10
    while (found := shown(ec2, id))["State"] != state:
        if time.monotonic() > end:
            pytest.fail(f"not {state}: {found['State']}")
        time.sleep(0.01)
    return found


def test_its_life(ec2: Any, account: str) -> None:
    place = subnet(ec2, AvailabilityZone="us-east-1a")
    tags = [{"Key": "Name", "Value": "mine"}]
    made = ec2.create_instance_connect_endpoint(
        SubnetId=place["SubnetId"],
        PreserveClientIp=True,
        TagSpecifications=[{"ResourceType": "instance-connect-endpoint", "Tags": tags}],
    )["InstanceConnectEndpoint"]
    id = made["InstanceConnectEndpointId"]
    assert made["State"] == "create-in-progress" and made["OwnerId"] == account and made["Tags"] == tags
    found = until(ec2, id, "create-complete")
    assert found["VpcId"] == place["VpcId"] and found["AvailabilityZone"] == "us-east-1a"
    assert found["PreserveClientIp"] and found["IpAddressType"] == "ipv4" and len(found["SecurityGroupIds"]) == 1
    (interface_id,) = found["NetworkInterfaceIds"]
    (nic,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"]
    assert nic["RequesterManaged"] and nic["InterfaceType"] == "ec2_instance_connect_endpoint"
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=place["SubnetId"])
    with refused("ResourceLimitExceeded"):
        ec2.create_instance_connect_endpoint(SubnetId=place["SubnetId"])
    for name, value in (
        ("state", "create-complete"),
        ("subnet-id", place["SubnetId"]),
        ("vpc-id", place["VpcId"]),
        ("instance-connect-endpoint-id", id),
        ("tag:Name", "mine"),
    ):
        filters = [{"Name": name, "Values": [value]}]
        assert ec2.describe_instance_connect_endpoints(Filters=filters)["InstanceConnectEndpoints"] == [found]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=place["VpcId"])["GroupId"]
    ec2.modify_instance_connect_endpoint(InstanceConnectEndpointId=id, SecurityGroupIds=[group], PreserveClientIp=False)
    changed = until(ec2, id, "update-complete")
    assert changed["SecurityGroupIds"] == [group] and not changed["PreserveClientIp"]
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    gone = ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=id)["InstanceConnectEndpoint"]
    assert gone["State"] == "delete-in-progress"
    until(ec2, id, "delete-complete")
    with refused("IncorrectState"):
        ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=id)
    ec2.delete_subnet(SubnetId=place["SubnetId"])


def test_what_is_wrong(ec2: Any) -> None:
    place = subnet(ec2)["SubnetId"]
    with refused("InvalidSubnetID.NotFound"):
        ec2.create_instance_connect_endpoint(SubnetId="subnet-0123456789abcdef0")
    with refused("InvalidGroup.NotFound"):
        ec2.create_instance_connect_endpoint(SubnetId=place, SecurityGroupIds=["sg-0123456789abcdef0"])
    with refused("InvalidParameterCombination", "IPv6"):
        ec2.create_instance_connect_endpoint(SubnetId=place, IpAddressType="dualstack")
    with refused("InvalidInstanceConnectEndpointId.NotFound"):
        ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId="eice-0123456789abcdef0")
    with refused("InvalidInstanceConnectEndpointId.Malformed"):
        ec2.modify_instance_connect_endpoint(InstanceConnectEndpointId="mine")
    assert ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == []
