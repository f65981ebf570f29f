"""EC2 actions on single attributes of an image."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend import errors, image_attributes
from backend.db.models import Image
from ec2api.call import Call
from ec2api.protocol.writers import timestamp
from ec2api.registry import action

LAUNCH_PERMISSION = "launchPermission"


def _value(value: str | None) -> dict[str, Any]:
    """AWS shows an attribute that has no value as an empty element."""
    return {"Value": value}


_SHOWN: dict[str, Callable[[Image], dict[str, Any]]] = {
    "description": lambda image: {"Description": _value(image.description)},
    "kernel": lambda image: {"KernelId": _value(image.kernel_id)},
    "ramdisk": lambda image: {"RamdiskId": _value(image.ramdisk_id)},
    LAUNCH_PERMISSION: lambda image: {"LaunchPermissions": image_attributes.permissions(image)},
    "productCodes": lambda _image: {"ProductCodes": []},
    "sriovNetSupport": lambda image: {"SriovNetSupport": _value(image.sriov_net_support)},
    "bootMode": lambda image: {"BootMode": _value(image.boot_mode)},
    "tpmSupport": lambda image: {"TpmSupport": _value(image.tpm_support)},
    "uefiData": lambda image: {"UefiData": _value(image.uefi_data)},
    "lastLaunchedTime": lambda image: {
        "LastLaunchedTime": _value(timestamp(image.last_launched_at) if image.last_launched_at else None)
    },
    "imdsSupport": lambda image: {"ImdsSupport": _value(image.imds_support)},
    "deregistrationProtection": lambda image: {"DeregistrationProtection": _value(image.deregistration_protection)},
}


@action(reads=True)
def describe_image_attribute(call: Call, *, image_id: str, attribute: str) -> dict[str, Any]:
    image = call.uow.look_up(Image, image_id, load=(Image.permissions,))
    if image.account != call.account or attribute not in _SHOWN:
        # AWS documents that blockDeviceMapping, the one that is left, is always refused so.
        raise errors.AuthFailureImage(id=image_id)
    return {"ImageId": image.id, **_SHOWN[attribute](image)}


@action(open_enums=("PermissionGroup",))
def modify_image_attribute(
    call: Call,
    *,
    image_id: str,
    attribute: str | None = None,
    value: str | None = None,
    description: Mapping[str, str] | None = None,
    imds_support: Mapping[str, str] | None = None,
    launch_permission: Mapping[str, Any] | None = None,
    operation_type: str | None = None,
    user_ids: Sequence[str] = (),
    user_groups: Sequence[str] = (),
    organization_arns: Sequence[str] = (),
    organizational_unit_arns: Sequence[str] = (),
    product_codes: Sequence[str] = (),
) -> None:
    if product_codes:  # which only AWS Marketplace gives to images
        raise errors.UnsupportedOperation(reason="The parameter ProductCodes is not supported.")
    listed = (
        [{"UserId": user} for user in user_ids]
        + [{"Group": group} for group in user_groups]
        + [{"OrganizationArn": arn} for arn in organization_arns]
        + [{"OrganizationalUnitArn": arn} for arn in organizational_unit_arns]
    )
    named = {
        "description": description,
        "imdsSupport": imds_support,
        LAUNCH_PERMISSION: launch_permission if launch_permission is not None else listed or None,
    }
    chosen = _chosen(attribute, [name for name, given in named.items() if given is not None])
    if chosen == LAUNCH_PERMISSION:
        add, remove = _permissions(launch_permission, operation_type, listed)
        image_attributes.change_permissions(call.uow, image_id, add=add, remove=remove)
        return
    structure = named[chosen]
    wanted = structure.get("Value") if isinstance(structure, Mapping) else value
    if wanted is None:
        raise errors.MissingParameter(name="Value")
    change = image_attributes.change_description if chosen == "description" else image_attributes.require_imds
    change(call.uow, image_id, wanted)


def _chosen(attribute: str | None, named: Sequence[str]) -> str:
    """The one attribute that a call is about: named by Attribute, by a parameter of its own, or by both.

    Attribute may begin with a capital letter, as Ansible's does.
    """
    chosen = set(named) | ({attribute[:1].lower() + attribute[1:]} if attribute else set())
    if not chosen:
        raise errors.InvalidParameterCombination(reason="No attributes specified.")
    if len(chosen) > 1:
        raise errors.InvalidParameterCombination(
            reason=f"Fields for multiple attribute types specified: {', '.join(sorted(chosen))}"
        )
    (found,) = chosen
    if found not in ("description", "imdsSupport", LAUNCH_PERMISSION):
        raise errors.InvalidParameterValue(
            value=found,
            name="attribute",
            reason="Valid values: description, imdsSupport, launchPermission.",
        )
    return found


def _permissions(
    launch_permission: Mapping[str, Any] | None, operation_type: str | None, listed: list[dict[str, str]]
) -> tuple[Sequence[Mapping[str, str]], Sequence[Mapping[str, str]]]:
    """What to add and what to remove, from either form of the parameters.

    Lists beside LaunchPermission may repeat what it says, which Packer does.
    """
    if launch_permission is not None:
        add, remove = launch_permission.get("Add", ()), launch_permission.get("Remove", ())
        if operation_type or any(each not in (*add, *remove) for each in listed):
            raise errors.InvalidParameterCombination(
                reason="The parameter LaunchPermission cannot be used with OperationType and lists of other users."
            )
        return add, remove
    if not operation_type:
        raise errors.MissingParameter(name="OperationType")
    if not listed:
        raise errors.MissingParameter(name="UserId")
    return (listed, ()) if operation_type == "add" else ((), listed)


@action
def reset_image_attribute(call: Call, *, image_id: str, attribute: str) -> None:  # noqa: ARG001 - it has one value
    image_attributes.reset_permissions(call.uow, image_id)


@action
def cancel_image_launch_permission(call: Call, *, image_id: str) -> dict[str, Any]:
    image_attributes.renounce(call.uow, image_id)
    return {"Return": True}
