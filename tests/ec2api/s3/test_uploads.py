"""The list of open multipart uploads."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"uploads-{account}"
    s3.create_bucket(Bucket=name)
    return name


def begin(s3: Any, bucket: str, key: str, **more: Any) -> str:
    id: str = s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]
    return id


def test_open_ones(s3: Any, bucket: str) -> None:
    first = begin(s3, bucket, "b", StorageClass="STANDARD_IA", ChecksumAlgorithm="CRC32")
    second, done, gone = begin(s3, bucket, "b"), begin(s3, bucket, "c"), begin(s3, bucket, "a")
    s3.abort_multipart_upload(Bucket=bucket, Key="a", UploadId=gone)
    part = s3.upload_part(Bucket=bucket, Key="c", UploadId=done, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="c", UploadId=done, MultipartUpload=parts)
    answer = s3.list_multipart_uploads(Bucket=bucket)
    assert [(u["Key"], u["UploadId"]) for u in answer["Uploads"]] == [("b", first), ("b", second)]
    found = answer["Uploads"][0]
    assert (found["StorageClass"], found["ChecksumAlgorithm"], found["ChecksumType"]) == (
        "STANDARD_IA",
        "CRC32",
        "COMPOSITE",
    )
    assert found["Owner"]["ID"] == found["Initiator"]["ID"]
    assert (answer["IsTruncated"], answer["MaxUploads"], answer["KeyMarker"]) == (False, 1000, "")


def test_pages(s3: Any, bucket: str) -> None:
    made = [(key, begin(s3, bucket, key)) for key in ("a", "b", "b", "b", "c", "c")]
    for size in (1, 2, 4, 6):
        found: list[tuple[str, str]] = []
        markers: dict[str, str] = {}
        while True:
            answer = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=size, **markers)
            found += [(u["Key"], u["UploadId"]) for u in answer["Uploads"]]
            if not answer["IsTruncated"]:
                break
            markers = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer["NextUploadIdMarker"]}
        assert found == made
    rest = s3.list_multipart_uploads(Bucket=bucket, KeyMarker="b")["Uploads"]
    assert [u["Key"] for u in rest] == ["c", "c"]
    ignored = s3.list_multipart_uploads(Bucket=bucket, UploadIdMarker=made[2][1])["Uploads"]
    assert len(ignored) == len(made)


def test_delimiter(s3: Any, bucket: str) -> None:
    for key in ("a", "d/1", "d/1", "d/2", "e"):
        begin(s3, bucket, key)
    answer = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [u["Key"] for u in answer["Uploads"]] == ["a", "e"]
    assert answer["CommonPrefixes"] == [{"Prefix": "d/"}]
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=2)
    assert (page["NextKeyMarker"], "NextUploadIdMarker" in page) == ("d/", False)
    rest = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", KeyMarker="d/")
    assert [u["Key"] for u in rest["Uploads"]] == ["e"]
    found = s3.list_multipart_uploads(Bucket=bucket, Prefix="d/")["Uploads"]
    assert [u["Key"] for u in found] == ["d/1", "d/1", "d/2"]


def test_encoding(s3: Any, bucket: str) -> None:
    begin(s3, bucket, "a b/ü")
    answer = s3.list_multipart_uploads(Bucket=bucket, EncodingType="url")
    assert answer["Uploads"][0]["Key"] in ("a%20b/%C3%BC", "a b/ü")
    with refused("InvalidArgument"):
        s3.list_multipart_uploads(Bucket=bucket, EncodingType="base64")
