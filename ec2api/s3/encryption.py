"""Actions on how a bucket encrypts by default.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import default_encryption
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_bucket_encryption(call: S3Call, *, server_side_encryption_configuration: Mapping[str, Any]) -> None:
    default_encryption.configure(call.uow, call.bucket, server_side_encryption_configuration)


@action(service="s3", reads=True)
def get_bucket_encryption(call: S3Call) -> dict[str, Any]:
    if call.bucket.encryption is None:
        raise errors.EncryptionConfigurationNotFound(bucket=call.bucket.name)
    return {"ServerSideEncryptionConfiguration": call.bucket.encryption}


@action(service="s3")
def delete_bucket_encryption(call: S3Call) -> None:
    default_encryption.forget(call.uow, call.settings, call.bucket)
