"""Which instance types have what is required of them, and how near instances are to each other."""

from typing import Any

import pytest

from tests.launching import launch
from tests.refusal import refused

ANY = {"VCpuCount": {"Min": 0}, "MemoryMiB": {"Min": 0}}


def types(ec2: Any, architecture: str = "x86_64", **requirements: Any) -> list[str]:
    pages = ec2.get_paginator("get_instance_types_from_instance_requirements").paginate(
        ArchitectureTypes=[architecture],
        VirtualizationTypes=["hvm"],
        InstanceRequirements={**ANY, **requirements},
        PaginationConfig={"PageSize": 100},
    )
    return [one["InstanceType"] for page in pages for one in page["InstanceTypes"]]


def facts(ec2: Any, names: list[str]) -> list[Any]:
    found: list[Any] = ec2.describe_instance_types(InstanceTypes=names[:100])["InstanceTypes"]
    return found


def test_sizes(ec2: Any) -> None:
    found = types(ec2, VCpuCount={"Min": 2, "Max": 4}, MemoryMiB={"Min": 4096, "Max": 8192})
    assert found == sorted(found) and "m5.large" in found and "t3.medium" not in found
    for one in facts(ec2, found):
        assert 2 <= one["VCpuInfo"]["DefaultVCpus"] <= 4
        assert 4096 <= one["MemoryInfo"]["SizeInMiB"] <= 8192
        assert not one["BareMetal"] and not one["BurstablePerformanceSupported"]


@pytest.mark.parametrize(
    ("required", "inside", "outside"),
    [
        ({"BurstablePerformance": "required"}, "t3.micro", "m5.large"),
        ({"BurstablePerformance": "included"}, "t3.micro", "m5.metal"),
        ({"BareMetal": "required"}, "m5.metal", "m5.large"),
        ({"CpuManufacturers": ["amd"]}, "m5a.large", "m5.large"),
        ({"InstanceGenerations": ["previous"]}, "m1.small", "m7i.large"),
        ({"InstanceGenerations": ["current"]}, "m7i.large", "m1.small"),
        ({"LocalStorage": "required"}, "m5d.large", "m5.large"),
        ({"LocalStorage": "excluded"}, "m5.large", "m5d.large"),
        ({"LocalStorageTypes": ["hdd"], "LocalStorage": "required"}, "d3.xlarge", "m5d.large"),
        ({"TotalLocalStorageGB": {"Min": 1000}}, "i3.2xlarge", "m5d.large"),
        ({"MemoryGiBPerVCpu": {"Min": 8, "Max": 8}}, "r5.large", "m5.large"),
        ({"AcceleratorTypes": ["gpu"]}, "g4dn.xlarge", "m5.large"),
        ({"AcceleratorNames": ["t4"]}, "g4dn.xlarge", "g5.xlarge"),
        ({"AcceleratorManufacturers": ["amazon-web-services"]}, "inf1.xlarge", "g5.xlarge"),
        ({"AcceleratorCount": {"Max": 0}}, "m5.large", "g5.xlarge"),
        ({"AcceleratorCount": {"Min": 4}}, "g4dn.12xlarge", "g4dn.xlarge"),
        ({"AcceleratorTotalMemoryMiB": {"Min": 20000}}, "g5.xlarge", "g4dn.xlarge"),
        ({"AllowedInstanceTypes": ["c5*"]}, "c5a.large", "m5.large"),
        ({"ExcludedInstanceTypes": ["m5.*"]}, "m5n.large", "m5.large"),
        ({"RequireHibernateSupport": True}, "m5.large", "m5.24xlarge"),
        ({"NetworkInterfaceCount": {"Min": 15}}, "m5.24xlarge", "m5.large"),
        ({"BaselineEbsBandwidthMbps": {"Min": 10000}}, "m5.24xlarge", "m5.large"),
        ({"NetworkBandwidthGbps": {"Min": 50}}, "m5n.24xlarge", "m5.large"),
        ({"RequireEncryptionInTransit": True}, "m5n.large", "m4.large"),
    ],
)
def test_requirements(ec2: Any, required: dict[str, Any], inside: str, outside: str) -> None:
    found = types(ec2, **required)
    assert inside in found and outside not in found


def test_architectures(ec2: Any) -> None:
    assert "m6g.large" in types(ec2, "arm64") and "m5.large" not in types(ec2, "arm64")


def test_requirements_that_are_refused(ec2: Any) -> None:
    with refused("InvalidParameterCombination"):
        types(ec2, AllowedInstanceTypes=["m5.*"], ExcludedInstanceTypes=["c5.*"])
    with refused("InvalidParameterValue"):
        types(ec2, VCpuCount={"Min": 4, "Max": 2})
    with refused("UnsupportedOperation", "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice"):
        types(ec2, MaxSpotPriceAsPercentageOfOptimalOnDemandPrice=50)
    with refused("MissingParameter"):
        ec2.get_instance_types_from_instance_requirements(
            ArchitectureTypes=["x86_64"], VirtualizationTypes=["hvm"], InstanceRequirements={"VCpuCount": {"Min": 1}}
        )


def test_topology(ec2: Any) -> None:
    ec2.create_placement_group(GroupName="near", Strategy="cluster")
    where = {"GroupName": "near", "AvailabilityZone": "us-east-1a"}
    first = launch(ec2, InstanceType="p4d.24xlarge", Placement=where)
    second = launch(ec2, InstanceType="p4d.24xlarge", Placement=where)
    far = launch(ec2, InstanceType="p4d.24xlarge", Placement={"AvailabilityZone": "us-east-1b"})
    small = launch(ec2)
    found = {i["InstanceId"]: i for i in ec2.describe_instance_topology()["Instances"]}
    nodes = {id: i.get("NetworkNodes", []) for id, i in found.items()}
    assert len(nodes[first["InstanceId"]]) == 3
    assert nodes[first["InstanceId"]] == nodes[second["InstanceId"]]
    assert nodes[far["InstanceId"]][0] == nodes[first["InstanceId"]][0]
    assert nodes[far["InstanceId"]][1] != nodes[first["InstanceId"]][1]
    assert nodes[small["InstanceId"]] == []
    assert found[first["InstanceId"]]["GroupName"] == "near" and found[first["InstanceId"]]["ZoneId"]
    assert len(ec2.describe_instance_topology(GroupNames=["near"])["Instances"]) == 2
    filters = [{"Name": "instance-type", "Values": ["p4d*"]}, {"Name": "availability-zone", "Values": ["us-east-1b"]}]
    one = ec2.describe_instance_topology(Filters=filters)["Instances"]
    assert [i["InstanceId"] for i in one] == [far["InstanceId"]]
    with refused("InvalidPlacementGroup.Unknown"):
        ec2.describe_instance_topology(GroupNames=["none"])
