"""What can be changed of a network interface, one attribute at a time.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from backend import errors, interface_attachments, interface_options, interface_ranges, lent_addresses
from backend.config import Settings
from backend.db import reading
from backend.db.models import Instance, InterfaceGroup, InterfaceRange, NetworkInterface, Subnet, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances.interfaces import security_groups
from backend.interface_creation import require_own
from backend.interface_options import ATTACHMENT, SUBNETS, TRACKING

_ranges = reading.table_of(InterfaceRange)
_FIRST_IPV6 = (
    select(_ranges.c.subnet_id, _ranges.c.number, _ranges.c.text)
    .where(_ranges.c.network_interface_id == bindparam("interface"), _ranges.c.kind == interface_ranges.ADDRESS)
    .order_by(_ranges.c.is_primary.desc(), _ranges.c.number)
    .limit(1)
)
_MARK = (
    update(_ranges)
    .where(_ranges.c.subnet_id == bindparam("subnet"), _ranges.c.number == bindparam("at"))
    .values(is_primary=True)
)

Apply = Callable[[UnitOfWork, Settings, NetworkInterface, Any], None]


def modify(uow: UnitOfWork, settings: Settings, network_interface_id: str, given: Mapping[str, Any]) -> None:
    """Give one attribute, by EC2's name of the parameter, a new value.

    Errors: MissingParameter, InvalidParameterCombination, OperationNotPermitted and those of the attribute.
    """
    if not given:
        raise errors.MissingParameter(name="attribute")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(
            reason=f"Fields for multiple attribute types specified: {', '.join(sorted(given))}"
        )
    interface = require_own(uow, network_interface_id)
    ((name, value),) = given.items()
    ATTRIBUTES[name](uow, settings, interface, value)
    interface_attachments.tell_host(uow, interface)


def set_groups(uow: UnitOfWork, interface: NetworkInterface, group_ids: Sequence[str]) -> None:
    """Replace the security groups; each must belong to the interface's VPC."""
    groups = security_groups(uow, uow.look_up(Vpc, interface.vpc_id), group_ids, ())
    before = delete(InterfaceGroup).where(InterfaceGroup.network_interface_id == interface.id)
    uow.execute(before, execution_options={"synchronize_session": False})
    rows = [
        {"network_interface_id": interface.id, "position": position, "group_id": group.id, "group_name": group.name}
        for position, group in enumerate(groups)
    ]
    uow.execute(insert(InterfaceGroup), rows)


def set_source_dest_check(uow: UnitOfWork, interface: NetworkInterface, value: bool) -> None:
    """On the interface, and on the instance whose primary one it is."""
    interface.source_dest_check = value
    if interface.instance_id and is_primary(interface):
        (instance,) = uow.anywhere(Instance, Instance.id == interface.instance_id, for_update=True)
        instance.source_dest_check = value


def is_primary(interface: NetworkInterface) -> bool:
    return (interface.device_index, interface.network_card_index) == (0, 0)


def _description(_uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: str) -> None:
    interface.description = value


def _groups(uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: Sequence[str]) -> None:
    set_groups(uow, interface, value)


def _source_dest_check(uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: bool) -> None:
    set_source_dest_check(uow, interface, value)


def _attachment(uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: Mapping[str, Any]) -> None:
    """DeleteOnTermination and the number of ENA queues."""
    if not value.get("AttachmentId"):
        raise errors.MissingParameter(name="Attachment.AttachmentId")
    if interface_attachments.require(uow, value["AttachmentId"]).id != interface.id:
        raise errors.InvalidAttachmentIDNotFound(id=value["AttachmentId"])
    if "EnaQueueCount" in value and value.get("DefaultEnaQueueCount"):
        raise errors.InvalidParameterCombination(reason="Specify EnaQueueCount or DefaultEnaQueueCount, not both.")
    if "DeleteOnTermination" in value:
        interface.delete_on_termination = value["DeleteOnTermination"]
    if "EnaQueueCount" in value:
        _set_attachment_option(interface, "EnaQueueCount", value["EnaQueueCount"])
    elif value.get("DefaultEnaQueueCount"):
        _set_attachment_option(interface, "EnaQueueCount", None)


def _ena_srd(_uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: Mapping[str, Any]) -> None:
    if interface.instance_id is None:
        raise errors.IncorrectState(reason=f"The interface '{interface.id}' is not attached to an instance.")
    _set_attachment_option(interface, "EnaSrdSpecification", dict(value))


def _set_attachment_option(interface: NetworkInterface, name: str, value: Any) -> None:
    kept = interface_options.of_attachment({**interface.options.get(ATTACHMENT, {}), name: value})
    interface.options = {**interface.options, ATTACHMENT: kept}


def _tracking(_uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: Mapping[str, int]) -> None:
    kept = interface.options.get(TRACKING, {})
    interface.options = {**interface.options, TRACKING: {**kept, **interface_options.checked_tracking(value)}}


def _primary_ipv6(uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: bool) -> None:
    """Make the first IPv6 address the primary one; what is primary stays so."""
    connection = uow.for_reading()
    first = connection.execute(_FIRST_IPV6, {"interface": interface.id}).first()
    if not value:
        raise errors.InvalidParameterValue(
            value="false", name="enablePrimaryIpv6", reason="A primary IPv6 address cannot be disabled."
        )
    if first is None:
        raise errors.InvalidParameterCombination(reason=f"The interface '{interface.id}' has no IPv6 address.")
    connection.execute(_MARK, {"subnet": first.subnet_id, "at": first.number})
    interface.ipv6_address = first.text


def follow_ipv6(uow: UnitOfWork, interface: NetworkInterface) -> None:
    """Write down with an interface which IPv6 address is its first one now."""
    first = uow.for_reading().execute(_FIRST_IPV6, {"interface": interface.id}).first()
    interface.ipv6_address = first.text if first else None


def _public(uow: UnitOfWork, settings: Settings, interface: NetworkInterface, value: bool) -> None:
    """Whether a public address is lent to it while its instance runs, if it is the primary interface."""
    interface.public_on_start = value
    if not interface.instance_id or not is_primary(interface):
        return
    uow.flush()
    if not value:
        lent_addresses.reclaim_from(uow, [interface.id])
        return
    instance = uow.require(Instance, interface.instance_id)
    if instance.state in ("running", "pending"):
        lent_addresses.lend(uow, settings.public_cidr, [instance.id])


def _subnets(uow: UnitOfWork, _settings: Settings, interface: NetworkInterface, value: Sequence[str]) -> None:
    """Further subnets of its VPC in its zone, in the place of those that it was associated with before."""
    wanted = list(dict.fromkeys(value))
    for subnet in uow.look_up_all(Subnet, wanted):
        if subnet.vpc_id != interface.vpc_id or subnet.zone != interface.zone:
            raise errors.InvalidParameterValue(
                value=subnet.id,
                name="associatedSubnetId",
                reason=f"It is not in the VPC and the Availability Zone of the interface '{interface.id}'.",
            )
    interface.options = {**interface.options, SUBNETS: wanted}


ATTRIBUTES: dict[str, Apply] = {
    "AssociatedSubnetIds": _subnets,
    "AssociatePublicIpAddress": _public,
    "Attachment": _attachment,
    "ConnectionTrackingSpecification": _tracking,
    "Description": _description,
    "EnablePrimaryIpv6": _primary_ipv6,
    "EnaSrdSpecification": _ena_srd,
    "Groups": _groups,
    "SourceDestCheck": _source_dest_check,
}
"""By EC2's name of the parameter of ModifyNetworkInterfaceAttribute."""
