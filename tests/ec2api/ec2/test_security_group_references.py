"""Rules that refer to groups of peered VPCs, through the face."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.ec2api.ec2.test_vpc_peering_connections import accept, request, status, vpc
from tests.launching import launch, wait_for
from tests.refusal import refused
from tests.waiting import until


@pytest.fixture
def other(shared_cloud: Embedded, account: str) -> Any:
    """A client of a second account in the same region."""
    return shared_cloud.client(account=account[::-1])


def group(ec2: Any, vpc_id: str, name: str) -> str:
    id: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
    return id


def allow(ec2: Any, group_id: str, **pair: str) -> Any:
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
    return ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])["SecurityGroupRules"][0]


def stale(ec2: Any, vpc_id: str) -> list[str]:
    return [g["GroupId"] for g in ec2.describe_stale_security_groups(VpcId=vpc_id)["StaleSecurityGroupSet"]]


def test_rules_refer_to_groups_of_a_peered_vpc(ec2: Any, other: Any, account: str) -> None:
    theirs = account[::-1]
    near, far = vpc(ec2, "10.0.0.0/16"), vpc(other, "10.1.0.0/16")
    web, clients = group(ec2, near, "web"), group(other, far, "clients")
    with refused("InvalidGroup.NotFound"):
        allow(ec2, web, GroupId=clients, UserId=theirs)
    peering = request(ec2, near, far, PeerOwnerId=theirs)
    with refused("InvalidGroup.NotFound"):  # it is not active yet
        allow(ec2, web, GroupId=clients, UserId=theirs)
    accept(other, peering)
    for wrong in ({"UserId": account}, {"VpcPeeringConnectionId": "pcx-0123456789abcdef0"}, {"VpcId": near}):
        with refused("InvalidGroup.NotFound", "different networks"):
            allow(ec2, web, GroupId=clients, **wrong)
    rule = allow(ec2, web, GroupId=clients, UserId=theirs)
    info = {"UserId": theirs, "VpcId": far, "VpcPeeringConnectionId": peering, "PeeringStatus": "active"}
    assert rule["ReferencedGroupInfo"] == {"GroupId": clients, **info}
    (shown,) = ec2.describe_security_groups(GroupIds=[web])["SecurityGroups"]
    assert shown["IpPermissions"][0]["UserIdGroupPairs"] == [{"GroupId": clients, **info}]
    assert other.describe_security_group_references(GroupId=[clients])["SecurityGroupReferenceSet"] == [
        {"GroupId": clients, "ReferencingVpcId": near, "VpcPeeringConnectionId": peering}
    ]
    assert ec2.describe_security_group_references(GroupId=[web])["SecurityGroupReferenceSet"] == []
    assert stale(ec2, near) == []
    other.delete_security_group(GroupId=clients)  # the rule of the other side is no hindrance
    (found,) = ec2.describe_stale_security_groups(VpcId=near)["StaleSecurityGroupSet"]
    assert (found["GroupId"], found["GroupName"], found["VpcId"]) == (web, "web", near)
    (permission,) = found["StaleIpPermissions"]
    assert permission["UserIdGroupPairs"] == [{"GroupId": clients, **info}] and found["StaleIpPermissionsEgress"] == []
    ec2.revoke_security_group_ingress(
        GroupId=web,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 80,
                "UserIdGroupPairs": [{"GroupId": clients, "UserId": theirs, "VpcPeeringConnectionId": peering}],
            }
        ],
    )
    assert stale(ec2, near) == []


def test_rules_are_stale_without_their_peering(ec2: Any) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    web, clients = group(ec2, a, "web"), group(ec2, b, "clients")
    peering = request(ec2, a, b)
    accept(ec2, peering)
    allow(ec2, web, GroupId=clients)
    allow(ec2, web, GroupId=web)
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    until(lambda: status(ec2, peering), "deleted")
    (found,) = ec2.describe_stale_security_groups(VpcId=a)["StaleSecurityGroupSet"]
    ((pair,),) = [permission["UserIdGroupPairs"] for permission in found["StaleIpPermissions"]]
    assert (pair["GroupId"], pair["PeeringStatus"]) == (clients, "deleted")
    assert ec2.describe_security_group_references(GroupId=[clients])["SecurityGroupReferenceSet"] == []
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_stale_security_groups(VpcId="vpc-0123456789abcdef0")
    with refused("InvalidGroup.NotFound"):
        ec2.describe_security_group_references(GroupId=["sg-0123456789abcdef0"])


def test_a_rule_is_modified_to_refer_to_a_peer(ec2: Any) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    web, clients = group(ec2, a, "web"), group(ec2, b, "clients")
    accept(ec2, peering := request(ec2, a, b))
    rule = allow(ec2, web, GroupId=web)
    change = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "ReferencedGroupId": clients}
    ec2.modify_security_group_rules(
        GroupId=web,
        SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": change}],
    )
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ]
    assert found["ReferencedGroupInfo"]["VpcPeeringConnectionId"] == peering


def test_groups_of_a_vpc(ec2: Any) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    web = group(ec2, a, "web")

    def usable() -> list[str]:
        found = ec2.get_security_groups_for_vpc(VpcId=b)["SecurityGroupForVpcs"]
        return [g["GroupName"] for g in found]

    def associations() -> list[tuple[str, str, str]]:
        found = ec2.describe_security_group_vpc_associations()["SecurityGroupVpcAssociations"]
        return [(f["GroupId"], f["VpcId"], f["State"]) for f in found]

    assert usable() == ["default"]
    assert ec2.associate_security_group_vpc(GroupId=web, VpcId=b)["State"] == "associating"
    until(associations, [(web, b, "associated")])
    assert sorted(usable()) == ["default", "web"]
    named = [{"Name": "primary-vpc-id", "Values": [a]}]
    assert [g["GroupId"] for g in ec2.get_security_groups_for_vpc(VpcId=b, Filters=named)["SecurityGroupForVpcs"]] == [
        web
    ]
    near = group(ec2, b, "near")
    rule = allow(ec2, near, GroupId=web)
    assert rule["ReferencedGroupInfo"]["VpcId"] == a
    subnet_id = ec2.create_subnet(VpcId=b, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=b,
        ServiceName="com.amazonaws.us-east-1.sts",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
        SubnetIds=[subnet_id],
        SecurityGroupIds=[web],
    )["VpcEndpoint"]
    with refused("DependencyViolation", b):
        ec2.disassociate_security_group_vpc(GroupId=web, VpcId=b)
    instance = launch(ec2, SubnetId=subnet_id, SecurityGroupIds=[web])
    assert [g["GroupId"] for g in instance["SecurityGroups"]] == [web]
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    wait_for(ec2, [instance["InstanceId"]], "terminated")
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    until(lambda: ec2.describe_vpc_endpoints()["VpcEndpoints"], [])
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_security_group_vpc(GroupId=web, VpcId=b)
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=web)
    assert stale(ec2, b) == []
    assert ec2.disassociate_security_group_vpc(GroupId=web, VpcId=b)["State"] == "disassociating"
    until(associations, [])
    assert stale(ec2, b) == [near]


def test_associations_that_are_refused(ec2: Any) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    web = group(ec2, a, "web")
    chosen = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [a]}]
    default = ec2.describe_security_groups(Filters=chosen)["SecurityGroups"][0]["GroupId"]
    (default_vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    for code, group_id, vpc_id in (
        ("UnsupportedOperation", default, b),
        ("UnsupportedOperation", web, default_vpc["VpcId"]),
        ("InvalidParameterValue", web, a),
        ("InvalidVpcID.NotFound", web, "vpc-0123456789abcdef0"),
        ("InvalidGroup.NotFound", "sg-0123456789abcdef0", b),
    ):
        with refused(code):
            ec2.associate_security_group_vpc(GroupId=group_id, VpcId=vpc_id)
    with refused("InvalidSecurityGroupVpcAssociation.NotFound"):
        ec2.disassociate_security_group_vpc(GroupId=web, VpcId=b)
