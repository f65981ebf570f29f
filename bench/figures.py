"""The figures that the embedded server has to reach, and whether a run reached them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench import objects, suite
from bench.servers import EC2API, MOTO
from bench.suite import Results

RUNNING_MS = "call to running p50 ms"
PLACEMENTS = "placements per second and core"
"""What the measurements of a cluster are called, in the dictionaries that they return."""


@dataclass(frozen=True)
class Figure:
    name: str
    target: float
    unit: str
    measured: float | None
    """None: not measured in this run."""
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= self.target if self.at_least else self.measured <= self.target


def figures(results: Results, cluster: Mapping[str, float]) -> list[Figure]:
    """Every figure, in the order of the table."""
    return [
        Figure("DescribeInstances by one id, server CPU", 2, "ms", _cpu(results, suite.ONE_ID)),
        Figure(
            "the same at the largest number of instances, times that at the smallest", 1.2, "times", _growth(results)
        ),
        Figure("DescribeInstances, a page of 1,000, server CPU", 80, "ms", _cpu(results, suite.PAGE)),
        Figure("DescribeInstances by a tag that 10 instances have, server CPU", 5, "ms", _cpu(results, suite.BY_TAG)),
        Figure("RunInstances of 1, server CPU until it runs", 6, "ms", _cpu(results, suite.RUN_1)),
        Figure("RunInstances of 1,000 until the call returns", 1000, "instances/s", _rate(results), at_least=True),
        Figure("first answer after a start on the data of 1,000 instances", 1.5, "s", _start(results)),
        Figure("resident memory after that start", 150, "MiB", _memory(results)),
        Figure("call to running over RabbitMQ, three agents, p50", 100, "ms", cluster.get(RUNNING_MS)),
        Figure(
            "the scheduler on PostgreSQL, 1,000 hosts, 10 claimants at once, for each core",
            100,
            "placements/s",
            cluster.get(PLACEMENTS),
            at_least=True,
        ),
    ]


def of_objects(results: objects.Results) -> list[Figure]:
    """The figures of S3, in the order of the table."""
    small, large = (_listing(results, place) for place in (0, -1))
    return [
        Figure(
            f"{operation}: operations a second, times those of {MOTO.name}",
            4,
            "times",
            _ratio(results, operation, MOTO.name),
            True,
        )
        for operation in (objects.PUT_SMALL, objects.GET_SMALL)
    ] + [
        Figure(
            "GetObject of 256 MiB, of what nginx reaches",
            80,
            "%",
            _ratio(results, objects.GET_LARGE, objects.NGINX, 100),
            True,
        ),
        Figure("PutObject of 256 MiB, of one core's rate of MD5", 80, "%", _of_md5(results), True),
        Figure("a page of 1,000 entries with a delimiter, the largest bucket, p50", 60, "ms", large),
        Figure("the same, times that in the smallest bucket", 1.2, "times", large / small if small and large else None),
        Figure("memory that PutObject of 1 GiB takes", 64, "MiB", results.upload_memory),
    ]


def _ratio(results: objects.Results, operation: str, other: str, times: float = 1) -> float | None:
    ours, others = results.find(EC2API.name, operation), results.find(other, operation)
    return ours.rate / others.rate * times if ours and others else None


def _of_md5(results: objects.Results) -> float | None:
    found = results.find(EC2API.name, objects.PUT_LARGE)
    return found.rate / results.md5_rate * 100 if found else None


def _listing(results: objects.Results, place: int) -> float | None:
    found = sorted((s for s in results.samples if s.operation == objects.LISTING), key=lambda s: s.size)
    return found[place].p50_ms if found else None


def _cpu(results: Results, operation: str) -> float | None:
    found = results.find(EC2API.name, operation)
    return found.cpu_ms if found else None


def _growth(results: Results) -> float | None:
    sizes = sorted(s.size for s in results.samples if (s.server, s.operation) == (EC2API.name, suite.ONE_ID))
    if len(sizes) < 2:
        return None
    small, large = (results.find(EC2API.name, suite.ONE_ID, size) for size in (sizes[0], sizes[-1]))
    return large.cpu_ms / small.cpu_ms if small and large and small.cpu_ms else None


def _rate(results: Results) -> float | None:
    found = results.find(EC2API.name, suite.RUN_1000)
    return 1_000_000 / found.latency_ms(50) if found else None


def _start(results: Results) -> float | None:
    starts = results.footprints[0].starts
    return starts[min(starts)] if starts else None


def _memory(results: Results) -> float | None:
    found = results.footprints[0].started_memory
    return found[min(found)][1] if found else None
