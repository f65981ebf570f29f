"""Object lock: what a bucket's says of new objects, and what may be done to locked ones."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused

SOON = datetime(2040, 1, 1, tzinfo=UTC)
LATER = datetime(2041, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"lock-{account}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture
def plain(s3: Any, account: str) -> str:
    name = f"plain-{account}"
    s3.create_bucket(Bucket=name)
    return name


def configure(s3: Any, bucket: str, **default: Any) -> None:
    document: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if default:
        document["Rule"] = {"DefaultRetention": default}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=document)


def retain(s3: Any, bucket: str, mode: str | None, until: datetime | None, **more: Any) -> None:
    document = {"Mode": mode, "RetainUntilDate": until} if mode or until else {}
    given = {name: value for name, value in document.items() if value is not None}
    s3.put_object_retention(Bucket=bucket, Key="k", Retention=given, **more)


def delete(s3: Any, bucket: str, version_id: str, **more: Any) -> None:
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version_id, **more)


def test_configuration(s3: Any, bucket: str) -> None:
    found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert found == {"ObjectLockEnabled": "Enabled"}
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    for default in ({"Mode": "GOVERNANCE", "Days": 3}, {"Mode": "COMPLIANCE", "Years": 1}):
        configure(s3, bucket, **default)
        found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        assert found == {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": default}}
    configure(s3, bucket)
    assert "Rule" not in s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]


def test_bucket_that_is_there(s3: Any, plain: str) -> None:
    with refused("ObjectLockConfigurationNotFoundError", status=404):
        s3.get_object_lock_configuration(Bucket=plain)
    with refused("InvalidBucketState", status=409):
        configure(s3, plain)
    s3.put_bucket_versioning(Bucket=plain, VersioningConfiguration={"Status": "Enabled"})
    configure(s3, plain, Mode="GOVERNANCE", Days=1)
    assert s3.get_object_lock_configuration(Bucket=plain)["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    s3.put_object(Bucket=plain, Key="k")
    assert s3.head_object(Bucket=plain, Key="k")["ObjectLockMode"] == "GOVERNANCE"
    with refused("InvalidBucketState", status=409):
        s3.put_bucket_versioning(Bucket=plain, VersioningConfiguration={"Status": "Suspended"})


@pytest.mark.parametrize(
    ("default", "code"),
    [
        ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE"}, "MalformedXML"),
        ({"Days": 1}, "MalformedXML"),
        ({"Mode": "governance", "Days": 1}, "MalformedXML"),
        ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Years": -1}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Days": 36_501}, "InvalidArgument"),
        ({"Mode": "GOVERNANCE", "Years": 101}, "InvalidArgument"),
    ],
)
def test_default_refused(s3: Any, bucket: str, default: dict[str, Any], code: str) -> None:
    with refused(code):
        configure(s3, bucket, **default)
    assert "Rule" not in s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]


def test_configuration_refused(s3: Any, bucket: str) -> None:
    for document in ({"ObjectLockEnabled": "Disabled"}, {}, {"ObjectLockEnabled": "Enabled", "Rule": {}}):
        with refused("MalformedXML"):
            s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=document)


def test_default_retention(s3: Any, bucket: str) -> None:
    """It holds for whatever makes an object."""
    configure(s3, bucket, Mode="GOVERNANCE", Days=2)
    s3.put_object(Bucket=bucket, Key="put", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/put")
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    for key in ("put", "copy", "parts"):
        found = s3.head_object(Bucket=bucket, Key=key)
        assert found["ObjectLockMode"] == "GOVERNANCE"
        left = found["ObjectLockRetainUntilDate"] - datetime.now(UTC)
        assert timedelta(days=1, hours=23) < left <= timedelta(days=2)
        with refused("AccessDenied", status=403):
            s3.delete_object(Bucket=bucket, Key=key, VersionId=found["VersionId"])
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": SOON}
    s3.put_object(Bucket=bucket, Key="own", **lock)
    assert s3.head_object(Bucket=bucket, Key="own").items() >= lock.items()


def test_new_objects_refused(s3: Any, bucket: str, plain: str) -> None:
    with refused("InvalidRequest"):
        s3.put_object(Bucket=plain, Key="k", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=SOON)
    with refused("InvalidRequest"):
        s3.put_object(Bucket=plain, Key="k", ObjectLockLegalHoldStatus="ON")
    with refused("InvalidArgument"):
        s3.put_object(Bucket=bucket, Key="k", ObjectLockMode="GOVERNANCE")
    with refused("InvalidArgument"):
        s3.put_object(Bucket=bucket, Key="k", ObjectLockRetainUntilDate=SOON)
    with refused("InvalidArgument"):
        s3.put_object(Bucket=bucket, Key="k", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=PAST)
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


def test_locked_bytes_are_to_be_stated(s3: Any, bucket: str) -> None:
    configure(s3, bucket, Mode="GOVERNANCE", Days=1)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]

    def strip(request: Any, **_: Any) -> None:
        for name in [n for n in request.headers if n.lower().startswith(("x-amz-checksum", "x-amz-sdk"))]:
            del request.headers[name]

    s3.meta.events.register_last("before-sign.s3", strip)
    with refused("InvalidRequest", says="Content-MD5"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", says="Content-MD5"):
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    md5 = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=md5)
    s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x", ContentMD5=md5)


def test_governance(s3: Any, bucket: str) -> None:
    id = s3.put_object(Bucket=bucket, Key="k")["VersionId"]
    with refused("NoSuchObjectLockConfiguration", status=404):
        s3.get_object_retention(Bucket=bucket, Key="k")
    retain(s3, bucket, "GOVERNANCE", SOON)
    found = s3.get_object_retention(Bucket=bucket, Key="k", VersionId=id)["Retention"]
    assert found == {"Mode": "GOVERNANCE", "RetainUntilDate": SOON}
    retain(s3, bucket, "GOVERNANCE", LATER)
    for weaker in (("GOVERNANCE", SOON), ("COMPLIANCE", LATER), (None, None)):
        with refused("AccessDenied", status=403):
            retain(s3, bucket, *weaker)
    with refused("AccessDenied", status=403):
        delete(s3, bucket, id)
    retain(s3, bucket, "GOVERNANCE", SOON, BypassGovernanceRetention=True)
    retain(s3, bucket, None, None, BypassGovernanceRetention=True)
    with refused("NoSuchObjectLockConfiguration", status=404):
        s3.get_object_retention(Bucket=bucket, Key="k")
    retain(s3, bucket, "GOVERNANCE", SOON)
    delete(s3, bucket, id, BypassGovernanceRetention=True)


def test_compliance(s3: Any, bucket: str) -> None:
    id = s3.put_object(Bucket=bucket, Key="k")["VersionId"]
    retain(s3, bucket, "COMPLIANCE", SOON)
    for weaker in (("COMPLIANCE", SOON - timedelta(1)), ("GOVERNANCE", LATER), (None, None)):
        with refused("AccessDenied", status=403):
            retain(s3, bucket, *weaker, BypassGovernanceRetention=True)
    retain(s3, bucket, "COMPLIANCE", LATER)
    assert s3.get_object_retention(Bucket=bucket, Key="k")["Retention"]["RetainUntilDate"] == LATER
    with refused("AccessDenied", status=403):
        delete(s3, bucket, id, BypassGovernanceRetention=True)


def test_retention_refused(s3: Any, bucket: str, plain: str) -> None:
    for name in (bucket, plain):
        s3.put_object(Bucket=name, Key="k")
    with refused("InvalidRequest"):
        retain(s3, plain, "GOVERNANCE", SOON)
    with refused("InvalidRequest"):
        s3.get_object_retention(Bucket=plain, Key="k")
    with refused("MalformedXML"):
        retain(s3, bucket, "governance", SOON)
    with refused("MalformedXML"):
        retain(s3, bucket, "GOVERNANCE", None)
    with refused("MalformedXML"):
        retain(s3, bucket, None, SOON)
    with refused("InvalidArgument"):
        retain(s3, bucket, "GOVERNANCE", PAST)
    with refused("NoSuchKey", status=404):
        s3.get_object_retention(Bucket=bucket, Key="absent")
    with refused("NoSuchVersion", status=404):
        s3.get_object_retention(Bucket=bucket, Key="k", VersionId="a" * 32)


def test_legal_hold(s3: Any, bucket: str, plain: str) -> None:
    id = s3.put_object(Bucket=bucket, Key="k")["VersionId"]
    with refused("NoSuchObjectLockConfiguration", status=404):
        s3.get_object_legal_hold(Bucket=bucket, Key="k")
    for status in ("ON", "OFF"):
        s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": status})
        assert s3.get_object_legal_hold(Bucket=bucket, Key="k")["LegalHold"]["Status"] == status
        assert s3.head_object(Bucket=bucket, Key="k")["ObjectLockLegalHoldStatus"] == status
    s3.put_object_legal_hold(Bucket=bucket, Key="k", VersionId=id, LegalHold={"Status": "ON"})
    with refused("AccessDenied", status=403):
        delete(s3, bucket, id, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "OFF"})
    delete(s3, bucket, id)
    s3.put_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=plain, Key="k")
    for document in ({"Status": "abc"}, {}):
        with refused("MalformedXML"):
            s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold=document)
    with refused("InvalidRequest"):
        s3.put_object_legal_hold(Bucket=plain, Key="k", LegalHold={"Status": "ON"})
    with refused("InvalidRequest"):
        s3.get_object_legal_hold(Bucket=plain, Key="k")


def test_locked_versions_stay_beneath(s3: Any, bucket: str) -> None:
    """Overwriting and hiding a locked version does it no harm."""
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": SOON}
    id = s3.put_object(Bucket=bucket, Key="k", Body=b"locked", **lock)["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    delete(s3, bucket, marker)
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=id)["Body"].read() == b"locked"


def test_bypass_needs_permission(shared_cloud: Embedded, s3: Any, bucket: str, account: str) -> None:
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": SOON}
    id = s3.put_object(Bucket=bucket, Key="k", **lock)["VersionId"]
    other = shared_cloud.client("s3", account="999999999999")
    with refused("AccessDenied", status=403):
        delete(other, bucket, id, BypassGovernanceRetention=True)
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == id
