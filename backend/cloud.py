"""What every role of the control plane shares: the settings, the database and the bus."""

from dataclasses import dataclass

from backend.bus.base import Bus, host_queue
from backend.bus.messages import Converge
from backend.conductor import wishes
from backend.config import Settings
from backend.db.engine import Database
from backend.db.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Cloud:
    settings: Settings
    database: Database
    bus: Bus

    def unit_of_work(self, account: str, region: str, *, write: bool) -> UnitOfWork:
        return UnitOfWork(self.database, account, region, write=write)

    def everywhere(self, *, write: bool) -> UnitOfWork:
        """A unit of work over every account and region: the conductor's."""
        return UnitOfWork(self.database, "", "", write=write, everywhere=True)

    def commit(self, uow: UnitOfWork) -> None:
        """Commit, then tell the hosts what changed. What cannot be told now is sent by the conductor's sweep."""
        specs = wishes.specs(uow, uow.to_converge)
        uow.to_converge.clear()
        orders = list(uow.to_send)
        uow.to_send.clear()
        uow.commit()
        for host, wanted in specs.items():
            self.bus.publish(host_queue(host), [Converge(spec) for spec in wanted])
        for queue, message in orders:
            self.bus.publish(queue, [message])

    def close(self) -> None:
        self.bus.close()
        self.database.dispose()
