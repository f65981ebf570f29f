"""EC2 Instance Connect Endpoints: an interface in a subnet, from which connections to its VPC's instances come.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-with-ec2-instance-connect-endpoint.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from backend import dependencies, endpoint_interfaces, errors, ids, interface_creation, network_interfaces, tags
from backend.config import Settings
from backend.db import reading
from backend.db.models import InstanceConnectEndpoint, NetworkInterface, Subnet, SubnetCidrBlock, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances.interfaces import security_groups
from backend.transitions import begin
from backend.wanted_addresses import WantedAddresses

GONE = ("delete-in-progress", "delete-complete")
STABLE = ("create-complete", "update-complete")
REQUESTER = "amazon-aws"

dependencies.keeps(Vpc, InstanceConnectEndpoint.vpc_id, InstanceConnectEndpoint.state.not_in(GONE))
dependencies.keeps(Subnet, InstanceConnectEndpoint.subnet_id, InstanceConnectEndpoint.state.not_in(GONE))


def create(
    uow: UnitOfWork,
    settings: Settings,
    *,
    subnet_id: str,
    group_ids: Sequence[str] = (),
    preserve_client_ip: bool = False,
    ip_address_type: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> InstanceConnectEndpoint:
    """A new endpoint; a subnet has one at most.

    Errors: InvalidSubnetID.NotFound, those of groups, InvalidParameterCombination, ConflictException.
    """
    subnet = uow.look_up(Subnet, subnet_id)
    vpc = uow.look_up(Vpc, subnet.vpc_id)
    table = reading.table_of(InstanceConnectEndpoint).c
    if uow.records(InstanceConnectEndpoint, table.subnet_id == subnet.id, table.state.not_in(GONE)):
        raise errors.ResourceLimitExceeded(
            reason=f"The subnet '{subnet.id}' has an EC2 Instance Connect Endpoint already."
        )
    kind = ip_address_type or ("ipv6" if subnet.ipv6_native else "ipv4")
    check_family(uow, subnet, kind, preserve_client_ip=preserve_client_ip)
    groups = security_groups(uow, vpc, group_ids, ())
    id = ids.new(InstanceConnectEndpoint.PREFIX)
    interface_id = interface_creation.make(
        uow,
        vpc,
        subnet,
        WantedAddresses(ipv6_count=None if kind == "ipv4" else 1),
        groups=groups,
        description=f"EC2 Instance Connect Endpoint {id}",
        interface_type="ec2_instance_connect_endpoint",
    )
    _belongs(uow, interface_id)
    endpoint = InstanceConnectEndpoint(
        id=id,
        account=uow.account,
        region=uow.region,
        vpc_id=vpc.id,
        subnet_id=subnet.id,
        zone=subnet.zone,
        network_interface_id=interface_id,
        security_group_ids=[group.id for group in groups],
        preserve_client_ip=preserve_client_ip,
        ip_address_type=kind,
    )
    begin(uow, settings, endpoint, "create-in-progress", "create-complete")
    uow.add(endpoint)
    uow.flush()
    tags.attach(uow, endpoint, wanted_tags or {})
    return endpoint


def _belongs(uow: UnitOfWork, interface_id: str) -> None:
    """The interface is the endpoint's, and its owner cannot manage it."""
    values = {
        "status": "in-use",
        "requester_id": REQUESTER,
        "requester_managed": True,
        "attachment_id": ids.new("ela-attach"),
        "attachment_status": "attached",
        "instance_owner_id": REQUESTER,
        "device_index": 1,
        "network_card_index": 0,
    }
    statement = update(NetworkInterface).where(NetworkInterface.id == interface_id).values(**values)
    uow.execute(statement, execution_options={"synchronize_session": False})


def check_family(uow: UnitOfWork, subnet: Subnet, kind: str, *, preserve_client_ip: bool) -> None:
    """InvalidParameterCombination for addresses that the subnet has none of."""
    if kind != "ipv4" and not uow.records(SubnetCidrBlock, reading.table_of(SubnetCidrBlock).c.subnet_id == subnet.id):
        raise errors.InvalidParameterCombination(reason=f"The subnet '{subnet.id}' has no IPv6 CIDR block.")
    if kind != "ipv6" and subnet.ipv6_native:
        raise errors.InvalidParameterCombination(reason=f"The subnet '{subnet.id}' has no IPv4 CIDR block.")
    if preserve_client_ip and kind != "ipv4":
        raise errors.InvalidParameterCombination(reason="PreserveClientIp is supported only with the type ipv4.")


def modify(
    uow: UnitOfWork,
    settings: Settings,
    id: str,
    *,
    ip_address_type: str | None = None,
    group_ids: Sequence[str] | None = None,
    preserve_client_ip: bool | None = None,
) -> None:
    """Change an endpoint. IncorrectState, InvalidParameterCombination, and errors of groups."""
    endpoint = _stable(uow, id, "modified")
    subnet = uow.look_up(Subnet, endpoint.subnet_id)
    if preserve_client_ip is not None:
        endpoint.preserve_client_ip = preserve_client_ip
    if ip_address_type is not None and ip_address_type != endpoint.ip_address_type:
        raise errors.UnsupportedOperation(
            reason="The addresses of an EC2 Instance Connect Endpoint cannot be changed by this cloud."
        )
    check_family(uow, subnet, endpoint.ip_address_type, preserve_client_ip=endpoint.preserve_client_ip)
    if group_ids is not None:
        groups = security_groups(uow, uow.look_up(Vpc, endpoint.vpc_id), group_ids, ())
        endpoint_interfaces.set_groups(uow, [endpoint.network_interface_id], groups)
        endpoint.security_group_ids = [group.id for group in groups]
    begin(uow, settings, endpoint, "update-in-progress", "update-complete")


def remove(uow: UnitOfWork, settings: Settings, id: str) -> InstanceConnectEndpoint:
    """Delete an endpoint, with its interface."""
    endpoint = _stable(uow, id, "deleted")
    uow.flush()
    network_interfaces.delete_all(uow, [endpoint.network_interface_id])
    begin(uow, settings, endpoint, "delete-in-progress", "delete-complete")
    return endpoint


def _stable(uow: UnitOfWork, id: str, verb: str) -> InstanceConnectEndpoint:
    endpoint = uow.require(InstanceConnectEndpoint, id, for_update=True)
    if endpoint.state not in STABLE:
        raise errors.IncorrectState(
            reason=f"The instance connect endpoint '{id}' is in the state {endpoint.state} and cannot be {verb}."
        )
    return endpoint


def dns_name(endpoint: Any) -> str:
    label = endpoint.id.removeprefix("eice-")[:8]
    return f"{endpoint.id}.{label}.ec2-instance-connect-endpoint.{endpoint.region}.amazonaws.com"
