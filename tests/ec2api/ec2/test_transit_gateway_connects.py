"""Connect attachments of transit gateways and their peers, through the face."""

from typing import Any

import pytest

from tests.ec2api.ec2.transit import attached, attachment, describe, gateway
from tests.refusal import refused
from tests.waiting import until

GRE = {"Protocol": "gre"}


@pytest.fixture
def over(ec2: Any) -> tuple[str, str]:
    """A gateway with CIDR blocks of its own, and an attached VPC."""
    blocks = ["10.99.0.0/24", "2001:db8:99::/64"]
    id = gateway(ec2, TransitGatewayCidrBlocks=blocks, AmazonSideAsn=64999)["TransitGatewayId"]
    return id, attached(ec2, id)[0]


def connected(ec2: Any, transport: str) -> str:
    made = ec2.create_transit_gateway_connect(TransportTransitGatewayAttachmentId=transport, Options=GRE)
    id: str = made["TransitGatewayConnect"]["TransitGatewayAttachmentId"]
    until(lambda: attachment(ec2, id)["State"], "available")
    return id


def peer(ec2: Any, id: str) -> dict[str, Any]:
    given = {"TransitGatewayConnectPeerIds": [id]}
    (found,) = ec2.describe_transit_gateway_connect_peers(**given)["TransitGatewayConnectPeers"]
    return dict(found)


def test_a_connect_attachment_and_its_peer(ec2: Any, over: tuple[str, str]) -> None:
    gateway_id, transport = over
    id = connected(ec2, transport)
    (found,) = ec2.describe_transit_gateway_connects()["TransitGatewayConnects"]
    assert found == {
        "TransitGatewayAttachmentId": id,
        "TransportTransitGatewayAttachmentId": transport,
        "TransitGatewayId": gateway_id,
        "State": "available",
        "CreationTime": found["CreationTime"],
        "Options": GRE,
        "Tags": [],
    }
    assert attachment(ec2, id)["ResourceType"] == "connect"
    for name, value in {
        "options.protocol": "gre",
        "state": "available",
        "transit-gateway-attachment-id": id,
        "transit-gateway-id": gateway_id,
        "transport-transit-gateway-attachment-id": transport,
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            assert len(ec2.describe_transit_gateway_connects(Filters=chosen)["TransitGatewayConnects"]) == count, name
    tags = [{"Key": "Name", "Value": "appliance"}]
    made = ec2.create_transit_gateway_connect_peer(
        TransitGatewayAttachmentId=id,
        PeerAddress="10.0.0.10",
        InsideCidrBlocks=["169.254.10.0/29", "fd00::/125"],
        BgpOptions={"PeerAsn": 65020},
        TagSpecifications=[{"ResourceType": "transit-gateway-connect-peer", "Tags": tags}],
    )["TransitGatewayConnectPeer"]
    peer_id = made["TransitGatewayConnectPeerId"]
    assert made["State"] == "pending" and made["Tags"] == tags
    until(lambda: peer(ec2, peer_id)["State"], "available")
    both = {"TransitGatewayAsn": 64999, "PeerAsn": 65020, "BgpStatus": "down"}
    assert peer(ec2, peer_id)["ConnectPeerConfiguration"] == {
        "TransitGatewayAddress": "10.99.0.1",
        "PeerAddress": "10.0.0.10",
        "InsideCidrBlocks": ["169.254.10.0/29", "fd00::/125"],
        "Protocol": "gre",
        "BgpConfigurations": [
            {**both, "TransitGatewayAddress": near, "PeerAddress": far}
            for near, far in (
                ("169.254.10.2", "169.254.10.1"),
                ("169.254.10.3", "169.254.10.1"),
                ("fd00::2", "fd00::1"),
                ("fd00::3", "fd00::1"),
            )
        ],
    }
    for name, value in {
        "state": "available",
        "transit-gateway-attachment-id": id,
        "transit-gateway-connect-peer-id": peer_id,
        "tag:Name": "appliance",
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            answer = ec2.describe_transit_gateway_connect_peers(Filters=[{"Name": name, "Values": [wanted]}])
            assert len(answer["TransitGatewayConnectPeers"]) == count, name
    with refused("IncorrectState", "CIDR block 10.99.0.0/24 is in use"):
        ec2.modify_transit_gateway(
            TransitGatewayId=gateway_id, Options={"RemoveTransitGatewayCidrBlocks": ["10.99.0.0/24"]}
        )
    with refused("IncorrectState", "Connect Attachments"):
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=transport)
    with refused("IncorrectState", peer_id):
        ec2.delete_transit_gateway_connect(TransitGatewayAttachmentId=id)
    gone = ec2.delete_transit_gateway_connect_peer(TransitGatewayConnectPeerId=peer_id)
    assert gone["TransitGatewayConnectPeer"]["State"] == "deleting"
    ec2.delete_transit_gateway_connect(TransitGatewayAttachmentId=id)
    until(lambda: attachment(ec2, id)["State"], "deleted")
    until(lambda: peer(ec2, peer_id)["State"], "deleted")
    with refused("IncorrectState"):
        ec2.delete_transit_gateway_connect_peer(TransitGatewayConnectPeerId=peer_id)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=transport)
    assert describe(ec2, gateway_id)["State"] == "available"


def test_what_is_refused(ec2: Any, over: tuple[str, str]) -> None:
    _, transport = over
    id = connected(ec2, transport)
    with refused("InvalidParameterValue"):
        ec2.create_transit_gateway_connect(TransportTransitGatewayAttachmentId=id, Options=GRE)
    with refused("InvalidParameterValue"):
        ec2.create_transit_gateway_connect(TransportTransitGatewayAttachmentId=transport, Options={"Protocol": "ipip"})
    given = {
        "TransitGatewayAttachmentId": id,
        "PeerAddress": "10.0.0.10",
        "InsideCidrBlocks": ["169.254.10.0/29"],
    }
    for code, changed in (
        ("InvalidTransitGatewayAttachmentID.NotFound", {"TransitGatewayAttachmentId": transport}),
        ("InvalidParameterValue", {"PeerAddress": "there"}),
        ("InvalidParameterValue", {"InsideCidrBlocks": ["169.254.10.0/30"]}),
        ("InvalidParameterValue", {"InsideCidrBlocks": ["169.254.0.0/29"]}),
        ("InvalidParameterValue", {"InsideCidrBlocks": ["10.0.0.0/29"]}),
        ("InvalidParameterValue", {"InsideCidrBlocks": ["169.254.10.0/29", "169.254.11.0/29"]}),
        ("MissingParameter", {"InsideCidrBlocks": ["fd00::/125"]}),
        ("InvalidParameterValue", {"TransitGatewayAddress": "10.98.0.1"}),
        ("InvalidParameterValue", {"TransitGatewayAddress": "2001:db8:99::1"}),
        ("InvalidParameterValue", {"BgpOptions": {"PeerAsn": 0}}),
    ):
        with refused(code):
            ec2.create_transit_gateway_connect_peer(**{**given, **changed})
    ec2.create_transit_gateway_connect_peer(**given, TransitGatewayAddress="10.99.0.1")
    with refused("InvalidParameterValue"):
        ec2.create_transit_gateway_connect_peer(**given)
    with refused("InvalidParameterValue", "another Connect peer"):
        twice = {"InsideCidrBlocks": ["169.254.11.0/29"], "TransitGatewayAddress": "10.99.0.1"}
        ec2.create_transit_gateway_connect_peer(**{**given, **twice})
    made = ec2.create_transit_gateway_connect_peer(
        TransitGatewayAttachmentId=id, PeerAddress="2001:db8::7", InsideCidrBlocks=["169.254.12.0/29"]
    )["TransitGatewayConnectPeer"]["ConnectPeerConfiguration"]
    assert made["TransitGatewayAddress"] == "2001:db8:99::1" and made["BgpConfigurations"][0]["PeerAsn"] == 64999
    with refused("InvalidTransitGatewayConnectPeerID.NotFound"):
        ec2.delete_transit_gateway_connect_peer(TransitGatewayConnectPeerId="tgw-connect-peer-0123456789abcdef0")
