"""Internet gateways: one for each VPC that has a way to the internet.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, select

from backend import dependencies, errors, quotas, route_tables, tags
from backend.db import reading
from backend.db.models import (
    InternetGateway,
    NetworkInterface,
    PrivateAddress,
    RouteTableAssociation,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork

_private, _interfaces = reading.table_of(PrivateAddress), reading.table_of(NetworkInterface)
_MAPPED = (
    select(_private.c.number)
    .join(_interfaces, _interfaces.c.id == _private.c.network_interface_id)
    .where(_interfaces.c.vpc_id == bindparam("vpc"), _private.c.public_ip.is_not(None))
    .limit(1)
)

dependencies.keeps(Vpc, InternetGateway.vpc_id)


def create(uow: UnitOfWork, wanted_tags: Mapping[str, str] | None = None) -> InternetGateway:
    quotas.check(uow, quotas.INTERNET_GATEWAYS)
    gateway = InternetGateway(account=uow.account, region=uow.region)
    uow.add(gateway)
    uow.flush()
    tags.attach(uow, gateway, wanted_tags or {})
    return gateway


def attach(uow: UnitOfWork, internet_gateway_id: str, vpc_id: str) -> None:
    """Attach a gateway to a VPC that has none. Errors: Resource.AlreadyAssociated, InvalidParameterValue."""
    gateway = uow.require(InternetGateway, internet_gateway_id, for_update=True)
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    if gateway.vpc_id is not None:
        raise errors.ResourceAlreadyAssociated(
            reason=f"resource {gateway.id} is already attached to network {gateway.vpc_id}"
        )
    if reading.by(uow, InternetGateway.vpc_id, [vpc.id]):
        raise errors.InvalidValue(reason=f"Network {vpc.id} already has an internet gateway attached")
    gateway.vpc_id = vpc.id
    route_tables.revive(uow, gateway.id)


def detach(uow: UnitOfWork, internet_gateway_id: str, vpc_id: str) -> None:
    """Detach a gateway; routes to it are black holes then. Errors: Gateway.NotAttached, DependencyViolation."""
    gateway = uow.require(InternetGateway, internet_gateway_id, for_update=True)
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    if gateway.vpc_id != vpc.id:
        raise errors.GatewayNotAttached(id=gateway.id, vpc_id=vpc.id)
    if uow.for_reading().execute(_MAPPED, {"vpc": vpc.id}).first():
        raise errors.DependencyViolation(
            reason=f"Network {vpc.id} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway."
        )
    if reading.by(uow, RouteTableAssociation.gateway_id, [gateway.id]):
        raise errors.DependencyViolation(
            reason=f"The internetGateway '{gateway.id}' has dependencies and cannot be detached."
        )
    gateway.vpc_id = None
    route_tables.blackhole(uow, gateway.id)


def delete(uow: UnitOfWork, internet_gateway_id: str) -> None:
    """Delete a gateway that is attached to nothing; DependencyViolation."""
    gateway = uow.require(InternetGateway, internet_gateway_id, for_update=True)
    if gateway.vpc_id is not None:
        raise dependencies.violation(gateway)
    uow.delete(gateway)
    tags.forget(uow, [gateway.id])
