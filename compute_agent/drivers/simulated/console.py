"""A serial console as it would read: made on demand from what the guest is and when it was switched.

A guest keeps only its history, a text such as ``b1763829293.12 s1763829400.5``: what happened, and when.
"""

import base64
import hashlib
import struct
from collections.abc import Iterator
from typing import Protocol

BOOT, REBOOT, SHUTDOWN, POWER_OFF = "b", "r", "s", "p"
LIMIT = 64 * 1024
_EVENTS_KEPT = 24  # more boots than fit into the newest 64 KiB


class Machine(Protocol):
    """What the console tells of a guest."""

    @property
    def instance_id(self) -> str: ...
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
    lines: list[str] = []
    for (event, at), end in zip(events, ends, strict=False):
        if event in (REBOOT, SHUTDOWN):
            lines += _going_down(event)
        if event in (BOOT, REBOOT):
            reached = (end - at) / boot_seconds if boot_seconds > 0 else 1.0
            boot = list(_boot(machine))
            lines += boot if reached >= 1 else boot[: int(len(boot) * max(reached, 0.0))]
    text = "".join(f"{line}\r\n" for line in lines)
    return text if len(text) <= LIMIT else text[-LIMIT:]


def _going_down(event: str) -> list[str]:
    last = "reboot: Power down" if event == SHUTDOWN else "reboot: Restarting system"
    return [
        "",
        "         Stopping sshd.service - OpenSSH server daemon...",
        "         Stopping session-1.scope - Session 1 of User ec2-user...",
        "[  OK  ] Stopped sshd.service - OpenSSH server daemon.",
        "[  OK  ] Stopped target multi-user.target - Multi-User System.",
        "[  OK  ] Unmounted boot-efi.mount - /boot/efi.",
        "[  OK  ] Reached target umount.target - Unmount All Filesystems.",
        "[  OK  ] Reached target shutdown.target - System Shutdown.",
        f"[  311.402817] {last}",
    ]


_KERNELS = {"x86_64": "6.1.141-155.222.amzn2023.x86_64", "arm64": "6.1.141-155.222.amzn2023.aarch64"}


def _boot(machine: Machine) -> Iterator[str]:
    host = machine.hostname.partition(".")[0] or machine.instance_id
    kernel = _KERNELS.get(machine.architecture, _KERNELS["x86_64"])
    yield from _kernel(machine, kernel)
    yield from _services(host)
    yield from _cloud_init(machine, host)
    yield ""
    yield "Amazon Linux 2023"
    yield f"Kernel {kernel} on an {kernel.rpartition('.')[2]} (-)"
    yield ""
    yield f"{host} login: "


def _kernel(machine: Machine, kernel: str) -> Iterator[str]:
    device = "nvme0n1"
    for at, text in (
        (0.0, f"Linux version {kernel} (gcc (GCC) 11.5.0, GNU ld version 2.41) #1 SMP PREEMPT_DYNAMIC"),
        (
            0.0,
            f"Command line: BOOT_IMAGE=/boot/vmlinuz-{kernel} root=/dev/{device}p1 ro console=ttyS0",
        ),
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
        (1.418862, f" {device}: p1 p127 p128"),
        (1.533930, "ena 0000:00:05.0: Elastic Network Adapter (ENA) found at mem febf4000"),
        (1.761208, f"XFS ({device}p1): Mounting V5 Filesystem"),
        (1.802445, f"XFS ({device}p1): Ending clean mount"),
    ):
        yield f"[{at:12.6f}] {text}"


def _services(host: str) -> Iterator[str]:
    yield ""
    yield "Welcome to Amazon Linux 2023!"
    yield ""
    yield f"[    2.301178] systemd[1]: Hostname set to <{host}>."
    for unit in (
        "Mounted tmp.mount - Temporary Directory /tmp",
        "Started systemd-journald.service - Journal Service",
        "Finished systemd-udev-trigger.service - Coldplug All udev Devices",
        "Reached target local-fs.target - Local File Systems",
        "Started systemd-networkd.service - Network Configuration",
        "Reached target network-online.target - Network is Online",
        "Reached target basic.target - Basic System",
        "Started sshd.service - OpenSSH server daemon",
        "Reached target multi-user.target - Multi-User System",
    ):
        yield f"[  OK  ] {unit}."


def _cloud_init(machine: Machine, host: str) -> Iterator[str]:
    yield "[    5.104432] cloud-init[1611]: Cloud-init v. 22.2.2 running 'init'. Up 5.09 seconds."
    yield f"[    5.481902] cloud-init[1611]: instance-id: {machine.instance_id}"
    if machine.key_name:
        yield "ci-info: ++++ Authorized keys from /home/ec2-user/.ssh/authorized_keys for user ec2-user ++++"
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
    yield "[    7.660418] cloud-init[1748]: Cloud-init v. 22.2.2 done. Datasource DataSourceEc2. Up 7.65 s"


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
