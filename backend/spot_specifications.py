"""What a spot request launches: its LaunchSpecification as parameters of a launch, as EC2 shows it, and as filters
find it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchSpecification.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.db.models import SecurityGroup, Subnet, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances import interfaces
from backend.instances.request import LaunchRequest

_SHOWN = (
    "AddressingType",
    "BlockDeviceMappings",
    "EbsOptimized",
    "IamInstanceProfile",
    "KernelId",
    "KeyName",
    "NetworkInterfaces",
    "RamdiskId",
    "SubnetId",
    "UserData",
)


def launch_parameters(specification: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of RunInstances: all members but AddressingType, which is of the time before VPCs."""
    return {name: value for name, value in specification.items() if name != "AddressingType"}


def shown(uow: UnitOfWork, request: LaunchRequest, given: Mapping[str, Any], image_id: str) -> dict[str, Any]:
    """The LaunchSpecification of a request to come; errors for groups or a subnet that are not there."""
    groups: Sequence[SecurityGroup] = ()
    if not request.network_interfaces:
        zone = request.placement.get("AvailabilityZone")
        subnet = interfaces.subnets_to_try(uow, request, zone)[0]
        vpc = uow.look_up(Vpc, subnet.vpc_id)
        groups = interfaces.security_groups(uow, vpc, request.security_group_ids, request.security_groups)
    return {
        **{name: given[name] for name in _SHOWN if name in given},
        "ImageId": image_id,
        "InstanceType": request.instance_type,
        "Monitoring": {"Enabled": request.monitoring},
        "Placement": dict(request.placement),
        "SecurityGroups": [{"GroupId": group.id, "GroupName": group.name} for group in groups],
    }


def of_rows(request: LaunchRequest, row: Mapping[str, Any], subnet: Subnet) -> dict[str, Any]:
    """The LaunchSpecification of a request that a launch made for an instance with this row."""
    given = request.parameters
    found = {name: given[name] for name in _SHOWN if name in given and name != "NetworkInterfaces"}
    return {
        **found,
        "ImageId": row["image_id"],
        "InstanceType": row["instance_type"],
        "Monitoring": {"Enabled": request.monitoring},
        "Placement": {"AvailabilityZone": subnet.zone, "Tenancy": row["tenancy"]},
        "SubnetId": subnet.id,
        "SecurityGroups": [{"GroupId": id} for id in request.security_group_ids],
        "NetworkInterfaces": [
            {name: value for name, value in nic.items() if name in _INTERFACE_MEMBERS}
            for nic in request.network_interfaces
        ],
    }


_INTERFACE_MEMBERS = (
    *("AssociatePublicIpAddress", "DeleteOnTermination", "Description", "DeviceIndex", "Groups", "Ipv6AddressCount"),
    *("NetworkInterfaceId", "PrivateIpAddress", "SecondaryPrivateIpAddressCount", "SubnetId", "NetworkCardIndex"),
)


def facts(specification: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What filters look for in a specification: the filter's name and a value, as texts."""
    for name, member in _PLAIN.items():
        yield from _texts(name, specification.get(member))
    yield from _texts("launch.monitoring-enabled", specification["Monitoring"]["Enabled"])
    for group in specification["SecurityGroups"]:
        yield from _texts("launch.group-id", group.get("GroupId"))
        yield from _texts("launch.group-name", group.get("GroupName"))
    for device in specification.get("BlockDeviceMappings", ()):
        ebs, prefix = device.get("Ebs") or {}, "launch.block-device-mapping."
        yield from _texts(prefix + "device-name", device.get("DeviceName"))
        for name, member in _OF_DISK.items():
            yield from _texts(prefix + name, ebs.get(member))
    for nic in specification.get("NetworkInterfaces", ()):
        for name, member in _OF_INTERFACE.items():
            yield from _texts(f"network-interface.{name}", nic.get(member))
        for group_id in nic.get("Groups", ()):
            yield "network-interface.group-id", group_id
        for address in nic.get("PrivateIpAddresses", ()):
            yield from _texts("network-interface.addresses.primary", address.get("Primary", False))


_PLAIN = {
    "launch.image-id": "ImageId",
    "launch.instance-type": "InstanceType",
    "launch.kernel-id": "KernelId",
    "launch.key-name": "KeyName",
    "launch.ramdisk-id": "RamdiskId",
}
_OF_DISK = {
    "delete-on-termination": "DeleteOnTermination",
    "snapshot-id": "SnapshotId",
    "volume-size": "VolumeSize",
    "volume-type": "VolumeType",
}
_OF_INTERFACE = {
    "delete-on-termination": "DeleteOnTermination",
    "description": "Description",
    "device-index": "DeviceIndex",
    "network-interface-id": "NetworkInterfaceId",
    "private-ip-address": "PrivateIpAddress",
    "subnet-id": "SubnetId",
}
FILTERS = (
    *_PLAIN,
    *("launch.monitoring-enabled", "launch.group-id", "launch.group-name"),
    "launch.block-device-mapping.device-name",
    *(f"launch.block-device-mapping.{name}" for name in _OF_DISK),
    *(f"network-interface.{name}" for name in _OF_INTERFACE),
    *("network-interface.group-id", "network-interface.addresses.primary"),
)
"""The names of the filters that look for facts."""


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    if value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
