"""An instance as libvirt's domain XML, and what of it is read back.

https://libvirt.org/formatdomain.html. Guests have no network interface yet.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, fromstring, register_namespace, tostring

from backend.bus.messages import Disk, Spec

NAMESPACE = "urn:ec2api:instance:1"
register_namespace("ec2api", NAMESPACE)

Accelerator = Literal["kvm", "tcg"]

_HOT_PLUG_PORTS = 8  # each takes one device of a running guest
_TCG_CACHE_MIB = 128  # of translated code; QEMU's own default takes a gigabyte


@dataclass(frozen=True, slots=True)
class Machine:
    """What the host gives to a guest besides its disks."""

    accelerator: Accelerator
    emulator: str
    memory_mib: int
    vcpus: int
    disk_cache: str
    owner: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a domain's metadata say. ``keep`` are the ids of volumes that outlive the guest."""

    owner: str
    generation: int
    keep: tuple[str, ...]


def uuid_of(instance_id: str) -> str:
    """The domain's uuid:

    begins with ``ec2``, from which guests know their kind of cloud, and follows from the id.
    """
    return str(UUID("ec2" + hashlib.sha256(instance_id.encode()).hexdigest()[:29]))


def domain(spec: Spec, machine: Machine, disks: Sequence[tuple[Disk, Path]], console: Path) -> str:
    """The definition of a guest whose disks are the given qcow2 files and whose serial output goes to
    ``console``.
    """
    root = Element("domain", type="kvm" if machine.accelerator == "kvm" else "qemu")
    _text(root, "name", spec.instance_id)
    _text(root, "uuid", uuid_of(spec.instance_id))
    _metadata(root, spec, machine.owner)
    _text(root, "memory", str(machine.memory_mib), unit="MiB")
    _text(root, "vcpu", str(machine.vcpus))
    _firmware(root, spec)
    features = SubElement(root, "features")
    SubElement(features, "acpi")
    SubElement(features, "apic")
    if machine.accelerator == "tcg":
        _text(SubElement(features, "tcg"), "tb-cache", str(_TCG_CACHE_MIB), unit="MiB")
    # Under TCG all that it can emulate: distributions of today need more than QEMU's plainest model.
    cpu = SubElement(root, "cpu", mode="host-passthrough" if machine.accelerator == "kvm" else "maximum", check="none")
    if spec.nested_virtualization is False:
        for feature in ("vmx", "svm"):
            SubElement(cpu, "feature", policy="disable", name=feature)
    SubElement(root, "clock", offset="utc")
    for event, action in (("on_poweroff", "destroy"), ("on_reboot", "restart"), ("on_crash", "destroy")):
        _text(root, event, action)
    _devices(SubElement(root, "devices"), machine, disks, console)
    return tostring(root, encoding="unicode")


def trial(name: str, accelerator: Accelerator, emulator: str, disk: Path, console: Path) -> str:
    """The domain of a trial guest: 64 MiB, one raw disk, what it says in ``console``."""
    root = Element("domain", type="kvm" if accelerator == "kvm" else "qemu")
    _text(root, "name", name)
    _text(root, "memory", "64", unit="MiB")
    _text(root, "vcpu", "1")
    _text(SubElement(root, "os"), "type", "hvm", arch="x86_64", machine="q35")
    features = SubElement(root, "features")
    SubElement(features, "acpi")
    SubElement(features, "apic")
    SubElement(root, "cpu", mode="host-passthrough" if accelerator == "kvm" else "maximum", check="none")
    devices = SubElement(root, "devices")
    _text(devices, "emulator", emulator)
    _disk(devices, disk, "raw", "writeback", "vda")
    serial = SubElement(devices, "serial", type="file")
    SubElement(serial, "source", path=str(console))
    SubElement(devices, "memballoon", model="none")
    return tostring(root, encoding="unicode")


def ownership(metadata: str) -> Ownership:
    """What the metadata element of a domain says, as libvirt gives it."""
    element = fromstring(metadata)  # noqa: S314 - from libvirtd, which has parsed it
    return Ownership(
        element.get("owner", ""), int(element.get("generation", "0")), tuple(element.get("keep", "").split())
    )


def serial_number(volume_id: str) -> str:
    """As AWS's NVMe disks carry it: the volume's id without its dash."""
    return volume_id.replace("-", "")[:20]


@dataclass(frozen=True, slots=True)
class Attached:
    """A disk that a guest has: by its serial number, under which name, and the element that describes it."""

    serial: str
    target: str
    xml: str


def attached(domain: str) -> list[Attached]:
    """The disks of a domain whose definition this is."""
    root = fromstring(domain)  # noqa: S314 - from libvirtd, which has made it
    found = []
    for device in root.iterfind("devices/disk"):
        target = device.find("target")
        name = target.get("dev", "") if target is not None else ""
        found.append(Attached(device.findtext("serial", ""), name, tostring(device, encoding="unicode")))
    return found


def attachable(disk: Disk, path: Path, cache: str, taken: Collection[str]) -> str:
    """The element of a disk that a running guest is to be given, under the first name that is not taken."""
    names = (f"vd{_letters(index)}" for index in count())
    target = next(name for name in names if name not in taken)
    device = _disk(Element("devices"), path, "qcow2", cache, target)
    _text(device, "serial", serial_number(disk.volume_id))
    return tostring(device, encoding="unicode")


def _metadata(root: Element, spec: Spec, owner: str) -> None:
    keep = " ".join(disk.volume_id for disk in spec.disks if not disk.delete_on_termination)
    SubElement(
        SubElement(root, "metadata"),
        f"{{{NAMESPACE}}}instance",
        id=spec.instance_id,
        generation=str(spec.generation),
        owner=owner,
        keep=keep,
    )


def _firmware(root: Element, spec: Spec) -> None:
    system = SubElement(root, "os", {"firmware": "efi"} if spec.boot_mode == "uefi" else {})
    _text(system, "type", "hvm", arch="x86_64", machine="q35")
    SubElement(system, "smbios", mode="sysinfo")
    sysinfo = SubElement(root, "sysinfo", type="smbios")
    about = SubElement(sysinfo, "system")
    _text(about, "entry", spec.instance_type, name="product")
    _text(about, "entry", uuid_of(spec.instance_id), name="serial")
    _text(about, "entry", uuid_of(spec.instance_id), name="uuid")
    _text(SubElement(sysinfo, "baseBoard"), "entry", spec.instance_id, name="asset")


def _devices(devices: Element, machine: Machine, disks: Sequence[tuple[Disk, Path]], console: Path) -> None:
    _text(devices, "emulator", machine.emulator)
    SubElement(devices, "controller", type="pci", index="0", model="pcie-root")
    for _ in range(_HOT_PLUG_PORTS):
        SubElement(devices, "controller", type="pci", model="pcie-root-port")
    SubElement(devices, "controller", type="usb", model="none")
    # The boot disk is the guest's first, whatever order the mappings came in.
    for index, (disk, path) in enumerate(sorted(disks, key=lambda pair: not pair[0].boot)):
        device = _disk(devices, path, "qcow2", machine.disk_cache, f"vd{_letters(index)}")
        _text(device, "serial", serial_number(disk.volume_id))
        if disk.boot:
            SubElement(device, "boot", order="1")
    serial = SubElement(devices, "serial", type="pty")
    SubElement(serial, "log", file=str(console), append="on")
    SubElement(serial, "target", port="0")
    SubElement(SubElement(devices, "console", type="pty"), "target", type="serial", port="0")
    SubElement(devices, "memballoon", model="virtio")
    _text(SubElement(devices, "rng", model="virtio"), "backend", "/dev/urandom", model="random")


def _disk(devices: Element, path: Path, kind: str, cache: str, target: str) -> Element:
    device = SubElement(devices, "disk", type="file", device="disk")
    SubElement(device, "driver", name="qemu", type=kind, cache=cache, discard="unmap")
    SubElement(device, "source", file=str(path))
    SubElement(device, "target", dev=target, bus="virtio")
    return device


def _letters(index: int) -> str:
    """a to z, then aa: as Linux counts its disks."""
    head, tail = divmod(index, 26)
    return (_letters(head - 1) if head else "") + chr(ord("a") + tail)


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = text
