"""A cloud on a fresh SQLite database, for services that are called directly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.config import Settings
from backend.db.base import Base
from backend.db.engine import Database


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    settings = Settings(data_dir=tmp_path)
    made = Cloud(settings, Database(settings.database), LocalBus())
    Base.metadata.create_all(made.database.engine)
    yield made
    made.close()
