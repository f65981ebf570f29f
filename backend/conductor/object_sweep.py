"""Deletes the bytes of objects that no row names: a crash, or a lost connection to the database, left them.

Bytes are written before the row that names them is committed, and deleted after the commit that forgets them. So a row
always has its bytes, and what is swept here is what was between the two.
"""

import logging
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select

from backend import clock
from backend.cloud import Cloud
from backend.db import reading
from backend.db.models import ObjectVersion, Part

log = logging.getLogger(__name__)

BATCH = 500

_versions, _parts = reading.table_of(ObjectVersion).c, reading.table_of(Part).c


def collect(cloud: Cloud, before: datetime | None = None) -> int:
    """Delete blobs, and what is left of half-written ones, that were stored before a time (the setting
    ``orphan_seconds`` ago) and that no row names; how many blobs. Holds ``BATCH`` names at a time."""
    before = before or clock.now() - timedelta(seconds=cloud.settings.orphan_seconds)
    names = cloud.objects.older(before)
    deleted = 0
    while some := list(islice(names, BATCH)):
        orphans = set(some) - _named(cloud, some)
        cloud.objects.delete(orphans)
        deleted += len(orphans)
    if deleted:
        log.info("deleted %d blobs that no object names", deleted)
    return deleted


def _named(cloud: Cloud, names: list[str]) -> set[str]:
    with cloud.everywhere(write=False) as uow:
        connection = uow.for_reading()
        return {
            name
            for column in (_versions.blob, _parts.blob)
            for name in connection.scalars(select(column).where(column.in_(names)))
        }
