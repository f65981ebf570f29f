"""EC2 actions that make, change, attach and delete network interfaces.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
"""

from collections.abc import Sequence
from typing import Any

from backend import (
    errors,
    interface_attachments,
    interface_attributes,
    interface_creation,
    private_addresses,
    wanted_addresses,
    zones,
)
from backend.db.models import NetworkInterface
from ec2api.call import Call
from ec2api.ec2.network_interfaces import LOAD, show, show_attachment
from ec2api.registry import action


@action(tags=("network-interface",), open_enums=("NetworkInterfaceCreationType",))
def create_network_interface(
    call: Call,
    *,
    subnet_id: str,
    description: str = "",
    groups: Sequence[str] = (),
    interface_type: str = "interface",
    private_ip_address: str | None = None,
    private_ip_addresses: Sequence[dict[str, Any]] = (),
    secondary_private_ip_address_count: int = 0,
    ipv4_prefixes: Sequence[dict[str, Any]] = (),
    ipv4_prefix_count: int = 0,
    ipv6_addresses: Sequence[dict[str, Any]] = (),
    ipv6_address_count: int | None = None,
    ipv6_prefixes: Sequence[dict[str, Any]] = (),
    ipv6_prefix_count: int = 0,
    enable_primary_ipv6: bool = False,
    connection_tracking_specification: dict[str, int] | None = None,
    operator: dict[str, str] | None = None,
) -> dict[str, Any]:
    if operator is not None:
        raise errors.OperationNotPermitted(reason="The parameter Operator is reserved for services of the cloud.")
    given: dict[str, Any] = {
        "PrivateIpAddress": private_ip_address,
        "PrivateIpAddresses": private_ip_addresses,
        "SecondaryPrivateIpAddressCount": secondary_private_ip_address_count,
        "Ipv4Prefixes": ipv4_prefixes,
        "Ipv4PrefixCount": ipv4_prefix_count,
        "Ipv6Addresses": ipv6_addresses,
        "Ipv6Prefixes": ipv6_prefixes,
        "Ipv6PrefixCount": ipv6_prefix_count,
    }
    if ipv6_address_count is not None:
        given["Ipv6AddressCount"] = ipv6_address_count
    id = interface_creation.create(
        call.uow,
        subnet_id=subnet_id,
        wanted=wanted_addresses.read(given, primary_ipv6=enable_primary_ipv6),
        group_ids=groups,
        description=description,
        interface_type=interface_type,
        connection_tracking=connection_tracking_specification,
        tags=call.tags(NetworkInterface),
    )
    made = call.uow.look_up(NetworkInterface, id, load=LOAD)
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return {"NetworkInterface": show(made, zone_ids), "ClientToken": call.parameters.get("ClientToken")}


@action
def delete_network_interface(call: Call, *, network_interface_id: str) -> None:
    interface_creation.delete(call.uow, network_interface_id)


@action
def attach_network_interface(
    call: Call,
    *,
    network_interface_id: str,
    instance_id: str,
    device_index: int,
    network_card_index: int = 0,
    ena_srd_specification: dict[str, Any] | None = None,
    ena_queue_count: int | None = None,
) -> dict[str, Any]:
    interface = interface_attachments.attach(
        call.uow,
        network_interface_id=network_interface_id,
        instance_id=instance_id,
        device_index=device_index,
        network_card_index=network_card_index,
        options={"EnaSrdSpecification": ena_srd_specification, "EnaQueueCount": ena_queue_count},
    )
    return {"AttachmentId": interface.attachment_id, "NetworkCardIndex": network_card_index}


@action
def detach_network_interface(call: Call, *, attachment_id: str, force: bool = False) -> None:
    interface_attachments.detach(call.uow, attachment_id, force=force)


@action
def modify_network_interface_attribute(
    call: Call,
    *,
    network_interface_id: str,
    associate_public_ip_address: bool | None = None,
    attachment: dict[str, Any] | None = None,
    connection_tracking_specification: dict[str, int] | None = None,
    description: dict[str, str] | None = None,
    enable_primary_ipv6: bool | None = None,
    ena_srd_specification: dict[str, Any] | None = None,
    groups: Sequence[str] | None = None,
    source_dest_check: dict[str, bool] | None = None,
    associated_subnet_ids: Sequence[str] | None = None,
) -> None:
    values = {
        "AssociatedSubnetIds": associated_subnet_ids,
        "AssociatePublicIpAddress": associate_public_ip_address,
        "Attachment": attachment,
        "ConnectionTrackingSpecification": connection_tracking_specification,
        "Description": None if description is None else description.get("Value", ""),
        "EnablePrimaryIpv6": enable_primary_ipv6,
        "EnaSrdSpecification": ena_srd_specification,
        "Groups": groups,
        "SourceDestCheck": None if source_dest_check is None else source_dest_check.get("Value", True),
    }
    given = {name: value for name, value in values.items() if value is not None}
    interface_attributes.modify(call.uow, call.settings, network_interface_id, given)


@action
def reset_network_interface_attribute(
    call: Call, *, network_interface_id: str, source_dest_check: str | None = None
) -> None:
    given = {} if source_dest_check is None else {"SourceDestCheck": True}
    interface_attributes.modify(call.uow, call.settings, network_interface_id, given)


@action(reads=True)
def describe_network_interface_attribute(
    call: Call, *, network_interface_id: str, attribute: str | None = None
) -> dict[str, Any]:
    if attribute is None:
        raise errors.MissingParameter(name="Attribute")
    interface: Any = call.uow.look_up(NetworkInterface, network_interface_id, load=LOAD)
    values: dict[str, tuple[str, Any]] = {
        "associatePublicIpAddress": ("AssociatePublicIpAddress", interface.public_on_start),
        "attachment": ("Attachment", show_attachment(interface)),
        "description": ("Description", {"Value": interface.description}),
        "groupSet": ("Groups", [{"GroupId": g.group_id, "GroupName": g.group_name} for g in interface.groups]),
        "sourceDestCheck": ("SourceDestCheck", {"Value": interface.source_dest_check}),
    }
    if attribute not in values:
        raise errors.InvalidParameterValue(
            value=attribute, name="attribute", reason="The attribute cannot be described."
        )
    member, value = values[attribute]
    return {"NetworkInterfaceId": interface.id, member: value}


@action
def assign_private_ip_addresses(
    call: Call,
    *,
    network_interface_id: str,
    private_ip_addresses: Sequence[str] = (),
    secondary_private_ip_address_count: int = 0,
    ipv4_prefixes: Sequence[str] = (),
    ipv4_prefix_count: int = 0,
    allow_reassignment: bool = False,
) -> dict[str, Any]:
    assigned = private_addresses.assign_ipv4(
        call.uow,
        network_interface_id,
        wanted=private_ip_addresses,
        count=secondary_private_ip_address_count,
        prefixes=ipv4_prefixes,
        prefix_count=ipv4_prefix_count,
        allow_reassignment=allow_reassignment,
    )
    return {
        "NetworkInterfaceId": network_interface_id,
        "AssignedPrivateIpAddresses": [{"PrivateIpAddress": text} for text in assigned.addresses],
        "AssignedIpv4Prefixes": [{"Ipv4Prefix": text} for text in assigned.prefixes],
    }


@action
def unassign_private_ip_addresses(
    call: Call,
    *,
    network_interface_id: str,
    private_ip_addresses: Sequence[str] = (),
    ipv4_prefixes: Sequence[str] = (),
) -> None:
    private_addresses.unassign_ipv4(call.uow, network_interface_id, private_ip_addresses, ipv4_prefixes)


@action
def assign_ipv6_addresses(
    call: Call,
    *,
    network_interface_id: str,
    ipv6_addresses: Sequence[str] = (),
    ipv6_address_count: int = 0,
    ipv6_prefixes: Sequence[str] = (),
    ipv6_prefix_count: int = 0,
) -> dict[str, Any]:
    assigned = private_addresses.assign_ipv6(
        call.uow,
        network_interface_id,
        wanted=ipv6_addresses,
        count=ipv6_address_count,
        prefixes=ipv6_prefixes,
        prefix_count=ipv6_prefix_count,
    )
    return {
        "NetworkInterfaceId": network_interface_id,
        "AssignedIpv6Addresses": assigned.addresses,
        "AssignedIpv6Prefixes": assigned.prefixes,
    }


@action
def unassign_ipv6_addresses(
    call: Call,
    *,
    network_interface_id: str,
    ipv6_addresses: Sequence[str] = (),
    ipv6_prefixes: Sequence[str] = (),
) -> dict[str, Any]:
    lost = private_addresses.unassign_ipv6(call.uow, network_interface_id, ipv6_addresses, ipv6_prefixes)
    return {
        "NetworkInterfaceId": network_interface_id,
        "UnassignedIpv6Addresses": lost.addresses,
        "UnassignedIpv6Prefixes": lost.prefixes,
    }
