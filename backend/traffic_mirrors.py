"""Traffic mirroring: what would be mirrored, and where to.

Sessions, which mirror it, are refused, as this cloud sees no packets of its guests.

https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-how-it-works.html
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from sqlalchemy import delete, select

from backend import errors, tags
from backend.db import reading
from backend.db.models import (
    NetworkInterface,
    TrafficMirrorFilter,
    TrafficMirrorFilterRule,
    TrafficMirrorTarget,
    VpcEndpoint,
)
from backend.db.unit_of_work import UnitOfWork

MOST_NUMBER = 32_766
WITH_PORTS = (6, 17)
"""TCP and UDP."""
DEFAULTS: Mapping[str, Any] = {
    "destination_ports": None,
    "source_ports": None,
    "protocol": None,
    "description": None,
}
"""What a rule's optional fields are once they are removed."""


def create_filter(
    uow: UnitOfWork, description: str | None, wanted_tags: Mapping[str, str] | None = None
) -> TrafficMirrorFilter:
    made = TrafficMirrorFilter(account=uow.account, region=uow.region, description=description, network_services=[])
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def delete_filter(uow: UnitOfWork, id: str) -> None:
    """Delete a filter with its rules."""
    found = uow.require(TrafficMirrorFilter, id, for_update=True)
    rules = [rule.id for rule in reading.by(uow, TrafficMirrorFilterRule.filter_id, [id])]
    gone = delete(TrafficMirrorFilterRule).where(TrafficMirrorFilterRule.filter_id == id)
    uow.execute(gone, execution_options={"synchronize_session": False})
    tags.forget(uow, [id, *rules])
    uow.delete(found)


def set_services(uow: UnitOfWork, id: str, add: Sequence[str], remove: Sequence[str]) -> None:
    """Which of the network's own services are mirrored too."""
    found = uow.require(TrafficMirrorFilter, id, for_update=True)
    kept = [service for service in found.network_services if service not in remove]
    found.network_services = list(dict.fromkeys([*kept, *add]))


def create_rule(
    uow: UnitOfWork, filter_id: str, wanted: Mapping[str, Any], wanted_tags: Mapping[str, str] | None = None
) -> TrafficMirrorFilterRule:
    """A new rule of a filter. ``wanted``: the columns of the rule.

    Errors: InvalidTrafficMirrorFilterId.NotFound, InvalidParameterValue, TrafficMirrorFilterRuleAlreadyExists.
    """
    uow.require(TrafficMirrorFilter, filter_id, for_update=True)
    rule = TrafficMirrorFilterRule(
        account=uow.account, region=uow.region, filter_id=filter_id, **{**DEFAULTS, **wanted}
    )
    _check(uow, rule)
    uow.add(rule)
    uow.flush()
    tags.attach(uow, rule, wanted_tags or {})
    return rule


def modify_rule(uow: UnitOfWork, id: str, wanted: Mapping[str, Any], removed: Sequence[str]) -> None:
    rule = uow.require(TrafficMirrorFilterRule, id, for_update=True)
    with uow.no_autoflush:
        for name in removed:
            if name in wanted:
                raise errors.InvalidParameterCombination(reason="A field cannot be set and removed in one request.")
            setattr(rule, name, DEFAULTS[name])
        for name, value in wanted.items():
            setattr(rule, name, value)
        _check(uow, rule)


def _check(uow: UnitOfWork, rule: TrafficMirrorFilterRule) -> None:
    if not 1 <= rule.number <= MOST_NUMBER:
        raise errors.InvalidParameterValue(
            value=rule.number, name="RuleNumber", reason=f"Use a number from 1 to {MOST_NUMBER}."
        )
    families = {_family(rule.source_cidr, "SourceCidrBlock"), _family(rule.destination_cidr, "DestinationCidrBlock")}
    if len(families) > 1:
        raise errors.InvalidParameterCombination(reason="Both CIDR blocks must be of IPv4 or both of IPv6.")
    if rule.protocol is not None and not 0 <= rule.protocol <= 255:
        raise errors.InvalidParameterValue(value=rule.protocol, name="Protocol", reason="Use a number from 0 to 255.")
    for ports, name in ((rule.source_ports, "SourcePortRange"), (rule.destination_ports, "DestinationPortRange")):
        if ports is not None:
            _check_ports(rule, ports, name)
    taken = select(TrafficMirrorFilterRule.id).where(
        TrafficMirrorFilterRule.filter_id == rule.filter_id,
        TrafficMirrorFilterRule.direction == rule.direction,
        TrafficMirrorFilterRule.number == rule.number,
        TrafficMirrorFilterRule.id != rule.id,
    )
    if uow.scalar(taken) is not None:
        raise errors.TrafficMirrorFilterRuleAlreadyExists(number=rule.number, direction=rule.direction)


def _check_ports(rule: TrafficMirrorFilterRule, ports: Mapping[str, int], name: str) -> None:
    if rule.protocol not in WITH_PORTS:
        raise errors.InvalidParameterCombination(reason=f"{name} needs the protocol TCP (6) or UDP (17).")
    first, last = ports.get("FromPort", 0), ports.get("ToPort", 65_535)
    if not 0 <= first <= last <= 65_535:
        raise errors.InvalidParameterValue(value=f"{first}-{last}", name=name, reason="It is no range of ports.")


def _family(cidr: str, name: str) -> int:
    try:
        return ip_network(cidr, strict=False).version
    except ValueError as fault:
        raise errors.InvalidParameterValue(value=cidr, name=name, reason="It is no CIDR block.") from fault


def delete_rule(uow: UnitOfWork, id: str) -> None:
    uow.delete(uow.require(TrafficMirrorFilterRule, id, for_update=True))
    tags.forget(uow, [id])


def create_target(
    uow: UnitOfWork,
    *,
    network_interface_id: str | None = None,
    load_balancer_arn: str | None = None,
    endpoint_id: str | None = None,
    description: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> TrafficMirrorTarget:
    """A new target: an interface or an endpoint of a Gateway Load Balancer. There are no Network Load Balancers.

    Errors: MissingParameter, InvalidParameterCombination, InvalidParameterValue, NotFound of what is named.
    """
    given = [value for value in (network_interface_id, load_balancer_arn, endpoint_id) if value is not None]
    if not given:
        raise errors.MissingParameter(name="NetworkInterfaceId")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(reason="Specify one target.")
    if load_balancer_arn is not None:
        raise errors.InvalidParameterValue(
            value=load_balancer_arn, name="NetworkLoadBalancerArn", reason="The load balancer does not exist."
        )
    if network_interface_id is not None:
        uow.look_up(NetworkInterface, network_interface_id)
    if endpoint_id is not None and uow.look_up(VpcEndpoint, endpoint_id).endpoint_type != "GatewayLoadBalancer":
        raise errors.InvalidParameterValue(
            value=endpoint_id, name="GatewayLoadBalancerEndpointId", reason="It is an endpoint of another type."
        )
    made = TrafficMirrorTarget(
        account=uow.account,
        region=uow.region,
        network_interface_id=network_interface_id,
        endpoint_id=endpoint_id,
        description=description,
    )
    uow.add(made)
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def delete_target(uow: UnitOfWork, id: str) -> None:
    uow.delete(uow.require(TrafficMirrorTarget, id, for_update=True))
    tags.forget(uow, [id])
