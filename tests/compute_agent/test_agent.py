"""The agent with the simulated driver and a bus in this process."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.bus.base import CONDUCTOR, host_queue
from backend.bus.local import LocalBus
from backend.bus.messages import Converge, Heartbeat, Message, Observed, Spec
from compute_agent.agent import Agent, HostIdentity
from compute_agent.drivers.base import DriverError, GuestState, Unreachable
from compute_agent.drivers.simulated import Simulated, SimulatedSettings
from compute_agent.store import Store, WrongHost

HOST = HostIdentity("host-1", "us-east-1", "us-east-1a")


class Control:
    """The control plane's end of the bus."""

    def __init__(self) -> None:
        self.bus = LocalBus()
        self.heard: list[Message] = []
        self.bus.consume(CONDUCTOR, self._hear)

    def _hear(self, messages: Sequence[Message]) -> None:
        self.heard += messages

    def send(self, *specs: Spec) -> None:
        self.bus.publish(host_queue(HOST.name), [Converge(s) for s in specs])

    def reports(self, id: str = "i-1") -> list[Observed]:
        found = [m for m in self.heard if isinstance(m, Observed) and m.instance_id == id]
        return sorted(found, key=lambda m: m.sequence)

    def wait(self, done: Callable[[Observed], bool], id: str = "i-1") -> Observed:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            if (found := self.reports(id)) and done(found[-1]):
                return found[-1]
            time.sleep(0.005)
        pytest.fail(f"not reported: {self.reports(id)[-3:]}")


@pytest.fixture
def control() -> Iterator[Control]:
    made = Control()
    yield made
    made.bus.close()


@pytest.fixture
def start(control: Control, tmp_path: Path) -> Iterator[Callable[..., Agent]]:
    with ExitStack() as stack:

        def begin(**settings: Any) -> Agent:
            driver = Simulated(SimulatedSettings(**{"boot_seconds": 0.0, "flush_seconds": 0.01, **settings}), tmp_path)
            agent = Agent([HOST], control.bus, driver, Store(tmp_path), heartbeat_seconds=0.05)
            agent.start()
            stack.callback(agent.close)
            return agent

        yield begin


def spec(generation: int = 1, power: Any = "running", *, id: str = "i-1", **given: Any) -> Spec:
    base = Spec(
        id, generation, power, "0" * 12, "us-east-1", "us-east-1a", "ami-1", "t3.micro", "x86_64", 2, 1024, "uefi"
    )
    return replace(base, **given)


def test_it_runs_stops_and_removes_a_guest(control: Control, start: Any) -> None:
    start()
    for generation, power in enumerate(("running", "stopped", "running", "absent"), 1):
        control.send(spec(generation, power))
        control.wait(lambda m, g=generation, p=power: (m.generation, m.power) == (g, p))


def test_an_older_wish_is_dropped_and_the_state_reported_again(control: Control, start: Any) -> None:
    start()
    control.send(spec(3, "stopped"))
    control.wait(lambda m: m.generation == 3)
    before = len(control.reports())
    control.send(spec(2, "running"))
    control.wait(lambda m: len(control.reports()) > before)
    assert control.reports()[-1].power == "stopped"
    assert control.reports()[-1].generation == 3


def test_a_message_that_comes_twice_reboots_once(control: Control, start: Any) -> None:
    start()
    control.send(spec(1))
    control.wait(lambda m: m.power == "running")
    control.send(*[spec(2, reboots=1)] * 3)
    control.wait(lambda m: m.generation == 2)
    consoles = [m.output for m in control.heard if hasattr(m, "output")]
    assert max(c.count("Linux version") for c in consoles) == 2


def test_a_restarted_agent_takes_its_guests_over(control: Control, start: Any) -> None:
    first = start()
    control.send(spec(1))
    running = control.wait(lambda m: m.power == "running")
    first.close()
    control.heard.clear()
    start()
    told = next(m for m in control.heard if isinstance(m, Heartbeat))
    assert (told.instances, told.running) == ({"i-1": 1}, ("i-1",))
    control.send(spec(1))
    again = control.wait(lambda m: m.sequence > running.sequence)
    assert (again.power, again.generation) == ("running", 1)
    control.send(spec(2, "absent"))
    control.wait(lambda m: m.power == "absent")


def test_a_wish_that_cannot_be_met_is_reported_and_tried_again_when_it_is_sent_again(
    control: Control, start: Any
) -> None:
    start(fail_rate=1.0)
    control.send(spec(1))
    first = control.wait(lambda m: m.failed_generation == 1)
    assert first.error and first.generation == 0
    control.send(spec(1))
    control.wait(lambda m: m.sequence > first.sequence and m.failed_generation == 1)


def test_a_shutdown_from_inside_is_told_and_not_undone(control: Control, start: Any) -> None:
    start()
    control.send(spec(1, tags={"ec2api:simulate": "guest-shutdown-after:0.05"}))
    control.wait(lambda m: m.shut_down_by_guest)
    control.send(spec(1, tags={"ec2api:simulate": "guest-shutdown-after:0.05"}))
    time.sleep(0.1)
    assert control.reports()[-1].power == "stopped"


def test_a_guest_that_crashes_is_started_again(control: Control, start: Any) -> None:
    start()
    control.send(spec(1, tags={"ec2api:simulate": "crash-after:0.05"}))
    control.wait(lambda m: m.power == "running")
    time.sleep(0.2)
    control.wait(lambda m: m.power == "running")


def test_the_first_heartbeat_names_the_guests(control: Control, start: Any) -> None:
    first = start()
    control.send(spec(1))
    control.wait(lambda m: m.power == "running")
    first.close()
    control.heard.clear()
    start()
    until = time.monotonic() + 5
    while not (beats := [m for m in control.heard if isinstance(m, Heartbeat)]) and time.monotonic() < until:
        time.sleep(0.01)
    assert beats[0].instances == {"i-1": 1}


def test_it_refuses_to_serve_under_another_name(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.identify(["a"])
    assert store.identify(["a"])["a"] == (first["a"][0], 2)
    with pytest.raises(WrongHost):
        store.identify(["b"])
    store.close()


class Fragile(Simulated):
    """A hypervisor that can stop telling of its guests, while they go on."""

    fault: DriverError | None = None

    def state(self, instance_id: str) -> GuestState | None:
        if self.fault:
            raise self.fault
        return super().state(instance_id)


@pytest.mark.parametrize("fault", [Unreachable("the hypervisor does not answer"), DriverError("this guest is locked")])
def test_nothing_is_said_of_a_guest_whose_state_is_not_known(
    control: Control, tmp_path: Path, fault: DriverError
) -> None:
    driver = Fragile(SimulatedSettings(boot_seconds=0.0), tmp_path)
    agent = Agent([HOST], control.bus, driver, Store(tmp_path), heartbeat_seconds=0.05)
    agent.start()
    try:
        control.send(spec(1))
        control.wait(lambda m: m.power == "running")
        driver.fault = fault
        control.send(spec(2))
        time.sleep(0.1)
        assert control.reports()[-1].generation == 1
        driver.fault = None
        control.send(spec(2))
        assert control.wait(lambda m: m.generation == 2).power == "running"
        assert {(m.power, m.failed_generation) for m in control.reports()} == {("running", None)}
    finally:
        agent.close()


def test_a_guest_that_shut_itself_down_stays_off_though_something_else_of_it_changes(
    control: Control, start: Any
) -> None:
    start()
    off_soon: dict[str, Any] = {"tags": {"ec2api:simulate": "guest-shutdown-after:0.05"}}
    control.send(spec(1, power_generation=1, **off_soon))
    control.wait(lambda m: m.shut_down_by_guest)
    control.send(spec(2, power_generation=1, **off_soon))
    control.wait(lambda m: m.generation == 2 and m.shut_down_by_guest)
    control.send(spec(3, power_generation=3))
    control.wait(lambda m: m.generation == 3 and m.power == "running")


def test_a_wish_that_comes_after_the_removal_is_too_late(control: Control, start: Any) -> None:
    agent = start()
    control.send(spec(2, "absent"))
    removed = control.wait(lambda m: m.power == "absent")
    control.send(spec(1))
    time.sleep(0.1)
    assert agent._driver.guests() == {}
    control.send(spec(2, "absent"))
    control.wait(lambda m: m.power == "absent" and m.sequence > removed.sequence)
    control.send(spec(3))
    control.wait(lambda m: m.power == "running")


def test_a_wish_is_taken_on_only_once_it_is_on_disk(control: Control, start: Any, tmp_path: Path) -> None:
    agent = start()
    with sqlite3.connect(tmp_path / "agent.db") as disk:
        disk.execute("CREATE TRIGGER full BEFORE INSERT ON guests BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
    control.send(spec(1))
    time.sleep(0.05)
    with sqlite3.connect(tmp_path / "agent.db") as disk:
        disk.execute("DROP TRIGGER full")
    disk.close()
    control.wait(lambda m: m.power == "running")
    agent.close()
    store = Store(tmp_path)
    assert list(store.load()) == ["i-1"]
    store.close()


def test_a_wish_for_another_host_of_this_name_is_not_taken_on(control: Control, start: Any, tmp_path: Path) -> None:
    agent = start()
    control.bus.publish(host_queue(HOST.name), [Converge(spec(1), "the id of another"), Converge(spec(1, id="i-2"))])
    control.wait(lambda m: m.power == "running", id="i-2")
    assert list(agent._driver.guests()) == ["i-2"]
    control.bus.publish(host_queue(HOST.name), [Converge(spec(1), agent._store.host_id(HOST.name))])
    control.wait(lambda m: m.power == "running")


@pytest.mark.parametrize("before", ["stopped", "absent"])
@pytest.mark.parametrize("power", ["stopped", "absent"])
def test_a_shutdown_in_hand_gives_way_to_one_by_force(control: Control, start: Any, before: Any, power: Any) -> None:
    agent = start(stop_seconds=60)
    control.send(spec(1))
    control.wait(lambda m: m.power == "running")
    control.send(spec(2, before))
    time.sleep(0.1)
    assert agent._driver.state("i-1").running
    control.send(spec(3, power, force_stop=True))
    control.wait(lambda m: (m.generation, m.power) == (3, power))


def test_a_guest_that_cannot_be_shut_down_goes_all_the_same(control: Control, start: Any) -> None:
    start(fail_operations=frozenset({"stop"}))
    control.send(spec(1))
    control.wait(lambda m: m.power == "running")
    control.send(spec(2, "absent"))
    control.wait(lambda m: (m.generation, m.power) == (2, "absent"))
