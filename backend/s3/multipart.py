"""Multipart uploads: begun, filled with parts in any order, and completed into one object or aborted.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from backend import errors
from backend.db import reading
from backend.db.conflicts import Overtaken
from backend.db.models import Bucket, ObjectVersion, Part, Upload
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import checksums, objects, uploads
from backend.s3.bodies import Body
from backend.s3.objects import Attributes, Condition

LEAST = 5 * 2**20
"""Bytes of a part that is not the last one."""
MOST_PARTS = 10_000

FULL, COMPOSITE = "FULL_OBJECT", "COMPOSITE"
_ONLY_FULL = frozenset({"CRC64NVME"})
_EITHER = frozenset({"CRC32", "CRC32C"})

_PARTS = reading.table_of(Part)
_ALL = reading.Prepared(Part, _PARTS.c.upload == bindparam("upload_row"))
_ONE = reading.Prepared(Part, _PARTS.c.upload == bindparam("upload_row"), _PARTS.c.number == bindparam("part_number"))
_OBJECTS = reading.table_of(ObjectVersion).c


@dataclass(frozen=True)
class Wanted:
    """A part as the completion of an upload names it; ``stated``: the checksums it is said to have, by algorithm."""

    number: int
    etag: str
    stated: Mapping[str, str]


def checksum_of(algorithm: str | None, kind: str | None) -> tuple[str | None, str | None]:
    """The algorithm and the type of an upload's checksum, as it is begun. InvalidRequest for two that do not go."""
    if algorithm is None:
        if kind is not None:
            reason = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            raise errors.InvalidRequest(reason=reason)
        return None, None
    default = FULL if algorithm in _ONLY_FULL else COMPOSITE
    chosen = kind or default
    if (chosen == FULL and algorithm not in _ONLY_FULL | _EITHER) or (chosen == COMPOSITE and algorithm in _ONLY_FULL):
        reason = f"The {chosen} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        raise errors.InvalidRequest(reason=reason)
    return algorithm, chosen


def begin(uow: UnitOfWork, bucket: Bucket, key: str, attributes: Attributes, initiator: str, **columns: Any) -> Upload:
    """``columns``: more of the row's."""
    id = secrets.token_urlsafe(48)
    row = {"id": id, "bucket": bucket.row, "key": key, "initiator": initiator, **vars(attributes), **columns}
    uow.execute(insert(reading.table_of(Upload)).values(**row))
    return require(uow, bucket, key, id)


def find(uow: UnitOfWork, bucket: Bucket, key: str, id: str) -> Upload:
    """NoSuchUpload; also one that is completed is found."""
    found: Upload | None = reading.find(uow, Upload.id, id)
    if found is None or found.bucket != bucket.row or found.key != key:
        raise errors.NoSuchUpload(upload_id=id)
    return found


def require(uow: UnitOfWork, bucket: Bucket, key: str, id: str) -> Upload:
    """NoSuchUpload where it is not there, or no longer open."""
    found = find(uow, bucket, key, id)
    if found.completed:
        raise errors.NoSuchUpload(upload_id=id)
    return found


def put_part(uow: UnitOfWork, upload: Upload, number: int, body: Body, digest: str) -> None:
    """Add a part, or replace the one of the same number. ``digest``: the MD5 of its bytes, in hexadecimal."""
    for old in _ONE(uow, upload_row=upload.row, part_number=number):
        uow.execute(delete(_PARTS).where(_PARTS.c.upload == upload.row, _PARTS.c.number == number))
        uow.discard([old.blob])
    row = {"size": body.size, "etag": body.etag, "blob": body.blob, "checksum": body.checksum, "sealed": body.sealed}
    uow.execute(insert(_PARTS).values(upload=upload.row, number=number, md5=digest, **row))


def parts(uow: UnitOfWork, upload: Upload) -> list[Part]:
    """All parts, in the order of their numbers."""
    return _ALL(uow, upload_row=upload.row)


def parts_of(uow: UnitOfWork, version: ObjectVersion) -> list[Part]:
    """Of an object that an upload made, in their order; empty for any other."""
    return [] if version.upload is None else _ALL(uow, upload_row=version.upload)


def chosen(available: Sequence[Part], wanted: Sequence[Wanted], algorithm: str | None) -> list[Part]:
    """The parts that an object is to be made of. InvalidPartOrder, InvalidPart, EntityTooSmall."""
    numbers = [part.number for part in wanted]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise errors.InvalidPartOrder()
    known = {part.number: part for part in available}
    found = []
    for part in wanted:
        there = known.get(part.number)
        stated = part.stated.get(algorithm) if algorithm else None
        if there is None or there.etag != part.etag.strip('"') or (stated and stated != there.checksum):
            raise errors.InvalidPart(part_number=part.number, etag=part.etag, upload_id="")
        found.append(there)
    for there in found[:-1]:
        if there.size < LEAST:
            raise errors.PartTooSmall(size=there.size, least=LEAST, part_number=there.number, etag=there.etag)
    return found


def whole(upload: Upload, found: Sequence[Part], *, random_etag: bool) -> Body:
    """The object that parts make: its ETag, its size and its checksum."""
    joined = md5(b"".join(bytes.fromhex(part.md5) for part in found), usedforsecurity=False).hexdigest()
    etag = secrets.token_hex(16) if random_etag else joined
    algorithm, kind = upload.checksum_algorithm or checksums.DEFAULT, upload.checksum_type or FULL
    checksum = None
    if all(part.checksum for part in found):
        digests = [checksums.validate(algorithm, part.checksum or "") or b"" for part in found]
        if kind == FULL:
            pairs = zip(digests, (part.size for part in found), strict=True)
            checksum = checksums.encode(checksums.combine(algorithm, pairs))
        else:
            checksum = checksums.composite(algorithm, digests)
    return Body(
        sum(part.size for part in found),
        f"{etag}-{len(found)}",
        upload=upload.row,
        sealed=upload.encryption,
        checksum=checksum,
        checksum_algorithm=algorithm if checksum else None,
        checksum_type=kind if checksum else None,
    )


def complete(
    uow: UnitOfWork, bucket: Bucket, upload: Upload, found: Sequence[Part], body: Body, condition: Condition | None
) -> ObjectVersion:
    """Make the object of ``found``. Parts that are not among them go."""
    kept = {part.number for part in found}
    rest = [part for part in parts(uow, upload) if part.number not in kept]
    if rest:
        numbers = [part.number for part in rest]
        uow.execute(delete(_PARTS).where(_PARTS.c.upload == upload.row, _PARTS.c.number.in_(numbers)))
        uow.discard(part.blob for part in rest)
    table = reading.table_of(Upload)
    changed = uow.execute(update(table).where(table.c.row == upload.row, ~table.c.completed).values(completed=True))
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Overtaken
    names = Attributes.__dataclass_fields__
    attributes = Attributes(**{name: getattr(upload, name) for name in names})
    return objects.put(uow, bucket, upload.key, body, attributes, condition)


def made_of(uow: UnitOfWork, upload: Upload) -> ObjectVersion | None:
    """The object that an upload was completed into."""
    found = reading.where(uow, ObjectVersion, _OBJECTS.upload == upload.row, without=frozenset({"data"}))
    return found[0] if found else None


def origin(uow: UnitOfWork, version: ObjectVersion) -> Upload | None:
    """The upload that an object was completed from, if any."""
    found: Upload | None = None if version.upload is None else reading.find(uow, Upload.row, version.upload)
    return found


def abort(uow: UnitOfWork, upload: Upload) -> None:
    uploads.remove(uow, [upload.row])
