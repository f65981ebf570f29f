"""Launch, see, start, stop, reboot and terminate through the face, down to the simulated hypervisor and back."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.launching import ami, code_of, launch, state, wait_for
from tests.refusal import refused


def test_a_launch_is_pending_then_running(ec2: Any) -> None:
    reservation = ec2.run_instances(ImageId=ami(ec2), MinCount=2, MaxCount=2, InstanceType="t3.micro")
    assert [i["State"] for i in reservation["Instances"]] == [{"Code": 0, "Name": "pending"}] * 2
    assert [i["AmiLaunchIndex"] for i in reservation["Instances"]] == [0, 1]
    ids = [i["InstanceId"] for i in reservation["Instances"]]
    wait_for(ec2, ids, "running")
    shown = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    assert [r["ReservationId"] for r in shown] == [reservation["ReservationId"]]
    first = shown[0]["Instances"][0]
    assert first["BlockDeviceMappings"][0]["Ebs"]["Status"] == "attached"
    assert "StateReason" not in first
    assert first["StateTransitionReason"] == ""
    assert first["MetadataOptions"]["State"] == "applied"


def test_a_launch_in_the_default_vpc_has_addresses_and_names(ec2: Any) -> None:
    instance = launch(ec2)
    assert instance["PrivateIpAddress"].startswith("172.31.")
    dashed = instance["PrivateIpAddress"].replace(".", "-")
    assert instance["PrivateDnsName"] == f"ip-{dashed}.ec2.internal"
    public = instance["PublicIpAddress"].replace(".", "-")
    assert instance["PublicDnsName"] == f"ec2-{public}.compute-1.amazonaws.com"
    nic = instance["NetworkInterfaces"][0]
    assert nic["Association"]["PublicIp"] == instance["PublicIpAddress"]
    assert nic["Attachment"]["DeviceIndex"] == 0
    assert [g["GroupName"] for g in instance["SecurityGroups"]] == ["default"]


def test_an_empty_placement_is_none(ec2: Any) -> None:
    zone = launch(ec2, Placement={"AvailabilityZone": ""})["Placement"]["AvailabilityZone"]
    assert zone.startswith("us-east-1")


def test_the_public_address_goes_with_a_stop_and_comes_anew_with_a_start(ec2: Any) -> None:
    before = launch(ec2)
    id = before["InstanceId"]
    changes = ec2.stop_instances(InstanceIds=[id])["StoppingInstances"]
    assert changes == [
        {
            "InstanceId": id,
            "PreviousState": {"Code": 16, "Name": "running"},
            "CurrentState": {"Code": 64, "Name": "stopping"},
        }
    ]
    stopped = wait_for(ec2, [id], "stopped")[0]
    assert "PublicIpAddress" not in stopped
    assert stopped["PrivateIpAddress"] == before["PrivateIpAddress"]
    assert stopped["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert stopped["StateTransitionReason"].startswith("User initiated (20")
    ec2.start_instances(InstanceIds=[id])
    again = wait_for(ec2, [id], "running")[0]
    assert again["PrivateIpAddress"] == before["PrivateIpAddress"]
    assert again["PublicIpAddress"] != before["PublicIpAddress"]
    assert "StateReason" not in again


def test_stop_of_stopped_and_start_of_running_change_nothing(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    assert ec2.start_instances(InstanceIds=[id])["StartingInstances"][0]["CurrentState"]["Name"] == "running"
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    assert ec2.stop_instances(InstanceIds=[id])["StoppingInstances"][0]["CurrentState"]["Name"] == "stopped"


@pytest.mark.parametrize("verb", ["start", "stop", "terminate"])
def test_there_must_be_an_instance_to_change(ec2: Any, verb: str) -> None:
    with refused("InvalidParameterCombination", "No instances specified"):
        getattr(ec2, f"{verb}_instances")(InstanceIds=[])


def test_a_terminated_instance_stays_visible_without_its_network(ec2: Any) -> None:
    reservation = ec2.run_instances(
        ImageId=ami(ec2),
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "short-lived"}]}],
    )
    id = reservation["Instances"][0]["InstanceId"]
    wait_for(ec2, [id], "running")
    ec2.terminate_instances(InstanceIds=[id])
    gone = wait_for(ec2, [id], "terminated")[0]
    for member in ("VpcId", "SubnetId", "PrivateIpAddress", "PublicIpAddress"):
        assert member not in gone
    assert gone["NetworkInterfaces"] == gone["BlockDeviceMappings"] == []
    assert gone["Tags"] == [{"Key": "Name", "Value": "short-lived"}]
    assert ec2.describe_volumes()["Volumes"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    for call in (ec2.start_instances, ec2.stop_instances):
        assert code_of(call, InstanceIds=[id]) == "IncorrectInstanceState"
    ec2.reboot_instances(InstanceIds=[id])  # AWS ignores it
    assert ec2.terminate_instances(InstanceIds=[id])["TerminatingInstances"][0]["CurrentState"]["Code"] == 48


def test_a_batch_with_one_protected_instance_is_refused_whole(ec2: Any) -> None:
    free = launch(ec2)["InstanceId"]
    kept = launch(ec2, DisableApiTermination=True)["InstanceId"]
    assert code_of(ec2.terminate_instances, InstanceIds=[free, kept]) == "OperationNotPermitted"
    assert state(ec2, free) == state(ec2, kept) == "running"


def test_a_client_token_gives_the_same_instances_as_they_are_now(ec2: Any) -> None:
    given = {"ImageId": ami(ec2), "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", "ClientToken": "once"}
    first = ec2.run_instances(**given)["Instances"][0]["InstanceId"]
    wait_for(ec2, [first], "running")
    again = ec2.run_instances(**given)["Instances"][0]
    assert again["InstanceId"] == first
    assert again["ClientToken"] == "once"
    assert code_of(ec2.run_instances, **given | {"MaxCount": 2}) == "IdempotentParameterMismatch"


def test_a_dry_run_leaves_nothing(ec2: Any) -> None:
    given = {"ImageId": ami(ec2), "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", "DryRun": True}
    with pytest.raises(ClientError) as refused:
        ec2.run_instances(**given)
    assert refused.value.response["Error"]["Code"] == "DryRunOperation"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert ec2.describe_instances()["Reservations"] == []


def test_what_does_not_fit_launches_the_least_or_nothing(new_cloud: Any) -> None:
    cloud = new_cloud(simulated_vcpus=8, zones=1)
    ec2 = cloud.client()
    got = ec2.run_instances(ImageId=ami(ec2), MinCount=2, MaxCount=9, InstanceType="t3.micro")["Instances"]
    assert len(got) == 4
    with pytest.raises(ClientError) as refused:
        ec2.run_instances(ImageId=ami(ec2), MinCount=1, MaxCount=1, InstanceType="t3.micro")
    assert refused.value.response["Error"]["Code"] == "InsufficientInstanceCapacity"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    ids = [i["InstanceId"] for i in got]
    wait_for(ec2, ids, "running")
    ec2.stop_instances(InstanceIds=ids[:1])
    wait_for(ec2, ids[:1], "stopped")
    launch(ec2)
    assert code_of(ec2.start_instances, InstanceIds=ids[:1]) == "InsufficientInstanceCapacity"


def test_a_launch_that_fails_on_the_host_ends_terminated_with_its_reason(new_cloud: Any) -> None:
    ec2 = new_cloud(simulated_fail_operations="start").client()
    id = launch(ec2, until=None)["InstanceId"]
    ended = wait_for(ec2, [id], "terminated")[0]
    assert ended["StateReason"]["Code"] == "Server.InternalError"
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_shutdown_from_inside_stops_or_terminates(ec2: Any) -> None:
    directive = [
        {"ResourceType": "instance", "Tags": [{"Key": "ec2api:simulate", "Value": "guest-shutdown-after:0.1"}]}
    ]
    stops = launch(ec2, until=None, TagSpecifications=directive)["InstanceId"]
    ends = launch(ec2, until=None, TagSpecifications=directive, InstanceInitiatedShutdownBehavior="terminate")[
        "InstanceId"
    ]
    stopped = wait_for(ec2, [stops], "stopped")[0]
    assert stopped["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    wait_for(ec2, [ends], "terminated")


def test_a_reboot_shows_in_the_console(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    ec2.reboot_instances(InstanceIds=[id])
    until = time.monotonic() + 10
    while time.monotonic() < until:
        output = ec2.get_console_output(InstanceId=id).get("Output", "")
        if output.count("Linux version") >= 2:
            return
        time.sleep(0.02)
    pytest.fail("the console shows one boot only")


def test_volumes_and_interfaces_that_are_to_stay_do_so(ec2: Any) -> None:
    instance = launch(
        ec2,
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 7, "DeleteOnTermination": False}},
            {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 8}},
        ],
        NetworkInterfaces=[{"DeviceIndex": 0, "DeleteOnTermination": False, "Description": "kept"}],
    )
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    wait_for(ec2, [instance["InstanceId"]], "terminated")
    (volume,) = ec2.describe_volumes()["Volumes"]
    assert (volume["Size"], volume["State"], volume["Attachments"]) == (7, "available", [])
    nic = ec2.describe_network_interfaces()["NetworkInterfaces"][0]
    assert (nic["Description"], nic["Status"]) == ("kept", "available")
    again = launch(ec2, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": nic["NetworkInterfaceId"]}])
    assert again["PrivateIpAddress"] == instance["PrivateIpAddress"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ImageId": "ami-1"}, "InvalidAMIID.Malformed"),
        ({"ImageId": "ami-00000000000000000"}, "InvalidAMIID.NotFound"),
        ({"InstanceType": "t9.huge"}, "InvalidParameterValue"),
        ({"InstanceType": "t4g.micro"}, "InvalidParameterValue"),
        ({"MinCount": 2, "MaxCount": 1}, "InvalidParameterCombination"),
        ({"KeyName": "none"}, "InvalidKeyPair.NotFound"),
        ({"SecurityGroups": ["none"]}, "InvalidGroup.NotFound"),
        ({"SecurityGroupIds": ["sg-00000000000000000"]}, "InvalidGroup.NotFound"),
        ({"SubnetId": "subnet-00000000000000000"}, "InvalidSubnetID.NotFound"),
        ({"Placement": {"AvailabilityZone": "us-east-1z"}}, "InvalidParameterValue"),
        ({"Placement": {"GroupName": "none"}}, "InvalidPlacementGroup.Unknown"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}]}, "InvalidBlockDeviceMapping"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sdf", "Ebs": {}}]}, "InvalidBlockDeviceMapping"),
        ({"HibernationOptions": {"Configured": True}}, "UnsupportedHibernationConfiguration"),
        ({"CreditSpecification": {"CpuCredits": "free"}}, "InvalidParameterValue"),
        ({"CpuOptions": {"CoreCount": 3, "ThreadsPerCore": 1}}, "InvalidParameterValue"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0}], "SecurityGroups": ["default"]}, "InvalidParameterCombination"),
        ({"NetworkInterfaces": [{"DeviceIndex": 1}]}, "InvalidParameterCombination"),
        ({"IamInstanceProfile": {"Name": "x"}}, "InvalidParameterValue"),
        (
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]},
            "InvalidParameterValue",
        ),
    ],
)
def test_bad_launches_are_refused_and_leave_nothing(ec2: Any, given: dict[str, Any], code: str) -> None:
    valid = {"ImageId": ami(ec2), "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro"}
    assert code_of(ec2.run_instances, **valid | given) == code
    assert ec2.describe_instances()["Reservations"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
