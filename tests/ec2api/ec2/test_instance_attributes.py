"""Attributes of instances: each read back as it was set, in the states that AWS allows, down to the host."""

import base64
from typing import Any

import pytest
from sqlalchemy import update

from backend.db.models import Host, Image, Instance
from tests.conftest import Embedded
from tests.launching import code_of, launch, wait_for


@pytest.fixture
def running(ec2: Any) -> str:
    return str(launch(ec2)["InstanceId"])


@pytest.fixture
def stopped(ec2: Any) -> str:
    return stopped_of(ec2)


def stopped_of(ec2: Any, **given: Any) -> str:
    id = str(launch(ec2, **given)["InstanceId"])
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    return id


def attribute(ec2: Any, id: str, name: str) -> Any:
    answer = ec2.describe_instance_attribute(InstanceId=id, Attribute=name)
    del answer["ResponseMetadata"]
    assert answer.pop("InstanceId") == id
    (shown,) = answer.values()
    return shown


def instance(ec2: Any, id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


@pytest.mark.parametrize(
    ("name", "before", "given", "after"),
    [
        ("disableApiStop", {"Value": False}, {"DisableApiStop": {"Value": True}}, {"Value": True}),
        ("disableApiTermination", {"Value": False}, {"DisableApiTermination": {"Value": True}}, {"Value": True}),
        ("sourceDestCheck", {"Value": True}, {"SourceDestCheck": {"Value": False}}, {"Value": False}),
        (
            "instanceInitiatedShutdownBehavior",
            {"Value": "stop"},
            {"InstanceInitiatedShutdownBehavior": {"Value": "terminate"}},
            {"Value": "terminate"},
        ),
        ("disableApiStop", {"Value": False}, {"Attribute": "disableApiStop", "Value": "true"}, {"Value": True}),
        ("sourceDestCheck", {"Value": True}, {"Attribute": "sourceDestCheck", "Value": "False"}, {"Value": False}),
    ],
)
def test_an_attribute_of_a_running_instance_changes(
    ec2: Any, running: str, name: str, before: Any, given: Any, after: Any
) -> None:
    assert attribute(ec2, running, name) == before
    ec2.modify_instance_attribute(InstanceId=running, **given)
    assert attribute(ec2, running, name) == after


@pytest.mark.parametrize(
    ("name", "given", "after"),
    [
        ("instanceType", {"InstanceType": {"Value": "m5.xlarge"}}, {"Value": "m5.xlarge"}),
        ("instanceType", {"Attribute": "instanceType", "Value": "t2.micro"}, {"Value": "t2.micro"}),
        ("userData", {"UserData": {"Value": b"#!/bin/sh\n"}}, {"Value": base64.b64encode(b"#!/bin/sh\n").decode()}),
        ("userData", {"Attribute": "userData", "Value": "aGVsbG8="}, {"Value": "aGVsbG8="}),
        ("userData", {"UserData": {"Value": b""}}, {}),
        ("ebsOptimized", {"EbsOptimized": {"Value": True}}, {"Value": True}),
        ("sriovNetSupport", {"SriovNetSupport": {"Value": "simple"}}, {"Value": "simple"}),
    ],
)
def test_an_attribute_of_a_stopped_instance_changes(ec2: Any, stopped: str, name: str, given: Any, after: Any) -> None:
    assert code_of(ec2.modify_instance_attribute, InstanceId=launch(ec2)["InstanceId"], **given) == (
        "IncorrectInstanceState"
    )
    ec2.modify_instance_attribute(InstanceId=stopped, **given)
    assert attribute(ec2, stopped, name) == after


def test_a_changed_type_brings_its_size_and_its_credit_option(shared_cloud: Embedded, ec2: Any, account: str) -> None:
    id = stopped_of(ec2, InstanceType="m5.large", CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    ec2.modify_instance_attribute(InstanceId=id, InstanceType={"Value": "t3.2xlarge"})
    shown = instance(ec2, id)
    assert (shown["InstanceType"], shown["CpuOptions"]) == ("t3.2xlarge", {"CoreCount": 4, "ThreadsPerCore": 2})
    credits = ec2.describe_instance_credit_specifications(InstanceIds=[id])["InstanceCreditSpecifications"]
    assert credits == [{"InstanceId": id, "CpuCredits": "unlimited"}]
    ec2.start_instances(InstanceIds=[id])
    wait_for(ec2, [id], "running")
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
        row = uow.look_up(Instance, id)
        assert (row.vcpus, row.memory_mib) == (8, 32 * 1024)
        assert (row.claimed_vcpus, row.claimed_memory_mib) == (8, 32 * 1024)


def test_a_type_change_before_the_host_has_answered_gives_the_old_room_back(new_cloud: Any) -> None:
    cloud = new_cloud(simulated_boot_seconds=30)
    ec2 = cloud.client()
    host = free(cloud)
    id = launch(ec2, until=None, InstanceType="m5.4xlarge")["InstanceId"]
    with cloud.cloud.everywhere(write=True) as uow:  # as where the host's report of the stop is still on its way
        uow.execute(update(Instance).where(Instance.id == id).values(desired="stopped", state="stopped"))
        uow.commit()
    ec2.modify_instance_attribute(InstanceId=id, InstanceType={"Value": "m5.large"})
    assert free(cloud) == host


def free(cloud: Embedded) -> int:
    with cloud.cloud.everywhere(write=False) as uow:
        return sum(h.free_vcpus for h in uow.records(Host))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("t4g.micro", "InvalidParameterValue"),
        ("m1.small", "InvalidParameterCombination"),
        ("t9.micro", "InvalidInstanceAttributeValue"),
        ("", "InvalidInstanceAttributeValue"),
    ],
)
def test_a_type_that_does_not_fit_is_refused(ec2: Any, wanted: str, code: str) -> None:
    id = stopped_of(ec2)
    ec2.modify_instance_attribute(InstanceId=id, EbsOptimized={"Value": True})
    assert code_of(ec2.modify_instance_attribute, InstanceId=id, InstanceType={"Value": wanted}) == code
    assert attribute(ec2, id, "instanceType") == {"Value": "t3.micro"}


def test_enclaves_need_a_type_that_has_them(ec2: Any, stopped: str) -> None:
    enable = {"InstanceId": stopped, "EnclaveOptions": {"Enabled": True}}
    assert code_of(ec2.modify_instance_attribute, **enable) == "UnsupportedOperation"
    ec2.modify_instance_attribute(InstanceId=stopped, InstanceType={"Value": "m5.xlarge"})
    ec2.modify_instance_attribute(**enable)
    assert attribute(ec2, stopped, "enclaveOptions") == {"Enabled": True}
    back = {"InstanceId": stopped, "InstanceType": {"Value": "t3.micro"}}
    assert code_of(ec2.modify_instance_attribute, **back) == "UnsupportedOperation"


def test_ena_cannot_be_switched_off_where_the_type_needs_it(ec2: Any) -> None:
    id = stopped_of(ec2, InstanceType="t2.micro")
    ec2.modify_instance_attribute(InstanceId=id, EnaSupport={"Value": False})
    assert instance(ec2, id)["EnaSupport"] is False
    needs = {"InstanceId": id, "InstanceType": {"Value": "t3.micro"}}
    assert code_of(ec2.modify_instance_attribute, **needs) == "InvalidParameterCombination"
    ec2.modify_instance_attribute(InstanceId=id, EnaSupport={"Value": True})
    ec2.modify_instance_attribute(**needs)
    off = {"InstanceId": id, "EnaSupport": {"Value": False}}
    assert code_of(ec2.modify_instance_attribute, **off) == "InvalidParameterCombination"
    assert code_of(ec2.describe_instance_attribute, InstanceId=id, Attribute="enaSupport") == "InvalidParameterValue"


def test_source_dest_check_is_that_of_the_interface_and_can_be_reset(ec2: Any, running: str) -> None:
    ec2.modify_instance_attribute(InstanceId=running, SourceDestCheck={"Value": False})
    shown = instance(ec2, running)
    assert (shown["SourceDestCheck"], shown["NetworkInterfaces"][0]["SourceDestCheck"]) == (False, False)
    ec2.reset_instance_attribute(InstanceId=running, Attribute="sourceDestCheck")
    shown = instance(ec2, running)
    assert (shown["SourceDestCheck"], shown["NetworkInterfaces"][0]["SourceDestCheck"]) == (True, True)


def test_security_groups_are_replaced_within_the_vpc(ec2: Any, running: str) -> None:
    vpc_id = instance(ec2, running)["VpcId"]
    new = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"] for name in ("one", "two")
    ]
    ec2.modify_instance_attribute(InstanceId=running, Groups=new)
    named = [{"GroupId": new[0], "GroupName": "one"}, {"GroupId": new[1], "GroupName": "two"}]
    assert attribute(ec2, running, "groupSet") == named
    assert instance(ec2, running)["NetworkInterfaces"][0]["Groups"] == named
    other_vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    stranger = ec2.create_security_group(GroupName="far", Description="far", VpcId=other_vpc)["GroupId"]
    modify = ec2.modify_instance_attribute
    assert code_of(modify, InstanceId=running, Groups=[stranger]) == "InvalidParameter"
    assert code_of(modify, InstanceId=running, Groups=["sg-00000000000000000"]) == "InvalidGroup.NotFound"
    assert attribute(ec2, running, "groupSet") == named


def test_with_two_interfaces_the_call_must_name_one(ec2: Any) -> None:
    two = [{"DeviceIndex": index} for index in (0, 1)]
    id = launch(ec2, InstanceType="m5.large", NetworkInterfaces=two)["InstanceId"]
    group = instance(ec2, id)["SecurityGroups"][0]["GroupId"]
    for given in ({"SourceDestCheck": {"Value": False}}, {"Groups": [group]}):
        assert code_of(ec2.modify_instance_attribute, InstanceId=id, **given) == "InvalidInstanceID"


def test_delete_on_termination_of_a_volume_changes(ec2: Any, running: str) -> None:
    (root,) = attribute(ec2, running, "blockDeviceMapping")
    assert root["Ebs"]["DeleteOnTermination"] is True
    volume_id = root["Ebs"]["VolumeId"]

    def put(**entry: Any) -> None:
        ec2.modify_instance_attribute(InstanceId=running, BlockDeviceMappings=[entry])

    put(DeviceName=root["DeviceName"], Ebs={"DeleteOnTermination": False})
    assert attribute(ec2, running, "blockDeviceMapping")[0]["Ebs"]["DeleteOnTermination"] is False
    put(Ebs={"VolumeId": volume_id})  # true by default
    assert attribute(ec2, running, "blockDeviceMapping")[0]["Ebs"]["DeleteOnTermination"] is True
    put(DeviceName=root["DeviceName"], Ebs={"DeleteOnTermination": False})
    assert code_of(put, DeviceName="/dev/sdz", Ebs={}) == "InvalidInstanceAttributeValue"
    assert code_of(put, DeviceName=root["DeviceName"], VirtualName="ephemeral0") == "InvalidParameterCombination"
    ec2.terminate_instances(InstanceIds=[running])
    wait_for(ec2, [running], "terminated")
    assert ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]["State"] == "available"


def test_one_attribute_in_a_call(ec2: Any, running: str) -> None:
    def refusal(**given: Any) -> str:
        return code_of(ec2.modify_instance_attribute, InstanceId=running, **given)

    assert refusal() == "InvalidParameterCombination"
    assert refusal(DisableApiStop={"Value": True}, SourceDestCheck={"Value": False}) == "InvalidParameterCombination"
    assert refusal(Attribute="disableApiStop", Value="true", SourceDestCheck={"Value": False}) == (
        "InvalidParameterCombination"
    )
    assert refusal(Attribute="userData", DisableApiStop={"Value": True}) == "InvalidParameterCombination"
    assert refusal(Attribute="disableApiStop") == "MissingParameter"
    assert refusal(Value="true") == "MissingParameter"
    assert refusal(Attribute="disableApiStop", Value="yes") == "InvalidParameterValue"
    assert refusal(Attribute="groupSet", Value="sg-1") == "InvalidParameterCombination"
    assert refusal(Attribute="rootDeviceName", Value="/dev/sda1") == "InvalidParameterValue"
    assert refusal(Attribute="instanceInitiatedShutdownBehavior", Value="sleep") == "InvalidParameterValue"
    assert attribute(ec2, running, "disableApiStop") == {"Value": False}
    ec2.modify_instance_attribute(InstanceId=running, Attribute="disableApiStop", DisableApiStop={"Value": True})
    assert attribute(ec2, running, "disableApiStop") == {"Value": True}


def test_protection_holds_and_is_lifted(ec2: Any, running: str) -> None:
    ec2.modify_instance_attribute(InstanceId=running, DisableApiTermination={"Value": True})
    assert code_of(ec2.terminate_instances, InstanceIds=[running]) == "OperationNotPermitted"
    ec2.modify_instance_attribute(InstanceId=running, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[running])
    again = {"InstanceId": running, "DisableApiTermination": {"Value": True}}
    assert code_of(ec2.modify_instance_attribute, **again) == "IncorrectInstanceState"


def test_user_data_is_limited_and_checked(ec2: Any, stopped: str) -> None:
    modify = ec2.modify_instance_attribute
    assert code_of(modify, InstanceId=stopped, UserData={"Value": b"x" * 16385}) == "InvalidParameterValue"
    assert code_of(modify, InstanceId=stopped, Attribute="userData", Value="no base64!") == "InvalidParameterValue"
    modify(InstanceId=stopped, UserData={"Value": bytes(range(256)) * 64})
    assert base64.b64decode(attribute(ec2, stopped, "userData")["Value"]) == bytes(range(256)) * 64


def test_a_kernel_is_for_paravirtual_instances(shared_cloud: Embedded, ec2: Any, account: str, stopped: str) -> None:
    kernel = {"InstanceId": stopped, "Kernel": {"Value": "aki-0123456789abcdef0"}}
    assert code_of(ec2.modify_instance_attribute, **kernel) == "InvalidParameterCombination"
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=True) as uow:
        uow.require(Instance, stopped).virtualization_type = "paravirtual"
        uow.commit()
    ec2.modify_instance_attribute(**kernel)
    assert attribute(ec2, stopped, "kernel") == {"Value": "aki-0123456789abcdef0"}
    wrong = {"InstanceId": stopped, "Ramdisk": {"Value": "aki-0123456789abcdef0"}}
    assert code_of(ec2.modify_instance_attribute, **wrong) == Image.MALFORMED
    ec2.reset_instance_attribute(InstanceId=stopped, Attribute="kernel")
    assert attribute(ec2, stopped, "kernel") == {}


def test_only_three_attributes_can_be_reset(ec2: Any, running: str) -> None:
    reset = ec2.reset_instance_attribute
    assert code_of(reset, InstanceId=running, Attribute="instanceType") == "InvalidParameterValue"
    assert code_of(reset, InstanceId=running, Attribute="kernel") == "IncorrectInstanceState"


def test_every_attribute_is_described(ec2: Any, running: str) -> None:
    assert attribute(ec2, running, "rootDeviceName") == {"Value": "/dev/xvda"}
    assert attribute(ec2, running, "productCodes") == []
    assert attribute(ec2, running, "ramdisk") == {}
    assert attribute(ec2, running, "userData") == {}
    assert attribute(ec2, running, "ebsOptimized") == {"Value": False}
    describe = ec2.describe_instance_attribute
    assert code_of(describe, InstanceId="i-00000000000000000", Attribute="userData") == "InvalidInstanceID.NotFound"
    assert code_of(describe, InstanceId="i-1", Attribute="userData") == "InvalidInstanceID.Malformed"
    assert code_of(describe, InstanceId=running, Attribute="colour") == "InvalidParameterValue"


def test_a_dry_run_changes_nothing(ec2: Any, running: str) -> None:
    given = {"InstanceId": running, "DisableApiStop": {"Value": True}, "DryRun": True}
    assert code_of(ec2.modify_instance_attribute, **given) == "DryRunOperation"
    assert attribute(ec2, running, "disableApiStop") == {"Value": False}
