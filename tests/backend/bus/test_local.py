"""What only the bus inside one process does: it bounds what nobody takes, and hands on the very objects."""

from collections.abc import Sequence

import pytest

from backend.bus import CONDUCTOR, local
from backend.bus.local import LocalBus
from backend.bus.messages import Message
from tests.backend.bus.conftest import Collector, observed, wait_until


def test_a_queue_that_nobody_takes_from_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "CAPACITY", 10)
    bus = LocalBus()
    bus.publish(CONDUCTOR, [observed(number) for number in range(25)])
    assert bus.dropped == 15
    collector = Collector()
    bus.consume(CONDUCTOR, collector)
    collector.wait_for(set(range(15, 25)))
    assert collector.handled == list(range(15, 25))
    bus.close()


def test_a_message_that_always_fails_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "ATTEMPTS", 3)
    monkeypatch.setattr(local, "retry_delay", lambda attempts: 0.01)
    bus = LocalBus()
    collector = Collector(fails=lambda batch: True)
    bus.consume(CONDUCTOR, collector)
    bus.publish(CONDUCTOR, [observed(1)])
    wait_until(lambda: bus.dropped == 1)
    assert collector.failed == [[1]] * 3
    bus.close()


def test_messages_are_not_copied() -> None:
    bus = LocalBus()
    taken: list[Message] = []

    def handler(messages: Sequence[Message]) -> None:
        taken.extend(messages)

    bus.consume(CONDUCTOR, handler)
    message = observed(1)
    bus.publish(CONDUCTOR, [message])
    wait_until(lambda: bool(taken))
    assert taken[0] is message
    bus.close()


def test_closing_waits_until_what_was_published_is_handled() -> None:
    bus = LocalBus()
    collector = Collector()
    bus.consume(CONDUCTOR, collector, batch=10)
    bus.publish(CONDUCTOR, [observed(number) for number in range(5000)])
    bus.close()
    assert collector.handled == list(range(5000))
    assert bus.dropped == 0
