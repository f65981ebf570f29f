"""What a caller needs to be allowed for each operation.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from backend.s3.access import Action

BUCKET, OBJECT, VERSION = "bucket", "object", "version"

_READ, _WRITE, _READ_ACP, _WRITE_ACP = "READ", "WRITE", "READ_ACP", "WRITE_ACP"

# operation: (permission, what it is about, the grant of an ACL that gives it). A permission whose name has a form for
# versions is written with {}, which is Version where the request names one.
_TABLE: dict[str, tuple[str, str, str | None]] = {
    "AbortMultipartUpload": ("AbortMultipartUpload", OBJECT, _WRITE),
    "CompleteMultipartUpload": ("PutObject", OBJECT, _WRITE),
    "CopyObject": ("PutObject", OBJECT, _WRITE),
    "CreateMultipartUpload": ("PutObject", OBJECT, _WRITE),
    "DeleteBucket": ("DeleteBucket", BUCKET, None),
    "DeleteBucketCors": ("PutBucketCORS", BUCKET, None),
    "DeleteBucketEncryption": ("PutEncryptionConfiguration", BUCKET, None),
    "DeleteBucketLifecycle": ("PutLifecycleConfiguration", BUCKET, None),
    "DeleteBucketOwnershipControls": ("PutBucketOwnershipControls", BUCKET, None),
    "DeleteBucketPolicy": ("DeleteBucketPolicy", BUCKET, None),
    "DeleteBucketReplication": ("PutReplicationConfiguration", BUCKET, None),
    "DeleteBucketTagging": ("PutBucketTagging", BUCKET, None),
    "DeleteBucketWebsite": ("DeleteBucketWebsite", BUCKET, None),
    "DeleteObject": ("DeleteObject{}", OBJECT, _WRITE),
    "DeleteObjectTagging": ("DeleteObject{}Tagging", VERSION, None),
    "DeletePublicAccessBlock": ("PutBucketPublicAccessBlock", BUCKET, None),
    "GetBucketAccelerateConfiguration": ("GetAccelerateConfiguration", BUCKET, None),
    "GetBucketAcl": ("GetBucketAcl", BUCKET, _READ_ACP),
    "GetBucketCors": ("GetBucketCORS", BUCKET, None),
    "GetBucketEncryption": ("GetEncryptionConfiguration", BUCKET, None),
    "GetBucketLifecycleConfiguration": ("GetLifecycleConfiguration", BUCKET, None),
    "GetBucketLocation": ("GetBucketLocation", BUCKET, None),
    "GetBucketLogging": ("GetBucketLogging", BUCKET, None),
    "GetBucketNotificationConfiguration": ("GetBucketNotification", BUCKET, None),
    "GetBucketOwnershipControls": ("GetBucketOwnershipControls", BUCKET, None),
    "GetBucketPolicy": ("GetBucketPolicy", BUCKET, None),
    "GetBucketPolicyStatus": ("GetBucketPolicyStatus", BUCKET, None),
    "GetBucketReplication": ("GetReplicationConfiguration", BUCKET, None),
    "GetBucketRequestPayment": ("GetBucketRequestPayment", BUCKET, None),
    "GetBucketTagging": ("GetBucketTagging", BUCKET, None),
    "GetBucketVersioning": ("GetBucketVersioning", BUCKET, None),
    "GetBucketWebsite": ("GetBucketWebsite", BUCKET, None),
    "GetObject": ("GetObject{}", VERSION, _READ),
    "GetObjectAcl": ("GetObject{}Acl", VERSION, _READ_ACP),
    "GetObjectAttributes": ("GetObject{}Attributes", VERSION, _READ),
    "GetObjectLegalHold": ("GetObjectLegalHold", VERSION, None),
    "GetObjectLockConfiguration": ("GetBucketObjectLockConfiguration", BUCKET, None),
    "GetObjectRetention": ("GetObjectRetention", VERSION, None),
    "GetObjectTagging": ("GetObject{}Tagging", VERSION, None),
    "GetObjectTorrent": ("GetObjectTorrent", VERSION, _READ),
    "GetPublicAccessBlock": ("GetBucketPublicAccessBlock", BUCKET, None),
    "HeadBucket": ("ListBucket", BUCKET, _READ),
    "HeadObject": ("GetObject{}", VERSION, _READ),
    "ListMultipartUploads": ("ListBucketMultipartUploads", BUCKET, _READ),
    "ListObjectVersions": ("ListBucketVersions", BUCKET, _READ),
    "ListObjects": ("ListBucket", BUCKET, _READ),
    "ListObjectsV2": ("ListBucket", BUCKET, _READ),
    "ListParts": ("ListMultipartUploadParts", OBJECT, None),
    "PutBucketAccelerateConfiguration": ("PutAccelerateConfiguration", BUCKET, None),
    "PutBucketAcl": ("PutBucketAcl", BUCKET, _WRITE_ACP),
    "PutBucketCors": ("PutBucketCORS", BUCKET, None),
    "PutBucketEncryption": ("PutEncryptionConfiguration", BUCKET, None),
    "PutBucketLifecycleConfiguration": ("PutLifecycleConfiguration", BUCKET, None),
    "PutBucketLogging": ("PutBucketLogging", BUCKET, None),
    "PutBucketNotificationConfiguration": ("PutBucketNotification", BUCKET, None),
    "PutBucketOwnershipControls": ("PutBucketOwnershipControls", BUCKET, None),
    "PutBucketPolicy": ("PutBucketPolicy", BUCKET, None),
    "PutBucketReplication": ("PutReplicationConfiguration", BUCKET, None),
    "PutBucketRequestPayment": ("PutBucketRequestPayment", BUCKET, None),
    "PutBucketTagging": ("PutBucketTagging", BUCKET, None),
    "PutBucketVersioning": ("PutBucketVersioning", BUCKET, None),
    "PutBucketWebsite": ("PutBucketWebsite", BUCKET, None),
    "PutObject": ("PutObject", OBJECT, _WRITE),
    "PutObjectAcl": ("PutObject{}Acl", VERSION, _WRITE_ACP),
    "PutObjectLegalHold": ("PutObjectLegalHold", VERSION, None),
    "PutObjectLockConfiguration": ("PutBucketObjectLockConfiguration", BUCKET, None),
    "PutObjectRetention": ("PutObjectRetention", VERSION, None),
    "PutObjectTagging": ("PutObject{}Tagging", VERSION, None),
    "PutPublicAccessBlock": ("PutBucketPublicAccessBlock", BUCKET, None),
    "RestoreObject": ("RestoreObject", VERSION, None),
    "UploadPart": ("PutObject", OBJECT, _WRITE),
    "UploadPartCopy": ("PutObject", OBJECT, _WRITE),
}
for _kind in ("Analytics", "Inventory", "Metrics", "IntelligentTiering"):
    _TABLE |= {
        f"{verb}Bucket{_kind}Configuration{s}": (f"{permission}{_kind}Configuration", BUCKET, None)
        for verb, permission, s in (("Get", "Get", ""), ("Put", "Put", ""), ("Delete", "Put", ""), ("List", "Get", "s"))
    }

IN_HANDLER = frozenset({"CreateBucket", "DeleteObjects", "ListBuckets"})
"""Operations that are about no one bucket and key that are there: their handlers ask by themselves."""


def of(operation: str, version_id: str | None) -> tuple[Action, str]:
    """The action to be allowed, and whether it is about the bucket, a key of it, or a version that is there."""
    permission, about, grant = _TABLE[operation]
    return Action(f"s3:{permission.format('Version' if version_id is not None else '')}", grant), about
