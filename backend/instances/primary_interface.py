"""What an instance's calls change of its network interface, as long as it has only one."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from backend import errors
from backend.db.models import Instance, InterfaceGroup, NetworkInterface, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.instances.interfaces import security_groups


def set_source_dest_check(uow: UnitOfWork, instance: Instance, value: bool) -> None:
    """On the instance and on its interface alike."""
    _only(uow, instance).source_dest_check = value
    instance.source_dest_check = value


def set_groups(uow: UnitOfWork, instance: Instance, group_ids: Sequence[str]) -> None:
    """Replace the security groups; each must belong to the interface's VPC."""
    interface = _only(uow, instance)
    groups = security_groups(uow, uow.look_up(Vpc, interface.vpc_id), group_ids, ())
    before = delete(InterfaceGroup).where(InterfaceGroup.network_interface_id == interface.id)
    uow.execute(before, execution_options={"synchronize_session": False})
    rows = [
        {"network_interface_id": interface.id, "position": position, "group_id": group.id, "group_name": group.name}
        for position, group in enumerate(groups)
    ]
    uow.execute(insert(InterfaceGroup), rows)


def _only(uow: UnitOfWork, instance: Instance) -> NetworkInterface:
    query = select(NetworkInterface).where(NetworkInterface.instance_id == instance.id)
    found = list(uow.scalars(query.with_for_update()))
    if len(found) != 1:
        raise errors.InvalidInstanceID(
            reason=f"There are multiple interfaces attached to instance '{instance.id}'. Please specify an interface "
            "ID for the operation instead."
        )
    return found[0]
