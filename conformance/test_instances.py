"""What an instance is made of, and its attributes. A test's number is a line of AWS's semantics."""

import base64
import gzip
from typing import Any

import pytest

from conformance.endpoint import eventually
from conformance.wire import refused


def attribute(ec2: Any, instance_id: str, name: str) -> Any:
    found = ec2.describe_instance_attribute(InstanceId=instance_id, Attribute=name)
    assert found["InstanceId"] == instance_id
    return found[name[:1].upper() + name[1:]]


def test_14_forms_of_ids(launch: Any, reach: Any) -> None:
    reservation = launch()
    running = reach(reservation["Instances"][0]["InstanceId"], "running")
    nic = running["NetworkInterfaces"][0]
    for prefix, id in (
        ("r", reservation["ReservationId"]),
        ("i", running["InstanceId"]),
        ("ami", running["ImageId"]),
        ("vpc", running["VpcId"]),
        ("subnet", running["SubnetId"]),
        ("sg", running["SecurityGroups"][0]["GroupId"]),
        ("vol", running["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]),
        ("eni", nic["NetworkInterfaceId"]),
        ("eni-attach", nic["Attachment"]["AttachmentId"]),
    ):
        assert id.startswith(f"{prefix}-")
        digits = id.removeprefix(f"{prefix}-")
        assert len(digits) in (8, 17)
        assert set(digits) <= set("0123456789abcdef")


DEFAULTS = {
    "Monitoring": {"State": "disabled"},
    "EbsOptimized": False,
    "HibernationOptions": {"Configured": False},
    "EnclaveOptions": {"Enabled": False},
    "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
    "Hypervisor": "xen",
    "VirtualizationType": "hvm",
    "RootDeviceType": "ebs",
    "Architecture": "x86_64",
    "AmiLaunchIndex": 0,
    "ProductCodes": [],
    "SourceDestCheck": True,
    "EnaSupport": True,
}


def test_defaults_that_terraform_reads_back(launch: Any, reach: Any) -> None:
    running = reach(launch()["Instances"][0]["InstanceId"], "running")
    assert {name: running[name] for name in DEFAULTS} == DEFAULTS
    assert running["Placement"]["Tenancy"] == "default"
    assert running["MaintenanceOptions"]["AutoRecovery"] == "default"
    assert running["PrivateDnsNameOptions"]["HostnameType"] == "ip-name"
    assert running["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}
    assert running["MetadataOptions"]["State"] == "applied"
    assert running["MetadataOptions"]["HttpEndpoint"] == "enabled"
    assert running["RootDeviceName"] in {m["DeviceName"] for m in running["BlockDeviceMappings"]}
    assert running["NetworkInterfaces"][0]["Attachment"]["DeviceIndex"] == 0
    assert running["NetworkInterfaces"][0]["Groups"] == running["SecurityGroups"]


def test_41_block_devices(ec2: Any, image: Any, launch: Any, reach: Any) -> None:
    root = image["RootDeviceName"]
    devices = [
        {
            "DeviceName": root,
            "Ebs": {"VolumeSize": 30, "VolumeType": "gp3", "Iops": 4000, "DeleteOnTermination": False},
        },
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5, "DeleteOnTermination": False}},
        {"DeviceName": "/dev/sdg", "Ebs": {"VolumeSize": 1}},
    ]
    running = reach(launch(BlockDeviceMappings=devices)["Instances"][0]["InstanceId"], "running")
    shown = {m["DeviceName"]: m["Ebs"] for m in running["BlockDeviceMappings"]}
    goes = {device: mapping["DeleteOnTermination"] for device, mapping in shown.items()}
    assert goes == {root: False, "/dev/sdf": False, "/dev/sdg": True}
    assert {m["Status"] for m in shown.values()} == {"attached"}
    ids = [m["VolumeId"] for m in shown.values()]
    volumes = {v["VolumeId"]: v for v in ec2.describe_volumes(VolumeIds=ids)["Volumes"]}
    first, second, third = (volumes[shown[d]["VolumeId"]] for d in (root, "/dev/sdf", "/dev/sdg"))
    assert (first["Size"], first["VolumeType"], first["Iops"], first["State"]) == (30, "gp3", 4000, "in-use")
    assert (second["Size"], second["VolumeType"], second["Iops"]) == (5, "gp2", 100)
    assert first["Attachments"][0]["InstanceId"] == running["InstanceId"]
    ec2.terminate_instances(InstanceIds=[running["InstanceId"]])
    reach(running["InstanceId"], "terminated")
    gone = third["VolumeId"]
    assert refused(ec2.describe_volumes, VolumeIds=[gone])[1:] == (
        "InvalidVolume.NotFound",
        f"The volume '{gone}' does not exist.",
    )
    kept = eventually(
        lambda: ec2.describe_volumes(VolumeIds=[first["VolumeId"], second["VolumeId"]])["Volumes"],
        lambda volumes: {v["State"] for v in volumes} == {"available"},
    )
    assert [v["Attachments"] for v in kept] == [[], []]


BAD_DEVICES: list[tuple[dict[str, Any], set[str]]] = [
    ({"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 1}}, {"InvalidBlockDeviceMapping"}),
    ({"DeviceName": "/dev/sdf", "Ebs": {"SnapshotId": "snap-0123456789abcdef0"}}, {"InvalidSnapshot.NotFound"}),
    ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "VolumeType": "io1"}}, {"InvalidParameterCombination"}),
    ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "VolumeType": "st1"}}, {"InvalidParameterValue"}),
    ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "VolumeType": "tape"}}, {"InvalidParameterValue"}),
    ({"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 0}}, {"InvalidParameterValue", "InvalidBlockDeviceMapping"}),
    ({"DeviceName": "/dev/sdf", "Ebs": {}}, {"MissingParameter", "InvalidBlockDeviceMapping"}),
]


@pytest.mark.parametrize(("device", "codes"), BAD_DEVICES)
def test_41_block_devices_that_are_refused(launch: Any, device: dict[str, Any], codes: set[str]) -> None:
    status, code, _ = refused(launch, BlockDeviceMappings=[device])
    assert status == 400
    assert code in codes


def test_45_types_and_architectures(ec2: Any, launch: Any) -> None:
    [t3] = ec2.describe_instance_types(InstanceTypes=["t3.micro"])["InstanceTypes"]
    assert t3["VCpuInfo"]["DefaultVCpus"] == 2
    assert t3["MemoryInfo"] == {"SizeInMiB": 1024}
    for member in ("NetworkInfo", "EbsInfo", "ProcessorInfo", "PlacementGroupInfo", "SupportedRootDeviceTypes"):
        assert t3[member]
    assert t3["BurstablePerformanceSupported"]
    assert t3["ProcessorInfo"]["SupportedArchitectures"] == ["x86_64"]
    assert refused(ec2.describe_instance_types, InstanceTypes=["t9.huge", "t3.micro"]) == (
        400,
        "InvalidInstanceType",
        "The following supplied instance types do not exist: [t9.huge]",
    )
    assert refused(launch, InstanceType="t9.huge") == (
        400,
        "InvalidParameterValue",
        "Invalid value 't9.huge' for InstanceType.",
    )
    assert refused(launch, InstanceType="t4g.micro") == (
        400,
        "InvalidParameterValue",
        "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the "
        "specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.",
    )


def test_46_what_needs_a_stopped_instance(ec2: Any, launch: Any, reach: Any, one: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    change = ec2.modify_instance_attribute
    assert refused(change, InstanceId=id, InstanceType={"Value": "t3.small"})[:2] == (400, "IncorrectInstanceState")
    assert refused(change, InstanceId=id, UserData={"Value": b"x"})[:2] == (400, "IncorrectInstanceState")
    both = {"DisableApiTermination": {"Value": False}, "EbsOptimized": {"Value": False}}
    assert refused(change, InstanceId=id, **both)[:2] == (400, "InvalidParameterCombination")
    ec2.stop_instances(InstanceIds=[id])
    reach(id, "stopped")
    change(InstanceId=id, InstanceType={"Value": "t3.small"})
    text = gzip.compress(b"#!/bin/sh\necho later\n")
    change(InstanceId=id, UserData={"Value": text})
    assert one(id)["InstanceType"] == "t3.small"
    assert base64.b64decode(attribute(ec2, id, "userData")["Value"]) == text
    assert refused(change, InstanceId=id, InstanceType={"Value": "t9.huge"})[1] in (
        "InvalidInstanceAttributeValue",
        "InvalidParameterValue",
    )
    ec2.start_instances(InstanceIds=[id])
    assert reach(id, "running")["InstanceType"] == "t3.small"


def test_47_protection_from_termination(ec2: Any, launch: Any, reach: Any, one: Any) -> None:
    protected = launch(DisableApiTermination=True)["Instances"][0]["InstanceId"]
    plain = launch()["Instances"][0]["InstanceId"]
    reach(protected, "running")
    reach(plain, "running")
    assert attribute(ec2, protected, "disableApiTermination") == {"Value": True}
    assert refused(ec2.terminate_instances, InstanceIds=[plain, protected]) == (
        400,
        "OperationNotPermitted",
        f"The instance '{protected}' may not be terminated. Modify its 'disableApiTermination' instance attribute "
        "and try again.",
    )
    assert one(plain)["State"]["Name"] == "running", "the whole batch is refused"
    ec2.modify_instance_attribute(InstanceId=protected, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[protected])


def test_47_protection_from_stops(ec2: Any, launch: Any, reach: Any) -> None:
    id = launch(DisableApiStop=True)["Instances"][0]["InstanceId"]
    reach(id, "running")
    assert attribute(ec2, id, "disableApiStop") == {"Value": True}
    assert refused(ec2.stop_instances, InstanceIds=[id])[:2] == (400, "OperationNotPermitted")
    ec2.modify_instance_attribute(InstanceId=id, Attribute="disableApiStop", Value="false")
    ec2.stop_instances(InstanceIds=[id])
    reach(id, "stopped")


def test_48_shutdown_behaviour(ec2: Any, launch: Any) -> None:
    id = launch(InstanceInitiatedShutdownBehavior="terminate")["Instances"][0]["InstanceId"]
    assert attribute(ec2, id, "instanceInitiatedShutdownBehavior") == {"Value": "terminate"}
    ec2.modify_instance_attribute(InstanceId=id, InstanceInitiatedShutdownBehavior={"Value": "stop"})
    assert attribute(ec2, id, "instanceInitiatedShutdownBehavior") == {"Value": "stop"}


def test_49_hibernation(ec2: Any, image: Any, launch: Any, reach: Any) -> None:
    wanted = {"HibernationOptions": {"Configured": True}, "InstanceType": "m5.large"}
    assert refused(launch, **wanted)[:2] == (400, "UnsupportedHibernationConfiguration")
    root = [{"DeviceName": image["RootDeviceName"], "Ebs": {"Encrypted": True, "VolumeSize": 30}}]
    launched = launch(**wanted, BlockDeviceMappings=root)["Instances"][0]
    assert launched["HibernationOptions"] == {"Configured": True}
    plain = launch()["Instances"][0]["InstanceId"]
    reach(plain, "running")
    assert refused(ec2.stop_instances, InstanceIds=[plain], Hibernate=True)[:2] == (
        400,
        "UnsupportedHibernationConfiguration",
    )


def test_51_metadata_options(ec2: Any, launch: Any, reach: Any, one: Any) -> None:
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "InstanceMetadataTags": "enabled"}
    id = launch(MetadataOptions=options)["Instances"][0]["InstanceId"]
    shown = reach(id, "running")["MetadataOptions"]
    assert {name: shown[name] for name in options} == options
    change = {"HttpTokens": "optional", "HttpEndpoint": "disabled"}
    changed = ec2.modify_instance_metadata_options(InstanceId=id, **change)["InstanceMetadataOptions"]
    assert changed["State"] in ("pending", "applied")
    applied = eventually(lambda: one(id)["MetadataOptions"], lambda options: options["State"] == "applied")
    assert (applied["HttpTokens"], applied["HttpEndpoint"]) == ("optional", "disabled")
    assert refused(launch, MetadataOptions={"HttpPutResponseHopLimit": 65})[1] == "InvalidParameterValue"


def test_57_console_output(ec2: Any, launch: Any, reach: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    found = eventually(lambda: ec2.get_console_output(InstanceId=id), lambda answer: answer.get("Output"))
    assert found["InstanceId"] == id
    assert found["Timestamp"]
    assert "Linux" in found["Output"]
    assert ec2.get_console_output(InstanceId=id, Latest=True)["Output"]
    assert refused(ec2.get_console_output, InstanceId="i-0123456789abcdef0")[1] == "InvalidInstanceID.NotFound"


def test_57_the_console_on_the_wire_is_base64(wire: Any, launch: Any, reach: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    found = eventually(lambda: wire.call("GetConsoleOutput", InstanceId=id), lambda answer: answer.text("output"))
    assert base64.b64decode(found.text("output") or "", validate=True)


def test_57_password_data_is_empty(ec2: Any, launch: Any) -> None:
    id = launch()["Instances"][0]["InstanceId"]
    found = ec2.get_password_data(InstanceId=id)
    assert (found["InstanceId"], found["PasswordData"]) == (id, "")


def test_monitoring(ec2: Any, launch: Any, one: Any, reach: Any) -> None:
    id = launch(Monitoring={"Enabled": True})["Instances"][0]["InstanceId"]
    assert reach(id, "running")["Monitoring"] == {"State": "enabled"}
    [changed] = ec2.unmonitor_instances(InstanceIds=[id])["InstanceMonitorings"]
    assert changed["Monitoring"]["State"] in ("disabling", "disabled")
    eventually(lambda: one(id)["Monitoring"]["State"], lambda state: state == "disabled")
    [changed] = ec2.monitor_instances(InstanceIds=[id])["InstanceMonitorings"]
    assert changed["Monitoring"]["State"] in ("pending", "enabled")


def test_credits(ec2: Any, launch: Any, reach: Any) -> None:
    def credit(id: str) -> str:
        [found] = ec2.describe_instance_credit_specifications(InstanceIds=[id])["InstanceCreditSpecifications"]
        return str(found["CpuCredits"])

    id = launch()["Instances"][0]["InstanceId"]
    reach(id, "running")
    assert credit(id) == "unlimited"
    answer = ec2.modify_instance_credit_specification(
        InstanceCreditSpecifications=[{"InstanceId": id, "CpuCredits": "standard"}]
    )
    assert [s["InstanceId"] for s in answer["SuccessfulInstanceCreditSpecifications"]] == [id]
    assert credit(id) == "standard"
    t2 = launch(InstanceType="t2.micro")["Instances"][0]["InstanceId"]
    assert credit(t2) == "standard"


def test_groups_of_an_instance(ec2: Any, launch: Any, group: str, one: Any) -> None:
    id = launch(SecurityGroupIds=[group])["Instances"][0]["InstanceId"]
    assert [g["GroupId"] for g in one(id)["SecurityGroups"]] == [group]
    default = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
    ec2.modify_instance_attribute(InstanceId=id, Groups=[default])
    assert [g["GroupId"] for g in one(id)["SecurityGroups"]] == [default]
    assert [g["GroupId"] for g in one(id)["NetworkInterfaces"][0]["Groups"]] == [default]
    assert [g["GroupId"] for g in ec2.describe_instance_attribute(InstanceId=id, Attribute="groupSet")["Groups"]] == [
        default
    ]
    assert refused(launch, SecurityGroupIds=["sg-0123456789abcdef0"])[:2] == (400, "InvalidGroup.NotFound")
    assert refused(launch, SecurityGroups=["no such group"])[:2] == (400, "InvalidGroup.NotFound")


def test_unknown_images_and_keys(launch: Any) -> None:
    assert refused(launch, ImageId="ami-0123456789abcdef0") == (
        400,
        "InvalidAMIID.NotFound",
        "The image id '[ami-0123456789abcdef0]' does not exist",
    )
    assert refused(launch, ImageId="debian") == (
        400,
        "InvalidAMIID.Malformed",
        'Invalid id: "debian" (expecting "ami-...")',
    )
    assert refused(launch, KeyName="nobody's") == (
        400,
        "InvalidKeyPair.NotFound",
        "The key pair 'nobody's' does not exist",
    )
