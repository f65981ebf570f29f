"""boto3's resource API: objects that load themselves, collections that filter and act, and waiters of their own."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(autouse=True)
def _patience(resource: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The waiters of resources look every 15 seconds, and take no other wish."""
    client = resource.meta.client
    get_waiter = client.get_waiter

    def impatient(name: str) -> Any:
        waiter = get_waiter(name)
        waiter.config.delay = 0.2
        return waiter

    monkeypatch.setattr(client, "get_waiter", impatient)


@pytest.fixture
def network(resource: Any, name: str) -> Iterator[Any]:
    """A VPC with two subnets, a gateway, a route table and a group: deleted one by one, in the only order there is."""
    vpc = resource.create_vpc(CidrBlock="10.7.0.0/16")
    vpc.wait_until_available()
    vpc.create_tags(Tags=[{"Key": "Name", "Value": name}])
    vpc.modify_attribute(EnableDnsHostnames={"Value": True})
    subnets = [vpc.create_subnet(CidrBlock=f"10.7.{number}.0/24") for number in (1, 2)]
    gateway = resource.create_internet_gateway()
    vpc.attach_internet_gateway(InternetGatewayId=gateway.id)
    table = vpc.create_route_table()
    route = table.create_route(DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway.id)
    association = table.associate_with_subnet(SubnetId=subnets[0].id)
    group = vpc.create_security_group(GroupName=name, Description="for the web")
    yield vpc
    for refused in (vpc, gateway, table):
        with pytest.raises(ClientError) as caught:
            refused.delete()
        assert caught.value.response["Error"]["Code"] == "DependencyViolation"
    group.delete()
    association.delete()
    route.delete()
    table.delete()
    gateway.detach_from_vpc(VpcId=vpc.id)
    gateway.delete()
    for subnet in subnets:
        subnet.delete()
    vpc.delete()
    with pytest.raises(ClientError) as caught:
        vpc.reload()
    assert caught.value.response["Error"]["Code"] == "InvalidVpcID.NotFound"


def test_a_vpc_and_what_is_in_it(resource: Any, network: Any, name: str) -> None:
    [found] = resource.vpcs.filter(Filters=[{"Name": "tag:Name", "Values": [name]}])
    assert found == network
    assert (network.cidr_block, network.state, network.is_default) == ("10.7.0.0/16", "available", False)
    assert network.describe_attribute(Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}
    assert sorted(subnet.cidr_block for subnet in network.subnets.all()) == ["10.7.1.0/24", "10.7.2.0/24"]
    assert sorted(group.group_name for group in network.security_groups.all()) == sorted(["default", name])
    [gateway] = network.internet_gateways.all()
    assert gateway.attachments == [{"VpcId": network.id, "State": "available"}]
    [acl] = network.network_acls.all()
    assert (acl.is_default, acl.vpc) == (True, network)
    main, other = sorted(network.route_tables.all(), key=lambda table: len(table.routes))
    assert main.associations[0].main is True
    assert [(route.destination_cidr_block, route.gateway_id, route.state) for route in other.routes] == [
        ("10.7.0.0/16", "local", "active"),
        ("0.0.0.0/0", gateway.id, "active"),
    ]
    assert other.associations[0].subnet.cidr_block == "10.7.1.0/24"
    assert network.dhcp_options.id.startswith("dopt-")


def test_a_security_group(resource: Any, network: Any, name: str) -> None:
    [group] = network.security_groups.filter(GroupIds=[], Filters=[{"Name": "group-name", "Values": [name]}])
    group.authorize_ingress(IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="203.0.113.0/24")
    group.authorize_ingress(
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": group.id}]},
        ]
    )
    group.reload()
    assert {(rule["FromPort"], len(rule["IpRanges"])) for rule in group.ip_permissions} == {(80, 1), (22, 0)}
    group.revoke_egress(IpPermissions=group.ip_permissions_egress)
    group.revoke_ingress(IpPermissions=group.ip_permissions)
    group.reload()
    assert (group.ip_permissions, group.ip_permissions_egress) == ([], [])
    [tag] = group.create_tags(Tags=[{"Key": "purpose", "Value": "conformance"}])
    assert (tag.resource_id, tag.key, tag.value) == (group.id, "purpose", "conformance")
    tag.delete()
    group.reload()
    assert not group.tags


def test_the_life_of_instances(resource: Any, network: Any, image: dict[str, Any], name: str) -> None:
    [subnet] = network.subnets.filter(Filters=[{"Name": "cidr-block", "Values": ["10.7.1.0/24"]}])
    made = subnet.create_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.micro",
        MinCount=2,
        MaxCount=2,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
    )
    named = resource.instances.filter(Filters=[{"Name": "tag:Name", "Values": [name]}])
    assert {instance.state["Name"] for instance in made} == {"pending"}
    for instance in made:
        instance.wait_until_running()
    one = made[0]
    one.reload()
    assert one.state == {"Code": 16, "Name": "running"}
    assert (one.subnet, one.vpc, one.image.id) == (subnet, network, image["ImageId"])
    assert one.tags == [{"Key": "Name", "Value": name}]
    assert [device["DeviceName"] for device in one.block_device_mappings] == [one.root_device_name]
    assert {instance.id for instance in subnet.instances.all()} == {instance.id for instance in made}
    assert {i.id for i in resource.instances.filter(InstanceIds=[one.id]).limit(1)} == {one.id}
    assert one.console_output()["InstanceId"] == one.id
    [interface] = one.network_interfaces
    interface.reload()
    assert (interface.private_ip_address, interface.attachment["InstanceId"]) == (one.private_ip_address, one.id)
    one.reboot()
    named.stop()
    for instance in made:
        instance.wait_until_stopped()
    one.modify_attribute(InstanceType={"Value": "t3.small"})
    assert one.describe_attribute(Attribute="instanceType")["InstanceType"] == {"Value": "t3.small"}
    one.start()
    one.wait_until_running()
    named.terminate()
    for instance in made:
        instance.wait_until_terminated()
    assert {instance.state["Name"] for instance in named} == {"terminated"}
    assert list(subnet.instances.filter(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])) == []


def test_volumes_snapshots_and_addresses(resource: Any, network: Any, image: dict[str, Any], name: str) -> None:
    [subnet] = network.subnets.filter(Filters=[{"Name": "cidr-block", "Values": ["10.7.1.0/24"]}])
    [instance] = subnet.create_instances(ImageId=image["ImageId"], InstanceType="t3.micro", MinCount=1, MaxCount=1)
    instance.wait_until_running()
    volume = resource.create_volume(AvailabilityZone=subnet.availability_zone, Size=1, VolumeType="gp3")
    resource.meta.client.get_waiter("volume_available").wait(VolumeIds=[volume.id])
    assert instance.attach_volume(Device="/dev/sdf", VolumeId=volume.id)["State"] == "attaching"
    resource.meta.client.get_waiter("volume_in_use").wait(VolumeIds=[volume.id])
    assert volume.id in [v.id for v in instance.volumes.all()]
    snapshot = volume.create_snapshot(Description=name)
    snapshot.wait_until_completed()
    assert [(s.id, s.description) for s in volume.snapshots.all()] == [(snapshot.id, name)]
    assert (snapshot.volume, snapshot.owner_id) == (volume, network.owner_id)
    snapshot.modify_attribute(Attribute="createVolumePermission", OperationType="add", GroupNames=["all"])
    shared = snapshot.describe_attribute(Attribute="createVolumePermission")["CreateVolumePermissions"]
    assert shared == [{"Group": "all"}]
    snapshot.delete()
    volume.detach_from_instance(InstanceId=instance.id)
    resource.meta.client.get_waiter("volume_available").wait(VolumeIds=[volume.id])
    volume.delete()

    allocated = resource.meta.client.allocate_address(Domain="vpc")
    address = resource.VpcAddress(allocated["AllocationId"])
    address.associate(InstanceId=instance.id)
    address.reload()
    assert address.public_ip == allocated["PublicIp"]
    assert (address.instance_id, address.association.public_ip) == (instance.id, address.public_ip)
    assert [a.allocation_id for a in instance.vpc_addresses.all()] == [address.allocation_id]
    address.association.delete()
    address.release()
    instance.terminate()
    instance.wait_until_terminated()


def test_images_and_key_pairs(resource: Any, image: dict[str, Any], name: str) -> None:
    found = resource.Image(image["ImageId"])
    assert (found.name, found.state, found.root_device_type) == (image["Name"], "available", "ebs")
    key = resource.create_key_pair(KeyName=name)
    assert key.key_material.startswith("-----BEGIN RSA PRIVATE KEY-----")
    info = resource.KeyPair(name)
    assert info.key_fingerprint == key.key_fingerprint
    assert [pair.name for pair in resource.key_pairs.filter(KeyNames=[name])] == [name]
    info.delete()
    assert list(resource.key_pairs.filter(Filters=[{"Name": "key-name", "Values": [name]}])) == []


def test_placement_groups(resource: Any, name: str) -> None:
    group = resource.create_placement_group(GroupName=name, Strategy="spread")
    assert [g.name for g in resource.placement_groups.filter(GroupNames=[name])] == [name]
    assert (group.state, group.strategy) == ("available", "spread")
    group.delete()
