"""What tests of real guests need of the machine: made once, quickly where it is there already."""

import os
import subprocess
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parents[3]


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
