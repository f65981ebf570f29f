"""Which hosts can take a guest at all, as SQL conditions on the host's row."""

from sqlalchemy import ColumnElement, and_, or_

from backend.db import reading
from backend.db.models import Host
from backend.scheduler.request import SIMULATED, Request

_hosts = reading.table_of(Host).c


def conditions(request: Request) -> list[ColumnElement[bool]]:
    found = [
        _hosts.region == request.region,
        _hosts.free_vcpus >= request.vcpus,
        _hosts.free_memory_mib >= request.memory_mib,
        _hosts.architectures.contains(f" {request.architecture} "),
    ]
    found.append(alone(request.tenant) if request.tenant else _hosts.dedicated_to.is_(None))
    if request.zone:
        found.append(_hosts.zone == request.zone)
    if request.driver:
        found.append(_hosts.driver == request.driver)
    return found


def alone(account: str) -> ColumnElement[bool]:
    """Hosts that have no other account's guests. A simulated host stands for as many as one likes."""
    idle = and_(_hosts.dedicated_to.is_(None), _hosts.free_vcpus == _hosts.vcpus)
    return or_(_hosts.driver == SIMULATED, _hosts.dedicated_to == account, idle)
