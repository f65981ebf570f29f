"""EC2 actions on transit gateways that are attached to each other.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayPeeringAttachment.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import literal

from backend import transit_gateway_peering as peering
from backend.db import reading
from backend.db.matching import matches
from backend.db.models import TransitGatewayAttachment
from backend.transit_gateway_peering import DYNAMIC, MODE, RESILIENCE
from ec2api.call import Call
from ec2api.describe import Condition, Describe, InCall, show_tags
from ec2api.registry import action


def show(attachment: Any, other: Any) -> dict[str, Any]:
    """One side's view; ``other``: the other side's record, if there is one."""
    here = {
        "TransitGatewayId": attachment.transit_gateway_id,
        "OwnerId": attachment.account,
        "Region": attachment.region,
    }
    there = {
        "TransitGatewayId": attachment.resource_id,
        "OwnerId": attachment.resource_account,
        "Region": attachment.peer_region,
    }
    far = other.options if other is not None else {}
    asked = bool(attachment.requested_here)
    requester, accepter = (attachment.options, far) if asked else (far, attachment.options)
    apart = attachment.peer_attachment_id != attachment.id
    return {
        "TransitGatewayAttachmentId": attachment.id,
        "AccepterTransitGatewayAttachmentId": attachment.peer_attachment_id if asked and apart else None,
        "RequesterTgwInfo": here if asked else there,
        "AccepterTgwInfo": there if asked else here,
        "Options": {
            "DynamicRouting": requester.get(DYNAMIC),
            "RequesterAllowMultipathResilience": requester.get(RESILIENCE),
            "RequesterMultipathResilienceMode": requester.get(MODE),
            "AccepterAllowMultipathResilience": accepter.get(RESILIENCE),
            "AccepterMultipathResilienceMode": accepter.get(MODE),
            "MultipathResilienceStatus": peering.resilience(attachment, requester, accepter),
        },
        "Status": peering.status(attachment),
        "State": attachment.state,
        "CreationTime": attachment.created,
        "Tags": show_tags(attachment),
    }


def _show_all(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    others = peering.others(call.uow, found)
    return [show(one, others.get((one.peer_attachment_id, one.peer_region))) for one in found]


def _shown(call: Call, id: str) -> dict[str, Any]:
    found = call.uow.look_up(TransitGatewayAttachment, id, load=(TransitGatewayAttachment.tags,))
    (shown,) = _show_all(call, [found])
    return {"TransitGatewayPeeringAttachment": shown}


@action(tags=("transit-gateway-attachment",))
def create_transit_gateway_peering_attachment(
    call: Call,
    *,
    transit_gateway_id: str,
    peer_transit_gateway_id: str,
    peer_account_id: str,
    peer_region: str,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    made = peering.create(
        call.uow,
        call.settings,
        transit_gateway_id=transit_gateway_id,
        peer_transit_gateway_id=peer_transit_gateway_id,
        peer_account_id=peer_account_id,
        peer_region=peer_region,
        options=options,
        wanted_tags=call.tags(TransitGatewayAttachment),
    )
    return _shown(call, made.id)


@action
def accept_transit_gateway_peering_attachment(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    return _shown(call, peering.accept(call.uow, call.settings, transit_gateway_attachment_id).id)


@action
def reject_transit_gateway_peering_attachment(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    return _shown(call, peering.reject(call.uow, call.settings, transit_gateway_attachment_id).id)


@action
def delete_transit_gateway_peering_attachment(call: Call, *, transit_gateway_attachment_id: str) -> dict[str, Any]:
    return _shown(call, peering.delete(call.uow, call.settings, transit_gateway_attachment_id).id)


@action
def modify_transit_gateway_peering_attachment(
    call: Call, *, transit_gateway_attachment_id: str, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    given = options or {}
    changed = peering.modify(
        call.uow, transit_gateway_attachment_id, resilience=given.get(RESILIENCE), mode=given.get(MODE)
    )
    return _shown(call, changed.id)


def _of_peering(_call: Call, _given: Mapping[str, Any]) -> Sequence[Condition]:
    return [reading.table_of(TransitGatewayAttachment).c.resource_type == "peering"]


def _local_owner(call: Call, values: Sequence[str]) -> Condition:
    return matches(literal(call.account), values)


Describe(
    "DescribeTransitGatewayPeeringAttachments",
    TransitGatewayAttachment,
    group=_show_all,
    ids="TransitGatewayAttachmentIds",
    always=_of_peering,
    filters={
        "local-owner-id": InCall(_local_owner),
        "remote-owner-id": TransitGatewayAttachment.resource_account,
        "state": TransitGatewayAttachment.state,
        "transit-gateway-attachment-id": TransitGatewayAttachment.id,
        "transit-gateway-id": TransitGatewayAttachment.transit_gateway_id,
    },
)
