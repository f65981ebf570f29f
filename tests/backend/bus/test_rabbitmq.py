"""What only RabbitMQ does: brokers that are down, killed or slow, poison, expiry, forks."""

import os
import socket
import time
from collections.abc import Iterator
from threading import Event

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from backend.bus import CONDUCTOR, Bus, host_queue, open_bus
from backend.bus.connection import connection_parameters
from backend.bus.messages import Converge, Spec, encode
from backend.bus.rabbitmq import RabbitMQBus
from backend.bus.topology import Topology
from tests.backend.bus.conftest import Collector, observed, wait_until
from tests.services import Broker, free_port


def prefix_of(url: str) -> str:
    prefix = connection_parameters(url)[1]
    assert prefix is not None
    return prefix


@pytest.fixture
def channel(broker: Broker) -> Iterator[BlockingChannel]:
    """A plain client beside the bus."""
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    yield connection.channel()
    connection.close()


def count(channel: BlockingChannel, queue: str) -> int:
    """How many messages wait in a queue for a consumer."""
    number: int = channel.queue_declare(queue, passive=True).method.message_count
    return number


def test_the_prefix_is_the_bus_s_own_and_the_rest_is_pika_s() -> None:
    parameters, prefix = connection_parameters("amqp://u:p%40@mq:5673/cloud?prefix=a.b&heartbeat=7")
    assert prefix == "a.b"
    assert (parameters.host, parameters.port, parameters.virtual_host) == ("mq", 5673, "cloud")
    assert parameters.credentials == pika.PlainCredentials("u", "p@")
    assert (parameters.heartbeat, parameters.blocked_connection_timeout) == (7, 60)
    parameters, prefix = connection_parameters("amqp://mq")
    assert prefix is None
    assert parameters.heartbeat == 15


def test_without_a_broker_publishing_returns_at_once_and_counts_what_it_drops() -> None:
    bus = open_bus(f"amqp://127.0.0.1:{free_port()}/")
    consumer = bus.consume(CONDUCTOR, Collector())
    assert not bus.healthy()
    messages = [observed(number) for number in range(1000)]
    begun = time.perf_counter()
    for _ in range(100):
        bus.publish(CONDUCTOR, messages)
    assert time.perf_counter() - begun < 5
    assert bus.dropped == 100_000
    begun = time.perf_counter()
    consumer.close()
    bus.close()
    assert time.perf_counter() - begun < 5


def test_a_broker_that_never_answers_holds_up_neither_publish_nor_close() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bus = open_bus(f"amqp://127.0.0.1:{silent.getsockname()[1]}/")
        bus.consume(CONDUCTOR, Collector())
        bus.publish(CONDUCTOR, [observed(1)])
        begun = time.perf_counter()
        assert not bus.healthy()
        bus.close()
        assert time.perf_counter() - begun < 20
        assert bus.dropped == 1


@pytest.mark.cluster
def test_closing_sends_what_was_published(broker_url: str) -> None:
    first, collector = open_bus(broker_url), Collector()
    first.publish(host_queue("h1"), [observed(number) for number in range(2000)])
    first.close()
    assert first.dropped == 0
    second = open_bus(broker_url)
    second.consume(host_queue("h1"), collector)
    collector.wait_for(set(range(2000)))
    second.close()


@pytest.mark.cluster
def test_a_killed_broker_keeps_what_it_confirmed_and_everybody_comes_back() -> None:
    """Its own broker: the shared one stays up for the other tests."""
    with Broker() as broker:
        sender, receiver, collector = open_bus(broker.url), open_bus(broker.url), Collector()
        receiver.consume(host_queue("other"), collector)
        assert sender.healthy()
        sender.publish(CONDUCTOR, [observed(number) for number in range(500)])
        sender.close()
        assert sender.dropped == 0  # all were confirmed

        # RabbitMQ writes a new queue's name to disk half a second later: killed before, it forgets the queue.
        time.sleep(1)
        sender = open_bus(broker.url)
        assert sender.healthy()
        broker.kill()
        wait_until(lambda: not sender.healthy())
        begun = time.perf_counter()
        sender.publish(CONDUCTOR, [observed(number) for number in range(500, 600)])
        assert time.perf_counter() - begun < 2
        assert sender.dropped == 100

        broker.start()
        wait_until(sender.healthy, 30)
        receiver.consume(CONDUCTOR, collector)
        sender.publish(host_queue("other"), [observed(1000)])
        collector.wait_for({*range(500), 1000}, 30)
        assert not set(range(500, 600)) & set(collector.handled)
        assert sender.dropped == 100
        receiver.close()
        sender.close()


@pytest.mark.cluster
def test_a_body_that_is_no_message_goes_to_the_dead_letter_queue(
    rabbitmq: Bus, broker_url: str, channel: BlockingChannel
) -> None:
    topology, collector = Topology(prefix_of(broker_url)), Collector()
    rabbitmq.consume(CONDUCTOR, collector)
    rabbitmq.publish(CONDUCTOR, [observed(0)])
    collector.wait_for({0})
    channel.basic_publish("", topology.name(CONDUCTOR), b"poison")
    channel.basic_publish("", topology.name(CONDUCTOR), encode(observed(1)))
    collector.wait_for({1})
    wait_until(lambda: count(channel, topology.dead) == 1)
    _, properties, body = channel.basic_get(topology.dead, auto_ack=True)
    assert body == b"poison"
    assert properties is not None
    assert properties.headers["x-first-death-queue"] == topology.name(CONDUCTOR)
    assert rabbitmq.dropped == 1


@pytest.mark.cluster
def test_a_message_that_fails_too_often_goes_to_the_dead_letter_queue(
    broker_url: str, channel: BlockingChannel
) -> None:
    topology = Topology(prefix_of(broker_url), delivery_limit=2)
    bus, collector = RabbitMQBus(broker_url, topology), Collector(fails=lambda batch: 1 in batch)
    bus.publish(CONDUCTOR, [observed(1)])
    bus.consume(CONDUCTOR, collector)
    wait_until(lambda: bus.dropped == 1)
    wait_until(lambda: count(channel, topology.dead) == 1)
    assert collector.failed == [[1]] * 3
    assert count(channel, topology.name(CONDUCTOR)) == 0
    bus.close()


@pytest.mark.cluster
def test_a_message_that_kills_its_consumers_goes_to_the_dead_letter_queue(
    broker_url: str, channel: BlockingChannel, broker: Broker
) -> None:
    topology = Topology(prefix_of(broker_url), delivery_limit=2)
    bus = RabbitMQBus(broker_url, topology)
    bus.publish(CONDUCTOR, [observed(1)])
    bus.close()
    for _ in range(3):
        take_and_crash(broker.url, topology.name(CONDUCTOR))
    wait_until(lambda: count(channel, topology.dead) == 1)


def take_and_crash(url: str, queue: str) -> None:
    """Take one delivery and be gone without a word about it."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    for _ in connection.channel().consume(queue):
        connection.close()
        return


@pytest.mark.cluster
def test_a_dead_host_s_queue_stays_bounded_and_what_it_pushes_out_is_not_poison(
    rabbitmq: Bus, broker_url: str, channel: BlockingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.bus.topology.HOST_LIMITS", {"x-max-length": 100, "x-message-ttl": 1000})
    topology = Topology(prefix_of(broker_url))
    rabbitmq.publish(host_queue("dead"), [observed(number) for number in range(300)])
    wait_until(lambda: count_or_none(broker_url, topology.name(host_queue("dead"))) == 100)
    wait_until(lambda: count(channel, topology.name(host_queue("dead"))) == 0)
    assert count(channel, topology.dead) == 0
    assert rabbitmq.dropped == 0


def count_or_none(url: str, queue: str) -> int | None:
    """As ``count``, while the queue may not exist yet."""
    connection = pika.BlockingConnection(connection_parameters(url)[0])
    try:
        return count(connection.channel(), queue)
    except pika.exceptions.ChannelClosedByBroker:
        return None
    finally:
        connection.close()


@pytest.mark.cluster
def test_a_handler_slower_than_the_heartbeat_keeps_its_connection(broker_url: str) -> None:
    bus, collector = open_bus(f"{broker_url}&heartbeat=1"), Collector()
    collector.fails = lambda batch: Event().wait(3.5)  # RabbitMQ gives up a client after two silent heartbeats
    bus.consume(CONDUCTOR, collector)
    bus.publish(CONDUCTOR, [observed(1)])
    collector.wait_for({1})
    bus.publish(CONDUCTOR, [observed(2)])
    collector.fails = lambda batch: False
    collector.wait_for({2})
    assert collector.batches == [[1], [2]]
    bus.close()


@pytest.mark.cluster
def test_a_deleted_queue_is_declared_again(rabbitmq: Bus, broker_url: str, channel: BlockingChannel) -> None:
    topology, collector = Topology(prefix_of(broker_url)), Collector()
    rabbitmq.consume(CONDUCTOR, collector)
    rabbitmq.publish(CONDUCTOR, [observed(1)])
    rabbitmq.publish(host_queue("h1"), [observed(1)])
    collector.wait_for({1})
    wait_until(lambda: count(channel, topology.name(host_queue("h1"))) == 1)
    channel.queue_delete(topology.name(CONDUCTOR))
    channel.queue_delete(topology.name(host_queue("h1")))
    rabbitmq.publish(host_queue("h1"), [observed(2)])
    wait_until(lambda: rabbitmq.dropped == 1)  # returned: there was no queue
    rabbitmq.publish(host_queue("h1"), [observed(3)])
    rabbitmq.consume(host_queue("h1"), collector)
    collector.wait_for({3})

    def sent_again() -> bool:
        rabbitmq.publish(CONDUCTOR, [observed(4)])
        time.sleep(0.1)
        return 4 in collector.handled

    wait_until(sent_again)  # by a sweep, as it were: the consumer comes back on its own


@pytest.mark.cluster
def test_a_queue_that_confirms_nothing_does_not_hold_up_the_others(
    rabbitmq: Bus, broker: Broker, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.bus.rabbitmq.CONFIRM_SECONDS", 1.0)
    monkeypatch.setattr("backend.bus.rabbitmq.WINDOW", 10)
    collector = Collector()
    rabbitmq.consume(host_queue("h1"), collector)
    rabbitmq.publish(host_queue("h1"), [observed(1)])
    rabbitmq.publish(CONDUCTOR, [observed(1)])
    collector.wait_for({1})
    name = Topology(prefix_of(broker_url)).name(CONDUCTOR)
    broker.control("eval", f"ra:stop_server(quorum_queues, {{'%2F_{name}', node()}}).")
    rabbitmq.publish(CONDUCTOR, [observed(number) for number in range(20)])
    rabbitmq.publish(host_queue("h1"), [observed(2)])
    collector.wait_for({2})
    wait_until(lambda: rabbitmq.dropped == 20)
    assert rabbitmq.healthy()


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_forks_after_publishing_has_a_connection_of_its_own(rabbitmq: Bus, broker_url: str) -> None:
    rabbitmq.publish(CONDUCTOR, [observed(1)])
    assert rabbitmq.healthy()
    child = os.fork()
    if child == 0:
        try:
            rabbitmq.publish(CONDUCTOR, [observed(2)])
            healthy = rabbitmq.healthy()
            rabbitmq.close()
            os._exit(0 if healthy and rabbitmq.dropped == 0 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    rabbitmq.publish(CONDUCTOR, [observed(3)])
    collector = Collector()
    rabbitmq.consume(CONDUCTOR, collector)
    collector.wait_for({1, 2, 3})


@pytest.mark.cluster
def test_throughput_and_latency(broker_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints figures: what they may be depends on the machine."""
    sender, receiver, collector = open_bus(broker_url), open_bus(broker_url), Collector()
    receiver.consume(CONDUCTOR, collector)
    spec = Spec("i-1", 1, "running", "1" * 12, "us-east-1", "us-east-1a", "ami-1", "t3.micro", "x86_64", 2, 1024, "")
    sender.publish(host_queue("h1"), [Converge(spec)])
    sender.publish(CONDUCTOR, [observed(0)])
    collector.wait_for({0})
    begun = time.perf_counter()
    sender.publish(CONDUCTOR, [observed(number) for number in range(1, 5001)])
    collector.wait_for(set(range(5001)))
    rate = 5000 / (time.perf_counter() - begun)
    latencies = []
    for number in range(10_000, 10_100):
        begun = time.perf_counter()
        sender.publish(CONDUCTOR, [observed(number)])
        collector.wait_for({number})
        latencies.append(time.perf_counter() - begun)
    sender.close()
    receiver.close()
    assert sender.dropped == receiver.dropped == 0
    with capsys.disabled():
        median = sorted(latencies)[50] * 1000
        print(f"\nRabbitMQ: {rate:.0f} messages/s from publish to handler, one alone takes {median:.1f} ms")
