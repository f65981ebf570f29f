"""Network interfaces that are attached to instances and detached from them.

The host of a running instance follows: until it says so, an attachment is ``attaching`` or ``detaching``.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network-interface-attachments.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from backend import (
    clock,
    errors,
    ids,
    interface_options,
    interface_permissions,
    interface_ranges,
    lent_addresses,
    network_interfaces,
    route_tables,
    wanted_addresses,
)
from backend.catalogue.instance_types import TypeFacts
from backend.db import reading
from backend.db.models import Instance, NetworkInterface, PrivateAddress
from backend.db.unit_of_work import UnitOfWork
from backend.instances import changes

PREFIX, MANAGED_PREFIX = "eni-attach", "ela-attach"

_interfaces, _private = reading.table_of(NetworkInterface), reading.table_of(PrivateAddress)
_ON = select(_interfaces.c.id, _interfaces.c.device_index, _interfaces.c.network_card_index).where(
    _interfaces.c.instance_id == bindparam("instance")
)
_MOVING = select(_interfaces.c.id, _interfaces.c.attachment_status).where(
    _interfaces.c.instance_id.in_(bindparam("instances", expanding=True)),
    _interfaces.c.attachment_status.in_(("attaching", "detaching")),
)
_ATTACHED = (
    update(_interfaces)
    .where(_interfaces.c.id.in_(bindparam("interfaces", expanding=True)))
    .values(attachment_status="attached")
)
_ADDRESSES = select(_private.c.number).where(_private.c.network_interface_id == bindparam("interface"))


def attach(
    uow: UnitOfWork,
    *,
    network_interface_id: str,
    instance_id: str,
    device_index: int,
    network_card_index: int = 0,
    options: Mapping[str, Any] | None = None,
) -> NetworkInterface:
    """Attach a free interface to an instance in the same zone. options: EnaSrdSpecification and EnaQueueCount.

    Errors: InvalidNetworkInterface.InUse, InvalidParameterValue, InvalidParameterCombination,
    AttachmentLimitExceeded, PrivateIpAddressLimitExceeded, IncorrectState, UnsupportedOperation.
    """
    kept = interface_options.of_attachment(options or {})
    instance = uow.require(Instance, instance_id, for_update=True)
    interface = interface_permissions.require(uow, network_interface_id, "INSTANCE-ATTACH")
    if interface.attachment_id:
        raise errors.InvalidNetworkInterfaceInUse(reason=f"Interface: [{interface.id}] in use.")
    if instance.state not in ("running", "stopped"):
        raise errors.IncorrectState(reason=f"Instance '{instance.id}' is not 'running' or 'stopped'.")
    if interface.zone != instance.zone:
        raise errors.InvalidParameterCombination(
            reason="You may not attach a network interface to an instance if they are not in the same availability zone"
        )
    _check_slot(uow, instance, device_index, network_card_index)
    _check_type(uow, instance, interface)
    interface.instance_id, interface.instance_owner_id = instance.id, uow.account
    interface.attachment_id = ids.new(PREFIX)
    interface.attachment_status = "attaching" if instance.state == "running" else "attached"
    interface.attach_time = clock.this_second()
    interface.device_index, interface.network_card_index = device_index, network_card_index
    interface.status, interface.delete_on_termination = "in-use", False
    interface.options = {**interface.options, interface_options.ATTACHMENT: kept}
    uow.flush()
    route_tables.revive(uow, interface.id)
    changes.tell_host(uow, instance)
    return interface


def _check_slot(uow: UnitOfWork, instance: Instance, device_index: int, network_card_index: int) -> None:
    """The device index is free, and the instance's type has room."""
    facts = changes.facts_of(instance)
    if device_index < 0:
        raise errors.InvalidParameterValue(
            value=device_index, name="DeviceIndex", reason="The value must not be negative."
        )
    if not 0 <= network_card_index < facts.max_network_cards:
        raise errors.InvalidParameterValue(
            value=network_card_index,
            name="NetworkCardIndex",
            reason=f"The instance type {facts.name} has {facts.max_network_cards} network cards.",
        )
    attached = uow.for_reading().execute(_ON, {"instance": instance.id}).all()
    if any((row.network_card_index, row.device_index) == (network_card_index, device_index) for row in attached):
        raise errors.InvalidValue(
            reason=f"Instance '{instance.id}' already has an interface attached at device index '{device_index}'."
        )
    on_card = sum(row.network_card_index == network_card_index for row in attached)
    if len(attached) >= facts.max_interfaces or on_card >= facts.interfaces_per_card[network_card_index]:
        raise errors.AttachmentLimitExceeded(
            reason=f"Interface count {len(attached) + 1} exceeds the limit for {facts.name}"
        )


def _check_type(uow: UnitOfWork, instance: Instance, interface: NetworkInterface) -> None:
    """What the instance's type can do fits the interface's kind and number of addresses."""
    facts = changes.facts_of(instance)
    if interface.interface_type == "branch":
        raise errors.UnsupportedOperation(reason="A branch interface cannot be attached to an instance.")
    if interface.interface_type.startswith("efa"):
        if not facts.efa_supported:
            raise errors.InvalidParameterCombination(
                reason=f"{facts.name} instances do not support Elastic Fabric Adapters."
            )
        if instance.state != "stopped":
            raise errors.IncorrectState(
                reason=f"Instance '{instance.id}' must be 'stopped' for an Elastic Fabric Adapter to be attached."
            )
    check_addresses(uow, interface, facts)


def check_addresses(
    uow: UnitOfWork, interface: NetworkInterface, facts: TypeFacts | None, *, ipv4: int = 0, ipv6: int = 0
) -> None:
    """Whether an interface of an instance of this type (None: of none) may have so many addresses more."""
    single = len(uow.for_reading().execute(_ADDRESSES, {"interface": interface.id}).all())
    ranges = interface_ranges.counts(uow, interface.id)
    prefixes = ranges.get(interface_ranges.IPV4_PREFIX, 0)
    all_ipv6 = ranges.get(interface_ranges.ADDRESS, 0) + ranges.get(interface_ranges.IPV6_PREFIX, 0)
    wanted_addresses.check_limits(single + prefixes + ipv4, all_ipv6 + ipv6, facts)


def facts_of(uow: UnitOfWork, interface: NetworkInterface) -> TypeFacts | None:
    """What the type of the instance allows that an interface is attached to."""
    found = reading.find(uow, Instance.id, interface.instance_id) if interface.instance_id else None
    return changes.facts_of(found) if found else None


def detach(uow: UnitOfWork, attachment_id: str, *, force: bool = False) -> None:
    """Detach an interface that is not the primary one. force: without waiting for the instance's host.

    Errors: InvalidAttachmentID.NotFound, InvalidNetworkInterfaceAttachmentId.Malformed, OperationNotPermitted.
    """
    interface = require(uow, attachment_id)
    if (interface.device_index, interface.network_card_index) == (0, 0):
        raise errors.OperationNotPermitted(
            reason="The network interface at device index 0 and networkCard index 0 cannot be detached."
        )
    instance_id = interface.instance_id or ""
    owner = Instance.id == instance_id
    (instance,) = uow.anywhere(Instance, owner, for_update=True)
    if interface.attachment_status == "detaching" and not force:
        return
    interface.attachment_status = "detaching"
    uow.flush()
    if instance.state != "running" or force:
        network_interfaces.detach_all(uow, [interface.id])
        uow.expire(interface)
    changes.tell_host(uow, instance)


def require(uow: UnitOfWork, attachment_id: str) -> NetworkInterface:
    """The interface of an attachment, which either the interface's or the instance's owner names; locked."""
    if ids.well_formed(MANAGED_PREFIX, attachment_id):
        raise errors.OperationNotPermitted(reason=f"You are not allowed to manage '{MANAGED_PREFIX}' attachments.")
    if not ids.well_formed(PREFIX, attachment_id):
        raise errors.InvalidIDMalformed(
            code="InvalidNetworkInterfaceAttachmentId.Malformed", id=attachment_id, prefix=PREFIX
        )
    mine = (NetworkInterface.account == uow.account) | (NetworkInterface.instance_owner_id == uow.account)
    here = NetworkInterface.region == uow.region
    found = uow.anywhere(NetworkInterface, NetworkInterface.attachment_id == attachment_id, mine, here, for_update=True)
    if not found:
        raise errors.InvalidAttachmentIDNotFound(id=attachment_id)
    return found[0]


def settle(uow: UnitOfWork, instance_ids: Sequence[str]) -> None:
    """The hosts of these instances match what is wanted: what was attaching is attached, what was detaching is gone."""
    if not instance_ids:
        return
    connection = uow.for_reading()
    moving = connection.execute(_MOVING, {"instances": list(instance_ids)}).all()
    if attaching := [row.id for row in moving if row.attachment_status == "attaching"]:
        connection.execute(_ATTACHED, {"interfaces": attaching})
    network_interfaces.detach_all(uow, [row.id for row in moving if row.attachment_status == "detaching"])


def tell_host(uow: UnitOfWork, interface: NetworkInterface) -> None:
    """What changed of an interface is part of the specification of the instance that it is attached to."""
    if interface.instance_id:
        (instance,) = uow.anywhere(Instance, Instance.id == interface.instance_id, for_update=True)
        changes.tell_host(uow, instance)
        uow.flush()
        lent_addresses.follow(uow, [instance.id])
