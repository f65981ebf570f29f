from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from backend.db import conflicts
from tests.services import Postgres


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Engine]:
    """SQLite that waits for no lock, with one table."""
    engine = create_engine(f"sqlite:///{tmp_path / 'test.db'}", connect_args={"timeout": 0})
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE n (id INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


def test_a_locked_database_is_tried_again(impatient: Engine) -> None:
    tries = 0

    def insert() -> int:
        nonlocal tries
        tries += 1
        if tries == 3:
            holder.rollback()
        with impatient.begin() as connection:
            connection.execute(text("INSERT INTO n VALUES (1)"))
        return tries

    with impatient.connect() as holder:
        holder.execute(text("INSERT INTO n VALUES (2)"))
        assert conflicts.again(insert) == 3


def test_a_lock_that_stays_is_an_error(impatient: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "ATTEMPTS", 2)

    def insert() -> None:
        with impatient.begin() as connection:
            connection.execute(text("INSERT INTO n VALUES (1)"))

    with impatient.connect() as holder, pytest.raises(OperationalError, match="locked"):
        holder.execute(text("INSERT INTO n VALUES (2)"))
        conflicts.again(insert)


def test_other_faults_are_not_tried_again(impatient: Engine) -> None:
    tries = 0

    def wrong() -> None:
        nonlocal tries
        tries += 1
        with impatient.begin() as connection:
            connection.execute(text("INSERT INTO missing VALUES (1)"))

    with pytest.raises(OperationalError, match="no such table"):
        conflicts.again(wrong)
    assert tries == 1


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Engine]:
    engine = create_engine(postgres.create_database("conflicts"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE n (id INTEGER PRIMARY KEY, v INTEGER)"))
        connection.execute(text("INSERT INTO n VALUES (1, 0), (2, 0)"))
    yield engine
    engine.dispose()
    postgres.drop_database("conflicts")


@pytest.mark.cluster
def test_of_two_that_wait_for_each_other_both_succeed_in_the_end(server: Engine) -> None:
    both_hold_one = Barrier(2)
    tries = {1: 0, 2: 0}

    def update(first: int, second: int) -> None:
        def run() -> None:
            tries[first] += 1
            with server.begin() as connection:
                connection.execute(text("UPDATE n SET v = v + 1 WHERE id = :id"), {"id": first})
                if tries[first] == 1:
                    both_hold_one.wait(10)
                connection.execute(text("UPDATE n SET v = v + 1 WHERE id = :id"), {"id": second})

        conflicts.again(run)

    threads = [Thread(target=update, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with server.connect() as connection:
        assert list(connection.execute(text("SELECT v FROM n")).scalars()) == [2, 2]
    assert sum(tries.values()) >= 3


@pytest.mark.cluster
def test_a_unique_key_that_another_took_first_is_looked_at_again(server: Engine) -> None:
    tries = 0

    def insert() -> str:
        nonlocal tries
        tries += 1
        with server.begin() as connection:
            if tries > 1 and connection.execute(text("SELECT 1 FROM n WHERE id = 1")).scalar():
                return "it is there"
            connection.execute(text("INSERT INTO n VALUES (1, 0)"))
        return "inserted"

    assert conflicts.again(insert) == "it is there"


@pytest.mark.cluster
def test_what_a_statement_gets_wrong_is_no_conflict(server: Engine) -> None:
    with server.connect() as connection, pytest.raises(ProgrammingError):
        conflicts.again(lambda: connection.execute(text("SELECT * FROM missing")))


@pytest.mark.cluster
def test_a_rule_of_the_table_is_no_conflict(server: Engine) -> None:
    def insert() -> None:
        with server.begin() as connection:
            connection.execute(text("INSERT INTO n VALUES (NULL, 0)"))

    with pytest.raises(IntegrityError, match="null value"):
        conflicts.again(insert)
