from typing import Any

import pytest

from tests.refusal import refused


def make(ec2: Any, *options: tuple[str, list[str]], **more: Any) -> dict[str, Any]:
    configurations = [{"Key": key, "Values": values} for key, values in options]
    made: dict[str, Any] = ec2.create_dhcp_options(DhcpConfigurations=configurations, **more)["DhcpOptions"]
    return made


def test_a_set_is_made_used_and_deleted(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "names"}]
    made = make(
        ec2,
        ("domain-name", ["corp.example"]),
        ("domain-name-servers", ["10.2.5.1,10.2.5.2", "fd00::5"]),
        ("ntp-servers", ["10.2.5.1"]),
        ("netbios-name-servers", ["10.2.5.1"]),
        ("netbios-node-type", ["2"]),
        ("ipv6-address-preferred-lease-time", ["1440"]),
        TagSpecifications=[{"ResourceType": "dhcp-options", "Tags": tags}],
    )
    id = made["DhcpOptionsId"]
    assert made["Tags"] == tags
    shown = {c["Key"]: [v["Value"] for v in c["Values"]] for c in made["DhcpConfigurations"]}
    assert shown == {
        "domain-name": ["corp.example"],
        "domain-name-servers": ["10.2.5.1", "10.2.5.2", "fd00::5"],
        "ntp-servers": ["10.2.5.1"],
        "netbios-name-servers": ["10.2.5.1"],
        "netbios-node-type": ["2"],
        "ipv6-address-preferred-lease-time": ["1440"],
    }
    assert ec2.describe_dhcp_options(DhcpOptionsIds=[id])["DhcpOptions"] == [made]
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    ec2.associate_dhcp_options(DhcpOptionsId=id, VpcId=vpc["VpcId"])
    with refused("DependencyViolation", id):
        ec2.delete_dhcp_options(DhcpOptionsId=id)
    found = ec2.describe_vpcs(Filters=[{"Name": "dhcp-options-id", "Values": [id]}])["Vpcs"]
    assert [v["VpcId"] for v in found] == [vpc["VpcId"]]
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc["VpcId"])
    assert ec2.describe_vpcs()["Vpcs"][0]["DhcpOptionsId"] == "default"
    ec2.delete_dhcp_options(DhcpOptionsId=id)
    with refused("InvalidDhcpOptionID.NotFound"):
        ec2.describe_dhcp_options(DhcpOptionsIds=[id])


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("domain", ["corp.example"]),
        ("domain-name", ["one", "two"]),
        ("domain-name-servers", ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5"]),
        ("domain-name-servers", ["AmazonProvidedDNS", "1.1.1.1"]),
        ("domain-name-servers", ["ns.example"]),
        ("ntp-servers", ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5"]),
        ("netbios-name-servers", ["fd00::5"]),
        ("netbios-node-type", ["3"]),
        ("ipv6-address-preferred-lease-time", ["139"]),
        ("ipv6-address-preferred-lease-time", ["a day"]),
    ],
)
def test_options_that_are_refused(ec2: Any, key: str, values: list[str]) -> None:
    with refused("InvalidParameterValue"):
        make(ec2, (key, values))
    assert len(ec2.describe_dhcp_options()["DhcpOptions"]) == 1


def test_what_is_missing_or_unknown(ec2: Any) -> None:
    with refused("MissingParameter"):
        make(ec2, ("domain-name", []))
    with refused("InvalidParameterValue"):
        make(ec2, ("domain-name", ["one"]), ("domain-name", ["two"]))
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    with refused("InvalidDhcpOptionID.NotFound"):
        ec2.associate_dhcp_options(DhcpOptionsId="dopt-0123456789abcdef0", VpcId=vpc["VpcId"])
    with refused("InvalidDhcpOptionsID.NotFound"):
        ec2.delete_dhcp_options(DhcpOptionsId="dopt-0123456789abcdef0")
    with refused("InvalidDhcpOptionsId.Malformed"):
        ec2.delete_dhcp_options(DhcpOptionsId="none")
    with refused("DependencyViolation"):
        ec2.delete_dhcp_options(DhcpOptionsId=vpc["DhcpOptionsId"])


def test_without_the_default_set_new_vpcs_have_none(ec2: Any) -> None:
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=vpc["VpcId"])
    ec2.delete_dhcp_options(DhcpOptionsId=vpc["DhcpOptionsId"])
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["DhcpOptionsId"] == "default"
