"""The engine."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.db.engine import Database
from tests.services import Postgres


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Database]:
    made = Database(postgres.create_database("engine"))
    yield made
    made.dispose()
    postgres.drop_database("engine")


def check_no_values(database: Database) -> None:
    with database.engine.connect() as connection, pytest.raises(DBAPIError) as fault:
        connection.execute(text("SELECT :secret FROM missing"), {"secret": "hunter2"})
    assert "missing" in str(fault.value)
    assert "hunter2" not in str(fault.value)


def test_the_text_of_an_error_holds_no_values(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    check_no_values(database)
    database.dispose()


@pytest.mark.cluster
def test_the_text_of_an_error_of_a_server_holds_no_values(server: Database) -> None:
    check_no_values(server)


@pytest.mark.cluster
def test_a_process_that_hangs_in_a_transaction_holds_its_locks_for_a_minute_at_most(server: Database) -> None:
    with server.engine.connect() as connection:
        assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "1min"


def test_a_flush_syncs_the_log_once_for_all_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    with database.engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
        connection.commit()
        synced: list[str] = []
        first, go_on = threading.Event(), threading.Event()

        def fsync(file: int) -> None:
            synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))
            first.set()
            assert go_on.wait(10)

        monkeypatch.setattr(os, "fsync", fsync)
        threads = [threading.Thread(target=database.flush) for _ in range(6)]
        threads[0].start()
        assert first.wait(10)
        for thread in threads[1:]:
            thread.start()
        while database._log is not None and database._log._asked < len(threads):
            pass
        go_on.set()
        for thread in threads:
            thread.join()
    assert synced == [str(tmp_path / "test.db-wal")] * 2  # those who came during the first one share the second
    database.dispose()
