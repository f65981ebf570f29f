"""A request's body on its way to disk: read once, hashed, and encrypted where the object is to be."""

from collections.abc import Iterable
from hashlib import md5
from typing import Any

from backend import key_file
from backend.s3 import checksums, encryption, encryption_headers
from backend.s3.bodies import INLINE, Body, store
from backend.s3.encryption import Sealed
from backend.s3.encryption_headers import Choice, CustomerKey
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
    digest = md5(usedforsecurity=False)
    running = checksums.hasher(algorithm) if algorithm else None
    size = 0

    def hashed() -> Iterable[bytes]:
        nonlocal size
        for part in parts:
            digest.update(part)
            if running:
                running.update(part)
            size += len(part)
            yield part

    data, blob, sealed = write(call, hashed(), wanted, inline=inline)
    body = Body(
        size,
        encryption_headers.etag(wanted, digest.hexdigest()),
        data,
        blob,
        sealed=sealed,
        checksum=checksums.encode(running.digest()) if running else None,
        checksum_algorithm=algorithm,
        checksum_type="FULL_OBJECT" if running else None,
    )
    return body, digest.hexdigest()


def write(
    call: S3Call, parts: Iterable[bytes], wanted: Choice | None, *, inline: int
) -> tuple[bytes | None, str | None, dict[str, Any] | None]:
    """Where the bytes lie now, and how they are encrypted. A blob goes again unless the call succeeds."""
    sealed: Sealed | None = None
    if wanted is not None:
        sealed, key = encryption_headers.new_key(wanted, key_file.at(call.settings.key_path))
        parts = encryption.seal(parts, key)
    data, blob = store(call.cloud.objects, parts, inline=inline)
    if blob is not None:
        call.written.append(blob)
    return data, blob, sealed.as_json() if sealed else None
