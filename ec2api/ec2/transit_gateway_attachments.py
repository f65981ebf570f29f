"""What EC2 shows of the attachments of transit gateways, whatever is attached.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html
"""

from typing import Any

from backend.db.models import TransitGatewayAssociation, TransitGatewayAttachment
from ec2api.describe import Describe, owned, show_tags, through


def show(attachment: Any) -> dict[str, Any]:
    return {
        "TransitGatewayAttachmentId": attachment.id,
        "TransitGatewayId": attachment.transit_gateway_id,
        "TransitGatewayOwnerId": attachment.account,
        "ResourceOwnerId": attachment.resource_account,
        "ResourceType": attachment.resource_type,
        "ResourceId": attachment.resource_id,
        "State": attachment.state,
        "Association": _show_association(attachment),
        "CreationTime": attachment.created,
        "Tags": show_tags(attachment),
    }


def _show_association(attachment: Any) -> dict[str, Any] | None:
    here = (attachment.account, attachment.region)
    found = next((a for a in attachment.associations if (a.account, a.region) == here), None)
    if found is None:
        return None
    kind = "TransitGatewayRouteTableId" if found.table_id.startswith("tgw-rtb-") else "TransitGatewayPolicyTableId"
    return {kind: found.table_id, "State": found.state}


Describe(
    "DescribeTransitGatewayAttachments",
    TransitGatewayAttachment,
    view=show,
    ids="TransitGatewayAttachmentIds",
    load=(TransitGatewayAttachment.associations,),
    filters={
        "association.state": through(TransitGatewayAttachment.associations, TransitGatewayAssociation.state),
        "association.transit-gateway-route-table-id": through(
            TransitGatewayAttachment.associations, TransitGatewayAssociation.table_id
        ),
        "resource-id": TransitGatewayAttachment.resource_id,
        "resource-owner-id": TransitGatewayAttachment.resource_account,
        "resource-type": TransitGatewayAttachment.resource_type,
        "state": TransitGatewayAttachment.state,
        "transit-gateway-attachment-id": TransitGatewayAttachment.id,
        "transit-gateway-id": TransitGatewayAttachment.transit_gateway_id,
        "transit-gateway-owner-id": owned(TransitGatewayAttachment),
    },
)
