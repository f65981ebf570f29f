"""Options that change after the launch: metadata service, maintenance, CPUs, hostname."""

import time
from typing import Any

from backend.db.models import Instance
from tests.conftest import Embedded
from tests.launching import ami, code_of, launch, wait_for
from tests.refusal import refused


def shown(ec2: Any, id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]


def stop(ec2: Any, id: str) -> None:
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")


def test_metadata_options_are_pending_then_applied(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    before = shown(ec2, id)["MetadataOptions"]
    answer = ec2.modify_instance_metadata_options(InstanceId=id, HttpTokens="optional", HttpPutResponseHopLimit=7)
    wanted = {**before, "HttpTokens": "optional", "HttpPutResponseHopLimit": 7}
    assert answer["InstanceMetadataOptions"] == {**wanted, "State": "pending"}
    until = time.monotonic() + 10
    while shown(ec2, id)["MetadataOptions"]["State"] != "applied" and time.monotonic() < until:
        time.sleep(0.01)
    assert shown(ec2, id)["MetadataOptions"] == {**wanted, "State": "applied"}
    assert shown(ec2, id)["State"]["Name"] == "running"


def test_metadata_options_of_a_stopped_instance_wait_for_its_start(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    stop(ec2, id)
    ec2.modify_instance_metadata_options(InstanceId=id, InstanceMetadataTags="enabled")
    assert shown(ec2, id)["MetadataOptions"]["State"] == "pending"
    ec2.start_instances(InstanceIds=[id])
    started = wait_for(ec2, [id], "running")[0]["MetadataOptions"]
    assert (started["InstanceMetadataTags"], started["State"]) == ("enabled", "applied")


def test_metadata_options_that_change_nothing_tell_the_host_nothing(
    shared_cloud: Embedded, ec2: Any, account: str
) -> None:
    id = launch(ec2)["InstanceId"]
    before = shown(ec2, id)["MetadataOptions"]
    answer = ec2.modify_instance_metadata_options(InstanceId=id, HttpEndpoint="enabled")
    assert answer["InstanceMetadataOptions"] == before
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
        assert uow.look_up(Instance, id).generation == 1


def test_wrong_metadata_options_are_refused(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    modify = ec2.modify_instance_metadata_options
    for hops in (0, 65):
        assert code_of(modify, InstanceId=id, HttpPutResponseHopLimit=hops) == "InvalidParameterValue"
    assert code_of(modify, InstanceId=id, HttpTokens="sometimes") == "InvalidParameterValue"
    assert code_of(modify, InstanceId="i-00000000000000000", HttpTokens="required") == "InvalidInstanceID.NotFound"
    ec2.terminate_instances(InstanceIds=[id])
    assert code_of(modify, InstanceId=id, HttpTokens="optional") == "IncorrectInstanceState"


def test_maintenance_options_change_one_by_one(ec2: Any) -> None:
    id = launch(ec2)["InstanceId"]
    answer = ec2.modify_instance_maintenance_options(InstanceId=id, AutoRecovery="disabled")
    assert (answer["AutoRecovery"], answer["RebootMigration"]) == ("disabled", "default")
    ec2.modify_instance_maintenance_options(InstanceId=id, RebootMigration="disabled")
    wanted = {"AutoRecovery": "disabled", "RebootMigration": "disabled"}
    assert shown(ec2, id)["MaintenanceOptions"] == wanted


def test_cpu_options_change_while_stopped(shared_cloud: Embedded, ec2: Any, account: str) -> None:
    id = launch(ec2, InstanceType="m5.2xlarge")["InstanceId"]
    modify = ec2.modify_instance_cpu_options
    assert code_of(modify, InstanceId=id, CoreCount=2, ThreadsPerCore=1) == "IncorrectInstanceState"
    stop(ec2, id)
    answer = modify(InstanceId=id, CoreCount=2)
    assert (answer["CoreCount"], answer["ThreadsPerCore"]) == (2, 2)
    modify(InstanceId=id, ThreadsPerCore=1)
    assert shown(ec2, id)["CpuOptions"] == {"CoreCount": 2, "ThreadsPerCore": 1}
    assert code_of(modify, InstanceId=id, CoreCount=3, ThreadsPerCore=1) == "InvalidParameterValue"
    assert code_of(modify, InstanceId=id) == "MissingParameter"
    assert code_of(modify, InstanceId=id, NestedVirtualization="enabled") == "InvalidParameterCombination"
    ec2.start_instances(InstanceIds=[id])
    wait_for(ec2, [id], "running")
    with shared_cloud.cloud.unit_of_work(account, "us-east-1", write=False) as uow:
        row = uow.look_up(Instance, id)
        assert (row.vcpus, row.claimed_vcpus) == (2, 2)


def test_the_hostname_changes_while_stopped(ec2: Any) -> None:
    instance = launch(ec2)
    id = instance["InstanceId"]
    modify = ec2.modify_private_dns_name_options
    modify(InstanceId=id, EnableResourceNameDnsARecord=True)
    assert code_of(modify, InstanceId=id, PrivateDnsHostnameType="resource-name") == "IncorrectInstanceState"
    stop(ec2, id)
    modify(InstanceId=id, PrivateDnsHostnameType="resource-name")
    after = shown(ec2, id)
    assert after["PrivateDnsName"] == f"{id}.ec2.internal"
    options = after["PrivateDnsNameOptions"]
    assert (options["HostnameType"], options["EnableResourceNameDnsARecord"]) == ("resource-name", True)
    modify(InstanceId=id, PrivateDnsHostnameType="ip-name")
    assert shown(ec2, id)["PrivateDnsName"] == instance["PrivateDnsName"]


def test_bandwidth_is_weighed_at_the_launch_and_while_stopped(ec2: Any) -> None:
    weighting = {"BandwidthWeighting": "vpc-1"}
    instance = launch(ec2, InstanceType="m8g.large", ImageId=ami(ec2, "arm64"), NetworkPerformanceOptions=weighting)
    id = instance["InstanceId"]
    assert instance["NetworkPerformanceOptions"] == weighting
    with refused("IncorrectInstanceState"):
        ec2.modify_instance_network_performance_options(InstanceId=id, BandwidthWeighting="ebs-1")
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    changed = ec2.modify_instance_network_performance_options(InstanceId=id, BandwidthWeighting="ebs-1")
    assert changed["BandwidthWeighting"] == "ebs-1"
    plain = launch(ec2, until=None)["InstanceId"]
    for value, found in (("ebs-1", id), ("default", plain)):
        filters = [{"Name": "network-performance-options.bandwidth-weighting", "Values": [value]}]
        (reservation,) = ec2.describe_instances(Filters=filters)["Reservations"]
        assert reservation["Instances"][0]["InstanceId"] == found
    with refused("Unsupported"):
        launch(ec2, until=None, NetworkPerformanceOptions=weighting)


def test_kernels_are_for_paravirtual_images(ec2: Any) -> None:
    with refused("InvalidParameterCombination", "paravirtual"):
        launch(ec2, until=None, KernelId="aki-0123456789abcdef0")
    with refused("InvalidParameterCombination", "paravirtual"):
        launch(ec2, until=None, RamdiskId="ari-0123456789abcdef0")
