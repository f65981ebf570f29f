"""What an account set for itself in a region, one value by name."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, insert

from backend.db import reading
from backend.db.models import AccountAttribute
from backend.db.unit_of_work import UnitOfWork

_table = reading.table_of(AccountAttribute)
_THIS = (
    _table.c.account == bindparam("its_account"),
    _table.c.region == bindparam("its_region"),
    _table.c.name == bindparam("its_name"),
)
_VALUE = reading.Prepared(AccountAttribute, _table.c.name == bindparam("name"))
_FORGET = delete(_table).where(*_THIS)


def value(uow: UnitOfWork, name: str) -> Mapping[str, Any] | None:
    """What the account set, None where it set nothing."""
    found = _VALUE(uow, name=name)
    return found[0].value if found else None


def put(uow: UnitOfWork, name: str, value: Mapping[str, Any]) -> None:
    """Set it; an empty value is none."""
    connection = uow.for_reading()
    connection.execute(_FORGET, _key(uow, name))
    if value:
        row = {"account": uow.account, "region": uow.region, "name": name, "value": dict(value)}
        connection.execute(insert(_table), row)


def _key(uow: UnitOfWork, name: str) -> dict[str, str]:
    return {"its_account": uow.account, "its_region": uow.region, "its_name": name}
