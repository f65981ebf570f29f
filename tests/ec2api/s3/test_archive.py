"""Archived objects, and their restoration."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"archive-{account}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_restored(s3: Any, bucket: str, storage_class: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"cold", StorageClass=storage_class)
    assert "Restore" not in s3.head_object(Bucket=bucket, Key="k")
    with refused("InvalidObjectState", status=403):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("InvalidObjectState", status=403):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    answer = s3.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 2})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    found = s3.get_object(Bucket=bucket, Key="k")
    assert (found["Body"].read(), found["StorageClass"]) == (b"cold", storage_class)
    assert found["Restore"].startswith('ongoing-request="false", expiry-date="')
    assert found["Restore"].endswith(' 00:00:00 GMT"')
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="k", OptionalObjectAttributes=["RestoreStatus"])["Contents"]
    assert listed[0]["RestoreStatus"]["IsRestoreInProgress"] is False


def test_expires(new_cloud: Callable[..., Embedded]) -> None:
    s3 = new_cloud(s3_day_seconds=1).client("s3")
    s3.create_bucket(Bucket="expires")
    s3.put_object(Bucket="expires", Key="k", Body=b"cold", StorageClass="GLACIER")
    s3.restore_object(Bucket="expires", Key="k", RestoreRequest={"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}})
    assert s3.get_object(Bucket="expires", Key="k")["Body"].read() == b"cold"
    time.sleep(1.1)
    with refused("InvalidObjectState", status=403):
        s3.get_object(Bucket="expires", Key="k")
    assert "Restore" not in s3.head_object(Bucket="expires", Key="k")


def test_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="warm", Body=b"x")
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="DEEP_ARCHIVE")
    with refused("InvalidObjectState", status=403):
        s3.restore_object(Bucket=bucket, Key="warm", RestoreRequest={"Days": 1})
    with refused("NoSuchKey", status=404):
        s3.restore_object(Bucket=bucket, Key="absent", RestoreRequest={"Days": 1})
    with refused("MalformedXML"):
        s3.restore_object(Bucket=bucket, Key="cold")
    with refused("InvalidArgument"):
        s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 0})
    with refused("InvalidArgument"):
        tier = {"Tier": "Expedited"}
        s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 1, "GlacierJobParameters": tier})
    with refused("NotImplemented"):
        s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Type": "SELECT"})
