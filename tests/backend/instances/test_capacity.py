"""Where launches go, with hosts whose heartbeats are made by hand and which do nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from backend import image_files
from backend.bus.messages import Heartbeat, Observed
from backend.cloud import Cloud
from backend.conductor import observations
from backend.config import Settings
from backend.db.models import Host, Instance
from backend.image_files import Wanted
from ec2api import roles
from ec2api.app import create_app
from tests.conftest import Embedded, prepared
from tests.launching import ami, launch
from tests.refusal import refused

ACCOUNT, REGION = "111122223333", "us-east-1"
ZONES = tuple(f"{REGION}{letter}" for letter in "abcdef")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = roles.open_cloud(prepared(Settings(data_dir=tmp_path, regions=(REGION,))))
    yield cloud
    cloud.close()


@pytest.fixture
def ec2(cloud: Cloud) -> Any:
    client = Embedded(cloud, create_app(cloud)).client(account=ACCOUNT)
    client.describe_vpcs()  # makes the default VPC
    return client


def join(cloud: Cloud, name: str, driver: str, zone: str = "us-east-1a", vcpus: int = 64) -> None:
    observations.handle(cloud, [Heartbeat(name, f"id-of-{name}", zone, REGION, driver, vcpus, 262_144)])


@pytest.fixture
def imported(cloud: Cloud, tmp_path: Path) -> str:
    """An image with bytes."""
    disk = tmp_path / "disk.raw"
    disk.write_bytes(bytes(1024))
    return image_files.add(cloud.database, cloud.settings, disk, Wanted("mine", ACCOUNT, REGION))


def host_of(cloud: Cloud, instance_id: str) -> str | None:
    with cloud.everywhere(write=False) as uow:
        return uow.scalar(select(Instance.host).where(Instance.id == instance_id))


@contextmanager
def counted(cloud: Cloud) -> Iterator[list[str]]:
    """The queries on hosts within, but for their ids, which are asked once by each process."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM hosts" in statement and "host_id" not in statement:
            seen.append(statement)

    event.listen(cloud.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(cloud.database.engine, "before_cursor_execute", note)


def test_a_launch_finds_the_only_zone_that_has_a_host(cloud: Cloud, ec2: Any) -> None:
    join(cloud, "one", "simulated", "us-east-1d")
    with counted(cloud) as queries:
        instance = launch(ec2, until=None)
    assert instance["Placement"]["AvailabilityZone"] == "us-east-1d"
    assert len(queries) <= 3  # of the first zone, of all other zones, and of the one with a host
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert tuple(z["ZoneName"] for z in zones) == ZONES


def test_zones_without_room_are_refused(cloud: Cloud, ec2: Any) -> None:
    join(cloud, "one", "simulated", "us-east-1d", vcpus=4)
    with refused("InsufficientInstanceCapacity", "us-east-1b", status=500):
        launch(ec2, until=None, Placement={"AvailabilityZone": "us-east-1b"})
    with counted(cloud) as queries, refused("InsufficientInstanceCapacity", status=500):
        launch(ec2, until=None, InstanceType="m5.24xlarge")
    assert len(queries) == 3
    answer = ec2.run_instances(ImageId=ami(ec2), InstanceType="t3.micro", MinCount=1, MaxCount=5)
    assert len(answer["Instances"]) == 2


def test_an_image_without_bytes_is_refused_where_all_guests_are_real(cloud: Cloud, ec2: Any, imported: str) -> None:
    with refused("InsufficientInstanceCapacity", status=500):
        launch(ec2, until=None)  # no host at all
    join(cloud, "real", "libvirt")
    with refused("UnsupportedOperation", "has no disk image; import one with ec2api image import"):
        launch(ec2, until=None)
    real = launch(ec2, until=None, ImageId=imported)
    assert host_of(cloud, real["InstanceId"]) == "real"


def test_a_disk_of_a_snapshot_without_bytes_is_refused_where_all_guests_are_real(
    cloud: Cloud, ec2: Any, imported: str
) -> None:
    join(cloud, "real", "libvirt")
    image = ec2.describe_images(ImageIds=[imported])["Images"][0]
    snapshot = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    with refused("UnsupportedOperation", "has no disk image"):
        launch(
            ec2,
            until=None,
            ImageId=imported,
            BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": snapshot}}],
        )
    blank = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}]
    launch(ec2, until=None, ImageId=imported, BlockDeviceMappings=blank)


def test_each_image_goes_to_the_hosts_that_suit_it(cloud: Cloud, ec2: Any, imported: str) -> None:
    join(cloud, "real", "libvirt", vcpus=4)
    join(cloud, "pretended", "simulated", vcpus=64)
    assert host_of(cloud, launch(ec2, until=None)["InstanceId"]) == "pretended"
    assert host_of(cloud, launch(ec2, until=None, ImageId=imported)["InstanceId"]) == "real"
    with refused("InsufficientInstanceCapacity", status=500):  # a simulated host there is, but it is too small
        launch(ec2, until=None, InstanceType="r5.24xlarge")


def test_a_launch_that_fails_moves_to_a_host_of_the_same_kind(cloud: Cloud, ec2: Any, imported: str) -> None:
    join(cloud, "real", "libvirt")
    instance = launch(ec2, until=None, ImageId=imported)
    join(cloud, "pretended", "simulated")
    report = Observed("real", instance["InstanceId"], 0, "stopped", 1, failed_generation=1, error="no such file")
    observations.handle(cloud, [report])
    found = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert found["State"]["Name"] == "shutting-down"
    assert found["StateReason"] == {"Code": "Server.InternalError", "Message": "Server.InternalError: no such file"}


def test_hosts_that_a_data_directory_had_with_another_driver_get_no_guests(cloud: Cloud, ec2: Any) -> None:
    join(cloud, "former", "libvirt", vcpus=1_000_000)
    with ExitStack() as stack:
        roles.start_embedded(cloud, stack)
        instance = launch(ec2, InstanceType="t3.nano")
    assert host_of(cloud, instance["InstanceId"]) == f"sim-{instance['Placement']['AvailabilityZone']}"
    with cloud.everywhere(write=False) as uow:
        assert uow.scalar(select(Host.heard_at).where(Host.name == "former")) == datetime.min
