"""EC2 actions on an instance's options: metadata service, maintenance, CPUs, hostname."""

from typing import Any

from backend.instances import option_changes, sizes
from ec2api.call import Call
from ec2api.registry import action


@action
def modify_instance_metadata_options(
    call: Call,
    *,
    instance_id: str,
    http_tokens: str | None = None,
    http_put_response_hop_limit: int | None = None,
    http_endpoint: str | None = None,
    http_protocol_ipv6: str | None = None,
    instance_metadata_tags: str | None = None,
) -> dict[str, Any]:
    wanted = {
        "HttpTokens": http_tokens,
        "HttpPutResponseHopLimit": http_put_response_hop_limit,
        "HttpEndpoint": http_endpoint,
        "HttpProtocolIpv6": http_protocol_ipv6,
        "InstanceMetadataTags": instance_metadata_tags,
    }
    found = option_changes.metadata(call.uow, instance_id, _given(wanted))
    return {"InstanceId": instance_id, "InstanceMetadataOptions": found}


@action
def modify_instance_maintenance_options(
    call: Call, *, instance_id: str, auto_recovery: str | None = None, reboot_migration: str | None = None
) -> dict[str, Any]:
    wanted = {"AutoRecovery": auto_recovery, "RebootMigration": reboot_migration}
    return {"InstanceId": instance_id} | option_changes.maintenance(call.uow, instance_id, _given(wanted))


@action
def modify_instance_cpu_options(
    call: Call,
    *,
    instance_id: str,
    core_count: int | None = None,
    threads_per_core: int | None = None,
    nested_virtualization: str | None = None,
) -> dict[str, Any]:
    wanted = {
        "CoreCount": core_count,
        "ThreadsPerCore": threads_per_core,
        "NestedVirtualization": nested_virtualization,
    }
    cpu = sizes.change_cpus(call.uow, instance_id, _given(wanted))
    return {"InstanceId": instance_id, **{name: cpu.get(name) for name in wanted}}


@action
def modify_instance_network_performance_options(
    call: Call, *, instance_id: str, bandwidth_weighting: str
) -> dict[str, Any]:
    option_changes.network_performance(call.uow, instance_id, bandwidth_weighting)
    return {"InstanceId": instance_id, "BandwidthWeighting": bandwidth_weighting}


@action
def modify_private_dns_name_options(
    call: Call,
    *,
    instance_id: str,
    private_dns_hostname_type: str | None = None,
    enable_resource_name_dns_a_record: bool | None = None,
    enable_resource_name_dns_aaaa_record: bool | None = None,
) -> dict[str, Any]:
    wanted = {
        "HostnameType": private_dns_hostname_type,
        "EnableResourceNameDnsARecord": enable_resource_name_dns_a_record,
        "EnableResourceNameDnsAAAARecord": enable_resource_name_dns_aaaa_record,
    }
    option_changes.private_dns_name(call.uow, instance_id, _given(wanted))
    return {"Return": True}


def _given(wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if value is not None}
