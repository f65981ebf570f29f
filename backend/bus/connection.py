"""One AMQP connection with one channel on a thread of its own, opened again until it is closed."""

import copy
import logging
import os
import random
import socket
import time
from collections.abc import Callable
from threading import Event, Lock, Thread, current_thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pika
from pika.channel import Channel

log = logging.getLogger(__name__)
# pika logs each step of each attempt, with tracebacks; what matters is said here, in one line.
logging.getLogger("pika").setLevel(logging.CRITICAL)

BACK_OFF_SECONDS = 0.2
BACK_OFF_SECONDS_MOST = 10.0
STEADY_SECONDS = 5.0  # a connection that lasts shorter counts as one more failure
DEFAULTS = {"heartbeat": "15", "stack_timeout": "10", "blocked_connection_timeout": "60"}  # seconds

Job = Callable[[], None]


def connection_parameters(url: str) -> tuple[pika.URLParameters, str | None]:
    """What pika needs to connect, and the ``prefix`` in the URL's query.

    ``ValueError`` for a parameter that pika does not know.
    """
    parts = urlsplit(url)
    query = {**DEFAULTS, **dict(parse_qsl(parts.query, keep_blank_values=True))}
    prefix = query.pop("prefix", None)
    return pika.URLParameters(parts._replace(query=urlencode(query)).geturl()), prefix


class Connection:
    """Keeps a connection open. ``opened`` and ``lost`` are called on its thread, as is every ``call``.

    pika's connections belong to one thread; ``call`` is the one way in from others.
    """

    def __init__(self, name: str, parameters: pika.URLParameters, opened: Callable[[Channel], None], lost: Job) -> None:
        self.tried = Event()
        """Set once the first attempt has succeeded or failed."""
        self._name = name
        self._parameters = copy.copy(parameters)
        self._parameters.client_properties = {"connection_name": f"{name} {socket.gethostname()}:{os.getpid()}"}
        self._opened, self._lost = opened, lost
        self._connection: pika.SelectConnection | None = None
        self._usable = False  # the channel is open
        self._blocked = False  # the broker is short of memory or disk
        self._down = False  # that it is gone was said; further attempts are not worth a warning
        self._closing = Event()
        self._lock = Lock()  # over the first three, and so over the life of the loop that ``call`` wakes
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def usable(self) -> bool:
        return self._usable and not self._blocked

    def call(self, job: Job, delay: float = 0.0) -> None:
        """Do ``job`` on the connection's thread in ``delay`` seconds, or never if the connection is lost."""
        with self._lock:
            if not self._usable or self._connection is None:
                return
            loop = self._connection.ioloop
            loop.add_callback_threadsafe((lambda: loop.call_later(delay, job)) if delay else job)

    def close(self, timeout: float | None = None) -> None:
        """End the connection, after what was called before. Idempotent."""
        self._closing.set()
        with self._lock:
            if self._connection is not None:
                self._connection.ioloop.add_callback_threadsafe(self._end)
        if self._thread is not current_thread() and self._thread.ident is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            begun = time.monotonic()
            try:
                self._connect_and_serve()
            except Exception:
                log.exception("%s failed", self._name)
            self._lost()
            self.tried.set()
            failures = 0 if time.monotonic() - begun > STEADY_SECONDS else failures + 1
            delay = min(BACK_OFF_SECONDS * 2.0 ** min(failures, 10), BACK_OFF_SECONDS_MOST)
            self._closing.wait(delay * random.uniform(0.5, 1.0))

    def _connect_and_serve(self) -> None:
        """Connect, and run the loop of this connection until it is gone."""
        connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_gone,
            on_close_callback=self._on_gone,
        )
        connection.add_on_connection_blocked_callback(lambda *_: self._block(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._block(False))
        with self._lock:
            self._connection, self._blocked = connection, False
        try:
            if not self._closing.is_set():
                connection.ioloop.start()
        finally:
            with self._lock:
                self._connection, self._usable = None, False
            connection.ioloop.close()

    def _on_open(self, connection: pika.SelectConnection) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_cancel_callback(lambda _: self._end())  # the queue was deleted: declare it again
        with self._lock:
            self._usable = True
        self._opened(channel)
        self._down = False
        log.info("%s is connected", self._name)
        self.tried.set()

    def _on_channel_closed(self, channel: Channel, reason: Exception) -> None:
        with self._lock:
            self._usable = False
        if channel.connection.is_open:
            log.warning("%s: the broker closed the channel: %s", self._name, reason)
            self._end()

    def _on_gone(self, connection: Any, reason: BaseException) -> None:
        if not self._closing.is_set():
            level = logging.INFO if self._down else logging.WARNING
            log.log(level, "%s has no connection: %s", self._name, str(reason) or repr(reason))
        self._down = True
        connection.ioloop.stop()

    def _block(self, blocked: bool) -> None:
        self._blocked = blocked
        log.warning("%s is %s by the broker", self._name, "blocked" if blocked else "no longer blocked")

    def _end(self) -> None:
        connection = self._connection
        if connection is not None and not (connection.is_closing or connection.is_closed):
            connection.close()
