"""Route tables of transit gateways, and what is in them, through the face."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.transit_gateway_routes import Found
from ec2api.ec2.transit_gateway_routes import search
from tests.ec2api.ec2.transit import attached, attachment, gateway, routes, table
from tests.refusal import refused
from tests.waiting import until

Hub = tuple[str, str, str, str]


@pytest.fixture
def hub(ec2: Any) -> Hub:
    """A gateway with its default table, an attachment and its VPC."""
    made = gateway(ec2)
    id, vpc_id, _ = attached(ec2, made["TransitGatewayId"])
    return made["TransitGatewayId"], made["Options"]["AssociationDefaultRouteTableId"], id, vpc_id


def associations(ec2: Any, table_id: str, *filters: Any) -> list[dict[str, Any]]:
    answer = ec2.get_transit_gateway_route_table_associations(
        TransitGatewayRouteTableId=table_id, Filters=list(filters)
    )
    found: list[dict[str, Any]] = answer["Associations"]
    return found


def propagations(ec2: Any, table_id: str, *filters: Any) -> list[dict[str, Any]]:
    answer = ec2.get_transit_gateway_route_table_propagations(
        TransitGatewayRouteTableId=table_id, Filters=list(filters)
    )
    found: list[dict[str, Any]] = answer["TransitGatewayRouteTablePropagations"]
    return found


def test_a_table_and_its_association(ec2: Any, hub: Hub) -> None:
    gateway_id, default, id, vpc_id = hub
    tags = [{"Key": "Name", "Value": "spokes"}]
    made = ec2.create_transit_gateway_route_table(
        TransitGatewayId=gateway_id, TagSpecifications=[{"ResourceType": "transit-gateway-route-table", "Tags": tags}]
    )["TransitGatewayRouteTable"]
    other = made["TransitGatewayRouteTableId"]
    assert made["State"] == "pending" and made["Tags"] == tags and not made["DefaultAssociationRouteTable"]
    for name, value, count in (
        ("default-association-route-table", "true", 1),
        ("default-propagation-route-table", "false", 1),
        ("transit-gateway-id", gateway_id, 2),
        ("transit-gateway-route-table-id", other, 1),
        ("tag:Name", "spokes", 1),
    ):
        chosen = [{"Name": name, "Values": [value]}]
        answer = ec2.describe_transit_gateway_route_tables(Filters=chosen)
        assert len(answer["TransitGatewayRouteTables"]) == count, name
    both = {"TransitGatewayAttachmentId": id}
    with refused("Resource.AlreadyAssociated", default):
        ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=other, **both)
    with refused("InvalidAssociation.NotFound"):
        ec2.disassociate_transit_gateway_route_table(TransitGatewayRouteTableId=other, **both)
    gone = ec2.disassociate_transit_gateway_route_table(TransitGatewayRouteTableId=default, **both)["Association"]
    assert gone["State"] == "disassociating"
    until(lambda: associations(ec2, default), [])
    made = ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=other, **both)["Association"]
    assert made == {
        "TransitGatewayRouteTableId": other,
        "TransitGatewayAttachmentId": id,
        "ResourceId": vpc_id,
        "ResourceType": "vpc",
        "State": "associating",
    }
    until(lambda: associations(ec2, other)[0]["State"], "associated")
    assert attachment(ec2, id)["Association"]["TransitGatewayRouteTableId"] == other
    for name, value in (("resource-id", vpc_id), ("resource-type", "vpc"), ("transit-gateway-attachment-id", id)):
        for wanted, count in ((value, 1), ("x", 0)):
            assert len(associations(ec2, other, {"Name": name, "Values": [wanted]})) == count, name
    with refused("IncorrectState", id):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=other)
    ec2.disassociate_transit_gateway_route_table(TransitGatewayRouteTableId=other, **both)
    until(lambda: associations(ec2, other), [])
    gone = ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=other)["TransitGatewayRouteTable"]
    assert gone["State"] == "deleting"
    with refused("InvalidRouteTableID.NotFound"):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId="tgw-rtb-0123456789abcdef0")
    with refused("InvalidRouteTableId.Malformed"):
        ec2.describe_transit_gateway_route_tables(TransitGatewayRouteTableIds=["rtb-0123456789abcdef0"])


def test_propagation(ec2: Any, hub: Hub) -> None:
    gateway_id, default, id, vpc_id = hub
    assert routes(ec2, default) == {"10.0.0.0/16": ("propagated", "active")}
    other = table(ec2, gateway_id)
    assert routes(ec2, other) == {}
    both = {"TransitGatewayAttachmentId": id, "TransitGatewayRouteTableId": other}
    with refused("TransitGatewayRouteTablePropagation.NotFound"):
        ec2.disable_transit_gateway_route_table_propagation(**both)
    made = ec2.enable_transit_gateway_route_table_propagation(**both)["Propagation"]
    assert made["State"] == "enabling" and made["ResourceId"] == vpc_id
    until(lambda: propagations(ec2, other)[0]["State"], "enabled")
    with refused("TransitGatewayRouteTablePropagation.Duplicate"):
        ec2.enable_transit_gateway_route_table_propagation(**both)
    answer = ec2.get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=id)
    assert answer["TransitGatewayAttachmentPropagations"] == [
        {"TransitGatewayRouteTableId": each, "State": "enabled"} for each in (default, other)
    ]
    chosen = [{"Name": "transit-gateway-route-table-id", "Values": [other]}]
    answer = ec2.get_transit_gateway_attachment_propagations(TransitGatewayAttachmentId=id, Filters=chosen)
    assert len(answer["TransitGatewayAttachmentPropagations"]) == 1
    block = ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock="10.1.0.0/16")["CidrBlockAssociation"]
    until(lambda: sorted(routes(ec2, other)), ["10.0.0.0/16", "10.1.0.0/16"])
    ec2.disassociate_vpc_cidr_block(AssociationId=block["AssociationId"])
    until(lambda: sorted(routes(ec2, other)), ["10.0.0.0/16"])
    twin, _, _ = attached(ec2, gateway_id)
    assert [len(r["TransitGatewayAttachments"]) for r in found(ec2, default)] == [1]
    gone = ec2.disable_transit_gateway_route_table_propagation(**both)["Propagation"]
    assert gone["State"] == "disabling"
    until(lambda: propagations(ec2, other), [])
    assert routes(ec2, other) == {} and twin


def found(ec2: Any, table_id: str) -> list[dict[str, Any]]:
    answer = ec2.search_transit_gateway_routes(
        TransitGatewayRouteTableId=table_id, Filters=[{"Name": "type", "Values": ["static", "propagated"]}]
    )
    listed: list[dict[str, Any]] = answer["Routes"]
    return listed


def test_static_routes(ec2: Any, hub: Hub) -> None:
    gateway_id, default, id, vpc_id = hub
    there = {"TransitGatewayRouteTableId": default}
    made = ec2.create_transit_gateway_route(DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=id, **there)[
        "Route"
    ]
    to = [{"ResourceId": vpc_id, "TransitGatewayAttachmentId": id, "ResourceType": "vpc"}]
    assert made == {
        "DestinationCidrBlock": "0.0.0.0/0",
        "TransitGatewayAttachments": to,
        "Type": "static",
        "State": "active",
    }
    dropped = ec2.create_transit_gateway_route(DestinationCidrBlock="10.9.9.9/8", Blackhole=True, **there)["Route"]
    assert dropped["DestinationCidrBlock"] == "10.0.0.0/8" and dropped["State"] == "blackhole"
    assert routes(ec2, default) == {
        "0.0.0.0/0": ("static", "active"),
        "10.0.0.0/8": ("static", "blackhole"),
        "10.0.0.0/16": ("propagated", "active"),
    }
    ec2.create_transit_gateway_route(DestinationCidrBlock="10.0.0.0/16", Blackhole=True, **there)
    assert routes(ec2, default)["10.0.0.0/16"] == ("static", "blackhole")
    for code, changed in (
        ("RouteAlreadyExists", {"DestinationCidrBlock": "0.0.0.0/0", "Blackhole": True}),
        ("MissingParameter", {"DestinationCidrBlock": "1.0.0.0/8"}),
        ("InvalidParameterValue", {"DestinationCidrBlock": "1.0.0.0", "Blackhole": True}),
        (
            "InvalidParameterCombination",
            {"DestinationCidrBlock": "1.0.0.0/8", "Blackhole": True, "TransitGatewayAttachmentId": id},
        ),
        (
            "InvalidTransitGatewayAttachmentID.NotFound",
            {"DestinationCidrBlock": "1.0.0.0/8", "TransitGatewayAttachmentId": "tgw-attach-0123456789abcdef0"},
        ),
    ):
        with refused(code):
            ec2.create_transit_gateway_route(**there, **changed)
    elsewhere = gateway(ec2)["Options"]["AssociationDefaultRouteTableId"]
    with refused("InvalidParameterValue", gateway_id[:4]):
        ec2.create_transit_gateway_route(
            DestinationCidrBlock="0.0.0.0/0", TransitGatewayAttachmentId=id, TransitGatewayRouteTableId=elsewhere
        )
    changed = ec2.replace_transit_gateway_route(
        DestinationCidrBlock="10.0.0.0/8", TransitGatewayAttachmentId=id, **there
    )["Route"]
    assert changed["TransitGatewayAttachments"] == to
    with refused("InvalidRoute.NotFound"):
        ec2.replace_transit_gateway_route(DestinationCidrBlock="1.0.0.0/8", Blackhole=True, **there)
    gone = ec2.delete_transit_gateway_route(DestinationCidrBlock="10.0.0.0/16", **there)["Route"]
    assert gone["State"] == "deleted"
    with refused("InvalidRoute.NotFound"):
        ec2.delete_transit_gateway_route(DestinationCidrBlock="10.0.0.0/16", **there)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id)
    assert routes(ec2, default) == {"0.0.0.0/0": ("static", "blackhole"), "10.0.0.0/8": ("static", "blackhole")}


def test_routes_are_searched(ec2: Any, hub: Hub) -> None:
    _, default, id, vpc_id = hub
    there = {"TransitGatewayRouteTableId": default}
    for block in ("10.0.0.0/8", "10.0.1.0/24", "10.0.1.128/25", "172.16.0.0/12", "2001:db8::/32"):
        ec2.create_transit_gateway_route(DestinationCidrBlock=block, Blackhole=True, **there)

    def chosen(**filters: Any) -> list[str]:
        return list(routes(ec2, default, **{name: [value] for name, value in filters.items()}))

    assert chosen(type="propagated") == ["10.0.0.0/16"] == chosen(state="active")
    for name, value in (
        ("attachment.transit_gateway_attachment_id", id),
        ("attachment.resource_id", vpc_id),
        ("attachment.resource_type", "v?c"),
    ):
        assert chosen(**{name: value}) == ["10.0.0.0/16"]
    assert chosen(**{"route_search.exact_match": "10.0.1.0/24"}) == ["10.0.1.0/24"]
    assert chosen(**{"route_search.subnet_of_match": "10.0.1.0/24"}) == ["10.0.1.0/24", "10.0.1.128/25"]
    assert chosen(**{"route_search.supernet_of_match": "10.0.1.0/24"}) == ["10.0.0.0/8", "10.0.0.0/16", "10.0.1.0/24"]
    assert chosen(**{"route_search.longest_prefix_match": "10.0.1.129"}) == ["10.0.1.128/25"]
    assert chosen(**{"route_search.longest_prefix_match": "10.0.1.129/32"}, state="active") == ["10.0.0.0/16"]
    assert chosen(**{"route_search.longest_prefix_match": "2001:db8::1"}) == ["2001:db8::/32"]
    assert chosen(**{"route_search.longest_prefix_match": "8.8.8.8"}) == []
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        chosen(colour="red")
    with refused("InvalidParameterValue"):
        chosen(**{"route_search.exact_match": "everywhere"})
    with refused("MissingParameter"):
        ec2.search_transit_gateway_routes(**there, Filters=[])
    every = [{"Name": "state", "Values": ["*"]}]
    first = ec2.search_transit_gateway_routes(**there, Filters=every, MaxResults=5)
    assert first["AdditionalRoutesAvailable"] is True and len(first["Routes"]) == 5
    rest = ec2.search_transit_gateway_routes(**there, Filters=every, MaxResults=5, NextToken=first["NextToken"])
    assert [r["DestinationCidrBlock"] for r in rest["Routes"]] == ["2001:db8::/32"]
    assert rest["AdditionalRoutesAvailable"] is False and "NextToken" not in rest
    with refused("InvalidNextToken"):
        ec2.search_transit_gateway_routes(**there, Filters=every, NextToken="x")


def test_prefix_lists(ec2: Any, hub: Hub, account: str) -> None:
    gateway_id, default, id, vpc_id = hub
    list_id = ec2.create_managed_prefix_list(
        PrefixListName="offices",
        AddressFamily="IPv4",
        MaxEntries=3,
        Entries=[{"Cidr": "192.0.2.0/24"}, {"Cidr": "198.51.100.0/24"}],
    )["PrefixList"]["PrefixListId"]
    there = {"TransitGatewayRouteTableId": default, "PrefixListId": list_id}
    made = ec2.create_transit_gateway_prefix_list_reference(**there, TransitGatewayAttachmentId=id)
    assert made["TransitGatewayPrefixListReference"] == {
        **there,
        "PrefixListOwnerId": account,
        "State": "available",
        "Blackhole": False,
        "TransitGatewayAttachment": {
            "TransitGatewayAttachmentId": id,
            "ResourceType": "vpc",
            "ResourceId": vpc_id,
        },
    }
    assert list(routes(ec2, default, prefix_list_id=[list_id])) == ["192.0.2.0/24", "198.51.100.0/24"]
    for name, value in {
        "attachment.resource-id": vpc_id,
        "attachment.resource-type": "vpc",
        "attachment.transit-gateway-attachment-id": id,
        "is-blackhole": "false",
        "prefix-list-id": list_id,
        "prefix-list-owner-id": account,
        "state": "available",
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            answer = ec2.get_transit_gateway_prefix_list_references(
                TransitGatewayRouteTableId=default, Filters=[{"Name": name, "Values": [wanted]}]
            )
            assert len(answer["TransitGatewayPrefixListReferences"]) == count, name
    used = ec2.get_managed_prefix_list_associations(PrefixListId=list_id)["PrefixListAssociations"]
    assert used == [{"ResourceId": default, "ResourceOwner": account}]
    with refused("RouteAlreadyExists"):
        ec2.create_transit_gateway_prefix_list_reference(**there, Blackhole=True)
    until(
        lambda: ec2.describe_managed_prefix_lists(PrefixListIds=[list_id])["PrefixLists"][0]["State"], "create-complete"
    )
    with refused("DependencyViolation"):
        ec2.delete_managed_prefix_list(PrefixListId=list_id)
    changed = ec2.modify_transit_gateway_prefix_list_reference(**there, Blackhole=True)
    assert changed["TransitGatewayPrefixListReference"]["Blackhole"] is True
    assert routes(ec2, default, prefix_list_id=[list_id])["192.0.2.0/24"] == ("static", "blackhole")
    gone = ec2.delete_transit_gateway_prefix_list_reference(**there)["TransitGatewayPrefixListReference"]
    assert gone["State"] == "deleting"
    with refused("InvalidPrefixListReference.NotFound"):
        ec2.modify_transit_gateway_prefix_list_reference(**there, Blackhole=True)
    other = table(ec2, gateway_id)
    ec2.create_transit_gateway_prefix_list_reference(
        TransitGatewayRouteTableId=other, PrefixListId=list_id, Blackhole=True
    )
    ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=other)
    until(lambda: ec2.get_managed_prefix_list_associations(PrefixListId=list_id)["PrefixListAssociations"], [])
    ec2.delete_managed_prefix_list(PrefixListId=list_id)


_blocks = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(lambda pair: ip_network(pair, strict=False))


@given(st.lists(_blocks, unique=True), st.integers(0, 2**32 - 1))
def test_the_longest_prefix_is_the_one_that_a_packet_takes(blocks: Any, address: int) -> None:
    known = [Found(block, "static", "active") for block in blocks]
    packet = ip_network(address)
    chosen = search(known, [{"Name": "route-search.longest-prefix-match", "Values": [str(packet[0])]}])
    around = [block for block in blocks if packet.subnet_of(block)]
    assert [route.network for route in chosen] == [b for b in around if b.prefixlen == max(a.prefixlen for a in around)]
