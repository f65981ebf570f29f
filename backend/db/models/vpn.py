"""Tables of Site-to-Site VPN: customer gateways, virtual private gateways, and the connections between them."""

from typing import Any

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base, Owned, Transient

_ENDED: frozenset[str] = frozenset({"deleted"})


class CustomerGateway(Transient):
    __tablename__ = "customer_gateways"
    KIND, PREFIX, NOUN = "customer-gateway", "cgw", "customerGateway"
    NOT_FOUND, MALFORMED = "InvalidCustomerGatewayID.NotFound", "InvalidCustomerGatewayId.Malformed"
    FADES = _ENDED

    ip_address: Mapped[str]
    bgp_asn: Mapped[int] = mapped_column(BigInteger)
    device_name: Mapped[str | None]


class VpnGatewayAttachment(Transient):
    """A VPC that a virtual private gateway is attached to, or was. AWS shows no id of it."""

    __tablename__ = "vpn_gateway_attachments"
    KIND, PREFIX, NOUN = "", "vgw-attach", "vpnGatewayAttachment"
    NOT_FOUND, MALFORMED = "InvalidVpnGatewayAttachment.NotFound", "InvalidID"
    FADES = frozenset({"detached"})

    vpn_gateway_id: Mapped[str] = mapped_column(String(40), index=True)
    vpc_id: Mapped[str] = mapped_column(String(40), index=True)


class VpnGateway(Transient):
    __tablename__ = "vpn_gateways"
    KIND, PREFIX, NOUN = "vpn-gateway", "vgw", "vpnGateway"
    NOT_FOUND, MALFORMED = "InvalidVpnGatewayID.NotFound", "InvalidVpnGatewayId.Malformed"
    FADES = _ENDED

    amazon_side_asn: Mapped[int] = mapped_column(BigInteger)
    zone: Mapped[str | None]
    vpc_id: Mapped[str | None] = mapped_column(String(40), index=True)
    """The VPC that routes to it can be in: from the call that attaches it until the one that detaches it."""

    attachments: Mapped[list[VpnGatewayAttachment]] = relationship(
        VpnGatewayAttachment,
        primaryjoin=lambda: foreign(VpnGatewayAttachment.vpn_gateway_id) == VpnGateway.id,
        order_by=VpnGatewayAttachment.row,
        viewonly=True,
    )


class VpnStaticRoute(Owned, Base):
    """A network at the customer's side of a connection."""

    __tablename__ = "vpn_static_routes"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    vpn_connection_id: Mapped[str] = mapped_column(String(40))
    destination: Mapped[str]

    __table_args__ = (UniqueConstraint("vpn_connection_id", "destination"),)


class VpnConnection(Transient):
    """A connection with its two tunnels. No guest of this cloud answers for them, so that they are always down.

    tunnels: what callers asked for, by AWS's names, with ``OutsideIpAddress`` and the inside CIDR blocks, and without
    the pre-shared keys, which are in ``sealed``: a JSON list, readable with the key file alone.
    """

    __tablename__ = "vpn_connections"
    KIND, PREFIX, NOUN = "vpn-connection", "vpn", "vpnConnection"
    NOT_FOUND, MALFORMED = "InvalidVpnConnectionID.NotFound", "InvalidVpnConnectionId.Malformed"
    FADES = _ENDED

    customer_gateway_id: Mapped[str] = mapped_column(String(40), index=True)
    vpn_gateway_id: Mapped[str | None] = mapped_column(String(40), index=True)
    transit_gateway_id: Mapped[str | None] = mapped_column(String(40), index=True)
    amazon_side_asn: Mapped[int] = mapped_column(BigInteger)
    """Of its gateway."""
    static_routes_only: Mapped[bool]
    options: Mapped[dict[str, Any]]
    """Those of the connection, by AWS's names."""
    tunnels: Mapped[list[Any]]
    sealed: Mapped[bytes]
    configuration_digest: Mapped[str] = mapped_column(String(64), index=True)
    """SHA-256 of the CustomerGatewayConfiguration, by which it can be searched for."""
    request_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what was asked for: an identical request is answered with this connection."""

    customer_gateway: Mapped[CustomerGateway] = relationship(
        CustomerGateway,
        primaryjoin=lambda: foreign(VpnConnection.customer_gateway_id) == CustomerGateway.id,
        viewonly=True,
    )
    routes: Mapped[list[VpnStaticRoute]] = relationship(
        VpnStaticRoute,
        primaryjoin=lambda: foreign(VpnStaticRoute.vpn_connection_id) == VpnConnection.id,
        order_by=VpnStaticRoute.row,
        viewonly=True,
    )
