"""What tests of real guests need of the machine, and how they look at guests from outside of the cloud."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def libvirtd() -> None:
    """A libvirtd that answers, installed and started where it is missing."""
    if os.geteuid() != 0 and not Path("/etc/libvirt").is_dir():
        pytest.skip("run scripts/install-libvirt.sh as root first")
    _run("install-libvirt.sh")


@pytest.fixture(scope="session")
def tiny_image() -> Path:
    """The tiny guest's disk image."""
    image = _PROJECT / ".cache" / "tiny.qcow2"
    _run("make-tiny-image.sh", str(image))
    return image


def _run(script: str, *arguments: str) -> None:
    done = subprocess.run(
        [_PROJECT / "scripts" / script, *arguments], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def boots(console: str) -> int:
    """How often a tiny guest has come up, by the count on its disk that it says on its console."""
    return max(map(int, re.findall(r"^TINY-GUEST-READY boot=(\d+) ", console, re.MULTILINE)), default=0)


def virsh(*arguments: str) -> str:
    """What virsh prints for a command; empty where it fails, as for a guest that is not there."""
    done = subprocess.run(
        ["virsh", "--connect", "qemu:///system", "--quiet", *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def say(instance_id: str, line: str) -> None:
    """Types a line at the guest's serial console, whose terminal QEMU looks at once a second."""
    with Path(virsh("ttyconsole", instance_id)).open("wb", buffering=0) as tty:
        tty.write(f"{line}\n".encode())
        time.sleep(2)
