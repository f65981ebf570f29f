"""What a bus promises, on both transports."""

import time
from collections.abc import Sequence
from threading import Barrier, Event

import pytest

from backend.bus import CONDUCTOR, Bus, host_queue, open_bus
from backend.bus.messages import Message
from tests.backend.bus.conftest import Collector, observed, wait_until


def test_what_was_published_before_and_after_the_consumer_came_is_delivered(bus: Bus) -> None:
    collector = Collector()
    bus.publish(CONDUCTOR, [observed(number) for number in range(5)])
    bus.consume(CONDUCTOR, collector)
    bus.publish(CONDUCTOR, [observed(number) for number in range(5, 10)])
    bus.publish(CONDUCTOR, [])
    collector.wait_for(set(range(10)))
    assert sorted(collector.handled) == list(range(10))
    assert bus.healthy()
    assert bus.dropped == 0


def test_each_queue_has_its_own_messages(bus: Bus) -> None:
    first, second = Collector(), Collector()
    bus.consume(host_queue("h1"), first)
    bus.consume(host_queue("h2"), second)
    bus.publish(host_queue("h1"), [observed(1)])
    bus.publish(host_queue("h2"), [observed(2)])
    first.wait_for({1})
    second.wait_for({2})
    assert (first.handled, second.handled) == ([1], [2])


def test_what_waits_comes_in_batches_up_to_the_size_asked_for(bus: Bus) -> None:
    goes_on = Event()
    collector = Collector(fails=lambda batch: not goes_on.wait(20))
    bus.consume(CONDUCTOR, collector, batch=20)
    bus.publish(CONDUCTOR, [observed(number) for number in range(205)])
    time.sleep(0.2)
    goes_on.set()
    collector.wait_for(set(range(205)))
    sizes = [len(batch) for batch in collector.batches]
    assert max(sizes) <= 20
    assert len(sizes) < 100
    assert sum(sizes) == 205


def test_a_failed_batch_comes_again_one_by_one(bus: Bus) -> None:
    collector = Collector(fails=lambda batch: not collector.failed)
    bus.publish(CONDUCTOR, [observed(number) for number in range(3)])
    bus.consume(CONDUCTOR, collector)
    collector.wait_for({0, 1, 2})
    (failed,) = collector.failed
    again = [batch for batch in collector.batches if batch[0] in failed]
    assert sorted(again) == [[number] for number in sorted(failed)]
    assert bus.dropped == 0


def test_a_message_that_always_fails_holds_up_no_other(bus: Bus) -> None:
    collector = Collector(fails=lambda batch: 3 in batch)
    bus.consume(CONDUCTOR, collector)
    bus.publish(CONDUCTOR, [observed(number) for number in range(10)])
    collector.wait_for(set(range(10)) - {3})
    bus.publish(CONDUCTOR, [observed(10)])
    collector.wait_for({10})
    wait_until(lambda: [3] in collector.failed)


def test_several_consumers_share_a_queue(bus: Bus) -> None:
    both = Barrier(2)

    def together(batch: list[int]) -> bool:
        both.wait(20)  # a delivery ends only when the other consumer has one too
        return False

    first, second = Collector(together), Collector(together)
    for collector in (first, second):
        # The lock of a collector is its own, so that they can wait for each other.
        bus.consume(CONDUCTOR, collector, batch=1)
    bus.publish(CONDUCTOR, [observed(number) for number in range(20)])
    wait_until(lambda: len(first.handled) + len(second.handled) >= 18)
    assert abs(len(first.handled) - len(second.handled)) <= 1
    both.abort()


def test_a_closed_consumer_has_finished_its_batch_and_leaves_the_rest(bus: Bus) -> None:
    begun = Event()
    first, second = Collector(), Collector()

    def slow(messages: Sequence[Message]) -> None:
        begun.set()
        time.sleep(0.3)
        first(messages)

    consumer = bus.consume(CONDUCTOR, slow, batch=1)
    bus.publish(CONDUCTOR, [observed(number) for number in range(5)])
    assert begun.wait(20)
    consumer.close()
    consumer.close()
    assert first.handled == [0]
    bus.consume(CONDUCTOR, second)
    second.wait_for({1, 2, 3, 4})
    assert first.handled == [0]
    assert 0 not in second.handled


def test_a_handler_may_publish(bus: Bus) -> None:
    answers = Collector()
    bus.consume(CONDUCTOR, answers)
    bus.consume(host_queue("h1"), lambda messages: bus.publish(CONDUCTOR, messages))
    bus.publish(host_queue("h1"), [observed(number) for number in range(50)])
    answers.wait_for(set(range(50)))


def test_a_handler_may_close_its_consumer(bus: Bus) -> None:
    collector = Collector()
    done = Event()

    def once(messages: object) -> None:
        consumer.close()
        done.set()

    consumer = bus.consume(CONDUCTOR, once, batch=1)
    bus.publish(CONDUCTOR, [observed(1)])
    assert done.wait(20)
    bus.publish(CONDUCTOR, [observed(2)])
    bus.consume(CONDUCTOR, collector)
    collector.wait_for({2})


def test_publishing_a_thousand_returns_at_once(bus: Bus) -> None:
    messages = [observed(number) for number in range(1000)]
    assert bus.healthy()
    begun = time.perf_counter()
    bus.publish(CONDUCTOR, messages)
    assert time.perf_counter() - begun < 2
    collector = Collector()
    bus.consume(CONDUCTOR, collector)
    collector.wait_for(set(range(1000)))


def test_a_closed_bus_takes_no_more(bus: Bus) -> None:
    bus.consume(CONDUCTOR, Collector())
    assert bus.healthy()
    begun = time.monotonic()
    bus.close()
    bus.close()
    assert time.monotonic() - begun < 15
    assert not bus.healthy()
    bus.publish(CONDUCTOR, [observed(1)])
    assert bus.dropped == 1
    with pytest.raises(RuntimeError, match="closed"):
        bus.consume(CONDUCTOR, Collector())


def test_a_url_names_a_transport_or_is_refused() -> None:
    for url in ("", "redis://localhost", "local", "amqp:"):
        with pytest.raises(ValueError, match="is no kind of bus"):
            open_bus(url)
    with pytest.raises(ValueError, match="Unknown URL parameter"):
        open_bus("amqp://localhost/?colour=red")
