"""Blobs as files: whole or not there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backend import clock
from backend.blobs.base import NoSuchBlob
from backend.blobs.filesystem import FilesystemBlobs


@pytest.fixture
def blobs(tmp_path: Path) -> FilesystemBlobs:
    return FilesystemBlobs(tmp_path / "blobs")


def test_a_blob_is_read_as_it_was_written(blobs: FilesystemBlobs) -> None:
    name, empty = blobs.write([b"one, ", b"two"]), blobs.write([])
    with blobs.open(name) as file, blobs.open(empty) as other:
        assert (file.read(), other.read()) == (b"one, two", b"")
    assert blobs.write([b"one, two"]) != name


def test_what_breaks_in_its_middle_is_not_there(blobs: FilesystemBlobs, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        blobs.write(broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_open_blob_outlives_its_deletion(blobs: FilesystemBlobs) -> None:
    name = blobs.write([b"kept"])
    with blobs.open(name) as file:
        blobs.delete([name, name])
        assert file.read() == b"kept"
    with pytest.raises(NoSuchBlob):
        blobs.open(name)


@pytest.mark.parametrize("name", ["", "../../../../../../etc/passwd", "0" * 31 + "/", "0" * 32])
def test_what_is_no_blob_is_not_opened(blobs: FilesystemBlobs, name: str) -> None:
    with pytest.raises(NoSuchBlob):
        blobs.open(name)


def test_older_ones_are_told_and_rests_of_crashes_removed(blobs: FilesystemBlobs, tmp_path: Path) -> None:
    name = blobs.write([b"whole"])
    rest = tmp_path / "blobs" / "partial" / "0123"
    rest.write_bytes(b"ha")
    assert list(blobs.older(clock.now() - timedelta(minutes=1))) == []
    assert rest.exists()
    assert list(blobs.older(clock.now() + timedelta(minutes=1))) == [name]
    assert not rest.exists()
