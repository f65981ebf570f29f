"""Statements that are compiled once: the same rows, values, errors and events as SQLAlchemy's own execution."""

from datetime import datetime

import pytest
from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from backend.cloud import Cloud
from backend.db import conflicts, reading
from backend.db.base import Tag
from backend.db.models import AccountAttribute, InterfaceGroup, Volume
from backend.db.statements import Insert, Statement

OWNER = {"account": "000000000000", "region": "us-east-1"}
volumes, attributes = reading.table_of(Volume), reading.table_of(AccountAttribute)


def volume(number: int) -> dict[str, object]:
    return {
        **OWNER,
        "id": f"vol-{number:017x}",
        "created": datetime(2026, 1, 1),
        "zone": "us-east-1a",
        "size_gib": number,
        "volume_type": "gp3",
        "state": "available",
        "encrypted": bool(number % 2),
        "multi_attach_enabled": False,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_rows_are_as_sqlalchemy_inserts_them(cloud: Cloud, count: int) -> None:
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        connection = uow.for_reading()
        assert Insert(volumes)(connection, [volume(n) for n in range(count)]) == count
        connection.execute(insert(volumes), [volume(n) for n in range(count, 2 * count)])
        found = uow.records(Volume)
    own = {column.key for column in volumes.c} - {"row", "id", "size_gib", "encrypted"}
    assert [(v.size_gib, v.encrypted) for v in found] == [(n, bool(n % 2)) for n in range(2 * count)]
    for left, right in zip(found[:count], found[count:], strict=True):
        assert {name: getattr(left, name) for name in own} == {name: getattr(right, name) for name in own}


def test_documents_and_times_are_bound_as_their_columns_want(cloud: Cloud) -> None:
    put = Insert(attributes)
    by_time = Statement(select(volumes.c.id).where(volumes.c.created == bindparam("at")))
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        connection = uow.for_reading()
        put(connection, [{**OWNER, "name": "options", "value": {"a": [1, None]}}])
        put(connection, [{"name": "other", "value": {}, **OWNER}])  # with its columns in another order
        Insert(volumes)(connection, [volume(1)])
        assert [a.value for a in uow.records(AccountAttribute)] == [{"a": [1, None]}, {}]
        assert [tuple(row) for row in by_time.rows(connection, {"at": datetime(2026, 1, 1)})] == [(volume(1)["id"],)]
        assert by_time.rows(connection, {"at": datetime(2026, 1, 2)}) == []


def test_changes_are_counted(cloud: Cloud) -> None:
    grow = Statement(
        update(volumes).where(volumes.c.size_gib >= bindparam("least")).values(size_gib=volumes.c.size_gib + 1)
    )
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        connection = uow.for_reading()
        Insert(volumes)(connection, [volume(n) for n in range(4)])
        assert [grow.count(connection, {"least": least}) for least in (0, 3, 9)] == [4, 2, 0]


def test_errors_are_sqlalchemys(cloud: Cloud) -> None:
    put = Insert(reading.table_of(InterfaceGroup))
    row = {"network_interface_id": "eni-1", "position": 0, "group_id": "sg-1", "group_name": "default"}
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        put(uow.for_reading(), [row])
        with pytest.raises(IntegrityError) as caught:
            put(uow.for_reading(), [row])
    assert "sg-1" not in str(caught.value)  # what calls bring may be secret
    assert conflicts.is_conflict(caught.value) is not cloud.database.is_sqlite
    with cloud.unit_of_work(*OWNER.values(), write=False) as uow, pytest.raises(DBAPIError):
        Statement(select(reading.table_of(Tag)).with_only_columns(bindparam("x", "1").op("nonsense")("y"))).rows(
            uow.for_reading(), {}
        )


def test_listeners_are_told(cloud: Cloud) -> None:
    told: list[str] = []
    query = Statement(select(volumes.c.id).where(volumes.c.zone == bindparam("zone")))
    with cloud.unit_of_work(*OWNER.values(), write=False) as uow:
        connection = uow.for_reading()
        event.listen(connection, "before_cursor_execute", lambda *facts: told.append(facts[2]))
        assert query.rows(connection, {"zone": "us-east-1a"}) == []
    assert len(told) == 1
    assert "volumes.zone" in told[0]


def test_a_list_is_no_value(cloud: Cloud) -> None:
    query = Statement(select(volumes.c.id).where(volumes.c.id.in_(bindparam("ids", expanding=True))))
    with cloud.unit_of_work(*OWNER.values(), write=False) as uow, pytest.raises(AssertionError):
        query.rows(uow.for_reading(), {"ids": ["vol-1"]})
