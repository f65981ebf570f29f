"""Versions of objects in S3, delete markers, and locks."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.endpoint import eventually
from conformance.wire import refused


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def test_versions_and_markers(s3: Any, versioned: str) -> None:
    named = {"Bucket": versioned, "Key": "k"}
    first, second = (s3.put_object(**named, Body=body)["VersionId"] for body in (b"1", b"2"))
    assert s3.head_object(**named)["VersionId"] == second
    assert s3.get_object(**named, VersionId=first)["Body"].read() == b"1"
    deleted = s3.delete_object(**named)
    assert deleted["DeleteMarker"] is True
    status, code, _ = refused(s3.get_object, **named)
    assert (status, code) == (404, "NoSuchKey")
    assert refused(s3.get_object, **named, VersionId=deleted["VersionId"])[:2] == (405, "MethodNotAllowed")
    assert refused(s3.get_object, Bucket=versioned, Key="other", VersionId=first)[:2] == (404, "NoSuchVersion")
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    found = s3.list_object_versions(Bucket=versioned)
    assert [(v["VersionId"], v["IsLatest"]) for v in found["Versions"]] == [(second, False), (first, False)]
    assert [(m["VersionId"], m["IsLatest"]) for m in found["DeleteMarkers"]] == [(deleted["VersionId"], True)]
    gone = s3.delete_object(**named, VersionId=deleted["VersionId"])
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, deleted["VersionId"])
    assert s3.get_object(**named)["Body"].read() == b"2"
    s3.delete_object(**named, VersionId=second)
    assert s3.head_object(**named)["VersionId"] == first
    copy = s3.copy_object(Bucket=versioned, Key="copy", CopySource={**named, "VersionId": first})
    assert copy["CopySourceVersionId"] == first


def test_suspended(s3: Any, bucket: str) -> None:
    named = {"Bucket": bucket, "Key": "k"}
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.put_object(**named, Body=b"0")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    kept = s3.put_object(**named, Body=b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.put_object(**named, Body=b"2")["VersionId"] == "null"
    assert [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket)["Versions"]] == ["null", kept]
    assert s3.get_object(**named, VersionId="null")["Body"].read() == b"2"
    assert s3.delete_object(**named)["VersionId"] == "null"
    assert [v["VersionId"] for v in s3.list_object_versions(Bucket=bucket)["Versions"]] == [kept]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_of_versions(s3: Any, versioned: str, size: int) -> None:
    wanted = []
    for key in ("a", "b/1", "b/2"):
        ids = [s3.put_object(Bucket=versioned, Key=key, Body=b"")["VersionId"] for _ in range(3)]
        ids.append(s3.delete_object(Bucket=versioned, Key=key)["VersionId"])
        wanted += [(key, id) for id in reversed(ids)]
    seen = []
    asked: dict[str, Any] = {"Bucket": versioned, "MaxKeys": size}
    while True:
        page = s3.list_object_versions(**asked)
        entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
        assert len(entries) <= size
        seen += [(each["Key"], each["VersionId"]) for each in entries]
        if not page["IsTruncated"]:
            break
        asked |= {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert sorted(seen) == sorted(wanted)
    grouped = s3.list_object_versions(Bucket=versioned, Delimiter="/")
    assert grouped["CommonPrefixes"] == [{"Prefix": "b/"}]


def locked(s3: Any, name: str) -> str:
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def test_retention(s3: Any, name: str) -> None:
    bucket = locked(s3, name)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    named = {"Bucket": bucket, "Key": "k"}
    version = s3.put_object(
        **named, Body=b"1", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until, ChecksumAlgorithm="CRC32"
    )["VersionId"]
    one = {**named, "VersionId": version}
    assert s3.get_object_retention(**one)["Retention"] == {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    assert s3.head_object(**one)["ObjectLockMode"] == "COMPLIANCE"
    assert refused(s3.delete_object, **one)[:2] == (403, "AccessDenied")
    assert refused(s3.delete_object, **one, BypassGovernanceRetention=True)[:2] == (403, "AccessDenied")
    sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": until - timedelta(seconds=1)}
    assert refused(s3.put_object_retention, **one, Retention=sooner)[:2] == (403, "AccessDenied")
    marker = s3.delete_object(**named)["VersionId"]
    s3.delete_object(**named, VersionId=marker)
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 1)
    s3.delete_object(**one)
    s3.delete_bucket(Bucket=bucket)


def test_governance_and_legal_holds(s3: Any, name: str) -> None:
    bucket = locked(s3, name)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]["Rule"] == rule
    named = {"Bucket": bucket, "Key": "k"}
    one = {**named, "VersionId": s3.put_object(**named, Body=b"1", ChecksumAlgorithm="CRC32")["VersionId"]}
    assert s3.get_object_retention(**one)["Retention"]["Mode"] == "GOVERNANCE"
    assert refused(s3.delete_object, **one)[:2] == (403, "AccessDenied")
    s3.put_object_legal_hold(**one, LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(**one)["LegalHold"] == {"Status": "ON"}
    assert refused(s3.delete_object, **one, BypassGovernanceRetention=True)[:2] == (403, "AccessDenied")
    s3.put_object_legal_hold(**one, LegalHold={"Status": "OFF"})
    s3.delete_object(**one, BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket=bucket)


def test_locks_need_versions(s3: Any, bucket: str) -> None:
    configuration = {"ObjectLockEnabled": "Enabled"}
    fault = refused(s3.put_object_lock_configuration, Bucket=bucket, ObjectLockConfiguration=configuration)
    assert fault[:2] == (409, "InvalidBucketState")
    fault = refused(s3.get_object_lock_configuration, Bucket=bucket)
    assert fault[:2] == (404, "ObjectLockConfigurationNotFoundError")


def test_lifecycle(s3: Any, endpoint: Any, versioned: str) -> None:
    if endpoint.s3_day_seconds is None:
        pytest.skip("days of the endpoint are long")
    rules = [
        {
            "ID": "short",
            "Status": "Enabled",
            "Filter": {"Prefix": "old/"},
            "Expiration": {"Days": 1},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
        {
            "ID": "markers",
            "Status": "Enabled",
            "Filter": {"Prefix": "old/"},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=versioned, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=versioned)["Rules"] == rules
    s3.put_object(Bucket=versioned, Key="kept/1", Body=b"")
    upload = s3.create_multipart_upload(Bucket=versioned, Key="old/parts")
    assert upload["AbortRuleId"] == "short"
    assert 'rule-id="short"' in s3.put_object(Bucket=versioned, Key="old/1", Body=b"")["Expiration"]

    def left() -> tuple[list[str], list[str], int]:
        found = s3.list_object_versions(Bucket=versioned)
        uploads = s3.list_multipart_uploads(Bucket=versioned).get("Uploads", [])
        return (
            [v["Key"] for v in found.get("Versions", [])],
            [m["Key"] for m in found.get("DeleteMarkers", [])],
            len(uploads),
        )

    eventually(left, lambda seen: seen == (["kept/1"], [], 0))
