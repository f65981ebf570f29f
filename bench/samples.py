"""Repeats requests against a server, and keeps what each cost."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bench.client import Client, Request
from bench.servers import Server

WARM_UP = 3


@dataclass(frozen=True)
class Sample:
    """What one operation cost a server. ``size``: how many instances the server had."""

    server: str
    operation: str
    size: int
    latencies: tuple[float, ...]
    """Seconds, one for each operation."""
    cpu_seconds: float
    """The server's, over all operations, until the last call returned."""
    background_seconds: float = 0.0
    """The server's, from then on until all that the calls started was done."""

    @property
    def cpu_ms(self) -> float:
        """Of one operation, with what it left to do in the background."""
        return (self.cpu_seconds + self.background_seconds) * 1000 / len(self.latencies)

    @property
    def background_ms(self) -> float:
        return self.background_seconds * 1000 / len(self.latencies)

    def latency_ms(self, percent: float) -> float:
        """The nearest-rank percentile: with few operations the 99th is the slowest."""
        ordered = sorted(self.latencies)
        rank = -(-len(ordered) * percent // 100)
        return ordered[int(rank) - 1] * 1000


@dataclass(frozen=True)
class Effort:
    """How much is measured: at most ``operations`` of a kind, and none begun after ``seconds``."""

    operations: int
    seconds: float

    def share(self, part: float) -> "Effort":
        """Fewer operations in the same time, for those that do much at once."""
        return Effort(max(2, round(self.operations * part)), self.seconds)


def measure(
    server: Server,
    client: Client,
    operation: str,
    size: int,
    requests: Iterable[Request],
    effort: Effort,
    *,
    warm_up: int = WARM_UP,
    settle: Callable[[], object] | None = None,
) -> Sample:
    """Send requests one after another. ``settle`` returns when what they started is done."""
    supply = iter(requests)
    for request in islice(supply, warm_up):
        client.send(request)
    if settle and warm_up:
        settle()
    before = server.cpu_seconds()
    latencies = tuple(_latencies(client, islice(supply, effort.operations), effort.seconds))
    returned = server.cpu_seconds()
    if settle:
        settle()
    done = server.cpu_seconds()
    return Sample(server.kind.name, operation, size, latencies, returned - before, done - returned)


def _latencies(client: Client, requests: Iterator[Request], seconds: float) -> Iterator[float]:
    until = time.perf_counter() + seconds
    for request in requests:
        began = time.perf_counter()
        client.send(request)
        ended = time.perf_counter()
        yield ended - began
        if ended > until:
            return
