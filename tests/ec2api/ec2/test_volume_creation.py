"""CreateVolume, CopyVolumes and DeleteVolume."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Embedded
from tests.launching import code_of, launch
from tests.storage import gone, snapshot, volume, wait_for_volume


def test_a_blank_volume_has_the_defaults_of_its_type(ec2: Any) -> None:
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "data"}]}]
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=40, TagSpecifications=tags)
    assert made["State"] == "creating"
    assert (made["VolumeType"], made["Iops"], made["Encrypted"]) == ("gp2", 120, False)
    assert (made["SnapshotId"], made["Tags"]) == ("", [{"Key": "Name", "Value": "data"}])
    assert "FastRestored" not in made
    shown = wait_for_volume(ec2, made["VolumeId"])
    assert shown["AvailabilityZoneId"] == made["AvailabilityZoneId"]
    assert shown["MultiAttachEnabled"] is False


@pytest.mark.parametrize(
    ("kind", "given", "iops", "throughput"),
    [
        ("gp3", {"Size": 1}, 3000, 125),
        ("gp3", {"Size": 100, "Iops": 4000, "Throughput": 1000}, 4000, 1000),
        ("io1", {"Size": 4, "Iops": 200}, 200, None),
        ("io2", {"Size": 65536, "Iops": 256000}, 256000, None),
        ("st1", {"Size": 125}, None, None),
        ("sc1", {"Size": 16384}, None, None),
        ("standard", {"Size": 1024}, None, None),
        ("gp2", {"Size": 16384}, 16000, None),
    ],
)
def test_each_type_takes_its_own_performance(
    ec2: Any, kind: str, given: dict[str, int], iops: int | None, throughput: int | None
) -> None:
    made = ec2.create_volume(AvailabilityZone="us-east-1b", VolumeType=kind, **given)
    assert (made.get("Iops"), made.get("Throughput")) == (iops, throughput)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Size": 1}, "MissingParameter"),
        ({"AvailabilityZone": "us-east-1a"}, "MissingParameter"),
        ({"AvailabilityZone": "us-east-1z", "Size": 1}, "InvalidZone.NotFound"),
        ({"AvailabilityZoneId": "use1-az77", "Size": 1}, "InvalidZone.NotFound"),
        ({"AvailabilityZone": "us-east-1a", "Size": 0}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1a", "Size": 16385}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1a", "Size": 4, "VolumeType": "io1"}, "InvalidParameterCombination"),
        ({"AvailabilityZone": "us-east-1a", "Size": 4, "VolumeType": "io1", "Iops": 201}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1a", "Size": 8, "Iops": 300}, "InvalidParameterCombination"),
        ({"AvailabilityZone": "us-east-1a", "Size": 8, "VolumeType": "nvme"}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1a", "Size": 8, "MultiAttachEnabled": True}, "InvalidParameterCombination"),
        ({"AvailabilityZone": "us-east-1a", "Size": 8, "KmsKeyId": "alias/mine"}, "InvalidParameterDependency"),
        (
            {"AvailabilityZone": "us-east-1a", "Size": 8, "Encrypted": True, "KmsKeyId": "what?"},
            "InvalidParameterValue",
        ),
        (
            {"AvailabilityZone": "us-east-1a", "Size": 8, "VolumeInitializationRate": 200},
            "InvalidParameterCombination",
        ),
        ({"AvailabilityZone": "us-east-1a", "SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound"),
        ({"AvailabilityZone": "us-east-1a", "SnapshotId": "snapshot"}, "InvalidSnapshotID.Malformed"),
        ({"AvailabilityZone": "us-east-1a", "Size": 8, "OutpostArn": "arn:aws:outposts"}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1a", "Size": 8, "Operator": {"Principal": "x"}}, "UnauthorizedOperation"),
    ],
)
def test_what_no_volume_can_be_is_refused(ec2: Any, given: dict[str, Any], code: str) -> None:
    assert code_of(ec2.create_volume, **given) == code
    assert ec2.describe_volumes()["Volumes"] == []


def test_both_names_of_a_zone_are_one_too_many(ec2: Any) -> None:
    zone = ec2.describe_availability_zones()["AvailabilityZones"][1]
    made = ec2.create_volume(AvailabilityZoneId=zone["ZoneId"], Size=1)
    assert made["AvailabilityZone"] == zone["ZoneName"]
    both = {"AvailabilityZone": zone["ZoneName"], "AvailabilityZoneId": zone["ZoneId"]}
    assert code_of(ec2.create_volume, Size=1, **both) == "InvalidParameterCombination"


def test_encryption_names_the_key(ec2: Any, account: str) -> None:
    managed = volume(ec2, Encrypted=True)
    key = f"arn:aws:kms:us-east-1:{account}:key/"
    assert managed["KmsKeyId"].startswith(key)
    assert volume(ec2, Encrypted=True, KmsKeyId="alias/aws/ebs")["KmsKeyId"] == managed["KmsKeyId"]
    id = "1234abcd-12ab-34cd-56ef-1234567890ab"
    assert volume(ec2, Encrypted=True, KmsKeyId=id)["KmsKeyId"] == key + id
    assert volume(ec2, Encrypted=True, KmsKeyId=key + id)["KmsKeyId"] == key + id
    assert volume(ec2, Encrypted=True, KmsKeyId="alias/mine")["KmsKeyId"].endswith(":alias/mine")


def test_a_volume_of_a_snapshot(ec2: Any) -> None:
    origin = volume(ec2, Size=10, Encrypted=True)
    taken = snapshot(ec2, origin["VolumeId"])
    made = volume(ec2, Size=None, SnapshotId=taken, VolumeInitializationRate=100)
    assert (made["Size"], made["SnapshotId"], made["VolumeInitializationRate"]) == (10, taken, 100)
    assert (made["Encrypted"], made["KmsKeyId"]) == (True, origin["KmsKeyId"])
    larger = volume(ec2, Size=11, SnapshotId=taken, AvailabilityZone="us-east-1b")
    assert larger["Size"] == 11
    given = {"AvailabilityZone": "us-east-1a", "SnapshotId": taken}
    assert code_of(ec2.create_volume, Size=9, **given) == "InvalidParameterValue"
    assert code_of(ec2.create_volume, Encrypted=False, **given) == "InvalidParameterDependency"
    assert code_of(ec2.create_volume, VolumeInitializationRate=99, **given) == "InvalidParameterValue"
    status = ec2.describe_volume_status(VolumeIds=[made["VolumeId"]])["VolumeStatuses"][0]
    assert status["InitializationStatusDetails"]["InitializationType"] == "provisioned-rate"


def test_a_client_token_makes_one_volume(ec2: Any) -> None:
    given = {"AvailabilityZone": "us-east-1a", "Size": 3, "ClientToken": "once"}
    first = ec2.create_volume(**given)
    assert ec2.create_volume(**given)["VolumeId"] == first["VolumeId"]
    assert code_of(ec2.create_volume, **given | {"Size": 4}) == "IdempotentParameterMismatch"
    with pytest.raises(ClientError, match="DryRunOperation"):
        ec2.create_volume(AvailabilityZone="us-east-1a", Size=3, DryRun=True)
    assert len(ec2.describe_volumes()["Volumes"]) == 1


def test_a_copy_of_a_volume(ec2: Any) -> None:
    origin = volume(ec2, Size=5, VolumeType="gp3")
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}]
    (made,) = ec2.copy_volumes(SourceVolumeId=origin["VolumeId"], Size=6, TagSpecifications=tags)["Volumes"]
    assert made["SourceVolumeId"] == origin["VolumeId"]
    assert (made["Size"], made["VolumeType"], made["AvailabilityZone"]) == (6, "gp2", origin["AvailabilityZone"])
    assert wait_for_volume(ec2, made["VolumeId"])["Tags"] == tags[0]["Tags"]
    assert code_of(ec2.copy_volumes, SourceVolumeId=origin["VolumeId"], Size=4) == "InvalidParameterValue"
    assert code_of(ec2.copy_volumes, SourceVolumeId="vol-0123456789abcdef0") == "InvalidVolume.NotFound"


def test_a_deleted_volume_is_gone(ec2: Any) -> None:
    made = volume(ec2)
    ec2.delete_volume(VolumeId=made["VolumeId"])
    gone(ec2, made["VolumeId"])
    assert code_of(ec2.delete_volume, VolumeId=made["VolumeId"]) == "InvalidVolume.NotFound"
    assert code_of(ec2.delete_volume, VolumeId="vol-x") == "InvalidVolumeID.Malformed"
    attached = launch(ec2)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert code_of(ec2.delete_volume, VolumeId=attached) == "VolumeInUse"


def test_states_are_left_one_after_the_other(new_cloud: Any) -> None:
    cloud: Embedded = new_cloud(transition_seconds=3600)
    ec2 = cloud.client()
    made = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    assert ec2.describe_volumes(VolumeIds=[made])["Volumes"][0]["State"] == "creating"
    assert ec2.describe_volume_status()["VolumeStatuses"][0]["VolumeStatus"]["Status"] == "insufficient-data"
    assert code_of(ec2.delete_volume, VolumeId=made) == "IncorrectState"
    assert code_of(ec2.create_snapshot, VolumeId=made) == "IncorrectState"
    assert code_of(ec2.copy_volumes, SourceVolumeId=made) == "IncorrectState"
    assert code_of(ec2.modify_volume, VolumeId=made, Size=2) == "IncorrectState"
