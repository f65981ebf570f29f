"""The body of a request: read once as a stream, in constant memory, and verified on the way.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, Self

from gunicorn.http.errors import ParseException

from backend import errors
from backend.s3 import checksums
from ec2api.chunk_signatures import ChunkSignatures
from ec2api.s3 import integrity
from ec2api.s3.aws_chunked import BLOCK, AwsChunked
from ec2api.s3.digests import Digests
from ec2api.s3.integrity import Integrity
from ec2api.sigv4 import Signature

PUT_LIMIT = 5 * 2**30
"""Bytes that one request may upload: 5 GiB."""

_THREADED = 2 * 2**20
"""Bytes from which a body is worth a thread."""
_ENCODING = "aws-chunked"


class Stream(Protocol):
    """A body as a WSGI server gives it, or a file within a form. No bytes are its end."""

    def read(self, size: int, /) -> bytes: ...


class Payload:
    """One body, to be read once: by ``parts``, by ``read_all``, or not at all.

    ``length``: of what it carries, in bytes; None where only its end will tell. Once it is read, ``size`` is how many
    bytes it had, ``md5`` their MD5 in hexadecimal, and ``checksum`` the algorithm and the digest that the client
    stated, or that ``compute`` asked for.
    """

    def __init__(
        self,
        source: "Source",
        length: int | None,
        stated: Integrity,
        *,
        signatures: ChunkSignatures | None = None,
        sizes: tuple[int, int] = (0, PUT_LIMIT),
    ) -> None:
        self.length = length
        self.size = 0
        self.md5 = ""
        self.checksum: tuple[str, bytes] | None = None
        self._source = source
        self._stated = stated
        self._signatures = signatures
        self._sizes = sizes
        self._algorithm = stated.algorithm

    @classmethod
    def of(
        cls,
        method: str,
        headers: Mapping[str, str],
        stream: Stream,
        signature: Signature | None,
        signing: bytes | None,
        *,
        limit: int = PUT_LIMIT,
        checksums_too: bool = True,
    ) -> Self:
        """The body of a request with these headers, by lower-case name.

        ``signing``: the signing key of ``signature``, or None where signatures are not verified. ``limit``: in bytes.
        ``checksums_too``: whether the checksum headers are about the body (see ``integrity.read``). Raises what the
        headers alone tell: InvalidArgument, InvalidDigest, InvalidRequest, MissingContentLength, EntityTooLarge.
        """
        content_hash = headers.get("x-amz-content-sha256") or (signature.content_hash if signature else None)
        stated = integrity.read(headers, content_hash, checksums_too=checksums_too)
        sent = _number(headers, "content-length")
        endless = "chunked" in headers.get("transfer-encoding", "").lower()
        if sent is None and not endless and method not in {"PUT", "POST"}:
            sent = 0
        length = sent
        if stated.chunked:
            length = _number(headers, "x-amz-decoded-content-length")
            if length is None:
                raise errors.MissingContentLength()
        if length is not None and length > limit:
            raise errors.EntityTooLarge(size=length, limit=limit)
        signatures = None
        if signature is not None and signing is not None and stated.signed_chunks:
            signatures = ChunkSignatures(signature, signing)
        source = Source(stream, sent, endless=endless)
        return cls(source, length, stated, signatures=signatures, sizes=(0, limit))

    @classmethod
    def of_form(cls, fields: Mapping[str, str], file: Stream, sizes: tuple[int, int] | None) -> Self:
        """The file of a form, whose ``fields`` stand for headers. ``sizes``: the least and the most bytes it may have.

        Its reader raises EntityTooSmall and EntityTooLarge.
        """
        least, most = sizes or (0, PUT_LIMIT)
        return cls(
            Source(file, None, endless=True), None, integrity.read(fields, None), sizes=(least, min(most, PUT_LIMIT))
        )

    @property
    def algorithm(self) -> str | None:
        """Of the checksum that the client states or announces, or that ``compute`` asked for."""
        return self._algorithm

    @property
    def is_stated(self) -> bool:
        """Whether the client states a Content-MD5 or a checksum, or announces one."""
        return self._stated.content_md5 is not None or self._stated.algorithm is not None

    def compute(self, algorithm: str | None) -> None:
        """Have this checksum computed where the client states none. Before the body is read."""
        self._algorithm = self._stated.algorithm or algorithm

    def parts(self) -> Iterator[bytes]:
        """What the body carries, in pieces; verified only when the last one was taken.

        MissingContentLength before the first one; then IncompleteBody, BadDigest, XAmzContentSHA256Mismatch,
        SignatureDoesNotMatch, InvalidRequest, and what ``AwsChunked`` raises.
        """
        if self._source.left is None and not self._source.endless:
            raise errors.MissingContentLength()
        return self._read()

    def read_all(self, limit: int) -> bytes:
        """A document, as a whole; empty where there is none. MaxMessageLengthExceeded beyond ``limit`` bytes."""
        if self._source.left is None and not self._source.endless:
            return b""
        if self.length is not None and self.length > limit:
            raise errors.MaxMessageLengthExceeded(limit=limit)
        held = []
        for piece in self._read():
            held.append(piece)
            if self.size > limit:
                raise errors.MaxMessageLengthExceeded(limit=limit)
        return b"".join(held)

    def drain(self, limit: int) -> bool:
        """Take what is left of the body from the connection; False where it is more than ``limit`` bytes, or broken.

        Then the connection must be closed, since the next request on it could not be found.
        """
        return self._source.drain(limit)

    def _read(self) -> Iterator[bytes]:
        least, most = self._sizes
        algorithms = {
            "MD5",
            *([self._algorithm] if self._algorithm else []),
            *(["SHA256"] if self._stated.sha256 else []),
        }
        chunked = self._decoder() if self._stated.chunked else None
        pieces = _gathered(chunked.pieces()) if chunked else self._source.pieces()
        with Digests(algorithms, threaded=self.length is None or self.length >= _THREADED) as digests:
            for piece in pieces:
                self.size += len(piece)
                if self.size > most:
                    raise errors.EntityTooLarge(size=self.size, limit=most)
                digests.update(piece)
                yield piece
            found = digests.finish()
        if self.size < least:
            raise errors.EntityTooSmall(size=self.size, limit=least)
        self._verify(found, chunked.trailers if chunked else {})
        self.md5 = found["MD5"].hex()
        if self._algorithm:
            self.checksum = self._algorithm, found[self._algorithm]

    def _decoder(self) -> AwsChunked:
        stated = self._stated
        return AwsChunked(
            self._source.read,
            self.length or 0,
            signed=stated.signed_chunks,
            signatures=self._signatures,
            trailing=stated.trailing,
            trailer=stated.trailer,
        )

    def _verify(self, found: Mapping[str, bytes], trailers: Mapping[str, str]) -> None:
        stated = self._stated
        if stated.sha256 and found["SHA256"].hex() != stated.sha256:
            raise errors.XAmzContentSHA256Mismatch(stated=stated.sha256, computed=found["SHA256"].hex())
        if stated.content_md5 not in {None, found["MD5"]}:
            raise errors.BadDigest(
                what="Content-MD5",
                received="what we received",
                expected=checksums.encode(stated.content_md5 or b""),
                calculated=checksums.encode(found["MD5"]),
            )
        if stated.algorithm is None:
            return
        checksum = stated.checksum
        if stated.trailer:
            checksum = checksums.validate(stated.algorithm, trailers[stated.trailer])
            if checksum is None:
                raise errors.InvalidRequest(reason=f"Value for {stated.trailer} trailing header is invalid.")
        if checksum != found[stated.algorithm]:
            raise errors.BadDigest(what=stated.algorithm, received="the calculated checksum")


class Source:
    """The bytes of a body as they are sent: as many as Content-Length says, or all up to the end."""

    def __init__(self, stream: Stream, length: int | None, *, endless: bool) -> None:
        self._stream, self._length = stream, length
        self.left = length
        self.endless = endless
        self._ended = False

    def read(self, size: int) -> bytes:
        """The next bytes, none at the end. IncompleteBody where the client stops early."""
        if self.left is not None:
            size = min(size, self.left)
        if not size or self._ended:
            return b""
        try:
            piece = self._stream.read(size)
        except (OSError, ParseException) as fault:
            self._ended = True
            raise errors.IncompleteBody() from fault
        self._ended = not piece
        if self.left is not None and self._length is not None:
            if not piece:
                raise errors.IncompleteBody(expected=self._length, provided=self._length - self.left)
            self.left -= len(piece)
        return piece

    def pieces(self) -> Iterator[bytes]:
        while piece := self.read(BLOCK):
            yield piece

    def drain(self, limit: int) -> bool:
        if self.left is None and not self.endless:
            return True
        if self.left is not None and self.left > limit:
            return False
        try:
            while piece := self.read(BLOCK):
                limit -= len(piece)
                if limit < 0:
                    return False
        except errors.CloudError:
            return False
        return True


def stored_content_encoding(header: str | None) -> str | None:
    """The Content-Encoding that an object keeps: not aws-chunked, which was only how it came."""
    if header is None or _ENCODING not in header:
        return header
    kept = [coding for coding in (part.strip() for part in header.split(",")) if coding and coding != _ENCODING]
    return ", ".join(kept) or None


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise errors.InvalidArgument(reason=f"{name} must be a whole number of bytes", name=name, value=text)
    return int(text)


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about a block, however small the chunks are that they come in."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK // 2:
            yield held[0] if len(held) == 1 else b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
