"""What the tests of the bus share: messages to send, a handler that collects, and both transports."""

import time
from collections.abc import Callable, Iterator, Sequence
from threading import Condition
from uuid import uuid4

import pytest

from backend.bus import Bus, open_bus
from backend.bus.messages import Message, Observed
from tests.services import Broker


def observed(number: int) -> Observed:
    return Observed("h1", f"i-{number:017x}", 1, "running", number)


def numbers(messages: Sequence[Message]) -> list[int]:
    """The numbers that ``observed`` made messages of."""
    return [message.sequence for message in messages if isinstance(message, Observed)]


class Collector:
    """A handler that keeps every batch, and raises for a batch that ``fails`` says cannot be handled."""

    def __init__(self, fails: Callable[[list[int]], bool] = lambda batch: False) -> None:
        self.batches: list[list[int]] = []
        self.failed: list[list[int]] = []
        self.fails = fails
        self.changed = Condition()

    def __call__(self, messages: Sequence[Message]) -> None:
        batch = numbers(messages)
        with self.changed:
            fails = self.fails(batch)
            (self.failed if fails else self.batches).append(batch)
            self.changed.notify_all()
        if fails:
            raise ArithmeticError(f"cannot handle {batch}")

    @property
    def handled(self) -> list[int]:
        return [number for batch in self.batches for number in batch]

    def wait_for(self, expected: set[int], timeout: float = 20) -> None:
        """Until all of ``expected`` was handled at least once."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: expected <= set(self.handled), timeout)
        assert arrived, f"missing: {sorted(expected - set(self.handled))[:10]}"


def wait_until(true: Callable[[], bool], timeout: float = 20) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


@pytest.fixture
def broker_url(broker: Broker) -> str:
    """The shared broker, with queues of this test's own."""
    return f"{broker.url}?prefix=test-{uuid4().hex[:8]}"


@pytest.fixture(params=["local", pytest.param("rabbitmq", marks=pytest.mark.cluster)])
def bus(request: pytest.FixtureRequest) -> Iterator[Bus]:
    """Each transport in turn."""
    url = "local:" if request.param == "local" else request.getfixturevalue("broker_url")
    opened = open_bus(url)
    yield opened
    opened.close()


@pytest.fixture
def rabbitmq(broker_url: str) -> Iterator[Bus]:
    opened = open_bus(broker_url)
    yield opened
    opened.close()
