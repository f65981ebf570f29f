"""EC2 actions on Connect attachments of transit gateways, and on their peers.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayConnect.html
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from backend import transit_gateway_connects as connects
from backend.db import reading
from backend.db.models import TransitGatewayAttachment, TransitGatewayConnectPeer
from ec2api.call import Call
from ec2api.describe import Condition, Describe, constant, show_tags
from ec2api.registry import action


def show(attachment: Any) -> dict[str, Any]:
    return {
        "TransitGatewayAttachmentId": attachment.id,
        "TransportTransitGatewayAttachmentId": attachment.resource_id,
        "TransitGatewayId": attachment.transit_gateway_id,
        "State": attachment.state,
        "CreationTime": attachment.created,
        "Options": attachment.options,
        "Tags": show_tags(attachment),
    }


def show_peer(peer: Any) -> dict[str, Any]:
    return {
        "TransitGatewayAttachmentId": peer.attachment_id,
        "TransitGatewayConnectPeerId": peer.id,
        "State": peer.state,
        "CreationTime": peer.created,
        "ConnectPeerConfiguration": {
            "TransitGatewayAddress": peer.transit_gateway_address,
            "PeerAddress": peer.peer_address,
            "InsideCidrBlocks": peer.inside_cidr_blocks,
            "Protocol": connects.PROTOCOL,
            "BgpConfigurations": [
                {
                    "TransitGatewayAsn": peer.transit_gateway_asn,
                    "PeerAsn": peer.peer_asn,
                    "TransitGatewayAddress": str(ip_network(block)[place]),
                    "PeerAddress": str(ip_network(block)[1]),
                    "BgpStatus": "down",
                }
                for block in peer.inside_cidr_blocks
                for place in (2, 3)
            ],
        },
        "Tags": show_tags(peer),
    }


def _shown(call: Call, id: str) -> dict[str, Any]:
    load = (TransitGatewayAttachment.tags,)
    return {"TransitGatewayConnect": show(call.uow.look_up(TransitGatewayAttachment, id, load=load))}


def _shown_peer(call: Call, id: str) -> dict[str, Any]:
    load = (TransitGatewayConnectPeer.tags,)
    return {"TransitGatewayConnectPeer": show_peer(call.uow.look_up(TransitGatewayConnectPeer, id, load=load))}


@action(tags=("transit-gateway-attachment",))
def create_transit_gateway_connect(
    call: Call,
    *,
    transport_transit_gateway_attachment_id: str,
    options: Mapping[str, str],  # noqa: ARG001  its one member has one value
) -> dict[str, Any]:
    wanted_tags = call.tags(TransitGatewayAttachment)
    made = connects.create(call.uow, call.settings, transport_transit_gateway_attachment_id, wanted_tags)
    return _shown(call, made.id)


@action
def delete_transit_gateway_connect(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    return _shown(call, connects.delete(call.uow, call.settings, transit_gateway_attachment_id).id)


@action(tags=("transit-gateway-connect-peer",))
def create_transit_gateway_connect_peer(
    call: Call,
    *,
    transit_gateway_attachment_id: str,
    peer_address: str,
    inside_cidr_blocks: Sequence[str],
    transit_gateway_address: str | None = None,
    bgp_options: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    made = connects.create_peer(
        call.uow,
        call.settings,
        transit_gateway_attachment_id,
        peer_address=peer_address,
        inside_cidr_blocks=inside_cidr_blocks,
        transit_gateway_address=transit_gateway_address,
        peer_asn=(bgp_options or {}).get("PeerAsn"),
        wanted_tags=call.tags(TransitGatewayConnectPeer),
    )
    return _shown_peer(call, made.id)


@action
def delete_transit_gateway_connect_peer(call: Call, *, transit_gateway_connect_peer_id: str) -> dict[str, Any]:
    return _shown_peer(call, connects.delete_peer(call.uow, call.settings, transit_gateway_connect_peer_id).id)


def _connects(_call: Call, _given: Mapping[str, Any]) -> Sequence[Condition]:
    return [reading.table_of(TransitGatewayAttachment).c.resource_type == "connect"]


Describe(
    "DescribeTransitGatewayConnects",
    TransitGatewayAttachment,
    view=show,
    ids="TransitGatewayAttachmentIds",
    always=_connects,
    filters={
        "options.protocol": constant(connects.PROTOCOL),
        "state": TransitGatewayAttachment.state,
        "transit-gateway-attachment-id": TransitGatewayAttachment.id,
        "transit-gateway-id": TransitGatewayAttachment.transit_gateway_id,
        "transport-transit-gateway-attachment-id": TransitGatewayAttachment.resource_id,
    },
)

Describe(
    "DescribeTransitGatewayConnectPeers",
    TransitGatewayConnectPeer,
    view=show_peer,
    ids="TransitGatewayConnectPeerIds",
    filters={
        "state": TransitGatewayConnectPeer.state,
        "transit-gateway-attachment-id": TransitGatewayConnectPeer.attachment_id,
        "transit-gateway-connect-peer-id": TransitGatewayConnectPeer.id,
    },
)
