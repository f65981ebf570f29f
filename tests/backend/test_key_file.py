"""The key file: made once however many ask for it, private, and the only way to read what it encrypted."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.key_file import KeyFile, KeyFileError, at


def test_created_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    sealed = KeyFile(path).encrypt("secret", owner="AKIA1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]
    assert KeyFile(path).decrypt(sealed, owner="AKIA1") == "secret"
    assert at(path) is at(path)


def test_threads_that_start_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with ThreadPoolExecutor(16) as pool:
        files = list(pool.map(lambda _: KeyFile(path), range(64)))
    sealed = files[0].encrypt("secret", owner="a")
    assert {file.decrypt(sealed, owner="a") for file in files} == {"secret"}


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "key"
    program = "import sys; from pathlib import Path; from backend.key_file import KeyFile; p = Path(sys.argv[1]);"
    program += "KeyFile(p); print(p.read_bytes().hex())"
    running = [subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) for _ in range(4)]
    keys = {process.communicate(timeout=60)[0].strip().decode() for process in running}
    assert keys == {path.read_bytes().hex()}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    return KeyFile(tmp_path_factory.mktemp("key") / "key")


@given(text=st.text(st.characters(exclude_categories=["Cs"])), owner=st.text(st.characters(max_codepoint=127)))
def test_round_trip(key: KeyFile, text: str, owner: str) -> None:
    sealed = key.encrypt(text, owner=owner)
    assert key.decrypt(sealed, owner=owner) == text
    assert key.encrypt(text, owner=owner) != sealed
    with pytest.raises(KeyFileError):
        key.decrypt(sealed, owner=owner + "x")


def test_changed_bytes_and_other_keys_are_noticed(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "one")
    sealed = file.encrypt("secret", owner="a")
    changed = bytes([sealed[0] ^ 1]) + sealed[1:]
    for bad in (changed, sealed[:-1], sealed[:5], b""):
        with pytest.raises(KeyFileError, match="is not the key that encrypted the secret of a"):
            file.decrypt(bad, owner="a")
    with pytest.raises(KeyFileError):
        KeyFile(tmp_path / "two").decrypt(sealed, owner="a")


def test_a_file_of_another_size_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(KeyFileError, match="must have 32 bytes, not 5"):
        KeyFile(tmp_path / "key")
