"""Actions on who pays for requests of a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
"""

from collections.abc import Mapping
from typing import Any

from backend.s3 import buckets
from ec2api.registry import action
from ec2api.s3.call import S3Call
from ec2api.s3.charging import KIND, REQUESTER


@action(service="s3")
def put_bucket_request_payment(call: S3Call, *, request_payment_configuration: Mapping[str, Any]) -> None:
    if request_payment_configuration["Payer"] == REQUESTER:
        buckets.configure(call.uow, call.bucket, KIND, {"Payer": REQUESTER})
    else:
        buckets.unconfigure(call.uow, call.bucket, KIND)


@action(service="s3", reads=True)
def get_bucket_request_payment(call: S3Call) -> dict[str, Any]:
    return {"Payer": REQUESTER if KIND in call.bucket.configured else "BucketOwner"}
