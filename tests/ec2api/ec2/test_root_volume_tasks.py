"""Root volumes that are replaced while their instance runs."""

from typing import Any

import pytest

from backend.db.models import Host
from tests.ec2api.ec2.test_image_creation import available, tagged
from tests.launching import ami, launch, wait_for
from tests.refusal import refused
from tests.storage import gone, poll, snapshot, volume, wait_for_volume


def task(ec2: Any, task_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task_id])[
        "ReplaceRootVolumeTasks"
    ][0]
    return found


def replaced(ec2: Any, instance_id: str, **asked: Any) -> dict[str, Any]:
    """A task, once it is over."""
    begun = ec2.create_replace_root_volume_task(InstanceId=instance_id, **asked)["ReplaceRootVolumeTask"]
    assert begun["TaskState"] == "pending"
    assert begun["InstanceId"] == instance_id
    id = begun["ReplaceRootVolumeTaskId"]
    over: dict[str, Any] = poll(lambda: (now := task(ec2, id))["TaskState"] not in ("pending", "in-progress") and now)
    return over


def root(ec2: Any, instance_id: str) -> dict[str, Any]:
    """The attachment of the root volume, as the instance shows it."""
    shown = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
    found = {device["DeviceName"]: device["Ebs"] for device in shown["BlockDeviceMappings"]}
    ebs: dict[str, Any] = found[shown["RootDeviceName"]]
    return ebs


def test_a_root_volume_as_it_was_at_the_launch(ec2: Any) -> None:
    instance_id = launch(ec2)["InstanceId"]
    before = root(ec2, instance_id)
    over = replaced(ec2, instance_id, TagSpecifications=[tagged("replace-root-volume-task", a="b")])
    assert (over["TaskState"], over["Tags"]) == ("succeeded", [{"Key": "a", "Value": "b"}])
    assert over["StartTime"] <= over["CompleteTime"]
    assert not over["DeleteReplacedRootVolume"]
    after = root(ec2, instance_id)
    assert after["VolumeId"] != before["VolumeId"]
    assert (after["Status"], after["DeleteOnTermination"]) == ("attached", before["DeleteOnTermination"])
    old = wait_for_volume(ec2, before["VolumeId"])
    new = ec2.describe_volumes(VolumeIds=[after["VolumeId"]])["Volumes"][0]
    assert (new["State"], old["Attachments"]) == ("in-use", [])
    for name in ("Size", "VolumeType", "Iops", "Throughput", "SnapshotId", "Encrypted", "AvailabilityZone"):
        assert new[name] == old[name], name
    wait_for(ec2, [instance_id], "running")
    by_instance = ec2.describe_replace_root_volume_tasks(Filters=[{"Name": "instance-id", "Values": [instance_id]}])
    assert [found["TaskState"] for found in by_instance["ReplaceRootVolumeTasks"]] == ["succeeded"]


def test_a_root_volume_of_a_snapshot(ec2: Any) -> None:
    instance_id = launch(ec2)["InstanceId"]
    before = root(ec2, instance_id)["VolumeId"]
    taken = snapshot(ec2, before)
    over = replaced(ec2, instance_id, SnapshotId=taken, DeleteReplacedRootVolume=True, VolumeInitializationRate=200)
    assert (over["SnapshotId"], over["DeleteReplacedRootVolume"]) == (taken, True)
    gone(ec2, before)
    new = ec2.describe_volumes(VolumeIds=[root(ec2, instance_id)["VolumeId"]])["Volumes"][0]
    assert (new["SnapshotId"], new["VolumeInitializationRate"]) == (taken, 200)
    assert replaced(ec2, instance_id, SnapshotId=taken)["TaskState"] == "succeeded"
    strange = snapshot(ec2, volume(ec2)["VolumeId"])
    with refused("InvalidParameterValue", "no snapshot of the root volume"):
        ec2.create_replace_root_volume_task(InstanceId=instance_id, SnapshotId=strange)


def test_a_root_volume_of_an_image(ec2: Any) -> None:
    instance_id = launch(ec2)["InstanceId"]
    image_id = ec2.create_image(InstanceId=instance_id, Name="golden", NoReboot=True)["ImageId"]
    device = available(ec2, image_id)["BlockDeviceMappings"][0]
    over = replaced(ec2, instance_id, ImageId=image_id)
    assert (over["TaskState"], over["ImageId"]) == ("succeeded", image_id)
    assert over["SnapshotId"] == device["Ebs"]["SnapshotId"]
    for other in (ami(ec2, "arm64"), "ami-0123456789abcdef0"):
        with refused("InvalidParameterValue" if other == ami(ec2, "arm64") else "InvalidAMIID.NotFound"):
            ec2.create_replace_root_volume_task(InstanceId=instance_id, ImageId=other)


def test_a_volume_of_the_callers(ec2: Any) -> None:
    instance = launch(ec2)
    zone = instance["Placement"]["AvailabilityZone"]
    own = volume(ec2, AvailabilityZone=zone, Size=9)["VolumeId"]
    over = replaced(ec2, instance["InstanceId"], VolumeId=own)
    assert over["TaskState"] == "succeeded"
    assert root(ec2, instance["InstanceId"])["VolumeId"] == own
    for asked, code in (
        ({"VolumeId": own}, "IncorrectState"),
        ({"VolumeId": "vol-0123456789abcdef0"}, "InvalidVolume.NotFound"),
        ({"VolumeId": own, "ImageId": instance["ImageId"]}, "InvalidParameterCombination"),
        ({"VolumeId": own, "VolumeInitializationRate": 100}, "InvalidParameterCombination"),
        ({"VolumeInitializationRate": 99}, "InvalidParameterValue"),
    ):
        with refused(code):
            ec2.create_replace_root_volume_task(InstanceId=instance["InstanceId"], **asked)
    elsewhere = next(z for z in ("us-east-1a", "us-east-1b") if z != zone)
    far = volume(ec2, AvailabilityZone=elsewhere)["VolumeId"]
    with refused("InvalidVolume.ZoneMismatch"):
        ec2.create_replace_root_volume_task(InstanceId=instance["InstanceId"], VolumeId=far)


def test_instances_whose_root_volume_stays(ec2: Any, new_cloud: Any) -> None:
    with refused("InvalidInstanceID.NotFound"):
        ec2.create_replace_root_volume_task(InstanceId="i-0123456789abcdef0")
    instance_id = launch(ec2)["InstanceId"]
    ec2.stop_instances(InstanceIds=[instance_id])
    wait_for(ec2, [instance_id], "stopped")
    with refused("IncorrectInstanceState"):
        ec2.create_replace_root_volume_task(InstanceId=instance_id)
    cloud = new_cloud(transition_seconds=60)
    slow = cloud.client()
    instance_id = launch(slow)["InstanceId"]
    slow.create_replace_root_volume_task(InstanceId=instance_id)
    with refused("IncorrectState", "is in progress"):
        slow.create_replace_root_volume_task(InstanceId=instance_id)
    other = launch(slow)["InstanceId"]
    with cloud.cloud.everywhere(write=True) as uow:
        for host in uow.query(Host):
            host.driver = "libvirt"
        cloud.cloud.commit(uow)
    with refused("UnsupportedOperation", "which this cloud cannot read yet"):
        slow.create_replace_root_volume_task(InstanceId=other)


def test_a_task_of_an_instance_that_ends(new_cloud: Any) -> None:
    ec2 = new_cloud(transition_seconds=1).client()
    instance_id = launch(ec2)["InstanceId"]
    begun = ec2.create_replace_root_volume_task(InstanceId=instance_id)["ReplaceRootVolumeTask"]
    ec2.terminate_instances(InstanceIds=[instance_id])
    poll(lambda: task(ec2, begun["ReplaceRootVolumeTaskId"])["TaskState"] == "failed")
    poll(lambda: ec2.describe_volumes()["Volumes"] == [])


@pytest.mark.parametrize("id", ["replacevol-0123456789abcdef0", "task"])
def test_ids(ec2: Any, id: str) -> None:
    code = "InvalidReplaceRootVolumeTaskId." + ("Malformed" if id == "task" else "NotFound")
    with refused(code):
        task(ec2, id)
