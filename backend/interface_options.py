"""Options of network interfaces that are shown as they were set: connection tracking, ENA Express, ENA queues.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors

TRACKING, ATTACHMENT, SUBNETS = "ConnectionTrackingConfiguration", "Attachment", "AssociatedSubnets"
_TIMEOUTS = {"TcpEstablishedTimeout": (60, 432000), "UdpStreamTimeout": (60, 180), "UdpTimeout": (30, 60)}


def checked_tracking(given: Mapping[str, int] | None) -> dict[str, int]:
    """A ConnectionTrackingSpecification, once each timeout is in its range (InvalidParameterValue)."""
    for name, value in (given or {}).items():
        low, high = _TIMEOUTS[name]
        if not low <= value <= high:
            raise errors.InvalidParameterValue(value=value, name=name, reason=f"Use {low} to {high} seconds.")
    return dict(given or {})


def of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a new interface by EC2's parameters, as ``NetworkInterface`` keeps them."""
    tracking = checked_tracking(given.get("ConnectionTrackingSpecification"))
    attachment = of_attachment(given)
    return ({TRACKING: tracking} if tracking else {}) | ({ATTACHMENT: attachment} if attachment else {})


def of_attachment(given: Mapping[str, Any]) -> dict[str, Any]:
    """What EC2's Attachment shows of these parameters. InvalidParameterValue."""
    found = {name: given[name] for name in ("EnaSrdSpecification", "EnaQueueCount") if given.get(name) is not None}
    if found.get("EnaQueueCount", 1) < 1:
        raise errors.InvalidParameterValue(
            value=found["EnaQueueCount"], name="EnaQueueCount", reason="The value must be greater than 0."
        )
    if "EnaSrdSpecification" in found:
        srd = found["EnaSrdSpecification"]
        udp = srd.get("EnaSrdUdpSpecification", {})
        if udp.get("EnaSrdUdpEnabled") and not srd.get("EnaSrdEnabled"):
            raise errors.InvalidParameterCombination(reason="ENA Express for UDP needs ENA Express.")
    return found
