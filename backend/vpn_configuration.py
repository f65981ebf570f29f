"""What a customer needs to set up the device at its end of a VPN connection, as XML and as text.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnection.html (CustomerGatewayConfiguration)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from backend.vpn_tunnels import INSIDE, INSIDE_IPV6

_ENCRYPTION = {
    "AES128": "aes-128-cbc",
    "AES256": "aes-256-cbc",
    "AES128-GCM-16": "aes-128-gcm-16",
    "AES256-GCM-16": "aes-256-gcm-16",
}
_INTEGRITY = {"SHA1": "sha1", "SHA2-256": "sha2-256", "SHA2-384": "sha2-384", "SHA2-512": "sha2-512"}
_KEYS = re.compile("<pre_shared_key>[^<]*</pre_shared_key>")
_HOLD_TIME, _MSS, _DPD_INTERVAL, _DPD_RETRIES = 30, 1379, 10, 3


@dataclass(frozen=True)
class Ends:
    """The addresses and ASNs of a connection's two ends, and who they are."""

    vpn_connection_id: str
    customer_gateway_id: str
    vpn_gateway_id: str | None
    transit_gateway_id: str | None
    customer_address: str
    customer_asn: int
    amazon_asn: int
    static: bool


@dataclass(frozen=True)
class _Phase:
    encryption: str
    integrity: str
    group: int
    lifetime: int


def _phase(tunnel: Mapping[str, Any], number: int, lifetime: int) -> _Phase:
    """What a device uses of what the tunnel allows: the first of each, by default the least."""

    def first(name: str, default: Any) -> Any:
        listed = tunnel.get(f"Phase{number}{name}")
        return listed[0]["Value"] if listed else default

    return _Phase(
        _ENCRYPTION[first("EncryptionAlgorithms", "AES128")],
        _INTEGRITY[first("IntegrityAlgorithms", "SHA1")],
        first("DHGroupNumbers", 2),
        tunnel.get(f"Phase{number}LifetimeSeconds", lifetime),
    )


def xml(ends: Ends, tunnels: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """The CustomerGatewayConfiguration."""
    gateway = f"  <vpn_gateway_id>{ends.vpn_gateway_id or ''}</vpn_gateway_id>\n"
    if ends.transit_gateway_id:
        gateway = f"  <transit_gateway_id>{ends.transit_gateway_id}</transit_gateway_id>\n"
    attributes = "  <vpn_connection_attributes>NoBGPVPNConnection</vpn_connection_attributes>\n" if ends.static else ""
    body = "".join(_xml_tunnel(ends, tunnel, key) for tunnel, key in zip(tunnels, keys, strict=True))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<vpn_connection id="{ends.vpn_connection_id}">\n'
        f"  <customer_gateway_id>{ends.customer_gateway_id}</customer_gateway_id>\n"
        f"{gateway}"
        "  <vpn_connection_type>ipsec.1</vpn_connection_type>\n"
        f"{attributes}{body}</vpn_connection>"
    )


def without_keys(configuration: str) -> str:
    """The same configuration with empty pre-shared keys."""
    return _KEYS.sub("<pre_shared_key></pre_shared_key>", configuration)


def _xml_tunnel(ends: Ends, tunnel: Mapping[str, Any], key: str) -> str:
    ike, ipsec = _phase(tunnel, 1, 28800), _phase(tunnel, 2, 3600)
    network, bgp = _inside(tunnel), not ends.static
    return (
        "  <ipsec_tunnel>\n"
        + _xml_end("customer_gateway", ends.customer_address, network, 2, ends.customer_asn, bgp=bgp)
        + _xml_end("vpn_gateway", tunnel["OutsideIpAddress"], network, 1, ends.amazon_asn, bgp=bgp)
        + "    <ike>\n"
        f"      <authentication_protocol>{ike.integrity}</authentication_protocol>\n"
        f"      <encryption_protocol>{ike.encryption}</encryption_protocol>\n"
        f"      <lifetime>{ike.lifetime}</lifetime>\n"
        f"      <perfect_forward_secrecy>group{ike.group}</perfect_forward_secrecy>\n"
        "      <mode>main</mode>\n"
        f"      <pre_shared_key>{key}</pre_shared_key>\n"
        "    </ike>\n"
        "    <ipsec>\n"
        "      <protocol>esp</protocol>\n"
        f"      <authentication_protocol>{_hmac(ipsec.integrity)}</authentication_protocol>\n"
        f"      <encryption_protocol>{ipsec.encryption}</encryption_protocol>\n"
        f"      <lifetime>{ipsec.lifetime}</lifetime>\n"
        f"      <perfect_forward_secrecy>group{ipsec.group}</perfect_forward_secrecy>\n"
        "      <mode>tunnel</mode>\n"
        "      <clear_df_bit>true</clear_df_bit>\n"
        "      <fragmentation_before_encryption>true</fragmentation_before_encryption>\n"
        f"      <tcp_mss_adjustment>{_MSS}</tcp_mss_adjustment>\n"
        "      <dead_peer_detection>\n"
        f"        <interval>{_DPD_INTERVAL}</interval>\n"
        f"        <retries>{_DPD_RETRIES}</retries>\n"
        "      </dead_peer_detection>\n"
        "    </ipsec>\n"
        "  </ipsec_tunnel>\n"
    )


def _hmac(integrity: str) -> str:
    return "hmac-sha1-96" if integrity == "sha1" else f"hmac-{integrity}"


def _inside(tunnel: Mapping[str, Any]) -> IPv4Network | IPv6Network:
    """Where both ends of a tunnel are: Amazon's has the first address, the customer's the second."""
    return ip_network(tunnel.get(INSIDE_IPV6) or tunnel[INSIDE])


def _xml_end(name: str, outside: str, network: IPv4Network | IPv6Network, place: int, asn: int, *, bgp: bool) -> str:
    session = f"      <bgp>\n        <asn>{asn}</asn>\n        <hold_time>{_HOLD_TIME}</hold_time>\n      </bgp>\n"
    return (
        f"    <{name}>\n"
        "      <tunnel_outside_address>\n"
        f"        <ip_address>{outside}</ip_address>\n"
        "      </tunnel_outside_address>\n"
        "      <tunnel_inside_address>\n"
        f"        <ip_address>{network[place]}</ip_address>\n"
        f"        <network_mask>{network.netmask}</network_mask>\n"
        f"        <network_cidr>{network.prefixlen}</network_cidr>\n"
        "      </tunnel_inside_address>\n"
        f"{session if bgp else ''}"
        f"    </{name}>\n"
    )


def text(ends: Ends, tunnels: Sequence[Mapping[str, Any]], keys: Sequence[str], ike_version: str) -> str:
    """The settings for a device of any vendor, to read."""
    gateway = ends.vpn_gateway_id or ends.transit_gateway_id or "none"
    lines = [
        f"VPN connection    : {ends.vpn_connection_id}",
        f"Gateway           : {gateway}",
        f"Customer gateway  : {ends.customer_gateway_id}",
    ]
    for number, (tunnel, key) in enumerate(zip(tunnels, keys, strict=True), 1):
        lines += ["", f"IPsec tunnel {number}", *_text_tunnel(ends, tunnel, key, ike_version)]
    return "\n".join(lines) + "\n"


def _text_tunnel(ends: Ends, tunnel: Mapping[str, Any], key: str, ike_version: str) -> list[str]:
    ike, ipsec = _phase(tunnel, 1, 28800), _phase(tunnel, 2, 3600)
    network = _inside(tunnel)
    amazon, customer, length = network[1], network[2], network.prefixlen
    lines = [
        "  IKE",
        f"    Version               : {ike_version}",
        f"    Pre-shared key        : {key}",
        f"    Integrity             : {ike.integrity}",
        f"    Encryption            : {ike.encryption}",
        f"    Diffie-Hellman group  : {ike.group}",
        f"    Lifetime              : {ike.lifetime} seconds",
        "  IPsec (ESP, tunnel mode)",
        f"    Integrity             : {_hmac(ipsec.integrity)}",
        f"    Encryption            : {ipsec.encryption}",
        f"    Perfect forward secrecy: group {ipsec.group}",
        f"    Lifetime              : {ipsec.lifetime} seconds",
        f"    Dead peer detection   : every {_DPD_INTERVAL} seconds, {_DPD_RETRIES} retries",
        f"    TCP MSS               : {_MSS} bytes",
        "  Addresses",
        f"    Outside, customer     : {ends.customer_address}",
        f"    Outside, gateway      : {tunnel['OutsideIpAddress']}",
        f"    Inside, customer      : {customer}/{length}",
        f"    Inside, gateway       : {amazon}/{length}",
    ]
    if ends.static:
        return [*lines, "  Routing                 : static"]
    return [
        *lines,
        "  BGP",
        f"    Customer's ASN        : {ends.customer_asn}",
        f"    Gateway's ASN         : {ends.amazon_asn}",
        f"    Neighbor              : {amazon}",
        f"    Hold time             : {_HOLD_TIME} seconds",
    ]
