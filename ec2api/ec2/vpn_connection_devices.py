"""EC2 actions on the devices that sample configurations of VPN connections are for.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnectionDeviceType.html
"""

from typing import Any

from backend import errors, key_file, vpn_configuration, vpn_connections
from backend.db.models import VpnConnection
from ec2api.call import Call
from ec2api.registry import action

GENERIC = {
    "VpnConnectionDeviceTypeId": "9005b6c1",
    "Vendor": "Generic",
    "Platform": "Generic",
    "Software": "Vendor Agnostic",
}
FEWEST, MOST = 200, 1000
VERSIONS, SAMPLES = ("ikev1", "ikev2"), ("compatibility", "recommended")


@action(reads=True)
def get_vpn_connection_device_types(
    _call: Call, *, max_results: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """The one device that this cloud writes sample configurations for: any."""
    if max_results is not None and not FEWEST <= max_results <= MOST:
        raise errors.InvalidParameterValue(
            value=max_results, name="maxResults", reason=f"Expecting a value from {FEWEST} to {MOST}."
        )
    if next_token is not None:
        raise errors.InvalidNextToken(token=next_token)
    return {"VpnConnectionDeviceTypes": [GENERIC]}


@action(reads=True)
def get_vpn_connection_device_sample_configuration(
    call: Call,
    *,
    vpn_connection_id: str,
    vpn_connection_device_type_id: str,
    internet_key_exchange_version: str = "ikev2",
    sample_type: str = "compatibility",
) -> dict[str, Any]:
    found: Any = call.uow.look_up(VpnConnection, vpn_connection_id, load=(VpnConnection.customer_gateway,))
    for value, name, known in (
        (vpn_connection_device_type_id, "vpnConnectionDeviceTypeId", (GENERIC["VpnConnectionDeviceTypeId"],)),
        (internet_key_exchange_version, "internetKeyExchangeVersion", VERSIONS),
        (sample_type, "sampleType", SAMPLES),
    ):
        if value not in known:
            raise errors.InvalidParameterValue(value=value, name=name, reason=f"Valid values are {', '.join(known)}.")
    if (sample_type, internet_key_exchange_version) == ("recommended", "ikev1"):
        raise errors.UnsupportedOperation(reason="The recommended configuration is for ikev2 only.")
    if found.state not in vpn_connections.USABLE:
        raise errors.IncorrectState(reason=f"The vpnConnection '{found.id}' is in the state {found.state}.")
    secrets = vpn_connections.unseal(key_file.at(call.settings.key_path), found)
    ends = vpn_connections.ends_of(found, found.customer_gateway)
    text = vpn_configuration.text(ends, found.tunnels, secrets, internet_key_exchange_version)
    return {"VpnConnectionDeviceSampleConfiguration": text}
