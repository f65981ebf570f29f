"""The parameters of RunInstances, by AWS's names, as a launch takes them: whoever asks, a caller or a fleet."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from backend import absent, errors
from backend.instances.request import LaunchRequest

TAGGABLE = ("instance", "volume", "network-interface", "spot-instances-request")
"""The types of resources that a launch makes and tags."""

Tags = Mapping[str, Mapping[str, str]]
"""The tags of new resources, by their type."""


def _monitoring(given: dict[str, Any]) -> bool:
    absent.metric_categories(given)
    return bool(given.get("Enabled"))


def _placement(given: dict[str, Any]) -> Any:
    # Terraform's provider sends an empty AvailabilityZone, which AWS takes for none.
    return {name: value for name, value in given.items() if value != ""}


PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "BlockDeviceMappings": "block_device_mappings",
        "CapacityReservationSpecification": "capacity_reservation",
        "CpuOptions": "cpu_options",
        "CreditSpecification": "credit_specification",
        "DisableApiStop": "disable_api_stop",
        "DisableApiTermination": "disable_api_termination",
        "EbsOptimized": "ebs_optimized",
        "EnablePrimaryIpv6": "enable_primary_ipv6",
        "EnclaveOptions": "enclave_options",
        "HibernationOptions": "hibernation_options",
        "IamInstanceProfile": "iam_instance_profile",
        "ImageId": "image_id",
        "InstanceInitiatedShutdownBehavior": "shutdown_behavior",
        "InstanceType": "instance_type",
        "InstanceMarketOptions": "market_options",
        "Ipv6AddressCount": "ipv6_address_count",
        "Ipv6Addresses": "ipv6_addresses",
        "KernelId": "kernel_id",
        "KeyName": "key_name",
        "MaintenanceOptions": "maintenance_options",
        "MaxCount": "max_count",
        "MetadataOptions": "metadata_options",
        "MinCount": "min_count",
        "Monitoring": "monitoring",
        "NetworkInterfaces": "network_interfaces",
        "NetworkPerformanceOptions": "network_performance",
        "Placement": "placement",
        "PrivateDnsNameOptions": "private_dns_name_options",
        "PrivateIpAddress": "private_ip_address",
        "RamdiskId": "ramdisk_id",
        "SecurityGroupIds": "security_group_ids",
        "SecurityGroups": "security_groups",
        "SubnetId": "subnet_id",
        "UserData": "user_data",
    }
)
"""What a launch supports: AWS's name, and the field of a ``LaunchRequest`` that it becomes."""

_CONVERTED: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "Monitoring": _monitoring,
        "Placement": _placement,
    }
)
"""Structures that a launch takes in another form."""


def launch_request(
    given: Mapping[str, Any],
    tags: Tags,
    *,
    client_token: str = "",
    spot_request_id: str | None = None,
    fleet_id: str | None = None,
) -> LaunchRequest:
    """The launch that parameters ask for: on its own, for a spot request or for a fleet.

    MissingParameter without an image; UnsupportedOperation names what a launch cannot do.
    """
    if not given.get("ImageId"):
        raise errors.MissingParameter(name="ImageId")
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if name in absent.LAUNCH:
            absent.LAUNCH[name](value)
            continue
        if name not in PARAMETERS:
            raise errors.UnsupportedParameter(name=name)
        convert = _CONVERTED.get(name)
        fields[PARAMETERS[name]] = convert(value) if convert else value
    return LaunchRequest(
        **fields,
        client_token=client_token,
        instance_tags=tags.get("instance", {}),
        volume_tags=tags.get("volume", {}),
        interface_tags=tags.get("network-interface", {}),
        spot_request_tags=tags.get("spot-instances-request", {}),
        spot_request_id=spot_request_id,
        fleet_id=fleet_id,
        parameters=given,
    )
