"""Delivers the notifications of buckets: by POST to a webhook, or to a queue of RabbitMQ.

At least once, and each for a day at most: a target that does not answer is asked again, later each time.
"""

import json
import logging
import urllib.request
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pika
import pika.exceptions
from sqlalchemy import delete, select, update

from backend import clock
from backend.cloud import Cloud
from backend.db import reading
from backend.db.models.s3_deliveries import Notification
from backend.s3 import notifications

log = logging.getLogger(__name__)

BATCH = 100
TIMEOUT_SECONDS = 10.0
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
KEPT = timedelta(days=1)
CLAIM = timedelta(minutes=5)
"""How long a conductor has what it took to itself: if it dies, another one delivers it after this time."""

_TABLE = reading.table_of(Notification)


def deliver(cloud: Cloud) -> int:
    """Deliver what is due, the oldest first; how many were delivered. Those of one target keep their order."""
    addresses = notifications.targets(cloud.settings)
    now = clock.now()
    with cloud.everywhere(write=False) as uow:
        if uow.for_reading().execute(select(_TABLE.c.row).where(_TABLE.c.due <= now).limit(1)).first() is None:
            return 0  # the usual case takes no writer's turn
    with cloud.everywhere(write=True) as uow:
        due = select(_TABLE.c.row).where(_TABLE.c.due <= now).order_by(_TABLE.c.row).limit(BATCH)
        claim = update(_TABLE).where(_TABLE.c.row.in_(due), _TABLE.c.due <= now).values(due=now + CLAIM)
        waiting = sorted(uow.for_reading().execute(claim.returning(*_TABLE.c)).all(), key=lambda found: found.row)
        cloud.commit(uow)
    delivered: list[int] = []
    failing: set[str] = set()
    for notification in waiting:
        target = notification.target
        if target in failing:
            continue
        try:
            send(addresses[target], json.dumps(notification.message).encode())
            delivered.append(notification.row)
        except Exception as fault:
            log.warning("a notification to %s failed: %s", target, fault)
            failing.add(target)
    with cloud.everywhere(write=True) as uow:
        if delivered:
            uow.execute(delete(_TABLE).where(_TABLE.c.row.in_(delivered)))
        for target in failing:
            attempts = max(n.attempts for n in waiting if n.target == target)
            pause = min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
            later = update(_TABLE).where(_TABLE.c.target == target)
            uow.execute(later.values(due=now + pause, attempts=_TABLE.c.attempts + 1))
        uow.execute(delete(_TABLE).where(_TABLE.c.created < now - KEPT))
        cloud.commit(uow)
    return len(delivered)


def send(address: str, message: bytes) -> None:
    """Hand a message over; raises where the target did not take it.

    ``address``: an http(s) URL, or ``amqp(s)://user:password@host:port/vhost?queue=NAME``,
    whose queue is made where there is none, and lasts.
    """
    if address.startswith(("http://", "https://")):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(address, message, headers, method="POST")  # noqa: S310 - the operator's URL
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            answer.read()
        return
    url = urlsplit(address)
    queue = parse_qs(url.query)["queue"][0]
    parameters = pika.URLParameters(urlunsplit(url._replace(query="")))
    parameters.socket_timeout = parameters.blocked_connection_timeout = TIMEOUT_SECONDS
    connection = pika.BlockingConnection(parameters)
    try:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        channel.confirm_delivery()
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2)  # type: ignore[no-untyped-call]
        channel.basic_publish("", queue, message, properties, mandatory=True)
    finally:
        connection.close()
