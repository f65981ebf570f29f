"""What may change of a VPN connection once it is there.

https://docs.aws.amazon.com/vpn/latest/s2svpn/modify-vpn-target.html
"""

from collections.abc import Mapping
from typing import Any

from backend import customer_gateways, errors, transitions, vpn_tunnels
from backend.config import Settings
from backend.db.models import CustomerGateway, VpnConnection
from backend.db.unit_of_work import UnitOfWork
from backend.key_file import KeyFile
from backend.vpn_connections import enter, leave, networks, place, require, seal, taken_by_others, unseal
from backend.vpn_tunnels import INSIDE, INSIDE_IPV6, KEY


def modify(
    uow: UnitOfWork,
    settings: Settings,
    keys: KeyFile,
    vpn_connection_id: str,
    *,
    customer_gateway_id: str | None = None,
    vpn_gateway_id: str | None = None,
    transit_gateway_id: str | None = None,
) -> VpnConnection:
    """Lead a connection from or to another gateway; its tunnels keep their addresses and keys.

    Errors: MissingParameter, InvalidParameterCombination, IncorrectState.
    """
    connection = require(uow, vpn_connection_id)
    if not (customer_gateway_id or vpn_gateway_id or transit_gateway_id):
        raise errors.MissingParameter(name="customerGatewayId")
    customer = customer_gateways.require(uow, customer_gateway_id or connection.customer_gateway_id)
    connection.customer_gateway_id = customer.id
    moves = transit_gateway_id != connection.transit_gateway_id if transit_gateway_id else bool(vpn_gateway_id)
    if moves:
        leave(uow, settings, connection)
        connection.vpn_gateway_id = connection.transit_gateway_id = None
        asn = enter(uow, settings, connection, vpn_gateway_id, transit_gateway_id)
        connection.amazon_side_asn = connection.amazon_side_asn if asn is None else asn
        needs = connection.options["TunnelInsideIpVersion"] == "ipv6" or connection.options["EnableAcceleration"]
        if needs and not connection.transit_gateway_id:
            raise errors.InvalidParameterCombination(reason="The options of the connection need a transit gateway.")
        if taken_by_others(uow, connection) & {tunnel[INSIDE] for tunnel in connection.tunnels}:
            raise errors.InvalidValue(reason="The gateway has another tunnel with the same inside CIDR block.")
    seal(keys, connection, customer, unseal(keys, connection))
    transitions.begin(uow, settings, connection, "modifying", "available")
    return connection


def modify_options(
    uow: UnitOfWork, settings: Settings, vpn_connection_id: str, given: Mapping[str, Any]
) -> VpnConnection:
    """Change the networks at both ends, or the bandwidth. Errors: MissingParameter, InvalidParameterValue,
    InvalidParameterCombination, IncorrectState.
    """
    connection = require(uow, vpn_connection_id)
    if not given:
        raise errors.MissingParameter(name="localIpv4NetworkCidr")
    if given.get("TunnelBandwidth") == "large" and not connection.transit_gateway_id:
        raise errors.InvalidParameterCombination(reason="TunnelBandwidth needs a transit gateway.")
    changed = networks(given, connection.options["TunnelInsideIpVersion"])
    if "TunnelBandwidth" in given:
        changed["TunnelBandwidth"] = given["TunnelBandwidth"]
    connection.options = {**connection.options, **changed}
    transitions.begin(uow, settings, connection, "modifying", "available")
    return connection


def modify_tunnel(
    uow: UnitOfWork,
    settings: Settings,
    keys: KeyFile,
    vpn_connection_id: str,
    outside_address: str,
    given: Mapping[str, Any],
) -> VpnConnection:
    """Change the options of one tunnel. Errors: MissingParameter, InvalidParameterValue, IncorrectState."""
    connection = require(uow, vpn_connection_id)
    number = tunnel_at(connection, outside_address)
    if not given:
        raise errors.MissingParameter(name="tunnelOptions")
    before = connection.tunnels[number]
    tunnel = vpn_tunnels.checked(given, before)
    taken = taken_by_others(uow, connection) | {t[INSIDE] for t in connection.tunnels if t is not before}
    ipv6 = connection.options["TunnelInsideIpVersion"] == "ipv6"
    tunnel |= place({**{n: before[n] for n in (INSIDE, INSIDE_IPV6) if n in before}, **given}, taken, ipv6=ipv6)
    secrets = unseal(keys, connection)
    if KEY in given:
        secrets[number] = vpn_tunnels.check_key(given[KEY])
    connection.tunnels = [tunnel if place == number else t for place, t in enumerate(connection.tunnels)]
    seal(keys, connection, uow.require(CustomerGateway, connection.customer_gateway_id), secrets)
    transitions.begin(uow, settings, connection, "modifying", "available")
    return connection


def tunnel_at(connection: Any, outside_address: str) -> int:
    """Which tunnel has this address outside; InvalidParameterValue."""
    for number, tunnel in enumerate(connection.tunnels):
        if tunnel["OutsideIpAddress"] == outside_address:
            return number
    raise errors.InvalidParameterValue(
        value=outside_address, name="vpnTunnelOutsideIpAddress", reason=f"It is no tunnel of {connection.id}."
    )
