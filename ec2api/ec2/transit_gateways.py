"""EC2 actions on transit gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGateway.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors, transit_gateways
from backend.db.models import TransitGateway
from ec2api.call import Call
from ec2api.describe import Describe, owned, show_tags
from ec2api.registry import action

_OPTIONS = {
    "AutoAcceptSharedAttachments": "auto_accept_shared_attachments",
    "DefaultRouteTableAssociation": "default_route_table_association",
    "DefaultRouteTablePropagation": "default_route_table_propagation",
    "VpnEcmpSupport": "vpn_ecmp_support",
    "DnsSupport": "dns_support",
    "SecurityGroupReferencingSupport": "security_group_referencing_support",
    "MulticastSupport": "multicast_support",
}


def show(gateway: Any) -> dict[str, Any]:
    return {
        "TransitGatewayId": gateway.id,
        "TransitGatewayArn": f"arn:aws:ec2:{gateway.region}:{gateway.account}:transit-gateway/{gateway.id}",
        "State": gateway.state,
        "OwnerId": gateway.account,
        "Description": gateway.description,
        "CreationTime": gateway.created,
        "Options": {
            "AmazonSideAsn": gateway.amazon_side_asn,
            "TransitGatewayCidrBlocks": gateway.cidr_blocks or None,
            "AssociationDefaultRouteTableId": gateway.association_default_route_table_id,
            "PropagationDefaultRouteTableId": gateway.propagation_default_route_table_id,
            **{name: getattr(gateway, column) for name, column in _OPTIONS.items()},
        },
        "Tags": show_tags(gateway),
    }


def _shown(call: Call, id: str) -> dict[str, Any]:
    return {"TransitGateway": show(call.uow.look_up(TransitGateway, id, load=(TransitGateway.tags,)))}


def _columns(options: Mapping[str, Any]) -> dict[str, str]:
    return {_OPTIONS[name]: value for name, value in options.items() if name in _OPTIONS}


@action(tags=("transit-gateway",))
def create_transit_gateway(
    call: Call, *, description: str | None = None, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    given = options or {}
    made = transit_gateways.create(
        call.uow,
        call.settings,
        description=description,
        amazon_side_asn=given.get("AmazonSideAsn"),
        cidr_blocks=given.get("TransitGatewayCidrBlocks", ()),
        options=_columns(given),
        wanted_tags=call.tags(TransitGateway),
    )
    return _shown(call, made.id)


@action
def modify_transit_gateway(
    call: Call,
    *,
    transit_gateway_id: str,
    description: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    given = options or {}
    if given.get("EncryptionSupport") == transit_gateways.ENABLE:
        raise errors.UnsupportedParameter(name="Options.EncryptionSupport")
    transit_gateways.modify(
        call.uow,
        call.settings,
        transit_gateway_id,
        description=description,
        amazon_side_asn=given.get("AmazonSideAsn"),
        add_cidr_blocks=given.get("AddTransitGatewayCidrBlocks", ()),
        remove_cidr_blocks=given.get("RemoveTransitGatewayCidrBlocks", ()),
        options=_columns(given),
        association_table_id=given.get("AssociationDefaultRouteTableId"),
        propagation_table_id=given.get("PropagationDefaultRouteTableId"),
    )
    return _shown(call, transit_gateway_id)


@action
def delete_transit_gateway(call: Call, *, transit_gateway_id: str) -> dict[str, Any]:
    return _shown(call, transit_gateways.delete(call.uow, call.settings, transit_gateway_id).id)


Describe(
    "DescribeTransitGateways",
    TransitGateway,
    view=show,
    ids="TransitGatewayIds",
    limits=(5, 1000),
    filters={
        "options.amazon-side-asn": TransitGateway.amazon_side_asn,
        "options.association-default-route-table-id": TransitGateway.association_default_route_table_id,
        "options.auto-accept-shared-attachments": TransitGateway.auto_accept_shared_attachments,
        "options.default-route-table-association": TransitGateway.default_route_table_association,
        "options.default-route-table-propagation": TransitGateway.default_route_table_propagation,
        "options.dns-support": TransitGateway.dns_support,
        "options.propagation-default-route-table-id": TransitGateway.propagation_default_route_table_id,
        "options.vpn-ecmp-support": TransitGateway.vpn_ecmp_support,
        "owner-id": owned(TransitGateway),
        "state": TransitGateway.state,
        "transit-gateway-id": TransitGateway.id,
    },
)
