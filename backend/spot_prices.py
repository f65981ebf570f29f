"""Prices of instances, invented: a formula of what a type has, and for spot instances of the zone and the day.

AWS's own prices are no part of its service model. These are of their order of magnitude, the same on every cloud at
the same time, and change as spot prices do. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-instances-history.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b

from backend.catalogue import instance_types
from backend.catalogue.instance_types import TypeFacts

PER_VCPU, PER_GIB, PER_GPU = 0.032, 0.0043, 0.5
"""US dollars for an hour."""
BURSTABLE_PER_GIB = 0.0104
"""Burstable types cost by their memory alone."""
LICENCE_PER_VCPU = {"Linux/UNIX": 0.0, "Windows": 0.046, "Red Hat Enterprise Linux": 0.0144, "SUSE Linux": 0.0125}
"""By the product, in the order in which products are shown."""
PRODUCTS = tuple(LICENCE_PER_VCPU)
LOWEST_SHARE, SPREAD = 0.3, 0.2
"""Of the price on demand, a spot instance costs from 30 to 50 percent."""
KEPT = timedelta(days=90)
_EPOCH = datetime(2020, 1, 1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Price:
    instance_type: str
    product: str
    zone_id: str
    price: str
    since: datetime


def text(price: float) -> str:
    """A price as EC2 writes it."""
    return f"{price:.6f}"


def on_demand(facts: TypeFacts, product: str = "Linux/UNIX") -> float:
    """An hour of an instance on demand, in US dollars."""
    gib = facts.memory_mib / 1024
    bare = BURSTABLE_PER_GIB * gib if facts.burstable else PER_VCPU * facts.vcpus + PER_GIB * gib
    return bare + PER_GPU * facts.gpus + LICENCE_PER_VCPU.get(product, 0.0) * facts.vcpus


def spot(facts: TypeFacts, product: str, zone_id: str, at: datetime) -> float:
    """An hour of a spot instance in a zone, given by its id, at a time (naive UTC)."""
    return _spot(facts, product, zone_id, _number(facts.name, zone_id, at))


def basic(product: str) -> str:
    """A product without the words that say that it runs in a VPC, as all do."""
    return product.removesuffix(" (Amazon VPC)")


def history(
    names: Sequence[str], products: Sequence[str], zone_ids: Sequence[str], start: datetime, end: datetime
) -> Iterator[Price]:
    """The prices that held between two times, the newest first: those of a pool since their last change before
    ``start``. ``names`` are types that there are."""
    days = (end - start) // _DAY + 2
    for back in range(days):
        for name in names:
            for zone_id in zone_ids:
                number = _number(name, zone_id, end) - back
                since = _start(name, zone_id, number)
                if since + _DAY <= start:
                    continue  # another held by then
                facts = instance_types.find(name)
                assert facts is not None
                for product in products:
                    price = text(_spot(facts, product, zone_id, number))
                    yield Price(name, product, zone_id, price, since)


def _spot(facts: TypeFacts, product: str, zone_id: str, number: int) -> float:
    share = LOWEST_SHARE + SPREAD * _chance(f"{facts.name}/{zone_id}/{number}")
    return float(text(on_demand(facts, product) * share))


def _number(name: str, zone_id: str, at: datetime) -> int:
    """Which price of a pool holds: each holds for a day, that begins at a time of the pool's own."""
    return (at - _EPOCH - _offset(name, zone_id)) // _DAY


def _start(name: str, zone_id: str, number: int) -> datetime:
    return _EPOCH + _offset(name, zone_id) + number * _DAY


@cache
def _offset(name: str, zone_id: str) -> timedelta:
    return timedelta(seconds=int(86_400 * _chance(f"{name}/{zone_id}")))


def _chance(of: str) -> float:
    """From 0 to 1, always the same for the same text."""
    return int.from_bytes(blake2b(of.encode(), digest_size=6).digest()) / (1 << 48)
