"""The driver ``libvirt``: each instance is a persistent libvirt domain with disks of its own on this host.

Every step can be done twice, and finds what an agent killed in its middle has left. Guests have no networks
yet, and arm64 guests are refused.
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from threading import Event
from typing import Concatenate, ParamSpec, TypeVar, cast

import libvirt

from backend.bus.messages import Disk, Spec
from compute_agent.drivers.base import DriverError, GuestState, InHaste, Inventory, OnChange, patient
from compute_agent.drivers.libvirt import capabilities, domain_xml, trial
from compute_agent.drivers.libvirt.connection import Connection
from compute_agent.drivers.libvirt.disks import GIB, ImageCache, prepare, virtual_size
from compute_agent.drivers.libvirt.domain_xml import Accelerator, Attached, Ownership
from compute_agent.drivers.libvirt.files import GuestFiles
from compute_agent.drivers.libvirt.settings import LibvirtSettings

log = logging.getLogger(__name__)

_OFF_STATES = (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_CRASHED, libvirt.VIR_DOMAIN_NOSTATE)
_UNDEFINE = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)
_UNPLUG_SECONDS = 10.0
_BUTTON_AGAIN_SECONDS = 10.0  # a guest that still boots does not hear its power button

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")
Method = Callable[Concatenate["Libvirt", Parameters], Answer]


def _steady(method: Method[Parameters, Answer]) -> Method[Parameters, Answer]:
    """Runs a method once more where libvirtd went away in its middle; its errors become ``DriverError``."""

    @wraps(method)
    def call(self: "Libvirt", /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        try:
            try:
                return method(self, *args, **kwargs)
            except libvirt.libvirtError:
                if self.connection.is_alive():
                    raise
                return method(self, *args, **kwargs)
        except (libvirt.libvirtError, OSError) as fault:
            raise DriverError(str(fault)) from fault

    return call


class Libvirt:
    """See the module and ``LibvirtSettings``. ``state_dir`` holds the guests' disks (see files.py)."""

    name = "libvirt"
    live_console = True

    def __init__(self, settings: LibvirtSettings, state_dir: Path) -> None:
        self._settings = settings
        self._files = GuestFiles(state_dir)
        self._images = ImageCache(self._files.images)
        self._on_change: OnChange = lambda _: None
        self._rebooted: dict[str, Event] = {}
        self._accelerator: Accelerator = "tcg"
        self.connection = Connection(
            settings.uri, settings.reconnect_seconds, self._lifecycle, self._reboot_seen, self._returned
        )

    def start_up(self, on_change: OnChange) -> None:
        """``DriverError`` where libvirtd does not answer, or kvm is demanded and does not work."""
        self._on_change = on_change
        root = self._files.make()
        self._files.sweep()
        self._images.sweep()
        self.connection.open()
        try:
            self._accelerator = self._choose_accelerator(root)
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        self.connection.close()

    @_steady
    def inventory(self) -> Inventory:
        connection, settings = self.connection.get(), self._settings
        # What getInfo says of memory leaves out some that was added while the machine ran.
        stats = cast("dict[str, int]", connection.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS))
        memory = max(0, stats["total"] // 1024 - settings.reserved_memory_mib)
        processors = int(connection.getInfo()[2])
        return Inventory(processors * settings.vcpus_per_processor, memory, capabilities.architectures(connection))

    @_steady
    def guests(self) -> dict[str, GuestState]:
        found: dict[str, GuestState] = {}
        for domain in self.connection.get().listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_PERSISTENT):
            try:
                if self._is_ours(domain):
                    found[domain.name()] = self._state(domain)
            except libvirt.libvirtError as fault:  # removed in the meantime
                if fault.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                    raise
        return found

    @_steady
    def state(self, instance_id: str) -> GuestState | None:
        domain = self._find(instance_id)
        return None if domain is None else self._state(domain)

    @_steady
    def define(self, spec: Spec) -> None:
        """``DriverError`` also for a guest that this host cannot run, and an image without a disk file."""
        connection = self.connection.get()
        if spec.architecture not in capabilities.architectures(connection):
            raise DriverError(f"this host runs no {spec.architecture} guests")
        if spec.boot_mode == "uefi" and not capabilities.has_uefi(connection, self._accelerator):
            raise DriverError("this host has no UEFI firmware")
        domain = self._find(spec.instance_id)
        is_off = domain is None or not domain.isActive()
        with ExitStack() as undo:
            folder = self._files.folder(spec.instance_id)
            if not folder.exists():
                folder.mkdir(mode=0o711)
                undo.callback(self._files.remove, spec.instance_id, ())
            disks: list[tuple[Disk, Path]] = []
            for disk in spec.disks:
                path = self._files.disk(spec.instance_id, disk.volume_id)
                if not path.exists() and self._files.take_back(spec.instance_id, disk.volume_id):
                    others = [other.volume_id for other in spec.disks if other is not disk]
                    undo.callback(self._files.give_up, spec.instance_id, others)
                if prepare(disk, path, self._images, may_grow=is_off):
                    undo.callback(path.unlink, missing_ok=True)
                disks.append((disk, path))
            machine = self._machine(connection, spec)
            connection.defineXML(domain_xml.domain(spec, machine, disks, self._files.log(spec.instance_id)))
            undo.pop_all()
        if domain is not None and not is_off:
            self._match_disks(domain, disks)
        self._files.give_up(spec.instance_id, [disk.volume_id for disk in spec.disks])

    @_steady
    def start(self, spec: Spec) -> None:
        domain = self._required(spec.instance_id)
        if domain.isActive() and self._files.intent(spec.instance_id) == "off":
            self._shut_down(domain)  # a stop was interrupted: the guest is on its way down
        if not domain.isActive():
            self._power_on(domain)

    @_steady
    def stop(self, spec: Spec, in_haste: InHaste = patient) -> None:
        domain = self._find(spec.instance_id)
        if domain is not None and domain.isActive():
            self._shut_down(domain, in_haste)

    @_steady
    def power_off(self, spec: Spec) -> None:
        domain = self._find(spec.instance_id)
        if domain is not None and domain.isActive():
            self._cut_power(domain)

    @_steady
    def reboot(self, spec: Spec, in_haste: InHaste = patient) -> None:
        domain = self._required(spec.instance_id)
        if domain.isActive() and self._files.intent(spec.instance_id) == "off":
            self._shut_down(domain)
        if not domain.isActive():
            self._power_on(domain)
            return
        try:
            if not self._reboots_by_itself(domain, in_haste):
                log.info("%s does not answer its power button: it is reset", spec.instance_id)
                domain.reset()  # libvirt so forgets the reboot that the guest did not answer
        except libvirt.libvirtError:
            if domain.isActive():
                self._cut_power(domain)
            self._power_on(domain)

    @_steady
    def destroy(self, instance_id: str) -> None:
        """The disks that outlive the guest are moved to ``volumes/`` of the state folder."""
        domain = self._find(instance_id)
        if domain is None:
            self._files.remove(instance_id, ())  # of a definition that was interrupted
            return
        if domain.isActive():
            self._cut_power(domain)
        self._files.remove(instance_id, self._ownership(domain).keep)
        domain.undefineFlags(_UNDEFINE)

    @_steady
    def console(self, instance_id: str) -> str | None:
        """Asks no libvirtd: the file of a guest of ours is there as long as the guest is."""
        return self._files.console(instance_id) if self._files.folder(instance_id).exists() else None

    def _choose_accelerator(self, folder: Path) -> Accelerator:
        connection, wanted = self.connection.get(), self._settings.accelerator
        if wanted == "auto":
            return trial.accelerator(connection, folder)
        if capabilities.emulator(connection, wanted) is None:
            raise DriverError(f"libvirtd offers no {wanted} on this host")
        return wanted

    def _machine(self, connection: "libvirt.virConnect", spec: Spec) -> domain_xml.Machine:
        settings = self._settings
        program = capabilities.emulator(connection, self._accelerator)
        if program is None:
            raise DriverError(f"libvirtd offers no {self._accelerator} on this host")
        if spec.encrypted_memory:
            raise DriverError("this host cannot encrypt the memory of its guests")
        if spec.nested_virtualization and not capabilities.nests(self._accelerator):
            raise DriverError("guests of this host cannot have guests of their own")
        return domain_xml.Machine(
            accelerator=self._accelerator,
            emulator=program,
            memory_mib=min(spec.memory_mib, settings.max_guest_memory_mib or spec.memory_mib),
            vcpus=min(spec.vcpus, settings.max_guest_vcpus or spec.vcpus),
            disk_cache=settings.disk_cache,
            owner=settings.owner,
        )

    def _match_disks(self, domain: "libvirt.virDomain", disks: Sequence[tuple[Disk, Path]]) -> None:
        """Give a running guest the disks that it lacks, in their size, and take those that it is not to have.

        ``DriverError`` where the guest does not let go of one.
        """
        wanted = {domain_xml.serial_number(disk.volume_id): (disk, path) for disk, path in disks}
        for found in self._attached(domain):
            if found.serial not in wanted:
                self._unplug(domain, found)
        has = {found.serial: found.target for found in self._attached(domain)}
        for serial, (disk, path) in wanted.items():
            if serial not in has:
                element = domain_xml.attachable(disk, path, self._settings.disk_cache, has.values())
                domain.attachDeviceFlags(element, libvirt.VIR_DOMAIN_AFFECT_LIVE)
                has = {found.serial: found.target for found in self._attached(domain)}
            elif virtual_size(path) < disk.size_gib * GIB:
                domain.blockResize(has[serial], disk.size_gib * GIB, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)

    def _unplug(self, domain: "libvirt.virDomain", disk: Attached) -> None:
        """A guest is asked to let go of a disk, and answers in its own time."""
        domain.detachDeviceFlags(disk.xml, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        deadline = time.monotonic() + _UNPLUG_SECONDS
        while any(found.serial == disk.serial for found in self._attached(domain)):
            if time.monotonic() > deadline:
                raise DriverError(f"the guest does not let go of the disk {disk.serial}")
            time.sleep(0.1)

    def _attached(self, domain: "libvirt.virDomain") -> list[Attached]:
        return domain_xml.attached(domain.XMLDesc())

    def _find(self, instance_id: str) -> "libvirt.virDomain | None":
        """The domain of an instance; ``DriverError`` where another agent defined it."""
        try:
            domain = self.connection.get().lookupByUUIDString(domain_xml.uuid_of(instance_id))
        except libvirt.libvirtError as fault:
            if fault.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                return None
            raise
        owner = self._ownership(domain).owner
        if owner != self._settings.owner:
            raise DriverError(f"{instance_id} is a guest of {owner!r} on this host")
        return domain

    def _required(self, instance_id: str) -> "libvirt.virDomain":
        domain = self._find(instance_id)
        if domain is None:
            raise DriverError(f"no guest {instance_id} is defined on this host")
        return domain

    def _is_ours(self, domain: "libvirt.virDomain") -> bool:
        if domain.UUIDString() != domain_xml.uuid_of(domain.name()):
            return False
        return self._ownership(domain).owner == self._settings.owner

    def _ownership(self, domain: "libvirt.virDomain") -> Ownership:
        try:
            text = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, domain_xml.NAMESPACE)
        except libvirt.libvirtError as fault:
            if fault.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
                return Ownership("", 0, ())
            raise
        return domain_xml.ownership(text)

    def _state(self, domain: "libvirt.virDomain") -> GuestState:
        state, reason = cast("tuple[int, int]", domain.state())
        if state not in _OFF_STATES:
            return GuestState(running=True)
        intent = self._files.intent(domain.name())
        by_itself = intent == "off-by-guest" or (
            intent == "on" and state == libvirt.VIR_DOMAIN_SHUTOFF and reason == libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN
        )
        return GuestState(running=False, shut_down_by_guest=by_itself)

    def _power_on(self, domain: "libvirt.virDomain") -> None:
        self._files.rotate_log(domain.name())
        self._files.set_intent(domain.name(), "on")
        domain.create()

    def _shut_down(self, domain: "libvirt.virDomain", in_haste: InHaste = patient) -> None:
        """Presses the power button, again where nothing happens, and cuts the power when the grace has run
        out, or there is no time for it.
        """
        self._files.set_intent(domain.name(), "off")
        deadline = time.monotonic() + self._settings.stop_grace_seconds
        next_press = 0.0
        while (now := time.monotonic()) < deadline and not in_haste():
            if now >= next_press:
                next_press = now + _BUTTON_AGAIN_SECONDS
                _unless_off(domain, lambda: domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN))
            if not domain.isActive():
                return
            time.sleep(0.1)
        log.info("%s is not off yet: its power is cut", domain.name())
        self._cut_power(domain)

    def _reboots_by_itself(self, domain: "libvirt.virDomain", in_haste: InHaste) -> bool:
        """Presses the power button, with which libvirt starts a reboot, until the grace is over."""
        seen = self._rebooted[domain.name()] = Event()
        deadline = time.monotonic() + self._settings.reboot_grace_seconds
        next_press = 0.0
        try:
            while (now := time.monotonic()) < deadline and not in_haste():
                if now >= next_press:
                    next_press = now + _BUTTON_AGAIN_SECONDS
                    domain.reboot(libvirt.VIR_DOMAIN_REBOOT_ACPI_POWER_BTN)
                if seen.wait(min(deadline - now, 0.2)):
                    return True
            return False
        finally:
            del self._rebooted[domain.name()]

    def _cut_power(self, domain: "libvirt.virDomain") -> None:
        self._files.set_intent(domain.name(), "off")
        _unless_off(domain, domain.destroy)

    def _lifecycle(self, domain: "libvirt.virDomain", event: int, detail: int) -> None:
        """From the event thread, which must not call libvirt: the domain's name and uuid are in the event."""
        instance_id = domain.name()
        if domain.UUIDString() != domain_xml.uuid_of(instance_id) or not self._files.folder(instance_id).exists():
            return
        if (
            event == libvirt.VIR_DOMAIN_EVENT_STOPPED
            and detail == libvirt.VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN
            and self._files.intent(instance_id) == "on"
        ):
            self._files.set_intent(instance_id, "off-by-guest")
        self._on_change(instance_id)

    def _reboot_seen(self, domain: "libvirt.virDomain") -> None:
        if (waiting := self._rebooted.get(domain.name())) is not None:
            waiting.set()

    def _returned(self) -> None:
        for instance_id in self.guests():
            self._on_change(instance_id)


def _unless_off(domain: "libvirt.virDomain", action: Callable[[], object]) -> None:
    """Does something to a running guest; no error where it went off just before."""
    try:
        action()
    except libvirt.libvirtError:
        if domain.isActive():
            raise
