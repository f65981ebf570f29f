"""The page docs/performance.md: figures to reach, both servers side by side, start and memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bench import machine, objects
from bench.figures import Figure
from bench.samples import Sample
from bench.servers import EC2API, MOTO
from bench.suite import Footprint, Results

INTRODUCTION = """\
# Performance

Written by `make bench`, which measures `ec2api serve` with its default settings and an empty data directory side by
side with `moto_server`, each in a process of its own, one after the other on the same machine in the same run.

- **CPU** is the user and system time that all processes of the server took, divided by the number of operations. It
  holds what an operation leaves to do in the background: after RunInstances until every instance is `running`, with
  the polling that finds this out.
- **p50 and p99** are latencies as a client sees them that sends one signed request after another over HTTP.
- A tag filter finds 10 instances, whatever there are. A page has 1,000 instances, or all where there are fewer.
"""


def page(
    results: Results,
    figures: Sequence[Figure],
    cluster: Mapping[str, float],
    at: datetime,
    stored: objects.Results | None = None,
) -> str:
    parts = [
        INTRODUCTION,
        _facts({"Date": at.strftime("%Y-%m-%d"), **machine.describe(), "Versions": _versions()}),
        "![CPU of the servers for each operation](performance.svg)",
        "## Figures to reach",
        table(("figure", "target", "measured", "reached"), [_figure(f) for f in figures], right=(1, 2)),
        "## Side by side",
        _samples(results),
        "## Start and memory",
        _footprints(results.footprints),
    ]
    if stored:
        parts += ["## Objects", _objects(stored)]
    if cluster:
        rows = [(name, f"{value:,.4g}") for name, value in cluster.items()]
        parts += ["## The cluster's roles", table(("measure", "value"), rows, right=(1,))]
    if notes := [*results.notes, *(stored.notes if stored else ())]:
        parts += ["## Not measured", "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A Markdown table; ``right``: the columns that stand to the right."""
    rule = ["---:" if number in right else "---" for number in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _versions() -> str:
    return ", ".join(f"{kind.name} {kind.version}" for kind in (EC2API, MOTO))


def _facts(facts: Mapping[str, str]) -> str:
    return table(("", ""), list(facts.items()))


def _figure(figure: Figure) -> tuple[str, ...]:
    bound = "≥" if figure.at_least else "≤"
    measured = "not measured" if figure.measured is None else f"{_number(figure.measured)} {figure.unit}"
    reached = {True: "yes", False: "**no**", None: ""}[figure.reached]
    return figure.name, f"{bound} {_number(figure.target)} {figure.unit}", measured, reached


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _samples(results: Results) -> str:
    """One row for each operation and size: ours, the other's, and how many times the other's CPU is."""
    keys = list(dict.fromkeys((s.operation, s.size) for s in results.samples))
    order = {operation: place for place, operation in enumerate(dict.fromkeys(key[0] for key in keys))}
    rows = [_row(results, *key) for key in sorted(keys, key=lambda key: (order[key[0]], key[1]))]
    head = ["operation", "instances"]
    for kind in (EC2API, MOTO):
        head += [f"{kind.name} CPU", "p50", "p99", "n"]
    return table([*head, "CPU, times"], rows, right=range(1, 11)) + (
        f"\n\nTimes in milliseconds; n: how many operations were measured. {MOTO.name} is not measured with more than "
        f"{MOTO.largest:,} instances: filling it would take longer than all the rest."
        "\n\n" + _background(results)
    )


def _row(results: Results, operation: str, size: int) -> list[str]:
    row = [operation, f"{size:,}" if size else "few"]
    both = [results.find(kind.name, operation, size) for kind in (EC2API, MOTO)]
    for sample in both:
        row += _cells(sample)
    ours, others = both
    times = f"{others.cpu_ms / ours.cpu_ms:.1f}" if ours and others and ours.cpu_ms else ""
    return [*row, times]


def _cells(sample: Sample | None) -> list[str]:
    if sample is None:
        return ["", "", "", ""]
    times = (sample.cpu_ms, sample.latency_ms(50), sample.latency_ms(99))
    return [*(f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in times), str(len(sample.latencies))]


def _objects(found: objects.Results) -> str:
    """One row for each operation, size of bucket and server."""
    order = list(dict.fromkeys(sample.operation for sample in found.samples))
    rows = [
        (
            s.operation + (f", {s.size:,} keys" if s.size else ""),
            s.server,
            f"{s.rate:,.0f} {s.unit}",
            *(f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in (s.cpu_ms, s.p50_ms, s.p99_ms)),
        )
        for s in sorted(found.samples, key=lambda s: order.index(s.operation))
    ]
    lines = [table(("operation", "server", "rate", "CPU", "p50", "p99"), rows, right=(2, 3, 4, 5))]
    lines.append(
        "Times in milliseconds; of large objects the third is that of the slowest. What a PutObject acknowledges is "
        f"on disk. One core makes MD5 of {found.md5_rate:,.0f} MiB/s here."
    )
    return "\n\n".join(lines)


def _background(results: Results) -> str:
    parts = [
        f"{s.background_ms:,.1f} ms of {s.cpu_ms:,.1f} ms for {s.operation}"
        for s in results.samples
        if s.server == EC2API.name and s.background_seconds
    ]
    return f"Of the CPU that launches took, this was spent after the last call had returned: {'; '.join(parts)}."


def _footprints(footprints: Sequence[Footprint]) -> str:
    rows: list[tuple[str, str, str]] = []
    for one in footprints:
        rows.append((one.server, "first answer, empty data directory", f"{one.first_start:.2f} s"))
        for size, seconds in one.starts.items():
            rows.append((one.server, f"first answer, data of {size:,} instances", f"{seconds:.2f} s"))
        started = {f"after that start, {size:,} instances": found for size, found in one.started_memory.items()}
        for when, (resident, proportional) in (started | one.memory).items():
            text = f"{resident:.0f} MiB resident, {proportional:.0f} MiB with shared pages counted once"
            rows.append((one.server, f"memory {when}", text))
        for when, value in one.idle_ms.items():
            rows.append((one.server, f"CPU while nobody asks anything, {when}", f"{value:.1f} ms a second"))
    return table(("server", "what", "measured"), rows)
