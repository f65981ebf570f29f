import time
from typing import Any

import pytest

from backend import ids
from tests.launching import code_of
from tests.refusal import refused


def wait(ec2: Any, id: str, state: str, seconds: float = 20) -> dict[str, Any]:
    """The gateway, once it is in a state."""
    until = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = ec2.describe_nat_gateways(NatGatewayIds=[id])["NatGateways"][0]
        if found["State"] == state:
            return found
        assert time.monotonic() < until, found["State"]
        time.sleep(0.01)


class Place:
    """A VPC with a subnet and a way to the internet."""

    def __init__(self, ec2: Any, cidr: str = "10.0.0.0/24") -> None:
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=self.vpc, InternetGatewayId=self.gateway)
        self.subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]


@pytest.fixture
def place(ec2: Any) -> Place:
    return Place(ec2)


def public(ec2: Any, place: Place, **given: Any) -> dict[str, Any]:
    allocation_id = given.pop("AllocationId", None) or ec2.allocate_address()["AllocationId"]
    made: dict[str, Any] = ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=allocation_id, **given)[
        "NatGateway"
    ]
    return made


def private(ec2: Any, place: Place, **given: Any) -> dict[str, Any]:
    made: dict[str, Any] = ec2.create_nat_gateway(SubnetId=place.subnet, ConnectivityType="private", **given)[
        "NatGateway"
    ]
    return made


def test_a_public_gateway(ec2: Any, place: Place) -> None:
    tags = [{"Key": "Name", "Value": "way out"}]
    address = ec2.allocate_address()
    answer = ec2.create_nat_gateway(
        SubnetId=place.subnet,
        AllocationId=address["AllocationId"],
        ClientToken="once",
        TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags}],
    )
    made = answer["NatGateway"]
    assert answer["ClientToken"] == "once"
    assert (made["State"], made["VpcId"], made["ConnectivityType"]) == ("pending", place.vpc, "public")
    assert made["NatGatewayAddresses"][0]["Status"] == "associating"
    found = wait(ec2, made["NatGatewayId"], "available")
    assert found["Tags"] == tags and "FailureCode" not in found and "DeleteTime" not in found
    (shown,) = found["NatGatewayAddresses"]
    assert shown["IsPrimary"] and shown["Status"] == "succeeded"
    assert (shown["AllocationId"], shown["PublicIp"]) == (address["AllocationId"], address["PublicIp"])
    nic = ec2.describe_network_interfaces(NetworkInterfaceIds=[shown["NetworkInterfaceId"]])["NetworkInterfaces"][0]
    assert nic["RequesterManaged"] and nic["InterfaceType"] == "nat_gateway" and not nic["SourceDestCheck"]
    assert nic["Description"] == f"Interface for NAT Gateway {made['NatGatewayId']}"
    assert nic["PrivateIpAddress"] == shown["PrivateIp"] and nic["Association"]["PublicIp"] == shown["PublicIp"]
    assert nic["Attachment"]["InstanceOwnerId"] == "amazon-aws" and nic["Status"] == "in-use"
    (elastic,) = ec2.describe_addresses(AllocationIds=[address["AllocationId"]])["Addresses"]
    assert elastic["AssociationId"] == shown["AssociationId"] and "InstanceId" not in elastic
    again = ec2.create_nat_gateway(
        SubnetId=place.subnet,
        AllocationId=address["AllocationId"],
        ClientToken="once",
        TagSpecifications=[{"ResourceType": "natgateway", "Tags": tags}],
    )
    assert again["NatGateway"]["NatGatewayId"] == made["NatGatewayId"]


def test_what_is_its_own_is_nobody_elses(ec2: Any, place: Place) -> None:
    made = wait(ec2, public(ec2, place)["NatGatewayId"], "available")
    (shown,) = made["NatGatewayAddresses"]
    eni = shown["NetworkInterfaceId"]
    nic = ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]
    assert code_of(ec2.delete_network_interface, NetworkInterfaceId=eni) == "InvalidParameterValue"
    detach = {"AttachmentId": nic["Attachment"]["AttachmentId"]}
    assert code_of(ec2.detach_network_interface, **detach) == "OperationNotPermitted"
    change = {"NetworkInterfaceId": eni, "Description": {"Value": "mine"}}
    assert code_of(ec2.modify_network_interface_attribute, **change) == "OperationNotPermitted"
    assert code_of(ec2.disassociate_address, AssociationId=shown["AssociationId"]) == "OperationNotPermitted"
    assert code_of(ec2.release_address, AllocationId=shown["AllocationId"]) == "InvalidIPAddress.InUse"
    assert code_of(ec2.delete_subnet, SubnetId=place.subnet) == "DependencyViolation"
    detach_gateway = {"VpcId": place.vpc, "InternetGatewayId": place.gateway}
    assert code_of(ec2.detach_internet_gateway, **detach_gateway) == "DependencyViolation"


def test_a_deleted_gateway(ec2: Any, place: Place) -> None:
    made = wait(ec2, public(ec2, place)["NatGatewayId"], "available")
    id, address = made["NatGatewayId"], made["NatGatewayAddresses"][0]
    table = ec2.create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=id)
    assert ec2.delete_nat_gateway(NatGatewayId=id)["NatGatewayId"] == id
    gone = wait(ec2, id, "deleted")
    assert gone["DeleteTime"] and gone["NatGatewayAddresses"][0]["PublicIp"] == address["PublicIp"]
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [r["State"] for r in routes if r.get("NatGatewayId") == id] == ["blackhole"]
    nic = {"NetworkInterfaceIds": [address["NetworkInterfaceId"]]}
    assert code_of(ec2.describe_network_interfaces, **nic) == "InvalidNetworkInterfaceID.NotFound"
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.delete_nat_gateway(NatGatewayId=id)  # once more does no harm
    assert wait(ec2, id, "deleted")["DeleteTime"] == gone["DeleteTime"]
    ec2.delete_subnet(SubnetId=place.subnet)


def test_states_last_as_long_as_the_setting_says(new_cloud: Any) -> None:
    ec2 = new_cloud(transition_seconds=0.2).client()
    made = private(ec2, Place(ec2))
    assert ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "pending"
    assert ec2.describe_nat_gateways()["NatGateways"][0]["NatGatewayAddresses"][0]["Status"] == "assigning"
    wait(ec2, made["NatGatewayId"], "available")
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    shown = ec2.describe_nat_gateways()["NatGateways"][0]
    assert shown["State"] == "deleting"
    nic = shown["NatGatewayAddresses"][0]["NetworkInterfaceId"]
    assert ec2.describe_network_interfaces(NetworkInterfaceIds=[nic])["NetworkInterfaces"]
    wait(ec2, made["NatGatewayId"], "deleted")


class TestFailures:
    def failed(self, ec2: Any, made: dict[str, Any]) -> tuple[str, str]:
        assert made["State"] == "pending" and "FailureCode" not in made
        found = wait(ec2, made["NatGatewayId"], "failed")
        return found["FailureCode"], found["FailureMessage"]

    def test_no_way_to_the_internet(self, ec2: Any, place: Place) -> None:
        ec2.detach_internet_gateway(VpcId=place.vpc, InternetGatewayId=place.gateway)
        made = public(ec2, place)
        message = f"Network {place.vpc} has no Internet gateway attached"
        assert self.failed(ec2, made) == ("Gateway.NotAttached", message)
        assert ec2.describe_addresses()["Addresses"][0].get("AssociationId") is None
        ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
        wait(ec2, made["NatGatewayId"], "deleted")

    def test_an_address_of_somebody_else(self, ec2: Any, place: Place) -> None:
        first = public(ec2, place)
        id = first["NatGatewayAddresses"][0]["AllocationId"]
        code, message = self.failed(ec2, public(ec2, place, AllocationId=id))
        assert (code, message) == ("Resource.AlreadyAssociated", f"Elastic IP address {id} is already associated")

    def test_a_full_subnet(self, ec2: Any) -> None:
        place = Place(ec2, "10.0.0.0/28")
        for count in (9, 1):
            ec2.create_network_interface(SubnetId=place.subnet, SecondaryPrivateIpAddressCount=count - 1)
        private(ec2, place)
        code, message = self.failed(ec2, private(ec2, place))
        assert code == "InsufficientFreeAddressesInSubnet"
        assert message == "Subnet has insufficient free addresses to create this NAT gateway"


def test_what_cannot_be_created(ec2: Any, place: Place) -> None:
    create, own = ec2.create_nat_gateway, ec2.allocate_address()["AllocationId"]
    good = {"SubnetId": place.subnet, "AllocationId": own}
    two = {"SecondaryAllocationIds": [ids.new("eipalloc")]}
    for given, code in (
        ({"AllocationId": own}, "MissingParameter"),
        ({"SubnetId": place.subnet}, "MissingParameter"),
        ({**good, "SubnetId": ids.new("subnet")}, "InvalidSubnetID.NotFound"),
        ({**good, "SubnetId": "nonsense"}, "InvalidSubnetID.Malformed"),
        ({**good, "AllocationId": ids.new("eipalloc")}, "InvalidElasticIpID.NotFound"),
        ({**good, "AllocationId": "nonsense"}, "InvalidElasticIpID.Malformed"),
        ({**good, **two}, "InvalidElasticIpID.NotFound"),
        ({**good, "SecondaryAllocationIds": [own]}, "InvalidParameterValue"),
        ({**good, "SecondaryPrivateIpAddressCount": 1}, "InvalidParameterCombination"),
        ({**good, "SecondaryPrivateIpAddresses": ["10.0.0.9"]}, "InvalidParameterCombination"),
        ({**good, "ConnectivityType": "private"}, "InvalidParameterCombination"),
        ({**good, "AvailabilityMode": "regional"}, "UnsupportedOperation"),
        ({**good, "VpcId": place.vpc}, "InvalidParameterCombination"),
        ({**good, "PrivateIpAddress": "10.0.0.1"}, "InvalidParameterValue"),
    ):
        assert code_of(create, **given) == code, given
    hidden = {"SubnetId": place.subnet, "ConnectivityType": "private"}
    many = {**hidden, "SecondaryPrivateIpAddressCount": 8}
    assert code_of(create, **many) == "PrivateIpAddressLimitExceeded"
    both = {**hidden, "SecondaryPrivateIpAddressCount": 1, "SecondaryPrivateIpAddresses": ["10.0.0.9"]}
    assert code_of(create, **both) == "InvalidParameterCombination"
    assert ec2.describe_nat_gateways()["NatGateways"] == []


def test_the_quota(new_cloud: Any) -> None:
    ec2 = new_cloud(quotas="aws").client()
    place = Place(ec2)
    for _ in range(5):
        private(ec2, place)
    given = {"SubnetId": place.subnet, "ConnectivityType": "private"}
    assert code_of(ec2.create_nat_gateway, **given) == "NatGatewayLimitExceeded"


def test_secondary_addresses_of_a_public_gateway(ec2: Any, place: Place) -> None:
    second, third = (ec2.allocate_address()["AllocationId"] for _ in range(2))
    made = public(
        ec2,
        place,
        PrivateIpAddress="10.0.0.50",
        SecondaryAllocationIds=[second],
        SecondaryPrivateIpAddresses=["10.0.0.60"],
    )
    id = made["NatGatewayId"]
    found = wait(ec2, id, "available")["NatGatewayAddresses"]
    assert [(a["PrivateIp"], a["IsPrimary"]) for a in found] == [("10.0.0.50", True), ("10.0.0.60", False)]
    added = ec2.associate_nat_gateway_address(NatGatewayId=id, AllocationIds=[third], PrivateIpAddresses=["10.0.0.70"])[
        "NatGatewayAddresses"
    ]
    assert [(a["AllocationId"], a["PrivateIp"], a["Status"]) for a in added] == [(third, "10.0.0.70", "associating")]
    found = wait(ec2, id, "available")["NatGatewayAddresses"]
    assert [a["Status"] for a in found] == ["succeeded"] * 3
    elsewhere = {"NatGatewayId": id, "AllocationIds": [third], "AvailabilityZone": "us-east-1b"}
    assert code_of(ec2.associate_nat_gateway_address, **elsewhere) == "InvalidParameterCombination"
    again = {"NatGatewayId": id, "AllocationIds": [third]}
    assert code_of(ec2.associate_nat_gateway_address, **again) == "Resource.AlreadyAssociated"
    drop = ec2.disassociate_nat_gateway_address
    assert code_of(drop, NatGatewayId=id, AssociationIds=[found[0]["AssociationId"]]) == "InvalidParameterValue"
    assert code_of(drop, NatGatewayId=id, AssociationIds=[ids.new("eipassoc")]) == "InvalidAssociationID.NotFound"
    too_long = {"AssociationIds": [found[1]["AssociationId"]], "MaxDrainDurationSeconds": 4001}
    assert code_of(drop, NatGatewayId=id, **too_long) == "InvalidParameterValue"
    gone = drop(NatGatewayId=id, AssociationIds=[found[1]["AssociationId"]], MaxDrainDurationSeconds=1)
    assert gone["NatGatewayAddresses"][0]["Status"] == "disassociating"
    ec2.release_address(AllocationId=second)
    assert len(wait(ec2, id, "available")["NatGatewayAddresses"]) == 2
    assert code_of(ec2.assign_private_nat_gateway_address, NatGatewayId=id, PrivateIpAddressCount=1) == (
        "InvalidParameterCombination"
    )


def test_secondary_addresses_of_a_private_gateway(ec2: Any, place: Place) -> None:
    made = private(ec2, place, SecondaryPrivateIpAddressCount=2)
    id = made["NatGatewayId"]
    assert len(wait(ec2, id, "available")["NatGatewayAddresses"]) == 3
    assign, unassign = ec2.assign_private_nat_gateway_address, ec2.unassign_private_nat_gateway_address
    (named,) = assign(NatGatewayId=id, PrivateIpAddresses=["10.0.0.99"])["NatGatewayAddresses"]
    assert (named["PrivateIp"], named["Status"]) == ("10.0.0.99", "assigning")
    assert len(assign(NatGatewayId=id, PrivateIpAddressCount=4)["NatGatewayAddresses"]) == 4
    assert code_of(assign, NatGatewayId=id, PrivateIpAddressCount=1) == "PrivateIpAddressLimitExceeded"
    assert code_of(assign, NatGatewayId=id) == "MissingParameter"
    both = {"PrivateIpAddresses": ["10.0.0.98"], "PrivateIpAddressCount": 1}
    assert code_of(assign, NatGatewayId=id, **both) == "InvalidParameterCombination"
    (gone,) = unassign(NatGatewayId=id, PrivateIpAddresses=["10.0.0.99"])["NatGatewayAddresses"]
    assert gone["Status"] == "unassigning"
    assert code_of(unassign, NatGatewayId=id, PrivateIpAddresses=["10.0.0.99"]) == "InvalidParameterValue"
    primary = made["NatGatewayAddresses"][0]["PrivateIp"]
    assert code_of(unassign, NatGatewayId=id, PrivateIpAddresses=[primary]) == "InvalidParameterValue"
    found = wait(ec2, id, "available")["NatGatewayAddresses"]
    assert len(found) == 7 and "10.0.0.99" not in {a["PrivateIp"] for a in found}
    left = ec2.describe_subnets(SubnetIds=[place.subnet])["Subnets"][0]["AvailableIpAddressCount"]
    assert left == 251 - 7
    give = {"NatGatewayId": id, "AllocationIds": [ec2.allocate_address()["AllocationId"]]}
    assert code_of(ec2.associate_nat_gateway_address, **give) == "InvalidParameterCombination"
    ec2.delete_nat_gateway(NatGatewayId=id)
    wait(ec2, id, "deleted")
    assert code_of(assign, NatGatewayId=id, PrivateIpAddressCount=1) == "IncorrectState"


def test_gateways_that_are_not_there(ec2: Any, place: Place) -> None:
    id = "nat-0123456789abcdef0"
    with refused("NatGatewayNotFound", f"NatGateway {id} was not found"):
        ec2.describe_nat_gateways(NatGatewayIds=[id])
    assert code_of(ec2.describe_nat_gateways, NatGatewayIds=["nonsense"]) == "NatGatewayMalformed"
    assert code_of(ec2.delete_nat_gateway, NatGatewayId=id) == "NatGatewayNotFound"


def test_filters_and_pages(ec2: Any, place: Place) -> None:
    made = [private(ec2, place)["NatGatewayId"] for _ in range(6)]
    ec2.create_tags(Resources=[made[0]], Tags=[{"Key": "Name", "Value": "first"}])
    for id in made:
        wait(ec2, id, "available")
    for name, value, count in (
        ("nat-gateway-id", made[0], 1),
        ("state", "available", 6),
        ("state", "pending", 0),
        ("subnet-id", place.subnet, 6),
        ("vpc-id", place.vpc, 6),
        ("tag:Name", "first", 1),
        ("tag-key", "Name", 1),
    ):
        found = ec2.describe_nat_gateways(Filter=[{"Name": name, "Values": [value]}])["NatGateways"]
        assert len(found) == count, name
    with refused("InvalidParameterValue", "The filter 'zone' is invalid"):
        ec2.describe_nat_gateways(Filter=[{"Name": "zone", "Values": ["x"]}])
    pages = ec2.get_paginator("describe_nat_gateways").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["NatGateways"]) for page in pages] == [5, 1]
