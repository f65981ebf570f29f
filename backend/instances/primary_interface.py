"""What an instance's calls change of its network interface, as long as it has only one."""

from collections.abc import Sequence

from sqlalchemy import select

from backend import errors, interface_attributes
from backend.db.models import Instance, NetworkInterface
from backend.db.unit_of_work import UnitOfWork


def set_source_dest_check(uow: UnitOfWork, instance: Instance, value: bool) -> None:
    """On the instance and on its interface alike."""
    interface_attributes.set_source_dest_check(uow, only(uow, instance), value)


def set_groups(uow: UnitOfWork, instance: Instance, group_ids: Sequence[str]) -> None:
    """Replace the security groups; each must belong to the interface's VPC."""
    interface_attributes.set_groups(uow, only(uow, instance), group_ids)


def only(uow: UnitOfWork, instance: Instance) -> NetworkInterface:
    """The one interface of an instance, locked; InvalidInstanceID where it has several."""
    query = select(NetworkInterface).where(NetworkInterface.instance_id == instance.id)
    found = list(uow.scalars(query.with_for_update()))
    if len(found) != 1:
        raise errors.InvalidInstanceID(
            reason=f"There are multiple interfaces attached to instance '{instance.id}'. Please specify an interface "
            "ID for the operation instead."
        )
    return found[0]
