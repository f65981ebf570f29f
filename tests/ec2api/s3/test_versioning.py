"""Buckets that keep versions: their status, and what their objects do."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"versioning-{account}"
    s3.create_bucket(Bucket=name)
    return name


def version(s3: Any, bucket: str, status: str, **more: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status, **more})


def body(s3: Any, bucket: str, key: str, **version: str) -> bytes:
    found: bytes = s3.get_object(Bucket=bucket, Key=key, **version)["Body"].read()
    return found


def test_status(s3: Any, bucket: str) -> None:
    answer = s3.get_bucket_versioning(Bucket=bucket)
    assert "Status" not in answer
    for status in ("Enabled", "Suspended", "Enabled"):
        version(s3, bucket, status)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    assert "MFADelete" not in s3.get_bucket_versioning(Bucket=bucket)
    version(s3, bucket, "Enabled", MFADelete="Disabled")
    assert s3.get_bucket_versioning(Bucket=bucket)["MFADelete"] == "Disabled"


def test_refused(s3: Any, bucket: str, account: str) -> None:
    with refused("IllegalVersioningConfigurationException"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={})
    with refused("MalformedXML"):
        version(s3, bucket, "On")
    with refused("NotImplemented"):
        version(s3, bucket, "Enabled", MFADelete="Enabled")
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    locked = f"locked-{account}"
    s3.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    with refused("InvalidBucketState", status=409):
        version(s3, locked, "Suspended")
    version(s3, locked, "Enabled")
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"


def test_versions_stay(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    version(s3, bucket, "Enabled")
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["VersionId"]
    assert body(s3, bucket, "k") == b"two"
    assert [body(s3, bucket, "k", VersionId=v) for v in ("null", one, two)] == [b"before", b"one", b"two"]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    with refused("NoSuchKey", status=404):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("405", status=405):
        s3.head_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])["DeleteMarker"] is True
    assert body(s3, bucket, "k") == b"two"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=two)
    assert body(s3, bucket, "k") == b"one"
    with refused("BucketNotEmpty", status=409):
        s3.delete_bucket(Bucket=bucket)


def test_suspended_overwrites_only_null(s3: Any, bucket: str) -> None:
    version(s3, bucket, "Enabled")
    kept = s3.put_object(Bucket=bucket, Key="k", Body=b"kept")["VersionId"]
    version(s3, bucket, "Suspended")
    for text in (b"first", b"second"):
        assert s3.put_object(Bucket=bucket, Key="k", Body=text)["VersionId"] == "null"
    found = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [(v["VersionId"], v["IsLatest"]) for v in found] == [("null", True), (kept, False)]
    assert s3.delete_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    answer = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in answer["Versions"]] == [kept]
    assert [(m["VersionId"], m["IsLatest"]) for m in answer["DeleteMarkers"]] == [("null", True)]
