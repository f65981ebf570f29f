"""Clients of S3 that cost next to nothing: prepared bytes over plain sockets, several at once in one thread."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.client import Refused

BLOCK = 1024 * 1024
_END = b"\r\n\r\n"
_SIGNED = (
    "Authorization: AWS4-HMAC-SHA256 Credential=000000000000/20261122/us-east-1/s3/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature={}\r\nx-amz-date: 20261122T000000Z\r\n"
    "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\n"
).format("0" * 64)


def head(method: str, path: str, length: int = 0) -> bytes:
    """A request up to its body, as a server takes it that does not verify signatures. ``length``: of the body."""
    text = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{_SIGNED}"
    return (text + (f"Content-Length: {length}\r\n" if method == "PUT" else "") + "\r\n").encode()


class Connection:
    """Sends requests and takes answers apart no more than it must: the status, and where the body ends."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._block = bytearray(BLOCK)
        self.socket = self._connect()

    def send(self, request: bytes, body: Iterator[bytes] | None = None) -> None:
        try:
            self.socket.sendall(request)
        except ConnectionError:  # closed after the last answer
            self.close()
            self.socket = self._connect()
            self.socket.sendall(request)
        for part in body or ():
            self.socket.sendall(part)

    def receive(self) -> int:
        """Wait for the answer; how many bytes its body has. Refused where it is an error."""
        held = b""
        while _END not in held:
            part = self.socket.recv(65536)
            if not part:
                raise Refused("the connection was closed")
            held += part
        fields, _, rest = held.partition(_END)
        if fields[9:10] != b"2":
            raise Refused(held[:500].decode(errors="replace"))
        lower = fields.lower()
        size = int(lower.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        left = size - len(rest)
        while left > 0:
            got = self.socket.recv_into(self._block, min(left, BLOCK))
            if not got:
                raise Refused("the answer is not whole")
            left -= got
        if b"connection: close" in lower or fields.startswith(b"HTTP/1.0"):
            self.close()
            self.socket = self._connect()
        return size

    def call(self, method: str, path: str, body: bytes = b"") -> int:
        self.send(head(method, path, len(body)) + body)
        return self.receive()

    def close(self) -> None:
        self.socket.close()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=120)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


@dataclass
class Run:
    """What clients at once got done: ``seconds`` in all, and of each operation."""

    seconds: float
    latencies: list[float] = field(default_factory=list)


def at_once(port: int, clients: int, requests: list[bytes], seconds: float) -> Run:
    """Each client sends one request after the other, until there are no more or ``seconds`` are over."""
    supply = iter(requests)
    took = Run(0.0)
    with selectors.DefaultSelector() as selector:
        sent: dict[Connection, float] = {}
        began = time.perf_counter()

        def go_on(connection: Connection) -> None:
            request = next(supply, None) if time.perf_counter() < began + seconds else None
            if request is None:
                connection.close()
                return
            connection.send(request)
            sent[connection] = time.perf_counter()
            selector.register(connection.socket, selectors.EVENT_READ, connection)

        for _ in range(clients):
            go_on(Connection(port))
        while sent:
            for key, _ in selector.select():
                selector.unregister(key.fileobj)
                key.data.receive()
                took.latencies.append(time.perf_counter() - sent.pop(key.data))
                go_on(key.data)
        took.seconds = time.perf_counter() - began
    return took
