"""EC2 actions on multicast domains of transit gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayMulticastDomain.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import literal, select

from backend import transit_gateway_multicast as multicast
from backend.db import reading
from backend.db.matching import matches
from backend.db.models import (
    MulticastDomainAssociation,
    MulticastGroupInterface,
    NetworkInterface,
    TransitGatewayMulticastDomain,
)
from ec2api.call import Call
from ec2api.describe import Condition, Describe, constant, show_tags
from ec2api.registry import action

STATIC = "static"
"""How interfaces come into groups here: no traffic is watched for those that ask to, by IGMP."""

_OPTIONS = {
    "Igmpv2Support": "igmpv2_support",
    "StaticSourcesSupport": "static_sources_support",
    "AutoAcceptSharedAssociations": "auto_accept_shared_associations",
}
_group = reading.table_of(MulticastGroupInterface).c


def show(domain: Any) -> dict[str, Any]:
    arn = f"arn:aws:ec2:{domain.region}:{domain.account}:transit-gateway-multicast-domain/{domain.id}"
    return {
        "TransitGatewayMulticastDomainId": domain.id,
        "TransitGatewayId": domain.transit_gateway_id,
        "TransitGatewayMulticastDomainArn": arn,
        "OwnerId": domain.account,
        "Options": {name: getattr(domain, column) for name, column in _OPTIONS.items()},
        "State": domain.state,
        "CreationTime": domain.created,
        "Tags": show_tags(domain),
    }


def _shown(call: Call, id: str) -> dict[str, Any]:
    load = (TransitGatewayMulticastDomain.tags,)
    return {"TransitGatewayMulticastDomain": show(call.uow.look_up(TransitGatewayMulticastDomain, id, load=load))}


def _show_associations(call: Call, found: Sequence[Any]) -> dict[str, Any]:
    return {
        "Associations": {
            "TransitGatewayMulticastDomainId": found[0].domain_id,
            "TransitGatewayAttachmentId": found[0].attachment_id,
            "ResourceId": found[0].vpc_id,
            "ResourceType": "vpc",
            "ResourceOwnerId": call.account,
            "Subnets": [{"SubnetId": one.subnet_id, "State": one.state} for one in found],
        }
    }


@action(tags=("transit-gateway-multicast-domain",))
def create_transit_gateway_multicast_domain(
    call: Call, *, transit_gateway_id: str, options: Mapping[str, str] | None = None
) -> dict[str, Any]:
    made = multicast.create(
        call.uow,
        call.settings,
        transit_gateway_id,
        options={_OPTIONS[name]: value for name, value in (options or {}).items()},
        wanted_tags=call.tags(TransitGatewayMulticastDomain),
    )
    return _shown(call, made.id)


@action
def delete_transit_gateway_multicast_domain(call: Call, *, transit_gateway_multicast_domain_id: str) -> dict[str, Any]:
    return _shown(call, multicast.delete(call.uow, call.settings, transit_gateway_multicast_domain_id).id)


@action
def associate_transit_gateway_multicast_domain(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str,
    transit_gateway_attachment_id: str,
    subnet_ids: Sequence[str],
) -> dict[str, Any]:
    made = multicast.associate(
        call.uow,
        call.settings,
        transit_gateway_multicast_domain_id,
        transit_gateway_attachment_id,
        subnet_ids,
    )
    return _show_associations(call, made)


@action
def disassociate_transit_gateway_multicast_domain(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str,
    transit_gateway_attachment_id: str,
    subnet_ids: Sequence[str],
) -> dict[str, Any]:
    found = multicast.disassociate(
        call.uow,
        call.settings,
        transit_gateway_multicast_domain_id,
        transit_gateway_attachment_id,
        subnet_ids,
    )
    return _show_associations(call, found)


@action
def accept_transit_gateway_multicast_domain_associations(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str | None = None,
    transit_gateway_attachment_id: str | None = None,
    subnet_ids: Sequence[str] = (),
) -> dict[str, Any]:
    found = multicast.decide(call.uow, transit_gateway_multicast_domain_id, transit_gateway_attachment_id, subnet_ids)
    return _show_associations(call, found)


@action
def reject_transit_gateway_multicast_domain_associations(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str | None = None,
    transit_gateway_attachment_id: str | None = None,
    subnet_ids: Sequence[str] = (),
) -> dict[str, Any]:
    found = multicast.decide(call.uow, transit_gateway_multicast_domain_id, transit_gateway_attachment_id, subnet_ids)
    return _show_associations(call, found)


def _register(call: Call, domain_id: str, group: str | None, interface_ids: Sequence[str], role: str) -> dict[str, Any]:
    made = multicast.register(call.uow, domain_id, group, interface_ids, role)
    shown = {
        "TransitGatewayMulticastDomainId": domain_id,
        "RegisteredNetworkInterfaceIds": made,
        "GroupIpAddress": group,
    }
    return {f"RegisteredMulticastGroup{role.capitalize()}s": shown}


def _deregister(
    call: Call, domain_id: str | None, group: str | None, interface_ids: Sequence[str], role: str
) -> dict[str, Any]:
    gone = multicast.deregister(call.uow, domain_id, group, interface_ids, role)
    shown = {
        "TransitGatewayMulticastDomainId": domain_id,
        "DeregisteredNetworkInterfaceIds": gone,
        "GroupIpAddress": group,
    }
    return {f"DeregisteredMulticastGroup{role.capitalize()}s": shown}


@action
def register_transit_gateway_multicast_group_members(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str,
    group_ip_address: str | None = None,
    network_interface_ids: Sequence[str],
) -> dict[str, Any]:
    return _register(call, transit_gateway_multicast_domain_id, group_ip_address, network_interface_ids, "member")


@action
def register_transit_gateway_multicast_group_sources(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str,
    group_ip_address: str | None = None,
    network_interface_ids: Sequence[str],
) -> dict[str, Any]:
    return _register(call, transit_gateway_multicast_domain_id, group_ip_address, network_interface_ids, "source")


@action
def deregister_transit_gateway_multicast_group_members(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str | None = None,
    group_ip_address: str | None = None,
    network_interface_ids: Sequence[str] = (),
) -> dict[str, Any]:
    return _deregister(call, transit_gateway_multicast_domain_id, group_ip_address, network_interface_ids, "member")


@action
def deregister_transit_gateway_multicast_group_sources(
    call: Call,
    *,
    transit_gateway_multicast_domain_id: str | None = None,
    group_ip_address: str | None = None,
    network_interface_ids: Sequence[str] = (),
) -> dict[str, Any]:
    return _deregister(call, transit_gateway_multicast_domain_id, group_ip_address, network_interface_ids, "source")


Describe(
    "DescribeTransitGatewayMulticastDomains",
    TransitGatewayMulticastDomain,
    view=show,
    ids="TransitGatewayMulticastDomainIds",
    filters={
        "state": TransitGatewayMulticastDomain.state,
        "transit-gateway-id": TransitGatewayMulticastDomain.transit_gateway_id,
        "transit-gateway-multicast-domain-id": TransitGatewayMulticastDomain.id,
    },
)


def _show_association(association: Any) -> dict[str, Any]:
    return {
        "TransitGatewayAttachmentId": association.attachment_id,
        "ResourceId": association.vpc_id,
        "ResourceType": "vpc",
        "ResourceOwnerId": association.account,
        "Subnet": {"SubnetId": association.subnet_id, "State": association.state},
    }


def _of_domain(call: Call, domain_id: str) -> Sequence[Condition]:
    call.uow.look_up(TransitGatewayMulticastDomain, domain_id)
    return [reading.table_of(MulticastDomainAssociation).c.domain_id == domain_id]


Describe(
    "GetTransitGatewayMulticastDomainAssociations",
    MulticastDomainAssociation,
    view=_show_association,
    extra={"TransitGatewayMulticastDomainId": _of_domain},
    tagged=False,
    filters={
        "resource-id": MulticastDomainAssociation.vpc_id,
        "resource-type": constant("vpc"),
        "state": MulticastDomainAssociation.state,
        "subnet-id": MulticastDomainAssociation.subnet_id,
        "transit-gateway-attachment-id": MulticastDomainAssociation.attachment_id,
    },
)


def _show_group(found: Any) -> dict[str, Any]:
    return {
        "GroupIpAddress": found.group_ip_address,
        "TransitGatewayAttachmentId": found.attachment_id,
        "SubnetId": found.subnet_id,
        "ResourceId": found.vpc_id,
        "ResourceType": "vpc",
        "ResourceOwnerId": found.account,
        "NetworkInterfaceId": found.network_interface_id,
        "GroupMember": found.member,
        "GroupSource": found.source,
        "MemberType": STATIC if found.member else None,
        "SourceType": STATIC if found.source else None,
    }


def _groups_of(call: Call, domain_id: str) -> Sequence[Condition]:
    """Of interfaces that are still there."""
    call.uow.look_up(TransitGatewayMulticastDomain, domain_id)
    there = select(reading.table_of(NetworkInterface).c.id).where(*reading.scope_of(NetworkInterface))
    return [_group.domain_id == domain_id, _group.network_interface_id.in_(there)]


def _static(flag: Any) -> Any:
    """A filter on how an interface came to be a member, or a source."""

    def condition(values: Sequence[str]) -> Condition:
        found: Condition = flag.is_(True) & matches(literal(STATIC), values)
        return found

    return condition


Describe(
    "SearchTransitGatewayMulticastGroups",
    MulticastGroupInterface,
    view=_show_group,
    extra={"TransitGatewayMulticastDomainId": _groups_of},
    filters={
        "group-ip-address": MulticastGroupInterface.group_ip_address,
        "is-group-member": MulticastGroupInterface.member,
        "is-group-source": MulticastGroupInterface.source,
        "member-type": _static(_group.member),
        "resource-id": MulticastGroupInterface.vpc_id,
        "resource-type": constant("vpc"),
        "source-type": _static(_group.source),
        "subnet-id": MulticastGroupInterface.subnet_id,
        "transit-gateway-attachment-id": MulticastGroupInterface.attachment_id,
    },
)
