"""The networks at the customer's side of a VPN connection without BGP.

https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
"""

from ipaddress import IPv4Network

from backend import errors
from backend.db.models import VpnStaticRoute
from backend.db.unit_of_work import UnitOfWork
from backend.vpn_connections import require


def add(uow: UnitOfWork, vpn_connection_id: str, destination: str) -> None:
    """Say that a network is at the customer's side; one that is known already stays so.

    Errors: IncorrectState, InvalidParameterValue; UnsupportedOperation for connections that have routes by BGP, or
    that lead to a transit gateway, whose route tables have the static routes.
    """
    connection = require(uow, vpn_connection_id)
    if not connection.static_routes_only:
        raise errors.UnsupportedOperation(reason=f"The vpnConnection '{connection.id}' has routes by BGP alone.")
    if not connection.vpn_gateway_id:
        raise errors.UnsupportedOperation(
            reason=f"The vpnConnection '{connection.id}' leads to no virtual private gateway."
        )
    network = _network(destination)
    if uow.query(VpnStaticRoute).filter_by(vpn_connection_id=connection.id, destination=network).first() is None:
        uow.add(
            VpnStaticRoute(account=uow.account, region=uow.region, vpn_connection_id=connection.id, destination=network)
        )


def remove(uow: UnitOfWork, vpn_connection_id: str, destination: str) -> None:
    """The contrary; InvalidRoute.NotFound."""
    connection = require(uow, vpn_connection_id)
    network = _network(destination)
    route = uow.query(VpnStaticRoute).filter_by(vpn_connection_id=connection.id, destination=network).one_or_none()
    if route is None:
        raise errors.InvalidTransitRouteNotFound(table_id=connection.id, destination=network)
    uow.delete(route)


def _network(destination: str) -> str:
    try:
        return str(IPv4Network(destination if "/" in destination else ""))
    except ValueError as fault:
        raise errors.InvalidParameterValue(
            value=destination, name="destinationCidrBlock", reason="This is not a valid CIDR block."
        ) from fault
