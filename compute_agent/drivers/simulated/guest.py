"""What one simulated guest is, and what time and power do to it."""

import time
from typing import NamedTuple

from compute_agent.drivers.base import GuestState
from compute_agent.drivers.simulated import console
from compute_agent.drivers.simulated.settings import Directives

_OFF = GuestState(running=False)
_OFF_BY_GUEST = GuestState(running=False, shut_down_by_guest=True)
_BOOTING = GuestState(running=False, booting=True)
_RUNNING = GuestState(running=True)


class Guest(NamedTuple):
    """One guest, and its row as it is saved. Times are seconds since the epoch; 0 is never."""

    instance_id: str
    generation: int
    image_id: str
    image_name: str
    instance_type: str
    architecture: str
    vcpus: int
    memory_mib: int
    hostname: str
    key_name: str
    directives: str
    powered: int = 0
    running_at: float = 0.0  # when it counts as running, where it is on
    off_at: float = 0.0  # when it goes off by itself
    off_by_guest: int = 0  # whether that is, or was, the guest's own doing
    history: str = ""  # what its serial console saw: see console.py

    def as_live_as(self, other: "Guest") -> "Guest":
        """This definition with the life of another."""
        return Guest._make(self[:_LIFE] + other[_LIFE:])


_LIFE = Guest._fields.index("powered")


def is_on(guest: Guest) -> bool:
    return bool(guest.powered) and not has_gone_off(guest, time.time())


def has_gone_off(guest: Guest, now: float) -> bool:
    return bool(guest.off_at) and guest.off_at <= now


def settled(guest: Guest, now: float) -> Guest:
    """The guest with what time alone has done to it."""
    if not guest.powered or not has_gone_off(guest, now):
        return guest
    event = console.SHUTDOWN if guest.off_by_guest else console.POWER_OFF
    return guest._replace(powered=0, off_at=0.0, history=console.record(guest.history, event, guest.off_at))


def state_at(guest: Guest, now: float) -> GuestState:
    if not guest.powered or has_gone_off(guest, now):
        return _OFF_BY_GUEST if guest.off_by_guest else _OFF
    return _RUNNING if guest.running_at <= now else _BOOTING


def powered_on(guest: Guest, directives: Directives, now: float, running_at: float) -> Guest:
    """The guest booting from ``now`` on; whatever was before, its own power-off is counted from here."""
    off_at = 0.0 if directives.off_after is None else max(now, running_at) + directives.off_after
    event = console.REBOOT if guest.powered else console.BOOT
    return guest._replace(
        powered=1,
        running_at=running_at,
        off_at=off_at,
        off_by_guest=int(directives.off_by_guest),
        history=console.record(guest.history, event, now),
    )
