"""What tests of transit gateways share: gateways, attached VPCs, and waiting for their states."""

from typing import Any

from tests.waiting import until


def gateway(ec2: Any, **options: Any) -> dict[str, Any]:
    """A transit gateway, once it is available."""
    made = ec2.create_transit_gateway(Options=options)["TransitGateway"]
    assert made["State"] == "pending"
    id = made["TransitGatewayId"]
    until(lambda: describe(ec2, id)["State"], "available")
    return describe(ec2, id)


def describe(ec2: Any, id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_transit_gateways(TransitGatewayIds=[id])["TransitGateways"][0]
    return found


def network(ec2: Any, block: str = "10.0.0.0/16", **more: Any) -> tuple[str, list[str]]:
    """A VPC with a subnet in each of two zones."""
    vpc_id = ec2.create_vpc(CidrBlock=block, **more)["Vpc"]["VpcId"]
    prefix = block.rsplit(".", 2)[0]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"{prefix}.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for number, zone in enumerate("ab")
    ]
    return vpc_id, [subnet["Subnet"]["SubnetId"] for subnet in subnets]


def attachment(ec2: Any, id: str) -> dict[str, Any]:
    given = {"TransitGatewayAttachmentIds": [id]}
    found: dict[str, Any] = ec2.describe_transit_gateway_attachments(**given)["TransitGatewayAttachments"][0]
    return found


def attached(ec2: Any, gateway_id: str, block: str = "10.0.0.0/16", **more: Any) -> tuple[str, str, list[str]]:
    """A new VPC attached to a gateway: the attachment, the VPC and its subnets."""
    vpc_id, subnet_ids = network(ec2, block)
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=subnet_ids, **more
    )["TransitGatewayVpcAttachment"]
    assert made["State"] == "pending"
    id: str = made["TransitGatewayAttachmentId"]
    until(lambda: attachment(ec2, id)["State"], "available")
    return id, vpc_id, subnet_ids


def routes(ec2: Any, table_id: str, **filters: Any) -> dict[str, tuple[str, str]]:
    """By destination, each route's type and state."""
    wanted = [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]
    found = ec2.search_transit_gateway_routes(
        TransitGatewayRouteTableId=table_id, Filters=wanted or [{"Name": "state", "Values": ["*"]}]
    )["Routes"]
    return {route["DestinationCidrBlock"]: (route["Type"], route["State"]) for route in found}


def table(ec2: Any, gateway_id: str) -> str:
    """A further route table, once it is available."""
    made = ec2.create_transit_gateway_route_table(TransitGatewayId=gateway_id)["TransitGatewayRouteTable"]
    id: str = made["TransitGatewayRouteTableId"]
    given = {"TransitGatewayRouteTableIds": [id]}
    until(
        lambda: ec2.describe_transit_gateway_route_tables(**given)["TransitGatewayRouteTables"][0]["State"],
        "available",
    )
    return id
