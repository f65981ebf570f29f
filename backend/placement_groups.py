"""Placement groups: where the instances of a group may run, relative to each other.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-groups.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from backend import errors, quotas, tags
from backend.catalogue.instance_types import TypeFacts
from backend.db import reading
from backend.db.models import Instance, PlacementGroup
from backend.db.unit_of_work import UnitOfWork

PARTITIONS = 7
"""The most that a group can have in one zone."""

_groups = reading.table_of(PlacementGroup).c


def create(
    uow: UnitOfWork,
    *,
    name: str | None,
    strategy: str | None = None,
    partition_count: int | None = None,
    spread_level: str | None = None,
    parent_id: str | None = None,
    linked_id: str | None = None,
    wanted_tags: Mapping[str, str] | None = None,
) -> PlacementGroup:
    """A new group, of the strategy ``cluster`` by default.

    Errors: MissingParameter, InvalidParameterValue, InvalidParameterCombination, InvalidPlacementGroup.Duplicate.
    """
    _check_name(name)
    strategy = strategy or "cluster"
    _check_strategy(strategy, partition_count, spread_level, parent_id)
    for other in (parent_id, linked_id):
        if other is not None:
            uow.look_up(PlacementGroup, other)
    if reading.where(uow, PlacementGroup, _groups.name == name):
        raise errors.InvalidPlacementGroupDuplicate(name=name)
    quotas.check(uow, quotas.PLACEMENT_GROUPS)
    group = PlacementGroup(
        account=uow.account,
        region=uow.region,
        name=name,
        strategy=strategy,
        partition_count=(partition_count or 2) if strategy == "partition" else None,
        spread_level=(spread_level or "rack") if strategy == "spread" else None,
        parent_id=parent_id,
        linked_id=linked_id,
    )
    uow.add(group)
    try:
        uow.flush()
    except IntegrityError as fault:  # another call took the name since it was looked up
        raise errors.InvalidPlacementGroupDuplicate(name=name) from fault
    tags.attach(uow, group, wanted_tags or {})
    return group


def _check_name(name: str | None) -> None:
    if not name:
        raise errors.MissingParameter(name="groupName")
    if len(name) > 255 or not name.isascii():
        raise errors.InvalidParameterValue(value=name, name="groupName", reason="Use up to 255 ASCII characters.")


def _check_strategy(
    strategy: str, partition_count: int | None, spread_level: str | None, parent_id: str | None
) -> None:
    if strategy == "precision-time":
        raise errors.UnsupportedOperation(reason="Precision-time placement groups are not supported by this cloud.")
    for given, name, needed in (
        (partition_count, "PartitionCount", "partition"),
        (spread_level, "SpreadLevel", "spread"),
        (parent_id, "ParentGroupId", "cluster"),
    ):
        if given is not None and strategy != needed:
            raise errors.InvalidParameterCombination(
                reason=f"The parameter {name} is valid only when the strategy is set to '{needed}'."
            )
    if partition_count is not None and not 1 <= partition_count <= PARTITIONS:
        raise errors.InvalidParameterValue(
            value=partition_count, name="PartitionCount", reason=f"Specify a value between 1 and {PARTITIONS}."
        )


def remove(uow: UnitOfWork, name: str) -> None:
    """Delete a group; InvalidPlacementGroup.InUse while instances, or groups below it, are in it."""
    group = named(uow, name)
    table = reading.table_of(Instance).c
    members = uow.records(Instance, table.placement_group_id == group.id, table.state != "terminated")
    below = uow.records(PlacementGroup, _groups.parent_id == group.id)
    if members or below:
        raise errors.InvalidPlacementGroupInUse(name=name)
    uow.execute(delete(PlacementGroup).where(PlacementGroup.id == group.id))
    tags.forget(uow, [group.id])


def named(uow: UnitOfWork, name: str) -> PlacementGroup:
    """The group with this name as an entity, locked so that its launches follow each other."""
    query = select(PlacementGroup).where(PlacementGroup.name == name).with_for_update()
    found = uow.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise errors.InvalidPlacementGroupUnknown(name=name)
    return found


def chosen(uow: UnitOfWork, placement: Mapping[str, Any]) -> PlacementGroup | None:
    """The group that a placement names, locked; None where it names none.

    Errors: InvalidParameterCombination, InvalidPlacementGroup.Unknown, InvalidParameterValue for a partition that the
    group does not have.
    """
    name, id = placement.get("GroupName"), placement.get("GroupId")
    if not name and not id:
        if "PartitionNumber" in placement:
            raise errors.InvalidParameterCombination(
                reason="A partition number can only be specified together with a placement group."
            )
        return None
    if name and id:
        raise errors.InvalidParameterCombination(reason="Specify either GroupName or GroupId, but not both.")
    group = named(uow, name) if name else uow.require(PlacementGroup, str(id), for_update=True)
    check_partition(group, placement.get("PartitionNumber"))
    return group


def check_partition(group: PlacementGroup, number: int | None) -> None:
    if number is None:
        return
    if group.strategy != "partition":
        raise errors.InvalidParameterCombination(
            reason="The partition number is valid only if the placement group strategy is set to partition."
        )
    if not 1 <= number <= (group.partition_count or 0):
        raise errors.InvalidParameterValue(
            value=number, name="partitionNumber", reason=f"The group has {group.partition_count} partitions."
        )


def check_type(group: PlacementGroup, facts: TypeFacts, tenancy: str) -> None:
    """InvalidParameterCombination for a type or a tenancy that the strategy does not allow."""
    if group.strategy not in facts.placement_strategies:
        raise errors.InvalidParameterCombination(
            reason=f"{group.strategy.capitalize()} placement groups are not supported by the '{facts.name}' instance "
            "type. Specify a supported instance type or change the placement group strategy, and try again."
        )
    allowed: Sequence[str] = ("default",) if group.strategy == "spread" else ("default", "dedicated")
    if tenancy not in allowed:
        raise errors.InvalidParameterCombination(
            reason=f"Instances of the tenancy '{tenancy}' cannot be in a placement group of the strategy "
            f"'{group.strategy}'."
        )
