"""AMIs: registering and deregistering them, and which of them a caller may launch.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIs.html
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.exc import IntegrityError

from backend import errors, ids, image_block_devices, image_settings, quotas, tags
from backend.db import reading
from backend.db.models import Image, ImageBlockDevice, LaunchPermission
from backend.db.unit_of_work import UnitOfWork

_NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
_DESCRIPTION_LENGTH = 255
UNSYNCHRONIZED = {"synchronize_session": False}


@dataclass(frozen=True)
class Registration:
    """What RegisterImage is asked for, with AWS's defaults."""

    name: str
    description: str | None = None
    architecture: str = "i386"
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    root_device_name: str = "/dev/sda1"
    virtualization_type: str = "paravirtual"
    ena_support: bool | None = None
    sriov_net_support: str | None = None
    boot_mode: str | None = None
    imds_support: str | None = None
    tpm_support: str | None = None
    uefi_data: str | None = None


def launchable(uow: UnitOfWork, image_id: str) -> Image:
    """The image as a record with its block devices: the caller's, public or shared, and available.

    InvalidAMIID.Malformed, InvalidAMIID.NotFound (for what the account does not allow, too), InvalidAMIID.Unavailable.
    """
    image = uow.look_up(Image, image_id, load=(Image.block_devices,))
    if image.state != "available":
        raise errors.InvalidAMIIDUnavailable(id=image_id)
    image_settings.check_allowed(uow, image)
    return image


def require_own(uow: UnitOfWork, image_id: str) -> Image:
    """The caller's own image, to change; AuthFailure for somebody else's that the caller can see."""
    if uow.look_up(Image, image_id).account != uow.account:
        raise errors.AuthFailureImage(id=image_id)
    return uow.require(Image, image_id)


def register(
    uow: UnitOfWork,
    wanted: Registration,
    mappings: Sequence[Mapping[str, Any]],
    wanted_tags: Mapping[str, str],
) -> Image:
    """A new image of the caller's snapshots, the first of which is mapped to the root device."""
    check_name(uow, wanted.name)
    check_description(wanted.description)
    _check_features(wanted)
    _check_boot_images(wanted)
    devices = image_block_devices.plan(uow, mappings)
    root = next((d for d in devices if d["device_name"] == wanted.root_device_name), None)
    if root is None or not root["snapshot_id"]:
        raise errors.InvalidBlockDeviceMapping(reason="No root snapshot specified in device mapping.")
    path, path_format = file_behind(uow, root["snapshot_id"])
    image = Image(
        account=uow.account,
        region=uow.region,
        name=wanted.name,
        description=wanted.description,
        image_location=f"{uow.account}/{wanted.name}",
        architecture=wanted.architecture,
        root_device_name=wanted.root_device_name,
        root_device_type="ebs",
        virtualization_type=wanted.virtualization_type,
        kernel_id=wanted.kernel_id,
        ramdisk_id=wanted.ramdisk_id,
        ena_support=bool(wanted.ena_support),
        sriov_net_support=wanted.sriov_net_support,
        boot_mode=wanted.boot_mode or ("uefi" if wanted.architecture.startswith("arm64") else None),
        imds_support=wanted.imds_support,
        tpm_support=wanted.tpm_support,
        uefi_data=wanted.uefi_data,
        path=path,
        path_format=path_format,
    )
    add(uow, image, devices, wanted_tags)
    return image


def add(uow: UnitOfWork, image: Image, devices: Sequence[Mapping[str, Any]], wanted_tags: Mapping[str, str]) -> None:
    """Keep a new image with its devices (rows of ImageBlockDevice without the image's id) and tags."""
    quotas.check(uow, quotas.IMAGES)
    uow.add(image)
    try:
        uow.flush()
    except IntegrityError as fault:  # another call took the name since it was looked up
        raise errors.InvalidAMINameDuplicate(name=image.name, id=image.id) from fault
    uow.execute(insert(ImageBlockDevice), [{**device, "image_id": image.id} for device in devices])
    tags.attach(uow, image, wanted_tags)


def check_name(uow: UnitOfWork, name: str) -> None:
    """AWS's rules for a new image's name: InvalidAMIName.Malformed, InvalidAMIName.Duplicate."""
    if not _NAME.fullmatch(name):
        raise errors.InvalidAMINameMalformed(
            reason="AMI names must be between 3 and 128 characters long, and may contain letters, numbers, "
            "'(', ')', '[', ']', ' ', '.', '/', '-', ''', '@' and '_'"
        )
    column = reading.table_of(Image).c
    if found := uow.records(Image, column.account == uow.account, column.name == name):
        raise errors.InvalidAMINameDuplicate(name=name, id=found[0].id)


def check_description(description: str | None) -> None:
    if description is not None and len(description) > _DESCRIPTION_LENGTH:
        raise errors.InvalidParameterValue(
            value=description, name="description", reason=f"It has more than {_DESCRIPTION_LENGTH} characters."
        )


def _check_boot_images(wanted: Registration) -> None:
    """Kernels and RAM disks, which only paravirtual guests boot from."""
    for name, prefix, id in (("kernelId", "aki", wanted.kernel_id), ("ramdiskId", "ari", wanted.ramdisk_id)):
        if id is None:
            continue
        if wanted.virtualization_type != "paravirtual":
            raise errors.InvalidParameterCombination(
                reason=f"The value of {name} requires the virtualization type paravirtual."
            )
        if not ids.well_formed(prefix, id):
            raise errors.InvalidIDMalformed(code=Image.MALFORMED, id=id, prefix=prefix)


def _check_features(wanted: Registration) -> None:
    hvm = wanted.virtualization_type == "hvm"
    if wanted.virtualization_type not in ("hvm", "paravirtual"):
        raise errors.InvalidParameterValue(
            value=wanted.virtualization_type,
            name="virtualizationType",
            reason="Valid values: hvm, paravirtual.",
        )
    if wanted.sriov_net_support not in (None, "simple"):
        raise errors.InvalidParameterValue(
            value=wanted.sriov_net_support, name="sriovNetSupport", reason="Valid values: simple."
        )
    only_hvm = {
        "enaSupport": wanted.ena_support,
        "sriovNetSupport": wanted.sriov_net_support,
        "bootMode": wanted.boot_mode,
        "tpmSupport": wanted.tpm_support,
        "uefiData": wanted.uefi_data,
        "architecture": wanted.architecture not in ("i386", "x86_64"),
    }
    for name, value in only_hvm.items():
        if value and not hvm:
            raise errors.InvalidParameterCombination(
                reason=f"The value of {name} requires the virtualization type hvm."
            )
    if wanted.tpm_support and wanted.boot_mode != "uefi":
        raise errors.InvalidParameterCombination(reason="The parameter tpmSupport requires the boot mode uefi.")
    if wanted.uefi_data and wanted.boot_mode not in ("uefi", "uefi-preferred"):
        raise errors.InvalidParameterCombination(
            reason="The parameter uefiData requires the boot mode uefi or uefi-preferred."
        )
    if wanted.architecture == "arm64" and wanted.boot_mode not in (None, "uefi"):
        raise errors.InvalidParameterCombination(reason="An AMI for arm64 requires the boot mode uefi.")
    if wanted.architecture == "i386" and wanted.boot_mode not in (None, "legacy-bios"):
        raise errors.InvalidParameterCombination(reason="An AMI for i386 requires the boot mode legacy-bios.")
    _check_uefi_data(wanted.uefi_data)


def _check_uefi_data(data: str | None) -> None:
    try:
        base64.b64decode(data or "", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise errors.InvalidParameterValue(
            value="...", name="uefiData", reason="Expecting base64-encoded data."
        ) from fault


def file_behind(uow: UnitOfWork, snapshot_id: str | None) -> tuple[str | None, str | None]:
    """The disk image file that the snapshot came from with ``ec2api image import``, and its format."""
    if not snapshot_id:
        return None, None
    devices, images = reading.table_of(ImageBlockDevice).c, reading.table_of(Image).c
    sources = [d.image_id for d in uow.records(ImageBlockDevice, devices.snapshot_id == snapshot_id)]
    found = uow.records(Image, images.id.in_(sources), images.path.is_not(None))
    return (found[0].path, found[0].path_format) if found else (None, None)


OWNER_ALIASES = frozenset({"amazon", "aws-marketplace", "aws-backup-vault"})
_ACCOUNT = re.compile(r"[0-9]{12}")


def owned_by(owners: Sequence[str], account: str) -> ColumnElement[bool]:
    """Images of any of these owners: account ids, self, and AWS's aliases."""
    column = reading.table_of(Image).c
    aliases = [owner for owner in owners if owner in OWNER_ALIASES]
    accounts = [account if owner == "self" else owner for owner in owners if owner not in OWNER_ALIASES]
    _check_accounts(accounts)
    return column.account.in_(accounts) | column.owner_alias.in_(aliases)


def shared_with(users: Sequence[str], account: str) -> ColumnElement[bool]:
    """Images that any of these users was given: all (public ones), self, or account ids.

    What the caller's own images are shared with is known to the caller; of other owners' images, only that they
    are shared with the caller.
    """
    column, permission = reading.table_of(Image).c, reading.table_of(LaunchPermission).c
    accounts = [account if user == "self" else user for user in users if user != "all"]
    _check_accounts(accounts)
    given = select(permission.image_id).where(permission.kind == "UserId")
    found = column.id.in_(given.where(permission.value.in_(accounts))) & (column.account == account)
    if account in accounts:
        found = found | column.id.in_(given.where(permission.value == account))
    return found | column.public.is_(True) if "all" in users else found


def _check_accounts(accounts: Sequence[str]) -> None:
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            raise errors.InvalidUserIDMalformed(id=account)
