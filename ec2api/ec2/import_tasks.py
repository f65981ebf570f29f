"""EC2 actions that import disk images."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import absent, import_tasks
from backend.db.models import ImportImageTask, ImportSnapshotTask
from backend.disk_objects import Requester
from backend.import_tasks import Common, Machine
from backend.policies import grants
from ec2api.call import Call
from ec2api.describe import Describe, show_tags
from ec2api.registry import action


def requester(call: Call) -> Requester:
    """The caller, as S3 decides on what it may read and write."""
    caller = call.caller
    return Requester(grants.of(call.uow.for_reading(), caller), caller.context, caller.authorised)


@action(tags=("import-snapshot-task",))
def import_snapshot(
    call: Call,
    *,
    client_data: Mapping[str, Any] | None = None,
    description: str | None = None,
    disk_container: Mapping[str, Any] | None = None,
    encrypted: bool | None = None,
    kms_key_id: str | None = None,
    role_name: str | None = None,
) -> dict[str, Any]:
    common = Common(description, client_data or {}, encrypted, kms_key_id, role_name, call.tags(ImportSnapshotTask))
    made = import_tasks.import_snapshot(call.uow, call.settings, requester(call), disk_container or {}, common)
    return show_snapshot_task(call.uow.look_up(ImportSnapshotTask, made.id, load=(ImportSnapshotTask.tags,)))


@action(tags=("import-image-task",))
def import_image(
    call: Call,
    *,
    architecture: str | None = None,
    client_data: Mapping[str, Any] | None = None,
    description: str | None = None,
    disk_containers: Sequence[Mapping[str, Any]] = (),
    encrypted: bool | None = None,
    hypervisor: str | None = None,
    kms_key_id: str | None = None,
    license_type: str | None = None,
    platform: str | None = None,
    role_name: str | None = None,
    license_specifications: Sequence[Mapping[str, Any]] = (),
    usage_operation: str | None = None,
    boot_mode: str | None = None,
) -> dict[str, Any]:
    absent.LAUNCH["LicenseSpecifications"](license_specifications)
    common = Common(description, client_data or {}, encrypted, kms_key_id, role_name, call.tags(ImportImageTask))
    machine = Machine(architecture, boot_mode, hypervisor, license_type, platform, usage_operation)
    made = import_tasks.import_image(call.uow, call.settings, requester(call), disk_containers, machine, common)
    shown = show_image_task(call.uow.look_up(ImportImageTask, made.id, load=(ImportImageTask.tags,)))
    return {name: value for name, value in shown.items() if name != "BootMode"}


@action
def cancel_import_task(
    call: Call, *, import_task_id: str | None = None, cancel_reason: str | None = None
) -> dict[str, Any]:
    before, now = import_tasks.cancel(call.uow, import_task_id or "", cancel_reason)
    return {"ImportTaskId": import_task_id, "PreviousState": before, "State": now}


def show_snapshot_task(task: Any) -> dict[str, Any]:
    """A record with its tags as EC2's ImportSnapshotTask."""
    return {
        "ImportTaskId": task.id,
        "Description": task.description,
        "SnapshotTaskDetail": {
            **task.detail,
            "Progress": None if task.state == task.COMPLETED else str(task.progress),
            "Status": task.state,
            "StatusMessage": task.status_message,
        },
        "Tags": show_tags(task),
    }


def show_image_task(task: Any) -> dict[str, Any]:
    """A record with its tags as EC2's ImportImageTask."""
    wanted = task.wanted
    machine = wanted["machine"]
    return {
        "ImportTaskId": task.id,
        "Architecture": machine["architecture"],
        "BootMode": machine["boot_mode"],
        "Description": task.description,
        "Encrypted": wanted["encrypted"],
        "Hypervisor": "xen",
        "ImageId": task.image_id,
        "KmsKeyId": wanted["kms_key_id"],
        "LicenseType": machine["license_type"],
        "Platform": "Windows" if machine["platform"] else "Linux",
        "Progress": None if task.state == task.COMPLETED else str(task.progress),
        "SnapshotDetails": task.details,
        "Status": task.state,
        "StatusMessage": task.status_message,
        "Tags": show_tags(task),
        "UsageOperation": machine["usage_operation"],
    }


Describe(
    "DescribeImportSnapshotTasks",
    ImportSnapshotTask,
    view=show_snapshot_task,
    ids="ImportTaskIds",
    limits=(1, 1000),
    filters={"task-state": ImportSnapshotTask.state},
)

Describe(
    "DescribeImportImageTasks",
    ImportImageTask,
    view=show_image_task,
    ids="ImportTaskIds",
    limits=(1, 1000),
    filters={"task-state": ImportImageTask.state},
)
