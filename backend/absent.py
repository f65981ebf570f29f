"""What AWS's accounts can name and those of this cloud cannot have: naming one is the error of one that is not there.

So AWS answers, too: an id of somebody else, a place that a region has not, a service that has come to its end.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from backend import errors

METRIC_CATEGORY = ("InvalidMetricCategoryId.NotFound", "metric category")
ROUTE_TABLE_ANNOUNCEMENT = (
    "InvalidTransitGatewayRouteTableAnnouncementId.NotFound",
    "transit gateway route table announcement",
)
SECONDARY_SUBNET = ("InvalidSecondarySubnetId.NotFound", "secondary subnet")
VPN_CONCENTRATOR = ("InvalidVpnConcentratorId.NotFound", "VPN concentrator")


def refuse(kind: tuple[str, str], ids: Sequence[str]) -> None:
    """NotFound for any of the kind, by its code and its noun."""
    if ids:
        code, noun = kind
        raise errors.NotFound(code=code, noun=noun, ids=list(ids))


def outpost(arn: str | None, name: str) -> None:
    """InvalidParameterValue for any Outpost."""
    if arn is not None:
        raise errors.InvalidParameterValue(value=arn, name=name, reason="The Outpost does not exist.")


def local_zone(zone: str | None, name: str) -> None:
    """InvalidParameterValue for any Local Zone."""
    if zone is not None:
        raise errors.InvalidParameterValue(value=zone, name=name, reason="It is no Local Zone of this Region.")


def certificate(arn: str | None, name: str) -> None:
    """InvalidParameterValue for any certificate of the service Certificate Manager."""
    if arn is not None:
        raise errors.InvalidParameterValue(value=arn, name=name, reason="The certificate does not exist.")


def operator(given: Mapping[str, str] | None) -> None:
    """UnauthorizedOperation for all callers: services of AWS say so of what they manage."""
    if given is not None:
        raise errors.UnauthorizedOperation()


def resource_group(arn: str | None, name: str) -> None:
    """InvalidParameterValue for any group of the service Resource Groups."""
    if arn is not None:
        raise errors.InvalidParameterValue(value=arn, name=name, reason="There is no such resource group.")


def metric_categories(given: Mapping[str, Any]) -> None:
    """The monitoring that a launch asks for: metric categories need detailed monitoring, and there are none."""
    if ids := given.get("MetricCategoryIds"):
        if not given.get("Enabled"):
            raise errors.InvalidParameterCombination(
                reason="Detailed monitoring must be enabled to specify metric categories."
            )
        refuse(METRIC_CATEGORY, ids)


def _elastic_gpus(given: Sequence[Mapping[str, Any]]) -> None:
    if given:
        raise errors.UnsupportedOperation(reason="Amazon Elastic Graphics reached end of life on January 8, 2024.")


def _inference_accelerators(given: Sequence[Mapping[str, Any]]) -> None:
    if given:
        raise errors.UnsupportedOperation(reason="Amazon Elastic Inference is no longer available.")


def _licenses(given: Sequence[Mapping[str, Any]]) -> None:
    for number, license in enumerate(given, 1):
        name = f"LicenseSpecification.{number}.LicenseConfigurationArn"
        if not (arn := license.get("LicenseConfigurationArn")):
            raise errors.MissingParameter(name=name)
        raise errors.InvalidParameterValue(value=arn, name=name, reason="The license configuration does not exist.")


def _secondary_interfaces(given: Sequence[Mapping[str, Any]]) -> None:
    for number, interface in enumerate(given, 1):
        name = f"SecondaryInterface.{number}"
        if not (subnet := interface.get("SecondarySubnetId")):
            raise errors.MissingParameter(name=f"{name}.SecondarySubnetId")
        if interface.get("DeleteOnTermination") is False:
            raise errors.InvalidParameterValue(
                value="false", name=f"{name}.DeleteOnTermination", reason="The only supported value is true."
            )
        if interface.get("PrivateIpAddresses") and interface.get("PrivateIpAddressCount") is not None:
            raise errors.InvalidParameterCombination(
                reason="Specify either privateIpAddresses or privateIpAddressCount of a secondary interface, not both."
            )
        refuse(SECONDARY_SUBNET, [subnet])


def _reserved(_given: str) -> None:
    """A parameter that AWS keeps for itself, and that has no effect."""


LAUNCH: Mapping[str, Callable[[Any], None]] = MappingProxyType(
    {
        "AdditionalInfo": _reserved,
        "ElasticGpuSpecification": _elastic_gpus,
        "ElasticInferenceAccelerators": _inference_accelerators,
        "LicenseSpecifications": _licenses,
        "Operator": operator,
        "SecondaryInterfaces": _secondary_interfaces,
    }
)
"""By the parameter of RunInstances, what becomes of it."""
