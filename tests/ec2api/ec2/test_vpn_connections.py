"""Site-to-Site VPN connections through the face."""

from ipaddress import ip_network
from typing import Any

import pytest
from lxml import etree

from tests.conftest import Embedded
from tests.ec2api.ec2.test_vpn_gateways import customer, private
from tests.ec2api.ec2.transit import gateway
from tests.refusal import refused
from tests.waiting import until

ABSENT = "vpn-0123456789abcdef0"


def shown(ec2: Any, id: str) -> dict[str, Any]:
    (found,) = ec2.describe_vpn_connections(VpnConnectionIds=[id])["VpnConnections"]
    return dict(found)


def connect(ec2: Any, **given: Any) -> dict[str, Any]:
    made = ec2.create_vpn_connection(**{"Type": "ipsec.1", **given})["VpnConnection"]
    assert made["State"] in ("pending", "available")
    until(lambda: shown(ec2, made["VpnConnectionId"])["State"], "available")
    return shown(ec2, made["VpnConnectionId"])


def changed(ec2: Any, id: str) -> dict[str, Any]:
    until(lambda: shown(ec2, id)["State"], "available")
    return shown(ec2, id)


@pytest.fixture
def ends(ec2: Any) -> dict[str, str]:
    return {"CustomerGatewayId": customer(ec2, BgpAsn=65010), "VpnGatewayId": private(ec2, AmazonSideAsn=64999)}


def test_a_connection(ec2: Any, ends: dict[str, str]) -> None:
    tags = [{"Key": "Name", "Value": "office"}]
    made = connect(ec2, **ends, TagSpecifications=[{"ResourceType": "vpn-connection", "Tags": tags}])
    id, tunnels = made["VpnConnectionId"], made["Options"]["TunnelOptions"]
    assert {**ends, "Category": "VPN", "GatewayAssociationState": "associated", "Tags": tags}.items() <= made.items()
    assert {n: v for n, v in made["Options"].items() if n != "TunnelOptions"} == {
        "EnableAcceleration": False,
        "StaticRoutesOnly": False,
        "LocalIpv4NetworkCidr": "0.0.0.0/0",
        "RemoteIpv4NetworkCidr": "0.0.0.0/0",
        "OutsideIpAddressType": "PublicIpv4",
        "TunnelInsideIpVersion": "ipv4",
        "TunnelBandwidth": "standard",
    }
    assert [(t["OutsideIpAddress"], t["Status"]) for t in made["VgwTelemetry"]] == [
        (tunnel["OutsideIpAddress"], "DOWN") for tunnel in tunnels
    ]
    tree = etree.fromstring(made["CustomerGatewayConfiguration"].encode())
    assert tree.get("id") == id and tree.findtext("vpn_gateway_id") == ends["VpnGatewayId"]
    assert tree.findtext("customer_gateway_id") == ends["CustomerGatewayId"]
    for element, tunnel in zip(tree.findall("ipsec_tunnel"), tunnels, strict=True):
        inside = ip_network(tunnel["TunnelInsideCidr"])
        assert inside.subnet_of(ip_network("169.254.0.0/16")) and inside.prefixlen == 30  # type: ignore[arg-type]
        for path, value in {
            "customer_gateway/tunnel_outside_address/ip_address": "203.0.113.7",
            "customer_gateway/tunnel_inside_address/ip_address": str(inside[2]),
            "customer_gateway/bgp/asn": "65010",
            "vpn_gateway/tunnel_outside_address/ip_address": tunnel["OutsideIpAddress"],
            "vpn_gateway/tunnel_inside_address/ip_address": str(inside[1]),
            "vpn_gateway/tunnel_inside_address/network_mask": "255.255.255.252",
            "vpn_gateway/bgp/asn": "64999",
            "ike/pre_shared_key": tunnel["PreSharedKey"],
            "ike/encryption_protocol": "aes-128-cbc",
            "ipsec/authentication_protocol": "hmac-sha1-96",
        }.items():
            assert element.findtext(path) == value, path
    for name, value in {
        "bgp-asn": "65010",
        "customer-gateway-configuration": made["CustomerGatewayConfiguration"],
        "customer-gateway-id": ends["CustomerGatewayId"],
        "option.static-routes-only": "false",
        "state": "available",
        "type": "ipsec.1",
        "vpn-connection-id": id,
        "vpn-gateway-id": ends["VpnGatewayId"],
        "tag:Name": "office",
    }.items():
        for wanted, count in ((value, 1), ("x", 0)):
            chosen = [{"Name": name, "Values": [wanted]}]
            assert len(ec2.describe_vpn_connections(Filters=chosen)["VpnConnections"]) == count, name
    other_key = made["CustomerGatewayConfiguration"].replace(tunnels[0]["PreSharedKey"], "another.key")
    chosen = [{"Name": "customer-gateway-configuration", "Values": [other_key]}]
    assert ec2.describe_vpn_connections(Filters=chosen)["VpnConnections"] == []


def test_identical_requests_make_one_connection(ec2: Any, ends: dict[str, str]) -> None:
    keyed = {"TunnelOptions": [{"PreSharedKey": "eight.or.more"}]}
    first = connect(ec2, **ends)["VpnConnectionId"]
    assert connect(ec2, **ends)["VpnConnectionId"] == first
    second = connect(ec2, **ends, Options=keyed)["VpnConnectionId"]
    assert second != first and connect(ec2, **ends, Options=keyed)["VpnConnectionId"] == second
    keyed["TunnelOptions"][0]["PreSharedKey"] = "another.eight"
    assert connect(ec2, **ends, Options=keyed)["VpnConnectionId"] not in (first, second)


def test_what_is_in_use_stays(ec2: Any, ends: dict[str, str], account: str) -> None:
    id = connect(ec2, **ends)["VpnConnectionId"]
    with refused("IncorrectState", id):
        ec2.delete_customer_gateway(CustomerGatewayId=ends["CustomerGatewayId"])
    with refused("IncorrectState", id):
        ec2.delete_vpn_gateway(VpnGatewayId=ends["VpnGatewayId"])
    ec2.delete_vpn_connection(VpnConnectionId=id)
    until(lambda: shown(ec2, id)["State"], "deleted")
    assert "CustomerGatewayConfiguration" not in shown(ec2, id)
    with refused("InvalidVpnConnectionID.NotFound"):
        ec2.delete_vpn_connection(VpnConnectionId=id)
    with refused("IncorrectState"):
        ec2.modify_vpn_connection_options(VpnConnectionId=id, LocalIpv4NetworkCidr="10.0.0.0/8")
    ec2.delete_vpn_gateway(VpnGatewayId=ends["VpnGatewayId"])
    ec2.delete_customer_gateway(CustomerGatewayId=ends["CustomerGatewayId"])
    with refused("InvalidVpnGatewayID.NotFound"):
        ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=customer(ec2), VpnGatewayId=ends["VpnGatewayId"])
    with refused("InvalidCustomerGatewayID.NotFound"):
        ec2.create_vpn_connection(Type="ipsec.1", **ends)
    assert account


def test_static_routes(ec2: Any, ends: dict[str, str]) -> None:
    made = connect(ec2, **ends, Options={"StaticRoutesOnly": True})
    id = made["VpnConnectionId"]
    tree = etree.fromstring(made["CustomerGatewayConfiguration"].encode())
    assert tree.findtext("vpn_connection_attributes") == "NoBGPVPNConnection" and not tree.findall(".//bgp")
    for _ in range(2):
        ec2.create_vpn_connection_route(VpnConnectionId=id, DestinationCidrBlock="192.168.0.0/16")
    assert shown(ec2, id)["Routes"] == [
        {"DestinationCidrBlock": "192.168.0.0/16", "Source": "Static", "State": "available"}
    ]
    chosen = [{"Name": "route.destination-cidr-block", "Values": ["192.168.*"]}]
    assert len(ec2.describe_vpn_connections(Filters=chosen)["VpnConnections"]) == 1
    with refused("InvalidParameterValue"):
        ec2.create_vpn_connection_route(VpnConnectionId=id, DestinationCidrBlock="192.168.0.1/16")
    ec2.delete_vpn_connection_route(VpnConnectionId=id, DestinationCidrBlock="192.168.0.0/16")
    with refused("InvalidRoute.NotFound"):
        ec2.delete_vpn_connection_route(VpnConnectionId=id, DestinationCidrBlock="192.168.0.0/16")
    by_bgp = connect(ec2, **ends)["VpnConnectionId"]
    with refused("UnsupportedOperation", "BGP"):
        ec2.create_vpn_connection_route(VpnConnectionId=by_bgp, DestinationCidrBlock="192.168.0.0/16")
    with refused("InvalidVpnConnectionID.NotFound"):
        ec2.create_vpn_connection_route(VpnConnectionId=ABSENT, DestinationCidrBlock="192.168.0.0/16")


def test_tunnels_as_wanted(ec2: Any, ends: dict[str, str]) -> None:
    wanted = {
        "TunnelInsideCidr": "169.254.10.0/30",
        "PreSharedKey": "a_key.of_mine",
        "Phase1LifetimeSeconds": 28000,
        "Phase2LifetimeSeconds": 3500,
        "RekeyMarginTimeSeconds": 300,
        "RekeyFuzzPercentage": 50,
        "ReplayWindowSize": 128,
        "DPDTimeoutSeconds": 45,
        "DPDTimeoutAction": "restart",
        "Phase1EncryptionAlgorithms": [{"Value": "AES256"}],
        "Phase2EncryptionAlgorithms": [{"Value": "AES256-GCM-16"}],
        "Phase1IntegrityAlgorithms": [{"Value": "SHA2-512"}],
        "Phase2IntegrityAlgorithms": [{"Value": "SHA2-256"}],
        "Phase1DHGroupNumbers": [{"Value": 14}],
        "Phase2DHGroupNumbers": [{"Value": 5}],
        "IKEVersions": [{"Value": "ikev2"}],
        "StartupAction": "start",
        "EnableTunnelLifecycleControl": True,
        "Phase1AdditionalKeyExchanges": [{"AdditionalKeyExchangeRound": 1, "KeyExchangeMethods": [{"Value": 36}]}],
    }
    made = connect(ec2, **ends, Options={"TunnelOptions": [wanted]})
    id, (first, second) = made["VpnConnectionId"], made["Options"]["TunnelOptions"]
    assert first == {
        **{n: v for n, v in wanted.items() if not n.startswith(("DPD", "IKE"))},
        "OutsideIpAddress": first["OutsideIpAddress"],
        "DpdTimeoutSeconds": 45,
        "DpdTimeoutAction": "restart",
        "IkeVersions": [{"Value": "ikev2"}],
        "LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False}},
        "Phase1AdditionalKeyExchanges": [
            {"AdditionalKeyExchangeRound": 1, "KeyExchangeMethods": [{"Value": 36}], "Requirement": "required"}
        ],
    }
    assert second.keys() == {
        "OutsideIpAddress",
        "TunnelInsideCidr",
        "PreSharedKey",
        "LogOptions",
        "EnableTunnelLifecycleControl",
    }
    tree = etree.fromstring(made["CustomerGatewayConfiguration"].encode())
    assert tree.findtext("ipsec_tunnel/ike/perfect_forward_secrecy") == "group14"
    assert tree.findtext("ipsec_tunnel/ipsec/encryption_protocol") == "aes-256-gcm-16"
    outside = {"VpnConnectionId": id, "VpnTunnelOutsideIpAddress": second["OutsideIpAddress"]}
    answer = ec2.modify_vpn_tunnel_options(
        **outside, TunnelOptions={"PreSharedKey": "another_key", "TunnelInsideCidr": "169.254.11.0/30"}
    )
    assert answer["VpnConnection"]["State"] == "modifying"
    _, second = changed(ec2, id)["Options"]["TunnelOptions"]
    assert (second["PreSharedKey"], second["TunnelInsideCidr"]) == ("another_key", "169.254.11.0/30")
    assert "another_key" in shown(ec2, id)["CustomerGatewayConfiguration"]
    for code, given in (
        ("InvalidParameterValue", {"TunnelInsideCidr": "169.254.10.0/30"}),
        ("InvalidParameterValue", {"DPDTimeoutSeconds": 29}),
        ("InvalidParameterValue", {"Phase2LifetimeSeconds": 900, "RekeyMarginTimeSeconds": 451}),
        ("MissingParameter", {}),
    ):
        with refused(code):
            ec2.modify_vpn_tunnel_options(**outside, TunnelOptions=given)
    with refused("InvalidParameterValue", "no tunnel of"):
        ec2.modify_vpn_tunnel_options(
            VpnConnectionId=id, VpnTunnelOutsideIpAddress="203.0.113.99", TunnelOptions={"DPDTimeoutSeconds": 30}
        )
    with refused("InvalidParameterCombination", "SkipTunnelReplacement"):
        ec2.modify_vpn_tunnel_options(**outside, TunnelOptions={"DPDTimeoutSeconds": 30}, SkipTunnelReplacement=True)
    with refused("UnsupportedOperation", "certificates"):
        ec2.modify_vpn_tunnel_certificate(**outside)


def test_tunnels_that_are_refused(ec2: Any, ends: dict[str, str]) -> None:
    for given in (
        {"TunnelInsideCidr": "169.254.0.0/30"},
        {"TunnelInsideCidr": "169.254.10.0/29"},
        {"TunnelInsideCidr": "10.0.0.0/30"},
        {"TunnelInsideCidr": "169.254.10.1/30"},
        {"PreSharedKey": "0startsso"},
        {"PreSharedKey": "short"},
        {"PreSharedKey": "no spaces here"},
        {"Phase1LifetimeSeconds": 899},
        {"Phase1LifetimeSeconds": 3600},
        {"RekeyFuzzPercentage": 101},
        {"ReplayWindowSize": 63},
        {"DPDTimeoutAction": "weep"},
        {"StartupAction": "stop"},
        {"IKEVersions": [{"Value": "ikev3"}]},
        {"Phase1DHGroupNumbers": [{"Value": 5}]},
        {"Phase1EncryptionAlgorithms": [{"Value": "ROT13"}]},
        {"Phase1AdditionalKeyExchanges": [{"AdditionalKeyExchangeRound": 8, "KeyExchangeMethods": [{"Value": 2}]}]},
        {"Phase1AdditionalKeyExchanges": [{"AdditionalKeyExchangeRound": 1}]},
        {
            "IKEVersions": [{"Value": "ikev1"}],
            "Phase2AdditionalKeyExchanges": [
                {"AdditionalKeyExchangeRound": 1, "KeyExchangeMethods": [{"Value": 2}]},
            ],
        },
    ):
        with refused("InvalidParameterValue"):
            ec2.create_vpn_connection(Type="ipsec.1", **ends, Options={"TunnelOptions": [given]})
    logs = {"LogOptions": {"CloudWatchLogOptions": {"LogEnabled": True}}}
    for code, options in (
        ("UnsupportedOperation", {"TunnelOptions": [logs]}),
        ("InvalidParameterValue", {"TunnelOptions": [{"DPDTimeoutSeconds": 30}] * 3}),
        ("InvalidParameterCombination", {"TunnelInsideIpVersion": "ipv6"}),
        ("InvalidParameterCombination", {"EnableAcceleration": True}),
        ("InvalidParameterCombination", {"TunnelBandwidth": "large"}),
        ("InvalidParameterCombination", {"LocalIpv6NetworkCidr": "::/0"}),
        ("InvalidParameterCombination", {"TunnelOptions": [{"TunnelInsideIpv6Cidr": "fd00::/126"}]}),
        ("InvalidParameterValue", {"LocalIpv4NetworkCidr": "everywhere"}),
        ("InvalidParameterValue", {"OutsideIpAddressType": "Carrier"}),
        ("MissingParameter", {"OutsideIpAddressType": "PrivateIpv4"}),
        ("UnsupportedOperation", {"OutsideIpAddressType": "Ipv6"}),
    ):
        with refused(code):
            ec2.create_vpn_connection(Type="ipsec.1", **ends, Options=options)
    for code, more in (
        ("InvalidParameterValue", {"Type": "ipsec.2"}),
        ("InvalidParameterValue", {"PreSharedKeyStorage": "Pocket"}),
        ("UnsupportedOperation", {"PreSharedKeyStorage": "SecretsManager"}),
        ("InvalidParameterCombination", {"TransitGatewayId": "tgw-0123456789abcdef0"}),
    ):
        with refused(code):
            ec2.create_vpn_connection(**{"Type": "ipsec.1", **ends, **more})
    assert ec2.describe_vpn_connections()["VpnConnections"] == []


def test_a_connection_to_a_transit_gateway(ec2: Any, ends: dict[str, str], account: str) -> None:
    hub = gateway(ec2, AmazonSideAsn=4200000000)
    gateway_id, table_id = hub["TransitGatewayId"], hub["Options"]["AssociationDefaultRouteTableId"]
    given = {"CustomerGatewayId": ends["CustomerGatewayId"], "TransitGatewayId": gateway_id}
    options = {"TunnelInsideIpVersion": "ipv6", "EnableAcceleration": True, "TunnelBandwidth": "large"}
    made = connect(ec2, **given, Options=options)
    id = made["VpnConnectionId"]
    assert "VpnGatewayId" not in made and made["Options"]["LocalIpv6NetworkCidr"] == "::/0"
    tree = etree.fromstring(made["CustomerGatewayConfiguration"].encode())
    assert tree.findtext("transit_gateway_id") == gateway_id
    assert tree.findtext("ipsec_tunnel/vpn_gateway/bgp/asn") == "4200000000"
    inside = ip_network(made["Options"]["TunnelOptions"][0]["TunnelInsideIpv6Cidr"])
    assert tree.findtext("ipsec_tunnel/customer_gateway/tunnel_inside_address/ip_address") == str(inside[2])

    def attachments() -> list[tuple[str, str]]:
        chosen = [{"Name": "resource-id", "Values": [id]}]
        found = ec2.describe_transit_gateway_attachments(Filters=chosen)["TransitGatewayAttachments"]
        return [(one["TransitGatewayId"], one["State"]) for one in found]

    until(attachments, [(gateway_id, "available")])
    (joined,) = ec2.get_transit_gateway_route_table_associations(TransitGatewayRouteTableId=table_id)["Associations"]
    assert (joined["ResourceType"], joined["ResourceId"]) == ("vpn", id)
    with refused("IncorrectState", "has non-deleted VPN Attachments"):
        ec2.delete_transit_gateway(TransitGatewayId=gateway_id)
    with refused("IncorrectState", "ASN"):
        ec2.modify_transit_gateway(TransitGatewayId=gateway_id, Options={"AmazonSideAsn": 64512})
    with refused("InvalidParameterCombination"):
        ec2.modify_vpn_connection(VpnConnectionId=id, VpnGatewayId=ends["VpnGatewayId"])
    second = connect(ec2, **given)["VpnConnectionId"]
    assert second != id
    ec2.modify_vpn_connection(VpnConnectionId=second, VpnGatewayId=ends["VpnGatewayId"])
    found = changed(ec2, second)
    assert found["VpnGatewayId"] == ends["VpnGatewayId"] and "TransitGatewayId" not in found
    assert "<asn>64999</asn>" in found["CustomerGatewayConfiguration"]
    ec2.delete_vpn_connection(VpnConnectionId=id)
    until(attachments, [(gateway_id, "deleted")])
    assert account


def test_changes_of_a_connection(ec2: Any, ends: dict[str, str]) -> None:
    made = connect(ec2, CustomerGatewayId=ends["CustomerGatewayId"])
    id = made["VpnConnectionId"]
    assert made["GatewayAssociationState"] == "not-associated"
    with refused("MissingParameter"):
        ec2.modify_vpn_connection(VpnConnectionId=id)
    other = customer(ec2, "203.0.113.8")
    answer = ec2.modify_vpn_connection(VpnConnectionId=id, VpnGatewayId=ends["VpnGatewayId"], CustomerGatewayId=other)
    assert answer["VpnConnection"]["State"] == "modifying"
    found = changed(ec2, id)
    assert found["CustomerGatewayId"] == other and found["GatewayAssociationState"] == "associated"
    assert "<ip_address>203.0.113.8</ip_address>" in found["CustomerGatewayConfiguration"]
    assert found["Options"]["TunnelOptions"] == made["Options"]["TunnelOptions"]
    ec2.modify_vpn_connection_options(
        VpnConnectionId=id, LocalIpv4NetworkCidr="192.168.0.0/16", RemoteIpv4NetworkCidr="10.0.0.0/8"
    )
    options = changed(ec2, id)["Options"]
    assert (options["LocalIpv4NetworkCidr"], options["RemoteIpv4NetworkCidr"]) == ("192.168.0.0/16", "10.0.0.0/8")
    for code, given in (
        ("MissingParameter", {}),
        ("InvalidParameterCombination", {"TunnelBandwidth": "large"}),
        ("InvalidParameterCombination", {"LocalIpv6NetworkCidr": "::/0"}),
        ("InvalidParameterValue", {"LocalIpv4NetworkCidr": "10.0.0.1/8"}),
    ):
        with refused(code):
            ec2.modify_vpn_connection_options(VpnConnectionId=id, **given)


def test_sample_configurations(ec2: Any, ends: dict[str, str]) -> None:
    made = connect(ec2, **ends)
    (device,) = ec2.get_vpn_connection_device_types()["VpnConnectionDeviceTypes"]
    given = {
        "VpnConnectionId": made["VpnConnectionId"],
        "VpnConnectionDeviceTypeId": device["VpnConnectionDeviceTypeId"],
    }
    answer = ec2.get_vpn_connection_device_sample_configuration(**given)
    text = answer["VpnConnectionDeviceSampleConfiguration"]
    for tunnel in made["Options"]["TunnelOptions"]:
        assert tunnel["PreSharedKey"] in text and tunnel["OutsideIpAddress"] in text
    assert "ikev2" in text and "65010" in text
    for code, more in (
        ("InvalidParameterValue", {"VpnConnectionDeviceTypeId": "00000000"}),
        ("InvalidParameterValue", {"InternetKeyExchangeVersion": "ikev3"}),
        ("InvalidParameterValue", {"SampleType": "best"}),
        ("UnsupportedOperation", {"SampleType": "recommended", "InternetKeyExchangeVersion": "ikev1"}),
        ("InvalidVpnConnectionID.NotFound", {"VpnConnectionId": ABSENT}),
    ):
        with refused(code):
            ec2.get_vpn_connection_device_sample_configuration(**{**given, **more})


def test_nobody_else_sees_it(ec2: Any, ends: dict[str, str], shared_cloud: Embedded, account: str) -> None:
    id = connect(ec2, **ends)["VpnConnectionId"]
    for client in (
        shared_cloud.client(account=account[::-1]),
        shared_cloud.client(account=account, region="eu-central-1"),
    ):
        assert client.describe_vpn_connections()["VpnConnections"] == []
        with refused("InvalidVpnConnectionID.NotFound"):
            client.delete_vpn_connection(VpnConnectionId=id)
        with refused("InvalidCustomerGatewayID.NotFound"):
            client.create_vpn_connection(Type="ipsec.1", **ends)
