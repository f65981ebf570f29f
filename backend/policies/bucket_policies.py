"""What S3 demands of a bucket's policy beyond the grammar, and when it takes one to be public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

The condition keys that S3 documents, which whoever asks ``evaluation.authorise`` fills in where the request has them:

- always: aws:SourceIp, aws:SecureTransport, aws:UserAgent, aws:Referer, aws:RequestedRegion, aws:MultiFactorAuthPresent
  (temporary credentials), s3:authType (REST-HEADER, REST-QUERY-STRING, POST), s3:signatureversion (AWS4-HMAC-SHA256),
  s3:signatureAge (milliseconds; presigned), s3:x-amz-content-sha256, s3:TlsVersion, s3:ResourceAccount
- of headers: s3:x-amz-acl, s3:x-amz-grant-{read,write,read-acp,write-acp,full-control}, s3:x-amz-copy-source,
  s3:x-amz-metadata-directive, s3:x-amz-server-side-encryption, s3:x-amz-server-side-encryption-aws-kms-key-id,
  s3:x-amz-server-side-encryption-customer-algorithm, s3:x-amz-storage-class, s3:x-amz-website-redirect-location,
  s3:x-amz-object-ownership, s3:if-match, s3:if-none-match, s3:object-lock-mode, s3:object-lock-retain-until-date,
  s3:object-lock-remaining-retention-days, s3:object-lock-legal-hold, s3:locationconstraint
- of queries: s3:prefix, s3:delimiter, s3:max-keys, s3:VersionId, s3:versionid
- of tags: s3:ExistingObjectTag/KEY, s3:RequestObjectTag/KEY, s3:RequestObjectTagKeys (several values), and of buckets
  aws:ResourceTag/KEY, aws:RequestTag/KEY, aws:TagKeys, s3:BucketTag/KEY

The keys of the principal and of the time are filled in by ``evaluation``. Keys are compared whatever their case.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

from backend.policies.conditions import Condition
from backend.policies.documents import Policy, PolicyFault, Statement
from backend.policies.patterns import Patterns, is_wild

SIZE = 20 * 1024
"""Bytes."""

ARN = "arn:aws:s3:::"

_INVALID_ACTION = "Policy has invalid action"
_INVALID_RESOURCE = "Policy has invalid resource"

_OF_OBJECTS = frozenset(
    f"s3:{name}".lower()
    for name in (
        *("AbortMultipartUpload", "BypassGovernanceRetention", "DeleteObject", "DeleteObjectTagging"),
        *("DeleteObjectVersion", "DeleteObjectVersionTagging", "GetObject", "GetObjectAcl", "GetObjectAttributes"),
        *("GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "GetObjectVersion"),
        *("GetObjectVersionAcl", "GetObjectVersionAttributes", "GetObjectVersionForReplication"),
        *("GetObjectVersionTagging", "GetObjectVersionTorrent", "InitiateReplication", "ListMultipartUploadParts"),
        *("ObjectOwnerOverrideToBucketOwner", "PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention"),
        *("PutObjectTagging", "PutObjectVersionAcl", "PutObjectVersionTagging", "ReplicateDelete", "ReplicateObject"),
        *("ReplicateTags", "RestoreObject", "UpdateObjectEncryption"),
    )
)
_OF_BUCKETS = frozenset(
    f"s3:{name}".lower()
    for name in (
        *("CreateBucket", "CreateBucketMetadataTableConfiguration", "DeleteBucket", "DeleteBucketPolicy"),
        *("DeleteBucketMetadataTableConfiguration", "DeleteBucketOwnershipControls", "DeleteBucketPublicAccessBlock"),
        *("DeleteBucketWebsite", "DeleteReplicationConfiguration", "GetAccelerateConfiguration"),
        *("GetAnalyticsConfiguration", "GetBucketAbac", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation"),
        *("GetBucketLogging", "GetBucketMetadataTableConfiguration", "GetBucketNotification"),
        *("GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPolicyStatus"),
        *("GetBucketPublicAccessBlock", "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning"),
        *("GetBucketWebsite", "GetEncryptionConfiguration", "GetIntelligentTieringConfiguration"),
        *("GetInventoryConfiguration", "GetLifecycleConfiguration", "GetMetricsConfiguration"),
        *("GetReplicationConfiguration", "ListBucket", "ListBucketMultipartUploads", "ListBucketVersions"),
        *("ListTagsForResource", "PutAccelerateConfiguration", "PutAnalyticsConfiguration", "PutBucketAbac"),
        *("PutBucketAcl", "PutBucketCORS", "PutBucketLogging", "PutBucketNotification"),
        *("PutBucketObjectLockConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy"),
        *("PutBucketPublicAccessBlock", "PutBucketRequestPayment", "PutBucketTagging", "PutBucketVersioning"),
        *("PutBucketWebsite", "PutEncryptionConfiguration", "PutIntelligentTieringConfiguration"),
        *("PutInventoryConfiguration", "PutLifecycleConfiguration", "PutMetricsConfiguration"),
        *("PutReplicationConfiguration", "TagResource", "UntagResource"),
    )
)
_OF_ACCOUNTS = frozenset(
    f"s3:{name}".lower()
    for name in ("GetAccountPublicAccessBlock", "ListAllMyBuckets", "PutAccountPublicAccessBlock", "ListAccessPoints")
)


def check_bucket_policy(policy: Policy, bucket_name: str) -> None:
    """PolicyFault where a statement names what is no action of S3, or a resource that is not the bucket or in it.

    A resource may be a pattern that the bucket's name matches: ``arn:aws:s3:::*`` is accepted.
    """
    for statement in policy.statements:
        reached = {_check_resource(resource, bucket_name) for resource in statement.resources or ()}
        to_objects, to_buckets = "object" in reached or "both" in reached, "bucket" in reached or "both" in reached
        for action in statement.actions:
            of_objects, of_buckets = _kinds(action)
            if statement.other_resources or statement.other_actions:
                continue
            if not (of_objects and to_objects) and not (of_buckets and to_buckets):
                raise PolicyFault("Action does not apply to any resource(s) in statement")


def _check_resource(resource: str, bucket_name: str) -> str:
    """Whether a resource is of the bucket itself, its objects or both."""
    if not resource.startswith(ARN):
        raise PolicyFault(_INVALID_RESOURCE)
    bucket, slash, _ = resource.removeprefix(ARN).partition("/")
    if not Patterns([bucket]).match(bucket_name, lambda _: None):
        raise PolicyFault(_INVALID_RESOURCE)
    if slash:
        return "object"
    return "both" if is_wild(bucket) else "bucket"


def _kinds(action: str) -> tuple[bool, bool]:
    """Whether an action, or a pattern of some, is of objects and of buckets."""
    if not is_wild(action):
        folded = action.lower()
        if folded not in _OF_OBJECTS | _OF_BUCKETS | _OF_ACCOUNTS:
            raise PolicyFault(_INVALID_ACTION)
        return folded in _OF_OBJECTS, folded in _OF_BUCKETS
    pattern = Patterns([action], fold=True)
    found = tuple(any(pattern.match(known, lambda _: None) for known in all_) for all_ in (_OF_OBJECTS, _OF_BUCKETS))
    if not any(found):
        raise PolicyFault(_INVALID_ACTION)
    return found[0], found[1]


def is_public(policy: Policy) -> bool:
    """Whether a bucket's policy grants something to others than fixed ones, as S3 judges it. Denials do not count.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    """
    return any(statement.allows and _is_for_everyone(statement) for statement in policy.statements)


def _is_for_everyone(statement: Statement) -> bool:
    principals = statement.principals
    if principals is not None and not principals.everyone and not statement.other_principals:
        return False
    return not any(_is_fixed(condition) for condition in statement.conditions)


def _is_fixed(condition: Condition) -> bool:
    """Whether a condition keeps a statement to values without wildcards and variables of a key that tells who asks."""
    if not condition.limits or not condition.values:
        return False
    if condition.key == "aws:sourceip":
        return condition.operator.removeprefix("ForAnyValue:") == "IpAddress" and all(map(_is_narrow, condition.values))
    check = _FIXED.get(condition.key)
    return check is not None and all(map(check, condition.values))


def _is_narrow(cidr: str) -> bool:
    """Private ranges, and public ones of at most 2^24 (IPv4) or 2^96 (IPv6) addresses."""
    network = ipaddress.ip_network(cidr, strict=False)
    if isinstance(network, ipaddress.IPv4Network):
        return network.prefixlen >= 8 or any(network.subnet_of(private) for private in _PRIVATE)
    return network.prefixlen >= 32


_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def _plain(value: str) -> bool:
    return not is_wild(value) and "${" not in value


def _of_one_account(value: str) -> bool:
    """The ARN of an access point: its name may be a pattern, not its account."""
    parts = value.split(":")
    return len(parts) == 6 and re.fullmatch("[0-9]{12}", parts[4]) is not None and "${" not in value


_FIXED: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(
        (
            *("aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount"),
            *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
            *("aws:principalservicename", "aws:userid", "aws:sourceorgid"),
            *("s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        ),
        _plain,
    ),
    "s3:dataaccesspointarn": _of_one_account,
}
