"""EC2 actions on fast snapshot restore."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import fast_snapshot_restores, zones
from backend.db.models import FastSnapshotRestore
from backend.fast_snapshot_restores import Outcome
from ec2api.call import Call
from ec2api.describe import Describe, owned
from ec2api.ec2.zone_filters import zone_id
from ec2api.registry import action


@action
def enable_fast_snapshot_restores(
    call: Call,
    *,
    source_snapshot_ids: Sequence[str],
    availability_zones: Sequence[str] = (),
    availability_zone_ids: Sequence[str] = (),
) -> dict[str, Any]:
    where = fast_snapshot_restores.zones_of(call.uow, call.settings, availability_zones, availability_zone_ids)
    return _outcome(call, fast_snapshot_restores.enable(call.uow, call.settings, source_snapshot_ids, where))


@action
def disable_fast_snapshot_restores(
    call: Call,
    *,
    source_snapshot_ids: Sequence[str],
    availability_zones: Sequence[str] = (),
    availability_zone_ids: Sequence[str] = (),
) -> dict[str, Any]:
    where = fast_snapshot_restores.zones_of(call.uow, call.settings, availability_zones, availability_zone_ids)
    return _outcome(call, fast_snapshot_restores.disable(call.uow, call.settings, source_snapshot_ids, where))


def _outcome(call: Call, outcome: Outcome) -> dict[str, Any]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return {
        "Successful": [_show(restore, zone_ids) for restore in outcome.successful],
        "Unsuccessful": [
            {
                "SnapshotId": snapshot_id,
                "FastSnapshotRestoreStateErrors": [
                    {
                        "AvailabilityZone": zone,
                        "AvailabilityZoneId": zone_ids.get(zone),
                        "Error": {"Code": fault.code, "Message": fault.message},
                    }
                    for zone, fault in faults.items()
                ],
            }
            for snapshot_id, faults in outcome.unsuccessful.items()
        ],
    }


def _show_all(call: Call, restores: list[Any]) -> list[dict[str, Any]]:
    zone_ids = zones.ids(call.settings, call.account, call.region)
    return [_show(restore, zone_ids) for restore in restores]


def _show(restore: Any, zone_ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "SnapshotId": restore.snapshot_id,
        "AvailabilityZone": restore.zone,
        "AvailabilityZoneId": zone_ids.get(restore.zone),
        "State": restore.state,
        "StateTransitionReason": restore.reason,
        "OwnerId": restore.account,
        "EnablingTime": restore.enabling_at,
        "OptimizingTime": restore.optimizing_at,
        "EnabledTime": restore.enabled_at,
        "DisablingTime": restore.disabling_at,
        "DisabledTime": restore.disabled_at,
    }


Describe(
    "DescribeFastSnapshotRestores",
    FastSnapshotRestore,
    group=_show_all,
    tagged=False,
    limits=(1, 200),
    filters={
        "availability-zone": FastSnapshotRestore.zone,
        "availability-zone-id": zone_id(FastSnapshotRestore.zone),
        "owner-id": owned(FastSnapshotRestore),
        "snapshot-id": FastSnapshotRestore.snapshot_id,
        "state": FastSnapshotRestore.state,
    },
)
