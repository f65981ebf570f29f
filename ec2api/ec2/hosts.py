"""EC2 actions on dedicated hosts.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Host.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import absent, dedicated_hosts, errors
from backend.db.models import DedicatedHost
from backend.dedicated_hosts import Wanted
from ec2api.call import Call
from ec2api.describe import Describe, nothing, show_tags
from ec2api.registry import CLIENT_TOKEN, action


def show(host: Any) -> dict[str, Any]:
    """A record with its instances."""
    running = [i for i in host.instances if i.claimed_vcpus]
    return {
        "AutoPlacement": host.auto_placement,
        "AvailabilityZone": host.zone,
        "AvailabilityZoneId": host.zone_id,
        "AvailableCapacity": _capacity(host) if host.state == "available" else None,
        "ClientToken": host.client_token or None,
        "HostId": host.id,
        "HostProperties": {
            "Cores": host.cores,
            "InstanceType": host.instance_type,
            "InstanceFamily": host.instance_family,
            "Sockets": host.sockets,
            "TotalVCpus": host.vcpus,
        },
        "Instances": [{"InstanceId": i.id, "InstanceType": i.instance_type, "OwnerId": i.account} for i in running],
        "State": host.state,
        "AllocationTime": host.created,
        "ReleaseTime": host.released,
        "Tags": show_tags(host),
        "HostRecovery": host.host_recovery,
        "AllowsMultipleInstanceTypes": "off" if host.instance_type else "on",
        "OwnerId": host.account,
        "MemberOfServiceLinkedResourceGroup": False,
        "HostMaintenance": host.host_maintenance,
        "CpuOptions": {"AmdSevSnp": host.amd_sev_snp} if host.amd_sev_snp else None,
    }


def _capacity(host: Any) -> dict[str, Any]:
    types = dedicated_hosts.family_types(host.instance_family)
    if host.instance_type:
        types = tuple(facts for facts in types if facts.name == host.instance_type)
    return {
        "AvailableInstanceCapacity": [
            {
                "InstanceType": facts.name,
                "AvailableCapacity": _fits(host.free_vcpus, host.free_memory_mib, facts),
                "TotalCapacity": _fits(host.vcpus, host.memory_mib, facts),
            }
            for facts in types
        ],
        "AvailableVCpus": host.free_vcpus,
    }


def _fits(vcpus: int, memory_mib: int, facts: Any) -> int:
    return int(min(vcpus // facts.vcpus, memory_mib // facts.memory_mib))


@action(tags=("dedicated-host",))
def allocate_hosts(
    call: Call,
    *,
    quantity: int | None = None,
    availability_zone: str | None = None,
    availability_zone_id: str | None = None,
    instance_type: str | None = None,
    instance_family: str | None = None,
    auto_placement: str = "off",
    host_recovery: str = "off",
    host_maintenance: str = "off",
    cpu_options: Mapping[str, str] | None = None,
    outpost_arn: str | None = None,
    asset_ids: Sequence[str] = (),
) -> dict[str, Any]:
    if asset_ids and outpost_arn is None:
        raise errors.InvalidParameterCombination(
            reason="The parameter AssetIds is supported only if you specify OutpostArn."
        )
    absent.outpost(outpost_arn, "outpostArn")
    wanted = Wanted(
        quantity=1 if quantity is None else quantity,
        zone=availability_zone,
        zone_id=availability_zone_id,
        instance_type=instance_type,
        instance_family=instance_family,
        auto_placement=auto_placement,
        host_recovery=host_recovery,
        host_maintenance=host_maintenance,
        amd_sev_snp=(cpu_options or {}).get("AmdSevSnp"),
        client_token=call.parameters.get(CLIENT_TOKEN, ""),
    )
    return {"HostIds": dedicated_hosts.allocate(call.uow, call.settings, wanted, call.tags(DedicatedHost))}


@action
def modify_hosts(
    call: Call,
    *,
    host_ids: list[str],
    auto_placement: str | None = None,
    host_recovery: str | None = None,
    host_maintenance: str | None = None,
    instance_type: str | None = None,
    instance_family: str | None = None,
) -> dict[str, Any]:
    wanted = {
        "auto_placement": auto_placement,
        "host_recovery": host_recovery,
        "host_maintenance": host_maintenance,
        "instance_type": instance_type,
        "instance_family": instance_family,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return _outcome(host_ids, dedicated_hosts.modify(call.uow, host_ids, given))


@action
def release_hosts(call: Call, *, host_ids: list[str]) -> dict[str, Any]:
    return _outcome(host_ids, dedicated_hosts.release(call.uow, host_ids))


def _outcome(ids: list[str], failed: list[tuple[str, errors.CloudError]]) -> dict[str, Any]:
    reasons = dict(failed)
    return {
        "Successful": [id for id in dict.fromkeys(ids) if id not in reasons],
        "Unsuccessful": [
            {"ResourceId": id, "Error": {"Code": fault.code, "Message": fault.message}} for id, fault in failed
        ],
    }


Describe(
    "DescribeHosts",
    DedicatedHost,
    view=show,
    ids="HostIds",
    load=(DedicatedHost.instances,),
    filters={
        "auto-placement": DedicatedHost.auto_placement,
        "availability-zone": DedicatedHost.zone,
        "client-token": DedicatedHost.client_token,
        "host-reservation-id": nothing,
        "instance-type": DedicatedHost.instance_type,
        "state": DedicatedHost.state,
    },
    limits=(5, 500),
    exclusive=True,
)
