"""EC2 actions on instances: launch, see, start, stop, reboot, terminate."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from backend import absent, addresses, errors, launch_template_data, states, zones
from backend.conductor import wishes
from backend.db import reading
from backend.db.models import Instance
from backend.instances import parameters, power
from backend.instances.launch import launch
from backend.shared import Shared
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Describe, show_tags
from ec2api.ec2.instance_filters import FILTERS
from ec2api.ec2.network_interfaces import show_ranges
from ec2api.protocol import model
from ec2api.registry import CLIENT_TOKEN, Action, action, register

LOAD = wishes.LOAD  # the answer of a launch and what its hosts are told are made from one reading
UNMANAGED = Shared(Managed=False)
"""No resource of this cloud belongs to a service of AWS."""
_NETWORK_PERFORMANCE = Shared(BandwidthWeighting="default")
_MONITORING = {state: Shared(State=state) for state in ("disabled", "enabled")}


def show(instance: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    """A record with ``LOAD`` as EC2's Instance. ``zone_ids``: the ids of zones by name, as its owner sees them."""
    interfaces = [_interface(nic) for nic in instance.interfaces]
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
            "GroupId": instance.placement_group_id,
            "Tenancy": instance.tenancy,
            "PartitionNumber": instance.partition_number,
            "HostId": instance.host_resource_id,
            "Affinity": instance.affinity,
        },
        "Monitoring": _MONITORING[instance.monitoring],
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
        "SecurityGroups": interfaces[0]["Groups"] if interfaces else (),
        "SourceDestCheck": instance.source_dest_check,
        "Hypervisor": instance.hypervisor,
        "NetworkInterfaces": interfaces,
        "EbsOptimized": instance.ebs_optimized,
        "EnaSupport": instance.ena_support,
        "SriovNetSupport": instance.sriov_net_support,
        "IamInstanceProfile": instance.iam_instance_profile,
        "InstanceLifecycle": instance.lifecycle,
        "SpotInstanceRequestId": instance.spot_request_id,
        "KernelId": instance.kernel_id,
        "RamdiskId": instance.ramdisk_id,
        "Platform": instance.platform,
        "PlatformDetails": instance.platform_details,
        "UsageOperation": instance.usage_operation,
        "UsageOperationUpdateTime": instance.created,
        "NetworkPerformanceOptions": _NETWORK_PERFORMANCE,
        "Operator": UNMANAGED,
        "BootMode": instance.boot_mode,
        "CurrentInstanceBootMode": instance.current_boot_mode,
        "CapacityReservationId": instance.capacity_reservation_id,
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
            **nic.options.get("Attachment", {}),
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
        "ConnectionTrackingConfiguration": nic.options.get("ConnectionTrackingConfiguration"),
        **show_ranges(nic),
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


def run_instances(call: Call, **given: Any) -> dict[str, Any]:
    wanted_tags = {kind: call.tags(kind) for kind in parameters.TAGGABLE}
    if template := given.pop("LaunchTemplate", None):
        given, wanted_tags = launch_template_data.fill_in(call.uow, template, given, wanted_tags)
    request = parameters.launch_request(given, wanted_tags, client_token=call.parameters.get(CLIENT_TOKEN, ""))
    reservation_id = launch(call.uow, call.settings, request)
    instances = _members(call, reservation_id)
    call.uow.converge_as_read(instances)
    return _shown(call, reservation_id, instances)


register(
    Action(
        "ec2",
        model.service("ec2").operation_model("RunInstances"),
        run_instances,
        {name: name for name in (*parameters.PARAMETERS, *absent.LAUNCH, "LaunchTemplate")},
        writes=True,
        taggable=frozenset(parameters.TAGGABLE),
        recall=ByReservation(),
        open_enums=frozenset({"InstanceType"}),
    )
)


_FOR_HOSTS = (
    *("desired", "generation", "power_generation", "observed", "observed_generation", "observed_sequence", "sent_at"),
    *("reboots", "force_stop", "running_since", "terminated_at", "host", "launch_attempts", "claimed_vcpus"),
    *("claimed_memory_mib", "vcpus", "memory_mib", "user_data", "public_key", "disable_api_termination"),
    *("disable_api_stop", "shutdown_behavior", "credit"),
)
"""Columns of what is wanted of a host, or is shown elsewhere."""

Describe(
    "DescribeInstances",
    Instance,
    group=show_reservations,
    without=_FOR_HOSTS,
    ids="InstanceIds",
    load=LOAD[1:],
    filters=FILTERS,
    extra=INCLUDE_MANAGED,
    answers="Reservations",
    exclusive=True,
)


IDS = ("InstanceIdStringList",)
"""Of none, AWS says so in another way than of other parameters that are missing."""


def _changes(found: list[power.Change]) -> list[dict[str, Any]]:
    return [
        {
            "InstanceId": change.instance_id,
            "PreviousState": states.show(change.before),
            "CurrentState": states.show(change.after),
        }
        for change in found
    ]


@action(open_enums=IDS)
def start_instances(
    call: Call,
    *,
    instance_ids: Sequence[str] = (),
    additional_info: str | None = None,  # noqa: ARG001  AWS keeps it for itself: it has no effect
) -> dict[str, Any]:
    return {"StartingInstances": _changes(power.start(call.uow, call.settings, instance_ids))}


@action(open_enums=IDS)
def stop_instances(
    call: Call,
    *,
    instance_ids: Sequence[str] = (),
    force: bool = False,
    hibernate: bool = False,
    skip_os_shutdown: bool = False,
) -> dict[str, Any]:
    at_once = force or skip_os_shutdown
    return {"StoppingInstances": _changes(power.stop(call.uow, instance_ids, force=at_once, hibernate=hibernate))}


@action
def reboot_instances(call: Call, *, instance_ids: list[str]) -> None:
    power.reboot(call.uow, instance_ids)


@action(open_enums=IDS)
def terminate_instances(
    call: Call,
    *,
    instance_ids: Sequence[str] = (),
    force: bool = False,  # noqa: ARG001  a guest that does not shut down in time is always ended by force
    skip_os_shutdown: bool = False,
) -> dict[str, Any]:
    changes = power.terminate(call.uow, instance_ids, skip_os_shutdown=skip_os_shutdown)
    return {"TerminatingInstances": _changes(changes)}
