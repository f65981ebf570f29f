"""rclone, as people use it with an S3 of their own: copy, sync, check, parts, copies on the server, links."""

import json
import urllib.request
from pathlib import Path

import pytest

from conformance.endpoint import Endpoint
from conformance.tools import trees
from conformance.tools.program import attempt, environment, needed, run

PROGRAM = Path("/usr/bin/rclone")
LIMIT_SECONDS = 120


class Rclone:
    """Runs `rclone ...` with a remote `cloud`."""

    def __init__(self, endpoint: Endpoint, home: Path, provider: str) -> None:
        who = endpoint.credentials
        self.home, self.env = home, environment(endpoint, home)
        self.env.pop("AWS_CA_BUNDLE", None)  # rclone ends where it finds that
        self.config = home / "rclone.conf"
        self.config.write_text(
            f"[cloud]\ntype = s3\nprovider = {provider}\naccess_key_id = {who.access_key_id}\n"
            f"secret_access_key = {who.secret}\nregion = {endpoint.region}\nendpoint = {endpoint.url}\n"
            "force_path_style = true\n"
        )
        self.options = [f"--config={self.config}", "--retries=1", "--low-level-retries=1"]
        if endpoint.certificate:
            self.options.append(f"--ca-cert={endpoint.certificate}")

    def __call__(self, *words: str | Path) -> str:
        return run([PROGRAM, *words, *self.options], self.env, folder=self.home, seconds=LIMIT_SECONDS)

    def fails(self, *words: str | Path) -> str:
        done = attempt([PROGRAM, *words, *self.options], self.env, folder=self.home, seconds=LIMIT_SECONDS)
        assert done.returncode != 0, done.stdout
        return done.stderr


@pytest.fixture(params=["Other-http", "Minio-https"])
def rclone(request: pytest.FixtureRequest, endpoint: Endpoint, tmp_path: Path) -> Rclone:
    needed(PROGRAM)
    provider, scheme = request.param.split("-")
    if scheme == "https" and not endpoint.secure_urls:
        pytest.skip("the endpoint is not known to speak TLS")
    return Rclone(endpoint.secure if scheme == "https" else endpoint, tmp_path, provider)


def test_trees(rclone: Rclone, bucket: str, tmp_path: Path) -> None:
    there, back, remote = tmp_path / "there", tmp_path / "back", f"cloud:{bucket}/tree"
    trees.grow(there, 300)
    rclone("sync", there, remote)
    rclone("check", there, remote, "--download")
    rclone("check", there, remote)
    listed = {e["Path"]: e["Size"] for e in json.loads(rclone("lsjson", "--recursive", "--files-only", remote))}
    assert listed == {name: (there / name).stat().st_size for name in trees.hashes(there)}
    assert len(rclone("lsl", remote).splitlines()) == 300
    assert json.loads(rclone("size", "--json", remote))["count"] == 300
    rclone("copy", remote, back)
    assert trees.hashes(back) == trees.hashes(there)
    changed = there / "folder 00/file-0001.bin"
    changed.write_bytes(b"another")
    (there / "folder 00/file-0002.bin").unlink()
    rclone("sync", there, remote)
    assert rclone("cat", f"{remote}/folder 00/file-0001.bin") == "another"
    assert "file-0002" not in rclone("lsf", f"{remote}/folder 00")
    rclone("copy", remote, f"cloud:{bucket}/copy")  # on the server
    rclone("check", there, f"cloud:{bucket}/copy", "--download")
    rclone("delete", f"cloud:{bucket}/tree")
    assert rclone("lsf", f"cloud:{bucket}") == "copy/\n"
    rclone("purge", f"cloud:{bucket}/copy")
    assert rclone("lsf", f"cloud:{bucket}") == ""


def test_parts(rclone: Rclone, bucket: str, tmp_path: Path) -> None:
    source = trees.large(tmp_path / "large", 32)
    parts = ("--s3-chunk-size=5M", "--s3-upload-cutoff=5M")
    rclone("copyto", source, f"cloud:{bucket}/large", *parts)
    [found] = json.loads(rclone("lsjson", "--hash", f"cloud:{bucket}/large"))
    assert found["Size"] == 32 * 2**20
    rclone("check", tmp_path, f"cloud:{bucket}", "--include=/large")  # by the MD5 that rclone keeps as metadata
    rclone("copyto", f"cloud:{bucket}/large", f"cloud:{bucket}/copied", "--s3-copy-cutoff=10M")
    rclone("moveto", f"cloud:{bucket}/copied", f"cloud:{bucket}/moved")
    rclone("copyto", f"cloud:{bucket}/moved", tmp_path / "back", "--multi-thread-cutoff=5M", "--multi-thread-streams=4")
    assert trees.hash_of(tmp_path / "back") == trees.hash_of(source)
    assert rclone("lsf", f"cloud:{bucket}").split() == ["large", "moved"]
    assert rclone("backend", "list-multipart-uploads", f"cloud:{bucket}").count("UploadId") == 0


def test_buckets_links_and_streams(rclone: Rclone, bucket: str, name: str, tmp_path: Path) -> None:
    own = f"cloud:{name}-of-rclone"
    rclone("mkdir", own)
    assert {f"{name}-of-rclone", bucket} <= {line.split()[-1] for line in rclone("lsd", "cloud:").splitlines()}
    source = tmp_path / "a b+c%.txt"
    source.write_text("hello")
    rclone("copy", source, own, "--metadata", "--header-upload=Content-Language: de")
    assert rclone("cat", f"{own}/{source.name}", "--offset=1", "--count=3") == "ell"
    if "https" not in rclone.config.read_text():
        with urllib.request.urlopen(rclone("link", "--expire=1m", f"{own}/{source.name}").strip()) as answer:
            assert (answer.read(), answer.headers["Content-Language"]) == (b"hello", "de")
    rclone("touch", f"{own}/{source.name}", "--timestamp=2020-01-02T03:04:05")
    assert "2020-01-02" in rclone("lsl", own)
    assert "directory not found" in rclone.fails("lsf", f"cloud:{name}-absent")
    rclone("purge", own)
    assert name + "-of-rclone" not in rclone("lsd", "cloud:")
