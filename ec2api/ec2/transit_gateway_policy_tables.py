"""EC2 actions on policy tables of transit gateways.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayPolicyTable.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend import transit_gateway_policy_tables as policies
from backend import transit_gateway_route_tables as tables
from backend.db import reading
from backend.db.models import PolicyTableEntry, TransitGatewayAssociation, TransitGatewayPolicyTable
from ec2api.call import Call
from ec2api.describe import Condition, Describe, show_tags
from ec2api.ec2.transit_gateway_route_tables import show_joined
from ec2api.registry import action


def show(table: Any) -> dict[str, Any]:
    return {
        "TransitGatewayPolicyTableId": table.id,
        "TransitGatewayId": table.transit_gateway_id,
        "State": table.state,
        "CreationTime": table.created,
        "Tags": show_tags(table),
    }


def show_entry(entry: Any, state: str = "active") -> dict[str, Any]:
    about = {name: getattr(entry, column) for name, column in policies.META_DATA.items()}
    return {
        "PolicyRuleNumber": str(entry.number),
        "PolicyRule": {
            **{name: getattr(entry, column) for name, column in policies.RULES.items()},
            "MetaData": about if any(about.values()) else None,
        },
        "TargetRouteTableId": entry.target_route_table_id,
        "State": state,
    }


def _show_association(joined: Any) -> dict[str, Any]:
    return {"TransitGatewayPolicyTableId": joined.table_id, **show_joined(joined)}


def _shown(call: Call, id: str) -> dict[str, Any]:
    load = (TransitGatewayPolicyTable.tags,)
    return {"TransitGatewayPolicyTable": show(call.uow.look_up(TransitGatewayPolicyTable, id, load=load))}


@action(tags=("transit-gateway-policy-table",))
def create_transit_gateway_policy_table(call: Call, *, transit_gateway_id: str) -> dict[str, Any]:
    wanted_tags = call.tags(TransitGatewayPolicyTable)
    return _shown(call, policies.create(call.uow, call.settings, transit_gateway_id, wanted_tags).id)


@action
def delete_transit_gateway_policy_table(call: Call, *, transit_gateway_policy_table_id: str) -> dict[str, Any]:
    return _shown(call, policies.delete(call.uow, call.settings, transit_gateway_policy_table_id).id)


@action
def associate_transit_gateway_policy_table(
    call: Call, *, transit_gateway_policy_table_id: str, transit_gateway_attachment_id: str
) -> dict[str, Any]:
    table = tables.require(call.uow, TransitGatewayPolicyTable, transit_gateway_policy_table_id)
    made = tables.associate(call.uow, call.settings, table, transit_gateway_attachment_id)
    return {"Association": _show_association(made)}


@action
def disassociate_transit_gateway_policy_table(
    call: Call, *, transit_gateway_policy_table_id: str, transit_gateway_attachment_id: str
) -> dict[str, Any]:
    call.uow.look_up(TransitGatewayPolicyTable, transit_gateway_policy_table_id)
    gone = tables.disassociate(call.uow, call.settings, transit_gateway_policy_table_id, transit_gateway_attachment_id)
    return {"Association": _show_association(gone)}


@action
def create_transit_gateway_policy_table_entry(
    call: Call,
    *,
    transit_gateway_policy_table_id: str,
    policy_rule_number: str,
    target_route_table_id: str,
    policy_rule: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    made = policies.add_entry(
        call.uow, transit_gateway_policy_table_id, policy_rule_number, policy_rule or {}, target_route_table_id
    )
    return {"TransitGatewayPolicyTableEntry": show_entry(made)}


@action
def modify_transit_gateway_policy_table_entry(
    call: Call,
    *,
    transit_gateway_policy_table_id: str,
    policy_rule_number: str,
    policy_rule: Mapping[str, Any] | None = None,
    target_route_table_id: str | None = None,
) -> dict[str, Any]:
    changed = policies.modify_entry(
        call.uow, transit_gateway_policy_table_id, policy_rule_number, policy_rule or {}, target_route_table_id
    )
    return {"TransitGatewayPolicyTableEntry": show_entry(changed)}


@action
def delete_transit_gateway_policy_table_entry(
    call: Call, *, transit_gateway_policy_table_id: str, policy_rule_number: str
) -> dict[str, Any]:
    gone = policies.delete_entry(call.uow, transit_gateway_policy_table_id, policy_rule_number)
    return {"TransitGatewayPolicyTableEntry": show_entry(gone, "deleted")}


Describe(
    "DescribeTransitGatewayPolicyTables",
    TransitGatewayPolicyTable,
    view=show,
    ids="TransitGatewayPolicyTableIds",
    filters={
        "state": TransitGatewayPolicyTable.state,
        "transit-gateway-id": TransitGatewayPolicyTable.transit_gateway_id,
        "transit-gateway-policy-table-id": TransitGatewayPolicyTable.id,
    },
)


def _of_table(model: type[Any]) -> Callable[[Call, Any], Sequence[Condition]]:
    def conditions(call: Call, table_id: str) -> Sequence[Condition]:
        call.uow.look_up(TransitGatewayPolicyTable, table_id)
        return [reading.table_of(model).c.table_id == table_id]

    return conditions


Describe(
    "GetTransitGatewayPolicyTableAssociations",
    TransitGatewayAssociation,
    view=_show_association,
    extra={"TransitGatewayPolicyTableId": _of_table(TransitGatewayAssociation)},
    tagged=False,
    filters={
        "resource-id": TransitGatewayAssociation.resource_id,
        "resource-type": TransitGatewayAssociation.resource_type,
        "state": TransitGatewayAssociation.state,
        "transit-gateway-attachment-id": TransitGatewayAssociation.attachment_id,
    },
)

Describe(
    "GetTransitGatewayPolicyTableEntries",
    PolicyTableEntry,
    view=show_entry,
    extra={"TransitGatewayPolicyTableId": _of_table(PolicyTableEntry)},
    order=(PolicyTableEntry.number,),
    filters={
        "policy-rule-number": PolicyTableEntry.number,
        "policy-rule.destination-ip": PolicyTableEntry.destination_cidr_block,
        "policy-rule.destination-port": PolicyTableEntry.destination_port_range,
        "policy-rule.meta-data.key": PolicyTableEntry.meta_data_key,
        "policy-rule.meta-data.value": PolicyTableEntry.meta_data_value,
        "policy-rule.protocol": PolicyTableEntry.protocol,
        "policy-rule.source-ip": PolicyTableEntry.source_cidr_block,
        "policy-rule.source-port": PolicyTableEntry.source_port_range,
        "target-route-table-id": PolicyTableEntry.target_route_table_id,
    },
)
