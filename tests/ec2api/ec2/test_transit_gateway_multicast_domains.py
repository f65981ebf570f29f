"""Multicast domains of transit gateways through the face."""

from typing import Any

import pytest

from tests.ec2api.ec2.transit import attached, gateway
from tests.refusal import refused
from tests.waiting import until

ABSENT = "tgw-mcast-domain-0123456789abcdef0"
Hub = tuple[str, str, str, list[str]]


@pytest.fixture
def hub(ec2: Any) -> Hub:
    """A gateway that has multicast, an attachment, the VPC and its subnets."""
    id = gateway(ec2, MulticastSupport="enable")["TransitGatewayId"]
    return id, *attached(ec2, id)


def domain(ec2: Any, gateway_id: str, **options: str) -> str:
    made = ec2.create_transit_gateway_multicast_domain(TransitGatewayId=gateway_id, Options=options)
    id: str = made["TransitGatewayMulticastDomain"]["TransitGatewayMulticastDomainId"]
    until(lambda: shown(ec2, id)["State"], "available")
    return id


def shown(ec2: Any, id: str) -> dict[str, Any]:
    given = {"TransitGatewayMulticastDomainIds": [id]}
    answer = ec2.describe_transit_gateway_multicast_domains(**given)
    (found,) = answer["TransitGatewayMulticastDomains"]
    return dict(found)


def associations(ec2: Any, id: str, **filters: str) -> list[tuple[str, str]]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    answer = ec2.get_transit_gateway_multicast_domain_associations(TransitGatewayMulticastDomainId=id, Filters=wanted)
    return [(a["Subnet"]["SubnetId"], a["Subnet"]["State"]) for a in answer["MulticastDomainAssociations"]]


def groups(ec2: Any, id: str, **filters: str) -> list[dict[str, Any]]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    answer = ec2.search_transit_gateway_multicast_groups(TransitGatewayMulticastDomainId=id, Filters=wanted)
    found: list[dict[str, Any]] = answer["MulticastGroups"]
    return found


def test_a_domain(ec2: Any, hub: Hub, account: str) -> None:
    gateway_id, attachment_id, vpc_id, (first, second) = hub
    id = domain(ec2, gateway_id, StaticSourcesSupport="enable")
    assert shown(ec2, id) == {
        "TransitGatewayMulticastDomainId": id,
        "TransitGatewayId": gateway_id,
        "TransitGatewayMulticastDomainArn": (f"arn:aws:ec2:us-east-1:{account}:transit-gateway-multicast-domain/{id}"),
        "OwnerId": account,
        "Options": {
            "Igmpv2Support": "disable",
            "StaticSourcesSupport": "enable",
            "AutoAcceptSharedAssociations": "disable",
        },
        "State": "available",
        "CreationTime": shown(ec2, id)["CreationTime"],
        "Tags": [],
    }
    there = {"TransitGatewayMulticastDomainId": id, "TransitGatewayAttachmentId": attachment_id}
    made = ec2.associate_transit_gateway_multicast_domain(**there, SubnetIds=[first])["Associations"]
    assert made == {
        **there,
        "ResourceId": vpc_id,
        "ResourceType": "vpc",
        "ResourceOwnerId": account,
        "Subnets": [{"SubnetId": first, "State": "associating"}],
    }
    until(lambda: associations(ec2, id), [(first, "associated")])
    for name, value in {
        "resource_id": vpc_id,
        "resource_type": "vpc",
        "state": "associated",
        "subnet_id": first,
        "transit_gateway_attachment_id": attachment_id,
    }.items():
        assert associations(ec2, id, **{name: value}) and not associations(ec2, id, **{name: "x"})
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_transit_gateway_multicast_domain(**there, SubnetIds=[second, first])
    for call in (
        ec2.accept_transit_gateway_multicast_domain_associations,
        ec2.reject_transit_gateway_multicast_domain_associations,
    ):
        with refused("IncorrectState"):
            call(**there, SubnetIds=[first])
    with refused("InvalidTransitGatewayMulticastDomainAssociation.NotFound"):
        ec2.disassociate_transit_gateway_multicast_domain(**there, SubnetIds=[second])
    with refused("IncorrectState", first):
        ec2.delete_transit_gateway_multicast_domain(TransitGatewayMulticastDomainId=id)
    with refused("IncorrectState", "VPC Attachments"):
        ec2.delete_transit_gateway(TransitGatewayId=gateway_id)
    gone = ec2.disassociate_transit_gateway_multicast_domain(**there, SubnetIds=[first])["Associations"]
    assert gone["Subnets"] == [{"SubnetId": first, "State": "disassociating"}]
    until(lambda: associations(ec2, id), [])
    ec2.delete_transit_gateway_multicast_domain(TransitGatewayMulticastDomainId=id)
    until(lambda: shown(ec2, id)["State"], "deleted")


def test_groups(ec2: Any, hub: Hub) -> None:
    gateway_id, attachment_id, vpc_id, (first, second) = hub
    id = domain(ec2, gateway_id, StaticSourcesSupport="enable")
    there = {"TransitGatewayMulticastDomainId": id}
    ec2.associate_transit_gateway_multicast_domain(**there, TransitGatewayAttachmentId=attachment_id, SubnetIds=[first])
    until(lambda: associations(ec2, id), [(first, "associated")])
    a, b, outside = (
        ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        for subnet in (first, first, second)
    )
    group = {**there, "GroupIpAddress": "224.0.1.5"}
    made = ec2.register_transit_gateway_multicast_group_members(**group, NetworkInterfaceIds=[a, b])
    assert made["RegisteredMulticastGroupMembers"] == {**group, "RegisteredNetworkInterfaceIds": [a, b]}
    ec2.register_transit_gateway_multicast_group_sources(**group, NetworkInterfaceIds=[a])
    assert [(g["NetworkInterfaceId"], g["GroupMember"], g["GroupSource"]) for g in groups(ec2, id)] == [
        (a, True, True),
        (b, True, False),
    ]
    assert groups(ec2, id)[1]["MemberType"] == "static" and "SourceType" not in groups(ec2, id)[1]
    for name, value, count in (
        ("group_ip_address", "224.0.1.5", 2),
        ("is_group_member", "true", 2),
        ("is_group_source", "true", 1),
        ("member_type", "static", 2),
        ("source_type", "static", 1),
        ("resource_id", vpc_id, 2),
        ("resource_type", "vpc", 2),
        ("subnet_id", first, 2),
        ("transit_gateway_attachment_id", attachment_id, 2),
    ):
        assert len(groups(ec2, id, **{name: value})) == count and not groups(ec2, id, **{name: "x"})
    for code, changed in (
        ("InvalidParameterValue", {"NetworkInterfaceIds": [outside]}),
        ("InvalidParameterValue", {"GroupIpAddress": "10.0.0.1"}),
        ("InvalidNetworkInterfaceID.NotFound", {"NetworkInterfaceIds": ["eni-0123456789abcdef0"]}),
        (
            "InvalidTransitGatewayMulticastDomainId.NotFound",
            {"TransitGatewayMulticastDomainId": ABSENT},
        ),
    ):
        with refused(code):
            ec2.register_transit_gateway_multicast_group_members(**{**group, "NetworkInterfaceIds": [a], **changed})
    with refused("InvalidParameterValue", "no source"):
        ec2.deregister_transit_gateway_multicast_group_sources(**group, NetworkInterfaceIds=[b])
    gone = ec2.deregister_transit_gateway_multicast_group_sources(**group)["DeregisteredMulticastGroupSources"]
    assert gone["DeregisteredNetworkInterfaceIds"] == [a]
    ec2.deregister_transit_gateway_multicast_group_members(**group, NetworkInterfaceIds=[a])
    assert [g["NetworkInterfaceId"] for g in groups(ec2, id)] == [b]
    ec2.delete_network_interface(NetworkInterfaceId=b)
    assert groups(ec2, id) == []


def test_what_is_refused(ec2: Any, hub: Hub) -> None:
    gateway_id, attachment_id, _, subnets = hub
    without = gateway(ec2)["TransitGatewayId"]
    with refused("InvalidParameterValue", "not enabled"):
        ec2.create_transit_gateway_multicast_domain(TransitGatewayId=without)
    id = domain(ec2, gateway_id, Igmpv2Support="enable")
    with refused("UnsupportedOperation", "Static sources"):
        ec2.register_transit_gateway_multicast_group_sources(
            TransitGatewayMulticastDomainId=id,
            GroupIpAddress="224.0.1.5",
            NetworkInterfaceIds=["eni-0123456789abcdef0"],
        )
    elsewhere, _, (foreign, _) = attached(ec2, without, "10.5.0.0/16")
    for code, given in (
        ("InvalidParameterValue", {"TransitGatewayAttachmentId": elsewhere, "SubnetIds": [foreign]}),
        ("InvalidParameterValue", {"TransitGatewayAttachmentId": attachment_id, "SubnetIds": [foreign]}),
        ("MissingParameter", {"TransitGatewayAttachmentId": attachment_id, "SubnetIds": []}),
    ):
        with refused(code):
            ec2.associate_transit_gateway_multicast_domain(TransitGatewayMulticastDomainId=id, **given)
    ec2.associate_transit_gateway_multicast_domain(
        TransitGatewayMulticastDomainId=id, TransitGatewayAttachmentId=attachment_id, SubnetIds=subnets
    )
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment_id)
    assert associations(ec2, id) == []
