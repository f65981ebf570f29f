"""Actions on ownership controls: whom the objects of a bucket belong to, and whether it takes ACLs.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import acl, buckets
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3", reads=True)
def get_bucket_ownership_controls(call: S3Call) -> dict[str, Any]:
    ownership = call.bucket.ownership
    if ownership is None:
        raise errors.OwnershipControlsNotFound(bucket=call.bucket.name)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}


@action(service="s3")
def put_bucket_ownership_controls(call: S3Call, *, ownership_controls: Mapping[str, Any]) -> None:
    """InvalidBucketAclWithObjectOwnership where ACLs are to be off, and the bucket's own grants others something."""
    if len(ownership_controls["Rules"]) != 1:
        raise errors.MalformedXML()
    wanted = ownership_controls["Rules"][0]["ObjectOwnership"]
    if wanted == acl.ENFORCED and call.bucket.acl is not None and not _is_owners(call):
        raise errors.InvalidBucketAclWithObjectOwnership()
    buckets.change(call.uow, call.bucket, ownership=wanted)


@action(service="s3")
def delete_bucket_ownership_controls(call: S3Call) -> None:
    buckets.change(call.uow, call.bucket, ownership=None)


def _is_owners(call: S3Call) -> bool:
    return all(grant.get("Account") == call.bucket.account for grant in call.bucket.acl or ())
