"""The policies of buckets: which S3 keeps, and which are public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from backend import errors
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.iam import roles
from backend.policies import bucket_policies, documents
from backend.policies.documents import Policy, PolicyFault
from backend.s3 import acl


def check(uow: UnitOfWork, bucket: Bucket, text: str) -> None:
    """MalformedPolicy, PolicyTooLarge; AccessDenied for a public one where the bucket blocks these."""
    if len(text.encode()) > bucket_policies.SIZE:
        raise errors.PolicyTooLarge()
    try:
        policy = documents.read(text, kind="bucket")
        bucket_policies.check_bucket_policy(policy, bucket.name)
        _check_principals(uow, policy)
    except PolicyFault as fault:
        raise errors.MalformedPolicy(reason=fault.reason) from fault
    if acl.blocks(bucket, "BlockPublicPolicy") and bucket_policies.is_public(policy):
        raise errors.AccessDeniedS3()


def is_public(bucket: Bucket) -> bool:
    """Whether the policy of a bucket, if it has one, is public."""
    if bucket.policy is None:
        return False
    try:
        return bucket_policies.is_public(documents.read(bucket.policy, kind="bucket"))
    except PolicyFault:
        return True


def _check_principals(uow: UnitOfWork, policy: Policy) -> None:
    """S3 refuses users and roles that are not there: here those of the caller's account."""
    for statement in policy.statements:
        if statement.principals and not all(roles.principal_exists(uow, arn) for arn in statement.principals.names):
            raise PolicyFault("Invalid principal in policy")
