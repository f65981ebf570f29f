"""Rules that refer to security groups of other VPCs: who they are, and which have become stale.

https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from backend.db import reading
from backend.db.models import SecurityGroup, SecurityGroupRule, SecurityGroupVpcAssociation, VpcPeeringConnection
from backend.db.unit_of_work import UnitOfWork

_group, _rule = reading.table_of(SecurityGroup).c, reading.table_of(SecurityGroupRule).c
_peering = reading.table_of(VpcPeeringConnection).c
_association = reading.table_of(SecurityGroupVpcAssociation).c


@dataclass(frozen=True)
class Reference:
    """That rules of groups of a VPC on the other side of a peering connection refer to a group."""

    group_id: str
    vpc_id: str
    peering_id: str


def to(uow: UnitOfWork, group_ids: Sequence[str]) -> list[Reference]:
    """The references to groups of the account from peered VPCs, whoever owns these."""
    groups = uow.look_up_all(SecurityGroup, group_ids)
    query = (
        select(_rule.referenced_group_id, _group.vpc_id, _rule.referenced_peering_id)
        .join_from(_rule.id.table, _group.id.table, _group.id == _rule.group_id)
        .where(
            _rule.referenced_group_id.in_([group.id for group in groups]),
            exists().where(_peering.id == _rule.referenced_peering_id, _peering.state == "active"),
        )
        .distinct()
        .order_by(_rule.referenced_group_id, _group.vpc_id)
    )
    return [Reference(*row) for row in uow.for_reading().execute(query)]


def is_stale() -> ColumnElement[bool]:
    """Of rules: those that refer to a group which is deleted, or which nothing joins to their VPC any more."""
    joined = exists().where(_peering.id == _rule.referenced_peering_id, _peering.state == "active")
    there = _group.id.table.alias()
    present = exists().where(there.c.id == _rule.referenced_group_id)
    own = _group.id.table.alias()
    shared = exists().where(
        _association.group_id == _rule.referenced_group_id,
        _association.vpc_id == own.c.vpc_id,
        own.c.id == _rule.group_id,
    )
    over_peering = and_(_rule.referenced_peering_id.is_not(None), ~(joined & present))
    by_sharing = and_(_rule.referenced_peering_id.is_(None), ~shared)
    return and_(_rule.referenced_vpc_id.is_not(None), over_peering | by_sharing)


def stale_rules(uow: UnitOfWork, group_ids: Sequence[str]) -> dict[str, list[Any]]:
    """The stale rules of groups, as records by group, with their peering connections."""
    found: dict[str, list[Any]] = {}
    rules = uow.records(SecurityGroupRule, _rule.group_id.in_(group_ids), is_stale(), load=(SecurityGroupRule.peering,))
    for rule in rules:
        found.setdefault(rule.group_id, []).append(rule)
    return found


def with_stale_rules() -> ColumnElement[bool]:
    """Of groups: those that have a stale rule."""
    return _group.id.in_(select(_rule.group_id).where(*reading.scope_of(SecurityGroupRule), is_stale()))
