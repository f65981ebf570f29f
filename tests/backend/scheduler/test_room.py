"""Many claimants at once on PostgreSQL: no host is oversold, and no room is left."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.config import Settings
from backend.db import schema
from backend.db.engine import Database
from backend.db.models import Host
from bench.scheduler import GUEST, check, claim, join
from tests.services import Postgres

pytestmark = pytest.mark.cluster

HOSTS, CLAIMANTS = 1_000, 10


@pytest.fixture
def cloud(postgres: Postgres, tmp_path: Path) -> Iterator[Cloud]:
    database = Database(postgres.create_database("room"))
    schema.upgrade(database)
    yield Cloud(Settings(data_dir=tmp_path), database, LocalBus())
    database.dispose()
    postgres.drop_database("room")


@pytest.mark.parametrize("most", [1, 100])
def test_ten_claimants_use_all_room_of_a_thousand_hosts_and_oversell_none(cloud: Cloud, most: int) -> None:
    each = 1 if most == 1 else 8
    join(cloud, HOSTS, each * GUEST.vcpus)

    def claimant(number: int) -> int:
        chance, placed = random.Random(number), 0
        while found := claim(cloud, chance.randint(1, most)):
            placed += found
        return placed

    with ThreadPoolExecutor(CLAIMANTS) as threads:
        placed = sum(threads.map(claimant, range(CLAIMANTS)))
    assert placed == HOSTS * each
    check(cloud, placed)
    with cloud.everywhere(write=False) as uow:
        assert uow.scalar(select(func.max(Host.free_vcpus))) == 0
