"""SQLite databases with all tables, which are made once in a process and then copied."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from backend.config import Settings
from backend.db import schema
from backend.db.engine import Database


def with_tables(folder: Path) -> Path:
    """The data directory, once it holds a database whose tables are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template(), folder)
    return folder


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ec2api-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(Settings(data_dir=folder).database)
    schema.upgrade(database)
    database.dispose()
    return folder / "ec2api.db"
