"""The action that tells of an object what it is asked for, and of its parts.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
"""

from collections.abc import Collection, Sequence
from typing import Any

from backend.db.models import ObjectVersion, Part
from backend.s3 import access, encryption_headers, multipart
from ec2api.registry import action
from ec2api.s3 import fetching, storing
from ec2api.s3.call import S3Call
from ec2api.s3.listing import page_size
from ec2api.s3.objects import shown_checksum, version_id_of


@action(service="s3", reads=True, uses=storing.CUSTOMER | {"VersionId"})
def get_object_attributes(
    call: S3Call,
    *,
    object_attributes: Collection[str],
    max_parts: int | None = None,
    part_number_marker: int | None = None,
) -> dict[str, Any]:
    encryption_headers.refuse_in_reads(call.request.headers)
    version = call.existing()
    form = "Version" if "VersionId" in call.parameters else ""
    call.authorise(access.Action(f"s3:GetObject{form}", "READ"), call.bucket, call.key, version)
    parts = multipart.parts_of(call.uow, version)
    fetching.check_key(call, version, parts, storing.customer_key(call))
    limit = page_size(max_parts, "max-parts")
    values = {
        "ETag": version.etag,
        "Checksum": shown_checksum(version) or None,
        "ObjectParts": _parts(call, version, parts, limit, part_number_marker or 0) if parts else None,
        "StorageClass": version.storage_class,
        "ObjectSize": version.size,
    }
    return {
        "LastModified": version.modified,
        "VersionId": version_id_of(call, version),
        **{name: value for name, value in values.items() if name in object_attributes},
    }


def _parts(call: S3Call, version: ObjectVersion, parts: Sequence[Part], limit: int, after: int) -> dict[str, Any]:
    """How many there are; and each of them, where the upload was begun with a checksum."""
    shown: dict[str, Any] = {"TotalPartsCount": len(parts)}
    upload = multipart.origin(call.uow, version)
    if upload is None or upload.checksum_algorithm is None:
        return shown
    found = [part for part in parts if part.number > after]
    page = found[:limit]
    member = storing.CHECKSUMS[upload.checksum_algorithm]
    return shown | {
        "PartNumberMarker": after,
        "NextPartNumberMarker": page[-1].number if page else 0,
        "MaxParts": limit,
        "IsTruncated": len(found) > limit > 0,
        "Parts": [{"PartNumber": part.number, "Size": part.size, member: part.checksum} for part in page],
    }
