"""The files that real guests boot from, of images which tasks make: where ``ec2api image import`` keeps its own.

Hosts that only simulate their guests need none.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from backend.conductor.disk_exports import blocks_of
from backend.conductor.disk_tasks import Claim, Stopped
from backend.db import reading
from backend.db.models import Host
from backend.db.unit_of_work import UnitOfWork
from backend.disk_images import raw
from backend.errors import CloudError
from backend.scheduler.request import SIMULATED

SECTOR = 512

_HOSTS = reading.table_of(Host).c


@contextmanager
def boot_file(claim: Claim, image_id: str, manifest_id: str | None, size: int) -> Iterator[dict[str, str]]:
    """The columns ``path`` and ``path_format`` of a new image with this root disk, none where no host needs them.

    The file is whole and on disk when the block begins, and gone again if the block fails.
    """
    if not claim.read(_has_real_hosts):
        yield {}
        return
    folder = claim.cloud.settings.data_dir.resolve() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    draft, target = claim.folder / "boot", folder / f"{image_id}.raw"
    disk = {"path": None, "manifest": manifest_id, "size": size}
    raw.write_file(draft, -(-size // SECTOR) * SECTOR, blocks_of(claim, disk, (95, 99)))
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(target)
    try:
        yield {"path": str(target), "path_format": "raw"}
    except (Stopped, CloudError):
        target.unlink(missing_ok=True)
        raise


def _has_real_hosts(uow: UnitOfWork) -> bool:
    real = select(_HOSTS.name).where(_HOSTS.driver != SIMULATED).limit(1)
    return uow.for_reading().execute(real).first() is not None
