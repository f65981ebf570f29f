"""ExportImage: what an image holds, as an object in a bucket."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.blobs.base import NoSuchBlob
from backend.conductor import disk_exports, disk_tasks
from backend.disk_images import qemu_img
from backend.disk_images.formats import DiskImageError
from backend.s3.bodies import Body
from tests.conftest import Embedded
from tests.ec2api.ec2.disk_tasks import bucket, disk, export_task, imported_image, needs_qemu_img, plain
from tests.launching import ami, code_of


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def name(s3: Any) -> str:
    made = bucket(s3)
    s3.put_object(Bucket=made, Key="disk.raw", Body=disk())
    return made


def export(ec2: Any, name: str, image_id: str, **given: Any) -> dict[str, Any]:
    """In a format that has no room for zeros, unless ``given`` says otherwise."""
    wanted = {"DiskImageFormat": "VMDK", "S3ExportLocation": {"S3Bucket": name, "S3Prefix": "out/"}, **given}
    answer: dict[str, Any] = ec2.export_image(ImageId=image_id, **wanted)
    return answer


def test_an_image_becomes_an_object(ec2: Any, s3: Any, name: str) -> None:
    image = imported_image(ec2, name, "disk.raw")
    tags = [{"Key": "a", "Value": "b"}]
    given = {"ResourceType": "export-image-task", "Tags": tags}
    begun = export(ec2, name, image, DiskImageFormat="RAW", Description="mine", TagSpecifications=[given])
    assert begun["ExportImageTaskId"].startswith("export-ami-")
    assert (begun["Status"], begun["Progress"], begun["DiskImageFormat"]) == ("active", "0", "RAW")
    assert (begun["ImageId"], begun["RoleName"], begun["Tags"]) == (image, "vmimport", tags)
    assert begun["S3ExportLocation"] == {"S3Bucket": name, "S3Prefix": "out/"}
    done = export_task(ec2, begun["ExportImageTaskId"])
    assert (done["Description"], done["Tags"], "StatusMessage" in done) == ("mine", tags, False)
    key = f"out/{begun['ExportImageTaskId']}.raw"
    assert s3.head_object(Bucket=name, Key=key)["ContentLength"] == 1 << 30
    found = s3.get_object(Bucket=name, Key=key, Range=f"bytes=0-{len(disk()) - 1}")
    assert found["Body"].read() == disk()
    s3.delete_object(Bucket=name, Key=key)
    assert code_of(ec2.cancel_export_task, ExportTaskId=begun["ExportImageTaskId"]) == "IncorrectState"


@needs_qemu_img
@pytest.mark.parametrize(("format", "driver"), [("VMDK", "vmdk"), ("VHD", "vpc")])
def test_formats(ec2: Any, s3: Any, name: str, tmp_path: Path, format: str, driver: str) -> None:
    begun = export(ec2, name, imported_image(ec2, name, "disk.raw"), DiskImageFormat=format)["ExportImageTaskId"]
    export_task(ec2, begun)
    data = s3.get_object(Bucket=name, Key=f"out/{begun}.{format.lower()}")["Body"].read()
    assert len(data) < 4 * len(disk())
    assert plain(tmp_path, data, driver)[: len(disk())] == disk()


def test_what_cannot_be_exported(ec2: Any, shared_cloud: Embedded, name: str) -> None:
    image = imported_image(ec2, name, "disk.raw")
    hidden = imported_image(ec2, name, "disk.raw", Encrypted=True)
    stranger = shared_cloud.client("s3", account="123123123123")
    other = bucket(stranger)
    wanted = {"DiskImageFormat": "RAW", "S3ExportLocation": {"S3Bucket": name}}
    for given, code in (
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "x"}, "InvalidAMIID.Malformed"),
        ({"ImageId": ami(ec2)}, "AuthFailure"),
        ({"ImageId": hidden}, "InvalidParameter"),
        ({"ImageId": image, "S3ExportLocation": {"S3Bucket": "no-such-bucket-at-all"}}, "InvalidParameter"),
        ({"ImageId": image, "S3ExportLocation": {"S3Bucket": other}}, "InvalidParameter"),
        ({"ImageId": image, "S3ExportLocation": {"S3Bucket": name, "S3Prefix": "x" * 1024}}, "InvalidParameterValue"),
        ({"ImageId": image, "DiskImageFormat": "ISO"}, "InvalidParameterValue"),
        ({"ImageId": image, "RoleName": "a b"}, "InvalidParameterValue"),
        ({"ImageId": image, "Description": "x" * 256}, "InvalidParameterValue"),
    ):
        assert code_of(ec2.export_image, **{**wanted, **given}) == code
    assert ec2.describe_export_image_tasks()["ExportImageTasks"] == []
    ec2.disable_image(ImageId=image)
    assert code_of(ec2.export_image, **wanted, ImageId=image) == "InvalidAMIID.Unavailable"
    absent = "export-ami-0123456789abcdef0"
    assert code_of(ec2.cancel_export_task, ExportTaskId=absent) == "InvalidExportTaskID.NotFound"
    assert code_of(ec2.cancel_export_task, ExportTaskId="x") == "InvalidExportTaskID.Malformed"


@needs_qemu_img
def test_a_cancelled_export_leaves_nothing(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    """Cancelled in the last moment: the bytes are written, and the object is about to be."""
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name = bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    image = imported_image(ec2, name, "disk.raw")
    finish, written = disk_exports.finish, list[str]()

    def too_late(claim: disk_tasks.Claim, body: Body, **given: Any) -> None:
        ec2.cancel_export_task(ExportTaskId=claim.id)
        written.append(body.blob or "")
        finish(claim, body, **given)

    monkeypatch.setattr(disk_exports, "finish", too_late)
    over = export_task(ec2, export(ec2, name, image)["ExportImageTaskId"], "deleted")
    assert over["StatusMessage"] == "User requested task cancellation"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=name)["Contents"]] == ["disk.raw"]
    with pytest.raises(NoSuchBlob):
        cloud.cloud.objects.open(written[0])


@needs_qemu_img
def test_a_bucket_that_goes_meanwhile(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name, other = bucket(s3), bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    image = imported_image(ec2, name, "disk.raw")
    monkeypatch.setattr(disk_tasks, "advance", lambda *_: None)
    begun = export(ec2, other, image)["ExportImageTaskId"]
    s3.delete_bucket(Bucket=other)
    monkeypatch.undo()
    assert other in export_task(ec2, begun, "deleted")["StatusMessage"]


@needs_qemu_img
def test_pages_and_filters(ec2: Any, name: str) -> None:
    image = imported_image(ec2, name, "disk.raw")
    begun = {export(ec2, name, image)["ExportImageTaskId"] for _ in range(3)}
    for id in begun:
        export_task(ec2, id)
    pages = ec2.get_paginator("describe_export_image_tasks").paginate(PaginationConfig={"PageSize": 2})
    found = [task["ExportImageTaskId"] for page in pages for task in page["ExportImageTasks"]]
    assert len(found) == 3 and set(found) == begun
    none = ec2.describe_export_image_tasks(Filters=[{"Name": "task-state", "Values": ["active", "del*"]}])
    assert none["ExportImageTasks"] == []


@needs_qemu_img
def test_a_conversion_ends_with_who_wanted_it(tmp_path: Path) -> None:
    source = tmp_path / "disk.raw"
    source.write_bytes(disk())

    def stop() -> None:
        raise disk_tasks.Stopped

    qemu_img.from_raw(source, "VMDK", tmp_path / "whole.vmdk", lambda: None)
    with pytest.raises(DiskImageError):
        qemu_img.from_raw(source, "VHD", tmp_path / "none" / "target.vhd", lambda: None)
    assert (tmp_path / "whole.vmdk").stat().st_size < len(disk())
