"""Network interfaces that callers, or services of the cloud, make and delete by themselves.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import dependencies, errors, interface_options, network_interfaces, quotas, wanted_addresses
from backend.db.models import NetworkInterface, SecurityGroup, Subnet, TrafficMirrorTarget, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances.interfaces import security_groups
from backend.wanted_addresses import Taken, WantedAddresses

dependencies.keeps(NetworkInterface, TrafficMirrorTarget.network_interface_id)

TYPES = ("interface", "efa", "efa-only", "branch", "trunk")


def create(
    uow: UnitOfWork,
    *,
    subnet_id: str,
    wanted: WantedAddresses,
    group_ids: Sequence[str] = (),
    description: str = "",
    interface_type: str = "interface",
    connection_tracking: Mapping[str, int] | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """A new interface in a subnet, attached to nothing; its id.

    Errors: those of its addresses and groups, InvalidParameterValue, InvalidParameterCombination.
    """
    if interface_type not in TYPES:
        raise errors.InvalidParameterValue(value=interface_type, name="interfaceType", reason="Not a known type.")
    subnet = uow.look_up(Subnet, subnet_id)
    vpc = uow.look_up(Vpc, subnet.vpc_id)
    if interface_type == "efa-only" and wanted.named_or_counted:
        raise errors.InvalidParameterCombination(reason="An interface of type efa-only has no IP addresses.")
    quotas.check(uow, quotas.NETWORK_INTERFACES)
    groups = security_groups(uow, vpc, group_ids, ())
    return make(
        uow,
        vpc,
        subnet,
        wanted,
        groups=groups,
        with_addresses=interface_type != "efa-only",
        description=description,
        interface_type=interface_type,
        options=interface_options.of({"ConnectionTrackingSpecification": connection_tracking}),
        tags=tags,
    )


def make(
    uow: UnitOfWork,
    vpc: Vpc,
    subnet: Subnet,
    wanted: WantedAddresses,
    *,
    groups: Sequence[SecurityGroup] = (),
    with_addresses: bool = True,
    **more: Any,
) -> str:
    """The rows of one interface with these addresses; its id. ``more``: as ``network_interfaces.rows`` takes it."""
    wanted.check_limits(subnet, None)
    quotas.check(uow, quotas.NETWORK_INTERFACES)
    if with_addresses:
        (taken,) = wanted_addresses.take(uow, subnet, wanted)
    else:
        taken = Taken()
    rows = network_interfaces.rows(
        uow,
        vpc=vpc,
        subnet=subnet,
        groups=groups,
        private_ips=[taken.primary],
        secondary_ips=[taken.secondary],
        ranges=[taken.ranges],
        **more,
    )
    network_interfaces.insert_rows(uow, rows)
    return str(rows.interfaces[0]["id"])


def delete(uow: UnitOfWork, network_interface_id: str) -> None:
    """Delete an interface that is attached to nothing. An Elastic IP address of it is free then.

    Errors: InvalidParameterValue, OperationNotPermitted, DependencyViolation.
    """
    interface = uow.require(NetworkInterface, network_interface_id, for_update=True)
    if interface.attachment_id:
        raise errors.InvalidValue(reason=f"Network interface '{interface.id}' is currently in use.")
    if interface.requester_managed:
        raise errors.OperationNotPermitted(reason=f"You are not allowed to manage the interface '{interface.id}'.")
    dependencies.check(uow, interface)
    uow.flush()
    network_interfaces.delete_all(uow, [interface.id])
    uow.expunge(interface)


def require_own(uow: UnitOfWork, network_interface_id: str) -> NetworkInterface:
    """An interface that the account may change, locked. OperationNotPermitted for one that a service manages."""
    interface = uow.require(NetworkInterface, network_interface_id, for_update=True)
    if interface.requester_managed:
        raise errors.OperationNotPermitted(reason=f"You are not allowed to manage the interface '{interface.id}'.")
    return interface
