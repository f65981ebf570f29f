"""Services that VPC endpoints lead to: AWS's, and those that accounts offer to each other.

https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html
"""

import random
import re
from collections.abc import Collection, Mapping, Sequence
from string import ascii_lowercase, digits

from sqlalchemy import delete

from backend import errors, ids, regions, tags, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    ConnectionNotification,
    EndpointService,
    EndpointServicePrincipal,
    EndpointServiceRegion,
    VpcEndpointConnection,
)
from backend.db.unit_of_work import UnitOfWork, require_found

FAMILIES = ("ipv4", "ipv6")
CONNECTED = ("pendingAcceptance", "pending", "available")
SERVICE_OWNER = "ServiceOwner"

_BALANCER = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):[0-9]{12}:loadbalancer/(net|gwy)/[^/]+/[0-9a-f]+"
)
_DOMAIN = re.compile(r"(\*\.)?([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}")
_PRINCIPALS = (
    ("All", re.compile(r"\*")),
    ("Account", re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:root")),
    ("User", re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:user/[^/]+")),
    ("Role", re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[^/]+")),
    ("OrganizationUnit", re.compile(r"arn:aws[a-z-]*:organizations::[0-9]{12}:(ou|organization)/.+")),
    ("Service", re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")),
)
_BY_ENDPOINT, _BY_GATEWAY = "vpc-endpoint", "transit-gateway-attachment"

_service = reading.table_of(EndpointService).c
_connection = reading.table_of(VpcEndpointConnection).c


def find(uow: UnitOfWork, name: str, endpoint_type: str, region: str) -> EndpointService:
    """The service of this name that an endpoint of this type can lead to from here, as a record.

    Errors: InvalidServiceName; InvalidParameter where it is of another type.
    """
    found = uow.records(
        EndpointService, _service.name == name, _service.region == region, _service.state == "Available"
    )
    if not found:
        raise errors.InvalidServiceName(name=name)
    fitting = [service for service in found if service.service_type == endpoint_type]
    if not fitting:
        available = ", ".join(service.service_type for service in found)
        raise errors.InvalidParameter(
            reason=f"Endpoint type ({endpoint_type}) does not match available service types ([{available}])."
        )
    return fitting[0]


def has_gateway(uow: UnitOfWork, service: EndpointService) -> bool:
    """Whether gateway endpoints lead to the service too."""
    same = (_service.name == service.name, _service.region == service.region, _service.service_type == "Gateway")
    return bool(uow.records(EndpointService, *same))


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    network_arns: Sequence[str],
    gateway_arns: Sequence[str],
    acceptance_required: bool = True,
    private_dns_name: str | None = None,
    families: Sequence[str] = (),
    supported_regions: Sequence[str] = (),
    wanted_tags: Mapping[str, str] | None = None,
) -> EndpointService:
    """A service behind Network Load Balancers (Interface) or Gateway Load Balancers.

    Errors: MissingParameter, InvalidParameterCombination, InvalidParameter, InvalidNetworkLoadBalancerArn.Malformed,
    InvalidGatewayLoadBalancerArn.Malformed.
    """
    if not network_arns and not gateway_arns:
        raise errors.MissingParameter(name="NetworkLoadBalancerArns or GatewayLoadBalancerArns")
    if network_arns and gateway_arns:
        raise errors.InvalidParameterCombination(
            reason="A service has either Network Load Balancers or Gateway Load Balancers."
        )
    service_type = "Interface" if network_arns else "GatewayLoadBalancer"
    made = EndpointService(
        account=uow.account,
        region=uow.region,
        name="",
        service_type=service_type,
        acceptance_required=acceptance_required,
        load_balancer_arns=_arns(uow, service_type, [*network_arns, *gateway_arns]),
        ip_address_types=_families(families or ["ipv4"]),
    )
    made.name = f"com.amazonaws.vpce.{uow.region}.{made.id}"
    made.base_dns_name = f"{made.id}.{uow.region}.vpce.amazonaws.com"
    if private_dns_name is not None:
        _set_private_name(made, private_dns_name)
    transitions.begin(uow, settings, made, "Pending", "Available")
    uow.add(made)
    _add_regions(uow, settings, made, {*supported_regions, uow.region})
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def _arns(uow: UnitOfWork, service_type: str, arns: Sequence[str]) -> list[str]:
    kind = "net" if service_type == "Interface" else "gwy"
    for arn in arns:
        match = _BALANCER.fullmatch(arn)
        if not match or match[2] != kind or match[1] != uow.region:
            malformed = errors.InvalidNetworkLoadBalancerArn if kind == "net" else errors.InvalidGatewayLoadBalancerArn
            raise malformed(reason=f"The load balancer ARN '{arn}' is malformed, or not of this region.")
    return list(dict.fromkeys(arns))


def _families(given: Collection[str]) -> str:
    if unknown := [family for family in given if family not in FAMILIES]:
        raise errors.InvalidParameter(reason=f"{unknown[0]} is no IP address type: they are ipv4 and ipv6.")
    if not given:
        raise errors.InvalidParameter(reason="A service supports at least one IP address type.")
    return ",".join(family for family in FAMILIES if family in given)


def _set_private_name(found: EndpointService, name: str) -> None:
    """Give it a name of its own, which its owner has yet to prove with a record in the public DNS."""
    if found.service_type != "Interface":
        raise errors.InvalidParameter(reason="Private DNS names are supported for Interface services only.")
    if not _DOMAIN.fullmatch(name):
        raise errors.InvalidParameter(reason=f"The private DNS name {name} is no domain name.")
    found.private_dns_names = [name]
    found.dns_verification = {
        "State": "pendingVerification",
        "Type": "TXT",
        "Value": f"vpce:{_random(20)}",
        "Name": f"_{_random(20)}",
    }


def _random(length: int) -> str:
    return "".join(random.choices(ascii_lowercase + digits, k=length))


def _add_regions(uow: UnitOfWork, settings: Settings, found: EndpointService, wanted: Collection[str]) -> None:
    known = {region.name for region in regions.of(settings)}
    for region in sorted(wanted):
        if region not in known:
            raise errors.InvalidParameter(reason=f"Invalid region: {region}")
        uow.add(EndpointServiceRegion(service_id=found.id, region=region))


def require_own(uow: UnitOfWork, service_id: str) -> EndpointService:
    """The caller's own service as an entity, locked; InvalidVpcEndpointServiceId.NotFound."""
    return uow.require(EndpointService, service_id, for_update=True)


def look_up_own(uow: UnitOfWork, service_id: str) -> EndpointService:
    """The same as a record, for reading only."""
    found = uow.look_up(EndpointService, service_id)
    if (found.account, found.region) != (uow.account, uow.region):
        require_found(EndpointService, [service_id], ())
    return found


def modify(
    uow: UnitOfWork,
    settings: Settings,
    service_id: str,
    *,
    acceptance_required: bool | None = None,
    private_dns_name: str | None = None,
    remove_private_dns_name: bool = False,
    add_arns: Mapping[str, Sequence[str]],
    remove_arns: Mapping[str, Sequence[str]],
    add_families: Sequence[str] = (),
    remove_families: Sequence[str] = (),
    add_regions: Sequence[str] = (),
    remove_regions: Sequence[str] = (),
) -> None:
    """Change a service. ``add_arns``, ``remove_arns``: by the type of service that they are of.

    Errors as of ``create``.
    """
    found = require_own(uow, service_id)
    if private_dns_name is not None and remove_private_dns_name:
        raise errors.InvalidParameterCombination(reason="A private DNS name cannot be set and removed in one call.")
    if acceptance_required is not None:
        found.acceptance_required = acceptance_required
    if remove_private_dns_name:
        found.private_dns_names, found.dns_verification = [], {}
    if private_dns_name is not None:
        _set_private_name(found, private_dns_name)
    _change_balancers(uow, found, add_arns, remove_arns)
    if add_families or remove_families:
        _families([*add_families, *remove_families])
        kept = {*found.ip_address_types.split(","), *add_families} - set(remove_families)
        found.ip_address_types = _families(kept)
    if uow.region in remove_regions:
        raise errors.InvalidParameter(reason="A service's own region cannot be removed.")
    if remove_regions:
        statement = delete(EndpointServiceRegion).where(
            EndpointServiceRegion.service_id == found.id, EndpointServiceRegion.region.in_(remove_regions)
        )
        uow.execute(statement, execution_options={"synchronize_session": False})
    present = {entry.region for entry in reading.by(uow, EndpointServiceRegion.service_id, [found.id])}
    _add_regions(uow, settings, found, set(add_regions) - present)


def _change_balancers(
    uow: UnitOfWork, found: EndpointService, add: Mapping[str, Sequence[str]], remove: Mapping[str, Sequence[str]]
) -> None:
    for kind in {*add, *remove} - {found.service_type}:
        if add.get(kind) or remove.get(kind):
            raise errors.InvalidParameter(reason=f"The service {found.id} is of the type {found.service_type}.")
    new, gone = _arns(uow, found.service_type, add.get(found.service_type, ())), remove.get(found.service_type, ())
    if absent := [arn for arn in gone if arn not in found.load_balancer_arns]:
        raise errors.InvalidParameter(reason=f"The load balancer {absent[0]} is not one of the service {found.id}.")
    kept = [arn for arn in dict.fromkeys([*found.load_balancer_arns, *new]) if arn not in gone]
    if not kept:
        raise errors.InvalidParameter(reason="A service has at least one load balancer.")
    found.load_balancer_arns = kept


def set_payer(uow: UnitOfWork, service_id: str, payer: str) -> None:
    require_own(uow, service_id).payer_responsibility = payer


def delete_services(uow: UnitOfWork, settings: Settings, service_ids: Sequence[str]) -> dict[str, errors.CloudError]:
    """Delete services; what stays, and why: InvalidVpcEndpointService.NotFound, ExistingVpcEndpointConnections."""
    refused: dict[str, errors.CloudError] = {}
    own = {found.id: found for found in uow.query(EndpointService).filter(EndpointService.id.in_(service_ids))}
    used = uow.records(VpcEndpointConnection, _connection.service_id.in_(service_ids), _connection.state.in_(CONNECTED))
    connected = {connection.service_id for connection in used}
    for id in dict.fromkeys(service_ids):
        if id not in own:
            refused[id] = errors.InvalidVpcEndpointServiceNotFound(id=id)
        elif id in connected:
            refused[id] = errors.ExistingVpcEndpointConnections()
        elif own[id].state != "Deleting":
            transitions.begin(uow, settings, own[id], "Deleting", transitions.GONE)
    return refused


@transitions.reaching(EndpointService, transitions.GONE)
def forget(uow: UnitOfWork, services: Sequence[EndpointService]) -> None:
    """What hangs on services that go."""
    gone = [service.id for service in services]
    for column in (
        EndpointServicePrincipal.service_id,
        EndpointServiceRegion.service_id,
        ConnectionNotification.service_id,
    ):
        statement = delete(column.class_).where(column.in_(gone))
        uow.execute(statement, execution_options={"synchronize_session": False})


def permit(
    uow: UnitOfWork,
    service_id: str,
    *,
    add: Sequence[str],
    remove: Sequence[str],
    permission_type: str = _BY_ENDPOINT,
) -> list[EndpointServicePrincipal]:
    """Say who may use a service, and who no longer: the principals that are new. InvalidParameter for what is none."""
    found = require_own(uow, service_id)
    kinds = {principal: _principal_type(principal) for principal in [*add, *remove]}
    if permission_type == _BY_GATEWAY and (
        found.service_type != "GatewayLoadBalancer" or any(kind != "Account" for kind in kinds.values())
    ):
        raise errors.InvalidParameter(
            reason="Transit gateway attachments are permitted to accounts, of Gateway Load Balancer services."
        )
    present = uow.query(EndpointServicePrincipal).filter_by(service_id=found.id, permission_type=permission_type).all()
    for entry in present:
        if entry.principal in remove:
            uow.delete(entry)
    known = {entry.principal for entry in present}
    made = [
        EndpointServicePrincipal(
            permission_id=ids.new("vpce-svc-perm"),
            service_id=found.id,
            permission_type=permission_type,
            principal=principal,
            principal_type=kinds[principal],
        )
        for principal in dict.fromkeys(add)
        if principal not in known
    ]
    uow.add_all(made)
    return made


def _principal_type(principal: str) -> str:
    for kind, form in _PRINCIPALS:
        if form.fullmatch(principal):
            return kind
    raise errors.InvalidParameter(reason=f"Invalid principal: {principal}")
