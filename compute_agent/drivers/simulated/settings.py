"""How the simulated host behaves: for all its guests by settings, for one by a tag."""

from dataclasses import dataclass

from compute_agent.drivers.base import DriverError

TAG = "ec2api:simulate"
"""The tag whose value directs one guest: directives, separated by commas (see ``Directives``)."""

OPERATIONS = frozenset({"define", "start", "stop", "power-off", "reboot", "destroy"})


@dataclass(frozen=True, slots=True)
class SimulatedSettings:
    """How the simulated host behaves.

    ``boot_seconds``: from power-on until the guest counts as running. ``stop_seconds``: what an ACPI shutdown
    takes. ``vcpus``, ``memory_mib`` and ``architectures`` are the inventory; nothing is counted against it
    here. ``fail_operations``: names out of ``OPERATIONS`` that fail for every guest. ``fail_rate``: the share
    of all operations, from 0 to 1, that fail at random. ``flush_seconds``: how long a change may wait for its
    disk.
    """

    boot_seconds: float = 0.2
    stop_seconds: float = 0.0
    vcpus: int = 100_000
    memory_mib: int = 100_000 * 16 * 1024
    architectures: tuple[str, ...] = ("x86_64", "arm64")
    fail_operations: frozenset[str] = frozenset()
    fail_rate: float = 0.0
    flush_seconds: float = 0.05

    def __post_init__(self) -> None:
        if unknown := set(self.fail_operations) - OPERATIONS:
            raise ValueError(f"fail_operations {sorted(unknown)} are not among {sorted(OPERATIONS)}")
        if not 0 <= self.fail_rate <= 1:
            raise ValueError("fail_rate is a share from 0 to 1")


@dataclass(frozen=True, slots=True)
class Directives:
    """What the tag ``ec2api:simulate`` asks of one guest, such as ``boot-seconds:3,fail-stop``.

    ``fail-define``, ``fail-start``, ``fail-stop``, ``fail-power-off``, ``fail-reboot``, ``fail-destroy``:
    that operation fails. ``boot-seconds:N`` and ``stop-seconds:N`` replace the settings.
    ``guest-shutdown-after:N``: the guest powers itself off N seconds after it was up. ``crash-after:N``: its
    hypervisor process dies then.
    """

    fail: frozenset[str] = frozenset()
    boot_seconds: float | None = None
    stop_seconds: float | None = None
    off_after: float | None = None
    off_by_guest: bool = False


_parsed: dict[str, Directives] = {"": Directives()}


def directives_of(text: str) -> Directives:
    known = _parsed.get(text)
    if known is None:
        if len(_parsed) > 10_000:  # tags are a caller's text
            _parsed.clear()
        known = _parsed[text] = parse_directives(text)
    return known


def parse_directives(text: str) -> Directives:
    """The directives of a tag's value. ``DriverError`` names the first that is none."""
    fail: set[str] = set()
    seconds: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition(":")
        if part.removeprefix("fail-") in OPERATIONS and part.startswith("fail-"):
            fail.add(part.removeprefix("fail-"))
        elif name in ("boot-seconds", "stop-seconds", "guest-shutdown-after", "crash-after"):
            seconds[name] = _seconds(part, value)
        else:
            raise DriverError(f"{TAG}: {part!r} is no directive")
    by_guest = seconds.get("guest-shutdown-after")
    return Directives(
        frozenset(fail),
        seconds.get("boot-seconds"),
        seconds.get("stop-seconds"),
        seconds.get("crash-after") if by_guest is None else by_guest,
        by_guest is not None,
    )


def _seconds(part: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise DriverError(f"{TAG}: {part!r} needs seconds from 0 to 86400")
    return seconds
