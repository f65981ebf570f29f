"""Filters, rules and targets of traffic mirroring."""

from typing import Any

from tests.refusal import refused

RULE: dict[str, Any] = {
    "TrafficDirection": "ingress",
    "RuleNumber": 10,
    "RuleAction": "accept",
    "SourceCidrBlock": "10.0.0.0/16",
    "DestinationCidrBlock": "0.0.0.0/0",
}


def test_a_filter_and_its_rules(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "mine"}]
    specifications = [{"ResourceType": "traffic-mirror-filter", "Tags": tags}]
    made = ec2.create_traffic_mirror_filter(Description="d", TagSpecifications=specifications)["TrafficMirrorFilter"]
    id = made["TrafficMirrorFilterId"]
    assert made["Tags"] == tags and made["IngressFilterRules"] == []
    rule = ec2.create_traffic_mirror_filter_rule(
        TrafficMirrorFilterId=id, **RULE, Protocol=6, DestinationPortRange={"FromPort": 80, "ToPort": 90}
    )["TrafficMirrorFilterRule"]
    with refused("TrafficMirrorFilterRuleAlreadyExists"):
        ec2.create_traffic_mirror_filter_rule(TrafficMirrorFilterId=id, **RULE)
    ec2.create_traffic_mirror_filter_rule(TrafficMirrorFilterId=id, **{**RULE, "TrafficDirection": "egress"})
    services = ec2.modify_traffic_mirror_filter_network_services(
        TrafficMirrorFilterId=id, AddNetworkServices=["amazon-dns"]
    )["TrafficMirrorFilter"]
    assert services["NetworkServices"] == ["amazon-dns"]
    (found,) = ec2.describe_traffic_mirror_filters(TrafficMirrorFilterIds=[id])["TrafficMirrorFilters"]
    assert found["IngressFilterRules"] == [rule] and len(found["EgressFilterRules"]) == 1
    rule_id = rule["TrafficMirrorFilterRuleId"]
    changed = ec2.modify_traffic_mirror_filter_rule(
        TrafficMirrorFilterRuleId=rule_id,
        RuleAction="reject",
        RemoveFields=["destination-port-range", "protocol"],
    )["TrafficMirrorFilterRule"]
    assert changed["RuleAction"] == "reject" and "Protocol" not in changed and "DestinationPortRange" not in changed
    for name, value, count in (("rule-number", "10", 2), ("traffic-direction", "egress", 1), ("rule-action", "x", 0)):
        filters = [{"Name": name, "Values": [value]}]
        rules = ec2.describe_traffic_mirror_filter_rules(TrafficMirrorFilterId=id, Filters=filters)
        assert len(rules["TrafficMirrorFilterRules"]) == count
    ec2.delete_traffic_mirror_filter_rule(TrafficMirrorFilterRuleId=rule_id)
    ec2.delete_traffic_mirror_filter(TrafficMirrorFilterId=id)
    assert ec2.describe_traffic_mirror_filter_rules()["TrafficMirrorFilterRules"] == []
    with refused("InvalidTrafficMirrorFilterId.NotFound"):
        ec2.delete_traffic_mirror_filter(TrafficMirrorFilterId=id)


def test_rules_are_checked(ec2: Any) -> None:
    id = ec2.create_traffic_mirror_filter()["TrafficMirrorFilter"]["TrafficMirrorFilterId"]
    for code, given in (
        ("InvalidParameterValue", {"RuleNumber": 0}),
        ("InvalidParameterValue", {"SourceCidrBlock": "mine"}),
        ("InvalidParameterCombination", {"SourceCidrBlock": "2001:db8::/64"}),
        ("InvalidParameterCombination", {"SourcePortRange": {"FromPort": 1, "ToPort": 2}}),
        ("InvalidParameterValue", {"Protocol": 6, "SourcePortRange": {"FromPort": 2, "ToPort": 1}}),
    ):
        with refused(code):
            ec2.create_traffic_mirror_filter_rule(TrafficMirrorFilterId=id, **{**RULE, **given})
    assert ec2.describe_traffic_mirror_filter_rules()["TrafficMirrorFilterRules"] == []


def test_targets(ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    nic = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    made = ec2.create_traffic_mirror_target(NetworkInterfaceId=nic)["TrafficMirrorTarget"]
    assert made["Type"] == "network-interface"
    filters = [{"Name": "network-interface-id", "Values": [nic]}]
    assert ec2.describe_traffic_mirror_targets(Filters=filters)["TrafficMirrorTargets"] == [made]
    with refused("InvalidParameterValue", "load balancer"):
        ec2.create_traffic_mirror_target(NetworkLoadBalancerArn="arn:aws:elasticloadbalancing:x")
    with refused("MissingParameter"):
        ec2.create_traffic_mirror_target()
    with refused("InvalidNetworkInterfaceID.NotFound"):
        ec2.create_traffic_mirror_target(NetworkInterfaceId="eni-0123456789abcdef0")
    with refused("DependencyViolation", nic):
        ec2.delete_network_interface(NetworkInterfaceId=nic)
    ec2.delete_traffic_mirror_target(TrafficMirrorTargetId=made["TrafficMirrorTargetId"])
    ec2.delete_network_interface(NetworkInterfaceId=nic)
    assert ec2.describe_traffic_mirror_targets()["TrafficMirrorTargets"] == []
    assert ec2.describe_traffic_mirror_sessions()["TrafficMirrorSessions"] == []
    with refused("UnsupportedOperation"):
        ec2.create_traffic_mirror_session(
            NetworkInterfaceId=nic, TrafficMirrorTargetId="tmt-1", TrafficMirrorFilterId="tmf-1", SessionNumber=1
        )
