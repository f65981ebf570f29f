"""How many guests per second the scheduler places on PostgreSQL, while ten claimants want room at the same time."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, insert, select

from backend import clock
from backend.bus.local import LocalBus
from backend.cloud import Cloud
from backend.config import Settings
from backend.db import conflicts, schema
from backend.db.engine import Database
from backend.db.models import Host
from backend.scheduler import place
from backend.scheduler.request import Request
from bench.figures import PLACEMENTS
from tests.services import Postgres

HOSTS, HOST_VCPUS, CLAIMANTS = 1_000, 64, 10
SECONDS = 10.0
GUEST = Request(vcpus=2, memory_mib=4096, architecture="x86_64", region="us-east-1", zone="us-east-1a")


def measure() -> dict[str, float]:
    """Each placement is a transaction of its own. ``AssertionError`` where a host was oversold."""
    with Postgres() as server, TemporaryDirectory() as folder:
        database = Database(server.url)
        try:
            schema.upgrade(database)
            cloud = Cloud(Settings(data_dir=Path(folder)), database, LocalBus())
            join(cloud, HOSTS, HOST_VCPUS)
            placed, seconds = _place(cloud)
            check(cloud, placed)
        finally:
            database.dispose()
    return {PLACEMENTS: placed / seconds / len(os.sched_getaffinity(0))}


def join(cloud: Cloud, hosts: int, vcpus: int) -> None:
    """Hosts that have just been heard of, with 2 GiB for each vCPU."""
    rows = [
        {
            "name": f"host-{number}",
            "host_id": str(number),
            "region": GUEST.region,
            "zone": GUEST.zone,
            "driver": "simulated",
            "architectures": " x86_64 ",
            "vcpus": vcpus,
            "memory_mib": vcpus * 2048,
            "free_vcpus": vcpus,
            "free_memory_mib": vcpus * 2048,
            "heard_at": clock.now(),
        }
        for number in range(hosts)
    ]
    with cloud.everywhere(write=True) as uow:
        uow.execute(insert(Host), rows)
        uow.commit()


def claim(cloud: Cloud, count: int) -> int:
    """Place up to ``count`` guests in a transaction; how many there was room for."""

    def run() -> int:
        with cloud.unit_of_work("111122223333", GUEST.region, write=True) as uow:
            placed = len(place.place(uow, GUEST, count, alive_within=3600))
            uow.commit()
            return placed

    return conflicts.again(run)


def check(cloud: Cloud, placed: int) -> None:
    """No host has given more than it had, and together they gave just what was placed."""
    with cloud.everywhere(write=False) as uow:
        given = select(
            func.min(Host.free_vcpus), func.min(Host.free_memory_mib), func.sum(Host.vcpus - Host.free_vcpus)
        )
        vcpus, memory_mib, used = uow.execute(given).one()
    assert vcpus >= 0 and memory_mib >= 0, "a host is oversold"
    assert used == placed * GUEST.vcpus, f"{placed} guests were placed, and {used} vCPUs are gone"


def _place(cloud: Cloud) -> tuple[int, float]:
    """Placements, and the seconds that they took."""
    claim(cloud, 1)
    began = time.monotonic()

    def claimant(_: int) -> int:
        placed = 0
        while time.monotonic() < began + SECONDS:
            placed += claim(cloud, 1)
        return placed

    with ThreadPoolExecutor(CLAIMANTS) as threads:
        placed = sum(threads.map(claimant, range(CLAIMANTS)))
    return placed + 1, time.monotonic() - began


if __name__ == "__main__":
    print(json.dumps(measure()))
