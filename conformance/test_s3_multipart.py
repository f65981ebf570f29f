"""Objects of S3 that are uploaded in parts: order, sizes, checksums, copies of ranges, and completing twice."""

import hashlib
from typing import Any

import pytest

from conformance.wire import refused

MIB = 2**20
FIRST, SECOND, LAST = b"1" * 5 * MIB, b"2" * 5 * MIB, b"3" * 7


def begin(s3: Any, bucket: str, **more: Any) -> dict[str, Any]:
    named = {"Bucket": bucket, "Key": "parts"}
    return {**named, "UploadId": s3.create_multipart_upload(**named, **more)["UploadId"]}


def upload(s3: Any, named: dict[str, Any], number: int, body: bytes, **more: Any) -> dict[str, Any]:
    done = s3.upload_part(**named, PartNumber=number, Body=body, **more)
    checksums = {name: value for name, value in done.items() if name.startswith("Checksum") and name != "ChecksumType"}
    return {"PartNumber": number, "ETag": done["ETag"], **(checksums if more else {})}


def complete(s3: Any, named: dict[str, Any], *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": list(parts)}, **more)
    return found


def test_parts(s3: Any, bucket: str) -> None:
    named = begin(s3, bucket, ContentType="text/x", Metadata={"a": "b"})
    last = upload(s3, named, 9, LAST)
    upload(s3, named, 2, b"replaced")
    first, second = upload(s3, named, 1, FIRST), upload(s3, named, 2, SECOND)
    unlisted = upload(s3, named, 5, b"dropped")
    listed = s3.list_parts(**named)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 5 * MIB), (2, 5 * MIB), (5, 7), (9, 7)]
    page = s3.list_parts(**named, MaxParts=1, PartNumberMarker=1)
    assert ([p["PartNumber"] for p in page["Parts"]], page["IsTruncated"], page["NextPartNumberMarker"]) == (
        [2],
        True,
        2,
    )
    assert refused(s3.head_object, Bucket=bucket, Key="parts")[0] == 404
    done = complete(s3, named, first, second, last)
    digests = b"".join(hashlib.md5(body).digest() for body in (FIRST, SECOND, LAST))
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    assert complete(s3, named, first, second, last)["ETag"] == done["ETag"]
    found = s3.get_object(Bucket=bucket, Key="parts")
    assert (found["Body"].read(), found["ContentType"], found["Metadata"]) == (
        FIRST + SECOND + LAST,
        "text/x",
        {"a": "b"},
    )
    part = s3.get_object(Bucket=bucket, Key="parts", PartNumber=3)
    assert (part["Body"].read(), part["PartsCount"], part["ContentRange"]) == (
        LAST,
        3,
        f"bytes {10 * MIB}-{10 * MIB + 6}/{10 * MIB + 7}",
    )
    across = s3.get_object(Bucket=bucket, Key="parts", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    assert across["Body"].read() == b"1122"
    assert refused(s3.head_object, Bucket=bucket, Key="parts", PartNumber=4)[0] == 416
    assert refused(s3.list_parts, **named)[:2] == (404, "NoSuchUpload")
    assert unlisted["PartNumber"] == 5


def test_what_is_refused(s3: Any, bucket: str) -> None:
    named = begin(s3, bucket)
    first, second = upload(s3, named, 1, FIRST), upload(s3, named, 2, LAST)
    third = upload(s3, named, 3, LAST)

    def fault(*parts: dict[str, Any]) -> tuple[int, str]:
        return refused(s3.complete_multipart_upload, **named, MultipartUpload={"Parts": list(parts)})[:2]

    assert fault(second, first) == (400, "InvalidPartOrder")
    assert fault(first, second, third) == (400, "EntityTooSmall")
    assert fault(first, {**second, "PartNumber": 7}) == (400, "InvalidPart")
    assert fault({**first, "ETag": '"00000000000000000000000000000000"'}) == (400, "InvalidPart")
    assert fault() == (400, "MalformedXML")
    for number in (0, 10_001):
        assert refused(s3.upload_part, **named, PartNumber=number, Body=b"")[:2] == (400, "InvalidArgument")
    other = {**named, "UploadId": "none"}
    assert refused(s3.upload_part, **other, PartNumber=1, Body=b"")[:2] == (404, "NoSuchUpload")
    s3.abort_multipart_upload(**named)
    assert refused(s3.abort_multipart_upload, **named)[:2] == (404, "NoSuchUpload")
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_listed_uploads(s3: Any, bucket: str) -> None:
    begun = [
        (key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]) for key in ("a", "a", "b/1", "b/2", "c")
    ]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    found = [(each["Key"], each["UploadId"]) for page in pages for each in page["Uploads"]]
    assert (sorted(found), [key for key, _ in found]) == (sorted(begun), ["a", "a", "b/1", "b/2", "c"])
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert grouped["CommonPrefixes"] == [{"Prefix": "b/"}]


def test_copied_parts(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="from +", Body=FIRST + SECOND)
    named = begin(s3, bucket)
    source = {"Bucket": bucket, "Key": "from +"}
    parts = []
    for number, span in enumerate((f"bytes=1-{5 * MIB}", "bytes=0-3"), 1):
        done = s3.upload_part_copy(**named, PartNumber=number, CopySource=source, CopySourceRange=span)
        parts.append({"PartNumber": number, "ETag": done["CopyPartResult"]["ETag"]})
    beyond = {"CopySource": source, "CopySourceRange": f"bytes=0-{10 * MIB}"}
    assert refused(s3.upload_part_copy, **named, PartNumber=3, **beyond)[:2] == (400, "InvalidArgument")
    complete(s3, named, *parts)
    assert s3.get_object(Bucket=bucket, Key="parts")["Body"].read() == FIRST[1:] + b"2" + b"1111"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("CRC32", "FULL_OBJECT"),
        ("CRC32", "COMPOSITE"),
        ("CRC32C", "FULL_OBJECT"),
        ("CRC64NVME", "FULL_OBJECT"),
        ("SHA1", "COMPOSITE"),
        ("SHA256", "COMPOSITE"),
    ],
)
def test_checksums(request: pytest.FixtureRequest, bucket: str, algorithm: str, kind: str, scheme: str) -> None:
    client = request.getfixturevalue("s3" if scheme == "http" else "secure_s3")
    named = begin(client, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    parts = [upload(client, named, n, body, ChecksumAlgorithm=algorithm) for n, body in ((1, FIRST), (2, LAST))]
    done = complete(client, named, *parts, ChecksumType=kind)
    member = f"Checksum{algorithm}"
    assert done["ChecksumType"] == kind
    assert done[member].endswith("-2") == (kind == "COMPOSITE")
    if kind == "FULL_OBJECT":
        whole = client.put_object(Bucket=bucket, Key="whole", Body=FIRST + LAST, ChecksumAlgorithm=algorithm)
        assert done[member] == whole[member]
    found = client.get_object(Bucket=bucket, Key="parts", ChecksumMode="ENABLED")
    assert (found["Body"].read(), found[member]) == (FIRST + LAST, done[member])
    shown = client.get_object_attributes(Bucket=bucket, Key="parts", ObjectAttributes=["ObjectParts", "Checksum"])
    assert shown["ObjectParts"]["TotalPartsCount"] == 2
    assert shown["Checksum"]["ChecksumType"] == kind


def test_conditions(s3: Any, bucket: str) -> None:
    named = begin(s3, bucket)
    part = upload(s3, named, 1, LAST)
    s3.put_object(Bucket=bucket, Key="parts", Body=b"first")
    given = {"MultipartUpload": {"Parts": [part]}, "IfNoneMatch": "*"}
    assert refused(s3.complete_multipart_upload, **named, **given)[:2] == (412, "PreconditionFailed")
    complete(s3, named, part)
    assert s3.get_object(Bucket=bucket, Key="parts")["Body"].read() == LAST
