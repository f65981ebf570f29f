"""Public images: what people look up is found in every region, and every image fits an answer."""

import re
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape

from backend.catalogue import images, regions

REGIONS = [region.name for region in regions.all()]
NOW = datetime(2030, 1, 1)

AMAZON, CANONICAL, DEBIAN = "137112412989", "099720109477", "136693071363"
BOTH = [  # owner, pattern for x86_64, pattern for arm64
    (AMAZON, "al2023-ami-2023.*-x86_64", "al2023-ami-2023.*-arm64"),
    (AMAZON, "al2023-ami-2023.*-kernel-6.1-x86_64", "al2023-ami-2023.*-kernel-6.1-arm64"),
    (AMAZON, "al2023-ami-*-kernel-6.12-x86_64", "al2023-ami-*-kernel-6.12-arm64"),
    (AMAZON, "al2023-ami-minimal-*-x86_64", "al2023-ami-minimal-*-arm64"),
    (AMAZON, "amzn2-ami-hvm-2.0.*-x86_64-gp2", "amzn2-ami-hvm-2.0.*-arm64-gp2"),
    (AMAZON, "amzn2-ami-hvm-*-x86_64-gp2", "amzn2-ami-hvm-*-arm64-gp2"),
    (AMAZON, "amzn2-ami-kernel-5.10-hvm-2.0.*-x86_64-gp2", "amzn2-ami-kernel-5.10-hvm-2.0.*-arm64-gp2"),
    ("591542846629", "amzn2-ami-ecs-hvm-*-x86_64-ebs", "amzn2-ami-ecs-hvm-*-arm64-ebs"),
    (
        "602401143452",
        "amazon-eks-node-al2023-x86_64-standard-1.33-v*",
        "amazon-eks-node-al2023-arm64-standard-1.33-v*",
    ),
    (
        CANONICAL,
        "ubuntu/images/hvm-ssd/ubuntu-bionic-18.04-amd64-server-*",
        "*/ubuntu-bionic-18.04-arm64-server-*",
    ),
    (
        CANONICAL,
        "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-*",
        "*/ubuntu-focal-20.04-arm64-server-*",
    ),
    (
        CANONICAL,
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*",
        "*/ubuntu-jammy-22.04-arm64-server-*",
    ),
    (
        CANONICAL,
        "ubuntu/images/hvm-ssd*/ubuntu-*-24.04-amd64-server-*",
        "ubuntu/images/*24.04-arm64-server-*",
    ),
    (
        CANONICAL,
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
        "*-noble-24.04-arm64-server-*",
    ),
    (CANONICAL, "ubuntu/images/hvm-ssd-gp3/ubuntu-*-26.04-amd64-server-*", "*-26.04-arm64-server-*"),
    *((DEBIAN, f"debian-{version}-amd64-*", f"debian-{version}-arm64-*") for version in (11, 12, 13)),
    ("309956199498", "RHEL-9.*_HVM-*-x86_64-*-Hourly2-GP3", "RHEL-9.*_HVM-*-arm64-*-Hourly2-GP3"),
    ("309956199498", "RHEL-10*x86_64*", "RHEL-10*arm64*"),
    ("013907871322", "suse-sles-15-sp*-v*-hvm-ssd-x86_64", "suse-sles-15-sp*-v*-hvm-ssd-arm64"),
    ("792107900819", "Rocky-9-EC2-Base-9.*.x86_64", "Rocky-9-EC2-Base-9.*.aarch64"),
    ("764336703387", "AlmaLinux OS 9.*x86_64*", "AlmaLinux OS 9.*aarch64*"),
    ("125523088429", "Fedora-Cloud-Base-AmazonEC2.x86_64-44-*", "Fedora-Cloud-Base-AmazonEC2.aarch64-44-*"),
]
ONE = [
    (AMAZON, "amzn-ami-hvm-*-x86_64-gp2"),
    (AMAZON, "amzn-ami-vpc-nat-*"),
    *(("801119661308", f"Windows_Server-{year}-English-Full-Base-*") for year in (2016, 2019, 2022, 2025)),
    ("801119661308", "Windows_Server-2022-English-Full-SQL_2022_Standard-*"),
]


def found(region: str, owner: str, pattern: str) -> list[images.PublicImage]:
    """What a lookup finds that does not ask for deprecated images, years from now."""
    return [
        image
        for image in images.public(region)
        if image.owner_id == owner
        and fnmatchcase(image.name, pattern)
        and (image.deprecation_time is None or image.deprecation_time > NOW)
    ]


@pytest.mark.parametrize(("owner", "x86_64", "arm64"), BOTH)
def test_lookups_find_both_architectures(owner: str, x86_64: str, arm64: str) -> None:
    for region in ("us-east-1", "ap-south-2", "lab-1"):
        assert {image.architecture for image in found(region, owner, x86_64)} == {"x86_64"}
        assert {image.architecture for image in found(region, owner, arm64)} == {"arm64"}


@pytest.mark.parametrize(("owner", "pattern"), ONE)
def test_lookups_find_what_there_is_for_one_architecture(owner: str, pattern: str) -> None:
    assert {image.architecture for image in found("eu-west-1", owner, pattern)} == {"x86_64"}


def test_every_region_has_the_same_names_under_ids_of_its_own() -> None:
    ids: set[str] = set()
    names = [image.name for image in images.public("us-east-1")]
    assert len(names) == len(set(names)) > 200
    for region in REGIONS:
        here = images.public(region)
        assert [image.name for image in here] == names
        ids.update(image.image_id for image in here)
    assert len(ids) == len(REGIONS) * len(names)


def test_ids_never_change() -> None:
    assert images.image_id("us-east-1", "debian-12-amd64-20231013-1532") == "ami-32aa239a4825ca0a2"
    assert images.snapshot_id("us-east-1", "debian-12-amd64-20231013-1532") == "snap-23d06c413d654b5f0"


def test_there_is_a_choice_for_whoever_asks_for_the_most_recent() -> None:
    for pattern in ("al2023-ami-2023.*-kernel-6.1-x86_64", "amzn2-ami-hvm-2.0.*-x86_64-gp2"):
        dates = [i.created_at for i in images.public("us-east-1") if fnmatchcase(i.name, pattern)]
        assert len(dates) >= 3
        assert dates == sorted(set(dates))
    newest = max(
        (i for i in images.public("us-east-1") if fnmatchcase(i.name, "al2023-ami-2023.*-x86_64")),
        key=lambda image: image.created_at,
    )
    assert newest.name == "al2023-ami-2023.12.20260930.0-kernel-6.1-x86_64"


def test_images_fit_what_an_answer_can_show() -> None:
    model = ServiceModel(Loader().load_service_model("ec2", "service-2"), "ec2")
    shape = model.shape_for("Image")
    assert isinstance(shape, StructureShape)
    volume_types = model.shape_for("VolumeType").enum  # type: ignore[attr-defined]
    for image in images.public("us-east-1"):
        assert re.fullmatch(r"ami-[0-9a-f]{17}", image.image_id)
        assert re.fullmatch(r"[0-9]{12}", image.owner_id)
        assert 3 <= len(image.name) <= 128
        assert "{" not in image.name + image.description + "".join(image.ssm_parameters)
        assert image.image_location == f"{image.owner_alias or image.owner_id}/{image.name}"
        assert image.architecture in shape.members["Architecture"].enum
        assert image.boot_mode in [None, *shape.members["BootMode"].enum]
        assert image.imds_support in [None, *shape.members["ImdsSupport"].enum]
        assert image.tpm_support in [None, *shape.members["TpmSupport"].enum]
        assert image.platform == ("windows" if image.platform_details.startswith("Windows") else None)
        assert (image.platform_details == "Linux/UNIX") == (image.usage_operation == "RunInstances")
        root = image.block_devices[0]
        assert root.device_name == image.root_device_name
        assert re.fullmatch(r"snap-[0-9a-f]{17}", root.snapshot_id or "")
        assert root.volume_type in volume_types
        assert root.size_gib
        assert root.delete_on_termination is True
        assert (root.iops == 3000 and root.throughput == 125) == (root.volume_type == "gp3")
        for number, disk in enumerate(image.block_devices[1:]):
            assert (disk.virtual_name, disk.snapshot_id) == (f"ephemeral{number}", None)


def test_an_old_image_is_deprecated_two_years_on_and_the_newest_of_a_family_never() -> None:
    by_name = {image.name: image for image in images.public("us-east-1")}
    old = by_name["ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20230517"]
    assert old.deprecation_time == datetime(2025, 5, 18, 3, 58, 2)
    for image in by_name.values():
        if image.deprecation_time is not None:
            assert timedelta(729) < image.deprecation_time - image.created_at < timedelta(732)
    assert by_name["debian-11-amd64-20260825-2579"].deprecation_time is None


def test_parameters_of_systems_manager_lead_to_newest_images() -> None:
    parameters = images.ssm_parameters("eu-west-1")
    by_id = {image.image_id: image.name for image in images.public("eu-west-1")}
    default = parameters["/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"]
    assert by_id[default] == "al2023-ami-2023.12.20260930.0-kernel-6.1-arm64"
    ubuntu = parameters["/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"]
    assert by_id[ubuntu] == "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261006"
    assert all(parameter.startswith("/aws/service/") for parameter in parameters)
