"""What is in JSON columns: structures that know the texts that were made of them."""

from typing import Any

from sqlalchemy import insert

from backend import shared
from backend.cloud import Cloud
from backend.db import reading
from backend.db.models import AccountAttribute
from backend.shared import Shared

OWNER = {"account": "000000000000", "region": "us-east-1"}


def test_every_object_of_a_document_is_shared() -> None:
    document = '{"a": [{"b": {}}], "c": 1}'
    for loaded in (shared.load(document), shared.load(document.encode())):
        assert loaded == {"a": [{"b": {}}], "c": 1}
        objects: list[Any] = [loaded, loaded["a"][0], loaded["a"][0]["b"]]
        assert [type(found) for found in objects] == [Shared] * 3


def test_equal_values_of_a_column_are_one_object(cloud: Cloud) -> None:
    rows = [{**OWNER, "name": f"n{number}", "value": {"number": number // 2}} for number in range(4)]
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        uow.execute(insert(AccountAttribute), rows)
        found = [record.value for record in reading.where(uow, AccountAttribute)]
    assert found == [{"number": 0}, {"number": 0}, {"number": 1}, {"number": 1}]
    if cloud.database.is_sqlite:  # PostgreSQL's driver makes objects of them before we see them
        assert found[0] is found[1]
        assert found[1] is not found[2]
    assert all(type(value) is Shared for value in found)


def test_documents_that_are_no_structures(cloud: Cloud) -> None:
    documents: list[Any] = [7, 7, 0.5, "7", "", True, None, [], [1, "a"]]
    rows = [{**OWNER, "name": f"n{number}", "value": value} for number, value in enumerate(documents)]
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        uow.execute(insert(AccountAttribute), rows)
        found: list[Any] = [record.value for record in reading.where(uow, AccountAttribute)]
    assert found == documents
    assert [type(value) for value in found] == [type(value) for value in documents]
