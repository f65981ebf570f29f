"""The bytes of an object, from where they lie: the row, a blob, or the parts of its upload; decrypted on the way."""

from collections.abc import Sequence
from contextlib import ExitStack
from io import BytesIO
from typing import BinaryIO

from backend import key_file
from backend.blobs.base import NoSuchBlob
from backend.db.conflicts import Overtaken
from backend.db.models import ObjectVersion, Part
from backend.s3 import encryption, encryption_headers
from backend.s3.encryption import Sealed
from backend.s3.encryption_headers import CustomerKey
from ec2api.s3.call import S3Call
from ec2api.s3.output import FileSource, Source


def source(
    call: S3Call, version: ObjectVersion, start: int, end: int, customer: CustomerKey | None, parts: Sequence[Part] = ()
) -> Source:
    """The bytes from ``start`` up to, not including, ``end``. ``parts``: of ``parts_of``.

    Files are open when it returns, so an object stays whole while it is sent, whoever overwrites it meanwhile.
    Overtaken where it was deleted since its row was read.
    """
    if not parts:
        return _piece(call, version, start, end, customer)
    pieces, at = [], 0
    with ExitStack() as opened:
        for part in parts:
            first, last = max(start - at, 0), min(end - at, part.size)
            if first < last:
                pieces.append(_piece(call, part, first, last, customer))
                opened.callback(pieces[-1].close)
            at += part.size
        opened.pop_all()
    if len(pieces) == 1:
        return pieces[0]
    return Source((block for piece in pieces for block in piece), end - start, pieces)


def check_key(call: S3Call, version: ObjectVersion, parts: Sequence[Part], customer: CustomerKey | None) -> None:
    """The refusal of a request that could not read the bytes: without the customer's key, or with another one."""
    stored: ObjectVersion | Part = parts[0] if parts else version
    _key(call, stored, customer)


def _key(call: S3Call, stored: ObjectVersion | Part, customer: CustomerKey | None) -> bytes | None:
    sealed = Sealed.from_json(stored.sealed) if stored.sealed else None
    return encryption_headers.open_key(sealed, customer, key_file.at(call.settings.key_path))


def _piece(call: S3Call, stored: ObjectVersion | Part, start: int, end: int, customer: CustomerKey | None) -> Source:
    key = _key(call, stored, customer)
    data: bytes | None = getattr(stored, "data", None)
    if stored.blob is None:
        if key is None:
            return Source(iter([(data or b"")[start:end]]), end - start)
        return Source(encryption.open_range(BytesIO(data or b""), key, stored.size, start, end), end - start)
    file = open_blob(call, stored.blob)
    if key is None:
        return FileSource(file, start, end - start)
    return Source(encryption.open_range(file, key, stored.size, start, end), end - start, [file])


def open_blob(call: S3Call, name: str) -> BinaryIO:
    try:
        return call.cloud.objects.open(name)
    except NoSuchBlob:
        raise Overtaken from None
