"""Transit gateways: hubs that VPCs, VPN connections and other transit gateways are attached to.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from sqlalchemy import update

from backend import errors, route_tables, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayConnectPeer,
    TransitGatewayMulticastDomain,
    TransitGatewayPolicyTable,
    TransitGatewayRouteTable,
)
from backend.db.unit_of_work import UnitOfWork

DEFAULT_ASN = 64512
PRIVATE_ASNS = (range(64512, 65535), range(4_200_000_000, 4_294_967_295))
MOST_CIDR_BLOCKS = 5
ENABLE, DISABLE = "enable", "disable"

DEFAULTS = {
    "auto_accept_shared_attachments": DISABLE,
    "default_route_table_association": ENABLE,
    "default_route_table_propagation": ENABLE,
    "vpn_ecmp_support": ENABLE,
    "dns_support": ENABLE,
    "security_group_referencing_support": DISABLE,
    "multicast_support": DISABLE,
}
"""Options by their columns."""

ENDED = ("deleted", "deleting", "rejected", "rejecting", "failed", "failing")
"""States of attachments that nothing depends on."""

_KINDS = {
    "vpc": "VPC Attachments",
    "vpn": "VPN Attachments",
    "connect": "Transit Gateway Connect Attachments",
    "peering": "Transit Gateway Cross Region Peering Attachments",
}
_TABLES = {
    "default_route_table_association": ("association_default_route_table_id", "default_association"),
    "default_route_table_propagation": ("propagation_default_route_table_id", "default_propagation"),
}
_RESERVED = IPv4Network("169.254.0.0/16")
_attachment = reading.table_of(TransitGatewayAttachment).c

Network = IPv4Network | IPv6Network


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    description: str | None = None,
    amazon_side_asn: int | None = None,
    cidr_blocks: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> TransitGateway:
    """A new transit gateway, with a default route table unless both of its uses are disabled.

    options: as ``DEFAULTS``. Errors: InvalidParameterValue.
    """
    gateway = TransitGateway(
        account=uow.account,
        region=uow.region,
        description=description,
        amazon_side_asn=check_asn(DEFAULT_ASN if amazon_side_asn is None else amazon_side_asn),
        cidr_blocks=_with([], cidr_blocks),
        **{**DEFAULTS, **(options or {})},
    )
    transitions.begin(uow, settings, gateway, "pending", "available")
    uow.add(gateway)
    for setting in _TABLES:
        if getattr(gateway, setting) == ENABLE:
            _make_default(uow, settings, gateway, setting)
    uow.flush()
    tags.attach(uow, gateway, wanted_tags or {})
    return gateway


def modify(
    uow: UnitOfWork,
    settings: Settings,
    transit_gateway_id: str,
    *,
    description: str | None = None,
    amazon_side_asn: int | None = None,
    add_cidr_blocks: Sequence[str] = (),
    remove_cidr_blocks: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
    association_table_id: str | None = None,
    propagation_table_id: str | None = None,
) -> TransitGateway:
    """Change a transit gateway; what is attached to it already stays as it is.

    Errors: IncorrectState, InvalidParameterValue, InvalidParameterCombination, InvalidRouteTableID.NotFound.
    """
    gateway = require(uow, transit_gateway_id)
    if description is not None:
        gateway.description = description
    if amazon_side_asn is not None and amazon_side_asn != gateway.amazon_side_asn:
        _check_bgp(uow, gateway)
        gateway.amazon_side_asn = check_asn(amazon_side_asn)
    gateway.cidr_blocks = _with(_without(uow, gateway, remove_cidr_blocks), add_cidr_blocks)
    for name, value in (options or {}).items():
        setattr(gateway, name, value)
    for setting, table_id in zip(_TABLES, (association_table_id, propagation_table_id), strict=True):
        _set_default(uow, settings, gateway, setting, table_id, asked=setting in (options or {}))
    transitions.begin(uow, settings, gateway, "modifying", "available")
    return gateway


def delete(uow: UnitOfWork, settings: Settings, transit_gateway_id: str) -> TransitGateway:
    """Delete a transit gateway with its route tables; IncorrectState while anything is attached to it."""
    gateway = require(uow, transit_gateway_id)
    attached = uow.records(
        TransitGatewayAttachment,
        _attachment.transit_gateway_id == gateway.id,
        _attachment.state.not_in(["deleted", "rejected", "failed"]),
    )
    if attached:
        listed = ", ".join(found.id for found in attached)
        raise errors.IncorrectState(
            reason=f"{gateway.id} has non-deleted {_KINDS[attached[0].resource_type]}: {listed}."
        )
    if domains := _living(uow, TransitGatewayMulticastDomain, gateway):
        listed = ", ".join(found.id for found in domains)
        raise errors.IncorrectState(reason=f"{gateway.id} has non-deleted Multicast Domains: {listed}.")
    for table in [
        *_living(uow, TransitGatewayRouteTable, gateway),
        *_living(uow, TransitGatewayPolicyTable, gateway),
    ]:
        transitions.begin(uow, settings, table, "deleting", "deleted")
    transitions.begin(uow, settings, gateway, "deleting", "deleted")
    route_tables.blackhole(uow, gateway.id)
    return gateway


def require(uow: UnitOfWork, transit_gateway_id: str) -> TransitGateway:
    """A transit gateway as an entity, locked, that is available; IncorrectState."""
    gateway = uow.require(TransitGateway, transit_gateway_id, for_update=True)
    if gateway.state != "available":
        raise errors.IncorrectState(reason=f"{gateway.id} is in invalid state: {gateway.state}.")
    return gateway


def check_asn(asn: int) -> int:
    """A private ASN for Amazon's side of BGP sessions; InvalidParameterValue."""
    if not any(asn in allowed for allowed in PRIVATE_ASNS):
        raise errors.InvalidParameterValue(
            value=asn, name="amazonSideAsn", reason="It must be from 64512 to 65534, or from 4200000000 to 4294967294."
        )
    return asn


def _living(uow: UnitOfWork, model: type[Any], gateway: TransitGateway) -> list[Any]:
    """What a transit gateway has of a kind, as entities."""
    query = uow.query(model).filter(model.transit_gateway_id == gateway.id)
    return list(query.filter(model.state.not_in(["deleting", "deleted"])))


def _check_bgp(uow: UnitOfWork, gateway: TransitGateway) -> None:
    of_bgp = uow.records(
        TransitGatewayAttachment,
        _attachment.transit_gateway_id == gateway.id,
        _attachment.resource_type.in_(["vpn", "connect"]),
        _attachment.state.not_in(ENDED),
    )
    if of_bgp:
        raise errors.IncorrectState(
            reason=f"The ASN of {gateway.id} cannot be changed while it has the attachment {of_bgp[0].id}."
        )


def parse_cidr_block(given: str) -> Network:
    """A CIDR block of a transit gateway: IPv4 of /24 or larger, IPv6 of /64 or larger; InvalidParameterValue."""
    try:
        network = ip_network(given if "/" in given else "")
    except ValueError as fault:
        raise errors.InvalidParameterValue(
            value=given, name="TransitGatewayCidrBlocks", reason="This is not a valid CIDR block."
        ) from fault
    if network.prefixlen > (24 if network.version == 4 else 64):
        raise errors.InvalidParameterValue(
            value=given, name="TransitGatewayCidrBlocks", reason="It must be /24 or larger for IPv4, /64 for IPv6."
        )
    if network.version == 4 and network.overlaps(_RESERVED):
        raise errors.InvalidParameterValue(
            value=given, name="TransitGatewayCidrBlocks", reason=f"It must not be in {_RESERVED}."
        )
    return network


def _with(present: Sequence[str], added: Sequence[str]) -> list[str]:
    found = [ip_network(block) for block in present]
    for given in added:
        network = parse_cidr_block(given)
        if any(network.version == other.version and network.overlaps(other) for other in found):
            raise errors.InvalidParameterValue(
                value=given, name="TransitGatewayCidrBlocks", reason="It overlaps with another CIDR block."
            )
        found.append(network)
    if len(found) > MOST_CIDR_BLOCKS:
        raise errors.InvalidValue(reason=f"A transit gateway has at most {MOST_CIDR_BLOCKS} CIDR blocks.")
    return [str(network) for network in found]


def _without(uow: UnitOfWork, gateway: TransitGateway, removed: Sequence[str]) -> list[str]:
    """The CIDR blocks that are left; none of those that go may hold the address of a Connect peer."""
    gone = [str(parse_cidr_block(given)) for given in removed]
    for block in gone:
        if block not in gateway.cidr_blocks:
            raise errors.InvalidParameterValue(
                value=block, name="RemoveTransitGatewayCidrBlocks", reason=f"{gateway.id} has no such CIDR block."
            )
    if gone:
        for address in connect_addresses(uow, gateway.id):
            held = next((block for block in gone if ip_network(address).subnet_of(ip_network(block))), None)  # type: ignore[arg-type]
            if held:
                raise errors.IncorrectState(reason=f"The CIDR block {held} is in use by a Connect peer.")
    return [block for block in gateway.cidr_blocks if block not in gone]


def connect_addresses(uow: UnitOfWork, transit_gateway_id: str) -> set[str]:
    """The addresses of a transit gateway that Connect peers use."""
    carriers = reading.by(uow, TransitGatewayAttachment.transit_gateway_id, [transit_gateway_id])
    ours = [found.id for found in carriers if found.resource_type == "connect"]
    peers = reading.by(uow, TransitGatewayConnectPeer.attachment_id, ours)
    return {peer.transit_gateway_address for peer in peers if peer.state not in ("deleting", "deleted")}


def _set_default(
    uow: UnitOfWork, settings: Settings, gateway: TransitGateway, setting: str, table_id: str | None, *, asked: bool
) -> None:
    """Follow a change of one of the default route tables. ``asked``: the setting itself was given."""
    column, flag = _TABLES[setting]
    if getattr(gateway, setting) == DISABLE:
        if table_id:
            raise errors.InvalidParameterCombination(
                reason=f"A default route table cannot be given while the option {setting} is disabled."
            )
        if getattr(gateway, column):
            _point(uow, gateway, column, flag, None)
    elif table_id:
        table = uow.require(TransitGatewayRouteTable, table_id, for_update=True)
        if table.transit_gateway_id != gateway.id:
            raise errors.InvalidParameterValue(
                value=table_id, name="defaultRouteTableId", reason=f"It is not a route table of {gateway.id}."
            )
        if table.state in ("deleting", "deleted"):
            raise errors.IncorrectState(reason=f"{table.id} is in invalid state: {table.state}.")
        _point(uow, gateway, column, flag, table.id)
    elif asked and not getattr(gateway, column):
        _make_default(uow, settings, gateway, setting)


def _make_default(uow: UnitOfWork, settings: Settings, gateway: TransitGateway, setting: str) -> None:
    """Give it a default route table: the one for the other purpose, else a new one."""
    column, flag = _TABLES[setting]
    table_id = gateway.association_default_route_table_id or gateway.propagation_default_route_table_id
    if table_id is None:
        table = TransitGatewayRouteTable(account=uow.account, region=uow.region, transit_gateway_id=gateway.id)
        transitions.begin(uow, settings, table, "pending", "available")
        uow.add(table)
        uow.flush()
        table_id = table.id
    _point(uow, gateway, column, flag, table_id)


def _point(uow: UnitOfWork, gateway: TransitGateway, column: str, flag: str, table_id: str | None) -> None:
    setattr(gateway, column, table_id)
    tables = update(TransitGatewayRouteTable).where(TransitGatewayRouteTable.transit_gateway_id == gateway.id)
    uow.execute(tables.values({flag: TransitGatewayRouteTable.id == table_id if table_id else False}))
