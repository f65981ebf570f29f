"""Checksums: AWS's and the specifications' known values, running, combined over parts, composite, and as text."""

import base64
import hashlib

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.s3 import checksums

# Of the nine bytes 123456789, by the catalogue of CRCs and by the reference implementations.
CHECK = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "XXHASH64": "8cb841db40e6ae83",
}
EMPTY = {
    "CRC32": "00000000",
    "CRC64NVME": "0000000000000000",
    "XXHASH64": "ef46db3751d8e999",
    "XXHASH3": "2d06800538d394c2",
    "XXHASH128": "99aa06d3014798d86001c324468d497f",
}
algorithms = st.sampled_from(checksums.ALGORITHMS)


def digest(algorithm: str, *pieces: bytes) -> bytes:
    hasher = checksums.hasher(algorithm)
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def test_every_algorithm_of_the_model() -> None:
    model = botocore.session.get_session().get_service_model("s3")
    assert sorted(checksums.ALGORITHMS) == sorted(model.shape_for("ChecksumAlgorithm").enum)
    members = model.operation_model("PutObject").input_shape.members.values()
    headers = {str(member.serialization.get("name", "")).lower() for member in members}
    assert {header for header in headers if header.startswith("x-amz-checksum-")} == set(checksums.HEADERS)


@pytest.mark.parametrize(("algorithm", "expected"), CHECK.items())
def test_known_values(algorithm: str, expected: str) -> None:
    assert digest(algorithm, b"123456789").hex() == expected


@pytest.mark.parametrize(("algorithm", "expected"), EMPTY.items())
def test_values_of_nothing(algorithm: str, expected: str) -> None:
    assert digest(algorithm).hex() == expected


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512", "MD5"])
def test_values_of_hashlib(algorithm: str) -> None:
    assert digest(algorithm, b"abc") == hashlib.new(algorithm, b"abc").digest()


@given(algorithms, st.lists(st.binary(max_size=100)))
def test_pieces_and_the_whole(algorithm: str, pieces: list[bytes]) -> None:
    hasher = checksums.hasher(algorithm)
    for piece in pieces:
        hasher.update(piece)
        hasher.digest()
    whole = digest(algorithm, b"".join(pieces))
    assert hasher.digest() == whole
    assert checksums.validate(algorithm, checksums.encode(whole)) == whole


@given(st.sampled_from(sorted(checksums.COMBINABLE)), st.lists(st.binary(max_size=300)))
def test_combining_parts(algorithm: str, parts: list[bytes]) -> None:
    combined = checksums.combine(algorithm, [(digest(algorithm, part), len(part)) for part in parts])
    assert combined == digest(algorithm, b"".join(parts))


def test_combining_large_parts() -> None:
    block = bytes(range(256)) * 4096
    one = digest("CRC64NVME", block)
    assert checksums.combine("CRC64NVME", [(one, len(block))] * 5) == digest("CRC64NVME", block * 5)
    assert len(checksums.combine("CRC64NVME", [(one, 5 * 2**30)] * 10_000)) == 8


def test_only_crcs_combine() -> None:
    assert {"CRC32", "CRC32C", "CRC64NVME"} == checksums.COMBINABLE
    with pytest.raises(ValueError, match="SHA256 cannot be combined"):
        checksums.combine("SHA256", [])


@given(algorithms, st.lists(st.binary(max_size=20), min_size=1, max_size=5))
def test_composite(algorithm: str, parts: list[bytes]) -> None:
    digests = [digest(algorithm, part) for part in parts]
    text, _, count = checksums.composite(algorithm, digests).rpartition("-")
    assert int(count) == len(parts)
    assert base64.b64decode(text) == digest(algorithm, *digests)


@pytest.mark.parametrize(
    "text", ["", "AAAA", "AAAAAA", "AAAAAA==AAAAAA==", "AAAAAB==", "AAAA AA==", "€", "AAAAAA=", "A-_A/A=="]
)
def test_malformed_texts(text: str) -> None:
    assert checksums.validate("CRC32", text) is None


@given(algorithms, st.text(max_size=20))
def test_any_text(algorithm: str, text: str) -> None:
    found = checksums.validate(algorithm, text)
    assert found is None or checksums.encode(found) == text
