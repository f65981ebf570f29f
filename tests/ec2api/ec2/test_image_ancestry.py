"""Where images and instances come from."""

from typing import Any

from tests.ec2api.ec2.test_image_creation import available, image, tagged
from tests.launching import ami, launch
from tests.refusal import refused


def metadata(ec2: Any, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_instance_image_metadata(**asked)["InstanceImageMetadata"]
    return found


def only(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


def test_ancestry(ec2: Any, shared_cloud: Any, account: str) -> None:
    instance = launch(ec2)
    first = ec2.create_image(InstanceId=instance["InstanceId"], Name="first", NoReboot=True)["ImageId"]
    available(ec2, first)
    elsewhere = shared_cloud.client(account=account, region="eu-central-1")
    second = elsewhere.copy_image(SourceImageId=first, SourceRegion="us-east-1", Name="second")["ImageId"]
    entries = elsewhere.get_image_ancestry(ImageId=second)["ImageAncestryEntries"]
    assert [(e["ImageId"], e.get("SourceImageId"), e.get("SourceImageRegion")) for e in entries] == [
        (second, first, "us-east-1"),
        (first, instance["ImageId"], "us-east-1"),
        (instance["ImageId"], None, None),
    ]
    assert entries[2]["ImageOwnerAlias"] == "amazon"
    ec2.deregister_image(ImageId=first)
    assert len(elsewhere.get_image_ancestry(ImageId=second)["ImageAncestryEntries"]) == 1
    with refused("InvalidAMIID.NotFound"):
        ec2.get_image_ancestry(ImageId=first)


def test_images_of_instances(ec2: Any, account: str) -> None:
    instance = launch(ec2, TagSpecifications=[tagged("instance", a="b")])
    id, origin = instance["InstanceId"], image(ec2, instance["ImageId"])
    (found,) = metadata(ec2)
    assert found["ImageMetadata"] == {
        "ImageId": origin["ImageId"],
        "Name": origin["Name"],
        "OwnerId": origin["OwnerId"],
        "State": "available",
        "ImageOwnerAlias": "amazon",
        "CreationDate": origin["CreationDate"],
        "ImageAllowed": True,
        "IsPublic": True,
    }
    assert (found["InstanceId"], found["OwnerId"], found["State"]["Name"]) == (id, account, "running")
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    for name, value in {
        "availability-zone": instance["Placement"]["AvailabilityZone"],
        "image-allowed": "true",
        "instance-id": id,
        "instance-state-name": "running",
        "instance-type": "t3.*",
        "launch-time": "20*",
        "owner-alias": "amazon",
        "owner-id": origin["OwnerId"],
        "zone-id": found["ZoneId"],
        "tag:a": "b",
        "tag-key": "a",
    }.items():
        assert [one["InstanceId"] for one in metadata(ec2, **only(name, value))] == [id], name
        assert metadata(ec2, **only(name, "false")) == [], name
    ec2.replace_image_criteria_in_allowed_images_settings(ImageCriteria=[{"ImageProviders": ["none"]}])
    ec2.enable_allowed_images_settings(AllowedImagesSettingsState="enabled")
    assert [one["ImageMetadata"]["ImageAllowed"] for one in metadata(ec2, **only("image-allowed", "false"))] == [False]


def test_an_image_that_is_deregistered(ec2: Any) -> None:
    made = ec2.create_image(InstanceId=launch(ec2)["InstanceId"], Name="golden", NoReboot=True)["ImageId"]
    available(ec2, made)
    instance_id = launch(ec2, ImageId=made)["InstanceId"]
    ec2.deregister_image(ImageId=made)
    (found,) = metadata(ec2, InstanceIds=[instance_id])
    assert found["ImageMetadata"] == {"ImageId": made, "State": "deregistered", "ImageAllowed": False}
    with refused("InvalidInstanceID.NotFound"):
        metadata(ec2, InstanceIds=["i-0123456789abcdef0"])
    assert ami(ec2) != made
