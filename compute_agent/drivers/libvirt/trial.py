"""Whether KVM runs guests here: found out by one that is booted once, and remembered.

A ``/dev/kvm`` may be there and still not run a kernel (nested virtualisation that is emulated in part), so
the file alone says nothing.
"""

import base64
import json
import logging
import os
import time
from pathlib import Path
from typing import cast
from uuid import uuid4

import libvirt

from compute_agent.drivers.libvirt import domain_xml
from compute_agent.drivers.libvirt.capabilities import emulator
from compute_agent.drivers.libvirt.domain_xml import Accelerator

log = logging.getLogger(__name__)

SAYS = b"ec2api-trial-ok"
BOOT_SECTOR = base64.b64decode(
    "+jHAjtiOwI7QvAB8Mduw/uYhsP/mofy/ABC5ACAxwPOrDwEWUH0PAR5WfQ8gwAwBDyLA6jh8CABmuBAAjtiOwI7QvAB8AADHBUAQAADJ"
    "fAgAxwVEEAAAAI4AAOhgAAAAxwUAIAAAAzAAAMcFADAAAANAAAC4gwAAAL8AQAAAuQACAACJBwUAACAAg8cI4vS4ACAAAA8i2A8g4IPI"
    "IA8i4LmAAADADzINAAEAAA8wDyDADQAAAIAPIsDq0nwAABgA+/SA+wNy+vrD/sNQsCDmIFjPMdvHBCWAEAAAEH0YAMcEJYQQAAAAjgAA"
    "6NH///++Gn0AALr4AwAArITAdAPu6/i6BAYAALgAIAAAZu/06/3+w1CwIOYgWEjPZWMyYXBpLXRyaWFsLW9rCgAPH0QAAAAAAAAAAAAA"
    "//8AAACazwD//wAAAJLPAP//AAAAmq8AHwAwfQAA/w8AEA=="
).ljust(510, b"\0") + (b"\x55\xaa")
"""``trial.S``, assembled."""

_DISK_BYTES = 1 << 20  # SeaBIOS boots from no smaller disk
_TRIAL_SECONDS = 10.0  # it takes half a second where it works


def accelerator(connection: "libvirt.virConnect", folder: Path) -> Accelerator:
    """kvm where a trial guest runs on it, else tcg.

    The answer is kept in ``folder`` for this QEMU, libvirt and kernel, so that the trial runs once.
    """
    if emulator(connection, "kvm") is None:
        return "tcg"
    key = f"qemu {connection.getVersion()} libvirt {connection.getLibVersion()} kernel {os.uname().release}"
    memory = folder / "kvm.json"
    try:
        known = json.loads(memory.read_text())
        if known["of"] == key:
            return "kvm" if known["works"] else "tcg"
    except (OSError, ValueError, KeyError):
        pass
    works = runs(connection, "kvm", folder)
    log.info("a trial guest %s on kvm", "runs" if works else "does not run")
    partial = memory.with_suffix(".partial")
    partial.write_text(json.dumps({"of": key, "works": works}))
    partial.rename(memory)
    return "kvm" if works else "tcg"


def runs(connection: "libvirt.virConnect", accelerator: Accelerator, folder: Path) -> bool:
    """Whether the trial guest runs to its end in ten seconds."""
    program = emulator(connection, accelerator)
    if program is None:
        return False
    name = f"ec2api-trial-{uuid4()}"
    disk, console = folder / f"{name}.img", folder / f"{name}.log"
    guest = None
    try:
        disk.write_bytes(BOOT_SECTOR.ljust(_DISK_BYTES, b"\0"))
        console.touch()
        xml = domain_xml.trial(name, accelerator, program, disk, console)
        guest = connection.createXML(xml, libvirt.VIR_DOMAIN_START_AUTODESTROY)
        return _says_so(guest, console)
    except libvirt.libvirtError as fault:
        log.info("no trial guest starts on %s: %s", accelerator, fault)
        return False
    finally:
        _end(guest)
        disk.unlink(missing_ok=True)
        console.unlink(missing_ok=True)


def _says_so(guest: "libvirt.virDomain", console: Path) -> bool:
    deadline = time.monotonic() + _TRIAL_SECONDS
    while time.monotonic() < deadline:
        if SAYS in console.read_bytes():
            return True
        try:
            if cast("tuple[int, int]", guest.state())[0] not in (
                libvirt.VIR_DOMAIN_RUNNING,
                libvirt.VIR_DOMAIN_SHUTDOWN,
            ):
                break  # an error of the virtual processor pauses a guest
        except libvirt.libvirtError:
            break  # it is gone
        time.sleep(0.05)
    return SAYS in console.read_bytes()


def _end(guest: "libvirt.virDomain | None") -> None:
    try:
        if guest is not None:
            guest.destroy()
    except libvirt.libvirtError:
        pass  # it powered itself off
