"""Tells SQLite's planner how much each column of an index narrows a search.

Without statistics SQLite takes two equal columns, here account and region, for enough to find ten rows, and looks
at all of an account's rows where an id or a tag would have found one. PostgreSQL counts for itself.
https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table
"""

from sqlalchemy import Connection

ROWS, OF_ACCOUNT, OF_REGION = 1_000_000, 100_000, 50_000
"""How many rows a large table has, and how many of them are one account's and one region's."""
_NARROWING = 100
"""How many times fewer rows each further column leaves."""


def suppose(connection: Connection) -> None:
    """Give every index that begins with the account and the region the numbers of a large cloud."""
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # makes the table, if there is none
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table, index, unique in _indexes(connection):
        columns = [row.name for row in connection.exec_driver_sql(f'PRAGMA index_info("{index}")')]
        if columns[:2] == ["account", "region"]:
            numbers = " ".join(map(str, _numbers(columns, unique=unique)))
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", (table, index, numbers))
    connection.exec_driver_sql("ANALYZE sqlite_schema")  # reads it


def _indexes(connection: Connection) -> list[tuple[str, str, bool]]:
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").scalars().all()
    return [
        (table, row.name, bool(row.unique))
        for table in tables
        for row in connection.exec_driver_sql(f'PRAGMA index_list("{table}")').all()
    ]


def _numbers(columns: list[str], *, unique: bool) -> list[int]:
    """The table's rows, then those that have the same value in the first column, in the first two, and so on."""
    numbers = [ROWS, OF_ACCOUNT, OF_REGION]
    for _ in columns[2:]:
        numbers.append(max(1, numbers[-1] // _NARROWING))
    if unique or columns[-1] in ("row", "resource_id"):
        numbers[-1] = 1
    return numbers
