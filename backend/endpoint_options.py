"""What VPC endpoints of each type may be given: policies, subnets and groups, private names.

https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend import endpoint_services, errors
from backend.db import reading
from backend.db.models import EndpointService, Vpc, VpcEndpoint
from backend.db.models.endpoints import AMAZON
from backend.db.unit_of_work import UnitOfWork

GATEWAY, INTERFACE, BALANCER = "Gateway", "Interface", "GatewayLoadBalancer"
INBOUND = "PrivateDnsOnlyForInboundResolverEndpoint"
ALIVE = ("pendingAcceptance", "pending", "available")

OPEN_POLICY = {
    GATEWAY: '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    INTERFACE: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
}
"""The policies that endpoints have unless they are given one: full access."""


@dataclass(frozen=True)
class Wanted:
    """What a caller asks of an endpoint, new or changed."""

    policy_document: str | None = None
    route_table_ids: Sequence[str] = ()
    subnet_ids: Sequence[str] = ()
    security_group_ids: Sequence[str] = ()
    subnet_configurations: Sequence[Mapping[str, Any]] = ()
    ip_address_type: str | None = None
    dns_options: Mapping[str, Any] = field(default_factory=dict)
    private_dns_enabled: bool | None = None

    @property
    def all_subnet_ids(self) -> list[str]:
        configured = [entry["SubnetId"] for entry in self.subnet_configurations if entry.get("SubnetId")]
        return list(dict.fromkeys([*self.subnet_ids, *configured]))

    @property
    def addresses(self) -> dict[str, str]:
        """IPv4 addresses by subnet."""
        return {e["SubnetId"]: e["Ipv4"] for e in self.subnet_configurations if e.get("SubnetId") and e.get("Ipv4")}


def check(endpoint_type: str, service: EndpointService, wanted: Wanted) -> None:
    """Whether such an endpoint may have what is asked for."""
    _check_policy(service, wanted)
    unfit: dict[str, Any] = {
        "route table IDs": wanted.route_table_ids if endpoint_type != GATEWAY else (),
        "subnet IDs": wanted.all_subnet_ids if endpoint_type == GATEWAY else (),
        "security group IDs": wanted.security_group_ids if endpoint_type != INTERFACE else (),
        "private DNS": wanted.private_dns_enabled if endpoint_type != INTERFACE else None,
    }
    for what, given in unfit.items():
        if given:
            raise errors.InvalidParameter(reason=f"{what} cannot be specified for {endpoint_type} type VPC endpoints.")
    _check_family(service, wanted)


def _check_policy(service: EndpointService | None, wanted: Wanted) -> None:
    if wanted.policy_document is None:
        return
    if service is None or not service.policy_supported:
        raise errors.InvalidParameter(reason="The service does not support endpoint policies.")
    try:
        if not isinstance(json.loads(wanted.policy_document), dict):
            raise ValueError(wanted.policy_document)
    except (ValueError, RecursionError) as fault:
        raise errors.InvalidPolicyDocument(reason="The policy document is not a valid JSON policy document.") from fault


def _check_family(service: EndpointService | None, wanted: Wanted) -> None:
    """Endpoints have IPv4 addresses here, and AWS's services no others."""
    record = wanted.dns_options.get("DnsRecordIpType")
    if wanted.ip_address_type not in (None, "ipv4") or record not in (None, "ipv4", "service-defined"):
        name = service.name if service else ""
        raise errors.InvalidParameter(reason=f"The service {name} does not support the IP address type.")
    if any(entry.get("Ipv6") for entry in wanted.subnet_configurations):
        raise errors.InvalidParameter(reason="The endpoint has no IPv6 addresses.")
    if any(wanted.dns_options.get(name) for name in ("PrivateDnsPreference", "PrivateDnsSpecifiedDomains")):
        raise errors.InvalidParameter(
            reason="A private DNS preference is supported for endpoints of type Resource and ServiceNetwork only."
        )


def private_dns(
    uow: UnitOfWork, vpc: Vpc, service: EndpointService, endpoint_type: str, wanted: Wanted, own: str = ""
) -> bool:
    """Whether the service's own names lead to the endpoint: by default where AWS's services have such names."""
    if endpoint_type != INTERFACE:
        return False
    if wanted.private_dns_enabled is None:
        private = service.account == AMAZON and bool(service.private_dns_names)
    else:
        private = wanted.private_dns_enabled
    if not private:
        return False
    if not service.private_dns_names or service.dns_verification.get("State", "verified") != "verified":
        raise errors.InvalidParameter(
            reason=f"Private DNS can't be enabled because the service {service.name} does not provide a verified "
            "private DNS name."
        )
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise errors.InvalidParameter(
            reason="Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to "
            f"true for {vpc.id}"
        )
    endpoint = reading.table_of(VpcEndpoint).c
    same = uow.records(
        VpcEndpoint,
        endpoint.vpc_id == vpc.id,
        endpoint.service_name == service.name,
        endpoint.private_dns_enabled.is_(True),
        endpoint.state.in_(ALIVE),
        endpoint.id != own,
    )
    if same:
        raise errors.InvalidParameter(
            reason="private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            f"{service.private_dns_names[0]} in the VPC {vpc.id}"
        )
    return True


def dns_options(
    uow: UnitOfWork, vpc: Vpc, service: EndpointService, endpoint_type: str, wanted: Wanted
) -> dict[str, Any]:
    given = {name: value for name, value in wanted.dns_options.items() if value is not None}
    if INBOUND in given:
        _check_inbound(uow, vpc, service, endpoint_type, wanted=given[INBOUND])
    return {"DnsRecordIpType": "service-defined" if endpoint_type == GATEWAY else "ipv4", **given}


def _check_inbound(uow: UnitOfWork, vpc: Vpc, service: EndpointService, endpoint_type: str, *, wanted: bool) -> None:
    """Names for inbound resolvers only: where the VPC's own traffic takes a gateway endpoint of the same service."""
    endpoint = reading.table_of(VpcEndpoint).c
    gateways = (endpoint.endpoint_type == GATEWAY, endpoint.service_name == service.name, endpoint.vpc_id == vpc.id)
    if endpoint_type != INTERFACE or not endpoint_services.has_gateway(uow, service):
        raise errors.InvalidParameter(
            reason=f"{INBOUND} is supported only for services that have both gateway and interface endpoints."
        )
    if wanted and not uow.records(VpcEndpoint, *gateways, endpoint.state.in_(ALIVE)):
        raise errors.InvalidParameter(
            reason=f"To set {INBOUND} to true, the VPC {vpc.id} must have a Gateway endpoint for the service."
        )
