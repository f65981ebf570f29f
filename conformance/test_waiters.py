"""Every waiter that botocore ships for EC2: to its end where one can come, and to its failure where it can be made."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError

from conformance.endpoint import Endpoint, eventually

_loader = botocore.session.Session().get_component("data_loader")
WAITERS: dict[str, str] = {
    xform_name(name): waiter["operation"]
    for name, waiter in _loader.load_service_model("ec2", "waiters-2")["waiters"].items()
}
"""The waiters by boto3's names, with the actions that they call."""

QUICKLY = {"Delay": 0.05, "MaxAttempts": 400}

Driver = Callable[..., None]
DRIVERS: dict[str, Driver] = {}


def drives(*waiters: str) -> Callable[[Driver], Driver]:
    def register(test: Driver) -> Driver:
        for waiter in waiters:
            assert waiter not in DRIVERS
            DRIVERS[waiter] = test
        return test

    return register


def wait(ec2: Any, waiter: str, **parameters: Any) -> None:
    ec2.get_waiter(waiter).wait(**parameters, WaiterConfig=QUICKLY)


def fails(ec2: Any, waiter: str, **parameters: Any) -> None:
    """The waiter stops at once because what it waits for cannot come any more."""
    with pytest.raises(WaiterError) as caught:
        wait(ec2, waiter, **parameters)
    assert "Max attempts exceeded" not in str(caught.value)


def built(ec2: Any, action: str) -> bool:
    """Whether the server has an action: what it has not, it refuses in so many words whatever the parameters."""
    try:
        getattr(ec2, xform_name(action))()
    except ClientError as error:
        answer = error.response
        if answer["Error"]["Code"] != "UnsupportedOperation" or action not in answer["Error"]["Message"]:
            return True
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
        return False
    return True


@pytest.mark.parametrize(("waiter", "action"), WAITERS.items())
def test_every_waiter_is_driven_or_its_action_is_refused(ec2: Any, waiter: str, action: str) -> None:
    """Whoever builds an action adds the drivers of its waiters."""
    assert built(ec2, action) is (waiter in DRIVERS)


def test_no_driver_is_of_a_waiter_that_is_not_there() -> None:
    assert DRIVERS.keys() <= WAITERS.keys()


@drives("instance_exists", "instance_running", "instance_stopped", "instance_terminated")
def test_instances(ec2: Any, launch: Any) -> None:
    ids = [i["InstanceId"] for i in launch(MinCount=2, MaxCount=2)["Instances"]]
    fails(ec2, "instance_stopped", InstanceIds=ids)  # pending
    wait(ec2, "instance_exists", InstanceIds=ids)
    wait(ec2, "instance_running", InstanceIds=ids)
    ec2.stop_instances(InstanceIds=ids)
    fails(ec2, "instance_running", InstanceIds=ids)  # stopping
    fails(ec2, "instance_terminated", InstanceIds=ids)
    wait(ec2, "instance_stopped", InstanceIds=ids)
    ec2.terminate_instances(InstanceIds=ids)
    wait(ec2, "instance_terminated", InstanceIds=ids)
    fails(ec2, "instance_running", InstanceIds=ids)
    fails(ec2, "instance_stopped", InstanceIds=ids)


@drives("instance_status_ok", "system_status_ok")
def test_status_checks(ec2: Any, launch: Any) -> None:
    ids = [launch()["Instances"][0]["InstanceId"]]
    wait(ec2, "instance_running", InstanceIds=ids)
    wait(ec2, "instance_status_ok", InstanceIds=ids)
    wait(ec2, "system_status_ok", InstanceIds=ids)


@drives("image_exists", "image_available")
def test_images(ec2: Any, launch: Any, name: str) -> None:
    instance = launch()["Instances"][0]["InstanceId"]
    wait(ec2, "instance_running", InstanceIds=[instance])
    image = ec2.create_image(InstanceId=instance, Name=name, NoReboot=True)["ImageId"]
    wait(ec2, "image_exists", ImageIds=[image])
    wait(ec2, "image_available", ImageIds=[image])
    [found] = ec2.describe_images(ImageIds=[image])["Images"]
    ec2.deregister_image(ImageId=image)
    for mapping in found["BlockDeviceMappings"]:
        ec2.delete_snapshot(SnapshotId=mapping["Ebs"]["SnapshotId"])


@drives("snapshot_imported", "store_image_task_complete")
def test_images_in_buckets(ec2: Any, s3: Any, endpoint: Endpoint, name: str) -> None:
    iam = endpoint.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="disk", Body=b"disk" * 1024)
    disk = {"Format": "RAW", "UserBucket": {"S3Bucket": name, "S3Key": "disk"}}
    task = ec2.import_snapshot(DiskContainer=disk, RoleName=name)["ImportTaskId"]
    wait(ec2, "snapshot_imported", ImportTaskIds=[task])
    [shown] = ec2.describe_import_snapshot_tasks(ImportTaskIds=[task])["ImportSnapshotTasks"]
    snapshot = shown["SnapshotTaskDetail"]["SnapshotId"]
    root = [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}]
    made = ec2.register_image(Name=name, BlockDeviceMappings=root, VirtualizationType="hvm", Architecture="x86_64")
    key = ec2.create_store_image_task(ImageId=made["ImageId"], Bucket=name)["ObjectKey"]
    wait(ec2, "store_image_task_complete", ImageIds=[made["ImageId"]])
    ec2.deregister_image(ImageId=made["ImageId"])
    ec2.delete_snapshot(SnapshotId=snapshot)
    for stored in ("disk", key):
        s3.delete_object(Bucket=name, Key=stored)
    s3.delete_bucket(Bucket=name)
    iam.delete_role(RoleName=name)


@drives("vpc_exists", "vpc_available", "subnet_available", "internet_gateway_exists", "security_group_exists")
def test_networks(ec2: Any, vpc: Any) -> None:
    wait(ec2, "vpc_exists", VpcIds=[vpc["VpcId"]])
    wait(ec2, "vpc_available", VpcIds=[vpc["VpcId"]])
    wait(ec2, "subnet_available", SubnetIds=[vpc["SubnetId"]])
    group = ec2.create_security_group(GroupName="waited-for", Description="d", VpcId=vpc["VpcId"])["GroupId"]
    wait(ec2, "security_group_exists", GroupIds=[group])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    wait(ec2, "internet_gateway_exists", InternetGatewayIds=[gateway])
    ec2.delete_internet_gateway(InternetGatewayId=gateway)


@drives("key_pair_exists")
def test_key_pairs(ec2: Any, key: Any) -> None:
    wait(ec2, "key_pair_exists", KeyNames=[key["KeyName"]])


@drives("nat_gateway_available", "nat_gateway_deleted")
def test_nat_gateways(ec2: Any, vpc: Any) -> None:
    made = ec2.create_nat_gateway(SubnetId=vpc["SubnetId"], ConnectivityType="private")["NatGateway"]
    ids = [made["NatGatewayId"]]
    wait(ec2, "nat_gateway_available", NatGatewayIds=ids)
    ec2.delete_nat_gateway(NatGatewayId=ids[0])
    fails(ec2, "nat_gateway_available", NatGatewayIds=ids)
    wait(ec2, "nat_gateway_deleted", NatGatewayIds=ids)
    wait(ec2, "nat_gateway_deleted", NatGatewayIds=[f"nat-0{secrets.token_hex(8)}"])


@drives("network_interface_available")
def test_interfaces(ec2: Any, vpc: Any) -> None:
    made = ec2.create_network_interface(SubnetId=vpc["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
    wait(ec2, "network_interface_available", NetworkInterfaceIds=[made])
    ec2.delete_network_interface(NetworkInterfaceId=made)
    fails(ec2, "network_interface_available", NetworkInterfaceIds=[made])


@drives("volume_available", "volume_in_use", "volume_deleted", "snapshot_completed")
def test_volumes_and_snapshots(ec2: Any, launch: Any, reach: Any) -> None:
    instance = launch()["Instances"][0]
    zone = reach(instance["InstanceId"], "running")["Placement"]["AvailabilityZone"]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    wait(ec2, "volume_available", VolumeIds=[volume])
    ec2.attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device="/dev/sdf")
    wait(ec2, "volume_in_use", VolumeIds=[volume])
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    wait(ec2, "snapshot_completed", SnapshotIds=[snapshot])
    ec2.delete_snapshot(SnapshotId=snapshot)
    ec2.detach_volume(VolumeId=volume)
    wait(ec2, "volume_available", VolumeIds=[volume])
    ec2.delete_volume(VolumeId=volume)
    wait(ec2, "volume_deleted", VolumeIds=[volume])


@drives("security_group_vpc_association_associated", "security_group_vpc_association_disassociated")
def test_groups_of_several_vpcs(ec2: Any, vpc: Any) -> None:
    group = ec2.create_security_group(GroupName="shared", Description="d", VpcId=vpc["VpcId"])["GroupId"]
    second = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    of = [{"Name": "group-id", "Values": [group]}, {"Name": "vpc-id", "Values": [second]}]
    ec2.associate_security_group_vpc(GroupId=group, VpcId=second)
    wait(ec2, "security_group_vpc_association_associated", Filters=of)
    ec2.disassociate_security_group_vpc(GroupId=group, VpcId=second)
    wait(ec2, "security_group_vpc_association_disassociated", Filters=of)
    ec2.delete_vpc(VpcId=second)


@drives("vpc_peering_connection_exists", "vpc_peering_connection_deleted")
def test_peering(ec2: Any, vpc: Any) -> None:
    second = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_peering_connection(VpcId=vpc["VpcId"], PeerVpcId=second)["VpcPeeringConnection"]
    ids = [made["VpcPeeringConnectionId"]]
    wait(ec2, "vpc_peering_connection_exists", VpcPeeringConnectionIds=ids)

    def status() -> str:
        (shown,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=ids)["VpcPeeringConnections"]
        return str(shown["Status"]["Code"])

    eventually(status, lambda code: code == "pending-acceptance")
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=ids[0])
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=ids[0])
    wait(ec2, "vpc_peering_connection_deleted", VpcPeeringConnectionIds=ids)
    ec2.delete_vpc(VpcId=second)


@drives("customer_gateway_available", "vpn_connection_available", "vpn_connection_deleted")
def test_vpn(ec2: Any) -> None:
    made = ec2.create_customer_gateway(Type="ipsec.1", BgpAsn=65000, IpAddress="198.51.100.7")["CustomerGateway"]
    customer = made["CustomerGatewayId"]
    wait(ec2, "customer_gateway_available", CustomerGatewayIds=[customer])
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    wanted = {"Type": "ipsec.1", "CustomerGatewayId": customer, "VpnGatewayId": gateway}
    connection = ec2.create_vpn_connection(**wanted)["VpnConnection"]["VpnConnectionId"]
    wait(ec2, "vpn_connection_available", VpnConnectionIds=[connection])
    ec2.delete_vpn_connection(VpnConnectionId=connection)
    fails(ec2, "vpn_connection_available", VpnConnectionIds=[connection])
    wait(ec2, "vpn_connection_deleted", VpnConnectionIds=[connection])
    ec2.delete_vpn_gateway(VpnGatewayId=gateway)
    ec2.delete_customer_gateway(CustomerGatewayId=customer)
    fails(ec2, "customer_gateway_available", CustomerGatewayIds=[customer])


@drives("spot_instance_request_fulfilled")
def test_spot_requests(ec2: Any, image: Any) -> None:
    wanted = {"ImageId": image["ImageId"], "InstanceType": "t3.micro"}
    [made] = ec2.request_spot_instances(LaunchSpecification=wanted)["SpotInstanceRequests"]
    ids = [made["SpotInstanceRequestId"]]
    wait(ec2, "spot_instance_request_fulfilled", SpotInstanceRequestIds=ids)
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=ids)
    [shown] = ec2.describe_spot_instance_requests(SpotInstanceRequestIds=ids)["SpotInstanceRequests"]
    ec2.terminate_instances(InstanceIds=[shown["InstanceId"]])
    wait(ec2, "instance_terminated", InstanceIds=[shown["InstanceId"]])


@drives("password_data_available")
def test_password_data(ec2: Any, launch: Any, reach: Any) -> None:
    """No guest of this cloud reports a password: the waiter goes on looking, as it does on AWS for a Linux guest."""
    instance = launch()["Instances"][0]["InstanceId"]
    reach(instance, "running")
    assert ec2.get_password_data(InstanceId=instance)["PasswordData"] == ""
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        ec2.get_waiter("password_data_available").wait(InstanceId=instance, WaiterConfig={"Delay": 0, "MaxAttempts": 3})


@pytest.mark.parametrize(
    ("waiter", "parameters"),
    [
        ("instance_running", {"InstanceIds": ["i-0123456789abcdef0"]}),
        ("instance_exists", {"InstanceIds": ["i-0123456789abcdef0"]}),
        ("key_pair_exists", {"KeyNames": ["no-such-key"]}),
        ("security_group_exists", {"GroupIds": ["sg-0123456789abcdef0"]}),
        ("image_exists", {"ImageIds": ["ami-0123456789abcdef0"]}),
        ("vpc_exists", {"VpcIds": ["vpc-0123456789abcdef0"]}),
        ("vpc_peering_connection_exists", {"VpcPeeringConnectionIds": ["pcx-0123456789abcdef0"]}),
        ("nat_gateway_available", {"NatGatewayIds": ["nat-0123456789abcdef0"]}),
    ],
)
def test_what_is_not_there_yet_is_looked_for_again(ec2: Any, waiter: str, parameters: Any) -> None:
    """By the exact code that the waiter takes for "not yet": any other would end it at the first look."""
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        ec2.get_waiter(waiter).wait(**parameters, WaiterConfig={"Delay": 0, "MaxAttempts": 2})
