"""The region of a signature that names none: of version 2, which is good for wherever the bucket lies."""

from dataclasses import replace

from backend.cloud import Cloud
from backend.s3 import buckets
from ec2api.sigv4 import Signature


def placed(signature: Signature, bucket: str | None, cloud: Cloud) -> Signature:
    """The signature, with a region if it has none; NoSuchBucket where that cannot be told."""
    if signature.scope.region:
        return signature
    region = cloud.settings.default_region
    if bucket is not None:
        with cloud.unit_of_work("", region, write=False) as uow:
            region = buckets.require(uow, bucket).region
    return replace(signature, scope=replace(signature.scope, region=region))
