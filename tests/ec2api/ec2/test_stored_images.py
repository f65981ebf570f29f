"""CreateStoreImageTask and CreateRestoreImageTask: images as objects of S3, and back."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.conductor import disk_tasks
from backend.disk_images.formats import DiskImageError
from backend.disk_images.stored import Reader, write
from tests.conftest import Embedded
from tests.ec2api.ec2.disk_tasks import BLOCK, blocks, bucket, content, disk, imported_image, store_task
from tests.launching import ami, code_of, launch
from tests.storage import poll


@pytest.fixture
def s3(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("s3", account=account)


@pytest.fixture
def ebs(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("ebs", account=account)


@pytest.fixture
def name(s3: Any) -> str:
    made = bucket(s3)
    s3.put_object(Bucket=made, Key="disk.raw", Body=disk())
    return made


def image(ec2: Any, id: str, state: str = "available") -> dict[str, Any]:
    """An image, once it is in a state."""

    def look() -> dict[str, Any] | None:
        [found] = ec2.describe_images(ImageIds=[id])["Images"]
        return found if found["State"] == state else None

    found: dict[str, Any] = poll(look)
    return found


def stored(ec2: Any, name: str, **given: Any) -> tuple[str, str]:
    """An image of the disk in the bucket, and the key under which it is stored there."""
    id = imported_image(ec2, name, "disk.raw", **given)
    key: str = ec2.create_store_image_task(ImageId=id, Bucket=name)["ObjectKey"]
    store_task(ec2, id)
    return id, key


def test_an_image_is_stored_and_restored(ec2: Any, s3: Any, ebs: Any, name: str) -> None:
    id = imported_image(ec2, name, "disk.raw", Description="mine", BootMode="uefi", Encrypted=True)
    [snapshot] = [d["Ebs"]["SnapshotId"] for d in image(ec2, id)["BlockDeviceMappings"]]
    ec2.create_tags(Resources=[id], Tags=[{"Key": "of", "Value": "image"}])
    ec2.create_tags(Resources=[snapshot], Tags=[{"Key": "of", "Value": "snapshot"}])
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    made = ec2.create_store_image_task(ImageId=id, Bucket=name, S3ObjectTags=[{"Key": "a", "Value": "b"}])
    assert made["ObjectKey"] == f"{id}.bin"
    ec2.get_waiter("store_image_task_complete").wait(ImageIds=[id], WaiterConfig={"Delay": 0.05})
    done = store_task(ec2, id)
    assert (done["Bucket"], done["S3objectKey"], done["ProgressPercentage"]) == (name, f"{id}.bin", 100)
    assert done["TaskStartTime"] and "StoreTaskFailureReason" not in done
    found = s3.head_object(Bucket=name, Key=f"{id}.bin")
    assert found["Metadata"]["ami-name"] == image(ec2, id)["Name"]
    assert found["Metadata"]["ami-description"] == "mine"
    assert (found["ContentLength"] < 3 * BLOCK, found["ServerSideEncryption"]) == (True, "AES256")
    assert s3.get_object_tagging(Bucket=name, Key=f"{id}.bin")["TagSet"] == [{"Key": "a", "Value": "b"}]

    assert code_of(ec2.create_restore_image_task, Bucket=name, ObjectKey=f"{id}.bin") == "InvalidAMIName.Duplicate"
    again = ec2.create_restore_image_task(Bucket=name, ObjectKey=f"{id}.bin", Name="restored")["ImageId"]
    back, before = image(ec2, again), image(ec2, id)
    same = ("Architecture", "BootMode", "Description", "EnaSupport", "RootDeviceName", "PlatformDetails", "Tags")
    assert {key: back[key] for key in same} == {key: before[key] for key in same}
    [device] = back["BlockDeviceMappings"]
    assert device["Ebs"]["SnapshotId"] != snapshot and device["Ebs"]["VolumeSize"] == 1
    [copy] = ec2.describe_snapshots(SnapshotIds=[device["Ebs"]["SnapshotId"]])["Snapshots"]
    assert (copy["State"], copy["Tags"]) == ("completed", [{"Key": "of", "Value": "snapshot"}])
    assert content(ebs, copy["SnapshotId"]) == blocks(disk())
    launch(ec2, ImageId=again)


def test_it_is_restored_after_all_else_has_gone(ec2: Any, ebs: Any, name: str) -> None:
    id, key = stored(ec2, name)
    ec2.deregister_image(ImageId=id, DeleteAssociatedSnapshots=True)
    tags = [{"ResourceType": kind, "Tags": [{"Key": "new", "Value": kind}]} for kind in ("image", "snapshot")]
    made = ec2.create_restore_image_task(Bucket=name, ObjectKey=key, TagSpecifications=tags)["ImageId"]
    back = image(ec2, made)
    assert back["Name"].startswith("import-ami-") and back["Tags"] == [{"Key": "new", "Value": "image"}]
    [device] = back["BlockDeviceMappings"]
    [copy] = ec2.describe_snapshots(SnapshotIds=[device["Ebs"]["SnapshotId"]])["Snapshots"]
    assert copy["Tags"] == [{"Key": "new", "Value": "snapshot"}]
    assert content(ebs, copy["SnapshotId"]) == blocks(disk())


def test_what_cannot_be_stored_or_restored(ec2: Any, s3: Any, shared_cloud: Embedded, name: str) -> None:
    id, key = stored(ec2, name)
    other = bucket(shared_cloud.client("s3", account="123123123123"))
    for given, code in (
        ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound"),
        ({"ImageId": "x"}, "InvalidAMIID.Malformed"),
        ({"ImageId": ami(ec2)}, "AuthFailure"),
        ({"Bucket": other}, "InvalidParameter"),
        ({"Bucket": "no-such-bucket-at-all"}, "InvalidParameter"),
        ({"S3ObjectTags": [{"Key": "aws:x", "Value": ""}]}, "InvalidParameterValue"),
    ):
        assert code_of(ec2.create_store_image_task, **{"ImageId": id, "Bucket": name, **given}) == code
    s3.put_object(Bucket=name, Key="short", Body=b"EC2AMI\x00\x01\xff")
    for given, code in (
        ({"ObjectKey": "disk.raw"}, "InvalidParameter"),
        ({"ObjectKey": "short"}, "InvalidParameter"),
        ({"ObjectKey": "none"}, "InvalidParameter"),
        ({"Bucket": "no-such-bucket-at-all"}, "InvalidParameter"),
        ({"Name": "a"}, "InvalidAMIName.Malformed"),
    ):
        wanted = {"Bucket": name, "ObjectKey": key, "Name": "restored", **given}
        assert code_of(ec2.create_restore_image_task, **wanted) == code
    assert len(ec2.describe_store_image_tasks()["StoreImageTaskResults"]) == 1
    stranger = shared_cloud.client("ec2", account="123123123123")
    assert code_of(stranger.create_restore_image_task, Bucket=name, ObjectKey=key) == "InvalidParameter"


def test_a_damaged_object_fails(ec2: Any, s3: Any, name: str) -> None:
    _, key = stored(ec2, name)
    data = bytearray(s3.get_object(Bucket=name, Key=key)["Body"].read())
    data[-BLOCK] ^= 1
    s3.put_object(Bucket=name, Key=key, Body=bytes(data))
    made = ec2.create_restore_image_task(Bucket=name, ObjectKey=key, Name="restored")["ImageId"]
    failed = image(ec2, made, "failed")
    assert failed["StateReason"]["Message"]
    ec2.deregister_image(ImageId=made)


def test_a_bucket_that_goes_meanwhile(new_cloud: Callable[..., Embedded], monkeypatch: Any) -> None:
    cloud = new_cloud()
    ec2, s3 = cloud.client("ec2"), cloud.client("s3")
    name, other = bucket(s3), bucket(s3)
    s3.put_object(Bucket=name, Key="disk.raw", Body=disk())
    id = imported_image(ec2, name, "disk.raw")
    monkeypatch.setattr(disk_tasks, "advance", lambda *_: None)
    ec2.create_store_image_task(ImageId=id, Bucket=other)
    [begun] = ec2.describe_store_image_tasks()["StoreImageTaskResults"]
    assert (begun["StoreTaskState"], begun["ProgressPercentage"]) == ("InProgress", 0)
    s3.delete_bucket(Bucket=other)
    monkeypatch.undo()
    assert other in store_task(ec2, id, "Failed")["StoreTaskFailureReason"]


def test_pages_and_filters(ec2: Any, s3: Any, name: str) -> None:
    second = bucket(s3)
    ids = [stored(ec2, name)[0] for _ in range(3)]
    ec2.create_store_image_task(ImageId=ids[0], Bucket=second)

    def found(**given: Any) -> list[str]:
        pages = ec2.get_paginator("describe_store_image_tasks").paginate(**given)
        return [task["AmiId"] for page in pages for task in page["StoreImageTaskResults"]]

    assert found(PaginationConfig={"PageSize": 1}) == [ids[0], *reversed(ids)]
    assert found(Filters=[{"Name": "bucket", "Values": [second]}]) == [ids[0]]
    assert found(Filters=[{"Name": "task-state", "Values": ["Failed"]}]) == []
    assert found(ImageIds=ids[1:], Filters=[{"Name": "bucket", "Values": [second]}]) == [ids[2], ids[1]]
    both = {"ImageIds": ids, "MaxResults": 1}
    assert code_of(ec2.describe_store_image_tasks, **both) == "InvalidParameterCombination"
    assert code_of(ec2.describe_store_image_tasks, ImageIds=["x"]) == "InvalidAMIID.Malformed"
    many = [f"ami-{number:017x}" for number in range(21)]
    assert code_of(ec2.describe_store_image_tasks, ImageIds=many) == "InvalidParameterValue"
    assert ec2.describe_store_image_tasks(ImageIds=many[:20])["StoreImageTaskResults"] == []


def test_the_form_is_checked_to_the_last_byte() -> None:
    found = list(blocks(disk()).items())
    whole = b"".join(write({"disks": [{}]}, [found]))

    def read(data: bytes) -> list[tuple[int, bytes]]:
        reader = Reader(iter([data[:7], data[7:]]))
        assert reader.description() == {"disks": [{}]}
        return list(reader.blocks(len(disk())))

    assert read(whole) == found
    for place in (0, 9, 13, 40, len(whole) - 1, len(whole) - 33, len(whole) - BLOCK):
        wrong = bytearray(whole)
        wrong[place] ^= 1
        with pytest.raises(DiskImageError):
            read(bytes(wrong))
    for cut in (3, 20, 100, len(whole) - 1):
        with pytest.raises(DiskImageError):
            read(whole[:cut])
