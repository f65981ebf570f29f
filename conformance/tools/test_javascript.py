"""The AWS SDK for JavaScript, version 3: the tests in javascript/, which node's own test runner passes."""

import re
import shutil
from pathlib import Path

import pytest

from conformance.endpoint import Endpoint
from conformance.tools.program import environment, needed, run

FOLDER = Path(__file__).with_name("javascript")
LIMIT_SECONDS = 60


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("*.test.js")))
def test_javascript(endpoint: Endpoint, tmp_path: Path, name: str) -> None:
    pass_all(endpoint, tmp_path, name)


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("s3*.test.js")))
def test_javascript_over_tls(endpoint: Endpoint, tmp_path: Path, name: str) -> None:
    if not endpoint.secure_urls:
        pytest.skip("the endpoint is not known to speak TLS")
    pass_all(endpoint.secure, tmp_path, name)


def pass_all(endpoint: Endpoint, home: Path, name: str) -> None:
    needed(FOLDER / "node_modules")
    node = shutil.which("node") or "/usr/bin/node"
    env = {**environment(endpoint, home), "ACCOUNT": endpoint.credentials.account}
    if endpoint.certificate:
        env["NODE_EXTRA_CA_CERTS"] = str(endpoint.certificate)
    command = [node, "--no-warnings", "--test", "--test-reporter=tap", name]
    printed = run(command, env, folder=FOLDER, seconds=LIMIT_SECONDS)
    counted = dict(re.findall(r"^# (pass|fail|skipped|todo) (\d+)$", printed, re.MULTILINE))
    declared = len(re.findall(r"^test\(", (FOLDER / name).read_text(), re.MULTILINE))
    assert counted == {"pass": str(declared), "fail": "0", "skipped": "0", "todo": "0"}, printed
