"""EC2 actions on an account's settings for images: block public access, and which images it allows."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import image_settings
from ec2api.call import Call
from ec2api.registry import action

_BY_ACCOUNT = {"ManagedBy": "account"}


@action
def enable_image_block_public_access(call: Call, *, image_block_public_access_state: str) -> dict[str, Any]:
    state = image_settings.block_public_access(call.uow, image_block_public_access_state)
    return {"ImageBlockPublicAccessState": state}


@action
def disable_image_block_public_access(call: Call) -> dict[str, Any]:
    state = image_settings.block_public_access(call.uow, image_settings.UNBLOCKED)
    return {"ImageBlockPublicAccessState": state}


@action(reads=True)
def get_image_block_public_access_state(call: Call) -> dict[str, Any]:
    return {"ImageBlockPublicAccessState": image_settings.settings(call.uow).public_access, **_BY_ACCOUNT}


@action
def enable_allowed_images_settings(call: Call, *, allowed_images_settings_state: str) -> dict[str, Any]:
    return {"AllowedImagesSettingsState": image_settings.allow_images(call.uow, allowed_images_settings_state)}


@action
def disable_allowed_images_settings(call: Call) -> dict[str, Any]:
    return {"AllowedImagesSettingsState": image_settings.allow_images(call.uow, image_settings.DISABLED)}


@action(reads=True)
def get_allowed_images_settings(call: Call) -> dict[str, Any]:
    found = image_settings.settings(call.uow)
    return {"State": found.allowed_images, "ImageCriteria": found.criteria, **_BY_ACCOUNT}


@action
def replace_image_criteria_in_allowed_images_settings(
    call: Call, *, image_criteria: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    image_settings.replace_criteria(call.uow, image_criteria)
    return {"ReturnValue": True}
