"""Actions on public access blocks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import buckets
from ec2api.registry import action
from ec2api.s3.call import S3Call

_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@action(service="s3", reads=True)
def get_public_access_block(call: S3Call) -> dict[str, Any]:
    found = call.bucket.public_access_block
    if found is None:
        raise errors.NoSuchPublicAccessBlockConfiguration(bucket=call.bucket.name)
    return {"PublicAccessBlockConfiguration": found}


@action(service="s3")
def put_public_access_block(call: S3Call, *, public_access_block_configuration: Mapping[str, Any]) -> None:
    wanted = {name: public_access_block_configuration.get(name, False) for name in _SETTINGS}
    buckets.change(call.uow, call.bucket, public_access_block=wanted)


@action(service="s3")
def delete_public_access_block(call: S3Call) -> None:
    buckets.change(call.uow, call.bucket, public_access_block=None)
