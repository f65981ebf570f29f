"""Migrations: they make what the models say, once, however many processes start."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from backend.db import schema
from backend.db.engine import Database
from backend.db.models import Base
from tests.services import Postgres


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'ec2api.db'}")
    yield made
    made.dispose()


def differences(database: Database) -> list[object]:
    """What Alembic would change to bring the database to the models."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[object] = compare_metadata(context, Base.metadata)
        return found


def version(database: Database) -> str | None:
    with database.engine.connect() as connection:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    schema.upgrade(database)
    assert differences(database) == []
    assert version(database) == schema.head()
    schema.upgrade(database)


def test_the_head_is_alembics(database: Database) -> None:
    with database.exclusively("test") as connection:
        script = ScriptDirectory.from_config(schema.configuration(connection))
    assert script.get_heads() == [schema.head()]
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")


def test_down_and_up_again(database: Database) -> None:
    from alembic import command  # noqa: PLC0415 - as schema does

    schema.upgrade(database)
    with database.exclusively("test") as connection:
        command.downgrade(schema.configuration(connection), "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    schema.upgrade(database)
    assert differences(database) == []


def test_a_migration_that_fails_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    folder.joinpath("env.py").write_text((schema.MIGRATIONS / "env.py").read_text())
    head = 'revision = "0001"\ndown_revision = None\n'
    body = 'def upgrade():\n    op.execute("CREATE TABLE half (a INTEGER)")\n    op.execute("nonsense")\n'
    (folder / "versions/0001_bad.py").write_text(f"from alembic import op\n{head}{body}")
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    with pytest.raises(Exception, match="nonsense"):
        schema.upgrade(database)
    assert inspect(database.engine).get_table_names() == []


def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    schema.upgrade(database)
    with database.exclusively("test") as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.SchemaTooNewError, match="9999"):
        schema.upgrade(database)


def upgrade_from_four_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(schema.upgrade, databases))
    assert differences(databases[0]) == []
    for database in databases:
        database.dispose()


def test_processes_that_start_at_once(database: Database) -> None:
    upgrade_from_four_at_once(str(database.url))


@pytest.mark.cluster
def test_postgresql(postgres: Postgres) -> None:
    upgrade_from_four_at_once(postgres.create_database("schema"))
    postgres.drop_database("schema")
