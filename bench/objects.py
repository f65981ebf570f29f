"""What S3 costs: small objects by several clients, a large one both ways, long listings, memory during an upload."""

import hashlib
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.load import BLOCK, Connection, at_once, head
from bench.servers import EC2API, MEBIBYTE, MOTO, Kind, Server, free_port

PUT_SMALL, GET_SMALL = "PutObject of 1 KiB, 8 clients", "GetObject of 1 KiB, 8 clients"
PUT_LARGE, GET_LARGE = "PutObject of 256 MiB", "GetObject of 256 MiB"
LISTING = "ListObjectsV2 of 1,000 entries with a delimiter"
NGINX = "nginx"
RADOSGW = ("radosgw", "ceph-mon", "ceph-osd", "ceph-mgr")
CLIENTS, SMALL = 8, 1024
_FOLDERS = 2_000
_ENTRIES = 1_000

_FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
INSERT INTO object_versions (bucket, "key", version_id, latest, delete_marker, modified, etag, size, account, headers,
                             user_metadata, tags, storage_class)
SELECT :bucket,
       CAST(printf(CASE WHEN n % :each = 0 THEN '%06d.txt' ELSE '%06d/%06d' END, n / :each, n) AS BLOB),
       'null', 1, 0, '2026-11-22 00:00:00.000000', 'd41d8cd98f00b204e9800998ecf8427e', 0, '000000000000', '{}', '{}',
       '{}', 'STANDARD'
FROM numbers
"""
"""Keys in 2,000 folders, and as many beside them: a page of 1,000 entries has 500 prefixes and 500 keys."""


@dataclass(frozen=True)
class Plan:
    small: int = 20_000
    """Operations at most."""
    seconds: float = 6.0
    large: int = 256 * MEBIBYTE
    times: int = 5
    keys: tuple[int, int] = (10_000, 1_000_000)
    listings: int = 20
    put_in_memory: int = 1024 * MEBIBYTE


QUICK = Plan(small=40, seconds=1, large=4 * MEBIBYTE, times=2, keys=(4_000, 8_000), listings=2, put_in_memory=2**25)


@dataclass(frozen=True)
class Sample:
    """``rate``: operations, or MiB, a second. ``size``: how many keys the bucket had."""

    server: str
    operation: str
    rate: float
    unit: str
    cpu_ms: float
    """The server's, of one operation."""
    p50_ms: float
    p99_ms: float
    size: int = 0


@dataclass
class Results:
    samples: list[Sample] = field(default_factory=list)
    md5_rate: float = 0.0
    """MiB a second of one core."""
    upload_memory: float | None = None
    """MiB that the server took beyond what it had, while a large object was put."""
    notes: list[str] = field(default_factory=list)

    def find(self, server: str, operation: str, size: int | None = None) -> Sample | None:
        """The sample of this size, or of the largest."""
        found = [s for s in self.samples if (s.server, s.operation) == (server, operation) and size in (None, s.size)]
        return max(found, key=lambda s: s.size, default=None)


def run(plan: Plan, say: Callable[[str], None]) -> Results:
    results = Results(md5_rate=_md5_rate(plan.large))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        file = folder / "www" / "large"
        _write(file, plan.large)
        for kind in (EC2API, MOTO):
            with Server(kind, folder / kind.name) as server:
                _objects(server, plan, file, results)
                if kind is EC2API:
                    results.upload_memory = _upload_memory(server, plan.put_in_memory)
            say(f"{kind.name}: objects are done")
        if nginx := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"):
            _static(nginx, folder, plan, results)
        else:
            results.notes.append("nginx: not installed; scripts/install-bench.sh installs it")
        _listings(plan, folder / "listings", results)
        say(f"{EC2API.name}: listings are done")
    if not all(shutil.which(program) for program in RADOSGW):
        results.notes.append(f"radosgw: not installed ({', '.join(RADOSGW)})")
    return results


def _objects(server: Server, plan: Plan, file: Path, results: Results) -> None:
    with closing(Connection(server.port)) as connection:
        connection.call("PUT", "/bench")
        body = b"x" * SMALL
        puts = [head("PUT", f"/bench/small/{n % 2000}", SMALL) + body for n in range(plan.small)]
        gets = [head("GET", f"/bench/small/{n % min(2000, plan.small)}") for n in range(plan.small)]
        at_once(server.port, CLIENTS, puts[:2000], plan.seconds * 10)  # all that is read is there
        for operation, requests in ((PUT_SMALL, puts), (GET_SMALL, gets)):
            before = server.cpu_seconds()
            took = at_once(server.port, CLIENTS, requests, plan.seconds)
            spent = server.cpu_seconds() - before
            results.samples.append(_sample(server.kind, operation, took.latencies, took.seconds, spent))
        for operation, once in ((PUT_LARGE, lambda: _put(connection, file)), (GET_LARGE, lambda: _get(connection))):
            _transfers(server.kind.name, operation, once, plan, server.cpu_seconds, results)


def _static(nginx: str, folder: Path, plan: Plan, results: Results) -> None:
    """The same file from a server of static files."""
    with _nginx(nginx, folder) as (port, process), closing(Connection(port)) as connection:

        def cpu() -> float:
            tree = [process, *process.children(recursive=True)]
            return sum(t.user + t.system for t in (p.cpu_times() for p in tree))

        _transfers(NGINX, GET_LARGE, lambda: _get(connection, "/large"), plan, cpu, results)


def _transfers(
    server: str,
    operation: str,
    once: Callable[[], object],
    plan: Plan,
    cpu_seconds: Callable[[], float],
    results: Results,
) -> None:
    once()
    taken, before = [], cpu_seconds()
    for _ in range(plan.times):
        began = time.perf_counter()
        once()
        taken.append(time.perf_counter() - began)
    cpu_ms = (cpu_seconds() - before) * 1000 / plan.times
    middle = statistics.median(taken)
    rate = plan.large / MEBIBYTE / middle
    results.samples.append(Sample(server, operation, rate, "MiB/s", cpu_ms, middle * 1000, max(taken) * 1000))


def _put(connection: Connection, file: Path) -> None:
    with file.open("rb") as source:
        connection.send(head("PUT", "/bench/large", file.stat().st_size), iter(lambda: source.read(BLOCK), b""))
    connection.receive()


def _get(connection: Connection, path: str = "/bench/large") -> None:
    connection.send(head("GET", path))
    connection.receive()


def _upload_memory(server: Server, size: int) -> float:
    """The most that the server takes while an object is put, in MiB more than before."""
    before, most, done = server.memory()[0], 0.0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.05):
            most = max(most, server.memory()[0] - before)

    watching = threading.Thread(target=watch)
    watching.start()
    block = b"x" * BLOCK
    with closing(Connection(server.port)) as connection:
        connection.send(head("PUT", "/bench/huge", size), (block for _ in range(size // BLOCK)))
        connection.receive()
    done.set()
    watching.join()
    return most


def _listings(plan: Plan, folder: Path, results: Results) -> None:
    """The keys are written past the server, which would take minutes."""
    with Server(EC2API, folder) as server, closing(Connection(server.port)) as connection:
        for size in plan.keys:
            connection.call("PUT", f"/keys-{size}")
    with closing(sqlite3.connect(folder / "state" / "ec2api.db", isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        for size in plan.keys:
            row = database.execute("SELECT row FROM buckets WHERE name = ?", (f"keys-{size}",)).fetchone()[0]
            database.execute(_FILL, {"count": size, "bucket": row, "each": max(2, size // _FOLDERS)})
    with Server(EC2API, folder) as server, closing(Connection(server.port)) as connection:
        for size in plan.keys:
            request = head("GET", f"/keys-{size}?list-type=2&delimiter=/&max-keys={_ENTRIES}")
            at_once(server.port, 1, [request] * 3, plan.seconds)
            before = server.cpu_seconds()
            took = at_once(server.port, 1, [request] * plan.listings, plan.seconds)
            spent = server.cpu_seconds() - before
            results.samples.append(_sample(EC2API, LISTING, took.latencies, took.seconds, spent, size))


def _sample(
    kind: Kind, operation: str, latencies: list[float], seconds: float, cpu_seconds: float, size: int = 0
) -> Sample:
    ordered, number = sorted(latencies), len(latencies)
    p50, p99 = ordered[number // 2] * 1000, ordered[-(number // 100) - 1] * 1000
    return Sample(kind.name, operation, number / seconds, "/s", cpu_seconds * 1000 / number, p50, p99, size)


def _md5_rate(size: int) -> float:
    block = b"x" * BLOCK
    digest = hashlib.md5(usedforsecurity=False)
    began = time.process_time()
    for _ in range(size // BLOCK):
        digest.update(block)
    return size / MEBIBYTE / (time.process_time() - began)


def _write(file: Path, size: int) -> None:
    file.parent.mkdir()
    pattern = bytes(range(256)) * (BLOCK // 256)
    with file.open("wb") as target:
        for _ in range(size // BLOCK):
            target.write(pattern)


@contextmanager
def _nginx(program: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A server of the folder's static files that is told nothing but that."""
    port, logs = free_port(), folder / "nginx"
    logs.mkdir()
    (folder / "www").chmod(0o755)
    folder.chmod(0o755)
    config = logs / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {logs}/pid; error_log {logs}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {logs}/b;\n"
        f"proxy_temp_path {logs}/p; fastcgi_temp_path {logs}/f; uwsgi_temp_path {logs}/u; scgi_temp_path {logs}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}\n"
    )
    started = subprocess.Popen([program, "-p", str(logs), "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with suppress(OSError):
                Connection(port).close()
                break
            time.sleep(0.05)
        yield port, psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait()
