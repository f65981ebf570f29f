"""EC2 actions on single attributes of a volume, and on its I/O."""

from collections.abc import Mapping
from typing import Any

from backend import errors, volumes
from backend.db.models import Volume
from ec2api.call import Call
from ec2api.registry import action


@action
def modify_volume_attribute(call: Call, *, volume_id: str, auto_enable_io: Mapping[str, bool] | None = None) -> None:
    if not auto_enable_io or "Value" not in auto_enable_io:
        raise errors.MissingParameter(name="AutoEnableIO.Value")
    volumes.set_auto_enable_io(call.uow, volume_id, auto_enable_io["Value"])


@action(reads=True)
def describe_volume_attribute(call: Call, *, attribute: str, volume_id: str) -> dict[str, Any]:
    volume = call.uow.look_up(Volume, volume_id)
    shown: dict[str, Any] = {"VolumeId": volume.id}
    if attribute == "autoEnableIO":
        return shown | {"AutoEnableIO": {"Value": volume.auto_enable_io}}
    return shown | {"ProductCodes": []}


@action
def enable_volume_io(call: Call, *, volume_id: str) -> None:
    volumes.enable_io(call.uow, volume_id)
