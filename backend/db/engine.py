"""The database: an engine for SQLite (WAL, one writer at a time) or PostgreSQL, and its own clock."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text

from backend import clock, shared


class Database:
    """An engine, and what the two kinds of database do differently.

    SQLite lets one transaction write at a time. Those of this process queue at ``write_lock`` (which wakes the next
    one at once); those of other processes at SQLite's busy timeout.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.write_lock = threading.Lock()
        self._log = WriteAheadLog(f"{self.url.database}-wal") if self.is_sqlite else None
        self.engine = _sqlite(url) if self.is_sqlite else _postgresql(url)

    @contextmanager
    def writing(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self.write_lock:
            yield

    def flush(self) -> None:
        """Wait until all that was committed is on disk. PostgreSQL's commits are already."""
        if self._log:
            self._log.flush()

    @contextmanager
    def exclusively(self, purpose: str) -> Iterator[Connection]:
        """A transaction that no other process is in at the same time for the same purpose."""
        with self.writing(), self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(select(func.pg_advisory_xact_lock(crc32(purpose.encode()))))
                yield connection

    def time(self, connection: Connection) -> datetime:
        """The database's time, naive UTC: the only clock that heartbeats and leases are judged by."""
        if self.is_sqlite:
            return clock.now()
        found: datetime = connection.execute(text("SELECT timezone('utc', clock_timestamp())")).scalar_one()
        return found

    def dispose(self) -> None:
        self.engine.dispose()


class WriteAheadLog:
    """The file that SQLite's commits are in until a checkpoint, which with ``synchronous=NORMAL`` it does not sync.

    Whoever needs a commit on disk syncs it here: outside the transaction, and once for all who wait at the same time.
    SQLite locks the database's other files, so this one may be opened and closed.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._asked = self._done = 0
        self._asking, self._syncing = threading.Lock(), threading.Lock()

    def flush(self) -> None:
        with self._asking:
            self._asked += 1
            mine = self._asked
        with self._syncing:
            if self._done >= mine:  # another's sync began after this one's commit
                return
            asked = self._asked
            try:
                file = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:  # a database in memory
                return
            try:
                os.fsync(file)
            finally:
                os.close(file)
            self._done = asked


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": 30, "check_same_thread": False},
        pool_size=32,
        max_overflow=-1,
        query_cache_size=1500,
        json_deserializer=shared.load,
        hide_parameters=True,  # the texts of errors reach logs, and what calls bring may be secret
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come too late: see begin()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "case_sensitive_like=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


_OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=60s"
"""A process that hangs, or whose network is gone, must not keep the rows of hosts locked for all others."""


def _postgresql(url: str) -> Engine:
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=16,
        max_overflow=32,
        pool_pre_ping=True,
        query_cache_size=1500,
        json_deserializer=shared.load,
        hide_parameters=True,
        connect_args={"options": _OPTIONS, "connect_timeout": 5},
    )
