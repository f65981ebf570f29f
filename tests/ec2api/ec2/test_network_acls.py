from typing import Any

import pytest

from tests.refusal import refused


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return id


@pytest.fixture
def acl_id(ec2: Any, vpc_id: str) -> str:
    id: str = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    return id


def entries(ec2: Any, acl_id: str) -> dict[tuple[int, bool], dict[str, Any]]:
    """The entries but for the last of each direction, by number and direction."""
    (acl,) = ec2.describe_network_acls(NetworkAclIds=[acl_id])["NetworkAcls"]
    found = {(entry.pop("RuleNumber"), entry.pop("Egress")): entry for entry in acl["Entries"]}
    assert found.pop((32767, True)) == found.pop((32767, False))
    return found


def rule(acl_id: str, number: int = 100, **more: Any) -> dict[str, Any]:
    usual = {"RuleAction": "allow", "Egress": False, "Protocol": "-1"}
    return {"NetworkAclId": acl_id, "RuleNumber": number, **usual, **more}


def test_a_new_acl_denies_everything(ec2: Any, vpc_id: str) -> None:
    tags = [{"Key": "Name", "Value": "guard"}]
    spec = [{"ResourceType": "network-acl", "Tags": tags}]
    answer = ec2.create_network_acl(VpcId=vpc_id, TagSpecifications=spec, ClientToken="once")
    acl = answer["NetworkAcl"]
    assert answer["ClientToken"] == "once"
    assert acl["Tags"] == tags and not acl["IsDefault"] and acl["Associations"] == []
    everything = {"Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "RuleNumber": 32767}
    assert acl["Entries"] == [{**everything, "Egress": False}, {**everything, "Egress": True}]
    again = ec2.create_network_acl(VpcId=vpc_id, TagSpecifications=spec, ClientToken="once")["NetworkAcl"]
    assert again["NetworkAclId"] == acl["NetworkAclId"]
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)
    ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])
    with refused("InvalidNetworkAclID.NotFound"):
        ec2.describe_network_acls(NetworkAclIds=[acl["NetworkAclId"]])
    ec2.delete_vpc(VpcId=vpc_id)


def test_entries_keep_what_their_protocol_has(ec2: Any, acl_id: str) -> None:
    ports, echo = {"From": 80, "To": 81}, {"Type": 8, "Code": -1}
    for number, given, shown in (
        (1, {"Protocol": "tcp", "PortRange": ports}, {"Protocol": "6", "PortRange": ports}),
        (2, {"Protocol": "17", "PortRange": ports}, {"Protocol": "17", "PortRange": ports}),
        (3, {"Protocol": "icmp", "IcmpTypeCode": echo}, {"Protocol": "1", "IcmpTypeCode": echo}),
        (4, {"Protocol": "all", "PortRange": ports}, {"Protocol": "-1"}),
        (5, {"Protocol": "58", "IcmpTypeCode": echo}, {"Protocol": "58"}),
        (32766, {"Protocol": "051", "PortRange": ports}, {"Protocol": "51"}),
    ):
        ec2.create_network_acl_entry(**rule(acl_id, number, CidrBlock="10.0.0.7/8", **given))
        assert entries(ec2, acl_id)[number, False] == {"RuleAction": "allow", "CidrBlock": "10.0.0.0/8", **shown}
    v6 = rule(acl_id, 7, Protocol="58", IcmpTypeCode=echo, Ipv6CidrBlock="2001:DB8::/32", Egress=True)
    ec2.create_network_acl_entry(**v6)
    assert entries(ec2, acl_id)[7, True] == {
        "RuleAction": "allow",
        "Protocol": "58",
        "IcmpTypeCode": echo,
        "Ipv6CidrBlock": "2001:db8::/32",
    }
    found = ec2.describe_network_acls(
        Filters=[{"Name": "entry.port-range.from", "Values": ["80"]}, {"Name": "entry.protocol", "Values": ["udp"]}]
    )["NetworkAcls"]
    assert [acl["NetworkAclId"] for acl in found] == [acl_id]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("InvalidParameterValue", {"RuleNumber": 0, "CidrBlock": "0.0.0.0/0"}),
        ("InvalidParameterValue", {"RuleNumber": 32767, "CidrBlock": "0.0.0.0/0"}),
        ("InvalidParameterValue", {"RuleAction": "drop", "CidrBlock": "0.0.0.0/0"}),
        ("InvalidParameterValue", {"Protocol": "256", "CidrBlock": "0.0.0.0/0"}),
        ("InvalidParameterValue", {"Protocol": "gopher", "CidrBlock": "0.0.0.0/0"}),
        ("InvalidParameterValue", {"CidrBlock": "10.0.0.0"}),
        ("InvalidParameterValue", {"CidrBlock": "::/0"}),
        ("InvalidParameterValue", {"Ipv6CidrBlock": "0.0.0.0/0"}),
        ("MissingParameter", {}),
        ("InvalidParameterCombination", {"CidrBlock": "0.0.0.0/0", "Ipv6CidrBlock": "::/0"}),
        ("MissingParameter", {"Protocol": "6", "CidrBlock": "0.0.0.0/0"}),
        ("MissingParameter", {"Protocol": "1", "CidrBlock": "0.0.0.0/0"}),
        ("MissingParameter", {"Protocol": "58", "Ipv6CidrBlock": "::/0"}),
        ("InvalidParameterValue", {"Protocol": "6", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 9, "To": 8}}),
        ("InvalidParameterValue", {"Protocol": "6", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 9, "To": 65536}}),
        (
            "InvalidParameterValue",
            {"Protocol": "1", "CidrBlock": "0.0.0.0/0", "IcmpTypeCode": {"Type": 256, "Code": 0}},
        ),
    ],
)
def test_entries_that_are_refused(ec2: Any, acl_id: str, code: str, given: dict[str, Any]) -> None:
    with refused(code):
        ec2.create_network_acl_entry(**rule(acl_id, **{"number": given.pop("RuleNumber", 100)}, **given))
    assert entries(ec2, acl_id) == {}


def test_entries_are_replaced_and_deleted(ec2: Any, acl_id: str) -> None:
    given = rule(acl_id, CidrBlock="10.0.0.0/8")
    with refused("InvalidNetworkAclEntry.NotFound"):
        ec2.replace_network_acl_entry(**given)
    ec2.create_network_acl_entry(**given)
    with refused("NetworkAclEntryAlreadyExists", "100"):
        ec2.create_network_acl_entry(**given)
    ec2.create_network_acl_entry(**{**given, "Egress": True})
    new = {"RuleAction": "deny", "Protocol": "6", "PortRange": {"From": 22, "To": 22}}
    ec2.replace_network_acl_entry(NetworkAclId=acl_id, RuleNumber=100, Egress=False, Ipv6CidrBlock="::/0", **new)
    assert entries(ec2, acl_id) == {
        (100, False): {"Ipv6CidrBlock": "::/0", **new},
        (100, True): {"CidrBlock": "10.0.0.0/8", "Protocol": "-1", "RuleAction": "allow"},
    }
    ec2.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=100, Egress=False)
    with refused("InvalidNetworkAclEntry.NotFound"):
        ec2.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=100, Egress=False)
    with refused("InvalidParameterValue"):
        ec2.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=32767, Egress=False)
    assert list(entries(ec2, acl_id)) == [(100, True)]


def test_a_subnet_has_one_acl(ec2: Any, vpc_id: str, acl_id: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    wanted = [{"Name": "association.subnet-id", "Values": [subnet]}]

    def guard() -> tuple[str, str]:
        (acl,) = ec2.describe_network_acls(Filters=wanted)["NetworkAcls"]
        (association,) = acl["Associations"]
        assert association["SubnetId"] == subnet and association["NetworkAclId"] == acl["NetworkAclId"]
        return acl["NetworkAclId"], association["NetworkAclAssociationId"]

    default, association = guard()
    with refused("InvalidParameterValue", "cannot delete default"):
        ec2.delete_network_acl(NetworkAclId=default)
    new = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl_id)["NewAssociationId"]
    assert guard() == (acl_id, new) and new != association
    again = ec2.replace_network_acl_association(AssociationId=new, NetworkAclId=acl_id)["NewAssociationId"]
    assert guard() == (acl_id, again)
    with refused("DependencyViolation", acl_id):
        ec2.delete_network_acl(NetworkAclId=acl_id)
    with refused("InvalidAssociationID.NotFound"):
        ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl_id)
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    elsewhere = ec2.create_network_acl(VpcId=other)["NetworkAcl"]["NetworkAclId"]
    with refused("InvalidParameterValue", "different networks"):
        ec2.replace_network_acl_association(AssociationId=again, NetworkAclId=elsewhere)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_network_acl(NetworkAclId=acl_id)
