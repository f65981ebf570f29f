"""ModifyVolume and DescribeVolumesModifications."""

from datetime import timedelta
from typing import Any

import pytest

from backend import clock
from backend.db.models import VolumeModification
from tests.conftest import Embedded
from tests.launching import code_of, launch
from tests.storage import poll, volume


def modified(ec2: Any, volume_id: str, **target: Any) -> dict[str, Any]:
    """The modification, once it is completed."""
    begun = ec2.modify_volume(VolumeId=volume_id, **target)["VolumeModification"]
    assert begun["ModificationState"] == "modifying"

    def look() -> dict[str, Any] | None:
        (shown,) = ec2.describe_volumes_modifications(VolumeIds=[volume_id])["VolumesModifications"]
        return shown if shown["ModificationState"] == "completed" else None

    found: dict[str, Any] = poll(look)
    return found


def test_a_volume_grows_and_becomes_another_type(ec2: Any) -> None:
    made = volume(ec2, Size=10)["VolumeId"]
    shown = modified(ec2, made, Size=20, VolumeType="gp3", Throughput=250)
    original = {n: shown[f"Original{n}"] for n in ("Size", "Iops", "VolumeType", "MultiAttachEnabled")}
    assert original == {"Size": 10, "Iops": 100, "VolumeType": "gp2", "MultiAttachEnabled": False}
    target = {n: shown[f"Target{n}"] for n in ("Size", "Iops", "VolumeType", "Throughput", "MultiAttachEnabled")}
    assert target == {"Size": 20, "Iops": 3000, "VolumeType": "gp3", "Throughput": 250, "MultiAttachEnabled": False}
    assert (shown["Progress"], shown["EndTime"] >= shown["StartTime"]) == (100, True)
    (now,) = ec2.describe_volumes(VolumeIds=[made])["Volumes"]
    assert (now["Size"], now["VolumeType"], now["Iops"], now["Throughput"]) == (20, "gp3", 3000, 250)


def test_performance_that_is_not_named_stays(ec2: Any) -> None:
    made = volume(ec2, Size=100, VolumeType="gp3", Iops=6000, Throughput=500)["VolumeId"]
    shown = modified(ec2, made, Size=200)
    assert (shown["TargetIops"], shown["TargetThroughput"]) == (6000, 500)
    shown = modified(ec2, made, VolumeType="io2")
    assert (shown["TargetIops"], "TargetThroughput" in shown) == (3000, False)
    shown = modified(ec2, made, MultiAttachEnabled=True)
    assert shown["TargetMultiAttachEnabled"] is True


def test_four_modifications_begin_in_a_day(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    made = volume(ec2)["VolumeId"]
    for size in (2, 3, 4, 5):
        modified(ec2, made, Size=size)
    assert code_of(ec2.modify_volume, VolumeId=made, Size=6) == "VolumeModificationRateExceeded"
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        known = uow.query(VolumeModification).one()
        first = (clock.now() - timedelta(hours=25)).isoformat()
        known.recent = [first, *known.recent[1:]]
        uow.commit()
    assert modified(ec2, made, Size=6)["OriginalSize"] == 5


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({}, "MissingParameter"),
        ({"Size": 9}, "InvalidParameterValue"),
        ({"Size": 20000}, "InvalidParameterValue"),
        ({"VolumeType": "st1"}, "InvalidParameterValue"),
        ({"Iops": 500}, "InvalidParameterCombination"),
        ({"VolumeType": "gp3", "Iops": 2000}, "InvalidParameterValue"),
        ({"MultiAttachEnabled": True}, "InvalidParameterCombination"),
        ({"VolumeType": "none"}, "InvalidParameterValue"),
    ],
)
def test_what_no_volume_can_become_is_refused(ec2: Any, target: dict[str, Any], code: str) -> None:
    made = volume(ec2, Size=10)["VolumeId"]
    assert code_of(ec2.modify_volume, VolumeId=made, **target) == code
    assert ec2.describe_volumes_modifications()["VolumesModifications"] == []
    assert code_of(ec2.describe_volumes_modifications, VolumeIds=[made]) == "InvalidVolumeModification.NotFound"


def test_a_root_volume_stays_one_that_boots(ec2: Any) -> None:
    disks = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 200}}]
    root = launch(ec2, BlockDeviceMappings=disks)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert code_of(ec2.modify_volume, VolumeId=root, VolumeType="st1") == "InvalidParameterCombination"
    assert modified(ec2, root, Size=201)["TargetSize"] == 201


def test_one_modification_after_the_other(new_cloud: Any) -> None:
    cloud: Embedded = new_cloud(transition_seconds=0.3)
    ec2 = cloud.client()
    made = volume(ec2)["VolumeId"]
    ec2.modify_volume(VolumeId=made, Size=2)
    assert code_of(ec2.modify_volume, VolumeId=made, Size=3) == "IncorrectModificationState"
    assert code_of(ec2.describe_volumes_modifications, VolumeIds=["vol-1"]) == "InvalidVolumeID.Malformed"
    assert code_of(ec2.describe_volumes_modifications, VolumeIds=["vol-0123456789abcdef0"]) == "InvalidVolume.NotFound"


def test_every_filter_finds_what_it_names(ec2: Any) -> None:
    first, second = volume(ec2, Size=10)["VolumeId"], volume(ec2, Size=20, VolumeType="io1", Iops=100)["VolumeId"]
    start = modified(ec2, first, Size=11)["StartTime"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
    modified(ec2, second, Iops=200)
    expected = {
        ("modification-state", "completed"): 2,
        ("original-iops", "100"): 2,
        ("original-size", "10"): 1,
        ("original-volume-type", "io1"): 1,
        ("originalMultiAttachEnabled", "false"): 2,
        ("target-iops", "200"): 1,
        ("target-size", "11"): 1,
        ("target-volume-type", "gp2"): 1,
        ("targetMultiAttachEnabled", "true"): 0,
        ("volume-id", first): 1,
    }
    found = {
        (name, value): len(
            ec2.describe_volumes_modifications(Filters=[{"Name": name, "Values": [value]}])["VolumesModifications"]
        )
        for name, value in expected
    }
    assert found == expected
    by_time = [{"Name": "start-time", "Values": [start]}]
    assert ec2.describe_volumes_modifications(Filters=by_time)["VolumesModifications"]
    pages = list(ec2.get_paginator("describe_volumes_modifications").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["VolumesModifications"]) for page in pages] == [1, 1]
