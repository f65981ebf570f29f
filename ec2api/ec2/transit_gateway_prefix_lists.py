"""EC2 actions on prefix lists that route tables of transit gateways refer to.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayPrefixListReference.html
"""

from collections.abc import Sequence
from typing import Any

from backend import transit_gateway_prefix_lists as references
from backend.db import reading
from backend.db.models import TransitGatewayPrefixListReference as Reference
from backend.db.models import TransitGatewayRouteTable
from ec2api.call import Call
from ec2api.describe import Condition, Describe, constant
from ec2api.registry import action

LASTING = "available"
"""The state of every reference: what is made or changed is so at once."""


def show(reference: Any, state: str = LASTING) -> dict[str, Any]:
    attachment = {
        "TransitGatewayAttachmentId": reference.attachment_id,
        "ResourceType": reference.resource_type,
        "ResourceId": reference.resource_id,
    }
    return {
        "TransitGatewayRouteTableId": reference.table_id,
        "PrefixListId": reference.prefix_list_id,
        "PrefixListOwnerId": reference.prefix_list_owner,
        "State": state,
        "Blackhole": reference.blackhole,
        "TransitGatewayAttachment": attachment if reference.attachment_id else None,
    }


@action
def create_transit_gateway_prefix_list_reference(
    call: Call,
    *,
    transit_gateway_route_table_id: str,
    prefix_list_id: str,
    transit_gateway_attachment_id: str | None = None,
    blackhole: bool = False,
) -> dict[str, Any]:
    made = references.create(
        call.uow,
        transit_gateway_route_table_id,
        prefix_list_id,
        transit_gateway_attachment_id,
        blackhole=blackhole,
    )
    return {"TransitGatewayPrefixListReference": show(made)}


@action
def modify_transit_gateway_prefix_list_reference(
    call: Call,
    *,
    transit_gateway_route_table_id: str,
    prefix_list_id: str,
    transit_gateway_attachment_id: str | None = None,
    blackhole: bool = False,
) -> dict[str, Any]:
    changed = references.modify(
        call.uow,
        transit_gateway_route_table_id,
        prefix_list_id,
        transit_gateway_attachment_id,
        blackhole=blackhole,
    )
    return {"TransitGatewayPrefixListReference": show(changed)}


@action
def delete_transit_gateway_prefix_list_reference(
    call: Call, *, transit_gateway_route_table_id: str, prefix_list_id: str
) -> dict[str, Any]:
    gone = references.delete(call.uow, transit_gateway_route_table_id, prefix_list_id)
    return {"TransitGatewayPrefixListReference": show(gone, "deleting")}


def _of_table(call: Call, table_id: str) -> Sequence[Condition]:
    call.uow.look_up(TransitGatewayRouteTable, table_id)
    return [reading.table_of(Reference).c.table_id == table_id]


Describe(
    "GetTransitGatewayPrefixListReferences",
    Reference,
    view=show,
    extra={"TransitGatewayRouteTableId": _of_table},
    filters={
        "attachment.resource-id": Reference.resource_id,
        "attachment.resource-type": Reference.resource_type,
        "attachment.transit-gateway-attachment-id": Reference.attachment_id,
        "is-blackhole": Reference.blackhole,
        "prefix-list-id": Reference.prefix_list_id,
        "prefix-list-owner-id": Reference.prefix_list_owner,
        "state": constant(LASTING),
    },
)
