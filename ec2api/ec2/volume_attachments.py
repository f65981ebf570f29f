"""EC2 actions that attach volumes to instances and detach them."""

from typing import Any

from backend import volume_attachments
from ec2api.call import Call
from ec2api.ec2.volumes import show_attachment
from ec2api.registry import action


@action
def attach_volume(
    call: Call, *, device: str, instance_id: str, volume_id: str, ebs_card_index: int | None = None
) -> dict[str, Any]:
    return show_attachment(volume_attachments.attach(call.uow, volume_id, instance_id, device, ebs_card_index))


@action
def detach_volume(
    call: Call, *, volume_id: str, device: str | None = None, instance_id: str | None = None, force: bool = False
) -> dict[str, Any]:
    return show_attachment(volume_attachments.detach(call.uow, volume_id, instance_id, device, force=force))
