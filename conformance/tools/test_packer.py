"""Packer's amazon-ebs builder, without a communicator: what it boots, stops, makes an image of, and cleans up."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conformance.endpoint import Endpoint
from conformance.tools.program import attempt, environment, needed

PROGRAM = Path("/usr/bin/packer")  # of Debian, with the builders within
TEMPLATE = Path(__file__).with_name("packer") / "image.json"
LIMIT_SECONDS = 150
NEIGHBOUR = "444455556666"


class Packer:
    """Builds the template's image on the endpoint."""

    def __init__(self, endpoint: Endpoint, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder
        polling = {"AWS_POLL_DELAY_SECONDS": "1", "AWS_MAX_ATTEMPTS": "60"}
        self.env = {**environment(endpoint, folder), **polling, "CHECKPOINT_DISABLE": "1"}

    def build(self, called: str, **more: str) -> tuple[int, str]:
        """The exit code, and what was printed."""
        values = {"called": called, "endpoint": self.endpoint.url, "neighbour": NEIGHBOUR, **more}
        options = [word for name, value in values.items() for word in ("-var", f"{name}={value}")]
        command = [PROGRAM, "build", "-color=false", *options, TEMPLATE]
        done = attempt(command, self.env, folder=self.folder, seconds=LIMIT_SECONDS)
        return done.returncode, done.stdout + done.stderr

    def image(self, called: str, **more: str) -> str:
        """The id of the image that a build that succeeds makes."""
        code, printed = self.build(called, **more)
        assert code == 0, printed
        builds = json.loads((self.folder / "manifest.json").read_text())
        made = {build["packer_run_uuid"]: build["artifact_id"] for build in builds["builds"]}
        region, id = made[builds["last_run_uuid"]].split(":")
        assert region == self.endpoint.region
        return str(id)


@pytest.fixture
def packer(endpoint: Endpoint, tmp_path: Path) -> Packer:
    needed(PROGRAM)
    return Packer(endpoint, tmp_path)


def snapshots_of(image: dict[str, Any]) -> list[str]:
    return [device["Ebs"]["SnapshotId"] for device in image["BlockDeviceMappings"]]


@pytest.fixture
def called(ec2: Any, name: str) -> Iterator[str]:
    """A name for images, which go at the end together with their snapshots."""
    yield name
    for image in own_images(ec2, name):
        ec2.deregister_image(ImageId=image["ImageId"])
        for snapshot in snapshots_of(image):
            with suppress(ClientError):
                ec2.delete_snapshot(SnapshotId=snapshot)


def own_images(ec2: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [name]}])[
        "Images"
    ]
    return found


def check_nothing_is_left(ec2: Any, name: str) -> None:
    """That what a build needs only while it runs is gone."""
    named = [{"Name": "tag:Name", "Values": [name]}]
    instances = [i for r in ec2.describe_instances(Filters=named)["Reservations"] for i in r["Instances"]]
    assert {i["State"]["Name"] for i in instances} <= {"shutting-down", "terminated"}
    temporary = [{"Name": "group-name", "Values": ["packer_*"]}]
    assert ec2.describe_security_groups(Filters=temporary)["SecurityGroups"] == []
    temporary = [{"Name": "key-name", "Values": ["packer_*"]}]
    assert ec2.describe_key_pairs(Filters=temporary)["KeyPairs"] == []
    assert ec2.describe_volumes(Filters=named)["Volumes"] == []


def test_an_image_is_built_of_the_newest_one(packer: Packer, ec2: Any, image: dict[str, Any], called: str) -> None:
    made = packer.image(called)
    [shown] = ec2.describe_images(ImageIds=[made])["Images"]
    assert (shown["Name"], shown["State"], shown["Description"]) == (called, "available", "baked")
    assert {tag["Key"]: tag["Value"] for tag in shown["Tags"]} == {"Name": called, "Base": image["ImageId"]}
    assert (shown["Architecture"], shown["RootDeviceName"]) == (image["Architecture"], image["RootDeviceName"])
    disks = {d["DeviceName"]: (d["Ebs"]["VolumeSize"], d["Ebs"]["VolumeType"]) for d in shown["BlockDeviceMappings"]}
    assert disks == {"/dev/xvda": (10, "gp3"), "/dev/sdf": (1, "gp2")}
    shared = ec2.describe_image_attribute(ImageId=made, Attribute="launchPermission")["LaunchPermissions"]
    assert shared == [{"UserId": NEIGHBOUR}]
    for snapshot in ec2.describe_snapshots(SnapshotIds=snapshots_of(shown))["Snapshots"]:
        assert (snapshot["State"], snapshot["Tags"]) == ("completed", shown["Tags"])
        permissions = ec2.describe_snapshot_attribute(
            SnapshotId=snapshot["SnapshotId"], Attribute="createVolumePermission"
        )
        assert permissions["CreateVolumePermissions"] == [{"UserId": NEIGHBOUR}]
    check_nothing_is_left(ec2, called)


def test_a_name_is_taken_until_the_image_goes(packer: Packer, ec2: Any, called: str) -> None:
    first = packer.image(called)
    [old] = own_images(ec2, called)
    code, printed = packer.build(called)
    assert (code, f"AMI Name: '{called}' is used by an existing AMI: {first}" in printed) == (1, True), printed
    second = packer.image(called, force="true")
    assert [image["ImageId"] for image in own_images(ec2, called)] == [second]
    with pytest.raises(ClientError, match=r"InvalidSnapshot\.NotFound"):
        ec2.describe_snapshots(SnapshotIds=snapshots_of(old))
    check_nothing_is_left(ec2, called)
