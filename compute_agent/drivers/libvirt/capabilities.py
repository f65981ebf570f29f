"""What a libvirtd can run."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import libvirt

from compute_agent.drivers.libvirt.domain_xml import Accelerator


def emulator(connection: "libvirt.virConnect", accelerator: Accelerator) -> str | None:
    """The QEMU program for x86_64 guests, or None where there is none for this accelerator."""
    found = _domain_capabilities(connection, accelerator)
    return None if found is None else found.findtext("path")


def has_uefi(connection: "libvirt.virConnect", accelerator: Accelerator) -> bool:
    """Whether the host has a UEFI firmware that libvirt picks by itself (Debian's package ovmf)."""
    found = _domain_capabilities(connection, accelerator)
    if found is None:
        return False
    return any(value.text == "efi" for value in found.iterfind("os/enum[@name='firmware']/value"))


def nests(accelerator: Accelerator) -> bool:
    """Whether a guest can run guests itself: TCG emulates what that takes, KVM's module of the host may allow it."""
    if accelerator == "tcg":
        return True
    modules = Path("/sys/module").glob("kvm_*/parameters/nested")
    return any(parameter.read_text().strip() in ("1", "Y") for parameter in modules)


def architectures(connection: "libvirt.virConnect") -> tuple[str, ...]:
    """In EC2's names.

    Only x86_64: the definition of an arm64 guest is not written yet, whatever QEMU there is.
    """
    return ("x86_64",) if emulator(connection, "tcg") or emulator(connection, "kvm") else ()


def _domain_capabilities(connection: "libvirt.virConnect", accelerator: Accelerator):  # type: ignore[no-untyped-def]
    kind = "kvm" if accelerator == "kvm" else "qemu"
    try:
        xml = connection.getDomainCapabilities(None, "x86_64", "q35", kind)
    except libvirt.libvirtError:  # libvirt's answer where nothing of that kind can run
        return None
    return fromstring(xml)  # noqa: S314 - libvirt's own words
