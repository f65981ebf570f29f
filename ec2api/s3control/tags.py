"""Actions on the tags of a resource by its ARN, which here is a bucket's.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html and its neighbours.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from backend.s3 import tagging
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3control", reads=True, uses={"AccountId", "ResourceArn"})
def list_tags_for_resource(call: S3Call) -> dict[str, Any]:
    return {"Tags": tagging.shown(tagging.of_bucket(call.uow, call.bucket))}


@action(service="s3control", uses={"AccountId", "ResourceArn"})
def tag_resource(call: S3Call, *, tags: Sequence[Mapping[str, str]]) -> None:
    given = tagging.checked(((tag["Key"], tag["Value"]) for tag in tags), tagging.BUCKET_LIMIT)
    whole = tagging.of_bucket(call.uow, call.bucket) | given
    tagging.tag_bucket(call.uow, call.bucket, tagging.checked(whole.items(), tagging.BUCKET_LIMIT))


@action(service="s3control", uses={"AccountId", "ResourceArn"})
def untag_resource(call: S3Call, *, tag_keys: Collection[str]) -> None:
    left = {key: value for key, value in tagging.of_bucket(call.uow, call.bucket).items() if key not in tag_keys}
    tagging.tag_bucket(call.uow, call.bucket, left)
