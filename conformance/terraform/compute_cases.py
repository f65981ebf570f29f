"""Cases of instances, and of what they are launched with."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.terraform.case import case
from conformance.terraform.compute import (
    Ec2CapacityReservation,
    Ec2Fleet,
    Ec2Tag,
    KeyPair,
    LaunchTemplate,
    PlacementGroup,
    SpotInstanceRequest,
)
from conformance.terraform.iam import EC2_TRUST, IamInstanceProfile, IamRole
from conformance.terraform.instances import Ec2InstanceState, Instance
from conformance.terraform.interfaces import Eip, NetworkInterface, NetworkInterfaceAttachment
from conformance.terraform.network_cases import Given, bare_group, subnet, vpc
from conformance.terraform.resource import Stack
from conformance.terraform.routing import InternetGateway
from conformance.terraform.vpcs import Subnet


def inside(stack: Stack, **arguments: Any) -> Subnet:
    return subnet(stack, vpc(stack), **arguments)


def public_key() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def instance(stack: Stack, **arguments: Any) -> Instance:
    given = {"ami": stack.data.ami, "instance_type": "t3.micro", "tags": {"Name": stack.data.name}}
    return stack.add(Instance, **{**given, **arguments})


@case
def aws_instance(stack: Stack) -> Given:
    of = vpc(stack)
    groups = sorted(bare_group(stack, of, name) for name in ("a", "b"))
    key = stack.add(KeyPair, key_name=stack.data.name, public_key=public_key())
    made = instance(
        stack,
        subnet_id=subnet(stack, of).id,
        private_ip="10.0.1.10",
        vpc_security_group_ids=groups[:1],
        key_name=key["key_name"],
        user_data="#!/bin/sh\necho ä > /tmp/x\n",
        disable_api_termination=True,
        instance_initiated_shutdown_behavior="terminate",
        monitoring=False,
        cpu_credits="standard",
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 2,
            "http_protocol_ipv6": "disabled",
            "instance_metadata_tags": "disabled",
        },
        root_block_device={"volume_size": 10, "volume_type": "gp3", "delete_on_termination": True},
        ebs_block_device={"/dev/sdf": {"volume_size": 1, "volume_type": "gp2"}},
        volume_tags={"of": stack.data.name},
        source_dest_check=False,
    )
    tokens = {"http_tokens": "optional", "http_put_response_hop_limit": 1, "instance_metadata_tags": "enabled"}
    return made, {
        "instance_type": "t3.small",
        "user_data": "#!/bin/sh\n",
        "vpc_security_group_ids": groups,
        "secondary_private_ips": ["10.0.1.11"],
        "disable_api_termination": False,
        "instance_initiated_shutdown_behavior": "stop",
        "monitoring": True,
        "cpu_credits": "unlimited",
        "metadata_options": {**made["metadata_options"], **tokens},
        "auto_recovery": "disabled",
        "root_block_device": {"volume_size": 12, "volume_type": "gp3", "delete_on_termination": False},
        "source_dest_check": True,
    }


@case
def aws_instance__defaults(stack: Stack) -> Given:
    made = instance(stack)
    defaults = {
        "monitoring": False,
        "tenancy": "default",
        "ebs_optimized": False,
        "hibernation": False,
        "enclave": False,
        "auto_recovery": "default",
        "hostname_type": "ip-name",
        "capacity_reservation": "open",
        "cpu_credits": "unlimited",
        "disable_api_stop": False,
        "disable_api_termination": False,
        "instance_initiated_shutdown_behavior": "stop",
        "source_dest_check": True,
        "user_data": None,
        "launch_template_id": [],
    }
    assert {name: made[name] for name in defaults} == defaults
    shown = made["metadata_options"]
    assert (shown["http_endpoint"], shown["http_protocol_ipv6"], shown["instance_metadata_tags"]) == (
        "enabled",
        "disabled",
        "disabled",
    )
    return made, {}


@case
def aws_instance__iam_instance_profile(stack: Stack) -> Given:
    role = stack.add(IamRole, name=stack.data.name, assume_role_policy=EC2_TRUST)
    first, second = (stack.add(IamInstanceProfile, name=f"{stack.data.name}-{n}", role=role.id) for n in range(2))
    made = instance(stack, subnet_id=inside(stack).id, iam_instance_profile=first.id)
    assert made["profile"] == first.id
    return made, {"iam_instance_profile": second.id}


@case
def aws_instance__launch_template(stack: Stack) -> Given:
    data = {"ImageId": stack.data.ami, "InstanceType": "t3.nano", "Monitoring": {"Enabled": True}}
    template = stack.add(LaunchTemplate, name=stack.data.name, data=data)
    wanted = {"LaunchTemplateId": template.id, "Version": "$Latest"}
    made = stack.add(Instance, launch_template=wanted, subnet_id=inside(stack).id)
    assert (made["instance_type"], made["monitoring"]) == ("t3.nano", True)
    assert made["launch_template_id"] == [template.id]
    return made, {}


@case
def aws_instance__network_interface(stack: Stack) -> Given:
    interface = stack.add(NetworkInterface, subnet_id=inside(stack).id, private_ips=["10.0.1.30"])
    wanted = [{"NetworkInterfaceId": interface.id, "DeviceIndex": 0}]
    made = instance(stack, network_interfaces=wanted)
    assert (made["primary_network_interface_id"], made["private_ip"]) == (interface.id, "10.0.1.30")
    return made, {}


@case
def aws_instance__placement_group(stack: Stack) -> Given:
    group = stack.add(PlacementGroup, name=stack.data.name, strategy="partition", partition_count=2)
    place = {"placement_group": group["name"], "placement_partition_number": 2}
    made = instance(stack, instance_type="m5.large", subnet_id=inside(stack).id, **place)
    return made, {}


@case
def aws_ec2_instance_state(stack: Stack) -> Given:
    machine = instance(stack, subnet_id=inside(stack).id)
    made = stack.add(Ec2InstanceState, instance_id=machine.id, state="stopped")
    return made, {"state": "running"}


@case
def aws_network_interface_attachment(stack: Stack) -> Given:
    within = inside(stack)
    machine = instance(stack, subnet_id=within.id)
    interface = stack.add(NetworkInterface, subnet_id=within.id)
    given = {"network_interface_id": interface.id, "instance_id": machine.id, "device_index": 1}
    made = stack.add(NetworkInterfaceAttachment, **given)
    assert made["status"] == "attached"
    return made, {}


@case
def aws_eip__of_an_instance(stack: Stack) -> Given:
    of = vpc(stack)
    stack.add(InternetGateway, vpc_id=of.id)
    within = subnet(stack, of)
    first, second = (instance(stack, subnet_id=within.id) for _ in range(2))
    made = stack.add(Eip, instance=first.id)
    assert made["private_ip"] == first["private_ip"]
    return made, {"instance": second.id}


@case
def aws_key_pair(stack: Stack) -> Given:
    made = stack.add(KeyPair, key_name=stack.data.name, public_key=public_key())
    assert made["key_type"] == "ed25519"
    return made, {}


@case
def aws_launch_template(stack: Stack) -> Given:
    ebs = {"VolumeSize": 20, "VolumeType": "gp3", "DeleteOnTermination": True}
    data = {
        "ImageId": stack.data.ami,
        "InstanceType": "t3.micro",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}],
        "MetadataOptions": {"HttpTokens": "required"},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}],
        "UserData": "IyEvYmluL3NoCg==",
    }
    given = {"name": stack.data.name, "update_default_version": True}
    made = stack.add(LaunchTemplate, **given, description="first", data=data)
    assert (made["default_version"], made["latest_version"]) == (1, 1)
    return made, {"description": "second", "data": {**data, "InstanceType": "t3.small"}}


@case
def aws_placement_group(stack: Stack) -> Given:
    stack.add(PlacementGroup, name=f"{stack.data.name}-spread", strategy="spread", spread_level="rack")
    return stack.add(PlacementGroup, name=stack.data.name, strategy="cluster"), {}


@case
def aws_spot_instance_request(stack: Stack) -> Given:
    given = {"ami": stack.data.ami, "instance_type": "t3.micro", "subnet_id": inside(stack).id}
    spot = {"spot_type": "one-time", "instance_interruption_behavior": "terminate"}
    made = stack.add(SpotInstanceRequest, **given, **spot)
    assert (made["spot_request_state"], made["spot_bid_status"]) == ("active", "fulfilled")
    return made, {}


@case
def aws_ec2_fleet(stack: Stack) -> Given:
    data = {"ImageId": stack.data.ami, "InstanceType": "t3.micro"}
    template = stack.add(LaunchTemplate, name=stack.data.name, data=data)
    wanted = {"LaunchTemplateId": template.id, "Version": "1"}
    capacity = {"TotalTargetCapacity": 0, "DefaultTargetCapacityType": "on-demand"}
    options = {"type": "maintain", "terminate_instances": True, "excess_capacity_termination_policy": "termination"}
    made = stack.add(Ec2Fleet, launch_template=wanted, target=capacity, **options)
    return made, {"target": {**capacity, "TotalTargetCapacity": 1}}


@case
def aws_ec2_capacity_reservation(stack: Stack) -> Given:
    given = {"instance_type": "t3.micro", "instance_platform": "Linux/UNIX", "availability_zone": stack.data.zones[0]}
    more = {"end_date_type": "unlimited", "instance_match_criteria": "targeted", "tenancy": "default"}
    return stack.add(Ec2CapacityReservation, **given, **more, instance_count=1), {"instance_count": 2}


@case
def aws_ec2_tag(stack: Stack) -> Given:
    table = vpc(stack)["main_route_table_id"]  # what another configuration's VPC came with
    return stack.add(Ec2Tag, resource_id=table, key="owner", value="somebody"), {"value": "else"}
