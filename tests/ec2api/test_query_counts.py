"""Every Describe of EC2 asks the database as often with many resources as with few, and not often."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import jmespath
from sqlalchemy import event

from ec2api.describe import Describe
from ec2api.protocol import model
from ec2api.registry import ACTIONS
from tests.conftest import Embedded
from tests.ec2api.test_describe import required
from tests.launching import ami, code_of, wait_for
from tests.waiting import until

FEW, MANY = 2, 6
SIMPLE, OTHER = 8, 12
"""What a Describe may ask at most: one that is declared, and one that is a function."""

MOST = {
    name: SIMPLE if isinstance(action.handler, Describe) else OTHER
    for (service, name), action in sorted(ACTIONS.items())
    if service == "ec2" and (name.startswith("Describe") or isinstance(action.handler, Describe))
}

SHOWN: dict[str, str] = {
    "DescribeAddresses": "Addresses",
    "DescribeCapacityReservations": "CapacityReservations",
    "DescribeDhcpOptions": "DhcpOptions",
    "DescribeEgressOnlyInternetGateways": "EgressOnlyInternetGateways",
    "DescribeFlowLogs": "FlowLogs",
    "DescribeImages": "Images",
    "DescribeInstanceCreditSpecifications": "InstanceCreditSpecifications",
    "DescribeInstanceStatus": "InstanceStatuses",
    "DescribeInstances": "Reservations[].Instances[]",
    "DescribeInternetGateways": "InternetGateways",
    "DescribeKeyPairs": "KeyPairs",
    "DescribeLaunchTemplates": "LaunchTemplates",
    "DescribeManagedPrefixLists": "PrefixLists",
    "DescribeNatGateways": "NatGateways",
    "DescribeNetworkAcls": "NetworkAcls",
    "DescribeNetworkInterfaces": "NetworkInterfaces",
    "DescribePlacementGroups": "PlacementGroups",
    "DescribeRouteTables": "RouteTables",
    "DescribeSecurityGroupRules": "SecurityGroupRules",
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeSnapshots": "Snapshots",
    "DescribeSubnets": "Subnets",
    "DescribeTags": "Tags",
    "DescribeTransitGateways": "TransitGateways",
    "DescribeVolumeStatus": "VolumeStatuses",
    "DescribeVolumes": "Volumes",
    "DescribeVolumesModifications": "VolumesModifications",
    "DescribeVpcEndpoints": "VpcEndpoints",
    "DescribeVpcPeeringConnections": "VpcPeeringConnections",
    "DescribeVpcs": "Vpcs",
}
"""The main kinds: ``_fill`` makes more of them the more it is told to. Of others it is known that few queries do."""


def _first(call: str, path: str) -> Callable[[Any], str]:
    return lambda ec2: str(jmespath.search(path, getattr(ec2, call)()))


IDS = {
    "GroupId": _first("describe_security_groups", "SecurityGroups[0].GroupId"),
    "ImageId": lambda ec2: str(ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]),
    "InstanceId": _first("describe_instances", "Reservations[0].Instances[0].InstanceId"),
    "NetworkInterfaceId": _first("describe_network_interfaces", "NetworkInterfaces[0].NetworkInterfaceId"),
    "SnapshotId": lambda ec2: str(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["SnapshotId"]),
    "VolumeId": _first("describe_volumes", "Volumes[0].VolumeId"),
    "VpcId": _first("describe_vpcs", "Vpcs[0].VpcId"),
}

ATTRIBUTES: dict[str, tuple[str, str]] = {
    "DescribeImageAttribute": ("ImageId", "launchPermission"),
    "DescribeInstanceAttribute": ("InstanceId", "blockDeviceMapping"),
    "DescribeNetworkInterfaceAttribute": ("NetworkInterfaceId", "groupSet"),
    "DescribeSnapshotAttribute": ("SnapshotId", "createVolumePermission"),
    "DescribeVolumeAttribute": ("VolumeId", "autoEnableIO"),
    "DescribeVpcAttribute": ("VpcId", "enableDnsSupport"),
}

NEVER_THERE = {"DescribeSpotDatafeedSubscription": "InvalidSpotDatafeed.NotFound"}
"""What cannot be made, and the code that says that there is none."""

START = datetime(2020, 1, 1, tzinfo=UTC)

ASKED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "DescribeFleetHistory": lambda ec2: {**required(ec2, "DescribeFleetInstances"), "StartTime": START},
    "DescribeIdentityIdFormat": lambda ec2: {
        "PrincipalArn": f"arn:aws:iam::{_first('describe_vpcs', 'Vpcs[0].OwnerId')(ec2)}:root"
    },
    "DescribeImages": lambda _: {"Owners": ["self"]},
    "DescribeSecurityGroupReferences": lambda ec2: {"GroupId": [IDS["GroupId"](ec2)]},
    "DescribeSnapshots": lambda _: {"OwnerIds": ["self"]},
    "DescribeSpotFleetRequestHistory": lambda ec2: {
        **required(ec2, "DescribeSpotFleetInstances"),
        "StartTime": START,
    },
    "DescribeSpotPriceHistory": lambda _: {"InstanceTypes": ["t3.micro"], "MaxResults": 10},
}


def question(ec2: Any, name: str) -> dict[str, Any]:
    """The parameters without which a call says nothing of what was made."""
    if name in ATTRIBUTES:
        id, attribute = ATTRIBUTES[name]
        return {id: IDS[id](ec2), "Attribute": attribute}
    return ASKED[name](ec2) if name in ASKED else required(ec2, name)


def _fill_network(ec2: Any, count: int) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    entry = {"Protocol": "6", "PortRange": {"From": 80, "To": 80}, "RuleAction": "allow", "CidrBlock": "10.0.0.0/8"}
    region = ec2.meta.region_name
    for n in range(count):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName=f"g{n}", Description="d", VpcId=vpc)["GroupId"]
        ranges = [{"CidrIp": f"192.0.2.{m}/32"} for m in range(count)]
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        interface = ec2.create_network_interface(SubnetId=subnet, Groups=[group], SecondaryPrivateIpAddressCount=count)
        target = interface["NetworkInterface"]["NetworkInterfaceId"]
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        for m in range(count):
            route = {"DestinationCidrBlock": f"198.51.100.{m}/32", "NetworkInterfaceId": target}
            ec2.create_route(RouteTableId=table, **route)
            ec2.create_network_acl_entry(NetworkAclId=acl, Egress=False, RuleNumber=m + 1, **entry)
        other = ec2.create_vpc(CidrBlock=f"10.{n + 1}.0.0/16")["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=other)
        ec2.create_egress_only_internet_gateway(VpcId=vpc)
        ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
        ec2.create_vpc_endpoint(VpcId=other, ServiceName=f"com.amazonaws.{region}.s3")
        ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
        ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["lab.example"]}])
        ec2.create_flow_logs(
            ResourceIds=[other],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination="arn:aws:s3:::logs",
        )
        entries = [{"Cidr": f"192.0.2.{m}/32"} for m in range(count)]
        given = {"PrefixListName": f"p{n}", "MaxEntries": MANY, "AddressFamily": "IPv4", "Entries": entries}
        ec2.create_managed_prefix_list(**given)
        ec2.create_transit_gateway()
        ids = [vpc, other, subnet, group, target, address, table, acl, gateway]
        ec2.create_tags(Resources=ids, Tags=[{"Key": f"n{n}", "Value": str(n)}])


def _fill_compute(ec2: Any, count: int) -> None:
    launched = ec2.run_instances(ImageId=ami(ec2), MinCount=count, MaxCount=count, InstanceType="t3.micro")["Instances"]
    for n, instance in enumerate(wait_for(ec2, [i["InstanceId"] for i in launched], "running")):
        root = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
        ec2.modify_volume(VolumeId=root, Size=100)
        snapshot = ec2.create_snapshot(VolumeId=root)["SnapshotId"]
        ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 0.05})
        ec2.register_image(
            Name=f"image-{n}",
            RootDeviceName="/dev/xvda",
            Architecture="x86_64",
            VirtualizationType="hvm",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot}}],
        )
        ec2.create_key_pair(KeyName=f"k{n}", KeyType="ed25519")
        ec2.create_launch_template(LaunchTemplateName=f"template-{n}", LaunchTemplateData={"KeyName": f"k{n}"})
        ec2.create_placement_group(GroupName=f"p{n}", Strategy="spread")
        ec2.create_instance_event_window(CronExpression="* 0-4 * * 1")
        ec2.allocate_hosts(InstanceType="m5.large", AvailabilityZone="us-east-1a")
        ec2.create_capacity_reservation(
            InstanceType="m5.large", InstancePlatform="Linux/UNIX", AvailabilityZone="us-east-1a", InstanceCount=1
        )
        ec2.lock_snapshot(SnapshotId=snapshot, LockMode="governance", LockDuration=1)
        ids = [instance["InstanceId"], root, snapshot]
        ec2.create_tags(Resources=ids, Tags=[{"Key": f"n{n}", "Value": str(n)}])


@contextmanager
def statements(cloud: Embedded) -> Iterator[list[str]]:
    """What this thread's calls ask of the database meanwhile; the app runs in the thread of its test client."""
    sent: list[str] = []
    asking = threading.get_ident()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and threading.get_ident() == asking:
            sent.append(statement)

    event.listen(cloud.cloud.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(cloud.cloud.database.engine, "before_cursor_execute", note)


def _count(cloud: Embedded, ec2: Any, name: str) -> tuple[int, int]:
    call, asked = getattr(ec2, model.python_name(name)), question(ec2, name)
    if name in NEVER_THERE:
        with statements(cloud) as sent:
            assert code_of(call, **asked) == NEVER_THERE[name]
        return 0, len(sent)
    call(**asked)  # whatever is remembered from a first call
    with statements(cloud) as sent:
        answer = call(**asked)
    return len(jmespath.search(SHOWN[name], answer)) if name in SHOWN else 0, len(sent)


def test_queries_do_not_grow_with_what_is_stored(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud()
    found: list[dict[str, tuple[int, int]]] = []
    for account, count in (("200000000003", FEW), ("200000000004", MANY)):
        ec2 = cloud.client(account=account)
        _fill_network(ec2, count)
        _fill_compute(ec2, count)
        settled = "sort(PrefixLists[?OwnerId!='AWS'].State)"
        lists = ec2.describe_managed_prefix_lists
        until(lambda call=lists, want=settled: set(jmespath.search(want, call())), {"create-complete"})
        found.append({name: _count(cloud, ec2, name) for name in MOST})
    few, many = found
    assert {name: (few[name][1], many[name][1]) for name in MOST if few[name][1] != many[name][1]} == {}
    assert {name: asked for name, (_, asked) in many.items() if asked > MOST[name]} == {}
    shown = {name: (few[name][0], many[name][0]) for name in SHOWN}
    assert {name: (less, more) for name, (less, more) in shown.items() if less < FEW or more < less + MANY - FEW} == {}
