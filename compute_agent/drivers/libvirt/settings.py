"""How a host runs its guests."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LibvirtSettings:
    """Settings of the driver ``libvirt``.

    ``uri``: which libvirtd; it must run on the agent's host, as both open the same disk files. ``owner``: the
    agent whose guests these are, where several share one libvirtd. ``accelerator``: ``auto`` takes kvm where
    a trial guest runs on it, else tcg. ``stop_grace_seconds`` and ``reboot_grace_seconds``: how long a guest
    may take to answer its power button. ``max_guest_memory_mib`` and ``max_guest_vcpus`` give a guest less
    than its instance type says, for small test hosts. The scheduler may claim ``vcpus_per_processor`` vCPUs
    for each of the host's processors, and all its memory but ``reserved_memory_mib``. ``disk_cache``: QEMU's
    cache mode; ``writeback`` keeps what a guest has flushed, ``unsafe`` loses it when the host fails and is
    for tests. ``reconnect_seconds``: how long a call waits for a libvirtd that restarts.
    """

    uri: str = "qemu:///system"
    owner: str = "ec2api"
    accelerator: Literal["auto", "kvm", "tcg"] = "auto"
    stop_grace_seconds: float = 60.0
    reboot_grace_seconds: float = 60.0
    max_guest_memory_mib: int | None = None
    max_guest_vcpus: int | None = None
    vcpus_per_processor: int = 4
    reserved_memory_mib: int = 1024
    disk_cache: Literal["none", "writeback", "writethrough", "directsync", "unsafe"] = "writeback"
    reconnect_seconds: float = 15.0

    def __post_init__(self) -> None:
        if self.accelerator not in ("auto", "kvm", "tcg"):
            raise ValueError(f"accelerator {self.accelerator!r} is none of auto, kvm, tcg")
        if self.disk_cache not in ("none", "writeback", "writethrough", "directsync", "unsafe"):
            raise ValueError(f"disk_cache {self.disk_cache!r} is no cache mode of QEMU")
