"""EC2 actions on network interfaces.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import addresses, interface_ranges, zones
from backend.db import reading
from backend.db.models import InterfaceGroup, InterfaceRange, NetworkInterface, PrivateAddress
from ec2api.call import Call
from ec2api.describe import (
    INCLUDE_MANAGED,
    Condition,
    Describe,
    as_condition,
    constant,
    nothing,
    owned,
    show_tags,
    through,
)
from ec2api.ec2.zone_filters import zone_id

_PARTS = (NetworkInterface.addresses, NetworkInterface.ranges, NetworkInterface.groups)
LOAD = (*_PARTS, NetworkInterface.tags)
"""What ``show`` needs of a record."""


def show(interface: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    own = [_address(interface, address) for address in interface.addresses]
    association = own[0]["Association"] if own else None
    return {
        "NetworkInterfaceId": interface.id,
        "InterfaceType": interface.interface_type,
        "Description": interface.description,
        "Status": interface.status,
        "OwnerId": interface.account,
        "RequesterId": interface.requester_id,
        "RequesterManaged": interface.requester_managed,
        "Operator": {"Managed": False},
        "VpcId": interface.vpc_id,
        "SubnetId": interface.subnet_id,
        "AvailabilityZone": interface.zone,
        "AvailabilityZoneId": zone_ids.get(interface.zone),
        "MacAddress": interface.mac_address,
        "PrivateIpAddress": interface.private_ip,
        "PrivateDnsName": interface.private_dns_name,
        "PrivateIpAddresses": own,
        "PublicDnsName": association and association["PublicDnsName"],
        "Association": association,
        "Ipv6Address": interface.ipv6_address,
        "Ipv6Native": interface.private_ip is None and interface.ipv6_address is not None,
        **show_ranges(interface),
        "ConnectionTrackingConfiguration": interface.options.get("ConnectionTrackingConfiguration"),
        "AssociatedSubnets": interface.options.get("AssociatedSubnets"),
        "SourceDestCheck": interface.source_dest_check,
        "Groups": [{"GroupId": g.group_id, "GroupName": g.group_name} for g in interface.groups],
        "Attachment": show_attachment(interface),
        "TagSet": show_tags(interface),
    }


def _address(interface: Any, address: Any) -> dict[str, Any]:
    named = interface.private_dns_name is not None
    return {
        "Primary": address.primary,
        "PrivateIpAddress": address.address,
        "PrivateDnsName": addresses.private_dns_name(interface.region, address.address) if named else None,
        "Association": show_association(address),
    }


def show_association(address: Any) -> dict[str, Any] | None:
    """The public address that a private one has."""
    if address.public_ip is None:
        return None
    return {
        "PublicIp": address.public_ip,
        "PublicDnsName": address.public_dns_name or "",
        "IpOwnerId": address.public_owner,
        "AllocationId": address.allocation_id,
        "AssociationId": address.association_id,
    }


_NO_RANGES: dict[str, Any] = {"Ipv6Addresses": (), "Ipv4Prefixes": (), "Ipv6Prefixes": ()}


def show_ranges(interface: Any) -> dict[str, Any]:
    """The IPv6 addresses and the prefixes of an interface, as EC2's members of it."""
    if not interface.ranges:
        return _NO_RANGES
    by_kind: dict[str, list[Any]] = {}
    for found in interface.ranges:
        by_kind.setdefault(found.kind, []).append(found)
    return {
        "Ipv6Addresses": [
            {"Ipv6Address": found.text, "IsPrimaryIpv6": found.primary}
            for found in by_kind.get(interface_ranges.ADDRESS, ())
        ],
        "Ipv4Prefixes": [{"Ipv4Prefix": found.text} for found in by_kind.get(interface_ranges.IPV4_PREFIX, ())],
        "Ipv6Prefixes": [{"Ipv6Prefix": found.text} for found in by_kind.get(interface_ranges.IPV6_PREFIX, ())],
    }


def show_attachment(interface: Any) -> dict[str, Any] | None:
    if interface.attachment_id is None:
        return None
    return {
        "AttachmentId": interface.attachment_id,
        "AttachTime": interface.attach_time,
        "DeleteOnTermination": interface.delete_on_termination,
        "DeviceIndex": interface.device_index,
        "NetworkCardIndex": interface.network_card_index,
        "InstanceId": interface.instance_id,
        "InstanceOwnerId": interface.instance_owner_id,
        "Status": interface.attachment_status,
        **interface.options.get("Attachment", {}),
    }


def _page(call: Call, interfaces: Sequence[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [show(interface, zone_ids) for interface in interfaces]


def _any(target: Any) -> Any:
    """A filter on any private address of an interface."""
    return through(NetworkInterface.addresses, target)


def _ipv6(values: Sequence[str]) -> Condition:
    ranges = reading.table_of(InterfaceRange).c
    return as_condition(ranges.text, values) & (ranges.kind == interface_ranges.ADDRESS)


def _primary(target: Any) -> Any:
    """A filter on the primary private address of an interface."""
    primary = reading.column_of(PrivateAddress.primary)

    def condition(values: Sequence[str]) -> Condition:
        return as_condition(target, values) & primary.is_(True)

    return _any(condition)


Describe(
    "DescribeNetworkInterfaces",
    NetworkInterface,
    group=_page,
    ids="NetworkInterfaceIds",
    exclusive=True,
    extra=INCLUDE_MANAGED,
    load=_PARTS,
    filters={
        "addresses.association.owner-id": _any(PrivateAddress.public_owner),
        "addresses.association.public-ip": _any(PrivateAddress.public_ip),
        "addresses.primary": _any(PrivateAddress.primary),
        "addresses.private-ip-address": _any(PrivateAddress.address),
        "association.allocation-id": _primary(PrivateAddress.allocation_id),
        "association.association-id": _primary(PrivateAddress.association_id),
        "association.ip-owner-id": _primary(PrivateAddress.public_owner),
        "association.public-dns-name": _primary(PrivateAddress.public_dns_name),
        "association.public-ip": _primary(PrivateAddress.public_ip),
        "attachment.attach-time": NetworkInterface.attach_time,
        "attachment.attachment-id": NetworkInterface.attachment_id,
        "attachment.delete-on-termination": NetworkInterface.delete_on_termination,
        "attachment.device-index": NetworkInterface.device_index,
        "attachment.instance-id": NetworkInterface.instance_id,
        "attachment.instance-owner-id": NetworkInterface.instance_owner_id,
        "attachment.status": NetworkInterface.attachment_status,
        "availability-zone": NetworkInterface.zone,
        "availability-zone-id": zone_id(NetworkInterface.zone),
        "description": NetworkInterface.description,
        "group-id": through(NetworkInterface.groups, InterfaceGroup.group_id),
        "group-name": through(NetworkInterface.groups, InterfaceGroup.group_name),
        "interface-type": NetworkInterface.interface_type,
        "ipv6-addresses.ipv6-address": through(NetworkInterface.ranges, _ipv6),
        "mac-address": NetworkInterface.mac_address,
        "network-interface-id": NetworkInterface.id,
        "operator.managed": constant("false"),
        "operator.principal": nothing,
        "owner-id": owned(NetworkInterface),
        "private-dns-name": NetworkInterface.private_dns_name,
        "private-ip-address": NetworkInterface.private_ip,
        "requester-id": NetworkInterface.requester_id,
        "requester-managed": NetworkInterface.requester_managed,
        "source-dest-check": NetworkInterface.source_dest_check,
        "status": NetworkInterface.status,
        "subnet-id": NetworkInterface.subnet_id,
        "vpc-id": NetworkInterface.vpc_id,
    },
)
