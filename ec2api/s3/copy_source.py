"""Where a copy comes from: the header x-amz-copy-source, the permission to read there, and its conditions.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
"""

from dataclasses import dataclass
from urllib.parse import unquote

from backend import errors
from backend.db.models import Bucket, ObjectVersion, Part
from backend.s3 import access, archive, buckets, encryption_headers, multipart, objects
from ec2api.s3 import fetching, preconditions
from ec2api.s3.call import S3Call
from ec2api.s3.output import Source

USES = frozenset(
    {
        "CopySource",
        "CopySourceIfMatch",
        "CopySourceIfModifiedSince",
        "CopySourceIfNoneMatch",
        "CopySourceIfUnmodifiedSince",
        "CopySourceSSECustomerAlgorithm",
        "CopySourceSSECustomerKey",
        "CopySourceSSECustomerKeyMD5",
    }
)


@dataclass(frozen=True)
class Origin:
    """The version that is copied, with the bucket it is in and the parts it is made of."""

    bucket: Bucket
    version: ObjectVersion
    parts: list[Part]

    @property
    def version_id(self) -> str | None:
        """As answers show it."""
        return self.version.version_id if self.bucket.versioning else None


def parse(header: str) -> tuple[str, str, str | None]:
    """The bucket, the key and the version id, if one is given. InvalidArgument."""
    path, _, query = header.partition("?")
    version_id = None
    if query:
        name, _, value = query.partition("=")
        if name != "versionId" or not value:
            raise _invalid("Copy source must not contain a query other than versionId", header)
        version_id = unquote(value)
    try:
        bucket, _, key = unquote(path, errors="strict").removeprefix("/").partition("/")
    except UnicodeDecodeError:
        bucket = key = ""
    if bucket.startswith("arn:"):
        raise errors.NotImplementedS3(header="x-amz-copy-source")
    if not bucket or not key:
        raise _invalid("Copy Source must mention the source bucket and key: sourcebucket/sourcekey", header)
    return bucket, key, version_id


def find(call: S3Call, *, tags: bool = False) -> Origin:
    """NoSuchBucket, NoSuchKey, AccessDenied, PreconditionFailed, InvalidRequest for a delete marker. ``tags``: whether
    they are copied too."""
    name, key, version_id = parse(call.parameters["CopySource"])
    bucket = buckets.require(call.uow, name)
    expected = call.parameters.get("ExpectedSourceBucketOwner")
    if expected is not None and expected != bucket.account:
        raise errors.AccessDeniedS3()
    version = objects.find(call.uow, bucket, key, version_id, data=True)
    if version is None or version.delete_marker:
        if not call.may(access.Action("s3:ListBucket", "READ"), bucket):
            raise errors.AccessDeniedS3()
        if version is not None and version_id is not None:
            raise errors.InvalidRequest(
                reason="The source of a copy request may not specifically refer to a delete marker by version id."
            )
        if version is None and version_id is not None:
            raise errors.NoSuchVersionS3(key=key, version_id=version_id)
        raise errors.NoSuchKey(key=key)
    suffix = "Version" if version_id is not None else ""
    call.authorise(access.Action(f"s3:GetObject{suffix}", "READ"), bucket, key, version)
    if tags and version.tags:
        call.authorise(access.Action(f"s3:GetObject{suffix}Tagging"), bucket, key, version)
    archive.check_readable(version)
    preconditions.check(version, call.parameters, prefix="CopySource", headers={})
    return Origin(bucket, version, multipart.parts_of(call.uow, version))


def content(call: S3Call, origin: Origin, start: int, end: int) -> Source:
    """Its bytes from ``start`` up to, not including, ``end``."""
    customer = encryption_headers.customer_key(call.parameters, "CopySource")
    return fetching.source(call, origin.version, start, end, customer, origin.parts)


def _invalid(reason: str, header: str) -> errors.CloudError:
    return errors.InvalidArgument(reason=reason, name="x-amz-copy-source", value=header[:1100])
