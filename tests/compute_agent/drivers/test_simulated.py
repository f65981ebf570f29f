"""The simulated driver: the contract, what survives a crash, directives, and its console."""

import base64
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.bus.messages import Spec
from backend.catalogue import images
from compute_agent import drivers
from compute_agent.drivers.base import DriverError, GuestDriver
from compute_agent.drivers.simulated import TAG, Simulated, SimulatedSettings, systems
from compute_agent.drivers.simulated.settings import parse_directives
from tests.compute_agent.drivers.contract import (
    OFF,
    OFF_BY_GUEST,
    RUNNING,
    Changes,
    GuestDriverContract,
    Host,
    eventually,
    spec_of,
)

ID = "i-0123456789abcdef0"


class SimulatedHost(Host):
    def __init__(self, state_dir: Path) -> None:
        super().__init__()
        self._state_dir = state_dir

    def make_driver(self) -> GuestDriver:
        return drivers.create("simulated", {"boot_seconds": 0.02, "stop_seconds": 0.01}, self._state_dir)

    def make_spec(self, instance_id: str, **changes: Any) -> Spec:
        return spec_of(instance_id, **changes)

    def boots(self, console: str) -> int:
        return console.count(" login: ")

    def self_ending(self, spec: Spec) -> Spec:
        return replace(spec, tags={TAG: "guest-shutdown-after:0.3"})

    def tell_to_end(self, spec: Spec) -> None:
        """Its tag has told it."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = SimulatedHost(tmp_path / "host")
    yield host
    host.clean()


class TestContract(GuestDriverContract):
    pass


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    opened: list[Simulated] = []

    def open_driver(changes: Any = lambda _: None, **settings: Any) -> Simulated:
        driver = Simulated(SimulatedSettings(**settings), tmp_path)
        driver.start_up(changes)
        opened.append(driver)
        return driver

    yield open_driver
    for driver in opened:
        driver.close()


def test_thousands_boot_at_once_and_each_says_so_once(make: Any) -> None:
    changes = Changes()
    driver = make(changes, boot_seconds=2.0)
    specs = [spec_of(f"i-{n:017x}") for n in range(3000)]
    for spec in specs:
        driver.define(spec)
        driver.start(spec)
    seen: list[str] = []

    def all_said() -> bool:
        seen.extend(changes.take())
        return len(seen) >= len(specs)

    eventually(all_said)
    assert sorted(seen) == [spec.instance_id for spec in specs]
    assert set(driver.guests().values()) == {RUNNING}


def test_a_guest_boots_for_as_long_as_it_is_told(make: Any) -> None:
    driver = make(boot_seconds=0.0)
    spec = spec_of(ID, tags={TAG: "boot-seconds:60"})
    driver.define(spec)
    driver.start(spec)
    assert driver.state(ID).booting
    assert not driver.state(ID).running
    driver.reboot(spec)
    assert driver.state(ID).booting
    assert "login:" not in driver.console(ID)
    other = spec_of("i-0123456789abcdef1")
    driver.define(other)
    driver.start(other)
    assert driver.state(other.instance_id) == RUNNING


@pytest.mark.parametrize("operation", ["define", "start", "stop", "power-off", "reboot", "destroy"])
@pytest.mark.parametrize("by_tag", [True, False])
def test_each_operation_can_be_told_to_fail(make: Any, operation: str, by_tag: bool) -> None:
    driver = make(boot_seconds=0.0)
    spec = spec_of(ID)
    calls = {
        "define": lambda: driver.define(spec),
        "start": lambda: driver.start(spec),
        "stop": lambda: driver.stop(spec),
        "power-off": lambda: driver.power_off(spec),
        "reboot": lambda: driver.reboot(spec),
        "destroy": lambda: driver.destroy(ID),
    }
    driver.define(spec)
    if operation != "start":
        driver.start(spec)
    if by_tag:
        spec = spec_of(ID, tags={TAG: f"fail-{operation}"})
        if operation != "define":
            driver.define(spec)
    else:
        driver.close()
        driver = make(boot_seconds=0.0, fail_operations=frozenset({operation}))
    before = driver.state(ID)
    with pytest.raises(DriverError, match=operation):
        calls[operation]()
    assert driver.state(ID) == before


def test_a_share_of_operations_fails_at_random(make: Any) -> None:
    driver = make(fail_rate=0.5)
    failed = 0
    for n in range(200):
        try:
            driver.define(spec_of(f"i-{n:017x}"))
        except DriverError:
            failed += 1
    assert 50 < failed < 150
    assert len(driver.guests()) == 200 - failed


def test_a_crash_is_not_the_guests_doing(make: Any) -> None:
    changes = Changes()
    driver = make(changes, boot_seconds=0.0)
    spec = spec_of(ID, tags={TAG: "crash-after:0.05"})
    driver.define(spec)
    driver.start(spec)
    eventually(lambda: ID in changes.take())
    assert driver.state(ID) == OFF


def test_a_power_off_while_no_driver_looked_is_seen_later(make: Any) -> None:
    driver = make(boot_seconds=0.0)
    spec = spec_of(ID, tags={TAG: "guest-shutdown-after:0.05"})
    driver.define(spec)
    driver.start(spec)
    driver.close()
    time.sleep(0.06)
    driver = make(boot_seconds=0.0)
    assert driver.state(ID) == OFF_BY_GUEST
    driver.start(spec)
    assert driver.state(ID) == RUNNING


_VICTIM = """
import sys, time
from pathlib import Path
from compute_agent.drivers.simulated import Simulated, SimulatedSettings
from tests.compute_agent.drivers.contract import spec_of
driver = Simulated(SimulatedSettings(boot_seconds=0.0, flush_seconds=0.02), Path(sys.argv[1]))
driver.start_up(lambda _: None)
for n in range(100):
    driver.define(spec_of(f"i-{n:017x}"))
    driver.start(spec_of(f"i-{n:017x}"))
time.sleep(0.5)
print("saved", flush=True)
n = 100
while True:
    driver.define(spec_of(f"i-{n:017x}"))
    driver.start(spec_of(f"i-{n:017x}"))
    driver.destroy(f"i-{n - 50:017x}")
    n += 1
"""


def test_a_killed_process_leaves_its_guests_running(tmp_path: Path, make: Any) -> None:
    with subprocess.Popen([sys.executable, "-c", _VICTIM, str(tmp_path)], stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"saved\n"
        with pytest.raises(DriverError, match="locked"):
            Simulated(SimulatedSettings(), tmp_path).start_up(lambda _: None)
        time.sleep(0.1)
        os.kill(victim.pid, signal.SIGKILL)
    guests = make().guests()
    assert {f"i-{n:017x}" for n in range(50)} <= guests.keys()
    assert set(guests.values()) <= {RUNNING, OFF}
    assert all(guests[f"i-{n:017x}"] == RUNNING for n in range(50))


_OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["define", "start", "stop", "power_off", "reboot", "destroy", "reopen"]),
        st.integers(0, 2),
    ),
    max_size=30,
)


@given(_OPERATIONS)
@settings(deadline=None, max_examples=60)
def test_any_order_of_calls_gives_what_the_calls_say(operations: list[tuple[str, int]]) -> None:
    on: dict[str, bool] = {}
    with TemporaryDirectory() as folder:
        driver = Simulated(SimulatedSettings(boot_seconds=0.0), Path(folder))
        driver.start_up(lambda _: None)
        for operation, number in operations:
            spec = spec_of(f"i-{number:017x}")
            id = spec.instance_id
            if operation == "reopen":
                driver.close()
                driver = Simulated(SimulatedSettings(boot_seconds=0.0), Path(folder))
                driver.start_up(lambda _: None)
            elif operation == "destroy":
                driver.destroy(id)
                on.pop(id, None)
            elif operation in ("start", "reboot") and id not in on:
                with pytest.raises(DriverError):
                    getattr(driver, operation)(spec)
            else:
                getattr(driver, operation)(spec)
                if operation == "define":
                    on.setdefault(id, False)
                elif id in on:
                    on[id] = operation in ("start", "reboot")
            assert driver.guests() == {id: RUNNING if is_on else OFF for id, is_on in on.items()}
        driver.close()


@pytest.mark.parametrize(
    "text",
    [
        "explode",
        "fail-",
        "fail-everything",
        "boot-seconds",
        "boot-seconds:x",
        "stop-seconds:-1",
        "boot-seconds:nan",
    ],
)
def test_what_is_no_directive_is_refused(make: Any, text: str) -> None:
    driver = make()
    with pytest.raises(DriverError, match=TAG):
        driver.define(spec_of(ID, tags={TAG: text}))
    assert driver.state(ID) is None


@given(st.text(max_size=60))
def test_any_text_is_directives_or_an_error(text: str) -> None:
    try:
        directives = parse_directives(text)
    except DriverError:
        return
    assert directives.boot_seconds is None or 0 <= directives.boot_seconds <= 86_400


def test_settings_that_say_nonsense_are_refused(tmp_path: Path) -> None:
    for settings_ in ({"fail_rate": 2}, {"fail_operations": frozenset({"explode"})}, {"colour": "blue"}):
        with pytest.raises(DriverError, match="simulated"):
            drivers.create("simulated", settings_, tmp_path)
    with pytest.raises(DriverError, match="no driver"):
        drivers.create("abacus", {}, tmp_path)


def test_the_console_tells_of_this_guest(make: Any) -> None:
    driver = make(boot_seconds=0.0)
    spec = spec_of(ID, hostname="ip-10-1-2-3.ec2.internal", architecture="arm64", key_name="mine", vcpus=4)
    driver.define(spec)
    assert driver.console(ID) == ""
    driver.start(spec)
    text = driver.console(ID)
    for part in ("aarch64", ID, "ip-10-1-2-3 login: ", "mine", "t3.micro", "4 CPUs"):
        assert part in text
    key = re.search(r"ssh-ed25519 (\S+) root@ip-10-1-2-3", text)
    shown = re.search(r"256 SHA256:(\S+) root@ip-10-1-2-3 \(ED25519\)", text)
    assert key is not None and shown is not None
    blob = base64.b64decode(key[1])
    assert base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=") == shown[1]
    driver.stop(spec)
    assert driver.console(ID).rstrip().endswith("reboot: Power down")


@pytest.mark.parametrize(
    ("image", "architecture", "parts"),
    [
        ("al2023-ami-2023.8.20250715.0-kernel-6.12-arm64", "arm64", ("Amazon Linux 2023", "6.12.", "aarch64")),
        ("amzn2-ami-hvm-2.0.20250701.0-x86_64-gp2", "x86_64", ("Amazon Linux 2\r\n", "amzn2.x86_64", "ec2-user")),
        (
            "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250704",
            "x86_64",
            ("Ubuntu 24.04", "-aws", "/home/ubuntu/"),
        ),
        ("debian-12-arm64-20250703-2162", "arm64", ("Debian GNU/Linux 12 ", "-cloud-arm64", "/home/admin/")),
        ("Windows_Server-2022-English-Full-Base-2025.07.09", "x86_64", ("10.0.20348", "Windows is Ready to use")),
        ("Rocky-9-EC2-Base-9.6-20250531.0.x86_64", "x86_64", ("Rocky Linux 9", ".el9", "/home/rocky/")),
        ("my own image", "x86_64", ("Amazon Linux 2023",)),
    ],
)
def test_the_console_is_that_of_the_images_system(make: Any, image: str, architecture: str, parts: Any) -> None:
    driver = make(boot_seconds=0.0)
    spec = spec_of(ID, image_name=image, architecture=architecture, key_name="mine")
    driver.define(spec)
    driver.start(spec)
    text = driver.console(ID)
    assert [part for part in parts if part not in text] == []
    assert "{" not in text
    driver.reboot(spec)
    assert driver.console(ID).count(parts[-1]) >= 2 * text.count(parts[-1])


def test_every_public_image_has_a_system_of_its_publisher() -> None:
    unknown = {
        image.name
        for image in images.public("us-east-1")
        if systems.of(image.name) is systems.of("") and not image.name.startswith("FreeBSD")
    }
    assert unknown == set()


def test_the_console_keeps_the_newest_64_kib(make: Any) -> None:
    driver = make(boot_seconds=0.0)
    spec = spec_of(ID)
    driver.define(spec)
    for _ in range(200):
        driver.reboot(spec)
    text = driver.console(ID)
    assert 32 * 1024 < len(text.encode()) <= 64 * 1024
    assert text.rstrip().endswith("login:")
