"""The bus through RabbitMQ: quorum queues, confirmed publishing, acknowledgement after the handler."""

import itertools
import logging
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import Condition, Lock, Thread, current_thread
from typing import Any, NamedTuple

import pika
from pika import spec
from pika.channel import Channel
from pika.delivery_mode import DeliveryMode

from backend.bus.base import Handler, retry_delay
from backend.bus.connection import Connection, connection_parameters
from backend.bus.messages import Message, decode, encode
from backend.bus.topology import Topology

log = logging.getLogger(__name__)

BUFFER = 50_000  # messages noted down and not sent yet; beyond, new ones are dropped
WINDOW = 5_000  # messages sent and not confirmed yet
CONFIRM_SECONDS = 5.0  # a queue that confirms nothing for so long (it lost its quorum) must not fill the window
REFUSED_SECONDS = 0.1  # until a refused message is sent again
CHUNK = 50  # messages between two turns of the connection's loop
CLOSE_SECONDS = 2.0
FIRST_ATTEMPT_SECONDS = 1.0

PERSISTENT = pika.BasicProperties(  # type: ignore[no-untyped-call]
    content_type="application/json", delivery_mode=DeliveryMode.Persistent.value
)


class RabbitMQBus:
    """Connects in the process that first publishes or consumes, on threads that keep each connection open."""

    def __init__(self, url: str, topology: Topology | None = None) -> None:
        self._parameters, prefix = connection_parameters(url)
        self._topology = topology or (Topology(prefix) if prefix else Topology())
        self._publisher: _Publisher | None = None
        self._consumers: list[_Consumer] = []
        self._closed = False
        self._lock = Lock()

    @property
    def dropped(self) -> int:
        publisher = self._publisher
        given_up = sum(consumer.given_up for consumer in list(self._consumers))
        return given_up + (publisher.dropped if publisher else 0)

    def publish(self, queue: str, messages: Sequence[Message]) -> None:
        if messages:
            self._publishing().publish(queue, messages)

    def consume(self, queue: str, handler: Handler, *, batch: int = 100) -> "_Consumer":
        with self._lock:
            if self._closed:
                raise RuntimeError("the bus is closed")
            consumer = _Consumer(self._parameters, self._topology, queue, handler, batch)
            self._consumers.append(consumer)
        return consumer

    def healthy(self) -> bool:
        """Whether the publisher is connected. The first call waits for it to connect, a second at most."""
        publisher = self._publishing()
        publisher.connection.tried.wait(0 if self._closed else FIRST_ATTEMPT_SECONDS)
        return publisher.connection.usable

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        deadline = time.monotonic() + CLOSE_SECONDS
        for consumer in self._consumers:
            consumer.stop()
        for consumer in self._consumers:
            consumer.close(max(0.0, deadline - time.monotonic()))
        if self._publisher is not None:
            self._publisher.close(CLOSE_SECONDS / 2)

    def _publishing(self) -> "_Publisher":
        """This process's publisher: one made before a fork belongs to the parent."""
        publisher = self._publisher
        if publisher is None or publisher.process != os.getpid():
            with self._lock:
                publisher = self._publisher
                if publisher is None or publisher.process != os.getpid():
                    publisher = self._publisher = _Publisher(self._parameters, self._topology, self._closed)
        return publisher


@dataclass(slots=True)
class _Sending:
    queue: str
    message: Message
    since: float = 0.0  # time.monotonic() when it was first sent


class _Publisher:
    """Sends what is noted down, as fast as the broker confirms it."""

    def __init__(self, parameters: pika.URLParameters, topology: Topology, closed: bool) -> None:
        self.process = os.getpid()
        self.dropped = 0
        self.connection = Connection("bus-publisher", parameters, self._opened, self._lost)
        self._topology = topology
        self._buffer: deque[_Sending] = deque()
        self._down = closed  # until the first attempt to connect fails, messages wait for it
        self._lock = Lock()  # over the three above
        # The rest belongs to the connection's thread.
        self._channel: Channel | None = None
        self._declared: set[str] = set()
        self._unconfirmed: dict[int, _Sending] = {}  # by delivery tag, which rises
        self._refused: list[_Sending] = []
        self._sent = 0
        if not closed:
            self.connection.start()

    def publish(self, queue: str, messages: Sequence[Message]) -> None:
        with self._lock:
            room = 0 if self._down else max(0, BUFFER - len(self._buffer))
            asleep = not self._buffer
            self._buffer.extend(_Sending(queue, message) for message in messages[:room])
            self.dropped += max(0, len(messages) - room)
        if room and asleep:
            self.connection.call(self._flush)

    def close(self, timeout: float) -> None:
        """Wait until all is confirmed, ``timeout`` seconds at most, then disconnect."""
        deadline = time.monotonic() + timeout
        while not self._down and self._unsettled() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.connection.close(max(0.2, deadline - time.monotonic()))

    def _unsettled(self) -> int:
        return len(self._buffer) + len(self._unconfirmed) + len(self._refused)

    def _opened(self, channel: Channel) -> None:
        self._channel, self._sent = channel, 0
        channel.confirm_delivery(self._on_confirm)
        channel.add_on_return_callback(self._on_return)
        self._topology.declare_dead(channel)
        with self._lock:
            self._down = False
        self.connection.call(self._expire, CONFIRM_SECONDS / 5)
        self._flush()

    def _lost(self) -> None:
        with self._lock:
            lost = self._unsettled()
            self._buffer.clear()
            self._down = True
            self.dropped += lost
        self._channel = None
        self._declared.clear()
        self._unconfirmed.clear()
        self._refused.clear()
        if lost:
            log.warning("dropped %d messages that the broker did not confirm", lost)

    def _flush(self) -> None:
        """Send what the window has room for, in chunks: between them the loop writes and reads the socket."""
        room = min(CHUNK, WINDOW - len(self._unconfirmed))
        if self._channel is None or not self._channel.is_open or room <= 0:
            return  # the next connection or the next confirm goes on
        with self._lock:
            chunk = [self._buffer.popleft() for _ in range(min(room, len(self._buffer)))]
            more = bool(self._buffer)
        for sending in chunk:
            self._send(self._channel, sending)
        if more:
            self.connection.call(self._flush)

    def _send(self, channel: Channel, sending: _Sending) -> None:
        queue = sending.queue
        try:
            body = encode(sending.message)
        except (TypeError, ValueError) as fault:
            self._drop(f"cannot encode {sending.message!r:.300}: {fault}")
            return
        if queue not in self._declared:
            self._topology.declare(channel, queue)
            self._declared.add(queue)
        channel.basic_publish("", self._topology.name(queue), body, PERSISTENT, mandatory=True)
        self._sent += 1
        sending.since = sending.since or time.monotonic()
        self._unconfirmed[self._sent] = sending

    def _on_confirm(self, frame: Any) -> None:
        confirm: spec.Basic.Ack | spec.Basic.Nack = frame.method
        tags = [confirm.delivery_tag]
        if confirm.multiple:
            tags = list(itertools.takewhile(lambda tag: tag <= confirm.delivery_tag, self._unconfirmed))
        settled = [self._unconfirmed.pop(tag) for tag in tags if tag in self._unconfirmed]
        if isinstance(confirm, spec.Basic.Nack):
            # A queue that another client declares at this moment refuses messages until it has a leader.
            self._refused += settled
            self.connection.call(self._send_again, REFUSED_SECONDS)
        if self._buffer:
            self._flush()

    def _send_again(self) -> None:
        refused, self._refused = self._refused, []
        tried_since = time.monotonic() - CONFIRM_SECONDS
        again = [sending for sending in refused if sending.since > tried_since]
        if len(again) < len(refused):
            self._drop("the broker refused messages", len(refused) - len(again))
        with self._lock:
            self._buffer.extendleft(reversed(again))
        self._flush()

    def _expire(self) -> None:
        """Give up what the broker has not confirmed in time; if it has it after all, that does no harm."""
        tried_since = time.monotonic() - CONFIRM_SECONDS
        late = [tag for tag, sending in self._unconfirmed.items() if sending.since < tried_since]
        if late:
            queues = {self._unconfirmed.pop(tag).queue for tag in late}
            self._drop(f"the broker does not confirm them in {', '.join(sorted(queues))}", len(late))
            self._flush()
        self.connection.call(self._expire, CONFIRM_SECONDS / 5)

    def _on_return(self, _channel: Channel, returned: spec.Basic.Return, _properties: Any, _body: bytes) -> None:
        # The queue was deleted or has expired since it was declared.
        self._declared = {queue for queue in self._declared if self._topology.name(queue) != returned.routing_key}
        self._drop(f"no queue {returned.routing_key}")

    def _drop(self, why: str, number: int = 1) -> None:
        with self._lock:
            self.dropped += number
        log.warning("dropped %d messages: %s", number, why)


class _Delivery(NamedTuple):
    channel: Channel
    tag: int
    attempts: int  # deliveries before this one
    body: bytes


class _Consumer:
    """A connection that takes deliveries, and a thread that hands them to the handler.

    Two threads, so that a slow handler does not stop the heartbeats of the connection.
    """

    def __init__(
        self, parameters: pika.URLParameters, topology: Topology, queue: str, handler: Handler, batch: int
    ) -> None:
        self.given_up = 0
        self._topology = topology
        self._queue = queue
        self._handler = handler
        self._batch = batch
        self._deliveries: deque[_Delivery] = deque()
        self._closing = False
        self._changed = Condition()  # over the two above
        self._waiting: set[int] = set()  # tags of failed deliveries, of the connection's thread
        self._connection = Connection(f"bus-{queue}-connection", parameters, self._opened, self._lost)
        self._thread = Thread(target=self._run, name=f"bus-{queue}", daemon=True)
        self._thread.start()
        self._connection.start()

    def stop(self) -> None:
        """Take no more deliveries."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def close(self, timeout: float | None = None) -> None:
        self.stop()
        if self._thread is not current_thread():
            self._thread.join(timeout)
        self._connection.close(CLOSE_SECONDS if timeout is None else max(0.2, timeout))

    def _opened(self, channel: Channel) -> None:
        self._topology.declare_dead(channel)
        self._topology.declare(channel, self._queue)
        channel.basic_qos(prefetch_count=2 * self._batch)
        channel.basic_consume(self._topology.name(self._queue), self._on_message)

    def _lost(self) -> None:
        with self._changed:
            self._deliveries.clear()  # the broker delivers them again
        self._waiting.clear()

    def _on_message(
        self, channel: Channel, method: spec.Basic.Deliver, properties: pika.BasicProperties, body: bytes
    ) -> None:
        attempts = int((properties.headers or {}).get("x-delivery-count", 0))
        with self._changed:
            self._deliveries.append(_Delivery(channel, method.delivery_tag, attempts, body))
            self._changed.notify()

    def _run(self) -> None:
        while taken := self._take():
            self._deliver(taken)

    def _take(self) -> list[_Delivery]:
        """The next deliveries, in the broker's order: new ones together, one that failed before alone."""
        with self._changed:
            while not self._closing:
                if self._deliveries:
                    taken = [self._deliveries.popleft()]
                    while taken[0].attempts == 0 and self._deliveries and len(taken) < self._batch:
                        if self._deliveries[0].attempts:
                            break
                        taken.append(self._deliveries.popleft())
                    return taken
                self._changed.wait()
            return []

    def _deliver(self, taken: list[_Delivery]) -> None:
        good: list[_Delivery] = []
        messages: list[Message] = []
        for delivery in taken:
            try:
                messages.append(decode(delivery.body))
                good.append(delivery)
            except ValueError as fault:
                self._give_up(delivery, fault)
        if not good:
            return
        try:
            self._handler(messages)
        except Exception as fault:
            self._retry(good, fault)
        else:
            self._connection.call(partial(self._acknowledge, good))

    def _retry(self, failed: list[_Delivery], fault: Exception) -> None:
        attempts = failed[0].attempts
        if attempts >= self._topology.delivery_limit:
            for delivery in failed:
                self._give_up(delivery, fault)
            return
        text = "delivery %d of %d messages from %s failed: %r"
        log.warning(text, attempts + 1, len(failed), self._queue, fault, exc_info=attempts == 0)
        self._connection.call(partial(self._waiting.update, [delivery.tag for delivery in failed]))
        self._connection.call(partial(self._return, failed), retry_delay(attempts))

    def _give_up(self, poison: _Delivery, fault: Exception) -> None:
        self.given_up += 1
        text = "moved a message of %d bytes from %s to %s after %d deliveries: %r"
        log.error(text, len(poison.body), self._queue, self._topology.dead, poison.attempts + 1, fault)
        self._connection.call(partial(self._reject, poison))

    # On the connection's thread. A delivery whose channel is gone is no longer ours.

    def _acknowledge(self, done: list[_Delivery]) -> None:
        channel, last = done[-1].channel, done[-1].tag
        if not channel.is_open:
            return
        if not any(tag < last for tag in self._waiting):
            channel.basic_ack(last, multiple=True)  # whatever came before is settled
            return
        for delivery in done:
            channel.basic_ack(delivery.tag)

    def _return(self, failed: list[_Delivery]) -> None:
        channel = failed[0].channel
        if not channel.is_open:
            return
        for delivery in failed:
            self._waiting.discard(delivery.tag)
            channel.basic_nack(delivery.tag, requeue=True)

    @staticmethod
    def _reject(poison: _Delivery) -> None:
        if poison.channel.is_open:
            poison.channel.basic_reject(poison.tag, requeue=False)
