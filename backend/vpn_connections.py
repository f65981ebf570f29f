"""Site-to-Site VPN connections: two tunnels each, from a gateway of the cloud to one of a customer's.

Nothing in this cloud answers for the tunnels yet, so that they are down, and no route of theirs is propagated.
https://docs.aws.amazon.com/vpn/latest/s2svpn/VPC_VPN.html
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from sqlalchemy import delete as remove

from backend import (
    absent,
    addresses,
    customer_gateways,
    errors,
    tags,
    transit_gateway_attachments,
    transit_gateways,
    transitions,
    vpn_configuration,
    vpn_gateways,
    vpn_tunnels,
)
from backend.config import Settings
from backend.db import reading
from backend.db.models import CustomerGateway, TransitGatewayAttachment, VpnConnection, VpnStaticRoute
from backend.db.unit_of_work import UnitOfWork
from backend.key_file import KeyFile
from backend.transit_gateways import ENDED
from backend.vpn_configuration import Ends
from backend.vpn_tunnels import INSIDE, INSIDE_IPV6, KEY

TUNNELS = 2
USABLE = ("pending", "available", "modifying")
"""States in which AWS shows how to set up the customer's device."""

_NETWORKS: dict[str, type[IPv4Network] | type[IPv6Network]] = {
    "LocalIpv4NetworkCidr": IPv4Network,
    "RemoteIpv4NetworkCidr": IPv4Network,
    "LocalIpv6NetworkCidr": IPv6Network,
    "RemoteIpv6NetworkCidr": IPv6Network,
}
_connection = reading.table_of(VpnConnection).c


def create(
    uow: UnitOfWork,
    settings: Settings,
    keys: KeyFile,
    *,
    type: str,
    customer_gateway_id: str,
    vpn_gateway_id: str | None = None,
    transit_gateway_id: str | None = None,
    concentrator_id: str | None = None,
    key_storage: str | None = None,
    options: Mapping[str, Any] | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> str:
    """A new connection, or the one that an identical request made before; its id.

    Errors: InvalidParameterValue, InvalidParameterCombination, IncorrectState, UnsupportedOperation.
    """
    if type != "ipsec.1":
        raise errors.InvalidParameterValue(value=type, name="type", reason="The only type is ipsec.1.")
    check_storage(key_storage)
    _check_concentrator(concentrator_id, vpn_gateway_id, transit_gateway_id)
    given = dict(options or {})
    customer = customer_gateways.require(uow, customer_gateway_id)
    request = _request(customer, vpn_gateway_id, given)
    if vpn_gateway_id and (twin := _twin(uow, keys, request, given)):
        return twin
    made = VpnConnection(
        account=uow.account,
        region=uow.region,
        customer_gateway_id=customer.id,
        static_routes_only=given.get("StaticRoutesOnly", False),
        request_digest=request,
    )
    asn = enter(uow, settings, made, vpn_gateway_id, transit_gateway_id)
    made.amazon_side_asn = transit_gateways.DEFAULT_ASN if asn is None else asn
    made.options = _checked(uow, made, given)
    secrets = _make_tunnels(uow, settings, made, given.get("TunnelOptions", ()))
    seal(keys, made, customer, secrets)
    transitions.begin(uow, settings, made, "pending", "available")
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made.id


def _check_concentrator(id: str | None, vpn_gateway_id: str | None, transit_gateway_id: str | None) -> None:
    """A connection leads to one end alone, and there are no VPN concentrators."""
    if id is None:
        return
    if vpn_gateway_id or transit_gateway_id:
        raise errors.InvalidParameterCombination(
            reason="The parameter vpnConcentratorId cannot be used together with vpnGatewayId or transitGatewayId"
        )
    absent.refuse(absent.VPN_CONCENTRATOR, [id])


def check_storage(given: str | None) -> None:
    """Where pre-shared keys are kept: InvalidParameterValue, UnsupportedOperation for Secrets Manager."""
    if given == "SecretsManager":
        raise errors.UnsupportedParameter(name="PreSharedKeyStorage")
    if given not in (None, "Standard"):
        raise errors.InvalidParameterValue(
            value=given, name="preSharedKeyStorage", reason="Valid values are Standard and SecretsManager."
        )


def _request(customer: CustomerGateway, vpn_gateway_id: str | None, given: Mapping[str, Any]) -> str:
    """What identical requests have in common, without the pre-shared keys."""
    tunnels = [{n: v for n, v in tunnel.items() if n != KEY} for tunnel in given.get("TunnelOptions", ())]
    return digest(json.dumps([customer.id, vpn_gateway_id, {**given, "TunnelOptions": tunnels}], sort_keys=True))


def _twin(uow: UnitOfWork, keys: KeyFile, request: str, given: Mapping[str, Any]) -> str | None:
    """The connection that an identical request made."""
    asked = [tunnel.get(KEY) for tunnel in given.get("TunnelOptions", ())]
    for found in uow.records(VpnConnection, _connection.request_digest == request, _connection.state.in_(USABLE)):
        known = unseal(keys, found)
        if all(key in (None, known[number]) for number, key in enumerate(asked)):
            return found.id
    return None


def enter(
    uow: UnitOfWork,
    settings: Settings,
    connection: VpnConnection,
    vpn_gateway_id: str | None,
    transit_gateway_id: str | None,
) -> int | None:
    """Lead a connection to a gateway, or to none; the gateway's ASN."""
    if vpn_gateway_id and transit_gateway_id:
        raise errors.InvalidParameterCombination(
            reason="The parameters vpnGatewayId and transitGatewayId cannot be used together"
        )
    if vpn_gateway_id:
        connection.vpn_gateway_id = vpn_gateway_id
        return vpn_gateways.require(uow, vpn_gateway_id).amazon_side_asn
    if transit_gateway_id is None:
        return None
    gateway = transit_gateways.require(uow, transit_gateway_id)
    connection.transit_gateway_id = gateway.id
    attachment = TransitGatewayAttachment(
        account=uow.account,
        region=uow.region,
        transit_gateway_id=gateway.id,
        resource_type="vpn",
        resource_id=connection.id,
        resource_account=uow.account,
        options={},
    )
    transitions.begin(uow, settings, attachment, "pending", "available")
    transit_gateway_attachments.add(uow, gateway, attachment, {})
    return gateway.amazon_side_asn


def leave(uow: UnitOfWork, settings: Settings, connection: VpnConnection) -> None:
    """Detach a connection from the transit gateway that it leads to."""
    found = uow.query(TransitGatewayAttachment).filter_by(resource_type="vpn", resource_id=connection.id)
    for attachment in found.filter(TransitGatewayAttachment.state.not_in(ENDED)):
        transit_gateway_attachments.end(uow, settings, attachment)


def _checked(uow: UnitOfWork, connection: VpnConnection, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a connection, as they are shown."""
    version = given.get("TunnelInsideIpVersion", "ipv4")
    outside = given.get("OutsideIpAddressType", "PublicIpv4")
    for name, wanted in (
        ("TunnelInsideIpVersion", version == "ipv6"),
        ("EnableAcceleration", given.get("EnableAcceleration")),
        ("TunnelBandwidth", given.get("TunnelBandwidth") == "large"),
    ):
        if wanted and not connection.transit_gateway_id:
            raise errors.InvalidParameterCombination(reason=f"{name} needs a transit gateway.")
    if outside == "Ipv6":
        raise errors.UnsupportedParameter(name="Options.OutsideIpAddressType")
    if outside not in ("PublicIpv4", "PrivateIpv4"):
        raise errors.InvalidParameterValue(
            value=outside, name="OutsideIpAddressType", reason="Valid values are PrivateIpv4, PublicIpv4 and Ipv6."
        )
    _check_transport(uow, given.get("TransportTransitGatewayAttachmentId"), private=outside == "PrivateIpv4")
    family = "Ipv6" if version == "ipv6" else "Ipv4"
    every = "::/0" if version == "ipv6" else "0.0.0.0/0"
    found = {
        "EnableAcceleration": given.get("EnableAcceleration", False),
        f"Local{family}NetworkCidr": every,
        f"Remote{family}NetworkCidr": every,
        "OutsideIpAddressType": outside,
        "TunnelInsideIpVersion": version,
        "TunnelBandwidth": given.get("TunnelBandwidth", "standard"),
    }
    return {**found, **networks(given, version)}


def _check_transport(uow: UnitOfWork, attachment_id: str | None, *, private: bool) -> None:
    """Private tunnels run over an attachment of AWS Direct Connect, of which this cloud has none."""
    if private and attachment_id is None:
        raise errors.MissingParameter(name="transportTransitGatewayAttachmentId")
    if attachment_id is not None:
        found = uow.look_up(TransitGatewayAttachment, attachment_id)
        raise errors.InvalidParameterValue(
            value=found.id,
            name="transportTransitGatewayAttachmentId",
            reason="It is not an attachment of a Direct Connect gateway.",
        )


def networks(given: Mapping[str, Any], version: str) -> dict[str, str]:
    """The networks at both ends that are given, in their canonical form."""
    found = {}
    for name, family in _NETWORKS.items():
        if name not in given:
            continue
        if ("Ipv6" in name) != (version == "ipv6"):
            raise errors.InvalidParameterCombination(reason=f"{name} does not fit tunnels for {version}.")
        try:
            found[name] = str(family(given[name]))
        except ValueError as fault:
            raise errors.InvalidParameterValue(
                value=given[name], name=name, reason="This is not a valid CIDR block."
            ) from fault
    return found


def _make_tunnels(
    uow: UnitOfWork, settings: Settings, connection: VpnConnection, given: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Both tunnels, with public addresses of their own; their pre-shared keys."""
    if len(given) > TUNNELS:
        raise errors.InvalidValue(reason=f"A VPN connection has {TUNNELS} tunnels.")
    taken = taken_by_others(uow, connection)
    asked = [*given, *[{} for _ in range(TUNNELS - len(given))]]
    ipv6 = connection.options["TunnelInsideIpVersion"] == "ipv6"
    tunnels, secrets = [], []
    for wanted in asked:
        tunnel = vpn_tunnels.checked(wanted)
        tunnel |= place(wanted, taken, ipv6=ipv6)
        taken |= set(filter(None, (tunnel[INSIDE], tunnel.get(INSIDE_IPV6))))
        tunnels.append(tunnel)
        secrets.append(vpn_tunnels.check_key(wanted[KEY]) if KEY in wanted else vpn_tunnels.new_key())
    outside = addresses.take_public(uow, settings.public_cidr, _holders(connection.id))
    connection.tunnels = [
        {"OutsideIpAddress": address, **tunnel} for address, tunnel in zip(outside, tunnels, strict=True)
    ]
    return secrets


def place(wanted: Mapping[str, Any], taken: set[str], *, ipv6: bool) -> dict[str, str]:
    """The inside CIDR blocks of a tunnel: those that are wanted, else free ones."""
    if INSIDE_IPV6 in wanted and not ipv6:
        raise errors.InvalidParameterCombination(reason=f"{INSIDE_IPV6} does not fit tunnels for ipv4.")
    asked = wanted.get(INSIDE)
    found = {INSIDE: vpn_tunnels.check_inside(asked, taken) if asked else vpn_tunnels.new_inside(taken)}
    if ipv6:
        asked = wanted.get(INSIDE_IPV6)
        found[INSIDE_IPV6] = (
            vpn_tunnels.check_inside_ipv6(asked, taken) if asked else vpn_tunnels.new_inside_ipv6(taken)
        )
    return found


def taken_by_others(uow: UnitOfWork, connection: VpnConnection) -> set[str]:
    """The inside CIDR blocks of other connections of the same gateway."""
    if connection.vpn_gateway_id:
        same = _connection.vpn_gateway_id == connection.vpn_gateway_id
    elif connection.transit_gateway_id:
        same = _connection.transit_gateway_id == connection.transit_gateway_id
    else:
        return set()
    others = uow.records(VpnConnection, same, _connection.id != connection.id, _connection.state.in_(USABLE))
    return {
        tunnel[name] for other in others for tunnel in other.tunnels for name in (INSIDE, INSIDE_IPV6) if name in tunnel
    }


def _holders(vpn_connection_id: str) -> list[str]:
    """By what the public addresses of the tunnels are held."""
    return [f"{vpn_connection_id}/{number}" for number in range(1, TUNNELS + 1)]


def seal(keys: KeyFile, connection: VpnConnection, customer: CustomerGateway, secrets: Sequence[str]) -> None:
    """Keep the pre-shared keys, and by what the configuration can be searched for."""
    connection.sealed = keys.encrypt(json.dumps(list(secrets)), owner=connection.id)
    blank = vpn_configuration.xml(ends_of(connection, customer), connection.tunnels, [""] * TUNNELS)
    connection.configuration_digest = digest(blank)


def configuration(connection: Any, secrets: Sequence[str]) -> str | None:
    """The CustomerGatewayConfiguration of a record that has its customer gateway; None once it is of no use."""
    if connection.state not in USABLE:
        return None
    return vpn_configuration.xml(ends_of(connection, connection.customer_gateway), connection.tunnels, secrets)


def configured_so(uow: UnitOfWork, keys: KeyFile, configurations: Sequence[str]) -> list[str]:
    """The ids of the connections with one of these configurations."""
    digests = [digest(vpn_configuration.without_keys(text)) for text in configurations]
    conditions = (_connection.configuration_digest.in_(digests), _connection.state.in_(USABLE))
    found = uow.records(VpnConnection, *conditions, load=(VpnConnection.customer_gateway,))
    return [
        connection.id for connection in found if configuration(connection, unseal(keys, connection)) in configurations
    ]


def unseal(keys: KeyFile, connection: Any) -> list[str]:
    """The pre-shared keys of both tunnels."""
    found: list[str] = json.loads(keys.decrypt(connection.sealed, owner=connection.id))
    return found


def ends_of(connection: Any, customer: Any) -> Ends:
    return Ends(
        vpn_connection_id=connection.id,
        customer_gateway_id=customer.id,
        vpn_gateway_id=connection.vpn_gateway_id,
        transit_gateway_id=connection.transit_gateway_id,
        customer_address=customer.ip_address,
        customer_asn=customer.bgp_asn,
        amazon_asn=connection.amazon_side_asn,
        static=connection.static_routes_only,
    )


def digest(text: str) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def require(uow: UnitOfWork, vpn_connection_id: str) -> VpnConnection:
    """A connection as an entity, locked, that is available; IncorrectState."""
    connection = uow.require(VpnConnection, vpn_connection_id, for_update=True)
    if connection.state != "available":
        raise errors.IncorrectState(
            reason=f"The vpnConnection '{connection.id}' is in the state {connection.state}, not available."
        )
    return connection


def delete(uow: UnitOfWork, settings: Settings, vpn_connection_id: str) -> None:
    """Delete a connection; IncorrectState while it changes, NotFound once it is gone."""
    connection = uow.require(VpnConnection, vpn_connection_id, for_update=True)
    if connection.state in ("deleting", "deleted"):
        raise errors.NotFound(code=VpnConnection.NOT_FOUND, noun=VpnConnection.NOUN, ids=[connection.id])
    leave(uow, settings, connection)
    addresses.give_back_public(uow, _holders(connection.id))
    transitions.begin(uow, settings, connection, "deleting", "deleted")


@transitions.reaching(VpnConnection, transitions.GONE)
def forget_routes(uow: UnitOfWork, connections: Sequence[VpnConnection]) -> None:
    gone = VpnStaticRoute.vpn_connection_id.in_([connection.id for connection in connections])
    uow.execute(remove(VpnStaticRoute).where(gone), execution_options={"synchronize_session": False})
