"""Acceleration of transfers."""

from typing import Any

from tests.conftest import Embedded
from tests.refusal import refused


def test_status(shared_cloud: Embedded, account: str) -> None:
    s3: Any = shared_cloud.client("s3", account=account)
    bucket = f"accelerate-{account}"
    s3.create_bucket(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status})
        assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == status
    for document in ({}, {"Status": "On"}):
        with refused("MalformedXML"):
            s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration=document)
    dotted = f"a.{account}"
    s3.create_bucket(Bucket=dotted)
    with refused("InvalidRequest"):
        s3.put_bucket_accelerate_configuration(Bucket=dotted, AccelerateConfiguration={"Status": "Enabled"})
