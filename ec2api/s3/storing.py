"""A request's body on its way to disk: read once, hashed, and encrypted where the object is to be."""

from collections.abc import Iterable, Mapping
from hashlib import md5
from typing import Any

from backend import key_file
from backend.s3 import encryption, encryption_headers
from backend.s3.bodies import Body, store
from backend.s3.encryption import Sealed
from backend.s3.encryption_headers import Choice, CustomerKey
from ec2api.s3.call import S3Call

ENCRYPTION = frozenset(
    {
        "ServerSideEncryption",
        "SSEKMSKeyId",
        "SSEKMSEncryptionContext",
        "BucketKeyEnabled",
        "SSECustomerAlgorithm",
        "SSECustomerKey",
        "SSECustomerKeyMD5",
    }
)
CUSTOMER = frozenset({"SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"})
CHECKSUMS = {
    algorithm: f"Checksum{algorithm}"
    for algorithm in (
        "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128",
    )
}  # fmt: skip
"""The members that state a checksum, by its algorithm; payloads check them."""
CHECKSUM_MEMBERS = frozenset(CHECKSUMS.values())


def choice(call: S3Call) -> Choice | None:
    """How a new object is to be encrypted: as the request says, or by the bucket's default."""
    bucket = call.bucket
    return encryption_headers.choose(
        call.parameters, bucket.encryption, account=call.caller.account or bucket.account, region=bucket.region
    )


def from_payload(call: S3Call, wanted: Choice | None, *, inline: bool = True, algorithm: str | None = None) -> Body:
    """Store the request's body. ``algorithm``: of the checksum to compute where the client stated none."""
    payload = call.payload
    payload.compute(algorithm)
    stored = write(call, payload.parts(), wanted, inline=inline)
    found = payload.checksum
    return Body(
        payload.size,
        encryption_headers.etag(wanted, payload.md5),
        *stored,
        checksum=encode(found[1]) if found else None,
        checksum_algorithm=found[0] if found else None,
        checksum_type="FULL_OBJECT" if found else None,
    )
