"""Tables of transit gateways, of what is attached to them, and of how they route."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, String, UniqueConstraint, and_, bindparam
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base, Owned, Transient

_ENDED: frozenset[str] = frozenset({"deleted"})


class TransitGateway(Transient):
    """The options are as AWS says them: ``enable`` or ``disable``."""

    __tablename__ = "transit_gateways"
    KIND, PREFIX, NOUN = "transit-gateway", "tgw", "Transit Gateway"
    NOT_FOUND, MALFORMED = "InvalidTransitGatewayID.NotFound", "InvalidTransitGatewayID.Malformed"
    FADES = _ENDED

    description: Mapped[str | None]
    amazon_side_asn: Mapped[int] = mapped_column(BigInteger)
    cidr_blocks: Mapped[list[str]] = mapped_column(default=list)
    auto_accept_shared_attachments: Mapped[str]
    default_route_table_association: Mapped[str]
    association_default_route_table_id: Mapped[str | None] = mapped_column(String(40))
    default_route_table_propagation: Mapped[str]
    propagation_default_route_table_id: Mapped[str | None] = mapped_column(String(40))
    vpn_ecmp_support: Mapped[str]
    dns_support: Mapped[str]
    security_group_referencing_support: Mapped[str]
    multicast_support: Mapped[str]


class TransitGatewayRouteTable(Transient):
    __tablename__ = "transit_gateway_route_tables"
    KIND, PREFIX, NOUN = "transit-gateway-route-table", "tgw-rtb", "Transit Gateway Route Table"
    NOT_FOUND, MALFORMED = "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed"
    FADES = _ENDED

    transit_gateway_id: Mapped[str] = mapped_column(String(40), index=True)
    default_association: Mapped[bool] = mapped_column(default=False)
    default_propagation: Mapped[bool] = mapped_column(default=False)


class TransitGatewayAssociation(Transient):
    """What decides where traffic from an attachment goes: a route table or a policy table. AWS shows no id of it."""

    __tablename__ = "transit_gateway_associations"
    KIND, PREFIX, NOUN = "", "tgw-assoc", "Transit Gateway Association"
    NOT_FOUND, MALFORMED = "InvalidAssociation.NotFound", "InvalidID"

    table_id: Mapped[str] = mapped_column(String(40), index=True)
    attachment_id: Mapped[str] = mapped_column(String(40), index=True)
    resource_type: Mapped[str]
    resource_id: Mapped[str] = mapped_column(String(40))


class TransitGatewayPropagation(Transient):
    """A route table that an attachment's routes go to by themselves. AWS shows no id of it."""

    __tablename__ = "transit_gateway_propagations"
    KIND, PREFIX, NOUN = "", "tgw-prop", "Transit Gateway Propagation"
    NOT_FOUND, MALFORMED = "TransitGatewayRouteTablePropagation.NotFound", "InvalidID"

    table_id: Mapped[str] = mapped_column(String(40), index=True)
    attachment_id: Mapped[str] = mapped_column(String(40), index=True)
    resource_type: Mapped[str]
    resource_id: Mapped[str] = mapped_column(String(40))


class TransitGatewaySubnet(Owned, Base):
    """A subnet in which an attached VPC is reached, by an interface of the transit gateway's."""

    __tablename__ = "transit_gateway_subnets"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    attachment_id: Mapped[str] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str] = mapped_column(String(40), index=True)
    zone: Mapped[str]
    network_interface_id: Mapped[str] = mapped_column(String(40))


class TransitGatewayAttachment(Transient):
    """Anything attached to a transit gateway: ``resource_type`` says what.

    A peering has two rows, one of each side's account and region. Between regions both have the same id; within one
    each has an id of its own.
    """

    __tablename__ = "transit_gateway_attachments"
    KIND, PREFIX, NOUN = "transit-gateway-attachment", "tgw-attach", "Transit Gateway Attachment"
    NOT_FOUND = "InvalidTransitGatewayAttachmentID.NotFound"
    MALFORMED = "InvalidTransitGatewayAttachmentID.Malformed"
    ACROSS_REGIONS = True
    FADES: ClassVar[frozenset[str]] = frozenset({"deleted", "rejected", "failed"})

    id: Mapped[str] = mapped_column(String(40))
    transit_gateway_id: Mapped[str] = mapped_column(String(40), index=True)
    resource_type: Mapped[str]
    resource_id: Mapped[str] = mapped_column(String(40), index=True)
    """The VPC, the VPN connection, the other transit gateway, or what carries a Connect attachment."""
    resource_account: Mapped[str] = mapped_column(String(12))
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    peer_region: Mapped[str | None] = mapped_column(String(32))
    peer_attachment_id: Mapped[str | None] = mapped_column(String(40), index=True)
    """What the other side of a peering calls it."""
    requested_here: Mapped[bool | None]
    """Of a peering, whether this side asked for it."""

    INDEXES = (UniqueConstraint("id", "region"),)

    subnets: Mapped[list[TransitGatewaySubnet]] = relationship(
        TransitGatewaySubnet,
        primaryjoin=lambda: foreign(TransitGatewaySubnet.attachment_id) == TransitGatewayAttachment.id,
        order_by=TransitGatewaySubnet.row,
        viewonly=True,
    )
    associations: Mapped[list[TransitGatewayAssociation]] = relationship(
        TransitGatewayAssociation,
        primaryjoin=lambda: foreign(TransitGatewayAssociation.attachment_id) == TransitGatewayAttachment.id,
        viewonly=True,
    )
    """Of a peering between regions, those of both sides."""

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """Each side sees its own row. That this is said makes tags those of one's own side, too."""
        columns = cls.__table__.c
        return and_(columns.account == bindparam("account"), columns.region == bindparam("region"))


class TransitGatewayRoute(Owned, Base):
    """A static route. Those that attachments propagate are what their resources have, and are not kept."""

    __tablename__ = "transit_gateway_routes"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    table_id: Mapped[str] = mapped_column(String(40))
    destination: Mapped[str]
    attachment_id: Mapped[str | None] = mapped_column(String(40), index=True)
    """None: what goes there is dropped."""
    state: Mapped[str] = mapped_column(default="active")

    __table_args__ = (UniqueConstraint("table_id", "destination"),)


class TransitGatewayPrefixListReference(Owned, Base):
    """Static routes to whatever a prefix list holds."""

    __tablename__ = "transit_gateway_prefix_list_references"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    table_id: Mapped[str] = mapped_column(String(40))
    prefix_list_id: Mapped[str] = mapped_column(String(40), index=True)
    prefix_list_owner: Mapped[str]
    attachment_id: Mapped[str | None] = mapped_column(String(40), index=True)
    blackhole: Mapped[bool] = mapped_column(default=False)
    """Whether the caller wants it dropped, as against an attachment that is gone."""
    state: Mapped[str] = mapped_column(default="active")
    """Of the routes: ``active`` or ``blackhole``."""
    resource_type: Mapped[str | None]
    resource_id: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (UniqueConstraint("table_id", "prefix_list_id"),)


class TransitGatewayConnectPeer(Transient):
    """An appliance at the other end of a GRE tunnel of a Connect attachment."""

    __tablename__ = "transit_gateway_connect_peers"
    KIND, PREFIX, NOUN = "transit-gateway-connect-peer", "tgw-connect-peer", "Transit Gateway Connect Peer"
    NOT_FOUND = "InvalidTransitGatewayConnectPeerID.NotFound"
    MALFORMED = "InvalidTransitGatewayConnectPeerID.Malformed"
    FADES = _ENDED

    attachment_id: Mapped[str] = mapped_column(String(40), index=True)
    transit_gateway_address: Mapped[str]
    peer_address: Mapped[str]
    inside_cidr_blocks: Mapped[list[str]]
    transit_gateway_asn: Mapped[int] = mapped_column(BigInteger)
    peer_asn: Mapped[int] = mapped_column(BigInteger)


class TransitGatewayPolicyTable(Transient):
    __tablename__ = "transit_gateway_policy_tables"
    KIND, PREFIX, NOUN = "transit-gateway-policy-table", "tgw-ptb", "Transit Gateway Policy Table"
    NOT_FOUND = "InvalidTransitGatewayPolicyTableId.NotFound"
    MALFORMED = "InvalidTransitGatewayPolicyTableId.Malformed"
    FADES = _ENDED

    transit_gateway_id: Mapped[str] = mapped_column(String(40), index=True)


class PolicyTableEntry(Owned, Base):
    """A rule of a policy table: the route table for what matches. A pattern that is None matches anything."""

    __tablename__ = "policy_table_entries"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    table_id: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    source_cidr_block: Mapped[str | None]
    source_port_range: Mapped[str | None]
    destination_cidr_block: Mapped[str | None]
    destination_port_range: Mapped[str | None]
    protocol: Mapped[str | None]
    meta_data_key: Mapped[str | None]
    meta_data_value: Mapped[str | None]
    target_route_table_id: Mapped[str] = mapped_column(String(40), index=True)

    __table_args__ = (UniqueConstraint("table_id", "number"),)


class TransitGatewayMulticastDomain(Transient):
    __tablename__ = "transit_gateway_multicast_domains"
    KIND, PREFIX, NOUN = "transit-gateway-multicast-domain", "tgw-mcast-domain", "Transit Gateway Multicast Domain"
    NOT_FOUND = "InvalidTransitGatewayMulticastDomainId.NotFound"
    MALFORMED = "InvalidTransitGatewayMulticastDomainId.Malformed"
    FADES = _ENDED

    transit_gateway_id: Mapped[str] = mapped_column(String(40), index=True)
    igmpv2_support: Mapped[str]
    static_sources_support: Mapped[str]
    auto_accept_shared_associations: Mapped[str]


class MulticastDomainAssociation(Transient):
    """A subnet in which a multicast domain reaches interfaces. AWS shows no id of it."""

    __tablename__ = "multicast_domain_associations"
    KIND, PREFIX, NOUN = "", "tgw-mcast-assoc", "Multicast Domain Association"
    NOT_FOUND, MALFORMED = "InvalidAssociation.NotFound", "InvalidID"

    domain_id: Mapped[str] = mapped_column(String(40), index=True)
    attachment_id: Mapped[str] = mapped_column(String(40), index=True)
    vpc_id: Mapped[str] = mapped_column(String(40))
    subnet_id: Mapped[str] = mapped_column(String(40), index=True)


class MulticastGroupInterface(Owned, Base):
    """A network interface that sends to a multicast group, or receives from it."""

    __tablename__ = "multicast_group_interfaces"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    domain_id: Mapped[str] = mapped_column(String(40), index=True)
    group_ip_address: Mapped[str]
    network_interface_id: Mapped[str] = mapped_column(String(40), index=True)
    attachment_id: Mapped[str] = mapped_column(String(40))
    vpc_id: Mapped[str] = mapped_column(String(40))
    subnet_id: Mapped[str] = mapped_column(String(40))
    member: Mapped[bool] = mapped_column(default=False)
    source: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("domain_id", "group_ip_address", "network_interface_id"),)
