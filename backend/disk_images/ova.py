"""Open Virtual Appliances: a tar of a description in XML (OVF) and of the disks that it names.

https://www.dmtf.org/standards/ovf
"""

import tarfile
from pathlib import Path
from typing import Any

from lxml import etree

from backend.disk_images.formats import DiskFile, DiskImageError

_DESCRIPTION_LIMIT = 4 << 20
_MOST_MEMBERS = 1000


def disks(path: Path) -> list[DiskFile]:
    """The disks of an appliance, in the order in which its description has them."""
    try:
        with tarfile.open(path, "r:") as archive:
            files = _files(archive)
            name = next((name for name in files if name.lower().endswith(".ovf")), None)
            if name is None or files[name].size > _DESCRIPTION_LIMIT:
                raise DiskImageError("Invalid OVA: it has no OVF descriptor")
            stream = archive.extractfile(files[name])
            assert stream is not None
            wanted = _named(stream.read())
    except tarfile.TarError as fault:
        raise DiskImageError("Invalid OVA: it is not a tar archive") from fault
    found = [DiskFile(path, "VMDK", files[name].offset_data, files[name].size) for name in wanted if name in files]
    if not found or len(found) != len(wanted):
        raise DiskImageError("Invalid OVA: it lacks disks that its OVF descriptor names")
    return found


def _files(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    for number, member in enumerate(archive):
        if number == _MOST_MEMBERS:
            raise DiskImageError("Invalid OVA: it has too many files")
        if member.isreg() and not member.issparse():
            found[member.name.removeprefix("./")] = member
    return found


def _named(description: bytes) -> list[str]:
    """The files that hold the disks, which the DiskSection names by their ids among the References."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(description, parser)
    except etree.XMLSyntaxError as fault:
        raise DiskImageError("Invalid OVA: its OVF descriptor is not XML") from fault
    files = {_attribute(file, "id"): file for file in root.iter("{*}File")}
    named = []
    for disk in root.iter("{*}Disk"):
        if (reference := _attribute(disk, "fileRef")) is None:
            continue  # one that is to be made empty
        file = files.get(reference)
        if file is None or not (name := _attribute(file, "href")):
            raise DiskImageError("Invalid OVA: its OVF descriptor names a file that it does not list")
        if _attribute(file, "compression") not in (None, "identity"):
            raise DiskImageError("Invalid OVA: its disks are compressed files")
        named.append(name)
    return named


def _attribute(element: Any, name: str) -> str | None:
    """By its name in whatever namespace."""
    for key, value in element.attrib.items():
        if etree.QName(key).localname == name:
            return str(value)
    return None
