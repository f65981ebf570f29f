"""ImportSnapshot and ImportImage, from an object in a bucket to blocks and instances."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend import access_keys, disk_objects, key_file
from backend.conductor import boot_files, disk_tasks
from backend.config import Settings
from backend.db.models import ImportSnapshotTask
from tests.conftest import Embedded
from tests.ec2api.ec2.disk_tasks import (
    blocks,
    bucket,
    content,
    converted,
    disk,
    image_task,
    imported_image,
    imported_snapshot,
    needs_qemu_img,
    place,
    snapshot_task,
)
from tests.launching import code_of, launch
from tests.storage import poll


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def ebs(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("ebs", account=account)


@pytest.fixture
def name(s3: Any) -> str:
    """A bucket with a raw disk in it, as ``disk.raw``."""
    made = bucket(s3)
    s3.put_object(Bucket=made, Key="disk.raw", Body=disk())
    return made


def put(s3: Any, name: str, key: str, data: bytes) -> dict[str, Any]:
    s3.put_object(Bucket=name, Key=key, Body=data)
    return place(name, key)


def test_a_raw_disk_becomes_a_snapshot(ec2: Any, ebs: Any, name: str) -> None:
    given = {"ResourceType": "import-snapshot-task", "Tags": [{"Key": "a", "Value": "b"}]}
    container = {"Format": "raw", "Description": "a disk", **place(name, "disk.raw")}
    begun = ec2.import_snapshot(DiskContainer=container, Description="imported", TagSpecifications=[given])
    detail = begun["SnapshotTaskDetail"]
    assert begun["ImportTaskId"].startswith("import-snap-")
    assert (begun["Description"], begun["Tags"]) == ("imported", given["Tags"])
    assert (detail["Status"], detail["Progress"], detail["StatusMessage"]) == ("active", "0", "pending")
    assert (detail["Format"], detail["Description"], detail["Encrypted"]) == ("RAW", "a disk", False)
    assert detail["UserBucket"] == {"S3Bucket": name, "S3Key": "disk.raw"}
    assert detail["DiskImageSize"] == len(disk())
    ec2.get_waiter("snapshot_imported").wait(ImportTaskIds=[begun["ImportTaskId"]], WaiterConfig={"Delay": 0.05})
    done = snapshot_task(ec2, begun["ImportTaskId"])
    assert "StatusMessage" not in done
    [made] = ec2.describe_snapshots(SnapshotIds=[done["SnapshotId"]])["Snapshots"]
    assert (made["State"], made["Progress"], made["VolumeSize"]) == ("completed", "100%", 1)
    assert (made["Description"], made["Tags"]) == ("imported", given["Tags"])
    assert content(ebs, made["SnapshotId"]) == blocks(disk())


def test_urls_name_objects_of_this_s3_alone(ec2: Any, ebs: Any, name: str) -> None:
    for url in (
        f"s3://{name}/disk.raw",
        f"https://s3.amazonaws.com/{name}/disk.raw",
        f"https://{name}.s3.us-east-1.amazonaws.com/disk%2eraw",
        f"https://localhost:4566/{name}/disk.raw",
        f"https://{name}.s3.localhost/disk.raw",
    ):
        made = ec2.import_snapshot(DiskContainer={"Format": "RAW", "Url": url})
        done = snapshot_task(ec2, made["ImportTaskId"])
        assert (done["Url"], "UserBucket" in done) == (url, False)
    assert content(ebs, done["SnapshotId"]) == blocks(disk())
    for url in (
        "https://example.org/disk.raw",
        f"http://localhost/{name}/disk.raw",
        f"https://u@s3.amazonaws.com/{name}/disk.raw",
        "file:///etc/passwd",
        f"s3://{name}",
        "https://[",
    ):
        assert code_of(ec2.import_snapshot, DiskContainer={"Url": url}) == "InvalidParameterValue"


def test_disk_containers_are_checked(ec2: Any, name: str) -> None:
    raw = place(name, "disk.raw")
    for wrong, code in (
        ({}, "MissingParameter"),
        ({"UserBucket": {"S3Bucket": name}}, "MissingParameter"),
        ({**raw, "Url": "s3://a/b"}, "InvalidParameterCombination"),
        ({**raw, "Format": "ISO"}, "InvalidParameterValue"),
        ({**raw, "Format": "OVA"}, "InvalidParameterValue"),
        (place("no-such-bucket-at-all", "disk.raw"), "InvalidParameter"),
        (place(name, "nothing"), "InvalidParameter"),
    ):
        assert code_of(ec2.import_snapshot, DiskContainer=wrong) == code
    container = {"Format": "RAW", **raw}
    assert code_of(ec2.import_snapshot, DiskContainer=container, KmsKeyId="k") == "InvalidParameterDependency"
    assert code_of(ec2.import_snapshot, DiskContainer=container, RoleName="a b") == "InvalidParameterValue"
    assert code_of(ec2.import_snapshot, DiskContainer=container, DryRun=True) == "DryRunOperation"
    assert ec2.describe_import_snapshot_tasks()["ImportSnapshotTasks"] == []


def test_only_what_the_caller_may_read(shared_cloud: Embedded, s3: Any, name: str) -> None:
    stranger = shared_cloud.client("ec2", account="123123123123")
    container = {"Format": "RAW", **place(name, "disk.raw")}
    assert code_of(stranger.import_snapshot, DiskContainer=container) == "InvalidParameter"
    s3.delete_public_access_block(Bucket=name)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    done = snapshot_task(stranger, stranger.import_snapshot(DiskContainer=container)["ImportTaskId"])
    assert done["SnapshotId"]
    far = shared_cloud.client("ec2", account="123123123123", region="eu-central-1")
    with pytest.raises(ClientError, match="not local to the region"):
        far.import_snapshot(DiskContainer=container)


def test_encrypted_objects_and_uploads_in_parts(ec2: Any, ebs: Any, s3: Any, name: str) -> None:
    big = disk() * 3
    begun = s3.create_multipart_upload(Bucket=name, Key="parts", ServerSideEncryption="AES256")["UploadId"]
    asked = {"Bucket": name, "Key": "parts", "UploadId": begun}
    cut = 5 << 20
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**asked, PartNumber=number, Body=part)["ETag"]}
        for number, part in ((1, big[:cut]), (2, big[cut:]))
    ]
    s3.complete_multipart_upload(**asked, MultipartUpload={"Parts": parts})
    made = imported_snapshot(ec2, name, "parts", Encrypted=True, KmsKeyId="alias/mine")
    assert content(ebs, made) == blocks(big)
    [shown] = ec2.describe_snapshots(SnapshotIds=[made])["Snapshots"]
    assert shown["Encrypted"] and shown["KmsKeyId"].endswith("alias/mine")


@needs_qemu_img
@pytest.mark.parametrize(
    ("format", "driver", "options"),
    [
        ("VMDK", "vmdk", ["subformat=streamOptimized"]),
        ("VMDK", "vmdk", ["subformat=monolithicSparse"]),
        ("VHD", "vpc", ["subformat=dynamic,force_size=on"]),
        ("VHD", "vpc", ["subformat=fixed,force_size=on"]),
        ("QCOW2", "qcow2", ["compat=0.10"]),
        (None, "qcow2", []),
        (None, "vmdk", []),
    ],
)
def test_formats(
    ec2: Any, ebs: Any, s3: Any, name: str, tmp_path: Path, format: str | None, driver: str, options: list[str]
) -> None:
    where = put(s3, name, "disk", converted(tmp_path, disk(), driver, *options))
    made = ec2.import_snapshot(DiskContainer=where | ({"Format": format} if format else {}))
    done = snapshot_task(ec2, made["ImportTaskId"])
    assert done["Format"] == (format or driver.upper())
    assert content(ebs, done["SnapshotId"]) == blocks(disk())


@needs_qemu_img
def test_images_that_name_other_files_are_refused(ec2: Any, s3: Any, name: str, tmp_path: Path) -> None:
    whole = converted(tmp_path, disk(), "qcow2")
    layered = whole[:8] + (1 << 16).to_bytes(8, "big") + (11).to_bytes(4, "big") + whole[20:]
    outside = whole[:72] + (1 << 2).to_bytes(8, "big") + whole[80:]
    text = b'# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\nRW 4096 FLAT "/etc/passwd" 0\n'
    vmdk = converted(tmp_path, disk(), "vmdk")
    bare = vmdk[:12] + bytes(8) + vmdk[20:]
    child = vmdk.replace(b"parentCID=ffffffff", b"parentFileNameHint", 1)
    vhd = converted(tmp_path, disk(), "vpc", "subformat=dynamic,force_size=on")
    difference = vhd[:60] + (4).to_bytes(4, "big") + vhd[64:]
    for format, data in (
        ("QCOW2", layered),
        ("QCOW2", outside),
        ("QCOW2", disk()),
        ("VMDK", text),
        ("VMDK", bare),
        ("VMDK", child),
        ("VMDK", whole),
        ("VHD", difference),
        ("VHD", disk()),
        ("QCOW2", whole[:60]),
        ("VMDK", vmdk[:600]),
        ("RAW", b""),
    ):
        made = ec2.import_snapshot(DiskContainer={"Format": format, **put(s3, name, "bad", data)})
        failed = snapshot_task(ec2, made["ImportTaskId"], "deleted")
        assert failed["StatusMessage"].startswith("ClientError: Disk validation failed [")
        assert "SnapshotId" not in failed


def test_without_qemu_img_only_raw_disks_are_imported(
    ec2: Any, s3: Any, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert imported_snapshot(ec2, name, "disk.raw")
    head = b"QFI\xfb" + (3).to_bytes(4, "big") + bytes(96)
    made = ec2.import_snapshot(DiskContainer=put(s3, name, "disk.qcow2", head))
    failed = snapshot_task(ec2, made["ImportTaskId"], "deleted")
    assert "qemu-img" in failed["StatusMessage"]


def test_an_imported_image_is_launched(ec2: Any, ebs: Any, name: str) -> None:
    tags = [{"Key": "from", "Value": "import"}]
    begun = ec2.import_image(
        DiskContainers=[
            {"Format": "RAW", **place(name, "disk.raw"), "Description": "root"},
            {"Format": "RAW", **place(name, "disk.raw"), "DeviceName": "/dev/sdx"},
        ],
        BootMode="uefi",
        Description="mine",
        Encrypted=True,
        TagSpecifications=[{"ResourceType": "import-image-task", "Tags": tags}],
        ClientData={"Comment": "c", "UploadSize": 0.1, "UploadStart": 0, "UploadEnd": 1},
    )
    assert begun["ImportTaskId"].startswith("import-ami-")
    assert (begun["Status"], begun["StatusMessage"], begun["Progress"]) == ("active", "pending", "0")
    assert (begun["Architecture"], begun["Platform"], begun["LicenseType"]) == ("x86_64", "Linux", "BYOL")
    assert (begun["Hypervisor"], begun["UsageOperation"], begun["Tags"]) == ("xen", "RunInstances", tags)
    done = image_task(ec2, begun["ImportTaskId"])
    [image] = ec2.describe_images(ImageIds=[done["ImageId"]])["Images"]
    assert (image["State"], image["Name"], image["BootMode"]) == ("available", begun["ImportTaskId"], "uefi")
    assert (image["RootDeviceName"], image["Description"], image["Tags"]) == ("/dev/sda1", "mine", tags)
    assert [d["DeviceName"] for d in image["BlockDeviceMappings"]] == ["/dev/sda1", "/dev/sdx"]
    details = done["SnapshotDetails"]
    assert [d["DeviceName"] for d in details] == ["/dev/sda1", "/dev/sdx"]
    assert [d["SnapshotId"] for d in details] == [d["Ebs"]["SnapshotId"] for d in image["BlockDeviceMappings"]]
    for detail in details:
        [snapshot] = ec2.describe_snapshots(SnapshotIds=[detail["SnapshotId"]])["Snapshots"]
        assert snapshot["Encrypted"] and snapshot["Tags"] == tags
        assert content(ebs, detail["SnapshotId"]) == blocks(disk())
    instance = launch(ec2, ImageId=image["ImageId"])
    assert instance["RootDeviceName"] == "/dev/sda1"


def test_an_image_of_snapshots(ec2: Any, name: str) -> None:
    snapshot = imported_snapshot(ec2, name, "disk.raw")
    begun = ec2.import_image(
        DiskContainers=[{"SnapshotId": snapshot, "Description": "taken"}], Platform="Windows", LicenseType="BYOL"
    )
    done = image_task(ec2, begun["ImportTaskId"])
    [detail] = done["SnapshotDetails"]
    assert (detail["SnapshotId"], detail["Description"]) == (snapshot, "taken")
    [image] = ec2.describe_images(ImageIds=[done["ImageId"]])["Images"]
    assert (image["Platform"], image["UsageOperation"]) == ("windows", "RunInstances:0800")
    assert image["PlatformDetails"] == "Windows BYOL"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Architecture": "sparc"}, "InvalidParameterValue"),
        ({"Hypervisor": "kvm"}, "InvalidParameterValue"),
        ({"Platform": "Plan9"}, "InvalidParameterValue"),
        ({"BootMode": "uefi-preferred"}, "InvalidParameterValue"),
        ({"LicenseType": "X"}, "InvalidParameterValue"),
        ({"UsageOperation": "X"}, "InvalidParameterValue"),
        ({"LicenseType": "BYOL", "UsageOperation": "RunInstances"}, "InvalidParameterCombination"),
        ({"Platform": "Linux", "UsageOperation": "RunInstances:0002"}, "InvalidParameterCombination"),
        ({"Architecture": "arm64", "BootMode": "legacy-bios"}, "InvalidParameterCombination"),
        ({"LicenseSpecifications": [{"LicenseConfigurationArn": "arn:aws:x"}]}, "InvalidParameterValue"),
        ({"DiskContainers": []}, "MissingParameter"),
        ({"DiskContainers": [{"SnapshotId": "snap-0123456789abcdef0"}]}, "InvalidSnapshot.NotFound"),
        ({"DiskContainers": [{"SnapshotId": "snap-x"}]}, "InvalidSnapshotID.Malformed"),
    ],
)
def test_images_are_checked(ec2: Any, name: str, given: dict[str, Any], code: str) -> None:
    wanted = {"DiskContainers": [{"Format": "RAW", **place(name, "disk.raw")}], **given}
    assert code_of(ec2.import_image, **wanted) == code
    assert ec2.describe_import_image_tasks()["ImportImageTasks"] == []


@needs_qemu_img
def test_appliances(ec2: Any, ebs: Any, s3: Any, name: str, tmp_path: Path) -> None:
    first = converted(tmp_path, disk("1"), "vmdk", "subformat=streamOptimized")
    second = converted(tmp_path, disk("2"), "vmdk", "subformat=streamOptimized")
    files = {"machine.ovf": OVF.encode(), "b.vmdk": second, "a.vmdk": first}
    made = ec2.import_image(DiskContainers=[{"Format": "ova", **put(s3, name, "machine.ova", archive(files))}])
    done = image_task(ec2, made["ImportTaskId"])
    assert [d["DeviceName"] for d in done["SnapshotDetails"]] == ["/dev/sda1", "/dev/sdb"]
    assert [d["Format"] for d in done["SnapshotDetails"]] == ["VMDK", "VMDK"]
    assert [content(ebs, d["SnapshotId"]) for d in done["SnapshotDetails"]] == [blocks(disk("1")), blocks(disk("2"))]
    bomb = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    for wrong in (
        b"no tar",
        archive({"a.vmdk": first}),
        archive({"machine.ovf": OVF.encode(), "a.vmdk": first}),
        archive({"machine.ovf": b"<"}),
        archive({"machine.ovf": bomb}),
    ):
        made = ec2.import_image(DiskContainers=[{"Format": "OVA", **put(s3, name, "bad.ova", wrong)}])
        assert "Invalid OVA" in image_task(ec2, made["ImportTaskId"], "deleted")["StatusMessage"]


OVF = """<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
  <References><File ovf:id="f1" ovf:href="b.vmdk"/><File ovf:id="f2" ovf:href="a.vmdk"/></References>
  <DiskSection><Disk ovf:diskId="d1" ovf:fileRef="f2"/><Disk ovf:diskId="d2" ovf:fileRef="f1"/></DiskSection>
</Envelope>"""


def archive(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return whole.getvalue()


def test_tasks_are_cancelled_before_they_end(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name = bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    monkeypatch.setattr(disk_tasks, "advance", lambda *_: None)
    begun = ec2.import_snapshot(DiskContainer={"Format": "RAW", **place(name, "disk.raw")})["ImportTaskId"]
    answer = ec2.cancel_import_task(ImportTaskId=begun, CancelReason="I changed my mind")
    assert (answer["PreviousState"], answer["State"]) == ("active", "deleting")
    detail = snapshot_task(ec2, begun, "deleting")
    assert detail["StatusMessage"] == "I changed my mind"
    assert ec2.cancel_import_task(ImportTaskId=begun)["PreviousState"] == "deleting"
    monkeypatch.undo()
    over = snapshot_task(ec2, begun, "deleted")
    assert over["StatusMessage"] == "I changed my mind"
    assert code_of(ec2.cancel_import_task, ImportTaskId=begun) == "IncorrectState"
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []


def test_what_a_crash_left_is_begun_anew(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name = bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    monkeypatch.setattr(disk_tasks, "LEASE", disk_tasks.LEASE * 0)
    work, undo = disk_tasks._WORK[ImportSnapshotTask]
    tries = 0

    def falters(claim: disk_tasks.Claim) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("killed")
        work(claim)

    monkeypatch.setitem(disk_tasks._WORK, ImportSnapshotTask, (falters, undo))
    assert imported_snapshot(ec2, name, "disk.raw")
    assert tries == 2

    def never(_claim: disk_tasks.Claim) -> None:
        raise RuntimeError("killed")

    monkeypatch.setitem(disk_tasks._WORK, ImportSnapshotTask, (never, undo))
    begun = ec2.import_snapshot(DiskContainer={"Format": "RAW", **place(name, "disk.raw")})["ImportTaskId"]
    assert snapshot_task(ec2, begun, "deleted")["StatusMessage"].startswith("ServerError")


def test_an_object_that_goes_meanwhile(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name = bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    monkeypatch.setattr(disk_tasks, "advance", lambda *_: None)
    begun = ec2.import_snapshot(DiskContainer={"Format": "RAW", **place(name, "disk.raw")})["ImportTaskId"]
    s3.delete_object(Bucket=name, Key="disk.raw")
    monkeypatch.undo()
    assert "deleted while it was read" in snapshot_task(ec2, begun, "deleted")["StatusMessage"]


def test_real_guests_get_a_file_to_boot_from(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name = bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    monkeypatch.setattr(boot_files, "_has_real_hosts", lambda _uow: True)
    image = imported_image(ec2, name, "disk.raw")
    assert (cloud.cloud.settings.data_dir / "images" / f"{image}.raw").read_bytes() == disk()
    poll(lambda: not list((cloud.cloud.settings.data_dir / "tasks").iterdir()))


def test_filters_pages_and_ids(ec2: Any, name: str) -> None:
    container = {"Format": "RAW", **place(name, "disk.raw")}
    for _ in range(3):
        imported_snapshot(ec2, name, "disk.raw")
    failed = ec2.import_snapshot(DiskContainer=container | {"Format": "VHD"})["ImportTaskId"]
    snapshot_task(ec2, failed, "deleted")

    def ids(**given: Any) -> list[str]:
        found = ec2.get_paginator("describe_import_snapshot_tasks").paginate(**given)
        return [task["ImportTaskId"] for page in found for task in page["ImportSnapshotTasks"]]

    assert len(set(ids(PaginationConfig={"PageSize": 1}))) == 4
    assert ids(Filters=[{"Name": "task-state", "Values": ["deleted"]}]) == [failed]
    image = imported_image(ec2, name, "disk.raw")
    shown = ec2.describe_import_image_tasks(Filters=[{"Name": "task-state", "Values": ["completed"]}])
    assert [task["ImageId"] for task in shown["ImportImageTasks"]] == [image]
    none = [{"Name": "task-state", "Values": ["active"]}]
    assert ec2.describe_import_image_tasks(Filters=none)["ImportImageTasks"] == []
    absent = "import-ami-0123456789abcdef0"
    assert code_of(ec2.cancel_import_task, ImportTaskId=absent) == "InvalidConversionTaskId"
    assert code_of(ec2.cancel_import_task, ImportTaskId="x") == "InvalidConversionTaskId.Malformed"
    assert code_of(ec2.describe_import_image_tasks, ImportTaskIds=[absent]) == "InvalidConversionTaskId"


def test_a_client_token_imports_once(ec2: Any, name: str) -> None:
    wanted = {"DiskContainer": {"Format": "RAW", **place(name, "disk.raw")}, "ClientToken": "t"}
    first, second = (ec2.import_snapshot(**wanted)["ImportTaskId"] for _ in range(2))
    assert first == second
    snapshot_task(ec2, first)


def test_the_service_role_has_to_be_there_where_policies_are_enforced(new_cloud: Callable[..., Embedded]) -> None:
    cloud = new_cloud(auth_mode="sigv4")
    with cloud.cloud.everywhere(write=True) as uow:
        root = access_keys.create(uow, key_file.at(cloud.cloud.settings.key_path), account="111122223333")
        uow.commit()
    signed = {"access_key_id": root.access_key_id, "secret": root.secret}
    ec2, s3, iam = (cloud.client(service, **signed) for service in ("ec2", "s3", "iam"))
    name = bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    container = {"Format": "RAW", **place(name, "disk.raw")}
    with pytest.raises(ClientError, match="The service role vmimport provided does not exist"):
        ec2.import_snapshot(DiskContainer=container)
    trust = {"Effect": "Allow", "Principal": {"Service": "vmie.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="vmimport", AssumeRolePolicyDocument=document)
    assert imported_snapshot(ec2, name, "disk.raw")
    assert code_of(ec2.import_snapshot, DiskContainer=container, RoleName="other") == "InvalidParameter"


def test_locations_of_a_domain() -> None:
    settings = Settings(domains=("example.org",))
    for url, where in (
        ("https://b.s3.example.org/k/l", ("b", "k/l")),
        ("https://s3.example.org/b/k%20l", ("b", "k l")),
        ("https://b.c.example.org/k", ("b.c", "k")),
    ):
        found = disk_objects.location(settings, {"Url": url}, "DiskContainer")
        assert (found.bucket, found.key) == where
