"""The picture docs/performance.svg: both servers' CPU for each operation, and how ours grows with the instances."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "ec2api"  # the same numbers make the same file
mpl.rcParams["svg.fonttype"] = "none"

from matplotlib.figure import Figure  # noqa: E402  after the settings

from bench.servers import EC2API, MOTO  # noqa: E402
from bench.suite import BY_TAG, ONE_ID, PAGE, Results  # noqa: E402

COLOURS = {EC2API.name: "#1f77b4", MOTO.name: "#bbbbbb"}
MARKS = {ONE_ID: "o", BY_TAG: "s", PAGE: "^"}


def draw(results: Results, target: Path) -> None:
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _bars(left, results)
    _growth(right, results)
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})


def _bars(axes: Any, results: Results) -> None:
    shared = [s.size for s in results.samples if s.server == MOTO.name and s.size]
    size = max(shared, default=0)
    operations = list(dict.fromkeys(s.operation for s in results.samples))
    places = range(len(operations), 0, -1)
    for shift, kind in ((0.2, EC2API), (-0.2, MOTO)):
        found = [
            results.find(kind.name, operation, size) or results.find(kind.name, operation, 0)
            for operation in operations
        ]
        bars = axes.barh(
            [place + shift for place in places],
            [sample.cpu_ms if sample else 0 for sample in found],
            height=0.38,
            color=COLOURS[kind.name],
            label=kind.name,
        )
        axes.bar_label(bars, labels=[f"{s.cpu_ms:,.3g}" if s else "" for s in found], padding=2, fontsize=8)
    axes.set_yticks(list(places), operations)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.set_xlabel(f"server CPU for one operation, ms (questions with {size:,} instances)")
    axes.legend(loc="lower right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def _growth(axes: Any, results: Results) -> None:
    for kind in (EC2API, MOTO):
        for operation, mark in MARKS.items():
            found = [s for s in results.samples if (s.server, s.operation) == (kind.name, operation)]
            axes.plot(
                [s.size for s in found],
                [s.cpu_ms for s in found],
                marker=mark,
                color=COLOURS[kind.name],
                label=operation.removeprefix("DescribeInstances").strip(", ") if kind is EC2API else None,
            )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("instances that the server has")
    axes.set_ylabel("server CPU, ms")
    axes.legend(title="DescribeInstances", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
