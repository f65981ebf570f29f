"""Dedicated hosts, and instances that share their hardware with nobody."""

from typing import Any

import pytest

from tests.launching import ami, launch, wait_for
from tests.refusal import refused

ZONE = "us-east-1a"


def allocate(ec2: Any, quantity: int = 1, **more: Any) -> list[str]:
    given = {"AvailabilityZone": ZONE, **({} if "InstanceFamily" in more else {"InstanceType": "m5.large"}), **more}
    found: list[str] = ec2.allocate_hosts(Quantity=quantity, **given)["HostIds"]
    return found


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_hosts(HostIds=[id])["Hosts"][0]


def run(ec2: Any, count: int = 1, kind: str = "m5.large", **placement: Any) -> list[Any]:
    given = {"ImageId": ami(ec2), "InstanceType": kind, "Placement": placement}
    found: list[Any] = ec2.run_instances(MinCount=count, MaxCount=count, **given)["Instances"]
    return found


def test_hosts_of_a_type_and_of_a_family(ec2: Any, account: str) -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    specification = [{"ResourceType": "dedicated-host", "Tags": tags}]
    first, second = allocate(ec2, 2, HostRecovery="on", TagSpecifications=specification)
    host = shown(ec2, first)
    assert host["State"] == "available" and host["OwnerId"] == account and host["Tags"] == tags
    assert host["AutoPlacement"] == "off" and host["HostRecovery"] == "on"
    assert host["HostProperties"] == {
        "Cores": 48,
        "InstanceType": "m5.large",
        "InstanceFamily": "m5",
        "Sockets": 2,
        "TotalVCpus": 96,
    }
    assert host["AvailableCapacity"]["AvailableInstanceCapacity"] == [
        {"InstanceType": "m5.large", "AvailableCapacity": 48, "TotalCapacity": 48}
    ]
    (family,) = allocate(ec2, InstanceFamily="m5")
    assert shown(ec2, family)["AllowsMultipleInstanceTypes"] == "on"
    assert len(shown(ec2, family)["AvailableCapacity"]["AvailableInstanceCapacity"]) > 5
    filters = [{"Name": "instance-type", "Values": ["m5.large"]}]
    assert [h["HostId"] for h in ec2.describe_hosts(Filter=filters)["Hosts"]] == [first, second]


def test_instances_on_a_host(ec2: Any) -> None:
    (id,) = allocate(ec2)
    (instance,) = run(ec2, HostId=id)
    assert instance["Placement"]["HostId"] == id and instance["Placement"]["Tenancy"] == "host"
    assert instance["Placement"]["Affinity"] == "default" and instance["Placement"]["AvailabilityZone"] == ZONE
    host = shown(ec2, id)
    assert [i["InstanceId"] for i in host["Instances"]] == [instance["InstanceId"]]
    assert host["AvailableCapacity"]["AvailableVCpus"] == 94
    with refused("InsufficientCapacityOnHost"):
        run(ec2, 48, HostId=id)
    with refused("InsufficientCapacityOnHost"):
        run(ec2, Tenancy="host")
    ec2.modify_hosts(HostIds=[id], AutoPlacement="on")
    (other,) = run(ec2, Tenancy="host", Affinity="host")
    assert other["Placement"]["HostId"] == id and other["Placement"]["Affinity"] == "host"
    answer = ec2.release_hosts(HostIds=[id])
    assert answer["Successful"] == [] and answer["Unsuccessful"][0]["ResourceId"] == id
    ids = [instance["InstanceId"], other["InstanceId"]]
    ec2.terminate_instances(InstanceIds=ids)
    wait_for(ec2, ids, "terminated")
    assert shown(ec2, id)["AvailableCapacity"]["AvailableVCpus"] == 96
    assert ec2.release_hosts(HostIds=[id])["Successful"] == [id]
    assert shown(ec2, id)["State"] == "released" and "ReleaseTime" in shown(ec2, id)
    with refused("InvalidHostState"):
        run(ec2, HostId=id)


def test_a_stopped_instance_frees_its_host(ec2: Any) -> None:
    (id,) = allocate(ec2)
    (instance,) = run(ec2, HostId=id, Tenancy="host", Affinity="host")
    instance_id = instance["InstanceId"]
    wait_for(ec2, [instance_id], "running")
    ec2.stop_instances(InstanceIds=[instance_id])
    wait_for(ec2, [instance_id], "stopped")
    assert shown(ec2, id)["AvailableCapacity"]["AvailableVCpus"] == 96
    assert ec2.release_hosts(HostIds=[id])["Successful"] == []
    ec2.start_instances(InstanceIds=[instance_id])
    (again,) = wait_for(ec2, [instance_id], "running")
    assert again["Placement"]["HostId"] == id
    assert shown(ec2, id)["AvailableCapacity"]["AvailableVCpus"] == 94


def test_a_stopped_instance_moves_to_a_host(ec2: Any) -> None:
    (id,) = allocate(ec2, InstanceFamily="m5")
    instance_id = launch(ec2, InstanceType="m5.large", Placement={"AvailabilityZone": ZONE})["InstanceId"]
    with refused("IncorrectInstanceState"):
        ec2.modify_instance_placement(InstanceId=instance_id, Tenancy="host")
    ec2.stop_instances(InstanceIds=[instance_id])
    wait_for(ec2, [instance_id], "stopped")
    with refused("InvalidParameterCombination"):
        ec2.modify_instance_placement(InstanceId=instance_id, HostId=id)
    ec2.modify_instance_placement(InstanceId=instance_id, Tenancy="host", Affinity="host", HostId=id)
    ec2.start_instances(InstanceIds=[instance_id])
    wait_for(ec2, [instance_id], "running")
    assert [i["InstanceId"] for i in shown(ec2, id)["Instances"]] == [instance_id]
    ec2.modify_instance_placement(InstanceId=instance_id, Affinity="default")
    ec2.stop_instances(InstanceIds=[instance_id])
    wait_for(ec2, [instance_id], "stopped")
    with refused("InvalidRequest"):
        ec2.modify_instance_placement(InstanceId=instance_id, Tenancy="default")


def test_hosts_change_their_kind(ec2: Any) -> None:
    (id,) = allocate(ec2)
    with refused("InvalidParameterCombination", "m5.xlarge"):
        run(ec2, kind="m5.xlarge", HostId=id)
    assert ec2.modify_hosts(HostIds=[id], InstanceFamily="m5", HostMaintenance="on")["Successful"] == [id]
    run(ec2, kind="m5.xlarge", HostId=id)
    answer = ec2.modify_hosts(HostIds=[id, "h-0123456789abcdef0"], InstanceType="m5.large")
    assert answer["Successful"] == []
    assert [item["Error"]["Code"] for item in answer["Unsuccessful"]] == ["InvalidHostState", "InvalidHostID.NotFound"]
    answer = ec2.modify_hosts(HostIds=[id], InstanceFamily="c5")
    assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"InstanceFamily": "m5", "InstanceType": "m5.large"}, "InvalidParameterCombination"),
        ({"InstanceType": "t2.micro"}, "InvalidParameterValue"),
        ({"InstanceFamily": "zz"}, "InvalidParameterValue"),
        ({"AvailabilityZone": "us-east-1z"}, "InvalidParameterValue"),
        ({"OutpostArn": "arn:aws:outposts:us-east-1:1:outpost/op-1"}, "InvalidParameterValue"),
    ],
)
def test_hosts_that_are_refused(ec2: Any, given: dict[str, Any], code: str) -> None:
    with refused(code):
        allocate(ec2, **given)
    assert ec2.describe_hosts()["Hosts"] == []


def test_as_many_hosts_as_there_is_room_for(ec2: Any) -> None:
    with refused("InsufficientHostCapacity", status=500):
        allocate(ec2, 100_000, InstanceFamily="u7in-32tb")
    assert ec2.describe_hosts()["Hosts"] == []


def test_dedicated_instances(ec2: Any) -> None:
    (instance,) = run(ec2, Tenancy="dedicated")
    assert instance["Placement"]["Tenancy"] == "dedicated"
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", InstanceTenancy="dedicated")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    inside = launch(ec2, until=None, SubnetId=subnet, InstanceType="m5.large")
    assert inside["Placement"]["Tenancy"] == "dedicated"
    filters = [{"Name": "tenancy", "Values": ["dedicated"]}]
    assert len(ec2.describe_instances(Filters=filters)["Reservations"]) == 2
    with refused("InvalidParameterCombination"):
        run(ec2, Tenancy="default", HostId="h-0123456789abcdef0")
    with refused("InvalidHostID.NotFound"):
        run(ec2, HostId="h-0123456789abcdef0")
    with refused("Unsupported"):
        run(ec2, kind="t2.micro", Tenancy="dedicated")
