"""Buckets whose requesters pay: what they ask of a request, and what they answer.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
"""

from backend import errors
from ec2api.registry import Action as Operation
from ec2api.s3.call import S3Call

KIND = "request-payment"
"""Of the bucket's configuration."""

REQUESTER = "Requester"


def check(call: S3Call) -> None:
    """AccessDenied for who does not say that he pays; the bucket's own account need not, nobody unknown may."""
    if KIND not in call.bucket.configured or call.caller.account == call.bucket.account:
        return
    if not call.caller.account or call.parameters.get("RequestPayer") != "requester":
        raise errors.AccessDeniedS3()


def charged(call: S3Call, operation: Operation) -> dict[str, str]:
    """What the answer says of it."""
    shape = operation.model.output_shape
    if KIND not in call.bucket.configured or shape is None or "RequestCharged" not in shape.members:
        return {}
    return {"RequestCharged": "requester"} if call.caller.account != call.bucket.account else {}
