"""What an agent asks of a hypervisor: small Protocols, one a noun. One contract suite runs against every driver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from backend.bus.messages import Spec


class DriverError(Exception):
    """The hypervisor could not do what was asked. Its text reaches the caller as the instance's state reason."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the host offers to guests."""

    vcpus: int
    memory_mib: int
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuestState:
    """What one guest is right now.

    ``running``: the guest executes. ``booting``: it was started and is not yet counted as running (``on_change`` will
    say when it is). Neither: it is defined and off. ``shut_down_by_guest``: it is off because it powered itself off.
    """

    running: bool
    booting: bool = False
    shut_down_by_guest: bool = False


OnChange = Callable[[str], None]
"""Called with an instance id, from any thread, whenever that guest's state changed for whatever reason."""


class GuestDriver(Protocol):
    """Every method takes effect once however often it is called, and may be called again after a crash in its middle.

    Each raises ``DriverError``. Methods on one guest are never called concurrently; on different guests they are.
    """

    name: str

    def start_up(self, on_change: OnChange) -> None:
        """Connect, and report changes from now on."""

    def close(self) -> None:
        """Leave the guests running, and let go of everything else."""

    def inventory(self) -> Inventory: ...

    def guests(self) -> dict[str, GuestState]:
        """Every guest that this driver defined on this host, by instance id, whoever asked for it."""

    def state(self, instance_id: str) -> GuestState | None:
        """One guest, or None where the host has none."""

    def define(self, spec: Spec) -> None:
        """Make the guest's disks and definition match ``spec`` as far as its power state allows; start nothing."""

    def start(self, spec: Spec) -> None:
        """Power on a defined guest. No effect on one that runs or boots."""

    def stop(self, spec: Spec) -> None:
        """Ask the guest by ACPI to power off, wait for a grace period, then power it off. Blocks until it is off."""

    def power_off(self, spec: Spec) -> None:
        """Power off at once."""

    def reboot(self, spec: Spec) -> None:
        """Restart the guest: softly where it answers, else hard."""

    def destroy(self, instance_id: str) -> None:
        """Remove the guest, its definition and all its disks. No effect where there is none."""

    def console(self, instance_id: str) -> str | None:
        """The newest 64 KiB of serial output since the guest was first started, or None where there is none."""
