"""Peering of transit gateways through the face: of one account, of two, and of two regions."""

from functools import partial
from typing import Any

import pytest

from tests.conftest import Embedded
from tests.ec2api.ec2.transit import attached, attachment, gateway, routes
from tests.refusal import refused
from tests.waiting import until


@pytest.fixture
def other(shared_cloud: Embedded, account: str) -> Any:
    """A client of a second account, in another region."""
    return shared_cloud.client(account=account[::-1], region="eu-central-1")


def shown(ec2: Any, id: str) -> dict[str, Any]:
    given = {"TransitGatewayAttachmentIds": [id]}
    answer = ec2.describe_transit_gateway_peering_attachments(**given)
    (found,) = answer["TransitGatewayPeeringAttachments"]
    return dict(found)


def state(ec2: Any, id: str) -> str:
    return str(shown(ec2, id)["State"])


def ask(ec2: Any, gateway_id: str, peer_id: str, account: str, region: str, **more: Any) -> str:
    made = ec2.create_transit_gateway_peering_attachment(
        TransitGatewayId=gateway_id,
        PeerTransitGatewayId=peer_id,
        PeerAccountId=account,
        PeerRegion=region,
        **more,
    )["TransitGatewayPeeringAttachment"]
    assert made["State"] == "initiatingRequest"
    return str(made["TransitGatewayAttachmentId"])


def test_across_accounts_and_regions(ec2: Any, other: Any, account: str) -> None:
    near, far = gateway(ec2), gateway(other)
    near_id, far_id = near["TransitGatewayId"], far["TransitGatewayId"]
    tags = [{"Key": "Name", "Value": "ours"}]
    id = ask(
        ec2,
        near_id,
        far_id,
        account[::-1],
        "eu-central-1",
        TagSpecifications=[{"ResourceType": "transit-gateway-attachment", "Tags": tags}],
    )
    until(lambda: shown(ec2, id)["State"], "pendingAcceptance")
    found = shown(ec2, id)
    assert found["RequesterTgwInfo"] == {"TransitGatewayId": near_id, "OwnerId": account, "Region": "us-east-1"}
    assert found["AccepterTgwInfo"]["OwnerId"] == account[::-1] and found["Tags"] == tags
    assert found["Status"]["Code"] == "pending-acceptance" and "AccepterTransitGatewayAttachmentId" not in found
    theirs = shown(other, id)
    assert theirs["Tags"] == [] and theirs["RequesterTgwInfo"] == found["RequesterTgwInfo"]
    for name, value in {
        "transit-gateway-attachment-id": id,
        "local-owner-id": account,
        "remote-owner-id": account[::-1],
        "state": "pendingAcceptance",
        "transit-gateway-id": near_id,
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            answer = ec2.describe_transit_gateway_peering_attachments(Filters=[{"Name": name, "Values": [wanted]}])
            assert len(answer["TransitGatewayPeeringAttachments"]) == count, name
    for call in (ec2.accept_transit_gateway_peering_attachment, ec2.reject_transit_gateway_peering_attachment):
        with refused("InvalidParameterValue", "as the source of the peering request"):
            call(TransitGatewayAttachmentId=id)
    accepted = other.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=id)
    assert accepted["TransitGatewayPeeringAttachment"]["State"] == "pending"
    for client, made, peer in ((ec2, near, far_id), (other, far, near_id)):
        until(partial(state, client, id), "available")
        found = attachment(client, id)
        table_id = made["Options"]["AssociationDefaultRouteTableId"]
        assert found["ResourceType"] == "peering" and found["ResourceId"] == peer
        assert found["Association"] == {"TransitGatewayRouteTableId": table_id, "State": "associated"}
        with refused("UnsupportedOperation"):
            client.enable_transit_gateway_route_table_propagation(
                TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=id
            )
        client.create_transit_gateway_route(
            TransitGatewayRouteTableId=table_id, TransitGatewayAttachmentId=id, DestinationCidrBlock="10.0.0.0/8"
        )
        assert routes(client, table_id) == {"10.0.0.0/8": ("static", "active")}
    with refused("IncorrectState", "Cross Region Peering Attachments"):
        ec2.delete_transit_gateway(TransitGatewayId=near_id)
    resilient(ec2, other, id)
    other.delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=id)
    for client, made in ((ec2, near), (other, far)):
        until(partial(state, client, id), "deleted")
        table_id = made["Options"]["AssociationDefaultRouteTableId"]
        assert routes(client, table_id) == {"10.0.0.0/8": ("static", "blackhole")}
        client.delete_transit_gateway(TransitGatewayId=made["TransitGatewayId"])


def resilient(ec2: Any, other: Any, id: str) -> None:
    """Either side allows it, in its own region."""
    for client, status in ((ec2, "disabled"), (other, "enabled")):
        changed = client.modify_transit_gateway_peering_attachment(
            TransitGatewayAttachmentId=id, Options={"AllowMultipathResilience": True}
        )["TransitGatewayPeeringAttachment"]["Options"]
        assert changed["MultipathResilienceStatus"] == status
    assert changed["RequesterMultipathResilienceMode"] == "always-on"
    with refused("InvalidParameterCombination"):
        ec2.modify_transit_gateway_peering_attachment(TransitGatewayAttachmentId=id, Options={})


def test_within_a_region_each_side_has_its_own_id(ec2: Any, account: str) -> None:
    a, b = gateway(ec2)["TransitGatewayId"], gateway(ec2)["TransitGatewayId"]
    id = ask(ec2, a, b, account, "us-east-1")
    until(lambda: shown(ec2, id)["State"], "pendingAcceptance")
    peer_id = shown(ec2, id)["AccepterTransitGatewayAttachmentId"]
    assert peer_id != id and shown(ec2, peer_id)["AccepterTgwInfo"]["TransitGatewayId"] == b
    with refused("InvalidParameterValue", "as the source"):
        ec2.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=id)
    with refused("DuplicateTransitGatewayAttachment"):
        ask(ec2, b, a, account, "us-east-1")
    rejected = ec2.reject_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peer_id)
    assert rejected["TransitGatewayPeeringAttachment"]["State"] == "rejecting"
    for each in (id, peer_id):
        until(partial(state, ec2, each), "rejected")
    with refused("IncorrectState"):
        ec2.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peer_id)
    with refused("IncorrectState"):
        ec2.delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=id)


def test_requests_that_are_refused(ec2: Any, other: Any, account: str) -> None:
    near, far = gateway(ec2)["TransitGatewayId"], gateway(other)["TransitGatewayId"]
    given = {
        "TransitGatewayId": near,
        "PeerTransitGatewayId": far,
        "PeerAccountId": account[::-1],
        "PeerRegion": "eu-central-1",
    }
    for code, changed in (
        ("InvalidTransitGatewayID.NotFound", {"TransitGatewayId": far}),
        ("InvalidTransitGatewayID.Malformed", {"PeerTransitGatewayId": "tgw-1"}),
        ("InvalidTransitGatewayID.NotFound", {"PeerAccountId": account, "PeerRegion": "us-east-1"}),
        ("InvalidUserID.Malformed", {"PeerAccountId": "me"}),
        ("InvalidParameterValue", {"PeerRegion": "mars-1"}),
        ("InvalidParameterValue", {"PeerTransitGatewayId": near}),
        ("UnsupportedOperation", {"Options": {"DynamicRouting": "enable"}}),
        ("InvalidParameterCombination", {"Options": {"MultipathResilienceMode": "always-on"}}),
        (
            "InvalidParameterValue",
            {"PeerRegion": "us-east-1", "Options": {"AllowMultipathResilience": True}},
        ),
    ):
        with refused(code):
            ec2.create_transit_gateway_peering_attachment(**{**given, **changed})
    assert ec2.describe_transit_gateway_peering_attachments()["TransitGatewayPeeringAttachments"] == []
    id = ask(ec2, near, far, account[::-1], "us-east-1")
    until(lambda: shown(ec2, id)["State"], "failed")
    of_vpc, _, _ = attached(ec2, near)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        ec2.delete_transit_gateway_peering_attachment(TransitGatewayAttachmentId=of_vpc)
    with refused("InvalidTransitGatewayAttachmentID.NotFound"):
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id)
