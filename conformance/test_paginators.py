"""Every paginator that botocore ships for EC2: pages of five give each item once, and empty answers are one page."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from conformance.terraform.provider import retried, wait
from conformance.test_waiters import built

_session = botocore.session.Session()
PAGINATORS: dict[str, dict[str, Any]] = _session.get_component("data_loader").load_service_model("ec2", "paginators-1")[
    "pagination"
]
_model = _session.get_service_model("ec2")

MANY, PAGE = 7, 5
ABSENT = "0123456789abcdef0"

REQUIRED: dict[str, Any] = {
    "SpotFleetRequestId": "sfr-01234567-89ab-cdef-0123-456789abcdef",
    "VpcId": f"vpc-{ABSENT}",
    "ServiceId": f"vpce-svc-{ABSENT}",
    "TransitGatewayAttachmentId": f"tgw-attach-{ABSENT}",
    "TransitGatewayRouteTableId": f"tgw-rtb-{ABSENT}",
    "TransitGatewayMulticastDomainId": f"tgw-mcast-domain-{ABSENT}",
    "TransitGatewayPolicyTableId": f"tgw-ptb-{ABSENT}",
    "PrefixListId": f"pl-{ABSENT}",
    "CapacityReservationId": f"cr-{ABSENT}",
    "ArchitectureTypes": ["x86_64"],
    "VirtualizationTypes": ["hvm"],
    "InstanceRequirements": {"VCpuCount": {"Min": 1, "Max": 2}, "MemoryMiB": {"Min": 512, "Max": 8192}},
    "TargetCapacity": 1,
    "Filters": [{"Name": "state", "Values": ["active"]}],
}
"""Parameters without which an action does not answer; ids of things that are not there."""

ASKED_FOR: dict[str, dict[str, Any]] = {
    "DescribeLaunchTemplateVersions": {"LaunchTemplateId": f"lt-{ABSENT}"},
    "GetSpotPlacementScores": {"InstanceTypes": ["t3.micro"]},
    "DescribeSecurityGroupVpcAssociations": {"Filters": [{"Name": "group-id", "Values": [f"sg-{ABSENT}"]}]},
}


def parameters_of(action: str) -> dict[str, Any]:
    shape = _model.operation_model(action).input_shape
    return {**{name: REQUIRED[name] for name in shape.required_members}, **ASKED_FOR.get(action, {})}


def items(action: str, page: Any) -> list[Any]:
    """What a page holds: the list that its paginator names first, those of a reservation by themselves."""
    key = PAGINATORS[action]["result_key"]
    found = jmespath.search(key[0] if isinstance(key, list) else key, page)
    assert found is not None
    return list(found)


def pages(ec2: Any, action: str, size: int | None = None, **parameters: Any) -> list[list[Any]]:
    config = {"PageSize": size} if size else {}
    paginator = ec2.get_paginator(xform_name(action))
    return [items(action, page) for page in paginator.paginate(**parameters, PaginationConfig=config)]


@pytest.mark.parametrize("action", sorted(PAGINATORS))
def test_every_paginator(ec2: Any, action: str) -> None:
    """All pages are read where the action is built, also those of nothing; else the answer is a plain 400."""
    if not built(ec2, action):
        return
    required = _model.operation_model(action).input_shape.required_members
    paginator = ec2.get_paginator(xform_name(action))
    try:
        # A few pages are enough of what AWS publishes: prices and types.
        for page in islice(paginator.paginate(**parameters_of(action)), 3):
            items(action, page)
    except ClientError as error:  # what an action is asked about is not there, and it says so
        code = error.response["Error"]["Code"]
        assert set(required) - {"Filters"} or action in ASKED_FOR, code
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert "NotFound" in code, code


class Made:
    """Seven of everything: each kind made but once, and taken down at the end in the other order."""

    def __init__(self, ec2: Any, image: str, stack: ExitStack) -> None:
        self.ec2, self.image, self.stack = ec2, image, stack
        self._kept: dict[str, list[str]] = {}

    def once(self, kind: str, make: Callable[[], list[str]]) -> list[str]:
        if kind not in self._kept:
            self._kept[kind] = make()
        return self._kept[kind]

    def each(self, kind: str, make: Callable[[int], str], end: Callable[[str], Any], count: int = MANY) -> list[str]:
        def all_of_them() -> list[str]:
            ids = []
            for number in range(count):
                ids.append(make(number))
                self.stack.callback(end, ids[-1])
            return ids

        return self.once(kind, all_of_them)

    def simple(self, noun: str, id: str, result: str = "@", count: int = MANY, **parameters: Any) -> list[str]:
        """What one call makes and one call deletes; ``{n}`` in the parameters is a number."""
        create, delete = getattr(self.ec2, f"create_{noun}"), getattr(self.ec2, f"delete_{noun}")

        def make(number: int) -> str:
            given = {k: v.replace("{n}", str(number)) if isinstance(v, str) else v for k, v in parameters.items()}
            return str(jmespath.search(f"{result}.{id}", create(**given)))

        def end(made: str) -> None:
            retried(delete, ("DependencyViolation",), **{id: made})

        return self.each(noun, make, end, count)

    def vpc(self) -> str:
        def end(id: str) -> None:
            retried(self.ec2.delete_vpc, ("DependencyViolation",), VpcId=id)

        def make(_: int) -> str:
            return str(self.ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"])

        return self.each("the vpc", make, end, count=1)[0]

    def vpcs(self) -> list[str]:
        return self.simple("vpc", "VpcId", "Vpc", CidrBlock="10.{n}.0.0/16")

    def subnets(self) -> list[str]:
        def end(id: str) -> None:
            retried(self.ec2.delete_subnet, ("DependencyViolation",), SubnetId=id)

        def make(number: int) -> str:
            wanted = {"VpcId": self.vpc(), "CidrBlock": f"10.50.{number}.0/24"}
            return str(self.ec2.create_subnet(**wanted)["Subnet"]["SubnetId"])

        return self.each("subnets", make, end)

    def volumes(self) -> list[str]:
        zone = self.ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
        ids = self.simple("volume", "VolumeId", AvailabilityZone=zone, Size=1)
        self.ec2.get_waiter("volume_available").wait(VolumeIds=ids, WaiterConfig={"Delay": 0.1})
        return ids

    def modified_volumes(self) -> list[str]:
        def make() -> list[str]:
            for id in self.volumes():
                self.ec2.modify_volume(VolumeId=id, Size=2)
            return self.volumes()

        return self.once("modified volumes", make)

    def snapshots(self) -> list[str]:
        def make(number: int) -> str:
            return str(self.ec2.create_snapshot(VolumeId=self.volumes()[number])["SnapshotId"])

        return self.each("snapshots", make, lambda id: self.ec2.delete_snapshot(SnapshotId=id))

    def images(self) -> list[str]:
        def make(number: int) -> str:
            ids = self.snapshots()
            self.ec2.get_waiter("snapshot_completed").wait(SnapshotIds=ids, WaiterConfig={"Delay": 0.1})
            mapping = [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": ids[0]}}]
            named = {"Name": f"paged-{number}", "RootDeviceName": "/dev/xvda", "Architecture": "x86_64"}
            made = self.ec2.register_image(**named, VirtualizationType="hvm", BlockDeviceMappings=mapping)
            return str(made["ImageId"])

        return self.each("images", make, lambda id: self.ec2.deregister_image(ImageId=id))

    def groups(self) -> list[str]:
        return self.simple("security_group", "GroupId", GroupName="paged-{n}", Description="d", VpcId=self.vpc())

    def rules(self) -> list[str]:
        def make() -> list[str]:
            ranges = [{"CidrIp": f"192.0.2.{number}/32"} for number in range(MANY)]
            wanted = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}]
            made = self.ec2.authorize_security_group_ingress(GroupId=self.groups()[0], IpPermissions=wanted)
            return [str(rule["SecurityGroupRuleId"]) for rule in made["SecurityGroupRules"]]

        return self.once("rules", make)

    def instances(self) -> list[str]:
        def make(_: int) -> str:
            wanted = {"ImageId": self.image, "InstanceType": "t3.nano", "SubnetId": self.subnets()[0]}
            made = self.ec2.run_instances(**wanted, MinCount=1, MaxCount=1)
            return str(made["Instances"][0]["InstanceId"])

        def end(id: str) -> None:
            self.ec2.terminate_instances(InstanceIds=[id])
            self.ec2.get_waiter("instance_terminated").wait(InstanceIds=[id], WaiterConfig={"Delay": 0.1})

        ids = self.each("instances", make, end)
        self.ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 0.1})
        return ids

    def templates(self) -> list[str]:
        given = {"LaunchTemplateName": "paged-{n}", "LaunchTemplateData": {"InstanceType": "t3.nano"}}
        return self.simple("launch_template", "LaunchTemplateId", "LaunchTemplate", **given)

    def versions(self) -> list[str]:
        def make() -> list[str]:
            call, wanted = self.ec2.create_launch_template_version, {"LaunchTemplateId": self.templates()[0]}
            for _ in range(MANY - 1):
                call(**wanted, LaunchTemplateData={"InstanceType": "t3.nano"})
            return [str(number) for number in range(1, MANY + 1)]

        return self.once("versions", make)

    def prefix_lists(self) -> list[str]:
        given = {"PrefixListName": "paged-{n}", "AddressFamily": "IPv4", "MaxEntries": MANY}
        entries = [{"Cidr": f"192.0.2.{number}/32"} for number in range(MANY)]
        ids = self.simple("managed_prefix_list", "PrefixListId", "PrefixList", **given, Entries=entries)
        call = self.ec2.describe_managed_prefix_lists
        wait(
            lambda: {p["State"] for p in call(PrefixListIds=ids)["PrefixLists"]} == {"create-complete"}, [False], [True]
        )
        return ids

    def flow_logs(self) -> list[str]:
        def make(number: int) -> str:
            given = {"ResourceIds": [self.vpc()], "ResourceType": "VPC", "TrafficType": "ALL"}
            where = {"LogDestinationType": "s3", "LogDestination": f"arn:aws:s3:::logs-{number}"}
            return str(self.ec2.create_flow_logs(**given, **where)["FlowLogIds"][0])

        return self.each("flow logs", make, lambda id: self.ec2.delete_flow_logs(FlowLogIds=[id]))

    def tags(self) -> list[str]:
        def make() -> list[str]:
            keys = [f"key-{number}" for number in range(MANY)]
            self.ec2.create_tags(Resources=[self.vpc()], Tags=[{"Key": key, "Value": ""} for key in keys])
            return keys

        return self.once("tags", make)

    def peerings(self) -> list[str]:
        def make(number: int) -> str:
            wanted = {"VpcId": self.vpc(), "PeerVpcId": self.vpcs()[number]}
            made = self.ec2.create_vpc_peering_connection(**wanted)["VpcPeeringConnection"]
            return str(made["VpcPeeringConnectionId"])

        call = self.ec2.delete_vpc_peering_connection
        return self.each("peerings", make, lambda id: call(VpcPeeringConnectionId=id))

    def endpoints(self) -> list[str]:
        def make(number: int) -> str:
            service = f"com.amazonaws.{self.ec2.meta.region_name}.s3"
            made = self.ec2.create_vpc_endpoint(VpcId=self.vpcs()[number], ServiceName=service)
            return str(made["VpcEndpoint"]["VpcEndpointId"])

        return self.each("endpoints", make, lambda id: self.ec2.delete_vpc_endpoints(VpcEndpointIds=[id]))

    def reservations(self) -> list[str]:
        zone = self.ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]

        def make(_: int) -> str:
            wanted = {"InstanceType": "t3.nano", "InstancePlatform": "Linux/UNIX", "InstanceMatchCriteria": "targeted"}
            made = self.ec2.create_capacity_reservation(**wanted, AvailabilityZone=zone, InstanceCount=1)
            return str(made["CapacityReservation"]["CapacityReservationId"])

        call = self.ec2.cancel_capacity_reservation
        return self.each("reservations", make, lambda id: call(CapacityReservationId=id))

    def dhcp_options(self) -> list[str]:
        wanted = [{"Key": "domain-name", "Values": ["lab.example"]}]
        return self.simple("dhcp_options", "DhcpOptionsId", "DhcpOptions", DhcpConfigurations=wanted)

    def gateways(self) -> list[str]:
        return self.simple("internet_gateway", "InternetGatewayId", "InternetGateway")

    def egress_gateways(self) -> list[str]:
        id = "EgressOnlyInternetGatewayId"
        return self.simple("egress_only_internet_gateway", id, "EgressOnlyInternetGateway", VpcId=self.vpc())

    def nat_gateways(self) -> list[str]:
        wanted = {"SubnetId": self.subnets()[0], "ConnectivityType": "private"}
        return self.simple("nat_gateway", "NatGatewayId", "NatGateway", **wanted)

    def interfaces(self) -> list[str]:
        return self.simple("network_interface", "NetworkInterfaceId", "NetworkInterface", SubnetId=self.subnets()[1])

    def route_tables(self) -> list[str]:
        return self.simple("route_table", "RouteTableId", "RouteTable", VpcId=self.vpc())

    def acls(self) -> list[str]:
        return self.simple("network_acl", "NetworkAclId", "NetworkAcl", VpcId=self.vpc())

    def transit_gateways(self) -> list[str]:
        ids = self.simple("transit_gateway", "TransitGatewayId", "TransitGateway")
        call = self.ec2.describe_transit_gateways
        states = ["pending", "available"]
        for id in ids:
            shown = [{"Name": "transit-gateway-id", "Values": [id]}]
            wait(lambda w=shown: call(Filters=w)["TransitGateways"][0]["State"], states[:1], states[1:])
        return ids


@pytest.fixture(scope="module")
def made(ec2: Any, image: Any) -> Iterator[Made]:
    with ExitStack() as stack:
        yield Made(ec2, image["ImageId"], stack)


def nothing(_: Made) -> dict[str, Any]:
    return {}


Kind = tuple[str, Callable[[Made], list[str]], Callable[[Made], dict[str, Any]]]

KINDS: dict[str, Kind] = {
    "DescribeCapacityReservations": ("CapacityReservationId", Made.reservations, nothing),
    "DescribeDhcpOptions": ("DhcpOptionsId", Made.dhcp_options, nothing),
    "DescribeEgressOnlyInternetGateways": ("EgressOnlyInternetGatewayId", Made.egress_gateways, nothing),
    "DescribeFlowLogs": ("FlowLogId", Made.flow_logs, nothing),
    "DescribeImages": ("ImageId", Made.images, lambda _: {"Owners": ["self"]}),
    "DescribeInstanceCreditSpecifications": ("InstanceId", Made.instances, nothing),
    "DescribeInstanceImageMetadata": ("InstanceId", Made.instances, nothing),
    "DescribeInstanceStatus": ("InstanceId", Made.instances, nothing),
    "DescribeInstances": ("Instances[0].InstanceId", Made.instances, nothing),
    "DescribeInternetGateways": ("InternetGatewayId", Made.gateways, nothing),
    "DescribeLaunchTemplateVersions": (
        "to_string(VersionNumber)",
        Made.versions,
        lambda made: {"LaunchTemplateId": made.templates()[0]},
    ),
    "DescribeLaunchTemplates": ("LaunchTemplateId", Made.templates, nothing),
    "DescribeManagedPrefixLists": ("PrefixListId", Made.prefix_lists, nothing),
    "DescribeNatGateways": ("NatGatewayId", Made.nat_gateways, nothing),
    "DescribeNetworkAcls": ("NetworkAclId", Made.acls, nothing),
    "DescribeNetworkInterfaces": ("NetworkInterfaceId", Made.interfaces, nothing),
    "DescribeRouteTables": ("RouteTableId", Made.route_tables, nothing),
    "DescribeSecurityGroupRules": ("SecurityGroupRuleId", Made.rules, nothing),
    "DescribeSecurityGroups": ("GroupId", Made.groups, nothing),
    "DescribeSnapshotTierStatus": ("SnapshotId", Made.snapshots, nothing),
    "DescribeSnapshots": ("SnapshotId", Made.snapshots, nothing),
    "DescribeSubnets": ("SubnetId", Made.subnets, nothing),
    "DescribeTags": ("join('=', [ResourceId, Key])", lambda made: [f"{made.vpc()}={k}" for k in made.tags()], nothing),
    "DescribeTransitGateways": ("TransitGatewayId", Made.transit_gateways, nothing),
    "DescribeVolumeStatus": ("VolumeId", Made.volumes, nothing),
    "DescribeVolumes": ("VolumeId", Made.volumes, nothing),
    "DescribeVolumesModifications": ("VolumeId", Made.modified_volumes, nothing),
    "DescribeVpcEndpoints": ("VpcEndpointId", Made.endpoints, nothing),
    "DescribeVpcPeeringConnections": ("VpcPeeringConnectionId", Made.peerings, nothing),
    "DescribeVpcs": ("VpcId", Made.vpcs, nothing),
    "GetManagedPrefixListEntries": (
        "Cidr",
        lambda _: [f"192.0.2.{number}/32" for number in range(MANY)],
        lambda made: {"PrefixListId": made.prefix_lists()[0]},
    ),
    "GetSecurityGroupsForVpc": ("GroupId", Made.groups, lambda made: {"VpcId": made.vpc()}),
}
"""How an item is known, what is made beforehand, and what must be asked for."""


@pytest.mark.parametrize("action", KINDS)
def test_pages_give_each_item_once(ec2: Any, made: Made, action: str) -> None:
    path, make, parameters = KINDS[action]
    expected = make(made)
    assert len(expected) > PAGE
    cut = pages(ec2, action, PAGE, **parameters(made))
    assert len(cut) > 1
    assert all(len(page) <= PAGE for page in cut)
    ids = [jmespath.search(path, item) for page in cut for item in page]
    assert len(set(ids)) == len(ids)
    assert set(expected) <= set(ids)


@pytest.mark.parametrize(
    ("action", "id"),
    [("DescribeInstanceTypes", "InstanceType"), ("DescribeInstanceTypeOfferings", "InstanceType")],
)
def test_catalogues_in_pages_are_the_catalogue(ec2: Any, action: str, id: str) -> None:
    cut = [item[id] for page in pages(ec2, action, 100) for item in page]
    assert len(set(cut)) == len(cut) > 100
    assert cut == [item[id] for page in pages(ec2, action) for item in page]
