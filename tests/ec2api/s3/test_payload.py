"""Bodies: what their headers tell before they are read, and what reading them tells."""

import base64
import io
from hashlib import md5, sha256
from typing import Any

import pytest
from gunicorn.http.errors import InvalidChunkSize
from hypothesis import given
from hypothesis import strategies as st

from backend import errors
from backend.s3 import checksums
from ec2api.s3 import integrity
from ec2api.s3.aws_chunked import BLOCK
from ec2api.s3.payload import PUT_LIMIT, Payload, stored_content_encoding

BODY = b"trailer content"
CRC32 = "H+Yzmw=="
MD5 = base64.b64encode(md5(BODY).digest()).decode()
OTHER_MD5 = base64.b64encode(md5(b"other").digest()).decode()


def payload(headers: dict[str, str] | None = None, body: bytes = BODY, method: str = "PUT", **options: Any) -> Payload:
    given = {"content-length": str(len(body)), **(headers or {})}
    return Payload.of(method, {k: v for k, v in given.items() if v}, io.BytesIO(body), None, None, **options)


def refusal(headers: dict[str, str], body: bytes = BODY) -> errors.CloudError:
    with pytest.raises(errors.CloudError) as caught:
        list(payload(headers, body).parts())
    return caught.value


@given(st.binary(max_size=2000), st.sampled_from([None, *checksums.ALGORITHMS]))
def test_what_is_known_afterwards(body: bytes, algorithm: str | None) -> None:
    found = payload(body=body)
    found.compute(algorithm)
    assert b"".join(found.parts()) == body
    assert (found.size, found.length, found.md5) == (len(body), len(body), md5(body).hexdigest())
    if algorithm is None:
        assert found.checksum is None
    else:
        hasher = checksums.hasher(algorithm)
        hasher.update(body)
        assert found.checksum == (algorithm, hasher.digest())


def test_a_long_body_is_hashed_beside_reading() -> None:
    body = bytes(range(256)) * 40_000
    stated = {"x-amz-content-sha256": sha256(body).hexdigest().upper(), "content-md5": _md5_of(body)}
    found = payload(stated, body)
    found.compute("CRC64NVME")
    pieces = list(found.parts())
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= BLOCK
    assert found.md5 == md5(body).hexdigest()
    assert found.checksum is not None
    assert refusal(stated, body[:-1] + b"x").code == "XAmzContentSHA256Mismatch"


def test_a_reader_that_stops_midway_leaves_no_thread() -> None:
    parts = payload(body=bytes(8_000_000)).parts()
    next(parts)
    parts.close()  # type: ignore[attr-defined]


def _md5_of(body: bytes) -> str:
    return base64.b64encode(md5(body).digest()).decode()


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_stated_checksums(algorithm: str) -> None:
    hasher = checksums.hasher(algorithm)
    hasher.update(BODY)
    name = f"x-amz-checksum-{algorithm.lower()}"
    stated = {name: checksums.encode(hasher.digest()), "x-amz-sdk-checksum-algorithm": algorithm.lower()}
    found = payload(stated)
    found.compute("CRC64NVME")
    assert found.algorithm == algorithm
    assert found.read_all(100) == BODY
    assert found.checksum == (algorithm, hasher.digest())
    fault = refusal(stated, BODY[:-1] + b"x")
    assert (fault.code, fault.status) == ("BadDigest", 400)
    assert fault.message == f"The {algorithm} you specified did not match the calculated checksum."


def test_mismatches_and_their_details() -> None:
    fault = refusal({"content-md5": OTHER_MD5})
    assert (fault.code, fault.status) == ("BadDigest", 400)
    assert fault.message == "The Content-MD5 you specified did not match what we received."
    assert fault.details == {"ExpectedDigest": OTHER_MD5, "CalculatedDigest": MD5}
    fault = refusal({"x-amz-content-sha256": "0" * 64})
    assert (fault.code, fault.status) == ("XAmzContentSHA256Mismatch", 400)
    assert fault.details == {
        "ClientComputedContentSHA256": "0" * 64,
        "S3ComputedContentSHA256": sha256(BODY).hexdigest(),
    }


SINGLE = "Expecting a single x-amz-checksum- header"
TRAILERS = "The value specified in the x-amz-trailer header is not supported"
NAMED = "Value for x-amz-sdk-checksum-algorithm header is invalid."
UNANSWERED = "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers"
STREAMED = {
    "x-amz-content-sha256": integrity.STREAMING_UNSIGNED_TRAILER,
    "x-amz-decoded-content-length": "15",
    "x-amz-trailer": "x-amz-checksum-crc32",
}


@pytest.mark.parametrize(
    ("headers", "code", "text"),
    [
        ({"content-md5": "YWJyYWNhZGFicmE="}, "InvalidDigest", "The Content-MD5 you specified was invalid."),
        ({"content-md5": "\x07"}, "InvalidDigest", ""),
        ({"content-md5": "rL0Y20zC+Fzt72VPzMSk2A"}, "InvalidDigest", ""),
        ({"content-length": "-1"}, "InvalidArgument", "content-length"),
        ({"content-length": "1e3"}, "InvalidArgument", "content-length"),
        ({"content-length": str(PUT_LIMIT + 1)}, "EntityTooLarge", "exceeds the maximum"),
        ({"x-amz-content-sha256": "sha256"}, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "),
        ({"x-amz-content-sha256": "unsigned-payload"}, "InvalidArgument", "must be UNSIGNED-PAYLOAD"),
        ({"x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, "InvalidArgument", "must be"),
        (
            {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-encoding": "aws-chunked"},
            "InvalidArgument",
            "aws-chunked encoding is not supported",
        ),
        ({"x-amz-checksum-crc32": "AAAA"}, "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid."),
        ({"x-amz-checksum-crc16": "AAAA"}, "InvalidRequest", "The algorithm type you specified in x-amz-checksum-"),
        ({"x-amz-checksum-crc32": CRC32, "x-amz-checksum-crc32c": CRC32}, "InvalidRequest", SINGLE),
        ({"x-amz-sdk-checksum-algorithm": "CRC32"}, "InvalidRequest", UNANSWERED),
        ({"x-amz-sdk-checksum-algorithm": "MD4"}, "InvalidRequest", NAMED),
        ({"x-amz-sdk-checksum-algorithm": "SHA1", "x-amz-checksum-crc32": CRC32}, "InvalidRequest", NAMED),
        ({**STREAMED, "x-amz-sdk-checksum-algorithm": "SHA1"}, "InvalidRequest", NAMED),
        ({**STREAMED, "x-amz-checksum-crc32": CRC32}, "InvalidRequest", SINGLE),
        ({**STREAMED, "x-amz-trailer": "x-amz-checksum-sha3"}, "InvalidRequest", TRAILERS),
        ({**STREAMED, "x-amz-trailer": ","}, "InvalidRequest", TRAILERS),
        ({**STREAMED, "x-amz-trailer": "x-amz-checksum-sha1,x-amz-checksum-crc32"}, "InvalidRequest", SINGLE),
        ({"x-amz-trailer": "x-amz-checksum-crc32"}, "InvalidRequest", TRAILERS),
        ({**STREAMED, "x-amz-decoded-content-length": ""}, "MissingContentLength", "You must provide the Content-"),
        ({**STREAMED, "x-amz-decoded-content-length": "x"}, "InvalidArgument", "x-amz-decoded-content-length"),
        ({**STREAMED, "x-amz-decoded-content-length": str(PUT_LIMIT + 1)}, "EntityTooLarge", "exceeds"),
    ],
)
def test_what_headers_alone_tell(headers: dict[str, str], code: str, text: str) -> None:
    with pytest.raises(errors.CloudError) as caught:
        payload(headers)
    assert caught.value.code == code
    assert text in caught.value.message
    assert caught.value.status == (411 if code == "MissingContentLength" else 400)


def test_headers_that_only_look_like_checksums() -> None:
    about = {"x-amz-checksum-algorithm": "SHA1", "x-amz-checksum-type": "COMPOSITE", "x-amz-checksum-mode": "ENABLED"}
    assert payload(about).algorithm is None
    of_the_object = {"x-amz-checksum-crc32": "AAAAAA==-3", "x-amz-sdk-checksum-algorithm": "CRC32"}
    assert payload(of_the_object, checksums_too=False).read_all(100) == BODY


def test_lengths() -> None:
    assert Payload.of("GET", {}, io.BytesIO(), None, None).length == 0
    without = Payload.of("PUT", {}, io.BytesIO(b"never read"), None, None)
    assert without.length is None
    with pytest.raises(errors.MissingContentLength):
        without.parts()
    assert without.read_all(100) == b""
    assert without.drain(0)
    chunked = Payload.of("PUT", {"transfer-encoding": "chunked"}, io.BytesIO(BODY), None, None)
    assert chunked.length is None
    assert b"".join(chunked.parts()) == BODY


def test_more_than_the_limit_without_a_length() -> None:
    chunked = Payload.of("PUT", {"transfer-encoding": "chunked"}, io.BytesIO(bytes(100)), None, None, limit=99)
    with pytest.raises(errors.EntityTooLarge):
        list(chunked.parts())


class Broken:
    """A connection that breaks: the client goes away, or its chunks are no chunks."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def read(self, size: int, /) -> bytes:
        raise self._fault


@pytest.mark.parametrize("fault", [ConnectionResetError(), InvalidChunkSize(b"zz")])
def test_a_client_that_stops_early(fault: Exception) -> None:
    found = refusal({"content-length": "16"})
    assert (found.code, found.status) == ("IncompleteBody", 400)
    assert found.details == {"NumberBytesExpected": "16", "NumberBytesProvided": "15"}
    for headers in ({"content-length": "16"}, {"transfer-encoding": "chunked"}):
        broken = Payload.of("PUT", headers, Broken(fault), None, None)
        with pytest.raises(errors.IncompleteBody):
            list(broken.parts())
        assert not Payload.of("PUT", headers, Broken(fault), None, None).drain(100)


def test_documents() -> None:
    assert payload({"content-md5": MD5}).read_all(15) == BODY
    for options in ({"content-length": "15"}, {"content-length": "", "transfer-encoding": "chunked"}):
        with pytest.raises(errors.MaxMessageLengthExceeded):
            payload(options).read_all(14)


def test_draining() -> None:
    assert payload().drain(15)
    assert not payload().drain(14)
    assert payload({"content-length": "", "transfer-encoding": "chunked"}).drain(15)
    assert not payload({"content-length": "", "transfer-encoding": "chunked"}).drain(14)
    stream = io.BytesIO(BODY + b"the next request")
    read = Payload.of("PUT", {"content-length": "15"}, stream, None, None)
    list(read.parts())
    assert read.drain(0)
    assert stream.read() == b"the next request"


def test_a_file_of_a_form() -> None:
    found = Payload.of_form({"x-amz-checksum-crc32": CRC32, "key": "k"}, io.BytesIO(BODY), (15, 15))
    assert b"".join(found.parts()) == BODY
    assert found.checksum == ("CRC32", checksums.validate("CRC32", CRC32))
    small = Payload.of_form({}, io.BytesIO(BODY), (16, 20))
    with pytest.raises(errors.EntityTooSmall) as caught:
        list(small.parts())
    assert caught.value.details == {"ProposedSize": "15", "MinSizeAllowed": "16"}
    large = Payload.of_form({}, io.BytesIO(BODY), (0, 14))
    with pytest.raises(errors.EntityTooLarge) as refused:
        list(large.parts())
    assert refused.value.details == {"ProposedSize": "15", "MaxSizeAllowed": "14"}


@pytest.mark.parametrize(
    ("header", "stored"),
    [
        (None, None),
        ("aws-chunked", None),
        ("deflate, gzip", "deflate, gzip"),
        ("gzip, aws-chunked", "gzip"),
        ("aws-chunked,gzip", "gzip"),
        ("aws-chunked, gzip, aws-chunked", "gzip"),
        ("aws-chunked, br, gzip", "br, gzip"),
        ("", ""),
    ],
)
def test_stored_content_encoding(header: str | None, stored: str | None) -> None:
    assert stored_content_encoding(header) == stored
