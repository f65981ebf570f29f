"""What RunInstances was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Structure = Mapping[str, Any]
"""A nested parameter, in the members of EC2's request."""


@dataclass(frozen=True)
class LaunchRequest:
    """The parameters of RunInstances that this cloud supports, by AWS's names.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """

    image_id: str
    min_count: int
    max_count: int
    instance_type: str = "m1.small"
    client_token: str = ""
    key_name: str | None = None
    subnet_id: str | None = None
    private_ip_address: str | None = None
    ipv6_addresses: Sequence[Structure] = ()
    ipv6_address_count: int | None = None
    enable_primary_ipv6: bool = False
    security_group_ids: Sequence[str] = ()
    security_groups: Sequence[str] = ()
    network_interfaces: Sequence[Structure] = ()
    block_device_mappings: Sequence[Structure] = ()
    placement: Structure = field(default_factory=dict)
    user_data: str | None = None
    monitoring: bool = False
    ebs_optimized: bool | None = None
    disable_api_termination: bool = False
    disable_api_stop: bool = False
    shutdown_behavior: str = "stop"
    metadata_options: Structure = field(default_factory=dict)
    cpu_options: Structure = field(default_factory=dict)
    credit_specification: Structure = field(default_factory=dict)
    hibernation_options: Structure = field(default_factory=dict)
    enclave_options: Structure = field(default_factory=dict)
    maintenance_options: Structure = field(default_factory=dict)
    private_dns_name_options: Structure = field(default_factory=dict)
    capacity_reservation: Structure = field(default_factory=dict)
    iam_instance_profile: Structure | None = None
    network_performance: Structure = field(default_factory=dict)
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    market_options: Structure = field(default_factory=dict)
    spot_request_id: str | None = None
    """The spot request that the launch fulfils; None: a launch of spot instances makes its own."""
    fleet_id: str | None = None
    spot_request_tags: Mapping[str, str] = field(default_factory=dict)
    parameters: Structure = field(default_factory=dict)
    """What was asked for, by AWS's names."""
    instance_tags: Mapping[str, str] = field(default_factory=dict)
    volume_tags: Mapping[str, str] = field(default_factory=dict)
    interface_tags: Mapping[str, str] = field(default_factory=dict)
