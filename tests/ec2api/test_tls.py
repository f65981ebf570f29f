"""TLS beside plain HTTP in one worker, and the certificates of its own making."""

import datetime
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from cryptography import x509
from pydantic import ValidationError

from backend.config import Settings
from ec2api import tls
from tests.services import free_port

CONTENT = bytes(range(256)) * 4096 * 3  # 3 MiB


@dataclass
class Echo:
    plain: int
    secure: int
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "tls-cert.pem"

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate)

    def get(self, path: str, *, secure: bool = True) -> bytes:
        if secure:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                "127.0.0.1", self.secure, timeout=10, context=self.context()
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def seen(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "seen").read_text())
        return found


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Echo]:
    server = Echo(free_port(), free_port(), tmp_path_factory.mktemp("echo"))
    (server.folder / "file").write_bytes(CONTENT)
    command = [sys.executable, "-m", "tests.ec2api.echo", str(server.plain), str(server.secure), str(server.folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_each_listener_has_its_scheme(echo: Echo) -> None:
    assert echo.get("/") == b"https"
    assert echo.get("/", secure=False) == b"http"


def test_connections_are_kept(echo: Echo) -> None:
    connection = http.client.HTTPSConnection("localhost", echo.secure, timeout=10, context=echo.context())
    sockets = set()
    for _ in range(3):
        connection.request("POST", "/", b"x" * 100_000)
        assert connection.getresponse().read() == b"https"
        sockets.add(connection.sock)
    connection.close()
    assert len(sockets) == 1


@pytest.mark.parametrize("secure", [True, False])
def test_files_go_out_whole_and_in_part(echo: Echo, secure: bool) -> None:
    for start, end in ((0, len(CONTENT)), (1, 2), (7, 700_007), (len(CONTENT) - 1, len(CONTENT)), (5, 5)):
        assert echo.get(f"/file/{start}/{end}", secure=secure) == CONTENT[start:end]


@pytest.mark.parametrize("size", [0, 10, 5_000_000])
def test_botocore_sends_its_checksum_behind_the_body(echo: Echo, size: int) -> None:
    client = botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"https://127.0.0.1:{echo.secure}",
        verify=str(echo.certificate),
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    try:
        client.put_object(Bucket="bucket", Key="key", Body=b"~" * size)
    finally:
        client.close()
    seen = echo.seen()
    assert seen["HTTP_X_AMZ_CONTENT_SHA256"] == "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    assert seen["HTTP_X_AMZ_DECODED_CONTENT_LENGTH"] == str(size)
    trailer = seen["HTTP_X_AMZ_TRAILER"]
    assert seen["body"].count("~") == size
    assert seen["body"].rstrip().rpartition("\r\n")[2].startswith(f"{trailer}:")


def test_who_does_not_go_on_keeps_nobody_waiting(echo: Echo) -> None:
    with ExitStack() as closing:
        for number in range(12):  # six times as many as there are threads
            client = closing.enter_context(socket.create_connection(("127.0.0.1", echo.secure)))
            if number % 4 == 1:
                client.sendall(b"\x16\x03\x01\x02")  # a handshake's first bytes
            elif number % 4 == 2:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            elif number % 4 == 3:
                closing.enter_context(echo.context().wrap_socket(client, server_hostname="localhost"))
        start = time.monotonic()
        assert echo.get("/") == b"https"
        assert echo.get("/", secure=False) == b"http"
        assert time.monotonic() - start < 2


def test_a_handshake_in_small_pieces_and_a_late_request_work(echo: Echo) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tunnel = echo.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", echo.secure), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tunnel.do_handshake()
                break
            except ssl.SSLWantReadError:
                send_slowly(client, outgoing.read())
                incoming.write(client.recv(65536))
        send_slowly(client, outgoing.read())
        time.sleep(0.05)
        tunnel.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        client.sendall(outgoing.read())
        answer = b""
        while not answer.endswith(b"https"):
            try:
                answer += tunnel.read(65536)
            except ssl.SSLWantReadError:
                received = client.recv(65536)
                assert received
                incoming.write(received)
        assert answer.startswith(b"HTTP/1.1 200")


def send_slowly(client: socket.socket, data: bytes) -> None:
    step = max(len(data) // 4, 1)
    for at in range(0, len(data), step):
        client.sendall(data[at : at + step])
        time.sleep(0.01)


def own(folder: Path, **settings: Any) -> Settings:
    return Settings(data_dir=folder, tls_self_signed=True, **settings)


def names(certificate: Path) -> list[str]:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return [str(name.value) for name in found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]


def test_a_certificate_of_its_own_is_kept_until_it_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tls.files(own(tmp_path))
    assert key is not None
    assert key.stat().st_mode & 0o777 == 0o600
    assert {"localhost", "*.localhost", "127.0.0.1", "::1"} <= set(names(certificate))
    first = certificate.read_bytes()
    assert tls.files(own(tmp_path)) == (certificate, key)
    assert certificate.read_bytes() == first
    tls.files(own(tmp_path, domains="S3.example.org", host="192.0.2.1"))
    second = certificate.read_bytes()
    assert second != first
    assert {"s3.example.org", "*.s3.example.org", "192.0.2.1"} <= set(names(certificate))
    tls.files(own(tmp_path))  # fewer names: it still fits
    assert certificate.read_bytes() == second
    monkeypatch.setattr(tls, "RENEWED", tls.VALID + datetime.timedelta(1))
    tls.files(own(tmp_path))
    third = certificate.read_bytes()
    assert third != second
    monkeypatch.undo()
    key.write_text("no key")
    tls.context(own(tmp_path))
    assert certificate.read_bytes() != third


def test_files_that_are_no_certificate_are_refused(tmp_path: Path) -> None:
    certificate, key = tls.files(own(tmp_path))
    (tmp_path / "empty").touch()
    tls.context(Settings(tls_cert=certificate, tls_key=key))
    for wrong in ((tmp_path / "none", key), (certificate, None), (tmp_path / "empty", key), (key, certificate)):
        with pytest.raises(OSError):
            tls.context(Settings(tls_cert=wrong[0], tls_key=wrong[1]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"tls_key": "key"},
        {"tls_port": 8443},
        {"tls_self_signed": True, "tls_cert": "cert"},
        {"tls_self_signed": True, "tls_port": 8788},
        {"domains": "s3.example.org,not a domain"},
        {"domains": "-a.example.org"},
    ],
)
def test_settings_that_contradict_themselves_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_where_clients_find_the_server() -> None:
    assert Settings().urls == ("http://127.0.0.1:8788",)
    assert Settings(tls_self_signed=True, host="::1").urls == ("https://[::1]:8788",)
    both = Settings(tls_cert=Path("x"), tls_port=8443)
    assert both.urls == ("http://127.0.0.1:8788", "https://127.0.0.1:8443")
    assert Settings(domains="a.example, B.example.").domains == ("a.example", "b.example")
