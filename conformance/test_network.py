"""What a launch needs of the network. A test's number is a line of AWS's semantics."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from conformance.endpoint import eventually
from conformance.wire import refused

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


def rule(cidr: str = "203.0.113.0/24", description: str | None = None, **more: Any) -> dict[str, Any]:
    span = {"CidrIp": cidr} if description is None else {"CidrIp": cidr, "Description": description}
    return {**SSH, **more, "IpRanges": [span]}


def inside(vpc_id: str, **more: str) -> list[dict[str, Any]]:
    return [{"Name": n.replace("_", "-"), "Values": [v]} for n, v in {"vpc_id": vpc_id, **more}.items()]


def check_what_a_vpc_has(ec2: Any, vpc: dict[str, Any]) -> None:
    """A main route table with the local route, a default group and a default ACL."""
    id = vpc["VpcId"]
    [table] = [
        t
        for t in ec2.describe_route_tables(Filters=inside(id))["RouteTables"]
        if any(a["Main"] for a in t["Associations"])
    ]
    local = [r for r in table["Routes"] if r.get("GatewayId") == "local"]
    assert [(r["DestinationCidrBlock"], r["State"], r["Origin"]) for r in local] == [
        (vpc["CidrBlock"], "active", "CreateRouteTable")
    ]
    [group] = ec2.describe_security_groups(Filters=inside(id, group_name="default"))["SecurityGroups"]
    assert group["Description"] == "default VPC security group"
    [own] = group["IpPermissions"]
    assert (own["IpProtocol"], [p["GroupId"] for p in own["UserIdGroupPairs"]]) == ("-1", [group["GroupId"]])
    [out] = group["IpPermissionsEgress"]
    assert (out["IpProtocol"], [r["CidrIp"] for r in out["IpRanges"]]) == ("-1", ["0.0.0.0/0"])
    [acl] = ec2.describe_network_acls(Filters=inside(id, default="true"))["NetworkAcls"]
    entries = sorted((e["Egress"], e["RuleNumber"], e["RuleAction"], e["CidrBlock"]) for e in acl["Entries"])
    everything = "0.0.0.0/0"
    assert entries == [
        (egress, *last)
        for egress in (False, True)
        for last in ((100, "allow", everything), (32767, "deny", everything))
    ]
    options = ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"][0]
    values = {c["Key"]: [v["Value"] for v in c["Values"]] for c in options["DhcpConfigurations"]}
    assert values["domain-name-servers"] == ["AmazonProvidedDNS"]


def switches(ec2: Any, vpc_id: str) -> tuple[bool, bool]:
    support = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"]
    names = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    return support, names


def test_30_the_default_vpc(ec2: Any) -> None:
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert (vpc["CidrBlock"], vpc["State"], vpc["InstanceTenancy"]) == ("172.31.0.0/16", "available", "default")
    id = vpc["VpcId"]
    check_what_a_vpc_has(ec2, vpc)
    assert switches(ec2, id) == (True, True)
    zones = {z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]}
    subnets = ec2.describe_subnets(Filters=inside(id, default_for_az="true"))["Subnets"]
    assert {s["AvailabilityZone"] for s in subnets} == zones
    assert len(subnets) == len(zones)
    assert all(s["CidrBlock"].endswith("/20") and s["MapPublicIpOnLaunch"] and s["DefaultForAz"] for s in subnets)
    assert all(s["AvailableIpAddressCount"] <= 4091 for s in subnets)
    [gateway] = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [id]}])[
        "InternetGateways"
    ]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": id}]
    main = ec2.describe_route_tables(Filters=[*inside(id), {"Name": "association.main", "Values": ["true"]}])
    routes = {r["DestinationCidrBlock"]: r["GatewayId"] for r in main["RouteTables"][0]["Routes"]}
    assert routes == {"172.31.0.0/16": "local", "0.0.0.0/0": gateway["InternetGatewayId"]}


def test_31_a_new_vpc(ec2: Any, vpc: Any) -> None:
    [shown] = ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"]
    assert (shown["State"], shown["IsDefault"], shown["InstanceTenancy"]) == ("available", False, "default")
    check_what_a_vpc_has(ec2, shown)
    assert switches(ec2, vpc["VpcId"]) == (True, False)
    ec2.modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": True})
    assert switches(ec2, vpc["VpcId"]) == (True, True)


def test_32_subnets(ec2: Any, vpc: Any, launch: Any) -> None:
    id = vpc["VpcId"]
    [shown] = ec2.describe_subnets(SubnetIds=[vpc["SubnetId"]])["Subnets"]
    assert shown["AvailableIpAddressCount"] == 251
    assert not shown["MapPublicIpOnLaunch"]
    addresses = [i["PrivateIpAddress"] for i in launch(SubnetId=vpc["SubnetId"], MinCount=3, MaxCount=3)["Instances"]]
    block = IPv4Network("10.1.1.0/24")
    reserved = {str(block[n]) for n in (0, 1, 2, 3, 255)}
    assert not set(addresses) & reserved
    assert ec2.describe_subnets(SubnetIds=[vpc["SubnetId"]])["Subnets"][0]["AvailableIpAddressCount"] == 248
    for cidr in ("10.1.1.0/24", "10.1.0.0/16", "10.1.1.128/25"):
        assert refused(ec2.create_subnet, VpcId=id, CidrBlock=cidr)[:2] == (400, "InvalidSubnet.Conflict"), cidr
    for cidr in ("10.2.0.0/24", "10.1.2.0/29"):
        assert refused(ec2.create_subnet, VpcId=id, CidrBlock=cidr)[:2] == (400, "InvalidSubnet.Range"), cidr
    for cidr in ("10.0.0.0/8", "10.0.0.0/29"):
        assert refused(ec2.create_vpc, CidrBlock=cidr)[:2] == (400, "InvalidVpc.Range"), cidr
    for cidr in ("ten", "10.0.0.0", "10.0.0.0/33", "300.0.0.0/16"):
        assert refused(ec2.create_vpc, CidrBlock=cidr)[:2] == (400, "InvalidParameterValue"), cidr


def test_33_no_subnet_means_the_default_one_of_the_zone(ec2: Any, launch: Any) -> None:
    zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]]
    launched = launch(Placement={"AvailabilityZone": zones[-1]}, InstanceType="t3.micro")["Instances"][0]
    [subnet] = ec2.describe_subnets(SubnetIds=[launched["SubnetId"]])["Subnets"]
    assert (subnet["AvailabilityZone"], subnet["DefaultForAz"]) == (zones[-1], True)
    assert launched["Placement"]["AvailabilityZone"] == zones[-1]
    assert refused(launch, Placement={"AvailabilityZone": "us-nowhere-1a"})[:2] == (400, "InvalidParameterValue")


def test_33_a_subnet_of_another_zone_or_group_of_another_vpc(ec2: Any, vpc: Any, group: str, launch: Any) -> None:
    zone = ec2.describe_subnets(SubnetIds=[vpc["SubnetId"]])["Subnets"][0]["AvailabilityZone"]
    zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"]]
    another = next(z for z in zones if z != zone)
    code = refused(launch, SubnetId=vpc["SubnetId"], Placement={"AvailabilityZone": another})[1]
    assert code in ("InvalidParameterValue", "InvalidParameterCombination", "InvalidParameter")
    assert refused(launch, SubnetId=vpc["SubnetId"], SecurityGroupIds=[group])[1] in (
        "InvalidGroup.NotFound",
        "InvalidParameter",
    )


def test_37_rules_have_ids(ec2: Any, group: str) -> None:
    given = [{**SSH, "IpRanges": [{"CidrIp": "203.0.113.0/24"}, {"CidrIp": "198.51.100.0/24", "Description": "b"}]}]
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "1"}]}]
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=given, TagSpecifications=tags)
    assert made["Return"] is True
    rules = {r["CidrIpv4"]: r for r in made["SecurityGroupRules"]}
    assert rules.keys() == {"203.0.113.0/24", "198.51.100.0/24"}
    ids = [r["SecurityGroupRuleId"] for r in made["SecurityGroupRules"]]
    assert all(id.startswith("sgr-") for id in ids)
    shown = ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"]
    assert {r["SecurityGroupRuleId"] for r in shown} == set(ids)
    assert all(r["Tags"] == [{"Key": "a", "Value": "1"}] and not r["IsEgress"] for r in shown)
    described = rules["203.0.113.0/24"]["SecurityGroupRuleId"]
    change = [{"SecurityGroupRuleId": described, "Description": "new"}]
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=change)
    [again] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[described])["SecurityGroupRules"]
    assert (again["Description"], again["SecurityGroupRuleId"]) == ("new", described)
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[described])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule("198.51.100.0/24")])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []
    missing = refused(ec2.describe_security_group_rules, SecurityGroupRuleIds=[described])
    assert missing[1] == "InvalidSecurityGroupRuleId.NotFound"


def test_37_every_protocol_ignores_ports(ec2: Any, group: str) -> None:
    """Terraform takes the default rule away by ports 0 to 0, which the rule does not have."""
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] == []
    everything = {"IpProtocol": "-1", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everything])
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert "FromPort" not in shown
    assert "ToPort" not in shown


def test_38_duplicates_and_absent_rules(ec2: Any, vpc: Any, name: str) -> None:
    group = ec2.create_security_group(GroupName=name, Description="x", VpcId=vpc["VpcId"])["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule()])
    again = [rule("192.0.2.0/24"), rule()]
    status, code, message = refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=again)
    assert (status, code) == (400, "InvalidPermission.Duplicate")
    assert message == (
        'the specified rule "peer: 203.0.113.0/24, TCP, from port: 22, to port: 22, ALLOW" already exists'
    )
    [shown] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert [r["CidrIp"] for r in shown["IpRanges"]] == ["203.0.113.0/24"], "nothing is applied of a refused call"
    assert refused(ec2.revoke_security_group_ingress, GroupId=group, IpPermissions=[rule("192.0.2.0/24")]) == (
        400,
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
    )
    with_text = [rule(description="another text")]
    assert refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=with_text)[1] == (
        "InvalidPermission.Duplicate"
    )


def test_38_absent_rules_of_a_group_in_the_default_vpc(ec2: Any, group: str) -> None:
    answer = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule("192.0.2.0/24")])
    assert answer["Return"] is True
    assert [p["IpRanges"] for p in answer["UnknownIpPermissions"]] == [[{"CidrIp": "192.0.2.0/24"}]]


def test_39_permissions_merge_by_protocol_and_ports(ec2: Any, group: str, name: str) -> None:
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule("192.0.2.0/24", IpProtocol="6")])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule("198.51.100.7/24", "b")])
    pair = {**SSH, "UserIdGroupPairs": [{"GroupId": group}]}
    v6 = {**SSH, "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::/32"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[pair, v6])
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="icmp", FromPort=-1, ToPort=-1, CidrIp="0.0.0.0/0")
    shown = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    found = {(p["IpProtocol"], p["FromPort"], p["ToPort"]): p for p in shown["IpPermissions"]}
    assert found.keys() == {("tcp", 22, 22), ("icmp", -1, -1)}
    ssh = found["tcp", 22, 22]
    assert sorted(r["CidrIp"] for r in ssh["IpRanges"]) == ["192.0.2.0/24", "198.51.100.0/24"]
    assert ssh["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    assert [(p["GroupId"], p["UserId"]) for p in ssh["UserIdGroupPairs"]] == [(group, shown["OwnerId"])]


def test_13_and_40_duplicates_and_dependencies(ec2: Any, vpc: Any, name: str, launch: Any) -> None:
    id, subnet = vpc["VpcId"], vpc["SubnetId"]
    made = ec2.create_security_group(GroupName=name, Description="a", VpcId=id)["GroupId"]
    assert refused(ec2.create_security_group, GroupName=name, Description="b", VpcId=id) == (
        400,
        "InvalidGroup.Duplicate",
        f"The security group '{name}' already exists for VPC '{id}'",
    )
    assert refused(ec2.create_security_group, GroupName="default", Description="b", VpcId=id)[1] in (
        "InvalidGroup.Duplicate",
        "InvalidGroup.Reserved",
        "InvalidParameterValue",
    )
    elsewhere = ec2.create_security_group(GroupName=name, Description="in the default VPC")["GroupId"]
    ec2.delete_security_group(GroupId=elsewhere)
    referring = ec2.create_security_group(GroupName=f"{name}-2", Description="b", VpcId=id)["GroupId"]
    pair = {**SSH, "UserIdGroupPairs": [{"GroupId": made}]}
    ec2.authorize_security_group_ingress(GroupId=referring, IpPermissions=[pair])
    assert refused(ec2.delete_security_group, GroupId=made)[:2] == (400, "DependencyViolation")
    ec2.revoke_security_group_ingress(GroupId=referring, IpPermissions=[pair])
    launched = launch(SubnetId=subnet, SecurityGroupIds=[made])["Instances"][0]["InstanceId"]
    status, code, message = refused(ec2.delete_security_group, GroupId=made)
    assert (status, code, message) == (400, "DependencyViolation", f"resource {made} has a dependent object")
    assert refused(ec2.delete_subnet, SubnetId=subnet) == (
        400,
        "DependencyViolation",
        f"The subnet '{subnet}' has dependencies and cannot be deleted.",
    )
    assert refused(ec2.delete_vpc, VpcId=id) == (
        400,
        "DependencyViolation",
        f"The vpc '{id}' has dependencies and cannot be deleted.",
    )
    default = ec2.describe_security_groups(Filters=inside(id, group_name="default"))["SecurityGroups"][0]["GroupId"]
    assert refused(ec2.delete_security_group, GroupId=default)[:2] == (400, "CannotDelete")
    ec2.terminate_instances(InstanceIds=[launched])
    gone = [{"Name": "instance-state-name", "Values": ["terminated"]}]
    eventually(lambda: ec2.describe_instances(InstanceIds=[launched], Filters=gone)["Reservations"], bool)
    ec2.delete_security_group(GroupId=made)
    assert refused(ec2.delete_security_group, GroupId=made) == (
        400,
        "InvalidGroup.NotFound",
        f"The security group '{made}' does not exist",
    )


def test_59_sixty_rules_of_a_group(ec2: Any, group: str) -> None:
    spans = [{"CidrIp": f"10.0.{n}.0/24"} for n in range(60)]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**SSH, "IpRanges": spans}])
    one_more = [rule("10.1.0.0/24")]
    assert refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=one_more)[:2] == (
        400,
        "RulesPerSecurityGroupLimitExceeded",
    )


def test_59_five_groups_of_an_interface(ec2: Any, vpc: Any, name: str, launch: Any) -> None:
    groups = [
        ec2.create_security_group(GroupName=f"{name}-{n}", Description="x", VpcId=vpc["VpcId"])["GroupId"]
        for n in range(6)
    ]
    assert refused(launch, SubnetId=vpc["SubnetId"], SecurityGroupIds=groups)[1] == (
        "SecurityGroupsPerInterfaceLimitExceeded"
    )
    launched = launch(SubnetId=vpc["SubnetId"], SecurityGroupIds=groups[:5])["Instances"][0]
    assert {g["GroupId"] for g in launched["SecurityGroups"]} == set(groups[:5])


BAD_RULES = [
    ({**SSH, "IpRanges": [{"CidrIp": "203.0.113.0/33"}]}, {"InvalidParameterValue", "InvalidPermission.Malformed"}),
    ({**SSH, "IpRanges": [{"CidrIp": "everybody"}]}, {"InvalidParameterValue", "InvalidPermission.Malformed"}),
    ({**SSH, "FromPort": 23, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"InvalidParameterValue"}),
    ({**SSH, "ToPort": 70000, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"InvalidParameterValue"}),
    ({"IpProtocol": "carrier-pigeon", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"InvalidParameterValue"}),
    ({**SSH, "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0"}]}, {"InvalidGroup.NotFound"}),
    (
        {**SSH, "UserIdGroupPairs": [{"GroupId": "sg-nonsense"}]},
        {"InvalidGroupId.Malformed", "InvalidParameterValue"},
    ),
]


@pytest.mark.parametrize(("given", "codes"), BAD_RULES)
def test_rules_that_are_no_rules(ec2: Any, group: str, given: dict[str, Any], codes: set[str]) -> None:
    status, code, _ = refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[given])
    assert status == 400
    assert code in codes
