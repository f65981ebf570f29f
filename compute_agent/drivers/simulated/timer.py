"""One thread that calls back when times fall due, however many they are."""

import heapq
import logging
import time
from collections.abc import Callable
from threading import Condition, Thread

log = logging.getLogger(__name__)


class Timer:
    """Calls ``call(due, key)`` once for each ``add(due, key)``, at ``due`` (epoch seconds) or later."""

    def __init__(self, call: Callable[[float, str], None]) -> None:
        self._call = call
        self._heap: list[tuple[float, str]] = []
        self._changed = Condition()
        self._closed = False
        self._thread: Thread | None = None

    def start(self) -> None:
        self._closed = False
        self._thread = Thread(target=self._run, name="simulated-timer", daemon=True)
        self._thread.start()

    def add(self, due: float, key: str) -> None:
        with self._changed:
            heapq.heappush(self._heap, (due, key))
            if self._heap[0][0] == due:  # else the thread wakes early enough
                self._changed.notify()

    def close(self) -> None:
        """Calls nothing any more once it returns."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (due := self._wait()) is not None:
            try:
                self._call(*due)
            except Exception:  # one guest's trouble is not the others'
                log.exception("a report of %s failed", due[1])

    def _wait(self) -> tuple[float, str] | None:
        """The next that is due, once it is; None once the timer is closed."""
        with self._changed:
            while not self._closed:
                delay = self._heap[0][0] - time.time() if self._heap else None
                if delay is not None and delay <= 0:
                    return heapq.heappop(self._heap)
                self._changed.wait(delay)
        return None
