"""Egress-only internet gateways: the way out for IPv6, and none in.

https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
"""

from collections.abc import Mapping

from backend import dependencies, quotas, route_tables, tags
from backend.db.models import EgressOnlyInternetGateway, Vpc
from backend.db.unit_of_work import UnitOfWork

dependencies.keeps(Vpc, EgressOnlyInternetGateway.vpc_id)


def create(uow: UnitOfWork, vpc_id: str, wanted_tags: Mapping[str, str] | None = None) -> EgressOnlyInternetGateway:
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    quotas.check(uow, quotas.EGRESS_ONLY_GATEWAYS)
    gateway = EgressOnlyInternetGateway(account=uow.account, region=uow.region, vpc_id=vpc.id)
    uow.add(gateway)
    uow.flush()
    tags.attach(uow, gateway, wanted_tags or {})
    return gateway


def delete(uow: UnitOfWork, gateway_id: str) -> None:
    """Delete a gateway; routes to it are black holes then."""
    gateway = uow.require(EgressOnlyInternetGateway, gateway_id, for_update=True)
    route_tables.blackhole(uow, gateway.id)
    uow.delete(gateway)
    tags.forget(uow, [gateway.id])
