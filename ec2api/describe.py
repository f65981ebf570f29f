"""Every Describe action: ids, filters, tags and pages become one SQL query, and one more for each kind of child."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, select, tuple_

from backend import errors
from backend.db import reading
from backend.db.base import Base, Owned, Resource, Tag
from backend.db.matching import matches
from backend.db.unit_of_work import check_form, require_found
from ec2api.call import Call
from ec2api.protocol import model
from ec2api.registry import Action, register

MAX_FILTERS, MAX_VALUES = 50, 200

Condition = ColumnElement[bool]

INCLUDE_MANAGED: Mapping[str, Any] = {"IncludeManagedResources": lambda _call, _wanted: ()}
"""No resource of this cloud is managed by a service of AWS: with and without them the answer is the same."""
Filter = Callable[[Sequence[str]], Condition]


@dataclass(frozen=True)
class InCall:
    """A filter whose meaning depends on who asks, and where."""

    condition: Callable[[Call, Sequence[str]], Condition]


def through(relationship: Any, target: Any) -> Filter:
    """A filter on a column of related rows, or on what hangs on them (another ``through``)."""

    def condition(values: Sequence[str]) -> Condition:
        step = reading.link(relationship)
        chosen = select(step.remote).where(*reading.scope_of(step.child), as_condition(target, values))
        return step.local.in_(chosen)

    return condition


def translated(target: Any, names: Mapping[str, str]) -> Filter:
    """A filter whose values are other words for the column's: each is looked up in ``names``."""
    return lambda values: as_condition(target, [names.get(value, value) for value in values])


def anyway(*targets: Any) -> Filter:
    """A filter that holds where any of several targets matches."""

    def condition(values: Sequence[str]) -> Condition:
        found: Condition = false()
        for target in targets:
            found = found | as_condition(target, values)
        return found

    return condition


def constant(value: str) -> Filter:
    """A filter on something that is the same for every resource of this cloud."""
    return lambda values: matches(literal(value), values)


def nothing(_values: Sequence[str]) -> Condition:
    """A filter on something that no resource of this cloud has."""
    return false()


def as_condition(target: Any, values: Sequence[str]) -> Condition:
    if isinstance(target, ColumnElement) or hasattr(target, "property"):
        return matches(reading.column_of(target), values)
    found: Condition = target(values)
    return found


def _tags(resource: type[Resource]) -> list[reading.Lean]:
    """A resource's tags as they are shown. Of what others can see, each account in each region sees its own."""
    seen_by_owner = frozenset() if hasattr(resource, "visible") else frozenset({"account", "region"})
    return [reading.Lean(resource.tags, seen_by_owner | {"resource_type"})]


def show_tags(resource: Any) -> list[dict[str, str]]:
    return [{"Key": tag.key, "Value": tag.value} for tag in resource.tags]


class Describe:
    """Registers the Describe action of one kind of resource.

    name: the action. view: shows one record as the dict that the output shape names. ids: the parameter that lists
    ids. names: parameters that list other names, each with its column and the error for those that are missing.
    filters: AWS's filter names, each with a column or a ``Filter``. load: relationships that the view needs.
    group: shows a whole page at once where one record is not one item. extra: further parameters, each with a
    function of the call and the value that gives conditions. always: conditions that do not depend on a parameter.
    answers: the output member (by default the only list). limits: the range of MaxResults. exclusive: AWS refuses
    MaxResults beside ids. order: the columns that pages are cut by, where it isn't the row. newest_first: from the
    greatest of these to the least. page: how many items AWS answers with where MaxResults is absent; by default all.
    without: names of columns that the view does not need. remembered: which of the ids that are not there have been,
    so that asking for them is no error.
    """

    def __init__(
        self,
        name: str,
        resource: type[Base],
        *,
        view: Callable[[Any], dict[str, Any]] | None = None,
        filters: Mapping[str, Any],
        ids: str | None = None,
        names: Mapping[str, tuple[Any, Callable[[str], errors.CloudError]]] | None = None,
        load: Sequence[Any] = (),
        group: Callable[[Call, list[Any]], list[dict[str, Any]]] | None = None,
        extra: Mapping[str, Callable[[Call, Any], Sequence[Condition]]] | None = None,
        always: Callable[[Call, Mapping[str, Any]], Sequence[Condition]] | None = None,
        answers: str | None = None,
        limits: tuple[int, int] = (5, 1000),
        exclusive: bool = False,
        tagged: bool | None = None,
        open_enums: Sequence[str] = (),
        order: Sequence[Any] | None = None,
        newest_first: bool = False,
        page: int | None = None,
        without: Iterable[str] = (),
        remembered: Callable[[Call, Sequence[str]], set[str]] | None = None,
    ) -> None:
        self.resource, self.view, self.ids, self.group, self.limits = resource, view, ids, group, limits
        self.filters, self.names, self.extra = dict(filters), dict(names or {}), dict(extra or {})
        self.always, self.exclusive, self.page = always, exclusive, page
        self.remembered = remembered
        self.newest_first, self.without = newest_first, frozenset(without)
        table = reading.table_of(resource)
        if order is None:
            order = [table.c.row] if "row" in table.c else list(table.primary_key.columns)
        self.order = [reading.column_of(column) for column in order]
        self.tagged = issubclass(resource, Resource) if tagged is None else tagged
        self.load = (*_tags(resource), *load) if self.tagged and issubclass(resource, Resource) else tuple(load)
        operation = model.service("ec2").operation_model(name)
        members = operation.input_shape.members
        self.answers = answers or next(n for n, m in operation.output_shape.members.items() if m.type_name == "list")
        self.paged = "NextToken" in members
        self.filtered_by = "Filter" if "Filter" in members else "Filters"  # a few actions have the singular
        known = (ids, *self.names, *self.extra, self.filtered_by, "MaxResults", "NextToken")
        taken = [n for n in known if n in members]
        if missing := {n for n in (ids, *self.names, *self.extra) if n} - set(members):
            raise TypeError(f"{name} has no parameters {sorted(missing)}")
        register(
            Action(
                "ec2", operation, self, {n: n for n in taken if n}, writes=False, taggable=frozenset(),
                open_enums=frozenset(open_enums),
            )
        )  # fmt: skip

    def __call__(self, call: Call, **given: Any) -> dict[str, Any]:
        self._check(given)
        wanted = list(dict.fromkeys(given.get(self.ids or "") or ()))
        limit = given.get("MaxResults", self.page)
        table = reading.table_of(self.resource)
        conditions = self._conditions(call, given)
        if token := given.get("NextToken"):
            conditions.append(self._beyond(_place_of(token, self._digest(call, given), self.order)))
        if wanted and not conditions and limit is None:
            rows: list[Any] = reading.by(
                call.uow,
                self.resource.id,  # type: ignore[attr-defined]
                wanted,
                load=self.load,
                without=self.without,
            )
            self._check_found(call, wanted, {row.id for row in rows})
        else:
            if wanted:
                self._require(call, wanted)
                conditions.append(table.c.id.in_(wanted))
            ask = None if limit is None else limit + 1
            order = [column.desc() for column in self.order] if self.newest_first else self.order
            rows = reading.where(
                call.uow,
                self.resource,
                *conditions,
                order=order,
                limit=ask,
                load=self.load,
                without=self.without,
            )
        answer: dict[str, Any] = {}
        if limit is not None and len(rows) > limit:
            rows = rows[:limit]
            place = [getattr(rows[-1], str(column.key)) for column in self.order]
            answer["NextToken"] = _token_of(place, self._digest(call, given))
        answer[self.answers] = self._shown(call, rows)
        return answer

    def _beyond(self, last: Sequence[Any]) -> Condition:
        """What comes after the last item of a page."""
        if len(last) == 1:
            single: Condition = self.order[0] < last[0] if self.newest_first else self.order[0] > last[0]
            return single
        place, rows = tuple_(*last), tuple_(*self.order)
        found: Condition = rows < place if self.newest_first else rows > place
        return found

    def _shown(self, call: Call, rows: list[Any]) -> list[dict[str, Any]]:
        if self.group:
            return self.group(call, rows)
        assert self.view is not None
        return [self.view(row) for row in rows]

    def _check(self, given: Mapping[str, Any]) -> None:
        if (limit := given.get("MaxResults")) is not None:
            low, high = self.limits
            if not low <= limit <= high:
                bound = (
                    f"greater than {low}" if limit < low else f"less than {high}"
                )  # so says EC2; it means "or equal"
                reason = f"Value ( {limit} ) for parameter maxResults is invalid. Expecting a value {bound}."
                raise errors.InvalidValue(reason=reason)
            if self.exclusive and given.get(self.ids or ""):
                assert self.ids
                listed = self.ids[:1].lower() + self.ids.removesuffix("Ids")[1:] + "sSet"
                raise errors.InvalidParameterCombination(
                    reason=f"The parameter {listed} cannot be used with the parameter maxResults"
                )
        if self.ids and issubclass(self.resource, Resource):
            check_form(self.resource, given.get(self.ids) or ())

    def _require(self, call: Call, wanted: Sequence[str]) -> None:
        found = reading.by(call.uow, self.resource.id, wanted)  # type: ignore[attr-defined]
        self._check_found(call, wanted, {row.id for row in found})

    def _check_found(self, call: Call, wanted: Sequence[str], found: set[str]) -> None:
        missing = [id for id in wanted if id not in found]
        if missing and self.remembered:
            found |= self.remembered(call, missing)
        require_found(self.resource, wanted, found)  # type: ignore[arg-type]

    def _conditions(self, call: Call, given: Mapping[str, Any]) -> list[Condition]:
        conditions: list[Condition] = []
        for parameter, (attribute, missing) in self.names.items():
            if wanted := given.get(parameter):
                found = {getattr(r, attribute.key) for r in reading.by(call.uow, attribute, wanted)}
                if absent := [name for name in dict.fromkeys(wanted) if name not in found]:
                    raise missing(", ".join(absent))
                conditions.append(reading.column_of(attribute).in_(wanted))
        for parameter, condition in self.extra.items():
            if (value := given.get(parameter)) is not None:
                conditions += condition(call, value)
        if self.always:
            conditions += self.always(call, given)
        filters = given.get(self.filtered_by) or ()
        if len(filters) > MAX_FILTERS:
            raise errors.FilterLimitExceeded(
                reason=f"The maximum number of filters specified on a single call is {MAX_FILTERS}"
            )
        return conditions + [self._filter(call, number, wanted) for number, wanted in enumerate(filters, 1)]

    def _filter(self, call: Call, number: int, wanted: Mapping[str, Any]) -> Condition:
        name, values = wanted.get("Name"), wanted.get("Values") or []
        if not name:
            raise errors.MissingParameter(name=f"Filter.{number}.Name")
        if len(values) > MAX_VALUES:
            raise errors.FilterLimitExceeded(
                reason=f"The maximum number of filter values specified on a single call is {MAX_VALUES}"
            )
        if self.tagged and (name in ("tag-key", "tag-value") or name.startswith("tag:")):
            if not values:
                raise errors.MissingParameter(name=f"Filter.{number}.Value")
            return self._tagged(name, values)
        if name not in self.filters:
            raise errors.InvalidFilter(name=name)
        if not values:
            raise errors.MissingParameter(name=f"Filter.{number}.Value")
        target = self.filters[name]
        return target.condition(call, values) if isinstance(target, InCall) else as_condition(target, values)

    def _tagged(self, name: str, values: Sequence[str]) -> Condition:
        """By a subquery of its own, so that the index on (account, region, key, value) drives the search."""
        tag = reading.table_of(Tag).c
        if name == "tag-key":
            matching = [matches(tag.key, values)]
        elif name == "tag-value":
            matching = [matches(tag.value, values)]
        else:
            matching = [tag.key == name[4:], matches(tag.value, values)]
        if self.resource is Tag:
            return and_(*matching)
        chosen = select(tag.resource_id).where(*reading.scope_of(Tag), *matching)
        return reading.table_of(self.resource).c.id.in_(chosen)

    def _digest(self, call: Call, given: Mapping[str, Any]) -> str:
        """What a page's token is good for: the same question of the same account in the same region."""
        asked = {n: v for n, v in given.items() if n not in ("NextToken", "MaxResults")}
        question = json.dumps([call.account, call.region, self.answers, asked], sort_keys=True, default=str)
        return hashlib.sha256(question.encode()).hexdigest()[:16]


def _token_of(place: Sequence[Any], digest: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([1, digest, *place]).encode()).decode()


def _place_of(token: str, digest: str, order: Sequence[ColumnElement[Any]]) -> list[Any]:
    """The values of the last item of the page before; an error for a token that is not of this question."""
    try:
        place: list[Any]
        version, made_for, *place = json.loads(base64.b64decode(token.encode(), altchars=b"-_", validate=True))
        kinds = [column.type.python_type for column in order]
        if version != 1 or made_for != digest or [type(value) for value in place] != kinds:
            raise ValueError(token)
        if any(isinstance(value, int) and not 0 <= value < 1 << 63 for value in place):
            raise ValueError(token)
    except (binascii.Error, ValueError, TypeError, RecursionError) as fault:
        raise errors.InvalidNextToken(token=token) from fault
    return place


def owned(resource: type[Owned]) -> Any:
    """The owner's account, for ``owner-id`` filters."""
    return reading.table_of(resource).c.account  # type: ignore[arg-type]
