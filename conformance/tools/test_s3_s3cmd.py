"""s3cmd with path-style addresses: its own way of signing, parts of 5 MiB, ACLs and signed URLs."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.buckets import remove
from conformance.endpoint import Endpoint
from conformance.tools import trees
from conformance.tools.program import attempt, environment, needed, run

PROGRAM = Path("/usr/bin/s3cmd")
LIMIT_SECONDS = 120


class S3cmd:
    """Runs `s3cmd ...`."""

    def __init__(self, endpoint: Endpoint, home: Path) -> None:
        who, url = endpoint.credentials, urlsplit(endpoint.url)
        self.home, self.env = home, environment(endpoint, home)
        config = home / "s3cfg"
        config.write_text(
            f"[default]\naccess_key = {who.access_key_id}\nsecret_key = {who.secret}\nbucket_location = US\n"
            f"host_base = {url.netloc}\nhost_bucket = {url.netloc}\nuse_https = {url.scheme == 'https'}\n"
            f"ca_certs_file = {endpoint.certificate or ''}\n"
        )
        self.options = [f"--config={config}", "--no-progress"]

    def __call__(self, *words: str | Path) -> str:
        return run([PROGRAM, *self.options, *words], self.env, folder=self.home, seconds=LIMIT_SECONDS)

    def fails(self, *words: str | Path) -> str:
        done = attempt([PROGRAM, *self.options, *words], self.env, folder=self.home, seconds=LIMIT_SECONDS)
        assert done.returncode != 0, done.stdout
        return done.stderr


@pytest.fixture
def s3cmd(endpoint: Endpoint, tmp_path: Path) -> S3cmd:
    needed(PROGRAM)
    return S3cmd(endpoint, tmp_path)


@pytest.fixture
def made(s3cmd: S3cmd, s3: Any, name: str) -> Iterator[str]:
    """The URL of a bucket that s3cmd made."""
    assert "created" in s3cmd("mb", f"s3://{name}")
    yield f"s3://{name}"
    remove(s3, name)


def test_the_life_of_an_object(s3cmd: S3cmd, made: str, tmp_path: Path) -> None:
    source, back = tmp_path / "a b+c%.txt", tmp_path / "back"
    source.write_text("hello")
    url = f"{made}/docs/{source.name}"
    s3cmd("put", source, url, "--mime-type=text/plain", "--add-header=x-amz-meta-a:b")
    assert made in s3cmd("ls")
    assert url in s3cmd("ls", f"{made}/docs/")
    assert f"DIR  {made}/docs/" in s3cmd("ls", made)
    info = s3cmd("info", url)
    assert "File size: 5" in info
    assert "MD5 sum:   5d41402abc4b2a76b9719d911017c592" in info
    assert "MIME type: text/plain" in info
    s3cmd("get", url, back)
    assert back.read_text() == "hello"
    s3cmd("cp", url, f"{made}/copy")
    s3cmd("mv", f"{made}/copy", f"{made}/moved")
    assert s3cmd("du", made).split()[0:2] == ["10", "2"]
    signed = s3cmd("signurl", f"{made}/moved", "+60").strip()
    with urllib.request.urlopen(signed) as answer:
        assert answer.read() == b"hello"
    assert "404" in s3cmd.fails("info", f"{made}/absent")
    s3cmd("setacl", "--acl-public", f"{made}/moved")
    assert "*anon*: READ" in s3cmd("info", f"{made}/moved")
    public = signed.partition("?")[0]
    with urllib.request.urlopen(public) as answer:
        assert answer.read() == b"hello"
    s3cmd("setacl", "--acl-private", f"{made}/moved")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(public)
    assert "BucketNotEmpty" in s3cmd.fails("rb", made)
    s3cmd("del", url)
    s3cmd("del", "--recursive", "--force", made)
    assert "removed" in s3cmd("rb", made)


def test_parts(s3cmd: S3cmd, made: str, tmp_path: Path) -> None:
    source = trees.large(tmp_path / "large", 22)
    s3cmd("put", "--multipart-chunk-size-mb=5", source, f"{made}/large")
    assert f"File size: {22 * 2**20}" in s3cmd("info", f"{made}/large")
    s3cmd("get", f"{made}/large", tmp_path / "back")
    assert trees.hash_of(tmp_path / "back") == trees.hash_of(source)
    assert f"{made}/large" not in s3cmd("multipart", made)


def test_trees(s3cmd: S3cmd, made: str, tmp_path: Path) -> None:
    there, back = tmp_path / "there", tmp_path / "back"
    trees.grow(there, 60)
    s3cmd("sync", f"{there}/", f"{made}/tree/")
    assert "upload" not in s3cmd("sync", f"{there}/", f"{made}/tree/")
    s3cmd("sync", f"{made}/tree/", f"{back}/")
    assert trees.hashes(back) == trees.hashes(there)
    (there / "empty").unlink()
    assert "delete" in s3cmd("sync", "--delete-removed", f"{there}/", f"{made}/tree/")


def test_configurations(s3cmd: S3cmd, made: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",'
        f' "Resource": "arn:aws:s3:::{made.removeprefix("s3://")}/*"}}]}}'
    )
    s3cmd("setpolicy", policy, made)
    assert "s3:GetObject" in s3cmd("info", made)
    s3cmd("delpolicy", made)
    s3cmd("expire", made, "--expiry-days=3", "--expiry-prefix=old/")
    assert "Expiration Rule: objects with key prefix 'old/' will expire in '3' day(s)" in s3cmd("info", made)
