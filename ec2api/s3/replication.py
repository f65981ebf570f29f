"""Actions on the replication configuration of a bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import access, buckets, replication
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_bucket_replication(call: S3Call, *, replication_configuration: Mapping[str, Any]) -> None:
    document = replication.checked(call.uow, call.bucket, replication_configuration)
    for rule in document["Rules"]:
        there = replication.destination(call.uow, rule)
        if there is not None and there.account != call.bucket.account:
            call.authorise(access.Action("s3:ReplicateObject", "WRITE"), there, "*")
    buckets.configure(call.uow, call.bucket, replication.KIND, document)


@action(service="s3", reads=True)
def get_bucket_replication(call: S3Call) -> dict[str, Any]:
    document = buckets.required(call.uow, call.bucket, replication.KIND, errors.ReplicationConfigurationNotFound)
    return {"ReplicationConfiguration": document}


@action(service="s3")
def delete_bucket_replication(call: S3Call) -> None:
    buckets.unconfigure(call.uow, call.bucket, replication.KIND)
