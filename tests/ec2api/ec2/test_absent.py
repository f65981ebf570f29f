"""What an account can name and has not: the errors of AWS for an account that has none of it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.launching import ami, launch, wait_for
from tests.refusal import refused

OUTPOST = "arn:aws:outposts:us-east-1:000000000000:outpost/op-0123456789abcdef0"
GROUP = "arn:aws:resource-groups:us-east-1:000000000000:group/mine"
LICENSE = "arn:aws:license-manager:us-east-1:000000000000:license-configuration:lic-0123456789abcdef0123456789abcdef"

LAUNCHES: dict[str, tuple[dict[str, Any], str, str]] = {
    "elastic GPU": ({"ElasticGpuSpecification": [{"Type": "eg1.medium"}]}, "UnsupportedOperation", "end of life"),
    "accelerator": ({"ElasticInferenceAccelerators": [{"Type": "eia2.medium"}]}, "UnsupportedOperation", "Inference"),
    "license": (
        {"LicenseSpecifications": [{"LicenseConfigurationArn": LICENSE}]},
        "InvalidParameterValue",
        "license configuration",
    ),
    "operator": ({"Operator": {"Principal": "ecs.amazonaws.com"}}, "UnauthorizedOperation", ""),
    "secondary interface": (
        {"SecondaryInterfaces": [{"SecondarySubnetId": "ss-0123456789abcdef0", "InterfaceType": "secondary"}]},
        "InvalidSecondarySubnetId.NotFound",
        "ss-0123456789abcdef0",
    ),
    "secondary interface of no subnet": ({"SecondaryInterfaces": [{"DeviceIndex": 1}]}, "MissingParameter", "Subnet"),
    "secondary interface that stays": (
        {"SecondaryInterfaces": [{"SecondarySubnetId": "ss-0123456789abcdef0", "DeleteOnTermination": False}]},
        "InvalidParameterValue",
        "true",
    ),
    "metric category": (
        {"Monitoring": {"Enabled": True, "MetricCategoryIds": ["mc-1"]}},
        "InvalidMetricCategoryId.NotFound",
        "mc-1",
    ),
    "metric category without monitoring": (
        {"Monitoring": {"Enabled": False, "MetricCategoryIds": ["mc-1"]}},
        "InvalidParameterCombination",
        "Detailed monitoring",
    ),
    "host resource group": ({"Placement": {"HostResourceGroupArn": GROUP}}, "InvalidParameterValue", "resource group"),
    "host resource group of no host": (
        {"Placement": {"HostResourceGroupArn": GROUP, "Tenancy": "dedicated"}},
        "InvalidParameterCombination",
        "tenancy 'host'",
    ),
    "carrier address": (
        {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociateCarrierIpAddress": True}]},
        "InvalidParameterCombination",
        "Wavelength",
    ),
    "disk on an Outpost": (
        {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"OutpostArn": OUTPOST}}]},
        "InvalidParameterValue",
        "Outpost",
    ),
    "disk in a zone of its own": (
        {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"AvailabilityZone": "us-east-1a"}}]},
        "InvalidParameterCombination",
        "AvailabilityZone",
    ),
    "second EBS card": (
        {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"EbsCardIndex": 1}}]},
        "InvalidParameterValue",
        "1 EBS card",
    ),
    "memory encryption": (
        {"CpuOptions": {"AmdSevSnp": "enabled"}},
        "InvalidParameterCombination",
        "AmdSevSnp is not supported for the instance type t3.micro",
    ),
}


@pytest.mark.parametrize("what", LAUNCHES)
def test_no_launch_gets(ec2: Any, what: str) -> None:
    given, code, says = LAUNCHES[what]
    with refused(code, says, status=403 if code == "UnauthorizedOperation" else 400):
        launch(ec2, until=None, **given)
    assert ec2.describe_instances()["Reservations"] == []


def test_a_template_that_names_such_a_thing_launches_nothing(ec2: Any) -> None:
    data = {"ImageId": ami(ec2), "LicenseSpecifications": [{"LicenseConfigurationArn": LICENSE}]}
    id = ec2.create_launch_template(LaunchTemplateName="licensed", LaunchTemplateData=data)["LaunchTemplate"]
    with refused("InvalidParameterValue", "license configuration"):
        ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateId": id["LaunchTemplateId"]})


CALLS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "host on an Outpost": (
        lambda ec2: ec2.allocate_hosts(
            AvailabilityZone="us-east-1a", InstanceType="m5.large", OutpostArn=OUTPOST, AssetIds=["0123456789"]
        ),
        "InvalidParameterValue",
    ),
    "host on an asset alone": (
        lambda ec2: ec2.allocate_hosts(AvailabilityZone="us-east-1a", InstanceType="m5.large", AssetIds=["0123456789"]),
        "InvalidParameterCombination",
    ),
    "host with memory encryption": (
        lambda ec2: ec2.allocate_hosts(
            AvailabilityZone="us-east-1a", InstanceType="m5.large", CpuOptions={"AmdSevSnp": "enabled"}
        ),
        "InvalidParameterCombination",
    ),
    "customer gateway with a certificate": (
        lambda ec2: ec2.create_customer_gateway(
            Type="ipsec.1", CertificateArn="arn:aws:acm:us-east-1:000000000000:certificate/1"
        ),
        "InvalidParameterValue",
    ),
    "operator of a template": (
        lambda ec2: ec2.create_launch_template(
            LaunchTemplateName="x", LaunchTemplateData={"InstanceType": "t3.micro"}, Operator={"Principal": "ecs"}
        ),
        "UnauthorizedOperation",
    ),
    "operator of a placement group": (
        lambda ec2: ec2.create_placement_group(GroupName="x", Operator={"Principal": "ecs"}),
        "UnauthorizedOperation",
    ),
    "linked placement group": (
        lambda ec2: ec2.create_placement_group(GroupName="x", LinkedGroupId="pg-0123456789abcdef0"),
        "InvalidPlacementGroup.Unknown",
    ),
    "product codes": (
        lambda ec2: ec2.modify_image_attribute(ImageId=ami(ec2), ProductCodes=["1"]),
        "UnsupportedOperation",
    ),
    "endpoints and attachments": (
        lambda ec2: ec2.accept_vpc_endpoint_connections(
            ServiceId="vpce-svc-0123456789abcdef0",
            VpcEndpointIds=["vpce-0123456789abcdef0"],
            TransitGatewayAttachmentIds=["tgw-attach-0123456789abcdef0"],
        ),
        "InvalidParameterCombination",
    ),
    "rejected endpoints and attachments": (
        lambda ec2: ec2.reject_vpc_endpoint_connections(
            ServiceId="vpce-svc-0123456789abcdef0",
            VpcEndpointIds=["vpce-0123456789abcdef0"],
            TransitGatewayAttachmentIds=["tgw-attach-0123456789abcdef0"],
        ),
        "InvalidParameterCombination",
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_no_call_gets(ec2: Any, what: str) -> None:
    call, code = CALLS[what]
    with refused(code, status=403 if code == "UnauthorizedOperation" else 400):
        call(ec2)


def test_no_connection_leads_to_a_concentrator(ec2: Any) -> None:
    gateway = ec2.create_customer_gateway(Type="ipsec.1", IpAddress="198.51.100.7")["CustomerGateway"]
    given = {"Type": "ipsec.1", "CustomerGatewayId": gateway["CustomerGatewayId"]}
    with refused("InvalidVpnConcentratorId.NotFound"):
        ec2.create_vpn_connection(**given, VpnConcentratorId="vcn-0123456789abcdef0")
    with refused("InvalidParameterCombination"):
        ec2.create_vpn_connection(
            **given, VpnConcentratorId="vcn-0123456789abcdef0", TransitGatewayId="tgw-0123456789abcdef0"
        )


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_no_route_table_is_announced(ec2: Any, verb: str) -> None:
    call = getattr(ec2, f"{verb}_transit_gateway_route_table_propagation")
    table, announcement = "tgw-rtb-0123456789abcdef0", "tgw-rtb-annc-0123456789abcdef0"
    with refused("InvalidTransitGatewayRouteTableAnnouncementId.NotFound"):
        call(TransitGatewayRouteTableId=table, TransitGatewayRouteTableAnnouncementId=announcement)
    with refused("InvalidParameterCombination"):
        call(
            TransitGatewayRouteTableId=table,
            TransitGatewayRouteTableAnnouncementId=announcement,
            TransitGatewayAttachmentId="tgw-attach-0123456789abcdef0",
        )
    with refused("MissingParameter", "TransitGatewayAttachmentId"):
        call(TransitGatewayRouteTableId=table)


def test_what_aws_reserves_has_no_effect(ec2: Any) -> None:
    """And what of a launch is only switched off needs nothing."""
    instance = launch(
        ec2,
        AdditionalInfo="x",
        Placement={"SpreadDomain": "x"},
        CpuOptions={"AmdSevSnp": "disabled", "NestedVirtualization": "disabled"},
        NetworkInterfaces=[{"DeviceIndex": 0, "AssociateCarrierIpAddress": False}],
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"EbsCardIndex": 0, "VolumeInitializationRate": 200}}],
    )
    id = instance["InstanceId"]
    assert instance["CpuOptions"] == {
        "CoreCount": 1,
        "ThreadsPerCore": 2,
        "AmdSevSnp": "disabled",
        "NestedVirtualization": "disabled",
    }
    volume = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [id]}])["Volumes"][0]
    assert volume["VolumeInitializationRate"] == 200
    for call in (ec2.monitor_instances, ec2.unmonitor_instances):
        with refused("InvalidMetricCategoryId.NotFound"):
            call(InstanceIds=[id], MetricCategoryIds=["mc-1"])
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    with refused("InvalidParameterCombination", "tenancy 'host'"):
        ec2.modify_instance_placement(InstanceId=id, HostResourceGroupArn=GROUP)
    with refused("InvalidParameterValue", "resource group"):
        ec2.modify_instance_placement(InstanceId=id, HostResourceGroupArn=GROUP, Tenancy="host")
    ec2.start_instances(InstanceIds=[id], AdditionalInfo="x")
    first = ec2.create_placement_group(GroupName="first")["PlacementGroup"]["GroupId"]
    second = ec2.create_placement_group(GroupName="second", LinkedGroupId=first)["PlacementGroup"]
    assert second["LinkedGroupId"] == first


def test_guests_within_a_guest_need_a_type_that_can(ec2: Any) -> None:
    id = launch(ec2, InstanceType="c8i.large", CpuOptions={"NestedVirtualization": "enabled"})["InstanceId"]
    ec2.stop_instances(InstanceIds=[id])
    wait_for(ec2, [id], "stopped")
    changed = ec2.modify_instance_cpu_options(InstanceId=id, NestedVirtualization="disabled")
    assert (changed["NestedVirtualization"], changed["CoreCount"]) == ("disabled", 1)
    ec2.modify_instance_attribute(InstanceId=id, InstanceType={"Value": "m5.large"})
    with refused("InvalidParameterCombination", "NestedVirtualization"):
        ec2.modify_instance_cpu_options(InstanceId=id, NestedVirtualization="enabled")


def test_a_host_with_memory_encryption(ec2: Any) -> None:
    given = {"AvailabilityZone": "us-east-1a", "InstanceFamily": "m6a", "CpuOptions": {"AmdSevSnp": "enabled"}}
    (id,) = ec2.allocate_hosts(Quantity=1, **given)["HostIds"]
    assert ec2.describe_hosts(HostIds=[id])["Hosts"][0]["CpuOptions"] == {"AmdSevSnp": "enabled"}


def test_subnets_are_associated_with_an_interface(ec2: Any) -> None:
    """Those of its VPC and its zone, the new ones in the place of the old."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def subnet(number: int, zone: str = "us-east-1a") -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    own, second, third, far = subnet(0), subnet(1), subnet(2), subnet(3, "us-east-1b")
    id = ec2.create_network_interface(SubnetId=own)["NetworkInterface"]["NetworkInterfaceId"]

    def associated() -> Any:
        return ec2.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"][0].get(
            "AssociatedSubnets"
        )

    assert associated() is None
    ec2.modify_network_interface_attribute(NetworkInterfaceId=id, AssociatedSubnetIds=[second])
    ec2.modify_network_interface_attribute(NetworkInterfaceId=id, AssociatedSubnetIds=[third, second])
    assert associated() == [third, second]
    with refused("InvalidParameterValue", "Availability Zone"):
        ec2.modify_network_interface_attribute(NetworkInterfaceId=id, AssociatedSubnetIds=[far])
    with refused("InvalidSubnetID.NotFound"):
        ec2.modify_network_interface_attribute(NetworkInterfaceId=id, AssociatedSubnetIds=["subnet-0123456789abcdef0"])
    assert associated() == [third, second]


def test_a_spot_request_keeps_what_it_was_asked_for(ec2: Any) -> None:
    old = {"AddressingType": "public", "KernelId": "aki-0123456789abcdef0", "RamdiskId": "ari-0123456789abcdef0"}
    specification = {"ImageId": ami(ec2), "InstanceType": "t3.micro", **old}
    (made,) = ec2.request_spot_instances(LaunchSpecification=specification)["SpotInstanceRequests"]
    assert old.items() <= made["LaunchSpecification"].items()
    by_kernel = [{"Name": "launch.kernel-id", "Values": [old["KernelId"]]}]
    assert len(ec2.describe_spot_instance_requests(Filters=by_kernel)["SpotInstanceRequests"]) == 1


def test_requirements_take_a_reserved_context(ec2: Any) -> None:
    given = {
        "ArchitectureTypes": ["x86_64"],
        "VirtualizationTypes": ["hvm"],
        "InstanceRequirements": {"VCpuCount": {"Min": 1, "Max": 1}, "MemoryMiB": {"Min": 0}},
    }
    answer = ec2.get_instance_types_from_instance_requirements(**given)
    again = ec2.get_instance_types_from_instance_requirements(**given, Context="x")
    assert answer["InstanceTypes"] == again["InstanceTypes"] != []
