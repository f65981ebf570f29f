"""What a request says of a new object beside its bytes: headers that are kept, metadata, tags, class and lock.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
"""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from backend import clock, errors
from backend.s3 import access, acl, object_lock, tagging
from backend.s3.objects import Attributes
from ec2api.s3 import grants
from ec2api.s3.call import S3Call
from ec2api.s3.payload import stored_content_encoding

KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
)
"""Headers that come back with the object."""

STORAGE_CLASSES = frozenset(
    {
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    }
)
DEFAULT_TYPE = "binary/octet-stream"
METADATA_LIMIT = 2048

LOCK = frozenset({"ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"})
USES = frozenset({*KEPT, "Metadata", "StorageClass", "Tagging"}) | LOCK | grants.USES
"""The parameters that ``of`` reads."""


def of(call: S3Call) -> Attributes:
    """InvalidArgument, InvalidTag, InvalidStorageClass, MetadataTooLarge and InvalidRequest as S3 has them."""
    given = call.parameters
    lock = object_lock.wanted(
        call.bucket,
        object_lock.default_of(call.uow, call.bucket),
        mode=given.get("ObjectLockMode"),
        until=given.get("ObjectLockRetainUntilDate"),
        hold=given.get("ObjectLockLegalHoldStatus"),
    )
    _authorise(call)
    owner = acl.owner_of_new(call.bucket, call.caller.account, given.get("ACL"))
    return Attributes(
        owner,
        headers(call),
        metadata(call),
        tagging.checked(tags(given.get("Tagging"))),
        grants.of_object(call, owner),
        storage_class(given.get("StorageClass")),
        *lock,
    )


_PERMISSIONS = {
    "ObjectLockMode": access.Action("s3:PutObjectRetention"),
    "ObjectLockLegalHoldStatus": access.Action("s3:PutObjectLegalHold"),
    "Tagging": access.Action("s3:PutObjectTagging", "WRITE"),
}
"""What a request needs to be allowed beside PutObject for a new object to have these."""


def _authorise(call: S3Call) -> None:
    for name, permission in _PERMISSIONS.items():
        if name in call.parameters:
            call.authorise(permission, call.bucket, call.key)


def headers(call: S3Call) -> dict[str, Any]:
    """Those that are kept, by AWS's member names; times as HTTP dates."""
    found: dict[str, Any] = {}
    for name in KEPT:
        value = call.parameters.get(name)
        if name == "ContentEncoding":
            value = stored_content_encoding(value)
        if isinstance(value, datetime):
            value = call.request.headers.get("expires") or clock.http_date(value)
        if value is not None:
            found[name] = value
    redirect = found.get("WebsiteRedirectLocation")
    if redirect is not None and not redirect.startswith(("/", "http://", "https://")):
        reason = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        raise errors.InvalidRedirectLocation(reason=reason)
    return found


def metadata(call: S3Call) -> dict[str, str]:
    found: dict[str, str] = dict(call.parameters.get("Metadata") or {})
    size = sum(len(name.encode()) + len(value.encode()) for name, value in found.items())
    if size > METADATA_LIMIT:
        raise errors.MetadataTooLarge(size=size, limit=METADATA_LIMIT)
    return found


def tags(text: str | None) -> list[tuple[str, str]]:
    """The tags of the header x-amz-tagging, which is written like a query."""
    return parse_qsl(text, keep_blank_values=True) if text else []


def storage_class(name: str | None) -> str:
    if name is None:
        return "STANDARD"
    if name not in STORAGE_CLASSES:
        raise errors.InvalidStorageClass(value=name)
    return name
