"""Statements that are built and compiled once, and then go straight to the database's driver.

What SQLAlchemy does for each execution (a cache key, a context, a result) costs ten times what SQLite takes to find a
row by its key. The engine's listeners are told, and errors are SQLAlchemy's.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, methodcaller
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]


class Statement:
    """A statement whose values are bound by name, and are single ones: no list for an ``IN``.

    The connection that it runs on must be in a transaction.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Values) -> list[Any]:
        """The rows of a query as the driver gives them: tuples of what the columns' types are made from."""
        compiled = self._for(connection.dialect)
        found: list[Any] = _execute(connection, compiled.text, compiled.parameters(values), _fetched)
        return found

    def count(self, connection: Connection, values: Values) -> int:
        """How many rows it changed."""
        compiled = self._for(connection.dialect)
        return int(_execute(connection, compiled.text, compiled.parameters(values), _counted))

    def _for(self, dialect: Dialect) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled


class Insert:
    """Inserts rows into a table. ``statement``: an insert with more to it, for one kind of database."""

    def __init__(self, table: Table, statement: Any = None) -> None:
        self._statement = insert(table) if statement is None else statement
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}

    def __call__(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Insert one row at least, all with the same columns; how many there were inserted."""
        dialect, columns = connection.dialect, tuple(rows[0])
        compiled = self._compiled.get((dialect.name, columns))
        if compiled is None:
            compiled = _Compiled(self._statement.inline(), dialect, column_keys=columns)
            self._compiled[dialect.name, columns] = compiled
        parameters = [compiled.parameters(row) for row in rows]
        if len(parameters) == 1:
            return int(_execute(connection, compiled.text, parameters[0], _counted))
        return int(_execute(connection, compiled.text, parameters, _counted, many=True))


class _Compiled:
    """A statement in one database's words."""

    def __init__(self, statement: Any, dialect: Dialect, **options: Any) -> None:
        compiled = statement.compile(dialect=dialect, **options)
        assert isinstance(compiled, SQLCompiler) and not compiled.post_compile_params, statement
        self.text = compiled.string
        self._places = compiled.positiontup
        self._complete = compiled.construct_params
        self._defaults: list[tuple[str, Any]] = [(column.key, column.default) for column in compiled.insert_prefetch]
        types = ((name, bind.type.dialect_impl(dialect)) for name, bind in compiled.binds.items())
        found = ((name, kind.bind_processor(dialect)) for name, kind in types)
        self._convert: list[tuple[str, Callable[[Any], Any]]] = [(name, convert) for name, convert in found if convert]

    def parameters(self, values: Values) -> Any:
        """What the driver takes: a tuple where the text has places, a dictionary where it has names."""
        if self._defaults:
            values = {**{key: d.arg if d.is_scalar else d.arg(None) for key, d in self._defaults}, **values}
        given = self._complete(values)
        for name, convert in self._convert:
            given[name] = convert(given[name])
        return given if self._places is None else tuple([given[name] for name in self._places])


_fetched, _counted = methodcaller("fetchall"), attrgetter("rowcount")


def _execute(
    connection: Connection, text: str, parameters: Any, take: Callable[[Any], Any], *, many: bool = False
) -> Any:
    cursor = connection.connection.cursor()
    errors = connection.dialect.loaded_dbapi.Error
    try:
        connection.dispatch.before_cursor_execute(connection, cursor, text, parameters, None, many)
        (cursor.executemany if many else cursor.execute)(text, parameters)
        return take(cursor)
    except errors as fault:
        raise DBAPIError.instance(
            text, parameters, fault, errors, hide_parameters=True, dialect=connection.dialect
        ) from fault
    finally:
        cursor.close()
