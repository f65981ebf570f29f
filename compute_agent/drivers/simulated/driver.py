"""A hypervisor that runs nothing: guests are rows whose state follows from the clock.

Simulated guests outlive the agent, as QEMU's processes do: they are kept in one SQLite file. The dictionary
in memory is the truth of the process; a writer thread saves what changed in groups, every ``flush_seconds``
and on ``close``. A killed process so forgets the changes of its last moments, and what comes back is the
state before them, never a mix. That does no harm: an agent converges every spec it holds when it starts,
which defines, starts or stops again what was forgotten, and the guest of a forgotten ``destroy`` comes back
as one that no spec owns, as any orphan on a host.
"""

import random
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from backend.bus.messages import Spec
from compute_agent.drivers.base import DriverError, GuestState, InHaste, Inventory, OnChange, patient
from compute_agent.drivers.simulated import console
from compute_agent.drivers.simulated.guest import Guest, has_gone_off, is_on, powered_on, settled, state_at
from compute_agent.drivers.simulated.ledger import Ledger
from compute_agent.drivers.simulated.settings import TAG, Directives, SimulatedSettings, directives_of
from compute_agent.drivers.simulated.timer import Timer

_LOOK_SECONDS = 0.05  # between two looks whether a guest that goes down is to be off at once


class Simulated:
    """The driver ``simulated``;

    see the module for what survives a crash. ``state_dir`` may have one user at a time.
    """

    name = "simulated"
    live_console = False

    def __init__(self, settings: SimulatedSettings, state_dir: Path) -> None:
        self._settings = settings
        self._ledger = Ledger(state_dir / "guests.sqlite3", Guest._fields, settings.flush_seconds)
        self._timer = Timer(self._due)
        self._guests: dict[str, Guest] = {}
        self._lock = Lock()
        self._on_change: OnChange = lambda _: None
        self._random = random.Random()

    def start_up(self, on_change: OnChange) -> None:
        """``DriverError`` where another process uses the folder."""
        self._on_change = on_change
        self._guests = {row[0]: Guest(*row) for row in self._ledger.open()}
        self._timer.start()
        for guest in self._guests.values():
            self._schedule(guest)

    def close(self) -> None:
        self._timer.close()
        self._ledger.close()

    def inventory(self) -> Inventory:
        return Inventory(self._settings.vcpus, self._settings.memory_mib, self._settings.architectures)

    def guests(self) -> dict[str, GuestState]:
        now = time.time()
        return {guest.instance_id: state_at(guest, now) for guest in list(self._guests.values())}

    def state(self, instance_id: str) -> GuestState | None:
        guest = self._guests.get(instance_id)
        return None if guest is None else state_at(guest, time.time())

    def define(self, spec: Spec) -> None:
        """``DriverError`` also where the tag ``ec2api:simulate`` holds what is no directive."""
        text = spec.tags.get(TAG, "")
        self._may_fail("define", directives_of(text))
        if spec.architecture not in self._settings.architectures:
            raise DriverError(f"this host runs no {spec.architecture} guests")
        new = Guest(
            spec.instance_id,
            spec.generation,
            spec.image_id,
            spec.image_name,
            spec.instance_type,
            spec.architecture,
            spec.vcpus,
            spec.memory_mib,
            spec.hostname,
            spec.key_name or "",
            text,
        )
        with self._lock:
            known = self._guests.get(spec.instance_id)
            self._put(new if known is None else new.as_live_as(known))

    def start(self, spec: Spec) -> None:
        guest = self._required(spec.instance_id)
        directives = directives_of(guest.directives)
        self._may_fail("start", directives)
        now = time.time()
        if guest.powered and not has_gone_off(guest, now):
            return
        boot = self._settings.boot_seconds if directives.boot_seconds is None else directives.boot_seconds
        self._change(spec.instance_id, lambda guest: powered_on(guest, directives, now, now + boot))

    def stop(self, spec: Spec, in_haste: InHaste = patient) -> None:
        guest = self._guests.get(spec.instance_id)
        if guest is None or not is_on(guest):
            return
        directives = directives_of(guest.directives)
        self._may_fail("stop", directives)
        seconds = self._settings.stop_seconds if directives.stop_seconds is None else directives.stop_seconds
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not in_haste():
            time.sleep(min(left, _LOOK_SECONDS))
        self._switch_off(spec.instance_id, console.SHUTDOWN)

    def power_off(self, spec: Spec) -> None:
        guest = self._guests.get(spec.instance_id)
        if guest is None or not is_on(guest):
            return
        self._may_fail("power-off", directives_of(guest.directives))
        self._switch_off(spec.instance_id, console.POWER_OFF)

    def reboot(self, spec: Spec, in_haste: InHaste = patient) -> None:  # noqa: ARG002  it takes no time
        guest = self._required(spec.instance_id)
        directives = directives_of(guest.directives)
        self._may_fail("reboot", directives)
        now = time.time()
        if is_on(guest):  # it counts as running all the while, as AWS's guests do
            self._change(guest.instance_id, lambda guest: powered_on(guest, directives, now, guest.running_at))
        else:
            self.start(spec)

    def destroy(self, instance_id: str) -> None:
        guest = self._guests.get(instance_id)
        if guest is None:
            return
        self._may_fail("destroy", directives_of(guest.directives))
        with self._lock:
            del self._guests[instance_id]
            self._ledger.save(instance_id, None)

    def console(self, instance_id: str) -> str | None:
        guest = self._guests.get(instance_id)
        if guest is None:
            return None
        guest = settled(guest, time.time())
        boot = self._settings.boot_seconds
        if (asked := directives_of(guest.directives).boot_seconds) is not None:
            boot = asked
        return console.render(guest, boot, time.time())

    def _required(self, instance_id: str) -> Guest:
        guest = self._guests.get(instance_id)
        if guest is None:
            raise DriverError(f"no guest {instance_id} is defined on this host")
        return guest

    def _may_fail(self, operation: str, directives: Directives) -> None:
        settings = self._settings
        if operation in directives.fail:
            raise DriverError(f"simulated: {operation} fails as the tag {TAG} asks")
        if operation in settings.fail_operations or (settings.fail_rate and self._random.random() < settings.fail_rate):
            raise DriverError(f"simulated: {operation} fails as the host's settings ask")

    def _switch_off(self, instance_id: str, event: str) -> None:
        def off(guest: Guest) -> Guest:
            if not guest.powered:  # it went off by itself in the meantime
                return guest
            history = console.record(guest.history, event, time.time())
            return guest._replace(powered=0, off_at=0.0, off_by_guest=0, history=history)

        self._change(instance_id, off)

    def _change(self, instance_id: str, change: Callable[[Guest], Guest]) -> None:
        """Puts ``change`` of the guest as it is now in its place; none where it is gone."""
        with self._lock:
            guest = self._guests.get(instance_id)
            if guest is None:
                return
            guest = change(settled(guest, time.time()))
            self._put(guest)
        self._schedule(guest)

    def _put(self, guest: Guest) -> None:
        if self._guests.get(guest.instance_id) != guest:
            self._guests[guest.instance_id] = guest
            self._ledger.save(guest.instance_id, guest)

    def _schedule(self, guest: Guest) -> None:
        if guest.powered:
            if guest.running_at > time.time():
                self._timer.add(guest.running_at, guest.instance_id)
            if guest.off_at:
                self._timer.add(guest.off_at, guest.instance_id)

    def _due(self, due: float, instance_id: str) -> None:
        """The timer's call.

        A guest that was changed since has other times, and its timer's call says nothing.
        """
        with self._lock:
            guest = self._guests.get(instance_id)
            if guest is None or not guest.powered or due not in (guest.running_at, guest.off_at):
                return
            self._put(settled(guest, time.time()))
        self._on_change(instance_id)
