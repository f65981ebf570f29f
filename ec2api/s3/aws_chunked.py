"""The transfer encoding ``aws-chunked``: sizes, signatures and trailers between the bytes of an object.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html. A body is decoded as it comes, in constant
memory. What is not framed as it should be is IncompleteBody, as S3 has it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from backend import errors
from ec2api.chunk_signatures import ChunkSignatures

BLOCK = 1024 * 1024
"""How many bytes are read at once: as many as the server takes from a socket, where less costs a copy of the rest."""

_SIZE = re.compile(r"[0-9A-Fa-f]{1,16}")
_LEAST = 8 * 1024
"""The least size of a chunk that is not the last one."""
_LINE_LIMIT = 1024
_TRAILER_LIMIT = 8 * 1024
_TRAILER_SIGNATURE = "x-amz-trailer-signature"


@dataclass(slots=True)
class AwsChunked:
    """An encoded body. ``read`` gives its next bytes, as many as asked for at most, and none at its end.

    ``length``: of the object, in bytes. ``signed``: whether each chunk has a signature, which ``signatures`` checks
    if there is one. ``trailer``: the name of the trailing header that the request announces. ``trailing``: whether
    its form has trailers at all. ``trailers``: their values by lower-case name, once the pieces are read.
    """

    read: Callable[[int], bytes]
    length: int
    signed: bool
    signatures: ChunkSignatures | None
    trailing: bool
    trailer: str | None
    trailers: dict[str, str] = field(default_factory=dict)
    _held: bytes = b""
    _at: int = 0

    def pieces(self) -> Iterator[bytes]:
        """The object's bytes. IncompleteBody, InvalidChunkSizeError, MalformedTrailerError, SignatureDoesNotMatch."""
        number, last, done = 0, _LEAST, 0
        while last:
            number += 1
            size, signature = self._header()
            if size and last < _LEAST:
                raise errors.InvalidChunkSize(chunk=number, size=last)
            if done + size > self.length:
                raise errors.IncompleteBody(expected=self.length, provided=done + size)
            yield from self._chunk(size, signature)
            done, last = done + size, size
        if done < self.length:
            raise errors.IncompleteBody(expected=self.length, provided=done)
        if self.trailing:
            self._read_trailers()
        elif self._line(b"\n", _LINE_LIMIT) not in {b"", b"\r\n"}:
            raise errors.IncompleteBody()

    def _chunk(self, size: int, signature: str) -> Iterator[bytes]:
        content = sha256() if self.signatures else None
        left = size
        while left:
            piece = self._some(left)
            left -= len(piece)
            if content:
                content.update(piece)
            yield piece
        if self.signatures and content:
            self.signatures.check(content.hexdigest(), signature)
        if size and self._line(b"\n", 2) != b"\r\n":
            raise errors.IncompleteBody()

    def _header(self) -> tuple[int, str]:
        """The size of the next chunk, and its signature; that is empty where chunks are not signed."""
        line = self._line(b"\r\n", _LINE_LIMIT)
        size, *extensions = line.removesuffix(b"\r\n").decode("latin-1").split(";")
        if not line.endswith(b"\r\n") or not _SIZE.fullmatch(size.strip()):
            raise errors.IncompleteBody()
        if not self.signed:
            return int(size, 16), ""
        if not extensions:
            raise errors.IncompleteBody()
        named = dict(extension.strip().partition("=")[::2] for extension in extensions)
        return int(size, 16), named.get("chunk-signature", "")

    def _read_trailers(self) -> None:
        expected = {name for name in (self.trailer, _TRAILER_SIGNATURE if self.signed else None) if name}
        left = _TRAILER_LIMIT
        while line := self._line(b"\n", left):
            left -= len(line)
            name, colon, value = (part.strip() for part in line.decode("latin-1").partition(":"))
            if name:
                name = name.lower()
                if not colon or name not in expected or name in self.trailers:
                    raise errors.MalformedTrailer()
                self.trailers[name] = value
            elif colon:
                raise errors.MalformedTrailer()
            elif expected == self.trailers.keys():
                break  # a blank line before is only the end of a line that ended with a line feed of its own
        if self.trailer and self.trailer not in self.trailers:
            raise errors.MalformedTrailer(trailer=self.trailer)
        if self.signed:
            self._check_trailers()

    def _check_trailers(self) -> None:
        signature = self.trailers.pop(_TRAILER_SIGNATURE, None)
        if signature is None or not self.trailers:
            raise errors.IncompleteBody()
        if self.signatures:
            lines = "".join(f"{name}:{value}\n" for name, value in self.trailers.items())
            self.signatures.check_trailer(lines.encode("latin-1"), signature)

    # Reading. What is held of a block is at most BLOCK and a line, whatever a client sends.

    def _some(self, most: int) -> bytes:
        """The next bytes, ``most`` at most; IncompleteBody at the end."""
        if self._at == len(self._held):
            piece = self.read(min(most, BLOCK))
        else:
            piece = self._held[self._at : self._at + most]
            self._at += len(piece)
        if not piece:
            raise errors.IncompleteBody()
        return piece

    def _line(self, end: bytes, limit: int) -> bytes:
        """The next line with its ``end``, or what is left at the end; IncompleteBody where it is too long."""
        found = self._held.find(end, self._at)
        while found < 0 and len(self._held) - self._at < limit:
            block = self.read(BLOCK)
            if not block:
                break
            self._held, self._at = self._held[self._at :] + block, 0
            found = self._held.find(end)
        stop = len(self._held) if found < 0 else found + len(end)
        if stop - self._at > limit:
            raise errors.IncompleteBody()
        line = self._held[self._at : stop]
        self._at = stop
        return line
