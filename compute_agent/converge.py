"""Makes one guest match its specification, one idempotent step after another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from backend.bus.messages import Power, Spec
from compute_agent.drivers.base import DriverError, GuestDriver, GuestState, Unreachable
from compute_agent.store import Kept

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the guest is after the steps; ``changed``: a step did something; ``booting``: not running yet."""

    power: Power
    changed: bool
    booting: bool = False
    shut_down_by_guest: bool = False


def converge(driver: GuestDriver, kept: Kept, spec: Spec, note: Callable[[Kept], None]) -> Outcome:
    """May be called at any time, also after a crash in its middle. ``DriverError`` where a step fails.

    ``note`` saves ``kept``: a reboot is noted before it is done, so that none is done twice.
    """
    id = spec.instance_id
    if spec.power == "absent":
        if not spec.force_stop:
            _shut_down(driver, kept, spec)
        driver.destroy(id)
        return Outcome("absent", changed=True)
    state = driver.state(id)
    fresh = spec.generation > kept.reached
    if state is None or fresh:
        driver.define(spec)
    if spec.power == "stopped":
        return _stopped(driver, kept, spec, state)
    to_power_on = spec.power_generation > kept.reached
    if state is not None and state.shut_down_by_guest and not state.running and not to_power_on:
        return Outcome("stopped", changed=False, shut_down_by_guest=True)
    return _running(driver, kept, spec, state, note)


def matches(kept: Kept, state: GuestState | None) -> bool:
    """Whether a guest needs no step at all: its newest wish was met, and its power is still so."""
    if kept.reached != kept.generation or kept.failed is not None or state is None or state.booting:
        return False
    return kept.power == ("running" if state.running else "stopped")


def _is_overtaken(kept: Kept, spec: Spec) -> bool:
    """Whether the guest is now to go off at once."""
    return kept.generation > spec.generation and kept.power != "running" and kept.force_stop


def _shut_down(driver: GuestDriver, kept: Kept, spec: Spec) -> None:
    """Let a guest's system end before the guest does; that it cannot keeps no guest alive."""
    try:
        driver.stop(spec, lambda: _is_overtaken(kept, spec))
    except Unreachable:
        raise
    except DriverError as fault:
        log.warning("%s goes without a shutdown: %s", spec.instance_id, fault)


def _stopped(driver: GuestDriver, kept: Kept, spec: Spec, state: GuestState | None) -> Outcome:
    if state is None or not (state.running or state.booting):
        return Outcome("stopped", changed=False)
    if spec.force_stop:
        driver.power_off(spec)
    else:
        driver.stop(spec, lambda: _is_overtaken(kept, spec))
    return Outcome("stopped", changed=True)


def _running(
    driver: GuestDriver, kept: Kept, spec: Spec, state: GuestState | None, note: Callable[[Kept], None]
) -> Outcome:
    changed = False
    reboot = spec.reboots > kept.reboots_done
    if reboot:
        kept.reboots_done = spec.reboots
        note(kept)
    if state is None or not (state.running or state.booting):
        driver.start(spec)
        changed = True
    elif reboot:
        driver.reboot(spec, lambda: kept.power == "absent" or _is_overtaken(kept, spec))
        changed = True
    now = driver.state(spec.instance_id)
    running = now is not None and now.running
    return Outcome("running" if running else "stopped", changed, booting=now is not None and now.booting)
