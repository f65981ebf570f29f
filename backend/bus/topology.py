"""The names and limits of what the bus declares in RabbitMQ."""

from dataclasses import dataclass
from typing import Any

from pika.channel import Channel
from pika.exchange_type import ExchangeType

_MIB = 1024 * 1024
_MINUTE = 60 * 1000  # RabbitMQ counts milliseconds

CONDUCTOR_LIMITS: dict[str, Any] = {"x-max-length": 100_000, "x-max-length-bytes": 512 * _MIB}
"""With no conductor, the oldest observations go first; the agents' next heartbeats make up for them."""

HOST_LIMITS: dict[str, Any] = {
    "x-max-length": 10_000,
    "x-max-length-bytes": 64 * _MIB,
    "x-message-ttl": 10 * _MINUTE,
    "x-expires": 24 * 60 * _MINUTE,
}
"""The queue of a dead host stays small and ends a day after its last use; the sweep sends what it lost."""

DEAD_LIMITS: dict[str, Any] = {"x-max-length": 10_000, "x-max-length-bytes": 64 * _MIB}


@dataclass(frozen=True, slots=True)
class Topology:
    """Quorum queues ``PREFIX.conductor`` and ``PREFIX.host.NAME``; exchange and queue ``PREFIX.dead``.

    Whoever comes first declares them. RabbitMQ refuses a second declaration that differs, so a release that
    changes a limit here needs a new prefix, or queues that were deleted while nothing ran.
    """

    prefix: str = "ec2api"
    delivery_limit: int = 20
    """Failed deliveries after which a message is poison."""

    @property
    def dead(self) -> str:
        return f"{self.prefix}.dead"

    def name(self, queue: str) -> str:
        return f"{self.prefix}.{queue}"

    def declare_dead(self, channel: Channel) -> None:
        """Declare where poison ends up. What a limit pushed out of a queue is not kept: it was only late."""
        channel.exchange_declare(self.dead, ExchangeType.headers, durable=True)
        self._declare(channel, self.dead, DEAD_LIMITS)
        for reason in ("rejected", "delivery_limit"):
            # with-x: RabbitMQ leaves its own headers out of a match else.
            match = {"x-match": "all-with-x", "x-first-death-reason": reason}
            channel.queue_bind(self.dead, self.dead, arguments=match)

    def declare(self, channel: Channel, queue: str) -> None:
        """Declare a queue, once ``declare_dead`` is done on the same channel."""
        limits = HOST_LIMITS if queue.startswith("host.") else CONDUCTOR_LIMITS
        dead_letters = {"x-dead-letter-exchange": self.dead, "x-delivery-limit": self.delivery_limit}
        self._declare(channel, self.name(queue), {**limits, **dead_letters})

    @staticmethod
    def _declare(channel: Channel, name: str, arguments: dict[str, Any]) -> None:
        arguments = {"x-queue-type": "quorum", "x-overflow": "drop-head", **arguments}
        channel.queue_declare(name, durable=True, arguments=arguments)
