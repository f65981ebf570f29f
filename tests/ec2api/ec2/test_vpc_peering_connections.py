"""VPC peering connections through the face: of one account, of two, and of two regions."""

from typing import Any

import pytest

from tests.conftest import Embedded
from tests.refusal import refused
from tests.waiting import until


@pytest.fixture
def other(shared_cloud: Embedded, account: str) -> Any:
    """A client of a second account, in another region."""
    return shared_cloud.client(account=account[::-1], region="eu-central-1")


def vpc(ec2: Any, block: str) -> str:
    id: str = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    return id


def status(ec2: Any, id: str) -> str:
    (found,) = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[id])["VpcPeeringConnections"]
    return str(found["Status"]["Code"])


def request(ec2: Any, vpc_id: str, peer_vpc_id: str, until_state: str = "pending-acceptance", **more: Any) -> str:
    made = ec2.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=peer_vpc_id, **more)["VpcPeeringConnection"]
    assert made["Status"]["Code"] == "initiating-request"
    id: str = made["VpcPeeringConnectionId"]
    until(lambda: status(ec2, id), until_state)
    return id


def accept(ec2: Any, id: str) -> None:
    accepted = ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=id)["VpcPeeringConnection"]
    assert accepted["Status"]["Code"] == "provisioning"
    until(lambda: status(ec2, id), "active")


def joined(ec2: Any) -> tuple[str, str, str]:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    id = request(ec2, a, b)
    accept(ec2, id)
    return id, a, b


def test_two_vpcs_of_an_account(ec2: Any, account: str) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    tags = [{"Key": "Name", "Value": "a-b"}]
    id = request(ec2, a, b, TagSpecifications=[{"ResourceType": "vpc-peering-connection", "Tags": tags}])
    (pending,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert pending["Status"] == {
        "Code": "pending-acceptance",
        "Message": f"Pending Acceptance by {account}",
    }
    assert pending["Tags"] == tags and "CidrBlock" not in pending["AccepterVpcInfo"]
    assert "ExpirationTime" in pending
    accept(ec2, id)
    (found,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert found["Status"] == {"Code": "active", "Message": "Active"} and "ExpirationTime" not in found
    options = {
        "AllowDnsResolutionFromRemoteVpc": False,
        "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
        "AllowEgressFromLocalVpcToRemoteClassicLink": False,
    }
    assert found["AccepterVpcInfo"] == {
        "CidrBlock": "10.1.0.0/16",
        "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}],
        "OwnerId": account,
        "VpcId": b,
        "Region": "us-east-1",
        "PeeringOptions": options,
    }
    assert found["RequesterVpcInfo"]["VpcId"] == a
    for name, value in {
        "accepter-vpc-info.cidr-block": "10.1.*",
        "requester-vpc-info.cidr-block": "10.0.0.0/16",
        "requester-vpc-info.vpc-id": a,
        "accepter-vpc-info.owner-id": account,
        "status-code": "active",
        "tag:Name": "a-b",
    }.items():
        chosen = [{"Name": name, "Values": [value]}]
        assert len(ec2.describe_vpc_peering_connections(Filters=chosen)["VpcPeeringConnections"]) == 1, name
    with refused("VpcPeeringConnectionAlreadyExists", id):
        ec2.create_vpc_peering_connection(VpcId=b, PeerVpcId=a)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=b)


def test_across_accounts_and_regions(ec2: Any, other: Any, account: str) -> None:
    near, far = vpc(ec2, "10.0.0.0/16"), vpc(other, "10.1.0.0/16")
    theirs = account[::-1]
    id = request(ec2, near, far, PeerOwnerId=theirs, PeerRegion="eu-central-1")
    (seen,) = other.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert seen["VpcPeeringConnectionId"] == id and seen["RequesterVpcInfo"]["CidrBlock"] == "10.0.0.0/16"
    for wrong in (ec2.accept_vpc_peering_connection, ec2.reject_vpc_peering_connection):
        with refused("OperationNotPermitted"):
            wrong(VpcPeeringConnectionId=id)
    with refused("OperationNotPermitted"):
        other.delete_vpc_peering_connection(VpcPeeringConnectionId=id)
    accept(other, id)
    assert status(ec2, id) == "active"
    ec2.create_tags(Resources=[id], Tags=[{"Key": "Name", "Value": "to them"}])
    other.create_tags(Resources=[id], Tags=[{"Key": "Name", "Value": "to us"}])
    for client, value in ((ec2, "to them"), (other, "to us")):
        (found,) = client.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert found["Tags"] == [{"Key": "Name", "Value": value}]
        assert found["AccepterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"
        chosen = [{"Name": "tag:Name", "Values": [value]}]
        assert client.describe_vpc_peering_connections(Filters=chosen)["VpcPeeringConnections"] == [found]
    other.modify_vpc_attribute(VpcId=far, EnableDnsHostnames={"Value": True})
    given = {"AllowDnsResolutionFromRemoteVpc": True}
    with refused("OperationNotPermitted", "requester options"):
        other.modify_vpc_peering_connection_options(VpcPeeringConnectionId=id, RequesterPeeringConnectionOptions=given)
    changed = other.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=id, AccepterPeeringConnectionOptions=given
    )
    assert changed["AccepterPeeringConnectionOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    assert "RequesterPeeringConnectionOptions" not in changed
    other.delete_vpc_peering_connection(VpcPeeringConnectionId=id)
    until(lambda: status(ec2, id), "deleted")
    assert status(other, id) == "deleted"
    with refused("InvalidStateTransition", "from deleted to deleting"):
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=id)
    other.delete_vpc(VpcId=far)


def test_nobody_else_sees_it(ec2: Any, shared_cloud: Embedded, account: str) -> None:
    id, _, _ = joined(ec2)
    for client in (
        shared_cloud.client(account=account[::-1]),
        shared_cloud.client(account=account, region="eu-central-1"),
    ):
        assert client.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
        with refused("InvalidVpcPeeringConnectionID.NotFound", id):
            client.describe_vpc_peering_connections(VpcPeeringConnectionIds=[id])
        with refused("InvalidVpcPeeringConnectionID.NotFound", id):
            client.create_tags(Resources=[id], Tags=[{"Key": "a", "Value": "b"}])
        with refused("InvalidVpcPeeringConnectionID.NotFound"):
            client.delete_vpc_peering_connection(VpcPeeringConnectionId=id)


def test_a_rejected_request(ec2: Any) -> None:
    id = request(ec2, vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16"))
    assert ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=id)["Return"] is True
    assert status(ec2, id) == "rejected"
    with refused("InvalidStateTransition", "from rejected to active"):
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=id)


def test_what_cannot_be_joined_fails(ec2: Any, other: Any, account: str) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.0.128.0/17")
    id = request(ec2, a, b, until_state="failed")
    assert (
        "overlapping CIDR range"
        in ec2.describe_vpc_peering_connections()["VpcPeeringConnections"][0]["Status"]["Message"]
    )
    with refused("InvalidStateTransition", "from failed to deleting"):
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=id)
    request(ec2, a, vpc(other, "10.1.0.0/16"), until_state="failed", PeerOwnerId=account[::-1])  # of another region
    assert other.describe_vpc_peering_connections()["VpcPeeringConnections"] == []


def test_requests_that_are_refused(ec2: Any) -> None:
    a = vpc(ec2, "10.0.0.0/16")
    absent = "vpc-0123456789abcdef0"
    for code, given in (
        ("MissingParameter", {}),
        ("InvalidVpcID.Malformed", {"PeerVpcId": "vpc-1"}),
        ("InvalidVpcID.NotFound", {"PeerVpcId": absent}),
        ("InvalidVpcID.NotFound", {"VpcId": absent, "PeerVpcId": a}),
        ("InvalidParameterValue", {"PeerVpcId": a}),
        ("InvalidParameterValue", {"PeerVpcId": absent, "PeerRegion": "mars-1"}),
        ("InvalidUserID.Malformed", {"PeerVpcId": absent, "PeerOwnerId": "me"}),
    ):
        with refused(code):
            ec2.create_vpc_peering_connection(**{"VpcId": a, **given})
    with refused("InvalidVpcPeeringConnectionId.Malformed"):
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId="pcx-1")
    with refused("InvalidVpcPeeringConnectionID.NotFound"):
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId="pcx-0123456789abcdef0")
    assert ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []


def test_options(ec2: Any) -> None:
    a, b = vpc(ec2, "10.0.0.0/16"), vpc(ec2, "10.1.0.0/16")
    id = request(ec2, a, b)
    given = {"AllowDnsResolutionFromRemoteVpc": True}
    with refused("OperationNotPermitted", "is not active"):
        ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=id, RequesterPeeringConnectionOptions=given)
    accept(ec2, id)
    with refused("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled"):
        ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=id, RequesterPeeringConnectionOptions=given)
    for vpc_id in (a, b):
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    ec2.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=id,
        RequesterPeeringConnectionOptions=given,
        AccepterPeeringConnectionOptions=given,
    )
    (found,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
        assert found[side]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=id)
    with refused("InvalidParameterValue", "between regions"):
        ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=id, RequesterPeeringConnectionOptions={"AllowMultipathResilience": True}
        )
    with refused("InvalidParameterValue", "Classic"):
        ec2.modify_vpc_peering_connection_options(
            VpcPeeringConnectionId=id,
            RequesterPeeringConnectionOptions={"AllowEgressFromLocalClassicLinkToRemoteVpc": True},
        )


def test_multipath_resilience_between_regions(ec2: Any, other: Any, account: str) -> None:
    near, far = vpc(ec2, "10.0.0.0/16"), vpc(other, "10.1.0.0/16")
    made: dict[str, Any] = {
        "PeerOwnerId": account[::-1],
        "PeerRegion": "eu-central-1",
        "RequesterPeeringConnectionOptions": {"AllowMultipathResilience": True},
    }
    id = request(ec2, near, far, **made)
    (pending,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert pending["MultipathResilienceStatus"] == "pending"
    accept(other, id)
    (found,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert found["MultipathResilienceStatus"] == "enabled"
    assert found["AccepterVpcInfo"]["PeeringOptions"]["MultipathResilienceMode"] == "always-on"
    other.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=id, AccepterPeeringConnectionOptions={"AllowMultipathResilience": False}
    )
    assert ec2.describe_vpc_peering_connections()["VpcPeeringConnections"][0]["MultipathResilienceStatus"] == "disabled"


def test_routes_to_it_are_black_holes_while_it_is_not_active(ec2: Any, other: Any, account: str) -> None:
    near, far = vpc(ec2, "10.0.0.0/16"), vpc(other, "10.1.0.0/16")
    id = request(ec2, near, far, PeerOwnerId=account[::-1], PeerRegion="eu-central-1")

    def table(client: Any, vpc_id: str) -> Any:
        return client.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"][0]

    def states() -> list[str]:
        found = [table(ec2, near)["Routes"], table(other, far)["Routes"]]
        return [r["State"] for routes in found for r in routes if r.get("VpcPeeringConnectionId") == id]

    for client, vpc_id, block in ((ec2, near, "10.1.0.0/16"), (other, far, "10.0.0.0/16")):
        client.create_route(
            RouteTableId=table(client, vpc_id)["RouteTableId"], DestinationCidrBlock=block, VpcPeeringConnectionId=id
        )
    assert states() == ["blackhole", "blackhole"]
    accept(other, id)
    assert states() == ["active", "active"]
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=id)
    assert states() == ["blackhole", "blackhole"]
