"""Collects contents that no snapshot or volume has, blocks that no content lists, and blobs that no row knows."""

import logging
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement, and_, delete, exists, select

from backend import clock
from backend.cloud import Cloud
from backend.db import reading
from backend.db.models import BlockManifest, ManifestBlock, Snapshot, StoredBlock, Volume

log = logging.getLogger(__name__)

KEPT = timedelta(hours=1)
"""For so long what nothing uses is left alone: a call may be about to use it."""
BATCH = 500

_manifests, _listed, _stored = (reading.table_of(m) for m in (BlockManifest, ManifestBlock, StoredBlock))


def collect(cloud: Cloud, before: datetime | None = None) -> int:
    """Delete what nothing uses and nothing took up since ``before`` (an hour ago); how many blobs."""
    before = before or clock.now() - KEPT
    while _collect_manifest(cloud, before):
        pass
    deleted = 0
    while gone := _collect_blocks(cloud, before):
        cloud.blocks.delete(gone)
        deleted += len(gone)
    names = cloud.blocks.older(before)
    while some := list(islice(names, BATCH)):
        orphans = _orphans(cloud, some)
        cloud.blocks.delete(orphans)
        deleted += len(orphans)
    if deleted:
        log.info("deleted %d blocks that nothing uses", deleted)
    return deleted


def _collect_manifest(cloud: Cloud, before: datetime) -> bool:
    snapshots, volumes = reading.table_of(Snapshot).c, reading.table_of(Volume).c
    unused = and_(
        _manifests.c.touched_at < before,
        ~exists().where(snapshots.manifest_id == _manifests.c.id),
        ~exists().where(volumes.manifest_id == _manifests.c.id),
    )
    if not _any(cloud, unused, _manifests.c.id):
        return False
    with cloud.everywhere(write=True) as uow:
        connection = uow.for_reading()
        some = select(_manifests.c.id).where(unused).limit(1).scalar_subquery()
        # The condition stands here once more for a row that was taken up while this statement waited for it.
        gone = delete(_manifests).where(_manifests.c.id == some, unused).returning(_manifests.c.id)
        ids = list(connection.scalars(gone))
        connection.execute(delete(_listed).where(_listed.c.manifest_id.in_(ids)))
        cloud.commit(uow)
    return bool(ids)


def _collect_blocks(cloud: Cloud, before: datetime) -> list[str]:
    unused = and_(_stored.c.touched_at < before, ~exists().where(_listed.c.checksum == _stored.c.checksum))
    if not _any(cloud, unused, _stored.c.checksum):
        return []
    with cloud.everywhere(write=True) as uow:
        some = select(_stored.c.checksum).where(unused).limit(BATCH)
        gone = delete(_stored).where(_stored.c.checksum.in_(some), unused).returning(_stored.c.blob)
        blobs = list(uow.for_reading().scalars(gone))
        cloud.commit(uow)
    return blobs


def _any(cloud: Cloud, condition: ColumnElement[bool], column: ColumnElement[str]) -> bool:
    """A look that makes nobody wait: mostly there is nothing to do."""
    with cloud.everywhere(write=False) as uow:
        return uow.for_reading().execute(select(column).where(condition).limit(1)).first() is not None


def _orphans(cloud: Cloud, names: list[str]) -> list[str]:
    with cloud.everywhere(write=False) as uow:
        known = set(uow.for_reading().scalars(select(_stored.c.blob).where(_stored.c.blob.in_(names))))
    return [name for name in names if name not in known]
