"""Copies versions of objects to the buckets that theirs are replicated to."""

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select

from backend.blobs.base import NoSuchBlob
from backend.cloud import Cloud
from backend.db import conflicts, reading
from backend.db.models import Bucket, ObjectVersion, Part, Upload
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets, multipart, objects, replication

log = logging.getLogger(__name__)

BATCH = 100

_VERSIONS, _BUCKETS = reading.table_of(ObjectVersion).c, reading.table_of(Bucket).c
_UPLOADS, _PARTS = reading.table_of(Upload), reading.table_of(Part)


def run(cloud: Cloud) -> int:
    """Copy what waits to be, the oldest first; how many versions were seen to."""
    with cloud.everywhere(write=False) as uow:
        waiting = select(_VERSIONS.row).where(_VERSIONS.replication_status == replication.PENDING)
        rows = uow.for_reading().execute(waiting.order_by(_VERSIONS.row).limit(BATCH)).scalars().all()
    for row in rows:
        conflicts.again(lambda row=row: _copy(cloud, row))  # type: ignore[misc]
    return len(rows)


def _copy(cloud: Cloud, row: int) -> None:
    copies: list[str] = []
    try:
        with cloud.everywhere(write=True) as uow:
            found = reading.where(uow, ObjectVersion, _VERSIONS.row == row)
            if not found or found[0].replication_status != replication.PENDING:
                return  # deleted meanwhile, or another conductor's
            version = found[0]
            source = uow.records(Bucket, _BUCKETS.row == version.bucket)[0]
            rule = replication.rule_for(buckets.configuration(uow, source, replication.KIND), version)
            there = replication.destination(uow, rule) if rule else None
            status = replication.FAILED
            if rule is not None and there is not None and _may(source, there, version):
                _write(cloud, uow, there, version, rule["Destination"], copies)
                status = replication.COMPLETED
            objects.change(uow, version, replication_status=status)
            cloud.commit(uow)
    except BaseException as fault:
        cloud.objects.delete(copies)
        if not isinstance(fault, NoSuchBlob):  # its version was deleted between
            raise


def _may(source: Bucket, there: Bucket, version: ObjectVersion) -> bool:
    """Whether a version can be copied: what a customer's key encrypts cannot be read here."""
    kind = (version.sealed or {}).get("kind")
    return there.versioning == "Enabled" and there.row != source.row and kind != "SSE-C"


def _write(
    cloud: Cloud,
    uow: UnitOfWork,
    there: Bucket,
    version: ObjectVersion,
    destination: Mapping[str, Any],
    copies: list[str],
) -> None:
    """The same version, of the same id, in the destination. ``copies``: gets the blobs that are made."""
    if objects.version(uow, there, version.key, version.version_id) is not None:
        return

    def copied(blob: str) -> str:
        copies.append(cloud.objects.copy(blob))
        return copies[-1]

    columns = {column.key: getattr(version, column.key) for column in _VERSIONS if column.key != "row"}
    columns["replication_status"] = replication.REPLICA
    columns["storage_class"] = destination.get("StorageClass", version.storage_class)
    if destination.get("AccessControlTranslation"):
        columns |= {"account": there.account, "acl": None}
    if version.blob is not None:
        columns["blob"] = copied(version.blob)
    if version.upload is not None:
        upload = reading.find(uow, Upload.row, version.upload)
        given = {c.key: getattr(upload, c.key) for c in _UPLOADS.c if c.key != "row"}
        given |= {"id": f"{upload.id}:{there.row}", "bucket": there.row}
        row = uow.for_reading().execute(insert(_UPLOADS).values(**given).returning(_UPLOADS.c.row)).scalar_one()
        columns["upload"] = row
        parts = [
            {**{c.key: getattr(part, c.key) for c in _PARTS.c}, "upload": row, "blob": copied(part.blob)}
            for part in multipart.parts(uow, upload)
        ]
        uow.for_reading().execute(insert(_PARTS), parts)
    objects.add_replica(uow, there, version, columns)
