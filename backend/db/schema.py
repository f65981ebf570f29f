"""Brings a database to the newest schema by the migrations in ``migrations/versions``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from backend.db import statistics
from backend.db.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


class SchemaTooNewError(Exception):
    """The database was upgraded by a newer release than this one."""


def head() -> str:
    """The newest revision: migrations form one line, and their files are named by it: 0001_initial.py."""
    return max(file.name for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def upgrade(database: Database) -> None:
    """Upgrade where need be; where not, it costs one query. Of processes that come at once, one does it.

    All or nothing: a migration that fails leaves the database as it was.
    """
    newest = head()
    if _is_current(database, newest):
        return
    from alembic import command  # noqa: PLC0415 - it takes a fifth of a second, and is rarely needed

    with database.exclusively("schema") as connection:
        command.upgrade(configuration(connection), "head")
        if database.is_sqlite:
            statistics.suppose(connection)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for running on this connection."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _is_current(database: Database, newest: str) -> bool:
    with database.engine.connect() as connection:
        try:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except DBAPIError:  # no such table: a new database
            return False
    if found is not None and found > newest:
        raise SchemaTooNewError(
            f"The database has schema {found}, this release knows {newest}: it needs the newer release."
        )
    return found == newest
