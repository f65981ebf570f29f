"""EC2 actions on the Recycle Bin.

What is deleted goes there where a retention rule of the service ``rbin`` says so. This cloud has no such rules yet, as
an account of AWS has none at first: the bin is empty.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import false

from backend.db.base import Resource
from backend.db.models import Image, Snapshot, Volume
from backend.db.unit_of_work import check_form, require_found
from ec2api.call import Call
from ec2api.describe import Condition, Describe
from ec2api.registry import action


def _in_bin(resource: type[Resource], ids: str) -> Any:
    def conditions(_call: Call, given: Mapping[str, Any]) -> Sequence[Condition]:
        require_found(resource, given.get(ids, ()), ())
        return [false()]

    return conditions


def _show(resource: Any) -> dict[str, Any]:
    raise LookupError(resource.id)


for _action, _resource, _ids in (
    ("ListImagesInRecycleBin", Image, "ImageIds"),
    ("ListSnapshotsInRecycleBin", Snapshot, "SnapshotIds"),
    ("ListVolumesInRecycleBin", Volume, "VolumeIds"),
):
    Describe(
        _action,
        _resource,
        view=_show,
        ids=_ids,
        always=_in_bin(_resource, _ids),
        tagged=False,
        limits=(5, 500 if _resource is Volume else 1000),
        filters={},
    )


@action
def restore_snapshot_from_recycle_bin(call: Call, *, snapshot_id: str) -> None:  # noqa: ARG001  of whatever account
    _refuse(Snapshot, snapshot_id)


@action
def restore_image_from_recycle_bin(call: Call, *, image_id: str) -> dict[str, Any]:  # noqa: ARG001
    _refuse(Image, image_id)
    return {"Return": True}


@action
def restore_volume_from_recycle_bin(call: Call, *, volume_id: str) -> None:  # noqa: ARG001
    _refuse(Volume, volume_id)


def _refuse(resource: type[Resource], id: str) -> None:
    check_form(resource, [id])
    require_found(resource, [id], ())
