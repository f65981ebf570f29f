"""Copies of images, in their region and in another."""

import base64
import hashlib
from typing import Any

import pytest

from backend.db.models import Image
from tests.ec2api.ec2.test_image_creation import available, image, tagged
from tests.ec2api.ec2.test_image_states import register
from tests.launching import ami, launch
from tests.refusal import refused
from tests.storage import snapshot, volume, wait_for_snapshot

FRIEND = "111111111111"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def elsewhere(shared_cloud: Any, account: str) -> Any:
    """A client of the same account in another region."""
    return shared_cloud.client(account=account, region="eu-central-1")


def copy(client: Any, source: str, name: str = "copy", **more: Any) -> str:
    asked = {"SourceImageId": source, "SourceRegion": "us-east-1", "Name": name, **more}
    return str(client.copy_image(**asked)["ImageId"])


def taken(client: Any, image_id: str) -> list[dict[str, Any]]:
    """The snapshots of an image."""
    devices = available(client, image_id)["BlockDeviceMappings"]
    ids = [device["Ebs"]["SnapshotId"] for device in devices if "SnapshotId" in device.get("Ebs", {})]
    found: list[dict[str, Any]] = client.describe_snapshots(SnapshotIds=ids)["Snapshots"]
    return found


def test_a_copy_in_another_region(ec2: Any, elsewhere: Any, account: str) -> None:
    source = register(ec2)
    ec2.create_tags(Resources=[source], Tags=[{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": "test"}])
    made = copy(
        elsewhere,
        source,
        Description="over there",
        CopyImageTags=True,
        SnapshotCopyCompletionDurationMinutes=30,
        TagSpecifications=[tagged("image", stage="live"), tagged("snapshot", of="copy")],
    )
    shown, origin = available(elsewhere, made), image(ec2, source)
    for name in ("Architecture", "RootDeviceName", "VirtualizationType", "EnaSupport", "PlatformDetails"):
        assert shown[name] == origin[name], name
    assert (shown["Name"], shown["Description"], shown["OwnerId"]) == ("copy", "over there", account)
    assert (shown["SourceImageId"], shown["SourceImageRegion"]) == (source, "us-east-1")
    assert {tag["Key"]: tag["Value"] for tag in shown["Tags"]} == {"team": "a", "stage": "live"}
    (root,) = taken(elsewhere, made)
    assert root["SnapshotId"] != origin["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert root["Description"].startswith(f"Copied for DestinationAmi {made} from SourceAmi {source}")
    assert root["Tags"] == [{"Key": "of", "Value": "copy"}]
    assert (root["State"], root["VolumeSize"], root["Encrypted"]) == ("completed", 1, False)
    assert (root["TransferType"], root["CompletionDurationMinutes"]) == ("time-based", 30)
    assert launch(elsewhere, ImageId=made)["ImageId"] == made
    assert len(ec2.describe_images(Owners=["self"])["Images"]) == 1


def test_a_copy_in_the_same_region_holds_the_same(ec2: Any, shared_cloud: Any, account: str) -> None:
    ebs, block = shared_cloud.client("ebs", account=account), b"x" * 512 * 1024
    written = ebs.start_snapshot(VolumeSize=1)["SnapshotId"]
    checksum = base64.b64encode(hashlib.sha256(block).digest()).decode()
    ebs.put_snapshot_block(
        SnapshotId=written,
        BlockIndex=0,
        BlockData=block,
        DataLength=len(block),
        Checksum=checksum,
        ChecksumAlgorithm="SHA256",
    )
    ebs.complete_snapshot(SnapshotId=written, ChangedBlocksCount=1)
    made = copy(ec2, register(ec2, snapshot_id=wait_for_snapshot(ec2, written)))
    (root,) = taken(ec2, made)
    assert image(ec2, made)["Tags"] == []
    assert root["FullSnapshotSizeInBytes"] == 512 * 1024


def test_images_that_have_a_file_keep_it(ec2: Any, shared_cloud: Any, account: str) -> None:
    """As if the source had been registered with ``ec2api image import``."""
    source = register(ec2)
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        imported = uow.require(Image, source)
        imported.path, imported.path_format = "/images/web.qcow2", "qcow2"
        shared_cloud.cloud.commit(uow)
    instance_id = launch(ec2, ImageId=source)["InstanceId"]
    made = [copy(ec2, source), ec2.create_image(InstanceId=instance_id, Name="made", NoReboot=True)["ImageId"]]
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
        found = [(image.path, image.path_format) for image in uow.look_up_all(Image, made)]
    assert found == [("/images/web.qcow2", "qcow2")] * 2


def test_encryption(ec2: Any, account: str) -> None:
    plain = register(ec2, "plain")
    secret = register(ec2, "secret", snapshot(ec2, volume(ec2, Encrypted=True)["VolumeId"]))

    def key(source: str, name: str, **asked: Any) -> str | None:
        made = copy(ec2, source, name, **asked)
        (root,) = taken(ec2, made)
        assert image(ec2, made)["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is root["Encrypted"]
        found: str | None = root.get("KmsKeyId")
        return found

    managed = key(secret, "kept")
    assert managed
    assert key(plain, "none") is None
    assert key(plain, "yes", Encrypted=True) == managed
    assert key(plain, "own", Encrypted=True, KmsKeyId=KEY) == f"arn:aws:kms:us-east-1:{account}:key/{KEY}"
    with refused("InvalidParameterDependency"):
        copy(ec2, plain, "wrong", KmsKeyId=KEY)


def test_images_of_others(ec2: Any, shared_cloud: Any) -> None:
    friend = shared_cloud.client(account=FRIEND)
    root = snapshot(ec2, volume(ec2)["VolumeId"])
    source = register(ec2, snapshot_id=root)
    with refused("InvalidAMIID.NotFound"):
        copy(friend, source)
    ec2.create_tags(Resources=[source], Tags=[{"Key": "mine", "Value": "1"}, {"Key": "ec2:SharedTag/a", "Value": "2"}])
    ec2.modify_image_attribute(ImageId=source, LaunchPermission={"Add": [{"UserId": FRIEND}]})
    with refused("InvalidRequest", "permission to access the storage"):
        copy(friend, source)
    ec2.modify_snapshot_attribute(SnapshotId=root, CreateVolumePermission={"Add": [{"UserId": FRIEND}]})
    made = copy(friend, source, f"from {source}", CopyImageTags=True)
    assert available(friend, made)["Tags"] == [{"Key": "ec2:SharedTag/a", "Value": "2"}]
    assert taken(friend, made)[0]["OwnerId"] == FRIEND
    friend.deregister_image(ImageId=made, DeleteAssociatedSnapshots=True)


def test_a_public_image(ec2: Any, elsewhere: Any) -> None:
    origin = image(ec2, ami(ec2))
    shown = available(elsewhere, copy(elsewhere, origin["ImageId"]))
    assert shown["ImdsSupport"] == origin["ImdsSupport"]
    (device,) = shown["BlockDeviceMappings"]
    assert device["Ebs"]["VolumeSize"] == origin["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]
    assert not shown["Public"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"SourceRegion": "moon-east-1"}, "InvalidParameterValue"),
        ({"SourceRegion": "eu-central-1"}, "InvalidAMIID.NotFound"),
        ({"SourceImageId": "web"}, "InvalidAMIID.Malformed"),
        ({"Name": "web"}, "InvalidAMIName.Duplicate"),
        ({"Name": "a"}, "InvalidAMIName.Malformed"),
        ({"Description": "x" * 256}, "InvalidParameterValue"),
        ({"SnapshotCopyCompletionDurationMinutes": 20}, "InvalidParameterValue"),
        ({"DestinationAvailabilityZone": "us-east-1a"}, "InvalidParameterValue"),
        ({"DestinationOutpostArn": "arn:aws:outposts:us-east-1:123456789012:outpost/op-1"}, "InvalidParameterValue"),
        ({"DestinationAvailabilityZone": "a", "DestinationAvailabilityZoneId": "b"}, "InvalidParameterCombination"),
        ({"TagSpecifications": [tagged("volume", a="b")]}, "InvalidParameterValue"),
    ],
)
def test_copies_that_are_refused(ec2: Any, asked: dict[str, Any], code: str) -> None:
    source = register(ec2)
    wanted = {"SourceImageId": source, "SourceRegion": "us-east-1", "Name": "copy", **asked}
    with refused(code):
        ec2.copy_image(**wanted)
    assert len(ec2.describe_images(Owners=["self"])["Images"]) == 1
    assert len(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]) == 1


def test_a_client_token_makes_one_copy(ec2: Any) -> None:
    source = register(ec2)
    assert copy(ec2, source, ClientToken="t") == copy(ec2, source, ClientToken="t")
    ec2.disable_image(ImageId=source)
    with refused("InvalidAMIID.Unavailable"):
        copy(ec2, source, "other")


def test_the_recycle_bin_is_empty(ec2: Any) -> None:
    source = register(ec2)
    ec2.deregister_image(ImageId=source)
    assert ec2.list_images_in_recycle_bin()["Images"] == []
    with refused("InvalidAMIID.NotFound"):
        ec2.restore_image_from_recycle_bin(ImageId=source)
    with refused("InvalidAMIID.NotFound"):
        ec2.list_images_in_recycle_bin(ImageIds=[source])
