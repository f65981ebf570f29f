"""EC2 actions on filters, rules and targets of traffic mirroring.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TrafficMirrorFilter.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import traffic_mirrors
from backend.db.models import TrafficMirrorFilter, TrafficMirrorFilterRule, TrafficMirrorTarget
from backend.db.reading import table_of
from ec2api.call import Call
from ec2api.describe import Describe, nothing, owned, show_tags
from ec2api.registry import CLIENT_TOKEN, action

RULES = ((TrafficMirrorFilter.rules, TrafficMirrorFilterRule.tags),)
_REMOVED = {
    "destination-port-range": "destination_ports",
    "source-port-range": "source_ports",
    "protocol": "protocol",
    "description": "description",
}


def show_rule(rule: Any) -> dict[str, Any]:
    return {
        "TrafficMirrorFilterRuleId": rule.id,
        "TrafficMirrorFilterId": rule.filter_id,
        "TrafficDirection": rule.direction,
        "RuleNumber": rule.number,
        "RuleAction": rule.action,
        "Protocol": rule.protocol,
        "DestinationPortRange": rule.destination_ports,
        "SourcePortRange": rule.source_ports,
        "DestinationCidrBlock": rule.destination_cidr,
        "SourceCidrBlock": rule.source_cidr,
        "Description": rule.description,
        "Tags": show_tags(rule),
    }


def show_filter(found: Any) -> dict[str, Any]:
    """A record with ``RULES``."""
    return {
        "TrafficMirrorFilterId": found.id,
        "IngressFilterRules": [show_rule(rule) for rule in found.rules if rule.direction == "ingress"],
        "EgressFilterRules": [show_rule(rule) for rule in found.rules if rule.direction == "egress"],
        "NetworkServices": found.network_services,
        "Description": found.description,
        "Tags": show_tags(found),
    }


def show_target(target: Any) -> dict[str, Any]:
    return {
        "TrafficMirrorTargetId": target.id,
        "NetworkInterfaceId": target.network_interface_id,
        "GatewayLoadBalancerEndpointId": target.endpoint_id,
        "Type": "network-interface" if target.network_interface_id else "gateway-load-balancer-endpoint",
        "Description": target.description,
        "OwnerId": target.account,
        "Tags": show_tags(target),
    }


def _filter(call: Call, id: str) -> dict[str, Any]:
    return show_filter(call.uow.look_up(TrafficMirrorFilter, id, load=(TrafficMirrorFilter.tags, *RULES)))


def _rule(call: Call, id: str) -> dict[str, Any]:
    load = (TrafficMirrorFilterRule.tags,)
    return show_rule(call.uow.look_up(TrafficMirrorFilterRule, id, load=load))


@action(tags=("traffic-mirror-filter",))
def create_traffic_mirror_filter(call: Call, *, description: str | None = None) -> dict[str, Any]:
    made = traffic_mirrors.create_filter(call.uow, description, call.tags(TrafficMirrorFilter))
    return {"TrafficMirrorFilter": _filter(call, made.id), "ClientToken": call.parameters.get(CLIENT_TOKEN)}


@action
def delete_traffic_mirror_filter(call: Call, *, traffic_mirror_filter_id: str) -> dict[str, Any]:
    traffic_mirrors.delete_filter(call.uow, traffic_mirror_filter_id)
    return {"TrafficMirrorFilterId": traffic_mirror_filter_id}


@action
def modify_traffic_mirror_filter_network_services(
    call: Call,
    *,
    traffic_mirror_filter_id: str,
    add_network_services: Sequence[str] = (),
    remove_network_services: Sequence[str] = (),
) -> dict[str, Any]:
    traffic_mirrors.set_services(call.uow, traffic_mirror_filter_id, add_network_services, remove_network_services)
    return {"TrafficMirrorFilter": _filter(call, traffic_mirror_filter_id)}


@action(tags=("traffic-mirror-filter-rule",))
def create_traffic_mirror_filter_rule(
    call: Call,
    *,
    traffic_mirror_filter_id: str,
    traffic_direction: str,
    rule_number: int,
    rule_action: str,
    destination_cidr_block: str,
    source_cidr_block: str,
    destination_port_range: Mapping[str, int] | None = None,
    source_port_range: Mapping[str, int] | None = None,
    protocol: int | None = None,
    description: str | None = None,
) -> dict[str, Any]:
    wanted = {
        "direction": traffic_direction,
        "number": rule_number,
        "action": rule_action,
        "destination_cidr": destination_cidr_block,
        "source_cidr": source_cidr_block,
        "destination_ports": destination_port_range,
        "source_ports": source_port_range,
        "protocol": protocol,
        "description": description,
    }
    made = traffic_mirrors.create_rule(call.uow, traffic_mirror_filter_id, wanted, call.tags(TrafficMirrorFilterRule))
    return {"TrafficMirrorFilterRule": _rule(call, made.id), "ClientToken": call.parameters.get(CLIENT_TOKEN)}


@action
def modify_traffic_mirror_filter_rule(
    call: Call,
    *,
    traffic_mirror_filter_rule_id: str,
    traffic_direction: str | None = None,
    rule_number: int | None = None,
    rule_action: str | None = None,
    destination_port_range: Mapping[str, int] | None = None,
    source_port_range: Mapping[str, int] | None = None,
    protocol: int | None = None,
    destination_cidr_block: str | None = None,
    source_cidr_block: str | None = None,
    description: str | None = None,
    remove_fields: Sequence[str] = (),
) -> dict[str, Any]:
    wanted = {
        "direction": traffic_direction,
        "number": rule_number,
        "action": rule_action,
        "destination_cidr": destination_cidr_block,
        "source_cidr": source_cidr_block,
        "destination_ports": destination_port_range,
        "source_ports": source_port_range,
        "protocol": protocol,
        "description": description,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    removed = [_REMOVED[name] for name in remove_fields]
    traffic_mirrors.modify_rule(call.uow, traffic_mirror_filter_rule_id, given, removed)
    return {"TrafficMirrorFilterRule": _rule(call, traffic_mirror_filter_rule_id)}


@action
def delete_traffic_mirror_filter_rule(call: Call, *, traffic_mirror_filter_rule_id: str) -> dict[str, Any]:
    traffic_mirrors.delete_rule(call.uow, traffic_mirror_filter_rule_id)
    return {"TrafficMirrorFilterRuleId": traffic_mirror_filter_rule_id}


@action(tags=("traffic-mirror-target",))
def create_traffic_mirror_target(
    call: Call,
    *,
    network_interface_id: str | None = None,
    network_load_balancer_arn: str | None = None,
    gateway_load_balancer_endpoint_id: str | None = None,
    description: str | None = None,
) -> dict[str, Any]:
    made = traffic_mirrors.create_target(
        call.uow,
        network_interface_id=network_interface_id,
        load_balancer_arn=network_load_balancer_arn,
        endpoint_id=gateway_load_balancer_endpoint_id,
        description=description,
        wanted_tags=call.tags(TrafficMirrorTarget),
    )
    shown = call.uow.look_up(TrafficMirrorTarget, made.id, load=(TrafficMirrorTarget.tags,))
    return {"TrafficMirrorTarget": show_target(shown), "ClientToken": call.parameters.get(CLIENT_TOKEN)}


@action
def delete_traffic_mirror_target(call: Call, *, traffic_mirror_target_id: str) -> dict[str, Any]:
    traffic_mirrors.delete_target(call.uow, traffic_mirror_target_id)
    return {"TrafficMirrorTargetId": traffic_mirror_target_id}


Describe(
    "DescribeTrafficMirrorFilters",
    TrafficMirrorFilter,
    view=show_filter,
    ids="TrafficMirrorFilterIds",
    load=RULES,
    filters={"description": TrafficMirrorFilter.description, "traffic-mirror-filter-id": TrafficMirrorFilter.id},
)

_rules = table_of(TrafficMirrorFilterRule).c

Describe(
    "DescribeTrafficMirrorFilterRules",
    TrafficMirrorFilterRule,
    view=show_rule,
    ids="TrafficMirrorFilterRuleIds",
    extra={"TrafficMirrorFilterId": lambda _call, id: [_rules.filter_id == id]},
    filters={
        "traffic-mirror-filter-rule-id": TrafficMirrorFilterRule.id,
        "traffic-mirror-filter-id": TrafficMirrorFilterRule.filter_id,
        "rule-number": TrafficMirrorFilterRule.number,
        "rule-action": TrafficMirrorFilterRule.action,
        "traffic-direction": TrafficMirrorFilterRule.direction,
        "protocol": TrafficMirrorFilterRule.protocol,
        "source-cidr-block": TrafficMirrorFilterRule.source_cidr,
        "destination-cidr-block": TrafficMirrorFilterRule.destination_cidr,
        "description": TrafficMirrorFilterRule.description,
    },
)

Describe(
    "DescribeTrafficMirrorTargets",
    TrafficMirrorTarget,
    view=show_target,
    ids="TrafficMirrorTargetIds",
    filters={
        "description": TrafficMirrorTarget.description,
        "network-interface-id": TrafficMirrorTarget.network_interface_id,
        "network-load-balancer-arn": nothing,
        "owner-id": owned(TrafficMirrorTarget),
        "traffic-mirror-target-id": TrafficMirrorTarget.id,
    },
)
