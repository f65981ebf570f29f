"""Actions on the website of a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import buckets, website
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_bucket_website(call: S3Call, *, website_configuration: Mapping[str, Any]) -> None:
    website.check(website_configuration)
    buckets.configure(call.uow, call.bucket, website.KIND, dict(website_configuration))


@action(service="s3", reads=True)
def get_bucket_website(call: S3Call) -> dict[str, Any]:
    return buckets.required(call.uow, call.bucket, website.KIND, errors.NoSuchWebsiteConfiguration)


@action(service="s3")
def delete_bucket_website(call: S3Call) -> None:
    buckets.unconfigure(call.uow, call.bucket, website.KIND)
