"""The hypervisors an agent can drive, by name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from compute_agent.drivers.base import DriverError, GuestDriver
from compute_agent.drivers.libvirt.settings import LibvirtSettings
from compute_agent.drivers.simulated import Simulated, SimulatedSettings


def create(name: str, settings: Mapping[str, Any], state_dir: Path) -> GuestDriver:
    """The driver called ``name`` (``NAMES``), not started yet.

    ``settings`` are the keywords of that driver's settings dataclass (``SimulatedSettings``,
    ``LibvirtSettings``); what is left out has its default. ``state_dir`` is the driver's own folder on this
    host: it is made where it is missing, and must be the same after a restart. ``DriverError`` where the
    driver or a setting is not known, or where its library is not installed.
    """
    if name not in _DRIVERS:
        raise DriverError(f"no driver is called {name!r}; there are {', '.join(NAMES)}")
    try:
        return _DRIVERS[name](settings, state_dir)
    except (TypeError, ValueError) as fault:
        raise DriverError(f"settings of the driver {name!r}: {fault}") from fault


def _simulated(settings: Mapping[str, Any], state_dir: Path) -> GuestDriver:
    return Simulated(SimulatedSettings(**settings), state_dir)


def _libvirt(settings: Mapping[str, Any], state_dir: Path) -> GuestDriver:
    try:
        from compute_agent.drivers.libvirt.driver import Libvirt  # noqa: PLC0415 - an optional extra
    except ImportError as fault:
        raise DriverError("the driver libvirt needs libvirt-python: pip install 'ec2api[libvirt]'") from fault
    return Libvirt(LibvirtSettings(**settings), state_dir)


_DRIVERS: dict[str, Callable[[Mapping[str, Any], Path], GuestDriver]] = {
    "simulated": _simulated,
    "libvirt": _libvirt,
}
NAMES = tuple(_DRIVERS)
