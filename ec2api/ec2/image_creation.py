"""EC2 actions that make an image of an instance."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors, image_block_devices, image_creation
from backend.db.models import Image, Snapshot
from backend.image_creation import Wanted
from ec2api.call import Call
from ec2api.registry import action


@action(tags=("image", "snapshot"), open_enums=("ImageNameRequest",))
def create_image(
    call: Call,
    *,
    instance_id: str,
    name: str | None = None,
    description: str | None = None,
    no_reboot: bool = False,
    block_device_mappings: Sequence[Mapping[str, Any]] = (),
    boot_mode_override: str | None = None,
    snapshot_location: str | None = None,
) -> dict[str, Any]:
    if name is None:
        raise errors.MissingParameter(name="Name")
    if snapshot_location is not None:
        raise errors.InvalidParameterCombination(
            reason="SnapshotLocation is only supported for instances in Local Zones and on Outposts."
        )
    image_block_devices.check(block_device_mappings)
    wanted = Wanted(
        instance_id=instance_id,
        name=name,
        description=description,
        no_reboot=no_reboot,
        block_device_mappings=block_device_mappings,
        boot_mode=boot_mode_override,
        image_tags=call.tags(Image),
        snapshot_tags=call.tags(Snapshot),
    )
    return {"ImageId": image_creation.create(call.uow, call.settings, wanted).id}
