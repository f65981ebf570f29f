"""EC2 actions on Site-to-Site VPN connections.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnection.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, key_file, vpn_connection_routes, vpn_connections, vpn_modifications
from backend.db import reading
from backend.db.models import CustomerGateway, VpnConnection, VpnStaticRoute
from backend.key_file import KeyFile
from ec2api.call import Call
from ec2api.describe import Condition, Describe, InCall, constant, show_tags, through
from ec2api.ec2.customer_gateways import TYPE
from ec2api.registry import action

_LOAD = (VpnConnection.tags, VpnConnection.customer_gateway, VpnConnection.routes)
_RENAMED = {
    "DPDTimeoutSeconds": "DpdTimeoutSeconds",
    "DPDTimeoutAction": "DpdTimeoutAction",
    "IKEVersions": "IkeVersions",
}
_NO_LOGS = {"CloudWatchLogOptions": {"LogEnabled": False}}


def _keys(call: Call) -> KeyFile:
    return key_file.at(call.settings.key_path)


def show(keys: KeyFile, connection: Any) -> dict[str, Any]:
    secrets = vpn_connections.unseal(keys, connection)
    gateway = connection.vpn_gateway_id or connection.transit_gateway_id
    return {
        "VpnConnectionId": connection.id,
        "State": connection.state,
        "Type": TYPE,
        "Category": "VPN",
        "CustomerGatewayId": connection.customer_gateway_id,
        "CustomerGatewayConfiguration": vpn_connections.configuration(connection, secrets),
        "VpnGatewayId": connection.vpn_gateway_id,
        "TransitGatewayId": connection.transit_gateway_id,
        "GatewayAssociationState": "associated" if gateway else "not-associated",
        "Options": {
            **connection.options,
            "StaticRoutesOnly": connection.static_routes_only,
            "TunnelOptions": [
                _show_tunnel(tunnel, key) for tunnel, key in zip(connection.tunnels, secrets, strict=True)
            ],
        },
        "Routes": [
            {"DestinationCidrBlock": route.destination, "Source": "Static", "State": "available"}
            for route in connection.routes
        ],
        "VgwTelemetry": [_show_telemetry(connection, tunnel) for tunnel in connection.tunnels],
        "Tags": show_tags(connection),
    }


def _show_tunnel(tunnel: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {
        "EnableTunnelLifecycleControl": False,
        "LogOptions": _NO_LOGS,
        **{_RENAMED.get(name, name): value for name, value in tunnel.items()},
        "PreSharedKey": key,
    }


def _show_telemetry(connection: Any, tunnel: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "OutsideIpAddress": tunnel["OutsideIpAddress"],
        "Status": "DOWN",
        "StatusMessage": "IPSEC IS DOWN",
        "AcceptedRouteCount": 0,
        "LastStatusChange": connection.created,
    }


def _shown(call: Call, id: str) -> dict[str, Any]:
    return {"VpnConnection": show(_keys(call), call.uow.look_up(VpnConnection, id, load=_LOAD))}


@action(tags=("vpn-connection",))
def create_vpn_connection(
    call: Call,
    *,
    customer_gateway_id: str,
    type: str,
    vpn_gateway_id: str | None = None,
    transit_gateway_id: str | None = None,
    vpn_concentrator_id: str | None = None,
    pre_shared_key_storage: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    id = vpn_connections.create(
        call.uow,
        call.settings,
        _keys(call),
        type=type,
        customer_gateway_id=customer_gateway_id,
        vpn_gateway_id=vpn_gateway_id,
        transit_gateway_id=transit_gateway_id,
        concentrator_id=vpn_concentrator_id,
        key_storage=pre_shared_key_storage,
        options=options,
        wanted_tags=call.tags(VpnConnection),
    )
    return _shown(call, id)


@action
def delete_vpn_connection(call: Call, *, vpn_connection_id: str) -> None:
    vpn_connections.delete(call.uow, call.settings, vpn_connection_id)


@action
def modify_vpn_connection(
    call: Call,
    *,
    vpn_connection_id: str,
    transit_gateway_id: str | None = None,
    customer_gateway_id: str | None = None,
    vpn_gateway_id: str | None = None,
) -> dict[str, Any]:
    changed = vpn_modifications.modify(
        call.uow,
        call.settings,
        _keys(call),
        vpn_connection_id,
        customer_gateway_id=customer_gateway_id,
        vpn_gateway_id=vpn_gateway_id,
        transit_gateway_id=transit_gateway_id,
    )
    return _shown(call, changed.id)


@action
def modify_vpn_connection_options(
    call: Call,
    *,
    vpn_connection_id: str,
    local_ipv4_network_cidr: str | None = None,
    remote_ipv4_network_cidr: str | None = None,
    local_ipv6_network_cidr: str | None = None,
    remote_ipv6_network_cidr: str | None = None,
    tunnel_bandwidth: str | None = None,
) -> dict[str, Any]:
    given = {
        "LocalIpv4NetworkCidr": local_ipv4_network_cidr,
        "RemoteIpv4NetworkCidr": remote_ipv4_network_cidr,
        "LocalIpv6NetworkCidr": local_ipv6_network_cidr,
        "RemoteIpv6NetworkCidr": remote_ipv6_network_cidr,
        "TunnelBandwidth": tunnel_bandwidth,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    vpn_modifications.modify_options(call.uow, call.settings, vpn_connection_id, changed)
    return _shown(call, vpn_connection_id)


@action
def modify_vpn_tunnel_options(
    call: Call,
    *,
    vpn_connection_id: str,
    vpn_tunnel_outside_ip_address: str,
    tunnel_options: Mapping[str, Any],
    skip_tunnel_replacement: bool | None = None,
    pre_shared_key_storage: str | None = None,
) -> dict[str, Any]:
    vpn_connections.check_storage(pre_shared_key_storage)
    if skip_tunnel_replacement is not None and "EnableTunnelLifecycleControl" not in tunnel_options:
        raise errors.InvalidParameterCombination(
            reason="SkipTunnelReplacement applies only when EnableTunnelLifecycleControl is turned on or off."
        )
    vpn_modifications.modify_tunnel(
        call.uow,
        call.settings,
        _keys(call),
        vpn_connection_id,
        vpn_tunnel_outside_ip_address,
        tunnel_options,
    )
    return _shown(call, vpn_connection_id)


@action
def modify_vpn_tunnel_certificate(
    call: Call, *, vpn_connection_id: str, vpn_tunnel_outside_ip_address: str
) -> dict[str, Any]:
    """Every tunnel here authenticates by its pre-shared key: there is no certificate to renew."""
    connection = vpn_connections.require(call.uow, vpn_connection_id)
    vpn_modifications.tunnel_at(connection, vpn_tunnel_outside_ip_address)
    raise errors.UnsupportedOperation(reason=f"The tunnels of '{connection.id}' do not use certificates.")


@action
def create_vpn_connection_route(call: Call, *, destination_cidr_block: str, vpn_connection_id: str) -> None:
    vpn_connection_routes.add(call.uow, vpn_connection_id, destination_cidr_block)


@action
def delete_vpn_connection_route(call: Call, *, destination_cidr_block: str, vpn_connection_id: str) -> None:
    vpn_connection_routes.remove(call.uow, vpn_connection_id, destination_cidr_block)


def _configured_so(call: Call, values: Sequence[str]) -> Condition:
    """Whole configurations: what is secret in them cannot be searched for in the database."""
    found = vpn_connections.configured_so(call.uow, _keys(call), values)
    return reading.table_of(VpnConnection).c.id.in_(found)


def _show_all(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    keys = _keys(call)
    return [show(keys, connection) for connection in found]


Describe(
    "DescribeVpnConnections",
    VpnConnection,
    group=_show_all,
    ids="VpnConnectionIds",
    load=(VpnConnection.customer_gateway, VpnConnection.routes),
    filters={
        "bgp-asn": through(VpnConnection.customer_gateway, CustomerGateway.bgp_asn),
        "customer-gateway-configuration": InCall(_configured_so),
        "customer-gateway-id": VpnConnection.customer_gateway_id,
        "option.static-routes-only": VpnConnection.static_routes_only,
        "route.destination-cidr-block": through(VpnConnection.routes, VpnStaticRoute.destination),
        "state": VpnConnection.state,
        "transit-gateway-id": VpnConnection.transit_gateway_id,
        "type": constant(TYPE),
        "vpn-connection-id": VpnConnection.id,
        "vpn-gateway-id": VpnConnection.vpn_gateway_id,
    },
)
