"""EC2 actions on what spot instances cost, and on where there is room for them.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SpotPrice.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from backend import clock, errors, spot_placement_scores, spot_prices, zones
from backend.catalogue import instance_types, offerings
from backend.db.matching import as_regex
from backend.spot_prices import Price
from ec2api.call import Call
from ec2api.registry import action

PAGE = 1000


FILTERS = (
    "availability-zone",
    "availability-zone-id",
    "instance-type",
    "product-description",
    "spot-price",
    "timestamp",
)


@action(reads=True, filters=FILTERS)
def describe_spot_price_history(
    call: Call,
    *,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    instance_types: list[str] | None = None,
    product_descriptions: list[str] | None = None,
    filters: list[Mapping[str, Any]] | None = None,
    max_results: int = PAGE,
    next_token: str | None = None,
) -> dict[str, Any]:
    """Prices are computed, so a page is a slice of what a generator gives: its token tells where it begins, and up to
    when prices are told, so that the pages of one answer fit together."""
    until, begin = _place(next_token)
    wanted = _Wanted(call, filters or ())
    end = min(until, end_time.replace(tzinfo=None)) if end_time else until
    start = start_time.replace(tzinfo=None) if start_time else end - spot_prices.KEPT
    if start > end:
        raise errors.InvalidParameterCombination(reason="The start time must not be later than the end time.")
    zone = zones.find(call.settings, call.account, call.region, availability_zone, availability_zone_id)
    zone_ids = [id for name, id in wanted.zones.items() if zone is None or name == zone]
    found = spot_prices.history(
        wanted.types(instance_types),
        wanted.products(product_descriptions),
        zone_ids,
        max(start, end - spot_prices.KEPT),
        end,
    )
    limit = min(max_results, PAGE) if max_results > 0 else PAGE
    shown = wanted.shown(found)
    page = list(islice(shown, begin, begin + limit + 1))
    more = len(page) > limit
    token = f"{until.isoformat()}/{begin + limit}" if more else ""
    return {"SpotPriceHistory": page[:limit], "NextToken": token}


def _place(token: str | None) -> tuple[datetime, int]:
    if not token:
        return clock.now(), 0
    try:
        until, _, begin = token.partition("/")
        place = datetime.fromisoformat(until), int(begin)
    except ValueError as fault:
        raise errors.InvalidNextToken(token=token) from fault
    if place[0].tzinfo is not None or place[0] > clock.now() or place[1] < 0:
        raise errors.InvalidNextToken(token=token)
    return place


class _Wanted:
    """The filters of a call, as functions of texts."""

    def __init__(self, call: Call, filters: Sequence[Mapping[str, Any]]) -> None:
        self.zones = zones.ids(call.settings, call.account, call.region)
        self.names = {id: name for name, id in self.zones.items()}
        self.region = call.region
        self.tests: dict[str, list[Callable[[str], bool]]] = {}
        for given in filters:
            name = given.get("Name") or ""
            if name not in FILTERS:
                raise errors.InvalidFilter(name=name)
            self.tests.setdefault(name, []).append(_any_of(given.get("Values") or ()))
        self.zones = {
            name: id
            for name, id in self.zones.items()
            if self.holds("availability-zone", name) and self.holds("availability-zone-id", id)
        }

    def holds(self, name: str, value: str) -> bool:
        return all(test(value) for test in self.tests.get(name, ()))

    def types(self, asked: Sequence[str] | None) -> list[str]:
        here = offerings.in_region(self.region)
        known = instance_types.documents() if asked is None else dict.fromkeys(asked)
        return [name for name in known if name in here and _for_spot(name) and self.holds("instance-type", name)]

    def products(self, asked: Sequence[str] | None) -> list[str]:
        wanted = spot_prices.PRODUCTS if asked is None else [spot_prices.basic(product) for product in asked]
        return [
            product
            for product in spot_prices.PRODUCTS
            if product in wanted
            and (
                self.holds("product-description", product)
                or self.holds("product-description", f"{product} (Amazon VPC)")
            )
        ]

    def shown(self, found: Iterator[Price]) -> Iterator[dict[str, Any]]:
        for price in found:
            time = price.since.isoformat(timespec="milliseconds") + "Z"
            if self.holds("spot-price", price.price) and self.holds("timestamp", time):
                yield {
                    "AvailabilityZone": self.names[price.zone_id],
                    "AvailabilityZoneId": price.zone_id,
                    "InstanceType": price.instance_type,
                    "ProductDescription": price.product,
                    "SpotPrice": price.price,
                    "Timestamp": price.since,
                }


def _for_spot(name: str) -> bool:
    facts = instance_types.find(name)
    return facts is not None and "spot" in facts.usage_classes


def _any_of(values: Sequence[str]) -> Callable[[str], bool]:
    patterns = [as_regex(value) for value in values]
    return lambda text: any(pattern.fullmatch(text) for pattern in patterns)


@action(reads=True)
def describe_spot_datafeed_subscription(_call: Call) -> dict[str, Any]:
    """This cloud writes no data feeds, so an account cannot have subscribed to one."""
    raise errors.InvalidSpotDatafeedNotFound()


@action(reads=True)
def get_spot_placement_scores(
    call: Call,
    *,
    target_capacity: int,
    instance_types: list[str] | None = None,
    target_capacity_unit_type: str = "units",
    single_availability_zone: bool = False,
    region_names: list[str] | None = None,
    instance_requirements_with_metadata: Mapping[str, Any] | None = None,
    max_results: int = 10,
    next_token: str | None = None,
    include_local_zones: bool = False,  # noqa: ARG001  there are none
) -> dict[str, Any]:
    if next_token:
        raise errors.InvalidNextToken(token=next_token)  # ten are the most there are
    if not 10 <= max_results <= 1000:
        raise errors.InvalidParameterValue(value=max_results, name="MaxResults", reason="Use a number from 10 to 1000.")
    scores = spot_placement_scores.scores(
        call.uow,
        call.settings,
        capacity=target_capacity,
        unit=target_capacity_unit_type,
        types=instance_types,
        requirements=instance_requirements_with_metadata,
        regions=region_names,
        by_zone=single_availability_zone,
    )
    return {
        "SpotPlacementScores": [
            {"Region": score.region, "AvailabilityZoneId": score.zone_id, "Score": score.score} for score in scores
        ]
    }
