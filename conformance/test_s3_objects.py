"""Objects of S3: keys of all kinds, what is said of them, conditions, ranges, checksums, and deletes of many."""

import base64
import hashlib
import urllib.request
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from conformance.wire import Wire, refused

ODD_KEYS = (
    "plain",
    "a b+c&d=e?f#g",
    "100%/%41%2F",
    "//double//slashes/",
    "./../dots/..",
    "ключ/ユニコード/🎈",
    "control\x01\x7f",
    "quotes'\"<>&amp;\\`{}|^~[]",
    " spaces ",
    "line\nfeed\r\ttab",
    "x" * 1024,
)
ETAG = '"5d41402abc4b2a76b9719d911017c592"'  # of hello


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == key.encode()
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == key.encode()
    s3.delete_object(Bucket=bucket, Key=key)
    assert refused(s3.get_object, Bucket=bucket, Key=key)[:2] == (404, "NoSuchKey")


def test_a_key_that_is_too_long(s3: Any, bucket: str) -> None:
    assert refused(s3.put_object, Bucket=bucket, Key="ä" * 513, Body=b"")[:2] == (400, "KeyTooLongError")


def test_what_is_said_of_an_object(s3: Any, bucket: str) -> None:
    given = {
        "ContentType": "text/x; charset=utf-8",
        "ContentLanguage": "de",
        "ContentDisposition": 'attachment; filename="a b.txt"',
        "ContentEncoding": "gzip",
        "CacheControl": "max-age=60",
        "Metadata": {"one": "1", "two-words": "a b"},
        "StorageClass": "STANDARD_IA",
    }
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", **given)
    assert put["ETag"] == ETAG
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"hello"
    for found in (s3.head_object(Bucket=bucket, Key="k"), got):
        assert {name: found[name] for name in given} == given
        assert (found["ContentLength"], found["ETag"], found["AcceptRanges"]) == (5, ETAG, "bytes")
        assert abs(datetime.now(UTC) - found["LastModified"]) < timedelta(minutes=1)
    attributes = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "Checksum"]
    )
    assert (attributes["ETag"], attributes["ObjectSize"], attributes["StorageClass"]) == (
        ETAG.strip('"'),
        5,
        "STANDARD_IA",
    )
    overridden = s3.head_object(Bucket=bucket, Key="k", ResponseContentType="text/y", ResponseCacheControl="no-cache")
    assert (overridden["ContentType"], overridden["CacheControl"]) == ("text/y", "no-cache")


def test_what_is_not_there(s3: Any, bucket: str, name: str) -> None:
    assert refused(s3.head_object, Bucket=bucket, Key="absent")[:2] == (404, "404")
    assert refused(s3.get_object, Bucket=bucket, Key="absent")[:2] == (404, "NoSuchKey")
    assert refused(s3.get_object, Bucket=f"{name}-absent", Key="k")[:2] == (404, "NoSuchBucket")
    assert s3.delete_object(Bucket=bucket, Key="absent")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_conditional_reads(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    before, later = modified - timedelta(hours=1), modified + timedelta(seconds=1)

    def status(**conditions: Any) -> int:
        try:
            answer = s3.get_object(Bucket=bucket, Key="k", **conditions)
            assert answer["Body"].read() == b"hello"
        except ClientError as fault:
            answer = fault.response
        code: int = answer["ResponseMetadata"]["HTTPStatusCode"]
        return code

    assert status(IfMatch=ETAG) == 200
    assert status(IfMatch='"other"') == 412
    assert status(IfNoneMatch=ETAG) == 304
    assert status(IfNoneMatch='"other"') == 200
    assert status(IfModifiedSince=before) == 200
    assert status(IfModifiedSince=modified) == 304
    assert status(IfUnmodifiedSince=before) == 412
    assert status(IfUnmodifiedSince=later) == 200
    assert status(IfMatch=ETAG, IfUnmodifiedSince=before) == 200
    assert status(IfNoneMatch=ETAG, IfModifiedSince=before) == 304


def test_conditional_writes(s3: Any, bucket: str) -> None:
    named = {"Bucket": bucket, "Key": "k"}
    assert refused(s3.put_object, **named, Body=b"x", IfMatch=ETAG)[:2] == (404, "NoSuchKey")
    s3.put_object(**named, Body=b"hello", IfNoneMatch="*")
    assert refused(s3.put_object, **named, Body=b"x", IfNoneMatch="*")[:2] == (412, "PreconditionFailed")
    assert refused(s3.put_object, **named, Body=b"x", IfMatch='"other"')[:2] == (412, "PreconditionFailed")
    assert refused(s3.delete_object, **named, IfMatch='"other"')[:2] == (412, "PreconditionFailed")
    assert s3.get_object(**named)["Body"].read() == b"hello"
    changed = s3.put_object(**named, Body=b"changed", IfMatch=ETAG)["ETag"]
    s3.delete_object(**named, IfMatch=changed)
    s3.put_object(**named, Body=b"again", IfNoneMatch="*")


@pytest.mark.parametrize(
    ("given", "body", "shown"),
    [
        ("bytes=0-0", b"h", "bytes 0-0/5"),
        ("bytes=1-3", b"ell", "bytes 1-3/5"),
        ("bytes=2-", b"llo", "bytes 2-4/5"),
        ("bytes=2-99", b"llo", "bytes 2-4/5"),
        ("bytes=-2", b"lo", "bytes 3-4/5"),
        ("bytes=-99", b"hello", "bytes 0-4/5"),
        ("bytes=3-1", b"hello", None),
        ("lines=1-2", b"hello", None),
        ("bytes=0-1,3-4", b"hello", None),
    ],
)
def test_ranges(s3: Any, bucket: str, given: str, body: bytes, shown: str | None) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    found = s3.get_object(Bucket=bucket, Key="k", Range=given)
    assert (found["Body"].read(), found.get("ContentRange")) == (body, shown)
    assert found["ResponseMetadata"]["HTTPStatusCode"] == (206 if shown else 200)


def test_ranges_past_the_end(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    assert refused(s3.get_object, Bucket=bucket, Key="k", Range="bytes=5-")[:2] == (416, "InvalidRange")
    assert refused(s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-1")[:2] == (416, "InvalidRange")


def base64_of(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


CHECKSUMS = {
    "CRC32": base64_of(zlib.crc32(b"hello").to_bytes(4, "big")),
    "CRC32C": "mnG7TA==",
    "CRC64NVME": "M3eFcAZSQlc=",
    "SHA1": base64_of(hashlib.sha1(b"hello").digest()),
    "SHA256": base64_of(hashlib.sha256(b"hello").digest()),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("algorithm", CHECKSUMS)
def test_checksums(request: pytest.FixtureRequest, bucket: str, algorithm: str, scheme: str) -> None:
    client = request.getfixturevalue("s3" if scheme == "http" else "secure_s3")
    member, named = f"Checksum{algorithm}", {"Bucket": bucket, "Key": "k"}
    put = client.put_object(**named, Body=b"hello", ChecksumAlgorithm=algorithm)
    assert put[member] == CHECKSUMS[algorithm]
    assert client.put_object(**named, Body=b"hello", **{member: put[member]})[member] == put[member]
    found = client.get_object(**named, ChecksumMode="ENABLED")
    assert (found["Body"].read(), found[member], found["ChecksumType"]) == (b"hello", put[member], "FULL_OBJECT")
    assert client.head_object(**named, ChecksumMode="ENABLED")[member] == put[member]
    shown = client.get_object_attributes(**named, ObjectAttributes=["Checksum"])["Checksum"]
    assert shown == {member: put[member], "ChecksumType": "FULL_OBJECT"}
    wrong = {member: base64_of(bytes(len(base64.b64decode(put[member]))))}
    assert refused(client.put_object, **named, Body=b"other", **wrong)[:2] == (400, "BadDigest")
    assert (
        client.copy_object(**{**named, "Key": "copy"}, CopySource=f"{bucket}/k")["CopyObjectResult"][member]
        == (put[member])
    )


def test_wrong_digests(s3: Any, bucket: str) -> None:
    named = {"Bucket": bucket, "Key": "k", "Body": b"hello"}
    assert refused(s3.put_object, **named, ContentMD5="XUFAKrxLKna5cZ2REBfFkQ==")[:2] == (400, "BadDigest")
    assert refused(s3.put_object, **named, ContentMD5="none")[:2] == (400, "InvalidDigest")
    assert refused(s3.get_object, Bucket=bucket, Key="k")[:2] == (404, "NoSuchKey")


def test_copies(s3: Any, bucket: str, name: str) -> None:
    source = {"Bucket": bucket, "Key": "from"}
    s3.put_object(**source, Body=b"hello", Metadata={"a": "1"}, ContentType="text/x", Tagging="t=1")
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source, Metadata={"a": "2"})
    kept = s3.head_object(Bucket=bucket, Key="kept")
    assert (kept["Metadata"], kept["ContentType"], kept["TagCount"]) == ({"a": "1"}, "text/x", 1)
    s3.copy_object(
        Bucket=bucket,
        Key="new",
        CopySource=source,
        MetadataDirective="REPLACE",
        TaggingDirective="REPLACE",
        Metadata={"a": "2"},
        Tagging="u=2",
    )
    new = s3.head_object(Bucket=bucket, Key="new")
    assert (new["Metadata"], new["ContentType"]) == ({"a": "2"}, "binary/octet-stream")
    assert s3.get_object_tagging(Bucket=bucket, Key="new")["TagSet"] == [{"Key": "u", "Value": "2"}]
    assert refused(s3.copy_object, **source, CopySource=source)[:2] == (400, "InvalidRequest")
    s3.copy_object(**source, CopySource=source, MetadataDirective="REPLACE", Metadata={"a": "3"})
    assert s3.head_object(**source)["Metadata"] == {"a": "3"}
    conditions = {"CopySourceIfMatch": '"other"', "CopySourceIfNoneMatch": ETAG}
    for condition, value in conditions.items():
        fault = refused(s3.copy_object, Bucket=bucket, Key="x", CopySource=source, **{condition: value})
        assert fault[:2] == (412, "PreconditionFailed")
    absent = {"Bucket": f"{name}-absent", "Key": "k"}
    assert refused(s3.copy_object, Bucket=bucket, Key="x", CopySource=absent)[:2] == (404, "NoSuchBucket")


def test_deletes_of_many(s3: Any, bucket: str) -> None:
    odd = [key for key in ODD_KEYS if key.isprintable()]  # XML has no names for all others
    keys = [*odd, *(f"key-{number:04}" for number in range(1001 - len(odd)))]
    for key in keys[:20]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    named = [{"Key": key} for key in keys]
    assert refused(s3.delete_objects, Bucket=bucket, Delete={"Objects": named})[:2] == (400, "MalformedXML")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": named[:1000]})
    assert [each["Key"] for each in answer["Deleted"]] == keys[:1000]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": named[:3], "Quiet": True})


def test_every_answer_has_an_id(s3: Any, wire: Wire, bucket: str) -> None:
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "absent"})
    answer = wire.send("GET", url, {"Host": urlsplit(url).netloc})
    assert answer.error[:2] == (404, "NoSuchKey")
    assert answer.text("RequestId") == answer.headers["x-amz-request-id"]
    assert (answer.text("Key"), answer.headers["content-type"]) == ("absent", "application/xml")
