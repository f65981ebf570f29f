"""What is told of an object and its parts."""

import base64
import hashlib
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
PART = b"p" * 5 * 2**20


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"attributes-{account}"
    s3.create_bucket(Bucket=name)
    return name


def test_object(s3: Any, bucket: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"abc", ChecksumAlgorithm="SHA256", StorageClass="STANDARD_IA")
    found = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)
    assert found["ETag"] == hashlib.md5(b"abc").hexdigest()
    assert (found["ObjectSize"], found["StorageClass"]) == (3, "STANDARD_IA")
    assert found["Checksum"] == {"ChecksumSHA256": put["ChecksumSHA256"], "ChecksumType": "FULL_OBJECT"}
    assert found["LastModified"]
    assert not {"ObjectParts", "VersionId"} & found.keys()
    only = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"])
    assert only.keys() == {"ObjectSize", "LastModified", "ResponseMetadata"}


@pytest.mark.parametrize(("algorithm", "kind"), [("SHA256", "COMPOSITE"), ("CRC32", "FULL_OBJECT")])
def test_parts(s3: Any, bucket: str, algorithm: str, kind: str) -> None:
    names = {"Bucket": bucket, "Key": "k"}
    begun = s3.create_multipart_upload(**names, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    parts = []
    for number in (1, 2, 3):
        given = {"UploadId": begun["UploadId"], "PartNumber": number, "ChecksumAlgorithm": algorithm}
        made = s3.upload_part(**names, **given, Body=PART)
        member = f"Checksum{algorithm}"
        parts.append({"PartNumber": number, "ETag": made["ETag"], member: made[member]})
    whole = s3.complete_multipart_upload(**names, UploadId=begun["UploadId"], MultipartUpload={"Parts": parts})
    found = s3.get_object_attributes(**names, ObjectAttributes=ALL, MaxParts=2)
    assert found["ETag"] == whole["ETag"].strip('"')
    assert found["Checksum"] == {member: whole[member], "ChecksumType": kind}
    page = found["ObjectParts"]
    assert (page["TotalPartsCount"], page["IsTruncated"], page["NextPartNumberMarker"]) == (3, True, 2)
    assert page["Parts"][0] == {"PartNumber": 1, "Size": len(PART), member: parts[0][member]}
    rest = s3.get_object_attributes(**names, ObjectAttributes=["ObjectParts"], PartNumberMarker=2)["ObjectParts"]
    assert ([part["PartNumber"] for part in rest["Parts"]], rest["IsTruncated"]) == ([3], False)
    one = s3.get_object(**names, PartNumber=2, ChecksumMode="ENABLED")
    assert (one["Body"].read() == PART, one[member]) == (True, parts[1][member])


def test_versions(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    id = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    found = s3.get_object_attributes(Bucket=bucket, Key="k", VersionId=id, ObjectAttributes=["ObjectSize"])
    assert (found["VersionId"], found["ObjectSize"]) == (id, 3)
    with refused("NoSuchKey", status=404):
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)
    with refused("MethodNotAllowed", status=405):
        s3.get_object_attributes(Bucket=bucket, Key="k", VersionId=marker, ObjectAttributes=ALL)


def test_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)
    with refused("InvalidArgument"):
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Colour"])
    with refused("InvalidRequest"):
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)
    key = b"k" * 32
    given = {
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(key).decode(),
        "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode(),
    }
    assert s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL, **given)["ObjectSize"] == 1


def test_not_offered(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"a,b")
    with refused("NotImplemented", says="GetObjectTorrent"):
        s3.get_object_torrent(Bucket=bucket, Key="k")
    with refused("NotImplemented", says="SelectObjectContent"):
        s3.select_object_content(
            Bucket=bucket,
            Key="k",
            Expression="select * from s3object",
            ExpressionType="SQL",
            InputSerialization={"CSV": {}},
            OutputSerialization={"CSV": {}},
        )
