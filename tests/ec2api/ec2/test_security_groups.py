from typing import Any

import pytest

from tests.refusal import refused


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return id


def make(ec2: Any, name: str = "web", **more: Any) -> str:
    id: str = ec2.create_security_group(GroupName=name, Description=f"for {name}", **more)["GroupId"]
    return id


def names_by(ec2: Any, name: str, *values: str) -> list[str]:
    found = ec2.describe_security_groups(Filters=[{"Name": name, "Values": list(values)}])["SecurityGroups"]
    return [group["GroupName"] for group in found]


def test_a_new_group_lets_everything_out_and_nothing_in(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "web"}]
    made = ec2.create_security_group(
        GroupName="web",
        Description="for web",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )
    assert made["Tags"] == tags
    (group,) = ec2.describe_security_groups(GroupIds=[made["GroupId"]])["SecurityGroups"]
    (default_vpc,) = ec2.describe_vpcs()["Vpcs"]
    assert (group["GroupName"], group["Description"]) == ("web", "for web")
    assert group["VpcId"] == default_vpc["VpcId"]
    assert group["SecurityGroupArn"] == made["SecurityGroupArn"]
    assert group["IpPermissions"] == []
    (outward,) = group["IpPermissionsEgress"]
    assert (outward["IpProtocol"], outward["IpRanges"]) == ("-1", [{"CidrIp": "0.0.0.0/0"}])


def test_names_are_unique_in_a_vpc(ec2: Any, vpc_id: str) -> None:
    make(ec2)
    make(ec2, VpcId=vpc_id)
    with refused("InvalidGroup.Duplicate", "web"):
        make(ec2)
    for same in ("WEB", "web "):  # AWS compares without regard to case, and drops spaces at the end
        with refused("InvalidGroup.Duplicate", same.strip()):
            make(ec2, same)


@pytest.mark.parametrize(
    ("name", "description", "code"),
    [
        ("default", "d", "InvalidGroup.Reserved"),
        ("Default ", "d", "InvalidGroup.Reserved"),
        ("sg-web", "d", "InvalidParameterValue"),
        ("n" * 256, "d", "InvalidParameterValue"),
        ("web", "d" * 256, "InvalidParameterValue"),
        ("web", "it's", "InvalidParameterValue"),
        ("wéb", "d", "InvalidParameterValue"),
        ("", "d", "MissingParameter"),
        ("  ", "d", "MissingParameter"),
        ("web", "", "MissingParameter"),
    ],
)
def test_names_and_descriptions_that_are_refused(ec2: Any, name: str, description: str, code: str) -> None:
    with refused(code):
        ec2.create_security_group(GroupName=name, Description=description)


def test_a_group_is_deleted_by_id_or_by_name(ec2: Any, vpc_id: str) -> None:
    first, second = make(ec2), make(ec2, "db")
    elsewhere = make(ec2, "elsewhere", VpcId=vpc_id)
    answer = ec2.delete_security_group(GroupId=first)
    assert answer["Return"] is True and answer["GroupId"] == first
    ec2.delete_security_group(GroupName="db")
    for id in (first, second):
        with refused("InvalidGroup.NotFound", id):
            ec2.describe_security_groups(GroupIds=[id])
    with refused("InvalidGroup.NotFound"):
        ec2.delete_security_group(GroupName="elsewhere")
    with refused("InvalidGroupId.Malformed"):
        ec2.delete_security_group(GroupId="web")
    with refused("MissingParameter"):
        ec2.delete_security_group()
    with refused("InvalidParameterCombination"):
        ec2.delete_security_group(GroupId=elsewhere, GroupName="elsewhere")


def test_default_groups_stay(ec2: Any) -> None:
    (group,) = ec2.describe_security_groups()["SecurityGroups"]
    with refused("CannotDelete", group["GroupId"]):
        ec2.delete_security_group(GroupId=group["GroupId"])


def test_a_group_that_another_refers_to_stays(ec2: Any) -> None:
    web, db = make(ec2), make(ec2, "db")
    own = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": web}]}]
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=own)
    ec2.authorize_security_group_ingress(GroupId=db, IpPermissions=own)
    with refused("DependencyViolation", web):
        ec2.delete_security_group(GroupId=web)
    ec2.revoke_security_group_ingress(GroupId=db, IpPermissions=own)
    ec2.delete_security_group(GroupId=web)
    assert names_by(ec2, "group-id", db) == ["db"]


def test_names_are_looked_up_in_the_default_vpc(ec2: Any, vpc_id: str) -> None:
    make(ec2)
    make(ec2, "elsewhere", VpcId=vpc_id)
    (group,) = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    assert group["GroupName"] == "web"
    with refused("InvalidGroup.NotFound", "elsewhere"):
        ec2.describe_security_groups(GroupNames=["web", "elsewhere"])


def test_filters(ec2: Any, vpc_id: str) -> None:
    web, db = make(ec2, VpcId=vpc_id), make(ec2, "db", VpcId=vpc_id)
    ec2.authorize_security_group_ingress(
        GroupId=web,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 81,
                "IpRanges": [{"CidrIp": "192.0.2.0/24"}],
                "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
                "PrefixListIds": [{"PrefixListId": "pl-63a5400a"}],
                "UserIdGroupPairs": [{"GroupId": db}],
            }
        ],
    )
    ec2.authorize_security_group_egress(
        GroupId=db,
        IpPermissions=[
            {"IpProtocol": "udp", "FromPort": 53, "ToPort": 54, "IpRanges": [{"CidrIp": "198.51.100.0/24"}]},
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": web}]},
        ],
    )
    inward = {
        "cidr": "192.0.2.0/24",
        "from-port": "80",
        "to-port": "81",
        "group-id": db,
        "group-name": "db",
        "ipv6-cidr": "2001:db8::/32",
        "prefix-list-id": "pl-63a5400a",
        "protocol": "6",
    }
    for name, value in inward.items():
        assert names_by(ec2, f"ip-permission.{name}", value) == ["web"], name
        assert names_by(ec2, f"egress.ip-permission.{name}", value) == [], name
    outward = {"cidr": "198.51.100.0/24", "from-port": "53", "to-port": "54", "group-name": "web", "protocol": "udp"}
    for name, value in outward.items():
        assert names_by(ec2, f"egress.ip-permission.{name}", value) == ["db"], name
        assert names_by(ec2, f"ip-permission.{name}", value) == [], name
    assert names_by(ec2, "description", "for w*") == ["web"]
    assert names_by(ec2, "group-name", "web", "db") == ["web", "db"]
    assert names_by(ec2, "vpc-id", vpc_id) == ["default", "web", "db"]
