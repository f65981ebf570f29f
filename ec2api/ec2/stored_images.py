"""EC2 actions that store images in S3 and restore them."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, stored_images
from backend.db.models import Image, Snapshot, StoreImageTask
from backend.db.reading import table_of
from backend.db.unit_of_work import check_form
from backend.disk_objects import Location
from ec2api.call import Call
from ec2api.describe import Condition, Describe
from ec2api.ec2.import_tasks import requester
from ec2api.registry import action

MOST_IMAGES = 20


@action
def create_store_image_task(
    call: Call, *, image_id: str, bucket: str, s3_object_tags: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    return {"ObjectKey": stored_images.store(call.uow, requester(call), image_id, bucket, s3_object_tags).key}


@action(tags=("image", "snapshot"), open_enums=("ImageNameRequest",))
def create_restore_image_task(call: Call, *, bucket: str, object_key: str, name: str | None = None) -> dict[str, Any]:
    tags = {Image.KIND: call.tags(Image), Snapshot.KIND: call.tags(Snapshot)}
    place = Location(bucket, object_key)
    made = stored_images.restore(call.uow, call.settings, call.cloud.objects, requester(call), place, name, tags)
    return {"ImageId": made.id}


def show(task: Any) -> dict[str, Any]:
    """A record as EC2's StoreImageTaskResult."""
    return {
        "AmiId": task.image_id,
        "TaskStartTime": task.created,
        "Bucket": task.bucket,
        "S3objectKey": task.key,
        "ProgressPercentage": task.progress,
        "StoreTaskState": task.state,
        "StoreTaskFailureReason": task.status_message if task.state == task.FAILED else None,
    }


def _of_images(_call: Call, ids: Sequence[str]) -> Sequence[Condition]:
    if len(ids) > MOST_IMAGES:
        raise errors.InvalidParameterValue(
            value=len(ids), name="imageIds", reason=f"At most {MOST_IMAGES} images can be specified."
        )
    check_form(Image, ids)
    return [table_of(StoreImageTask).c.image_id.in_(ids)]


class _StoreTasks(Describe):
    """AWS ignores filters beside image ids, and refuses MaxResults beside them."""

    def __call__(self, call: Call, **given: Any) -> dict[str, Any]:
        if given.get("ImageIds"):
            if "MaxResults" in given:
                raise errors.InvalidParameterCombination(
                    reason="The parameter imageIds cannot be used with the parameter maxResults"
                )
            given.pop("Filters", None)
        return super().__call__(call, **given)


_StoreTasks(
    "DescribeStoreImageTasks",
    StoreImageTask,
    view=show,
    extra={"ImageIds": _of_images},
    limits=(1, 200),
    page=200,
    newest_first=True,
    tagged=False,
    filters={"bucket": StoreImageTask.bucket, "task-state": StoreImageTask.state},
)
