"""The AWS CLI's `s3` and `s3api`: version 2 (from Debian), and version 1 (from PyPI) which sends checksums unasked."""

import json
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.buckets import remove
from conformance.endpoint import Endpoint
from conformance.test_cli import CLIS, Cli
from conformance.tools import trees
from conformance.tools.program import needed


def cli_of(endpoint: Endpoint, program: str, scheme: str = "http") -> Cli:
    if scheme == "https" and not endpoint.secure_urls:
        pytest.skip("the endpoint is not known to speak TLS")
    return Cli(needed(CLIS[program]), endpoint.secure if scheme == "https" else endpoint)


@pytest.fixture(params=["v2-http", "v1-https"])
def cli(request: pytest.FixtureRequest, endpoint: Endpoint) -> Cli:
    return cli_of(endpoint, *request.param.split("-"))


@pytest.fixture
def made(s3: Any, name: str) -> Iterator[str]:
    """The name of a bucket that a test makes itself."""
    yield name
    remove(s3, name)


def fetched(url: str, endpoint: Endpoint, method: str = "GET", body: bytes | None = None) -> bytes:
    context = ssl.create_default_context(cafile=str(endpoint.certificate)) if url.startswith("https") else None
    with urllib.request.urlopen(urllib.request.Request(url, body, method=method), context=context) as answer:
        read: bytes = answer.read()
        return read


def test_s3(cli: Cli, made: str, tmp_path: Path) -> None:
    source, back = tmp_path / "a b+c.txt", tmp_path / "back"
    source.write_text("hello")
    assert cli.text("s3 mb s3://{b}", b=made) == f"make_bucket: {made}"
    assert "BucketAlreadyOwnedByYou" in cli.run("s3 mb s3://{b} --region eu-west-1", b=made).stderr
    cli.text("s3 cp {f} s3://{b}/docs/", f=source, b=made)
    assert re.search(r" +5 a b\+c\.txt$", cli.text("s3 ls s3://{b}/docs/", b=made))
    assert "PRE docs/" in cli.text("s3 ls s3://{b}", b=made)
    assert made in cli.text("s3 ls")
    cli.text("s3 cp 's3://{b}/docs/a b+c.txt' {f}", f=back, b=made)
    assert back.read_text() == "hello"
    cli.text("s3 cp 's3://{b}/docs/a b+c.txt' 's3://{b}/copy of +.txt' --metadata-directive REPLACE", b=made)
    cli.text("s3 mv 's3://{b}/copy of +.txt' s3://{b}/moved.txt", b=made)
    summary = cli.text("s3 ls s3://{b} --recursive --summarize", b=made)
    assert ("moved.txt" in summary, "copy of" in summary) == (True, False)
    assert "Total Objects: 2" in summary
    url = cli.text("s3 presign 's3://{b}/docs/a b+c.txt' --expires-in 60", b=made)
    assert fetched(url, cli.endpoint) == b"hello"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetched(url.replace("a%20b", "a%20c"), cli.endpoint)
    done = cli.run("s3 rb s3://{b}", b=made)
    assert (done.returncode, "BucketNotEmpty" in done.stderr) == (1, True)
    cli.text("s3 rm s3://{b} --recursive --exclude '*' --include 'docs/*'", b=made)
    assert cli.text("s3 rb s3://{b} --force", b=made).endswith(f"remove_bucket: {made}")
    assert "NoSuchBucket" in cli.run("s3 ls s3://{b}", b=made).stderr


def test_s3api(cli: Cli, made: str, tmp_path: Path) -> None:
    body, back = tmp_path / "body", tmp_path / "back"
    body.write_bytes(b"hello")
    about = {"b": made, "body": body, "back": back}
    cli.text("s3api create-bucket --bucket {b}", **about)
    put = cli.json(
        "s3api put-object --bucket {b} --key k --body {body} --content-type text/x --metadata a=b"
        " --checksum-algorithm SHA256 --tagging one=1",
        **about,
    )
    assert put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert put["ChecksumSHA256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    got = cli.json("s3api get-object --bucket {b} --key k --checksum-mode ENABLED {back}", **about)
    assert (back.read_bytes(), got["ContentType"], got["Metadata"]) == (b"hello", "text/x", {"a": "b"})
    assert got["ChecksumSHA256"] == put["ChecksumSHA256"]
    head = cli.json("s3api head-object --bucket {b} --key k", **about)
    assert (head["ContentLength"], head["ETag"]) == (5, put["ETag"])
    assert "(404)" in cli.fails("s3api head-object --bucket {b} --key absent", **about)
    part = cli.json("s3api get-object --bucket {b} --key k --range bytes=1-2 {back}", **about)
    assert (part["ContentRange"], back.read_bytes()) == ("bytes 1-2/5", b"el")
    cli.text("s3api put-bucket-versioning --bucket {b} --versioning-configuration Status=Enabled", **about)
    assert cli.json("s3api get-bucket-versioning --bucket {b}", **about) == {"Status": "Enabled"}
    version = cli.json("s3api put-object --bucket {b} --key k --body {body}", **about)["VersionId"]
    marker = cli.json("s3api delete-object --bucket {b} --key k", **about)
    assert marker["DeleteMarker"] is True
    listed = cli.json("s3api list-object-versions --bucket {b}", **about)
    assert [v["VersionId"] for v in listed["Versions"]] == [version, "null"]
    assert [m["VersionId"] for m in listed["DeleteMarkers"]] == [marker["VersionId"]]
    cli.text("s3api delete-object --bucket {b} --key k --version-id {m}", m=marker["VersionId"], **about)
    tags = {"TagSet": [{"Key": "ключ", "Value": "a b+c"}]}
    cli.text("s3api put-object-tagging --bucket {b} --key k --tagging {tags}", tags=json.dumps(tags), **about)
    assert cli.json("s3api get-object-tagging --bucket {b} --key k", **about)["TagSet"] == tags["TagSet"]
    cli.text("s3api delete-object-tagging --bucket {b} --key k", **about)
    assert cli.json("s3api get-object-tagging --bucket {b} --key k", **about)["TagSet"] == []
    cli.text("s3api put-bucket-tagging --bucket {b} --tagging 'TagSet=[{{Key=x,Value=y}}]'", **about)
    assert cli.json("s3api get-bucket-tagging --bucket {b}", **about) == {"TagSet": [{"Key": "x", "Value": "y"}]}
    listed = cli.json("s3api list-objects-v2 --bucket {b} --query Contents[].[Key,Size]", **about)
    assert listed == [["k", 5]]


@pytest.mark.parametrize(("program", "files"), [("v2-http", 200), ("v1-https", 1000)])
def test_files_there_and_back(endpoint: Endpoint, bucket: str, tmp_path: Path, program: str, files: int) -> None:
    cli = cli_of(endpoint, *program.split("-"))
    there, back = tmp_path / "there", tmp_path / "back"
    trees.grow(there, files)
    about = {"b": bucket, "there": there, "back": back}
    cli.text("s3 sync {there} s3://{b}/tree --only-show-errors", **about)
    assert cli.text("s3 sync {there} s3://{b}/tree", **about) == ""
    listed = cli.text("s3 ls s3://{b}/tree/ --recursive --summarize", **about)
    assert f"Total Objects: {files}" in listed
    cli.text("s3 sync s3://{b}/tree {back} --only-show-errors", **about)
    assert trees.hashes(back) == trees.hashes(there)
    (there / "folder 00/file-0001.bin").unlink()
    (there / "folder 00/file-0002.bin").write_bytes(b"another")
    changed = cli.text("s3 sync {there} s3://{b}/tree --delete --no-progress", **about)
    assert sorted(line.split(":")[0] for line in changed.splitlines()) == ["delete", "upload"]


@pytest.mark.parametrize("program", ["v2-http", "v1-https"])
def test_200_mebibytes_in_parts(endpoint: Endpoint, s3: Any, bucket: str, tmp_path: Path, program: str) -> None:
    cli = cli_of(endpoint, *program.split("-"))
    source = trees.large(tmp_path / "large", 200)
    about = {"b": bucket, "source": source, "back": tmp_path / "back"}
    cli.text("s3 cp {source} s3://{b}/large --only-show-errors", **about)
    head = s3.head_object(Bucket=bucket, Key="large")
    assert head["ContentLength"] == 200 * 2**20
    assert head["ETag"].endswith('-25"')
    cli.text("s3 cp s3://{b}/large {back} --only-show-errors", **about)
    assert trees.hash_of(tmp_path / "back") == trees.hash_of(source)
