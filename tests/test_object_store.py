"""S3 of a real server: what a client was told is there stays there, and how bodies are asked for and answered."""

import http.client
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from tests.services import free_port
from tests.test_serve import serving

_SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261122/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=00",
    "x-amz-date": "20261122T000000Z",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
}


class Connection(http.client.HTTPConnection):
    """One connection to a server that does not verify signatures."""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        self.request(method, path, body, {**_SIGNED, **{n.replace("_", "-"): v for n, v in headers.items()}})
        answer = self.getresponse()
        return answer.status, answer.read(), dict(answer.headers)


@contextmanager
def connected(port: int) -> Iterator[Connection]:
    with closing(Connection("127.0.0.1", port, timeout=30)) as connection:
        yield connection


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port and the data directory of a server with a bucket."""
    port, folder = free_port(), tmp_path_factory.mktemp("store")
    with serving(folder, port), connected(port) as connection:
        connection.call("PUT", "/mine")
        yield port, folder


def content(name: str) -> bytes:
    """Of an object: every tenth one is larger than what lies in rows."""
    seed = md5(name.encode()).digest()
    return seed * (4096 if seed[0] % 10 == 0 else 40)


def test_every_put_that_was_acknowledged_survives_a_kill_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    port, writers = free_port(), 4
    acknowledged: list[str] = []
    enough = threading.Event()

    def write(number: int) -> None:
        with connected(port) as connection:
            for count in range(10_000):
                name = f"{number}/{count}"
                try:
                    status, answer, _ = connection.call("PUT", f"/kept/{name}", content(name))
                except (OSError, http.client.HTTPException):
                    return
                assert status == 200, answer
                acknowledged.append(name)
                if len(acknowledged) >= 200:
                    enough.set()

    with serving(tmp_path, port) as process:
        with connected(port) as connection:
            assert connection.call("PUT", "/kept")[0] == 200
        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    with serving(tmp_path, port), connected(port) as connection:
        for name in acknowledged:
            status, body, headers = connection.call("GET", f"/kept/{name}")
            assert (status, body) == (200, content(name))
            assert headers["ETag"] == f'"{md5(body).hexdigest()}"'
        # What was not acknowledged is there whole, or not at all.
        for number in range(writers):
            name = f"{number}/{sum(known.startswith(f'{number}/') for known in acknowledged)}"
            status, body, _ = connection.call("GET", f"/kept/{name}")
            assert (status, body) == (200, content(name)) or status == 404


def test_a_body_is_invited_only_where_it_is_wanted(store: tuple[int, Path]) -> None:
    port, _ = store
    with connected(port) as connection:
        assert _expecting(port, "/mine/key", b"hello").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert connection.call("GET", "/mine/key")[1] == b"hello"
        refused = _expecting(port, "/nobodys/key", b"hello")
        assert refused.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert b"100 Continue" not in refused
        assert b"\r\nConnection: close\r\n" in refused  # nobody can tell whether its body comes yet
        empty = _expecting(port, "/mine/empty", b"")
        assert empty.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nConnection: close\r\n" in empty


def _expecting(port: int, path: str, body: bytes) -> bytes:
    """All that the server sends to a client that sends its body once it is invited, up to the end of the headers."""
    lines = [f"PUT {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", "Expect: 100-continue"]
    lines += [f"{name}: {value}" for name, value in _SIGNED.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        heard = client.recv(65536)
        if heard.startswith(b"HTTP/1.1 100"):
            client.sendall(body)
            heard += client.recv(65536)
        return heard


def test_metadata_keeps_the_names_that_it_was_given(store: tuple[int, Path]) -> None:
    port, _ = store
    with connected(port) as connection:
        connection.request("PUT", "/mine/key", b"", {**_SIGNED, "x-amz-meta-my_key": "a", "x-amz-meta-my-key": "b"})
        connection.getresponse().read()
        headers = connection.call("HEAD", "/mine/key")[2]
        assert (headers["x-amz-meta-my_key"], headers["x-amz-meta-my-key"]) == ("a", "b")


def test_large_objects_come_back_as_they_went_in_ranges_too(store: tuple[int, Path]) -> None:
    port, _ = store
    body = os.urandom(3 * 2**20 + 17)
    with connected(port) as connection:
        for name, encryption in (("plain", {}), ("sealed", {"x_amz_server_side_encryption": "AES256"})):
            assert connection.call("PUT", f"/mine/{name}", body, **encryption)[0] == 200
            assert connection.call("GET", f"/mine/{name}")[1] == body
            status, some, headers = connection.call("GET", f"/mine/{name}", Range="bytes=70000-2000000")
            assert (status, some) == (206, body[70_000:2_000_001])
            assert headers["Content-Range"] == f"bytes 70000-2000000/{len(body)}"


def test_a_client_that_goes_away_leaves_nothing(store: tuple[int, Path]) -> None:
    port, folder = store
    before = _blobs(folder)
    with connected(port) as connection:
        lines = ["PUT /mine/half HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 1000000"]
        lines += [f"{name}: {value}" for name, value in _SIGNED.items()]
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode() + b"x" * 500_000)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(65536).startswith(b"HTTP/1.1 400 ")
        assert connection.call("GET", "/mine/half")[0] == 404
    assert _blobs(folder) == before


def _blobs(folder: Path) -> set[Path]:
    return {path for path in (folder / "blobs" / "objects").rglob("*") if path.is_file()}
