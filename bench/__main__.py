"""The command `python -m bench`: measures, then writes docs/performance.md and its picture."""

import argparse
import importlib
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import figures, objects, plot, report, suite
from bench.servers import EC2API, MOTO
from bench.suite import QUICK, Plan, Results

CLUSTER = ("bench.scheduler", "bench.cluster")
"""Modules whose ``measure()`` gives numbers by name; ``RuntimeError`` where a server that they need is missing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that everything works; the numbers mean nothing")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="the folder of the page and the picture")
    parser.add_argument("--only", choices=[EC2API.name, MOTO.name], help="measure one of the servers")
    given = parser.parse_args()
    run(QUICK if given.quick else Plan(), given.output, given.only)


def run(plan: Plan, output: Path, only: str | None = None) -> None:
    began = time.monotonic()
    results = Results()
    for kind in (EC2API, MOTO):
        if only in (None, kind.name):
            found = suite.run(kind, plan, _say)
            results.samples += found.samples
            results.footprints += found.footprints
    stored = None
    if only is None:
        stored = objects.run(objects.QUICK if plan is QUICK else objects.Plan(), _say)
    cluster = {} if plan is QUICK or only else _cluster(results)
    output.mkdir(parents=True, exist_ok=True)
    reached = figures.figures(results, cluster)
    if stored:
        reached += figures.of_objects(stored)
    page = report.page(results, reached, cluster, datetime.now(UTC), stored)
    (output / "performance.md").write_text(page, encoding="utf-8")
    plot.draw(results, output / "performance.svg")
    _say(f"{output / 'performance.md'} is written, after {time.monotonic() - began:.0f} s")


def _cluster(results: Results) -> dict[str, float]:
    """What the cluster's own measurements say, as far as their servers are installed."""
    found: dict[str, float] = {}
    for name in CLUSTER:
        try:
            found |= importlib.import_module(name).measure()
        except (ImportError, RuntimeError) as fault:
            results.notes.append(f"{name}: {fault}")
        else:
            _say(f"{name} is done")
    return found


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
