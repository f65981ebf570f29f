"""Images through the face: describing, registering, deregistering."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.catalogue import images as catalogue
from backend.db.models import Snapshot
from tests.launching import launch
from tests.refusal import refused

STRANGER = "111111111111"


def only(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def found(ec2: Any, **asked: Any) -> list[str]:
    return [image["Name"] for image in ec2.describe_images(**asked)["Images"]]


@pytest.fixture
def snapshot(shared_cloud: Any, account: str) -> Callable[..., str]:
    """Makes a snapshot of the account of the client ``ec2``; none of this cloud's actions makes one yet."""

    def make(size_gib: int = 8, **columns: Any) -> str:
        with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
            made = Snapshot(account=account, region="us-east-1", volume_id="vol-ffffffff", size_gib=size_gib, **columns)
            uow.add(made)
            shared_cloud.cloud.commit(uow)
        return str(made.id)

    return make


def register(ec2: Any, snapshot_id: str, name: str = "web", **more: Any) -> str:
    asked = {
        "Architecture": "x86_64",
        "RootDeviceName": "/dev/xvda",
        "VirtualizationType": "hvm",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot_id}}],
    }
    answer = ec2.register_image(Name=name, **{**asked, **more})
    return str(answer["ImageId"])


def test_public_images_as_people_look_them_up(ec2: Any) -> None:
    for owner, pattern in {
        "amazon": "al2023-ami-2023.*-x86_64",
        "099720109477": "ubuntu/images/hvm-ssd*/ubuntu-*-24.04-amd64-server-*",
        "136693071363": "debian-12-amd64-*",
    }.items():
        images = ec2.describe_images(Owners=[owner], Filters=only("name", pattern) + only("state", "available"))[
            "Images"
        ]
        newest = max(images, key=lambda image: image["CreationDate"])
        assert newest["Public"]
        assert newest["Architecture"] == "x86_64"
        assert newest["BlockDeviceMappings"][0]["DeviceName"] == newest["RootDeviceName"]
        assert datetime.fromisoformat(newest["CreationDate"]) < datetime.now(UTC)


def test_every_public_image_can_be_described(ec2: Any) -> None:
    images = ec2.describe_images(IncludeDeprecated=True, IncludeDisabled=True)["Images"]
    assert {image["ImageId"] for image in images} == {i.image_id for i in catalogue.public("us-east-1")}
    pages = ec2.get_paginator("describe_images").paginate(IncludeDeprecated=True, PaginationConfig={"PageSize": 100})
    assert [image for page in pages for image in page["Images"]] == images


def test_deprecated_images_are_hidden_but_for_who_names_them(ec2: Any) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    old = next(i for i in catalogue.public("us-east-1") if i.deprecation_time and i.deprecation_time < now)
    assert old.name not in found(ec2, Owners=["amazon"])
    assert old.name in found(ec2, Owners=["amazon"], IncludeDeprecated=True)
    assert found(ec2, ImageIds=[old.image_id]) == [old.name]


def test_owners(ec2: Any, snapshot: Callable[..., str], account: str) -> None:
    register(ec2, snapshot())
    assert found(ec2, Owners=["self"]) == found(ec2, Owners=[account]) == ["web"]
    aliases = {image["ImageOwnerAlias"] for image in ec2.describe_images(Owners=["amazon"])["Images"]}
    assert aliases == {"amazon"}
    assert found(ec2, Owners=["aws-marketplace", "aws-backup-vault"]) == []
    assert "web" in found(ec2, Owners=["self", "amazon"])
    with refused("InvalidUserID.Malformed", 'Invalid user id: "me"'):
        found(ec2, Owners=["me"])


def test_a_registered_image(ec2: Any, snapshot: Callable[..., str], account: str) -> None:
    root, data = snapshot(8, encrypted=True), snapshot(20)
    image_id = register(
        ec2,
        root,
        Description="A web server",
        EnaSupport=True,
        SriovNetSupport="simple",
        BootMode="uefi",
        TpmSupport="v2.0",
        ImdsSupport="v2.0",
        UefiData="QU1aTlVFRkk=",
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": "a", "Value": "b"}]}],
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": root, "DeleteOnTermination": False}},
            {"DeviceName": "/dev/sdb", "Ebs": {"SnapshotId": data, "VolumeSize": 40, "VolumeType": "gp3"}},
            {"DeviceName": "/dev/sdc", "Ebs": {"VolumeSize": 10, "VolumeType": "io1", "Iops": 200}},
            {"DeviceName": "/dev/sdd", "VirtualName": "ephemeral0"},
            {"DeviceName": "/dev/sde", "NoDevice": ""},
        ],
    )
    (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    assert datetime.now(UTC) >= datetime.fromisoformat(image.pop("CreationDate"))
    assert image == {
        "ImageId": image_id,
        "Name": "web",
        "Description": "A web server",
        "ImageLocation": f"{account}/web",
        "ImageType": "machine",
        "State": "available",
        "OwnerId": account,
        "Public": False,
        "DeregistrationProtection": "disabled",
        "Architecture": "x86_64",
        "Hypervisor": "xen",
        "VirtualizationType": "hvm",
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "EnaSupport": True,
        "SriovNetSupport": "simple",
        "BootMode": "uefi",
        "ImdsSupport": "v2.0",
        "TpmSupport": "v2.0",
        "Tags": [{"Key": "a", "Value": "b"}],
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": ebs(root, 8, "gp2", encrypted=True, delete=False)},
            {"DeviceName": "/dev/sdb", "Ebs": ebs(data, 40, "gp3") | {"Iops": 3000, "Throughput": 125}},
            {"DeviceName": "/dev/sdc", "Ebs": ebs(None, 10, "io1") | {"Iops": 200}},
            {"DeviceName": "/dev/sdd", "VirtualName": "ephemeral0"},
            {"DeviceName": "/dev/sde", "NoDevice": ""},
        ],
    }


def ebs(
    snapshot_id: str | None, size: int, kind: str, *, encrypted: bool = False, delete: bool = True
) -> dict[str, Any]:
    shown = {
        "VolumeSize": size,
        "VolumeType": kind,
        "Encrypted": encrypted,
        "DeleteOnTermination": delete,
    }
    return shown | ({"SnapshotId": snapshot_id} if snapshot_id else {})


@pytest.mark.parametrize("name", ["ab", "x" * 129, "wéb", "a;b", "a\nb"])
def test_names_that_are_refused(ec2: Any, snapshot: Callable[..., str], name: str) -> None:
    with refused("InvalidAMIName.Malformed", "between 3 and 128"):
        register(ec2, snapshot(), name)


def test_a_name_is_taken_once_by_an_account(ec2: Any, snapshot: Callable[..., str], shared_cloud: Any) -> None:
    image_id = register(ec2, snapshot())
    with refused("InvalidAMIName.Duplicate", f"AMI name web is already in use by AMI {image_id}"):
        register(ec2, snapshot())
    ec2.deregister_image(ImageId=image_id)
    register(ec2, snapshot())


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("InvalidBlockDeviceMapping", {"RootDeviceName": "/dev/sda1"}),
        ("InvalidBlockDeviceMapping", {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}]}),
        ("InvalidParameterValue", {"VirtualizationType": "container"}),
        ("InvalidParameterValue", {"Architecture": "riscv64"}),
        ("InvalidParameterValue", {"SriovNetSupport": "double"}),
        ("InvalidParameterValue", {"BootMode": "grub"}),
        ("InvalidParameterValue", {"BootMode": "uefi", "UefiData": "%"}),
        ("InvalidParameterCombination", {"VirtualizationType": "paravirtual", "EnaSupport": True}),
        ("InvalidParameterCombination", {"VirtualizationType": "paravirtual", "Architecture": "arm64"}),
        ("InvalidParameterCombination", {"TpmSupport": "v2.0"}),
        ("InvalidParameterCombination", {"UefiData": "QUJD"}),
        ("InvalidParameterCombination", {"Architecture": "arm64", "BootMode": "legacy-bios"}),
        ("InvalidParameterCombination", {"Architecture": "i386", "BootMode": "uefi"}),
        ("InvalidManifest", {"ImageLocation": "bucket/image.manifest.xml"}),
        ("OperationNotPermitted", {"BillingProducts": ["bp-1"]}),
        ("InvalidParameterValue", {"Description": "x" * 256}),
        ("InvalidParameterCombination", {"KernelId": "aki-0123456789abcdef0"}),
        ("InvalidAMIID.Malformed", {"RamdiskId": "aki-1", "VirtualizationType": "paravirtual"}),
    ],
)  # fmt: skip
def test_registrations_that_are_refused(
    ec2: Any, snapshot: Callable[..., str], code: str, more: dict[str, Any]
) -> None:
    with refused(code):
        register(ec2, snapshot(), **more)
    assert found(ec2, Owners=["self"]) == []


@pytest.mark.parametrize(
    ("code", "device"),
    [
        ("InvalidBlockDeviceMapping", {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 9}}),
        ("MissingParameter", {"Ebs": {"VolumeSize": 9}}),
        ("MissingParameter", {"DeviceName": "/dev/sdb", "Ebs": {"VolumeType": "gp2"}}),
        ("InvalidBlockDeviceMapping", {"DeviceName": "/dev/sdb"}),
        ("InvalidBlockDeviceMapping", {"DeviceName": "/dev/sdb", "VirtualName": "disk1"}),
        ("InvalidSnapshot.NotFound", {"DeviceName": "/dev/sdb", "Ebs": {"SnapshotId": "snap-0123456789abcdef0"}}),
        ("InvalidParameterValue", {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 99999, "VolumeType": "gp2"}}),
        ("InvalidParameterCombination", {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 9, "KmsKeyId": "k"}}),
        ("InvalidParameterValue", {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 9, "OutpostArn": "arn"}}),
        ("InvalidParameterValue", {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 9, "EbsCardIndex": -1}}),
    ],
)  # fmt: skip
def test_mappings_that_are_refused(ec2: Any, snapshot: Callable[..., str], code: str, device: dict[str, Any]) -> None:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot()}}
    with refused(code):
        register(ec2, "", BlockDeviceMappings=[root, device])


def test_what_a_snapshot_decides(ec2: Any, snapshot: Callable[..., str], shared_cloud: Any) -> None:
    def root(**more: Any) -> list[dict[str, Any]]:
        return [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot(8), **more}}]

    with refused("InvalidBlockDeviceMapping", "smaller than snapshot"):
        register(ec2, "", BlockDeviceMappings=root(VolumeSize=7))
    with refused("InvalidBlockDeviceMapping", "encrypted flag"):
        register(ec2, "", BlockDeviceMappings=root(Encrypted=False))
    with refused("IncorrectState"):
        register(ec2, snapshot(state="pending"))
    stranger = shared_cloud.client(account=STRANGER)
    with refused("InvalidSnapshot.NotFound"):
        register(stranger, snapshot())


def test_deregister(ec2: Any, snapshot: Callable[..., str], shared_cloud: Any) -> None:
    shared, own = snapshot(), snapshot()
    register(ec2, shared, "other")
    image_id = register(
        ec2,
        shared,
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": shared}},
            {"DeviceName": "/dev/sdb", "Ebs": {"SnapshotId": own}},
        ],
    )
    ec2.create_tags(Resources=[image_id, own], Tags=[{"Key": "k", "Value": "v"}])
    with refused("InvalidAMIID.NotFound"):
        shared_cloud.client(account=STRANGER).deregister_image(ImageId=image_id)
    public = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    with refused("AuthFailure", f"Not authorized for image:{public}", status=403):
        ec2.deregister_image(ImageId=public)
    answer = ec2.deregister_image(ImageId=image_id, DeleteAssociatedSnapshots=True)
    assert answer["Return"]
    assert answer["DeleteSnapshotResults"] == [
        {"SnapshotId": shared, "ReturnCode": "skipped"},
        {"SnapshotId": own, "ReturnCode": "success"},
    ]
    with refused("InvalidAMIID.NotFound", image_id):
        ec2.describe_images(ImageIds=[image_id])
    with refused("InvalidAMIID.NotFound"):
        ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1)
    with refused("InvalidSnapshot.NotFound"):
        register(ec2, own)
    assert ec2.describe_tags()["Tags"] == []


def test_ids(ec2: Any) -> None:
    with refused("InvalidAMIID.Malformed", 'Invalid id: "ami-xyz" (expecting "ami-..."'):
        found(ec2, ImageIds=["ami-xyz"])
    with refused("InvalidAMIID.NotFound"):
        found(ec2, ImageIds=["ami-0123456789abcdef0"])


def test_a_registered_image_can_be_launched(ec2: Any, snapshot: Callable[..., str]) -> None:
    image_id = register(ec2, snapshot(9))
    (instance,) = ec2.run_instances(ImageId=image_id, MinCount=1, MaxCount=1, InstanceType="t3.micro")["Instances"]
    assert instance["ImageId"] == image_id
    volumes = ec2.describe_volumes(Filters=only("attachment.instance-id", instance["InstanceId"]))["Volumes"]
    assert [volume["Size"] for volume in volumes] == [9]


def test_filters(ec2: Any, snapshot: Callable[..., str], account: str) -> None:
    root = snapshot(11)
    image_id = register(
        ec2,
        root,
        Description="first",
        EnaSupport=True,
        SriovNetSupport="simple",
        BootMode="uefi",
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": "team", "Value": "a"}]}],
    )
    (image,) = ec2.describe_images(ImageIds=[image_id])["Images"]
    for name, value in {
        "architecture": "x86_64",
        "block-device-mapping.delete-on-termination": "true",
        "block-device-mapping.device-name": "/dev/xvd?",
        "block-device-mapping.encrypted": "false",
        "block-device-mapping.snapshot-id": root,
        "block-device-mapping.volume-size": "11",
        "block-device-mapping.volume-type": "gp2",
        "boot-mode": "uefi",
        "creation-date": image["CreationDate"][:10] + "T*",
        "description": "fir*",
        "ena-support": "true",
        "hypervisor": "xen",
        "image-id": image_id,
        "image-type": "machine",
        "is-public": "false",
        "manifest-location": f"{account}/web",
        "name": "web",
        "owner-id": account,
        "root-device-name": "/dev/xvda",
        "root-device-type": "ebs",
        "sriov-net-support": "simple",
        "state": "available",
        "tag:team": "a",
        "tag-key": "team",
        "virtualization-type": "hvm",
    }.items():
        assert found(ec2, Owners=["self"], Filters=only(name, value)) == ["web"], name
        assert found(ec2, Owners=["self"], Filters=only(name, "nothing")) == [], name
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        found(ec2, Filters=only("colour", "red"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("platform", "windows"), ("free-tier-eligible", "true"), ("owner-alias", "amazon"),
     ("public-ssm-parameter-name", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64")],
)  # fmt: skip
def test_filters_on_public_images(ec2: Any, name: str, value: str) -> None:
    images = ec2.describe_images(Filters=only(name, value))["Images"]
    assert images
    members = {
        "platform": "Platform",
        "free-tier-eligible": "FreeTierEligible",
        "owner-alias": "ImageOwnerAlias",
        "public-ssm-parameter-name": "PublicSsmParameterName",
    }
    assert {str(image[members[name]]).lower() for image in images} == {value}


@pytest.mark.parametrize("name", ["kernel-id", "ramdisk-id", "product-code", "source-instance-id", "image-allowed",
                                  "scan-result.finding-scan-date", "image-watermark.watermark-key"])  # fmt: skip
def test_filters_on_what_no_image_here_has(ec2: Any, name: str) -> None:
    assert found(ec2, Filters=only(name, "*")) == []


def test_the_owner_of_an_image_learns_when_it_was_last_launched(ec2: Any, snapshot: Callable[..., str]) -> None:
    id = register(ec2, snapshot(), EnaSupport=True)
    assert ec2.describe_image_attribute(ImageId=id, Attribute="lastLaunchedTime")["LastLaunchedTime"] == {}
    launched = launch(ec2, ImageId=id)["LaunchTime"]
    shown = ec2.describe_image_attribute(ImageId=id, Attribute="lastLaunchedTime")["LastLaunchedTime"]["Value"]
    assert abs(datetime.fromisoformat(shown) - launched) < timedelta(seconds=5)
    assert ec2.describe_images(ImageIds=[id])["Images"][0]["LastLaunchedTime"] == shown


def test_an_image_names_the_ebs_cards_of_its_volumes(ec2: Any, snapshot: Callable[..., str]) -> None:
    root = {"SnapshotId": snapshot(), "EbsCardIndex": 0}
    devices = [{"DeviceName": "/dev/xvda", "Ebs": root}, {"DeviceName": "/dev/sdb", "Ebs": {"VolumeSize": 1}}]
    given = {"RootDeviceName": "/dev/xvda", "VirtualizationType": "hvm", "EnaSupport": True}
    id = ec2.register_image(Name="cards", BlockDeviceMappings=devices, **given)["ImageId"]
    shown = ec2.describe_images(ImageIds=[id])["Images"][0]["BlockDeviceMappings"]
    assert [device["Ebs"].get("EbsCardIndex") for device in shown] == [0, None]
