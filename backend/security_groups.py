"""Security groups: finding, creating and deleting them. Their rules are in ``security_group_rules``.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
"""

from collections.abc import Mapping

from sqlalchemy import delete, func

from backend import dependencies, errors, ip_permissions, quotas, tags, vpcs
from backend.db import reading
from backend.db.models import InterfaceGroup, SecurityGroup, SecurityGroupRule, Vpc
from backend.db.unit_of_work import UnitOfWork

DEFAULT = "default"

_rule = reading.table_of(SecurityGroupRule).c

dependencies.keeps(SecurityGroup, InterfaceGroup.group_id)
dependencies.keeps(
    SecurityGroup,
    SecurityGroupRule.referenced_group_id,
    _rule.group_id != _rule.referenced_group_id,
    _rule.referenced_peering_id.is_(None),
)


def create(
    uow: UnitOfWork,
    *,
    name: str,
    description: str,
    vpc_id: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> SecurityGroup:
    """A new group, in the default VPC unless another is named, which allows everything out and nothing in.

    Its name is another than those of the VPC's other groups, whatever their case; spaces at its end are dropped.

    Errors: MissingParameter, InvalidParameterValue, InvalidGroup.Reserved, InvalidGroup.Duplicate,
    VPCIdNotSpecified, SecurityGroupLimitExceeded.
    """
    name = name.rstrip(" ")
    _check(name, description)
    vpc = uow.require(Vpc, vpc_id or vpcs.require_default(uow).id, for_update=True)
    group = reading.table_of(SecurityGroup).c
    if uow.records(SecurityGroup, group.vpc_id == vpc.id, func.lower(group.name) == name.lower()):
        raise errors.InvalidGroupDuplicate(name=name, vpc_id=vpc.id)
    quotas.check(uow, quotas.SECURITY_GROUPS)
    own = {"account": uow.account, "region": uow.region}
    made = SecurityGroup(**own, name=name, description=description, vpc_id=vpc.id)
    everything_out = SecurityGroupRule(
        **own,
        group_id=made.id,
        egress=True,
        protocol=ip_permissions.ALL,
        from_port=-1,
        to_port=-1,
        cidr_ipv4="0.0.0.0/0",
    )
    uow.add_all([made, everything_out])
    uow.flush()
    tags.attach(uow, made, wanted_tags or {})
    return made


def _check(name: str, description: str) -> None:
    for value, parameter, word in (
        (name, "GroupName", "group name"),
        (description, "GroupDescription", "security group description"),
    ):
        if not value:
            raise errors.MissingParameter(name=parameter)
        if not ip_permissions.valid_text(value):
            raise errors.InvalidParameterValue(
                value=value,
                name=parameter,
                reason=f"A {word} has at most 255 characters from this set: {ip_permissions.CHARACTERS}",
            )
    if name.lower().startswith("sg-"):
        raise errors.InvalidValue(reason="Invalid group name. Group names may not be in the format sg-*.")
    if name.lower() == DEFAULT:
        raise errors.InvalidGroupReserved(reason=f"Cannot use reserved security group name: {DEFAULT}")


def find(uow: UnitOfWork, group_id: str | None, group_name: str | None = None) -> SecurityGroup:
    """The group to change, locked: by its id, or by its name in the default VPC."""
    if group_id and group_name:
        raise errors.InvalidParameterCombination(reason="The parameters groupId and groupName may not be used together")
    if not group_id:
        if not group_name:
            raise errors.MissingParameter(name="groupName or groupId")
        group_id = id_of_name(uow, group_name)
    return uow.require(SecurityGroup, group_id, for_update=True)


def id_of_name(uow: UnitOfWork, name: str) -> str:
    """The id of a group of the default VPC; InvalidGroup.NotFound."""
    vpc, group = vpcs.require_default(uow), reading.table_of(SecurityGroup).c
    found = uow.records(SecurityGroup, group.vpc_id == vpc.id, group.name == name)
    if not found:
        raise errors.InvalidGroupNotFoundInDefaultVpc(name=name, vpc_id=vpc.id)
    return found[0].id


def delete_group(uow: UnitOfWork, group: SecurityGroup) -> None:
    """Delete a group with its rules.

    Rules of groups of peered VPCs that refer to it become stale.

    Errors: CannotDelete for a default group; DependencyViolation while an interface is in it, a rule of another group
    names it, or it is associated with a further VPC.
    """
    if group.name == DEFAULT:
        raise errors.CannotDelete(
            reason=f'the specified group: "{group.id}" name: "{DEFAULT}" cannot be deleted by a user'
        )
    if dependencies.has(uow, group):
        raise errors.DependencyViolation(reason=f"resource {group.id} has a dependent object")
    rules = [found.id for found in reading.by(uow, SecurityGroupRule.group_id, [group.id])]
    for statement in (
        delete(SecurityGroupRule).where(SecurityGroupRule.group_id == group.id),
        delete(SecurityGroup).where(SecurityGroup.id == group.id),
    ):
        uow.execute(statement, execution_options={"synchronize_session": False})
    tags.forget(uow, [group.id, *rules])
