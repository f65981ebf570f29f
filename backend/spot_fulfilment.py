"""The conductor's part in spot requests: evaluates those that are due, and launches their instances."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from backend import clock, errors, spot_instance_requests
from backend.cloud import Cloud
from backend.db import conflicts
from backend.db.models import Instance, SpotInstanceRequest
from backend.db.unit_of_work import UnitOfWork
from backend.instances import parameters
from backend.instances.launch import launch

log = logging.getLogger(__name__)

BATCH = 100
PATIENCE = timedelta(seconds=10)
"""After how long a request is looked at again that could not be fulfilled."""
WAITING = {
    "InsufficientInstanceCapacity": "capacity-not-available",
    "InsufficientFreeAddressesInSubnet": "capacity-not-available",
    "SpotMaxPriceTooLow": "price-too-low",
    "Unsupported": "capacity-not-available",
}
"""What may pass, by the code that a launch is refused with; all else is wrong with the request itself."""


def advance(cloud: Cloud) -> None:
    """Evaluate what is due, each request in a transaction of its own."""
    due = select(SpotInstanceRequest.id, SpotInstanceRequest.account, SpotInstanceRequest.region)
    due = due.where(SpotInstanceRequest.evaluate_at <= clock.now()).order_by(SpotInstanceRequest.evaluate_at)
    with cloud.everywhere(write=False) as uow:
        found = uow.execute(due.limit(BATCH)).all()
    for id, account, region in found:
        conflicts.again(lambda id=id, account=account, region=region: _evaluate(cloud, id, account, region))  # type: ignore[misc]


def _evaluate(cloud: Cloud, id: str, account: str, region: str) -> None:
    with cloud.unit_of_work(account, region, write=True) as uow:
        query = select(SpotInstanceRequest).where(
            SpotInstanceRequest.id == id, SpotInstanceRequest.evaluate_at <= clock.now()
        )
        request = uow.scalars(query.with_for_update(skip_locked=True)).first()
        if request is None:
            return
        if request.valid_until is not None and request.valid_until <= clock.now():
            spot_instance_requests.set_status(request, "schedule-expired")
            spot_instance_requests.end(uow, request, "cancelled")
        else:
            _fulfil(cloud, uow, _together(uow, request))
        cloud.commit(uow)


def _together(uow: UnitOfWork, request: SpotInstanceRequest) -> Sequence[SpotInstanceRequest]:
    """The open requests that are launched with this one or not at all."""
    if request.launch_group is None:
        return [request]
    query = select(SpotInstanceRequest).where(
        SpotInstanceRequest.launch_group == request.launch_group, SpotInstanceRequest.state == "open"
    )
    return uow.scalars(query.order_by(SpotInstanceRequest.row).with_for_update()).all()


def _fulfil(cloud: Cloud, uow: UnitOfWork, requests: Sequence[SpotInstanceRequest]) -> None:
    try:
        with uow.begin_nested():
            for request in requests:
                _launch(cloud, uow, request)
    except errors.CloudError as fault:
        for request in requests:
            _could_not(uow, request, fault)


def _launch(cloud: Cloud, uow: UnitOfWork, request: SpotInstanceRequest) -> None:
    spot_options = {"MaxPrice": request.price, "SpotInstanceType": request.request_type}
    given = {
        **request.launch,
        "MinCount": 1,
        "MaxCount": 1,
        "InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": spot_options},
    }
    if zone := _zone_of_group(uow, request):
        given["Placement"] = {**given.get("Placement", {}), "AvailabilityZone": zone}
    wanted = parameters.launch_request(given, {}, spot_request_id=request.id)
    reservation_id = launch(uow, cloud.settings, wanted)
    instance = uow.scalars(select(Instance).where(Instance.reservation_id == reservation_id)).one()
    request.instance_id, request.launched_zone, request.state = instance.id, instance.zone, "active"
    request.evaluate_at = None
    request.fault_code = request.fault_message = None
    spot_instance_requests.set_status(request, "fulfilled")


def _zone_of_group(uow: UnitOfWork, request: SpotInstanceRequest) -> str | None:
    """The zone in which another instance of the same Availability Zone group runs."""
    if request.zone_group is None:
        return None
    of_group = select(SpotInstanceRequest.launched_zone).where(
        SpotInstanceRequest.zone_group == request.zone_group, SpotInstanceRequest.state == "active"
    )
    return uow.scalar(of_group.limit(1))


def _could_not(uow: UnitOfWork, request: SpotInstanceRequest, fault: errors.CloudError) -> None:
    if status := WAITING.get(fault.code):
        spot_instance_requests.set_status(request, status, fault.message if status == "price-too-low" else None)
        request.evaluate_at = min(clock.now() + PATIENCE, request.valid_until or datetime.max)
        return
    log.info("spot request %s failed: %s", request.id, fault)
    request.fault_code, request.fault_message = fault.code, fault.message
    spot_instance_requests.set_status(request, "bad-parameters")
    spot_instance_requests.end(uow, request, "failed")
