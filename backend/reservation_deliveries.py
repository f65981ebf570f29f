"""Delivers the capacity reservations whose date has come, again and again while there is no room for one."""

from sqlalchemy import ColumnElement, select

from backend import capacity_reservations, clock
from backend.cloud import Cloud
from backend.db import conflicts
from backend.db.models import CapacityReservation

BATCH = 100


def advance(cloud: Cloud) -> None:
    """Deliver what is due, each reservation in a transaction of its own."""
    due = select(CapacityReservation.id, CapacityReservation.account, CapacityReservation.region)
    due = due.where(*_due()).order_by(CapacityReservation.start_date)
    with cloud.everywhere(write=False) as uow:
        found = uow.execute(due.limit(BATCH)).all()
    for id, account, region in found:
        conflicts.again(lambda id=id, account=account, region=region: _deliver(cloud, id, account, region))  # type: ignore[misc]


def _deliver(cloud: Cloud, id: str, account: str, region: str) -> None:
    with cloud.unit_of_work(account, region, write=True) as uow:
        query = select(CapacityReservation).where(CapacityReservation.id == id, *_due())
        reservation = uow.scalars(query.with_for_update(skip_locked=True)).first()
        if reservation is None:
            return
        capacity_reservations.deliver(uow, cloud.settings, reservation)
        cloud.commit(uow)


def _due() -> tuple[ColumnElement[bool], ...]:
    return CapacityReservation.state.in_(("scheduled", "delayed")), CapacityReservation.start_date <= clock.now()
