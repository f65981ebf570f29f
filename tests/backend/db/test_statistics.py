"""What SQLite looks at to answer the usual questions: indexes that find few rows, in a database without any."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select

from backend.db import reading, schema
from backend.db.base import Tag
from backend.db.engine import Database
from backend.db.models import Instance

INSTANCES, TAGS = reading.table_of(Instance), reading.table_of(Tag)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'ec2api.db'}")
    schema.upgrade(made)
    yield made
    made.dispose()


def plan(database: Database, query: Select[Any]) -> str:
    compiled = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    return "\n".join(row.detail for row in rows)


def own(table: Any) -> list[Any]:
    return [table.c.account == "000000000000", table.c.region == "us-east-1"]


def test_a_tag_finds_its_resources_by_their_ids(database: Database) -> None:
    tagged = select(TAGS.c.resource_id).where(*own(TAGS), TAGS.c.key == "Group", TAGS.c.value.in_(["a", "b"]))
    found = plan(
        database, select(INSTANCES).where(*own(INSTANCES), INSTANCES.c.id.in_(tagged)).order_by(INSTANCES.c.row)
    )
    assert "SEARCH instances USING INDEX sqlite_autoindex_instances_1 (id=?)" in found
    assert "(account=? AND region=? AND key=? AND value=?)" in found


def test_many_ids_are_looked_up_one_by_one(database: Database) -> None:
    ids = [f"i-{number:017x}" for number in range(100)]
    found = plan(database, select(INSTANCES).where(*own(INSTANCES), INSTANCES.c.id.in_(ids)).order_by(INSTANCES.c.row))
    assert "(id=?)" in found


def test_pages_are_read_in_their_order(database: Database) -> None:
    following = select(INSTANCES).where(*own(INSTANCES), INSTANCES.c.row > 7).order_by(INSTANCES.c.row).limit(10)
    found = plan(database, following)
    assert "ix_instances_account_region_row (account=? AND region=? AND row>?)" in found
    assert "TEMP B-TREE" not in found
