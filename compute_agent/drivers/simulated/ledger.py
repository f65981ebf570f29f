"""Rows kept in one SQLite file, saved in groups by a thread of its own."""

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from compute_agent.drivers.base import DriverError

log = logging.getLogger(__name__)

Row = Sequence[Any]


class Ledger:
    """Rows of ``columns``, the first of which is the key.

    ``save`` only takes note; the writer thread commits what was noted at most ``flush_seconds`` later, all in
    one transaction, and ``close`` commits the rest. The file is locked while it is open.
    """

    def __init__(self, path: Path, columns: Sequence[str], flush_seconds: float) -> None:
        self._path = path
        self._columns = columns
        self._flush_seconds = flush_seconds
        self._dirty: dict[str, Row | None] = {}
        self._changed = Condition()
        self._closed = False
        self._thread: Thread | None = None
        self._connection: sqlite3.Connection | None = None

    def open(self) -> list[Row]:
        """Every row.

        Those of a release with other columns are dropped. ``DriverError`` where the file is in use.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection, rows = self._load()
        except sqlite3.Error as fault:
            raise DriverError(f"{self._path}: {fault}") from fault
        self._connection = connection
        self._closed = False
        self._thread = Thread(target=self._run, args=(connection,), name="simulated-ledger", daemon=True)
        self._thread.start()
        return rows

    def save(self, key: str, row: Row | None) -> None:
        """Takes note of a row, or of its removal (None)."""
        with self._changed:
            if not self._dirty:
                self._changed.notify()
            self._dirty[key] = row

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _load(self) -> tuple[sqlite3.Connection, list[Row]]:
        connection = sqlite3.connect(self._path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            found = [row[1] for row in connection.execute("PRAGMA table_info(guests)")]
            if found != list(self._columns):
                connection.execute("DROP TABLE IF EXISTS guests")
                names = ", ".join(self._columns[1:])
                connection.execute(f"CREATE TABLE guests ({self._columns[0]} PRIMARY KEY, {names}) WITHOUT ROWID")
            rows = connection.execute("SELECT * FROM guests").fetchall()
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection, rows

    def _run(self, connection: sqlite3.Connection) -> None:
        while True:
            with self._changed:
                while not self._dirty and not self._closed:
                    self._changed.wait()
                if not self._closed:  # what comes in the meantime joins the group
                    self._changed.wait_for(lambda: self._closed, self._flush_seconds)
                group, self._dirty = self._dirty, {}
                last = self._closed
            try:
                self._write(connection, group)
            except sqlite3.Error as fault:  # a full disk: newer notes win over those kept for the next group
                log.error("%s: %s; %d guests are not saved", self._path, fault, len(group))
                with self._changed:
                    self._dirty = {**group, **self._dirty}
                    if not last:
                        self._changed.wait_for(lambda: self._closed, 1.0)
            if last:
                return

    def _write(self, connection: sqlite3.Connection, group: dict[str, Row | None]) -> None:
        places = ", ".join("?" * len(self._columns))
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                f"INSERT OR REPLACE INTO guests VALUES ({places})",  # noqa: S608 - only placeholders
                [row for row in group.values() if row is not None],
            )
            connection.executemany(
                f"DELETE FROM guests WHERE {self._columns[0]} = ?",  # noqa: S608 - a column of ours
                [(key,) for key, row in group.items() if row is None],
            )
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
