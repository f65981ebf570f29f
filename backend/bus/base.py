"""What both transports of the bus promise: messages reach their queue at least once, in no promised order."""

from collections.abc import Callable, Sequence
from typing import Protocol

from backend.bus.messages import Message

CONDUCTOR = "conductor"
"""The queue that every conductor shares: observations, consoles and heartbeats."""

RETRY_SECONDS = 0.1
"""How long a failed message waits before its second delivery; each further one waits twice as long."""

RETRY_SECONDS_MOST = 5.0


def host_queue(host: str) -> str:
    """The queue of one host's agent."""
    return f"host.{host}"


def retry_delay(attempts: int) -> float:
    """Seconds until the next delivery of a message that failed ``attempts`` times before this one."""
    return min(RETRY_SECONDS * 2.0 ** min(attempts, 20), RETRY_SECONDS_MOST)


Handler = Callable[[Sequence[Message]], None]
"""Takes a batch of deliveries. They are acknowledged when it returns, and come again when it raises.

After a short wait that grows, and then each one alone, so that a message that cannot be handled costs only
itself. A message that fails again and again is given up: logged, and over RabbitMQ kept in the dead-letter
queue. A handler may be given a message twice, and may publish.
"""


class Consumer(Protocol):
    def close(self) -> None:
        """Take no more deliveries; return when the batch in hand is done. Idempotent."""


class Bus(Protocol):
    """Either transport. ``publish`` never blocks on a broker and never raises for one that is down.

    A message that cannot be sent is dropped and counted: its row is the outbox, and the conductor's sweep
    sends it again. So callers commit first and publish after.
    """

    @property
    def dropped(self) -> int:
        """How many messages this process could not send or gave up, since it started."""

    def publish(self, queue: str, messages: Sequence[Message]) -> None:
        """Send to a queue, which needs no consumer yet. Cheap: the messages are only noted down here.

        The caller must not change the dictionaries inside a message afterwards.
        """

    def consume(self, queue: str, handler: Handler, *, batch: int = 100) -> Consumer:
        """Deliver what arrives in ``queue`` to ``handler`` on a thread of its own, up to ``batch`` at a time.

        Consumers of one queue, in one process or many, share what arrives. A bus that is closed raises
        ``RuntimeError``.
        """

    def healthy(self) -> bool:
        """Whether messages can be sent now."""

    def close(self) -> None:
        """Send what is queued (within a second or two), end every consumer. Idempotent."""
