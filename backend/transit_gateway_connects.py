"""Connect attachments: GRE tunnels over another attachment, to appliances that speak BGP.

Nothing in this cloud answers for the tunnels, so that the BGP sessions are down.
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-connect.html
"""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import Any, cast

from backend import errors, tags, transit_gateway_attachments, transit_gateways, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import TransitGateway, TransitGatewayAttachment, TransitGatewayConnectPeer
from backend.db.unit_of_work import UnitOfWork
from backend.transit_gateways import ENDED

PROTOCOL = "gre"
ASNS = range(1, 2**32)
_INSIDE = {4: (IPv4Network("169.254.0.0/16"), 29), 6: (IPv6Network("fd00::/8"), 125)}
_RESERVED = [IPv4Network(f"169.254.{n}.0/29") for n in range(6)] + [IPv4Network("169.254.169.248/29")]

_attachment, _peer = reading.table_of(TransitGatewayAttachment).c, reading.table_of(TransitGatewayConnectPeer).c
Address = IPv4Address | IPv6Address


def create(
    uow: UnitOfWork, settings: Settings, transport_id: str, wanted_tags: Mapping[str, str] | None = None
) -> TransitGatewayAttachment:
    """A Connect attachment over that of a VPC; InvalidParameterValue, IncorrectState."""
    transport = uow.require(TransitGatewayAttachment, transport_id, for_update=True)
    if transport.resource_type != "vpc":
        raise errors.InvalidParameterValue(
            value=transport_id,
            name="transportTransitGatewayAttachmentId",
            reason="It must be the attachment of a VPC or of a Direct Connect gateway.",
        )
    transit_gateway_attachments.require_state(transport, "available")
    gateway = transit_gateways.require(uow, transport.transit_gateway_id)
    made = TransitGatewayAttachment(
        account=uow.account,
        region=uow.region,
        transit_gateway_id=gateway.id,
        resource_type="connect",
        resource_id=transport.id,
        resource_account=uow.account,
        options={"Protocol": PROTOCOL},
    )
    transitions.begin(uow, settings, made, "pending", "available")
    transit_gateway_attachments.add(uow, gateway, made, wanted_tags or {})
    return made


def delete(uow: UnitOfWork, settings: Settings, attachment_id: str) -> TransitGatewayAttachment:
    """Delete a Connect attachment; IncorrectState while it has peers."""
    attachment = transit_gateway_attachments.require(uow, attachment_id, "connect")
    transit_gateway_attachments.require_state(attachment, "available")
    if peers := _peers(uow, [attachment.id]):
        raise errors.IncorrectState(reason=f"{attachment.id} has non-deleted Connect Peers: {peers[0].id}.")
    transit_gateway_attachments.end(uow, settings, attachment)
    return attachment


def _peers(uow: UnitOfWork, attachment_ids: Sequence[str]) -> list[TransitGatewayConnectPeer]:
    return uow.records(
        TransitGatewayConnectPeer,
        _peer.attachment_id.in_(attachment_ids),
        _peer.state.not_in(["deleting", "deleted"]),
    )


def create_peer(
    uow: UnitOfWork,
    settings: Settings,
    attachment_id: str,
    *,
    peer_address: str,
    inside_cidr_blocks: Sequence[str],
    transit_gateway_address: str | None = None,
    peer_asn: int | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> TransitGatewayConnectPeer:
    """An appliance at ``peer_address``. Errors: IncorrectState, MissingParameter, InvalidParameterValue."""
    attachment = transit_gateway_attachments.require(uow, attachment_id, "connect")
    transit_gateway_attachments.require_state(attachment, "available")
    gateway = uow.require(TransitGateway, attachment.transit_gateway_id, for_update=True)
    far = _address(peer_address, "peerAddress")
    if peer_asn is not None and peer_asn not in ASNS:
        raise errors.InvalidParameterValue(value=peer_asn, name="peerAsn", reason="It must be from 1 to 4294967295.")
    carried = uow.records(
        TransitGatewayAttachment,
        _attachment.transit_gateway_id == gateway.id,
        _attachment.resource_type == "connect",
        _attachment.state.not_in(ENDED),
    )
    others = _peers(uow, [found.id for found in carried])
    made = TransitGatewayConnectPeer(
        account=uow.account,
        region=uow.region,
        attachment_id=attachment.id,
        peer_address=str(far),
        transit_gateway_address=str(_near(gateway, far, transit_gateway_address, others)),
        inside_cidr_blocks=_inside(inside_cidr_blocks, others),
        transit_gateway_asn=gateway.amazon_side_asn,
        peer_asn=gateway.amazon_side_asn if peer_asn is None else peer_asn,
    )
    transitions.begin(uow, settings, made, "pending", "available")
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def delete_peer(uow: UnitOfWork, settings: Settings, peer_id: str) -> TransitGatewayConnectPeer:
    """Delete a peer; IncorrectState."""
    peer = uow.require(TransitGatewayConnectPeer, peer_id, for_update=True)
    if peer.state != "available":
        raise errors.IncorrectState(reason=f"{peer.id} is in invalid state: {peer.state}.")
    transitions.begin(uow, settings, peer, "deleting", "deleted")
    return peer


def _address(given: str, name: str) -> Address:
    try:
        return ip_address(given)
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=given, name=name, reason="This is not a valid IP address.") from fault


def _near(
    gateway: TransitGateway, far: Address, given: str | None, others: Sequence[TransitGatewayConnectPeer]
) -> Address:
    """The transit gateway's own address: from its CIDR blocks, of the appliance's family."""
    name = "transitGatewayAddress"
    taken = {ip_address(other.transit_gateway_address) for other in others}
    blocks = [block for block in map(ip_network, gateway.cidr_blocks) if block.version == far.version]
    if given is None:
        every: Iterator[Any] = (address for block in blocks for address in islice(block.hosts(), 2 * len(taken) + 2))
        free = next((address for address in every if address not in taken), None)
        if free is None:
            raise errors.InvalidValue(reason=f"{gateway.id} has no CIDR block with a free IPv{far.version} address.")
        return cast(Address, free)
    near = _address(given, name)
    if near.version != far.version:
        raise errors.InvalidParameterValue(value=given, name=name, reason="It is not of the family of peerAddress.")
    if not any(near in block for block in blocks):
        raise errors.InvalidParameterValue(value=given, name=name, reason=f"It is in no CIDR block of {gateway.id}.")
    if near in taken:
        raise errors.InvalidParameterValue(value=given, name=name, reason="It is in use by another Connect peer.")
    return near


def _inside(given: Sequence[str], others: Sequence[TransitGatewayConnectPeer]) -> list[str]:
    """The blocks for BGP: one of IPv4, and one of IPv6 at most."""
    name = "insideCidrBlocks"
    taken = {ip_network(block) for other in others for block in other.inside_cidr_blocks}
    found: dict[int, IPv4Network | IPv6Network] = {}
    for text in given:
        try:
            network = ip_network(text)
            around, length = _INSIDE[network.version]
            if network.prefixlen != length or not network.subnet_of(around):  # type: ignore[arg-type]
                raise ValueError(text)
        except ValueError as fault:
            raise errors.InvalidParameterValue(
                value=text, name=name, reason="It must be a /29 from 169.254.0.0/16, or a /125 from fd00::/8."
            ) from fault
        if network in _RESERVED or network in taken or network.version in found:
            raise errors.InvalidParameterValue(value=text, name=name, reason="It is reserved or in use.")
        found[network.version] = network
    if 4 not in found:
        raise errors.MissingParameter(name=name)
    return [str(network) for network in found.values()]
