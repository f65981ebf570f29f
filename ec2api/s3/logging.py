"""Actions on the access log of a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
"""

from collections.abc import Mapping
from typing import Any

from backend.s3 import access_logging, buckets
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_bucket_logging(call: S3Call, *, bucket_logging_status: Mapping[str, Any]) -> None:
    wanted = bucket_logging_status.get("LoggingEnabled")
    if wanted is None:
        buckets.unconfigure(call.uow, call.bucket, access_logging.KIND)
        return
    access_logging.check(call.uow, call.bucket, wanted)
    buckets.configure(call.uow, call.bucket, access_logging.KIND, dict(wanted))


@action(service="s3", reads=True)
def get_bucket_logging(call: S3Call) -> dict[str, Any]:
    return {"LoggingEnabled": buckets.configuration(call.uow, call.bucket, access_logging.KIND)}
