"""What describes the network around instances: interfaces, gateways, route tables, ACLs, DHCP options."""

import re
from typing import Any

import pytest

from backend import addresses, ids, network_interfaces
from backend.db.models import SecurityGroup, Subnet, Vpc
from tests.clients import SESSION
from tests.refusal import refused

OPERATIONS = {
    "DescribeVpcs": "describe_vpcs",
    "DescribeSubnets": "describe_subnets",
    "DescribeSecurityGroups": "describe_security_groups",
    "DescribeSecurityGroupRules": "describe_security_group_rules",
    "DescribeNetworkInterfaces": "describe_network_interfaces",
    "DescribeInternetGateways": "describe_internet_gateways",
    "DescribeRouteTables": "describe_route_tables",
    "DescribeNetworkAcls": "describe_network_acls",
    "DescribeDhcpOptions": "describe_dhcp_options",
}
_model = SESSION.get_service_model("ec2")


def documented(operation: str) -> list[str]:
    """The filters that AWS documents; of ``tag``, ``tag:<key>`` only one key."""
    text = _model.operation_model(operation).input_shape.members["Filters"].documentation
    names = re.findall(r"<code>([^<]+)</code>(?::<key>)? ?[-\u2013]", text)
    return ["tag:Name" if name.startswith("tag") and name != "tag-key" else name for name in names]


def test_the_documentation_is_read() -> None:
    assert {operation: len(documented(operation)) >= 2 for operation in OPERATIONS} == dict.fromkeys(OPERATIONS, True)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_documented_filter_is_known(ec2: Any, operation: str) -> None:
    for name in documented(operation):
        answer = getattr(ec2, OPERATIONS[operation])(Filters=[{"Name": name, "Values": ["no such value"]}])
        (found,) = [value for value in answer.values() if isinstance(value, list)]
        assert found == [], name


class Launched:
    """An interface of an instance, and a detached one with two addresses, as a launch would make them."""

    def __init__(self, cloud: Any, account: str) -> None:
        with cloud.unit_of_work(account, "us-east-1", write=True) as uow:
            vpc, subnet, groups = uow.records(Vpc)[0], uow.records(Subnet)[0], uow.records(SecurityGroup)
            first, second, third = addresses.take(uow, subnet.id, 3)
            self.instance_id = ids.new("i")
            attached = network_interfaces.rows(
                uow,
                vpc=vpc,
                subnet=subnet,
                groups=groups,
                private_ips=[first],
                instance_ids=[self.instance_id],
                public_cidr="198.18.0.0/15",
                description="Primary network interface",
                tags={"Name": "front"},
            )
            network_interfaces.insert_rows(uow, attached)
            free = network_interfaces.rows(
                uow, vpc=vpc, subnet=subnet, groups=(), private_ips=[second], secondary_ips=[[third]]
            )
            network_interfaces.insert_rows(uow, free)
            uow.commit()
        self.attached, self.free = attached.interfaces[0]["id"], free.interfaces[0]["id"]


@pytest.fixture
def launched(shared_cloud: Any, ec2: Any, account: str) -> Launched:
    ec2.describe_vpcs()
    return Launched(shared_cloud.cloud, account)


def test_interfaces_as_shown(ec2: Any, account: str, launched: Launched) -> None:
    attached, free = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert (attached["NetworkInterfaceId"], attached["Status"]) == (launched.attached, "in-use")
    attachment = attached["Attachment"]
    assert attachment["InstanceId"] == launched.instance_id
    assert (attachment["DeviceIndex"], attachment["Status"]) == (0, "attached")
    assert attachment["DeleteOnTermination"] is True
    assert attached["Association"]["IpOwnerId"] == "amazon"
    assert attached["PublicDnsName"] == attached["Association"]["PublicDnsName"]
    assert attached["PrivateIpAddresses"] == [
        {
            "Primary": True,
            "PrivateIpAddress": "172.31.0.4",
            "PrivateDnsName": "ip-172-31-0-4.ec2.internal",
            "Association": attached["Association"],
        }
    ]
    assert [group["GroupName"] for group in attached["Groups"]] == ["default"]
    assert attached["TagSet"] == [{"Key": "Name", "Value": "front"}]
    assert attached["SourceDestCheck"] is True
    assert attached["AvailabilityZoneId"] == ec2.describe_subnets()["Subnets"][0]["AvailabilityZoneId"]
    assert (free["NetworkInterfaceId"], free["Status"]) == (launched.free, "available")
    assert "Attachment" not in free and "Association" not in free
    assert [(a["PrivateIpAddress"], a["Primary"]) for a in free["PrivateIpAddresses"]] == [
        ("172.31.0.5", True),
        ("172.31.0.6", False),
    ]
    assert ec2.describe_subnets()["Subnets"][0]["AvailableIpAddressCount"] == 4091 - 3


def test_filters_of_interfaces(ec2: Any, launched: Launched) -> None:
    attached, free = ec2.describe_network_interfaces()["NetworkInterfaces"]

    def found(name: str, value: str) -> list[str]:
        answer = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])
        return [interface["NetworkInterfaceId"] for interface in answer["NetworkInterfaces"]]

    for name, value in {
        "addresses.association.public-ip": attached["Association"]["PublicIp"],
        "association.ip-owner-id": "amazon",
        "association.public-dns-name": attached["PublicDnsName"],
        "attachment.attachment-id": attached["Attachment"]["AttachmentId"],
        "attachment.delete-on-termination": "true",
        "attachment.device-index": "0",
        "attachment.instance-id": launched.instance_id,
        "attachment.status": "attached",
        "description": "Primary*",
        "group-id": attached["Groups"][0]["GroupId"],
        "mac-address": attached["MacAddress"],
        "private-dns-name": attached["PrivateDnsName"],
        "private-ip-address": "172.31.0.4",
        "status": "in-use",
        "tag:Name": "front",
    }.items():
        assert found(name, value) == [launched.attached], name
    for name, value in {
        "addresses.private-ip-address": "172.31.0.6",
        "addresses.primary": "false",
        "status": "available",
    }.items():
        assert found(name, value) == [launched.free], name
    for name, value in {
        "availability-zone": attached["AvailabilityZone"],
        "availability-zone-id": attached["AvailabilityZoneId"],
        "interface-type": "interface",
        "operator.managed": "false",
        "requester-managed": "false",
        "source-dest-check": "true",
        "subnet-id": free["SubnetId"],
        "vpc-id": free["VpcId"],
    }.items():
        assert found(name, value) == [launched.attached, launched.free], name
    assert found("private-ip-address", "172.31.0.6") == []


def test_an_interface_keeps_its_subnet_its_group_and_its_vpc(ec2: Any, launched: Launched) -> None:
    (attached, _) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    with refused("DependencyViolation", attached["SubnetId"]):
        ec2.delete_subnet(SubnetId=attached["SubnetId"])
    with refused("InvalidParameterCombination"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[launched.free], MaxResults=5)
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=["eni-0123456789abcdef0"])


def test_names_come_and_go_with_the_dns_hostnames_of_the_vpc(ec2: Any, launched: Launched) -> None:
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": False})
    (attached, _) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert "PrivateDnsName" not in attached and not attached["Association"]["PublicDnsName"]
    ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": True})
    (attached, _) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert attached["PrivateDnsName"] == "ip-172-31-0-4.ec2.internal"
    public = attached["Association"]
    assert public["PublicDnsName"] == addresses.public_dns_name("us-east-1", public["PublicIp"])


def test_filters_of_gateways_tables_acls_and_options(ec2: Any) -> None:
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    (gateway,) = ec2.describe_internet_gateways()["InternetGateways"]

    def found(method: str, member: str, name: str, value: str) -> list[Any]:
        return [r.get("VpcId") for r in getattr(ec2, method)(Filters=[{"Name": name, "Values": [value]}])[member]]

    for name, value in {
        "attachment.state": "available",
        "attachment.vpc-id": vpc["VpcId"],
        "internet-gateway-id": gateway["InternetGatewayId"],
    }.items():
        assert len(found("describe_internet_gateways", "InternetGateways", name, value)) == 1, name
    for name, value, wanted in (
        ("route.gateway-id", gateway["InternetGatewayId"], [vpc["VpcId"]]),
        ("route.gateway-id", "local", [vpc["VpcId"], other]),
        ("route.destination-cidr-block", "10.0.0.0/16", [other]),
        ("route.destination-ipv6-cidr-block", "*", []),
        ("route.destination-prefix-list-id", "*", []),
        ("route.origin", "CreateRoute", [vpc["VpcId"]]),
        ("route.state", "active", [vpc["VpcId"], other]),
        ("association.main", "true", [vpc["VpcId"], other]),
        ("vpc-id", other, [other]),
    ):
        assert found("describe_route_tables", "RouteTables", name, value) == wanted, name
    for name, value, wanted in (
        ("default", "true", [vpc["VpcId"], other]),
        ("entry.rule-number", "32767", [vpc["VpcId"], other]),
        ("entry.protocol", "all", [vpc["VpcId"], other]),
        ("entry.protocol", "tcp", []),
        ("entry.cidr", "0.0.0.0/0", [vpc["VpcId"], other]),
        ("vpc-id", other, [other]),
    ):
        assert found("describe_network_acls", "NetworkAcls", name, value) == wanted, name
    assert len(found("describe_dhcp_options", "DhcpOptions", "key", "domain-name")) == 1
    assert len(found("describe_dhcp_options", "DhcpOptions", "value", "AmazonProvidedDNS")) == 1
    assert found("describe_dhcp_options", "DhcpOptions", "key", "ntp-servers") == []


def test_accounts_do_not_see_each_other(shared_cloud: Any, account: str, ec2: Any) -> None:
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    stranger = shared_cloud.client(account="099999999999")
    with refused("InvalidVpcID.NotFound"):
        stranger.describe_vpcs(VpcIds=[vpc["VpcId"]])
    with refused("InvalidVpcID.NotFound"):
        stranger.create_subnet(VpcId=vpc["VpcId"], CidrBlock="172.31.200.0/24")
    with refused("InvalidVpcID.NotFound"):
        stranger.delete_vpc(VpcId=vpc["VpcId"])
