"""EC2 actions on VPCs that are attached to transit gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import transit_gateway_vpc_attachments as vpc_attachments
from backend.db import reading
from backend.db.models import TransitGatewayAttachment
from ec2api.call import Call
from ec2api.describe import Condition, Describe, show_tags
from ec2api.registry import action

_LOAD = (TransitGatewayAttachment.tags, TransitGatewayAttachment.subnets)


def show(attachment: Any) -> dict[str, Any]:
    return {
        "TransitGatewayAttachmentId": attachment.id,
        "TransitGatewayId": attachment.transit_gateway_id,
        "VpcId": attachment.resource_id,
        "VpcOwnerId": attachment.resource_account,
        "State": attachment.state,
        "SubnetIds": [subnet.subnet_id for subnet in attachment.subnets],
        "CreationTime": attachment.created,
        "Options": attachment.options,
        "Tags": show_tags(attachment),
    }


def _shown(call: Call, id: str) -> dict[str, Any]:
    return {"TransitGatewayVpcAttachment": show(call.uow.look_up(TransitGatewayAttachment, id, load=_LOAD))}


@action(tags=("transit-gateway-attachment",))
def create_transit_gateway_vpc_attachment(
    call: Call,
    *,
    transit_gateway_id: str,
    vpc_id: str,
    subnet_ids: Sequence[str],
    options: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    made = vpc_attachments.create(
        call.uow,
        call.settings,
        transit_gateway_id=transit_gateway_id,
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        options=options,
        wanted_tags=call.tags(TransitGatewayAttachment),
    )
    return _shown(call, made.id)


@action
def modify_transit_gateway_vpc_attachment(
    call: Call,
    *,
    transit_gateway_attachment_id: str,
    add_subnet_ids: Sequence[str] = (),
    remove_subnet_ids: Sequence[str] = (),
    options: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    changed = vpc_attachments.modify(
        call.uow,
        call.settings,
        transit_gateway_attachment_id,
        add_subnet_ids=add_subnet_ids,
        remove_subnet_ids=remove_subnet_ids,
        options=options,
    )
    return _shown(call, changed.id)


@action
def delete_transit_gateway_vpc_attachment(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    gone = vpc_attachments.delete_attachment(call.uow, call.settings, transit_gateway_attachment_id)
    return _shown(call, gone.id)


@action
def accept_transit_gateway_vpc_attachment(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    return _shown(call, vpc_attachments.decide(call.uow, transit_gateway_attachment_id).id)


@action
def reject_transit_gateway_vpc_attachment(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    return _shown(call, vpc_attachments.decide(call.uow, transit_gateway_attachment_id).id)


def _of_vpcs(_call: Call, _given: Mapping[str, Any]) -> Sequence[Condition]:
    return [reading.table_of(TransitGatewayAttachment).c.resource_type == "vpc"]


Describe(
    "DescribeTransitGatewayVpcAttachments",
    TransitGatewayAttachment,
    view=show,
    ids="TransitGatewayAttachmentIds",
    load=(TransitGatewayAttachment.subnets,),
    always=_of_vpcs,
    filters={
        "state": TransitGatewayAttachment.state,
        "transit-gateway-attachment-id": TransitGatewayAttachment.id,
        "transit-gateway-id": TransitGatewayAttachment.transit_gateway_id,
        "vpc-id": TransitGatewayAttachment.resource_id,
    },
)
