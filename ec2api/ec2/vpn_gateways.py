"""EC2 actions on virtual private gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnGateway.html
"""

from typing import Any

from backend import vpn_gateways
from backend.db.models import VpnGateway, VpnGatewayAttachment
from ec2api.call import Call
from ec2api.describe import Describe, constant, show_tags, through
from ec2api.ec2.customer_gateways import TYPE
from ec2api.registry import action

_LOAD = (VpnGateway.tags, VpnGateway.attachments)


def show(gateway: Any) -> dict[str, Any]:
    return {
        "VpnGatewayId": gateway.id,
        "State": gateway.state,
        "Type": TYPE,
        "AmazonSideAsn": gateway.amazon_side_asn,
        "AvailabilityZone": gateway.zone,
        "VpcAttachments": [_show_attachment(attachment) for attachment in gateway.attachments],
        "Tags": show_tags(gateway),
    }


def _show_attachment(attachment: Any) -> dict[str, Any]:
    return {"VpcId": attachment.vpc_id, "State": attachment.state}


@action(tags=("vpn-gateway",))
def create_vpn_gateway(
    call: Call,
    *,
    type: str,  # noqa: ARG001  ipsec.1 is the only value of its enum
    amazon_side_asn: int | None = None,
    availability_zone: str | None = None,
) -> dict[str, Any]:
    made = vpn_gateways.create(
        call.uow,
        call.settings,
        amazon_side_asn=amazon_side_asn,
        zone=availability_zone,
        wanted_tags=call.tags(VpnGateway),
    )
    return {"VpnGateway": show(call.uow.look_up(VpnGateway, made.id, load=_LOAD))}


@action
def attach_vpn_gateway(call: Call, *, vpc_id: str, vpn_gateway_id: str) -> dict[str, Any]:
    return {"VpcAttachment": _show_attachment(vpn_gateways.attach(call.uow, call.settings, vpn_gateway_id, vpc_id))}


@action
def detach_vpn_gateway(call: Call, *, vpc_id: str, vpn_gateway_id: str) -> None:
    vpn_gateways.detach(call.uow, call.settings, vpn_gateway_id, vpc_id)


@action
def delete_vpn_gateway(call: Call, *, vpn_gateway_id: str) -> None:
    vpn_gateways.delete(call.uow, call.settings, vpn_gateway_id)


Describe(
    "DescribeVpnGateways",
    VpnGateway,
    view=show,
    ids="VpnGatewayIds",
    load=(VpnGateway.attachments,),
    filters={
        "amazon-side-asn": VpnGateway.amazon_side_asn,
        "attachment.state": through(VpnGateway.attachments, VpnGatewayAttachment.state),
        "attachment.vpc-id": through(VpnGateway.attachments, VpnGatewayAttachment.vpc_id),
        "availability-zone": VpnGateway.zone,
        "state": VpnGateway.state,
        "type": constant(TYPE),
        "vpn-gateway-id": VpnGateway.id,
    },
)
