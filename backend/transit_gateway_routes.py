"""Routes of transit gateways: static ones, those of prefix lists, and those that attachments propagate.

https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-routing-overview
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from backend import errors
from backend.db import reading
from backend.db.models import (
    PrefixListEntry,
    TransitGatewayAttachment,
    TransitGatewayPrefixListReference,
    TransitGatewayPropagation,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
    VpcCidrBlock,
)
from backend.db.unit_of_work import UnitOfWork
from backend.transit_gateway_route_tables import require, require_attachment
from backend.transit_gateway_vpc_attachments import IPV6
from backend.transit_gateways import ENABLE, ENDED

Network = IPv4Network | IPv6Network

_propagation = reading.table_of(TransitGatewayPropagation).c
_entry, _block = reading.table_of(PrefixListEntry).c, reading.table_of(VpcCidrBlock).c


@dataclass(frozen=True)
class Found:
    """One route of a table, wherever it comes from."""

    network: Network
    type: str
    state: str
    attachments: Sequence[Any] = field(default=())
    prefix_list_id: str | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        return place_of(self.network)


def place_of(network: Network) -> tuple[int, int, int]:
    """What routes are ordered by."""
    return network.version, int(network.network_address), network.prefixlen


def parse(given: str, name: str = "destinationCidrBlock") -> Network:
    """A CIDR block in its canonical form; InvalidParameterValue."""
    try:
        if "/" not in given or ("." in given and "." in given.partition("/")[2]):
            raise ValueError(given)
        return ip_network(given, strict=False)
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=given, name=name, reason="This is not a valid CIDR block.") from fault


def create(
    uow: UnitOfWork, table_id: str, destination: str, attachment_id: str | None = None, *, blackhole: bool = False
) -> Found:
    """A static route to an attachment, or one that drops what it matches.

    Errors: MissingParameter, InvalidParameterCombination, InvalidParameterValue, IncorrectState, RouteAlreadyExists.
    """
    table, network, attachment = _checked(uow, table_id, destination, attachment_id, blackhole=blackhole)
    if _static(uow, table, network):
        raise errors.RouteAlreadyExists(destination=network)
    state = "blackhole" if blackhole else "active"
    uow.add(
        TransitGatewayRoute(
            account=uow.account,
            region=uow.region,
            table_id=table.id,
            destination=str(network),
            attachment_id=attachment.id if attachment else None,
            state=state,
        )
    )
    return Found(network, "static", state, [attachment] if attachment else [])


def replace(
    uow: UnitOfWork, table_id: str, destination: str, attachment_id: str | None = None, *, blackhole: bool = False
) -> Found:
    """Lead a static route elsewhere; errors as of ``create``, and InvalidRoute.NotFound."""
    table, network, attachment = _checked(uow, table_id, destination, attachment_id, blackhole=blackhole)
    route = _require(uow, table, network)
    route.attachment_id = attachment.id if attachment else None
    route.state = "blackhole" if blackhole else "active"
    return Found(network, "static", route.state, [attachment] if attachment else [])


def delete(uow: UnitOfWork, table_id: str, destination: str) -> Found:
    """Delete a static route; InvalidRoute.NotFound."""
    table = require(uow, TransitGatewayRouteTable, table_id)
    route = _require(uow, table, parse(destination))
    attachments = reading.by(uow, TransitGatewayAttachment.id, [route.attachment_id] if route.attachment_id else [])
    uow.delete(route)
    return Found(ip_network(route.destination), "static", "deleted", attachments)


def _checked(
    uow: UnitOfWork, table_id: str, destination: str, attachment_id: str | None, *, blackhole: bool
) -> tuple[TransitGatewayRouteTable, Network, TransitGatewayAttachment | None]:
    network = parse(destination)
    table = require(uow, TransitGatewayRouteTable, table_id)
    return table, network, target(uow, table, attachment_id, blackhole=blackhole)


def target(
    uow: UnitOfWork, table: TransitGatewayRouteTable, attachment_id: str | None, *, blackhole: bool
) -> TransitGatewayAttachment | None:
    """The attachment that a route leads to; None for a black hole. Exactly one of the two must be given."""
    if blackhole and attachment_id is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameters blackhole and transitGatewayAttachmentId cannot be used together"
        )
    if blackhole:
        return None
    if attachment_id is None:
        raise errors.MissingParameter(name="transitGatewayAttachmentId")
    return require_attachment(uow, table, attachment_id, "available", "modifying")


def _static(uow: UnitOfWork, table: TransitGatewayRouteTable, network: Network) -> TransitGatewayRoute | None:
    query = uow.query(TransitGatewayRoute).filter_by(table_id=table.id, destination=str(network))
    return query.with_for_update().one_or_none()


def _require(uow: UnitOfWork, table: TransitGatewayRouteTable, network: Network) -> TransitGatewayRoute:
    route = _static(uow, table, network)
    if route is None:
        raise errors.InvalidTransitRouteNotFound(table_id=table.id, destination=network)
    return route


def of_table(uow: UnitOfWork, table_id: str) -> list[Found]:
    """Every route of a table, in the order of destinations. A static route hides those that are propagated."""
    table = uow.look_up(TransitGatewayRouteTable, table_id)
    found: dict[Network, Found] = {}
    for route in [*_propagated(uow, table.id), *_static_routes(uow, table.id)]:
        found[route.network] = route
    return sorted(found.values(), key=lambda route: route.place)


def _static_routes(uow: UnitOfWork, table_id: str) -> Iterable[Found]:
    """Routes of prefix lists, and then those that go before them."""
    static = uow.records(TransitGatewayRoute, reading.table_of(TransitGatewayRoute).c.table_id == table_id)
    listed = uow.records(
        TransitGatewayPrefixListReference, reading.table_of(TransitGatewayPrefixListReference).c.table_id == table_id
    )
    wanted = {route.attachment_id for route in static} | {reference.attachment_id for reference in listed}
    attachments = {found.id: found for found in reading.by(uow, TransitGatewayAttachment.id, wanted - {None})}
    entries: dict[str, list[PrefixListEntry]] = {}
    in_lists = _entry.prefix_list_id.in_([reference.prefix_list_id for reference in listed])
    for entry in uow.records(PrefixListEntry, in_lists, _entry.removed_in.is_(None)) if listed else ():
        entries.setdefault(entry.prefix_list_id, []).append(entry)
    for reference in listed:
        to = [attachments[reference.attachment_id]] if reference.attachment_id in attachments else []
        for entry in entries.get(reference.prefix_list_id, ()):
            yield Found(ip_network(entry.cidr), "static", reference.state, to, reference.prefix_list_id)
    for route in static:
        to = [attachments[route.attachment_id]] if route.attachment_id in attachments else []
        yield Found(ip_network(route.destination), "static", route.state, to)


def _propagated(uow: UnitOfWork, table_id: str) -> list[Found]:
    """The CIDR blocks of VPCs, of IPv6 where the attachment serves it.

    A block that overlaps with another VPC's is not propagated. VPN connections and Connect attachments have routes
    from BGP sessions and tunnels that are up, and there are none.
    """
    sources = uow.records(
        TransitGatewayPropagation,
        _propagation.table_id == table_id,
        _propagation.state == "enabled",
        _propagation.resource_type == "vpc",
    )
    wanted = [source.attachment_id for source in sources]
    attachments = {found.id: found for found in reading.by(uow, TransitGatewayAttachment.id, wanted)}
    blocks: dict[str, list[Network]] = {}
    vpc_ids = [source.resource_id for source in sources]
    for block in reading.by(uow, VpcCidrBlock.vpc_id, vpc_ids):
        if block.state == "associated":
            blocks.setdefault(block.vpc_id, []).append(ip_network(block.cidr_block))
    found: list[Found] = []
    for source in sources:
        attachment = attachments.get(source.attachment_id)
        if attachment is None or attachment.state in ENDED:
            continue
        before = [route.network for route in found]
        for network in blocks.get(source.resource_id, ()):
            if network.version == 6 and attachment.options[IPV6] != ENABLE:
                continue
            if not any(other.version == network.version and other.overlaps(network) for other in before):
                found.append(Found(network, "propagated", "active", [attachment]))
    return found
