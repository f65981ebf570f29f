"""Reads at speed: rows as plain records, with what hangs on them, in one query per table.

The ORM's entities are for changing things. What a Describe shows is read as records: objects with the model's own
attributes and properties which are never written back. A record costs a third of an entity, and a statement that is
built once costs a fifth of one built per call; both measured, see docs/decisions/0001-records-for-reads.md.
Every read of an ``Owned`` table is limited to the account and region of the unit of work, here and nowhere else.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Select,
    String,
    Table,
    bindparam,
    func,
    inspect,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty

from backend.db.base import Base, Owned, Tag, TagsOf
from backend.db.statements import Statement

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapper

M = TypeVar("M", bound=Base)


class Reading(Protocol):
    """What a read needs of a unit of work."""

    account: str
    region: str
    everywhere: bool

    def for_reading(self) -> Connection: ...


class InRegion:
    """Reads as a unit of work does, in another region."""

    def __init__(self, uow: Reading, region: str) -> None:
        self._uow = uow
        self.account, self.region, self.everywhere = uow.account, region, False

    def for_reading(self) -> Connection:
        return self._uow.for_reading()


Convert = Callable[[Any], Any]
Among = Callable[[ColumnElement[Any]], ColumnElement[bool]]
"""The condition that a column has one of the ``values`` that the statement is given."""

Without = frozenset[str]

_known_converters: WeakKeyDictionary[Dialect, dict[tuple[type[Base], Without], dict[int, Convert]]]
_known_converters = WeakKeyDictionary()


class Record:
    """One row. A subclass for each model is a named tuple, which costs a tenth of an object with a dictionary, and has
    the model's own properties. What is loaded along stands in its dictionary."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def column_of(attribute: Any) -> ColumnElement[Any]:
    """The table's column behind a mapped attribute; any other expression as it is."""
    if isinstance(attribute, InstrumentedAttribute):
        return cast(ColumnElement[Any], attribute.property.columns[0])
    return cast(ColumnElement[Any], attribute)


Relation = InstrumentedAttribute[Any] | TagsOf
"""What a read can follow from a model: one of its relationships, or its tags."""


@dataclass(frozen=True)
class Link:
    """A relation as a read follows it: ``child.remote == parent.local``."""

    name: str
    parent: type[Base]
    child: type[Base]
    local: Column[Any]
    remote: Column[Any]
    many: bool
    order: Sequence[ColumnElement[Any]]


@dataclass(frozen=True)
class Lean:
    """A relationship to read along ``without`` some columns, which the records then lack."""

    relationship: Relation
    without: Without = frozenset()


@cache
def link(relation: Relation) -> Link:
    if isinstance(relation, TagsOf):
        tags, local = table_of(Tag).c, table_of(relation.resource).c.id
        return Link("tags", relation.resource, Tag, local, tags.resource_id, many=True, order=[tags.key])
    found = relation.property
    if not isinstance(found, RelationshipProperty) or len(found.local_remote_pairs or ()) != 1:
        raise TypeError(f"{relation} is no relationship over one pair of columns")
    local, remote = (cast(Column[Any], column) for column in (found.local_remote_pairs or [])[0])
    order = [column_of(column) for column in found.order_by or ()]
    parent, child = cast(type[Base], found.parent.class_), cast(type[Base], found.mapper.class_)
    return Link(found.key, parent, child, local, remote, many=bool(found.uselist), order=order)


def scope_of(model: type[Base]) -> list[ColumnElement[bool]]:
    """The condition that keeps a read of ``model`` to one account and region; it binds ``account`` and ``region``.

    What others may see too says so by a class method ``visible``, which holds for the region; with ``ACROSS_REGIONS``
    it is all of the condition.
    """
    columns = table_of(model).c
    own = columns.region == bindparam("region") if "region" in columns else None
    if visible := getattr(model, "visible", None):
        return [visible()] if own is None or getattr(model, "ACROSS_REGIONS", False) else [own, visible()]
    if not issubclass(model, Owned):
        return []
    return [columns.account == bindparam("account"), columns.region == bindparam("region")]


def by(
    uow: Reading,
    attribute: InstrumentedAttribute[Any],
    values: Iterable[Any],
    *,
    load: Sequence[Any] = (),
    without: Without = frozenset(),
) -> Any:
    """The records whose ``attribute`` is one of ``values``, in the order of their creation.

    ``without``: the names of columns that are not read; a record lacks them.
    """
    model = cast(type[Base], attribute.class_)
    statement = partial(_by, attribute, scoped=not uow.everywhere, without=without)
    found = _fetch_by(uow, model, statement, list(dict.fromkeys(values)), without)
    return _attach(uow, model, found, load)


def find(uow: Reading, attribute: InstrumentedAttribute[Any], value: Any, *, load: Sequence[Any] = ()) -> Any:
    """The one record whose ``attribute`` is ``value``, or None."""
    found = by(uow, attribute, [value], load=load)
    return found[0] if found else None


def where(
    uow: Reading,
    model: type[M],
    *conditions: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]] | None = None,
    limit: int | None = None,
    load: Sequence[Any] = (),
    without: Without = frozenset(),
) -> list[M]:
    """The records that meet every condition. ``load``: relationships to read along, nested ones as (parent, child)."""
    if conditions or order is not None or limit is not None:
        ordered = order if order is not None else table_of(model).primary_key.columns
        scope = [] if uow.everywhere else scope_of(model)
        query = select(*_columns(model, without)).where(*scope, *conditions).order_by(*ordered)
        statement: Select[Any] | Statement = query.limit(limit)
    else:
        statement = _all(model, scoped=not uow.everywhere, without=without)
    return cast(list[M], _attach(uow, model, _fetch(uow, model, statement, {}, without), load))


def run(
    uow: Reading, model: type[M], statement: Executable, *, without: Without = frozenset(), **values: Any
) -> list[M]:
    """The records of a statement of its own kind, which selects ``columns_of(model, without)`` in their order and says
    by itself whose rows it means."""
    return cast(list[M], _fetch(uow, model, statement, values, without))


def columns_of(model: type[Base], without: Without = frozenset()) -> list[Column[Any]]:
    return _columns(model, without)


class Prepared(Generic[M]):
    """A ``where`` that is built once. Its conditions bind values by name, which each run gives."""

    def __init__(
        self,
        model: type[M],
        *conditions: ColumnElement[bool],
        order: Sequence[ColumnElement[Any]] | None = None,
        limit: int | None = None,
        without: Iterable[str] = (),
    ) -> None:
        self._model, self._without = model, frozenset(without)
        statement = select(*_columns(model, self._without)).where(*scope_of(model), *conditions)
        statement = statement.order_by(*(order if order is not None else table_of(model).primary_key.columns))
        self._statement = Statement(statement.limit(limit))

    def __call__(self, uow: Reading, **values: Any) -> list[M]:
        return cast(list[M], _fetch(uow, self._model, self._statement, values, self._without))


def attach(uow: Reading, model: type[M], records: Sequence[Any], load: Sequence[Any]) -> list[M]:
    """Read what ``load`` names for records that are there already."""
    return cast(list[M], _attach(uow, model, list(records), load))


@cache
def _all(model: type[Base], *, scoped: bool, without: Without) -> Statement:
    query = select(*_columns(model, without)).where(*(scope_of(model) if scoped else []))
    return Statement(query.order_by(*table_of(model).primary_key.columns))


@cache
def record_class(model: type[Base], without: Without = frozenset()) -> type[Record]:
    """A record class that has the model's columns, plain properties, methods and constants."""
    keys = [_key_of(model, column) for column in _columns(model, without)]
    columns: Any = namedtuple(model.__name__, keys)  # type: ignore[misc]
    shared: dict[str, Any] = {}
    for cls in reversed(model.__mro__):
        if cls in (object, Base) or not issubclass(cls, (Base, Owned)):
            continue
        for name, value in vars(cls).items():
            if name.startswith("__") or isinstance(value, InstrumentedAttribute):
                continue
            if isinstance(value, (property, str)) or callable(value):
                shared[name] = value
    return type(f"{model.__name__}Record", (Record, columns), shared)


@cache
def _columns(model: type[Base], without: Without) -> list[Column[Any]]:
    return [column for column in table_of(model).c if _key_of(model, column) not in without]


@cache
def _by(attribute: InstrumentedAttribute[Any], *, scoped: bool, without: Without, among: Among) -> Statement:
    model = cast(type[Base], attribute.class_)
    scope = scope_of(model) if scoped else []
    query = select(*_columns(model, without)).where(among(column_of(attribute)), *scope)
    return Statement(query.order_by(*table_of(model).primary_key.columns))


@cache
def _children(lean: Lean, *, among: Among) -> Statement:
    step = link(lean.relationship)
    order = step.order or list(table_of(step.child).primary_key.columns)
    return Statement(select(*_columns(step.child, lean.without)).where(among(step.remote)).order_by(*order))


def _is_value(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """A single value is the common case, and costs half of a list of one."""
    return column == bindparam("values")


def _in_json(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.in_(select(func.json_each(bindparam("values", type_=String)).table_valued("value").c.value))


def _in_array(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return column == func.any(bindparam("values", type_=ARRAY(column.type)))


def _fetch_by(
    uow: Reading,
    model: type[Base],
    statement: Callable[..., Statement],
    values: Sequence[Any],
    without: Without = frozenset(),
) -> list[Record]:
    """The records with these values, however many: they are one parameter, so the statement stays the same."""
    if not values:
        return []
    if len(values) == 1:
        return _fetch(uow, model, statement(among=_is_value), {"values": values[0]}, without)
    if uow.for_reading().dialect.name == "sqlite":
        return _fetch(uow, model, statement(among=_in_json), {"values": json.dumps(values)}, without)
    return _fetch(uow, model, statement(among=_in_array), {"values": values}, without)


def _fetch(
    uow: Reading, model: type[Base], statement: Statement | Executable, given: dict[str, Any], without: Without
) -> list[Record]:
    """The rows as records, past SQLAlchemy's own rows: a page of a thousand instances takes half the time."""
    make: Any = partial(tuple.__new__, record_class(model, without))
    connection = uow.for_reading()
    values = {"account": uow.account, "region": uow.region, **given}
    run = statement.rows if isinstance(statement, Statement) else partial(_rows, statement)
    rows = run(connection, values)
    if not rows:
        return []
    return list(map(make, _converted(rows, _converters(model, without, connection.dialect))))


def _rows(query: Executable, connection: Connection, values: dict[str, Any]) -> list[Any]:
    result = connection.execute(query, values)
    rows: list[Any] = cast(Any, result.cursor).fetchall()
    result.close()
    return rows


def _converted(rows: list[Any], converters: dict[int, Convert]) -> Iterable[Any]:
    """Equal values of a column become one object: what many instances have in common is converted once."""
    if not converters:
        return rows
    if len(rows) == 1:
        row = list(rows[0])
        for place, convert in converters.items():
            if row[place] is not None:
                row[place] = convert(row[place])
        return [row]
    columns: list[Any] = list(zip(*rows, strict=True))
    for place, convert in converters.items():
        found = {value: None if value is None else convert(value) for value in set(columns[place])}
        columns[place] = [found[value] for value in columns[place]]
    return zip(*columns, strict=True)


def _converters(model: type[Base], without: Without, dialect: Dialect) -> dict[int, Convert]:
    """By the places of their columns, what turns the driver's values into Python's, where they differ."""
    known = _known_converters.setdefault(dialect, {})
    if (model, without) not in known:
        found = enumerate(column.type.dialect_impl(dialect) for column in _columns(model, without))
        processors = ((place, kind.result_processor(dialect, None)) for place, kind in found)
        known[model, without] = {place: convert for place, convert in processors if convert}
    return known[model, without]


def _attach(uow: Reading, model: type[Base], records: list[Record], load: Sequence[Any]) -> list[Record]:
    """One query for each relationship, however many records there are."""
    for entry in load:
        followed, *within = entry if isinstance(entry, tuple) else (entry,)
        lean = followed if isinstance(followed, Lean) else Lean(followed)
        step = link(lean.relationship)
        local = _key_of(model, step.local)
        values = list({value for r in records if (value := getattr(r, local)) is not None})
        children = _fetch_by(uow, step.child, partial(_children, lean), values, lean.without)
        if step.child is Tag and hasattr(model, "visible") and not uow.everywhere:
            # Of a resource that others can see, everybody sees tags of their own.
            here = (uow.account, uow.region)
            children = [child for child in children if (cast(Any, child).account, cast(Any, child).region) == here]
        if within:
            _attach(uow, step.child, children, within)
        _hang(records, local, step, children)
    return records


@cache
def _key_of(model: type[Base], column: Column[Any]) -> str:
    mapper: Mapper[Any] = inspect(model)
    return mapper.get_property_by_column(column).key


def _hang(records: list[Record], local: str, step: Link, children: list[Record]) -> None:
    remote = _key_of(step.child, step.remote)
    if not step.many:
        single = {getattr(child, remote): child for child in children}
        for record in records:
            record.__dict__[step.name] = single.get(getattr(record, local))
        return
    grouped: dict[Any, list[Record]] = {}
    for child in children:
        grouped.setdefault(getattr(child, remote), []).append(child)
    for record in records:
        record.__dict__[step.name] = grouped.get(getattr(record, local), [])
