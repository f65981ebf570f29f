from collections.abc import Callable
from typing import Any

import pytest

from tests.refusal import refused


def make(ec2: Any, cidr: str = "10.0.0.0/16", **more: Any) -> Any:
    return ec2.create_vpc(CidrBlock=cidr, **more)["Vpc"]


def vpc_of(answer: Any) -> list[str]:
    return [item["VpcId"] for item in answer]


def by_vpc(vpc_id: str, **more: str) -> list[dict[str, Any]]:
    wanted = {"vpc-id": vpc_id, **{name.replace("_", "-"): value for name, value in more.items()}}
    return [{"Name": name, "Values": [value]} for name, value in wanted.items()]


def test_the_default_vpc_is_there_from_the_first_call(ec2: Any) -> None:
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"]
    assert vpc["CidrBlock"] == "172.31.0.0/16"
    assert vpc["InstanceTenancy"] == "default"
    names = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")
    assert names["EnableDnsHostnames"] == {"Value": True}
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc["VpcId"]}]
    (options,) = ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]
    assert options["DhcpConfigurations"] == [
        {"Key": "domain-name", "Values": [{"Value": "ec2.internal"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
    ]


def test_each_region_has_its_own_default_vpc_and_domain(shared_cloud: Any, account: str) -> None:
    here = shared_cloud.client(account=account).describe_vpcs()["Vpcs"]
    other = shared_cloud.client(account=account, region="eu-central-1")
    there = other.describe_vpcs()["Vpcs"]
    assert len(here) == len(there) == 1 and here[0]["VpcId"] != there[0]["VpcId"]
    (options,) = other.describe_dhcp_options()["DhcpOptions"]
    assert options["DhcpConfigurations"][0]["Values"] == [{"Value": "eu-central-1.compute.internal"}]


def test_a_new_vpc_comes_with_a_route_table_an_acl_and_a_group(ec2: Any) -> None:
    vpc = make(ec2, TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}])
    assert vpc["State"] == "pending"
    assert vpc["Tags"] == [{"Key": "Name", "Value": "main"}]
    assert not vpc["IsDefault"]
    id = vpc["VpcId"]
    (seen,) = ec2.describe_vpcs(VpcIds=[id])["Vpcs"]
    assert vpc.pop("Ipv6CidrBlockAssociationSet") == []
    assert seen == {**vpc, "State": "available"}
    (table,) = ec2.describe_route_tables(Filters=by_vpc(id, **{"association.main": "true"}))["RouteTables"]
    assert table["Routes"] == [
        {
            "DestinationCidrBlock": "10.0.0.0/16",
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        }
    ]
    (acl,) = ec2.describe_network_acls(Filters=by_vpc(id, default="true"))["NetworkAcls"]
    assert [(e["RuleNumber"], e["Egress"], e["RuleAction"], e["Protocol"]) for e in acl["Entries"]] == [
        (100, False, "allow", "-1"),
        (32767, False, "deny", "-1"),
        (100, True, "allow", "-1"),
        (32767, True, "deny", "-1"),
    ]
    (group,) = ec2.describe_security_groups(Filters=by_vpc(id, group_name="default"))["SecurityGroups"]
    assert group["Description"] == "default VPC security group"
    (inward,) = group["IpPermissions"]
    assert inward["UserIdGroupPairs"] == [{"UserId": vpc["OwnerId"], "GroupId": group["GroupId"]}]
    assert "FromPort" not in inward


def test_a_block_is_shown_in_its_canonical_form(ec2: Any) -> None:
    assert make(ec2, "100.68.0.18/18")["CidrBlock"] == "100.68.0.0/18"


@pytest.mark.parametrize(
    ("cidr", "code"),
    [
        ("10.0.0.0/15", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("169.254.0.0/16", "InvalidVpc.Range"),
        ("127.0.0.0/24", "InvalidVpc.Range"),
        ("10.0.0.0", "InvalidParameterValue"),
        ("10.0.0.0/255.255.0.0", "InvalidParameterValue"),
        ("10.0.0.256/16", "InvalidParameterValue"),
        ("2001:db8::/56", "InvalidParameterValue"),
        ("many", "InvalidParameterValue"),
    ],
)
def test_blocks_that_are_refused(ec2: Any, cidr: str, code: str) -> None:
    with refused(code):
        make(ec2, cidr)
    assert len(ec2.describe_vpcs()["Vpcs"]) == 1


def test_parameters_that_are_refused(ec2: Any) -> None:
    with refused("MissingParameter"):
        ec2.create_vpc()
    with refused("InvalidParameterValue"):
        make(ec2, InstanceTenancy="host")
    with refused("InvalidIpamPoolId.NotFound"):
        make(ec2, Ipv4IpamPoolId="ipam-pool-0123456789abcdef0")
    with refused("MissingParameter", "ipv6IpamPoolId"):
        make(ec2, Ipv6NetmaskLength=56)
    with refused("InvalidPoolID.NotFound"):
        make(ec2, Ipv6Pool="ipv6pool-ec2-0123456789abcdef0", Ipv6CidrBlock="2001:db8::/56")
    with refused("MissingParameter", "ipv6Pool"):
        make(ec2, Ipv6CidrBlock="2001:db8::/56")
    with refused("UnsupportedOperation", "VpcEncryptionControl"):
        make(ec2, VpcEncryptionControl={"Mode": "monitor"})
    assert make(ec2, AmazonProvidedIpv6CidrBlock=False, InstanceTenancy="dedicated")["InstanceTenancy"] == "dedicated"


def test_the_settings_limit_how_many_vpcs_an_account_may_have(ec2: Any, new_cloud: Callable[..., Any]) -> None:
    limited = new_cloud(quotas="aws").client()
    for number in range(5):
        make(ec2, f"10.{number}.0.0/16")
    for number in range(4):
        make(limited, f"10.{number}.0.0/16")
    with refused("VpcLimitExceeded"):
        make(limited, "10.4.0.0/16")


def test_attributes_change_one_at_a_time(ec2: Any) -> None:
    id = make(ec2)["VpcId"]

    def attribute(name: str) -> bool:
        answer = ec2.describe_vpc_attribute(VpcId=id, Attribute=name)
        assert answer["VpcId"] == id
        value: bool = answer[name[0].upper() + name[1:]]["Value"]
        return value

    assert attribute("enableDnsSupport") and not attribute("enableDnsHostnames")
    ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_attribute(VpcId=id, EnableNetworkAddressUsageMetrics={"Value": True})
    assert attribute("enableDnsHostnames") and attribute("enableNetworkAddressUsageMetrics")
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=id, EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": True})
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=id)
    ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": False})
    ec2.modify_vpc_attribute(VpcId=id, EnableDnsSupport={"Value": False})
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": True})


def test_ids_that_are_malformed_or_unknown(ec2: Any) -> None:
    with refused("InvalidVpcID.Malformed"):
        ec2.describe_vpcs(VpcIds=["vpc-zzz"])
    with refused("InvalidVpcID.NotFound", "vpc-0123456789abcdef0"):
        ec2.describe_vpcs(VpcIds=["vpc-0123456789abcdef0"])
    with refused("InvalidVpcID.NotFound"):
        ec2.delete_vpc(VpcId="vpc-0123456789abcdef0")


def test_a_deleted_vpc_takes_along_what_came_with_it(ec2: Any) -> None:
    before = counts(ec2)
    id = make(ec2)["VpcId"]
    ec2.delete_vpc(VpcId=id)
    assert counts(ec2) == before
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpcs(VpcIds=[id])


def counts(ec2: Any) -> list[int]:
    return [
        len(ec2.describe_vpcs()["Vpcs"]),
        len(ec2.describe_route_tables()["RouteTables"]),
        len(ec2.describe_network_acls()["NetworkAcls"]),
        len(ec2.describe_security_groups()["SecurityGroups"]),
        len(ec2.describe_security_group_rules()["SecurityGroupRules"]),
        len(ec2.describe_tags()["Tags"]),
    ]


def test_a_vpc_with_something_of_its_own_stays(ec2: Any) -> None:
    id = make(ec2)["VpcId"]
    subnet = ec2.create_subnet(VpcId=id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    with refused("DependencyViolation", id):
        ec2.delete_vpc(VpcId=id)
    ec2.delete_subnet(SubnetId=subnet)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=id)["GroupId"]
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=id)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=id)


def test_filters(ec2: Any) -> None:
    vpc = make(ec2, TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}])
    association = vpc["CidrBlockAssociationSet"][0]["AssociationId"]
    for name, value in {
        "cidr": "10.0.*",
        "cidrBlock": "10.0.0.0/16",
        "cidr-block-association.cidr-block": "10.0.0.0/16",
        "cidr-block-association.association-id": association,
        "is-default": "false",
        "tag:Name": "main",
        "tag-key": "Name",
        "vpc-id": vpc["VpcId"],
    }.items():
        assert vpc_of(ec2.describe_vpcs(Filters=[{"Name": name, "Values": [value]}])["Vpcs"]) == [vpc["VpcId"]], name
    for name, value in {
        "cidr-block-association.state": "associated",
        "dhcp-options-id": vpc["DhcpOptionsId"],
        "owner-id": vpc["OwnerId"],
        "state": "available",
    }.items():
        assert len(ec2.describe_vpcs(Filters=[{"Name": name, "Values": [value]}])["Vpcs"]) == 2, name
    none = [{"Name": "ipv6-cidr-block-association.state", "Values": ["associated"]}]
    assert ec2.describe_vpcs(Filters=none)["Vpcs"] == []
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        ec2.describe_vpcs(Filters=[{"Name": "colour", "Values": ["blue"]}])


def test_pages(new_cloud: Callable[..., Any]) -> None:
    ec2 = new_cloud().client()
    made = [make(ec2, f"10.{n}.0.0/16")["VpcId"] for n in range(11)]
    pages = list(ec2.get_paginator("describe_vpcs").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Vpcs"]) for page in pages] == [5, 5, 2]
    assert vpc_of([v for page in pages for v in page["Vpcs"]])[1:] == made


def test_a_default_vpc_can_be_made_again_once_the_first_is_gone(ec2: Any) -> None:
    (old,) = ec2.describe_vpcs()["Vpcs"]
    with refused("DefaultVpcAlreadyExists"):
        ec2.create_default_vpc()
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    gateway = ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=old["VpcId"])
    ec2.delete_vpc(VpcId=old["VpcId"])
    with refused("DefaultVpcDoesNotExist"):
        ec2.create_default_subnet(AvailabilityZone="us-east-1a")
    new = ec2.create_default_vpc()["Vpc"]
    assert (new["IsDefault"], new["CidrBlock"], new["State"]) == (True, "172.31.0.0/16", "pending")
    assert len(ec2.describe_subnets(Filters=by_vpc(new["VpcId"]))["Subnets"]) == 3
    (table,) = ec2.describe_route_tables(Filters=by_vpc(new["VpcId"]))["RouteTables"]
    assert [r["DestinationCidrBlock"] for r in table["Routes"]] == ["172.31.0.0/16", "0.0.0.0/0"]
    assert [r["State"] for r in table["Routes"]] == ["active", "active"]


def test_tenancy_becomes_default_and_nothing_else(ec2: Any) -> None:
    id = make(ec2, InstanceTenancy="dedicated")["VpcId"]
    with refused("InvalidParameterValue"):
        ec2.modify_vpc_tenancy(VpcId=id, InstanceTenancy="dedicated")
    assert ec2.modify_vpc_tenancy(VpcId=id, InstanceTenancy="default")["ReturnValue"]
    assert ec2.describe_vpcs(VpcIds=[id])["Vpcs"][0]["InstanceTenancy"] == "default"
