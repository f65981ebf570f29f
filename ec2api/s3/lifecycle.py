"""Actions on the lifecycle configuration of a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import buckets, lifecycle
from ec2api.registry import action
from ec2api.s3.call import S3Call

_SMALLEST = "all_storage_classes_128K"
_SIZES = (_SMALLEST, "varies_by_storage_class")


@action(service="s3")
def put_bucket_lifecycle_configuration(
    call: S3Call,
    *,
    lifecycle_configuration: Mapping[str, Any] | None = None,
    transition_default_minimum_object_size: str = _SMALLEST,
) -> dict[str, Any]:
    if transition_default_minimum_object_size not in _SIZES:
        raise errors.InvalidArgument(
            reason="Invalid transition default minimum object size",
            name="x-amz-transition-default-minimum-object-size",
            value=transition_default_minimum_object_size,
        )
    document = lifecycle.checked(lifecycle_configuration or {})
    document["TransitionDefaultMinimumObjectSize"] = transition_default_minimum_object_size
    buckets.configure(call.uow, call.bucket, lifecycle.KIND, document)
    return {"TransitionDefaultMinimumObjectSize": transition_default_minimum_object_size}


@action(service="s3", reads=True)
def get_bucket_lifecycle_configuration(call: S3Call) -> dict[str, Any]:
    document = buckets.required(call.uow, call.bucket, lifecycle.KIND, errors.NoSuchLifecycleConfiguration)
    size = document["TransitionDefaultMinimumObjectSize"]
    return lifecycle.shown(document) | {"TransitionDefaultMinimumObjectSize": size}


@action(service="s3")
def delete_bucket_lifecycle(call: S3Call) -> None:
    buckets.unconfigure(call.uow, call.bucket, lifecycle.KIND)
