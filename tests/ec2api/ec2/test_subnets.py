from typing import Any

import pytest

from tests.refusal import refused


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return id


def make(ec2: Any, vpc_id: str, cidr: str = "10.0.1.0/24", **more: Any) -> Any:
    return ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr, **more)["Subnet"]


def ids_by(ec2: Any, name: str, *values: str) -> list[str]:
    found = ec2.describe_subnets(Filters=[{"Name": name, "Values": list(values)}])["Subnets"]
    return [subnet["SubnetId"] for subnet in found]


def test_default_subnets_cover_the_zones(ec2: Any) -> None:
    found = ec2.describe_subnets(Filters=[{"Name": "defaultForAz", "Values": ["true"]}])["Subnets"]
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [(s["AvailabilityZone"], s["AvailabilityZoneId"]) for s in found] == [
        (z["ZoneName"], z["ZoneId"]) for z in zones
    ]
    assert [s["CidrBlock"] for s in found] == ["172.31.0.0/20", "172.31.16.0/20", "172.31.32.0/20"]
    assert all(s["MapPublicIpOnLaunch"] and s["AvailableIpAddressCount"] == 4091 for s in found)


def test_a_new_subnet(ec2: Any, vpc_id: str) -> None:
    tags = [{"Key": "Name", "Value": "inner"}]
    subnet = make(
        ec2,
        vpc_id,
        AvailabilityZone="us-east-1b",
        TagSpecifications=[{"ResourceType": "subnet", "Tags": tags}],
    )
    assert subnet["AvailabilityZone"] == "us-east-1b"
    assert subnet["AvailableIpAddressCount"] == 251
    assert subnet["SubnetArn"].endswith(f":{subnet['OwnerId']}:subnet/{subnet['SubnetId']}")
    assert not subnet["MapPublicIpOnLaunch"] and not subnet["DefaultForAz"]
    assert subnet["Tags"] == tags
    assert ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"] == [subnet]
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}])[
        "NetworkAcls"
    ]
    assert acl["VpcId"] == vpc_id and acl["IsDefault"]


def test_a_zone_may_be_named_by_its_id(ec2: Any, vpc_id: str) -> None:
    zone = ec2.describe_availability_zones()["AvailabilityZones"][2]
    assert make(ec2, vpc_id, AvailabilityZoneId=zone["ZoneId"])["AvailabilityZone"] == zone["ZoneName"]
    with refused("InvalidParameterValue", "us-east-1z"):
        make(ec2, vpc_id, "10.0.2.0/24", AvailabilityZone="us-east-1z")
    with refused("InvalidParameterValue", "use1-az99"):
        make(ec2, vpc_id, "10.0.2.0/24", AvailabilityZoneId="use1-az99")
    with refused("InvalidParameterCombination"):
        make(ec2, vpc_id, "10.0.2.0/24", AvailabilityZone="us-east-1a", AvailabilityZoneId=zone["ZoneId"])


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.0.1.0/24", "InvalidSubnet.Conflict"),
        ("10.0.0.0/16", "InvalidSubnet.Conflict"),
        ("10.0.1.128/28", "InvalidSubnet.Conflict"),
        ("10.1.0.0/24", "InvalidSubnet.Range"),
        ("10.0.2.0/29", "InvalidSubnet.Range"),
        ("10.0.0.0/15", "InvalidSubnet.Range"),
        ("10.0.2.0", "InvalidParameterValue"),
    ],
)
def test_blocks_that_are_refused(ec2: Any, vpc_id: str, cidr: str, code: str) -> None:
    make(ec2, vpc_id)
    with refused(code):
        make(ec2, vpc_id, cidr)


def test_parameters_that_are_refused(ec2: Any, vpc_id: str) -> None:
    with refused("MissingParameter", "cidrBlock"):
        ec2.create_subnet(VpcId=vpc_id)
    with refused("InvalidVpcID.NotFound"):
        make(ec2, "vpc-0123456789abcdef0")
    with refused("InvalidParameterCombination"):
        make(ec2, vpc_id, Ipv6Native=True)
    with refused("MissingParameter", "ipv6CidrBlock"):
        ec2.create_subnet(VpcId=vpc_id, Ipv6Native=True)
    with refused("InvalidIpamPoolId.NotFound"):
        make(ec2, vpc_id, Ipv4IpamPoolId="ipam-pool-0123456789abcdef0")
    with refused("InvalidParameterValue", "Outpost"):
        make(ec2, vpc_id, OutpostArn="arn:aws:outposts:us-east-1:1:outpost/op-1")


def test_attributes_change_one_at_a_time(ec2: Any, vpc_id: str) -> None:
    id = make(ec2, vpc_id)["SubnetId"]
    changes: list[dict[str, Any]] = [
        {"MapPublicIpOnLaunch": {"Value": True}},
        {"EnableDns64": {"Value": True}},
        {"PrivateDnsHostnameTypeOnLaunch": "resource-name"},
        {"EnableResourceNameDnsARecordOnLaunch": {"Value": True}},
        {"EnableResourceNameDnsAAAARecordOnLaunch": {"Value": True}},
        {"AssignIpv6AddressOnCreation": {"Value": False}},
    ]
    for change in changes:
        ec2.modify_subnet_attribute(SubnetId=id, **change)
    (subnet,) = ec2.describe_subnets(SubnetIds=[id])["Subnets"]
    assert subnet["MapPublicIpOnLaunch"] and subnet["EnableDns64"]
    assert subnet["PrivateDnsNameOptionsOnLaunch"] == {
        "HostnameType": "resource-name",
        "EnableResourceNameDnsARecord": True,
        "EnableResourceNameDnsAAAARecord": True,
    }
    with refused("InvalidParameterCombination"):
        ec2.modify_subnet_attribute(SubnetId=id, **changes[0], **changes[1])
    with refused("InvalidParameterValue"):
        ec2.modify_subnet_attribute(SubnetId=id, AssignIpv6AddressOnCreation={"Value": True})


def test_a_deleted_subnet_leaves_nothing(ec2: Any, vpc_id: str) -> None:
    id = make(ec2, vpc_id, TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "a", "Value": "b"}]}])[
        "SubnetId"
    ]
    ec2.delete_subnet(SubnetId=id)
    with refused("InvalidSubnetID.NotFound", id):
        ec2.describe_subnets(SubnetIds=[id])
    assert ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [id]}])["NetworkAcls"] == []
    assert ec2.describe_tags()["Tags"] == []
    make(ec2, vpc_id)  # its block is free again


def test_filters(ec2: Any, vpc_id: str) -> None:
    subnet = make(ec2, vpc_id, AvailabilityZone="us-east-1c")
    id = subnet["SubnetId"]
    for name, value in {
        "cidr": "10.0.1.0/24",
        "cidrBlock": "10.0.1.0/24",
        "cidr-block": "10.0.1.?/24",
        "vpc-id": vpc_id,
        "subnet-arn": subnet["SubnetArn"],
        "available-ip-address-count": "251",
        "default-for-az": "false",
        "map-public-ip-on-launch": "false",
    }.items():
        assert ids_by(ec2, name, value) == [id], name
    assert len(ids_by(ec2, "availabilityZone", "us-east-1c")) == 2
    assert id in ids_by(ec2, "availability-zone-id", subnet["AvailabilityZoneId"])
    assert len(ids_by(ec2, "private-dns-name-options-on-launch.hostname-type", "ip-name")) == 4
    assert ids_by(ec2, "outpost-arn", "*") == []
    assert ids_by(ec2, "ipv6-native", "true") == []


def test_default_subnets_are_made_in_zones_that_have_none(ec2: Any) -> None:
    first, second, _ = ec2.describe_subnets()["Subnets"]
    with refused("MissingParameter", "availabilityZone"):
        ec2.create_default_subnet()
    with refused("DefaultSubnetAlreadyExistsInAvailabilityZone", first["SubnetId"]):
        ec2.create_default_subnet(AvailabilityZone=first["AvailabilityZone"])
    with refused("InvalidParameterValue"):
        ec2.create_default_subnet(AvailabilityZone="us-east-1z")
    ec2.delete_subnet(SubnetId=second["SubnetId"])
    with refused("InvalidParameterValue", "no IPv6"):
        ec2.create_default_subnet(AvailabilityZone=second["AvailabilityZone"], Ipv6Native=True)
    new = ec2.create_default_subnet(AvailabilityZoneId=second["AvailabilityZoneId"])["Subnet"]
    assert (new["CidrBlock"], new["DefaultForAz"]) == (second["CidrBlock"], True)
    assert new["MapPublicIpOnLaunch"] and new["AvailabilityZone"] == second["AvailabilityZone"]


def test_attributes_of_outposts(ec2: Any, vpc_id: str) -> None:
    id = make(ec2, vpc_id)["SubnetId"]

    def shown() -> dict[str, Any]:
        subnet: dict[str, Any] = ec2.describe_subnets(SubnetIds=[id])["Subnets"][0]
        return subnet

    ec2.modify_subnet_attribute(SubnetId=id, EnableLniAtDeviceIndex=1)
    assert shown()["EnableLniAtDeviceIndex"] == 1
    assert ids_by(ec2, "enable-lni-at-device-index", "1") == [id]
    ec2.modify_subnet_attribute(SubnetId=id, DisableLniAtDeviceIndex={"Value": True})
    assert "EnableLniAtDeviceIndex" not in shown()
    with refused("InvalidParameterValue"):
        ec2.modify_subnet_attribute(SubnetId=id, EnableLniAtDeviceIndex=0)
    ec2.modify_subnet_attribute(SubnetId=id, MapCustomerOwnedIpOnLaunch={"Value": False})
    with refused("MissingParameter", "customerOwnedIpv4Pool"):
        ec2.modify_subnet_attribute(SubnetId=id, MapCustomerOwnedIpOnLaunch={"Value": True})
    with refused("InvalidPoolID.NotFound"):
        ec2.modify_subnet_attribute(
            SubnetId=id,
            MapCustomerOwnedIpOnLaunch={"Value": True},
            CustomerOwnedIpv4Pool="ipv4pool-coip-0123456789abcdef0",
        )
    with refused("InvalidSubnetID.NotFound"):
        ec2.modify_subnet_attribute(SubnetId="subnet-0123456789abcdef0", MapCustomerOwnedIpOnLaunch={"Value": False})
