"""Actions on buckets: create, head, list, delete, and where they lie.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html and its neighbours.
"""

from collections.abc import Mapping
from typing import Any

from backend import errors, regions
from backend.s3 import access, buckets, object_lock, tagging
from ec2api.registry import action
from ec2api.s3 import grants, page_tokens
from ec2api.s3.call import S3Call

US_EAST_1 = "us-east-1"
"""The region that has no LocationConstraint, and lets its own buckets be created again."""

_OLD_NAMES = {"EU": "eu-west-1"}
_PAGE = 10_000


@action(service="s3", uses=grants.BUCKET_USES)
def create_bucket(
    call: S3Call,
    *,
    create_bucket_configuration: Mapping[str, Any] | None = None,
    object_lock_enabled_for_bucket: bool = False,
    object_ownership: str | None = None,
) -> dict[str, Any]:
    bucket = call.request.address.bucket or ""
    call.authorise_account(access.Action("s3:CreateBucket"), bucket)
    wanted = create_bucket_configuration or {}
    if wanted.keys() & {"Location", "Bucket"}:
        raise errors.InvalidRequest(reason="Directory buckets are not offered by this cloud.")
    region = _region(call, wanted.get("LocationConstraint"))
    columns: dict[str, Any] = {}
    if object_ownership is not None:
        columns["ownership"] = object_ownership
    if object_lock_enabled_for_bucket:
        columns |= {"object_lock": True, "versioning": "Enabled"}
    tags = tagging.checked(((t["Key"], t["Value"]) for t in wanted.get("Tags") or ()), tagging.BUCKET_LIMIT)
    try:
        made = buckets.create(call.uow, call.settings, bucket, call.caller.account, region, **columns)
    except errors.BucketAlreadyOwnedByYou:
        if region != US_EAST_1 or object_lock_enabled_for_bucket or object_ownership or tags:
            raise
        made = buckets.require(call.uow, bucket)  # so that a repetition does no harm
    call.begin(made)
    if (acl := grants.of_bucket(call)) != made.acl:  # a repetition resets it
        buckets.change(call.uow, made, acl=acl)
    if tags:
        buckets.configure(call.uow, made, tagging.KIND, {"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]})
    if object_lock_enabled_for_bucket:
        buckets.configure(
            call.uow, buckets.require(call.uow, bucket), object_lock.KIND, {"ObjectLockEnabled": "Enabled"}
        )
    return {"Location": f"/{bucket}", "BucketArn": f"arn:aws:s3:::{bucket}"}


def _region(call: S3Call, constraint: str | None) -> str:
    """Where a new bucket is to lie. IllegalLocationConstraintException, InvalidLocationConstraint."""
    signed_for = call.caller.region
    if not constraint:
        if signed_for != US_EAST_1:
            raise errors.IllegalLocationConstraint(location="unspecified")
        return signed_for
    wanted = _OLD_NAMES.get(constraint, constraint)
    if wanted not in {region.name for region in regions.of(call.settings)}:
        raise errors.InvalidLocationConstraint(location=constraint)
    if signed_for not in (US_EAST_1, wanted):
        raise errors.IllegalLocationConstraint(location=constraint)
    return wanted


@action(service="s3", reads=True)
def head_bucket(call: S3Call) -> dict[str, Any]:
    return {"BucketRegion": call.bucket.region, "BucketArn": f"arn:aws:s3:::{call.bucket.name}"}


@action(service="s3", reads=True)
def get_bucket_location(call: S3Call) -> dict[str, Any]:
    region = call.bucket.region
    return {"LocationConstraint": "" if region == US_EAST_1 else region}


@action(service="s3", reads=True)
def list_buckets(
    call: S3Call,
    *,
    max_buckets: int | None = None,
    continuation_token: str | None = None,
    prefix: str | None = None,
    bucket_region: str | None = None,
) -> dict[str, Any]:
    call.authorise_account(access.Action("s3:ListAllMyBuckets"), "*")
    if max_buckets is not None and not 1 <= max_buckets <= _PAGE:
        reason = "Argument max-buckets must be an integer between 1 and 10000"
        raise errors.InvalidArgument(reason=reason, name="max-buckets", value=max_buckets)
    after = page_tokens.read(continuation_token, "buckets") if continuation_token else ""
    limit = max_buckets or _PAGE
    found = buckets.of_account(
        call.uow, call.caller.account, after=after, prefix=prefix or "", region=bucket_region, limit=limit + 1
    )
    page = found[:limit]
    return {
        "Owner": call.owner(call.caller.account),
        "Buckets": [_listed(bucket, whole=max_buckets is not None or bucket_region is not None) for bucket in page],
        "Prefix": prefix,
        "ContinuationToken": page_tokens.write("buckets", page[-1].name) if len(found) > limit else None,
    }


def _listed(bucket: Any, *, whole: bool) -> dict[str, Any]:
    """Pages name the regions of their buckets too."""
    shown = {"Name": bucket.name, "CreationDate": bucket.created, "BucketArn": f"arn:aws:s3:::{bucket.name}"}
    return shown | {"BucketRegion": bucket.region} if whole else shown


@action(service="s3")
def delete_bucket(call: S3Call) -> None:
    buckets.remove(call.uow, call.bucket)
