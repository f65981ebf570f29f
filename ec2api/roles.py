"""Puts the roles of the cloud together from the settings: API, conductor, agent, or all three in one process."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from backend import regions, zones
from backend.bus import open_bus
from backend.bus.base import Bus
from backend.catalogue import seed
from backend.catalogue.regions import region_of
from backend.cloud import Cloud
from backend.conductor.service import Conductor
from backend.config import Settings
from backend.db import schema
from backend.db.engine import Database
from backend.db.models import Host
from compute_agent import drivers
from compute_agent.agent import Agent, HostIdentity
from compute_agent.drivers.base import GuestDriver
from compute_agent.store import Store, WrongHost

_HOSTS_SECONDS = 20


def open_cloud(settings: Settings, bus: Bus | None = None, *, prepare: bool = True) -> Cloud:
    """The control plane's shared parts; with ``prepare``, the database at its newest schema and seeded."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    if prepare:
        schema.upgrade(database)
        seed.seed(database, settings)
    return Cloud(settings, database, bus or open_bus(settings.bus_url))


def region_names(settings: Settings) -> list[str]:
    return [region.name for region in regions.of(settings)]


def simulated_hosts(settings: Settings) -> list[HostIdentity]:
    """One host for each zone."""
    return [
        HostIdentity(f"sim-{zone.name}", region, zone.name)
        for region in region_names(settings)
        for zone in zones.of(settings, region)
    ]


def this_host(settings: Settings) -> HostIdentity:
    """The host that an agent serves; without a zone, in the first one of the default region."""
    zone = settings.zone or zones.of(settings, settings.default_region)[0].name
    region = region_of(zone)
    if region not in region_names(settings):
        raise ValueError(f"{zone} is a zone of none of this cloud's regions: {', '.join(region_names(settings))}")
    return HostIdentity(settings.host_name or socket.gethostname(), region, zone)


def driver(settings: Settings, folder: Path, owner: str) -> GuestDriver:
    """The driver of the settings. ``owner``: whose guests they are, where agents share a libvirtd."""
    options = _libvirt(settings, owner) if settings.driver == "libvirt" else _simulated(settings)
    return drivers.create(settings.driver, options, folder)


def _simulated(settings: Settings) -> dict[str, Any]:
    return {
        "boot_seconds": settings.simulated_boot_seconds,
        "stop_seconds": settings.simulated_stop_seconds,
        "vcpus": settings.simulated_vcpus,
        "memory_mib": settings.simulated_memory_mib,
        "fail_operations": settings.simulated_fail_operations,
        "fail_rate": settings.simulated_fail_rate,
    }


def _libvirt(settings: Settings, owner: str) -> dict[str, Any]:
    return {
        "uri": settings.libvirt_uri,
        "owner": owner,
        "accelerator": settings.libvirt_accelerator,
        "vcpus_per_processor": settings.libvirt_vcpus_per_processor,
        "reserved_memory_mib": settings.libvirt_reserved_memory_mib,
        "stop_grace_seconds": settings.libvirt_stop_grace_seconds,
        "reboot_grace_seconds": settings.libvirt_reboot_grace_seconds,
        "disk_cache": settings.libvirt_disk_cache,
        "max_guest_memory_mib": settings.libvirt_max_guest_memory_mib or None,
        "max_guest_vcpus": settings.libvirt_max_guest_vcpus or None,
    }


def agent(settings: Settings, bus: Bus, hosts: list[HostIdentity], folder: Path) -> Agent:
    """Not started yet. ``DriverError`` for a driver that is not installed, ``WrongHost`` for another host's folder."""
    store = Store(folder, simulated=settings.driver == "simulated")
    name = hosts[0].name
    try:
        chosen = driver(settings, folder, f"{name}/{store.host_id(name)}")
    except BaseException:
        store.close()
        raise
    return Agent(
        hosts,
        bus,
        chosen,
        store,
        heartbeat_seconds=settings.heartbeat_seconds,
        workers=16 if settings.driver == "libvirt" else 2,  # a guest that is being stopped occupies one
    )


def agent_folder(settings: Settings, host: HostIdentity) -> Path:
    """Where the agent of a host keeps what it knows.

    ``WrongHost`` where this machine had real guests under another name: they would run on, and nobody would own them.
    """
    folder = settings.data_dir / "agents" / host.name
    others = [other.name for other in folder.parent.glob("*") if other != folder]
    if settings.driver == "libvirt" and others and not folder.exists():
        raise WrongHost(f"this host was called {', '.join(sorted(others))}, not {host.name}: it keeps its name")
    return folder


def start_embedded(cloud: Cloud, closing: ExitStack) -> None:
    """Conductor and agent as threads of this process; returns once the hosts have been heard of.

    With the driver ``libvirt`` the cloud has one host, this machine; with ``simulated`` one in each zone.
    """
    settings = cloud.settings
    hosts = [this_host(settings)] if settings.driver == "libvirt" else simulated_hosts(settings)
    if settings.bus_url == "local:":
        _give_up_others(cloud, hosts)
    conductor = Conductor(cloud)
    conductor.start()
    closing.callback(conductor.close)
    began = _database_time(cloud)
    embedded = agent(settings, cloud.bus, hosts, settings.data_dir / "agent" / settings.driver)
    embedded.start()
    closing.callback(embedded.close)
    _wait(lambda: _heard(cloud, began) >= len(hosts))


def _give_up_others(cloud: Cloud, hosts: list[HostIdentity]) -> None:
    """Hosts that this data directory had with other settings are down: nobody speaks for them on this bus."""
    others = update(Host).where(Host.name.not_in([host.name for host in hosts]))
    with cloud.everywhere(write=True) as uow:
        uow.execute(others.values(heard_at=datetime.min), execution_options={"synchronize_session": False})
        uow.commit()


def _database_time(cloud: Cloud) -> object:
    with cloud.everywhere(write=False) as uow:
        return uow.database.time(uow.connection())


def _heard(cloud: Cloud, since: object) -> int:
    with cloud.everywhere(write=False) as uow:
        return uow.scalar(select(func.count()).select_from(Host).where(Host.heard_at >= since)) or 0


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + _HOSTS_SECONDS
    while not done():
        if time.monotonic() > until:
            raise TimeoutError("the hosts of this process were not heard of")
        time.sleep(0.01)
