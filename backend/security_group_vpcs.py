"""Security groups in further VPCs than their own.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-assoc.html
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from backend import dependencies, errors, transitions
from backend.config import Settings
from backend.db import reading
from backend.db.models import InterfaceGroup, NetworkInterface, SecurityGroup, SecurityGroupVpcAssociation, Vpc
from backend.db.unit_of_work import UnitOfWork
from backend.security_groups import DEFAULT

dependencies.keeps(Vpc, SecurityGroupVpcAssociation.vpc_id)
dependencies.keeps(SecurityGroup, SecurityGroupVpcAssociation.group_id)

_group, _association = reading.table_of(SecurityGroup).c, reading.table_of(SecurityGroupVpcAssociation).c


def associate(uow: UnitOfWork, settings: Settings, group_id: str, vpc_id: str) -> SecurityGroupVpcAssociation:
    """Let interfaces of another VPC of the account be in a group.

    Errors: UnsupportedOperation for default groups and VPCs, InvalidParameterValue for the group's own VPC,
    Resource.AlreadyAssociated.
    """
    group, vpc = uow.require(SecurityGroup, group_id, for_update=True), uow.look_up(Vpc, vpc_id)
    if group.name == DEFAULT or vpc.is_default:
        raise errors.UnsupportedOperation(
            reason="Default security groups and default VPCs cannot be part of a security group VPC association."
        )
    if group.vpc_id == vpc.id:
        raise errors.InvalidParameterValue(value=vpc.id, name="VpcId", reason=f"It is the VPC of {group.id} itself.")
    if _of(uow, group.id, vpc.id):
        raise errors.ResourceAlreadyAssociated(
            reason=f"The security group '{group.id}' is already associated with the VPC '{vpc.id}'."
        )
    made = SecurityGroupVpcAssociation(account=uow.account, region=uow.region, group_id=group.id, vpc_id=vpc.id)
    transitions.begin(uow, settings, made, "associating", "associated")
    uow.add(made)
    return made


def disassociate(uow: UnitOfWork, settings: Settings, group_id: str, vpc_id: str) -> SecurityGroupVpcAssociation:
    """Undo that; the association is gone once it is disassociated.

    Errors: InvalidSecurityGroupVpcAssociation.NotFound; DependencyViolation while an interface of the VPC is in it.
    """
    group, vpc = uow.look_up(SecurityGroup, group_id), uow.look_up(Vpc, vpc_id)
    found = _of(uow, group.id, vpc.id)
    if not found:
        raise errors.InvalidSecurityGroupVpcAssociation(group_id=group.id, vpc_id=vpc.id)
    interface, member = reading.table_of(NetworkInterface).c, reading.table_of(InterfaceGroup).c
    inside = select(member.network_interface_id).where(member.group_id == group.id)
    if reading.where(uow, NetworkInterface, interface.vpc_id == vpc.id, interface.id.in_(inside), limit=1):
        raise errors.DependencyViolation(reason=f"resource {group.id} has a dependent object in {vpc.id}")
    transitions.begin(uow, settings, found, "disassociating", transitions.GONE)
    return found


def _of(uow: UnitOfWork, group_id: str, vpc_id: str) -> SecurityGroupVpcAssociation | None:
    query = uow.query(SecurityGroupVpcAssociation).filter_by(group_id=group_id, vpc_id=vpc_id)
    return query.with_for_update().one_or_none()


def usable_in(vpc_id: str) -> ColumnElement[bool]:
    """Of security groups: those that interfaces of a VPC can be in."""
    there = select(_association.group_id).where(
        *reading.scope_of(SecurityGroupVpcAssociation),
        _association.vpc_id == vpc_id,
        _association.state == "associated",
    )
    return or_(_group.vpc_id == vpc_id, _group.id.in_(there))


def strangers(uow: UnitOfWork, groups: Sequence[SecurityGroup], vpc_id: str) -> list[str]:
    """The ids of those of these groups that interfaces of a VPC cannot be in."""
    others = [group.id for group in groups if group.vpc_id != vpc_id]
    if not others:
        return []
    usable = {group.id for group in uow.records(SecurityGroup, _group.id.in_(others), usable_in(vpc_id))}
    return [id for id in others if id not in usable]
