from typing import Any

import pytest

from tests.refusal import refused


@pytest.fixture
def vpc_id(ec2: Any) -> str:
    id: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return id


@pytest.fixture
def group_id(ec2: Any, vpc_id: str) -> str:
    """A group outside of the default VPC."""
    id: str = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc_id)["GroupId"]
    return id


@pytest.fixture
def in_default_vpc(ec2: Any) -> str:
    id: str = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    return id


def tcp(low: int, high: int | None = None, *cidrs: str, **more: Any) -> dict[str, Any]:
    ranges = [{"CidrIp": cidr} for cidr in cidrs or ("0.0.0.0/0",)]
    return {"IpProtocol": "tcp", "FromPort": low, "ToPort": high or low, "IpRanges": ranges, **more}


def inward(ec2: Any, group_id: str) -> Any:
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    return group["IpPermissions"]


def rules(ec2: Any, group_id: str, egress: bool = False) -> Any:
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
    return [rule for rule in found["SecurityGroupRules"] if rule["IsEgress"] is egress]


def test_each_peer_becomes_a_rule_and_permissions_merge_them(ec2: Any, group_id: str) -> None:
    answer = ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[
            {
                "IpProtocol": "6",
                "FromPort": 80,
                "ToPort": 80,
                "IpRanges": [{"CidrIp": "192.0.2.7/24", "Description": "office"}, {"CidrIp": "198.51.100.0/24"}],
                "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::1/32"}],
                "PrefixListIds": [{"PrefixListId": "pl-63a5400a", "Description": "S3"}],
                "UserIdGroupPairs": [{"GroupId": group_id}],
            },
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "team", "Value": "a"}]}],
    )
    assert answer["Return"] is True
    added = answer["SecurityGroupRules"]
    assert len(added) == 6
    assert all(rule["Tags"] == [{"Key": "team", "Value": "a"}] and not rule["IsEgress"] for rule in added)
    assert added == rules(ec2, group_id)
    assert (added[0]["CidrIpv4"], added[0]["Description"]) == ("192.0.2.0/24", "office")
    web, ping = inward(ec2, group_id)
    assert (web["IpProtocol"], web["FromPort"], web["ToPort"]) == ("tcp", 80, 80)
    assert web["IpRanges"] == [
        {"CidrIp": "192.0.2.0/24", "Description": "office"},
        {"CidrIp": "198.51.100.0/24"},
    ]
    assert web["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    assert web["PrefixListIds"] == [{"PrefixListId": "pl-63a5400a", "Description": "S3"}]
    assert [pair["GroupId"] for pair in web["UserIdGroupPairs"]] == [group_id]
    assert (ping["IpProtocol"], ping["FromPort"], ping["ToPort"]) == ("icmp", 8, -1)


def test_the_older_parameters(ec2: Any, in_default_vpc: str) -> None:
    ec2.authorize_security_group_ingress(
        GroupName="web", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="192.0.2.1/32"
    )
    (permission,) = inward(ec2, in_default_vpc)
    assert (permission["FromPort"], permission["IpRanges"]) == (22, [{"CidrIp": "192.0.2.1/32"}])
    ec2.revoke_security_group_ingress(
        GroupId=in_default_vpc, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="192.0.2.1/32"
    )
    ec2.authorize_security_group_ingress(GroupId=in_default_vpc, SourceSecurityGroupName="default")
    spans = [(p["IpProtocol"], p["FromPort"], p["ToPort"]) for p in inward(ec2, in_default_vpc)]
    assert spans == [("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1)]
    ec2.revoke_security_group_ingress(GroupId=in_default_vpc, SourceSecurityGroupName="default")
    assert inward(ec2, in_default_vpc) == []
    with refused("InvalidParameterCombination"):
        ec2.authorize_security_group_ingress(GroupName="web", IpPermissions=[tcp(1)], CidrIp="0.0.0.0/0")
    with refused("InvalidParameterCombination"):
        ec2.authorize_security_group_ingress(GroupName="web", SourceSecurityGroupName="default", CidrIp="0.0.0.0/0")
    with refused("MissingParameter"):
        ec2.authorize_security_group_ingress(GroupName="web")
    with refused("UnsupportedOperation", "CidrIp"):
        ec2.authorize_security_group_egress(GroupId=in_default_vpc, CidrIp="0.0.0.0/0")


def test_a_duplicate_refuses_the_whole_call(ec2: Any, group_id: str) -> None:
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(80, 80, "192.0.2.0/24")])
    with refused("InvalidPermission.Duplicate", "peer: 192.0.2.0/24, TCP, from port: 80, to port: 80, ALLOW"):
        ec2.authorize_security_group_ingress(
            GroupId=group_id, IpPermissions=[tcp(443), {**tcp(80, 80, "192.0.2.9/24"), "IpProtocol": "6"}]
        )
    assert len(rules(ec2, group_id)) == 1
    with refused("InvalidParameterValue", "must not appear multiple times"):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(443), tcp(443)])
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[tcp(80, 80, "192.0.2.0/24")])


def test_all_protocols_ignore_ports(ec2: Any, group_id: str) -> None:
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[everything])
    assert rules(ec2, group_id, egress=True) == []
    ec2.authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[everything, {**everything, "IpProtocol": "50"}]
    )
    assert [(r["IpProtocol"], r["FromPort"], r["ToPort"]) for r in rules(ec2, group_id)] == [
        ("-1", -1, -1),
        ("50", -1, -1),
    ]
    assert all("FromPort" not in permission for permission in inward(ec2, group_id))


@pytest.mark.parametrize(
    ("permission", "code", "says"),
    [
        ({"IpProtocol": "foo"}, "InvalidParameterValue", "Unknown protocol"),
        ({"IpProtocol": "256"}, "InvalidParameterValue", "Unknown protocol"),
        ({"IpProtocol": None}, "MissingParameter", "ipProtocol"),
        ({"FromPort": None}, "InvalidParameterValue", "both from and to ports"),
        ({"ToPort": 65536}, "InvalidParameterValue", "(65536) out of range"),
        ({"FromPort": -1, "ToPort": -1}, "InvalidParameterValue", "(-1) out of range"),
        ({"FromPort": 90}, "InvalidParameterValue", "(90:80)"),
        ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": 0}, "InvalidParameterValue", "type (256)"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 0}, "InvalidParameterValue", "code (0)"),
        ({"IpProtocol": "icmp", "FromPort": None, "ToPort": None}, "InvalidParameterValue", "ICMP"),
        ({"IpRanges": [{"CidrIp": "192.0.2.1"}]}, "InvalidParameterValue", "malformed"),
        ({"IpRanges": [{"CidrIp": "192.0.2.0/33"}]}, "InvalidParameterValue", "malformed"),
        ({"IpRanges": [{"CidrIp": "::/0"}]}, "InvalidParameterValue", "malformed"),
        ({"Ipv6Ranges": [{"CidrIpv6": "0.0.0.0/0"}]}, "InvalidParameterValue", "malformed"),
        ({"PrefixListIds": [{"PrefixListId": "s3"}]}, "InvalidPrefixListId.Malformed", "s3"),
        ({"IpRanges": []}, "MissingParameter", "cidrIp"),
        ({"UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0"}]}, "InvalidGroup.NotFound", "sg-0123"),
        ({"UserIdGroupPairs": [{"GroupId": "web"}]}, "InvalidGroupId.Malformed", "web"),
        ({"UserIdGroupPairs": [{"GroupName": "web"}]}, "InvalidParameterValue", "by name"),
        ({"UserIdGroupPairs": [{"Description": "d"}]}, "MissingParameter", "groupId"),
        ({"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "it's"}]}, "InvalidParameterValue", "description"),
    ],
)
def test_permissions_that_are_refused(
    ec2: Any, group_id: str, permission: dict[str, Any], code: str, says: str
) -> None:
    whole = {name: value for name, value in {**tcp(80), **permission}.items() if value is not None}
    with refused(code, says):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(22), whole])
    assert rules(ec2, group_id) == []


def test_groups_of_other_vpcs_and_accounts_are_refused(ec2: Any, group_id: str, in_default_vpc: str) -> None:
    for pair in ({"GroupId": in_default_vpc}, {"GroupId": group_id, "UserId": "999999999999"}):
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [pair]}
        with refused("InvalidGroup.NotFound", "different networks"):
            ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])


def test_a_group_of_the_default_vpc_by_name(ec2: Any, in_default_vpc: str) -> None:
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupName": "web"}]}
    ec2.authorize_security_group_ingress(GroupId=in_default_vpc, IpPermissions=[permission])
    (rule,) = rules(ec2, in_default_vpc)
    assert rule["ReferencedGroupInfo"]["GroupId"] == in_default_vpc


def test_icmpv6_needs_no_type(ec2: Any, group_id: str) -> None:
    permission = {"IpProtocol": "58", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    (shown,) = inward(ec2, group_id)
    assert (shown["IpProtocol"], shown["FromPort"], shown["ToPort"]) == ("icmpv6", -1, -1)


def test_revoking_what_is_not_there(ec2: Any, group_id: str, in_default_vpc: str) -> None:
    for id in (group_id, in_default_vpc):
        ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=[tcp(80)])
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(80), tcp(443)])
    assert len(rules(ec2, group_id)) == 1
    answer = ec2.revoke_security_group_ingress(GroupId=in_default_vpc, IpPermissions=[tcp(80), tcp(443)])
    (unknown,) = answer["UnknownIpPermissions"]
    assert (unknown["FromPort"], unknown["IpRanges"]) == (443, [{"CidrIp": "0.0.0.0/0"}])
    (revoked,) = answer["RevokedSecurityGroupRules"]
    assert (revoked["FromPort"], revoked["GroupId"]) == (80, in_default_vpc)
    assert rules(ec2, in_default_vpc) == []


def test_revoking_by_id(ec2: Any, group_id: str) -> None:
    answer = ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[tcp(80, 80, "192.0.2.0/24", "198.51.100.0/24")],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}],
    )
    first, second = [rule["SecurityGroupRuleId"] for rule in answer["SecurityGroupRules"]]
    (outward,) = rules(ec2, group_id, egress=True)
    with refused("InvalidSecurityGroupRuleId.NotFound", outward["SecurityGroupRuleId"]):
        ec2.revoke_security_group_ingress(
            GroupId=group_id, SecurityGroupRuleIds=[first, outward["SecurityGroupRuleId"]]
        )
    with refused("InvalidSecurityGroupRuleId.Malformed"):
        ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=["sgr-1"])
    with refused("InvalidParameterCombination"):
        ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[first], IpPermissions=[tcp(80)])
    ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[first])
    assert [rule["SecurityGroupRuleId"] for rule in rules(ec2, group_id)] == [second]
    ec2.revoke_security_group_egress(GroupId=group_id, SecurityGroupRuleIds=[outward["SecurityGroupRuleId"]])
    assert rules(ec2, group_id, egress=True) == []
    assert [tag["ResourceId"] for tag in ec2.describe_tags()["Tags"]] == [second]


def test_descriptions_change_and_ids_stay(ec2: Any, group_id: str) -> None:
    (rule,) = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(80)])["SecurityGroupRules"]
    id = rule["SecurityGroupRuleId"]
    described = tcp(80, IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "all"}])
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group_id, IpPermissions=[described])
    (seen,) = rules(ec2, group_id)
    assert (seen["SecurityGroupRuleId"], seen["Description"]) == (id, "all")
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group_id, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": id, "Description": "any"}]
    )
    assert rules(ec2, group_id)[0]["Description"] == "any"
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group_id, IpPermissions=[tcp(80)])
    assert "Description" not in rules(ec2, group_id)[0]
    with refused("InvalidPermission.NotFound"):
        ec2.update_security_group_rule_descriptions_ingress(GroupId=group_id, IpPermissions=[tcp(81)])
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        ec2.update_security_group_rule_descriptions_egress(
            GroupId=group_id, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": id, "Description": "x"}]
        )


def test_rules_are_replaced_in_place(ec2: Any, group_id: str) -> None:
    answer = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(80), tcp(81)])
    first, second = [rule["SecurityGroupRuleId"] for rule in answer["SecurityGroupRules"]]

    def change(id: str, **rule: Any) -> None:
        ec2.modify_security_group_rules(
            GroupId=group_id, SecurityGroupRules=[{"SecurityGroupRuleId": id, "SecurityGroupRule": rule}]
        )

    change(first, IpProtocol="udp", FromPort=53, ToPort=53, CidrIpv6="::/0", Description="names")
    (changed, _) = rules(ec2, group_id)
    assert (changed["SecurityGroupRuleId"], changed["IpProtocol"], changed["CidrIpv6"]) == (first, "udp", "::/0")
    assert "CidrIpv4" not in changed and changed["Description"] == "names"
    with refused("InvalidPermission.Duplicate"):
        change(first, IpProtocol="tcp", FromPort=81, ToPort=81, CidrIpv4="0.0.0.0/0")
    with refused("InvalidParameterCombination"):
        change(first, IpProtocol="tcp", FromPort=81, ToPort=81, CidrIpv4="0.0.0.0/0", CidrIpv6="::/0")
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        change("sgr-0123456789abcdef0", IpProtocol="tcp", FromPort=81, ToPort=81, CidrIpv4="0.0.0.0/0")
    assert rules(ec2, group_id)[0] == changed
    change(second, IpProtocol="-1", ReferencedGroupId=group_id)
    assert rules(ec2, group_id)[1]["ReferencedGroupInfo"]["GroupId"] == group_id


def test_a_group_holds_sixty_rules_of_a_direction_and_family(ec2: Any, group_id: str) -> None:
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(port) for port in range(1, 61)])
    with refused("RulesPerSecurityGroupLimitExceeded"):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(61)])
    other_family = {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[other_family])
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[tcp(61)])


def test_a_dry_run_changes_nothing(ec2: Any, group_id: str) -> None:
    with refused("DryRunOperation", status=412):
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(80)], DryRun=True)
    assert rules(ec2, group_id) == []


def test_rules_are_tagged_and_found_by_tag(ec2: Any, group_id: str) -> None:
    (rule,) = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[tcp(80)])["SecurityGroupRules"]
    ec2.create_tags(Resources=[rule["SecurityGroupRuleId"]], Tags=[{"Key": "Name", "Value": "http"}])
    found = ec2.describe_security_group_rules(Filters=[{"Name": "tag:Name", "Values": ["http"]}])
    assert [r["SecurityGroupRuleId"] for r in found["SecurityGroupRules"]] == [rule["SecurityGroupRuleId"]]
    again = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert again["SecurityGroupRules"][0]["Tags"] == [{"Key": "Name", "Value": "http"}]
