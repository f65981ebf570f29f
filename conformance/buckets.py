"""How tests get rid of their buckets."""

from typing import Any

from botocore.exceptions import ClientError


def remove(s3: Any, bucket: str) -> None:
    """Delete a bucket with all versions and uploads in it, if it is there."""
    try:
        empty(s3, bucket)
        s3.delete_bucket(Bucket=bucket)
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "NoSuchBucket":
            raise


def empty(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        named = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found if each["Key"].isprintable()]
        if named:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
            assert not answer.get("Errors"), answer["Errors"]
        for each in found:
            if not each["Key"].isprintable():  # XML may have no name for it
                s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
