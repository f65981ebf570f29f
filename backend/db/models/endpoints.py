"""Tables of VPC endpoints, of the services that they lead to, and of what is told about their connections."""

from typing import Any

from sqlalchemy import ColumnElement, String, UniqueConstraint, and_, bindparam, or_, select
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from backend.db.base import Base, Owned, Resource, Transient
from backend.db.models.network import Route

AMAZON = "amazon"
"""The owner of AWS's own services."""


class EndpointServicePrincipal(Base):
    """Who may use a service: an ARN, or ``*`` for everybody."""

    __tablename__ = "endpoint_service_principals"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    permission_id: Mapped[str] = mapped_column(String(40), unique=True)
    service_id: Mapped[str] = mapped_column(String(40))
    permission_type: Mapped[str]
    principal: Mapped[str]
    principal_type: Mapped[str]

    __table_args__ = (UniqueConstraint("service_id", "permission_type", "principal"),)


class EndpointServiceRegion(Base):
    """A region from which a service can be used, its own included."""

    __tablename__ = "endpoint_service_regions"

    service_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)


class EndpointService(Transient):
    """A service that endpoints lead to. AWS's own are rows of the account ``amazon`` in each region."""

    __tablename__ = "endpoint_services"
    KIND, PREFIX, NOUN = "vpc-endpoint-service", "vpce-svc", "VpcEndpointService"
    NOT_FOUND, MALFORMED = "InvalidVpcEndpointServiceId.NotFound", "InvalidVpcEndpointServiceId.Malformed"
    ACROSS_REGIONS = True

    name: Mapped[str] = mapped_column(index=True)
    service_type: Mapped[str]
    acceptance_required: Mapped[bool] = mapped_column(default=False)
    policy_supported: Mapped[bool] = mapped_column(default=False)
    base_dns_name: Mapped[str | None]
    private_dns_names: Mapped[list[str]] = mapped_column(default=list)
    dns_verification: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The PrivateDnsNameConfiguration, where there is a private name to prove."""
    ip_address_types: Mapped[str] = mapped_column(default="ipv4")
    """``ipv4``, ``ipv6`` or ``ipv4,ipv6``."""
    load_balancer_arns: Mapped[list[str]] = mapped_column(default=list)
    payer_responsibility: Mapped[str | None]

    principals: Mapped[list[EndpointServicePrincipal]] = relationship(
        EndpointServicePrincipal,
        primaryjoin=lambda: foreign(EndpointServicePrincipal.service_id) == EndpointService.id,
        order_by=EndpointServicePrincipal.row,
        viewonly=True,
    )
    regions: Mapped[list[EndpointServiceRegion]] = relationship(
        EndpointServiceRegion,
        primaryjoin=lambda: foreign(EndpointServiceRegion.service_id) == EndpointService.id,
        order_by=EndpointServiceRegion.region,
        viewonly=True,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        """A service is seen by its owner where it is, and by those who may use it where they may."""
        columns, region = cls.__table__.c, bindparam("region", type_=String)
        allowed, offered = EndpointServicePrincipal.__table__.c, EndpointServiceRegion.__table__.c
        account = bindparam("account", type_=String)
        trusted = select(allowed.service_id).where(
            allowed.permission_type == "vpc-endpoint",
            or_(allowed.principal == "*", allowed.principal.like("arn:aws:iam::" + account + ":%")),
        )
        here = select(offered.service_id).where(offered.region == region)
        usable = or_(columns.account.in_([AMAZON, account]), columns.id.in_(trusted))
        return or_(
            and_(columns.region == region, usable),
            and_(columns.id.in_(here), usable),
        )


class VpcEndpointSubnet(Base):
    """A subnet that an endpoint has a network interface in."""

    __tablename__ = "vpc_endpoint_subnets"

    vpc_endpoint_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    subnet_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    zone: Mapped[str]
    network_interface_id: Mapped[str] = mapped_column(String(40), unique=True)


class VpcEndpointGroup(Base):
    """A security group of an endpoint's interfaces."""

    __tablename__ = "vpc_endpoint_groups"

    vpc_endpoint_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    group_name: Mapped[str]


class VpcEndpoint(Transient):
    """A VPC's way to a service: routes of type Gateway, else network interfaces in its subnets."""

    __tablename__ = "vpc_endpoints"
    KIND, PREFIX, NOUN = "vpc-endpoint", "vpce", "VpcEndpoint"
    NOT_FOUND, MALFORMED = "InvalidVpcEndpointId.NotFound", "InvalidVpcEndpointId.Malformed"

    vpc_id: Mapped[str] = mapped_column(String(40), index=True)
    endpoint_type: Mapped[str]
    service_id: Mapped[str] = mapped_column(String(40), index=True)
    service_name: Mapped[str]
    service_account: Mapped[str] = mapped_column(String(12))
    service_region: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[str] = mapped_column(String(40))
    dns_label: Mapped[str]
    policy_document: Mapped[str | None]
    private_dns_enabled: Mapped[bool] = mapped_column(default=False)
    ip_address_type: Mapped[str] = mapped_column(default="ipv4")
    dns_options: Mapped[dict[str, Any]] = mapped_column(default=dict)

    routes: Mapped[list[Route]] = relationship(
        Route, primaryjoin=lambda: foreign(Route.target) == VpcEndpoint.id, order_by=Route.row, viewonly=True
    )
    subnets: Mapped[list[VpcEndpointSubnet]] = relationship(
        VpcEndpointSubnet,
        primaryjoin=lambda: foreign(VpcEndpointSubnet.vpc_endpoint_id) == VpcEndpoint.id,
        order_by=[VpcEndpointSubnet.zone, VpcEndpointSubnet.subnet_id],
        viewonly=True,
    )
    groups: Mapped[list[VpcEndpointGroup]] = relationship(
        VpcEndpointGroup,
        primaryjoin=lambda: foreign(VpcEndpointGroup.vpc_endpoint_id) == VpcEndpoint.id,
        viewonly=True,
    )
    service: Mapped[EndpointService] = relationship(
        EndpointService, primaryjoin=lambda: foreign(VpcEndpoint.service_id) == EndpointService.id, viewonly=True
    )


class VpcEndpointConnection(Owned, Base):
    """An endpoint as the owner of its service sees it, whoever's it is."""

    __table__ = VpcEndpoint.__table__
    ACROSS_REGIONS = True

    row: Mapped[int]
    id: Mapped[str]
    state: Mapped[str]
    service_id: Mapped[str]
    connection_id: Mapped[str]
    ip_address_type: Mapped[str]

    subnets: Mapped[list[VpcEndpointSubnet]] = relationship(
        VpcEndpointSubnet,
        primaryjoin=lambda: foreign(VpcEndpointSubnet.vpc_endpoint_id) == VpcEndpointConnection.id,
        order_by=[VpcEndpointSubnet.zone, VpcEndpointSubnet.subnet_id],
        viewonly=True,
    )
    service: Mapped[EndpointService] = relationship(
        EndpointService,
        primaryjoin=lambda: foreign(VpcEndpointConnection.service_id) == EndpointService.id,
        viewonly=True,
    )

    @classmethod
    def visible(cls) -> ColumnElement[bool]:
        columns = cls.__table__.c
        return and_(
            columns.service_account == bindparam("account"),
            columns.service_region == bindparam("region"),
        )


class ConnectionNotification(Resource):
    """Which topic is to be told of which events of an endpoint, or of a service's endpoints."""

    __tablename__ = "connection_notifications"
    KIND, PREFIX, NOUN = "vpc-endpoint-connection-notification", "vpce-nfn", "connection notification"
    NOT_FOUND, MALFORMED = "InvalidConnectionNotification.NotFound", "InvalidConnectionNotification.Malformed"

    service_id: Mapped[str | None] = mapped_column(String(40), index=True)
    vpc_endpoint_id: Mapped[str | None] = mapped_column(String(40), index=True)
    topic_arn: Mapped[str]
    events: Mapped[list[str]]
    state: Mapped[str]
