"""How a bucket encrypts what is written without a word about it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.config import Settings
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets
from backend.s3.encryption_headers import KINDS


def configure(uow: UnitOfWork, bucket: Bucket, document: Mapping[str, Any]) -> None:
    """``document``: ServerSideEncryptionConfiguration. MalformedXML, InvalidArgument."""
    if len(document["Rules"]) != 1:
        raise errors.MalformedXML()
    rule = document["Rules"][0]
    default = rule.get("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
    algorithm, key = default["SSEAlgorithm"], default.get("KMSMasterKeyID")
    if algorithm not in KINDS:
        reason = f"The encryption method {algorithm} is not supported for general purpose buckets"
        raise errors.InvalidArgument(reason=reason, name="SSEAlgorithm", value=algorithm)
    if key is not None and (algorithm == "AES256" or not key):
        reason = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        if algorithm != "AES256":
            reason = "KMSMasterKeyID cannot be empty"
        raise errors.InvalidArgument(reason=reason, name="KMSMasterKeyID", value=key)
    found = {"BucketKeyEnabled": False, **rule, "ApplyServerSideEncryptionByDefault": default}
    buckets.change(uow, bucket, encryption={"Rules": [found]})


def forget(uow: UnitOfWork, settings: Settings, bucket: Bucket) -> None:
    """Back to what new buckets have."""
    default = buckets.SECURE["encryption"] if settings.bucket_defaults == "secure" else None
    buckets.change(uow, bucket, encryption=default)
