"""The private servers of the tests keep their promises: data outlives a kill, and nothing outlives a stop."""

import psycopg
import pytest

from tests.services import Broker, Postgres, alive, descendants

pytestmark = pytest.mark.cluster


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_a_killed_postgres_keeps_its_commits_and_a_stopped_one_leaves_nothing() -> None:
    with Postgres() as server:
        url = server.create_database("kept")
        with connect(url) as connection:
            connection.execute("create table t as select 1 as x")
            server.kill()
        server.start()
        with connect(url) as connection:
            assert connection.execute("select x from t").fetchall() == [(1,)]
            assert connection.execute("show max_connections").fetchone() == ("200",)
            assert connection.execute("show fsync").fetchone() == ("off",)
        server.drop_database("kept")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            connect(url)
        assert server.process is not None
        processes = [server.process.pid, *descendants(server.process.pid)]
        assert len(processes) > 3
    assert not any(alive(pid) for pid in processes)
    assert not server.folder.exists()


def test_a_stopped_broker_leaves_nothing(broker: Broker) -> None:
    with Broker() as second:
        assert second.port != broker.port
        assert second.process is not None
        assert second.epmd is not None
        processes = [second.epmd.pid, second.process.pid, *descendants(second.process.pid)]
        assert len(processes) > 3
        assert second.control("list_vhosts", "name").split() == ["name", "/"]
    assert not any(alive(pid) for pid in processes)
    assert not second.folder.exists()
    assert broker.answers()


def test_a_server_that_cannot_start_says_why() -> None:
    server = Postgres()
    server.settings["max_connections"] = "many"
    with pytest.raises(RuntimeError, match="max_connections"), server:
        raise AssertionError("it started")
    assert not server.folder.exists()
