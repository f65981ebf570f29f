"""Sealed blobs: any range opens to its own bytes, and whatever was changed, moved or cut does not open."""

import io
import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.key_file import KeyFile
from backend.s3 import encryption
from backend.s3.encryption import SEGMENT, Damaged, Kind, Sealed, WrongKey

TAG = 16
KINDS: list[Kind] = ["AES256", "aws:kms:dsse"]
sizes = st.one_of(
    st.integers(0, 200),
    st.integers(0, 4 * SEGMENT),
    st.builds(lambda whole, more: max(whole * SEGMENT + more, 0), st.integers(0, 4), st.integers(-2, 2)),
)


def data(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def sealed(parts: Iterable[bytes], key: bytes) -> io.BytesIO:
    return io.BytesIO(b"".join(encryption.seal(parts, key)))


def opened(file: io.BytesIO, key: bytes, size: int, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(encryption.open_range(file, key, size, start, size if end is None else end))


@settings(deadline=None, max_examples=60)
@given(size=sizes, kind=st.sampled_from(KINDS), draw=st.data())
def test_any_range_of_any_blob_opens(size: int, kind: Kind, draw: st.DataObject) -> None:
    plain, key = data(size), encryption.new_key(kind)
    cuts = sorted(draw.draw(st.lists(st.integers(0, size), max_size=5)))
    parts = [plain[a:b] for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
    file = sealed(parts, key)
    assert len(file.getvalue()) == encryption.sealed_size(size, kind)
    start = draw.draw(st.integers(0, size))
    end = draw.draw(st.integers(start, size))
    assert opened(file, key, size, start, end) == plain[start:end]
    assert opened(file, key, size) == plain


@settings(deadline=None, max_examples=60)
@given(size=sizes, kind=st.sampled_from(KINDS), draw=st.data())
def test_a_changed_byte_is_refused(size: int, kind: Kind, draw: st.DataObject) -> None:
    key = encryption.new_key(kind)
    whole = bytearray(sealed([data(size)], key).getvalue())
    whole[draw.draw(st.integers(0, len(whole) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        opened(io.BytesIO(bytes(whole)), key, size)


@settings(deadline=None, max_examples=40)
@given(segments=st.integers(2, 5), more=st.integers(1, SEGMENT), draw=st.data())
def test_swapped_dropped_and_repeated_segments_are_refused(segments: int, more: int, draw: st.DataObject) -> None:
    size, key = (segments - 1) * SEGMENT + more, encryption.new_key("AES256")
    whole = sealed([data(size)], key).getvalue()
    step = SEGMENT + TAG
    pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
    a, b = draw.draw(st.lists(st.integers(0, segments - 1), min_size=2, max_size=2, unique=True))
    swapped = list(pieces)
    swapped[a], swapped[b] = pieces[b], pieces[a]
    repeated = list(pieces)
    repeated[a] = pieces[b]
    for wrong in (swapped, repeated, pieces[:a] + pieces[a + 1 :]):
        with pytest.raises(Damaged):
            opened(io.BytesIO(b"".join(wrong)), key, size)


def test_a_cut_blob_does_not_pass_for_a_shorter_one() -> None:
    key, size = encryption.new_key("AES256"), 3 * SEGMENT
    whole = sealed([data(size)], key).getvalue()
    cut = io.BytesIO(whole[: 2 * (SEGMENT + TAG)])
    with pytest.raises(Damaged):
        opened(cut, key, 2 * SEGMENT)
    for end in (size, 2 * SEGMENT + 1):
        with pytest.raises(Damaged):
            opened(cut, key, size, 0, end)
    with pytest.raises(Damaged):
        opened(io.BytesIO(b""), key, 0)


def test_a_range_reads_only_its_own_segments() -> None:
    class Counted(io.BytesIO):
        read_bytes = 0

        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            self.read_bytes += len(found)
            return found

    key, size = encryption.new_key("AES256"), 20 * SEGMENT
    file = Counted(sealed([data(size)], key).getvalue())
    at = 7 * SEGMENT
    assert opened(file, key, size, at - 1, at + 1) == data(size)[at - 1 : at + 1]
    assert file.read_bytes == 2 * (SEGMENT + TAG)


def test_another_key_opens_nothing() -> None:
    file = sealed([b"text"], encryption.new_key("AES256"))
    with pytest.raises(Damaged):
        opened(file, encryption.new_key("AES256"), 4)


def test_a_wrapped_key_needs_its_secret_purpose_and_context(tmp_path: Path) -> None:
    secret, other = KeyFile(tmp_path / "key"), KeyFile(tmp_path / "other")
    key = encryption.new_key("aws:kms")
    wrapped = encryption.wrap(secret, key, "a", {"b": "c", "d": "e"})
    assert encryption.unwrap(secret, wrapped, "a", {"d": "e", "b": "c"}) == key
    assert wrapped != encryption.wrap(secret, key, "a", {"b": "c", "d": "e"})
    for wrong in (
        (other, wrapped, "a", {"b": "c", "d": "e"}),
        (secret, wrapped, "x", {"b": "c", "d": "e"}),
        (secret, wrapped, "a", None),
        (secret, wrapped[:-8], "a", {"b": "c", "d": "e"}),
        (secret, "no base64", "a", None),
        (secret, "", "a", None),
    ):
        with pytest.raises(WrongKey):
            encryption.unwrap(*wrong)


def test_what_lies_in_a_row_comes_back() -> None:
    for each in (Sealed("AES256", "eA=="), Sealed("aws:kms", "eA==", "arn:k", {"a": "b"}, True)):
        assert Sealed.from_json(each.as_json()) == each
    assert Sealed("AES256", "eA==").as_json() == {"kind": "AES256", "wrapped_key": "eA=="}
