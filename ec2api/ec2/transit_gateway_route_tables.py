"""EC2 actions on route tables of transit gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayRouteTable.html
"""

from collections.abc import Callable, Sequence
from typing import Any

from backend import absent, errors
from backend import transit_gateway_route_tables as tables
from backend.db import reading
from backend.db.models import (
    TransitGatewayAssociation,
    TransitGatewayAttachment,
    TransitGatewayPropagation,
    TransitGatewayRouteTable,
)
from ec2api.call import Call
from ec2api.describe import Condition, Describe, show_tags
from ec2api.registry import action


def show(table: Any) -> dict[str, Any]:
    return {
        "TransitGatewayRouteTableId": table.id,
        "TransitGatewayId": table.transit_gateway_id,
        "State": table.state,
        "DefaultAssociationRouteTable": table.default_association,
        "DefaultPropagationRouteTable": table.default_propagation,
        "CreationTime": table.created,
        "Tags": show_tags(table),
    }


def show_joined(joined: Any) -> dict[str, Any]:
    """An association or a propagation, by the attachment."""
    return {
        "TransitGatewayAttachmentId": joined.attachment_id,
        "ResourceId": joined.resource_id,
        "ResourceType": joined.resource_type,
        "State": joined.state,
    }


def _show_with_table(joined: Any) -> dict[str, Any]:
    return {"TransitGatewayRouteTableId": joined.table_id, **show_joined(joined)}


def _shown(call: Call, id: str) -> dict[str, Any]:
    found = call.uow.look_up(TransitGatewayRouteTable, id, load=(TransitGatewayRouteTable.tags,))
    return {"TransitGatewayRouteTable": show(found)}


@action(tags=("transit-gateway-route-table",))
def create_transit_gateway_route_table(call: Call, *, transit_gateway_id: str) -> dict[str, Any]:
    made = tables.create(call.uow, call.settings, transit_gateway_id, call.tags(TransitGatewayRouteTable))
    return _shown(call, made.id)


@action
def delete_transit_gateway_route_table(call: Call, *, transit_gateway_route_table_id: str) -> dict[str, Any]:
    return _shown(call, tables.delete_table(call.uow, call.settings, transit_gateway_route_table_id).id)


@action
def associate_transit_gateway_route_table(
    call: Call, *, transit_gateway_route_table_id: str, transit_gateway_attachment_id: str
) -> dict[str, Any]:
    table = tables.require(call.uow, TransitGatewayRouteTable, transit_gateway_route_table_id)
    made = tables.associate(call.uow, call.settings, table, transit_gateway_attachment_id)
    return {"Association": _show_with_table(made)}


@action
def disassociate_transit_gateway_route_table(
    call: Call, *, transit_gateway_route_table_id: str, transit_gateway_attachment_id: str
) -> dict[str, Any]:
    call.uow.look_up(TransitGatewayRouteTable, transit_gateway_route_table_id)
    found = tables.disassociate(call.uow, call.settings, transit_gateway_route_table_id, transit_gateway_attachment_id)
    return {"Association": _show_with_table(found)}


def _propagated(attachment_id: str | None, announcement_id: str | None) -> str:
    """The attachment whose routes are propagated; no route table of this cloud is announced to another region."""
    if announcement_id is not None:
        if attachment_id is not None:
            raise errors.InvalidParameterCombination(
                reason="Specify either a transit gateway attachment or a route table announcement, but not both."
            )
        absent.refuse(absent.ROUTE_TABLE_ANNOUNCEMENT, [announcement_id])
    if attachment_id is None:
        raise errors.MissingParameter(name="TransitGatewayAttachmentId")
    return attachment_id


@action
def enable_transit_gateway_route_table_propagation(
    call: Call,
    *,
    transit_gateway_route_table_id: str,
    transit_gateway_attachment_id: str | None = None,
    transit_gateway_route_table_announcement_id: str | None = None,
) -> dict[str, Any]:
    attachment_id = _propagated(transit_gateway_attachment_id, transit_gateway_route_table_announcement_id)
    made = tables.enable_propagation(call.uow, call.settings, transit_gateway_route_table_id, attachment_id)
    return {"Propagation": _show_with_table(made)}


@action
def disable_transit_gateway_route_table_propagation(
    call: Call,
    *,
    transit_gateway_route_table_id: str,
    transit_gateway_attachment_id: str | None = None,
    transit_gateway_route_table_announcement_id: str | None = None,
) -> dict[str, Any]:
    attachment_id = _propagated(transit_gateway_attachment_id, transit_gateway_route_table_announcement_id)
    found = tables.disable_propagation(call.uow, call.settings, transit_gateway_route_table_id, attachment_id)
    return {"Propagation": _show_with_table(found)}


Describe(
    "DescribeTransitGatewayRouteTables",
    TransitGatewayRouteTable,
    view=show,
    ids="TransitGatewayRouteTableIds",
    filters={
        "default-association-route-table": TransitGatewayRouteTable.default_association,
        "default-propagation-route-table": TransitGatewayRouteTable.default_propagation,
        "state": TransitGatewayRouteTable.state,
        "transit-gateway-id": TransitGatewayRouteTable.transit_gateway_id,
        "transit-gateway-route-table-id": TransitGatewayRouteTable.id,
    },
)


def _of_table(model: type[Any]) -> Callable[[Call, Any], Sequence[Condition]]:
    """What joins attachments to the route table that is asked for."""

    def conditions(call: Call, table_id: str) -> Sequence[Condition]:
        call.uow.look_up(TransitGatewayRouteTable, table_id)
        return [reading.table_of(model).c.table_id == table_id]

    return conditions


def _of_attachment(call: Call, attachment_id: str) -> Sequence[Condition]:
    call.uow.look_up(TransitGatewayAttachment, attachment_id)
    return [reading.table_of(TransitGatewayPropagation).c.attachment_id == attachment_id]


for _name, _model in (
    ("GetTransitGatewayRouteTableAssociations", TransitGatewayAssociation),
    ("GetTransitGatewayRouteTablePropagations", TransitGatewayPropagation),
):
    Describe(
        _name,
        _model,
        view=show_joined,
        extra={"TransitGatewayRouteTableId": _of_table(_model)},
        tagged=False,
        filters={
            "resource-id": _model.resource_id,
            "resource-type": _model.resource_type,
            "transit-gateway-attachment-id": _model.attachment_id,
        },
    )

Describe(
    "GetTransitGatewayAttachmentPropagations",
    TransitGatewayPropagation,
    view=lambda found: {"TransitGatewayRouteTableId": found.table_id, "State": found.state},
    extra={"TransitGatewayAttachmentId": _of_attachment},
    tagged=False,
    filters={"transit-gateway-route-table-id": TransitGatewayPropagation.table_id},
)
