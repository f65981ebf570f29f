"""Images of instances: what CreateImage takes of an instance and its volumes."""

from typing import Any

import pytest

from backend.db.models import Host, Instance
from tests.launching import launch, state
from tests.refusal import refused
from tests.storage import poll, volume, wait_for_attachment


def image(ec2: Any, image_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_images(ImageIds=[image_id])["Images"][0]
    return found


def available(ec2: Any, image_id: str) -> dict[str, Any]:
    found: dict[str, Any] = poll(lambda: (shown := image(ec2, image_id))["State"] == "available" and shown)
    return found


def tagged(kind: str, **tags: str) -> dict[str, Any]:
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def images(ec2: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_images(Owners=["self"])["Images"]
    return found


def snapshots(ec2: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return found


def test_an_image_of_a_running_instance(ec2: Any, account: str) -> None:
    instance = launch(ec2)
    data = volume(
        ec2, Size=3, VolumeType="gp3", Encrypted=True, AvailabilityZone=instance["Placement"]["AvailabilityZone"]
    )
    ec2.attach_volume(VolumeId=data["VolumeId"], InstanceId=instance["InstanceId"], Device="/dev/sdf")
    wait_for_attachment(ec2, data["VolumeId"], "attached")
    made = ec2.create_image(
        InstanceId=instance["InstanceId"],
        Name="golden",
        Description="Web server",
        TagSpecifications=[tagged("image", of="image"), tagged("snapshot", of="snapshot")],
    )["ImageId"]
    ec2.get_waiter("image_available").wait(ImageIds=[made], WaiterConfig={"Delay": 0.01, "MaxAttempts": 500})
    shown = image(ec2, made)
    taken = {found["VolumeId"]: found for found in snapshots(ec2)}
    root = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert taken.keys() == {root, data["VolumeId"]}
    assert {found["State"] for found in taken.values()} == {"completed"}
    for found in taken.values():
        assert found["Tags"] == [{"Key": "of", "Value": "snapshot"}]
        assert found["Description"] == f"Created by CreateImage({instance['InstanceId']}) for {made}"
    assert shown["BlockDeviceMappings"] == [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {
                "DeleteOnTermination": True,
                "SnapshotId": taken[root]["SnapshotId"],
                "VolumeSize": 8,
                "VolumeType": "gp3",
                "Iops": 3000,
                "Throughput": 125,
                "Encrypted": False,
            },
        },
        {
            "DeviceName": "/dev/sdf",
            "Ebs": {
                "DeleteOnTermination": False,
                "SnapshotId": taken[data["VolumeId"]]["SnapshotId"],
                "VolumeSize": 3,
                "VolumeType": "gp3",
                "Iops": 3000,
                "Throughput": 125,
                "Encrypted": True,
            },
        },
    ]
    source = image(ec2, instance["ImageId"])
    inherited = ("Architecture", "RootDeviceName", "VirtualizationType", "EnaSupport", "PlatformDetails", "ImdsSupport")
    assert {name: shown.get(name) for name in inherited} == {name: source.get(name) for name in inherited}
    assert (shown["Name"], shown["Description"], shown["OwnerId"], shown["Public"]) == (
        "golden",
        "Web server",
        account,
        False,
    )
    assert shown["Tags"] == [{"Key": "of", "Value": "image"}]
    assert shown["SourceInstanceId"] == instance["InstanceId"]
    assert (shown["SourceImageId"], shown["SourceImageRegion"]) == (instance["ImageId"], "us-east-1")
    by_source = ec2.describe_images(Filters=[{"Name": "source-instance-id", "Values": [instance["InstanceId"]]}])
    assert [found["ImageId"] for found in by_source["Images"]] == [made]
    copy = launch(ec2, ImageId=made)
    assert [d["DeviceName"] for d in copy["BlockDeviceMappings"]] == ["/dev/xvda", "/dev/sdf"]


def test_a_running_instance_is_restarted_unless_that_is_not_wanted(ec2: Any, shared_cloud: Any, account: str) -> None:
    instance_id = launch(ec2)["InstanceId"]

    def reboots() -> int:
        with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
            return int(uow.look_up(Instance, instance_id).reboots)

    ec2.create_image(InstanceId=instance_id, Name="without", NoReboot=True)
    assert reboots() == 0
    ec2.create_image(InstanceId=instance_id, Name="with")
    assert reboots() == 1
    assert state(ec2, instance_id) == "running"


def test_an_image_is_pending_until_its_snapshots_are_complete(new_cloud: Any) -> None:
    ec2 = new_cloud(transition_seconds=1).client()
    instance_id = launch(ec2)["InstanceId"]
    made = ec2.create_image(InstanceId=instance_id, Name="golden")["ImageId"]
    shown = image(ec2, made)
    assert shown["State"] == "pending"
    assert shown["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] == snapshots(ec2)[0]["SnapshotId"]
    with refused("InvalidAMIID.Unavailable"):
        launch(ec2, ImageId=made)
    with refused("InvalidSnapshot.InUse"):
        ec2.delete_snapshot(SnapshotId=snapshots(ec2)[0]["SnapshotId"])
    available(ec2, made)
    assert snapshots(ec2)[0]["State"] == "completed"


def test_the_boot_mode_can_be_narrowed(ec2: Any) -> None:
    instance = launch(ec2)
    assert (instance["BootMode"], instance["CurrentInstanceBootMode"]) == ("uefi-preferred", "uefi")
    modes = {}
    for name, asked in {"inherited": {}, "narrowed": {"BootModeOverride": "uefi"}}.items():
        made = ec2.create_image(InstanceId=instance["InstanceId"], Name=name, NoReboot=True, **asked)["ImageId"]
        modes[name] = image(ec2, made)["BootMode"]
    assert modes == {"inherited": "uefi-preferred", "narrowed": "uefi"}


def test_mappings_of_the_caller(ec2: Any) -> None:
    instance = launch(ec2)
    data = volume(ec2, AvailabilityZone=instance["Placement"]["AvailabilityZone"])
    ec2.attach_volume(VolumeId=data["VolumeId"], InstanceId=instance["InstanceId"], Device="/dev/sdf")
    wait_for_attachment(ec2, data["VolumeId"], "attached")
    made = ec2.create_image(
        InstanceId=instance["InstanceId"],
        Name="golden",
        NoReboot=True,
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": False, "VolumeSize": 8, "Encrypted": False}},
            {"DeviceName": "sdf", "NoDevice": ""},
            {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 5, "VolumeType": "gp2", "Encrypted": True}},
            {"DeviceName": "/dev/sdh", "VirtualName": "ephemeral0"},
        ],
    )["ImageId"]
    root, new, store = available(ec2, made)["BlockDeviceMappings"]
    assert (root["DeviceName"], root["Ebs"]["DeleteOnTermination"]) == ("/dev/xvda", False)
    assert new == {
        "DeviceName": "/dev/sdg",
        "Ebs": {"DeleteOnTermination": True, "VolumeSize": 5, "VolumeType": "gp2", "Encrypted": True},
    }
    assert store == {"DeviceName": "/dev/sdh", "VirtualName": "ephemeral0"}
    assert len(snapshots(ec2)) == 1


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "io1", "Iops": 200}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": "snap-01234567"}}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/xvda", "NoDevice": ""}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/xvda", "VirtualName": "ephemeral0"}, "InvalidBlockDeviceMapping"),
        ({"DeviceName": "/dev/sdg", "Ebs": {"SnapshotId": "snap-01234567"}}, "InvalidSnapshot.NotFound"),
        ({"DeviceName": "/dev/sdg", "Ebs": {}}, "InvalidBlockDeviceMapping"),
        ({"Ebs": {"VolumeSize": 9}}, "MissingParameter"),
        ({"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 1, "KmsKeyId": "alias/a"}}, "InvalidParameterCombination"),
    ],
)
def test_mappings_that_cannot_be(ec2: Any, mapping: dict[str, Any], code: str) -> None:
    instance_id = launch(ec2)["InstanceId"]
    with refused(code):
        ec2.create_image(InstanceId=instance_id, Name="golden", BlockDeviceMappings=[mapping])
    assert images(ec2) == snapshots(ec2) == []


def test_instances_of_which_no_image_can_be_made(ec2: Any) -> None:
    with refused("InvalidInstanceID.NotFound"):
        ec2.create_image(InstanceId="i-01234567", Name="golden")
    with refused("InvalidInstanceID.Malformed"):
        ec2.create_image(InstanceId="golden", Name="golden")
    instance_id = launch(ec2, InstanceType="t2.micro")["InstanceId"]
    with refused("InvalidAMIName.Malformed"):
        ec2.create_image(InstanceId=instance_id, Name="a")
    with refused("InvalidParameterCombination"):
        ec2.create_image(InstanceId=instance_id, Name="golden", SnapshotLocation="local")
    with refused("InvalidParameterCombination", "boots by legacy-bios"):
        ec2.create_image(InstanceId=instance_id, Name="golden", BootModeOverride="uefi")
    with refused("DryRunOperation", status=412):
        ec2.create_image(InstanceId=instance_id, Name="golden", DryRun=True)
    assert images(ec2) == snapshots(ec2) == []
    ec2.create_image(InstanceId=instance_id, Name="golden")
    with refused("InvalidAMIName.Duplicate", "AMI name golden is already in use by AMI ami-"):
        ec2.create_image(InstanceId=instance_id, Name="golden")
    ec2.terminate_instances(InstanceIds=[instance_id])
    with refused("IncorrectInstanceState"):
        ec2.create_image(InstanceId=instance_id, Name="other")
    assert len(images(ec2)) == len(snapshots(ec2)) == 1


def test_an_image_of_a_stopped_instance(ec2: Any) -> None:
    instance = launch(ec2)
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    poll(lambda: state(ec2, instance["InstanceId"]) == "stopped")
    available(ec2, ec2.create_image(InstanceId=instance["InstanceId"], Name="golden")["ImageId"])
    assert state(ec2, instance["InstanceId"]) == "stopped"
    root = instance["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    ec2.detach_volume(VolumeId=root)
    poll(lambda: not ec2.describe_volumes(VolumeIds=[root])["Volumes"][0]["Attachments"])
    with refused("IncorrectInstanceState", "no root volume"):
        ec2.create_image(InstanceId=instance["InstanceId"], Name="rootless")


def test_disks_that_are_files_of_a_host(new_cloud: Any) -> None:
    """As if the instance ran on a host with real guests, whose disks the control plane cannot read."""
    cloud = new_cloud()
    ec2 = cloud.client()
    instance_id = launch(ec2)["InstanceId"]
    with cloud.cloud.everywhere(write=True) as uow:
        for host in uow.query(Host):
            host.driver = "libvirt"
        cloud.cloud.commit(uow)
    with refused("UnsupportedOperation", "which this cloud cannot read yet"):
        ec2.create_image(InstanceId=instance_id, Name="golden")
    assert images(ec2) == []
