"""Groups, reservations and dedicated hosts on hosts that run real guests, each of which is a host of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

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
from tests.refusal import refused

ACCOUNT, OTHER, REGION, ZONE = "111122223333", "444455556666", "us-east-1", "us-east-1a"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = roles.open_cloud(prepared(Settings(data_dir=tmp_path, regions=(REGION,))))
    yield cloud
    cloud.close()


@pytest.fixture
def ec2(cloud: Cloud) -> Any:
    return Embedded(cloud, create_app(cloud)).client(account=ACCOUNT)


@pytest.fixture
def image(cloud: Cloud, tmp_path: Path) -> str:
    """With bytes, and everybody's."""
    disk = tmp_path / "disk.raw"
    disk.write_bytes(bytes(1024))
    return image_files.add(cloud.database, cloud.settings, disk, Wanted("mine", ACCOUNT, REGION))


def join(cloud: Cloud, *names: str, vcpus: int = 16) -> None:
    for name in names:
        beat = Heartbeat(name, f"id-of-{name}", ZONE, REGION, "libvirt", vcpus, 65_536)
        observations.handle(cloud, [beat])


def free(cloud: Cloud) -> dict[str, int]:
    with cloud.everywhere(write=False) as uow:
        return {host.name: host.free_vcpus for host in uow.scalars(select(Host))}


def hosts(cloud: Cloud, instances: list[Any]) -> list[str | None]:
    with cloud.everywhere(write=False) as uow:
        found = {i.id: i.host for i in uow.scalars(select(Instance))}
    return [found[i["InstanceId"]] for i in instances]


def run(ec2: Any, image: str, count: int = 1, kind: str = "c5.large", **given: Any) -> list[Any]:
    wanted = {"ImageId": image, "InstanceType": kind, **given}
    found: list[Any] = ec2.run_instances(MinCount=count, MaxCount=count, **wanted)["Instances"]
    return found


def end(cloud: Cloud, ec2: Any, instances: list[Any]) -> None:
    """Terminate, and let the hosts say that the guests are gone."""
    ec2.terminate_instances(InstanceIds=[i["InstanceId"] for i in instances])
    for instance, host in zip(instances, hosts(cloud, instances), strict=True):
        id = instance["InstanceId"]
        report = Observed(host=str(host), instance_id=id, generation=9, power="absent", sequence=9)
        observations.handle(cloud, [report])


def group(ec2: Any, strategy: str, **more: Any) -> dict[str, Any]:
    ec2.create_placement_group(GroupName="group", Strategy=strategy, **more)
    return {"Placement": {"GroupName": "group", "AvailabilityZone": ZONE}}


def test_a_spread_group_has_one_instance_on_each_host(cloud: Cloud, ec2: Any, image: str) -> None:
    join(cloud, "a", "b", "c")
    where = group(ec2, "spread")
    first = run(ec2, image, 2, **where)
    assert len(set(hosts(cloud, first))) == 2
    (third,) = run(ec2, image, **where)
    assert {*hosts(cloud, first), *hosts(cloud, [third])} == {"a", "b", "c"}
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2, image, **where)
    end(cloud, ec2, [third])
    run(ec2, image, **where)


def test_partitions_share_no_host(cloud: Cloud, ec2: Any, image: str) -> None:
    join(cloud, "a", "b", "c")
    where = group(ec2, "partition", PartitionCount=3)
    instances = run(ec2, image, 6, **where) + run(ec2, image, 3, **where)
    owner: dict[str | None, set[int]] = {}
    for instance, host in zip(instances, hosts(cloud, instances), strict=True):
        owner.setdefault(host, set()).add(instance["Placement"]["PartitionNumber"])
    assert sorted(owner.values(), key=min) == [{1}, {2}, {3}]


def test_a_partition_without_hosts_leaves_its_share_to_others(cloud: Cloud, ec2: Any, image: str) -> None:
    join(cloud, "a", "b")
    where = group(ec2, "partition", PartitionCount=3)
    instances = run(ec2, image, 6, **where)
    assert {i["Placement"]["PartitionNumber"] for i in instances} == {1, 2}
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2, image, Placement={**where["Placement"], "PartitionNumber": 3})


def test_dedicated_instances_share_their_host_with_nobody(cloud: Cloud, ec2: Any, image: str) -> None:
    join(cloud, "a", "b")
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    other = Embedded(cloud, create_app(cloud)).client(account=OTHER)
    alone = run(ec2, image, 2, Placement={"Tenancy": "dedicated", "AvailabilityZone": ZONE})
    theirs = run(other, image, 8, Placement={"AvailabilityZone": ZONE})
    assert set(hosts(cloud, alone)).isdisjoint(hosts(cloud, theirs))
    (kept,) = set(hosts(cloud, alone))
    with refused("InsufficientInstanceCapacity", status=500):
        run(other, image, Placement={"AvailabilityZone": ZONE})
    with refused("InsufficientInstanceCapacity", status=500):
        run(other, image, Placement={"Tenancy": "dedicated", "AvailabilityZone": ZONE})
    assert hosts(cloud, run(ec2, image, Placement={"Tenancy": "dedicated", "AvailabilityZone": ZONE})) == [kept]
    living = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    end(cloud, ec2, living)
    assert hosts(cloud, run(other, image, Placement={"AvailabilityZone": ZONE})) == [kept]


def test_a_dedicated_host_is_a_whole_one(cloud: Cloud, ec2: Any, image: str) -> None:
    join(cloud, "a", "b")
    (busy,) = run(ec2, image, Placement={"AvailabilityZone": ZONE})
    (used,) = hosts(cloud, [busy])
    (id,) = ec2.allocate_hosts(AvailabilityZone=ZONE, InstanceType="c5.large", Quantity=1)["HostIds"]
    (idle,) = {"a", "b"} - {used}
    assert free(cloud)[idle] == 0
    with refused("InsufficientHostCapacity", status=500):
        ec2.allocate_hosts(AvailabilityZone=ZONE, InstanceType="c5.large", Quantity=1)
    inside = run(ec2, image, 8, Placement={"HostId": id, "Tenancy": "host"})
    assert set(hosts(cloud, inside)) == {idle}
    with refused("InsufficientCapacityOnHost"):
        run(ec2, image, Placement={"HostId": id, "Tenancy": "host"})
    end(cloud, ec2, inside)
    assert ec2.release_hosts(HostIds=[id])["Successful"] == [id]
    assert free(cloud)[idle] == 16


def test_a_reservation_holds_room_on_several_hosts(cloud: Cloud, ec2: Any, image: str) -> None:
    join(cloud, "a", "b")
    wanted = {"InstanceType": "c5.large", "InstancePlatform": "Linux/UNIX", "AvailabilityZone": ZONE}
    reserved = ec2.create_capacity_reservation(InstanceCount=12, InstanceMatchCriteria="targeted", **wanted)
    id = reserved["CapacityReservation"]["CapacityReservationId"]
    assert sum(free(cloud).values()) == 8
    outside = run(ec2, image, 4, Placement={"AvailabilityZone": ZONE})
    with refused("InsufficientInstanceCapacity", status=500):
        run(ec2, image, Placement={"AvailabilityZone": ZONE})
    target = {"CapacityReservationTarget": {"CapacityReservationId": id}}
    inside = run(ec2, image, 12, CapacityReservationSpecification=target)
    assert set(hosts(cloud, inside)) == {"a", "b"} and sum(free(cloud).values()) == 0
    with refused("InsufficientInstanceCapacity", status=500):
        ec2.modify_capacity_reservation(CapacityReservationId=id, InstanceCount=13)
    end(cloud, ec2, [*inside[:6], *outside])
    assert sum(free(cloud).values()) == 8
    ec2.cancel_capacity_reservation(CapacityReservationId=id)
    assert sum(free(cloud).values()) == 20
    end(cloud, ec2, inside[6:])
    assert free(cloud) == {"a": 16, "b": 16}
