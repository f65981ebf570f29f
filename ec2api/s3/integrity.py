"""What a request states about its body: its hash, its Content-MD5 and its checksum, in a header or in a trailer.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend import errors
from backend.s3 import checksums

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
STREAMING_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

_FORMS = (UNSIGNED, STREAMING_UNSIGNED_TRAILER, STREAMING, STREAMING_TRAILER)
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_PREFIX = "x-amz-checksum-"
_ABOUT_CHECKSUMS = frozenset({"x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"})
"""Headers that have the prefix and carry no checksum."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """``content_hash``: the SHA-256 of the body as sent, in lower-case hexadecimal, or the form that its signature has.

    ``checksum`` is None where a trailer is to bring it; ``trailer`` is that one's name.
    """

    content_hash: str = UNSIGNED
    content_md5: bytes | None = None
    algorithm: str | None = None
    checksum: bytes | None = None
    trailer: str | None = None

    @property
    def chunked(self) -> bool:
        return self.content_hash.startswith("STREAMING-")

    @property
    def signed_chunks(self) -> bool:
        return self.content_hash in {STREAMING, STREAMING_TRAILER}

    @property
    def trailing(self) -> bool:
        return self.content_hash.endswith("-TRAILER")

    @property
    def sha256(self) -> str | None:
        return None if self.chunked or self.content_hash == UNSIGNED else self.content_hash


def read(headers: Mapping[str, str], content_hash: str | None, *, checksums_too: bool = True) -> Integrity:
    """Of headers by lower-case name, and the hash that the signature is made over, if there is one.

    Without ``checksums_too`` the checksum headers are about something else, as those of CompleteMultipartUpload are.
    InvalidArgument, InvalidDigest and InvalidRequest for what is not well formed.
    """
    form = _form(content_hash, headers.get("content-encoding", ""))
    stated = Integrity(form, _content_md5(headers.get("content-md5")))
    if not checksums_too:
        return stated
    trailer = _trailer(headers.get("x-amz-trailer"), stated)
    algorithm, checksum = _checksum(headers)
    if trailer and algorithm:
        raise errors.InvalidRequest(reason="Expecting a single x-amz-checksum- header")
    if trailer:
        algorithm = checksums.HEADERS[trailer]
    _check_algorithm(headers.get("x-amz-sdk-checksum-algorithm"), algorithm)
    return Integrity(stated.content_hash, stated.content_md5, algorithm, checksum, trailer)


def _form(text: str | None, encoding: str) -> str:
    if text is None:
        return UNSIGNED
    if text == UNSIGNED and "aws-chunked" in encoding:
        reason = "aws-chunked encoding is not supported when x-amz-content-sha256 UNSIGNED-PAYLOAD is supplied."
        raise errors.InvalidArgument(reason=reason, name="Content-Encoding", value=encoding)
    if text in _FORMS:
        return text
    if not _SHA256.fullmatch(text):
        reason = f"x-amz-content-sha256 must be {', '.join(_FORMS)} or a valid sha256 value."
        raise errors.InvalidArgument(reason=reason, name="x-amz-content-sha256", value=text)
    return text.lower()


def _content_md5(text: str | None) -> bytes | None:
    if text is None:
        return None
    digest = checksums.validate("MD5", text)
    if digest is None:
        raise errors.InvalidDigest(value=text)
    return digest


def _trailer(text: str | None, stated: Integrity) -> str | None:
    if text is None:
        return None
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if not stated.trailing or not names or not all(name in checksums.HEADERS for name in names):
        raise errors.InvalidRequest(reason="The value specified in the x-amz-trailer header is not supported")
    if len(names) > 1:
        raise _multiple()
    return names[0]


def _checksum(headers: Mapping[str, str]) -> tuple[str | None, bytes | None]:
    found = [name for name in headers if name.startswith(_PREFIX) and name not in _ABOUT_CHECKSUMS]
    if not found:
        return None, None
    if len(found) > 1:
        raise _multiple()
    algorithm = checksums.HEADERS.get(found[0])
    if algorithm is None:
        reason = "The algorithm type you specified in x-amz-checksum- header is invalid."
        raise errors.InvalidRequest(reason=reason)
    digest = checksums.validate(algorithm, headers[found[0]])
    if digest is None:
        raise errors.InvalidRequest(reason=f"Value for {found[0]} header is invalid.")
    return algorithm, digest


def _check_algorithm(announced: str | None, found: str | None) -> None:
    """What the SDK says that it would send must be what it sends."""
    if announced is None:
        return
    if announced.upper() not in checksums.ALGORITHMS or found not in {None, announced.upper()}:
        raise errors.InvalidRequest(reason="Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if found is None:
        raise errors.InvalidRequest(
            reason="x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
            "headers were found."
        )


def _multiple() -> errors.CloudError:
    return errors.InvalidRequest(
        reason="Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    )
