"""An `ec2api serve` of the tests' own: a process with a data directory and a port that nobody else has."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.endpoint import DAY_SECONDS, Credentials, Endpoint
from tests.services import end, free_port

REGION, OTHER_REGION = "us-east-1", "eu-west-1"
START_SECONDS = 60

COMMAND = (sys.executable, "-m", "ec2api.cli")


@contextmanager
def embedded(*options: str) -> Iterator[Endpoint]:
    """A server that verifies signatures, with two accounts; guests take a moment to boot and to stop."""
    with tempfile.TemporaryDirectory(prefix="ec2api-conformance-") as folder:
        port, secure = free_port(), free_port()
        log = Path(folder, "log")
        arguments = ("--data-dir", folder, "--port", str(port), "--auth-mode", "sigv4", "--log-level", "error")
        guests = ("--simulated-boot-seconds", "0.4", "--simulated-stop-seconds", "0.4")
        store = ("--tls-self-signed", "--tls-port", str(secure), "--s3-day-seconds", str(DAY_SECONDS))
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*COMMAND, "serve", *arguments, *guests, *store, *options],
                stdout=output,
                stderr=output,
                env=_environment(),
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, log)
            accounts = [_new_key(folder, account) for account in ("111122223333", "444455556666")]
            yield Endpoint(
                (url,),
                REGION,
                accounts[0],
                accounts[1],
                OTHER_REGION,
                secure_urls=(f"https://127.0.0.1:{secure}",),
                certificate=Path(folder, "tls-cert.pem"),
                s3_day_seconds=DAY_SECONDS,
            )
        finally:
            process.terminate()
            end(process)
        text = log.read_text(errors="replace")
        assert "Traceback" not in text, text[-5000:]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("EC2API_", "AWS_"))}


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_health", timeout=5) as answer:
                assert json.load(answer)["database"]["ok"]
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server is not ready:\n{log.read_text(errors='replace')[-3000:]}")


def _new_key(folder: str, account: str) -> Credentials:
    command = [*COMMAND, "keys", "--data-dir", folder, "create", "--account", account, "--output", "json"]
    printed = subprocess.run(command, check=True, capture_output=True, env=_environment()).stdout
    key = json.loads(printed)
    return Credentials(account, key["AccessKeyId"], key["SecretAccessKey"])
