"""Messages between the control plane and the agents: in one process, or through RabbitMQ."""

from backend.bus.base import CONDUCTOR, Bus, Consumer, Handler, host_queue

__all__ = ["CONDUCTOR", "Bus", "Consumer", "Handler", "host_queue", "open_bus"]


def open_bus(url: str) -> Bus:
    """The bus that a URL names; ``ValueError`` for any other.

    ``local:`` is a new bus of this process, for embedded use. ``amqp://USER:PASSWORD@HOST:PORT/VHOST`` (or
    ``amqps:``) is RabbitMQ, with ``?prefix=NAME`` for what the names of its queues begin with (``ec2api``),
    and pika's own parameters such as ``heartbeat=SECONDS``. Opening connects to nothing yet, so a process may
    fork after it.
    """
    if url == "local:":
        from backend.bus.local import LocalBus  # noqa: PLC0415 - a process loads only what it uses

        return LocalBus()
    if url.startswith(("amqp://", "amqps://")):
        from backend.bus.rabbitmq import RabbitMQBus  # noqa: PLC0415

        return RabbitMQBus(url)
    raise ValueError(f"{url.partition(':')[0]!r} is no kind of bus: local: or amqp://...")
