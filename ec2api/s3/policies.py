"""Actions on the policies of buckets.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html and its neighbours.
"""

from typing import Any

from backend import errors
from backend.s3 import access, acl, buckets, policies
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3", reads=True)
def get_bucket_policy(call: S3Call) -> dict[str, Any]:
    _require_owner(call, "GET")
    if call.bucket.policy is None:
        raise errors.NoSuchBucketPolicy(bucket=call.bucket.name)
    return {"Policy": call.bucket.policy}


@action(service="s3")
def put_bucket_policy(call: S3Call, *, policy: str, confirm_remove_self_bucket_access: bool = False) -> None:
    """MalformedPolicy, PolicyTooLarge; AccessDenied for a public policy where the bucket blocks these.

    Also for one that would keep the caller from changing it again, unless that is confirmed.
    """
    _require_owner(call, "PUT")
    policies.check(call.uow, call.bucket, policy)
    buckets.change(call.uow, call.bucket, policy=policy)
    if confirm_remove_self_bucket_access:
        return
    changed = buckets.require(call.uow, call.bucket.name)
    call.authorise(access.Action("s3:PutBucketPolicy"), changed)


@action(service="s3")
def delete_bucket_policy(call: S3Call) -> None:
    _require_owner(call, "DELETE")
    buckets.change(call.uow, call.bucket, policy=None)


@action(service="s3", reads=True)
def get_bucket_policy_status(call: S3Call) -> dict[str, Any]:
    """Whether the bucket is public, by its policy or its ACL."""
    bucket = call.bucket
    by_acl = acl.is_public(acl.of(bucket)[1]) and not acl.blocks(bucket, "IgnorePublicAcls")
    return {"PolicyStatus": {"IsPublic": policies.is_public(bucket) or by_acl}}


def _require_owner(call: S3Call, method: str) -> None:
    """MethodNotAllowed for other accounts, even for those that the policy allows this."""
    if call.caller.account != call.bucket.account:
        raise errors.MethodNotAllowed(method=method, kind="BUCKETPOLICY")
