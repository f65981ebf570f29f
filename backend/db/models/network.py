"""Tables of the network side: VPCs, subnets, routing, security groups, interfaces and addresses."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend import clock
from backend.db.base import Base, Owned, Resource, Transient


class VpcCidrBlock(Transient):
    """A CIDR block of a VPC, by its association's id; the first IPv4 one is the VPC's own. Nothing tags it."""

    __tablename__ = "vpc_cidr_blocks"
    KIND, PREFIX, NOUN = "", "vpc-cidr-assoc", "vpc cidr block association"
    NOT_FOUND, MALFORMED = (
        "InvalidVpcCidrBlockAssociationID.NotFound",
        "InvalidVpcCidrBlockAssociationID.Malformed",
    )

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    family: Mapped[int]
    cidr_block: Mapped[str]
    primary: Mapped[bool] = mapped_column("is_primary", Boolean, default=False)
    network_border_group: Mapped[str | None]

    INDEXES = (
        Index(  # nobody else in the cloud has the same IPv6 block
            "uq_vpc_cidr_blocks_ipv6",
            "cidr_block",
            unique=True,
            sqlite_where=text("family = 6"),
            postgresql_where=text("family = 6"),
        ),
    )


class Vpc(Resource):
    __tablename__ = "vpcs"
    KIND, PREFIX, NOUN = "vpc", "vpc", "vpc"
    NOT_FOUND, MALFORMED = "InvalidVpcID.NotFound", "InvalidVpcID.Malformed"

    cidr_block: Mapped[str]
    state: Mapped[str] = mapped_column(default="available")
    is_default: Mapped[bool] = mapped_column(default=False)
    instance_tenancy: Mapped[str] = mapped_column(default="default")
    dhcp_options_id: Mapped[str]
    enable_dns_support: Mapped[bool] = mapped_column(default=True)
    enable_dns_hostnames: Mapped[bool] = mapped_column(default=False)
    enable_network_address_usage_metrics: Mapped[bool] = mapped_column(default=False)
    internet_gateway_block_mode: Mapped[str] = mapped_column(default="off")
    """What VPC Block Public Access means for it, exclusions considered."""

    cidr_blocks: Mapped[list[VpcCidrBlock]] = relationship(
        VpcCidrBlock,
        primaryjoin=lambda: foreign(VpcCidrBlock.vpc_id) == Vpc.id,
        order_by=VpcCidrBlock.row,
        viewonly=True,
    )


class DhcpOption(Owned, Base):
    """One value of one option of a set, such as a name server."""

    __tablename__ = "dhcp_option_values"

    dhcp_options_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    value: Mapped[str]


class DhcpOptions(Resource):
    __tablename__ = "dhcp_options"
    KIND, PREFIX, NOUN = "dhcp-options", "dopt", "dhcpOption"
    NOT_FOUND, MALFORMED = "InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsId.Malformed"

    is_default: Mapped[bool] = mapped_column(default=False)
    """The set that new VPCs of the region use."""

    values: Mapped[list[DhcpOption]] = relationship(
        DhcpOption,
        primaryjoin=lambda: foreign(DhcpOption.dhcp_options_id) == DhcpOptions.id,
        order_by=DhcpOption.position,
        viewonly=True,
    )


class SubnetCidrBlock(Transient):
    """An IPv6 CIDR block of a subnet, by its association's id. Nothing tags it."""

    __tablename__ = "subnet_cidr_blocks"
    KIND, PREFIX, NOUN = "", "subnet-cidr-assoc", "subnet cidr block association"
    NOT_FOUND, MALFORMED = (
        "InvalidSubnetCidrBlockAssociationID.NotFound",
        "InvalidSubnetCidrBlockAssociationID.Malformed",
    )

    subnet_id: Mapped[str] = mapped_column(String(40), index=True)
    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    cidr_block: Mapped[str]


class Subnet(Resource):
    """``available`` is kept current with every address taken or given back, so that showing it costs nothing."""

    __tablename__ = "subnets"
    KIND, PREFIX, NOUN = "subnet", "subnet", "subnet"
    NOT_FOUND, MALFORMED = "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed"

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    zone: Mapped[str]
    zone_id: Mapped[str]
    """As the owner's account sees it."""
    cidr_block: Mapped[str]
    """The IPv4 block; the empty string in a subnet for IPv6 only."""
    ipv6_native: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="available")
    available: Mapped[int]
    next_number: Mapped[int] = mapped_column(BigInteger)
    """Where the search for a free address begins."""
    reserved: Mapped[list[str]] = mapped_column(default=list)
    """The CIDR blocks of its reservations: no address is taken from there unless it is asked for."""
    default_for_az: Mapped[bool] = mapped_column(default=False)
    map_public_ip_on_launch: Mapped[bool] = mapped_column(default=False)
    assign_ipv6_address_on_creation: Mapped[bool] = mapped_column(default=False)
    enable_dns64: Mapped[bool] = mapped_column(default=False)
    enable_lni_at_device_index: Mapped[int | None]
    hostname_type: Mapped[str] = mapped_column(default="ip-name")
    enable_resource_name_dns_a_record: Mapped[bool] = mapped_column(default=False)
    enable_resource_name_dns_aaaa_record: Mapped[bool] = mapped_column(default=False)
    internet_gateway_block_mode: Mapped[str] = mapped_column(default="off")
    """What VPC Block Public Access means for it, exclusions considered."""

    cidr_blocks: Mapped[list[SubnetCidrBlock]] = relationship(
        SubnetCidrBlock,
        primaryjoin=lambda: foreign(SubnetCidrBlock.subnet_id) == Subnet.id,
        order_by=SubnetCidrBlock.row,
        viewonly=True,
    )


class SubnetCidrReservation(Resource):
    __tablename__ = "subnet_cidr_reservations"
    KIND, PREFIX, NOUN = "subnet-cidr-reservation", "scr", "subnet CIDR reservation"
    NOT_FOUND, MALFORMED = "InvalidSubnetCidrReservationID.NotFound", "InvalidSubnetCidrReservationID.Malformed"

    subnet_id: Mapped[str] = mapped_column(String(40), index=True)
    cidr: Mapped[str]
    reservation_type: Mapped[str]
    """``prefix``: prefixes of interfaces are taken from there; ``explicit``: addresses that callers name."""
    description: Mapped[str | None]


class InternetGateway(Resource):
    __tablename__ = "internet_gateways"
    KIND, PREFIX, NOUN = "internet-gateway", "igw", "internetGateway"
    NOT_FOUND, MALFORMED = "InvalidInternetGatewayID.NotFound", "InvalidInternetGatewayId.Malformed"

    vpc_id: Mapped[str | None] = mapped_column(String(40), index=True)


class EgressOnlyInternetGateway(Resource):
    __tablename__ = "egress_only_internet_gateways"
    KIND, PREFIX, NOUN = "egress-only-internet-gateway", "eigw", "gateway"
    NOT_FOUND, MALFORMED = "InvalidGatewayID.NotFound", "InvalidEgressOnlyInternetGatewayId.Malformed"

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)


class Route(Owned, Base):
    __tablename__ = "routes"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    route_table_id: Mapped[str] = mapped_column(String(40), index=True)
    destination: Mapped[str]
    """An IPv4 or IPv6 CIDR block, or the id of a prefix list."""
    target_kind: Mapped[str]
    """The member of EC2's Route that holds the target: GatewayId, NatGatewayId, ..."""
    target: Mapped[str] = mapped_column(index=True)
    origin: Mapped[str] = mapped_column(default="CreateRoute")
    state: Mapped[str] = mapped_column(default="active")

    __table_args__ = (UniqueConstraint("route_table_id", "destination"),)

    interface: Mapped["NetworkInterface | None"] = relationship(
        lambda: NetworkInterface,
        primaryjoin=lambda: foreign(Route.target) == NetworkInterface.id,
        viewonly=True,
    )
    """Where the target is one: its attachment is shown with the route."""


class RoutePropagation(Owned, Base):
    """A virtual private gateway that may write routes into a table."""

    __tablename__ = "route_propagations"

    route_table_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class RouteTableAssociation(Owned, Base):
    __tablename__ = "route_table_associations"

    association_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    route_table_id: Mapped[str] = mapped_column(String(40), index=True)
    main: Mapped[bool] = mapped_column(default=False)
    subnet_id: Mapped[str | None] = mapped_column(String(40), index=True)
    gateway_id: Mapped[str | None] = mapped_column(String(40), index=True)


class RouteTable(Resource):
    __tablename__ = "route_tables"
    KIND, PREFIX, NOUN = "route-table", "rtb", "routeTable"
    NOT_FOUND, MALFORMED = "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed"

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)

    routes: Mapped[list[Route]] = relationship(
        Route, primaryjoin=lambda: foreign(Route.route_table_id) == RouteTable.id, viewonly=True
    )
    associations: Mapped[list[RouteTableAssociation]] = relationship(
        RouteTableAssociation,
        primaryjoin=lambda: foreign(RouteTableAssociation.route_table_id) == RouteTable.id,
        viewonly=True,
    )
    propagations: Mapped[list[RoutePropagation]] = relationship(
        RoutePropagation,
        primaryjoin=lambda: foreign(RoutePropagation.route_table_id) == RouteTable.id,
        viewonly=True,
    )


class NetworkAclEntry(Owned, Base):
    __tablename__ = "network_acl_entries"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    network_acl_id: Mapped[str] = mapped_column(String(40))
    egress: Mapped[bool]
    rule_number: Mapped[int]
    protocol: Mapped[str]
    rule_action: Mapped[str]
    cidr_block: Mapped[str | None]
    ipv6_cidr_block: Mapped[str | None]
    port_from: Mapped[int | None]
    port_to: Mapped[int | None]
    icmp_type: Mapped[int | None]
    icmp_code: Mapped[int | None]

    __table_args__ = (UniqueConstraint("network_acl_id", "egress", "rule_number"),)


class NetworkAclAssociation(Owned, Base):
    __tablename__ = "network_acl_associations"

    association_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    network_acl_id: Mapped[str] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str] = mapped_column(String(40), unique=True)


class NetworkAcl(Resource):
    __tablename__ = "network_acls"
    KIND, PREFIX, NOUN = "network-acl", "acl", "networkAcl"
    NOT_FOUND, MALFORMED = "InvalidNetworkAclID.NotFound", "InvalidNetworkAclId.Malformed"

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    is_default: Mapped[bool] = mapped_column(default=False)

    entries: Mapped[list[NetworkAclEntry]] = relationship(
        NetworkAclEntry,
        primaryjoin=lambda: foreign(NetworkAclEntry.network_acl_id) == NetworkAcl.id,
        order_by=[NetworkAclEntry.egress, NetworkAclEntry.rule_number],
        viewonly=True,
    )
    associations: Mapped[list[NetworkAclAssociation]] = relationship(
        NetworkAclAssociation,
        primaryjoin=lambda: foreign(NetworkAclAssociation.network_acl_id) == NetworkAcl.id,
        viewonly=True,
    )


class SecurityGroupRule(Resource):
    """One rule: one protocol and port range, and one source or destination."""

    __tablename__ = "security_group_rules"
    KIND, PREFIX, NOUN = "security-group-rule", "sgr", "security group rule"
    NOT_FOUND, MALFORMED = "InvalidSecurityGroupRuleId.NotFound", "InvalidSecurityGroupRuleId.Malformed"

    group_id: Mapped[str] = mapped_column(String(40), index=True)
    egress: Mapped[bool]
    protocol: Mapped[str]
    from_port: Mapped[int]
    to_port: Mapped[int]
    cidr_ipv4: Mapped[str | None]
    cidr_ipv6: Mapped[str | None]
    prefix_list_id: Mapped[str | None]
    referenced_group_id: Mapped[str | None] = mapped_column(String(40), index=True)
    referenced_user_id: Mapped[str | None]
    referenced_vpc_id: Mapped[str | None]
    referenced_peering_id: Mapped[str | None]
    description: Mapped[str | None]

    peering: Mapped[Any] = relationship(
        "VpcPeeringConnection",
        primaryjoin="foreign(SecurityGroupRule.referenced_peering_id) == VpcPeeringConnection.id",
        viewonly=True,
    )


class SecurityGroup(Resource):
    __tablename__ = "security_groups"
    KIND, PREFIX, NOUN = "security-group", "sg", "security group"
    NOT_FOUND, MALFORMED = "InvalidGroup.NotFound", "InvalidGroupId.Malformed"

    name: Mapped[str]
    description: Mapped[str]
    vpc_id: Mapped[str] = mapped_column(String(40), index=True)

    INDEXES = (UniqueConstraint("vpc_id", "name"),)

    rules: Mapped[list[SecurityGroupRule]] = relationship(
        SecurityGroupRule,
        primaryjoin=lambda: foreign(SecurityGroupRule.group_id) == SecurityGroup.id,
        order_by=SecurityGroupRule.row,
        viewonly=True,
    )


class InterfaceGroup(Base):
    """A security group that a network interface is in, with its name at hand."""

    __tablename__ = "interface_groups"

    network_interface_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[str] = mapped_column(String(40), index=True)
    group_name: Mapped[str]


class PrivateAddress(Base):
    """A private IPv4 address of an interface. ``number`` is the address as an integer."""

    __tablename__ = "private_addresses"

    subnet_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    address: Mapped[str]
    network_interface_id: Mapped[str] = mapped_column(String(40), index=True)
    primary: Mapped[bool] = mapped_column("is_primary", Boolean, default=False)
    public_ip: Mapped[str | None] = mapped_column(index=True)
    public_dns_name: Mapped[str | None]
    allocation_id: Mapped[str | None] = mapped_column(String(40), index=True)
    """The Elastic IP address that is associated with this one: here and nowhere else is that written."""
    association_id: Mapped[str | None] = mapped_column(String(40), index=True)
    public_owner: Mapped[str | None]
    """Who owns the public address: ``amazon`` for one that was lent at launch, else an account."""

    interface: Mapped["NetworkInterface"] = relationship(
        "NetworkInterface",
        primaryjoin=lambda: foreign(NetworkInterface.id) == PrivateAddress.network_interface_id,
        uselist=False,
        viewonly=True,
    )


class PublicAddress(Owned, Base):
    """A public address in use, whoever uses it. Of an Elastic IP address, it names no interface."""

    __tablename__ = "public_addresses"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    network_interface_id: Mapped[str | None] = mapped_column(String(40), index=True)


class InterfaceRange(Base):
    """What an interface has besides single IPv4 addresses: an IPv6 address, or a prefix that is delegated to it.

    ``kind``: ``ipv6-address``, ``ipv4-prefix`` (/28) or ``ipv6-prefix`` (/80). ``number``: the first address as
    hexadecimal digits, 32 of IPv6 and 8 of IPv4, so that their order is that of the addresses. The sixteen addresses
    of an IPv4 prefix are held by PrivateAddress rows besides, as those of an interface with the prefix as its id.
    """

    __tablename__ = "interface_ranges"

    subnet_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    network_interface_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(index=True)
    """As EC2 shows it: ``2001:db8::1``, ``10.0.0.16/28``, ``2001:db8:0:0:1::/80``."""
    primary: Mapped[bool] = mapped_column("is_primary", Boolean, default=False)
    """Of an IPv6 address: it stays with its interface."""


class NetworkInterface(Resource):
    __tablename__ = "network_interfaces"
    KIND, PREFIX, NOUN = "network-interface", "eni", "networkInterface"
    NOT_FOUND, MALFORMED = "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.Malformed"

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str] = mapped_column(String(40), index=True)
    zone: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    interface_type: Mapped[str] = mapped_column(default="interface")
    mac_address: Mapped[str]
    status: Mapped[str] = mapped_column(default="available")
    source_dest_check: Mapped[bool] = mapped_column(default=True)
    private_ip: Mapped[str | None]
    """None where the interface has no IPv4 address, as one of type efa-only."""
    private_dns_name: Mapped[str | None]
    ipv6_address: Mapped[str | None]
    """The first, or the primary one."""
    requester_id: Mapped[str | None]
    requester_managed: Mapped[bool] = mapped_column(default=False)

    instance_id: Mapped[str | None] = mapped_column(String(40), index=True)
    instance_owner_id: Mapped[str | None]
    attachment_id: Mapped[str | None] = mapped_column(String(40), index=True)
    attachment_status: Mapped[str | None]
    attach_time: Mapped[datetime | None]
    device_index: Mapped[int | None]
    network_card_index: Mapped[int | None]
    delete_on_termination: Mapped[bool] = mapped_column(default=False)
    public_on_start: Mapped[bool] = mapped_column(default=False)
    """A public address is lent to it whenever its instance starts."""
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Members of EC2's NetworkInterface, or of its Attachment, that are shown as they were set."""

    addresses: Mapped[list[PrivateAddress]] = relationship(
        PrivateAddress,
        primaryjoin=lambda: foreign(PrivateAddress.network_interface_id) == NetworkInterface.id,
        order_by=[PrivateAddress.primary.desc(), PrivateAddress.number],
        viewonly=True,
    )
    ranges: Mapped[list[InterfaceRange]] = relationship(
        InterfaceRange,
        primaryjoin=lambda: foreign(InterfaceRange.network_interface_id) == NetworkInterface.id,
        order_by=[InterfaceRange.primary.desc(), InterfaceRange.number],
        viewonly=True,
    )
    groups: Mapped[list[InterfaceGroup]] = relationship(
        InterfaceGroup,
        primaryjoin=lambda: foreign(InterfaceGroup.network_interface_id) == NetworkInterface.id,
        order_by=InterfaceGroup.position,
        viewonly=True,
    )


class RegionSetup(Owned, Base):
    """An account's first use of a region: its default VPC has been made."""

    __tablename__ = "region_setups"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)


class PublicAccessBlock(Owned, Base):
    """The options of VPC Block Public Access of an account in a region; no row: nothing was ever changed."""

    __tablename__ = "public_access_blocks"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    mode: Mapped[str]
    updated: Mapped[datetime]


class PublicAccessExclusion(Transient):
    """A VPC or a subnet that VPC Block Public Access spares."""

    __tablename__ = "public_access_exclusions"
    KIND, PREFIX, NOUN = (
        "vpc-block-public-access-exclusion",
        "vpcbpa-exclude",
        "VPC block public access exclusion",
    )
    NOT_FOUND, MALFORMED = (
        "InvalidVpcBlockPublicAccessExclusionId.NotFound",
        "InvalidVpcBlockPublicAccessExclusionId.Malformed",
    )
    FADES = frozenset({"delete-complete"})

    vpc_id: Mapped[str | None] = mapped_column(String(40), index=True)
    subnet_id: Mapped[str | None] = mapped_column(String(40), index=True)
    mode: Mapped[str]
    updated: Mapped[datetime] = mapped_column(default=clock.this_second)
    deleted: Mapped[datetime | None]
