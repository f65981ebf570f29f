"""ACLs of requests: canned ones, and grants in headers.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-an-acl
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import acl
from backend.s3.acl import Grant
from ec2api.s3.call import S3Call

_HEADERS = {
    "GrantFullControl": ("x-amz-grant-full-control", acl.FULL_CONTROL),
    "GrantRead": ("x-amz-grant-read", "READ"),
    "GrantReadACP": ("x-amz-grant-read-acp", "READ_ACP"),
    "GrantWrite": ("x-amz-grant-write", "WRITE"),
    "GrantWriteACP": ("x-amz-grant-write-acp", "WRITE_ACP"),
}

BUCKET_USES = frozenset({"ACL", *_HEADERS})
"""The parameters that a new bucket's ACL is read from."""

USES = BUCKET_USES - {"GrantWrite"}
"""The parameters that an object's ACL is read from."""


def of_object(call: S3Call, owner: str) -> list[Grant] | None:
    """The grants of a new object; None for the owner alone.

    AccessControlListNotSupported where the bucket takes no ACLs, unless it says what is so without it.
    """
    found = stated(call, owner, bucket_owner=call.bucket.account)
    if call.bucket.ownership == acl.ENFORCED:
        if found is not None:
            raise errors.AccessControlListNotSupported()
        return None
    refuse_public(call, found)
    return found


def of_bucket(call: S3Call) -> list[Grant] | None:
    """The grants of a new bucket; None for the owner alone. InvalidBucketAclWithObjectOwnership and the like."""
    bucket = call.bucket
    found = stated(call, bucket.account)
    if found is not None and bucket.ownership == acl.ENFORCED:
        raise errors.InvalidBucketAclWithObjectOwnership()
    if acl.is_public(found) and acl.blocks(bucket, "BlockPublicAcls"):
        raise errors.InvalidBucketAclWithBlockPublicAccess()
    return found


def are_stated(parameters: Mapping[str, Any]) -> bool:
    return not BUCKET_USES.isdisjoint(parameters)


def stated(call: S3Call, owner: str, *, bucket_owner: str | None = None) -> list[Grant] | None:
    """What a request's headers grant, if anything; None for the owner alone. ``bucket_owner``: for an object's ACL."""
    given = call.parameters
    canned = given.get("ACL")
    named = [name for name in _HEADERS if name in given]
    if canned is not None and named:
        reason = "Specifying both Canned ACLs and Header Grants is not allowed"
        raise errors.InvalidRequest(reason=reason)
    if canned is not None:
        return acl.canned(canned, owner, bucket_owner=bucket_owner)
    if not named:
        return None
    found: list[Grant] = []
    for name in named:
        header, permission = _HEADERS[name]
        found += acl.in_header(call.uow, header, given[name], permission)
    return acl.normal(found, owner)


def refuse_public(call: S3Call, grants: list[Grant] | None) -> None:
    """AccessDenied for a public ACL where the bucket blocks them."""
    if acl.is_public(grants) and acl.blocks(call.bucket, "BlockPublicAcls"):
        raise errors.AccessDeniedS3()


def shown(call: S3Call, grants: list[Grant] | None, owner: str) -> dict[str, Any]:
    """An ACL as answers have it."""
    return {
        "Owner": call.owner(owner),
        "Grants": [
            {"Grantee": _grantee(call, grant), "Permission": grant["Permission"]} for grant in acl.whole(grants, owner)
        ],
    }


def _grantee(call: S3Call, grant: Grant) -> dict[str, str]:
    if "Group" in grant:
        return {"Type": "Group", "URI": acl.URIS[grant["Group"]]}
    return {"Type": "CanonicalUser", **call.owner(grant["Account"])}
