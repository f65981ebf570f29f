"""Tools against a server that verifies no signatures, as it is started without any option: any keys will do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.embedded import embedded
from conformance.endpoint import Credentials, Endpoint
from conformance.test_cli import CLIS, Cli
from conformance.tools import trees
from conformance.tools.program import needed
from conformance.tools.test_s3_rclone import PROGRAM as RCLONE
from conformance.tools.test_s3_rclone import Rclone
from conformance.tools.test_s3_restic import PROGRAM as RESTIC
from conformance.tools.test_s3_restic import Restic
from conformance.tools.test_s3_s3cmd import PROGRAM as S3CMD
from conformance.tools.test_s3_s3cmd import S3cmd


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    if request.config.getoption("--endpoint"):
        pytest.skip("the endpoint is what it is")
    with embedded("--auth-mode", "open") as found:
        yield Endpoint(found.urls, found.region, Credentials("123456789012", "123456789012", "anything"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    trees.grow(tmp_path / "tree", 20)
    return tmp_path / "tree"


@pytest.mark.parametrize("version", CLIS)
def test_aws_cli(opened: Endpoint, tree: Path, name: str, version: str) -> None:
    cli = Cli(needed(CLIS[version]), opened)
    cli.text("s3 mb s3://{b}", b=name)
    cli.text("s3 sync {tree} s3://{b}", tree=tree, b=name)
    cli.text("s3 sync s3://{b} {back}", back=tree.with_name("back"), b=name)
    assert trees.hashes(tree.with_name("back")) == trees.hashes(tree)
    cli.text("s3 rb s3://{b} --force", b=name)


def test_rclone(opened: Endpoint, tree: Path, name: str) -> None:
    needed(RCLONE)
    rclone = Rclone(opened, tree.parent, "Other")
    rclone("sync", tree, f"cloud:{name}")
    rclone("check", tree, f"cloud:{name}", "--download")
    rclone("purge", f"cloud:{name}")


def test_s3cmd(opened: Endpoint, tree: Path, name: str) -> None:
    needed(S3CMD)
    s3cmd = S3cmd(opened, tree.parent)
    s3cmd("mb", f"s3://{name}")
    s3cmd("sync", f"{tree}/", f"s3://{name}/")
    s3cmd("sync", f"s3://{name}/", f"{tree.with_name('back')}/")
    assert trees.hashes(tree.with_name("back")) == trees.hashes(tree)
    s3cmd("rb", "--recursive", "--force", f"s3://{name}")


def test_restic(opened: Endpoint, tree: Path, name: str) -> None:
    needed(RESTIC)
    restic = Restic(opened, name, tree.parent)
    restic("init")  # makes the bucket, too
    restic("backup", tree)
    assert "no errors were found" in restic("check", "--read-data")
