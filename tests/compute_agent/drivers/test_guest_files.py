"""The files of guests on a host."""

from pathlib import Path

import pytest

from compute_agent.drivers.base import DriverError
from compute_agent.drivers.libvirt.files import CONSOLE_BYTES, GuestFiles

ID = "i-0123456789abcdef0"
KEPT, GONE = "vol-0123456789abcdef1", "vol-0123456789abcdef2"


@pytest.fixture
def files(tmp_path: Path) -> GuestFiles:
    files = GuestFiles(tmp_path)
    files.make()
    files.folder(ID).mkdir()
    return files


def test_removal_keeps_the_disks_that_outlive_their_guest(files: GuestFiles, tmp_path: Path) -> None:
    for volume_id in (KEPT, GONE):
        files.disk(ID, volume_id).write_text(volume_id)
    files.remove(ID, [KEPT])
    files.remove(ID, [KEPT])
    assert [path.read_text() for path in tmp_path.rglob("*.qcow2")] == [KEPT]
    assert not files.folder(ID).exists()


def test_a_sweep_ends_interrupted_removals(files: GuestFiles, tmp_path: Path) -> None:
    files.disk(ID, GONE).write_text("left over")
    files.folder(ID).rename(tmp_path / "trash" / f"{ID}.1")
    files.sweep()
    assert list((tmp_path / "trash").iterdir()) == []


def test_intent_is_remembered(files: GuestFiles, tmp_path: Path) -> None:
    assert files.intent(ID) is None
    files.set_intent(ID, "on")
    assert GuestFiles(tmp_path).intent(ID) == "on"
    files.set_intent(ID, "off-by-guest")
    assert files.intent(ID) == "off-by-guest"
    files.remove(ID, ())
    files.set_intent(ID, "on")
    assert files.intent(ID) is None
    assert not files.folder(ID).exists()


def test_the_console_is_the_newest_end_of_what_was_written(files: GuestFiles) -> None:
    assert files.console(ID) == ""
    files.log(ID).write_bytes(b"early \xff\r\n")
    assert files.console(ID) == "early \ufffd\r\n"
    files.log(ID).write_bytes(b"a" * (2 << 20) + b"end")
    files.rotate_log(ID)
    assert not files.log(ID).exists()
    files.log(ID).write_bytes(b" and a new start")
    text = files.console(ID)
    assert len(text) == CONSOLE_BYTES
    assert text.endswith("aaaend and a new start")
    files.rotate_log(ID)
    assert files.log(ID).exists()


@pytest.mark.parametrize("identifier", ["", "..", "../i-1", "i-1/..", "/etc", "i-1\n"])
def test_an_id_that_is_a_path_is_refused(files: GuestFiles, identifier: str) -> None:
    with pytest.raises(DriverError):
        files.folder(identifier)
    with pytest.raises(DriverError):
        files.disk(ID, identifier)


def test_the_console_is_the_newest_64_kib_whatever_its_bytes(files: GuestFiles) -> None:
    log = files.log(ID)
    for written in (b"\xff\x00\xe2" * CONSOLE_BYTES, "ä€😀".encode() * CONSOLE_BYTES, b"x" * (CONSOLE_BYTES + 1)):
        log.write_bytes(written + b"\nthe end")
        console = files.console(ID)
        assert CONSOLE_BYTES - 4 < len(console.encode()) <= CONSOLE_BYTES
        assert console.endswith("\nthe end")
