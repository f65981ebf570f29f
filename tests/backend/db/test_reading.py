"""Records: what the columns hold, in few queries, however many rows are asked for."""

from datetime import datetime

import pytest
from sqlalchemy import insert

from backend.cloud import Cloud
from backend.db import reading
from backend.db.base import Tag
from backend.db.models import AccountAttribute, Image, Snapshot, Volume

OWNER = {"account": "000000000000", "region": "us-east-1"}


def make_volumes(cloud: Cloud, count: int) -> list[str]:
    rows = [
        {
            **OWNER,
            "id": f"vol-{number:017x}",
            "created": datetime(2026, 1, 1 + number % 2),
            "zone": "us-east-1a",
            "size_gib": number,
            "volume_type": "gp3",
            "state": "available",
            "encrypted": bool(number % 2),
            "multi_attach_enabled": False,
        }
        for number in range(count)
    ]
    tags = [{**OWNER, "resource_id": r["id"], "key": "Size", "value": str(r["size_gib"])} for r in rows]
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        uow.execute(insert(Volume), rows)
        uow.execute(insert(Tag), [{**tag, "resource_type": "volume"} for tag in tags])
        uow.commit()
    return [str(row["id"]) for row in rows]


@pytest.mark.parametrize("wanted", [1, 2, 7])
def test_values_are_pythons(cloud: Cloud, wanted: int) -> None:
    ids = make_volumes(cloud, 7)[:wanted]
    with cloud.unit_of_work(*OWNER.values(), write=False) as uow:
        found = reading.by(uow, Volume.id, ids, load=(Volume.tags,))
    assert [v.id for v in found] == ids
    assert [v.encrypted for v in found] == [bool(n % 2) for n in range(wanted)]
    assert all(type(v.encrypted) is bool for v in found)
    assert [v.created for v in found] == [datetime(2026, 1, 1 + n % 2) for n in range(wanted)]
    assert [v.snapshot_id for v in found] == [None] * wanted
    assert [[t.value for t in v.tags] for v in found] == [[str(n)] for n in range(wanted)]


def test_documents_are_pythons_too(cloud: Cloud) -> None:
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        documents = [{"number": 1}, None, {"number": 1}]
        uow.add_all(Snapshot(**OWNER, volume_id="vol-1", size_gib=1, direct=document) for document in documents)
        assert [s.direct for s in uow.records(Snapshot)] == documents


def test_any_number_of_values_is_one_query(cloud: Cloud) -> None:
    ids = make_volumes(cloud, 10)
    others = [f"vol-{number:017x}" for number in range(70_000)]
    with cloud.unit_of_work(*OWNER.values(), write=False) as uow:
        found = reading.by(uow, Volume.id, [*others, *reversed(ids), ids[0]], load=(Volume.tags,))
    assert [v.id for v in found] == ids
    assert [t.value for v in found for t in v.tags] == [str(n) for n in range(10)]


def test_nothing_asked_for_is_nothing_found(cloud: Cloud) -> None:
    with cloud.unit_of_work(*OWNER.values(), write=False) as uow:
        assert reading.by(uow, Volume.id, []) == []
        assert reading.by(uow, AccountAttribute.name, ["none", "such"]) == []
        assert reading.find(uow, Volume.id, "vol-0") is None


def test_other_accounts_are_not_seen(cloud: Cloud) -> None:
    ids = make_volumes(cloud, 2)
    for account, region in (("111111111111", "us-east-1"), ("000000000000", "eu-west-1")):
        with cloud.unit_of_work(account, region, write=False) as uow:
            assert reading.by(uow, Volume.id, ids) == []
            assert reading.by(uow, Volume.id, ids[:1]) == []
    with cloud.everywhere(write=False) as uow:
        assert len(reading.by(uow, Volume.id, ids)) == 2


def test_the_tags_of_a_shared_image_are_its_owners_alone(cloud: Cloud) -> None:
    with cloud.unit_of_work(*OWNER.values(), write=True) as uow:
        image = Image(**OWNER, name="shared", image_location="shared", public=True)
        uow.add(image)
        uow.flush()
        tag = {"resource_id": image.id, "key": "Stage", "value": "unreleased", "resource_type": "image"}
        uow.execute(insert(Tag), [OWNER | tag])
        uow.commit()
    for account, tags in (("000000000000", ["Stage"]), ("111111111111", [])):
        with cloud.unit_of_work(account, "us-east-1", write=False) as uow:
            (found,) = reading.by(uow, Image.id, [image.id], load=(Image.tags,))
            assert [tag.key for tag in found.tags] == tags
