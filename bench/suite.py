"""What is done to each server: launches on an empty one, questions to a full one, a start on what is there."""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.fleet import Fleet
from bench.samples import Effort, Sample, measure
from bench.servers import Kind, Server

RUN_1, RUN_100, RUN_1000 = "RunInstances of 1", "RunInstances of 100", "RunInstances of 1,000"
ONE_ID, PAGE, BY_TAG = "DescribeInstances by one id", "DescribeInstances, a page", "DescribeInstances by tag"
CREATE_TAGS, SECURITY_GROUPS = "CreateTags", "DescribeSecurityGroups"
LAUNCHES = {RUN_1: 1, RUN_100: 100, RUN_1000: 1000}

IDLE_SECONDS = 5.0
SETTLED_SECONDS = 1.0


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    sizes: tuple[int, ...] = (100, 1_000, 10_000)
    launches: tuple[str, ...] = (RUN_1, RUN_100, RUN_1000)
    effort: Effort = field(default_factory=lambda: Effort(300, 8))
    starts: int = 3
    started_with: int = 1_000
    idle_seconds: float = IDLE_SECONDS


QUICK = Plan((10, 20), (RUN_1,), Effort(4, 1), starts=1, started_with=10, idle_seconds=0.1)


@dataclass
class Footprint:
    """What a server takes where nobody asks anything, by the time of the measurement; MiB and seconds."""

    server: str
    first_start: float = 0.0
    """Seconds until the first answer, with an empty folder."""
    starts: dict[int, float] = field(default_factory=dict)
    """The same with the folder of an earlier run, by how many instances that had."""
    started_memory: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Resident and proportional size, a second after such a start."""
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    idle_ms: dict[str, float] = field(default_factory=dict)
    """CPU milliseconds a second while nobody asks anything."""


@dataclass
class Results:
    samples: list[Sample] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def find(self, server: str, operation: str, size: int | None = None) -> Sample | None:
        """The sample of this size, or of the largest."""
        found = [s for s in self.samples if (s.server, s.operation) == (server, operation)]
        found = [s for s in found if size in (None, s.size)]
        return max(found, key=lambda s: s.size, default=None)


def run(kind: Kind, plan: Plan, say: Callable[[str], None]) -> Results:
    """Measure one kind of server."""
    results = Results(footprints=[Footprint(kind.name)])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _launches(kind, plan, Path(folder) / "launches", results, say)
        if kind.keeps_state:
            _make(kind, plan, Path(folder) / "started")
            _start_again(kind, plan, Path(folder) / "started", plan.started_with, results)
        _questions(kind, plan, Path(folder) / "questions", results, say)
    return results


def _launches(kind: Kind, plan: Plan, folder: Path, results: Results, say: Callable[[str], None]) -> None:
    with Server(kind, folder) as server, closing(server.client()) as client:
        results.footprints[0].first_start = server.first_answer
        fleet = Fleet(client)
        for operation in plan.launches:
            number = LAUNCHES[operation]
            effort = plan.effort.share(1 / 4 if number == 1 else 1 / 20 if number == 100 else 1 / 100)
            warm_up = 1 if number > 100 else 3
            requests = fleet.launches(number)
            sample = measure(server, client, operation, 0, requests, effort, warm_up=warm_up, settle=fleet.settle)
            results.samples.append(sample)
            say(f"{kind.name}: {operation}: {sample.cpu_ms:.1f} ms of CPU")


def _questions(kind: Kind, plan: Plan, folder: Path, results: Results, say: Callable[[str], None]) -> None:
    footprint = results.footprints[0]
    sizes = [size for size in plan.sizes if size <= kind.largest]
    with Server(kind, folder) as server, closing(server.client()) as client:
        fleet = Fleet(client)
        fleet.make_network()
        fleet.make_security_groups()
        for size in sizes:
            began = time.perf_counter()
            fleet.grow(size)
            say(f"{kind.name}: {size} instances after {time.perf_counter() - began:.1f} s")
            _ask(server, fleet, plan, size, results, say)
        footprint.memory[f"after the run, {sizes[-1]:,} instances"] = server.memory()
        footprint.idle_ms[f"{sizes[-1]:,} instances"] = _idle(server, plan)
    if kind.keeps_state:
        _start_again(kind, plan, folder, sizes[-1], results)


def _ask(server: Server, fleet: Fleet, plan: Plan, size: int, results: Results, say: Callable[[str], None]) -> None:
    effort = plan.effort
    pages = max(1, -(-size // 1000))
    questions = (
        (ONE_ID, fleet.by_one_id(), effort),
        (BY_TAG, fleet.by_tag(), effort),
        (PAGE, fleet.pages(), Effort(max(2, pages, effort.operations // 15), effort.seconds)),
        (CREATE_TAGS, fleet.tags(), effort),
        (SECURITY_GROUPS, fleet.security_groups(), effort.share(1 / 4)),
    )
    with closing(server.client()) as client:
        for operation, requests, much in questions:
            sample = measure(server, client, operation, size, requests, much)
            results.samples.append(sample)
            say(f"{server.kind.name}: {operation}, {size} instances: {sample.cpu_ms:.2f} ms of CPU")


def _make(kind: Kind, plan: Plan, folder: Path) -> None:
    with Server(kind, folder) as server, closing(server.client()) as client:
        Fleet(client).grow(plan.started_with)


def _start_again(kind: Kind, plan: Plan, folder: Path, size: int, results: Results) -> None:
    """The median of some starts on a folder that is there, and what the server takes after the last one."""
    footprint, taken = results.footprints[0], []
    for _ in range(plan.starts):
        with Server(kind, folder) as server:
            taken.append(server.first_answer)
            time.sleep(SETTLED_SECONDS)
            footprint.started_memory[size] = server.memory()
    footprint.starts[size] = sorted(taken)[len(taken) // 2]


def _idle(server: Server, plan: Plan) -> float:
    before = server.cpu_seconds()
    time.sleep(plan.idle_seconds)
    return (server.cpu_seconds() - before) * 1000 / plan.idle_seconds
