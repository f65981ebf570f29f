from typing import Any

import pytest

from tests.launching import launch
from tests.refusal import refused


@pytest.fixture
def subnet_id(ec2: Any) -> str:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.0.0/24", Ipv6CidrBlock=block)["Subnet"]
    id: str = subnet["SubnetId"]
    return id


def reserve(ec2: Any, subnet_id: str, cidr: str, kind: str = "explicit", **more: Any) -> dict[str, Any]:
    answer = ec2.create_subnet_cidr_reservation(SubnetId=subnet_id, Cidr=cidr, ReservationType=kind, **more)
    made: dict[str, Any] = answer["SubnetCidrReservation"]
    return made


def test_ranges_are_reserved_shown_and_given_free(ec2: Any, subnet_id: str) -> None:
    tags = [{"Key": "Name", "Value": "for later"}]
    spec = [{"ResourceType": "subnet-cidr-reservation", "Tags": tags}]
    four = reserve(ec2, subnet_id, "10.0.0.21/28", Description="later", TagSpecifications=spec)
    assert (four["Cidr"], four["Description"], four["Tags"]) == ("10.0.0.16/28", "later", tags)
    subnet = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]
    block = subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    six = reserve(ec2, subnet_id, block.replace("/64", "/80"), "prefix")

    def get(**more: Any) -> tuple[list[Any], list[Any]]:
        answer = ec2.get_subnet_cidr_reservations(SubnetId=subnet_id, **more)
        return answer["SubnetIpv4CidrReservations"], answer["SubnetIpv6CidrReservations"]

    assert get() == ([four], [six])
    assert get(Filters=[{"Name": "reservationType", "Values": ["prefix"]}]) == ([], [six])
    assert get(Filters=[{"Name": "tag:Name", "Values": ["for *"]}]) == ([four], [])
    with refused("InvalidCidrBlock.InUse"):
        association = subnet["Ipv6CidrBlockAssociationSet"][0]["AssociationId"]
        ec2.disassociate_subnet_cidr_block(AssociationId=association)
    id = four["SubnetCidrReservationId"]
    gone = ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=id)["DeletedSubnetCidrReservation"]
    assert gone == four
    assert get() == ([], [six])
    with refused("InvalidSubnetCidrReservationID.NotFound", id):
        ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=id)
    ec2.delete_subnet(SubnetId=subnet_id)
    with refused("InvalidSubnetID.NotFound"):
        get()


def test_ranges_that_are_refused(ec2: Any, subnet_id: str) -> None:
    reserve(ec2, subnet_id, "10.0.0.16/28")
    for cidr in ("10.0.0.0/26", "10.0.0.17/32", "10.0.1.0/28", "2001:db9::/80", "some"):
        with refused("InvalidParameterValue"):
            reserve(ec2, subnet_id, cidr)
    with refused("InvalidParameterValue"):
        reserve(ec2, subnet_id, "10.0.0.32/28", "vague")
    with refused("InvalidSubnetID.NotFound"):
        reserve(ec2, "subnet-0123456789abcdef0", "10.0.0.32/28")


def test_reserved_addresses_are_given_to_who_asks_for_them(ec2: Any, subnet_id: str) -> None:
    reserve(ec2, subnet_id, "10.0.0.0/28")
    reserve(ec2, subnet_id, "10.0.0.16/29")
    given = [launch(ec2, until=None, SubnetId=subnet_id)["PrivateIpAddress"] for _ in range(2)]
    assert given == ["10.0.0.24", "10.0.0.25"]
    asked = launch(ec2, until=None, SubnetId=subnet_id, PrivateIpAddress="10.0.0.17")
    assert asked["PrivateIpAddress"] == "10.0.0.17"
