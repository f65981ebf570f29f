"""An instance as domain XML."""

from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from backend.bus.messages import Disk
from compute_agent.drivers.libvirt import domain_xml
from tests.compute_agent.drivers.contract import spec_of

ID = "i-0123456789abcdef0"
MACHINE = domain_xml.Machine("tcg", "/usr/bin/qemu-system-x86_64", 512, 2, "none", "host-1")
ROOT = Disk("vol-0123456789abcdef0", "/dev/xvda", 8, True, "image:ami-1")
DATA = Disk("vol-0123456789abcdef1", "/dev/sdf", 1, False, "blank", delete_on_termination=False)


def definition(machine: domain_xml.Machine = MACHINE, **changes: object):  # type: ignore[no-untyped-def]
    disks = [(DATA, Path("/d/data.qcow2")), (ROOT, Path("/d/root.qcow2"))]
    return fromstring(domain_xml.domain(spec_of(ID, **changes), machine, disks, Path("/d/console.log")))


def test_guests_know_their_cloud_by_uuid_and_smbios() -> None:
    domain = definition()
    uuid = domain.findtext("uuid")
    assert uuid is not None and uuid.startswith("ec2") and uuid == domain_xml.uuid_of(ID)
    entries = {entry.get("name"): entry.text for entry in domain.iterfind("sysinfo//entry")}
    assert entries == {"product": "t3.micro", "serial": uuid, "uuid": uuid, "asset": ID}
    assert domain.find("os/smbios[@mode='sysinfo']") is not None


def test_the_boot_disk_comes_first_and_disks_carry_their_volumes() -> None:
    disks = definition().findall("devices/disk")
    assert [disk.find("target").get("dev") for disk in disks] == ["vda", "vdb"]
    assert [disk.findtext("serial") for disk in disks] == ["vol0123456789abcdef0", "vol0123456789abcdef1"]
    assert [disk.find("boot") is not None for disk in disks] == [True, False]
    assert {disk.find("driver").get("cache") for disk in disks} == {"none"}


def test_size_firmware_and_accelerator_follow_the_spec_and_the_host() -> None:
    domain = definition()
    assert (domain.get("type"), domain.findtext("memory"), domain.findtext("vcpu")) == ("qemu", "512", "2")
    assert domain.find("os").get("firmware") is None
    assert domain.findtext("features/tcg/tb-cache") == "128"
    domain = definition(replace(MACHINE, accelerator="kvm"), boot_mode="uefi")
    assert domain.get("type") == "kvm"
    assert domain.find("os").get("firmware") == "efi"
    assert domain.find("features/tcg") is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40), st.integers(0, 2**40))
def test_metadata_say_whose_guest_it_is(owner: str, generation: int) -> None:
    spec = replace(spec_of(ID, generation=generation), disks=(ROOT, DATA))
    text = domain_xml.domain(spec, replace(MACHINE, owner=owner), [], Path("/d/console.log"))
    start = text.index("<ec2api:instance")
    element = text[start : text.index("</metadata>")].replace(
        "<ec2api:instance", f'<ec2api:instance xmlns:ec2api="{domain_xml.NAMESPACE}"', 1
    )
    assert domain_xml.ownership(element) == domain_xml.Ownership(owner, generation, (DATA.volume_id,))


def test_many_disks_are_named_as_linux_counts() -> None:
    disks = [(replace(DATA, volume_id=f"vol-{n}"), Path(f"/d/{n}")) for n in range(60)]
    domain = fromstring(domain_xml.domain(spec_of(ID), MACHINE, disks, Path("/d/console.log")))
    names = [target.get("dev") for target in domain.iterfind("devices/disk/target")]
    assert (names[0], names[25], names[26], names[51], names[52]) == ("vda", "vdz", "vdaa", "vdaz", "vdba")


@given(st.integers(0, 2**68 - 1), st.integers(0, 2**68 - 1))
def test_uuids_differ_as_ids_do(one: int, other: int) -> None:
    uuids = {domain_xml.uuid_of(f"i-{one:017x}"), domain_xml.uuid_of(f"i-{other:017x}")}
    assert len(uuids) == len({one, other})


def test_guests_of_a_guest_are_kept_from_it_where_that_is_asked_for() -> None:
    assert definition().findall("cpu/feature") == definition(nested_virtualization=True).findall("cpu/feature") == []
    features = definition(nested_virtualization=False).findall("cpu/feature")
    assert [(f.get("policy"), f.get("name")) for f in features] == [("disable", "vmx"), ("disable", "svm")]
