"""restic with its repository in a bucket: backups, what they hold, and what is forgotten."""

import json
import shutil
from pathlib import Path

import pytest

from conformance.endpoint import Endpoint
from conformance.tools import trees
from conformance.tools.program import attempt, environment, needed, run

PROGRAM = Path("/usr/bin/restic")
LIMIT_SECONDS = 120


class Restic:
    """Runs `restic ...` on one repository."""

    def __init__(self, endpoint: Endpoint, bucket: str, home: Path) -> None:
        self.home = home
        self.env = {
            **environment(endpoint, home),
            "RESTIC_REPOSITORY": f"s3:{endpoint.url}/{bucket}/backups",
            "RESTIC_PASSWORD": "secret",
        }
        self.options = [f"--cacert={endpoint.certificate}"] if endpoint.certificate else []

    def __call__(self, *words: str | Path) -> str:
        return run([PROGRAM, *self.options, *words], self.env, folder=self.home, seconds=LIMIT_SECONDS)


@pytest.fixture(params=["http", "https"])
def restic(request: pytest.FixtureRequest, endpoint: Endpoint, bucket: str, tmp_path: Path) -> Restic:
    needed(PROGRAM)
    if request.param == "https" and not endpoint.secure_urls:
        pytest.skip("the endpoint is not known to speak TLS")
    return Restic(endpoint.secure if request.param == "https" else endpoint, bucket, tmp_path)


def test_backups(restic: Restic, tmp_path: Path) -> None:
    tree, first, second = tmp_path / "tree", tmp_path / "first", tmp_path / "second"
    trees.grow(tree, 300)
    trees.large(tree / "large", 24)
    before = trees.hashes(tree)
    restic("init")
    restic("backup", tree)
    (tree / "empty").unlink()
    shutil.rmtree(tree / "folder 01")
    trees.large(tree / "another", 8)
    restic("backup", tree)
    assert "no errors were found" in restic("check", "--read-data")
    snapshots = json.loads(restic("snapshots", "--json"))
    assert len(snapshots) == 2
    restic("restore", snapshots[0]["id"], "--target", first)
    restic("restore", "latest", "--target", second)
    assert trees.hashes(first / tree.relative_to("/")) == before
    assert trees.hashes(second / tree.relative_to("/")) == trees.hashes(tree)
    restic("forget", "--keep-last", "1", "--prune")
    assert len(json.loads(restic("snapshots", "--json"))) == 1
    assert "no errors were found" in restic("check", "--read-data")
    restored = tmp_path / "third"
    restic("restore", "latest", "--target", restored)
    assert trees.hashes(restored / tree.relative_to("/")) == trees.hashes(tree)
    assert restic("list", "locks") == ""


def test_a_wrong_secret(restic: Restic, tmp_path: Path) -> None:
    env = {**restic.env, "AWS_SECRET_ACCESS_KEY": "wrong"}
    done = attempt([PROGRAM, *restic.options, "init"], env, folder=tmp_path, seconds=LIMIT_SECONDS)
    assert done.returncode != 0
    assert "Access Denied" in done.stderr
