"""The servers that are measured, each as a process tree of its own: its CPU time, its memory, its first answer."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from socket import socket

import psutil

from bench.client import Client, Refused

MEBIBYTE = 1024 * 1024
START_SECONDS = 60


@dataclass(frozen=True)
class Kind:
    """A server that can be measured. ``command``: how it is started on a port with a folder for its state."""

    name: str
    distribution: str
    command: Callable[[int, Path], Sequence[str]]
    largest: int
    """With how many instances it is measured at most."""
    keeps_state: bool

    @property
    def version(self) -> str:
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return "unknown"


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


EC2API = Kind(
    "ec2api",
    "ec2api",
    lambda port, folder: (_program("ec2api"), "serve", "--port", str(port), "--data-dir", str(folder)),
    largest=10_000,
    keeps_state=True,
)
MOTO = Kind(
    "moto_server",
    "moto",
    lambda port, _folder: (_program("moto_server"), "--host", "127.0.0.1", "--port", str(port)),
    largest=1_000,
    keeps_state=False,
)


class Server:
    """A running server. ``first_answer``: seconds from its start until it answered a call."""

    def __init__(self, kind: Kind, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.kind, self.folder, self.port = kind, folder, free_port()
        began = time.perf_counter()
        with (folder.parent / f"{kind.name}.log").open("ab") as log:
            self._started = subprocess.Popen(
                kind.command(self.port, folder / "state"),
                stdout=log,
                stderr=log,
                env={**_plain_environment(), **(environment or {})},
            )
        self._process = psutil.Process(self._started.pid)
        self._wait()
        self.first_answer = time.perf_counter() - began

    def client(self) -> Client:
        return Client(self.port)

    def cpu_seconds(self) -> float:
        """User and system time of all processes since their start; the kernel counts it in steps of 10 ms."""
        return sum(t.user + t.system for t in (p.cpu_times() for p in self._tree()))

    def memory(self) -> tuple[float, float]:
        """Resident and proportional size of all processes, in MiB. Pages that processes share count once in the
        second one."""
        every = [process.memory_full_info() for process in self._tree()]
        resident = sum(m.rss for m in every)
        return resident / MEBIBYTE, sum(getattr(m, "pss", m.rss) for m in every) / MEBIBYTE

    def stop(self) -> None:
        self._started.terminate()
        try:
            self._started.wait(20)
        except subprocess.TimeoutExpired:
            self._started.kill()
            self._started.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._started.poll() is None:
            client = Client(self.port, timeout=START_SECONDS)
            with suppress(OSError, HTTPException, Refused):
                client.call("DescribeRegions")
                return
            client.close()
            time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"{self.kind.name} did not start; see {self.folder.parent / self.kind.name}.log")


def _plain_environment() -> dict[str, str]:
    """This process's variables without any settings of the servers."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("EC2API_", "MOTO_"))}


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
