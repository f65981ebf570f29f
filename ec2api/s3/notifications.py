"""Actions on the notification configuration of a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from collections.abc import Mapping
from typing import Any

from backend.s3 import buckets, notifications
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_bucket_notification_configuration(
    call: S3Call, *, notification_configuration: Mapping[str, Any], skip_destination_validation: bool = False
) -> None:
    document = notifications.checked(
        call.settings, notification_configuration, validate=not skip_destination_validation
    )
    if not document:
        buckets.unconfigure(call.uow, call.bucket, notifications.KIND)
        return
    buckets.configure(call.uow, call.bucket, notifications.KIND, document)
    if not skip_destination_validation:
        notifications.test(call.uow, call.bucket, document, call.cause)


@action(service="s3", reads=True)
def get_bucket_notification_configuration(call: S3Call) -> dict[str, Any]:
    return buckets.configuration(call.uow, call.bucket, notifications.KIND) or {}
