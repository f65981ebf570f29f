"""Whole stacks: applied, planned again without a difference, changed, destroyed in the other order."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from conformance.endpoint import Endpoint
from conformance.terraform.compute import Ec2Tag, KeyPair, LaunchTemplate, PlacementGroup
from conformance.terraform.compute_cases import instance, public_key
from conformance.terraform.connections import Ec2ManagedPrefixList, FlowLog, VpcEndpoint
from conformance.terraform.iam import EC2_TRUST, IamInstanceProfile, IamRole, IamRolePolicyAttachment
from conformance.terraform.interfaces import Eip, EipAssociation, NetworkInterface, NetworkInterfaceAttachment
from conformance.terraform.network_cases import EVERYWHERE, subnet, vpc, web
from conformance.terraform.provider import Provider, filters, only, refusal
from conformance.terraform.resource import Data, Resource, Stack
from conformance.terraform.routing import InternetGateway, NatGateway, Route, RouteTable, RouteTableAssociation
from conformance.terraform.security_groups import (
    SecurityGroup,
    VpcSecurityGroupEgressRule,
    VpcSecurityGroupIngressRule,
)
from conformance.terraform.storage import EbsSnapshot, EbsVolume, VolumeAttachment
from conformance.terraform.vpcs import DefaultSubnet, DefaultVpc, Subnet, Vpc


def public_network(stack: Stack) -> tuple[Vpc, list[Subnet]]:
    """A VPC of two subnets that reach the Internet."""
    of = vpc(stack, enable_dns_hostnames=True)
    subnets = [subnet(stack, of, number, map_public_ip_on_launch=True) for number in (1, 2)]
    gateway = stack.add(InternetGateway, vpc_id=of.id)
    table = stack.add(RouteTable, vpc_id=of.id, route=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}])
    for each in subnets:
        stack.add(RouteTableAssociation, route_table_id=table.id, subnet_id=each.id)
    return of, subnets


def test_the_usual_stack(stack: Stack) -> None:
    """VPC, subnets, gateway, table, group, key, image, instance, address, volume."""
    of, subnets = public_network(stack)
    given = {"name": "web", "description": "Managed by Terraform", "vpc_id": of.id}
    ssh = web(from_port=22, to_port=22, description="", cidr_blocks=["10.0.0.0/8"])
    group = stack.add(SecurityGroup, **given, ingress=[ssh, web(cidr_blocks=["0.0.0.0/0"])], egress=[EVERYWHERE])
    key = stack.add(KeyPair, key_name=stack.data.name, public_key=public_key())
    server = instance(
        stack,
        subnet_id=subnets[0].id,
        vpc_security_group_ids=[group.id],
        key_name=key["key_name"],
        root_block_device={"volume_size": 10, "volume_type": "gp3"},
    )
    assert server["public_ip"]
    address = stack.add(Eip, instance=server.id)
    zone = server["availability_zone"]
    disk = stack.add(EbsVolume, availability_zone=zone, size=5, type="gp3", tags={"Name": "data"})
    stack.add(VolumeAttachment, device_name="/dev/sdf", instance_id=server.id, volume_id=disk.id)
    stack.replan()
    assert server["public_ip"] == address["public_ip"]
    assert [disk["volume_id"] for disk in server["other_devices"].values()] == [disk.id]
    stack.change(server, instance_type="t3.small", tags={"Name": "bigger"})
    stack.replan()
    stack.destroy()


def test_tiers_behind_a_nat_gateway(stack: Stack) -> None:
    """Public and private subnets, groups that name each other, instances of a template with a role, an endpoint."""
    of, subnets = public_network(stack)
    private = subnet(stack, of, 3)
    nat = stack.add(NatGateway, subnet_id=subnets[0].id, allocation_id=stack.add(Eip).id)
    inner = stack.add(RouteTable, vpc_id=of.id)
    stack.add(Route, route_table_id=inner.id, destination_cidr_block="0.0.0.0/0", nat_gateway_id=nat.id)
    stack.add(RouteTableAssociation, route_table_id=inner.id, subnet_id=private.id)
    service = f"com.amazonaws.{stack.tf.region}.s3"
    stack.add(VpcEndpoint, vpc_id=of.id, service_name=service, route_table_ids=[inner.id])
    prefixes = {"name": stack.data.name, "address_family": "IPv4", "max_entries": 3, "entry": {"10.0.0.0/16": ""}}
    offices = stack.add(Ec2ManagedPrefixList, **prefixes)
    front, back = (
        stack.add(SecurityGroup, name=name, description="Managed by Terraform", vpc_id=of.id)
        for name in ("front", "back")
    )
    port = {"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432}
    stack.add(VpcSecurityGroupIngressRule, security_group_id=front.id, **port, prefix_list_id=offices.id)
    stack.add(VpcSecurityGroupEgressRule, security_group_id=front.id, **port, referenced_security_group_id=back.id)
    stack.add(VpcSecurityGroupIngressRule, security_group_id=back.id, **port, referenced_security_group_id=front.id)
    role = stack.add(IamRole, name=stack.data.name, assume_role_policy=EC2_TRUST)
    core = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    stack.add(IamRolePolicyAttachment, role=role.id, policy_arn=core)
    profile = stack.add(IamInstanceProfile, name=stack.data.name, role=role.id)
    data = {"InstanceType": "t3.micro", "IamInstanceProfile": {"Name": profile.id}}
    template = stack.add(LaunchTemplate, name=stack.data.name, data=data)
    spread = stack.add(PlacementGroup, name=stack.data.name, strategy="spread")
    servers = [
        instance(
            stack,
            launch_template={"LaunchTemplateId": template.id, "Version": "1"},
            subnet_id=private.id,
            vpc_security_group_ids=[back.id],
            placement_group=spread["name"],
        )
        for _ in range(2)
    ]
    bucket = {"log_destination_type": "s3", "log_destination": "arn:aws:s3:::flow-logs"}
    stack.add(FlowLog, resource_id=of.id, resource_type="VPC", traffic_type="REJECT", **bucket)
    stack.replan()
    assert {s["profile"] for s in servers} == {profile.id}
    assert {s["public_ip"] for s in servers} == {""}
    stack.destroy()


def test_a_second_interface_that_moves(stack: Stack) -> None:
    """An interface with an address that goes from one server to another."""
    _, [inside, _] = public_network(stack)
    one, two = (instance(stack, subnet_id=inside.id) for _ in range(2))
    interface = stack.add(NetworkInterface, subnet_id=inside.id)
    address = stack.add(Eip)
    stack.add(EipAssociation, allocation_id=address.id, network_interface_id=interface.id)
    given = {"network_interface_id": interface.id, "device_index": 1}
    attachment = stack.add(NetworkInterfaceAttachment, instance_id=one.id, **given)
    stack.replan()
    assert len(one["network_interface_ids"]) == 2
    stack.remove(attachment)
    stack.add(NetworkInterfaceAttachment, instance_id=two.id, **given)
    stack.replan()
    assert (len(one["network_interface_ids"]), len(two["network_interface_ids"])) == (1, 2)
    stack.destroy()


def test_a_volume_restored_from_a_snapshot(stack: Stack) -> None:
    first, second = stack.data.zones[:2]
    source = stack.add(EbsVolume, availability_zone=first, size=3)
    kept = stack.add(EbsSnapshot, volume_id=source.id)
    copy = stack.add(EbsVolume, availability_zone=second, snapshot_id=kept.id, type="gp3", size=4)
    stack.replan()
    assert copy["snapshot_id"] == kept.id
    stack.destroy()


def test_what_was_deleted_behind_terraforms_back(stack: Stack) -> None:
    """A refresh finds it gone by its code, and an apply makes it anew."""
    of = vpc(stack)
    inside, group = subnet(stack, of), stack.add(SecurityGroup, name="a", description="b", vpc_id=of.id)
    stack.tf.ec2.delete_subnet(SubnetId=inside.id)
    stack.tf.ec2.delete_security_group(GroupId=group.id)
    assert (inside.read(), group.read()) == (None, None)
    stack.resources.remove(inside)
    stack.resources.remove(group)
    subnet(stack, of)
    stack.replan()
    stack.destroy()


def test_destroying_in_the_wrong_order_is_refused_and_changes_nothing(stack: Stack) -> None:
    of, subnets = public_network(stack)
    group = stack.add(SecurityGroup, name="used", description="b", vpc_id=of.id)
    stack.add(NetworkInterface, subnet_id=subnets[0].id, security_groups=[group.id])
    ec2 = stack.tf.ec2
    gateway = next(r for r in stack.resources if isinstance(r, InternetGateway))
    table = next(r for r in stack.resources if isinstance(r, RouteTable))
    stack.replan()
    for call, parameters in (
        (ec2.delete_vpc, {"VpcId": of.id}),
        (ec2.delete_subnet, {"SubnetId": subnets[0].id}),
        (ec2.delete_internet_gateway, {"InternetGatewayId": gateway.id}),
        (ec2.delete_route_table, {"RouteTableId": table.id}),
        (ec2.delete_security_group, {"GroupId": group.id}),
    ):
        assert refusal(call, **parameters) == "DependencyViolation"
    stack.plan()
    stack.destroy()


@pytest.fixture
def far(endpoint: Endpoint, name: str) -> Stack:
    """A stack in another region, for what the whole account has but once in each."""
    if endpoint.other_region is None:
        pytest.skip("the endpoint's other region is not known")
    there = Endpoint(endpoint.urls, endpoint.other_region, endpoint.credentials)
    tf = Provider(there, endpoint.credentials.account, endpoint.other_region)
    found = tf.ec2.describe_availability_zones(Filters=filters(state="available"))["AvailabilityZones"]
    return Stack(tf, Data(sorted(z["ZoneName"] for z in found), "", name))


def remove_default_vpc(ec2: Any) -> None:
    """As the provider does it with force_destroy: its gateway, its subnets, itself."""
    of = only(ec2.describe_vpcs(Filters=filters(isDefault="true"))["Vpcs"])["VpcId"]
    for gateway in ec2.describe_internet_gateways(Filters=filters(attachment__vpc_id=of))["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=of)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for each in ec2.describe_subnets(Filters=filters(vpc_id=of))["Subnets"]:
        ec2.delete_subnet(SubnetId=each["SubnetId"])
    ec2.delete_vpc(VpcId=of)


def test_the_default_vpc_and_subnets(far: Stack) -> None:
    """Adopted where they are, made where they are not."""
    ec2, zone = far.tf.ec2, far.data.zones[0]
    adopted = far.add(DefaultVpc, tags={"Name": far.data.name})
    within = far.add(DefaultSubnet, availability_zone=zone, tags={"Name": far.data.name})
    far.plan()
    for resource in (adopted, within):
        far.change(resource, tags={})
    assert refusal(ec2.create_default_vpc) == "DefaultVpcAlreadyExists"
    again = refusal(ec2.create_default_subnet, AvailabilityZone=zone)
    assert again == "DefaultSubnetAlreadyExistsInAvailabilityZone"
    ec2.delete_subnet(SubnetId=within.id)
    anew = far.add(DefaultSubnet, availability_zone=zone)
    assert (anew["default_for_az"], anew.id != within.id) == (True, True)
    remove_default_vpc(ec2)
    made = far.add(DefaultVpc)
    assert (made["is_default"], made["cidr_block"], made.id != adopted.id) == (True, "172.31.0.0/16", True)
    shown = ec2.describe_subnets(Filters=filters(vpc_id=made.id, defaultForAz="true"))["Subnets"]
    assert sorted(each["AvailabilityZone"] for each in shown) == list(far.data.zones)


def test_a_tag_of_what_another_stack_made(stack: Stack) -> None:
    """Two configurations, one resource: each sees its own tags, and a tag that is not of its making as a difference."""
    of = vpc(stack)
    tag = stack.add(Ec2Tag, resource_id=of.id, key="owner", value="somebody")
    state = of.read()
    assert state is not None
    assert state["tags"] == {"Name": stack.data.name, "owner": "somebody"}
    stack.remove(tag)
    stack.plan()
    stack.destroy()


def test_nothing_of_a_failed_apply_stays(stack: Stack) -> None:
    """RunInstances with a group of another VPC: an error at once, not a hang, and nothing to clean up."""
    one, two = vpc(stack), vpc(stack)
    group = stack.add(SecurityGroup, name="a", description="b", vpc_id=two.id)
    inside = subnet(stack, one)
    with pytest.raises(ClientError) as refused:
        instance(stack, subnet_id=inside.id, vpc_security_group_ids=[group.id])
    assert refused.value.response["Error"]["Code"] == "InvalidParameter"
    assert not any(isinstance(r, Resource) and r.kind == "instance" for r in stack.resources)
    stack.plan()
    stack.destroy()
