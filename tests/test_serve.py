"""`ec2api serve` as a process: ready, healthy, ended by SIGTERM, and where it was after SIGKILL."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from click.testing import CliRunner

from ec2api.cli import serve
from tests.launching import ami, launch, state, wait_for
from tests.services import free_port

COMMAND = [sys.executable, "-m", "ec2api.cli"]


@contextmanager
def serving(folder: Path, port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    options = ["--data-dir", str(folder), "--port", str(port), "--regions", "us-east-1", "--zones", "1", *arguments]
    process = subprocess.Popen([*COMMAND, "serve", *options], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert f"http://127.0.0.1:{port}" in line, line
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def client(port: int) -> Any:
    return botocore.session.Session().create_client(
        "ec2",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="123456789012",
        aws_secret_access_key="x",
    )


@contextmanager
def clients(port: int) -> Iterator[Any]:
    made = client(port)
    try:
        yield made
    finally:
        made.close()


def test_it_says_that_it_is_ready_answers_health_and_ends_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as process:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_health") as answer:
            health = json.load(answer)
        assert health["roles"] == ["api", "conductor", "agent"]
        assert health["database"] == {"kind": "sqlite", "ok": True}
        assert health["bus"] == {"kind": "local", "ok": True}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


def test_it_is_where_it_was_after_a_kill(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port) as process, clients(port) as ec2:
        running, stopped = (launch(ec2)["InstanceId"] for _ in range(2))
        ec2.stop_instances(InstanceIds=[stopped])
        wait_for(ec2, [stopped], "stopped")
        pending = ec2.run_instances(ImageId=ami(ec2), MinCount=5, MaxCount=5, InstanceType="t3.micro")["Instances"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    time.sleep(0.1)
    with serving(tmp_path, port), clients(port) as ec2:
        wait_for(ec2, [i["InstanceId"] for i in pending], "running")
        assert state(ec2, running) == "running"
        assert state(ec2, stopped) == "stopped"
        ec2.start_instances(InstanceIds=[stopped])
        wait_for(ec2, [stopped], "running")


def test_it_speaks_tls_beside_plain_http(tmp_path: Path) -> None:
    port, secure = free_port(), free_port()
    options = ["--tls-self-signed", "--tls-port", str(secure), "--domain", "s3.test"]
    with serving(tmp_path, port, *options):
        trusted = ssl.create_default_context(cafile=tmp_path / "tls-cert.pem")
        for url, context in ((f"http://127.0.0.1:{port}", None), (f"https://127.0.0.1:{secure}", trusted)):
            with urllib.request.urlopen(f"{url}/_health", context=context) as answer:
                assert answer.status == 200


def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    told = CliRunner().invoke(serve, ["--data-dir", str(tmp_path), "--tls-cert", str(tmp_path / "none.pem")])
    assert told.exit_code == 1
    assert told.stderr.startswith("Error: TLS: ")


def test_other_paths_and_methods_get_an_error_with_a_request_id(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port):
        for path, method in (("/nothing/here", "GET"), ("/", "DELETE")):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            with refused.value as answer:
                assert answer.code < 500
                assert b"<requestid>" in answer.read().lower()  # of S3, whose paths are buckets, or of EC2


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.test"])
def test_without_verified_signatures_it_does_not_listen_where_others_reach(tmp_path: Path, host: str) -> None:
    told = CliRunner().invoke(serve, ["--data-dir", str(tmp_path), "--host", host])
    assert told.exit_code == 2
    assert "--insecure" in told.stderr


def test_wrong_settings_are_told(tmp_path: Path) -> None:
    told = CliRunner().invoke(serve, ["--data-dir", str(tmp_path), "--port", "99999"])
    assert told.exit_code == 2
    assert "port" in told.stderr
