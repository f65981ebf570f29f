"""Lifecycle rules: what may be put, what objects say of them, and what becomes of objects."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend.conductor import bucket_lifecycles
from backend.db.models import ObjectVersion
from tests.conftest import Embedded
from tests.refusal import refused
from tests.waiting import until


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    client = shared_cloud.client("s3", account=account)
    client.create_bucket(Bucket=f"b-{account}")
    return client


@pytest.fixture
def bucket(account: str) -> str:
    return f"b-{account}"


def put(s3: Any, bucket: str, *rules: dict[str, Any]) -> None:
    given = [{"ID": str(number), "Status": "Enabled", "Filter": {}, **rule} for number, rule in enumerate(rules)]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": given})


def test_rules_come_back_as_they_were_put(s3: Any, bucket: str) -> None:
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    rules: list[dict[str, Any]] = [
        {
            "ID": "all",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeLessThan": 9}},
            "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)},
            "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
        },
        {"ID": "old", "Status": "Disabled", "Prefix": "", "Expiration": {"Days": 1}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    s3.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, "InvalidRequest"),
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"Expiration": {"Date": datetime(2030, 1, 1, 1, tzinfo=UTC)}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1}, "Status": "enabled"}, "MalformedXML"),
        ({"Expiration": {"Days": 1}, "ID": "x" * 256}, "InvalidArgument"),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": -1}}, "InvalidArgument"),
        (
            {
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                "Filter": {"Tag": {"Key": "k", "Value": ""}},
            },
            "InvalidRequest",
        ),
        ({"Expiration": {"Days": 1}, "Prefix": "both"}, "MalformedXML"),
    ],
)
def test_rules_that_cannot_be_are_refused(s3: Any, bucket: str, rule: dict[str, Any], code: str) -> None:
    with refused(code):
        put(s3, bucket, rule)
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_two_rules_of_one_id_are_refused(s3: Any, bucket: str) -> None:
    with refused("InvalidArgument"):
        put(s3, bucket, {"ID": "one", "Expiration": {"Days": 1}}, {"ID": "one", "Expiration": {"Days": 2}})


def test_objects_say_when_they_will_expire(s3: Any, bucket: str) -> None:
    put(s3, bucket, {"Filter": {"Prefix": "a/"}, "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)}})
    expected = 'expiry-date="Tue, 01 Jan 2030 00:00:00 GMT", rule-id="0"'
    assert s3.put_object(Bucket=bucket, Key="a/b")["Expiration"] == expected
    assert s3.head_object(Bucket=bucket, Key="a/b")["Expiration"] == expected
    assert "Expiration" not in s3.put_object(Bucket=bucket, Key="b")


@pytest.fixture
def short_days(new_cloud: Callable[..., Embedded]) -> Embedded:
    """A cloud whose days are over at once."""
    return new_cloud(s3_day_seconds=0.001)


def keys(s3: Any, bucket: str) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_the_rules_are_carried_out(short_days: Embedded) -> None:
    s3 = short_days.client("s3")
    s3.create_bucket(Bucket="aging")
    for key in ("old/1", "old/2", "new/1"):
        s3.put_object(Bucket="aging", Key=key, Body=key.encode() * 20_000)
    s3.put_object(Bucket="aging", Key="kept/3", Body=b"x" * 128 * 1024, Tagging="keep=yes")
    s3.put_object(Bucket="aging", Key="kept/4", Body=b"too small to be moved", Tagging="keep=yes")
    upload = s3.create_multipart_upload(Bucket="aging", Key="old/part")["UploadId"]
    tagged = {"And": {"Prefix": "kept/", "Tags": [{"Key": "keep", "Value": "yes"}]}}
    put(
        s3,
        "aging",
        {"Filter": {"Prefix": "old/"}, "Expiration": {"Days": 1}, "Status": "Disabled"},
        {"Filter": tagged, "Transitions": [{"Days": 1, "StorageClass": "STANDARD_IA"}]},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {"Filter": {"And": {"Prefix": "old/", "ObjectSizeGreaterThan": 1000}}, "Expiration": {"Days": 1}},
    )
    until(lambda: keys(s3, "aging"), ["kept/3", "kept/4", "new/1"])
    until(lambda: s3.head_object(Bucket="aging", Key="kept/3").get("StorageClass"), "STANDARD_IA")
    assert "StorageClass" not in s3.head_object(Bucket="aging", Key="kept/4")
    with pytest.raises(ClientError, match="NoSuchUpload"):
        s3.list_parts(Bucket="aging", Key="old/part", UploadId=upload)


def test_versions_go_and_markers_after_them(short_days: Embedded) -> None:
    s3 = short_days.client("s3")
    s3.create_bucket(Bucket="aging", ObjectLockEnabledForBucket=True)  # which keeps versions
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket="aging", Key="many", Body=body)
    s3.put_object(Bucket="aging", Key="gone", Body=b"1")
    s3.delete_object(Bucket="aging", Key="gone")
    put(
        s3,
        "aging",
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1}, "Filter": {"Prefix": "m"}},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}, "Filter": {"Prefix": "g"}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
    )

    def left() -> list[str]:
        with short_days.cloud.everywhere(write=False) as uow:
            return sorted(version.key for version in uow.records(ObjectVersion))

    until(left, ["many", "many"])
    bucket_lifecycles.run(short_days.cloud)
    assert left() == ["many", "many"]
