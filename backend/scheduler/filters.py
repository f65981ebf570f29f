"""Which hosts can take a guest at all, as SQL conditions on the host's row."""

from sqlalchemy import ColumnElement

from backend.db import reading
from backend.db.models import Host
from backend.scheduler.request import Request

_hosts = reading.table_of(Host).c


def conditions(request: Request) -> list[ColumnElement[bool]]:
    found = [
        _hosts.region == request.region,
        _hosts.free_vcpus >= request.vcpus,
        _hosts.free_memory_mib >= request.memory_mib,
        _hosts.architectures.contains(f" {request.architecture} "),
    ]
    if request.zone:
        found.append(_hosts.zone == request.zone)
    if request.driver:
        found.append(_hosts.driver == request.driver)
    return found
