"""Access control lists: grants to users and groups, and the canned ones.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from backend.db.models import Bucket

ENFORCED = "BucketOwnerEnforced"
"""The ownership that switches ACLs off: everything belongs to the bucket's owner."""


def owner_of_new(bucket: Bucket, account: str, canned: str | None) -> str:
    """Whom a new object belongs to, by the bucket's ownership controls."""
    preferred = bucket.ownership == "BucketOwnerPreferred" and canned == "bucket-owner-full-control"
    return bucket.account if bucket.ownership == ENFORCED or preferred else account
