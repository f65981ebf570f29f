"""Many objects deleted at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"deletions-{account}"
    s3.create_bucket(Bucket=name)
    return name


def delete(s3: Any, bucket: str, *objects: dict[str, Any], quiet: bool = False, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": quiet}, **more)
    return found


def keys_in(s3: Any, bucket: str) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]


def test_unversioned(s3: Any, bucket: str) -> None:
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key)
    answer = delete(s3, bucket, {"Key": "a"}, {"Key": "absent"}, {"Key": "a"}, {"Key": "c"})
    assert answer["Deleted"] == [{"Key": "a"}, {"Key": "absent"}, {"Key": "a"}, {"Key": "c"}]
    assert "Errors" not in answer
    assert keys_in(s3, bucket) == ["b"]
    answer = delete(s3, bucket, {"Key": "b"}, quiet=True)
    assert not {"Deleted", "Errors"} & answer.keys()
    assert keys_in(s3, bucket) == []


def test_versions(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    one, two = (s3.put_object(Bucket=bucket, Key="k")["VersionId"] for _ in range(2))
    (made,) = delete(s3, bucket, {"Key": "k"})["Deleted"]
    assert (made["Key"], made["DeleteMarker"]) == ("k", True)
    marker = made["DeleteMarkerVersionId"]
    assert "VersionId" not in made
    answer = delete(s3, bucket, *({"Key": "k", "VersionId": id} for id in (one, marker, "gone")))
    assert answer["Deleted"] == [
        {"Key": "k", "VersionId": one},
        {"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker},
        {"Key": "k", "VersionId": "gone"},
    ]
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == two


def test_locked(s3: Any, account: str) -> None:
    bucket = f"locked-{account}"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime(2040, 1, 1, tzinfo=UTC)}
    locked = s3.put_object(Bucket=bucket, Key="locked", **lock)["VersionId"]
    free = s3.put_object(Bucket=bucket, Key="free")["VersionId"]
    both = ({"Key": "locked", "VersionId": locked}, {"Key": "free", "VersionId": free})
    answer = delete(s3, bucket, *both, quiet=True)
    (fault,) = answer["Errors"]
    assert (fault["Key"], fault["VersionId"], fault["Code"]) == ("locked", locked, "AccessDenied")
    assert "Deleted" not in answer
    answer = delete(s3, bucket, *both, BypassGovernanceRetention=True)
    assert "Errors" not in answer
    s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("versioned", [False, True])
def test_conditions(s3: Any, bucket: str, versioned: bool) -> None:
    if versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    etags = {key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode())["ETag"] for key in "abc"}
    modified = s3.head_object(Bucket=bucket, Key="c")["LastModified"]
    answer = delete(
        s3,
        bucket,
        {"Key": "a", "ETag": etags["a"]},
        {"Key": "b", "ETag": etags["a"]},
        {"Key": "b", "Size": 2},
        {"Key": "c", "LastModifiedTime": modified, "Size": 1},
    )
    assert [found["Key"] for found in answer["Deleted"]] == ["a", "c"]
    assert [(fault["Key"], fault["Code"]) for fault in answer["Errors"]] == [("b", "PreconditionFailed")] * 2
    assert keys_in(s3, bucket) == ["b"]


def test_of_another_account(s3: Any, bucket: str, shared_cloud: Embedded) -> None:
    s3.put_object(Bucket=bucket, Key="a")
    other = shared_cloud.client("s3", account="999999999999")
    answer = delete(other, bucket, {"Key": "a"}, {"Key": "absent"})
    assert [(fault["Key"], fault["Code"]) for fault in answer["Errors"]] == [
        ("a", "AccessDenied"),
        ("absent", "AccessDenied"),
    ]
    assert keys_in(s3, bucket) == ["a"]


def test_refused(s3: Any, bucket: str) -> None:
    with refused("MalformedXML"):
        delete(s3, bucket, *({"Key": str(n)} for n in range(1001)))
    with refused("MalformedXML"):
        delete(s3, bucket)

    def strip(request: Any, **_: Any) -> None:
        for name in [
            n for n in request.headers if n.lower().startswith(("content-md5", "x-amz-checksum", "x-amz-sdk"))
        ]:
            del request.headers[name]

    s3.meta.events.register_last("before-sign.s3", strip)
    with refused("InvalidRequest", says="Content-MD5"):
        delete(s3, bucket, {"Key": "a"})


def test_thousand(s3: Any, bucket: str) -> None:
    keys = [f"{n:03}<&ü" for n in range(1000)]
    for key in keys[:20]:
        s3.put_object(Bucket=bucket, Key=key)
    answer = delete(s3, bucket, *({"Key": key} for key in keys))
    assert [found["Key"] for found in answer["Deleted"]] == keys
    assert keys_in(s3, bucket) == []
