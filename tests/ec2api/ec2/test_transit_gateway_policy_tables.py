"""Policy tables of transit gateways through the face."""

from typing import Any

from tests.ec2api.ec2.transit import attached, gateway, table
from tests.refusal import refused
from tests.waiting import until


def policy_table(ec2: Any, gateway_id: str) -> str:
    made = ec2.create_transit_gateway_policy_table(TransitGatewayId=gateway_id)["TransitGatewayPolicyTable"]
    assert made["State"] == "pending" and made["TransitGatewayId"] == gateway_id
    id: str = made["TransitGatewayPolicyTableId"]
    until(lambda: state(ec2, id), "available")
    return id


def state(ec2: Any, id: str) -> str:
    given = {"TransitGatewayPolicyTableIds": [id]}
    answer = ec2.describe_transit_gateway_policy_tables(**given)["TransitGatewayPolicyTables"]
    return str(answer[0]["State"])


def associations(ec2: Any, id: str, **filters: str) -> list[dict[str, Any]]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    answer = ec2.get_transit_gateway_policy_table_associations(TransitGatewayPolicyTableId=id, Filters=wanted)
    found: list[dict[str, Any]] = answer["Associations"]
    return found


def test_a_table_and_its_association(ec2: Any) -> None:
    made = gateway(ec2, DefaultRouteTableAssociation="disable")
    attachment_id, vpc_id, _ = attached(ec2, made["TransitGatewayId"])
    id = policy_table(ec2, made["TransitGatewayId"])
    both = {"TransitGatewayPolicyTableId": id, "TransitGatewayAttachmentId": attachment_id}
    joined = ec2.associate_transit_gateway_policy_table(**both)["Association"]
    assert joined == {**both, "ResourceId": vpc_id, "ResourceType": "vpc", "State": "associating"}
    until(lambda: associations(ec2, id)[0]["State"], "associated")
    for name, value in (("resource_id", vpc_id), ("resource_type", "vpc"), ("state", "associated")):
        assert associations(ec2, id, **{name: value}) and not associations(ec2, id, **{name: "x"})
    (shown,) = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
    assert shown["Association"] == {"TransitGatewayPolicyTableId": id, "State": "associated"}
    other = table(ec2, made["TransitGatewayId"])
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_transit_gateway_route_table(
            TransitGatewayRouteTableId=other, TransitGatewayAttachmentId=attachment_id
        )
    with refused("IncorrectState", attachment_id):
        ec2.delete_transit_gateway_policy_table(TransitGatewayPolicyTableId=id)
    ec2.disassociate_transit_gateway_policy_table(**both)
    until(lambda: associations(ec2, id), [])
    with refused("InvalidAssociation.NotFound"):
        ec2.disassociate_transit_gateway_policy_table(**both)
    gone = ec2.delete_transit_gateway_policy_table(TransitGatewayPolicyTableId=id)["TransitGatewayPolicyTable"]
    assert gone["State"] == "deleting"
    until(lambda: state(ec2, id), "deleted")


def test_entries(ec2: Any) -> None:
    made = gateway(ec2)
    target, id = made["Options"]["AssociationDefaultRouteTableId"], policy_table(ec2, made["TransitGatewayId"])
    there = {"TransitGatewayPolicyTableId": id}
    rule = {
        "SourceCidrBlock": "10.0.0.0/8",
        "SourcePortRange": "*",
        "DestinationCidrBlock": "192.168.0.0/16",
        "DestinationPortRange": "80-443",
        "Protocol": "6",
        "MetaData": {"MetaDataKey": "segment", "MetaDataValue": "prod"},
    }

    def entries(**filters: str) -> list[dict[str, Any]]:
        wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        answer = ec2.get_transit_gateway_policy_table_entries(**there, Filters=wanted)
        found: list[dict[str, Any]] = answer["TransitGatewayPolicyTableEntries"]
        return found

    for number in ("20", "3"):
        added = ec2.create_transit_gateway_policy_table_entry(
            **there, PolicyRuleNumber=number, PolicyRule=rule, TargetRouteTableId=target
        )["TransitGatewayPolicyTableEntry"]
        assert added == {
            "PolicyRuleNumber": number,
            "PolicyRule": rule,
            "TargetRouteTableId": target,
            "State": "active",
        }
    assert [entry["PolicyRuleNumber"] for entry in entries()] == ["3", "20"]
    for name, value in (
        ("policy_rule_number", "3"),
        ("policy_rule.source_ip", "10.*"),
        ("policy_rule.destination_ip", "192.168.0.0/16"),
        ("policy_rule.source_port", "\\*"),
        ("policy_rule.destination_port", "80-443"),
        ("policy_rule.protocol", "6"),
        ("policy_rule.meta_data.key", "segment"),
        ("policy_rule.meta_data.value", "prod"),
        ("target_route_table_id", target),
    ):
        assert entries(**{name: value}) and not entries(**{name: "x"}), name
    first = {**there, "PolicyRuleNumber": "3"}
    changed = ec2.modify_transit_gateway_policy_table_entry(
        **first, PolicyRule={"DestinationPortRange": "22"}, TargetRouteTableId=table(ec2, made["TransitGatewayId"])
    )["TransitGatewayPolicyTableEntry"]
    assert changed["PolicyRule"] == {**rule, "DestinationPortRange": "22"}
    assert changed["TargetRouteTableId"] != target
    with refused("DependencyViolation"):
        ec2.delete_transit_gateway_route_table(TransitGatewayRouteTableId=changed["TargetRouteTableId"])
    elsewhere = gateway(ec2)["Options"]["AssociationDefaultRouteTableId"]
    for given in (
        {"PolicyRuleNumber": "3"},
        {"PolicyRuleNumber": "first"},
        {"PolicyRuleNumber": "0"},
        {"TargetRouteTableId": elsewhere},
        {"PolicyRule": {"SourceCidrBlock": "10.0.0.1"}},
        {"PolicyRule": {"Protocol": "7"}},
        {"PolicyRule": {"Protocol": "6", "SourcePortRange": "443-80"}},
        {"PolicyRule": {"Protocol": "6", "SourcePortRange": "65536"}},
        {"PolicyRule": {"Protocol": "1", "SourcePortRange": "80"}},
    ):
        wanted = {**there, "PolicyRuleNumber": "7", "TargetRouteTableId": target, **given}
        with refused("InvalidParameterValue"):
            ec2.create_transit_gateway_policy_table_entry(**wanted)
    assert (
        ec2.delete_transit_gateway_policy_table_entry(**first)["TransitGatewayPolicyTableEntry"]["State"] == "deleted"
    )
    for call in (
        ec2.delete_transit_gateway_policy_table_entry,
        ec2.modify_transit_gateway_policy_table_entry,
    ):
        with refused("InvalidTransitGatewayPolicyTableEntry.NotFound"):
            call(**first)
    assert len(entries()) == 1
