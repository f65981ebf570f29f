"""Transit gateways through the face."""

from typing import Any

from tests.conftest import Embedded
from tests.ec2api.ec2.transit import attached, describe, gateway, network, table
from tests.refusal import refused
from tests.waiting import until

ABSENT = "tgw-0123456789abcdef0"


def test_a_new_gateway(ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "hub"}]
    made = ec2.create_transit_gateway(
        Description="the hub", TagSpecifications=[{"ResourceType": "transit-gateway", "Tags": tags}]
    )["TransitGateway"]
    id = made["TransitGatewayId"]
    assert made["State"] == "pending" and made["Tags"] == tags
    until(lambda: describe(ec2, id)["State"], "available")
    found = describe(ec2, id)
    default = found["Options"]["AssociationDefaultRouteTableId"]
    assert found == {
        "TransitGatewayId": id,
        "TransitGatewayArn": f"arn:aws:ec2:us-east-1:{account}:transit-gateway/{id}",
        "State": "available",
        "OwnerId": account,
        "Description": "the hub",
        "CreationTime": made["CreationTime"],
        "Options": {
            "AmazonSideAsn": 64512,
            "AutoAcceptSharedAttachments": "disable",
            "DefaultRouteTableAssociation": "enable",
            "AssociationDefaultRouteTableId": default,
            "DefaultRouteTablePropagation": "enable",
            "PropagationDefaultRouteTableId": default,
            "VpnEcmpSupport": "enable",
            "DnsSupport": "enable",
            "SecurityGroupReferencingSupport": "disable",
            "MulticastSupport": "disable",
        },
        "Tags": tags,
    }
    (only,) = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    assert only["TransitGatewayRouteTableId"] == default
    assert only["DefaultAssociationRouteTable"] and only["DefaultPropagationRouteTable"]
    for name, value in {
        "options.amazon-side-asn": "64512",
        "options.association-default-route-table-id": default,
        "options.auto-accept-shared-attachments": "disable",
        "options.default-route-table-association": "enable",
        "options.default-route-table-propagation": "enable",
        "options.dns-support": "enable",
        "options.propagation-default-route-table-id": default,
        "options.vpn-ecmp-support": "enable",
        "owner-id": account,
        "state": "available",
        "transit-gateway-id": id,
        "tag:Name": "hub",
    }.items():
        for wanted, count in ((value, 1), ("0", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            assert len(ec2.describe_transit_gateways(Filters=chosen)["TransitGateways"]) == count, name


def test_options_that_are_refused(ec2: Any) -> None:
    for options in (
        {"AmazonSideAsn": 64511},
        {"AmazonSideAsn": 65535},
        {"AmazonSideAsn": 4294967295},
        {"DnsSupport": "perhaps"},
        {"TransitGatewayCidrBlocks": ["10.0.0.0/25"]},
        {"TransitGatewayCidrBlocks": ["2001:db8::/65"]},
        {"TransitGatewayCidrBlocks": ["169.254.0.0/20"]},
        {"TransitGatewayCidrBlocks": ["10.0.0.0"]},
        {"TransitGatewayCidrBlocks": ["10.0.0.0/16", "10.0.1.0/24"]},
    ):
        with refused("InvalidParameterValue"):
            ec2.create_transit_gateway(Options=options)
    with refused("InvalidTransitGatewayID.NotFound"):
        ec2.delete_transit_gateway(TransitGatewayId=ABSENT)
    with refused("InvalidTransitGatewayID.Malformed"):
        ec2.describe_transit_gateways(TransitGatewayIds=["tgw-rtb-0123456789abcdef0"])
    assert ec2.describe_transit_gateways()["TransitGateways"] == []
    assert ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []


def test_options_change(ec2: Any) -> None:
    made = gateway(ec2, DefaultRouteTableAssociation="disable", DefaultRouteTablePropagation="disable")
    id = made["TransitGatewayId"]
    assert "AssociationDefaultRouteTableId" not in made["Options"]
    assert ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []

    def change(**options: Any) -> dict[str, Any]:
        changed = ec2.modify_transit_gateway(TransitGatewayId=id, Description="other", Options=options)
        assert changed["TransitGateway"]["State"] == "modifying"
        until(lambda: describe(ec2, id)["State"], "available")
        found: dict[str, Any] = describe(ec2, id)["Options"]
        return found

    options = change(
        AmazonSideAsn=4200000000,
        VpnEcmpSupport="disable",
        DnsSupport="disable",
        SecurityGroupReferencingSupport="enable",
        AutoAcceptSharedAttachments="enable",
        AddTransitGatewayCidrBlocks=["10.9.0.0/24", "2001:db8::/64"],
    )
    assert options["AmazonSideAsn"] == 4200000000 and options["VpnEcmpSupport"] == "disable"
    assert options["TransitGatewayCidrBlocks"] == ["10.9.0.0/24", "2001:db8::/64"]
    assert describe(ec2, id)["Description"] == "other"
    assert change(RemoveTransitGatewayCidrBlocks=["10.9.0.0/24"])["TransitGatewayCidrBlocks"] == ["2001:db8::/64"]
    with refused("InvalidParameterValue", "no such"):
        change(RemoveTransitGatewayCidrBlocks=["10.9.0.0/24"])
    other = table(ec2, id)
    with refused("InvalidParameterCombination"):
        change(AssociationDefaultRouteTableId=other)
    options = change(DefaultRouteTableAssociation="enable", AssociationDefaultRouteTableId=other)
    assert options["AssociationDefaultRouteTableId"] == other
    options = change(DefaultRouteTablePropagation="enable")
    assert options["PropagationDefaultRouteTableId"] == other
    with refused("IncorrectState", "default association"):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=other)
    options = change(DefaultRouteTableAssociation="disable", DefaultRouteTablePropagation="disable")
    assert not {"AssociationDefaultRouteTableId", "PropagationDefaultRouteTableId"} & options.keys()
    (found,) = ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]
    assert not found["DefaultAssociationRouteTable"] and not found["DefaultPropagationRouteTable"]
    with refused("UnsupportedOperation", "EncryptionSupport"):
        change(EncryptionSupport="enable")


def test_a_gateway_is_deleted_with_its_tables(ec2: Any) -> None:
    id = gateway(ec2)["TransitGatewayId"]
    attachment_id, vpc_id, subnet_ids = attached(ec2, id)
    with refused("IncorrectState", f"{id} has non-deleted VPC Attachments: {attachment_id}"):
        ec2.delete_transit_gateway(TransitGatewayId=id)
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet_ids[0])
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    until(
        lambda: ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["NetworkInterfaces"],
        [],
    )
    for subnet_id in subnet_ids:
        ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)
    assert ec2.delete_transit_gateway(TransitGatewayId=id)["TransitGateway"]["State"] == "deleting"
    until(lambda: describe(ec2, id)["State"], "deleted")
    tables = ec2.describe_transit_gateway_route_tables
    until(lambda: [table["State"] for table in tables()["TransitGatewayRouteTables"]], ["deleted"])
    with refused("IncorrectState", "deleted"):
        ec2.create_transit_gateway_route_table(TransitGatewayId=id)


def test_nobody_else_sees_it(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    made = gateway(ec2)
    id, table_id = made["TransitGatewayId"], made["Options"]["AssociationDefaultRouteTableId"]
    attachment_id, _, _ = attached(ec2, id)
    for client in (
        shared_cloud.client(account=account[::-1]),
        shared_cloud.client(account=account, region="eu-central-1"),
    ):
        vpc_id, subnets = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"], []
        subnets = [client.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]]
        assert client.describe_transit_gateways()["TransitGateways"] == []
        assert client.describe_transit_gateway_attachments()["TransitGatewayAttachments"] == []
        with refused("InvalidTransitGatewayID.NotFound"):
            client.create_transit_gateway_vpc_attachment(TransitGatewayId=id, VpcId=vpc_id, SubnetIds=subnets)
        with refused("InvalidTransitGatewayAttachmentID.NotFound"):
            client.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
        with refused("InvalidTransitGatewayAttachmentID.NotFound"):
            client.create_tags(Resources=[attachment_id], Tags=[{"Key": "a", "Value": "b"}])
        with refused("InvalidRouteTableID.NotFound"):
            client.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table_id)


def test_pages(ec2: Any) -> None:
    for _ in range(6):
        gateway(ec2)
    first = ec2.describe_transit_gateways(MaxResults=5)
    rest = ec2.describe_transit_gateways(MaxResults=5, NextToken=first["NextToken"])
    assert len(first["TransitGateways"]) == 5 and len(rest["TransitGateways"]) == 1 and "NextToken" not in rest
    assert network(ec2)
