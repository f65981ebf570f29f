"""The status checks of volumes, as SQL over their rows.

https://docs.aws.amazon.com/ebs/latest/userguide/monitoring-volume-checks.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from backend.db import reading
from backend.db.models import Volume
from backend.db.unit_of_work import UnitOfWork

_volumes = reading.table_of(Volume).c

SUMMARY = case({"creating": "insufficient-data", "error": "impaired"}, value=_volumes.state, else_="ok")
IO_ENABLED = case({"creating": "insufficient-data", "error": "failed"}, value=_volumes.state, else_="passed")
IO_PERFORMANCE = case((_volumes.volume_type.in_(("io1", "io2")), "normal"), else_="not-applicable")
"""AWS measures the volume types with provisioned IOPS only."""


@dataclass(frozen=True)
class Checks:
    summary: str
    io_enabled: str
    io_performance: str


def of(uow: UnitOfWork, volume_ids: Sequence[str]) -> dict[str, Checks]:
    """The checks of these volumes, by id."""
    if not volume_ids:
        return {}
    query = select(_volumes.id, SUMMARY, IO_ENABLED, IO_PERFORMANCE).where(_volumes.id.in_(volume_ids))
    return {row[0]: Checks(*row[1:]) for row in uow.for_reading().execute(query)}
