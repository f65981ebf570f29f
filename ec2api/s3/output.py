"""What is answered; the bytes of an object go from where they lie to the client, with no copy kept in memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

BLOCK = 256 * 1024
"""Bytes that are read at a time where the system cannot send a file by itself."""


class Closing(Protocol):
    def close(self) -> None: ...


class Source:
    """``length`` bytes that are sent once."""

    def __init__(self, parts: Iterator[bytes], length: int, open_: Iterable[Closing] = ()) -> None:
        """``open_``: what is closed when it is sent."""
        self.length = length
        self._parts, self._open = parts, list(open_)

    def response(self, environ: Mapping[str, Any]) -> Iterable[bytes]:  # noqa: ARG002 - as FileSource needs it
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        for file in self._open:
            file.close()


class FileSource(Source):
    """The bytes of a file from ``start``: the system sends them, where the server can make it."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        file.seek(start)
        super().__init__(_read(file, length), length, [file])
        self._file = file

    def response(self, environ: Mapping[str, Any]) -> Iterable[bytes]:
        wrapper = environ.get("wsgi.file_wrapper")
        if wrapper is None or environ.get("wsgi.url_scheme") == "https":
            return self
        sent: Iterable[bytes] = wrapper(self._file, BLOCK)
        return sent


def _read(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0:
        part = file.read(min(BLOCK, length))
        if not part:
            raise OSError("a blob is shorter than its row says")
        length -= len(part)
        yield part


@dataclass
class Answer:
    """What is sent back: ``headers`` beside those that every answer has."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Source = b""
    code: str = ""
    """Of an error."""
