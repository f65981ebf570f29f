"""VPC endpoints through the face: gateways to AWS's services, and interfaces in subnets."""

import json
from typing import Any

import pytest

from tests.refusal import refused
from tests.waiting import until

S3, DYNAMODB = "com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.dynamodb"
LATTICE = "arn:aws:vpc-lattice:us-east-1:111122223333:servicenetwork/sn-1"
SSM, STS = "com.amazonaws.us-east-1.ssm", "com.amazonaws.us-east-1.sts"


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=id, EnableDnsHostnames={"Value": True})
    return id


def subnet(ec2: Any, vpc_id: str, number: int, zone: str = "us-east-1a") -> str:
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
    id: str = made["Subnet"]["SubnetId"]
    return id


def table(ec2: Any, vpc_id: str) -> str:
    id: str = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    return id


def show(ec2: Any, id: str) -> Any:
    return ec2.describe_vpc_endpoints(VpcEndpointIds=[id])["VpcEndpoints"][0]


def make(ec2: Any, vpc_id: str, service: str, kind: str = "Interface", **more: Any) -> Any:
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=service, VpcEndpointType=kind, **more)["VpcEndpoint"]
    assert made["State"] == "pending"
    until(lambda: show(ec2, made["VpcEndpointId"])["State"], "available")
    return show(ec2, made["VpcEndpointId"])


def delete(ec2: Any, id: str) -> None:
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[id])["Unsuccessful"] == []
    until(lambda: ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-id", "Values": [id]}])["VpcEndpoints"], [])


def tables_to(ec2: Any, id: str) -> list[str]:
    found = ec2.describe_route_tables(Filters=[{"Name": "route.gateway-id", "Values": [id]}])["RouteTables"]
    return [t["RouteTableId"] for t in found]


def test_a_gateway_brings_routes_along(ec2: Any, vpc_id: str, account: str) -> None:
    first, second = table(ec2, vpc_id), table(ec2, vpc_id)
    tags = [{"Key": "Name", "Value": "s3"}]
    endpoint = make(
        ec2,
        vpc_id,
        S3,
        "Gateway",
        RouteTableIds=[first],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
    )
    id = endpoint["VpcEndpointId"]
    assert endpoint["RouteTableIds"] == [first] and endpoint["Tags"] == tags and endpoint["OwnerId"] == account
    assert (endpoint["SubnetIds"], endpoint["NetworkInterfaceIds"], endpoint["DnsEntries"]) == ([], [], [])
    assert json.loads(endpoint["PolicyDocument"])["Statement"][0]["Effect"] == "Allow"
    (seen,) = ec2.describe_route_tables(RouteTableIds=[first])["RouteTables"]
    route = next(r for r in seen["Routes"] if r.get("GatewayId") == id)
    (listed,) = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [S3]}])["PrefixLists"]
    assert route["DestinationPrefixListId"] == listed["PrefixListId"] and route["State"] == "active"
    with refused("RouteAlreadyExists", first):
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, RouteTableIds=[first])
    with refused("InvalidParameterValue", "VPC endpoint route"):
        ec2.delete_route(RouteTableId=first, DestinationPrefixListId=listed["PrefixListId"])
    ec2.modify_vpc_endpoint(VpcEndpointId=id, AddRouteTableIds=[first, second], RemoveRouteTableIds=[])
    assert sorted(tables_to(ec2, id)) == sorted([first, second])
    ec2.modify_vpc_endpoint(VpcEndpointId=id, RemoveRouteTableIds=[first])
    assert show(ec2, id)["RouteTableIds"] == [second]
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)
    delete(ec2, id)
    assert tables_to(ec2, id) == []
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [id]}])["Tags"] == []


def test_an_interface_endpoint(ec2: Any, vpc_id: str) -> None:
    a, b = subnet(ec2, vpc_id, 1), subnet(ec2, vpc_id, 2, "us-east-1b")
    endpoint = make(ec2, vpc_id, SSM, SubnetIds=[a], SubnetConfigurations=[{"SubnetId": b, "Ipv4": "10.0.2.77"}])
    id = endpoint["VpcEndpointId"]
    assert endpoint["SubnetIds"] == [a, b] and endpoint["PrivateDnsEnabled"]
    assert [group["GroupName"] for group in endpoint["Groups"]] == ["default"]
    names = [entry["DnsName"] for entry in endpoint["DnsEntries"]]
    assert names[-1] == "ssm.us-east-1.amazonaws.com"
    assert names[0].startswith(f"{id}-") and names[0].endswith(".ssm.us-east-1.vpce.amazonaws.com")
    assert [name.split(".")[0][-10:] for name in names[1:3]] == ["us-east-1a", "us-east-1b"]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])[
        "NetworkInterfaces"
    ]
    for interface in interfaces:
        assert interface["InterfaceType"] == "vpc_endpoint" and interface["RequesterManaged"]
        assert (interface["Status"], interface["Description"]) == ("in-use", f"VPC Endpoint Interface {id}")
    assert "10.0.2.77" in [interface["PrivateIpAddress"] for interface in interfaces]
    (shown,) = ec2.describe_subnets(SubnetIds=[a])["Subnets"]
    assert shown["AvailableIpAddressCount"] == 250
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=a)
    delete(ec2, id)
    ec2.delete_subnet(SubnetId=a)
    ec2.delete_subnet(SubnetId=b)


def test_routes_to_its_interfaces_end_with_it(ec2: Any, vpc_id: str) -> None:
    endpoint = make(ec2, vpc_id, SSM, SubnetIds=[subnet(ec2, vpc_id, 1)])
    (interface,), routed = endpoint["NetworkInterfaceIds"], table(ec2, vpc_id)
    ec2.create_route(RouteTableId=routed, DestinationCidrBlock="192.0.2.0/24", NetworkInterfaceId=interface)
    delete(ec2, endpoint["VpcEndpointId"])
    routes = ec2.describe_route_tables(RouteTableIds=[routed])["RouteTables"][0]["Routes"]
    assert [r["State"] for r in routes if r["DestinationCidrBlock"] == "192.0.2.0/24"] == ["blackhole"]


def test_subnets_groups_and_policies_change(ec2: Any, vpc_id: str) -> None:
    a, b, c = subnet(ec2, vpc_id, 1), subnet(ec2, vpc_id, 2, "us-east-1b"), subnet(ec2, vpc_id, 3)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc_id)["GroupId"]
    id = make(ec2, vpc_id, SSM, SubnetIds=[a], PrivateDnsEnabled=False)["VpcEndpointId"]
    default = show(ec2, id)["Groups"][0]["GroupId"]
    with refused("DuplicateSubnetsInSameZone", a):
        ec2.modify_vpc_endpoint(VpcEndpointId=id, AddSubnetIds=[c])
    ec2.modify_vpc_endpoint(VpcEndpointId=id, AddSubnetIds=[b], AddSecurityGroupIds=[group])
    assert show(ec2, id)["SubnetIds"] == [a, b]
    ec2.modify_vpc_endpoint(VpcEndpointId=id, RemoveSubnetIds=[a], AddSubnetIds=[c])
    ec2.modify_vpc_endpoint(VpcEndpointId=id, RemoveSecurityGroupIds=[default])
    endpoint = show(ec2, id)
    assert endpoint["SubnetIds"] == [c, b] and [g["GroupId"] for g in endpoint["Groups"]] == [group]
    held = ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [group]}])["NetworkInterfaces"]
    assert sorted(i["NetworkInterfaceId"] for i in held) == sorted(endpoint["NetworkInterfaceIds"])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    with refused("InvalidParameter", "at least one security group"):
        ec2.modify_vpc_endpoint(VpcEndpointId=id, RemoveSecurityGroupIds=[group])
    ec2.modify_vpc_endpoint(VpcEndpointId=id, SubnetConfigurations=[{"SubnetId": b, "Ipv4": "10.0.2.9"}])
    moved = ec2.describe_network_interfaces(Filters=[{"Name": "addresses.private-ip-address", "Values": ["10.0.2.9"]}])
    assert moved["NetworkInterfaces"][0]["NetworkInterfaceId"] in show(ec2, id)["NetworkInterfaceIds"]
    policy = json.dumps({"Statement": []})
    ec2.modify_vpc_endpoint(VpcEndpointId=id, PolicyDocument=policy, PrivateDnsEnabled=True)
    assert show(ec2, id)["PolicyDocument"] == policy and show(ec2, id)["PrivateDnsEnabled"]
    ec2.modify_vpc_endpoint(VpcEndpointId=id, ResetPolicy=True)
    assert json.loads(show(ec2, id)["PolicyDocument"])["Statement"][0]["Action"] == "*"
    with refused("InvalidParameter", "conflicting DNS domain for ssm.us-east-1.amazonaws.com"):
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=SSM, VpcEndpointType="Interface")


def test_what_is_refused(ec2: Any, vpc_id: str) -> None:
    (default,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    foreign = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [default["VpcId"]]}])["Subnets"][0]["SubnetId"]
    bare = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    own = subnet(ec2, vpc_id, 1)
    interface: dict[str, Any] = {"ServiceName": STS, "VpcEndpointType": "Interface"}
    for code, given in (
        ("MissingParameter", {}),
        ("InvalidServiceName", {"ServiceName": "com.amazonaws.us-east-1.nothing"}),
        ("InvalidServiceName", {"ServiceName": S3, "ServiceRegion": "eu-central-1"}),
        ("InvalidParameter", {"ServiceName": STS}),
        ("InvalidParameter", {"ServiceName": SSM, "VpcEndpointType": "GatewayLoadBalancer"}),
        ("InvalidParameter", {"ServiceName": S3, "SubnetIds": [own]}),
        ("InvalidParameter", {**interface, "RouteTableIds": ["rtb-0123456789abcdef0"]}),
        ("InvalidParameter", {**interface, "SubnetIds": [foreign]}),
        ("InvalidParameter", {**interface, "IpAddressType": "dualstack"}),
        ("InvalidParameter", {**interface, "DnsOptions": {"PrivateDnsPreference": "ALL_DOMAINS"}}),
        ("InvalidParameter", {**interface, "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": True}}),
        ("InvalidParameter", {**interface, "VpcId": bare}),
        ("InvalidPolicyDocument", {**interface, "PolicyDocument": "{"}),
        ("InvalidSubnetID.NotFound", {**interface, "SubnetIds": ["subnet-0123456789abcdef0"]}),
        ("InvalidGroup.NotFound", {**interface, "SecurityGroupIds": ["sg-0123456789abcdef0"]}),
        ("InvalidParameterValue", {**interface, "SubnetConfigurations": [{"SubnetId": own, "Ipv4": "10.9.0.4"}]}),
        ("InvalidRouteTableID.NotFound", {"ServiceName": S3, "RouteTableIds": ["rtb-0123456789abcdef0"]}),
        ("MissingParameter", {"VpcEndpointType": "Resource"}),
        ("InvalidParameter", {"ServiceName": S3, "ServiceNetworkArn": LATTICE}),
        ("InvalidResourceConfigurationArn.Malformed", {"VpcEndpointType": "Tunnel", "ResourceConfigurationArn": "x"}),
        ("InvalidServiceNetworkArn.NotFound", {"VpcEndpointType": "ServiceNetwork", "ServiceNetworkArn": LATTICE}),
        ("InvalidVpcID.NotFound", {"VpcId": "vpc-0123456789abcdef0", "ServiceName": S3}),
    ):
        with refused(code):
            ec2.create_vpc_endpoint(**{"VpcId": vpc_id, **given})
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    absent = "vpce-0123456789abcdef0"
    with refused("InvalidVpcEndpointId.NotFound"):
        ec2.describe_vpc_endpoints(VpcEndpointIds=[absent])
    with refused("InvalidVpcEndpointId.NotFound"):
        ec2.modify_vpc_endpoint(VpcEndpointId=absent, ResetPolicy=True)
    (item,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[absent])["Unsuccessful"]
    assert (item["ResourceId"], item["Error"]["Code"]) == (absent, "InvalidVpcEndpoint.NotFound")
    with refused("InvalidVpcEndpointId.Malformed"):
        ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-1"])


def test_names_for_inbound_resolvers_need_the_gateway(ec2: Any, vpc_id: str) -> None:
    options = {"PrivateDnsOnlyForInboundResolverEndpoint": True}
    given = {"VpcId": vpc_id, "ServiceName": S3, "VpcEndpointType": "Interface", "DnsOptions": options}
    with refused("InvalidParameter", "must have a Gateway endpoint"):
        ec2.create_vpc_endpoint(**given)
    make(ec2, vpc_id, S3, "Gateway")
    made = ec2.create_vpc_endpoint(**given)["VpcEndpoint"]
    assert made["DnsOptions"] == {"DnsRecordIpType": "ipv4", **options}
    assert made["DnsEntries"][0]["DnsName"].startswith("*.vpce-")


def test_filters(ec2: Any, vpc_id: str) -> None:
    endpoint = make(ec2, vpc_id, DYNAMODB, "Gateway")
    make(ec2, vpc_id, STS, SubnetIds=[subnet(ec2, vpc_id, 1)])
    for name, value in {
        "service-name": "*.dynamodb",
        "vpc-endpoint-type": "Gateway",
        "vpc-endpoint-id": endpoint["VpcEndpointId"],
    }.items():
        (found,) = ec2.describe_vpc_endpoints(Filters=[{"Name": name, "Values": [value]}])["VpcEndpoints"]
        assert found["VpcEndpointId"] == endpoint["VpcEndpointId"], name
    for name, value in {
        "vpc-id": vpc_id,
        "vpc-endpoint-state": "available",
        "service-region": "us-east-1",
        "ip-address-type": "ipv4",
    }.items():
        found = ec2.describe_vpc_endpoints(Filters=[{"Name": name, "Values": [value]}])["VpcEndpoints"]
        assert len(found) == 2, name
    pages = list(ec2.get_paginator("describe_vpc_endpoints").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["VpcEndpoints"]) for page in pages] == [1, 1]


def test_the_services_of_aws(ec2: Any) -> None:
    both = ec2.describe_vpc_endpoint_services(ServiceNames=[S3])
    assert both["ServiceNames"] == [S3]
    assert sorted(d["ServiceType"][0]["ServiceType"] for d in both["ServiceDetails"]) == ["Gateway", "Interface"]
    chosen = [{"Name": "service-type", "Values": ["Interface"]}, {"Name": "service-name", "Values": ["*.ecr.*"]}]
    found = ec2.describe_vpc_endpoint_services(Filters=chosen)
    assert found["ServiceNames"] == ["com.amazonaws.us-east-1.ecr.api", "com.amazonaws.us-east-1.ecr.dkr"]
    api, dkr = found["ServiceDetails"]
    assert (api["Owner"], api["PrivateDnsName"]) == ("amazon", "api.ecr.us-east-1.amazonaws.com")
    assert dkr["PrivateDnsName"] == "*.dkr.ecr.us-east-1.amazonaws.com"
    assert api["AvailabilityZones"] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert api["SupportedIpAddressTypes"] == ["ipv4"] and api["VpcEndpointPolicySupported"]
    with refused("InvalidServiceName"):
        ec2.describe_vpc_endpoint_services(ServiceNames=["com.amazonaws.us-east-1.nothing"])
    pages = list(ec2.get_paginator("describe_vpc_endpoint_services").paginate(PaginationConfig={"PageSize": 50}))
    names = [name for page in pages for name in page["ServiceNames"]]
    assert {"com.amazonaws.us-east-1.kms", "com.amazonaws.us-east-1.ssmmessages", DYNAMODB} <= set(names)
    assert ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"] == []
