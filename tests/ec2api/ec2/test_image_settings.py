"""What an account sets for images: block public access, and the images that it allows."""

from typing import Any

import pytest

from tests.ec2api.ec2.test_image_states import register
from tests.launching import ami, launch
from tests.refusal import refused
from tests.storage import snapshot, volume


def names(ec2: Any, **asked: Any) -> set[str]:
    return {image["ImageId"] for image in ec2.describe_images(**asked)["Images"]}


def test_block_public_access(ec2: Any) -> None:
    image = register(ec2)
    publish = {"ImageId": image, "LaunchPermission": {"Add": [{"Group": "all"}]}}

    def state() -> str:
        answer = ec2.get_image_block_public_access_state()
        assert answer["ManagedBy"] == "account"
        return str(answer["ImageBlockPublicAccessState"])

    assert state() == "unblocked"
    answer = ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    assert answer["ImageBlockPublicAccessState"] == state() == "block-new-sharing"
    with refused("OperationNotPermitted", "block public access"):
        ec2.modify_image_attribute(**publish)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": "111111111111"}]})
    assert ec2.disable_image_block_public_access()["ImageBlockPublicAccessState"] == state() == "unblocked"
    ec2.modify_image_attribute(**publish)
    ec2.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
    ec2.modify_image_attribute(**publish)  # it is public already
    with refused("InvalidParameterValue"):
        ec2.enable_image_block_public_access(ImageBlockPublicAccessState="unblocked")
    ec2.deregister_image(ImageId=image)


def test_an_image_with_an_encrypted_snapshot_cannot_be_public(ec2: Any) -> None:
    image = register(ec2, snapshot_id=snapshot(ec2, volume(ec2, Encrypted=True)["VolumeId"]))
    with refused("OperationNotPermitted", "encrypted"):
        ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})


def test_allowed_images(ec2: Any) -> None:
    own, amazon = register(ec2), ami(ec2)
    everything = names(ec2)
    assert ec2.get_allowed_images_settings() | {"ResponseMetadata": None} == {
        "State": "disabled",
        "ImageCriteria": [],
        "ManagedBy": "account",
        "ResponseMetadata": None,
    }
    assert "ImageAllowed" not in ec2.describe_images(ImageIds=[amazon])["Images"][0]
    criteria = [{"ImageProviders": ["099720109477"], "ImageNames": ["ubuntu/images/*"]}]
    assert ec2.replace_image_criteria_in_allowed_images_settings(ImageCriteria=criteria)["ReturnValue"]
    audited = ec2.enable_allowed_images_settings(AllowedImagesSettingsState="audit-mode")
    assert audited["AllowedImagesSettingsState"] == ec2.get_allowed_images_settings()["State"] == "audit-mode"
    assert names(ec2) == everything
    verdicts = {image["ImageId"]: image["ImageAllowed"] for image in ec2.describe_images()["Images"]}
    ubuntu = names(ec2, Owners=["099720109477"], Filters=[{"Name": "name", "Values": ["ubuntu/images/*"]}])
    assert ubuntu
    assert {id for id, verdict in verdicts.items() if verdict} == ubuntu | {own}
    assert names(ec2, Filters=[{"Name": "image-allowed", "Values": ["true"]}]) == ubuntu | {own}
    assert names(ec2, Filters=[{"Name": "image-allowed", "Values": ["false"]}]) == everything - ubuntu - {own}
    launch(ec2)
    ec2.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")
    assert names(ec2) == ubuntu | {own}
    with refused("InvalidAMIID.NotFound"):
        launch(ec2)
    assert names(ec2, ImageIds=[amazon]) == set()
    launch(ec2, ImageId=min(names(ec2, Filters=[{"Name": "architecture", "Values": ["x86_64"]}]) - {own}))
    launch(ec2, ImageId=own)
    assert ec2.disable_allowed_images_settings()["AllowedImagesSettingsState"] == "disabled"
    launch(ec2)


@pytest.mark.parametrize(
    ("criterion", "some"),
    [
        ({"ImageProviders": ["amazon"]}, True),
        ({"ImageProviders": ["none"]}, False),
        ({"ImageProviders": ["aws-marketplace"]}, False),
        ({"ImageNames": ["al2023-ami-*"]}, True),
        ({"DeprecationTimeCondition": {"MaximumDaysSinceDeprecated": 0}}, True),
        ({"CreationDateCondition": {"MaximumDaysSinceCreated": 2147483647}}, True),
        ({"CreationDateCondition": {"MaximumDaysSinceCreated": 0}}, False),
        ({"MarketplaceProductCodes": ["abc123"]}, False),
        ({"ImageWatermarks": [{"WatermarkKey": "123456789012:good"}]}, False),
        ({"ScanResultCondition": {"MaximumSeverityLabel": "critical"}}, False),
    ],
)
def test_criteria(ec2: Any, criterion: dict[str, Any], some: bool) -> None:
    own = register(ec2)
    ec2.replace_image_criteria_in_allowed_images_settings(ImageCriteria=[criterion])
    assert ec2.get_allowed_images_settings()["ImageCriteria"] == [criterion]
    ec2.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")
    seen = names(ec2)
    assert own in seen
    assert bool(seen - {own}) is some


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ([{"ImageProviders": ["me"]}], "InvalidParameterValue"),
        ([{"ImageProviders": ["none", "amazon"]}], "InvalidParameterCombination"),
        ([{"ImageNames": ["a;b"]}], "InvalidParameterValue"),
        ([{"ImageNames": ["a?"]}], "InvalidParameterValue"),
        ([{"MarketplaceProductCodes": ["a-b"]}], "InvalidParameterValue"),
        ([{"CreationDateCondition": {"MaximumDaysSinceCreated": -1}}], "InvalidParameterValue"),
        ([{"ImageProviders": ["amazon"]}] * 11, "InvalidParameterValue"),
    ],
)
def test_criteria_that_are_refused(ec2: Any, criteria: list[dict[str, Any]], code: str) -> None:
    with refused(code):
        ec2.replace_image_criteria_in_allowed_images_settings(ImageCriteria=criteria)
    assert ec2.get_allowed_images_settings()["ImageCriteria"] == []
