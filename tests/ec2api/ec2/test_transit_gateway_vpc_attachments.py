"""VPCs attached to transit gateways, through the face."""

from typing import Any

from tests.ec2api.ec2.transit import attached, attachment, gateway, network, routes
from tests.refusal import refused
from tests.waiting import until


def interfaces(ec2: Any, vpc_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])[
        "NetworkInterfaces"
    ]
    return found


def shown(ec2: Any, id: str) -> dict[str, Any]:
    given = {"TransitGatewayAttachmentIds": [id]}
    found: dict[str, Any] = ec2.describe_transit_gateway_vpc_attachments(**given)["TransitGatewayVpcAttachments"][0]
    return found


def test_a_vpc_is_attached(ec2: Any, account: str) -> None:
    made = gateway(ec2)
    gateway_id, table_id = made["TransitGatewayId"], made["Options"]["AssociationDefaultRouteTableId"]
    tags = [{"Key": "Name", "Value": "a"}]
    id, vpc_id, subnet_ids = attached(
        ec2, gateway_id, TagSpecifications=[{"ResourceType": "transit-gateway-attachment", "Tags": tags}]
    )
    found = shown(ec2, id)
    assert found == {
        "TransitGatewayAttachmentId": id,
        "TransitGatewayId": gateway_id,
        "VpcId": vpc_id,
        "VpcOwnerId": account,
        "State": "available",
        "SubnetIds": subnet_ids,
        "CreationTime": found["CreationTime"],
        "Options": {
            "DnsSupport": "enable",
            "SecurityGroupReferencingSupport": "enable",
            "Ipv6Support": "disable",
            "ApplianceModeSupport": "disable",
        },
        "Tags": tags,
    }
    assert attachment(ec2, id) == {
        "TransitGatewayAttachmentId": id,
        "TransitGatewayId": gateway_id,
        "TransitGatewayOwnerId": account,
        "ResourceOwnerId": account,
        "ResourceType": "vpc",
        "ResourceId": vpc_id,
        "State": "available",
        "Association": {"TransitGatewayRouteTableId": table_id, "State": "associated"},
        "CreationTime": found["CreationTime"],
        "Tags": tags,
    }
    for name, value in {
        "state": "available",
        "transit-gateway-attachment-id": id,
        "transit-gateway-id": gateway_id,
        "vpc-id": vpc_id,
        "tag:Name": "a",
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            answer = ec2.describe_transit_gateway_vpc_attachments(Filters=chosen)
            assert len(answer["TransitGatewayVpcAttachments"]) == count, name
    for name, value in {
        "association.state": "associated",
        "association.transit-gateway-route-table-id": table_id,
        "resource-id": vpc_id,
        "resource-owner-id": account,
        "resource-type": "vpc",
        "transit-gateway-owner-id": account,
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            answer = ec2.describe_transit_gateway_attachments(Filters=chosen)
            assert len(answer["TransitGatewayAttachments"]) == count, name
    for interface in interfaces(ec2, vpc_id):
        assert interface["InterfaceType"] == "transit_gateway" and interface["RequesterManaged"]
        assert interface["Status"] == "in-use" and id in interface["Description"]
    (first, _) = ec2.describe_subnets(SubnetIds=subnet_ids)["Subnets"]
    assert first["AvailableIpAddressCount"] == 250
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc_id)


def test_attachments_that_are_refused(ec2: Any) -> None:
    gateway_id = gateway(ec2)["TransitGatewayId"]
    vpc_id, (first, second) = network(ec2)
    same_zone = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")
    _, (elsewhere, _) = network(ec2, "10.1.0.0/16")
    given = {"TransitGatewayId": gateway_id, "VpcId": vpc_id}
    for code, changed in (
        ("InvalidTransitGatewayID.NotFound", {"TransitGatewayId": "tgw-0123456789abcdef0"}),
        ("InvalidVpcID.NotFound", {"VpcId": "vpc-0123456789abcdef0"}),
        ("InvalidSubnetID.NotFound", {"SubnetIds": ["subnet-0123456789abcdef0"]}),
        ("InvalidParameterValue", {"SubnetIds": [elsewhere]}),
        ("InvalidParameterValue", {"Options": {"Ipv6Support": "enable"}}),
        ("DuplicateSubnetsInSameZone", {"SubnetIds": [first, same_zone["Subnet"]["SubnetId"]]}),
        ("MissingParameter", {"SubnetIds": []}),
    ):
        with refused(code):
            ec2.create_transit_gateway_vpc_attachment(**{**given, "SubnetIds": [first], **changed})
    assert interfaces(ec2, vpc_id) == []
    ec2.create_transit_gateway_vpc_attachment(**given, SubnetIds=[first])
    with refused("DuplicateTransitGatewayAttachment", f"{gateway_id} has non-deleted Transit Gateway Attachments"):
        ec2.create_transit_gateway_vpc_attachment(**given, SubnetIds=[second])


def test_an_attachment_changes(ec2: Any) -> None:
    gateway_id = gateway(ec2)["TransitGatewayId"]
    id, vpc_id, (first, second) = attached(ec2, gateway_id)

    def change(**given: Any) -> dict[str, Any]:
        changed = ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id, **given)
        assert changed["TransitGatewayVpcAttachment"]["State"] == "modifying"
        until(lambda: shown(ec2, id)["State"], "available")
        return shown(ec2, id)

    found = change(RemoveSubnetIds=[first], Options={"ApplianceModeSupport": "enable", "DnsSupport": "disable"})
    assert found["SubnetIds"] == [second] and found["Options"]["ApplianceModeSupport"] == "enable"
    assert [i["SubnetId"] for i in interfaces(ec2, vpc_id)] == [second]
    with refused("InvalidParameterValue", "at least one"):
        change(RemoveSubnetIds=[second])
    with refused("InvalidParameterValue", "not a subnet of"):
        change(RemoveSubnetIds=[first])
    assert change(AddSubnetIds=[first])["SubnetIds"] == [second, first]
    for code, call in (
        ("IncorrectState", ec2.accept_transit_gateway_vpc_attachment),
        ("IncorrectState", ec2.reject_transit_gateway_vpc_attachment),
    ):
        with refused(code, "available"):
            call(TransitGatewayAttachmentId=id)


def test_ipv6(ec2: Any) -> None:
    made = gateway(ec2)
    table_id = made["Options"]["AssociationDefaultRouteTableId"]
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    until(lambda: ipv6_block(ec2, vpc_id)["Ipv6CidrBlockState"]["State"], "associated")
    block = ipv6_block(ec2, vpc_id)["Ipv6CidrBlock"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24", Ipv6CidrBlock=block.replace("/56", "/64"))
    id = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=made["TransitGatewayId"], VpcId=vpc_id, SubnetIds=[subnet["Subnet"]["SubnetId"]]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    until(lambda: shown(ec2, id)["State"], "available")
    assert list(routes(ec2, table_id)) == ["10.0.0.0/16"]
    for setting, count, known in (("enable", 1, ["10.0.0.0/16", block]), ("disable", 0, ["10.0.0.0/16"])):
        ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id, Options={"Ipv6Support": setting})
        until(lambda: shown(ec2, id)["State"], "available")
        (interface,) = interfaces(ec2, vpc_id)
        assert len(interface["Ipv6Addresses"]) == count
        assert list(routes(ec2, table_id)) == known


def ipv6_block(ec2: Any, vpc_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]
    return found


def test_routes_of_the_vpc(ec2: Any) -> None:
    gateway_id = gateway(ec2)["TransitGatewayId"]
    id, vpc_id, subnet_ids = attached(ec2, gateway_id)
    other_id, _, _ = attached(ec2, gateway_id, "10.2.0.0/16")
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    given = {"RouteTableId": table_id, "DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": gateway_id}
    unattached = ec2.create_route_table(VpcId=network(ec2, "10.3.0.0/16")[0])["RouteTable"]["RouteTableId"]
    with refused("InvalidTransitGatewayID.NotFound"):
        ec2.create_route(**{**given, "RouteTableId": unattached})
    ec2.create_route(**given)

    def state() -> str:
        (found,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
        return str(next(r["State"] for r in found["Routes"] if r.get("TransitGatewayId") == gateway_id))

    assert state() == "active"
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=other_id)
    assert state() == "active"
    gone = ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id)["TransitGatewayVpcAttachment"]
    assert gone["State"] == "deleting" and state() == "blackhole"
    until(lambda: shown(ec2, id)["State"], "deleted")
    with refused("IncorrectState", "deleted"):
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id)
    ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=subnet_ids)
    until(state, "active")
