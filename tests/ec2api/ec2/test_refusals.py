"""Calls that what is there forbids: each is refused, and the database holds after it what it held before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests import database_state
from tests.conftest import ACCOUNT, Embedded, embedded
from tests.ec2api.ec2 import transit
from tests.launching import ami, launch, wait_for
from tests.refusal import refused
from tests.storage import snapshot, volume, wait_for_volume
from tests.waiting import until

Ids = dict[str, str]
Refusal = tuple[str, str, Callable[[Ids], dict[str, Any]]]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with ExitStack() as stack:
        yield embedded(tmp_path_factory.mktemp("refusals"), stack, resend_seconds=60, heartbeat_seconds=60)


@pytest.fixture(scope="module")
def ids(cloud: Embedded) -> Ids:
    """An account in which everything is in use by something."""
    ec2 = cloud.client()
    found = network(ec2) | storage(ec2) | transit_gateways(ec2)
    database_state.rest(cloud.cloud.database, ACCOUNT)
    return found


def network(ec2: Any) -> Ids:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    (default,) = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])[
        "NetworkAcls"
    ]
    association = next(a for a in default["Associations"] if a["SubnetId"] == subnet)["NetworkAclAssociationId"]
    ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0")
    interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group])["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address()["AllocationId"]
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["a.b"]}])["DhcpOptions"]
    ec2.associate_dhcp_options(DhcpOptionsId=options["DhcpOptionsId"], VpcId=vpc)
    return {
        **{"vpc": vpc, "subnet": subnet, "gateway": gateway, "table": table, "acl": acl, "group": group},
        **{"interface": interface, "address": address, "dhcp": options["DhcpOptionsId"]},
    }


def storage(ec2: Any) -> Ids:
    first, second, protected = (launch(ec2, until=None, Placement={"AvailabilityZone": "us-east-1a"}) for _ in range(3))
    running, stopped, kept = (i["InstanceId"] for i in (first, second, protected))
    wait_for(ec2, [running, stopped, kept], "running")
    ec2.modify_instance_attribute(InstanceId=kept, DisableApiTermination={"Value": True})
    ec2.stop_instances(InstanceIds=[stopped])
    attached, free = volume(ec2)["VolumeId"], volume(ec2)["VolumeId"]
    ec2.attach_volume(VolumeId=attached, InstanceId=running, Device="/dev/sdf")
    wait_for_volume(ec2, attached, "in-use")
    of_image = snapshot(ec2, free)
    root = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": of_image}}
    image = ec2.register_image(Name="own", RootDeviceName="/dev/xvda", BlockDeviceMappings=[root])["ImageId"]
    ec2.enable_image_deregistration_protection(ImageId=image)
    template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"})
    ec2.create_placement_group(GroupName="g", Strategy="cluster")
    wait_for(ec2, [stopped], "stopped")
    return {
        **{"running": running, "stopped": stopped, "protected": kept, "attached": attached, "free": free},
        **{"snapshot": of_image, "image": image, "public": ami(ec2)},
        "template": template["LaunchTemplate"]["LaunchTemplateId"],
    }


def transit_gateways(ec2: Any) -> Ids:
    gateway = transit.gateway(ec2, DefaultRouteTableAssociation="disable", DefaultRouteTablePropagation="disable")
    id = gateway["TransitGatewayId"]
    attachment, vpc, subnets = transit.attached(ec2, id, "10.9.0.0/16")
    table = transit.table(ec2, id)
    ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachment)
    found = {"TransitGatewayRouteTableId": table}
    until(
        lambda: [a["State"] for a in ec2.get_transit_gateway_route_table_associations(**found)["Associations"]],
        ["associated"],
    )
    ec2.create_transit_gateway_route(DestinationCidrBlock="10.9.0.0/16", TransitGatewayAttachmentId=attachment, **found)
    return {"tgw": id, "tgw_attachment": attachment, "tgw_vpc": vpc, "tgw_subnet": subnets[0], "tgw_table": table}


REFUSED: list[Refusal] = [
    ("delete_vpc", "DependencyViolation", lambda w: {"VpcId": w["vpc"]}),
    ("create_vpc", "InvalidVpc.Range", lambda _: {"CidrBlock": "10.0.0.0/8"}),
    ("associate_vpc_cidr_block", "InvalidVpc.Range", lambda w: {"VpcId": w["vpc"], "CidrBlock": "10.0.0.0/16"}),
    ("delete_subnet", "DependencyViolation", lambda w: {"SubnetId": w["subnet"]}),
    ("create_subnet", "InvalidSubnet.Conflict", lambda w: {"VpcId": w["vpc"], "CidrBlock": "10.0.0.128/25"}),
    ("create_subnet", "InvalidSubnet.Range", lambda w: {"VpcId": w["vpc"], "CidrBlock": "10.1.0.0/24"}),
    ("delete_internet_gateway", "DependencyViolation", lambda w: {"InternetGatewayId": w["gateway"]}),
    (
        "detach_internet_gateway",
        "DependencyViolation",
        lambda w: {"InternetGatewayId": w["gateway"], "VpcId": w["vpc"]},
    ),
    (
        "attach_internet_gateway",
        "Resource.AlreadyAssociated",
        lambda w: {"InternetGatewayId": w["gateway"], "VpcId": w["vpc"]},
    ),
    ("delete_route_table", "DependencyViolation", lambda w: {"RouteTableId": w["table"]}),
    (
        "create_route",
        "RouteAlreadyExists",
        lambda w: {
            "RouteTableId": w["table"],
            "DestinationCidrBlock": "0.0.0.0/0",
            "NetworkInterfaceId": w["interface"],
        },
    ),
    (
        "delete_route",
        "InvalidRoute.NotFound",
        lambda w: {"RouteTableId": w["table"], "DestinationCidrBlock": "1.0.0.0/8"},
    ),
    ("delete_network_acl", "DependencyViolation", lambda w: {"NetworkAclId": w["acl"]}),
    ("delete_dhcp_options", "DependencyViolation", lambda w: {"DhcpOptionsId": w["dhcp"]}),
    ("delete_security_group", "DependencyViolation", lambda w: {"GroupId": w["group"]}),
    (
        "create_security_group",
        "InvalidGroup.Duplicate",
        lambda w: {"GroupName": "web", "Description": "d", "VpcId": w["vpc"]},
    ),
    (
        "authorize_security_group_ingress",
        "InvalidPermission.Duplicate",
        lambda w: {
            "GroupId": w["group"],
            "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            ],
        },
    ),
    ("release_address", "InvalidIPAddress.InUse", lambda w: {"AllocationId": w["address"]}),
    (
        "associate_address",
        "Resource.AlreadyAssociated",
        lambda w: {"AllocationId": w["address"], "InstanceId": w["running"], "AllowReassociation": False},
    ),
    (
        "assign_private_ip_addresses",
        "InvalidParameterValue",
        lambda w: {"NetworkInterfaceId": w["interface"], "PrivateIpAddresses": ["10.0.0.77", "10.0.9.1"]},
    ),
    (
        "create_network_interface",
        "InvalidGroup.NotFound",
        lambda w: {"SubnetId": w["subnet"], "Groups": [w["group"], "sg-0123456789abcdef0"]},
    ),
    (
        "create_vpc_endpoint",
        "InvalidServiceName",
        lambda w: {"VpcId": w["vpc"], "ServiceName": "com.amazonaws.us-east-1.nothing"},
    ),
    ("delete_volume", "VolumeInUse", lambda w: {"VolumeId": w["attached"]}),
    (
        "attach_volume",
        "VolumeInUse",
        lambda w: {"VolumeId": w["attached"], "InstanceId": w["stopped"], "Device": "/dev/sdg"},
    ),
    (
        "attach_volume",
        "InvalidParameterValue",
        lambda w: {"VolumeId": w["free"], "InstanceId": w["running"], "Device": "/dev/sdf"},
    ),
    ("detach_volume", "IncorrectState", lambda w: {"VolumeId": w["free"]}),
    ("modify_volume", "InvalidParameterValue", lambda w: {"VolumeId": w["attached"], "Size": 20000}),
    ("delete_snapshot", "InvalidSnapshot.InUse", lambda w: {"SnapshotId": w["snapshot"]}),
    (
        "create_volume",
        "InvalidParameterValue",
        lambda w: {"AvailabilityZone": "us-east-1a", "SnapshotId": w["snapshot"], "Size": 20000},
    ),
    (
        "modify_snapshot_attribute",
        "InvalidUserID.Malformed",
        lambda w: {
            "SnapshotId": w["snapshot"],
            "Attribute": "createVolumePermission",
            "OperationType": "add",
            "UserIds": ["111122223333", "me"],
        },
    ),
    ("deregister_image", "OperationNotPermitted", lambda w: {"ImageId": w["image"]}),
    (
        "register_image",
        "InvalidAMIName.Duplicate",
        lambda w: {
            "Name": "own",
            "RootDeviceName": "/dev/xvda",
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": w["snapshot"]}}],
        },
    ),
    ("create_image", "InvalidAMIName.Duplicate", lambda w: {"InstanceId": w["running"], "Name": "own"}),
    ("modify_image_attribute", "AuthFailure", lambda w: {"ImageId": w["public"], "Description": {"Value": "mine"}}),
    (
        "create_launch_template",
        "InvalidLaunchTemplateName.AlreadyExistsException",
        lambda _: {"LaunchTemplateName": "web", "LaunchTemplateData": {"InstanceType": "t3.micro"}},
    ),
    (
        "modify_launch_template",
        "InvalidLaunchTemplateId.VersionNotFound",
        lambda w: {"LaunchTemplateId": w["template"], "DefaultVersion": "9"},
    ),
    ("create_placement_group", "InvalidPlacementGroup.Duplicate", lambda _: {"GroupName": "g"}),
    (
        "run_instances",
        "InvalidParameterValue",
        lambda w: {
            **{"ImageId": w["public"], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1},
            **{"SubnetId": w["subnet"], "PrivateIpAddress": "10.0.9.9"},
        },
    ),
    ("terminate_instances", "OperationNotPermitted", lambda w: {"InstanceIds": [w["running"], w["protected"]]}),
    (
        "stop_instances",
        "InvalidInstanceID.NotFound",
        lambda w: {"InstanceIds": [w["running"], "i-0123456789abcdef0"]},
    ),
    ("reboot_instances", "IncorrectInstanceState", lambda w: {"InstanceIds": [w["running"], w["stopped"]]}),
    (
        "modify_instance_attribute",
        "IncorrectInstanceState",
        lambda w: {"InstanceId": w["running"], "InstanceType": {"Value": "m5.large"}},
    ),
    ("delete_transit_gateway", "IncorrectState", lambda w: {"TransitGatewayId": w["tgw"]}),
    ("delete_transit_gateway_route_table", "IncorrectState", lambda w: {"TransitGatewayRouteTableId": w["tgw_table"]}),
    (
        "create_transit_gateway_vpc_attachment",
        "DuplicateTransitGatewayAttachment",
        lambda w: {"TransitGatewayId": w["tgw"], "VpcId": w["tgw_vpc"], "SubnetIds": [w["tgw_subnet"]]},
    ),
    (
        "create_transit_gateway_route",
        "RouteAlreadyExists",
        lambda w: {
            "TransitGatewayRouteTableId": w["tgw_table"],
            "DestinationCidrBlock": "10.9.0.0/16",
            "Blackhole": True,
        },
    ),
    (
        "associate_transit_gateway_route_table",
        "Resource.AlreadyAssociated",
        lambda w: {
            "TransitGatewayRouteTableId": w["tgw_table"],
            "TransitGatewayAttachmentId": w["tgw_attachment"],
        },
    ),
    ("delete_subnet", "DependencyViolation", lambda w: {"SubnetId": w["tgw_subnet"]}),
]


@pytest.mark.parametrize(("action", "code", "given"), REFUSED, ids=[f"{action}-{code}" for action, code, _ in REFUSED])
def test_a_refused_call_changes_nothing(
    cloud: Embedded, ids: Ids, action: str, code: str, given: Callable[[Ids], dict[str, Any]]
) -> None:
    database = cloud.cloud.database
    before = database_state.digest(database, ACCOUNT)
    with refused(code, status=403 if code == "AuthFailure" else 400):
        getattr(cloud.client(), action)(**given(ids))
    assert database_state.digest(database, ACCOUNT) == before
