"""EC2 actions that export images."""

from collections.abc import Mapping
from typing import Any

from backend import export_tasks
from backend.db.models import ExportImageTask
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.ec2.import_tasks import requester
from ec2api.registry import action


@action(tags=("export-image-task",))
def export_image(
    call: Call,
    *,
    disk_image_format: str,
    image_id: str,
    s3_export_location: Mapping[str, str],
    description: str | None = None,
    role_name: str | None = None,
) -> dict[str, Any]:
    made = export_tasks.export_image(
        call.uow,
        requester(call),
        image_id,
        disk_image_format,
        s3_export_location,
        description=description,
        role_name=role_name,
        wanted_tags=call.tags(ExportImageTask),
    )
    task = call.uow.look_up(ExportImageTask, made.id, load=(ExportImageTask.tags,))
    return show(task) | {"DiskImageFormat": task.wanted["format"], "RoleName": task.wanted["role"]}


@action
def cancel_export_task(call: Call, *, export_task_id: str) -> None:
    export_tasks.cancel(call.uow, export_task_id)


def show(task: Any) -> dict[str, Any]:
    """A record with its tags as EC2's ExportImageTask."""
    return {
        "ExportImageTaskId": task.id,
        "Description": task.description,
        "ImageId": task.image_id,
        "Progress": None if task.state == task.COMPLETED else str(task.progress),
        "S3ExportLocation": {"S3Bucket": task.wanted["bucket"], "S3Prefix": task.wanted["prefix"]},
        "Status": task.state,
        "StatusMessage": task.status_message,
        "Tags": show_tags(task),
    }


Describe(
    "DescribeExportImageTasks",
    ExportImageTask,
    view=show,
    ids="ExportImageTaskIds",
    limits=(1, 1000),
    filters={"task-state": ExportImageTask.state},
)
