"""Further IPv4 blocks and IPv6 blocks of VPCs, and IPv6 blocks of subnets."""

import time
from ipaddress import IPv6Network
from typing import Any

import pytest

from tests.launching import code_of
from tests.refusal import refused


class Dual:
    """A VPC with an IPv6 block."""

    def __init__(self, ec2: Any) -> None:
        self.ec2 = ec2
        made = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.id: str = made["VpcId"]
        (self.made,) = made["Ipv6CidrBlockAssociationSet"]
        self.block = IPv6Network(self.made["Ipv6CidrBlock"])

    def part(self, number: int, length: int = 64) -> str:
        return str(list(self.block.subnets(new_prefix=length))[number])

    def subnet(self, cidr: str = "10.0.0.0/24", **more: Any) -> Any:
        return self.ec2.create_subnet(VpcId=self.id, CidrBlock=cidr, **more)["Subnet"]


@pytest.fixture
def dual(ec2: Any) -> Dual:
    return Dual(ec2)


def blocks(ec2: Any, vpc_id: str) -> dict[str, str]:
    """The VPC's blocks of both families, with their states."""
    (vpc,) = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    found = {b["CidrBlock"]: b["CidrBlockState"]["State"] for b in vpc["CidrBlockAssociationSet"]}
    ipv6 = vpc.get("Ipv6CidrBlockAssociationSet", [])
    return found | {b["Ipv6CidrBlock"]: b["Ipv6CidrBlockState"]["State"] for b in ipv6}


def until(expected: Any, look: Any) -> None:
    """Until what is looked at is as expected, for ten seconds at most."""
    end = time.monotonic() + 10
    while (seen := look()) != expected:
        assert time.monotonic() < end, seen
        time.sleep(0.01)


def test_a_vpc_gets_a_further_block_and_loses_it(ec2: Any) -> None:
    id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    answer = ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.5.1.0/20")
    association = answer["CidrBlockAssociation"]
    assert answer["VpcId"] == id
    assert association["CidrBlock"] == "10.5.0.0/20"
    assert association["CidrBlockState"] == {"State": "associating"}
    until({"10.0.0.0/16": "associated", "10.5.0.0/20": "associated"}, lambda: blocks(ec2, id))
    for name, value in {
        "cidr-block-association.association-id": association["AssociationId"],
        "cidr-block-association.cidr-block": "10.5.*",
    }.items():
        assert [v["VpcId"] for v in ec2.describe_vpcs(Filters=[{"Name": name, "Values": [value]}])["Vpcs"]] == [id]
    assert ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.5.0.0/20"]}])["Vpcs"] == []
    subnet = ec2.create_subnet(VpcId=id, CidrBlock="10.5.2.0/24")["Subnet"]["SubnetId"]
    with refused("InvalidCidrBlock.InUse", "10.5.0.0/20"):
        ec2.disassociate_vpc_cidr_block(AssociationId=association["AssociationId"])
    ec2.delete_subnet(SubnetId=subnet)
    gone = ec2.disassociate_vpc_cidr_block(AssociationId=association["AssociationId"])
    assert gone["CidrBlockAssociation"]["CidrBlockState"] == {"State": "disassociating"}
    assert code_of(ec2.create_subnet, VpcId=id, CidrBlock="10.5.2.0/24") == "InvalidSubnet.Range"
    until({"10.0.0.0/16": "associated"}, lambda: blocks(ec2, id))
    with refused("InvalidVpcCidrBlockAssociationID.NotFound"):
        ec2.disassociate_vpc_cidr_block(AssociationId=association["AssociationId"])
    wanted = [{"Name": "vpc-id", "Values": [id]}]
    (table,) = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    assert [r["DestinationCidrBlock"] for r in table["Routes"]] == ["10.0.0.0/16"]
    ec2.delete_vpc(VpcId=id)


@pytest.mark.parametrize(
    ("primary", "given", "code"),
    [
        ("10.0.0.0/16", "10.0.0.0/20", "InvalidVpc.Range"),
        ("10.8.0.0/24", "10.8.0.0/16", "InvalidVpc.Range"),
        ("10.0.0.0/16", "10.1.0.0/15", "InvalidVpc.Range"),
        ("10.0.0.0/16", "10.1.0.0/29", "InvalidVpc.Range"),
        ("10.0.0.0/16", "172.16.0.0/16", "InvalidVpc.Range"),
        ("10.0.0.0/16", "192.168.0.0/16", "InvalidVpc.Range"),
        ("10.0.0.0/16", "198.19.0.0/20", "InvalidVpc.Range"),
        ("10.1.0.0/16", "10.0.0.0/20", "InvalidVpc.Range"),
        ("172.16.0.0/16", "172.31.0.0/20", "InvalidVpc.Range"),
        ("100.64.0.0/16", "10.0.0.0/20", "InvalidVpc.Range"),
        ("10.0.0.0/16", "169.254.0.0/20", "InvalidVpc.Range"),
        ("10.0.0.0/16", "many", "InvalidParameterValue"),
    ],
)
def test_blocks_that_a_vpc_cannot_have(ec2: Any, primary: str, given: str, code: str) -> None:
    id = ec2.create_vpc(CidrBlock=primary)["Vpc"]["VpcId"]
    with refused(code):
        ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock=given)
    assert list(blocks(ec2, id)) == [primary]


@pytest.mark.parametrize(("primary", "given"), [("10.0.0.0/16", "100.64.0.0/16"), ("10.2.0.0/16", "10.0.0.0/16")])
def test_blocks_that_a_vpc_can_have(ec2: Any, primary: str, given: str) -> None:
    id = ec2.create_vpc(CidrBlock=primary)["Vpc"]["VpcId"]
    ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock=given)
    assert list(blocks(ec2, id)) == [primary, given]


def test_a_block_takes_nothing_from_routes_and_peers(ec2: Any) -> None:
    id, peer = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.2.0.0/16", "10.3.0.0/16"))
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=id)
    table = ec2.create_route_table(VpcId=id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.4.0.0/24", GatewayId=gateway)
    with refused("InvalidVpc.Range", "10.4.0.0/24"):
        ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.4.0.0/24")
    ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.4.0.0/25")
    request = ec2.create_vpc_peering_connection(VpcId=id, PeerVpcId=peer)["VpcPeeringConnection"]
    peering = {"VpcPeeringConnectionId": request["VpcPeeringConnectionId"]}
    until("pending-acceptance", lambda: _peering_state(ec2, peering["VpcPeeringConnectionId"]))
    ec2.accept_vpc_peering_connection(**peering)
    until("active", lambda: _peering_state(ec2, peering["VpcPeeringConnectionId"]))
    with refused("InvalidVpc.Range", "10.3.0.0/16"):
        ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.3.8.0/24")


def _peering_state(ec2: Any, id: str) -> str:
    (found,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[id])["VpcPeeringConnections"]
    return str(found["Status"]["Code"])


def test_which_block_is_meant_must_be_said(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    id = vpc["VpcId"]
    with refused("MissingParameter", "cidrBlock"):
        ec2.associate_vpc_cidr_block(VpcId=id)
    with refused("InvalidParameterCombination"):
        ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.1.0.0/16", AmazonProvidedIpv6CidrBlock=True)
    with refused("InvalidParameterCombination"):
        ec2.associate_vpc_cidr_block(VpcId=id, CidrBlock="10.1.0.0/16", Ipv6CidrBlockNetworkBorderGroup="us-east-1")
    with refused("OperationNotPermitted", "primary"):
        ec2.disassociate_vpc_cidr_block(AssociationId=vpc["CidrBlockAssociationSet"][0]["AssociationId"])
    with refused("InvalidVpcCidrBlockAssociationID.NotFound"):
        ec2.disassociate_vpc_cidr_block(AssociationId="vpc-cidr-assoc-0123456789abcdef0")
    with refused("InvalidVpcID.NotFound"):
        ec2.associate_vpc_cidr_block(VpcId="vpc-0123456789abcdef0", CidrBlock="10.1.0.0/16")
    with refused("InvalidID"):
        association = vpc["CidrBlockAssociationSet"][0]["AssociationId"]
        ec2.create_tags(Resources=[association], Tags=[{"Key": "a", "Value": "b"}])


def test_the_cloud_gives_a_vpc_an_ipv6_block(ec2: Any, dual: Dual) -> None:
    assert dual.block.prefixlen == 56
    assert dual.made["Ipv6CidrBlockState"] == {"State": "associating"}
    assert (dual.made["NetworkBorderGroup"], dual.made["Ipv6Pool"]) == ("us-east-1", "Amazon")
    until("associated", lambda: blocks(ec2, dual.id)[str(dual.block)])
    prefix = "ipv6-cidr-block-association"
    for name, value in {
        "association-id": dual.made["AssociationId"],
        "ipv6-cidr-block": str(dual.block),
        "ipv6-pool": "Amazon",
        "state": "associated",
    }.items():
        found = ec2.describe_vpcs(Filters=[{"Name": f"{prefix}.{name}", "Values": [value]}])["Vpcs"]
        assert [vpc["VpcId"] for vpc in found] == [dual.id], name
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [dual.id]}])["NetworkAcls"]
    inward = [(e["RuleNumber"], e["RuleAction"], e.get("Ipv6CidrBlock")) for e in acl["Entries"] if not e["Egress"]]
    assert inward == [(100, "allow", None), (101, "allow", "::/0"), (32767, "deny", None), (32768, "deny", "::/0")]
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [dual.id]}])["SecurityGroups"]
    assert group["IpPermissionsEgress"][0]["Ipv6Ranges"] == [{"CidrIpv6": "::/0"}]


def test_an_ipv6_block_comes_and_goes(ec2: Any) -> None:
    id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with refused("InvalidParameterValue", "us-east-1"):
        ec2.associate_vpc_cidr_block(
            VpcId=id, AmazonProvidedIpv6CidrBlock=True, Ipv6CidrBlockNetworkBorderGroup="us-west-2-lax-1"
        )
    answer = ec2.associate_vpc_cidr_block(
        VpcId=id, AmazonProvidedIpv6CidrBlock=True, Ipv6CidrBlockNetworkBorderGroup="us-east-1"
    )
    association = answer["Ipv6CidrBlockAssociation"]
    assert association["Ipv6CidrBlockState"] == {"State": "associating"}
    gone = ec2.disassociate_vpc_cidr_block(AssociationId=association["AssociationId"])
    assert gone["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"] == {"State": "disassociating"}
    until({"10.0.0.0/16": "associated"}, lambda: blocks(ec2, id))
    again = ec2.associate_vpc_cidr_block(VpcId=id, AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    assert again["Ipv6CidrBlock"] != association["Ipv6CidrBlock"]
    ec2.delete_vpc(VpcId=id)


def test_a_subnet_of_both_families(ec2: Any, dual: Dual) -> None:
    subnet = dual.subnet(Ipv6CidrBlock=dual.part(1))
    (made,) = subnet["Ipv6CidrBlockAssociationSet"]
    assert (made["Ipv6CidrBlock"], made["Ipv6CidrBlockState"]) == (dual.part(1), {"State": "associating"})

    def state() -> str:
        (shown,) = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"]
        return str(shown["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"]["State"])

    until("associated", state)
    for name, value in {"association-id": made["AssociationId"], "ipv6-cidr-block": dual.part(1)}.items():
        wanted = [{"Name": f"ipv6-cidr-block-association.{name}", "Values": [value]}]
        assert [s["SubnetId"] for s in ec2.describe_subnets(Filters=wanted)["Subnets"]] == [subnet["SubnetId"]]
    ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], AssignIpv6AddressOnCreation={"Value": True})
    with refused("InvalidCidrBlock.InUse"):
        ec2.disassociate_vpc_cidr_block(AssociationId=dual.made["AssociationId"])
    with refused("OperationNotPermitted"):
        ec2.disassociate_subnet_cidr_block(AssociationId=made["AssociationId"])


@pytest.mark.parametrize(("length", "number"), [(56, 0), (60, 3), (64, 255)])
def test_lengths_of_ipv6_blocks(dual: Dual, length: int, number: int) -> None:
    dual.subnet(Ipv6CidrBlock=dual.part(number, length))


def test_ipv6_blocks_that_a_subnet_cannot_have(ec2: Any, dual: Dual) -> None:
    dual.subnet(Ipv6CidrBlock=dual.part(1))
    for block, code in {
        dual.part(1): "InvalidSubnet.Conflict",
        dual.part(0, 60): "InvalidSubnet.Conflict",
        dual.part(5, 62): "InvalidSubnet.Range",
        "2001:db9::/64": "InvalidSubnet.Range",
        "10.0.0.0/24": "InvalidParameterValue",
        "many": "InvalidParameterValue",
    }.items():
        with refused(code):
            dual.subnet("10.0.9.0/24", Ipv6CidrBlock=block)
    assert len(ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [dual.id]}])["Subnets"]) == 1


def test_a_subnet_gets_one_ipv6_block_and_loses_it(ec2: Any, dual: Dual) -> None:
    id = dual.subnet()["SubnetId"]
    with refused("MissingParameter", "ipv6CidrBlock"):
        ec2.associate_subnet_cidr_block(SubnetId=id)
    answer = ec2.associate_subnet_cidr_block(SubnetId=id, Ipv6CidrBlock=dual.part(7))
    association = answer["Ipv6CidrBlockAssociation"]
    assert answer["SubnetId"] == id and association["Ipv6CidrBlock"] == dual.part(7)
    with refused("CidrLimitExceeded"):
        ec2.associate_subnet_cidr_block(SubnetId=id, Ipv6CidrBlock=dual.part(8))
    gone = ec2.disassociate_subnet_cidr_block(AssociationId=association["AssociationId"])
    assert gone["Ipv6CidrBlockAssociation"]["Ipv6CidrBlockState"] == {"State": "disassociating"}
    until([], lambda: ec2.describe_subnets(SubnetIds=[id])["Subnets"][0]["Ipv6CidrBlockAssociationSet"])
    with refused("InvalidSubnetCidrBlockAssociationID.NotFound"):
        ec2.disassociate_subnet_cidr_block(AssociationId=association["AssociationId"])
    ec2.associate_subnet_cidr_block(SubnetId=id, Ipv6CidrBlock=dual.part(7))
    ec2.delete_subnet(SubnetId=id)


def test_a_subnet_for_ipv6_only(ec2: Any, dual: Dual) -> None:
    made = ec2.create_subnet(VpcId=dual.id, Ipv6CidrBlock=dual.part(2), Ipv6Native=True)["Subnet"]
    assert "CidrBlock" not in made
    assert made["Ipv6Native"] and made["AssignIpv6AddressOnCreation"]
    assert made["AvailableIpAddressCount"] == 0
    assert made["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "resource-name"
    found = ec2.describe_subnets(Filters=[{"Name": "ipv6-native", "Values": ["true"]}])["Subnets"]
    assert [subnet["SubnetId"] for subnet in found] == [made["SubnetId"]]
    for change in (
        {"MapPublicIpOnLaunch": {"Value": True}},
        {"AssignIpv6AddressOnCreation": {"Value": False}},
        {"PrivateDnsHostnameTypeOnLaunch": "ip-name"},
        {"EnableResourceNameDnsARecordOnLaunch": {"Value": True}},
    ):
        with refused("InvalidParameterValue"):
            ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], **change)
    with refused("OperationNotPermitted"):
        ec2.disassociate_subnet_cidr_block(AssociationId=made["Ipv6CidrBlockAssociationSet"][0]["AssociationId"])
    ec2.delete_subnet(SubnetId=made["SubnetId"])
