"""Which of the hosts that can take a guest is best.

One that is the account's alone, if it wants such, then one that runs real guests, then one that does not fail, then
the one with the most room.
"""

from typing import Any

from sqlalchemy import ColumnElement

from backend.db import reading
from backend.db.models import Host
from backend.scheduler.request import SIMULATED, Request

_hosts = reading.table_of(Host).c
_STEP = 16
"""Hosts whose free vCPUs differ by less are equally good, so that callers spread over them."""


def order(request: Request) -> list[ColumnElement[Any]]:
    found: list[ColumnElement[Any]] = [
        (_hosts.driver == SIMULATED).asc(),
        _hosts.failures.asc(),
        (_hosts.free_vcpus // _STEP).desc(),
    ]
    return [(_hosts.dedicated_to == request.tenant).desc().nulls_last(), *found] if request.tenant else found
