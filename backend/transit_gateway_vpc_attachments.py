"""VPCs attached to transit gateways, by an interface in one subnet of each zone.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address

from sqlalchemy import delete, update

from backend import (
    clock,
    dependencies,
    errors,
    ids,
    interface_creation,
    interface_ranges,
    network_interfaces,
    transit_gateway_attachments,
    transit_gateways,
    transitions,
)
from backend.config import Settings
from backend.db import reading
from backend.db.models import NetworkInterface, Subnet, TransitGatewayAttachment, TransitGatewaySubnet, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.transit_gateways import DISABLE, ENABLE, ENDED
from backend.wanted_addresses import WantedAddresses

REQUESTER = "amazon-aws"
IPV6 = "Ipv6Support"
DEFAULTS = {
    "DnsSupport": ENABLE,
    "SecurityGroupReferencingSupport": ENABLE,
    IPV6: DISABLE,
    "ApplianceModeSupport": DISABLE,
}

_attachment = reading.table_of(TransitGatewayAttachment).c

dependencies.keeps(
    Vpc,
    TransitGatewayAttachment.resource_id,
    _attachment.resource_type == "vpc",
    _attachment.state.not_in(["deleted", "rejected", "failed"]),
)


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    transit_gateway_id: str,
    vpc_id: str,
    subnet_ids: Sequence[str],
    options: Mapping[str, str] | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> TransitGatewayAttachment:
    """Attach a VPC of the account. Errors: IncorrectState, DuplicateTransitGatewayAttachment, MissingParameter,
    InvalidParameterValue, DuplicateSubnetsInSameZone, InsufficientFreeAddressesInSubnet.
    """
    gateway = transit_gateways.require(uow, transit_gateway_id)
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    if not subnet_ids:
        raise errors.MissingParameter(name="subnetIds")
    twins = uow.records(
        TransitGatewayAttachment,
        _attachment.transit_gateway_id == gateway.id,
        _attachment.resource_id == vpc.id,
        _attachment.state.not_in(["deleted", "rejected", "failed"]),
    )
    if twins:
        raise errors.DuplicateTransitGatewayAttachment(id=gateway.id)
    attachment = TransitGatewayAttachment(
        account=uow.account,
        region=uow.region,
        transit_gateway_id=gateway.id,
        resource_type="vpc",
        resource_id=vpc.id,
        resource_account=uow.account,
        options={**DEFAULTS, **(options or {})},
    )
    transitions.begin(uow, settings, attachment, "pending", "available")
    subnets = _checked(uow, vpc, subnet_ids, [])
    transit_gateway_attachments.add(uow, gateway, attachment, wanted_tags or {})
    _enter(uow, attachment, vpc, subnets)
    return attachment


def modify(
    uow: UnitOfWork,
    settings: Settings,
    attachment_id: str,
    *,
    add_subnet_ids: Sequence[str] = (),
    remove_subnet_ids: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
) -> TransitGatewayAttachment:
    """Change where a VPC is entered, and how. Errors: IncorrectState, InvalidParameterValue,
    DuplicateSubnetsInSameZone, InsufficientFreeAddressesInSubnet.
    """
    attachment = transit_gateway_attachments.require(uow, attachment_id, "vpc")
    transit_gateway_attachments.require_state(attachment, "available")
    vpc = uow.require(Vpc, attachment.resource_id, for_update=True)
    present = {s.subnet_id: s for s in reading.by(uow, TransitGatewaySubnet.attachment_id, [attachment.id])}
    for subnet_id in remove_subnet_ids:
        if subnet_id not in present:
            raise errors.InvalidParameterValue(
                value=subnet_id, name="removeSubnetIds", reason=f"It is not a subnet of {attachment.id}."
            )
    kept = [subnet for id, subnet in present.items() if id not in remove_subnet_ids]
    added = _checked(uow, vpc, add_subnet_ids, kept)
    if not kept and not added:
        raise errors.InvalidValue(reason=f"{attachment.id} must keep at least one subnet.")
    leaving = [present[id] for id in dict.fromkeys(remove_subnet_ids)]
    network_interfaces.delete_all(uow, [subnet.network_interface_id for subnet in leaving])
    gone = TransitGatewaySubnet.row.in_([subnet.row for subnet in leaving])
    uow.execute(delete(TransitGatewaySubnet).where(gone), execution_options={"synchronize_session": False})
    before, attachment.options = attachment.options, {**attachment.options, **(options or {})}
    if attachment.options[IPV6] != before[IPV6]:
        _set_ipv6(uow, kept, enabled=attachment.options[IPV6] == ENABLE)
    _enter(uow, attachment, vpc, added)
    transitions.begin(uow, settings, attachment, "modifying", "available")
    return attachment


def delete_attachment(uow: UnitOfWork, settings: Settings, attachment_id: str) -> TransitGatewayAttachment:
    """Detach a VPC; IncorrectState while a Connect attachment is carried by it."""
    attachment = transit_gateway_attachments.require(uow, attachment_id, "vpc")
    transit_gateway_attachments.require_state(attachment, "available")
    carried = uow.records(
        TransitGatewayAttachment,
        _attachment.resource_type == "connect",
        _attachment.resource_id == attachment.id,
        _attachment.state.not_in(ENDED),
    )
    if carried:
        raise errors.IncorrectState(
            reason=f"{attachment.id} has non-deleted Transit Gateway Connect Attachments: {carried[0].id}."
        )
    transit_gateway_attachments.end(uow, settings, attachment)
    return attachment


def decide(uow: UnitOfWork, attachment_id: str) -> TransitGatewayAttachment:
    """Accept or reject a request of another account. Transit gateways are not shared here, so none ever waits.

    Errors: IncorrectState.
    """
    attachment = transit_gateway_attachments.require(uow, attachment_id, "vpc")
    transit_gateway_attachments.require_state(attachment, "pendingAcceptance")
    return attachment


def _checked(
    uow: UnitOfWork, vpc: Vpc, subnet_ids: Sequence[str], kept: Sequence[TransitGatewaySubnet]
) -> list[Subnet]:
    """The subnets to enter the VPC in: of this VPC, and one of each zone."""
    if not subnet_ids:
        return []
    subnets = uow.require_all(Subnet, subnet_ids)
    for subnet in subnets:
        if subnet.vpc_id != vpc.id:
            raise errors.InvalidParameterValue(value=subnet.id, name="subnetIds", reason=f"It is not in {vpc.id}.")
    zones = [subnet.zone for subnet in subnets] + [subnet.zone for subnet in kept]
    if len(set(zones)) < len(zones):
        raise errors.DuplicateSubnetsOfAttachment()
    return subnets


def _enter(uow: UnitOfWork, attachment: TransitGatewayAttachment, vpc: Vpc, subnets: Sequence[Subnet]) -> None:
    """An interface of the transit gateway's in each of these subnets."""
    for subnet in subnets:
        interface_id = interface_creation.make(
            uow,
            vpc,
            subnet,
            WantedAddresses(ipv6_count=1 if attachment.options[IPV6] == ENABLE else 0),
            description=f"Network Interface for Transit Gateway Attachment {attachment.id}",
            interface_type="transit_gateway",
        )
        managed = update(NetworkInterface).where(NetworkInterface.id == interface_id)
        uow.execute(
            managed.values(
                status="in-use",
                requester_id=REQUESTER,
                requester_managed=True,
                attachment_id=ids.new("ela-attach"),
                attachment_status="attached",
                attach_time=clock.this_second(),
                instance_owner_id=REQUESTER,
                device_index=1,
                network_card_index=0,
            ),
            execution_options={"synchronize_session": False},
        )
        uow.add(
            TransitGatewaySubnet(
                account=uow.account,
                region=uow.region,
                attachment_id=attachment.id,
                subnet_id=subnet.id,
                zone=subnet.zone,
                network_interface_id=interface_id,
            )
        )


def _set_ipv6(uow: UnitOfWork, subnets: Sequence[TransitGatewaySubnet], *, enabled: bool) -> None:
    """Give the interfaces that are there an IPv6 address, or take it."""
    for interface in reading.by(uow, NetworkInterface.id, [subnet.network_interface_id for subnet in subnets]):
        text = None
        if enabled:
            (address,) = interface_ranges.take_ipv6(uow, interface.subnet_id, [], 1)
            ranges = [interface_ranges.ipv6_range(address)]
            interface_ranges.insert_ranges(uow, interface.subnet_id, interface.id, ranges)
            text = str(address)
        elif interface.ipv6_address:
            held = interface_ranges.ipv6_range(IPv6Address(interface.ipv6_address))
            interface_ranges.free(uow, interface.subnet_id, [held])
        changed = update(NetworkInterface).where(NetworkInterface.id == interface.id)
        uow.execute(changed.values(ipv6_address=text), execution_options={"synchronize_session": False})
