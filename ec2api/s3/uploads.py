"""The action that lists a bucket's open multipart uploads.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
"""

from typing import Any

from backend.db.models import Upload
from backend.s3 import upload_listing
from ec2api.registry import action
from ec2api.s3.call import S3Call
from ec2api.s3.listing import Encoding, Owners, page_size
from ec2api.s3.multipart import initiator


@action(service="s3", reads=True)
def list_multipart_uploads(
    call: S3Call,
    *,
    delimiter: str | None = None,
    encoding_type: str | None = None,
    key_marker: str | None = None,
    max_uploads: int | None = None,
    prefix: str | None = None,
    upload_id_marker: str | None = None,
) -> dict[str, Any]:
    encoded, limit = Encoding(encoding_type), page_size(max_uploads, "max-uploads")
    page = upload_listing.page(
        call.uow,
        call.bucket,
        prefix=prefix or "",
        delimiter=delimiter or "",
        after=key_marker or "",
        after_id=upload_id_marker if key_marker and upload_id_marker else None,  # without a key it is ignored
        limit=limit,
    )
    owners = Owners(call)
    return {
        "Bucket": call.bucket.name,
        "Prefix": encoded(prefix or ""),
        "Delimiter": encoded(delimiter or None),
        "KeyMarker": encoded(key_marker or ""),
        "UploadIdMarker": upload_id_marker or "",
        "MaxUploads": limit if max_uploads is None else max_uploads,
        "EncodingType": encoding_type,
        "IsTruncated": page.truncated,
        "NextKeyMarker": encoded(page.last_key) if page.truncated else None,
        "NextUploadIdMarker": page.last_id if page.truncated else None,
        "Uploads": [_shown(upload, encoded, owners) for upload in page.uploads],
        "CommonPrefixes": [{"Prefix": encoded(shared)} for shared in page.prefixes],
    }


def _shown(upload: Upload, encoded: Encoding, owners: Owners) -> dict[str, Any]:
    owner = owners(upload.account)
    return {
        "Key": encoded(upload.key),
        "UploadId": upload.id,
        "Initiated": upload.initiated,
        "StorageClass": upload.storage_class,
        "Owner": owner,
        "Initiator": initiator(upload, owner),
        "ChecksumAlgorithm": upload.checksum_algorithm,
        "ChecksumType": upload.checksum_type,
    }
