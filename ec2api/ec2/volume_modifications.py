"""EC2 actions that modify volumes."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, volume_modifications
from backend.db.models import Volume, VolumeModification
from backend.db.reading import by, table_of
from backend.volume_modifications import Target
from ec2api.call import Call
from ec2api.describe import INCLUDE_MANAGED, Condition, Describe
from ec2api.registry import action

PROGRESS = {"modifying": 0, "optimizing": 50, "completed": 100, "failed": 0}


@action
def modify_volume(
    call: Call,
    *,
    volume_id: str,
    size: int | None = None,
    volume_type: str | None = None,
    iops: int | None = None,
    throughput: int | None = None,
    multi_attach_enabled: bool | None = None,
) -> dict[str, Any]:
    target = Target(size, volume_type, iops, throughput, multi_attach_enabled)
    return {"VolumeModification": show(volume_modifications.modify(call.uow, call.settings, volume_id, target))}


def show(modification: VolumeModification) -> dict[str, Any]:
    """As EC2's VolumeModification."""
    return {
        "VolumeId": modification.volume_id,
        "ModificationState": modification.state,
        "TargetSize": modification.target_size,
        "TargetIops": modification.target_iops,
        "TargetVolumeType": modification.target_volume_type,
        "TargetThroughput": modification.target_throughput,
        "TargetMultiAttachEnabled": modification.target_multi_attach_enabled,
        "OriginalSize": modification.original_size,
        "OriginalIops": modification.original_iops,
        "OriginalVolumeType": modification.original_volume_type,
        "OriginalThroughput": modification.original_throughput,
        "OriginalMultiAttachEnabled": modification.original_multi_attach_enabled,
        "Progress": PROGRESS[modification.state],
        "StartTime": modification.started_at,
        "EndTime": modification.ended_at,
        "Operator": {"Managed": False},
    }


def _of_volumes(call: Call, volume_ids: Sequence[str]) -> Sequence[Condition]:
    wanted = list(dict.fromkeys(volume_ids))
    call.uow.look_up_all(Volume, wanted)
    known = {found.volume_id for found in by(call.uow, VolumeModification.volume_id, wanted)}
    if unmodified := [id for id in wanted if id not in known]:
        raise errors.InvalidVolumeModificationNotFound(volume_ids=", ".join(unmodified))
    return [table_of(VolumeModification).c.volume_id.in_(wanted)]


_EXTRA: Mapping[str, Any] = {"VolumeIds": _of_volumes, **INCLUDE_MANAGED}

Describe(
    "DescribeVolumesModifications",
    VolumeModification,
    view=show,
    extra=_EXTRA,
    tagged=False,
    limits=(1, 500),
    filters={
        "modification-state": VolumeModification.state,
        "original-iops": VolumeModification.original_iops,
        "original-size": VolumeModification.original_size,
        "original-volume-type": VolumeModification.original_volume_type,
        "originalMultiAttachEnabled": VolumeModification.original_multi_attach_enabled,
        "start-time": VolumeModification.started_at,
        "target-iops": VolumeModification.target_iops,
        "target-size": VolumeModification.target_size,
        "target-volume-type": VolumeModification.target_volume_type,
        "targetMultiAttachEnabled": VolumeModification.target_multi_attach_enabled,
        "volume-id": VolumeModification.volume_id,
    },
)
