"""Which of the hosts that can take a guest is best: one that does not fail, then the one with the most room."""

from typing import Any

from sqlalchemy import ColumnElement

from backend.db.models import Host

_STEP = 16
"""Hosts whose free vCPUs differ by less are equally good, so that callers spread over them."""


def order() -> list[ColumnElement[Any]]:
    return [Host.failures.asc(), (Host.free_vcpus // _STEP).desc()]


def rank(host: Host) -> tuple[int, int]:
    return host.failures, host.free_vcpus // _STEP
