"""Actions that list the keys of a bucket, in both versions of the protocol.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and API_ListObjects.html
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from backend import errors
from backend.db.models import ObjectVersion
from backend.s3 import acl, listing
from ec2api.registry import action
from ec2api.s3 import page_tokens
from ec2api.s3.archive import listed_restore
from ec2api.s3.call import S3Call

_KIND = "objects"


def page_size(given: int | None, name: str = "max-keys") -> int:
    """More than a page is a page. InvalidArgument below 0."""
    if given is None:
        return listing.PAGE
    if not 0 <= given < 2**31:
        reason = f"Argument {name} must be an integer between 0 and 2147483647"
        raise errors.InvalidArgument(reason=reason, name=name, value=given)
    return min(given, listing.PAGE)


class Encoding:
    """How keys are written: as they are, or percent-encoded where the client asked for it."""

    def __init__(self, encoding_type: str | None) -> None:
        self.type = encoding_type

    def __call__(self, text: str | None) -> str | None:
        return quote(text, safe="/*-._") if text and self.type == "url" else text


@action(service="s3", reads=True)
def list_objects_v2(
    call: S3Call,
    *,
    delimiter: str | None = None,
    encoding_type: str | None = None,
    max_keys: int | None = None,
    prefix: str | None = None,
    continuation_token: str | None = None,
    fetch_owner: bool = False,
    start_after: str | None = None,
    optional_object_attributes: Sequence[str] = (),
) -> dict[str, Any]:
    encoded, limit = Encoding(encoding_type), page_size(max_keys)
    after = start_after or "" if continuation_token is None else page_tokens.read(continuation_token, _KIND)
    page = listing.page(call.uow, call.bucket, prefix=prefix or "", delimiter=delimiter or "", after=after, limit=limit)
    owners = Owners(call) if fetch_owner else None
    return {
        "Name": call.bucket.name,
        "Prefix": encoded(prefix or ""),
        "Delimiter": encoded(delimiter or None),
        "MaxKeys": limit,
        "KeyCount": len(page.objects) + len(page.prefixes),
        "EncodingType": encoding_type,
        "StartAfter": encoded(start_after),
        "ContinuationToken": continuation_token,
        "IsTruncated": page.truncated,
        "NextContinuationToken": page_tokens.write(_KIND, page.last) if page.truncated else None,
        "Contents": [listed(version, encoded, owners, optional_object_attributes) for version in page.objects],
        "CommonPrefixes": [{"Prefix": encoded(shared)} for shared in page.prefixes],
    }


@action(service="s3", reads=True)
def list_objects(
    call: S3Call,
    *,
    delimiter: str | None = None,
    encoding_type: str | None = None,
    marker: str | None = None,
    max_keys: int | None = None,
    prefix: str | None = None,
    optional_object_attributes: Sequence[str] = (),
) -> dict[str, Any]:
    encoded, limit = Encoding(encoding_type), page_size(max_keys)
    page = listing.page(
        call.uow, call.bucket, prefix=prefix or "", delimiter=delimiter or "", after=marker or "", limit=limit
    )
    owners = Owners(call)
    return {
        "Name": call.bucket.name,
        "Prefix": encoded(prefix or ""),
        "Delimiter": encoded(delimiter or None),
        "Marker": encoded(marker or ""),
        "MaxKeys": limit,
        "EncodingType": encoding_type,
        "IsTruncated": page.truncated,
        "NextMarker": encoded(page.last) if page.truncated and delimiter else None,
        "Contents": [listed(version, encoded, owners, optional_object_attributes) for version in page.objects],
        "CommonPrefixes": [{"Prefix": encoded(shared)} for shared in page.prefixes],
    }


class Owners:
    """The owners of a page of objects, each looked up once."""

    def __init__(self, call: S3Call) -> None:
        self._call = call
        self._known: dict[str, dict[str, str]] = {}

    def __call__(self, account: str) -> dict[str, str]:
        if account not in self._known:
            self._known[account] = self._call.owner(acl.owner_of(self._call.bucket, account))
        return self._known[account]


def listed(version: ObjectVersion, encoded: Encoding, owners: Owners | None, optional: Sequence[str]) -> dict[str, Any]:
    """An object as lists show it."""
    shown: dict[str, Any] = {
        "Key": encoded(version.key),
        "LastModified": version.modified,
        "ETag": f'"{version.etag}"',
        "Size": version.size,
        "StorageClass": version.storage_class,
    }
    if version.checksum_algorithm:
        shown |= {"ChecksumAlgorithm": [version.checksum_algorithm], "ChecksumType": version.checksum_type}
    if owners:
        shown["Owner"] = owners(version.account)
    return shown | listed_restore(version) if "RestoreStatus" in optional else shown
