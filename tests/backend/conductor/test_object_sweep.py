"""What crashes leave among the bytes of objects goes; what rows name, and what is young, stays."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from backend import clock
from backend.blobs.base import NoSuchBlob
from backend.cloud import Cloud
from backend.conductor import object_sweep
from backend.db.models import Bucket, ObjectVersion, Part, Upload
from tests.conftest import Embedded

ACCOUNT = "111122223333"
ATTRIBUTES = {"account": ACCOUNT, "headers": {}, "user_metadata": {}, "tags": {}}

CRASH = """
import os, signal, sys
from pathlib import Path
from backend.blobs.filesystem import FilesystemBlobs

def parts():
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)

blobs = FilesystemBlobs(Path(sys.argv[1]))
print(blobs.write([b"whole, and never named"]), flush=True)
blobs.write(parts())
"""


def name_in_rows(cloud: Cloud, object_blobs: list[str], part_blobs: list[str], *, commit: bool = True) -> None:
    with cloud.everywhere(write=True) as uow:
        bucket = Bucket(name=f"bucket-{len(object_blobs)}-{len(part_blobs)}", account=ACCOUNT, region="us-east-1")
        uow.add(bucket)
        uow.flush()
        upload = Upload(id=bucket.name, bucket=bucket.row, key="key", initiator="", **ATTRIBUTES)
        uow.add(upload)
        for blob in object_blobs:
            uow.add(ObjectVersion(bucket=bucket.row, key=blob, version_id="null", blob=blob, **ATTRIBUTES))
        uow.flush()
        for number, blob in enumerate(part_blobs, 1):
            uow.add(Part(upload=upload.row, number=number, size=1, etag="", md5="", blob=blob))
        uow.flush()
        if commit:
            cloud.commit(uow)


def there(cloud: Cloud, name: str) -> bool:
    try:
        cloud.objects.open(name).close()
    except NoSuchBlob:
        return False
    return True


def files(cloud: Cloud) -> list[str]:
    folder = cloud.settings.blobs_path / "objects"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_what_a_killed_process_left_goes(
    new_cloud: Callable[..., Embedded], monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(object_sweep, "BATCH", batch)
    cloud = new_cloud().cloud
    folder = cloud.settings.blobs_path / "objects"
    named = [cloud.objects.write([b"named"]) for _ in range(3)]
    name_in_rows(cloud, named[:2], named[2:])
    killed = subprocess.run(
        [sys.executable, "-c", CRASH, str(folder)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    orphan = killed.stdout.strip()
    assert there(cloud, orphan)
    assert len(list((folder / "partial").iterdir())) == 1
    assert object_sweep.collect(cloud) == 0  # it may be about to be named
    assert len(files(cloud)) == 5
    later = clock.now() + timedelta(seconds=5)
    assert object_sweep.collect(cloud, later) == 1
    assert files(cloud) == sorted(named)
    assert object_sweep.collect(cloud, later) == 0


def test_what_was_not_committed_goes(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud().cloud
    orphans = [cloud.objects.write([b"bytes"]) for _ in range(2)]
    name_in_rows(cloud, orphans[:1], orphans[1:], commit=False)
    kept = cloud.objects.write([b"bytes"])
    name_in_rows(cloud, [kept], [])
    assert object_sweep.collect(cloud, clock.now() + timedelta(seconds=5)) == 2
    assert files(cloud) == [kept]


def test_the_conductor_sweeps_by_itself(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud(orphan_seconds=0.1).cloud
    orphan = cloud.objects.write([b"bytes"])
    deadline = time.monotonic() + 10
    while there(cloud, orphan):
        assert time.monotonic() < deadline
        time.sleep(0.02)
