"""The two tunnels of a VPN connection: what they may be set to, and the addresses within them.

https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
"""

import random
import re
import secrets
import string
from collections.abc import Collection, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from backend import errors

INSIDE, INSIDE_IPV6, KEY = "TunnelInsideCidr", "TunnelInsideIpv6Cidr", "PreSharedKey"
LIFECYCLE, LOGS = "EnableTunnelLifecycleControl", "LogOptions"
KEY_LENGTH = 32

_LINK_LOCAL, _UNIQUE_LOCAL = IPv4Network("169.254.0.0/16"), IPv6Network("fd00::/8")
_RESERVED = {IPv4Network(f"169.254.{n}.0/30") for n in range(6)} | {IPv4Network("169.254.169.252/30")}
_KEY = re.compile(r"[A-Za-z1-9._][A-Za-z0-9._]{7,63}")
_KEY_LETTERS = string.ascii_letters + string.digits + "._"

_ENCRYPTION = ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16")
_INTEGRITY = ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512")
_PHASE_1_GROUPS = (2, *range(14, 25), 35)
_PHASE_2_GROUPS = (2, 5, *range(14, 25), 35, 36, 37)
_ROUNDS = range(1, 8)

_RANGES = {
    "Phase1LifetimeSeconds": (900, 28800),
    "Phase2LifetimeSeconds": (900, 3600),
    "RekeyFuzzPercentage": (0, 100),
    "ReplayWindowSize": (64, 2048),
    "DPDTimeoutSeconds": (30, 2**31 - 1),
}
_WORDS = {"DPDTimeoutAction": ("clear", "none", "restart"), "StartupAction": ("add", "start")}
_LISTS: dict[str, tuple[Any, ...]] = {
    "Phase1EncryptionAlgorithms": _ENCRYPTION,
    "Phase2EncryptionAlgorithms": _ENCRYPTION,
    "Phase1IntegrityAlgorithms": _INTEGRITY,
    "Phase2IntegrityAlgorithms": _INTEGRITY,
    "Phase1DHGroupNumbers": _PHASE_1_GROUPS,
    "Phase2DHGroupNumbers": _PHASE_2_GROUPS,
    "IKEVersions": ("ikev1", "ikev2"),
}
_EXCHANGES = ("Phase1AdditionalKeyExchanges", "Phase2AdditionalKeyExchanges")
_PHASE_1, _PHASE_2, _MARGIN = "Phase1LifetimeSeconds", "Phase2LifetimeSeconds", "RekeyMarginTimeSeconds"


def checked(given: Mapping[str, Any], present: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a tunnel is set to, by AWS's names for requests, once all of it is allowed; ``present``: what it was.

    Without its key and inside CIDR blocks. Errors: InvalidParameterValue, UnsupportedOperation for logs, which there
    is no service here to take.
    """
    found = {name: value for name, value in given.items() if name not in (INSIDE, INSIDE_IPV6, KEY)}
    for name, (low, high) in _RANGES.items():
        if name in found and not low <= found[name] <= high:
            raise _wrong(found[name], name, f"It must be from {low} to {high}.")
    for name, words in _WORDS.items():
        if name in found and found[name] not in words:
            raise _wrong(found[name], name, f"Valid values are {', '.join(words)}.")
    for name, allowed in _LISTS.items():
        _check_list(name, found.get(name, ()), allowed)
    for name in _EXCHANGES:
        if name in found:
            found[name] = _rounds(name, found[name])
    logs = found.get(LOGS, {}).get("CloudWatchLogOptions", {})
    if logs.get("LogEnabled") or logs.get("BgpLogEnabled"):
        raise errors.UnsupportedParameter(name=f"{LOGS}.CloudWatchLogOptions")
    changed = {**(present or {}), **found}
    _check_lifetimes(changed)
    _check_versions(changed)
    return changed


def _check_list(name: str, values: Collection[Mapping[str, Any]], allowed: Collection[Any]) -> None:
    for value in values:
        if value.get("Value") not in allowed:
            raise _wrong(value.get("Value"), name, f"Valid values are {', '.join(map(str, allowed))}.")


def _check_lifetimes(options: Mapping[str, Any]) -> None:
    first, second, margin = options.get(_PHASE_1, 28800), options.get(_PHASE_2, 3600), options.get(_MARGIN, 270)
    if second >= first:
        raise _wrong(second, _PHASE_2, f"It must be less than {_PHASE_1}.")
    if not 60 <= margin <= second / 2:
        raise _wrong(margin, _MARGIN, f"It must be from 60 to half of {_PHASE_2}.")


def _rounds(name: str, given: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Additional key exchanges, each with its requirement."""
    rounds = [{"Requirement": "required", **exchange} for exchange in given]
    numbers = [exchange.get("AdditionalKeyExchangeRound") for exchange in rounds]
    if len(set(numbers)) < len(numbers) or not set(numbers) <= set(_ROUNDS):
        raise _wrong(numbers, name, "Each round has a number of its own from 1 to 7.")
    for exchange in rounds:
        methods = exchange.get("KeyExchangeMethods", ())
        _check_list(name, methods, _PHASE_2_GROUPS)
        if exchange["Requirement"] == "required" and not methods:
            raise _wrong(exchange["AdditionalKeyExchangeRound"], name, "A required round needs at least one method.")
    return rounds


def _check_versions(options: Mapping[str, Any]) -> None:
    versions = [version["Value"] for version in options.get("IKEVersions", ())]
    for name in _EXCHANGES:
        if versions == ["ikev1"] and any(e["Requirement"] == "required" for e in options.get(name, ())):
            raise _wrong("required", name, "Additional key exchanges need IKEv2.")


def check_key(given: str) -> str:
    """A pre-shared key; InvalidParameterValue."""
    if not _KEY.fullmatch(given):
        raise errors.InvalidValue(
            reason="A pre-shared key has 8 to 64 letters, digits, periods and underscores, and does not start with 0."
        )
    return given


def new_key() -> str:
    first = secrets.choice(_KEY_LETTERS.replace("0", ""))
    return first + "".join(secrets.choice(_KEY_LETTERS) for _ in range(KEY_LENGTH - 1))


def check_inside(given: str, taken: Collection[str]) -> str:
    """An inside CIDR block that no other tunnel of the gateway has; InvalidParameterValue."""
    return str(_inside(given, INSIDE, _LINK_LOCAL, 30, taken))


def check_inside_ipv6(given: str, taken: Collection[str]) -> str:
    return str(_inside(given, INSIDE_IPV6, _UNIQUE_LOCAL, 126, taken))


def _inside(
    given: str, name: str, around: IPv4Network | IPv6Network, length: int, taken: Collection[str]
) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(given)
        fits = network.version == around.version and network.subnet_of(around)  # type: ignore[arg-type]
        if network.prefixlen != length or not fits:
            raise ValueError(given)
    except ValueError as fault:
        raise _wrong(given, name, f"It must be a size /{length} CIDR block from the {around} range.") from fault
    if network in _RESERVED:
        raise _wrong(given, name, "It is reserved.")
    if str(network) in taken:
        raise _wrong(given, name, "It is in use by another tunnel of the gateway.")
    return network


def new_inside(taken: Collection[str]) -> str:
    """A free inside CIDR block; there are 16,377 of them for each gateway."""
    while True:
        network = IPv4Network((int(_LINK_LOCAL.network_address) + 4 * random.randrange(2**14), 30))
        if network not in _RESERVED and str(network) not in taken:
            return str(network)


def new_inside_ipv6(taken: Collection[str]) -> str:
    while True:
        network = IPv6Network((int(_UNIQUE_LOCAL.network_address) + 4 * random.getrandbits(118), 126))
        if str(network) not in taken:
            return str(network)


def _wrong(value: object, name: str, reason: str) -> errors.CloudError:
    return errors.InvalidParameterValue(value=value, name=name, reason=reason)
