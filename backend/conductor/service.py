"""The conductor: takes in what agents report, and sweeps. Any number of them may run beside each other."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from backend import fleet_fulfilment, reservation_deliveries, spot_fulfilment
from backend.bus.base import CONDUCTOR, Consumer
from backend.bus.messages import Message
from backend.cloud import Cloud
from backend.conductor import (
    bucket_lifecycles,
    disk_exports,  # noqa: F401
    disk_imports,  # noqa: F401 - these say how disks are carried
    disk_tasks,
    notifications,
    object_sweep,
    observations,
    reconcile,
    replication,
    stored_images,  # noqa: F401
    transitions,
    unused_blocks,
)

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
COLLECT_SECONDS = 600.0
LIFECYCLE_SECONDS = 600.0
NOTIFY_SECONDS = 1.0
REPLICATE_SECONDS = 1.0
GATHER_SECONDS = 0.025
"""After each batch, for what comes meanwhile to be one transaction and not many: a first message never waits."""


class Conductor:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._stop = threading.Event()
        self._consumer: Consumer | None = None
        self._threads = [
            threading.Thread(target=self._sweep, name="conductor-sweep", daemon=True),
            threading.Thread(target=self._move, name="conductor-transitions", daemon=True),
            threading.Thread(target=self._carry_disks, name="conductor-disks", daemon=True),
            self._every(cloud.settings.orphan_seconds, object_sweep.collect, "conductor-objects"),
            self._every(REPLICATE_SECONDS, replication.run, "conductor-replication"),
            self._every(NOTIFY_SECONDS, notifications.deliver, "conductor-notifications"),
            # Rules speak of days: a round is never rarer than three in one.
            self._every(
                min(LIFECYCLE_SECONDS, cloud.settings.s3_day_seconds / 3), bucket_lifecycles.run, "conductor-lifecycle"
            ),
        ]

    def start(self) -> None:
        self._consumer = self._cloud.bus.consume(CONDUCTOR, self._take_in, batch=500)
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop.set()
        self._cloud.moving.set()
        self._cloud.tasked.set()
        if self._consumer:
            self._consumer.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _take_in(self, messages: Sequence[Message]) -> None:
        observations.handle(self._cloud, messages)
        self._stop.wait(GATHER_SECONDS)

    def _sweep(self) -> None:
        collect_at = time.monotonic() + COLLECT_SECONDS
        while not self._stop.wait(min(SWEEP_SECONDS, self._cloud.settings.resend_seconds)):
            try:
                reconcile.sweep(self._cloud)
                if time.monotonic() >= collect_at:
                    collect_at = time.monotonic() + COLLECT_SECONDS
                    unused_blocks.collect(self._cloud)
            except Exception:
                log.exception("a sweep failed; the next one tries again")

    def _every(self, seconds: float, round_: Callable[[Cloud], int | None], name: str) -> threading.Thread:
        """A thread that does a round now and then: again at once while one says that it did something."""

        def run() -> None:
            while not self._stop.wait(seconds):
                try:
                    while round_(self._cloud) and not self._stop.is_set():
                        pass
                except Exception:
                    log.exception("a round of %s failed; the next one tries again", name)

        return threading.Thread(target=run, name=name, daemon=True)

    def _carry_disks(self) -> None:
        while not self._stop.is_set():
            self._cloud.tasked.wait(SWEEP_SECONDS)
            self._cloud.tasked.clear()
            try:
                disk_tasks.advance(self._cloud, self._stop)
            except Exception:
                log.exception("tasks with disks could not be worked on; the next round tries again")

    def _move(self) -> None:
        while not self._stop.is_set():
            self._cloud.moving.wait(SWEEP_SECONDS)
            self._cloud.moving.clear()
            if self._stop.is_set():
                return
            try:
                transitions.advance(self._cloud)
                spot_fulfilment.advance(self._cloud)
                fleet_fulfilment.advance(self._cloud)
                reservation_deliveries.advance(self._cloud)
            except Exception:
                log.exception("states could not be moved on; the next round tries again")
