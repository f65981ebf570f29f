"""Customer gateways and virtual private gateways through the face."""

from typing import Any

from tests.ec2api.ec2.transit import network
from tests.refusal import refused
from tests.waiting import until


def customer(ec2: Any, address: str = "203.0.113.7", **more: Any) -> str:
    made = ec2.create_customer_gateway(Type="ipsec.1", IpAddress=address, **more)["CustomerGateway"]
    id = made["CustomerGatewayId"]
    given = {"CustomerGatewayIds": [id]}
    until(lambda: ec2.describe_customer_gateways(**given)["CustomerGateways"][0]["State"], "available")
    return str(id)


def private(ec2: Any, **more: Any) -> str:
    made = ec2.create_vpn_gateway(Type="ipsec.1", **more)["VpnGateway"]
    assert made["State"] == "pending" and made["VpcAttachments"] == []
    until(lambda: shown(ec2, made["VpnGatewayId"])["State"], "available")
    return str(made["VpnGatewayId"])


def shown(ec2: Any, id: str) -> dict[str, Any]:
    (found,) = ec2.describe_vpn_gateways(VpnGatewayIds=[id])["VpnGateways"]
    return dict(found)


def test_a_customer_gateway(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "office"}]
    id = customer(
        ec2,
        BgpAsn=65010,
        DeviceName="router",
        TagSpecifications=[{"ResourceType": "customer-gateway", "Tags": tags}],
    )
    (found,) = ec2.describe_customer_gateways()["CustomerGateways"]
    assert found == {
        "CustomerGatewayId": id,
        "State": "available",
        "Type": "ipsec.1",
        "IpAddress": "203.0.113.7",
        "BgpAsn": "65010",
        "DeviceName": "router",
        "Tags": tags,
    }
    for name, value in {
        "bgp-asn": "65010",
        "customer-gateway-id": id,
        "ip-address": "203.0.113.*",
        "state": "available",
        "type": "ipsec.1",
        "tag:Name": "office",
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            assert len(ec2.describe_customer_gateways(Filters=chosen)["CustomerGateways"]) == count, name
    assert customer(ec2, BgpAsn=65010, DeviceName="router") == id
    assert customer(ec2, BgpAsn=65010) != id
    extended = customer(ec2, "2001:db8::7", BgpAsnExtended=4200000000)
    (found,) = ec2.describe_customer_gateways(CustomerGatewayIds=[extended])["CustomerGateways"]
    assert found["BgpAsnExtended"] == "4200000000" and "BgpAsn" not in found
    older = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.8")["CustomerGateway"]
    assert older["IpAddress"] == "203.0.113.8" and older["BgpAsn"] == "65000"
    ec2.delete_customer_gateway(CustomerGatewayId=id)
    given = {"CustomerGatewayIds": [id]}
    until(lambda: ec2.describe_customer_gateways(**given)["CustomerGateways"][0]["State"], "deleted")
    with refused("InvalidCustomerGatewayID.NotFound", id):
        ec2.delete_customer_gateway(CustomerGatewayId=id)


def test_customer_gateways_that_are_refused(ec2: Any) -> None:
    for code, given in (
        ("MissingParameter", {}),
        ("InvalidParameterValue", {"IpAddress": "here"}),
        ("InvalidParameterValue", {"IpAddress": "203.0.113.7", "BgpAsn": 0}),
        ("InvalidParameterValue", {"IpAddress": "203.0.113.7", "BgpAsnExtended": 65000}),
        ("InvalidParameterValue", {"IpAddress": "203.0.113.7", "DeviceName": "x" * 256}),
        ("InvalidParameterValue", {"IpAddress": "203.0.113.7", "Type": "ipsec.2"}),
        ("InvalidParameterCombination", {"IpAddress": "203.0.113.7", "BgpAsn": 1, "BgpAsnExtended": 2**31}),
        ("InvalidParameterCombination", {"IpAddress": "203.0.113.7", "PublicIp": "203.0.113.7"}),
        ("InvalidParameterValue", {"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/x"}),
    ):
        with refused(code):
            ec2.create_customer_gateway(**{"Type": "ipsec.1", **given})
    with refused("InvalidCustomerGatewayID.NotFound"):
        ec2.delete_customer_gateway(CustomerGatewayId="cgw-0123456789abcdef0")
    with refused("InvalidCustomerGatewayId.Malformed"):
        ec2.describe_customer_gateways(CustomerGatewayIds=["cgw-1"])


def test_a_vpn_gateway(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "door"}]
    id = private(
        ec2,
        AmazonSideAsn=64999,
        AvailabilityZone="us-east-1a",
        TagSpecifications=[{"ResourceType": "vpn-gateway", "Tags": tags}],
    )
    vpc_id, _ = network(ec2)
    attaching = ec2.attach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)["VpcAttachment"]
    assert attaching == {"VpcId": vpc_id, "State": "attaching"}
    until(lambda: shown(ec2, id)["VpcAttachments"], [{"VpcId": vpc_id, "State": "attached"}])
    assert shown(ec2, id) == {
        "VpnGatewayId": id,
        "State": "available",
        "Type": "ipsec.1",
        "AmazonSideAsn": 64999,
        "AvailabilityZone": "us-east-1a",
        "VpcAttachments": [{"VpcId": vpc_id, "State": "attached"}],
        "Tags": tags,
    }
    for name, value in {
        "amazon-side-asn": "64999",
        "attachment.state": "attached",
        "attachment.vpc-id": vpc_id,
        "availability-zone": "us-east-1a",
        "state": "available",
        "type": "ipsec.1",
        "vpn-gateway-id": id,
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            assert len(ec2.describe_vpn_gateways(Filters=chosen)["VpnGateways"]) == count, name
    with refused("IncorrectState", vpc_id):
        ec2.delete_vpn_gateway(VpnGatewayId=id)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)
    with refused("VpnGatewayAttachmentLimitExceeded"):
        ec2.attach_vpn_gateway(VpnGatewayId=id, VpcId=network(ec2, "10.1.0.0/16")[0])
    with refused("InvalidVpcState"):
        ec2.attach_vpn_gateway(VpnGatewayId=private(ec2), VpcId=vpc_id)


def test_routes_to_a_vpn_gateway(ec2: Any) -> None:
    id, (vpc_id, subnet_ids) = private(ec2), network(ec2)
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    to = {"RouteTableId": table_id, "DestinationCidrBlock": "192.168.0.0/16", "GatewayId": id}
    with refused("InvalidParameterValue", "different networks"):
        ec2.create_route(**to)
    with refused("Gateway.NotAttached"):
        ec2.enable_vgw_route_propagation(RouteTableId=table_id, GatewayId=id)
    ec2.attach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)
    ec2.create_route(**to)
    ec2.enable_vgw_route_propagation(RouteTableId=table_id, GatewayId=id)
    edge = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=edge, GatewayId=id)["AssociationId"]
    with refused("DependencyViolation"):
        ec2.detach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)
    ec2.disassociate_route_table(AssociationId=association)

    def table() -> dict[str, Any]:
        (found,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
        return dict(found)

    assert table()["PropagatingVgws"] == [{"GatewayId": id}]
    ec2.detach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)
    until(lambda: shown(ec2, id)["VpcAttachments"], [{"VpcId": vpc_id, "State": "detached"}])
    assert table()["PropagatingVgws"] == []
    assert next(r for r in table()["Routes"] if r["GatewayId"] == id)["State"] == "blackhole"
    with refused("InvalidVpnGatewayAttachment.NotFound"):
        ec2.detach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)
    ec2.attach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)
    until(lambda: shown(ec2, id)["VpcAttachments"], [{"VpcId": vpc_id, "State": "attached"}])
    assert next(r for r in table()["Routes"] if r["GatewayId"] == id)["State"] == "active"
    ec2.detach_vpn_gateway(VpnGatewayId=id, VpcId=vpc_id)
    until(lambda: shown(ec2, id)["VpcAttachments"][0]["State"], "detached")
    ec2.delete_vpn_gateway(VpnGatewayId=id)
    until(lambda: shown(ec2, id)["State"], "deleted")
    for call in (ec2.delete_vpn_gateway, ec2.attach_vpn_gateway):
        more = {} if call == ec2.delete_vpn_gateway else {"VpcId": vpc_id}
        with refused("InvalidVpnGatewayID.NotFound", id):
            call(VpnGatewayId=id, **more)
    ec2.delete_route_table(RouteTableId=table_id)
    ec2.delete_route_table(RouteTableId=edge)
    for subnet_id in subnet_ids:
        ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)


def test_vpn_gateways_that_are_refused(ec2: Any) -> None:
    for given in ({"AmazonSideAsn": 65535}, {"AvailabilityZone": "mars-1a"}, {"Type": "ipsec.2"}):
        with refused("InvalidParameterValue"):
            ec2.create_vpn_gateway(**{"Type": "ipsec.1", **given})
    with refused("InvalidVpnGatewayID.NotFound"):
        ec2.delete_vpn_gateway(VpnGatewayId="vgw-0123456789abcdef0")
    with refused("InvalidVpnGatewayId.Malformed"):
        ec2.describe_vpn_gateways(VpnGatewayIds=["vgw-1"])
    assert ec2.describe_vpn_gateways()["VpnGateways"] == []
