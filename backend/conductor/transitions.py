"""Moves on the states whose time has come (``backend.transitions``)."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, delete, exists, literal, select, union_all

from backend import (
    capacity_reservations,  # noqa: F401
    clock,
    direct_snapshots,  # noqa: F401
    endpoint_services,  # noqa: F401
    fast_snapshot_restores,  # noqa: F401
    image_creation,  # noqa: F401
    nat_gateways,  # noqa: F401
    prefix_lists,  # noqa: F401 - these say what else happens when a state is reached
    root_volume_tasks,  # noqa: F401
    snapshot_tiers,  # noqa: F401
    snapshots,  # noqa: F401
    transit_gateway_attachments,  # noqa: F401
    transit_gateway_policy_tables,  # noqa: F401
    transit_gateway_route_tables,  # noqa: F401
    transitions,
    volume_modifications,  # noqa: F401
    volumes,  # noqa: F401
    vpc_endpoints,  # noqa: F401
    vpc_peering,  # noqa: F401
    vpn_connections,  # noqa: F401
)
from backend.cloud import Cloud
from backend.db import conflicts, reading
from backend.db.base import Tag, Transient
from backend.db.unit_of_work import UnitOfWork

BATCH = 500


def advance(cloud: Cloud) -> None:
    """One round over every kind of resource that has some; where none has, it costs one query and writes nothing."""
    if not Transient.MOVING:
        return
    with cloud.everywhere(write=False) as uow:
        due = {row[0] for row in uow.for_reading().execute(_due(), {"now": clock.now()})}
    for model in Transient.MOVING:
        if model.PREFIX in due:
            conflicts.again(lambda model=model: _advance(cloud, model))  # type: ignore[misc]


@cache
def _due() -> CompoundSelect[Any]:
    """The prefixes of the models that have something to move on."""
    return union_all(
        *(
            select(literal(model.PREFIX)).where(exists().where(reading.table_of(model).c.next_at <= bindparam("now")))
            for model in Transient.MOVING
        )
    )


def _advance(cloud: Cloud, model: type[Transient]) -> None:
    now = clock.now()
    faded_at = now + timedelta(seconds=cloud.settings.terminated_visible_seconds)
    with cloud.everywhere(write=True) as uow:
        query = select(model).where(model.next_at <= now).order_by(model.next_at).limit(BATCH)
        found = uow.scalars(query.with_for_update(skip_locked=True)).all()
        by_state: dict[str, list[Transient]] = {}
        for resource in found:
            by_state.setdefault(resource.next_state or transitions.GONE, []).append(resource)
        for state, resources in by_state.items():
            if state == transitions.GONE:
                _remove(uow, model, resources)
            else:
                _move(uow, model, state, resources, faded_at)
        uow.moving = uow.moving or len(found) == BATCH
        cloud.commit(uow)


def _move(uow: UnitOfWork, model: type[Transient], state: str, resources: list[Transient], faded_at: datetime) -> None:
    for resource in resources:
        fades = state in model.FADES
        resource.state = state
        resource.next_state, resource.next_at = (transitions.GONE, faded_at) if fades else (None, None)
    transitions.reached(uow, model, state, resources)


def _remove(uow: UnitOfWork, model: type[Transient], resources: list[Transient]) -> None:
    transitions.reached(uow, model, transitions.GONE, resources)
    gone = [resource.id for resource in resources]
    for statement in (delete(model).where(model.id.in_(gone)), delete(Tag).where(Tag.resource_id.in_(gone))):
        uow.execute(statement, execution_options={"synchronize_session": False})
