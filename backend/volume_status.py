"""The status checks of volumes, as SQL over their rows.

https://docs.aws.amazon.com/ebs/latest/userguide/monitoring-volume-checks.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, literal, select

from backend.db import reading
from backend.db.models import Volume
from backend.db.unit_of_work import UnitOfWork

_volumes = reading.table_of(Volume).c
_is_suspended = _volumes.io_disabled_at.is_not(None)
_is_broken = _is_suspended | (_volumes.state == "error")

SUMMARY = case((_volumes.state == "creating", "insufficient-data"), (_is_broken, "impaired"), else_="ok")
IO_ENABLED = case((_volumes.state == "creating", "insufficient-data"), (_is_broken, "failed"), else_="passed")
IO_PERFORMANCE = case((_volumes.volume_type.in_(("io1", "io2")), "normal"), else_="not-applicable")
"""AWS measures the volume types with provisioned IOPS only."""

EVENT_TYPE = "potential-data-inconsistency"
EVENT_DESCRIPTION = "The data of this volume may be inconsistent, so I/O to it is off."
ACTION_CODE = "enable-volume-io"
ACTION_DESCRIPTION = "Enable I/O of the volume, then check its data."


def _while_suspended(text: str) -> ColumnElement[str]:
    return case((_is_suspended, text), else_="")


EVENT_ID_OF = case((_is_suspended, literal("evol-") + func.substr(_volumes.id, 5)), else_="")
EVENT_TYPE_OF, EVENT_DESCRIPTION_OF = _while_suspended(EVENT_TYPE), _while_suspended(EVENT_DESCRIPTION)
ACTION_CODE_OF, ACTION_DESCRIPTION_OF = _while_suspended(ACTION_CODE), _while_suspended(ACTION_DESCRIPTION)


@dataclass(frozen=True)
class Checks:
    summary: str
    io_enabled: str
    io_performance: str


def event_id(volume: Volume) -> str:
    return f"evol-{volume.id.removeprefix('vol-')}"


def of(uow: UnitOfWork, volume_ids: Sequence[str]) -> dict[str, Checks]:
    """The checks of these volumes, by id."""
    if not volume_ids:
        return {}
    query = select(_volumes.id, SUMMARY, IO_ENABLED, IO_PERFORMANCE).where(_volumes.id.in_(volume_ids))
    return {row[0]: Checks(*row[1:]) for row in uow.for_reading().execute(query)}
