"""Which hosts can take a guest at all, as SQL conditions on the host's row."""

from sqlalchemy import ColumnElement

from backend.db.models import Host
from backend.scheduler.request import Request


def conditions(request: Request) -> list[ColumnElement[bool]]:
    found = [
        Host.region == request.region,
        Host.free_vcpus >= request.vcpus,
        Host.free_memory_mib >= request.memory_mib,
        Host.architectures.contains(f" {request.architecture} "),
    ]
    if request.zone:
        found.append(Host.zone == request.zone)
    if request.driver:
        found.append(Host.driver == request.driver)
    return found
