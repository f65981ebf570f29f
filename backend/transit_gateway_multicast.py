"""Multicast domains of transit gateways: the subnets they reach, and the interfaces that send and receive in groups.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-multicast-overview.html
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from sqlalchemy import delete as remove

from backend import errors, tags, transit_gateway_attachments, transit_gateways, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    MulticastDomainAssociation,
    MulticastGroupInterface,
    NetworkInterface,
    Subnet,
    TransitGatewayAttachment,
    TransitGatewayMulticastDomain,
)
from backend.db.unit_of_work import UnitOfWork
from backend.transit_gateways import DISABLE, ENABLE

DEFAULTS = {
    "igmpv2_support": DISABLE,
    "static_sources_support": DISABLE,
    "auto_accept_shared_associations": DISABLE,
}
_association = reading.table_of(MulticastDomainAssociation).c
_WHATEVER = {"synchronize_session": False}

Association = MulticastDomainAssociation


def create(
    uow: UnitOfWork,
    settings: Settings,
    transit_gateway_id: str,
    *,
    options: Mapping[str, str] | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> TransitGatewayMulticastDomain:
    """A new domain. options: as ``DEFAULTS``. Errors: IncorrectState; InvalidParameterValue for a transit gateway
    without multicast support.
    """
    gateway = transit_gateways.require(uow, transit_gateway_id)
    if gateway.multicast_support != ENABLE:
        raise errors.InvalidParameterValue(
            value=gateway.id, name="transitGatewayId", reason="Multicast support is not enabled for it."
        )
    made = TransitGatewayMulticastDomain(
        account=uow.account,
        region=uow.region,
        transit_gateway_id=gateway.id,
        **{**DEFAULTS, **(options or {})},
    )
    transitions.begin(uow, settings, made, "pending", "available")
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def delete(uow: UnitOfWork, settings: Settings, domain_id: str) -> TransitGatewayMulticastDomain:
    """Delete a domain; IncorrectState while subnets are associated with it."""
    domain = require(uow, domain_id)
    if used := uow.records(Association, _association.domain_id == domain.id):
        listed = ", ".join(found.subnet_id for found in used)
        raise errors.IncorrectState(reason=f"{domain.id} has non-deleted associations: {listed}.")
    transitions.begin(uow, settings, domain, "deleting", "deleted")
    return domain


def require(uow: UnitOfWork, domain_id: str) -> TransitGatewayMulticastDomain:
    """A domain as an entity, locked, that is available; IncorrectState."""
    domain = uow.require(TransitGatewayMulticastDomain, domain_id, for_update=True)
    if domain.state != "available":
        raise errors.IncorrectState(reason=f"{domain.id} is in invalid state: {domain.state}.")
    return domain


def associate(
    uow: UnitOfWork, settings: Settings, domain_id: str, attachment_id: str, subnet_ids: Sequence[str]
) -> list[Association]:
    """Let a domain reach subnets of an attached VPC. Errors: MissingParameter, IncorrectState, InvalidParameterValue,
    Resource.AlreadyAssociated.
    """
    domain = require(uow, domain_id)
    attachment = transit_gateway_attachments.require(uow, attachment_id, "vpc")
    transit_gateway_attachments.require_state(attachment, "available")
    if attachment.transit_gateway_id != domain.transit_gateway_id:
        raise errors.InvalidParameterValue(
            value=attachment.id,
            name="transitGatewayAttachmentId",
            reason=f"It is not an attachment of {domain.transit_gateway_id}.",
        )
    if not subnet_ids:
        raise errors.MissingParameter(name="subnetIds")
    present = {found.subnet_id: found for found in reading.by(uow, Association.subnet_id, subnet_ids)}
    made = []
    for subnet in uow.require_all(Subnet, subnet_ids, for_update=True):
        if subnet.vpc_id != attachment.resource_id:
            raise errors.InvalidParameterValue(
                value=subnet.id, name="subnetIds", reason=f"It is not in {attachment.resource_id}."
            )
        if subnet.id in present:
            raise errors.ResourceAlreadyAssociated(
                reason=f"{subnet.id} is already associated with {present[subnet.id].domain_id}."
            )
        association = Association(
            account=uow.account,
            region=uow.region,
            domain_id=domain.id,
            attachment_id=attachment.id,
            vpc_id=subnet.vpc_id,
            subnet_id=subnet.id,
        )
        transitions.begin(uow, settings, association, "associating", "associated")
        made.append(association)
    uow.add_all(made)
    return made


def disassociate(
    uow: UnitOfWork, settings: Settings, domain_id: str, attachment_id: str, subnet_ids: Sequence[str]
) -> list[Association]:
    """The contrary; interfaces in these subnets leave the domain's groups."""
    found = associated(uow, domain_id, attachment_id, subnet_ids)
    for association in found:
        if association.state != "associated":
            raise errors.IncorrectState(
                reason=f"The association of {association.subnet_id} is in invalid state: {association.state}."
            )
        transitions.begin(uow, settings, association, "disassociating", transitions.GONE)
    left = remove(MulticastGroupInterface).where(
        MulticastGroupInterface.domain_id == domain_id, MulticastGroupInterface.subnet_id.in_(subnet_ids)
    )
    uow.execute(left, execution_options=_WHATEVER)
    return found


def decide(
    uow: UnitOfWork, domain_id: str | None, attachment_id: str | None, subnet_ids: Sequence[str]
) -> list[Association]:
    """Accept or reject associations of other accounts. Transit gateways are not shared here, so none ever waits."""
    if domain_id is None or attachment_id is None:
        raise errors.MissingParameter(name="transitGatewayMulticastDomainId")
    for association in associated(uow, domain_id, attachment_id, subnet_ids):
        raise errors.IncorrectState(
            reason=f"The association of {association.subnet_id} is in invalid state: {association.state}."
        )
    raise errors.MissingParameter(name="subnetIds")


def associated(uow: UnitOfWork, domain_id: str, attachment_id: str, subnet_ids: Sequence[str]) -> list[Association]:
    """Associations as entities; InvalidTransitGatewayMulticastDomainAssociation.NotFound."""
    uow.look_up(TransitGatewayMulticastDomain, domain_id)
    uow.look_up(TransitGatewayAttachment, attachment_id)
    query = uow.query(Association).filter_by(domain_id=domain_id, attachment_id=attachment_id)
    found = list(query.filter(Association.subnet_id.in_(subnet_ids)).with_for_update())
    if missing := set(subnet_ids) - {association.subnet_id for association in found}:
        raise errors.InvalidMulticastAssociation(domain_id=domain_id, subnet_id=min(missing))
    return found


def register(uow: UnitOfWork, domain_id: str, group: str | None, interface_ids: Sequence[str], role: str) -> list[str]:
    """Let interfaces receive from a group (``role`` member) or send to it (source), for good.

    Errors: MissingParameter, InvalidParameterValue; UnsupportedOperation for sources of a domain without static ones.
    """
    domain = require(uow, domain_id)
    if role == "source" and domain.static_sources_support != ENABLE:
        raise errors.UnsupportedOperation(reason=f"Static sources are not enabled for {domain.id}.")
    address = _group(group)
    if not interface_ids:
        raise errors.MissingParameter(name="networkInterfaceIds")
    interfaces = uow.look_up_all(NetworkInterface, interface_ids)
    reached = {a.subnet_id: a for a in reading.by(uow, Association.domain_id, [domain.id]) if a.state == "associated"}
    known = {found.network_interface_id: found for found in _registered(uow, domain.id, address, interface_ids)}
    for interface in interfaces:
        if interface.subnet_id not in reached:
            raise errors.InvalidParameterValue(
                value=interface.id, name="networkInterfaceIds", reason=f"Its subnet is not associated with {domain.id}."
            )
        row = known.get(interface.id) or MulticastGroupInterface(
            account=uow.account,
            region=uow.region,
            domain_id=domain.id,
            group_ip_address=address,
            network_interface_id=interface.id,
            attachment_id=reached[interface.subnet_id].attachment_id,
            vpc_id=interface.vpc_id,
            subnet_id=interface.subnet_id,
            member=False,
            source=False,
        )
        setattr(row, role, True)
        uow.add(row)
    return [interface.id for interface in interfaces]


def deregister(
    uow: UnitOfWork, domain_id: str | None, group: str | None, interface_ids: Sequence[str], role: str
) -> list[str]:
    """The contrary: of these interfaces, or of all; InvalidParameterValue for one that is not registered so."""
    if domain_id is None:
        raise errors.MissingParameter(name="transitGatewayMulticastDomainId")
    domain, address = require(uow, domain_id), _group(group)
    found = [row for row in _registered(uow, domain.id, address, interface_ids) if getattr(row, role)]
    gone = [row.network_interface_id for row in found]
    if missing := sorted(set(interface_ids) - set(gone)):
        raise errors.InvalidParameterValue(
            value=missing[0], name="networkInterfaceIds", reason=f"It is no {role} of the group {address}."
        )
    for row in found:
        setattr(row, role, False)
        if not (row.member or row.source):
            uow.delete(row)
    return gone


def _group(given: str | None) -> str:
    if given is None:
        raise errors.MissingParameter(name="groupIpAddress")
    try:
        address = ip_address(given)
        if not address.is_multicast:
            raise ValueError(given)
    except ValueError as fault:
        raise errors.InvalidParameterValue(
            value=given, name="groupIpAddress", reason="It must be a multicast address."
        ) from fault
    return str(address)


def _registered(
    uow: UnitOfWork, domain_id: str, group: str, interface_ids: Sequence[str]
) -> list[MulticastGroupInterface]:
    """Interfaces of a group, as entities: these, or all."""
    query = uow.query(MulticastGroupInterface).filter_by(domain_id=domain_id, group_ip_address=group)
    if interface_ids:
        query = query.filter(MulticastGroupInterface.network_interface_id.in_(interface_ids))
    return list(query.with_for_update())
