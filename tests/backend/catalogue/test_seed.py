"""Seeding: what it fills, that it is quick where nothing changed, and that it changes what has."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import func, select, update

from backend.catalogue import images, instance_types, managed_policies, offerings, regions, seed
from backend.config import Settings
from backend.db import models
from backend.db.base import Base
from backend.db.engine import Database
from backend.db.reading import table_of
from tests.databases import with_tables
from tests.services import Postgres

TWO = Settings(regions=("us-east-1", "eu-central-1"))
SEEDED = [
    models.CatalogueVersion,
    models.Region,
    models.Zone,
    models.InstanceType,
    models.InstanceTypeAttribute,
    models.OfferingLocation,
    models.OfferedType,
    models.IamPolicy,
    models.IamPolicyVersion,
    models.Image,
    models.ImageBlockDevice,
    models.ImageSsmParameter,
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{with_tables(tmp_path) / 'ec2api.db'}")
    yield made
    made.dispose()


def counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            model.__tablename__: connection.execute(select(func.count()).select_from(table_of(model))).scalar_one()
            for model in SEEDED
        }


def expected(*names: str) -> dict[str, int]:
    published = [image for name in names for image in images.public(name)]
    found = [regions.region(name) for name in names]
    sets = {offerings.in_region(name) for name in names}
    sets |= {offerings.in_zone(zone.zone_id) for region in found for zone in region.zones}
    documents = instance_types.documents()
    return {
        "catalogue_versions": 1,
        "regions": len(names),
        "zones": sum(len(region.zones) for region in found),
        "instance_types": len(documents),
        "instance_type_attributes": sum(len(list(instance_types.attributes(name))) for name in documents),
        "offering_locations": sum(1 + len(region.zones) for region in found),
        "offered_types": sum(map(len, sets)),
        "iam_policies": len(managed_policies.all()),
        "iam_policy_versions": len(managed_policies.all()),
        "images": len(published),
        "image_block_devices": sum(len(image.block_devices) for image in published),
        "image_ssm_parameters": sum(len(image.ssm_parameters) for image in published),
    }


def test_it_fills_the_tables_and_takes_no_time_again(database: Database) -> None:
    seed.seed(database, TWO)
    assert counts(database) == expected(*TWO.regions)
    best = min(timed(database) for _ in range(5))
    assert best < 0.5, "filling them takes more than a second"
    assert counts(database) == expected(*TWO.regions)


def timed(database: Database) -> float:
    began = perf_counter()
    seed.seed(database, TWO)
    return perf_counter() - began


def test_offerings_are_those_of_the_zones(database: Database) -> None:
    seed.seed(database, Settings(regions=("us-east-1",)))
    offering = table_of(models.InstanceTypeOffering).c
    with database.engine.connect() as connection:
        for zone in regions.region("us-east-1").zones:
            here = select(offering.instance_type).where(offering.location == zone.zone_id)
            assert frozenset(connection.execute(here).scalars()) == offerings.in_zone(zone.zone_id)
        rows = connection.execute(select(offering.row)).scalars().all()
    assert len(rows) == len(set(rows))


def test_other_regions_and_another_catalogue(database: Database) -> None:
    seed.seed(database, TWO)
    image = table_of(models.Image)
    with database.exclusively("test") as connection:
        before = connection.execute(select(image.c.id, image.c.row)).all()
        connection.execute(update(image).values(description="changed", deprecation_time=None))
    seed.seed(database, Settings(regions=("us-east-1", "eu-central-1", "eu-west-1"), zones=2))
    found = counts(database)
    assert found["zones"] == 6
    assert found["regions"] == 3
    assert found["images"] == expected("us-east-1", "eu-central-1", "eu-west-1")["images"]
    with database.engine.connect() as connection:
        rows = dict(tuple(row) for row in connection.execute(select(image.c.id, image.c.row)))
        texts = connection.execute(select(image.c.description).distinct()).scalars().all()
    assert all(rows[id] == row for id, row in before)
    assert "changed" not in texts


def test_a_failure_leaves_everything_as_it_was(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "public", lambda _region: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seed.seed(database, TWO)
    assert set(counts(database).values()) == {0}


def seed_from_four_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda database: seed.seed(database, TWO), databases))
    assert counts(databases[0]) == expected(*TWO.regions)
    for database in databases:
        database.dispose()


def test_processes_that_start_at_once(database: Database) -> None:
    seed_from_four_at_once(str(database.url))


@pytest.mark.cluster
def test_processes_that_start_at_once_on_postgresql(postgres: Postgres) -> None:
    url = postgres.create_database("seeding")
    database = Database(url)
    Base.metadata.create_all(database.engine)
    seed_from_four_at_once(url)
    seed.seed(database, Settings(regions=("us-east-1", "eu-west-1")))
    database.dispose()
    postgres.drop_database("seeding")
