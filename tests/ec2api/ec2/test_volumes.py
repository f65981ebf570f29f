"""The volumes of launches, and their status checks."""

from typing import Any

import pytest

from backend.db.models import Volume
from tests.conftest import Embedded
from tests.launching import code_of, launch

DISKS = [
    {
        "DeviceName": "/dev/sdf",
        "Ebs": {"VolumeSize": 20, "VolumeType": "io2", "Iops": 500, "Encrypted": True, "DeleteOnTermination": False},
    },
    {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 125, "VolumeType": "st1"}},
]


def matching(ec2: Any, name: str, *values: str) -> list[str]:
    filters = [{"Name": name, "Values": list(values)}]
    return [v["Attachments"][0]["Device"] for v in ec2.describe_volumes(Filters=filters)["Volumes"]]


@pytest.fixture
def instance(ec2: Any) -> Any:
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "data"}]}]
    return launch(ec2, BlockDeviceMappings=DISKS, TagSpecifications=tags)


def test_volumes_are_shown_with_their_attachments_and_tags(ec2: Any, instance: Any) -> None:
    root, fast, slow = ec2.describe_volumes()["Volumes"]
    assert [m["Ebs"]["VolumeId"] for m in instance["BlockDeviceMappings"]] == [
        v["VolumeId"] for v in (root, fast, slow)
    ]
    assert (root["VolumeType"], root["Iops"], root["Throughput"], root["State"]) == ("gp3", 3000, 125, "in-use")
    assert root["SnapshotId"].startswith("snap-")
    (attachment,) = root["Attachments"]
    assert attachment["InstanceId"] == instance["InstanceId"]
    assert (attachment["Device"], attachment["State"]) == ("/dev/xvda", "attached")
    assert attachment["DeleteOnTermination"] is True
    assert root["OwnerId"] == root["VolumeArn"].split(":")[4]
    assert root["VolumeArn"].endswith(f"volume/{root['VolumeId']}")
    assert root["Operator"] == {"Managed": False}
    assert root["Tags"] == [{"Key": "Name", "Value": "data"}]
    assert (fast["Size"], fast["Iops"], fast["Encrypted"], fast["SnapshotId"]) == (20, 500, True, "")
    assert fast["KmsKeyId"].startswith("arn:aws:kms:us-east-1:")
    assert "Throughput" not in fast
    assert "Iops" not in slow
    assert slow["AvailabilityZone"] == instance["Placement"]["AvailabilityZone"]
    assert slow["AvailabilityZoneId"].startswith("use1-az")


def test_every_filter_finds_what_it_names(ec2: Any, instance: Any) -> None:
    root = ec2.describe_volumes()["Volumes"][0]
    everything = ["/dev/xvda", "/dev/sdf", "/dev/sdg"]
    created = root["CreateTime"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
    attached = root["Attachments"][0]["AttachTime"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
    expected = {
        ("attachment.attach-time", attached): everything,
        ("attachment.delete-on-termination", "false"): ["/dev/sdf"],
        ("attachment.device", "/dev/sd?"): ["/dev/sdf", "/dev/sdg"],
        ("attachment.instance-id", instance["InstanceId"]): everything,
        ("attachment.status", "attached"): everything,
        ("availability-zone", root["AvailabilityZone"]): everything,
        ("availability-zone-id", root["AvailabilityZoneId"]): everything,
        ("create-time", created): everything,
        ("encrypted", "true"): ["/dev/sdf"],
        ("fast-restored", "true"): [],
        ("multi-attach-enabled", "false"): everything,
        ("operator.managed", "true"): [],
        ("operator.principal", "x"): [],
        ("size", "125"): ["/dev/sdg"],
        ("snapshot-id", root["SnapshotId"]): ["/dev/xvda"],
        ("status", "in-use"): everything,
        ("status", "available"): [],
        ("tag:Name", "data"): everything,
        ("tag-key", "Other"): [],
        ("volume-id", root["VolumeId"]): ["/dev/xvda"],
        ("volume-type", "io2"): ["/dev/sdf"],
    }
    assert {(name, value): matching(ec2, name, value) for name, value in expected} == expected
    assert code_of(ec2.describe_volumes, Filters=[{"Name": "colour", "Values": ["red"]}]) == "InvalidParameterValue"


def test_volumes_by_id_and_by_page(ec2: Any) -> None:
    disks = [{"DeviceName": f"/dev/sd{letter}", "Ebs": {"VolumeSize": 1}} for letter in "fghij"]
    instance = launch(ec2, BlockDeviceMappings=disks)
    ids = [m["Ebs"]["VolumeId"] for m in instance["BlockDeviceMappings"]]
    pages = list(ec2.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": 5}))
    assert [[v["VolumeId"] for v in p["Volumes"]] for p in pages] == [ids[:5], ids[5:]]
    assert [v["VolumeId"] for v in ec2.describe_volumes(VolumeIds=ids[2:4])["Volumes"]] == ids[2:4]
    assert code_of(ec2.describe_volumes, VolumeIds=["vol-00000000000000000"]) == "InvalidVolume.NotFound"
    assert code_of(ec2.describe_volumes, VolumeIds=["vol-1"]) == "InvalidVolumeID.Malformed"
    assert code_of(ec2.describe_volumes, MaxResults=4) == "InvalidParameterValue"


def test_the_status_of_volumes(ec2: Any, shared_cloud: Embedded, account: str, instance: Any) -> None:
    root, fast, slow = (m["Ebs"]["VolumeId"] for m in instance["BlockDeviceMappings"])
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.require(Volume, slow).state = "error"
        uow.commit()
    shown = {s["VolumeId"]: s for s in ec2.describe_volume_status()["VolumeStatuses"]}
    assert shown[root]["VolumeStatus"] == {
        "Status": "ok",
        "Details": [
            {"Name": "io-enabled", "Status": "passed"},
            {"Name": "io-performance", "Status": "not-applicable"},
        ],
    }
    assert shown[fast]["VolumeStatus"]["Details"][1] == {"Name": "io-performance", "Status": "normal"}
    assert shown[fast]["AttachmentStatuses"] == [{"InstanceId": instance["InstanceId"], "IoPerformance": "normal"}]
    assert shown[slow]["VolumeStatus"]["Status"] == "impaired"
    expected = {
        ("volume-status.status", "ok"): [root, fast],
        ("volume-status.status", "impaired"): [slow],
        ("volume-status.details-name", "io-enabled"): [root, fast, slow],
        ("volume-status.details-status", "failed"): [slow],
        ("volume-status.details-status", "normal"): [fast],
        ("attachment-status.instance-id", instance["InstanceId"]): [root, fast, slow],
        ("attachment-status.io-performance", "normal"): [fast],
        ("availability-zone", "us-east-1?"): [root, fast, slow],
        ("event.event-type", "failed"): [],
    }
    for (name, value), ids in expected.items():
        found = ec2.describe_volume_status(Filters=[{"Name": name, "Values": [value]}])["VolumeStatuses"]
        assert ((name, value), [s["VolumeId"] for s in found]) == ((name, value), ids)
