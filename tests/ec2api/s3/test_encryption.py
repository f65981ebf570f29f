"""Encryption at rest: the bucket's default, SSE-S3, SSE-KMS and SSE-C, through everything that writes and reads."""

import base64
import hashlib
from datetime import datetime
from typing import Any

import pytest

from tests.conftest import REGION, Embedded
from tests.refusal import refused

BODY = bytes(range(256)) * 2000
"""Longer than what lies in a row, and than a block of the cipher."""
PART = b"p" * 5 * 2**20
APPLY = "ApplyServerSideEncryptionByDefault"
KEY, OTHER = "k" * 32, "o" * 32


def customer(key: str = KEY, prefix: str = "") -> dict[str, str]:
    """Botocore adds the rest."""
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key}


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"encryption-{account}"
    s3.create_bucket(Bucket=name)
    return name


def default(s3: Any, bucket: str, algorithm: str, **rule: Any) -> None:
    by_default = {"SSEAlgorithm": algorithm}
    if key := rule.pop("key", None):
        by_default["KMSMasterKeyID"] = key
    rules = [{APPLY: by_default, **rule}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def upload(s3: Any, bucket: str, key: str, *, parts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An object of two parts."""
    id = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]
    names = {"Bucket": bucket, "Key": key, "UploadId": id}
    listed = []
    for number, body in ((1, PART), (2, BODY)):
        etag = s3.upload_part(**names, PartNumber=number, Body=body, **(parts or {}))["ETag"]
        listed.append({"PartNumber": number, "ETag": etag})
    found: dict[str, Any] = s3.complete_multipart_upload(**names, MultipartUpload={"Parts": listed})
    return found


def stored(cloud: Embedded) -> set[str]:
    return set(cloud.cloud.objects.older(datetime(2100, 1, 1)))


def blobs(cloud: Embedded, before: set[str]) -> bytes:
    """The bytes on disk of what came since."""
    found = b""
    for name in stored(cloud) - before:
        with cloud.cloud.objects.open(name) as file:
            found += file.read()
    return found


def test_configuration(s3: Any, bucket: str) -> None:
    with refused("ServerSideEncryptionConfigurationNotFoundError", status=404):
        s3.get_bucket_encryption(Bucket=bucket)
    default(s3, bucket, "aws:kms", key="alias/mine", BucketKeyEnabled=True)
    found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}
    assert found == [{APPLY: by_default, "BucketKeyEnabled": True}]
    default(s3, bucket, "AES256")
    found = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert found == [{APPLY: {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    s3.delete_bucket_encryption(Bucket=bucket)
    with refused("ServerSideEncryptionConfigurationNotFoundError", status=404):
        s3.get_bucket_encryption(Bucket=bucket)


def test_secure_defaults(new_cloud: Any) -> None:
    s3 = new_cloud(bucket_defaults="secure").client("s3")
    s3.create_bucket(Bucket="secure")
    fresh = s3.get_bucket_encryption(Bucket="secure")["ServerSideEncryptionConfiguration"]
    default(s3, "secure", "aws:kms")
    s3.delete_bucket_encryption(Bucket="secure")
    assert s3.get_bucket_encryption(Bucket="secure")["ServerSideEncryptionConfiguration"] == fresh
    assert s3.put_object(Bucket="secure", Key="k")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "MalformedXML"),
        ([{APPLY: {"SSEAlgorithm": "AES256"}}] * 2, "MalformedXML"),
        ([{APPLY: {"SSEAlgorithm": "ROT13"}}], "MalformedXML"),
        ([{APPLY: {}}], "MalformedXML"),
        ([{APPLY: {"SSEAlgorithm": "aws:fsx"}}], "InvalidArgument"),
        (
            [{APPLY: {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}}],
            "InvalidArgument",
        ),
        (
            [{APPLY: {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ""}}],
            "InvalidArgument",
        ),
    ],
)
def test_configuration_refused(s3: Any, bucket: str, rules: list[dict[str, Any]], code: str) -> None:
    with refused(code):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def test_blocked(s3: Any, bucket: str) -> None:
    rules = [{"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    with refused("AccessDenied", status=403):
        s3.put_object(Bucket=bucket, Key="k", **customer())
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}
    assert s3.put_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("algorithm", ["AES256", "aws:kms"])
def test_default(shared_cloud: Embedded, s3: Any, bucket: str, account: str, algorithm: str) -> None:
    """It holds for whatever writes an object, and the bytes on disk are not those of the object."""
    s3.put_object(Bucket=bucket, Key="before", Body=BODY)
    default(s3, bucket, algorithm)
    before = stored(shared_cloud)
    put = s3.put_object(Bucket=bucket, Key="put", Body=BODY)
    copy = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/before")
    parts = upload(s3, bucket, "parts")
    assert {made["ServerSideEncryption"] for made in (put, copy, parts)} == {algorithm}
    on_disk = blobs(shared_cloud, before)
    assert len(on_disk) > 3 * len(BODY) + len(PART)
    assert BODY[:64] not in on_disk
    assert PART[:64] not in on_disk
    for key, body in (("put", BODY), ("copy", BODY), ("parts", PART + BODY)):
        found = s3.get_object(Bucket=bucket, Key=key)
        assert (found["Body"].read(), found["ServerSideEncryption"]) == (body, algorithm)
        piece = s3.get_object(Bucket=bucket, Key=key, Range="bytes=70000-150000")
        assert piece["Body"].read() == body[70000:150001]
        is_md5 = found["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
        assert is_md5 == (algorithm == "AES256" and key != "parts")
        if algorithm == "aws:kms":
            assert found["SSEKMSKeyId"].startswith(f"arn:aws:kms:{REGION}:{account}:key/")
    assert "ServerSideEncryption" not in s3.head_object(Bucket=bucket, Key="before")


def test_request_says_otherwise(s3: Any, bucket: str) -> None:
    default(s3, bucket, "aws:kms", BucketKeyEnabled=True)
    assert s3.put_object(Bucket=bucket, Key="kms")["BucketKeyEnabled"] is True
    assert s3.put_object(Bucket=bucket, Key="s3", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "my-key", "BucketKeyEnabled": False}
    answer = s3.put_object(Bucket=bucket, Key="own", Body=b"small", **given)
    assert (answer["SSEKMSKeyId"], "BucketKeyEnabled" in answer) == ("my-key", False)
    assert s3.get_object(Bucket=bucket, Key="own")["Body"].read() == b"small"
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="c", **customer())
    with refused("InvalidArgument"):
        s3.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aes:what")
    with refused("InvalidArgument"):
        s3.put_object(Bucket=bucket, Key="k", SSEKMSKeyId="my-key")


@pytest.mark.parametrize("body", [b"", b"small", BODY])
def test_customer_key(shared_cloud: Embedded, s3: Any, bucket: str, body: bytes) -> None:
    before = stored(shared_cloud)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **customer())
    digest = base64.b64encode(hashlib.md5(KEY.encode()).digest()).decode()
    assert (put["SSECustomerAlgorithm"], put["SSECustomerKeyMD5"]) == ("AES256", digest)
    assert put["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'
    assert BODY[:64] not in blobs(shared_cloud, before)
    found = s3.get_object(Bucket=bucket, Key="k", **customer())
    assert (found["Body"].read(), found["SSECustomerKeyMD5"], found["ETag"]) == (body, digest, put["ETag"])
    assert s3.head_object(Bucket=bucket, Key="k", **customer())["ContentLength"] == len(body)
    if body:
        piece = s3.get_object(Bucket=bucket, Key="k", Range="bytes=1-3", **customer())
        assert piece["Body"].read() == body[1:4]


def test_customer_key_needed(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, **customer())
    s3.put_object(Bucket=bucket, Key="open", Body=BODY)
    with refused("InvalidRequest"):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("400"):
        s3.head_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", status=403):
        s3.get_object(Bucket=bucket, Key="k", **customer(OTHER))
    with refused("403", status=403):
        s3.head_object(Bucket=bucket, Key="k", **customer(OTHER))
    with refused("InvalidRequest"):
        s3.get_object(Bucket=bucket, Key="open", **customer())


@pytest.mark.parametrize(
    "given",
    [
        {"SSECustomerAlgorithm": "AES256"},
        {"SSECustomerKey": KEY},
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "short"},
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY, "SSECustomerKeyMD5": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {**customer(), "ServerSideEncryption": "AES256"},
    ],
)
def test_customer_key_refused(s3: Any, bucket: str, given: dict[str, str]) -> None:
    with refused("InvalidArgument"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **given)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_customer_algorithm_refused(s3: Any, bucket: str) -> None:
    with refused("InvalidEncryptionAlgorithmError"):
        s3.put_object(Bucket=bucket, Key="k", SSECustomerAlgorithm="AES128", SSECustomerKey=KEY)


def test_copy_with_customer_keys(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from", Body=BODY, **customer())
    source = {"CopySource": f"{bucket}/from", **customer(prefix="CopySource")}
    s3.copy_object(Bucket=bucket, Key="open", **source)
    s3.copy_object(Bucket=bucket, Key="other", **source, **customer(OTHER))
    s3.copy_object(Bucket=bucket, Key="back", CopySource=f"{bucket}/open", **customer())
    assert s3.get_object(Bucket=bucket, Key="open")["Body"].read() == BODY
    assert s3.get_object(Bucket=bucket, Key="other", **customer(OTHER))["Body"].read() == BODY
    assert s3.get_object(Bucket=bucket, Key="back", **customer())["Body"].read() == BODY
    with refused("InvalidRequest"):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/from")
    with refused("AccessDenied", status=403):
        s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/from", **customer(OTHER, "CopySource"))
    s3.copy_object(Bucket=bucket, Key="from", **source, **customer(OTHER))  # onto itself, with another key
    assert s3.get_object(Bucket=bucket, Key="from", **customer(OTHER))["Body"].read() == BODY


def test_parts_with_customer_keys(shared_cloud: Embedded, s3: Any, bucket: str) -> None:
    before = stored(shared_cloud)
    upload(s3, bucket, "k", parts=customer(), **customer())
    assert PART[:64] not in blobs(shared_cloud, before)
    found = s3.get_object(Bucket=bucket, Key="k", **customer())
    assert (found["Body"].read() == PART + BODY, found["ETag"][-3:]) == (True, '-2"')
    across = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={len(PART) - 2}-{len(PART) + 1}", **customer())
    assert across["Body"].read() == b"pp" + BODY[:2]
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2, **customer())
    assert second["Body"].read() == BODY
    with refused("InvalidRequest"):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", status=403):
        s3.get_object(Bucket=bucket, Key="k", **customer(OTHER))
    s3.put_object(Bucket=bucket, Key="from", Body=BODY, **customer(OTHER))
    names = {"Bucket": bucket, "Key": "copied"}
    names["UploadId"] = s3.create_multipart_upload(**names, **customer())["UploadId"]
    source = {"CopySource": f"{bucket}/from", **customer(OTHER, "CopySource")}
    part = s3.upload_part_copy(**names, **source, **customer(), PartNumber=1)["CopyPartResult"]
    s3.complete_multipart_upload(**names, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="copied", **customer())["Body"].read() == BODY


def test_parts_need_the_key_of_their_upload(s3: Any, bucket: str) -> None:
    names = {"Bucket": bucket, "Key": "k"}
    encrypted = s3.create_multipart_upload(**names, **customer())["UploadId"]
    plain = s3.create_multipart_upload(**names)["UploadId"]
    for id, given in ((encrypted, {}), (encrypted, customer(OTHER)), (plain, customer())):
        with refused("InvalidRequest"):
            s3.upload_part(**names, UploadId=id, PartNumber=1, Body=b"x", **given)
        assert "Parts" not in s3.list_parts(**names, UploadId=id)
