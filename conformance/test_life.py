"""The life of instances: launch, states, addresses, stop, start, terminate. A test's number is a line of AWS's
semantics."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.endpoint import Endpoint, eventually
from conformance.wire import refused

ABSENT = "i-0123456789abcdef0"


def states(changes: list[dict[str, Any]]) -> list[tuple[str, int, str, int]]:
    return [
        (c["PreviousState"]["Name"], c["PreviousState"]["Code"], c["CurrentState"]["Name"], c["CurrentState"]["Code"])
        for c in changes
    ]


def seen(look: Callable[[], Any], last: str, seconds: float = 60) -> list[tuple[str, int]]:
    """The states that an instance goes through until it is in the last, each with its code."""
    found: list[tuple[str, int]] = []

    def note() -> str:
        state = look()["State"]
        if not found or found[-1][0] != state["Name"]:
            found.append((state["Name"], state["Code"]))
        return str(state["Name"])

    eventually(note, lambda name: name == last, seconds)
    return found


def test_01_every_state_of_a_life_with_its_code(ec2: Any, launch: Any, one: Any) -> None:
    launched = launch()["Instances"][0]
    id = launched["InstanceId"]
    assert launched["State"] == {"Name": "pending", "Code": 0}
    assert seen(lambda: one(id), "running") == [("pending", 0), ("running", 16)]
    assert states(ec2.stop_instances(InstanceIds=[id])["StoppingInstances"]) == [("running", 16, "stopping", 64)]
    on_the_way = [("stopping", 64), ("stopped", 80)]
    assert seen(lambda: one(id), "stopped") in (on_the_way, on_the_way[1:])
    assert states(ec2.start_instances(InstanceIds=[id])["StartingInstances"]) == [("stopped", 80, "pending", 0)]
    assert seen(lambda: one(id), "running") == [("pending", 0), ("running", 16)]
    ended = ec2.terminate_instances(InstanceIds=[id])["TerminatingInstances"]
    assert states(ended) == [("running", 16, "shutting-down", 32)]
    on_the_way = [("shutting-down", 32), ("terminated", 48)]
    assert seen(lambda: one(id), "terminated") in (on_the_way, on_the_way[1:])  # it may be over before one looks


def test_01_terminating_a_stopped_instance(ec2: Any, launch: Any, reach: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    ec2.stop_instances(InstanceIds=[id])
    reach(id, "stopped")
    [(before, _, after, _)] = states(ec2.terminate_instances(InstanceIds=[id])["TerminatingInstances"])
    assert (before, after) in [("stopped", "terminated"), ("stopped", "shutting-down")]
    reach(id, "terminated")


def test_02_a_terminated_instance_stays_visible_and_keeps_its_tags(ec2: Any, launch: Any, reach: Any) -> None:
    tags = [{"Key": "Name", "Value": "gone"}]
    id = launch(TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])["Instances"][0]["InstanceId"]
    alive = reach(id, "running")
    ec2.terminate_instances(InstanceIds=[id])
    gone = reach(id, "terminated")
    assert gone["Tags"] == tags
    for member in ("VpcId", "SubnetId", "PrivateIpAddress", "PublicIpAddress"):
        assert member not in gone
    for member in ("NetworkInterfaces", "BlockDeviceMappings", "SecurityGroups"):
        assert gone[member] == []
    assert (gone["PrivateDnsName"], gone["PublicDnsName"]) == ("", "")
    assert gone["ImageId"] == alive["ImageId"]
    assert gone["InstanceType"] == "t3.micro"
    volume = alive["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    assert refused(ec2.describe_volumes, VolumeIds=[volume])[1] == "InvalidVolume.NotFound"
    interface = alive["NetworkInterfaces"][0]["NetworkInterfaceId"]
    call = ec2.describe_network_interfaces
    assert refused(call, NetworkInterfaceIds=[interface])[1] == "InvalidNetworkInterfaceID.NotFound"
    found = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["gone"]}])["Reservations"]
    assert id in {i["InstanceId"] for r in found for i in r["Instances"]}
    again = ec2.terminate_instances(InstanceIds=[id])["TerminatingInstances"]
    assert states(again) == [("terminated", 48, "terminated", 48)]


def test_03_and_04_reasons(ec2: Any, launch: Any, reach: Any, one: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    running = reach(id, "running")
    assert running["StateTransitionReason"] == ""
    assert "StateReason" not in running
    by_user = {
        "Code": "Client.UserInitiatedShutdown",
        "Message": "Client.UserInitiatedShutdown: User initiated shutdown",
    }
    for act, state in ((ec2.stop_instances, "stopped"), (ec2.terminate_instances, "terminated")):
        act(InstanceIds=[id])
        shown = reach(id, state)
        assert shown["StateReason"] == by_user
        text = re.fullmatch(r"User initiated \((.{19}) GMT\)", shown["StateTransitionReason"])
        assert text
        moment = datetime.strptime(text[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - moment) < timedelta(minutes=2)


def test_03_the_reasons_go_with_a_start(ec2: Any, launch: Any, reach: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    ec2.stop_instances(InstanceIds=[id])
    reach(id, "stopped")
    ec2.start_instances(InstanceIds=[id])
    running = reach(id, "running")
    assert running["StateTransitionReason"] == ""
    assert "StateReason" not in running


def test_05_calls_that_change_nothing_and_calls_that_are_too_late(ec2: Any, launch: Any, reach: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    assert states(ec2.start_instances(InstanceIds=[id])["StartingInstances"]) == [("running", 16, "running", 16)]
    ec2.stop_instances(InstanceIds=[id])
    reach(id, "stopped")
    assert states(ec2.stop_instances(InstanceIds=[id])["StoppingInstances"]) == [("stopped", 80, "stopped", 80)]
    assert refused(ec2.reboot_instances, InstanceIds=[id])[:2] == (400, "IncorrectInstanceState")
    ec2.terminate_instances(InstanceIds=[id])
    reach(id, "terminated")
    for act, verb in ((ec2.stop_instances, "stopped"), (ec2.start_instances, "started")):
        assert refused(act, InstanceIds=[id]) == (
            400,
            "IncorrectInstanceState",
            f"The instance '{id}' is not in a state from which it can be {verb}.",
        )


def test_05_one_that_cannot_change_refuses_the_whole_call(ec2: Any, launch: Any, reach: Any, one: Any) -> None:
    a, b = (launch()["Instances"][0]["InstanceId"] for _ in range(2))
    reach(a, "running")
    reach(b, "running")
    ec2.terminate_instances(InstanceIds=[b])
    reach(b, "terminated")
    assert refused(ec2.stop_instances, InstanceIds=[a, b])[1] == "IncorrectInstanceState"
    assert refused(ec2.stop_instances, InstanceIds=[a, ABSENT])[1] == "InvalidInstanceID.NotFound"
    assert one(a)["State"]["Name"] == "running"


def test_06_client_token(ec2: Any, launch: Any, name: str) -> None:
    first = launch(ClientToken=name, MinCount=2, MaxCount=2)
    again = launch(ClientToken=name, MinCount=2, MaxCount=2)
    assert again["ReservationId"] == first["ReservationId"]
    ids = [i["InstanceId"] for i in first["Instances"]]
    assert [i["InstanceId"] for i in again["Instances"]] == ids
    assert {i["ClientToken"] for i in again["Instances"]} == {name}
    status, code, _ = refused(launch, ClientToken=name, MinCount=1, MaxCount=2)
    assert (status, code) == (400, "IdempotentParameterMismatch")
    shown = ec2.describe_instances(Filters=[{"Name": "client-token", "Values": [name]}])["Reservations"]
    assert sorted(i["InstanceId"] for r in shown for i in r["Instances"]) == sorted(ids)


def test_06_the_token_of_an_instance_that_is_gone(ec2: Any, launch: Any, reach: Any, name: str) -> None:
    id = launch(ClientToken=name)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[id])
    reach(id, "terminated")
    assert refused(launch, ClientToken=name)[:2] == (400, "IdempotentInstanceTerminated")


def test_06_a_token_of_another_account_or_region(other: Any, elsewhere: Any, launch: Any, name: str) -> None:
    mine = launch(ClientToken=name)["Instances"][0]["InstanceId"]
    for client in (other, elsewhere):
        images = client.describe_images(
            Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}]
        )["Images"]
        image = images[0]["ImageId"]
        answer = client.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, ClientToken=name)
        id = answer["Instances"][0]["InstanceId"]
        assert id != mine
        client.terminate_instances(InstanceIds=[id])


def test_24_counts(launch: Any) -> None:
    assert len(launch(MinCount=1, MaxCount=3)["Instances"]) == 3
    assert [i["AmiLaunchIndex"] for i in launch(MinCount=2, MaxCount=2)["Instances"]] == [0, 1]
    assert refused(launch, MinCount=0, MaxCount=1)[:2] == (400, "InvalidParameterValue")
    assert refused(launch, MinCount=3, MaxCount=2)[:2] == (400, "InvalidParameterCombination")
    assert refused(launch, MinCount=2000, MaxCount=2000)[:2] in [
        (400, "InstanceLimitExceeded"),
        (400, "ResourceCountExceeded"),
    ]


def test_24_addresses_that_do_not_suffice(ec2: Any, vpc: Any, launch: Any) -> None:
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.1.2.0/28")["Subnet"]["SubnetId"]
    status, code, _ = refused(launch, MinCount=12, MaxCount=12, SubnetId=subnet)
    assert (status, code) == (400, "InsufficientFreeAddressesInSubnet")
    launched = launch(MinCount=1, MaxCount=12, SubnetId=subnet)["Instances"]
    assert len(launched) == 11
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 0
    ids = [i["InstanceId"] for i in launched]
    ec2.terminate_instances(InstanceIds=ids)
    gone = [{"Name": "instance-state-name", "Values": ["terminated"]}]
    eventually(
        lambda: [
            i for r in ec2.describe_instances(InstanceIds=ids, Filters=gone)["Reservations"] for i in r["Instances"]
        ],
        lambda found: len(found) == 11,
    )
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 11


def test_29_user_data_comes_back_as_it_was_given(ec2: Any, launch: Any) -> None:
    raw = bytes(range(256)) * 4
    id = launch(UserData=raw)["Instances"][0]["InstanceId"]
    shown = ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")
    assert base64.b64decode(shown["UserData"]["Value"]) == raw
    assert refused(launch, UserData=b"x" * 16385)[:2] == (400, "InvalidParameterValue")
    empty = launch()["Instances"][0]["InstanceId"]
    assert ec2.describe_instance_attribute(InstanceId=empty, Attribute="userData")["UserData"] == {}


def test_34_addresses_of_a_life(ec2: Any, launch: Any, reach: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    running = reach(id, "running")
    public, private = running["PublicIpAddress"], running["PrivateIpAddress"]
    association = running["NetworkInterfaces"][0]["Association"]
    assert (association["PublicIp"], association["IpOwnerId"]) == (public, "amazon")
    ec2.stop_instances(InstanceIds=[id])
    stopped = reach(id, "stopped")
    assert "PublicIpAddress" not in stopped
    assert stopped["PublicDnsName"] == ""
    assert "Association" not in stopped["NetworkInterfaces"][0]
    assert stopped["PrivateIpAddress"] == private
    ec2.start_instances(InstanceIds=[id])
    again = reach(id, "running")
    assert again["PrivateIpAddress"] == private
    assert again["PublicIpAddress"]
    assert again["PublicIpAddress"] != public
    assert again["LaunchTime"] >= running["LaunchTime"]


def test_34_a_public_address_only_where_it_is_asked_for(ec2: Any, vpc: Any, launch: Any) -> None:
    quiet = launch(SubnetId=vpc["SubnetId"])["Instances"][0]
    assert (
        "PublicIpAddress"
        not in ec2.describe_instances(InstanceIds=[quiet["InstanceId"]])["Reservations"][0]["Instances"][0]
    )
    interface = {"DeviceIndex": 0, "SubnetId": vpc["SubnetId"], "AssociatePublicIpAddress": True}
    loud = launch(NetworkInterfaces=[interface])["Instances"][0]["InstanceId"]
    shown = ec2.describe_instances(InstanceIds=[loud])["Reservations"][0]["Instances"][0]
    assert shown["PublicIpAddress"]
    ec2.modify_subnet_attribute(SubnetId=vpc["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    by_subnet = launch(SubnetId=vpc["SubnetId"])["Instances"][0]["InstanceId"]
    assert ec2.describe_instances(InstanceIds=[by_subnet])["Reservations"][0]["Instances"][0]["PublicIpAddress"]
    interface["AssociatePublicIpAddress"] = False
    none = launch(NetworkInterfaces=[interface])["Instances"][0]["InstanceId"]
    assert "PublicIpAddress" not in ec2.describe_instances(InstanceIds=[none])["Reservations"][0]["Instances"][0]


def test_35_names(endpoint: Endpoint, launch: Any, reach: Any) -> None:
    running = reach(launch()["Instances"][0]["InstanceId"], "running")
    dashed, public = running["PrivateIpAddress"].replace(".", "-"), running["PublicIpAddress"].replace(".", "-")
    north = endpoint.region == "us-east-1"
    inner = "ec2.internal" if north else f"{endpoint.region}.compute.internal"
    outer = "compute-1" if north else f"{endpoint.region}.compute"
    assert running["PrivateDnsName"] == f"ip-{dashed}.{inner}"
    assert running["PublicDnsName"] == f"ec2-{public}.{outer}.amazonaws.com"


def test_35_names_of_another_region(endpoint: Endpoint, elsewhere: Any) -> None:
    region = elsewhere.meta.region_name
    found = elsewhere.describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}]
    )
    launched = elsewhere.run_instances(
        ImageId=found["Images"][0]["ImageId"], InstanceType="t3.micro", MinCount=1, MaxCount=1
    )["Instances"][0]
    elsewhere.terminate_instances(InstanceIds=[launched["InstanceId"]])
    dashed = launched["PrivateIpAddress"].replace(".", "-")
    assert launched["PrivateDnsName"] == f"ip-{dashed}.{region}.compute.internal"
    assert launched["Placement"]["AvailabilityZone"].startswith(region)


def test_36_source_dest_check(ec2: Any, launch: Any, one: Any) -> None:
    launched = launch()["Instances"][0]
    id = launched["InstanceId"]
    assert (launched["SourceDestCheck"], launched["NetworkInterfaces"][0]["SourceDestCheck"]) == (True, True)
    ec2.modify_instance_attribute(InstanceId=id, SourceDestCheck={"Value": False})
    shown = one(id)
    assert (shown["SourceDestCheck"], shown["NetworkInterfaces"][0]["SourceDestCheck"]) == (False, False)


@pytest.mark.parametrize("force", [False, True])
def test_48_stop_and_reboot(ec2: Any, launch: Any, reach: Any, one: Any, force: bool) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    assert ec2.reboot_instances(InstanceIds=[id])["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert one(id)["State"]["Name"] == "running"
    ec2.stop_instances(InstanceIds=[id], Force=force)
    reach(id, "stopped")


def test_the_waiters_of_boto3(ec2: Any, launch: Any) -> None:
    quick = {"WaiterConfig": {"Delay": 1, "MaxAttempts": 60}}
    ids = [i["InstanceId"] for i in launch(MinCount=2, MaxCount=2)["Instances"]]
    ec2.get_waiter("instance_exists").wait(InstanceIds=ids, **quick)
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, **quick)
    ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids, **quick)
    ec2.get_waiter("system_status_ok").wait(InstanceIds=ids, **quick)
    ec2.stop_instances(InstanceIds=ids)
    ec2.get_waiter("instance_stopped").wait(InstanceIds=ids, **quick)
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, **quick)


def test_boto3_resources(resource: Any, ec2: Any, image: Any, name: str) -> None:
    [instance] = resource.create_instances(
        ImageId=image["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}],
    )
    try:
        assert instance.state["Name"] == "pending"
        instance.create_tags(Tags=[{"Key": "colour", "Value": "red"}])
        found = list(resource.instances.filter(Filters=[{"Name": "tag:Name", "Values": [name]}]))
        assert [i.id for i in found] == [instance.id]
        instance.reload()
        assert {t["Key"]: t["Value"] for t in instance.tags} == {"Name": name, "colour": "red"}
        assert instance.vpc.is_default
        assert instance.subnet.vpc_id == instance.vpc_id
        assert [v.attachments[0]["InstanceId"] for v in instance.volumes.all()] == [instance.id]
        assert [n.private_ip_address for n in instance.network_interfaces] == [instance.private_ip_address]
        assert instance.image.name == image["Name"]
        assert instance.describe_attribute(Attribute="instanceType")["InstanceType"]["Value"] == "t3.micro"
    finally:
        instance.terminate()
        eventually(lambda: (instance.reload(), instance.state["Name"])[1], lambda state: state == "terminated")
