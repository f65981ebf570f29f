"""Fast snapshot restore: volumes of a snapshot that have their full performance at once, zone by zone.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-fast-snapshot-restore.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from backend import clock, errors, transitions, volumes
from backend.config import Settings
from backend.db.models import FastSnapshotRestore, Snapshot
from backend.db.unit_of_work import UnitOfWork, check_form
from backend.errors import CloudError
from backend.transitions import reaching

BY_USER = "Client.UserInitiated"
BY_LIFECYCLE = "Client.UserInitiated - Lifecycle state transition"


@dataclass
class Outcome:
    """What became of each snapshot in each zone: the row, or by snapshot and zone the error."""

    successful: list[FastSnapshotRestore] = field(default_factory=list)
    unsuccessful: dict[str, dict[str, CloudError]] = field(default_factory=dict)


def zones_of(uow: UnitOfWork, settings: Settings, names: Sequence[str], zone_ids: Sequence[str]) -> list[str]:
    """The names of the zones that a caller lists by name or by id."""
    if names and zone_ids:
        raise errors.InvalidParameterCombination(
            reason="The parameters AvailabilityZones and AvailabilityZoneIds cannot be used together"
        )
    if not names and not zone_ids:
        raise errors.MissingParameter(name="AvailabilityZone")
    found = [volumes.zone_of(uow, settings, name, None) for name in names]
    found += [volumes.zone_of(uow, settings, None, id) for id in zone_ids]
    return list(dict.fromkeys(found))


def enable(uow: UnitOfWork, settings: Settings, snapshot_ids: Sequence[str], zones: Sequence[str]) -> Outcome:
    """Begin to enable it for the caller; what is on its way or enabled already stays as it is."""

    def one(snapshot_id: str, zone: str, known: FastSnapshotRestore | None) -> FastSnapshotRestore:
        snapshot = uow.look_up(Snapshot, snapshot_id)
        if snapshot.state != "completed" or snapshot.storage_tier != "standard":
            raise errors.IncorrectState(reason=f"The snapshot '{snapshot_id}' is not completed in the standard tier.")
        if known is None:
            known = FastSnapshotRestore(account=uow.account, region=uow.region, snapshot_id=snapshot_id, zone=zone)
            uow.add(known)
        elif known.state == "disabling":
            raise errors.IncorrectState(reason=f"Fast snapshot restore of '{snapshot_id}' is being disabled.")
        elif known.state != "disabled":
            return known
        known.reason, known.enabling_at = BY_USER, clock.this_second()
        known.optimizing_at = known.enabled_at = known.disabling_at = known.disabled_at = None
        transitions.begin(uow, settings, known, "enabling", "optimizing")
        return known

    return _each(uow, snapshot_ids, zones, one)


def disable(uow: UnitOfWork, settings: Settings, snapshot_ids: Sequence[str], zones: Sequence[str]) -> Outcome:
    """Begin to disable what the caller enabled."""

    def one(snapshot_id: str, zone: str, known: FastSnapshotRestore | None) -> FastSnapshotRestore:
        uow.look_up(Snapshot, snapshot_id)
        if known is None or known.state in ("disabling", "disabled"):
            raise errors.IncorrectState(reason=f"Fast snapshot restore of '{snapshot_id}' is not enabled in {zone}.")
        known.reason, known.disabling_at = BY_USER, clock.this_second()
        transitions.begin(uow, settings, known, "disabling", "disabled")
        return known

    return _each(uow, snapshot_ids, zones, one)


def _each(
    uow: UnitOfWork,
    snapshot_ids: Sequence[str],
    zones: Sequence[str],
    one: Callable[[str, str, FastSnapshotRestore | None], FastSnapshotRestore],
) -> Outcome:
    check_form(Snapshot, snapshot_ids)
    query = select(FastSnapshotRestore).where(FastSnapshotRestore.snapshot_id.in_(snapshot_ids)).with_for_update()
    known = {(row.snapshot_id, row.zone): row for row in uow.scalars(query)}
    outcome = Outcome()
    for snapshot_id in dict.fromkeys(snapshot_ids):
        for zone in zones:
            try:
                outcome.successful.append(one(snapshot_id, zone, known.get((snapshot_id, zone))))
            except CloudError as fault:
                outcome.unsuccessful.setdefault(snapshot_id, {})[zone] = fault
    return outcome


@reaching(FastSnapshotRestore, "optimizing")
def _optimizing(uow: UnitOfWork, restores: Sequence[FastSnapshotRestore]) -> None:
    for restore in restores:
        restore.reason, restore.optimizing_at = BY_LIFECYCLE, clock.this_second()
        transitions.follow(uow, restore, "enabled")


@reaching(FastSnapshotRestore, "enabled")
def _enabled(_uow: UnitOfWork, restores: Sequence[FastSnapshotRestore]) -> None:
    for restore in restores:
        restore.enabled_at = clock.this_second()


@reaching(FastSnapshotRestore, "disabled")
def _disabled(_uow: UnitOfWork, restores: Sequence[FastSnapshotRestore]) -> None:
    for restore in restores:
        restore.reason, restore.disabled_at = BY_LIFECYCLE, clock.this_second()
