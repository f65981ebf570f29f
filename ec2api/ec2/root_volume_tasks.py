"""EC2 actions that replace the root volume of an instance."""

from typing import Any

from backend import root_volume_tasks
from backend.db.models import ReplaceRootVolumeTask
from backend.root_volume_tasks import Wanted
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.protocol.writers import timestamp
from ec2api.registry import action


@action(tags=("replace-root-volume-task",))
def create_replace_root_volume_task(
    call: Call,
    *,
    instance_id: str,
    snapshot_id: str | None = None,
    image_id: str | None = None,
    volume_id: str | None = None,
    delete_replaced_root_volume: bool = False,
    volume_initialization_rate: int | None = None,
) -> dict[str, Any]:
    wanted = Wanted(
        instance_id=instance_id,
        snapshot_id=snapshot_id,
        image_id=image_id,
        volume_id=volume_id,
        delete_replaced=delete_replaced_root_volume,
        volume_initialization_rate=volume_initialization_rate,
        tags=call.tags(ReplaceRootVolumeTask),
    )
    made = root_volume_tasks.create(call.uow, call.settings, wanted)
    load = (ReplaceRootVolumeTask.tags,)
    return {"ReplaceRootVolumeTask": show(call.uow.look_up(ReplaceRootVolumeTask, made.id, load=load))}


def show(task: Any) -> dict[str, Any]:
    """A record with its tags as EC2's ReplaceRootVolumeTask."""
    return {
        "ReplaceRootVolumeTaskId": task.id,
        "InstanceId": task.instance_id,
        "TaskState": task.state,
        "StartTime": timestamp(task.created),
        "CompleteTime": task.completed_at and timestamp(task.completed_at),
        "ImageId": task.image_id,
        "SnapshotId": task.snapshot_id,
        "DeleteReplacedRootVolume": task.delete_replaced,
        "Tags": show_tags(task),
    }


Describe(
    "DescribeReplaceRootVolumeTasks",
    ReplaceRootVolumeTask,
    view=show,
    ids="ReplaceRootVolumeTaskIds",
    limits=(1, 50),
    filters={"instance-id": ReplaceRootVolumeTask.instance_id},
)
