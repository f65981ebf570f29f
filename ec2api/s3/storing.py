"""A request's body on its way to disk: read once, hashed, and encrypted where the object is to be."""

from collections.abc import Iterable
from typing import Any

from backend import errors, key_file
from backend.db.models import Upload
from backend.s3 import checksums, contents, encryption_headers
from backend.s3.bodies import INLINE, Body
from backend.s3.encryption_headers import Choice, CustomerKey
from backend.s3.objects import Attributes
from ec2api.s3.call import S3Call

CUSTOMER = frozenset({"SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"})
ENCRYPTION = CUSTOMER | {"ServerSideEncryption", "SSEKMSKeyId", "SSEKMSEncryptionContext", "BucketKeyEnabled"}
CHECKSUMS = {algorithm: f"Checksum{algorithm}" for algorithm in checksums.ALGORITHMS}
"""By algorithm, the member that states a checksum, or shows it. Payloads check those of requests."""
CHECKSUM_MEMBERS = frozenset(CHECKSUMS.values())


def choice(call: S3Call) -> Choice | None:
    """How a new object is to be encrypted: as the request says, or by the bucket's default."""
    bucket = call.bucket
    account = call.caller.account or bucket.account
    return encryption_headers.choose(call.parameters, bucket.encryption, account=account, region=bucket.region)


def customer_key(call: S3Call) -> CustomerKey | None:
    return encryption_headers.customer_key(call.parameters)


def check_stated(call: S3Call, lock: Attributes | Upload) -> None:
    """InvalidRequest for bytes that are to be locked, of which the client does not say what they are."""
    if (lock.lock_mode is not None or lock.legal_hold is not None) and not call.payload.is_stated:
        raise errors.InvalidRequest(
            reason="Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
            "parameters"
        )


def from_payload(call: S3Call, wanted: Choice | None, *, inline: int = INLINE) -> Body:
    """Store the request's body, once it is what the request says that it is."""
    payload = call.payload
    data, blob, sealed = write(call, payload.parts(), wanted, inline=inline)
    found = payload.checksum
    return Body(
        payload.size,
        encryption_headers.etag(wanted, payload.md5),
        data,
        blob,
        sealed=sealed,
        checksum=checksums.encode(found[1]) if found else None,
        checksum_algorithm=found[0] if found else None,
        checksum_type="FULL_OBJECT" if found else None,
    )


def from_bytes(
    call: S3Call, parts: Iterable[bytes], wanted: Choice | None, *, algorithm: str | None, inline: int = INLINE
) -> tuple[Body, str]:
    """Store bytes of this cloud's own, as a copy does; also their MD5 (hexadecimal)."""
    found = contents.write_hashed(
        call.cloud.objects, key_file.at(call.settings.key_path), parts, wanted, algorithm=algorithm, inline=inline
    )
    _note(call, found[0].blob)
    return found


def write(
    call: S3Call, parts: Iterable[bytes], wanted: Choice | None, *, inline: int
) -> tuple[bytes | None, str | None, dict[str, Any] | None]:
    """Where the bytes lie now, and how they are encrypted. A blob goes again unless the call succeeds."""
    found = contents.write(call.cloud.objects, key_file.at(call.settings.key_path), parts, wanted, inline=inline)
    _note(call, found[1])
    return found


def _note(call: S3Call, blob: str | None) -> None:
    if blob is not None:
        call.written.append(blob)
