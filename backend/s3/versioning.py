"""Whether a bucket keeps the versions of its objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/manage-versioning-examples.html
"""

from backend import errors
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

MFA_DELETE = "mfa-delete"
"""Of the bucket's configuration, where a request said that deletions need no code."""

_NEEDED_BY = {"object-lock": "An Object Lock configuration", "replication": "A replication configuration"}


def change(uow: UnitOfWork, bucket: Bucket, status: str, *, mfa_delete: str | None = None) -> None:
    """``status``: Enabled or Suspended. InvalidBucketState where something of the bucket needs its versions."""
    for kind, what in _NEEDED_BY.items():
        if status == "Suspended" and (kind in bucket.configured or (kind == "object-lock" and bucket.object_lock)):
            reason = f"{what} is present on this bucket, so the versioning state cannot be changed."
            raise errors.InvalidBucketState(reason=reason)
    if status != bucket.versioning:
        buckets.change(uow, bucket, versioning=status)
    if mfa_delete is not None:
        buckets.configure(uow, bucket, MFA_DELETE, {"MFADelete": mfa_delete})


def mfa_delete(uow: UnitOfWork, bucket: Bucket) -> str | None:
    """Disabled where a request once said so; None where none was about it."""
    document = buckets.configuration(uow, bucket, MFA_DELETE)
    return document["MFADelete"] if document else None
