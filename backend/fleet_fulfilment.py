"""The conductor's part in fleets: looks at those that are due, each in a transaction of its own."""

import logging
from typing import Any

from sqlalchemy import Select, select

from backend import clock, errors, fleet_launches, fleets, spot_fleets
from backend.cloud import Cloud
from backend.db import conflicts
from backend.db.models import Fleet, SpotFleetRequest
from backend.fleet_launches import AnyFleet

log = logging.getLogger(__name__)

BATCH = 100


def advance(cloud: Cloud) -> None:
    for model in (Fleet, SpotFleetRequest):
        _advance(cloud, model)


def _advance(cloud: Cloud, model: type[AnyFleet]) -> None:
    due = select(model.id, model.account, model.region).where(model.evaluate_at <= clock.now())
    with cloud.everywhere(write=False) as uow:
        found = uow.execute(due.order_by(model.evaluate_at).limit(BATCH)).all()
    for id, account, region in found:
        conflicts.again(
            lambda id=id, account=account, region=region: _evaluate(cloud, model, id, account, region)  # type: ignore[misc]
        )


def _evaluate(cloud: Cloud, model: type[AnyFleet], id: str, account: str, region: str) -> None:
    with cloud.unit_of_work(account, region, write=True) as uow:
        query: Select[Any] = select(model).where(model.id == id, model.evaluate_at <= clock.now())
        fleet: AnyFleet | None = uow.scalars(query.with_for_update(skip_locked=True)).first()
        if fleet is None:
            return
        try:
            with uow.begin_nested():
                if isinstance(fleet, Fleet):
                    fleets.evaluate(uow, cloud.settings, fleet)
                else:
                    spot_fleets.evaluate(uow, cloud.settings, fleet)
        except errors.CloudError as fault:  # what it launches from is gone: a template, an image
            log.info("fleet %s cannot be fulfilled: %s", id, fault)
            fleet.activity_status = "error"
            fleet.evaluate_at = clock.now() + fleet_launches.PATIENCE
        cloud.commit(uow)
