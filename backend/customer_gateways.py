"""Customer gateways: what the cloud knows of the devices at the customers' end of VPN connections.

https://docs.aws.amazon.com/vpn/latest/s2svpn/cgw-options.html
"""

from collections.abc import Mapping
from ipaddress import ip_address as parse_address

from backend import errors, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import CustomerGateway, VpnConnection
from backend.db.unit_of_work import UnitOfWork

DEFAULT_ASN = 65000
SMALL, EXTENDED = range(1, 2**31), range(2**31, 2**32)
LONGEST_NAME = 255

_gateway, _connection = reading.table_of(CustomerGateway).c, reading.table_of(VpnConnection).c


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    ip_address: str | None,
    public_ip: str | None = None,
    bgp_asn: int | None = None,
    bgp_asn_extended: int | None = None,
    device_name: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> str:
    """A new customer gateway, or the one that is there with the same address, ASN and name; its id.

    public_ip: the address by its older name. Errors: MissingParameter, InvalidParameterValue,
    InvalidParameterCombination.
    """
    address = _address(ip_address, public_ip)
    asn = _asn(bgp_asn, bgp_asn_extended)
    if device_name and len(device_name) > LONGEST_NAME:
        raise errors.InvalidValue(reason=f"A device name has at most {LONGEST_NAME} characters.")
    twins = uow.records(
        CustomerGateway,
        _gateway.ip_address == address,
        _gateway.bgp_asn == asn,
        _gateway.device_name == device_name,
        _gateway.state.not_in(["deleting", "deleted"]),
    )
    if twins:
        return twins[0].id
    made = CustomerGateway(
        account=uow.account, region=uow.region, ip_address=address, bgp_asn=asn, device_name=device_name
    )
    transitions.begin(uow, settings, made, "pending", "available")
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made.id


def _address(ip_address: str | None, public_ip: str | None) -> str:
    if ip_address and public_ip:
        raise errors.InvalidParameterCombination(reason="The parameters ipAddress and publicIp cannot be used together")
    given = ip_address or public_ip
    if not given:
        raise errors.MissingParameter(name="ipAddress")
    try:
        return str(parse_address(given))
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=given, name="ipAddress", reason="Invalid IP address.") from fault


def _asn(small: int | None, extended: int | None) -> int:
    if small is not None and extended is not None:
        raise errors.InvalidParameterCombination(
            reason="The parameters bgpAsn and bgpAsnExtended cannot be used together"
        )
    for value, name, allowed in ((small, "bgpAsn", SMALL), (extended, "bgpAsnExtended", EXTENDED)):
        if value is not None and value not in allowed:
            raise errors.InvalidParameterValue(
                value=value, name=name, reason=f"It must be from {allowed[0]} to {allowed[-1]}."
            )
    return small or extended or DEFAULT_ASN


def delete(uow: UnitOfWork, settings: Settings, customer_gateway_id: str) -> None:
    """Delete a customer gateway; IncorrectState while a VPN connection leads to it."""
    gateway = require(uow, customer_gateway_id)
    used = uow.records(
        VpnConnection,
        _connection.customer_gateway_id == gateway.id,
        _connection.state.not_in(["deleting", "deleted"]),
    )
    if used:
        raise errors.IncorrectState(reason=f"The customer gateway '{gateway.id}' is in use by {used[0].id}.")
    transitions.begin(uow, settings, gateway, "deleting", "deleted")


def require(uow: UnitOfWork, customer_gateway_id: str) -> CustomerGateway:
    """A customer gateway as an entity, locked, that is there; InvalidCustomerGatewayID.NotFound."""
    gateway = uow.require(CustomerGateway, customer_gateway_id, for_update=True)
    if gateway.state in ("deleting", "deleted"):
        raise errors.NotFound(code=CustomerGateway.NOT_FOUND, noun=CustomerGateway.NOUN, ids=[gateway.id])
    return gateway
