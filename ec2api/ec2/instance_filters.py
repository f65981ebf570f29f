"""The filters of DescribeInstances.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func

from backend import interface_ranges, states
from backend.db import reading
from backend.db.base import Tag
from backend.db.models import (
    Instance,
    InterfaceGroup,
    InterfaceRange,
    NetworkInterface,
    PrivateAddress,
    VolumeAttachment,
)
from ec2api.describe import Condition, as_condition, constant, owned, through, translated
from ec2api.ec2.zone_filters import zone_id

_option = reading.table_of(Instance).c.options
_nothing = constant("")
_ranges, _interfaces = reading.table_of(InterfaceRange).c, reading.table_of(NetworkInterface).c


def _interface(target: Any) -> Any:
    return through(Instance.interfaces, target)


def _address(target: Any) -> Any:
    return _interface(through(NetworkInterface.addresses, target))


def _range(kind: str, column: Any) -> Any:
    """A filter on what interfaces have of this kind: IPv6 addresses or prefixes."""

    def condition(values: Sequence[str]) -> Condition:
        return as_condition(column, values) & (_ranges.kind == kind)

    return _interface(through(NetworkInterface.ranges, condition))


def _metadata(name: str) -> Any:
    return _option["MetadataOptions"][name].as_string()


_group_id = _interface(through(NetworkInterface.groups, InterfaceGroup.group_id))
_group_name = _interface(through(NetworkInterface.groups, InterfaceGroup.group_name))

_OF_INTERFACES: dict[str, Any] = {
    "addresses.association.allocation-id": _address(PrivateAddress.allocation_id),
    "addresses.association.association-id": _address(PrivateAddress.association_id),
    "addresses.association.carrier-ip": _nothing,
    "addresses.association.customer-owned-ip": _nothing,
    "addresses.association.ip-owner-id": _address(PrivateAddress.public_owner),
    "addresses.association.public-dns-name": _address(PrivateAddress.public_dns_name),
    "addresses.association.public-ip": _address(PrivateAddress.public_ip),
    "addresses.primary": _address(PrivateAddress.primary),
    "addresses.private-dns-name": _interface(NetworkInterface.private_dns_name),
    "addresses.private-ip-address": _address(PrivateAddress.address),
    "association.allocation-id": _address(PrivateAddress.allocation_id),
    "association.association-id": _address(PrivateAddress.association_id),
    "association.carrier-ip": _nothing,
    "association.customer-owned-ip": _nothing,
    "association.ip-owner-id": _address(PrivateAddress.public_owner),
    "association.public-dns-name": _address(PrivateAddress.public_dns_name),
    "association.public-ip": _address(PrivateAddress.public_ip),
    "attachment.attach-time": _interface(NetworkInterface.attach_time),
    "attachment.attachment-id": _interface(NetworkInterface.attachment_id),
    "attachment.delete-on-termination": _interface(NetworkInterface.delete_on_termination),
    "attachment.device-index": _interface(NetworkInterface.device_index),
    "attachment.instance-id": _interface(NetworkInterface.instance_id),
    "attachment.instance-owner-id": _interface(NetworkInterface.instance_owner_id),
    "attachment.network-card-index": _interface(NetworkInterface.network_card_index),
    "attachment.status": _interface(NetworkInterface.attachment_status),
    "availability-zone": _interface(NetworkInterface.zone),
    "deny-all-igw-traffic": constant("false"),
    "description": _interface(NetworkInterface.description),
    "group-id": _group_id,
    "group-name": _group_name,
    "ipv4-prefixes.ipv4-prefix": _range(interface_ranges.IPV4_PREFIX, _ranges.text),
    "ipv6-address": _range(interface_ranges.ADDRESS, _ranges.text),
    "ipv6-addresses.ipv6-address": _range(interface_ranges.ADDRESS, _ranges.text),
    "ipv6-addresses.is-primary-ipv6": _range(interface_ranges.ADDRESS, _ranges.is_primary),
    "ipv6-native": _interface(_interfaces.private_ip.is_(None) & _interfaces.ipv6_address.is_not(None)),
    "ipv6-prefixes.ipv6-prefix": _range(interface_ranges.IPV6_PREFIX, _ranges.text),
    "mac-address": _interface(NetworkInterface.mac_address),
    "network-interface-id": _interface(NetworkInterface.id),
    "operator.managed": constant("false"),
    "operator.principal": _nothing,
    "outpost-arn": _nothing,
    "owner-id": _interface(owned(NetworkInterface)),
    "private-dns-name": _interface(NetworkInterface.private_dns_name),
    "private-ip-address": _interface(NetworkInterface.private_ip),
    "public-dns-name": _address(PrivateAddress.public_dns_name),
    "requester-id": _interface(NetworkInterface.requester_id),
    "requester-managed": _interface(NetworkInterface.requester_managed),
    "status": _interface(NetworkInterface.status),
    "source-dest-check": _interface(NetworkInterface.source_dest_check),
    "subnet-id": _interface(NetworkInterface.subnet_id),
    "tag-key": _interface(through(NetworkInterface.tags, Tag.key)),
    "tag-value": _interface(through(NetworkInterface.tags, Tag.value)),
    "vpc-id": _interface(NetworkInterface.vpc_id),
}

FILTERS: dict[str, Any] = {
    "affinity": Instance.affinity,
    "architecture": Instance.architecture,
    "availability-zone": Instance.zone,
    "availability-zone-id": zone_id(Instance.zone),
    "block-device-mapping.attach-time": through(Instance.attachments, VolumeAttachment.attach_time),
    "block-device-mapping.delete-on-termination": through(Instance.attachments, VolumeAttachment.delete_on_termination),
    "block-device-mapping.device-name": through(Instance.attachments, VolumeAttachment.device),
    "block-device-mapping.status": through(Instance.attachments, VolumeAttachment.state),
    "block-device-mapping.volume-id": through(Instance.attachments, VolumeAttachment.volume_id),
    "boot-mode": Instance.boot_mode,
    "capacity-reservation-id": Instance.capacity_reservation_id,
    "capacity-reservation-specification.capacity-reservation-preference": _option["CapacityReservationSpecification"][
        "CapacityReservationPreference"
    ].as_string(),
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id": _option[
        ("CapacityReservationSpecification", "CapacityReservationTarget", "CapacityReservationId")
    ].as_string(),
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn": (
        _nothing
    ),
    "client-token": Instance.client_token,
    "current-instance-boot-mode": Instance.current_boot_mode,
    "dns-name": Instance.public_dns_name,
    "ebs-optimized": Instance.ebs_optimized,
    "ena-support": Instance.ena_support,
    "enclave-options.enabled": _option["EnclaveOptions"]["Enabled"].as_boolean(),
    "hibernation-options.configured": _option["HibernationOptions"]["Configured"].as_boolean(),
    "host-id": Instance.host_resource_id,
    "hypervisor": Instance.hypervisor,
    "iam-instance-profile.arn": reading.table_of(Instance).c.iam_instance_profile["Arn"].as_string(),
    "iam-instance-profile.id": reading.table_of(Instance).c.iam_instance_profile["Id"].as_string(),
    "image-id": Instance.image_id,
    "instance-id": Instance.id,
    "instance-lifecycle": Instance.lifecycle,
    "instance-state-code": translated(Instance.state, {str(code): name for name, code in states.CODES.items()}),
    "instance-state-name": Instance.state,
    "instance-type": Instance.instance_type,
    "instance.group-id": _group_id,
    "instance.group-name": _group_name,
    "ip-address": Instance.public_ip,
    "ipv6-address": Instance.ipv6_address,
    "kernel-id": Instance.kernel_id,
    "key-name": Instance.key_name,
    "launch-index": Instance.launch_index,
    "launch-time": Instance.launch_time,
    "maintenance-options.auto-recovery": _option["MaintenanceOptions"]["AutoRecovery"].as_string(),
    "metadata-options.http-endpoint": _metadata("HttpEndpoint"),
    "metadata-options.http-protocol-ipv4": constant("enabled"),
    "metadata-options.http-protocol-ipv6": _metadata("HttpProtocolIpv6"),
    "metadata-options.http-put-response-hop-limit": _option["MetadataOptions"]["HttpPutResponseHopLimit"].as_integer(),
    "metadata-options.http-tokens": _metadata("HttpTokens"),
    "metadata-options.instance-metadata-tags": _metadata("InstanceMetadataTags"),
    "metadata-options.state": _metadata("State"),
    "monitoring-state": Instance.monitoring,
    "network-performance-options.bandwidth-weighting": func.coalesce(
        _option[("NetworkPerformanceOptions", "BandwidthWeighting")].as_string(), "default"
    ),
    "operator.managed": constant("false"),
    "operator.principal": _nothing,
    "outpost-arn": _nothing,
    "owner-id": owned(Instance),
    "placement-group-name": Instance.placement_group,
    "placement-partition-number": Instance.partition_number,
    "platform": Instance.platform,
    "platform-details": Instance.platform_details,
    "private-dns-name": Instance.private_dns_name,
    "private-dns-name-options.enable-resource-name-dns-a-record": _option["PrivateDnsNameOptions"][
        "EnableResourceNameDnsARecord"
    ].as_boolean(),
    "private-dns-name-options.enable-resource-name-dns-aaaa-record": _option["PrivateDnsNameOptions"][
        "EnableResourceNameDnsAAAARecord"
    ].as_boolean(),
    "private-dns-name-options.hostname-type": _option["PrivateDnsNameOptions"]["HostnameType"].as_string(),
    "private-ip-address": Instance.private_ip,
    "product-code": _nothing,
    "product-code.type": _nothing,
    "ramdisk-id": Instance.ramdisk_id,
    "reason": Instance.transition_reason,
    "requester-id": _nothing,
    "reservation-id": Instance.reservation_id,
    "root-device-name": Instance.root_device_name,
    "root-device-type": Instance.root_device_type,
    "source-dest-check": Instance.source_dest_check,
    "spot-instance-request-id": Instance.spot_request_id,
    "state-reason-code": Instance.state_reason_code,
    "state-reason-message": Instance.state_reason_message,
    "subnet-id": Instance.subnet_id,
    "tenancy": Instance.tenancy,
    "tpm-support": _option["TpmSupport"].as_string(),
    "usage-operation": Instance.usage_operation,
    "usage-operation-update-time": Instance.created,
    "virtualization-type": Instance.virtualization_type,
    "vpc-id": Instance.vpc_id,
    "availabilityZone": Instance.zone,
    **{f"network-interface.{name}": target for name, target in _OF_INTERFACES.items()},
}
