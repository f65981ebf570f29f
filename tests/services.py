"""Private RabbitMQ brokers and PostgreSQL servers on loopback, which tests start, kill, restart and remove.

Both are the programs that ``scripts/install-rabbitmq.sh`` and ``scripts/install-postgres.sh`` install. As
root they run as the users of their packages, else as the caller. Each has a folder, ports and (RabbitMQ) an
epmd of its own.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

RABBITMQ_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
Command = list[str | Path]
START_SECONDS = 90.0  # a broker takes 9 s on an idle machine


def free_port() -> int:
    """A TCP port of loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """A folder and the processes that run in it as one system user."""

    def __init__(self, name: str, user: str) -> None:
        self.user = user if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix=f"ec2api-{name}-"))
        self.log = self.folder / "log"
        self.log.touch()
        if self.user:
            for path in (self.folder, self.log):
                shutil.chown(path, self.user, self.user)
        self.process: subprocess.Popen[bytes] | None = None

    def spawn(self, command: Command, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=[] if self.user else None,
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Until ``ready`` is true; ``RuntimeError`` with the end of the log where the process ends before."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            ended = self.process is None or self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{type(self).__name__} {'ended' if ended else 'is not ready'}:\n{tail}")
            time.sleep(0.05)

    def start(self) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        """End the server as a power cut does: SIGKILL. Returns when it is gone; ``start`` starts it again."""
        if self.process is not None:
            end(self.process)
            self.process = None

    def restart(self) -> None:
        """Kill the server if it runs, and start it on the same ports and data. Returns when it is ready."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """End everything that was started and remove its folder. Idempotent."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that descend from it, and wait until they are gone."""
    children = descendants(process.pid)  # PostgreSQL's have sessions of their own, and outlive it for a moment
    process.kill()
    process.wait(30)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    while any(alive(child) for child in children):
        time.sleep(0.01)


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    children = [int(child) for each in lists for child in each.split()]
    return children + [below for child in children for below in descendants(child)]


def alive(pid: int) -> bool:
    """Whether a process runs: a dead one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Broker(Service):
    """A RabbitMQ node. ``url`` is its AMQP URL: user guest, virtual host ``/``."""

    def __init__(self) -> None:
        if not RABBITMQ_SERVER.exists():
            raise RuntimeError("RabbitMQ is not installed: run scripts/install-rabbitmq.sh")
        super().__init__("rabbitmq", "rabbitmq")
        self.port, self.distribution_port, self.epmd_port = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"
        self.node = f"ec2api-{self.port}@localhost"
        self.epmd: subprocess.Popen[bytes] | None = None
        # Alarms look at the whole machine, which is not the broker's own here.
        settings = "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\nlog.console = true\n"
        (self.folder / "rabbitmq.conf").write_text(settings)

    @property
    def environment(self) -> dict[str, str]:
        """What ``rabbitmqctl`` needs too to find this node."""
        return {
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_ALLOW_INPUT": "1",  # the start script becomes the node, so its pid is the node's
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            # Schedulers that spin while idle would take the cores from the tests.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
            " -kernel inet_dist_use_interface {127,0,0,1}",
        }

    def start(self) -> None:
        """Start epmd and the node; returns when the node answers AMQP."""
        if self.epmd is None:
            # In the foreground, so that it is our child; the node would leave one behind.
            epmd: Command = ["epmd", "-port", str(self.epmd_port), "-address", "127.0.0.1"]
            self.epmd = self.spawn(epmd, {})
        self.process = self.spawn([RABBITMQ_SERVER], self.environment)
        self.wait_until(self.answers)

    def answers(self) -> bool:
        """Whether a client's protocol header gets the broker's first frame."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                return probe.recv(1) == b"\x01"
        except OSError:
            return False

    def control(self, *command: str) -> str:
        """What ``rabbitmqctl`` prints for a command, which takes it two seconds."""
        program = RABBITMQ_SERVER.with_name("rabbitmqctl")
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8", **self.environment}
        return subprocess.run(
            [program, "-n", self.node, "--quiet", *command],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
        ).stdout

    def stop(self) -> None:
        self.kill()
        if self.epmd is not None:
            end(self.epmd)
            self.epmd = None
        super().stop()


class Postgres(Service):
    """A PostgreSQL server. ``url`` is SQLAlchemy's URL of its first database, for psycopg 3.

    ``durable`` syncs every commit to disk as a real server does; without it a killed server still keeps its
    commits (the kernel has them), a machine without power would not.
    """

    def __init__(self, *, durable: bool = False, max_connections: int = 200) -> None:
        self.programs = postgres_programs()
        super().__init__("postgres", "postgres")
        self.port = free_port()
        self.url = self.database_url("postgres")
        self._copies: dict[str, int] = {}
        self.settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "max_connections": str(max_connections),
            "timezone": "UTC",
        }
        if not durable:
            self.settings |= {"fsync": "off", "full_page_writes": "off"}

    def database_url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Make the data folder if there is none, start the server; returns when it accepts connections."""
        data = self.folder / "data"
        if not data.exists():
            initdb: Command = [
                self.programs / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
            ]
            self.process = self.spawn([*initdb, "--locale", "C.UTF-8", "--no-sync"], {})
            if self.process.wait(START_SECONDS) != 0:
                raise RuntimeError(f"initdb failed:\n{self.log.read_text()}")
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        self.process = self.spawn([self.programs / "postgres", "-D", data, *options], {})
        self.wait_until(self.accepts)

    def accepts(self) -> bool:
        probe: Command = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(probe, check=False).returncode == 0

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database, empty or a copy of another; returns its URL."""
        createdb: Command = [self.programs / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]
        subprocess.run([*createdb, "-T", template, name], check=True)
        return self.database_url(name)

    def copy(self, template: str, prepare: Callable[[str], None]) -> str:
        """The URL of a new copy of a database, which ``prepare`` fills when it is first asked for."""
        if template not in self._copies:
            prepare(self.create_database(template))
            self._copies[template] = 0
        self._copies[template] += 1
        return self.create_database(f"{template}_{self._copies[template]}", template=template)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        dropdb: Command = [
            self.programs / "dropdb",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "postgres",
            "--force",
        ]
        subprocess.run([*dropdb, "--if-exists", name], check=True)


def postgres_programs() -> Path:
    """The folder of the newest PostgreSQL that Debian installed, else of the one in ``PATH``."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if versions:
        return versions[-1].parent
    program = shutil.which("postgres")
    if program is None:
        raise RuntimeError("PostgreSQL is not installed: run scripts/install-postgres.sh")
    return Path(program).resolve().parent


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One broker for the whole run. A test that kills it restarts it before it ends."""
    with Broker() as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run; a test makes a database of its own in it."""
    with Postgres() as running:
        yield running
