"""What keeps a resource from being deleted: the rows of others that hold its id.

The service of a kind of resource says once, as its module loads, what that kind keeps: a VPC lives as long as anything
that is in it.
"""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select

from backend import errors
from backend.db import reading
from backend.db.base import Resource
from backend.db.unit_of_work import UnitOfWork

_found: dict[type[Resource], list[tuple[Any, tuple[Any, ...]]]] = {}


def keeps(kept: type[Resource], column: Any, *conditions: ColumnElement[bool]) -> None:
    """While ``column`` of any row that meets the conditions holds its id, a resource of ``kept`` can't be deleted.

    For example ``keeps(Vpc, NatGateway.vpc_id, NatGateway.state != "deleted")``.
    """
    _found.setdefault(kept, []).append((column, conditions))
    _statement.cache_clear()


def has(uow: UnitOfWork, resource: Resource) -> bool:
    """Whether anything keeps this resource, in whatever account: one query."""
    return bool(uow.for_reading().execute(_statement(type(resource)), {"kept": resource.id}).scalar())


def check(uow: UnitOfWork, resource: Resource, noun: str = "") -> None:
    """DependencyViolation while anything keeps this resource."""
    if has(uow, resource):
        raise violation(resource, noun)


def violation(resource: Resource, noun: str = "") -> errors.CloudError:
    return errors.DependencyViolation(
        reason=f"The {noun or resource.NOUN} '{resource.id}' has dependencies and cannot be deleted."
    )


@cache
def _statement(model: type[Resource]) -> Select[Any]:
    found = [
        exists().where(reading.column_of(column) == bindparam("kept"), *conditions)
        for column, conditions in _found.get(model, ())
    ]
    return select(or_(*found))
