"""A whole cluster on loopback: PostgreSQL, RabbitMQ and every role as a process of its own, which tests kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore.session
import pytest
from botocore.config import Config
from sqlalchemy import Executable, func, select

from backend.db.engine import Database
from backend.db.models import Host
from tests.services import Broker, Postgres, end, free_port

ACCOUNT, REGION = "111122223333", "us-east-1"
READY_SECONDS = 60.0

SETTINGS = {
    "REGIONS": REGION,
    "SIMULATED_BOOT_SECONDS": "0.1",
    "HEARTBEAT_SECONDS": "1",
    "RESEND_SECONDS": "2",
    "STATUS_CHECK_SECONDS": "0",
    "LOG_LEVEL": "info",
}
"""What differs from the defaults, so that what is lost is found in seconds."""


class Role:
    """One process of the console script ``ec2api``. Its output is kept in one file over all its starts."""

    def __init__(self, name: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._arguments, self._env = list(arguments), dict(env)
        self.process: subprocess.Popen[bytes] | None = None
        self.log.touch()

    def spawn(self) -> None:
        with self.log.open("ab") as log:
            self._began = log.tell()
            self.process = subprocess.Popen(
                [script(), *self._arguments],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start the process; returns when it says that it is ready."""
        self.spawn()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        process = self.process
        assert process is not None
        deadline = time.monotonic() + READY_SECONDS
        while b" ready" not in self.log.read_bytes()[self._began :]:
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{self.name} {'ended' if ended else 'is not ready'}:\n{tail}")
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL to the process and all that it started; returns when they are gone."""
        if self.process is not None:
            end(self.process)
            self.process = None

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(READY_SECONDS)
            self.process = None


class Cluster:
    """Two API processes, two conductors, an agent for each of ``zones``; signatures are verified.

    ``settings``: by the names of the ``EC2API_`` variables without the prefix. Everything lives in one folder, and
    ends with the context.
    """

    def __init__(self, *, zones: Sequence[str] = ("us-east-1a", "us-east-1b", "us-east-1c"), **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ec2api-cluster-"))
        self._stack = ExitStack()
        self.broker, self.postgres = Broker(), Postgres()
        self.settings = {**SETTINGS, **settings}
        self.roles: dict[str, Role] = {}
        self.endpoints: list[str] = []
        self.secure_endpoints: list[str] = []
        self._zones = zones
        self._session = botocore.session.Session()

    @property
    def agents(self) -> list[Role]:
        return [role for name, role in self.roles.items() if name.startswith("agent")]

    @property
    def endpoint(self) -> str:
        return self.endpoints[0]

    def start(self) -> None:
        with ThreadPoolExecutor() as both:
            for started in [both.submit(self.broker.start), both.submit(self.postgres.start)]:
                started.result()
        self.database = Database(self.postgres.url)
        self._stack.callback(self.database.dispose)
        for number in (1, 2):
            port, secure = free_port(), free_port()
            self.endpoints.append(f"http://127.0.0.1:{port}")
            self.secure_endpoints.append(f"https://127.0.0.1:{secure}")
            tls = ("--tls-self-signed", "--tls-port", str(secure))
            self._add(f"api-{number}", "api", "--port", str(port), "--workers", "1", *tls)
            self._add(f"conductor-{number}", "conductor")
        for number, zone in enumerate(self._zones, 1):
            self._add(f"agent-{number}", "agent", "--host-name", f"host-{number}", "--zone", zone)
        for role in self.roles.values():  # all at once: whoever comes first makes the tables
            role.spawn()
        for role in self.roles.values():
            role.wait_until_ready()
        wait_until(lambda: self.scalar(select(func.count()).select_from(Host)) == len(self._zones))
        self._hosts_seen = time.monotonic()
        self.credentials = self.create_key(ACCOUNT)

    def stop(self) -> None:
        for role in self.roles.values():
            role.kill()
        self._stack.close()
        self.broker.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException as fault:
            for role in self.roles.values():
                fault.add_note(f"{role.name}:\n{role.log.read_text(errors='replace')[-1500:]}")
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def kill(self, name: str) -> None:
        """SIGKILL to a role, the ``broker`` or ``postgres``.

        The broker only once its new queues are on its disk: see docs/decisions/0004-bus.md.
        """
        if name == "broker":
            time.sleep(max(0.0, self._hosts_seen + 1.5 - time.monotonic()))
        self._member(name).kill()

    def restart(self, name: str) -> None:
        """Kill it if it runs, and start it with the same data; returns when it is ready."""
        self.kill(name)
        self._member(name).start()

    def stop_gently(self, name: str) -> None:
        self.roles[name].stop()

    def ready_names(self) -> list[str]:
        """What can be killed: every role by name, and the broker."""
        return [*self.roles, "broker"]

    def create_key(self, account: str) -> dict[str, Any]:
        """A new access key of an account, as the command line makes it."""
        printed = self.command("keys", "create", "--account", account, "--output", "json")
        found = json.loads(printed)
        return {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}

    def command(self, *arguments: str) -> str:
        """What a command of ``ec2api`` prints."""
        done = subprocess.run(
            [script(), *arguments], env=self._env("api-1"), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def client(self, service: str = "ec2", *, api: int = 0, attempts: int = 12, **credentials: Any) -> Any:
        """A client of one API process that tries again as SDKs do; ``api`` counts from 0."""
        return self._session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoints[api],
            config=Config(
                retries={"total_max_attempts": attempts, "mode": "legacy"},  # the other modes have a quota of retries
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=20,
            ),
            **(credentials or self.credentials),
        )

    def rows(self, query: Executable) -> list[Any]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(query))

    def scalar(self, query: Executable) -> Any:
        return self.rows(query)[0][0]

    def logs(self, name: str) -> str:
        return self.roles[name].log.read_text(errors="replace")

    @property
    def certificates(self) -> str:
        """Of the API processes, which signed them themselves (PEM)."""
        return "".join(
            (self.folder / name / "tls-cert.pem").read_text() for name in self.roles if name.startswith("api-")
        )

    def agent_folder(self, number: int) -> Path:
        """Where an agent keeps its specifications and, if simulated, its guests; agents count from 1."""
        return self.folder / f"agent-{number}" / "agents" / f"host-{number}"

    def _member(self, name: str) -> Any:
        return {"broker": self.broker, "postgres": self.postgres}.get(name) or self.roles[name]

    def _add(self, name: str, *arguments: str) -> None:
        self.roles[name] = Role(name, arguments, self._env(name), self.folder)

    def _env(self, name: str) -> dict[str, str]:
        settings = {
            "DATA_DIR": str(self.folder / name),
            "BUS_URL": self.broker.url,
            "KEY_FILE": str(self.folder / "key"),
            "BLOBS_DIR": str(self.folder / "blobs"),
            **self.settings,
        }
        if not name.startswith("agent"):  # an agent has no database
            settings["DATABASE_URL"] = self.postgres.url
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            **{f"EC2API_{key}": value for key, value in settings.items()},
        }


def script() -> Path:
    """The console script beside this interpreter."""
    return Path(sys.executable).with_name("ec2api")


def wait_until(true: Callable[[], bool], timeout: float = 60.0, pause: float = 0.05) -> None:
    deadline = time.monotonic() + timeout
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come true")
        time.sleep(pause)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One cluster for the whole run. A test that kills a member starts it again before it ends."""
    with Cluster() as running:
        yield running
