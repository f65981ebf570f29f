"""Clouds on fresh databases, for services that are called directly."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.config import Settings
from backend.db.base import Base
from backend.db.engine import Database
from tests.databases import with_tables


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud on each kind of database."""
    if request.param == "sqlite":
        yield from _on(Settings(data_dir=with_tables(tmp_path)))
        return
    server: Any = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    database = Database(server.create_database(name))
    Base.metadata.create_all(database.engine)
    database.dispose()
    yield from _on(Settings(data_dir=tmp_path, database_url=server.database_url(name)))
    server.drop_database(name)


def _on(settings: Settings) -> Iterator[Cloud]:
    made = Cloud(settings, Database(settings.database), LocalBus())
    yield made
    made.close()
