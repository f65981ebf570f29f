"""Actions on the tags of objects and buckets.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html and API_PutBucketTagging.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import objects, tagging
from ec2api.registry import action
from ec2api.s3.call import S3Call
from ec2api.s3.objects import version_id_of


def _given(call: S3Call, limit: int) -> dict[str, str]:
    return tagging.checked(((tag["Key"], tag["Value"]) for tag in call.parameters["Tagging"]["TagSet"]), limit)


@action(service="s3", uses={"VersionId", "Tagging"})
def put_object_tagging(call: S3Call) -> dict[str, Any]:
    tags = _given(call, tagging.OBJECT_LIMIT)
    return _tag_object(call, tags, "ObjectTagging:Put")


@action(service="s3", uses={"VersionId"})
def delete_object_tagging(call: S3Call) -> dict[str, Any]:
    return _tag_object(call, {}, "ObjectTagging:Delete")


def _tag_object(call: S3Call, tags: Mapping[str, str], event: str) -> dict[str, Any]:
    version = call.existing()
    objects.change(call.uow, version, tags=dict(tags))
    call.note(event, version.key, version.version_id, version.size, version.etag)
    return {"VersionId": version_id_of(call, version)}


@action(service="s3", reads=True, uses={"VersionId"})
def get_object_tagging(call: S3Call) -> dict[str, Any]:
    version = call.existing()
    return {"VersionId": version_id_of(call, version), "TagSet": tagging.shown(version.tags)}


@action(service="s3", uses={"Tagging"})
def put_bucket_tagging(call: S3Call) -> None:
    tagging.tag_bucket(call.uow, call.bucket, _given(call, tagging.BUCKET_LIMIT))


@action(service="s3")
def delete_bucket_tagging(call: S3Call) -> None:
    tagging.tag_bucket(call.uow, call.bucket, {})


@action(service="s3", reads=True)
def get_bucket_tagging(call: S3Call) -> dict[str, Any]:
    tags = tagging.of_bucket(call.uow, call.bucket)
    if not tags:
        raise errors.NoSuchTagSet(bucket=call.bucket.name)
    return {"TagSet": tagging.shown(tags)}
