"""Route tables, their routes and their associations."""

from typing import Any

import pytest

from tests.launching import launch
from tests.refusal import refused


class Network:
    """A VPC with a subnet, an attached internet gateway and a route table."""

    def __init__(self, ec2: Any, cidr: str = "10.0.0.0/16", *, ipv6: bool = False) -> None:
        self.ec2 = ec2
        vpc = ec2.create_vpc(CidrBlock=cidr, AmazonProvidedIpv6CidrBlock=ipv6)["Vpc"]
        self.vpc_id: str = vpc["VpcId"]
        block = cidr.replace("/16", "/24")
        self.subnet_id: str = ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=block)["Subnet"]["SubnetId"]
        self.gateway_id: str = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway_id, VpcId=self.vpc_id)
        self.table_id = self.table()

    def table(self) -> str:
        id: str = self.ec2.create_route_table(VpcId=self.vpc_id)["RouteTable"]["RouteTableId"]
        return id

    def route(self, destination: str = "0.0.0.0/0", **target: Any) -> Any:
        member = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        return self.ec2.create_route(RouteTableId=self.table_id, **{member: destination}, **target)

    def routes(self) -> dict[str, dict[str, Any]]:
        (table,) = self.ec2.describe_route_tables(RouteTableIds=[self.table_id])["RouteTables"]
        return {r.get("DestinationCidrBlock") or r["DestinationIpv6CidrBlock"]: r for r in table["Routes"]}

    def interface(self) -> str:
        made = self.ec2.create_network_interface(SubnetId=self.subnet_id)["NetworkInterface"]
        id: str = made["NetworkInterfaceId"]
        return id


@pytest.fixture
def network(ec2: Any) -> Network:
    return Network(ec2)


def main_association(ec2: Any, vpc_id: str) -> tuple[str, str]:
    """The id of the main table, and of its main association."""
    wanted = [{"Name": "association.main", "Values": ["true"]}, {"Name": "vpc-id", "Values": [vpc_id]}]
    (table,) = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    (association,) = [a for a in table["Associations"] if a["Main"]]
    return table["RouteTableId"], association["RouteTableAssociationId"]


def test_a_new_table_routes_within_the_vpc(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    tags = [{"Key": "Name", "Value": "inner"}]
    spec = [{"ResourceType": "route-table", "Tags": tags}]
    made = ec2.create_route_table(VpcId=vpc["VpcId"], TagSpecifications=spec)["RouteTable"]
    assert made["Tags"] == tags and made["Associations"] == [] and made["PropagatingVgws"] == []
    local = {"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
    assert made["Routes"] == [
        {"DestinationCidrBlock": "10.0.0.0/16", **local},
        {"DestinationIpv6CidrBlock": vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"], **local},
    ]
    assert ec2.describe_route_tables(RouteTableIds=[made["RouteTableId"]])["RouteTables"] == [made]
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    ec2.delete_route_table(RouteTableId=made["RouteTableId"])
    with refused("InvalidRouteTableID.NotFound"):
        ec2.describe_route_tables(RouteTableIds=[made["RouteTableId"]])
    ec2.delete_vpc(VpcId=vpc["VpcId"])


def test_a_client_token_makes_one_table(ec2: Any, network: Network) -> None:
    first, second = (ec2.create_route_table(VpcId=network.vpc_id, ClientToken="once") for _ in range(2))
    assert first["RouteTable"]["RouteTableId"] == second["RouteTable"]["RouteTableId"]
    assert second["ClientToken"] == "once"


def test_a_route_to_the_internet(ec2: Any, network: Network) -> None:
    assert network.route("0.0.0.0/0", GatewayId=network.gateway_id)["Return"]
    assert network.route("2001:DB8:0::/48", GatewayId=network.gateway_id)["Return"]
    assert network.route("100.68.0.18/18", GatewayId=network.gateway_id)["Return"]
    shown = {"GatewayId": network.gateway_id, "Origin": "CreateRoute", "State": "active"}
    routes = network.routes()
    assert routes["0.0.0.0/0"] == {"DestinationCidrBlock": "0.0.0.0/0", **shown}
    assert routes["2001:db8::/48"] == {"DestinationIpv6CidrBlock": "2001:db8::/48", **shown}
    assert "100.68.0.0/18" in routes
    for name, value in (("route.gateway-id", network.gateway_id), ("route.destination-ipv6-cidr-block", "2001:*")):
        found = ec2.describe_route_tables(Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        assert [t["RouteTableId"] for t in found] == [network.table_id]


def test_a_destination_has_one_route(ec2: Any, network: Network) -> None:
    network.route(GatewayId=network.gateway_id)
    assert network.route(GatewayId=network.gateway_id)["Return"]
    with refused("RouteAlreadyExists", "0.0.0.0/0"):
        network.route(NetworkInterfaceId=network.interface())
    with refused("RouteAlreadyExists"):
        network.route("10.0.0.0/16", GatewayId=network.gateway_id)
    assert len(network.routes()) == 2


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("MissingParameter", {"GatewayId": "igw"}),
        ("MissingParameter", {"DestinationCidrBlock": "0.0.0.0/0"}),
        (
            "InvalidParameterCombination",
            {"DestinationCidrBlock": "0.0.0.0/0", "DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw"},
        ),
        (
            "InvalidParameterCombination",
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw", "NatGatewayId": "nat-0123456789abcdef0"},
        ),
        ("InvalidParameterValue", {"DestinationCidrBlock": "everywhere", "GatewayId": "igw"}),
        ("InvalidParameterValue", {"DestinationCidrBlock": "0.0.0.0", "GatewayId": "igw"}),
        ("InvalidParameterValue", {"DestinationCidrBlock": "::/0", "GatewayId": "igw"}),
        ("InvalidParameterValue", {"DestinationIpv6CidrBlock": "0.0.0.0/0", "GatewayId": "igw"}),
        ("InvalidParameterValue", {"DestinationCidrBlock": "169.254.168.0/24", "GatewayId": "igw"}),
        ("InvalidParameterValue", {"DestinationCidrBlock": "10.0.0.0/24", "GatewayId": "igw"}),
        ("InvalidGatewayID.NotFound", {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "local"}),
        ("InvalidGatewayID.NotFound", {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0123456789abcdef0"}),
        ("InvalidGatewayID.NotFound", {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-0123456789abcdef0"}),
        (
            "InvalidNatGatewayID.NotFound",
            {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0123456789abcdef0"},
        ),
        (
            "InvalidNetworkInterfaceID.NotFound",
            {"DestinationCidrBlock": "0.0.0.0/0", "NetworkInterfaceId": "eni-0123456789abcdef0"},
        ),
        ("InvalidInstanceID.NotFound", {"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": "i-0123456789abcdef0"}),
        (
            "InvalidVpcPeeringConnectionID.NotFound",
            {"DestinationCidrBlock": "0.0.0.0/0", "VpcPeeringConnectionId": "pcx-0123456789abcdef0"},
        ),
        (
            "InvalidTransitGatewayID.NotFound",
            {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-0123456789abcdef0"},
        ),
        (
            "InvalidGatewayID.NotFound",
            {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-0123456789abcdef0"},
        ),
        (
            "InvalidVpcEndpointId.NotFound",
            {"DestinationCidrBlock": "0.0.0.0/0", "VpcEndpointId": "vpce-0123456789abcdef0"},
        ),
        (
            "InvalidLocalGatewayID.NotFound",
            {"DestinationCidrBlock": "0.0.0.0/0", "LocalGatewayId": "lgw-0123456789abcdef0"},
        ),
    ],
)
def test_routes_that_are_refused(ec2: Any, network: Network, code: str, given: dict[str, str]) -> None:
    before = network.routes()
    with refused(code):
        target = {name: network.gateway_id if value == "igw" else value for name, value in given.items()}
        ec2.create_route(RouteTableId=network.table_id, **target)
    assert network.routes() == before


def test_a_gateway_of_another_vpc_is_no_target(ec2: Any, network: Network) -> None:
    other = Network(ec2, "10.1.0.0/16")
    with refused("InvalidParameterValue", "belong to different networks"):
        network.route(GatewayId=other.gateway_id)
    with refused("InvalidParameterValue", "belong to different networks"):
        network.route(NetworkInterfaceId=other.interface())
    with refused("InvalidParameterValue", "belong to different networks"):
        ec2.associate_route_table(RouteTableId=network.table_id, SubnetId=other.subnet_id)


def test_a_route_through_an_instance(ec2: Any, network: Network) -> None:
    instance = launch(ec2, SubnetId=network.subnet_id)
    network.route(InstanceId=instance["InstanceId"])
    route = network.routes()["0.0.0.0/0"]
    assert route["NetworkInterfaceId"] == instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assert (route["InstanceId"], route["InstanceOwnerId"]) == (
        instance["InstanceId"],
        instance["NetworkInterfaces"][0]["OwnerId"],
    )
    assert route["State"] == "active"
    wanted = [{"Name": "route.instance-id", "Values": [instance["InstanceId"]]}]
    (table,) = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    assert table["RouteTableId"] == network.table_id
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    ec2.get_waiter("instance_terminated").wait(
        InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 0, "MaxAttempts": 2000}
    )
    route = network.routes()["0.0.0.0/0"]
    assert route["State"] == "blackhole" and "InstanceId" not in route


def test_a_route_to_a_detached_interface_is_a_black_hole(ec2: Any, network: Network) -> None:
    id = network.interface()
    network.route(NetworkInterfaceId=id)
    assert network.routes()["0.0.0.0/0"]["State"] == "blackhole"
    wanted = [{"Name": "route.state", "Values": ["blackhole"]}]
    assert [t["RouteTableId"] for t in ec2.describe_route_tables(Filters=wanted)["RouteTables"]] == [network.table_id]
    instance = launch(ec2, SubnetId=network.subnet_id)["InstanceId"]
    ec2.attach_network_interface(NetworkInterfaceId=id, InstanceId=instance, DeviceIndex=1)
    route = network.routes()["0.0.0.0/0"]
    assert (route["State"], route["InstanceId"]) == ("active", instance)


def test_routes_are_black_holes_while_their_gateway_is_detached(ec2: Any, network: Network) -> None:
    network.route(GatewayId=network.gateway_id)
    where = {"InternetGatewayId": network.gateway_id, "VpcId": network.vpc_id}
    ec2.detach_internet_gateway(**where)
    assert network.routes()["0.0.0.0/0"]["State"] == "blackhole"
    ec2.attach_internet_gateway(**where)
    assert network.routes()["0.0.0.0/0"]["State"] == "active"
    ec2.detach_internet_gateway(**where)
    ec2.delete_internet_gateway(InternetGatewayId=network.gateway_id)
    assert network.routes()["0.0.0.0/0"]["State"] == "blackhole"


def test_ipv6_goes_out_through_an_egress_only_gateway(ec2: Any, network: Network) -> None:
    made = ec2.create_egress_only_internet_gateway(VpcId=network.vpc_id)["EgressOnlyInternetGateway"]
    id = made["EgressOnlyInternetGatewayId"]
    with refused("InvalidParameterValue", "IPv6"):
        network.route("0.0.0.0/0", EgressOnlyInternetGatewayId=id)
    network.route("::/0", EgressOnlyInternetGatewayId=id)
    assert network.routes()["::/0"]["EgressOnlyInternetGatewayId"] == id
    ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id)
    assert network.routes()["::/0"]["State"] == "blackhole"


def test_routes_are_replaced_and_deleted(ec2: Any, network: Network) -> None:
    interface = network.interface()
    with refused("InvalidRoute.NotFound", "0.0.0.0/0"):
        ec2.replace_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=network.gateway_id)
    network.route(NetworkInterfaceId=interface)
    ec2.replace_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=network.gateway_id)
    route = network.routes()["0.0.0.0/0"]
    assert (route["GatewayId"], route["State"]) == (network.gateway_id, "active")
    assert "NetworkInterfaceId" not in route
    ec2.delete_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0")
    with refused("InvalidRoute.NotFound"):
        ec2.delete_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0")
    with refused("InvalidParameterValue", "cannot remove local route"):
        ec2.delete_route(RouteTableId=network.table_id, DestinationCidrBlock="10.0.0.0/16")
    with refused("InvalidRouteTableID.NotFound"):
        ec2.delete_route(RouteTableId="rtb-0123456789abcdef0", DestinationCidrBlock="10.0.0.0/16")


def test_the_local_route_may_lead_to_an_interface_and_back(ec2: Any, network: Network) -> None:
    local = {"RouteTableId": network.table_id, "DestinationCidrBlock": "10.0.0.0/16"}
    with refused("InvalidParameterValue", "only an interface or an instance"):
        ec2.replace_route(**local, GatewayId=network.gateway_id)
    ec2.replace_route(**local, NetworkInterfaceId=network.interface())
    route = network.routes()["10.0.0.0/16"]
    assert "GatewayId" not in route and route["Origin"] == "CreateRouteTable"
    ec2.replace_route(**local, LocalTarget=True)
    route = network.routes()["10.0.0.0/16"]
    assert (route["GatewayId"], route["State"]) == ("local", "active")
    network.route(GatewayId=network.gateway_id)
    with refused("InvalidParameterValue"):
        ec2.replace_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0", LocalTarget=True)


def test_routes_within_the_vpc_lead_to_whole_subnets(network: Network) -> None:
    interface = network.interface()
    network.route("10.0.0.0/24", NetworkInterfaceId=interface)
    with refused("InvalidParameterValue", "does not match a subnet"):
        network.route("10.0.0.0/25", NetworkInterfaceId=interface)
    assert set(network.routes()) == {"10.0.0.0/16", "10.0.0.0/24"}


def test_a_subnet_has_one_table(ec2: Any, network: Network) -> None:
    answer = ec2.associate_route_table(RouteTableId=network.table_id, SubnetId=network.subnet_id)
    id = answer["AssociationId"]
    assert answer["AssociationState"] == {"State": "associated"} and id.startswith("rtbassoc-")
    again = ec2.associate_route_table(RouteTableId=network.table_id, SubnetId=network.subnet_id)
    assert again["AssociationId"] == id
    other = network.table()
    with refused("Resource.AlreadyAssociated", other):
        ec2.associate_route_table(RouteTableId=other, SubnetId=network.subnet_id)
    with refused("DependencyViolation", network.table_id):
        ec2.delete_route_table(RouteTableId=network.table_id)
    for name, value in {
        "association.route-table-association-id": id,
        "association.subnet-id": network.subnet_id,
        "association.route-table-id": network.table_id,
    }.items():
        (table,) = ec2.describe_route_tables(Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        assert table["Associations"] == [
            {
                "Main": False,
                "RouteTableAssociationId": id,
                "RouteTableId": network.table_id,
                "SubnetId": network.subnet_id,
                "AssociationState": {"State": "associated"},
            }
        ]
    new = ec2.replace_route_table_association(AssociationId=id, RouteTableId=other)["NewAssociationId"]
    assert new != id
    with refused("InvalidAssociationID.NotFound", id):
        ec2.disassociate_route_table(AssociationId=id)
    ec2.disassociate_route_table(AssociationId=new)
    ec2.delete_route_table(RouteTableId=other)
    ec2.delete_route_table(RouteTableId=network.table_id)


def test_another_table_becomes_the_main_one(ec2: Any, network: Network) -> None:
    old, association = main_association(ec2, network.vpc_id)
    with refused("InvalidParameterValue", "cannot disassociate the main route table association"):
        ec2.disassociate_route_table(AssociationId=association)
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=old)
    other = Network(ec2, "10.1.0.0/16")
    with refused("InvalidParameterValue", "belong to different networks"):
        ec2.replace_route_table_association(AssociationId=association, RouteTableId=other.table_id)
    answer = ec2.replace_route_table_association(AssociationId=association, RouteTableId=network.table_id)
    assert main_association(ec2, network.vpc_id) == (network.table_id, answer["NewAssociationId"])
    ec2.delete_route_table(RouteTableId=old)


def test_a_gateway_has_a_table_that_leads_into_the_vpc(ec2: Any, network: Network) -> None:
    with refused("MissingParameter"):
        ec2.associate_route_table(RouteTableId=network.table_id)
    with refused("InvalidParameterCombination"):
        ec2.associate_route_table(
            RouteTableId=network.table_id, SubnetId=network.subnet_id, GatewayId=network.gateway_id
        )
    with refused("InvalidGatewayID.NotFound"):
        ec2.associate_route_table(RouteTableId=network.table_id, GatewayId="igw-0123456789abcdef0")
    with refused("InvalidPoolID.NotFound"):
        ec2.associate_route_table(RouteTableId=network.table_id, PublicIpv4Pool="ipv4pool-ec2-0123456789abcdef0")
    network.route(GatewayId=network.gateway_id)
    with refused("InvalidParameterValue", "0.0.0.0/0"):
        ec2.associate_route_table(RouteTableId=network.table_id, GatewayId=network.gateway_id)
    ec2.delete_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0")
    answer = ec2.associate_route_table(RouteTableId=network.table_id, GatewayId=network.gateway_id)
    wanted = [{"Name": "association.gateway-id", "Values": [network.gateway_id]}]
    (table,) = ec2.describe_route_tables(Filters=wanted)["RouteTables"]
    assert table["Associations"][0]["GatewayId"] == network.gateway_id
    with refused("InvalidParameterValue", "associated with a gateway"):
        network.route(GatewayId=network.gateway_id)
    network.route("10.0.0.0/24", NetworkInterfaceId=network.interface())
    with refused("DependencyViolation"):
        ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
    ec2.disassociate_route_table(AssociationId=answer["AssociationId"])
    ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)


def test_propagation_needs_a_virtual_private_gateway(ec2: Any, network: Network) -> None:
    gone = {"RouteTableId": network.table_id, "GatewayId": "vgw-0123456789abcdef0"}
    for call in (ec2.enable_vgw_route_propagation, ec2.disable_vgw_route_propagation):
        with refused("InvalidVpnGatewayID.NotFound"):
            call(**gone)


def test_pages(ec2: Any, network: Network) -> None:
    made = {network.table() for _ in range(6)}
    pages = list(ec2.get_paginator("describe_route_tables").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["RouteTables"]) for page in pages] == [5, 4]
    assert made <= {t["RouteTableId"] for page in pages for t in page["RouteTables"]}


def test_other_accounts_have_no_part_in_it(shared_cloud: Any, network: Network) -> None:
    stranger = shared_cloud.client(account="099999999999")
    with refused("InvalidRouteTableID.NotFound"):
        stranger.delete_route(RouteTableId=network.table_id, DestinationCidrBlock="0.0.0.0/0")
    own = Network(stranger, "10.9.0.0/16")
    with refused("InvalidGatewayID.NotFound"):
        own.route(GatewayId=network.gateway_id)
