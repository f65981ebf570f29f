"""Virtual private gateways: the VPC's side of VPN connections.

https://docs.aws.amazon.com/vpn/latest/s2svpn/how_it_works.html#VPNGateway
"""

from collections.abc import Mapping

from sqlalchemy import delete as remove

from backend import dependencies, errors, route_tables, tags, transit_gateways, transitions, zones
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    RoutePropagation,
    RouteTableAssociation,
    Vpc,
    VpnConnection,
    VpnGateway,
    VpnGatewayAttachment,
)
from backend.db.unit_of_work import UnitOfWork

_attachment, _connection = reading.table_of(VpnGatewayAttachment).c, reading.table_of(VpnConnection).c

dependencies.keeps(Vpc, VpnGatewayAttachment.vpc_id, _attachment.state != "detached")


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    amazon_side_asn: int | None = None,
    zone: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> VpnGateway:
    """A new gateway, attached to nothing. Errors: InvalidParameterValue."""
    asn = transit_gateways.DEFAULT_ASN if amazon_side_asn is None else amazon_side_asn
    made = VpnGateway(
        account=uow.account,
        region=uow.region,
        amazon_side_asn=transit_gateways.check_asn(asn),
        zone=zones.find(settings, uow.account, uow.region, zone),
    )
    transitions.begin(uow, settings, made, "pending", "available")
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def attach(uow: UnitOfWork, settings: Settings, vpn_gateway_id: str, vpc_id: str) -> VpnGatewayAttachment:
    """Attach a gateway to a VPC: each has one of the other at most. Routes that it had are of use again.

    Errors: VpnGatewayAttachmentLimitExceeded, InvalidVpcState, IncorrectState.
    """
    gateway = require(uow, vpn_gateway_id)
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    present = uow.records(
        VpnGatewayAttachment, _attachment.vpn_gateway_id == gateway.id, _attachment.state != "detached"
    )
    if present and present[0].state == "detaching":
        raise errors.IncorrectState(reason=f"The vpnGateway '{gateway.id}' is being detached.")
    if present:
        raise errors.VpnGatewayAttachmentLimitExceeded(id=gateway.id, vpc_id=present[0].vpc_id)
    if uow.records(VpnGatewayAttachment, _attachment.vpc_id == vpc.id, _attachment.state != "detached"):
        raise errors.InvalidVpcState(vpc_id=vpc.id)
    before = remove(VpnGatewayAttachment).where(
        VpnGatewayAttachment.vpn_gateway_id == gateway.id, VpnGatewayAttachment.vpc_id == vpc.id
    )
    uow.execute(before, execution_options={"synchronize_session": False})
    made = VpnGatewayAttachment(account=uow.account, region=uow.region, vpn_gateway_id=gateway.id, vpc_id=vpc.id)
    transitions.begin(uow, settings, made, "attaching", "attached")
    uow.add(made)
    gateway.vpc_id = vpc.id
    route_tables.revive(uow, gateway.id, table_ids=route_tables.of_vpc(uow, vpc.id))
    return made


def detach(uow: UnitOfWork, settings: Settings, vpn_gateway_id: str, vpc_id: str) -> None:
    """Detach a gateway; routes to it are black holes then, and it propagates none any more.

    Errors: InvalidVpnGatewayAttachment.NotFound, DependencyViolation.
    """
    gateway = uow.require(VpnGateway, vpn_gateway_id, for_update=True)
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    found = uow.query(VpnGatewayAttachment).filter_by(vpn_gateway_id=gateway.id, vpc_id=vpc.id)
    attachment = found.filter(VpnGatewayAttachment.state.in_(["attaching", "attached"])).one_or_none()
    if attachment is None:
        raise errors.InvalidVpnGatewayAttachmentNotFound(id=gateway.id, vpc_id=vpc.id)
    if reading.by(uow, RouteTableAssociation.gateway_id, [gateway.id]):
        raise errors.DependencyViolation(
            reason=f"The vpnGateway '{gateway.id}' has dependencies and cannot be detached."
        )
    transitions.begin(uow, settings, attachment, "detaching", "detached")
    gateway.vpc_id = None
    route_tables.blackhole(uow, gateway.id)
    propagated = remove(RoutePropagation).where(RoutePropagation.gateway_id == gateway.id)
    uow.execute(propagated, execution_options={"synchronize_session": False})


def delete(uow: UnitOfWork, settings: Settings, vpn_gateway_id: str) -> None:
    """Delete a gateway; IncorrectState while it is attached, or a VPN connection leads to it."""
    gateway = require(uow, vpn_gateway_id)
    attached = uow.records(
        VpnGatewayAttachment, _attachment.vpn_gateway_id == gateway.id, _attachment.state != "detached"
    )
    used = uow.records(
        VpnConnection,
        _connection.vpn_gateway_id == gateway.id,
        _connection.state.not_in(["deleting", "deleted"]),
    )
    if attached or used:
        by = attached[0].vpc_id if attached else used[0].id
        raise errors.IncorrectState(reason=f"The vpnGateway '{gateway.id}' is in use by {by}.")
    transitions.begin(uow, settings, gateway, "deleting", "deleted")
    route_tables.blackhole(uow, gateway.id)


def require(uow: UnitOfWork, vpn_gateway_id: str) -> VpnGateway:
    """A gateway as an entity, locked, that is there; InvalidVpnGatewayID.NotFound."""
    gateway = uow.require(VpnGateway, vpn_gateway_id, for_update=True)
    if gateway.state in ("deleting", "deleted"):
        raise errors.NotFound(code=VpnGateway.NOT_FOUND, noun=VpnGateway.NOUN, ids=[gateway.id])
    return gateway
