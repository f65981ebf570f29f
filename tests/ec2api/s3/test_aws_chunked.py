"""Bodies in aws-chunked: AWS's own examples, botocore's, random ones in random pieces, and every way to break one."""

import hmac
import io
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum, Sha256Checksum
from hypothesis import given
from hypothesis import strategies as st

from backend import errors
from backend.s3 import checksums
from ec2api import sigv4
from ec2api.chunk_signatures import ChunkSignatures
from ec2api.s3 import integrity
from ec2api.s3.aws_chunked import BLOCK
from ec2api.s3.payload import Payload
from ec2api.sigv4 import Scope, Signature

KEY = sigv4.signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3")
LEAST = 8 * 1024
CRC32 = "x-amz-checksum-crc32"


def signature(seed: str) -> Signature:
    scope = Scope("AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3")
    return Signature(scope, ("host",), seed, "20130524T000000Z", None, None, presigned=False)


class Trickle:
    """A connection that gives what it gets, in pieces of the given sizes, and never more than is asked for."""

    def __init__(self, body: bytes, sizes: list[int]) -> None:
        self._body, self._sizes = io.BytesIO(body), iter(sizes)
        self.asked = 0

    def read(self, size: int, /) -> bytes:
        self.asked = max(self.asked, size)
        return self._body.read(min(size, next(self._sizes, size)))


@dataclass
class Sent:
    """A request with such a body. ``length``: of the object, as stated."""

    body: bytes
    length: int
    form: str = integrity.STREAMING_UNSIGNED_TRAILER
    trailer: str | None = None
    seed: str | None = None
    verified: bool = True
    sizes: tuple[int, ...] = ()

    def payload(self) -> Payload:
        headers = {
            "content-length": str(len(self.body)),
            "x-amz-content-sha256": self.form,
            "x-amz-decoded-content-length": str(self.length),
        }
        if self.trailer:
            headers["x-amz-trailer"] = self.trailer
        signed = signature(self.seed) if self.seed else None
        stream = Trickle(self.body, list(self.sizes))
        return Payload.of("PUT", headers, stream, signed, KEY if self.verified else None)

    def read(self) -> bytes:
        return b"".join(self.payload().parts())


def refused(sent: Sent) -> tuple[str, int]:
    with pytest.raises(errors.CloudError) as caught:
        sent.read()
    return caught.value.code, caught.value.status


def unsigned(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def signed(chunks: list[bytes], signatures: list[str], end: bytes = b"\r\n") -> bytes:
    framed = [
        b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), found.encode(), chunk)
        for chunk, found in zip(chunks, signatures, strict=False)
    ]
    return b"".join(framed) + b"0;chunk-signature=%s\r\n" % signatures[-1].encode() + end


# AWS's examples: 65 KiB of the letter a. The first has no trailer.

EXAMPLE = [b"a" * 65536, b"a" * 1024]
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
SIGNATURES = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
]
TRAILING_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
TRAILING_SIGNATURES = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
]
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
TRAILER = b"x-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:%s\r\n\r\n"


def example(**changes: Any) -> Sent:
    given = {"body": signed(EXAMPLE, SIGNATURES), "length": 66560, "form": integrity.STREAMING, "seed": SEED}
    return Sent(**(given | changes))


def trailing_example(**changes: Any) -> Sent:
    body = signed(EXAMPLE, TRAILING_SIGNATURES, TRAILER % TRAILER_SIGNATURE.encode())
    given = {"body": body, "length": 66560, "form": integrity.STREAMING_TRAILER, "seed": TRAILING_SEED}
    return Sent(**(given | {"trailer": "x-amz-checksum-crc32c"} | changes))


@pytest.mark.parametrize("sizes", [(), (1,) * 300, (65600, 1, 1, 1)])
def test_the_documented_examples(sizes: tuple[int, ...]) -> None:
    assert len(example().body) == 66824  # as the documentation counts it
    assert example(sizes=sizes).read() == b"a" * 66560
    payload = trailing_example(sizes=sizes).payload()
    assert b"".join(payload.parts()) == b"a" * 66560
    assert payload.checksum == ("CRC32C", checksums.validate("CRC32C", "sOO8/Q=="))


MISMATCH = ("SignatureDoesNotMatch", 403)


def test_signatures_of_another_body() -> None:
    body = example().body
    for changed in (
        body.replace(b"aaaa", b"aaab", 1),
        body.replace(b"aa\r\n0;", b"ab\r\n0;"),
        body.replace(SIGNATURES[2].encode(), SIGNATURES[1].encode()),
        body.replace(b"chunk-signature", b"chunk-signaturf", 1),
        body.replace(SIGNATURES[0].encode(), b"\xe9"),
        body.replace(SIGNATURES[0].encode(), b""),
    ):
        assert refused(example(body=changed)) == MISMATCH
    assert refused(example(seed="0" * 64)) == MISMATCH
    assert refused(trailing_example(body=trailing_example().body.replace(b"d81f82", b"000000"))) == MISMATCH
    # the trailer's own signature is checked before the checksum that it brings
    assert refused(trailing_example(body=trailing_example().body.replace(b"sOO8", b"sOO9"))) == MISMATCH
    with pytest.raises(errors.SignatureDoesNotMatchS3) as caught:
        example(seed="0" * 64).read()
    assert caught.value.details["StringToSign"].startswith("AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-")
    assert caught.value.details["SignatureProvided"] == SIGNATURES[0]


def test_where_signatures_are_not_verified_framing_and_checksums_are() -> None:
    assert example(seed="0" * 64, verified=False).read() == b"a" * 66560
    assert example(seed=None).read() == b"a" * 66560
    changed = trailing_example().body.replace(b"aaaa", b"aaab", 1)
    assert refused(trailing_example(body=changed, verified=False)) == ("BadDigest", 400)
    assert refused(example(body=unsigned(*EXAMPLE), verified=False)) == ("IncompleteBody", 400)


def test_a_signed_trailer_needs_both() -> None:
    start = signed(EXAMPLE, TRAILING_SIGNATURES, b"")
    checksum, signed_by = TRAILER.split(b"\n\r\n", 1)
    for end, expected in (
        (b"\r\n", "MalformedTrailerError"),
        (checksum + b"\r\n\r\n", "IncompleteBody"),
        (signed_by % TRAILER_SIGNATURE.encode(), "MalformedTrailerError"),
    ):
        assert refused(trailing_example(body=start + end))[0] == expected


# Unsigned, with a trailer or without


@given(
    content=st.binary(max_size=60_000),
    size=st.integers(LEAST, 20_000),
    sizes=st.lists(st.integers(1, 9000), max_size=40),
    signed_too=st.booleans(),
)
def test_any_content_in_any_pieces(content: bytes, size: int, sizes: list[int], signed_too: bool) -> None:
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    digest = checksums.hasher("CRC32")
    digest.update(content)
    trailer = f"{CRC32}:{checksums.encode(digest.digest())}".encode()
    sent = Sent(unsigned(*chunks, end=b"0\r\n" + trailer + b"\r\n\r\n"), len(content), trailer=CRC32)
    if signed_too:
        chain = Chain()
        found = [chain.next(chunk) for chunk in [*chunks, b""]]
        end = trailer + b"\r\nx-amz-trailer-signature:" + chain.trailer(trailer + b"\n").encode() + b"\r\n\r\n"
        sent = Sent(signed(chunks, found, end), len(content), integrity.STREAMING_TRAILER, CRC32, chain.seed)
    payload = Sent(**(vars(sent) | {"sizes": tuple(sizes)})).payload()
    assert b"".join(payload.parts()) == content
    assert payload.size == len(content)
    assert payload.checksum == ("CRC32", digest.digest())


class Chain:
    """Signs as a client does: asks the verifier what it would have taken."""

    def __init__(self) -> None:
        self.seed = "5" * 64
        self._signatures = ChunkSignatures(signature(self.seed), KEY)

    def next(self, chunk: bytes) -> str:
        return self._found(lambda stated: self._signatures.check(sha256(chunk).hexdigest(), stated))

    def trailer(self, lines: bytes) -> str:
        return self._found(lambda stated: self._signatures.check_trailer(lines, stated))

    def _found(self, check: Callable[[str], None]) -> str:
        with pytest.raises(errors.SignatureDoesNotMatchS3) as caught:
            check("")
        found = hmac.digest(KEY, caught.value.details["StringToSign"].encode(), "sha256").hex()
        check(found)
        return found


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 3_000_000])
@pytest.mark.parametrize(("algorithm", "cls"), [("CRC32", Crc32Checksum), ("SHA256", Sha256Checksum)])
def test_what_botocore_sends(content: bytes, algorithm: str, cls: type) -> None:
    name = f"x-amz-checksum-{algorithm.lower()}"
    body = AwsChunkedWrapper(io.BytesIO(content), cls, name).read()
    payload = Sent(body, len(content), trailer=name).payload()
    assert b"".join(payload.parts()) == content
    assert payload.checksum is not None
    assert payload.checksum[0] == algorithm


FIFTEEN = b"trailer content"


@pytest.mark.parametrize(
    "end",
    [
        b"0\r\n%s:%s\r\n\r\n",
        b"0\r\n%s:%s\n\r\n\r\n\r\n",
        b"0\r\n %s  :   %s  \r\n\r\nwhat comes later is not looked at",
        b"0;extension=1\r\nX-AMZ-CHECKSUM-CRC32%.0s:%s\r\n",
        b"000\r\n%s:%s",
    ],
)
def test_trailers_as_they_are_written(end: bytes) -> None:
    body = unsigned(FIFTEEN, end=end % (CRC32.encode(), b"H+Yzmw=="))
    assert Sent(body, 15, trailer=CRC32).read() == FIFTEEN


@pytest.mark.parametrize(
    ("end", "trailer", "code"),
    [
        (b"0\r\n\r\n", CRC32, "MalformedTrailerError"),
        (b"0\r\n", CRC32, "MalformedTrailerError"),
        (b"0\r\nx-amz-checksum-sha1:AAAA\r\n\r\n", CRC32, "MalformedTrailerError"),
        (b"0\r\nx-amz-checksum-crc32:H+Yzmw==\r\n\r\n", None, "MalformedTrailerError"),
        (b"0\r\nx-amz-checksum-crc32\r\n\r\n", CRC32, "MalformedTrailerError"),
        (b"0\r\n:H+Yzmw==\r\n\r\n", CRC32, "MalformedTrailerError"),
        (
            b"0\r\nx-amz-checksum-crc32:H+Yzmw==\r\nx-amz-checksum-crc32:H+Yzmw==\r\n\r\n",
            CRC32,
            "MalformedTrailerError",
        ),
        (b"0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (b"A" * 9000), CRC32, "IncompleteBody"),
        (b"0\r\nx-amz-checksum-crc32:BAD\r\n\r\n", CRC32, "InvalidRequest"),
        (b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", CRC32, "BadDigest"),
        (b"0\r\n\r\n", None, None),
        (b"0\r\n\r\nwhat comes later", None, None),
        (b"0\r\n", None, None),
    ],
)
def test_trailers_that_are_not_as_announced(end: bytes, trailer: str | None, code: str | None) -> None:
    sent = Sent(unsigned(FIFTEEN, end=end), 15, trailer=trailer)
    if code is None:
        assert sent.read() == FIFTEEN
    else:
        assert refused(sent) == (code, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"f",
        b"f\r\n",
        b"f\r\ntrailer",
        b"f\r\ntrailer content",
        b"f\r\ntrailer content\r\n",
        b"f\r\ntrailer contentX\r\n0\r\n\r\n",
        b"f\ntrailer content\r\n0\r\n\r\n",
        b"e\r\ntrailer conten\r\n0\r\n\r\n",
        b"10\r\ntrailer content!\r\n0\r\n\r\n",
        b"g\r\ntrailer content\r\n0\r\n\r\n",
        b"0xf\r\ntrailer content\r\n0\r\n\r\n",
        b"-f\r\ntrailer content\r\n0\r\n\r\n",
        b"\r\ntrailer content\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\ntrailer content",
        b"f;" + b"x" * 2000 + b"\r\ntrailer content\r\n0\r\n\r\n",
    ],
)
def test_frames_that_do_not_hold(body: bytes) -> None:
    assert refused(Sent(body, 15)) == ("IncompleteBody", 400)


def test_only_the_last_chunk_may_be_small() -> None:
    assert Sent(unsigned(b"a" * LEAST, b"b"), LEAST + 1).read() == b"a" * LEAST + b"b"
    with pytest.raises(errors.InvalidChunkSize) as caught:
        Sent(unsigned(b"a" * LEAST, b"b", b"c"), LEAST + 2).read()
    assert caught.value.status == 403
    assert caught.value.details == {"Chunk": "3", "BadChunkSize": "1"}


def test_a_line_without_end_is_not_held() -> None:
    stream = Trickle(b"f" * 20_000_000, [])
    headers = {
        "transfer-encoding": "chunked",
        "x-amz-content-sha256": integrity.STREAMING,
        "x-amz-decoded-content-length": "15",
    }
    with pytest.raises(errors.IncompleteBody):
        list(Payload.of("PUT", headers, stream, None, None).parts())
    assert stream.read(1) == b"f"
    assert stream.asked <= BLOCK


@given(st.binary(max_size=200), st.sampled_from([integrity.STREAMING, integrity.STREAMING_UNSIGNED_TRAILER]))
def test_nothing_but_refusals(body: bytes, form: str) -> None:
    code, status = refused(Sent(body, 1000, form))
    assert (code, status) in {("IncompleteBody", 400), ("InvalidChunkSizeError", 403), MISMATCH}
