"""Images that are disabled, deprecated, protected and deregistered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.db.models import Image, Snapshot
from tests.launching import ami, launch, wait_for
from tests.refusal import refused
from tests.storage import snapshot, volume

FRIEND = "111111111111"


@pytest.fixture
def image(ec2: Any) -> str:
    return register(ec2)


def register(ec2: Any, name: str = "web", snapshot_id: str = "") -> str:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot_id or snapshot(ec2, volume(ec2)["VolumeId"])}}
    answer = ec2.register_image(
        Name=name,
        Architecture="x86_64",
        RootDeviceName="/dev/xvda",
        VirtualizationType="hvm",
        EnaSupport=True,
        BlockDeviceMappings=[root],
    )
    return str(answer["ImageId"])


def shown(ec2: Any, image_id: str, **asked: Any) -> dict[str, Any] | None:
    found = ec2.describe_images(Owners=["self"], **asked)["Images"]
    return next((one for one in found if one["ImageId"] == image_id), None)


def minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def test_a_disabled_image_is_hidden_and_cannot_be_launched_or_shared(ec2: Any, image: str, shared_cloud: Any) -> None:
    friend = shared_cloud.client(account=FRIEND)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}, {"Group": "all"}]})
    assert ec2.disable_image(ImageId=image)["Return"]
    assert shown(ec2, image) is None
    disabled = shown(ec2, image, IncludeDisabled=True)
    assert disabled
    assert (disabled["State"], disabled["Public"]) == ("disabled", False)
    with refused("InvalidAMIID.Unavailable"):
        launch(ec2, ImageId=image)
    with refused("InvalidAMIID.NotFound"):
        friend.describe_images(ImageIds=[image])
    with refused("InvalidAMIID.Unavailable"):
        ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}]})
    assert ec2.enable_image(ImageId=image)["Return"]
    launch(ec2, ImageId=image)
    assert ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == []


@pytest.mark.parametrize(
    "action",
    [
        "disable_image",
        "enable_image",
        "disable_image_deprecation",
        "enable_image_deregistration_protection",
        "disable_image_deregistration_protection",
        "deregister_image",
    ],
)
def test_somebody_elses_image_cannot_be_changed(ec2: Any, action: str) -> None:
    with refused("AuthFailure", "Not authorized for image", status=403):
        getattr(ec2, action)(ImageId=ami(ec2))
    with refused("InvalidAMIID.NotFound"):
        getattr(ec2, action)(ImageId="ami-0123456789abcdef0")
    with refused("InvalidAMIID.Malformed"):
        getattr(ec2, action)(ImageId="web")


def test_deprecation(ec2: Any, image: str, shared_cloud: Any) -> None:
    at = datetime.now(UTC) + timedelta(days=40)
    assert ec2.enable_image_deprecation(ImageId=image, DeprecateAt=at.replace(minute=7, second=31))["Return"]
    deprecated = shown(ec2, image)
    assert deprecated
    assert deprecated["DeprecationTime"] == minute(at.replace(minute=8, second=0)) + ".000Z"
    assert ec2.disable_image_deprecation(ImageId=image)["Return"]
    assert "DeprecationTime" not in (shown(ec2, image) or {})
    for wrong in (datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) + timedelta(days=3660)):
        with refused("InvalidParameterValue"):
            ec2.enable_image_deprecation(ImageId=image, DeprecateAt=wrong)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    public = shown(ec2, image)
    assert public
    left = datetime.fromisoformat(public["DeprecationTime"]) - datetime.fromisoformat(public["CreationDate"])
    assert 730 <= left.days <= 731
    with refused("OperationNotPermitted"):
        ec2.disable_image_deprecation(ImageId=image)
    with refused("InvalidParameterValue"):
        ec2.enable_image_deprecation(ImageId=image, DeprecateAt=datetime.now(UTC) + timedelta(days=740))
    ec2.deregister_image(ImageId=image)


def test_a_deprecated_image_is_hidden_from_others(ec2: Any, image: str, shared_cloud: Any, account: str) -> None:
    friend = shared_cloud.client(account=FRIEND)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}]})
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.require(Image, image).deprecation_time = datetime(2020, 1, 1)
        shared_cloud.cloud.commit(uow)
    assert shown(ec2, image)
    assert friend.describe_images(Owners=[account])["Images"] == []
    assert len(friend.describe_images(Owners=[account], IncludeDeprecated=True)["Images"]) == 1
    launch(friend, ImageId=image)


def test_protection_from_deregistration(ec2: Any, image: str, shared_cloud: Any, account: str) -> None:
    def protection() -> str:
        said = ec2.describe_image_attribute(ImageId=image, Attribute="deregistrationProtection")
        value: str = said["DeregistrationProtection"]["Value"]
        assert (shown(ec2, image) or {})["DeregistrationProtection"] == value
        return value

    assert protection() == "disabled"
    assert ec2.enable_image_deregistration_protection(ImageId=image)["Return"] == "true"
    assert protection() == "enabled-without-cooldown"
    with refused("OperationNotPermitted", "protected from deregistration"):
        ec2.deregister_image(ImageId=image)
    ec2.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)
    assert protection() == "enabled-with-cooldown"
    assert ec2.disable_image_deregistration_protection(ImageId=image)["Return"] == "true"
    assert protection() == "disabled"
    with refused("OperationNotPermitted", "cooldown"):
        ec2.deregister_image(ImageId=image)
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.require(Image, image).protected_until -= timedelta(hours=24)
        shared_cloud.cloud.commit(uow)
    ec2.deregister_image(ImageId=image)
    assert shown(ec2, image, IncludeDisabled=True) is None


def test_snapshots_that_are_deleted_with_an_image(ec2: Any, shared_cloud: Any, account: str) -> None:
    taken = snapshot(ec2, volume(ec2)["VolumeId"])
    first, second = register(ec2, "first", taken), register(ec2, "second", taken)
    locked = snapshot(ec2, volume(ec2)["VolumeId"])
    third = register(ec2, "third", locked)
    ec2.lock_snapshot(SnapshotId=locked, LockMode="governance", LockDuration=1)

    def outcome(image_id: str) -> list[str]:
        answer = ec2.deregister_image(ImageId=image_id, DeleteAssociatedSnapshots=True)
        return [result["ReturnCode"] for result in answer["DeleteSnapshotResults"]]

    assert (outcome(first), outcome(second), outcome(third)) == (["skipped"], ["success"], ["client-error"])
    assert [one["SnapshotId"] for one in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]] == [locked]
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
        assert len(uow.records(Snapshot)) == 1


def test_renouncing_an_image_that_was_shared(ec2: Any, image: str, shared_cloud: Any) -> None:
    friend = shared_cloud.client(account=FRIEND)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}]})
    assert friend.cancel_image_launch_permission(ImageId=image)["Return"]
    with refused("InvalidAMIID.NotFound"):
        friend.describe_images(ImageIds=[image])
    assert ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")["LaunchPermissions"] == []
    for image_id in (image, ami(ec2)):
        with refused("OperationNotPermitted"):
            ec2.cancel_image_launch_permission(ImageId=image_id)


def test_a_deregistered_image_is_known_as_long_as_an_instance_of_it(ec2: Any, image: str) -> None:
    """Until then an answer about it is empty, and no error."""
    id = launch(ec2, ImageId=image)["InstanceId"]
    ec2.deregister_image(ImageId=image)
    assert ec2.describe_images(ImageIds=[image])["Images"] == []
    assert ec2.describe_images(ImageIds=[image], Owners=["self"])["Images"] == []
    with refused("InvalidAMIID.NotFound"):
        ec2.describe_images(ImageIds=[image, "ami-0123456789abcdef0"])
    ec2.terminate_instances(InstanceIds=[id])
    wait_for(ec2, [id], "terminated")
    with refused("InvalidAMIID.NotFound", image):
        ec2.describe_images(ImageIds=[image])
