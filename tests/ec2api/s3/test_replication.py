"""Replication between buckets of one cloud."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused
from tests.waiting import until

ROLE = "arn:aws:iam::000000000000:role/replication"


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    client = shared_cloud.client("s3", account=account)
    for name in ("from", "to"):
        client.create_bucket(Bucket=f"{name}-{account}")
        client.put_bucket_versioning(Bucket=f"{name}-{account}", VersioningConfiguration={"Status": "Enabled"})
    return client


def configure(s3: Any, account: str, **rule: Any) -> None:
    whole = {
        "ID": "all",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": "a"},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::to-{account}"},
        **rule,
    }
    s3.put_bucket_replication(
        Bucket=f"from-{account}",
        ReplicationConfiguration={"Role": ROLE, "Rules": [{k: v for k, v in whole.items() if v is not None}]},
    )


def status(s3: Any, account: str, key: str, side: str = "from") -> str | None:
    found: str | None = s3.head_object(Bucket=f"{side}-{account}", Key=key).get("ReplicationStatus")
    return found


def test_versions_of_all_kinds_and_delete_markers_are_copied(s3: Any, account: str) -> None:
    source, there = f"from-{account}", f"to-{account}"
    configure(s3, account, Destination={"Bucket": f"arn:aws:s3:::{there}", "StorageClass": "STANDARD_IA"})
    small = s3.put_object(Bucket=source, Key="a/small", Body=b"hello", Metadata={"k": "v"}, Tagging="t=1")
    s3.put_object(Bucket=source, Key="a/sealed", Body=b"x" * 100_000, ServerSideEncryption="AES256")
    s3.put_object(Bucket=source, Key="b", Body=b"not this one")
    upload = s3.create_multipart_upload(Bucket=source, Key="a/parts")["UploadId"]
    part = s3.upload_part(Bucket=source, Key="a/parts", UploadId=upload, PartNumber=1, Body=b"p" * 70_000)
    s3.complete_multipart_upload(
        Bucket=source,
        Key="a/parts",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    for key in ("a/small", "a/sealed", "a/parts"):
        until(lambda key=key: status(s3, account, key), "COMPLETED")
        assert status(s3, account, key, "to") == "REPLICA"
    copy = s3.get_object(Bucket=there, Key="a/small")
    assert (copy["Body"].read(), copy["Metadata"], copy["TagCount"]) == (b"hello", {"k": "v"}, 1)
    assert (copy["VersionId"], copy["ETag"], copy["StorageClass"]) == (
        small["VersionId"],
        small["ETag"],
        "STANDARD_IA",
    )
    assert s3.get_object(Bucket=there, Key="a/sealed")["Body"].read() == b"x" * 100_000
    assert s3.get_object(Bucket=there, Key="a/parts")["Body"].read() == b"p" * 70_000
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=there)["Contents"]] == [
        "a/parts",
        "a/sealed",
        "a/small",
    ]
    assert status(s3, account, "b") is None
    marker = s3.delete_object(Bucket=source, Key="a/small")["VersionId"]

    def markers() -> list[str]:
        return [found["VersionId"] for found in s3.list_object_versions(Bucket=there).get("DeleteMarkers", [])]

    until(markers, [marker])
    # A replica has bytes of its own.
    s3.delete_object(
        Bucket=source, Key="a/sealed", VersionId=s3.head_object(Bucket=source, Key="a/sealed")["VersionId"]
    )
    assert s3.get_object(Bucket=there, Key="a/sealed")["Body"].read() == b"x" * 100_000


def test_what_cannot_be_copied_says_so(s3: Any, account: str) -> None:
    configure(s3, account)
    s3.put_bucket_versioning(Bucket=f"to-{account}", VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=f"from-{account}", Key="a")
    until(lambda: status(s3, account, "a"), "FAILED")


def test_configurations_are_kept_and_checked(s3: Any, account: str) -> None:
    source = f"from-{account}"
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)
    with refused("InvalidRequest", "must exist"):
        configure(s3, account, Destination={"Bucket": f"arn:aws:s3:::nowhere-{account}"})
    with refused("InvalidRequest", "Priority"):
        configure(s3, account, Priority=None)
    with refused("InvalidRequest", "different"):
        configure(s3, account, Destination={"Bucket": f"arn:aws:s3:::{source}"})
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)
    configure(s3, account)
    kept = s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]
    assert (kept["Role"], kept["Rules"][0]["ID"]) == (ROLE, "all")
    s3.delete_bucket_replication(Bucket=source)
    with refused("ReplicationConfigurationNotFoundError", status=404):
        s3.get_bucket_replication(Bucket=source)
    s3.create_bucket(Bucket=f"plain-{account}")
    with refused("InvalidRequest", "Versioning"):
        s3.put_bucket_replication(
            Bucket=f"plain-{account}", ReplicationConfiguration={"Role": ROLE, "Rules": kept["Rules"]}
        )
