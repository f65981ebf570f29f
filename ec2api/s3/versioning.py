"""Actions that have a bucket keep the versions of its objects, or keep no more of them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import versioning
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_bucket_versioning(call: S3Call, *, versioning_configuration: Mapping[str, Any]) -> None:
    if versioning_configuration.get("MFADelete") == "Enabled":
        raise errors.NotImplementedS3(header="MfaDelete")  # there are no devices here that could give a code
    status = versioning_configuration.get("Status")
    if status is None:
        raise errors.IllegalVersioningConfiguration(reason="The Versioning element must be specified")
    versioning.change(call.uow, call.bucket, status, mfa_delete=versioning_configuration.get("MFADelete"))


@action(service="s3", reads=True)
def get_bucket_versioning(call: S3Call) -> dict[str, Any]:
    found = versioning.mfa_delete(call.uow, call.bucket)
    return {"Status": call.bucket.versioning or None, "MFADelete": found}
