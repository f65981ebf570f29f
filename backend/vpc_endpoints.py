"""VPC endpoints: ways from a VPC to services that do not lead over the internet.

https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete

from backend import (
    dependencies,
    endpoint_interfaces,
    endpoint_names,
    endpoint_services,
    errors,
    ids,
    quotas,
    route_tables,
    routes,
    security_group_vpcs,
    tags,
    transitions,
)
from backend import endpoint_options as options
from backend.catalogue import prefix_lists
from backend.config import Settings
from backend.db import reading
from backend.db.models import (
    EndpointService,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcEndpoint,
    VpcEndpointGroup,
    VpcEndpointSubnet,
)
from backend.db.unit_of_work import UnitOfWork
from backend.endpoint_options import ALIVE, BALANCER, GATEWAY, INTERFACE, Wanted

dependencies.keeps(Vpc, VpcEndpoint.vpc_id)
dependencies.keeps(SecurityGroup, VpcEndpointGroup.group_id)


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    vpc_id: str,
    service_name: str | None,
    endpoint_type: str,
    wanted: Wanted,
    service_region: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> VpcEndpoint:
    """A new endpoint, which waits for its acceptance where the service's owner wants to accept it.

    Errors: InvalidServiceName, InvalidParameter, InvalidPolicyDocument, RouteAlreadyExists,
    DuplicateSubnetsInSameZone, those of addresses, NotFound of whatever is named.
    """
    vpc = uow.require(Vpc, vpc_id, for_update=True)
    if not service_name:
        raise errors.MissingParameter(name="serviceName")
    service = endpoint_services.find(uow, service_name, endpoint_type, service_region or uow.region)
    options.check(endpoint_type, service, wanted)
    _check_quota(uow, vpc.id, endpoint_type)
    made = VpcEndpoint(
        account=uow.account,
        region=uow.region,
        vpc_id=vpc.id,
        endpoint_type=endpoint_type,
        service_id=service.id,
        service_name=service.name,
        service_account=service.account,
        service_region=service.region,
        connection_id=ids.new("vpce-con"),
        dns_label=endpoint_names.label(),
        policy_document=wanted.policy_document
        or (options.OPEN_POLICY[endpoint_type] if service.policy_supported else None),
        private_dns_enabled=options.private_dns(uow, vpc, service, endpoint_type, wanted),
        ip_address_type="ipv4",
        dns_options=options.dns_options(uow, vpc, service, endpoint_type, wanted),
    )
    if service.acceptance_required:
        made.state = "pendingAcceptance"
    else:
        transitions.begin(uow, settings, made, "pending", "available")
    uow.add(made)
    uow.flush()
    if endpoint_type == GATEWAY:
        _add_routes(uow, made, wanted.route_table_ids)
    else:
        _add_interfaces(uow, made, vpc, wanted)
    tags.attach(uow, made, wanted_tags or {})
    return made


def _check_quota(uow: UnitOfWork, vpc_id: str, endpoint_type: str) -> None:
    """Gateway endpoints are counted by region, the others by VPC."""
    endpoint = reading.table_of(VpcEndpoint).c
    counted = (endpoint.endpoint_type == endpoint_type) & endpoint.state.in_(ALIVE)
    if endpoint_type == GATEWAY:
        quotas.check(uow, quotas.GATEWAY_ENDPOINTS, counted)
    else:
        quotas.check(uow, quotas.INTERFACE_ENDPOINTS, counted, endpoint.vpc_id == vpc_id)


def _add_routes(uow: UnitOfWork, endpoint: VpcEndpoint, table_ids: Sequence[str]) -> None:
    """Routes to the service's prefix list, in these tables of the VPC."""
    tables = uow.require_all(RouteTable, table_ids, for_update=True)
    _check_network(endpoint, tables)
    destination = prefix_lists.id_of(endpoint.service_name.rpartition(".")[2], uow.region)
    present = uow.records(Route, reading.table_of(Route).c.destination == destination)
    taken = {route.route_table_id for route in present}
    for table in tables:
        if table.id in taken:
            raise errors.RouteToPrefixListExists(table=table.id, prefix_list=destination)
    routes.point(uow, [table.id for table in tables], destination, "GatewayId", endpoint.id)


def _add_interfaces(uow: UnitOfWork, endpoint: VpcEndpoint, vpc: Vpc, wanted: Wanted) -> None:
    groups = _groups(uow, endpoint, wanted.security_group_ids)
    if not groups and endpoint.endpoint_type == INTERFACE:
        group = reading.table_of(SecurityGroup).c
        groups = uow.records(SecurityGroup, group.vpc_id == vpc.id, group.name == "default")
    uow.add_all(
        VpcEndpointGroup(vpc_endpoint_id=endpoint.id, group_id=group.id, group_name=group.name) for group in groups
    )
    _add_subnets(uow, endpoint, vpc, wanted, groups)


def _groups(uow: UnitOfWork, endpoint: VpcEndpoint, group_ids: Sequence[str]) -> list[SecurityGroup]:
    groups = uow.look_up_all(SecurityGroup, group_ids)
    if strangers := security_group_vpcs.strangers(uow, groups, endpoint.vpc_id):
        raise errors.InvalidParameter(
            reason=f"Security group {strangers[0]} and the VPC {endpoint.vpc_id} belong to different networks."
        )
    return groups


def _add_subnets(uow: UnitOfWork, endpoint: VpcEndpoint, vpc: Vpc, wanted: Wanted, groups: Sequence[Any]) -> None:
    """An interface in each subnet that is asked for; one in a subnet that has one gets the address asked for."""
    subnets = uow.look_up_all(Subnet, wanted.all_subnet_ids)
    _check_network(endpoint, subnets)
    present = {found.subnet_id: found for found in _subnets(uow, endpoint.id)}
    moved = [present.pop(id) for id in wanted.addresses if id in present]
    endpoint_interfaces.remove(uow, moved)
    zones = {found.zone: found.subnet_id for found in present.values()}
    new = [subnet for subnet in subnets if subnet.id not in present]
    for subnet in new:
        if subnet.zone in zones:
            raise errors.DuplicateSubnetsInSameZone(subnet_id=zones[subnet.zone])
        zones[subnet.zone] = subnet.id
    if endpoint.endpoint_type == BALANCER and len(zones) > 1:
        raise errors.InvalidParameter(reason="A Gateway Load Balancer endpoint has one subnet only.")
    endpoint_interfaces.add(uow, endpoint, vpc, new, groups, wanted.addresses)


def _check_network(endpoint: VpcEndpoint, found: Sequence[RouteTable] | Sequence[Subnet]) -> None:
    if strangers := [one for one in found if one.vpc_id != endpoint.vpc_id]:
        raise errors.InvalidParameter(
            reason=f"The {strangers[0].NOUN} {strangers[0].id} does not belong to the VPC {endpoint.vpc_id}."
        )


def modify(
    uow: UnitOfWork,
    endpoint_id: str,
    add: Wanted,
    remove: Wanted,
    *,
    reset_policy: bool = False,
) -> None:
    """Change an endpoint. ``add``: what is new of it, ``remove``: route tables, subnets and groups to take away.

    Errors as of ``create``; IncorrectState.
    """
    found = uow.require(VpcEndpoint, endpoint_id, for_update=True)
    if found.state not in ALIVE:
        raise errors.IncorrectState(reason=f"The VPC endpoint {found.id} is in the state {found.state}.")
    vpc = uow.require(Vpc, found.vpc_id, for_update=True)
    service = reading.find(uow, EndpointService.id, found.service_id)
    if service is None:
        raise errors.InvalidServiceName(name=found.service_name)
    options.check(found.endpoint_type, service, add)
    options.check(found.endpoint_type, service, remove)
    if reset_policy and add.policy_document:
        raise errors.InvalidParameterCombination(
            reason="A policy document cannot be given in the call that resets the policy."
        )
    if reset_policy and service.policy_supported:
        found.policy_document = options.OPEN_POLICY[found.endpoint_type]
    elif add.policy_document:
        found.policy_document = add.policy_document
    if add.private_dns_enabled is not None:
        found.private_dns_enabled = options.private_dns(uow, vpc, service, found.endpoint_type, add, own=found.id)
    if add.dns_options:
        found.dns_options = {
            **found.dns_options,
            **options.dns_options(uow, vpc, service, found.endpoint_type, add),
        }
    if found.endpoint_type == GATEWAY:
        _change_routes(uow, found, add.route_table_ids, remove.route_table_ids)
    else:
        _change_interfaces(uow, found, vpc, add, remove)


def _change_routes(uow: UnitOfWork, found: VpcEndpoint, add: Sequence[str], remove: Sequence[str]) -> None:
    if remove:
        uow.require_all(RouteTable, remove, for_update=True)
        routes.withdraw(uow, found.id, remove)
    if add:
        have = {route.route_table_id for route in reading.by(uow, Route.target, [found.id])}
        _add_routes(uow, found, [id for id in add if id not in have])


def _change_interfaces(uow: UnitOfWork, found: VpcEndpoint, vpc: Vpc, add: Wanted, remove: Wanted) -> None:
    leaving = set(remove.subnet_ids)
    endpoint_interfaces.remove(uow, [s for s in _subnets(uow, found.id) if s.subnet_id in leaving])
    groups = _change_groups(uow, found, add.security_group_ids, remove.security_group_ids)
    _add_subnets(uow, found, vpc, add, groups)


def _change_groups(
    uow: UnitOfWork, found: VpcEndpoint, add: Sequence[str], remove: Sequence[str]
) -> list[SecurityGroup]:
    """The groups that the endpoint has then; at least one."""
    present = [group.group_id for group in reading.by(uow, VpcEndpointGroup.vpc_endpoint_id, [found.id])]
    wanted = list(dict.fromkeys([*(id for id in present if id not in remove), *add]))
    groups = uow.look_up_all(SecurityGroup, wanted)
    if wanted == present:
        return groups
    _groups(uow, found, add)
    if not wanted:
        raise errors.InvalidParameter(reason="An interface endpoint has at least one security group.")
    uow.execute(delete(VpcEndpointGroup).where(VpcEndpointGroup.vpc_endpoint_id == found.id))
    uow.add_all(VpcEndpointGroup(vpc_endpoint_id=found.id, group_id=g.id, group_name=g.name) for g in groups)
    endpoint_interfaces.set_groups(uow, [s.network_interface_id for s in _subnets(uow, found.id)], groups)
    return groups


def delete_endpoints(uow: UnitOfWork, settings: Settings, endpoint_ids: Sequence[str]) -> dict[str, errors.CloudError]:
    """Delete endpoints: routes to their services at once, their interfaces before they are gone. What stays, and why.

    In the answer: InvalidVpcEndpoint.NotFound; DependencyViolation for a Gateway Load Balancer endpoint with routes.
    """
    refused: dict[str, errors.CloudError] = {}
    own = {found.id: found for found in uow.query(VpcEndpoint).filter(VpcEndpoint.id.in_(endpoint_ids))}
    for id in dict.fromkeys(endpoint_ids):
        found = own.get(id)
        if found is None:
            refused[id] = errors.InvalidVpcEndpointNotFound(id=id)
        elif found.endpoint_type == BALANCER and reading.by(uow, Route.target, [id]):
            refused[id] = errors.DependencyViolation(reason=f"There are routes to the VPC endpoint {id}.")
        elif found.state != "deleting":
            routes.withdraw(uow, id)
            transitions.begin(uow, settings, found, "deleting", transitions.GONE)
    return refused


@transitions.reaching(VpcEndpoint, transitions.GONE)
def release(uow: UnitOfWork, endpoints: Sequence[VpcEndpoint]) -> None:
    """The interfaces and groups of endpoints that go."""
    gone = [endpoint.id for endpoint in endpoints]
    endpoint_interfaces.remove(uow, reading.by(uow, VpcEndpointSubnet.vpc_endpoint_id, gone))
    uow.execute(
        delete(VpcEndpointGroup).where(VpcEndpointGroup.vpc_endpoint_id.in_(gone)),
        execution_options={"synchronize_session": False},
    )
    route_tables.blackhole(uow, *gone)


@routes.reaches(VpcEndpoint.PREFIX)
def reached(_uow: UnitOfWork, endpoint: Any) -> list[str]:
    """Only a Gateway Load Balancer endpoint can be the target of a caller's own route."""
    if endpoint.endpoint_type != BALANCER:
        raise errors.InvalidParameterValue(
            value=endpoint.id, name="vpcEndpointId", reason="It is not a Gateway Load Balancer endpoint."
        )
    return [endpoint.vpc_id]


def _subnets(uow: UnitOfWork, endpoint_id: str) -> list[VpcEndpointSubnet]:
    found: list[VpcEndpointSubnet] = reading.by(uow, VpcEndpointSubnet.vpc_endpoint_id, [endpoint_id])
    return found
