"""The action that lists the versions of a bucket's objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from collections.abc import Sequence
from typing import Any

from backend import errors
from backend.db.models import ObjectVersion
from backend.s3 import version_listing
from ec2api.registry import action
from ec2api.s3.call import S3Call
from ec2api.s3.listing import Encoding, Owners, listed, page_size


def _version_marker(key_marker: str | None, marker: str | None) -> str | None:
    """The version that is to be gone on after within a key; None for none. InvalidArgument for one of no key."""
    if marker is None or not (marker or key_marker):
        return None
    if marker and key_marker:
        return marker
    wrong = "empty" if key_marker else "specified without a key marker"
    reason = f"A version-id marker cannot be {wrong}."
    raise errors.InvalidArgument(reason=reason, name="version-id-marker", value=marker)


@action(service="s3", reads=True)
def list_object_versions(
    call: S3Call,
    *,
    delimiter: str | None = None,
    encoding_type: str | None = None,
    key_marker: str | None = None,
    max_keys: int | None = None,
    prefix: str | None = None,
    version_id_marker: str | None = None,
    optional_object_attributes: Sequence[str] = (),
) -> dict[str, Any]:
    encoded, limit = Encoding(encoding_type), page_size(max_keys)
    page = version_listing.page(
        call.uow,
        call.bucket,
        prefix=prefix or "",
        delimiter=delimiter or "",
        after=key_marker or "",
        after_version=_version_marker(key_marker, version_id_marker),
        limit=limit,
    )
    owners = Owners(call)
    return {
        "Name": call.bucket.name,
        "Prefix": encoded(prefix or ""),
        "Delimiter": encoded(delimiter or None),
        "KeyMarker": encoded(key_marker or ""),
        "VersionIdMarker": version_id_marker or "",
        "MaxKeys": limit,
        "EncodingType": encoding_type,
        "IsTruncated": page.truncated,
        "NextKeyMarker": encoded(page.last_key) if page.truncated else None,
        "NextVersionIdMarker": page.last_version_id if page.truncated else None,
        "Versions": [
            _version(v, encoded, owners, optional_object_attributes) for v in page.versions if not v.delete_marker
        ],
        "DeleteMarkers": [_marker(v, encoded, owners) for v in page.versions if v.delete_marker],
        "CommonPrefixes": [{"Prefix": encoded(shared)} for shared in page.prefixes],
    }


def _version(version: ObjectVersion, encoded: Encoding, owners: Owners, optional: Sequence[str]) -> dict[str, Any]:
    shown = listed(version, encoded, owners, optional)
    return shown | {"VersionId": version.version_id, "IsLatest": version.latest}


def _marker(version: ObjectVersion, encoded: Encoding, owners: Owners) -> dict[str, Any]:
    return {
        "Key": encoded(version.key),
        "VersionId": version.version_id,
        "IsLatest": version.latest,
        "LastModified": version.modified,
        "Owner": owners(version.account),
    }
