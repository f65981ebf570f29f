"""What both transports of the bus promise: messages reach their queue at least once, in no promised order."""

from collections.abc import Callable, Sequence
from typing import Protocol

from backend.bus.messages import Message

CONDUCTOR = "conductor"
"""The queue that every conductor shares: observations, consoles and heartbeats."""


def host_queue(host: str) -> str:
    """The queue of one host's agent."""
    return f"host.{host}"


Handler = Callable[[Sequence[Message]], None]
"""Takes a batch of deliveries. They are acknowledged when it returns; when it raises, they are delivered again."""


class Consumer(Protocol):
    def close(self) -> None:
        """Take no more deliveries; return when the batch in hand is done. Idempotent."""


class Bus(Protocol):
    """Either transport. ``publish`` never blocks on a broker and never raises for one that is down.

    A message that cannot be sent is dropped and counted: its row is the outbox, and the conductor's sweep sends it
    again. So callers commit first and publish after.
    """

    def publish(self, queue: str, messages: Sequence[Message]) -> None: ...

    def consume(self, queue: str, handler: Handler, *, batch: int = 100) -> Consumer:
        """Deliver what arrives in ``queue`` to ``handler``, in batches of up to ``batch``, on a thread of its own."""

    def healthy(self) -> bool:
        """Whether messages can be sent now."""

    def close(self) -> None:
        """Send what is queued (within a second or two), end every consumer. Idempotent."""
