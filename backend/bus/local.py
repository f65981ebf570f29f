"""The bus inside one process: queues in memory, whose durability is that of the rows behind the messages."""

import heapq
import itertools
import logging
import time
from collections import deque
from collections.abc import Sequence
from threading import Condition, Lock, Thread, current_thread

from backend.bus.base import Handler, retry_delay
from backend.bus.messages import Message

log = logging.getLogger(__name__)

CAPACITY = 50_000  # messages that one queue holds; beyond, the oldest go
ATTEMPTS = 8  # deliveries of a message before it is given up, over about 13 seconds
DRAIN_SECONDS = 1.5
JOIN_SECONDS = 2.0


class LocalBus:
    """Queues of messages that are never serialised: a handler gets the very objects that were published."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._lock = Lock()
        self._closed = False

    @property
    def dropped(self) -> int:
        return sum(queue.dropped for queue in list(self._queues.values()))

    def publish(self, queue: str, messages: Sequence[Message]) -> None:
        if messages:
            self._queue(queue).put(messages)

    def consume(self, queue: str, handler: Handler, *, batch: int = 100) -> "_Consumer":
        with self._lock:
            if self._closed:
                raise RuntimeError("the bus is closed")
        return _Consumer(self._queue(queue), handler, batch)

    def healthy(self) -> bool:
        return not self._closed

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline and not all(queue.idle() for queue in list(self._queues.values())):
            time.sleep(0.01)
        for queue in list(self._queues.values()):
            queue.end()
        for consumer in [consumer for queue in self._queues.values() for consumer in list(queue.consumers)]:
            consumer.close(JOIN_SECONDS)

    def _queue(self, name: str) -> "_Queue":
        queue = self._queues.get(name)
        if queue is None:
            with self._lock:
                queue = self._queues.setdefault(name, _Queue(name))
        return queue


class _Queue:
    """One queue: what was never delivered, and what failed and waits for its next delivery."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dropped = 0
        self.consumers: set[_Consumer] = set()
        self._fresh: deque[Message] = deque()
        self._failed: list[tuple[float, int, int, Message]] = []  # a heap: when due, a tie-breaker, attempts
        self._ties = itertools.count()
        self._in_hand = 0
        self._ended = False
        self._changed = Condition()

    def put(self, messages: Sequence[Message]) -> None:
        with self._changed:
            if self._ended:
                self.dropped += len(messages)
                return
            self._fresh.extend(messages)
            while len(self._fresh) > CAPACITY:
                self._fresh.popleft()
                self.dropped += 1
            self._changed.notify(len(messages))

    def take(self, consumer: "_Consumer", most: int) -> tuple[int, list[Message]]:
        """The next delivery and how often it failed before; blocks. Nothing once the consumer is to end."""
        with self._changed:
            while not consumer.closing:
                wait = None
                if self._failed:
                    wait = self._failed[0][0] - time.monotonic()
                    if wait <= 0:
                        _, _, attempts, message = heapq.heappop(self._failed)
                        self._in_hand += 1
                        return attempts, [message]
                if self._fresh:
                    taken = [self._fresh.popleft() for _ in range(min(most, len(self._fresh)))]
                    self._in_hand += 1
                    return 0, taken
                self._changed.wait(wait)
            self._changed.notify()  # this thread may have had the call that was meant for another
            return 0, []

    def done(self) -> None:
        with self._changed:
            self._in_hand -= 1

    def retry(self, messages: Sequence[Message], attempts: int) -> None:
        """Note a failed delivery: it comes again later, unless it has failed too often."""
        with self._changed:
            if attempts + 1 >= ATTEMPTS:
                self.dropped += len(messages)
                log.error("gave up after %d deliveries from %s: %.300r", ATTEMPTS, self.name, messages)
                return
            due = time.monotonic() + retry_delay(attempts)
            for message in messages:
                heapq.heappush(self._failed, (due, next(self._ties), attempts + 1, message))
            self._changed.notify_all()

    def idle(self) -> bool:
        """Whether nothing is in hand, nor waits for a consumer that exists."""
        with self._changed:
            return not self._in_hand and not (self._fresh and self.consumers)

    def end(self) -> None:
        """Take no more messages."""
        with self._changed:
            self._ended = True

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Consumer:
    """A thread that hands what arrives in a queue to a handler."""

    def __init__(self, queue: _Queue, handler: Handler, batch: int) -> None:
        self.closing = False
        self._queue = queue
        self._handler = handler
        self._batch = batch
        self._thread = Thread(target=self._run, name=f"bus-{queue.name}", daemon=True)
        queue.consumers.add(self)
        self._thread.start()

    def close(self, timeout: float | None = None) -> None:
        self.closing = True
        self._queue.wake()
        if self._thread is not current_thread():
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            while True:
                attempts, messages = self._queue.take(self, self._batch)
                if not messages:
                    return
                self._deliver(messages, attempts)
        finally:
            self._queue.consumers.discard(self)

    def _deliver(self, messages: list[Message], attempts: int) -> None:
        try:
            self._handler(messages)
        except Exception as fault:
            log.warning(
                "delivery %d of %d messages from %s failed: %r",
                attempts + 1,
                len(messages),
                self._queue.name,
                fault,
                exc_info=attempts == 0,
            )
            self._queue.retry(messages, attempts)
        finally:
            self._queue.done()
