"""Services that accounts offer each other, through the face."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused
from tests.waiting import until

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:{account}:loadbalancer/{kind}/{name}/0123456789abcdef"


@pytest.fixture
def consumer(shared_cloud: Embedded, account: str) -> Any:
    """A client of another account."""
    return shared_cloud.client(account=account[::-1])


def arn(account: str, kind: str = "net", name: str = "front") -> str:
    return BALANCER.format(account=account, kind=kind, name=name)


def configuration(ec2: Any, id: str) -> Any:
    return ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[id])["ServiceConfigurations"][0]


def make(ec2: Any, account: str, kind: str = "net", **more: Any) -> Any:
    member = "NetworkLoadBalancerArns" if kind == "net" else "GatewayLoadBalancerArns"
    made = ec2.create_vpc_endpoint_service_configuration(**{member: [arn(account, kind)]}, **more)
    id = made["ServiceConfiguration"]["ServiceId"]
    until(lambda: configuration(ec2, id)["ServiceState"], "Available")
    return configuration(ec2, id)


def connect(ec2: Any, service: Any, kind: str = "Interface", **more: Any) -> Any:
    subnet = ec2.describe_subnets()["Subnets"][0]
    given = {"VpcId": subnet["VpcId"], "SubnetIds": [subnet["SubnetId"]], "VpcEndpointType": kind, **more}
    return ec2.create_vpc_endpoint(ServiceName=service["ServiceName"], **given)["VpcEndpoint"]


def state(ec2: Any, endpoint: Any) -> str:
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    return str(found["State"])


def test_a_service_of_ones_own(ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "api"}]
    found = make(ec2, account, TagSpecifications=[{"ResourceType": "vpc-endpoint-service", "Tags": tags}])
    id = found["ServiceId"]
    assert found["ServiceName"] == f"com.amazonaws.vpce.us-east-1.{id}"
    assert found["ServiceType"] == [{"ServiceType": "Interface"}] and found["AcceptanceRequired"]
    assert found["NetworkLoadBalancerArns"] == [arn(account)] and "GatewayLoadBalancerArns" not in found
    assert found["BaseEndpointDnsNames"] == [f"{id}.us-east-1.vpce.amazonaws.com"] and found["Tags"] == tags
    assert found["SupportedRegions"] == [{"Region": "us-east-1", "ServiceState": "Available"}]
    for name, value in {
        "service-id": id,
        "service-name": "*" + id,
        "service-state": "Available",
        "supported-ip-address-types": "ipv4",
        "tag:Name": "api",
    }.items():
        chosen = [{"Name": name, "Values": [value]}]
        shown = ec2.describe_vpc_endpoint_service_configurations(Filters=chosen)["ServiceConfigurations"]
        assert shown == [found], name
    second = arn(account, name="back")
    ec2.modify_vpc_endpoint_service_configuration(
        ServiceId=id,
        AcceptanceRequired=False,
        PrivateDnsName="api.example.com",
        AddNetworkLoadBalancerArns=[second],
        RemoveNetworkLoadBalancerArns=[arn(account)],
        AddSupportedIpAddressTypes=["ipv6"],
        AddSupportedRegions=["eu-central-1"],
    )
    found = configuration(ec2, id)
    assert not found["AcceptanceRequired"] and found["NetworkLoadBalancerArns"] == [second]
    assert found["SupportedIpAddressTypes"] == ["ipv4", "ipv6"] and found["RemoteAccessEnabled"]
    assert found["PrivateDnsNameConfiguration"]["State"] == "pendingVerification"
    with refused("InvalidParameter", "verified"):
        connect(ec2, found, PrivateDnsEnabled=True)
    ec2.modify_vpc_endpoint_service_configuration(ServiceId=id, RemovePrivateDnsName=True)
    assert "PrivateDnsName" not in configuration(ec2, id)
    assert ec2.modify_vpc_endpoint_service_payer_responsibility(ServiceId=id, PayerResponsibility="ServiceOwner")
    assert configuration(ec2, id)["PayerResponsibility"] == "ServiceOwner"
    assert ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[id])["Unsuccessful"] == []
    until(lambda: ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"], [])
    (item,) = ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[id])["Unsuccessful"]
    assert item["Error"]["Code"] == "InvalidVpcEndpointService.NotFound"
    with refused("InvalidVpcEndpointServiceId.NotFound"):
        configuration(ec2, id)


def test_services_that_are_refused(ec2: Any, account: str) -> None:
    net, gwy = arn(account), arn(account, "gwy")
    for code, given in (
        ("MissingParameter", {}),
        ("InvalidParameterCombination", {"NetworkLoadBalancerArns": [net], "GatewayLoadBalancerArns": [gwy]}),
        ("InvalidNetworkLoadBalancerArn.Malformed", {"NetworkLoadBalancerArns": [gwy]}),
        ("InvalidNetworkLoadBalancerArn.Malformed", {"NetworkLoadBalancerArns": [net.replace("us-east-1", "x-1")]}),
        ("InvalidGatewayLoadBalancerArn.Malformed", {"GatewayLoadBalancerArns": ["gwy"]}),
        ("InvalidParameter", {"NetworkLoadBalancerArns": [net], "SupportedIpAddressTypes": ["ipv5"]}),
        ("InvalidParameter", {"NetworkLoadBalancerArns": [net], "SupportedRegions": ["mars-1"]}),
        ("InvalidParameter", {"NetworkLoadBalancerArns": [net], "PrivateDnsName": "no domain"}),
        ("InvalidParameter", {"GatewayLoadBalancerArns": [gwy], "PrivateDnsName": "api.example.com"}),
    ):
        with refused(code):
            ec2.create_vpc_endpoint_service_configuration(**given)
    assert ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"] == []
    id = make(ec2, account)["ServiceId"]
    changes: tuple[dict[str, Any], ...] = (
        {"RemoveNetworkLoadBalancerArns": [net]},
        {"RemoveNetworkLoadBalancerArns": [arn(account, name="other")]},
        {"AddGatewayLoadBalancerArns": [gwy]},
        {"RemoveSupportedIpAddressTypes": ["ipv4"]},
        {"RemoveSupportedRegions": ["us-east-1"]},
    )
    for change in changes:
        with refused("InvalidParameter"):
            ec2.modify_vpc_endpoint_service_configuration(ServiceId=id, **change)


def test_connections_wait_for_acceptance(ec2: Any, consumer: Any, account: str) -> None:
    theirs = account[::-1]
    service = make(ec2, account)
    id = service["ServiceId"]
    with refused("InvalidServiceName"):  # nobody permitted it
        connect(consumer, service)
    added = ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=id, AddAllowedPrincipals=[f"arn:aws:iam::{theirs}:root"]
    )
    assert [entry["PrincipalType"] for entry in added["AddedPrincipals"]] == ["Account"]
    assert (
        consumer.describe_vpc_endpoint_services(ServiceNames=[service["ServiceName"]])["ServiceDetails"][0]["Owner"]
        == account
    )
    assert consumer.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"] == []
    endpoint = connect(consumer, service)
    assert endpoint["State"] == "pendingAcceptance" and "PolicyDocument" not in endpoint
    assert endpoint["DnsEntries"][0]["DnsName"].endswith(f".{id}.us-east-1.vpce.amazonaws.com")

    def connection() -> Any:
        return ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"][0]

    seen = connection()
    assert (seen["VpcEndpointOwner"], seen["VpcEndpointState"]) == (theirs, "pendingAcceptance")
    assert seen["NetworkLoadBalancerArns"] == [arn(account)] and seen["VpcEndpointId"] == endpoint["VpcEndpointId"]
    assert consumer.describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []
    with refused("InvalidVpcEndpointServiceId.NotFound"):
        consumer.accept_vpc_endpoint_connections(ServiceId=id, VpcEndpointIds=[endpoint["VpcEndpointId"]])
    given = {"ServiceId": id, "VpcEndpointIds": [endpoint["VpcEndpointId"]]}
    assert ec2.accept_vpc_endpoint_connections(**given)["Unsuccessful"] == []
    until(lambda: state(consumer, endpoint), "available")
    (item,) = ec2.accept_vpc_endpoint_connections(**given)["Unsuccessful"]
    assert item["Error"]["Code"] == "InvalidState"
    (item,) = ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[id])["Unsuccessful"]
    assert item["Error"]["Code"] == "ExistingVpcEndpointConnections"
    for name, value in {
        "service-id": id,
        "vpc-endpoint-owner": theirs,
        "vpc-endpoint-state": "available",
        "vpc-endpoint-region": "us-east-1",
        "ip-address-type": "ipv4",
    }.items():
        chosen = [{"Name": name, "Values": [value]}]
        assert len(ec2.describe_vpc_endpoint_connections(Filters=chosen)["VpcEndpointConnections"]) == 1, name
    assert ec2.describe_vpc_endpoint_connections(
        Filters=[{"Name": "vpc-endpoint-region", "Values": ["cross-region"]}]
    )["VpcEndpointConnections"] == []  # fmt: skip
    assert ec2.reject_vpc_endpoint_connections(**given)["Unsuccessful"] == []
    assert state(consumer, endpoint) == "rejected"
    (item,) = ec2.reject_vpc_endpoint_connections(ServiceId=id, VpcEndpointIds=["vpce-0123456789abcdef0"])[
        "Unsuccessful"
    ]
    assert item["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"
    assert ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[id])["Unsuccessful"] == []
    until(lambda: ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"], [])
    assert state(consumer, endpoint) == "rejected"
    assert consumer.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["Unsuccessful"] == []


def test_a_service_in_another_region(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    service = make(ec2, account, SupportedRegions=["us-east-1", "eu-central-1"], AcceptanceRequired=False)
    far = shared_cloud.client(account=account, region="eu-central-1")
    listed = far.describe_vpc_endpoint_services(
        ServiceRegions=["us-east-1"], Filters=[{"Name": "owner", "Values": [account]}]
    )
    assert listed["ServiceNames"] == [service["ServiceName"]]
    with refused("InvalidServiceName"):
        connect(far, service)
    endpoint = connect(far, service, ServiceRegion="us-east-1")
    until(lambda: state(far, endpoint), "available")
    crossing = [{"Name": "vpc-endpoint-region", "Values": ["cross-region"]}]
    (seen,) = ec2.describe_vpc_endpoint_connections(Filters=crossing)["VpcEndpointConnections"]
    assert seen["VpcEndpointRegion"] == "eu-central-1"


def test_a_gateway_load_balancer_is_a_target_of_routes(ec2: Any, account: str) -> None:
    service = make(ec2, account, "gwy", AcceptanceRequired=False)
    endpoint = connect(ec2, service, "GatewayLoadBalancer")
    id = endpoint["VpcEndpointId"]
    assert endpoint["Groups"] == [] and len(endpoint["NetworkInterfaceIds"]) == 1
    until(lambda: state(ec2, endpoint), "available")
    table = ec2.create_route_table(VpcId=endpoint["VpcId"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", VpcEndpointId=id)
    (item,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[id])["Unsuccessful"]
    assert item["Error"]["Code"] == "DependencyViolation"
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24")
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[id])["Unsuccessful"] == []
    with refused("InvalidParameter"):
        connect(
            ec2, service, "GatewayLoadBalancer", SubnetIds=[s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]]
        )


def test_permissions(ec2: Any, account: str) -> None:
    id = make(ec2, account)["ServiceId"]
    principals = {
        "*": "All",
        "arn:aws:iam::111122223333:root": "Account",
        "arn:aws:iam::111122223333:user/eve": "User",
        "arn:aws:iam::111122223333:role/web": "Role",
        "arn:aws:organizations::111122223333:ou/o-1/ou-2": "OrganizationUnit",
        "vpce.amazonaws.com": "Service",
    }
    added = ec2.modify_vpc_endpoint_service_permissions(ServiceId=id, AddAllowedPrincipals=list(principals))
    assert {e["Principal"]: e["PrincipalType"] for e in added["AddedPrincipals"]} == principals
    again = ec2.modify_vpc_endpoint_service_permissions(
        ServiceId=id, AddAllowedPrincipals=["*"], RemoveAllowedPrincipals=["vpce.amazonaws.com"]
    )
    assert again["AddedPrincipals"] == [] and again["ReturnValue"]

    def listed(**filters: str) -> list[str]:
        chosen = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        found = ec2.describe_vpc_endpoint_service_permissions(ServiceId=id, Filters=chosen)["AllowedPrincipals"]
        return [entry["Principal"] for entry in found]

    assert len(listed()) == 5 and listed(principal_type="All") == ["*"]
    assert listed(principal="*user*") == ["arn:aws:iam::111122223333:user/eve"]
    assert listed(permission_type="transit-gateway-attachment") == []
    with refused("InvalidParameter", "nobody"):
        ec2.modify_vpc_endpoint_service_permissions(ServiceId=id, AddAllowedPrincipals=["nobody"])
    with refused("InvalidParameter"):
        ec2.modify_vpc_endpoint_service_permissions(
            ServiceId=id,
            AddAllowedPrincipals=["arn:aws:iam::111122223333:root"],
            PermissionType="transit-gateway-attachment",
        )
    with refused("InvalidVpcEndpointServiceId.NotFound"):
        ec2.describe_vpc_endpoint_service_permissions(ServiceId="vpce-svc-0123456789abcdef0")


def test_notifications(ec2: Any, account: str) -> None:
    id = make(ec2, account)["ServiceId"]
    topic = f"arn:aws:sns:us-east-1:{account}:endpoints"
    given = {"ServiceId": id, "ConnectionNotificationArn": topic, "ConnectionEvents": ["Accept", "Reject"]}
    made = ec2.create_vpc_endpoint_connection_notification(**given)["ConnectionNotification"]
    wanted = made["ConnectionNotificationId"]
    assert made == {
        "ConnectionNotificationId": wanted,
        "ServiceId": id,
        "ConnectionNotificationType": "Topic",
        "ConnectionNotificationArn": topic,
        "ConnectionEvents": ["Accept", "Reject"],
        "ConnectionNotificationState": "Disabled",
        "ServiceRegion": "us-east-1",
    }
    assert ec2.modify_vpc_endpoint_connection_notification(
        ConnectionNotificationId=wanted, ConnectionEvents=["Delete"]
    )["ReturnValue"]
    (found,) = ec2.describe_vpc_endpoint_connection_notifications(ConnectionNotificationId=wanted)[
        "ConnectionNotificationSet"
    ]
    assert found["ConnectionEvents"] == ["Delete"]
    chosen = [{"Name": "service-id", "Values": [id]}, {"Name": "connection-notification-type", "Values": ["Topic"]}]
    assert len(ec2.describe_vpc_endpoint_connection_notifications(Filters=chosen)["ConnectionNotificationSet"]) == 1
    changes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("MissingParameter", {"ServiceId": None}),
        ("InvalidParameter", {"ConnectionNotificationArn": "topic"}),
        ("InvalidParameter", {"ConnectionEvents": ["Explode"]}),
        ("InvalidVpcEndpointServiceId.NotFound", {"ServiceId": "vpce-svc-0123456789abcdef0"}),
        ("InvalidParameterCombination", {"VpcEndpointId": "vpce-0123456789abcdef0"}),
    )
    for code, change in changes:
        with refused(code):
            wrong = {name: value for name, value in {**given, **change}.items() if value is not None}
            ec2.create_vpc_endpoint_connection_notification(**wrong)
    gone = "vpce-nfn-0123456789abcdef0"
    answer = ec2.delete_vpc_endpoint_connection_notifications(ConnectionNotificationIds=[wanted, gone])
    assert [item["ResourceId"] for item in answer["Unsuccessful"]] == [gone]
    with refused("InvalidConnectionNotification.NotFound"):
        ec2.describe_vpc_endpoint_connection_notifications(ConnectionNotificationId=wanted)
