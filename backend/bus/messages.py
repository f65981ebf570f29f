"""The whole contract between the control plane and the agents of the hosts.

A ``Converge`` carries everything an agent needs to make its host match, never an order relative to what was
before: messages may be lost, doubled, late or out of order. An agent drops a generation older than the one it
has. Every message is a frozen dataclass; ``encode`` and ``decode`` turn it into JSON and back.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

Power = Literal["running", "stopped", "absent"]
"""What a guest is to be, or is seen to be. ``absent``: no guest and none of its disks are on the host."""


@dataclass(frozen=True, slots=True)
class Disk:
    """One block device of a guest.

    ``source`` names where the first bytes come from: ``image:ami-...`` (a registered disk image), ``blank``, or
    ``volume`` (this host has had the disk before, and must still have it).
    ``path`` is the image's disk file on the host where ``source`` is an image that has one.
    """

    volume_id: str
    device: str  # as EC2 names it: /dev/xvda
    size_gib: int
    boot: bool
    source: str
    path: str | None = None
    format: str | None = None  # of ``path``: raw or qcow2
    delete_on_termination: bool = True


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface of a guest."""

    network_interface_id: str
    mac_address: str
    device_index: int
    subnet_id: str
    private_ips: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """The full wish for one instance: the host is to match this, whatever it looked like before."""

    instance_id: str
    generation: int
    power: Power
    account: str
    region: str
    zone: str
    image_id: str
    instance_type: str
    architecture: str  # x86_64 or arm64
    vcpus: int
    memory_mib: int
    boot_mode: str  # legacy-bios or uefi
    power_generation: int = 0  # the newest one that asked for this power: a guest that went off since stays off
    reboots: int = 0  # reboots asked for so far; an agent reboots a guest once for each that it has not done
    force_stop: bool = False  # power off at once instead of by ACPI
    shutdown_behavior: str = "stop"  # what a power-off from inside the guest means: stop or terminate
    user_data: str | None = field(default=None, repr=False)  # base64, as given; not for logs, as it may hold secrets
    key_name: str | None = None
    public_key: str | None = None  # OpenSSH format
    hostname: str = ""
    image_name: str = ""  # for a simulated guest to look like the image's system; empty where the image is gone
    disks: tuple[Disk, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    nested_virtualization: bool | None = None  # None: as the host has it
    encrypted_memory: bool = False
    metadata_options: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Converge:
    """Control plane to agent: make the host match this.

    ``host_id``: of the host that it is for, so that another one that was given the same name leaves it alone.
    """

    spec: Spec
    host_id: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """Agent to control plane: what one guest is now, and the generation that the host has reached.

    ``generation`` is that of the newest spec which the host now matches; while work on a newer one goes on,
    or where it failed, it stays behind. ``failed_generation`` and ``error`` say that a spec cannot be met
    (the agent tries again only when a newer one comes). ``shut_down_by_guest`` is true where a stopped guest
    powered itself off. ``sequence`` rises with each report of one instance by one agent, across its restarts.
    """

    host: str
    instance_id: str
    generation: int
    power: Power
    sequence: int
    failed_generation: int | None = None
    error: str | None = None
    shut_down_by_guest: bool = False


@dataclass(frozen=True, slots=True)
class Console:
    """Agent to control plane: the newest end of a guest's serial output (at most 64 KiB), and its time."""

    host: str
    instance_id: str
    output: str = field(repr=False)  # text; bytes that are not UTF-8 are replaced
    at: float  # when it was read, in seconds since the epoch


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Agent to control plane: the host lives, and what it has. Also sent once when an agent starts.

    ``instances`` maps each guest that the agent knows to its generation, only in the first heartbeat after a
    start, in every tenth one, and once messages of the agent were lost; ``running`` names those of them that run.
    The control plane re-sends what lags or is not what it last heard of, and asks for the removal of what no row
    knows.
    """

    host: str
    host_id: str  # made at an agent's first start and kept on its disk: shows a renamed or exchanged host
    zone: str
    region: str
    driver: str
    vcpus: int
    memory_mib: int
    architectures: tuple[str, ...] = ("x86_64",)
    instances: dict[str, int] | None = None
    running: tuple[str, ...] = ()


Message = Converge | Observed | Console | Heartbeat


def encode(message: Message) -> bytes:
    """The message as JSON: its fields and its class's name as ``type``.

    ``TypeError`` where a dictionary in it holds what JSON does not know.
    """
    document = {"type": type(message).__name__, **_plain(message)}
    return json.dumps(document, separators=(",", ":"), default=_plain).encode()


def decode(body: bytes) -> Message:
    """The message that ``encode`` made; ``ValueError`` for anything else.

    Fields of a newer release are ignored, what an older one lacks takes its default; a wrong type is refused.
    """
    try:
        document = json.loads(body)
        message: Message = _KINDS[document["type"]](document)
    except (KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError(f"not a message: {fault!r}") from fault
    return message


Reader = Callable[[Any], Any]
"""Turns a JSON value into the value of a field; ``ValueError`` or ``TypeError`` where it cannot be one."""


def _plain(value: Any) -> dict[str, Any]:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no place in a message")
    kind: Any = type(value)
    return {name: getattr(value, name) for name in kind.__slots__}


def _reader(hint: Any) -> Reader:
    """How a value of a field's type is read. Made once for each field."""
    if is_dataclass(hint) and isinstance(hint, type):
        return _object_reader(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _tuple_reader(_reader(inner[0]))
    if origin is UnionType:
        return _optional_reader(_reader(inner[0]))
    if origin is Literal:
        return _choice_reader(inner)
    if hint is Any:
        return lambda value: value
    return _plain_reader((int, float) if hint is float else (origin or hint,))


def _object_reader(kind: type[Any]) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}

    def read(document: Any) -> Any:
        known = {name: readers[name](value) for name, value in document.items() if name in readers}
        return kind(**known)

    return read


def _tuple_reader(inner: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"{value!r:.50} is no list")
        return tuple(inner(item) for item in value)

    return read


def _optional_reader(inner: Reader) -> Reader:
    return lambda value: None if value is None else inner(value)


def _choice_reader(choices: tuple[Any, ...]) -> Reader:
    def read(value: Any) -> Any:
        if value not in choices:
            raise ValueError(f"{value!r:.50} is none of {choices}")
        return value

    return read


def _plain_reader(kinds: tuple[type, ...]) -> Reader:
    def read(value: Any) -> Any:
        if type(value) not in kinds:  # exactly: true is no number here
            raise ValueError(f"{value!r:.50} is no {kinds[-1].__name__}")
        return value

    return read


_KINDS: dict[str, Reader] = {kind.__name__: _reader(kind) for kind in get_args(Message)}
