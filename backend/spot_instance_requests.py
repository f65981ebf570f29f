"""Spot instance requests: what is asked for, and what becomes of the request as its instance lives and ends.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from backend import clock, errors, image_aliases, images, key_pairs, spot_prices, spot_specifications, tags, zones
from backend.catalogue import instance_types
from backend.catalogue.instance_types import TypeFacts
from backend.config import Settings
from backend.db.models import Image, Instance, SpotInstanceRequest, SpotRequestFact, Subnet
from backend.db.unit_of_work import UnitOfWork
from backend.instances import parameters
from backend.instances.request import LaunchRequest
from backend.transitions import GONE, reaching

MOST = 500
"""Requests that one call makes."""
VALID_FOR = timedelta(days=7)
"""How long a one-time request waits where nothing else is said."""

MESSAGES: Mapping[str, str] = {
    "bad-parameters": "Your Spot request failed due to bad parameters.",
    "canceled-before-fulfillment": "Your Spot request was canceled before it was fulfilled.",
    "capacity-not-available": "There is no Spot capacity available that matches your request.",
    "fulfilled": "Your spot request is fulfilled.",
    "instance-stopped-by-user": "Your Spot Instance was stopped by user.",
    "instance-terminated-by-user": "Spot Instance terminated due to user-initiated termination.",
    "not-scheduled-yet": "Your Spot request will not be evaluated until the scheduled date.",
    "pending-evaluation": "Your Spot request has been submitted for review, and is pending evaluation.",
    "price-too-low": "Your Spot request price is lower than the current Spot price.",
    "request-canceled-and-instance-running": "Your spot request is canceled but your instance is still running.",
    "schedule-expired": "Your Spot request expired before it was fulfilled.",
    "system-error": "There was an unexpected system error.",
}


@dataclass(frozen=True)
class Terms:
    """How a spot instance is asked for, beside what it is."""

    request_type: str = "one-time"
    price: str | None = None
    interruption_behavior: str = "terminate"
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    launch_group: str | None = None
    zone_group: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def create(
    uow: UnitOfWork, settings: Settings, specification: Mapping[str, Any], terms: Terms, count: int
) -> list[SpotInstanceRequest]:
    """New requests, which the conductor evaluates. ``specification``: EC2's RequestSpotLaunchSpecification.

    Errors: those of a launch for what is not there, MaxSpotInstanceCountExceeded, InvalidParameterCombination.
    """
    if not 1 <= count <= MOST:
        raise errors.InvalidParameterValue(value=count, name="InstanceCount", reason=f"Use a number from 1 to {MOST}.")
    check(terms)
    given = spot_specifications.launch_parameters(specification)
    request = parameters.launch_request({**given, "MinCount": 1, "MaxCount": 1}, {})
    image, facts = described(uow, request)
    zones.find(settings, uow.account, uow.region, *_named_zone(request))
    if request.key_name is not None:
        key_pairs.named(uow, request.key_name)
    shown = spot_specifications.shown(uow, request, specification, image.id)
    later = terms.valid_from is not None and terms.valid_from > clock.now()
    status = "not-scheduled-yet" if later else "pending-evaluation"
    added = [_row(uow, facts, image, terms, shown, given, status) for _ in range(count)]
    for one in added:
        one.state, one.evaluate_at = "open", terms.valid_from if later else clock.now()
    _add(uow, added, terms.tags)
    uow.moving = True
    return added


def _named_zone(request: LaunchRequest) -> tuple[str | None, str | None]:
    return request.placement.get("AvailabilityZone"), request.placement.get("AvailabilityZoneId")


def check(terms: Terms) -> None:
    """Errors for terms that do not fit together."""
    if terms.price is not None:
        read_price(terms.price)
    if terms.interruption_behavior != "terminate" and terms.request_type != "persistent":
        raise errors.InvalidParameterCombination(
            reason=f"The interruption behavior '{terms.interruption_behavior}' is supported only for persistent Spot "
            "Instance requests."
        )
    if terms.interruption_behavior == "hibernate":
        raise errors.UnsupportedOperation(reason="Hibernating an instance is not supported by this cloud.")
    if terms.valid_until is not None:
        if terms.valid_until <= clock.now():
            raise errors.InvalidParameterValue(
                value=terms.valid_until.isoformat(), name="ValidUntil", reason="The time must be in the future."
            )
        if terms.valid_from is not None and terms.valid_from >= terms.valid_until:
            raise errors.InvalidParameterCombination(reason="ValidFrom must be earlier than ValidUntil.")


def read_price(text: str) -> float:
    """A price in US dollars; InvalidParameterValue for what is none."""
    try:
        price = float(text)
    except ValueError:
        price = 0.0
    if not 0 < price < 10_000:
        raise errors.InvalidParameterValue(value=text, name="price", reason="The price must be greater than 0.")
    return price


def described(uow: UnitOfWork, request: LaunchRequest) -> tuple[Image, TypeFacts]:
    """The image and the facts of the type of a launch to come."""
    facts = instance_types.find(request.instance_type)
    if facts is None:
        raise errors.InvalidInstanceType(type=request.instance_type)
    if "spot" not in facts.usage_classes:
        raise errors.InvalidParameterCombination(
            reason=f"The instance type {facts.name} is not supported for Spot Instances."
        )
    return images.launchable(uow, image_aliases.resolved(uow.region, request.image_id)), facts


def product_of(image: Image) -> str:
    if image.platform == "windows":
        return "Windows"
    return image.platform_details if image.platform_details in spot_prices.PRODUCTS else "Linux/UNIX"


def _row(
    uow: UnitOfWork,
    facts: TypeFacts,
    image: Image,
    terms: Terms,
    shown: Mapping[str, Any],
    launch: Mapping[str, Any],
    status: str,
) -> SpotInstanceRequest:
    product, until = product_of(image), terms.valid_until
    if until is None and terms.request_type == "one-time":
        until = clock.this_second() + VALID_FOR
    price = read_price(terms.price) if terms.price else spot_prices.on_demand(facts, product)
    request = SpotInstanceRequest(
        account=uow.account,
        region=uow.region,
        request_type=terms.request_type,
        price=spot_prices.text(price),
        product=product,
        interruption_behavior=terms.interruption_behavior,
        launch_group=terms.launch_group,
        zone_group=terms.zone_group,
        valid_from=terms.valid_from,
        valid_until=until,
        specification=dict(shown),
        launch=dict(launch),
    )
    set_status(request, status)
    return request


def _add(uow: UnitOfWork, added: Sequence[SpotInstanceRequest], wanted_tags: Mapping[str, str]) -> None:
    for one in added:
        uow.add(one)
    uow.flush()
    facts = [
        {"account": uow.account, "region": uow.region, "request_id": one.id, "name": name, "value": value}
        for one in added
        for name, value in spot_specifications.facts(one.specification)
    ]
    uow.execute(insert(SpotRequestFact), facts)
    for one in added:
        tags.attach(uow, one, wanted_tags)


def set_status(request: SpotInstanceRequest, code: str, message: str | None = None) -> None:
    request.status_code, request.status_message = code, message or MESSAGES[code]
    request.status_at = clock.this_second()


def end(uow: UnitOfWork, request: SpotInstanceRequest, state: str) -> None:
    """Put a request into a state that it does not leave; it fades from now on."""
    request.state = request.next_state = state
    request.next_at, request.evaluate_at = clock.now(), None
    uow.moving = True


@reaching(SpotInstanceRequest, GONE)
def _forget(uow: UnitOfWork, gone: Sequence[SpotInstanceRequest]) -> None:
    statement = delete(SpotRequestFact).where(SpotRequestFact.request_id.in_([one.id for one in gone]))
    uow.execute(statement, execution_options={"synchronize_session": False})


def cancel(uow: UnitOfWork, wanted: Sequence[str]) -> list[SpotInstanceRequest]:
    """Cancel requests; instances that run go on."""
    found = uow.require_all(SpotInstanceRequest, wanted, for_update=True)
    for request in found:
        if request.state == "open":
            set_status(request, "canceled-before-fulfillment")
            end(uow, request, "cancelled")
        elif request.state in ("active", "disabled"):
            set_status(request, "request-canceled-and-instance-running")
            request.state, request.evaluate_at = "cancelled", None
    return found


def of_launch(
    uow: UnitOfWork,
    settings: Settings,
    request: LaunchRequest,
    image: Image,
    subnet: Subnet,
    rows: Sequence[dict[str, Any]],
) -> None:
    """Say in the rows of new instances which fleet and which spot requests they are of, and add those that are new.

    SpotMaxPriceTooLow where less would be paid than the zone's price is.
    """
    for row in rows:
        row["fleet_id"] = request.fleet_id
    if not request.market_options:
        return
    _, facts = described(uow, request)
    zone_id = zones.ids(settings, uow.account, uow.region)[subnet.zone]
    price = spot_prices.spot(facts, product_of(image), zone_id, clock.now())
    terms = market_terms(request.market_options, request.spot_request_tags)
    most = read_price(terms.price) if terms.price else price
    if most < price:
        raise errors.SpotMaxPriceTooLow(wanted=spot_prices.text(most), least=spot_prices.text(price))
    if request.spot_request_id:
        for row in rows:
            row["lifecycle"], row["spot_request_id"] = "spot", request.spot_request_id
        return
    shown = spot_specifications.of_rows(request, rows[0], subnet)
    again = {name: value for name, value in request.parameters.items() if name not in _OF_ONE_LAUNCH}
    added = [_row(uow, facts, image, terms, shown, again, "fulfilled") for _ in rows]
    for one, row in zip(added, rows, strict=True):
        one.state, one.instance_id, one.launched_zone = "active", row["id"], subnet.zone
        row["lifecycle"], row["spot_request_id"] = "spot", one.id
    _add(uow, added, terms.tags)


_OF_ONE_LAUNCH = ("InstanceMarketOptions", "MaxCount", "MinCount")


def market_terms(market: Mapping[str, Any], wanted_tags: Mapping[str, str]) -> Terms:
    """InstanceMarketOptions of RunInstances as terms, once they are for a spot instance and fit together."""
    kind = market.get("MarketType", "spot")
    if kind != "spot":
        raise errors.UnsupportedOperation(reason=f"The market type '{kind}' is not supported by this cloud.")
    given = market.get("SpotOptions") or {}
    if "BlockDurationMinutes" in given:
        raise no_block_duration()
    until = given.get("ValidUntil")
    if isinstance(until, str):
        until = datetime.fromisoformat(until)
    terms = Terms(
        request_type=given.get("SpotInstanceType", "one-time"),
        price=given.get("MaxPrice"),
        interruption_behavior=given.get("InstanceInterruptionBehavior", "terminate"),
        valid_until=until.replace(tzinfo=None) if until else None,
        tags=wanted_tags,
    )
    if terms.valid_until is not None and terms.request_type != "persistent":
        raise errors.InvalidParameterCombination(reason="ValidUntil is supported only for persistent requests.")
    check(terms)
    return terms


def no_block_duration() -> errors.CloudError:
    return errors.Unsupported(reason="Spot Instances with a defined duration are no longer supported.")


def ended(uow: UnitOfWork, instances: Sequence[Instance]) -> None:
    """Close the requests of spot instances that were terminated, and open the persistent ones again."""
    by_id = {i.spot_request_id: i for i in instances if i.spot_request_id}
    if not by_id:
        return
    for request in uow.scalars(select(SpotInstanceRequest).where(SpotInstanceRequest.id.in_(by_id)).with_for_update()):
        instance = by_id[request.id]
        if request.instance_id != instance.id:
            continue
        failed = (instance.state_reason_code or "").startswith("Server.")
        set_status(request, "system-error" if failed else "instance-terminated-by-user")
        if request.request_type == "persistent" and request.state in ("active", "disabled"):
            request.state, request.instance_id, request.launched_zone = "open", None, None
            request.evaluate_at = clock.now()
            uow.moving = True
        else:
            end(uow, request, "cancelled" if request.state == "cancelled" else "closed")


def stopped(uow: UnitOfWork, instance: Instance) -> None:
    """A spot instance is stopped by its owner: only one of a persistent request may be, and that waits for it."""
    request = uow.require(SpotInstanceRequest, instance.spot_request_id or "", for_update=True)
    if request.request_type != "persistent" or request.state == "cancelled":
        raise errors.UnsupportedOperation(
            reason=f"You can't stop the Spot Instance '{instance.id}' because it is associated with a one-time Spot "
            "Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests."
        )
    request.state = "disabled"
    set_status(request, "instance-stopped-by-user")


def started(uow: UnitOfWork, instance: Instance) -> None:
    request = uow.require(SpotInstanceRequest, instance.spot_request_id or "", for_update=True)
    if request.state == "disabled":
        request.state = "active"
        set_status(request, "fulfilled")
