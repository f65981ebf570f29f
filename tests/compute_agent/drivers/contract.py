"""What every driver must do, whatever runs the guests: a suite, and what a driver's own tests give to it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Any

import pytest

from backend.bus.messages import Disk, Spec
from compute_agent.drivers.base import DriverError, GuestDriver, GuestState

OFF = GuestState(running=False)
OFF_BY_GUEST = GuestState(running=False, shut_down_by_guest=True)
RUNNING = GuestState(running=True)


class Changes:
    """An ``on_change`` that remembers."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._lock = Lock()

    def __call__(self, instance_id: str) -> None:
        with self._lock:
            self._seen.append(instance_id)

    def take(self) -> list[str]:
        with self._lock:
            seen, self._seen = self._seen, []
            return seen


class Host(ABC):
    """One host under test: makes drivers over the same state, and knows its guests' ways."""

    def __init__(self) -> None:
        self._open: list[GuestDriver] = []
        self._specs: list[Spec] = []

    @abstractmethod
    def make_driver(self) -> GuestDriver: ...

    @abstractmethod
    def make_spec(self, instance_id: str, **changes: Any) -> Spec: ...

    @abstractmethod
    def boots(self, console: str) -> int:
        """How many boots of one guest have come to their end."""

    @abstractmethod
    def self_ending(self, spec: Spec) -> Spec:
        """The spec of a guest that powers itself off soon after ``tell_to_end``."""

    @abstractmethod
    def tell_to_end(self, spec: Spec) -> None: ...

    def open(self, on_change: Callable[[str], None] = lambda _: None) -> GuestDriver:
        driver = self.make_driver()
        driver.start_up(on_change)
        self._open.append(driver)
        return driver

    def close(self, driver: GuestDriver) -> None:
        self._open.remove(driver)
        driver.close()

    def spec(self, instance_id: str, **changes: Any) -> Spec:
        spec = self.make_spec(instance_id, **changes)
        self._specs.append(spec)
        return spec

    def wait_for_boot(self, driver: GuestDriver, spec: Spec, count: int) -> None:
        eventually(lambda: self.boots(driver.console(spec.instance_id) or "") == count)

    def clean(self) -> None:
        driver = self._open[-1] if self._open else self.open()
        for spec in self._specs:
            driver.destroy(spec.instance_id)
        for driver in self._open:
            driver.close()


def eventually(holds: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def spec_of(instance_id: str, **changes: Any) -> Spec:
    root = Disk("vol-0aaaaaaaaaaaaaaaa", "/dev/xvda", 1, True, "image:ami-0123456789abcdef0")
    spec = Spec(
        instance_id=instance_id,
        generation=1,
        power="running",
        account="000000000000",
        region="us-east-1",
        zone="us-east-1a",
        image_id="ami-0123456789abcdef0",
        instance_type="t3.micro",
        architecture="x86_64",
        vcpus=2,
        memory_mib=1024,
        boot_mode="legacy-bios",
        hostname="ip-10-0-0-1.ec2.internal",
        disks=(root,),
    )
    return replace(spec, **changes)


class GuestDriverContract:
    """Run with a fixture ``host`` that gives a ``Host`` and cleans it."""

    def test_a_guest_that_is_not_there_is_nothing_and_off_and_gone(self, host: Host) -> None:
        driver = host.open()
        spec = host.spec("i-0aaaaaaaaaaaaaaa1")
        assert driver.state(spec.instance_id) is None
        assert driver.console(spec.instance_id) is None
        assert driver.guests() == {}
        driver.stop(spec)
        driver.power_off(spec)
        driver.destroy(spec.instance_id)
        with pytest.raises(DriverError):
            driver.start(spec)
        with pytest.raises(DriverError):
            driver.reboot(spec)
        assert driver.guests() == {}

    def test_a_definition_starts_nothing_and_can_be_repeated(self, host: Host) -> None:
        driver = host.open()
        spec = host.spec("i-0aaaaaaaaaaaaaaa2")
        driver.define(spec)
        driver.define(replace(spec, generation=2))
        assert driver.guests() == {spec.instance_id: OFF}
        assert driver.state(spec.instance_id) == OFF
        assert driver.console(spec.instance_id) == ""
        driver.stop(spec)
        driver.power_off(spec)
        assert driver.state(spec.instance_id) == OFF
        driver.destroy(spec.instance_id)
        driver.destroy(spec.instance_id)
        assert driver.state(spec.instance_id) is None

    def test_a_definition_that_fails_leaves_nothing(self, host: Host) -> None:
        driver = host.open()
        spec = host.spec("i-0aaaaaaaaaaaaaaa3", architecture="riscv64")
        with pytest.raises(DriverError, match="riscv64"):
            driver.define(spec)
        assert driver.state(spec.instance_id) is None
        assert driver.guests() == {}

    def test_the_inventory_has_room(self, host: Host) -> None:
        inventory = host.open().inventory()
        assert inventory.vcpus >= 1
        assert inventory.memory_mib >= 512
        assert "x86_64" in inventory.architectures

    def test_a_life_from_start_to_destruction(self, host: Host) -> None:
        driver = host.open()
        spec = host.spec("i-0aaaaaaaaaaaaaaa4")
        id = spec.instance_id
        driver.define(spec)
        driver.start(spec)
        driver.start(spec)
        eventually(lambda: driver.state(id) == RUNNING)
        host.wait_for_boot(driver, spec, 1)
        driver.define(replace(spec, generation=2))
        assert driver.state(id) == RUNNING

        driver.stop(spec)
        driver.stop(spec)
        assert driver.state(id) == OFF
        driver.start(spec)
        eventually(lambda: driver.state(id) == RUNNING)
        host.wait_for_boot(driver, spec, 2)
        driver.reboot(spec)
        assert driver.state(id) == RUNNING
        host.wait_for_boot(driver, spec, 3)

        driver.power_off(spec)
        driver.power_off(spec)
        assert driver.state(id) == OFF
        driver.reboot(spec)
        eventually(lambda: driver.state(id) == RUNNING)
        driver.destroy(id)
        assert driver.guests() == {}
        assert driver.console(id) is None

    def test_guests_outlive_their_driver_and_report_to_the_next(self, host: Host) -> None:
        first = host.open()
        spec = host.self_ending(host.spec("i-0aaaaaaaaaaaaaaa5"))
        id = spec.instance_id
        first.define(spec)
        first.start(spec)
        host.close(first)

        changes = Changes()
        second = host.open(changes)
        assert second.guests().keys() == {id}
        eventually(lambda: second.state(id) == RUNNING)
        host.wait_for_boot(second, spec, 1)
        changes.take()
        host.tell_to_end(spec)
        eventually(lambda: id in changes.take())
        eventually(lambda: second.state(id) == OFF_BY_GUEST)
        second.stop(spec)
        assert second.state(id) == OFF_BY_GUEST  # a stop of what is off changes nothing
        host.close(second)

        third = host.open()
        assert third.guests() == {id: OFF_BY_GUEST}
        third.start(spec)
        third.power_off(spec)
        assert third.state(id) == OFF
