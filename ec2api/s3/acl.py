"""Actions on access control lists of buckets and objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html and its neighbours.
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import acl, buckets, objects
from backend.s3.acl import Grant
from ec2api.registry import action
from ec2api.s3 import grants
from ec2api.s3.call import S3Call


@action(service="s3", reads=True)
def get_bucket_acl(call: S3Call) -> dict[str, Any]:
    owner, found = acl.of(call.bucket)
    return grants.shown(call, found, owner)


@action(service="s3", uses=grants.BUCKET_USES)
def put_bucket_acl(call: S3Call, *, access_control_policy: Mapping[str, Any] | None = None) -> None:
    buckets.change(call.uow, call.bucket, acl=_wanted(call, access_control_policy, call.bucket.account))


@action(service="s3", reads=True, uses={"VersionId"})
def get_object_acl(call: S3Call) -> dict[str, Any]:
    owner, found = acl.of(call.bucket, call.existing())
    return grants.shown(call, found, owner)


@action(service="s3", uses=grants.BUCKET_USES | {"VersionId"})
def put_object_acl(call: S3Call, *, access_control_policy: Mapping[str, Any] | None = None) -> None:
    version = call.existing()
    wanted = _wanted(call, access_control_policy, version.account, bucket_owner=call.bucket.account)
    objects.change(call.uow, version, acl=wanted)
    call.note("ObjectAcl:Put", version.key, version.version_id, version.size, version.etag)


def _wanted(
    call: S3Call, document: Mapping[str, Any] | None, owner: str, *, bucket_owner: str | None = None
) -> list[Grant] | None:
    """The ACL that a request puts, in its headers or as its document.

    AccessControlListNotSupported, UnexpectedContent, MissingSecurityHeader; AccessDenied for a public one where the
    bucket blocks these.
    """
    if call.bucket.ownership == acl.ENFORCED:
        raise errors.AccessControlListNotSupported()
    if document is None:
        if not grants.are_stated(call.parameters):
            raise errors.MissingSecurityHeader(header="x-amz-acl")
        found = grants.stated(call, owner, bucket_owner=bucket_owner)
    else:
        if grants.are_stated(call.parameters):
            raise errors.UnexpectedContent()
        found = acl.normal(acl.in_document(call.uow, document, owner), owner)
    grants.refuse_public(call, found)
    return found
