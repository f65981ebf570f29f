"""What RunInstances refuses, what it chooses by itself, and what may follow in which state."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.launching import code_of, launch, wait_for
from tests.refusal import refused

DISK = {"VolumeSize": 10}


def disk(device: str = "/dev/sdf", **ebs: Any) -> list[dict[str, Any]]:
    return [{"DeviceName": device, "Ebs": DISK | ebs}]


def interfaces(*given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"DeviceIndex": index, **one} for index, one in enumerate(given)]


def volumes(ec2: Any, instance: dict[str, Any]) -> Any:
    """By device."""
    ids = [mapping["Ebs"]["VolumeId"] for mapping in instance["BlockDeviceMappings"]]
    return {v["Attachments"][0]["Device"]: v for v in ec2.describe_volumes(VolumeIds=ids)["Volumes"]}


def image(ec2: Any, pattern: str) -> str:
    found = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "name", "Values": [pattern]}])["Images"]
    return str(found[0]["ImageId"])


@pytest.mark.parametrize(
    ("mapping", "code", "says"),
    [
        (disk("nvme1n1"), "InvalidBlockDeviceMapping", "Invalid device name"),
        (disk("/dev/sdf/x"), "InvalidBlockDeviceMapping", "Invalid device name"),
        (disk(VolumeType="gp2", Iops=300), "InvalidParameterCombination", "iops"),
        (disk(VolumeSize=-5), "InvalidParameterValue", "Volume of -5GiB"),
        (disk("/dev/xvda", VolumeSize=-5), "InvalidParameterValue", "Volume of -5GiB"),
        ([{**disk()[0], "VirtualName": "ephemeral0"}], "InvalidBlockDeviceMapping", "not both"),
        ([disk(f"/dev/sdf{n}")[0] for n in range(1, 28)], "AttachmentLimitExceeded", "Volume count 28"),
    ],
)
def test_disks_that_cannot_be(ec2: Any, mapping: Sequence[dict[str, Any]], code: str, says: str) -> None:
    with refused(code, says):
        launch(ec2, until=None, BlockDeviceMappings=mapping)
    assert ec2.describe_volumes()["Volumes"] == []


@pytest.mark.parametrize("device", ["/dev/sdf", "xvdba", "/dev/xvdf", "/dev/sdb1", "sdh"])
def test_a_disk_of_a_launch_goes_with_its_instance_unless_told_otherwise(ec2: Any, device: str) -> None:
    instance = launch(ec2, BlockDeviceMappings=disk(device) + disk("/dev/sdz", DeleteOnTermination=False))
    found = volumes(ec2, instance)
    assert found[device]["Attachments"][0]["DeleteOnTermination"] is True
    assert found["/dev/sdz"]["Attachments"][0]["DeleteOnTermination"] is False


@pytest.mark.parametrize(
    ("key", "ending"),
    [
        ({}, "key/[0-9a-f-]{36}"),
        ({"KmsKeyId": "alias/mine"}, "alias/mine"),
        ({"KmsKeyId": "0123-4567"}, "key/0123-4567"),
        ({"KmsKeyId": "arn:aws:kms:us-east-1:1:key/x"}, "key/x"),
    ],
)
def test_a_key_is_shown_as_an_arn(ec2: Any, key: dict[str, str], ending: str) -> None:
    found = volumes(ec2, launch(ec2, BlockDeviceMappings=disk(Encrypted=True, **key)))["/dev/sdf"]
    assert re.fullmatch(f"arn:aws:kms:us-east-1:[0-9]+:{ending}", found["KmsKeyId"])


@pytest.mark.parametrize(
    ("wanted", "code", "says"),
    [
        (interfaces({}, {}, {}), "AttachmentLimitExceeded", "Interface count 3 exceeds the limit for t3.micro"),
        (interfaces({}, {"NetworkCardIndex": 1}), "InvalidParameterValue", "NetworkCardIndex"),
        (interfaces({"InterfaceType": "efa"}), "InvalidParameterCombination", "Elastic Fabric"),
        (interfaces({"SecondaryPrivateIpAddressCount": -1}), "InvalidParameterValue", "negative"),
        (interfaces({}, {"NetworkCardIndex": -1}), "InvalidParameterValue", "negative"),
        ([*interfaces({}), {"DeviceIndex": -1}], "InvalidParameterValue", "negative"),
    ],
)
def test_interfaces_that_the_type_cannot_have(ec2: Any, wanted: Sequence[dict[str, Any]], code: str, says: str) -> None:
    with refused(code, says):
        launch(ec2, until=None, NetworkInterfaces=wanted)


def test_only_an_instance_with_one_interface_gets_a_public_address_by_itself(ec2: Any) -> None:
    assert "PublicIpAddress" in launch(ec2, NetworkInterfaces=interfaces({}))
    assert "PublicIpAddress" not in launch(ec2, NetworkInterfaces=interfaces({}, {}))


@pytest.mark.parametrize("member", ["PrivateIpAddress", "NetworkInterfaces"])
def test_an_address_decides_about_the_default_subnet(ec2: Any, member: str) -> None:
    for subnet in ec2.describe_subnets()["Subnets"]:
        address = subnet["CidrBlock"].replace(".0/20", ".99")
        given: Any = address if member == "PrivateIpAddress" else interfaces({"PrivateIpAddress": address})
        found = launch(ec2, **{member: given})
        assert (found["PrivateIpAddress"], found["SubnetId"]) == (address, subnet["SubnetId"])
    assert code_of(launch, ec2=ec2, PrivateIpAddress="10.0.0.9") == "InvalidParameterValue"


def test_secondary_addresses_have_names_too(ec2: Any) -> None:
    instance = launch(ec2, NetworkInterfaces=interfaces({"SecondaryPrivateIpAddressCount": 1}))
    (interface,) = instance["NetworkInterfaces"]
    for address in interface["PrivateIpAddresses"]:
        dashed = address["PrivateIpAddress"].replace(".", "-")
        assert address["PrivateDnsName"] == f"ip-{dashed}.ec2.internal"
    (described,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert described["PrivateIpAddresses"] == interface["PrivateIpAddresses"]


def test_a_key_pair_must_exist_and_fit_the_system(ec2: Any) -> None:
    windows = image(ec2, "Windows_Server-2022-English-Full-Base-*")
    for kind in ("rsa", "ed25519"):
        ec2.create_key_pair(KeyName=kind, KeyType=kind)
    assert launch(ec2, until=None, ImageId=windows, KeyName="rsa", InstanceType="t3.small")["KeyName"] == "rsa"
    with refused("UnsupportedOperation", "ED25519"):
        launch(ec2, until=None, ImageId=windows, KeyName="ed25519", InstanceType="t3.small")
    assert code_of(launch, ec2=ec2, KeyName="") == "InvalidKeyPair.NotFound"


def test_hibernation_and_enclaves_exclude_each_other(ec2: Any) -> None:
    wanted: dict[str, Any] = {
        "InstanceType": "c5.xlarge",
        "HibernationOptions": {"Configured": True},
        "BlockDeviceMappings": disk("/dev/xvda", Encrypted=True, VolumeSize=30),
    }
    with refused("UnsupportedHibernationConfiguration", "Enclaves"):
        launch(ec2, until=None, EnclaveOptions={"Enabled": True}, **wanted)
    id = launch(ec2, **wanted)["InstanceId"]
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    with refused("InvalidParameterCombination", "Enclaves"):
        ec2.modify_instance_attribute(InstanceId=id, EnclaveOptions={"Enabled": True})


def test_an_image_that_asks_for_a_tpm_gets_one_or_another_type(ec2: Any) -> None:
    wanted: dict[str, Any] = {"ImageId": image(ec2, "Windows_Server-2025-English-Full-Base-*"), "until": None}
    id = launch(ec2, InstanceType="t3.small", **wanted)["InstanceId"]
    found = ec2.describe_instances(Filters=[{"Name": "tpm-support", "Values": ["v2.0"]}])["Reservations"]
    assert [(i["InstanceId"], i["TpmSupport"]) for r in found for i in r["Instances"]] == [(id, "v2.0")]
    with refused("InvalidParameterCombination", "NitroTPM"):
        launch(ec2, InstanceType="t2.small", **wanted)


def test_what_is_the_same_of_every_instance_is_shown_and_found(ec2: Any) -> None:
    instance = launch(ec2)
    assert instance["NetworkPerformanceOptions"] == {"BandwidthWeighting": "default"}
    assert instance["Operator"] == instance["NetworkInterfaces"][0]["Operator"] == {"Managed": False}
    (zone,) = ec2.describe_availability_zones(ZoneNames=[instance["Placement"]["AvailabilityZone"]])[
        "AvailabilityZones"
    ]
    assert instance["Placement"]["AvailabilityZoneId"] == zone["ZoneId"]
    for name, value in (("network-performance-options.bandwidth-weighting", "default"), ("operator.managed", "false")):
        found = ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}], IncludeManagedResources=True)
        assert found["Reservations"][0]["Instances"][0]["InstanceId"] == instance["InstanceId"]


def test_a_launch_says_that_it_is_pending_and_cannot_be_stopped_yet(new_cloud: Callable[..., Embedded]) -> None:
    ec2 = new_cloud(simulated_boot_seconds=0.5).client()
    instance = launch(ec2, until=None)
    assert instance["StateReason"] == {"Code": "pending", "Message": "pending"}
    id = instance["InstanceId"]
    with refused("IncorrectInstanceState", f"Instance '{id}' cannot be stopped as it has never reached the 'running'"):
        ec2.stop_instances(InstanceIds=[id])
    assert "StateReason" not in wait_for(ec2, [id], "running")[0]
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    ec2.start_instances(InstanceIds=[id])  # pending once more: it ran before, so it may be stopped
    assert ec2.stop_instances(InstanceIds=[id])["StoppingInstances"][0]["PreviousState"]["Name"] == "pending"


@pytest.mark.parametrize("member", ["Force", "SkipOsShutdown"])
def test_a_stop_need_not_wait_for_the_guest(new_cloud: Callable[..., Embedded], member: str) -> None:
    ec2 = new_cloud(simulated_stop_seconds=60).client()
    patient, hasty = launch(ec2)["InstanceId"], launch(ec2)["InstanceId"]
    ec2.stop_instances(InstanceIds=[patient])
    ec2.stop_instances(InstanceIds=[hasty], **{member: True})
    wait_for(ec2, [hasty], "stopped")
    wait_for(ec2, [patient], "stopping")
    ec2.stop_instances(InstanceIds=[patient], **{member: True})
    wait_for(ec2, [patient], "stopped")


def test_a_termination_shuts_the_system_down_unless_that_is_skipped(new_cloud: Callable[..., Embedded]) -> None:
    """What is already on its way can still be hurried; Force does no more than the end of the grace period."""
    ec2 = new_cloud(simulated_stop_seconds=60).client()
    patient, hasty = launch(ec2)["InstanceId"], launch(ec2)["InstanceId"]
    ec2.terminate_instances(InstanceIds=[patient], Force=True)
    ec2.terminate_instances(InstanceIds=[hasty], SkipOsShutdown=True)
    wait_for(ec2, [hasty], "terminated")
    wait_for(ec2, [patient], "shutting-down")
    ec2.terminate_instances(InstanceIds=[patient], SkipOsShutdown=True)
    wait_for(ec2, [patient], "terminated")
