"""EC2 actions on instances: launch, see, start, stop, reboot, terminate."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from backend import addresses, errors, states, zones
from backend.conductor import wishes
from backend.db import reading
from backend.db.models import Instance
from backend.instances import power
from backend.instances.block_devices import EBS_MEMBERS
from backend.instances.interfaces import MEMBERS as INTERFACE_MEMBERS
from backend.instances.launch import launch
from backend.instances.request import LaunchRequest
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Describe, show_tags
from ec2api.ec2.instance_filters import FILTERS
from ec2api.parameters import only, only_each
from ec2api.registry import CLIENT_TOKEN, action

LOAD = wishes.LOAD  # the answer of a launch and what its hosts are told are made from one reading
UNMANAGED = {"Managed": False}
"""No resource of this cloud belongs to a service of AWS."""


def show(instance: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    """A record with ``LOAD`` as EC2's Instance. ``zone_ids``: the ids of zones by name, as its owner sees them."""
    shown: dict[str, Any] = {
        "InstanceId": instance.id,
        "ImageId": instance.image_id,
        "State": states.show(instance.state),
        "PrivateDnsName": instance.private_dns_name,
        "PublicDnsName": instance.public_dns_name,
        "StateTransitionReason": instance.transition_reason,
        "KeyName": instance.key_name,
        "AmiLaunchIndex": instance.launch_index,
        "ProductCodes": (),
        "InstanceType": instance.instance_type,
        "LaunchTime": instance.launch_time,
        "Placement": {
            "AvailabilityZone": instance.zone,
            "AvailabilityZoneId": zone_ids.get(instance.zone),
            "GroupName": instance.placement_group or "",
            "Tenancy": instance.tenancy,
            "PartitionNumber": instance.partition_number,
            "HostId": instance.host_resource_id,
            "Affinity": instance.affinity,
        },
        "Monitoring": {"State": instance.monitoring},
        "SubnetId": instance.subnet_id,
        "VpcId": instance.vpc_id,
        "PrivateIpAddress": instance.private_ip,
        "PublicIpAddress": instance.public_ip,
        "Architecture": instance.architecture,
        "RootDeviceType": instance.root_device_type,
        "RootDeviceName": instance.root_device_name,
        "BlockDeviceMappings": [_block_device(a) for a in instance.attachments],
        "VirtualizationType": instance.virtualization_type,
        "ClientToken": instance.client_token,
        "Tags": show_tags(instance),
        "SecurityGroups": _groups(instance),
        "SourceDestCheck": instance.source_dest_check,
        "Hypervisor": instance.hypervisor,
        "NetworkInterfaces": [_interface(nic) for nic in instance.interfaces],
        "EbsOptimized": instance.ebs_optimized,
        "EnaSupport": instance.ena_support,
        "SriovNetSupport": instance.sriov_net_support,
        "IamInstanceProfile": instance.iam_instance_profile,
        "InstanceLifecycle": instance.lifecycle,
        "KernelId": instance.kernel_id,
        "RamdiskId": instance.ramdisk_id,
        "Platform": instance.platform,
        "PlatformDetails": instance.platform_details,
        "UsageOperation": instance.usage_operation,
        "UsageOperationUpdateTime": instance.created,
        "NetworkPerformanceOptions": {"BandwidthWeighting": "default"},
        "Operator": UNMANAGED,
        "BootMode": instance.boot_mode,
        "CurrentInstanceBootMode": instance.current_boot_mode,
        "Ipv6Address": instance.ipv6_address,
        **instance.options,
    }
    if instance.state_reason_code:
        shown["StateReason"] = {"Code": instance.state_reason_code, "Message": instance.state_reason_message}
    return shown


def _block_device(attachment: Any) -> dict[str, Any]:
    return {
        "DeviceName": attachment.device,
        "Ebs": {
            "VolumeId": attachment.volume_id,
            "Status": attachment.state,
            "AttachTime": attachment.attach_time,
            "DeleteOnTermination": attachment.delete_on_termination,
        },
    }


def _groups(instance: Any) -> list[dict[str, Any]]:
    for nic in instance.interfaces:
        return [{"GroupId": g.group_id, "GroupName": g.group_name} for g in nic.groups]
    return []


def _interface(nic: Any) -> dict[str, Any]:
    primary = nic.addresses[0] if nic.addresses else None
    return {
        "NetworkInterfaceId": nic.id,
        "SubnetId": nic.subnet_id,
        "VpcId": nic.vpc_id,
        "Description": nic.description,
        "OwnerId": nic.account,
        "Status": nic.status,
        "MacAddress": nic.mac_address,
        "PrivateIpAddress": nic.private_ip,
        "PrivateDnsName": nic.private_dns_name,
        "SourceDestCheck": nic.source_dest_check,
        "InterfaceType": nic.interface_type,
        "Operator": UNMANAGED,
        "Groups": [{"GroupId": g.group_id, "GroupName": g.group_name} for g in nic.groups],
        "Attachment": {
            "AttachmentId": nic.attachment_id,
            "DeviceIndex": nic.device_index,
            "NetworkCardIndex": nic.network_card_index,
            "Status": nic.attachment_status,
            "AttachTime": nic.attach_time,
            "DeleteOnTermination": nic.delete_on_termination,
        },
        "Association": _association(primary) if primary else None,
        "PrivateIpAddresses": [
            {
                "PrivateIpAddress": address.address,
                "PrivateDnsName": _private_dns_name(nic, address),
                "Primary": address.primary,
                "Association": _association(address),
            }
            for address in nic.addresses
        ],
        "Ipv6Addresses": (),
    }


def _private_dns_name(nic: Any, address: Any) -> str | None:
    if address.primary or not nic.private_dns_name:
        return nic.private_dns_name and str(nic.private_dns_name)
    return addresses.private_dns_name(nic.region, address.address)


def _association(address: Any) -> dict[str, Any] | None:
    if not address.public_ip:
        return None
    return {
        "PublicIp": address.public_ip,
        "PublicDnsName": address.public_dns_name or "",
        "IpOwnerId": address.public_owner,
    }


def show_reservations(call: Call, instances: list[Any]) -> list[dict[str, Any]]:
    """Instances in the order of their rows, as EC2's Reservations."""
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [
        {
            "ReservationId": reservation_id,
            "OwnerId": members[0].account,
            "Groups": (),
            "Instances": [show(i, zone_ids) for i in members],
        }
        for reservation_id, members in ((id, list(group)) for id, group in groupby(instances, _reservation))
    ]


def _reservation(instance: Any) -> str:
    found: str = instance.reservation_id
    return found


def reservation(call: Call, reservation_id: str) -> dict[str, Any]:
    """One reservation with all its instances."""
    return _shown(call, reservation_id, _members(call, reservation_id))


def _members(call: Call, reservation_id: str) -> list[Any]:
    found: list[Any] = reading.by(call.uow, Instance.reservation_id, [reservation_id], load=LOAD)
    return found


def _shown(call: Call, reservation_id: str, instances: list[Any]) -> dict[str, Any]:
    shown = show_reservations(call, instances)
    return shown[0] if shown else {"ReservationId": reservation_id, "OwnerId": call.account, "Instances": ()}


class ByReservation:
    """A repeated RunInstances answers with the instances of the first one, as they are now."""

    def keep(self, answer: dict[str, Any]) -> dict[str, Any]:
        return {"ReservationId": answer["ReservationId"]}

    def answer(self, call: Call, kept: dict[str, Any]) -> dict[str, Any]:
        found = reservation(call, kept["ReservationId"])
        if all(i["State"]["Name"] == "terminated" for i in found["Instances"]):
            raise errors.IdempotentInstanceTerminated(token=call.parameters[CLIENT_TOKEN])
        return found


@action(tags=("instance", "volume", "network-interface"), recall=ByReservation(), open_enums=("InstanceType",))
def run_instances(
    call: Call,
    *,
    min_count: int,
    max_count: int,
    image_id: str | None = None,
    instance_type: str = "m1.small",
    key_name: str | None = None,
    subnet_id: str | None = None,
    private_ip_address: str | None = None,
    security_group_ids: list[str] | None = None,
    security_groups: list[str] | None = None,
    network_interfaces: list[dict[str, Any]] | None = None,
    block_device_mappings: list[dict[str, Any]] | None = None,
    placement: dict[str, Any] | None = None,
    user_data: str | None = None,
    monitoring: dict[str, Any] | None = None,
    ebs_optimized: bool | None = None,
    disable_api_termination: bool = False,
    disable_api_stop: bool = False,
    instance_initiated_shutdown_behavior: str = "stop",
    metadata_options: dict[str, Any] | None = None,
    cpu_options: dict[str, Any] | None = None,
    credit_specification: dict[str, Any] | None = None,
    hibernation_options: dict[str, Any] | None = None,
    enclave_options: dict[str, Any] | None = None,
    maintenance_options: dict[str, Any] | None = None,
    private_dns_name_options: dict[str, Any] | None = None,
    capacity_reservation_specification: dict[str, Any] | None = None,
) -> dict[str, Any]:
    request = LaunchRequest(
        image_id=_required(image_id, "ImageId"),
        instance_type=instance_type,
        min_count=min_count,
        max_count=max_count,
        client_token=call.parameters.get("ClientToken", ""),
        key_name=key_name,
        subnet_id=subnet_id,
        private_ip_address=private_ip_address,
        security_group_ids=security_group_ids or (),
        security_groups=security_groups or (),
        network_interfaces=only_each(network_interfaces, "NetworkInterface", INTERFACE_MEMBERS),
        block_device_mappings=_block_devices(block_device_mappings),
        placement=_placement(placement),
        user_data=user_data,
        monitoring=bool(only(monitoring, "Monitoring", ("Enabled",)).get("Enabled")),
        ebs_optimized=ebs_optimized,
        disable_api_termination=disable_api_termination,
        disable_api_stop=disable_api_stop,
        shutdown_behavior=instance_initiated_shutdown_behavior,
        metadata_options=metadata_options or {},
        cpu_options=only(cpu_options, "CpuOptions", ("CoreCount", "ThreadsPerCore")),
        credit_specification=credit_specification or {},
        hibernation_options=hibernation_options or {},
        enclave_options=enclave_options or {},
        maintenance_options=only(maintenance_options, "MaintenanceOptions", ("AutoRecovery",)),
        private_dns_name_options=private_dns_name_options or {},
        capacity_reservation=_capacity_reservation(capacity_reservation_specification),
        instance_tags=call.tags("instance"),
        volume_tags=call.tags("volume"),
        interface_tags=call.tags("network-interface"),
    )
    reservation_id = launch(call.uow, call.settings, request)
    instances = _members(call, reservation_id)
    call.uow.converge_as_read(instances)
    return _shown(call, reservation_id, instances)


Describe(
    "DescribeInstances",
    Instance,
    group=show_reservations,
    ids="InstanceIds",
    load=LOAD[1:],
    filters=FILTERS,
    extra=INCLUDE_MANAGED,
    answers="Reservations",
    exclusive=True,
)


def _required(value: str | None, name: str) -> str:
    if not value:
        raise errors.MissingParameter(name=name)
    return value


def _block_devices(given: list[dict[str, Any]] | None) -> list[Any]:
    for number, device in enumerate(given or (), 1):
        only(device.get("Ebs"), f"BlockDeviceMapping.{number}.Ebs", EBS_MEMBERS)
    return given or []


def _placement(given: dict[str, Any] | None) -> Any:
    # Terraform's provider sends an empty AvailabilityZone, which AWS takes for none.
    stated = {name: value for name, value in (given or {}).items() if value != ""}
    found = only(stated, "Placement", ("AvailabilityZone", "AvailabilityZoneId", "Tenancy", "GroupName"))
    if found.get("GroupName"):
        raise errors.InvalidPlacementGroupUnknown(name=found["GroupName"])
    if found.get("Tenancy", "default") != "default":
        raise errors.UnsupportedOperation(reason=f"Tenancy {found['Tenancy']} is not supported by this cloud.")
    return found


def _capacity_reservation(given: dict[str, Any] | None) -> Any:
    name = "CapacityReservationSpecification"
    found = only(given, name, ("CapacityReservationPreference",))
    if found.get("CapacityReservationPreference") == "capacity-reservations-only":
        raise errors.UnsupportedOperation(reason="Capacity reservations are not supported by this cloud.")
    return found


def _changes(found: list[power.Change]) -> list[dict[str, Any]]:
    return [
        {
            "InstanceId": change.instance_id,
            "PreviousState": states.show(change.before),
            "CurrentState": states.show(change.after),
        }
        for change in found
    ]


@action
def start_instances(call: Call, *, instance_ids: list[str]) -> dict[str, Any]:
    return {"StartingInstances": _changes(power.start(call.uow, call.settings, instance_ids))}


@action
def stop_instances(
    call: Call,
    *,
    instance_ids: list[str],
    force: bool = False,
    hibernate: bool = False,
    skip_os_shutdown: bool = False,
) -> dict[str, Any]:
    at_once = force or skip_os_shutdown
    return {"StoppingInstances": _changes(power.stop(call.uow, instance_ids, force=at_once, hibernate=hibernate))}


@action
def reboot_instances(call: Call, *, instance_ids: list[str]) -> None:
    power.reboot(call.uow, instance_ids)


@action
def terminate_instances(call: Call, *, instance_ids: list[str]) -> dict[str, Any]:
    return {"TerminatingInstances": _changes(power.terminate(call.uow, instance_ids))}
