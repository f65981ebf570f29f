"""Actions on the acceleration of transfers: kept and shown, as there is one place only that bytes come from.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import buckets
from ec2api.registry import action
from ec2api.s3.call import S3Call

KIND = "accelerate"
"""Of the bucket's configuration."""


@action(service="s3")
def put_bucket_accelerate_configuration(call: S3Call, *, accelerate_configuration: Mapping[str, Any]) -> None:
    if "Status" not in accelerate_configuration:
        raise errors.MalformedXML()
    if "." in call.bucket.name:
        reason = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        raise errors.InvalidRequest(reason=reason)
    buckets.configure(call.uow, call.bucket, KIND, dict(accelerate_configuration))


@action(service="s3", reads=True)
def get_bucket_accelerate_configuration(call: S3Call) -> dict[str, Any]:
    return buckets.configuration(call.uow, call.bucket, KIND) or {}
