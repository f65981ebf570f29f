"""The command `ec2api`: a subcommand for each role, and for what an operator does at the shell."""

import ipaddress
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any, ClassVar

import click
from pydantic import ValidationError

from backend.config import Settings
from ec2api import garbage


class _Lazy(click.Group):
    """Loads a subcommand's module when it is called, so that `serve` does not pay for the others."""

    groups: ClassVar = {
        "keys": ("ec2api.cli_keys", "keys"),
        "image": ("ec2api.cli_image", "image"),
        "quota": ("ec2api.cli_quota", "quota"),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.groups})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in self.groups:
            from importlib import import_module  # noqa: PLC0415

            module, attribute = self.groups[name]
            found: click.Command = getattr(import_module(module), attribute)
            return found
        return super().get_command(ctx, name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ec2api")
def main() -> None:
    """An EC2-compatible cloud on your own machines.

    Every option is also a variable: --data-dir is EC2API_DATA_DIR. EC2API_CONFIG names a TOML file of settings.
    """
    garbage.ignore()


_OPTIONS = {
    "data_dir": click.option("--data-dir", type=click.Path(), help="Where state is kept.  [default: data]"),
    "database_url": click.option("--database-url", help="SQLite or PostgreSQL.  [default: a file in the data dir]"),
    "bus_url": click.option("--bus-url", help="local: or amqp://...  [default: local:]"),
    "host": click.option("--host", help="The address to listen on.  [default: 127.0.0.1]"),
    "port": click.option("--port", type=int, help="[default: 8788]"),
    "tls_cert": click.option("--tls-cert", type=click.Path(), help="A certificate: listen with TLS."),
    "tls_key": click.option("--tls-key", type=click.Path(), help="Its key, unless it is in the same file."),
    "tls_self_signed": click.option(
        "--tls-self-signed", is_flag=True, default=None, help="Listen with TLS, with a certificate made for tests."
    ),
    "tls_port": click.option("--tls-port", type=int, help="TLS on this port, beside plain HTTP on the other."),
    "domains": click.option(
        "--domain",
        "--domains",
        "domains",
        multiple=True,
        callback=lambda _context, _option, given: ",".join(given) or None,
        help="A base domain of buckets: name.DOMAIN is a bucket.",
    ),
    "bucket_defaults": click.option(
        "--bucket-defaults", type=click.Choice(["classic", "secure"]), help="Of new buckets.  [default: classic]"
    ),
    "s3_day_seconds": click.option(
        "--s3-day-seconds", type=float, help="The length of a day for lifecycle rules.  [default: 86400]"
    ),
    "auth_mode": click.option("--auth-mode", type=click.Choice(["open", "sigv4"])),
    "insecure": click.option(
        "--insecure",
        is_flag=True,
        default=None,
        help="Allow --auth-mode open on an address that others reach.",
    ),
    "regions": click.option("--regions", help="Comma-separated.  [default: those AWS enables by default]"),
    "default_region": click.option("--default-region", help="Of requests without a signature.  [default: us-east-1]"),
    "zones": click.option("--zones", type=int, help="How many zones a region has.  [default: as AWS]"),
    "quotas": click.option("--quotas", type=click.Choice(["none", "aws"]), help="[default: none]"),
    "threads": click.option("--threads", type=int, help="Requests at a time in one worker.  [default: 8]"),
    "workers": click.option("--workers", type=int, help="Worker processes.  [default: 1]"),
    "key_file": click.option("--key-file", type=click.Path(), help="The key of secrets at rest."),
    "driver": click.option("--driver", type=click.Choice(["simulated", "libvirt"]), help="[default: simulated]"),
    "host_name": click.option("--host-name", help="What this host is called.  [default: the machine's name]"),
    "zone": click.option("--zone", help="The Availability Zone of this host."),
    "simulated_boot_seconds": click.option("--simulated-boot-seconds", type=float, help="[default: 0.2]"),
    "simulated_stop_seconds": click.option("--simulated-stop-seconds", type=float, help="[default: 0]"),
    "simulated_vcpus": click.option("--simulated-vcpus", type=int, help="Of each host.  [default: 100000]"),
    "simulated_memory_mib": click.option("--simulated-memory-mib", type=int, help="Of each host."),
    "libvirt_uri": click.option("--libvirt-uri", help="[default: qemu:///system]"),
    "libvirt_accelerator": click.option(
        "--libvirt-accelerator",
        type=click.Choice(["auto", "kvm", "tcg"]),
        help="[default: auto, which is kvm where a trial guest runs on it]",
    ),
    "libvirt_vcpus_per_processor": click.option(
        "--libvirt-vcpus-per-processor", type=int, help="vCPUs offered for each processor.  [default: 4]"
    ),
    "libvirt_max_guest_memory_mib": click.option(
        "--libvirt-max-guest-memory-mib", type=int, help="The most memory a guest gets, whatever its type."
    ),
    "log_level": click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"])),
    "log_format": click.option("--log-format", type=click.Choice(["text", "json"])),
}
_LOGS = ("log_level", "log_format")
_STATE = ("data_dir", "database_url", "bus_url")
_API = (
    *("host", "port", "auth_mode", "insecure", "regions", "default_region", "zones", "quotas", "threads"),
    *("tls_cert", "tls_key", "tls_self_signed", "tls_port", "domains", "bucket_defaults", "s3_day_seconds"),
    "key_file",
)
_DRIVER = (
    "driver",
    "host_name",
    "zone",
    "simulated_boot_seconds",
    "simulated_stop_seconds",
    "simulated_vcpus",
    "simulated_memory_mib",
    "libvirt_uri",
    "libvirt_accelerator",
    "libvirt_vcpus_per_processor",
    "libvirt_max_guest_memory_mib",
)


def _with(*names: str, **defaults: Any) -> Callable[[Callable[[Settings], None]], Callable[..., None]]:
    """Gives a command these options, and calls it with the settings that they, the variables and the file make."""

    def decorate(command: Callable[[Settings], None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:  # click calls it with every option
            chosen = {name: value for name, value in given.items() if value is not None}
            command(_settings(chosen, defaults))

        decorated: Callable[..., None] = run
        for name in reversed(names):
            decorated = _OPTIONS[name](decorated)
        return decorated

    return decorate


def _settings(chosen: dict[str, Any], defaults: dict[str, Any]) -> Settings:
    try:
        found = Settings(**chosen)
        return found.model_copy(update={k: v for k, v in defaults.items() if k not in found.model_fields_set})
    except ValidationError as fault:
        raise click.UsageError(str(fault)) from fault


def _check_reach(settings: Settings) -> None:
    """Without verified signatures, nobody else may reach the server."""
    if settings.auth_mode == "open" and not settings.insecure and not _is_loopback(settings.host):
        raise click.UsageError(
            f"--auth-mode open accepts every access key, and {settings.host} can be reached by others: "
            "use --auth-mode sigv4, listen on 127.0.0.1, or say --insecure."
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@main.command()
@_with(*_API, *_STATE, *_DRIVER, *_LOGS)
def serve(settings: Settings) -> None:
    """Run the whole cloud in one process, with nothing else to install."""
    _run(settings, embedded=True)


@main.command()
@_with(*_API, "workers", *_STATE, *_LOGS, auth_mode="sigv4")
def api(settings: Settings) -> None:
    """Run API workers of a cluster."""
    _run(settings, embedded=False)


def _run(settings: Settings, *, embedded: bool) -> None:
    from ec2api.server import Server  # noqa: PLC0415

    _check_reach(settings)
    try:
        server = Server(settings, embedded=embedded)
    except OSError as fault:
        raise click.ClickException(f"TLS: {fault}") from fault
    server.run()  # type: ignore[no-untyped-call]


@main.command()
@_with(*_STATE, "regions", "zones", "s3_day_seconds", *_LOGS)
def conductor(settings: Settings) -> None:
    """Run a conductor of a cluster: it takes in what agents report, and sends again what was lost."""
    from backend import logs  # noqa: PLC0415
    from backend.conductor.service import Conductor  # noqa: PLC0415
    from ec2api import roles  # noqa: PLC0415

    logs.set_up(settings)
    with ExitStack() as closing:
        cloud = roles.open_cloud(settings)
        closing.callback(cloud.close)
        running = Conductor(cloud)
        running.start()
        closing.callback(running.close)
        _wait_for_end("the conductor is ready")


@main.command()
@_with("data_dir", "bus_url", "regions", "default_region", "zones", *_DRIVER, *_LOGS)
def agent(settings: Settings) -> None:
    """Run the agent of this host: it needs the bus and the host's own disk, and no database."""
    from backend import logs  # noqa: PLC0415
    from backend.bus import open_bus  # noqa: PLC0415
    from compute_agent.drivers.base import DriverError  # noqa: PLC0415
    from compute_agent.store import WrongHost  # noqa: PLC0415
    from ec2api import roles  # noqa: PLC0415

    logs.set_up(settings)
    with ExitStack() as closing:
        bus = open_bus(settings.bus_url)
        closing.callback(bus.close)
        try:
            host = roles.this_host(settings)
            running = roles.agent(settings, bus, [host], roles.agent_folder(settings, host))
            running.start()
        except (DriverError, WrongHost, ValueError) as fault:
            raise click.ClickException(str(fault)) from fault
        closing.callback(running.close)
        _wait_for_end(f"the agent of {host.name} in {host.zone} is ready")


def _wait_for_end(ready: str) -> None:
    garbage.collect_seldom()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(f"ec2api: {ready}", flush=True)
    ended.wait()


@main.group()
def db() -> None:
    """Look after the database."""


@db.command()
@_with("data_dir", "database_url", "regions", "zones", *_LOGS)
def upgrade(settings: Settings) -> None:
    """Bring the database to the newest schema and catalogue."""
    from ec2api import roles  # noqa: PLC0415

    roles.open_cloud(settings).close()
    print(f"{settings.database.partition('@')[2] or settings.database} is up to date")


if __name__ == "__main__":
    sys.exit(main())
