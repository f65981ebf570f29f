"""What an agent asks of a hypervisor: small Protocols, one a noun.

One contract suite, ``tests/compute_agent/drivers/contract.py``, runs against every driver.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from backend.bus.messages import Spec


class DriverError(Exception):
    """The hypervisor could not do what was asked. Its text reaches the caller as the state reason."""


class Unreachable(DriverError):
    """The hypervisor does not answer, so nothing is known of its guests: they may run on."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the host offers to guests."""

    vcpus: int
    memory_mib: int
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuestState:
    """What one guest is right now.

    ``running``: the guest executes. ``booting``: it was started and is not yet counted as running
    (``on_change`` will say when it is). Neither: it is defined and off. ``shut_down_by_guest``: it is off
    because it powered itself off.
    """

    running: bool
    booting: bool = False
    shut_down_by_guest: bool = False


OnChange = Callable[[str], None]
"""Called with an instance id, from any thread, when that guest's state changed for whatever reason.

It returns soon: the events of other guests wait behind it. What a method itself had changed by the time it
returned may be reported or not; whatever happens later, or without a method, is.
"""


InHaste = Callable[[], bool]
"""Whether a newer wish makes it pointless to wait for a guest any longer."""


def patient() -> bool:
    return False


class GuestDriver(Protocol):
    """The guests of one host.

    Every method takes effect once however often it is called, and may be called again after a crash in its
    middle. Each raises ``DriverError``, and ``Unreachable`` while there is no hypervisor to ask. Methods on one
    guest are never called concurrently; on different guests they are.
    """

    @property
    def name(self) -> str:
        """As ``drivers.create`` knows it."""

    @property
    def live_console(self) -> bool:
        """Whether serial output goes on while a guest runs, so that it is worth looking for more of it."""

    def start_up(self, on_change: OnChange) -> None:
        """Connect, and report changes from now on. What changed before is for the caller to read."""

    def close(self) -> None:
        """Leave the guests running, and let go of everything else."""

    def inventory(self) -> Inventory: ...

    def guests(self) -> dict[str, GuestState]:
        """Every guest that this driver defined on this host, by instance id, whoever asked for it."""

    def state(self, instance_id: str) -> GuestState | None:
        """One guest, or None where the host has none."""

    def define(self, spec: Spec) -> None:
        """Make the guest's disks and definition match ``spec`` as far as its power allows; start nothing.

        Where it fails, a guest that was not there is still not there, nor is any disk of it.
        """

    def start(self, spec: Spec) -> None:
        """Power on a defined guest. No effect on one that runs or boots."""

    def stop(self, spec: Spec, in_haste: InHaste = patient) -> None:
        """Ask the guest by ACPI to power off, wait for a grace period, then power it off.

        Blocks until it is off, which in haste is soon. No effect on one that is off, or not there.
        """

    def power_off(self, spec: Spec) -> None:
        """Power off at once. No effect on a guest that is off, or not there."""

    def reboot(self, spec: Spec, in_haste: InHaste = patient) -> None:
        """Restart the guest: softly where it answers in time, else hard. It counts as running meanwhile.

        One that is off starts.
        """

    def destroy(self, instance_id: str) -> None:
        """Remove the guest, its definition and its disks, but for those that were to outlive it.

        Those are the disks whose ``delete_on_termination`` was false. No effect where there is no guest.
        """

    def console(self, instance_id: str) -> str | None:
        """The newest 64 KiB of serial output since the first start; None where there is no guest."""
