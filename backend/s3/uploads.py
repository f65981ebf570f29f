"""The end of multipart uploads: what they leave when they are aborted, or when their object goes."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from backend.db import reading
from backend.db.models import Bucket, Part, Upload
from backend.db.unit_of_work import UnitOfWork


def remove(uow: UnitOfWork, rows: Sequence[int]) -> None:
    """Uploads by their rows, with their parts; the bytes go after the commit."""
    parts = reading.table_of(Part).c
    uow.discard(uow.for_reading().execute(select(parts.blob).where(parts.upload.in_(rows))).scalars())
    uow.execute(delete(Part).where(Part.upload.in_(rows)))
    uow.execute(delete(Upload).where(Upload.row.in_(rows)))


def abort_all(uow: UnitOfWork, bucket: Bucket) -> None:
    table = reading.table_of(Upload).c
    rows = uow.for_reading().execute(select(table.row).where(table.bucket == bucket.row)).scalars().all()
    if rows:
        remove(uow, rows)
