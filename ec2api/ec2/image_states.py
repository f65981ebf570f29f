"""EC2 actions on what becomes of an image: disabling, deprecating, protecting and deregistering it."""

from datetime import datetime
from typing import Any

from backend import image_states
from ec2api.call import Call
from ec2api.registry import action


@action
def deregister_image(call: Call, *, image_id: str, delete_associated_snapshots: bool = False) -> dict[str, Any]:
    results = image_states.deregister(call.uow, image_id, delete_snapshots=delete_associated_snapshots)
    return {"Return": True, "DeleteSnapshotResults": results}


@action
def disable_image(call: Call, *, image_id: str) -> dict[str, Any]:
    image_states.disable(call.uow, image_id)
    return {"Return": True}


@action
def enable_image(call: Call, *, image_id: str) -> dict[str, Any]:
    image_states.enable(call.uow, image_id)
    return {"Return": True}


@action
def enable_image_deprecation(call: Call, *, image_id: str, deprecate_at: datetime) -> dict[str, Any]:
    image_states.deprecate(call.uow, image_id, deprecate_at.replace(tzinfo=None))
    return {"Return": True}


@action
def disable_image_deprecation(call: Call, *, image_id: str) -> dict[str, Any]:
    image_states.undo_deprecation(call.uow, image_id)
    return {"Return": True}


@action
def enable_image_deregistration_protection(call: Call, *, image_id: str, with_cooldown: bool = False) -> dict[str, Any]:
    image_states.protect(call.uow, image_id, with_cool_down=with_cooldown)
    return {"Return": "true"}


@action
def disable_image_deregistration_protection(call: Call, *, image_id: str) -> dict[str, Any]:
    image_states.unprotect(call.uow, image_id)
    return {"Return": "true"}
