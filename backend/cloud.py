"""What every role of the control plane shares: the settings, the database and the bus."""

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import select

from backend.blobs.base import Blobs
from backend.blobs.filesystem import FilesystemBlobs
from backend.bus.base import Bus, host_queue
from backend.bus.messages import Converge
from backend.conductor import wishes
from backend.config import Settings
from backend.db import reading
from backend.db.engine import Database
from backend.db.models import Host
from backend.db.unit_of_work import UnitOfWork
from backend.s3.log_delivery import LogDelivery


@dataclass(frozen=True)
class Cloud:
    settings: Settings
    database: Database
    bus: Bus
    moving: threading.Event = field(default_factory=threading.Event, init=False, repr=False, compare=False)
    """Set where a commit of this process wrote a state that moves on by itself; the conductor need not wait for it."""
    tasked: threading.Event = field(default_factory=threading.Event, init=False, repr=False, compare=False)
    """Set where a commit of this process wrote a task with disks, for the conductor likewise."""
    _host_ids: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By the host's name. A host keeps both for ever."""

    @cached_property
    def blocks(self) -> Blobs:
        """The blocks of snapshots (``backend.snapshot_blocks``)."""
        return FilesystemBlobs(self.settings.blobs_path / "blocks")

    @cached_property
    def objects(self) -> Blobs:
        """The bytes of S3's objects (``backend.s3``)."""
        return FilesystemBlobs(self.settings.blobs_path / "objects")

    @cached_property
    def access_logs(self) -> LogDelivery:
        """The access logs of buckets, on their way from this process (``backend.s3.access_logging``)."""
        return LogDelivery(self)

    def unit_of_work(self, account: str, region: str, *, write: bool, durable: bool = False) -> UnitOfWork:
        limited = self.settings.quotas == "aws"
        return UnitOfWork(self.database, account, region, write=write, limited=limited, durable=durable)

    def everywhere(self, *, write: bool) -> UnitOfWork:
        """A unit of work over every account and region: the conductor's."""
        return UnitOfWork(self.database, "", "", write=write, everywhere=True)

    def commit(self, uow: UnitOfWork) -> None:
        """Commit, then tell the hosts what changed. What cannot be told now is sent by the conductor's sweep."""
        specs = wishes.specs(uow, uow.to_converge)
        for host, spec in uow.to_send:
            specs.setdefault(host, []).append(spec)
        uow.to_converge.clear()
        uow.to_send.clear()
        new = _ids(uow, specs.keys() - self._host_ids.keys())
        uow.commit()
        if uow.durable:
            uow.settle()
        if uow.moving:
            uow.moving = False
            self.moving.set()
        if uow.tasked:
            uow.tasked = False
            self.tasked.set()
        if uow.discarded:
            self.objects.delete(uow.discarded)
            uow.discarded.clear()
        self._host_ids.update(new)
        for host, wanted in specs.items():
            host_id = self._host_ids.get(host, "")
            self.bus.publish(host_queue(host), [Converge(spec, host_id) for spec in wanted])

    def close(self) -> None:
        if "access_logs" in self.__dict__:
            self.access_logs.close()
        self.bus.close()
        self.database.dispose()


def _ids(uow: UnitOfWork, names: Collection[str]) -> dict[str, str]:
    """The ids of hosts by name."""
    if not names:
        return {}
    hosts = reading.table_of(Host).c
    found = uow.for_reading().execute(select(hosts.name, hosts.host_id).where(hosts.name.in_(names)))
    return {row.name: row.host_id for row in found}
