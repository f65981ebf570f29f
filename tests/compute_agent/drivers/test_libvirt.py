"""The libvirt driver with real guests: the contract, interruptions, and what libvirt adds to it.

The guests boot the tiny image (scripts/make-tiny-image.sh) without KVM, in about five seconds each.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.bus.messages import Converge, Disk, Spec, encode
from compute_agent import drivers
from compute_agent.drivers.base import DriverError, GuestDriver
from compute_agent.drivers.libvirt.disks import virtual_size
from compute_agent.drivers.libvirt.domain_xml import uuid_of
from tests.compute_agent.drivers.contract import (
    OFF,
    RUNNING,
    Changes,
    GuestDriverContract,
    Host,
    eventually,
    spec_of,
)
from tests.guests import boots, say

pytestmark = [pytest.mark.guests, pytest.mark.usefixtures("libvirtd")]

SETTINGS = {
    "accelerator": "tcg",
    "max_guest_memory_mib": 256,
    "max_guest_vcpus": 1,
    "disk_cache": "unsafe",
    "stop_grace_seconds": 30,
    "reboot_grace_seconds": 30,
}


class LibvirtHost(Host):
    """Instance ids are new for each host: a libvirtd may serve several suites at once."""

    def __init__(self, state_dir: Path, image: Path) -> None:
        super().__init__()
        self.state_dir, self.image = state_dir, image
        self.settings = {**SETTINGS, "owner": state_dir.name}

    def make_driver(self) -> GuestDriver:
        return drivers.create("libvirt", self.settings, self.state_dir)

    def make_spec(self, instance_id: str, **changes: Any) -> Spec:
        root = Disk(f"vol-{uuid4().hex[:17]}", "/dev/xvda", 1, True, "image:ami-1", str(self.image), "qcow2")
        return spec_of(f"i-{uuid4().hex[:17]}", **{"disks": (root,), **changes})

    def boots(self, console: str) -> int:
        return boots(console)

    def self_ending(self, spec: Spec) -> Spec:
        return spec

    def tell_to_end(self, spec: Spec) -> None:
        say(spec.instance_id, "poweroff")


@pytest.fixture
def host(tmp_path: Path, tiny_image: Path) -> Iterator[LibvirtHost]:
    host = LibvirtHost(tmp_path / f"host-{uuid4().hex[:8]}", tiny_image)
    yield host
    host.clean()


class TestContract(GuestDriverContract):
    pass


def without_system(host: LibvirtHost) -> Spec:
    """A guest whose firmware finds nothing to boot: it is up at once, and deaf to its power button."""
    return host.spec("", disks=(Disk(f"vol-{uuid4().hex[:17]}", "/dev/xvda", 1, True, "blank"),))


def test_a_deaf_guest_is_reset_and_loses_its_power_when_its_grace_is_over(host: LibvirtHost) -> None:
    host.settings |= {"stop_grace_seconds": 0.5, "reboot_grace_seconds": 0.5}
    driver = host.open()
    spec = without_system(host)
    driver.define(spec)
    driver.start(spec)
    driver.reboot(spec)
    assert driver.state(spec.instance_id) == RUNNING
    driver.stop(spec)
    assert driver.state(spec.instance_id) == OFF


def test_the_disks_of_a_guest(host: LibvirtHost, tmp_path: Path) -> None:
    driver = host.open()
    spec = host.spec("")
    data = Disk(f"vol-{uuid4().hex[:17]}", "/dev/sdf", 1, False, "blank", delete_on_termination=False)
    spec = replace(spec, disks=(data, *spec.disks))
    driver.define(spec)
    folder = host.state_dir / "guests" / spec.instance_id
    assert len(list(folder.glob("*.qcow2"))) == 2
    grown = replace(spec, disks=(replace(data, size_gib=3), *spec.disks[1:]))
    driver.define(grown)
    driver.define(spec)  # a disk never shrinks
    sizes = {path.stem: virtual_gib(path) for path in folder.glob("*.qcow2")}
    assert sizes == {data.volume_id: 3, spec.disks[1].volume_id: 1}
    driver.destroy(spec.instance_id)
    assert [path.stem for path in (host.state_dir / "volumes").iterdir()] == [data.volume_id]
    assert not folder.exists()


def names_of_disks(instance_id: str) -> list[str]:
    """Under which names a guest has its disks, as libvirt lists them."""
    listed = subprocess.run(
        ["virsh", "-c", "qemu:///system", "-q", "domblklist", instance_id], capture_output=True, text=True, check=True
    )
    return [line.split()[0] for line in listed.stdout.splitlines()]


def test_a_running_guest_takes_and_gives_disks(host: LibvirtHost) -> None:
    driver = host.open()
    spec, other = host.spec(""), host.spec("")
    data = Disk(f"vol-{uuid4().hex[:17]}", "/dev/sdf", 1, False, "blank", delete_on_termination=False)
    more = replace(data, volume_id=f"vol-{uuid4().hex[:17]}", device="/dev/sdg")
    driver.define(spec)
    driver.start(spec)
    eventually(lambda: host.boots(driver.console(spec.instance_id) or "") == 1)
    driver.define(replace(spec, generation=2, disks=(*spec.disks, data, more)))
    assert names_of_disks(spec.instance_id) == ["vda", "vdb", "vdc"]
    driver.define(replace(spec, generation=3, disks=(*spec.disks, replace(more, size_gib=2))))
    assert names_of_disks(spec.instance_id) == ["vda", "vdc"]
    disk = host.state_dir / "guests" / spec.instance_id / f"{more.volume_id}.qcow2"
    assert virtual_gib(disk) == 2
    kept = host.state_dir / "volumes" / f"{data.volume_id}.qcow2"
    assert kept.exists()
    driver.define(replace(other, disks=(*other.disks, replace(data, source="volume"))))
    assert not kept.exists()
    driver.destroy(other.instance_id)
    assert kept.exists()
    absent = replace(data, volume_id=f"vol-{uuid4().hex[:17]}", source="volume")
    with pytest.raises(DriverError, match="is not on this host"):
        driver.define(replace(spec, generation=4, disks=(*spec.disks, more, absent)))
    assert disk.exists()
    driver.destroy(spec.instance_id)


def test_a_guest_that_does_not_listen_keeps_its_disk(host: LibvirtHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compute_agent.drivers.libvirt.driver._UNPLUG_SECONDS", 0.5)
    driver = host.open()
    spec = without_system(host)
    data = Disk(f"vol-{uuid4().hex[:17]}", "/dev/sdf", 1, False, "blank")
    driver.define(replace(spec, disks=(*spec.disks, data)))
    driver.start(spec)
    with pytest.raises(DriverError, match="does not let go"):
        driver.define(replace(spec, generation=2))
    assert (host.state_dir / "guests" / spec.instance_id / f"{data.volume_id}.qcow2").exists()
    driver.power_off(spec)
    driver.define(replace(spec, generation=3))
    assert (host.state_dir / "volumes" / f"{data.volume_id}.qcow2").exists()


def virtual_gib(path: Path) -> int:
    return virtual_size(path) >> 30


def test_what_cannot_be_defined_leaves_nothing(host: LibvirtHost, tmp_path: Path) -> None:
    driver = host.open()
    spec = host.spec("")
    root = spec.disks[0]
    big = tmp_path / "big.raw"
    with big.open("wb") as file:
        file.truncate(2 << 30)
    linked = tmp_path / "linked.qcow2"
    qemu_img("create", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", str(linked), "1G")
    blank = Disk("vol-0bbbbbbbbbbbbbbbb", "/dev/sdf", 1, False, "blank")
    for reason, disk in {
        "no disk file": replace(root, path=None),
        "No such file": replace(root, path=str(tmp_path / "none.raw")),
        "does not fit": replace(root, path=str(big), format="raw"),
        "other files": replace(root, path=str(linked)),
        "qemu-img": replace(root, path="/etc/passwd", format="qcow2"),
    }.items():
        with pytest.raises(DriverError, match=reason):
            driver.define(replace(spec, disks=(blank, disk)))
        assert driver.state(spec.instance_id) is None
        assert list((host.state_dir / "guests").iterdir()) == []
    with pytest.raises(DriverError, match="arm64"):
        driver.define(replace(spec, architecture="arm64"))
    assert not list((host.state_dir / "images").glob("*.partial"))


def qemu_img(*arguments: str) -> None:
    subprocess.run(["qemu-img", *arguments], check=True, capture_output=True)


def test_guests_that_want_one_image_at_once_share_one_copy(host: LibvirtHost) -> None:
    driver = host.open()
    specs = [host.spec("") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(driver.define, specs))
    assert driver.guests() == {spec.instance_id: OFF for spec in specs}
    assert len(list((host.state_dir / "images").glob("*.qcow2"))) == 1


def test_agents_that_share_a_libvirtd_leave_each_others_guests_alone(host: LibvirtHost, tmp_path: Path) -> None:
    spec = without_system(host)
    mine = host.open()
    mine.define(spec)
    other = drivers.create("libvirt", {**SETTINGS, "owner": "other"}, tmp_path / "other")
    other.start_up(lambda _: None)
    try:
        assert other.guests() == {}
        for call in (other.define, other.start, other.power_off):
            with pytest.raises(DriverError, match=host.state_dir.name):
                call(spec)
        with pytest.raises(DriverError):
            other.destroy(spec.instance_id)
    finally:
        other.close()
    assert mine.guests() == {spec.instance_id: OFF}


_CHILD = """
import sys
from pathlib import Path
from compute_agent import drivers
from tests.compute_agent.drivers.test_libvirt import SETTINGS
from backend.bus.messages import Converge, decode
state_dir, method = Path(sys.argv[1]), sys.argv[2]
spec = decode(sys.stdin.buffer.read()).spec
driver = drivers.create("libvirt", {**SETTINGS, "owner": state_dir.name}, state_dir)
driver.start_up(lambda _: None)
print("ready", flush=True)
while True:
    getattr(driver, method)(spec)
    if method == "define":
        driver.destroy(spec.instance_id)
"""


def start_child(host: LibvirtHost, method: str, spec: Spec) -> "subprocess.Popen[bytes]":
    """Another agent's process, which does something over and over until it is killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(host.state_dir), method],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(encode(Converge(spec)))
    child.stdin.close()
    assert child.stdout.readline() == b"ready\n"
    return child


def kill(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


def test_a_definition_or_removal_that_was_killed_is_done_again(host: LibvirtHost) -> None:
    spec = host.spec("")
    for milliseconds in (3, 30, 70, 120, 160):
        child = start_child(host, "define", spec)
        time.sleep(milliseconds / 1000)
        kill(child)
        driver = host.open()
        driver.define(spec)
        assert driver.guests() == {spec.instance_id: OFF}
        driver.destroy(spec.instance_id)
        assert driver.guests() == {}
        assert list((host.state_dir / "guests").iterdir()) == []
        assert list((host.state_dir / "trash").iterdir()) == []
        host.close(driver)


def test_a_stop_that_was_killed_is_no_power_off_of_the_guests_own(host: LibvirtHost) -> None:
    driver = host.open()
    spec = host.spec("")
    driver.define(spec)
    driver.start(spec)
    host.wait_for_boot(driver, spec, 1)
    host.close(driver)
    child = start_child(host, "stop", spec)
    power = host.state_dir / "guests" / spec.instance_id / "power"
    eventually(lambda: power.read_text() == "off")
    kill(child)

    driver = host.open()
    driver.start(spec)
    assert driver.state(spec.instance_id) == RUNNING
    host.wait_for_boot(driver, spec, 2)
    assert driver.state(spec.instance_id) == RUNNING


def test_guests_outlive_libvirtd_and_are_seen_again(host: LibvirtHost) -> None:
    pid_file = Path("/run/libvirtd.pid")
    if Path("/run/systemd/system").is_dir() or os.geteuid() != 0:
        pytest.skip("libvirtd is not this suite's to restart")
    changes = Changes()
    driver = host.open(changes)
    spec = without_system(host)
    driver.define(spec)
    driver.start(spec)
    changes.take()
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(driver.state, spec.instance_id)
        subprocess.run([Path(__file__).parents[3] / "scripts" / "install-libvirt.sh"], check=True, timeout=120)
        assert waiting.result() == RUNNING
    eventually(lambda: spec.instance_id in changes.take())
    driver.power_off(spec)
    eventually(lambda: spec.instance_id in changes.take())
    assert driver.state(spec.instance_id) == OFF


def test_the_trial_guest_decides_on_kvm_once(host: LibvirtHost, tmp_path: Path) -> None:
    import libvirt  # noqa: PLC0415 - the fixture installs it

    from compute_agent.drivers.libvirt import trial  # noqa: PLC0415

    connection = libvirt.open("qemu:///system")
    try:
        assert trial.runs(connection, "tcg", tmp_path)
        chosen = trial.accelerator(connection, tmp_path)
        began = time.monotonic()
        assert trial.accelerator(connection, tmp_path) == chosen
        assert time.monotonic() - began < 10
        assert (chosen == "kvm") <= Path("/dev/kvm").exists()
        assert [path.name for path in tmp_path.iterdir() if "trial" in path.name] == []
    finally:
        connection.close()


def test_the_trial_boot_sector_is_its_source_assembled(tmp_path: Path) -> None:
    from compute_agent.drivers.libvirt import trial  # noqa: PLC0415 - it imports libvirt

    source = Path(trial.__file__).with_name("trial.S")
    subprocess.run(["as", "-o", tmp_path / "trial.o", source], check=True)
    link = ["ld", "--oformat", "binary", "-Ttext", "0x7c00", "-e", "start"]
    subprocess.run([*link, "-o", tmp_path / "trial.bin", tmp_path / "trial.o"], check=True)
    assert (tmp_path / "trial.bin").read_bytes() == trial.BOOT_SECTOR


def test_the_guest_sees_what_its_spec_says(host: LibvirtHost) -> None:
    driver = host.open()
    spec = host.spec("")
    data = Disk(f"vol-{uuid4().hex[:17]}", "/dev/sdf", 1, False, "blank")
    spec = replace(spec, disks=(replace(spec.disks[0], size_gib=8), data))
    driver.define(spec)
    driver.start(spec)
    host.wait_for_boot(driver, spec, 1)
    said = driver.console(spec.instance_id) or ""
    for part in (
        "root_gib=8",
        "disks=2",
        f"asset={spec.instance_id}",
        f"uuid={uuid_of(spec.instance_id)}",
        "cpus=1",
    ):
        assert part in said
