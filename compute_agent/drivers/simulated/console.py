"""A serial console as it would read: made on demand from what the guest is and when it was switched.

A guest keeps only its history, a text such as ``b1763829293.12 s1763829400.5``: what happened, and when.
"""

import base64
import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from compute_agent.drivers.simulated import systems
from compute_agent.drivers.simulated.systems import Linux, Windows

BOOT, REBOOT, SHUTDOWN, POWER_OFF = "b", "r", "s", "p"
LIMIT = 64 * 1024
_EVENTS_KEPT = 24  # more boots than fit into the newest 64 KiB


class Machine(Protocol):
    """What the console tells of a guest."""

    @property
    def instance_id(self) -> str: ...
    @property
    def image_name(self) -> str: ...
    @property
    def instance_type(self) -> str: ...
    @property
    def architecture(self) -> str: ...
    @property
    def vcpus(self) -> int: ...
    @property
    def memory_mib(self) -> int: ...
    @property
    def hostname(self) -> str: ...
    @property
    def key_name(self) -> str: ...
    @property
    def history(self) -> str: ...


def record(history: str, event: str, at: float) -> str:
    """The history with one event more, of which the oldest are forgotten."""
    entry = f"{event}{at:.6f}"
    if not history:
        return entry
    events = history.split(" ")
    if len(events) >= _EVENTS_KEPT:
        history = " ".join(events[1 - _EVENTS_KEPT :])
    return f"{history} {entry}"


def render(machine: Machine, boot_seconds: float, now: float) -> str:
    """The newest 64 KiB that the guest has written by ``now``; empty before its first start."""
    events = [(entry[0], float(entry[1:])) for entry in machine.history.split()]
    ends = [at for _, at in events[1:]] + [now]
    system = systems.of(machine.image_name)
    lines: list[str] = []
    for (event, at), end in zip(events, ends, strict=False):
        if event in (REBOOT, SHUTDOWN) and isinstance(system, Linux):
            lines += _going_down(event, system)
        if event in (BOOT, REBOOT):
            reached = (end - at) / boot_seconds if boot_seconds > 0 else 1.0
            boot = list(_boot(machine, system) if isinstance(system, Linux) else _windows(machine, system, at))
            lines += boot if reached >= 1 else boot[: int(len(boot) * max(reached, 0.0))]
    text = "".join(f"{line}\r\n" for line in lines)
    return text if len(text) <= LIMIT else text[-LIMIT:]


def _going_down(event: str, system: Linux) -> list[str]:
    last = "reboot: Power down" if event == SHUTDOWN else "reboot: Restarting system"
    return [
        "",
        "         Stopping OpenSSH server daemon...",
        f"         Stopping Session 1 of User {system.user}...",
        "[  OK  ] Stopped OpenSSH server daemon.",
        "[  OK  ] Stopped target Multi-User System.",
        "[  OK  ] Unmounted /boot/efi.",
        "[  OK  ] Reached target Unmount All Filesystems.",
        "[  OK  ] Reached target System Shutdown.",
        f"[  311.402817] {last}",
    ]


def _windows(machine: Machine, system: Windows, at: float) -> Iterator[str]:
    """What EC2Launch v2 writes to the console. No password: the guest has none that anybody could decrypt."""
    time = datetime.fromtimestamp(at, UTC).strftime("%Y/%m/%d %H:%M:%SZ")
    for text in (
        "Windows is being prepared for use. This may take some time...",
        "Message: Waiting for meta-data accessibility...",
        "Message: Meta-data is now available.",
        f"AMI Origin Name: {machine.image_name}",
        f"OS: {system.name}",
        f"OsVersion: {system.version}",
        "Language: English",
        f"InstanceType: {machine.instance_type}",
        f"Instance Id: {machine.instance_id}",
        "Launch: EC2 Launch v2.0.2107",
        f"RDPCERTIFICATE-SUBJECTNAME: {_windows_host(machine.instance_id)}",
        f"RDPCERTIFICATE-THUMBPRINT: {hashlib.sha1(machine.instance_id.encode()).hexdigest().upper()}",  # noqa: S324
        "Message: Windows is Ready to use",
    ):
        yield f"{time}: {text}"


def _windows_host(instance_id: str) -> str:
    """The name that Windows gives itself at its first boot: EC2AMAZ- and 7 letters and digits."""
    letters = base64.b32encode(hashlib.sha256(instance_id.encode()).digest()).decode()
    return f"EC2AMAZ-{letters[:7]}"


def _boot(machine: Machine, system: Linux) -> Iterator[str]:
    host = machine.hostname.partition(".")[0] or machine.instance_id
    yield from _kernel(machine, system)
    yield from _services(host, system)
    yield from _cloud_init(machine, host, system)
    yield ""
    yield from system.issue_of(machine.architecture, host)
    yield ""
    yield f"{host} login: "


def _kernel(machine: Machine, system: Linux) -> Iterator[str]:
    kernel = system.kernel_of(machine.architecture)
    for at, text in (
        (0.0, f"Linux version {kernel} ({system.compiler}) #1 SMP PREEMPT_DYNAMIC"),
        (0.0, f"Command line: BOOT_IMAGE=/boot/vmlinuz-{kernel} root=/dev/{system.root} ro console=ttyS0"),
        (0.0, "SMBIOS 2.7 present."),
        (0.0, f"DMI: Amazon EC2 {machine.instance_type}/, BIOS 1.0 10/16/2017"),
        (0.0, "Hypervisor detected: KVM"),
        (0.046201, f"Memory: {machine.memory_mib * 1000}K/{machine.memory_mib * 1024}K available"),
        (0.057113, f"SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs={machine.vcpus}, Nodes=1"),
        (0.212904, f"smpboot: Allowing {machine.vcpus} CPUs, 0 hotplug CPUs"),
        (0.244518, f"smp: Brought up 1 node, {machine.vcpus} CPU{'s' if machine.vcpus > 1 else ''}"),
        (0.361077, "NET: Registered PF_INET protocol family"),
        (0.502611, "PCI: Using configuration type 1 for base access"),
        (0.911380, "Freeing unused kernel image (initmem) memory: 2732K"),
        (0.914207, "Run /init as init process"),
        (1.120553, "systemd[1]: Detected virtualization amazon."),
        (1.402196, f"nvme nvme0: pci function 0000:00:04.0, {machine.vcpus}/0/0 default/read/poll queues"),
        (1.418862, f" {system.root.partition('p')[0]}: {system.root[7:]}"),
        (1.533930, "ena 0000:00:05.0: Elastic Network Adapter (ENA) found at mem febf4000"),
        (1.761208, f"{system.filesystem} ({system.root}): mounted filesystem"),
    ):
        yield f"[{at:12.6f}] {text}"


def _services(host: str, system: Linux) -> Iterator[str]:
    yield ""
    yield f"Welcome to {system.welcome}!"
    yield ""
    yield f"[    2.301178] systemd[1]: Hostname set to <{host}>."
    for unit in (
        "Mounted Temporary Directory /tmp",
        "Started Journal Service",
        "Finished Coldplug All udev Devices",
        "Reached target Local File Systems",
        "Started Network Configuration",
        "Reached target Network is Online",
        "Reached target Basic System",
        "Started OpenSSH server daemon",
        "Reached target Multi-User System",
    ):
        yield f"[  OK  ] {unit}."


def _cloud_init(machine: Machine, host: str, system: Linux) -> Iterator[str]:
    user, version = system.user, system.cloud_init
    yield f"[    5.104432] cloud-init[1611]: Cloud-init v. {version} running 'init'. Up 5.09 seconds."
    yield f"[    5.481902] cloud-init[1611]: instance-id: {machine.instance_id}"
    if machine.key_name:
        yield f"ci-info: ++++ Authorized keys from /home/{user}/.ssh/authorized_keys for user {user} ++++"
        yield f"ci-info: | ssh-rsa | {machine.key_name} |"
    keys = (
        ("ED25519", "ssh-ed25519", _ed25519(machine.instance_id)),
        ("RSA", "ssh-rsa", _rsa(machine.instance_id)),
    )
    yield "<14>cloud-init: #############################################################"
    yield "<14>cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----"
    for name, _, blob in keys:
        bits = 256 if name == "ED25519" else 3072
        print_ = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        yield f"<14>cloud-init: {bits} SHA256:{print_} root@{host} ({name})"
    yield "<14>cloud-init: -----END SSH HOST KEY FINGERPRINTS-----"
    yield "<14>cloud-init: #############################################################"
    yield "-----BEGIN SSH HOST KEY KEYS-----"
    for _, kind, blob in keys:
        yield f"{kind} {base64.b64encode(blob).decode()} root@{host}"
    yield "-----END SSH HOST KEY KEYS-----"
    yield f"[    7.660418] cloud-init[1748]: Cloud-init v. {version} done. Datasource DataSourceEc2. Up 7.65 s"


def _ed25519(instance_id: str) -> bytes:
    """A public key as RFC 8709 writes it: bytes of this instance's own, with no private half."""
    return _strings(b"ssh-ed25519", hashlib.sha256(b"ed25519 " + instance_id.encode()).digest())


def _rsa(instance_id: str) -> bytes:
    modulus = bytearray(hashlib.shake_256(b"rsa " + instance_id.encode()).digest(384))
    modulus[0] |= 0x80
    modulus[-1] |= 1
    return _strings(b"ssh-rsa", b"\x01\x00\x01", b"\x00" + bytes(modulus))


def _strings(*values: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(value)) + value for value in values)
