"""A connection to libvirtd that comes back when libvirtd does, and its events."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

import libvirt

from compute_agent.drivers.base import DriverError, Unreachable

log = logging.getLogger(__name__)

_event_loop = Lock()
_event_loop_runs = False


class Connection:
    """One libvirtd. ``on_lifecycle(domain, event, detail)`` and ``on_reboot(domain)`` come from the event
    thread.

    ``on_return()`` is called, from a thread of its own, when libvirtd is back after it was lost: whatever
    happened in between has made no event. ``wait_seconds``: how long ``get`` waits for it.
    """

    def __init__(
        self,
        uri: str,
        wait_seconds: float,
        on_lifecycle: Callable[["libvirt.virDomain", int, int], None],
        on_reboot: Callable[["libvirt.virDomain"], None],
        on_return: Callable[[], None],
    ) -> None:
        self._uri = uri
        self._wait_seconds = wait_seconds
        self._on_lifecycle = on_lifecycle
        self._on_reboot = on_reboot
        self._on_return = on_return
        self._lock = Lock()
        self._connection: libvirt.virConnect | None = None
        self._callbacks: list[int] = []
        self._lost = Event()
        self._closed = False
        self._watcher: Thread | None = None

    def open(self) -> None:
        """``DriverError`` where libvirtd does not answer now."""
        _run_event_loop()
        self._closed = False
        with self._lock:
            try:
                self._connect()
            except libvirt.libvirtError as fault:
                raise DriverError(f"libvirtd does not answer: {fault}") from fault
        self._watcher = Thread(target=self._watch, name="libvirt-watcher", daemon=True)
        self._watcher.start()

    def get(self) -> "libvirt.virConnect":
        """The connection, opened again where it was lost. ``Unreachable`` where libvirtd stays away."""
        deadline = time.monotonic() + self._wait_seconds
        while True:
            with self._lock:
                if self._closed:
                    raise Unreachable("the driver is closed")
                if self._connection is not None and self._connection.isAlive():
                    return self._connection
                try:
                    return self._connect()
                except libvirt.libvirtError as fault:
                    if time.monotonic() > deadline:
                        raise Unreachable(f"libvirtd does not answer: {fault}") from fault
            time.sleep(0.2)

    def is_alive(self) -> bool:
        with self._lock:
            return self._connection is not None and bool(self._connection.isAlive())

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()
        self._lost.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None

    def _connect(self) -> "libvirt.virConnect":
        self._drop()
        connection = libvirt.open(self._uri)
        connection.registerCloseCallback(lambda *_: self._lost.set(), None)
        connection.setKeepAlive(5, 3)
        for kind, call in (
            (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._lifecycle),
            (libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self._reboot),
        ):
            self._callbacks.append(connection.domainEventRegisterAny(None, kind, call, None))
        self._connection = connection
        return connection

    def _drop(self) -> None:
        """Lets go of the connection.

        One that was lost answers each step with an error, which says nothing.
        """
        connection, self._connection = self._connection, None
        callbacks, self._callbacks = self._callbacks, []
        if connection is None:
            return
        for callback in callbacks:
            with suppress(libvirt.libvirtError):
                connection.domainEventDeregisterAny(callback)
        with suppress(libvirt.libvirtError):
            connection.unregisterCloseCallback()
        with suppress(libvirt.libvirtError):
            connection.close()

    def _lifecycle(self, _: Any, domain: "libvirt.virDomain", event: int, detail: int, __: Any) -> None:
        self._on_lifecycle(domain, event, detail)

    def _reboot(self, _: Any, domain: "libvirt.virDomain", __: Any) -> None:
        self._on_reboot(domain)

    def _watch(self) -> None:
        """Opens a lost connection again, for its events, though nobody asks for it."""
        while True:
            self._lost.wait()
            self._lost.clear()
            if self._closed:
                return
            log.warning("libvirtd at %s is lost", self._uri)
            try:
                self.get()
            except DriverError:
                if not self._closed:
                    self._lost.set()
                continue
            log.info("libvirtd at %s is back", self._uri)
            try:
                self._on_return()
            except Exception:  # whatever it is, the next loss is to be seen too
                log.exception("no report after libvirtd came back")


def _run_event_loop() -> None:
    """libvirt's event loop: one for the process, before its first connection, for ever."""
    global _event_loop_runs  # noqa: PLW0603 - libvirt has one for a process
    with _event_loop:
        if _event_loop_runs:
            return
        libvirt.registerErrorHandler(lambda *_: None, None)  # it would print what is raised anyway
        libvirt.virEventRegisterDefaultImpl()
        Thread(target=_event_loop_run, name="libvirt-events", daemon=True).start()
        _event_loop_runs = True


def _event_loop_run() -> None:
    while True:
        try:
            libvirt.virEventRunDefaultImpl()
        except libvirt.libvirtError as fault:
            log.error("libvirt's event loop: %s", fault)
            time.sleep(1)
