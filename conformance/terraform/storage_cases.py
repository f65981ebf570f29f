"""Cases of volumes, snapshots and images."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.terraform.case import case
from conformance.terraform.compute_cases import inside, instance
from conformance.terraform.images import Ami, AmiCopy, AmiFromInstance, AmiLaunchPermission
from conformance.terraform.network_cases import Given
from conformance.terraform.resource import Stack
from conformance.terraform.storage import (
    EbsEncryptionByDefault,
    EbsSnapshot,
    EbsSnapshotCopy,
    EbsVolume,
    VolumeAttachment,
)


def volume(stack: Stack, **arguments: Any) -> EbsVolume:
    return stack.add(EbsVolume, **{"availability_zone": stack.data.zones[0], "size": 1, **arguments})


@case
def aws_ebs_volume(stack: Stack) -> Given:
    made = volume(stack, type="gp3", encrypted=False)
    assert (made["iops"], made["throughput"]) == (3000, 125)
    return made, {"size": 8, "throughput": 250, "iops": 4000}


@case
def aws_ebs_volume__gp2(stack: Stack) -> Given:
    small, large = volume(stack), volume(stack, type="gp2", size=100)
    assert [(v["type"], v["iops"]) for v in (small, large)] == [("gp2", 100), ("gp2", 300)]
    return large, {"type": "gp3"}


@case
def aws_ebs_volume__io2(stack: Stack) -> Given:
    given = {"type": "io2", "size": 10, "iops": 1000, "multi_attach_enabled": True, "encrypted": True}
    made = volume(stack, **given)
    assert made["kms_key_id"].startswith(f"arn:aws:kms:{stack.tf.region}:")
    return made, {"iops": 2000}


@case
def aws_ebs_volume__final_snapshot(stack: Stack) -> Given:
    source = stack.add(EbsSnapshot, volume_id=volume(stack).id)
    return volume(stack, size=2, snapshot_id=source.id, final_snapshot=True), {}


@case
def aws_volume_attachment(stack: Stack) -> Given:
    machine = instance(stack, subnet_id=inside(stack).id)
    extra = volume(stack, availability_zone=machine["availability_zone"])
    given = {"device_name": "/dev/sdh", "instance_id": machine.id, "volume_id": extra.id}
    return stack.add(VolumeAttachment, **given), {}


@case
def aws_ebs_snapshot(stack: Stack) -> Given:
    made = stack.add(EbsSnapshot, volume_id=volume(stack).id, description="before the change")
    assert (made["storage_tier"], made["state"]) == ("standard", "completed")
    return made, {}


@case
def aws_ebs_snapshot__archive(stack: Stack) -> Given:
    made = stack.add(EbsSnapshot, volume_id=volume(stack).id, storage_tier="standard")
    return made, {"storage_tier": "archive"}


@case
def aws_ebs_snapshot_copy(stack: Stack) -> Given:
    source = stack.add(EbsSnapshot, volume_id=volume(stack).id)
    given = {"source_snapshot_id": source.id, "source_region": stack.tf.region}
    return stack.add(EbsSnapshotCopy, **given, encrypted=True, description="a copy"), {}


@case
def aws_ebs_encryption_by_default(stack: Stack) -> Given:
    made = stack.add(EbsEncryptionByDefault, enabled=True)
    assert volume(stack)["encrypted"] is True
    return made, {"enabled": False}


def later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:00.000Z")


def image(stack: Stack, **arguments: Any) -> Ami:
    root = stack.add(EbsSnapshot, volume_id=volume(stack, size=2).id)
    given = {
        "name": stack.data.name,
        "description": "",
        "architecture": "x86_64",
        "root_device_name": "/dev/xvda",
        "virtualization_type": "hvm",
        "ena_support": True,
        "sriov_net_support": "simple",
        "boot_mode": "uefi",
        "imds_support": "v2.0",
        "ebs_block_device": {"/dev/xvda": {"SnapshotId": root.id, "VolumeSize": 4, "VolumeType": "gp3"}},
    }
    made = stack.add(Ami, **{**given, **arguments})
    assert made["root_snapshot_id"] == root.id
    return made


@case
def aws_ami(stack: Stack) -> Given:
    made = image(stack)
    assert (made["hypervisor"], made["image_type"], made["platform_details"]) == ("xen", "machine", "Linux/UNIX")
    return made, {"description": "of the lab"}


@case
def aws_ami__deprecated(stack: Stack) -> Given:
    made = image(stack, deprecation_time=later(30))
    assert made["deprecation_time"]
    return made, {"deprecation_time": ""}


@case
def aws_ami_from_instance(stack: Stack) -> Given:
    machine = instance(stack, subnet_id=inside(stack).id, ebs_block_device={"/dev/sdf": {"volume_size": 1}})
    given = {"source_instance_id": machine.id, "name": stack.data.name, "tags": {"of": stack.data.name}}
    made = stack.add(AmiFromInstance, **given)
    assert len(made["snapshots"]) == 2
    return made, {"description": "of an instance"}


@case
def aws_ami_copy(stack: Stack) -> Given:
    source = image(stack)
    given = {"source_ami_id": source.id, "source_ami_region": stack.tf.region, "encrypted": True}
    made = stack.add(AmiCopy, name=f"{stack.data.name}-copy", **given)
    assert made["root_snapshot_id"] != source["root_snapshot_id"]
    return made, {}


@case
def aws_ami_launch_permission(stack: Stack) -> Given:
    made = image(stack)
    return stack.add(AmiLaunchPermission, image_id=made.id, account_id="123456789012"), {}
