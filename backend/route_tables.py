"""Route tables: their routes, their associations, and what becomes of routes whose target comes or goes.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import bindparam, delete, update

from backend import dependencies, quotas, tags
from backend.db import reading
from backend.db.models import (
    Route,
    RoutePropagation,
    RouteTable,
    RouteTableAssociation,
    Vpc,
)
from backend.db.unit_of_work import UnitOfWork

LOCAL = "local"
ACTIVE, BLACKHOLE = "active", "blackhole"

_routes = reading.table_of(Route)
_SET_STATE = (
    update(_routes)
    .where(_routes.c.target.in_(bindparam("targets", expanding=True)))
    .values(state=bindparam("new_state"))
)
_SET_STATE_IN = _SET_STATE.where(_routes.c.route_table_id.in_(bindparam("tables", expanding=True)))

dependencies.keeps(RouteTable, RouteTableAssociation.route_table_id)


def blackhole(uow: UnitOfWork, *targets: str, table_ids: Collection[str] | None = None) -> None:
    """Routes to these have no target any more (or for now), whoever's they are: their state is ``blackhole``.

    For the service of any target: a gateway deleted or detached, an interface detached, a peering that ends.
    ``table_ids``: in these tables only, where the target is still one in others.
    """
    _set_state(uow, targets, BLACKHOLE, table_ids)


def revive(uow: UnitOfWork, *targets: str, table_ids: Collection[str] | None = None) -> None:
    """These targets are usable (again), and so are the routes to them."""
    _set_state(uow, targets, ACTIVE, table_ids)


def _set_state(uow: UnitOfWork, targets: Collection[str], state: str, table_ids: Collection[str] | None) -> None:
    given = {"targets": list(targets), "new_state": state}
    if targets and table_ids is None:
        uow.for_reading().execute(_SET_STATE, given)
    elif targets and table_ids:
        uow.for_reading().execute(_SET_STATE_IN, {**given, "tables": list(table_ids)})


def create(uow: UnitOfWork, vpc_id: str, wanted_tags: Mapping[str, str] | None = None) -> RouteTable:
    """A new table of a VPC, with the local routes of its CIDR blocks."""
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    quotas.check(uow, quotas.ROUTE_TABLES, reading.table_of(RouteTable).c.vpc_id == vpc.id)
    table = RouteTable(account=uow.account, region=uow.region, vpc_id=vpc.id)
    uow.add(table)
    uow.flush()
    blocks = uow.look_up(Vpc, vpc.id, load=(Vpc.cidr_blocks,)).cidr_blocks
    add_local_routes(uow, [table.id], [b.cidr_block for b in blocks if b.state in ("associating", "associated")])
    tags.attach(uow, table, wanted_tags or {})
    return table


def add_local_routes(uow: UnitOfWork, table_ids: Iterable[str], cidr_blocks: Iterable[str]) -> None:
    """Routes within the VPC, one for each of its blocks."""
    blocks = list(cidr_blocks)
    uow.add_all(
        Route(
            account=uow.account,
            region=uow.region,
            route_table_id=id,
            destination=block,
            target_kind="GatewayId",
            target=LOCAL,
            origin="CreateRouteTable",
        )
        for id in table_ids
        for block in blocks
    )


def drop_local_routes(uow: UnitOfWork, vpc_id: str, cidr_block: str) -> None:
    """The routes that a block of the VPC had in each of its tables."""
    routes = delete(Route).where(
        Route.route_table_id.in_(of_vpc(uow, vpc_id)),
        Route.destination == cidr_block,
        Route.origin == "CreateRouteTable",
    )
    uow.execute(routes, execution_options={"synchronize_session": False})


def of_vpc(uow: UnitOfWork, vpc_id: str) -> list[str]:
    """The ids of a VPC's route tables."""
    return [table.id for table in reading.by(uow, RouteTable.vpc_id, [vpc_id])]


def delete_table(uow: UnitOfWork, route_table_id: str) -> None:
    """Delete a table; DependencyViolation for the main one, and while anything is associated with it."""
    table = uow.require(RouteTable, route_table_id, for_update=True)
    dependencies.check(uow, table)
    forget(uow, [table.id])
    tags.forget(uow, [table.id])


def forget(uow: UnitOfWork, table_ids: list[str]) -> None:
    """Delete tables with all that is in them."""
    for statement in (
        delete(Route).where(Route.route_table_id.in_(table_ids)),
        delete(RoutePropagation).where(RoutePropagation.route_table_id.in_(table_ids)),
        delete(RouteTableAssociation).where(RouteTableAssociation.route_table_id.in_(table_ids)),
        delete(RouteTable).where(RouteTable.id.in_(table_ids)),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})
