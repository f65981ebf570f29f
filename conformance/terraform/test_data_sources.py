"""Every data source of the provider that asks EC2: its filters, in the provider's spelling, find what a stack made."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from conformance.terraform.compute import KeyPair, LaunchTemplate
from conformance.terraform.compute_cases import instance, public_key
from conformance.terraform.instances import TYPE_MEMBERS
from conformance.terraform.interfaces import Eip, NetworkInterface
from conformance.terraform.network_acls import NetworkAcl
from conformance.terraform.network_cases import bare_group, subnet, vpc
from conformance.terraform.provider import Provider, filters, only
from conformance.terraform.resource import Stack
from conformance.terraform.routing import InternetGateway, NatGateway, RouteTable, RouteTableAssociation
from conformance.terraform.storage import EbsSnapshot
from conformance.terraform.storage_cases import volume


@pytest.mark.parametrize(
    ("owner", "pattern"),
    [
        ("amazon", "amzn2-ami-hvm-*-x86_64-gp2"),
        ("amazon", "al2023-ami-2023.*-x86_64"),
        ("099720109477", "ubuntu/images/hvm-ssd*/ubuntu-*-amd64-server-*"),
        ("136693071363", "debian-12-amd64-*"),
    ],
)
def test_aws_ami(tf: Provider, owner: str, pattern: str) -> None:
    wanted = filters(name=pattern, virtualization_type="hvm")
    found = tf.ec2.describe_images(IncludeDeprecated=False, Owners=[owner], Filters=wanted)["Images"]
    assert found
    for image in found:
        datetime.fromisoformat(image["CreationDate"])
        assert re.fullmatch(pattern.replace("*", ".*"), image["Name"])
    newest = max(found, key=lambda i: i["CreationDate"])
    assert only(tf.ec2.describe_images(ImageIds=[newest["ImageId"]])["Images"]) == newest


def test_aws_ami_of_ones_own_and_of_nobody(tf: Provider) -> None:
    nothing = tf.ec2.describe_images(IncludeDeprecated=True, Owners=["self"], Filters=filters(name="no-such-*"))
    assert nothing["Images"] == []
    executable = tf.ec2.describe_images(ExecutableUsers=["self"], Owners=["self"])
    assert all(i["OwnerId"] == tf.account for i in executable["Images"])


def test_aws_availability_zones(tf: Provider, zones: list[str]) -> None:
    call = tf.ec2.describe_availability_zones
    wanted = filters(
        state="available", opt_in_status="opt-in-not-required", zone_type="availability-zone", region_name=tf.region
    )
    found = call(AllAvailabilityZones=False, Filters=wanted)["AvailabilityZones"]
    assert sorted(z["ZoneName"] for z in found) == zones
    zone = only(call(ZoneNames=zones[:1])["AvailabilityZones"])
    assert only(call(ZoneIds=[zone["ZoneId"]])["AvailabilityZones"]) == zone
    assert call(Filters=filters(group_name=zone["GroupName"]))["AvailabilityZones"]
    assert (zone["OptInStatus"], zone["ZoneType"]) == ("opt-in-not-required", "availability-zone")


def test_aws_ec2_instance_type(tf: Provider) -> None:
    [shown] = tf.ec2.describe_instance_types(InstanceTypes=["m5.large"])["InstanceTypes"]
    for member in TYPE_MEMBERS:
        assert shown[member], member
    wanted = filters(instance_type="t3.*", current_generation="true", processor_info__supported_architecture="x86_64")
    found = tf.ec2.describe_instance_types(Filters=wanted)["InstanceTypes"]
    assert "t3.micro" in [each["InstanceType"] for each in found]


def test_aws_ec2_instance_type_offerings(tf: Provider, zones: list[str]) -> None:
    wanted = filters(instance_type=["t3.micro", "t3.small"], location=zones[0])
    call = tf.ec2.describe_instance_type_offerings
    found = call(LocationType="availability-zone", Filters=wanted)["InstanceTypeOfferings"]
    shown = sorted((o["InstanceType"], o["Location"], o["LocationType"]) for o in found)
    assert shown == [(kind, zones[0], "availability-zone") for kind in ("t3.micro", "t3.small")]


def test_aws_vpc(stack: Stack) -> None:
    made = vpc(stack, cidr_block="10.77.0.0/16")
    call = stack.tf.ec2.describe_vpcs
    custom = filters(cidr_block_association__cidr_block="10.77.0.0/16", owner_id=stack.tf.account)
    legacy = filters(cidr="10.77.0.0/16", isDefault="false", state="available", dhcp_options_id=made["dhcp_options_id"])
    mine = [{"Name": "tag:Name", "Values": [stack.data.name]}]
    for wanted in (legacy, custom, mine, [*legacy, *custom, *mine]):
        assert only(call(Filters=wanted)["Vpcs"])["VpcId"] == made.id
    assert call(Filters=[*mine, *filters(isDefault="true")])["Vpcs"] == []


def test_aws_subnet(stack: Stack) -> None:
    of = vpc(stack, assign_generated_ipv6_cidr_block=True)
    ipv6 = of["ipv6_cidr_block"].replace("/56", "/64")
    made = subnet(stack, of, 1, ipv6_cidr_block=ipv6)
    subnet(stack, of, 2)
    call = stack.tf.ec2.describe_subnets
    inside = filters(vpc_id=of.id)
    for wanted in (
        filters(cidrBlock="10.0.1.0/24"),
        filters(availabilityZone=made["availability_zone"]),
        filters(availabilityZoneId=made["availability_zone_id"], defaultForAz="false", state="available"),
        filters(ipv6_cidr_block_association__ipv6_cidr_block=ipv6),
        filters(cidr_block="10.0.1.0/24", default_for_az="false"),
    ):
        assert only(call(Filters=[*inside, *wanted])["Subnets"])["SubnetId"] == made.id, wanted
    assert len(call(Filters=inside)["Subnets"]) == 2


def test_the_rest_of_the_network(stack: Stack) -> None:
    """Groups, tables, gateways, interfaces, ACLs and addresses, by what the provider filters by."""
    of = vpc(stack)
    inside = subnet(stack, of)
    group = bare_group(stack, of)
    gateway = stack.add(InternetGateway, vpc_id=of.id)
    table = stack.add(RouteTable, vpc_id=of.id, tags={"Name": stack.data.name})
    stack.add(RouteTableAssociation, route_table_id=table.id, subnet_id=inside.id)
    acl = stack.add(NetworkAcl, vpc_id=of.id, subnet_ids=[inside.id])
    nat = stack.add(NatGateway, subnet_id=inside.id, connectivity_type="private")
    interface = stack.add(NetworkInterface, subnet_id=inside.id, security_groups=[group])
    address = stack.add(Eip, tags={"Name": stack.data.name})
    ec2, here = stack.tf.ec2, filters(vpc_id=of.id)

    def ids(call: Callable[..., Any], result: str, id: str, wanted: Any, **more: Any) -> list[str]:
        return [each[id] for each in call(Filters=wanted, **more)[result]]

    named = [*here, *filters(group_name="bare")]
    assert ids(ec2.describe_security_groups, "SecurityGroups", "GroupId", named) == [group]
    described = [*here, *filters(description="Managed by Terraform")]
    assert ids(ec2.describe_security_groups, "SecurityGroups", "GroupId", described) == [group]
    for wanted in (
        filters(route_table_id=table.id),
        filters(association__subnet_id=inside.id),
        [*here, {"Name": "tag:Name", "Values": [stack.data.name]}],
    ):
        assert ids(ec2.describe_route_tables, "RouteTables", "RouteTableId", wanted) == [table.id]
    assert (
        ids(ec2.describe_route_tables, "RouteTables", "RouteTableId", filters(association__gateway_id=gateway.id)) == []
    )
    for wanted in (filters(attachment__vpc_id=of.id), filters(internet_gateway_id=gateway.id)):
        assert ids(ec2.describe_internet_gateways, "InternetGateways", "InternetGatewayId", wanted) == [gateway.id]
    wanted = [*filters(state="available", subnet_id=inside.id), *here]
    assert [g["NatGatewayId"] for g in ec2.describe_nat_gateways(Filter=wanted)["NatGateways"]] == [nat.id]
    wanted = filters(subnet_id=inside.id, group_id=group)
    found = ids(ec2.describe_network_interfaces, "NetworkInterfaces", "NetworkInterfaceId", wanted)
    assert found == [interface.id]
    wanted = [*here, *filters(default="false")]
    assert ids(ec2.describe_network_acls, "NetworkAcls", "NetworkAclId", wanted) == [acl.id]
    wanted = [{"Name": "tag:Name", "Values": [stack.data.name]}]
    assert ids(ec2.describe_addresses, "Addresses", "AllocationId", wanted) == [address.id]
    shown = only(ec2.describe_addresses(PublicIps=[address["public_ip"]])["Addresses"])
    assert shown["AllocationId"] == address.id
    named = ec2.describe_addresses_attribute(AllocationIds=[address.id], Attribute="domain-name")["Addresses"]
    assert not any(each.get("PtrRecord") for each in named)


def test_aws_instances(stack: Stack) -> None:
    made = instance(stack, subnet_id=subnet(stack, vpc(stack)).id)
    call = stack.tf.ec2.describe_instances
    mine = [{"Name": "tag:Name", "Values": [stack.data.name]}]
    running = filters(instance_state_name="running")
    [reservation] = call(Filters=[*mine, *running])["Reservations"]
    assert [i["InstanceId"] for i in reservation["Instances"]] == [made.id]
    assert call(Filters=[*mine, *filters(instance_state_name=["stopped", "stopping"])])["Reservations"] == []
    device = only(stack.tf.ec2.describe_volumes(Filters=filters(attachment__instance_id=made.id))["Volumes"])
    assert device["VolumeId"] == made["root_device"]["volume_id"]


def test_aws_ebs_volume_and_snapshots(stack: Stack) -> None:
    made = volume(stack, tags={"Name": stack.data.name})
    first, second = (stack.add(EbsSnapshot, volume_id=made.id) for _ in range(2))
    wanted = [*filters(volume_type="gp2"), {"Name": "tag:Name", "Values": [stack.data.name]}]
    assert only(stack.tf.ec2.describe_volumes(Filters=wanted)["Volumes"])["VolumeId"] == made.id
    call, wanted = stack.tf.ec2.describe_snapshots, filters(volume_id=made.id)
    for who in ({"OwnerIds": ["self"]}, {"OwnerIds": [stack.tf.account]}, {"RestorableByUserIds": ["self"]}):
        found = call(Filters=wanted, **who)["Snapshots"]
        assert {each["SnapshotId"] for each in found} == {first.id, second.id}
        assert all(each["OwnerId"] == stack.tf.account for each in found)


def test_aws_key_pair(stack: Stack) -> None:
    made = stack.add(KeyPair, key_name=stack.data.name, public_key=public_key(), tags={"Name": stack.data.name})
    call = stack.tf.ec2.describe_key_pairs
    for wanted in (
        filters(key_pair_id=made.id),
        filters(fingerprint=made["fingerprint"]),
        [{"Name": "tag:Name", "Values": [stack.data.name]}],
    ):
        [pair] = call(IncludePublicKey=True, Filters=wanted)["KeyPairs"]
        assert pair["KeyPairId"] == made.id
        assert pair["PublicKey"].split()[:2] == made.get("public_key").split()[:2]


def test_aws_launch_template(stack: Stack) -> None:
    made = stack.add(LaunchTemplate, name=stack.data.name, data={"ImageId": stack.data.ami})
    call = stack.tf.ec2.describe_launch_templates
    for wanted in (
        {"LaunchTemplateIds": [made.id]},
        {"LaunchTemplateNames": [stack.data.name]},
        {"Filters": filters(launch_template_name=stack.data.name)},
    ):
        assert only(call(**wanted)["LaunchTemplates"])["LaunchTemplateId"] == made.id
    versions = stack.tf.ec2.describe_launch_template_versions
    default = versions(LaunchTemplateId=made.id, Filters=filters(is_default_version="true"))
    assert only(default["LaunchTemplateVersions"])["VersionNumber"] == 1


def test_aws_ssm_parameter(tf: Provider) -> None:
    """The newest image as AWS publishes it, which is one that can be launched."""
    for name in (
        "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
    ):
        parameter = tf.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        assert only(tf.ec2.describe_images(ImageIds=[parameter["Value"]])["Images"])["State"] == "available"
