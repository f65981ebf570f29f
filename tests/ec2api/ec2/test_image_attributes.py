"""Image attributes and launch permissions through the face."""

from typing import Any

import pytest

from backend.db.models import Image
from tests.refusal import refused

FRIEND, STRANGER = "111111111111", "222222222222"
ORGANIZATION = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
UNIT = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-cd34ef56"


@pytest.fixture
def image(shared_cloud: Any, account: str) -> str:
    """An image of the account of the client ``ec2``."""
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        made = Image(
            account=account,
            region="us-east-1",
            name=f"web of {account}",
            image_location="x",
            root_device_name="/dev/xvda",
            description="first",
        )
        uow.add(made)
        shared_cloud.cloud.commit(uow)
    return str(made.id)


def permissions(ec2: Any, image: str) -> list[dict[str, str]]:
    answer = ec2.describe_image_attribute(ImageId=image, Attribute="launchPermission")
    assert answer["ImageId"] == image
    found: list[dict[str, str]] = answer["LaunchPermissions"]
    return found


def sees(ec2: Any, image: str, **asked: Any) -> bool:
    return any(shown["ImageId"] == image for shown in ec2.describe_images(**asked)["Images"])


def test_launch_permissions_decide_who_sees_and_launches(ec2: Any, shared_cloud: Any, image: str) -> None:
    friend, stranger = (shared_cloud.client(account=account) for account in (FRIEND, STRANGER))
    assert permissions(ec2, image) == []
    assert not sees(friend, image)
    with refused("InvalidAMIID.NotFound"):
        friend.run_instances(ImageId=image, MinCount=1, MaxCount=1, DryRun=True)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}]})
    assert permissions(ec2, image) == [{"UserId": FRIEND}]
    assert sees(friend, image)
    assert sees(friend, image, ExecutableUsers=["self"])
    assert not sees(friend, image, ExecutableUsers=["all"])
    assert not sees(stranger, image)
    assert sees(ec2, image, ExecutableUsers=[FRIEND])
    assert not sees(ec2, image, ExecutableUsers=["self"])
    assert not sees(stranger, image, ExecutableUsers=[FRIEND])
    with refused("DryRunOperation", status=412):
        friend.run_instances(ImageId=image, MinCount=1, MaxCount=1, DryRun=True)
    with refused("AuthFailure", image, status=403):
        friend.describe_image_attribute(ImageId=image, Attribute="launchPermission")
    with refused("AuthFailure", image, status=403):
        friend.modify_image_attribute(ImageId=image, Description={"Value": "mine now"})
    with refused("InvalidUserID.Malformed"):
        sees(ec2, image, ExecutableUsers=["everybody"])


def test_public_and_private_again(ec2: Any, shared_cloud: Any, image: str) -> None:
    stranger = shared_cloud.client(account=STRANGER)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}, {"UserId": FRIEND}]})
    assert permissions(ec2, image) == [{"Group": "all"}, {"UserId": FRIEND}]
    assert sees(stranger, image, ExecutableUsers=["all"])
    assert stranger.describe_images(ImageIds=[image])["Images"][0]["Public"]
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Remove": [{"Group": "all"}]})
    assert not sees(stranger, image)
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    ec2.reset_image_attribute(ImageId=image, Attribute="launchPermission")
    assert permissions(ec2, image) == []
    assert not sees(stranger, image)


def test_users_may_be_named_in_both_forms(ec2: Any, image: str) -> None:
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"UserId": FRIEND}]}, UserIds=[FRIEND])
    assert permissions(ec2, image) == [{"UserId": FRIEND}]


def test_the_older_form_of_the_parameters(ec2: Any, image: str) -> None:
    older = {"ImageId": image, "Attribute": "launchPermission"}
    ec2.modify_image_attribute(**older, OperationType="add", UserIds=[FRIEND, STRANGER], UserGroups=["all"])
    ec2.modify_image_attribute(**older, OperationType="add", UserIds=[FRIEND])
    ec2.modify_image_attribute(ImageId=image, OperationType="remove", UserIds=[STRANGER, "333333333333"])
    assert permissions(ec2, image) == [{"Group": "all"}, {"UserId": FRIEND}]
    ec2.modify_image_attribute(**older, OperationType="remove", UserGroups=["all"])
    ec2.modify_image_attribute(
        **older, OperationType="add", OrganizationArns=[ORGANIZATION], OrganizationalUnitArns=[UNIT]
    )
    shared = [{"OrganizationArn": ORGANIZATION}, {"OrganizationalUnitArn": UNIT}, {"UserId": FRIEND}]
    assert permissions(ec2, image) == shared


@pytest.mark.parametrize(
    ("code", "says", "asked"),
    [
        ("InvalidAMIAttributeItemValue", "userId", {"LaunchPermission": {"Add": [{"UserId": "me"}]}}),
        ("InvalidAMIAttributeItemValue", "group", {"LaunchPermission": {"Add": [{"Group": "most"}]}}),
        ("InvalidAMIAttributeItemValue", "organizationArn", {"OperationType": "add", "OrganizationArns": ["x"]}),
        ("InvalidParameterCombination", "one account",
         {"LaunchPermission": {"Add": [{"UserId": FRIEND, "Group": "all"}]}}),
        ("InvalidParameterCombination", "OperationType",
         {"LaunchPermission": {"Add": [{"UserId": FRIEND}]}, "UserIds": [FRIEND], "OperationType": "add"}),
        ("InvalidParameterCombination", "other users",
         {"LaunchPermission": {"Add": [{"UserId": FRIEND}]}, "UserIds": [STRANGER]}),
        ("InvalidParameterCombination", "No attributes specified", {}),
        ("InvalidParameterCombination", "multiple attribute types",
         {"Description": {"Value": "x"}, "ImdsSupport": {"Value": "v2.0"}}),
        ("MissingParameter", "OperationType", {"UserIds": [FRIEND]}),
        ("MissingParameter", "UserId", {"Attribute": "launchPermission", "OperationType": "add"}),
        ("MissingParameter", "Value", {"Attribute": "description"}),
        ("InvalidParameterValue", "attribute", {"Attribute": "kernel", "Value": "x"}),
        ("InvalidParameterValue", "imdsSupport", {"ImdsSupport": {"Value": "v1.0"}}),
        ("InvalidParameterValue", "255", {"Description": {"Value": "x" * 256}}),
        ("UnsupportedOperation", "ProductCodes", {"ProductCodes": ["x"]}),
    ],
)  # fmt: skip
def test_changes_that_are_refused(ec2: Any, image: str, code: str, says: str, asked: dict[str, Any]) -> None:
    with refused(code, says):
        ec2.modify_image_attribute(ImageId=image, **asked)
    assert permissions(ec2, image) == []


def test_description_and_imds_support(ec2: Any, image: str) -> None:
    ec2.modify_image_attribute(ImageId=image, Description={"Value": "second"})
    shown = ec2.describe_image_attribute(ImageId=image, Attribute="description")
    assert shown["Description"] == {"Value": "second"}
    ec2.modify_image_attribute(ImageId=image, Attribute="description", Value="third")
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["Description"] == "third"
    ec2.modify_image_attribute(ImageId=image, Attribute="Description", Value="fourth")  # as Ansible writes it
    ec2.modify_image_attribute(ImageId=image, ImdsSupport={"Value": "v2.0"})
    (described,) = ec2.describe_images(ImageIds=[image])["Images"]
    assert (described["Description"], described["ImdsSupport"]) == ("fourth", "v2.0")


@pytest.mark.parametrize(
    ("attribute", "member", "value"),
    [
        ("kernel", "KernelId", {}),
        ("ramdisk", "RamdiskId", {}),
        ("productCodes", "ProductCodes", []),
        ("sriovNetSupport", "SriovNetSupport", {}),
        ("bootMode", "BootMode", {}),
        ("tpmSupport", "TpmSupport", {}),
        ("uefiData", "UefiData", {}),
        ("lastLaunchedTime", "LastLaunchedTime", {}),
        ("imdsSupport", "ImdsSupport", {}),
        ("deregistrationProtection", "DeregistrationProtection", {"Value": "disabled"}),
    ],
)
def test_attributes_of_a_plain_image(ec2: Any, image: str, attribute: str, member: str, value: Any) -> None:
    assert ec2.describe_image_attribute(ImageId=image, Attribute=attribute)[member] == value


def test_attributes_that_are_not_told(ec2: Any, image: str) -> None:
    with refused("AuthFailure", image, status=403):
        ec2.describe_image_attribute(ImageId=image, Attribute="blockDeviceMapping")
    with refused("InvalidParameterValue"):
        ec2.describe_image_attribute(ImageId=image, Attribute="colour")
    with refused("MissingParameter", "Attribute"):
        ec2.describe_image_attribute(ImageId=image)
    with refused("InvalidParameterValue"):
        ec2.reset_image_attribute(ImageId=image, Attribute="description")
    public = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    with refused("AuthFailure", public, status=403):
        ec2.describe_image_attribute(ImageId=public, Attribute="description")
    with refused("AuthFailure", public, status=403):
        ec2.reset_image_attribute(ImageId=public, Attribute="launchPermission")
